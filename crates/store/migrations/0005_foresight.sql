-- What a change of policy would break is found by one walk over an owner's tokens in the order of their ids. Without the
-- index each step of the walk would sort all of them.
CREATE INDEX tokens_walk ON tokens (owner_id, id) WHERE revoked_at IS NULL AND deleted_at IS NULL;

-- Rules by which requests are approved without a person. `longest` is JSON; a rule for selected repositories or for teams
-- that has no row in its table is about none, never about all.
CREATE TABLE approval_rules (
  id {int} PRIMARY KEY,
  organization_id {int} NOT NULL REFERENCES organizations (account_id),
  name {text} NOT NULL,
  name_key {text} NOT NULL,
  permissions {text} NOT NULL,
  selection {text} NOT NULL,
  longest {text} NOT NULL,
  who {text} NOT NULL,
  created_at {int} NOT NULL,
  created_by {int} NOT NULL REFERENCES accounts (id),
  CONSTRAINT approval_rules_selection CHECK (selection IN ('all', 'selected')),
  CONSTRAINT approval_rules_who CHECK (who IN ('members', 'teams'))
) {strict};
CREATE UNIQUE INDEX approval_rules_name ON approval_rules (organization_id, name_key);

CREATE TABLE approval_rule_repositories (
  rule_id {int} NOT NULL REFERENCES approval_rules (id),
  repository_id {int} NOT NULL REFERENCES repositories (id),
  PRIMARY KEY (rule_id, repository_id)
) {keyed};
CREATE INDEX approval_rule_repositories_repository ON approval_rule_repositories (repository_id);

CREATE TABLE approval_rule_teams (
  rule_id {int} NOT NULL REFERENCES approval_rules (id),
  team_id {int} NOT NULL REFERENCES teams (id),
  PRIMARY KEY (rule_id, team_id)
) {keyed};
CREATE INDEX approval_rule_teams_team ON approval_rule_teams (team_id);

-- Members who decide on tokens without being owners: by name, or by a team.
CREATE TABLE reviewers (
  organization_id {int} NOT NULL REFERENCES organizations (account_id),
  user_id {int} NOT NULL REFERENCES users (account_id),
  created_at {int} NOT NULL,
  PRIMARY KEY (organization_id, user_id)
) {keyed};

CREATE TABLE reviewer_teams (
  organization_id {int} NOT NULL REFERENCES organizations (account_id),
  team_id {int} NOT NULL REFERENCES teams (id),
  created_at {int} NOT NULL,
  PRIMARY KEY (organization_id, team_id)
) {keyed};

-- Requests that wait too long are found without reading the others.
CREATE INDEX requests_waiting ON requests (created_at) WHERE state = 'pending';
