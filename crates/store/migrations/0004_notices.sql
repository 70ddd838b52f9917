-- People are told what happened to what is theirs, on a page and by mail. A notice is written in the change's own unit, so
-- that there is one exactly where the change is; its words are made when it is shown or sent, from the kind and the facts.
CREATE TABLE notices (
  id {int} PRIMARY KEY,
  user_id {int} NOT NULL REFERENCES users (account_id),
  topic {text} NOT NULL,
  kind {text} NOT NULL,
  facts {text} NOT NULL,
  created_at {int} NOT NULL,
  read_at {int},
  digest_at {int}
) {strict};
CREATE INDEX notices_user ON notices (user_id, id);
CREATE INDEX notices_unread ON notices (user_id, id) WHERE read_at IS NULL;
CREATE INDEX notices_digest ON notices (digest_at) WHERE digest_at IS NOT NULL;

-- How people want to be told; without a row, at once.
CREATE TABLE notice_choices (
  user_id {int} PRIMARY KEY REFERENCES users (account_id),
  requests {text} NOT NULL,
  CONSTRAINT notice_choices_requests CHECK (requests IN ('at_once', 'daily'))
) {strict};

-- The latest reminder of a secret's end, in days before it, so that none is sent twice.
CREATE TABLE expiry_reminders (
  secret_id {int} PRIMARY KEY REFERENCES secrets (id),
  days {int} NOT NULL
) {strict};
CREATE INDEX secrets_expiring ON secrets (expires_at) WHERE retired_at IS NULL;

-- One-time links to an address: by digest only.
CREATE TABLE link_codes (
  digest {bytes} PRIMARY KEY,
  key_id {int} NOT NULL,
  purpose {text} NOT NULL,
  user_id {int} NOT NULL REFERENCES users (account_id),
  address {text} NOT NULL,
  created_at {int} NOT NULL,
  expires_at {int} NOT NULL,
  used_at {int},
  CONSTRAINT link_codes_purpose CHECK (purpose IN ('address', 'password_reset'))
) {keyed};
CREATE INDEX link_codes_user ON link_codes (user_id, purpose);

-- A mail server that took a letter and whose answer was lost may have delivered it. That it is about to be handed over is
-- written down first, so that no crash has it sent twice. What a letter must not show lies sealed, until it is sent.
ALTER TABLE jobs ADD COLUMN sealed {bytes};
ALTER TABLE jobs ADD COLUMN handed_at {int};
ALTER TABLE jobs ADD COLUMN outcome {text};
