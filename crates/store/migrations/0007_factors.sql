-- Second factors of people: passkeys, an authenticator app, recovery codes. Their rows are deleted when they are removed:
-- the log tells of them by name, and a restored backup forgets them again by the tombstones.

-- One credential belongs to one person: a device that shows another's proves nobody else. `public_key` is what the library
-- keeps of it, as JSON: id, key and counter; nothing in it is secret.
CREATE TABLE passkeys (
  id {int} PRIMARY KEY,
  user_id {int} NOT NULL REFERENCES users (account_id),
  credential_id {bytes} NOT NULL,
  name {text} NOT NULL,
  public_key {text} NOT NULL,
  created_at {int} NOT NULL,
  last_used_at {int}
) {strict};
CREATE UNIQUE INDEX passkeys_credential ON passkeys (credential_id);
CREATE INDEX passkeys_user ON passkeys (user_id);

-- A person has one that works and one that is being set up, at most. The seed is sealed. A code is good once: `last_step` is
-- the latest half minute whose code was taken, and only later ones are.
CREATE TABLE authenticators (
  id {int} PRIMARY KEY,
  user_id {int} NOT NULL REFERENCES users (account_id),
  seed {bytes} NOT NULL,
  created_at {int} NOT NULL,
  confirmed_at {int},
  last_step {int} NOT NULL DEFAULT 0,
  last_used_at {int}
) {strict};
CREATE UNIQUE INDEX authenticators_confirmed ON authenticators (user_id) WHERE confirmed_at IS NOT NULL;
-- `last_step` is 0 until it is confirmed: two indexes on the same columns could not be told apart where one is broken.
CREATE UNIQUE INDEX authenticators_beginning ON authenticators (user_id, last_step) WHERE confirmed_at IS NULL;

-- Digests only. A used one stays until the codes are made anew, so that people see how many are left.
CREATE TABLE recovery_codes (
  id {int} PRIMARY KEY,
  user_id {int} NOT NULL REFERENCES users (account_id),
  digest {bytes} NOT NULL,
  key_id {int} NOT NULL,
  created_at {int} NOT NULL,
  used_at {int}
) {strict};
CREATE UNIQUE INDEX recovery_codes_digest ON recovery_codes (digest);
CREATE INDEX recovery_codes_user ON recovery_codes (user_id);

-- What the server keeps between a question and its answer: a passkey's challenge, and a sign-in whose password was right and
-- which waits for the second factor. Found by the digest of a value that the browser alone has, bound to what it was asked
-- for, good once and for minutes. Side data: no authority is in a row, only in the proof that answers it.
CREATE TABLE challenges (
  digest {bytes} PRIMARY KEY,
  purpose {text} NOT NULL,
  bound {int} NOT NULL,
  user_id {int} REFERENCES users (account_id),
  state {text} NOT NULL,
  created_at {int} NOT NULL,
  expires_at {int} NOT NULL,
  CONSTRAINT challenges_purpose CHECK (purpose IN ('make', 'confirm', 'sign_in', 'second', 'step'))
) {keyed};
CREATE INDEX challenges_expires ON challenges (expires_at);
CREATE INDEX challenges_bound ON challenges (purpose, bound);
