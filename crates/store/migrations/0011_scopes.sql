-- Classic tokens, and those that OAuth applications are given: the scopes that they hold, normalised, and the version of the
-- table of scopes by which what they include is read. A scope that a later version puts below one of them is not theirs.
ALTER TABLE tokens ADD COLUMN scopes {text} NOT NULL DEFAULT '';
ALTER TABLE tokens ADD COLUMN scopes_version {int} NOT NULL DEFAULT 0;
-- A person's list shows one kind at a time.
CREATE INDEX tokens_creator_kind ON tokens (creator_id, kind);
