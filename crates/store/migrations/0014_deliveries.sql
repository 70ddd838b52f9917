-- What is being sent, so that it is counted for each account without a look at all that waits.
CREATE INDEX hook_deliveries_leased ON hook_deliveries (leased_until) WHERE leased_until IS NOT NULL;
