-- What was last decided about a token's requests is looked up wherever the token is shown, and a value that turned up is
-- looked up by the digest that the log speaks of. Both read a whole table without an index.
CREATE INDEX requests_token ON requests (token_id, id);
CREATE INDEX secrets_hashed ON secrets (hashed);
