-- What is cleared away every minute and every hour is found without reading whole tables.
CREATE INDEX secrets_retired ON secrets (retired_at) WHERE retired_at IS NOT NULL;
CREATE INDEX jobs_done ON jobs (done_at) WHERE done_at IS NOT NULL;
CREATE INDEX notices_created ON notices (created_at);
-- Entries that are empty already are not looked at again.
DROP INDEX audit_at;
CREATE INDEX audit_kept ON audit (at) WHERE body IS NOT NULL;
-- Where a value was pushed with is looked up before it is forgotten.
CREATE INDEX push_intents_secret ON push_intents (secret_id) WHERE secret_id IS NOT NULL;
