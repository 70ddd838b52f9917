-- Lists of tokens that stay quick when there are a hundred thousand. The index by owner and standing would be
-- preferred to the narrower ones, and leads through the whole table.
DROP INDEX tokens_owner;
-- With all that a count looks at, so that it reads nothing else.
CREATE INDEX tokens_granting ON tokens (owner_id, standing_at, id, creator_id, standing, revoked_at, deleted_at)
  WHERE standing IN ('active', 'not_needed') AND revoked_at IS NULL AND deleted_at IS NULL;
CREATE INDEX tokens_creator ON tokens (creator_id, owner_id);
CREATE INDEX secrets_retiring ON secrets (retires_at) WHERE retired_at IS NULL AND retires_at IS NOT NULL;
