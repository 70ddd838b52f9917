-- Packages of npm: each is its owner's, by its name without the scope, and may belong to one repository of that owner.
--
-- `visibility` holds where it belongs to none; else that of the repository does. `revision` counts its changes: what clients
-- send back as `_rev`, so that nobody overwrites what they have not seen. Rows of deleted packages and versions stay, because a
-- version that was given once is never given again with other contents, and the log speaks of them by number.
CREATE TABLE packages (
  id {int} PRIMARY KEY,
  owner_id {int} NOT NULL REFERENCES accounts (id),
  name {text} NOT NULL,
  repository_id {int} REFERENCES repositories (id),
  visibility {text} NOT NULL,
  readme {text} NOT NULL DEFAULT '',
  revision {int} NOT NULL DEFAULT 1,
  created_by {int} NOT NULL REFERENCES accounts (id),
  created_at {int} NOT NULL,
  updated_at {int} NOT NULL,
  state {text} NOT NULL DEFAULT 'active',
  deleted_at {int},
  CONSTRAINT packages_visibility CHECK (visibility IN ('private', 'internal', 'public')),
  CONSTRAINT packages_state CHECK (state IN ('active', 'deleted')),
  CONSTRAINT packages_deleted_at CHECK ((state = 'deleted') = (deleted_at IS NOT NULL))
) {strict};
CREATE UNIQUE INDEX packages_name ON packages (owner_id, name) WHERE state <> 'deleted';
CREATE INDEX packages_repository ON packages (repository_id) WHERE repository_id IS NOT NULL;

-- What was published. `manifest` is the publisher's document as it came, without where the file is fetched; `digest` names the
-- file: SHA-512 in hexadecimal. Of a deleted version only that it was there is kept.
CREATE TABLE package_versions (
  package_id {int} NOT NULL REFERENCES packages (id),
  version {text} NOT NULL,
  manifest {text} NOT NULL,
  deprecated {text},
  attestations {text},
  digest {text} NOT NULL,
  integrity {text} NOT NULL,
  shasum {text} NOT NULL,
  bytes {int} NOT NULL,
  published_by {int} NOT NULL REFERENCES accounts (id),
  published_at {int} NOT NULL,
  deleted_at {int},
  PRIMARY KEY (package_id, version)
) {keyed};

-- Names for versions that move: `latest` is what is installed where nothing else is said.
CREATE TABLE package_tags (
  package_id {int} NOT NULL REFERENCES packages (id),
  tag {text} NOT NULL,
  version {text} NOT NULL,
  PRIMARY KEY (package_id, tag)
) {keyed};

-- Roles on packages that belong to no repository, beside what membership gives.
CREATE TABLE package_people (
  package_id {int} NOT NULL REFERENCES packages (id),
  user_id {int} NOT NULL REFERENCES users (account_id),
  role {text} NOT NULL,
  created_at {int} NOT NULL,
  PRIMARY KEY (package_id, user_id),
  CONSTRAINT package_people_role CHECK (role IN ('read', 'write', 'admin'))
) {keyed};
CREATE INDEX package_people_user ON package_people (user_id);

CREATE TABLE package_teams (
  package_id {int} NOT NULL REFERENCES packages (id),
  team_id {int} NOT NULL REFERENCES teams (id),
  role {text} NOT NULL,
  created_at {int} NOT NULL,
  PRIMARY KEY (package_id, team_id),
  CONSTRAINT package_teams_role CHECK (role IN ('read', 'write', 'admin'))
) {keyed};
CREATE INDEX package_teams_team ON package_teams (team_id);
