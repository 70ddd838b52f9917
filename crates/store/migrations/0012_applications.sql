-- OAuth applications. Those without an owner are known from the start: GitHub's own clients.
CREATE TABLE applications (
  id {int} PRIMARY KEY,
  client_id {text} NOT NULL,
  owner_id {int} REFERENCES accounts (id),
  name {text} NOT NULL,
  description {text} NOT NULL DEFAULT '',
  url {text} NOT NULL DEFAULT '',
  callbacks {text} NOT NULL,
  confidential {int} NOT NULL,
  device_flow {int} NOT NULL,
  expiring {int} NOT NULL,
  created_at {int} NOT NULL,
  deleted_at {int},
  CONSTRAINT applications_confidential CHECK (confidential IN (0, 1)),
  CONSTRAINT applications_device_flow CHECK (device_flow IN (0, 1)),
  CONSTRAINT applications_expiring CHECK (expiring IN (0, 1))
) {strict};
CREATE UNIQUE INDEX applications_client ON applications (client_id);
CREATE INDEX applications_owner ON applications (owner_id) WHERE owner_id IS NOT NULL;

-- What a confidential application proves itself with, by digest only. Two at a time, so that one can be changed.
CREATE TABLE application_secrets (
  id {int} PRIMARY KEY,
  application_id {int} NOT NULL REFERENCES applications (id),
  digest {bytes} NOT NULL,
  key_id {int} NOT NULL,
  created_at {int} NOT NULL,
  created_by {int} NOT NULL REFERENCES users (account_id),
  ended_at {int}
) {strict};
CREATE UNIQUE INDEX application_secrets_digest ON application_secrets (digest);
CREATE INDEX application_secrets_application ON application_secrets (application_id);

-- What an organization says to an application that its people use. No row: nobody asked yet, and nothing is reached.
CREATE TABLE application_approvals (
  organization_id {int} NOT NULL REFERENCES organizations (account_id),
  application_id {int} NOT NULL REFERENCES applications (id),
  state {text} NOT NULL,
  asked_by {int} REFERENCES users (account_id),
  asked_at {int},
  decided_by {int} REFERENCES accounts (id),
  decided_at {int},
  PRIMARY KEY (organization_id, application_id),
  CONSTRAINT application_approvals_state CHECK (state IN ('requested', 'approved', 'denied')),
  CONSTRAINT application_approvals_decided CHECK ((state = 'requested') = (decided_at IS NULL))
) {keyed};
CREATE INDEX application_approvals_application ON application_approvals (application_id, state);

-- What a person lets an application have of theirs. Its tokens are among the tokens.
CREATE TABLE authorizations (
  user_id {int} NOT NULL REFERENCES users (account_id),
  application_id {int} NOT NULL REFERENCES applications (id),
  scopes {text} NOT NULL,
  scopes_version {int} NOT NULL,
  created_at {int} NOT NULL,
  updated_at {int} NOT NULL,
  PRIMARY KEY (user_id, application_id)
) {keyed};

-- One-time codes of the web flow, by digest. `token_id`: what was made with it, so that a code that comes twice ends it.
CREATE TABLE authorization_codes (
  digest {bytes} PRIMARY KEY,
  application_id {int} NOT NULL REFERENCES applications (id),
  user_id {int} NOT NULL REFERENCES users (account_id),
  scopes {text} NOT NULL,
  callback {text} NOT NULL,
  callback_given {int} NOT NULL,
  challenge {text},
  created_at {int} NOT NULL,
  expires_at {int} NOT NULL,
  used_at {int},
  token_id {int} REFERENCES tokens (id)
) {keyed};
CREATE INDEX authorization_codes_expires ON authorization_codes (expires_at);

-- Questions of the device flow: the device's code and the person's, both by digest.
CREATE TABLE device_codes (
  digest {bytes} PRIMARY KEY,
  user_digest {bytes} NOT NULL,
  application_id {int} NOT NULL REFERENCES applications (id),
  scopes {text} NOT NULL,
  address {text},
  user_agent {text} NOT NULL,
  created_at {int} NOT NULL,
  expires_at {int} NOT NULL,
  interval_seconds {int} NOT NULL,
  polled_at {int},
  state {text} NOT NULL,
  user_id {int} REFERENCES users (account_id),
  CONSTRAINT device_codes_state CHECK (state IN ('waiting', 'approved', 'denied', 'used')),
  CONSTRAINT device_codes_user CHECK (state = 'waiting' OR user_id IS NOT NULL)
) {keyed};
CREATE UNIQUE INDEX device_codes_user_code ON device_codes (user_digest);
CREATE INDEX device_codes_expires ON device_codes (expires_at);

ALTER TABLE tokens ADD COLUMN application_id {int} REFERENCES applications (id);
CREATE INDEX tokens_application ON tokens (application_id, creator_id) WHERE application_id IS NOT NULL;
