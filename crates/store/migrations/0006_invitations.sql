-- Invitations into organizations and to repositories.
--
-- One into an organization is for a person (by login) or for an address (by e-mail), never both: the one is accepted by that
-- account only, the other by an account that has verified the address. The link in the mail is kept as a keyed digest, and is
-- kept when the invitation is over, so that who opens it late is told what became of it.
--
-- An invitation whose time is over stays 'pending' until somebody looks after it: `expires_at` decides, not the word.
CREATE TABLE organization_invitations (
  id {int} PRIMARY KEY,
  organization_id {int} NOT NULL REFERENCES organizations (account_id),
  user_id {int} REFERENCES users (account_id),
  email {text},
  email_key {text},
  role {text} NOT NULL,
  inviter_id {int} NOT NULL REFERENCES users (account_id),
  digest {bytes} NOT NULL,
  key_id {int} NOT NULL,
  created_at {int} NOT NULL,
  sent_at {int} NOT NULL,
  expires_at {int} NOT NULL,
  state {text} NOT NULL DEFAULT 'pending',
  settled_at {int},
  CONSTRAINT organization_invitations_invitee CHECK ((user_id IS NULL) = (email_key IS NOT NULL)),
  CONSTRAINT organization_invitations_email CHECK ((email IS NULL) = (email_key IS NULL)),
  CONSTRAINT organization_invitations_role CHECK (role IN ('member', 'owner')),
  CONSTRAINT organization_invitations_state CHECK (state IN ('pending', 'accepted', 'declined', 'cancelled', 'expired')),
  CONSTRAINT organization_invitations_settled CHECK ((state = 'pending') = (settled_at IS NULL))
) {strict};
CREATE UNIQUE INDEX organization_invitations_digest ON organization_invitations (digest);
-- Nobody is invited twice at a time.
CREATE UNIQUE INDEX organization_invitations_person ON organization_invitations (organization_id, user_id)
  WHERE state = 'pending' AND user_id IS NOT NULL;
CREATE UNIQUE INDEX organization_invitations_address ON organization_invitations (organization_id, email_key)
  WHERE state = 'pending' AND email_key IS NOT NULL;
CREATE INDEX organization_invitations_listed ON organization_invitations (organization_id, state, id);
CREATE INDEX organization_invitations_user ON organization_invitations (user_id, state);
CREATE INDEX organization_invitations_email_key ON organization_invitations (email_key, state);

-- The teams that who accepts is put into.
CREATE TABLE organization_invitation_teams (
  invitation_id {int} NOT NULL REFERENCES organization_invitations (id),
  team_id {int} NOT NULL REFERENCES teams (id),
  PRIMARY KEY (invitation_id, team_id)
) {keyed};
CREATE INDEX organization_invitation_teams_team ON organization_invitation_teams (team_id);

-- Always for a person: their page is where it is answered, so there is no code.
CREATE TABLE repository_invitations (
  id {int} PRIMARY KEY,
  repository_id {int} NOT NULL REFERENCES repositories (id),
  user_id {int} NOT NULL REFERENCES users (account_id),
  role {text} NOT NULL,
  inviter_id {int} NOT NULL REFERENCES users (account_id),
  created_at {int} NOT NULL,
  expires_at {int} NOT NULL,
  state {text} NOT NULL DEFAULT 'pending',
  settled_at {int},
  CONSTRAINT repository_invitations_role CHECK (role IN ('read', 'triage', 'write', 'maintain', 'admin')),
  CONSTRAINT repository_invitations_state CHECK (state IN ('pending', 'accepted', 'declined', 'cancelled', 'expired')),
  CONSTRAINT repository_invitations_settled CHECK ((state = 'pending') = (settled_at IS NULL))
) {strict};
CREATE UNIQUE INDEX repository_invitations_person ON repository_invitations (repository_id, user_id)
  WHERE state = 'pending';
CREATE INDEX repository_invitations_user ON repository_invitations (user_id, state);
