-- Ways in through an outside OpenID Connect provider.

-- A person as the provider names them. The address there is shown to its owner and never looked up by: the provider gives
-- addresses out again, a subject never. `strong_at` is when the provider last said that they showed two factors.
CREATE TABLE external_identities (
  id {int} PRIMARY KEY,
  user_id {int} NOT NULL REFERENCES users (account_id),
  issuer {text} NOT NULL,
  subject {text} NOT NULL,
  label {text} NOT NULL DEFAULT '',
  created_at {int} NOT NULL,
  last_used_at {int},
  strong_at {int}
) {strict};
-- One account for one subject, or whoever connects it second would open the first one's.
CREATE UNIQUE INDEX external_identities_subject ON external_identities (issuer, subject);
CREATE INDEX external_identities_user ON external_identities (user_id, id);

-- A question that a browser carries to the provider. What the browser holds is kept as a digest; the nonce and the verifier
-- are made from it, so that nothing here can finish the question.
CREATE TABLE provider_questions (
  digest {bytes} PRIMARY KEY,
  purpose {text} NOT NULL,
  sign_in_id {int} REFERENCES sign_ins (id),
  return_to {text} NOT NULL DEFAULT '',
  asked_at {int} NOT NULL,
  expires_at {int} NOT NULL,
  used_at {int},
  CONSTRAINT provider_questions_purpose CHECK (purpose IN ('sign_in', 'link', 'confirm')),
  CONSTRAINT provider_questions_sign_in CHECK ((purpose = 'sign_in') = (sign_in_id IS NULL))
) {strict};
CREATE INDEX provider_questions_expires ON provider_questions (expires_at);
