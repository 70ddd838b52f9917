-- Secrets for jobs: of an organization, a repository or a person, never of two of them. Whoever sets one seals it for a pair
-- of keys of that place; here it lies sealed under a root key, which is outside the database.
--
-- A pair that was replaced is taken for a while longer (`retired_at`), then its row goes. `root_key`: the number of the key that the
-- private half is sealed under.
CREATE TABLE sealing_keys (
  id {int} PRIMARY KEY,
  organization_id {int} REFERENCES organizations (account_id),
  repository_id {int} REFERENCES repositories (id),
  user_id {int} REFERENCES users (account_id),
  public_key {bytes} NOT NULL,
  private_key {bytes} NOT NULL,
  root_key {int} NOT NULL,
  created_at {int} NOT NULL,
  retired_at {int},
  CONSTRAINT sealing_keys_owner CHECK (
    (organization_id IS NOT NULL AND repository_id IS NULL AND user_id IS NULL)
    OR (organization_id IS NULL AND repository_id IS NOT NULL AND user_id IS NULL)
    OR (organization_id IS NULL AND repository_id IS NULL AND user_id IS NOT NULL)
  )
) {strict};
-- One of each place is in use.
CREATE UNIQUE INDEX sealing_keys_organization ON sealing_keys (organization_id) WHERE retired_at IS NULL AND organization_id IS NOT NULL;
CREATE UNIQUE INDEX sealing_keys_repository ON sealing_keys (repository_id) WHERE retired_at IS NULL AND repository_id IS NOT NULL;
CREATE UNIQUE INDEX sealing_keys_user ON sealing_keys (user_id) WHERE retired_at IS NULL AND user_id IS NOT NULL;

-- `visibility`: for which repositories; a repository's own needs none, a person's is for selected ones always. Another value is
-- another row: each is sealed for its own number.
CREATE TABLE job_secrets (
  id {int} PRIMARY KEY,
  organization_id {int} REFERENCES organizations (account_id),
  repository_id {int} REFERENCES repositories (id),
  user_id {int} REFERENCES users (account_id),
  name {text} NOT NULL,
  visibility {text},
  value {bytes} NOT NULL,
  root_key {int} NOT NULL,
  created_at {int} NOT NULL,
  updated_at {int} NOT NULL,
  CONSTRAINT job_secrets_owner CHECK (
    (organization_id IS NOT NULL AND repository_id IS NULL AND user_id IS NULL)
    OR (organization_id IS NULL AND repository_id IS NOT NULL AND user_id IS NULL)
    OR (organization_id IS NULL AND repository_id IS NULL AND user_id IS NOT NULL)
  ),
  CONSTRAINT job_secrets_visibility CHECK (
    (repository_id IS NOT NULL AND visibility IS NULL)
    OR (organization_id IS NOT NULL AND visibility IS NOT NULL AND visibility IN ('all', 'private', 'selected'))
    OR (user_id IS NOT NULL AND visibility IS NOT NULL AND visibility = 'selected')
  )
) {strict};
CREATE UNIQUE INDEX job_secrets_organization ON job_secrets (organization_id, name) WHERE organization_id IS NOT NULL;
CREATE UNIQUE INDEX job_secrets_repository ON job_secrets (repository_id, name) WHERE repository_id IS NOT NULL;
CREATE UNIQUE INDEX job_secrets_user ON job_secrets (user_id, name) WHERE user_id IS NOT NULL;

-- The repositories that were selected for a secret.
CREATE TABLE job_secret_repositories (
  secret_id {int} NOT NULL REFERENCES job_secrets (id),
  repository_id {int} NOT NULL REFERENCES repositories (id),
  PRIMARY KEY (secret_id, repository_id)
) {strict};
CREATE INDEX job_secret_repositories_repository ON job_secret_repositories (repository_id);
