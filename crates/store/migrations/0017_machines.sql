-- What acts without a person before it: children of tokens, service accounts, jobs.

-- What a child, or a job's token, was made with: the value of a token (whose id is `tokens.parent_id`), or a sign-in. It lives no
-- longer than that. The value's row may be forgotten long after it ended, and so is not referred to.
CREATE TABLE descents (
  token_id {int} PRIMARY KEY REFERENCES tokens (id),
  secret_id {int},
  sign_in_id {int} REFERENCES sign_ins (id),
  depth {int} NOT NULL,
  CONSTRAINT descents_one_parent CHECK ((secret_id IS NULL) <> (sign_in_id IS NULL)),
  CONSTRAINT descents_depth CHECK (depth BETWEEN 1 AND 3)
) {strict};
CREATE INDEX descents_sign_in ON descents (sign_in_id) WHERE sign_in_id IS NOT NULL;

-- Accounts of an organization that are no person's. Each is a row of `users` as well, without an address or a password, so
-- that roles are given to it as to anybody. `everywhere`: its role on each repository of the organization. `issues_jobs`: a
-- CI system, whose jobs may do what the organization lets jobs do, and not only what its own token may.
CREATE TABLE service_accounts (
  account_id {int} PRIMARY KEY REFERENCES users (account_id),
  organization_id {int} NOT NULL REFERENCES organizations (account_id),
  description {text} NOT NULL DEFAULT '',
  everywhere {text},
  issues_jobs {int} NOT NULL DEFAULT 0,
  created_by {int} REFERENCES users (account_id),
  created_at {int} NOT NULL,
  CONSTRAINT service_accounts_everywhere CHECK (everywhere IN ('read', 'triage', 'write', 'maintain', 'admin')),
  CONSTRAINT service_accounts_issues_jobs CHECK (issues_jobs IN (0, 1))
) {strict};
CREATE INDEX service_accounts_organization ON service_accounts (organization_id);

-- Tokens of people whose work goes on as a service account's. While the person's value still works, it may do only what both may.
CREATE TABLE hand_overs (
  token_id {int} PRIMARY KEY REFERENCES tokens (id),
  to_token_id {int} NOT NULL REFERENCES tokens (id),
  service_id {int} NOT NULL REFERENCES service_accounts (account_id),
  at {int} NOT NULL
) {strict};
CREATE INDEX hand_overs_service ON hand_overs (service_id);

-- Jobs: each has one token, made by whoever opened it, and ends with it.
CREATE TABLE job_tokens (
  token_id {int} PRIMARY KEY REFERENCES tokens (id),
  repository_id {int} NOT NULL REFERENCES repositories (id),
  ref_name {text},
  environment {text},
  fork {int} NOT NULL DEFAULT 0,
  origin {text} NOT NULL,
  claims {text},
  opened_at {int} NOT NULL,
  ends_at {int} NOT NULL,
  CONSTRAINT job_tokens_fork CHECK (fork IN (0, 1)),
  CONSTRAINT job_tokens_origin CHECK (origin IN ('person', 'system', 'workload')),
  CONSTRAINT job_tokens_ends CHECK (ends_at > opened_at)
) {strict};
CREATE INDEX job_tokens_repository ON job_tokens (repository_id, token_id);

-- The most that jobs may do: on the site (account and repository 0), with an owner (repository 0), in a repository. No row:
-- what is written in the source.
CREATE TABLE job_ceilings (
  owner_id {int} NOT NULL,
  repository_id {int} NOT NULL,
  permissions {text} NOT NULL,
  PRIMARY KEY (owner_id, repository_id)
) {keyed};
