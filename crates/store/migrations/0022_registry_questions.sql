-- What npm asks a person by a page in their browser (`npm login`): what it asks with and what the page is found by, by digest only.
--
-- Rows live for minutes. What the person allowed stands beside their answer, because the token is made when npm comes for it.
CREATE TABLE registry_questions (
  digest {bytes} PRIMARY KEY,
  page_digest {bytes} NOT NULL,
  command {text} NOT NULL,
  hostname {text} NOT NULL,
  user_agent {text} NOT NULL,
  address {text},
  created_at {int} NOT NULL,
  expires_at {int} NOT NULL,
  state {text} NOT NULL,
  user_id {int} REFERENCES users (account_id),
  token_name {text},
  scopes {text},
  token_expires_at {int},
  CONSTRAINT registry_questions_state CHECK (state IN ('waiting', 'approved', 'denied', 'used')),
  CONSTRAINT registry_questions_user CHECK (state = 'waiting' OR user_id IS NOT NULL),
  CONSTRAINT registry_questions_token CHECK (state IN ('waiting', 'denied') OR (token_name IS NOT NULL AND scopes IS NOT NULL))
) {keyed};
CREATE UNIQUE INDEX registry_questions_page ON registry_questions (page_digest);
CREATE INDEX registry_questions_expires ON registry_questions (expires_at);
