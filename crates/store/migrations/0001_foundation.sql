-- The foundation: accounts, repositories, tokens, their requests and secrets, the log and the feed.
--
-- Reasons that hold for every table:
-- * Ids come from `ids`, inside the write unit, and are never given twice, so a grant that names an id can never reach a
--   re-created namesake.
-- * Times are microseconds UTC, truth is 0 or 1, JSON is text that no query looks into.
-- * `…_key` columns hold the folded form of the name beside them; uniqueness is on the key, the name is shown as typed.
-- * Every unique rule besides a primary key is a named index, and every CHECK is named, because callers are told the name.
-- * Rows of tokens, accounts and repositories are marked ended and stay: the log speaks of them by id.

-- One row: the number of the last change, and the history it belongs to. Each change takes the next number first and holds
-- this row until it commits, so the order of numbers is the order of commits.
CREATE TABLE head (
  id {int} PRIMARY KEY,
  incarnation {int} NOT NULL,
  seq {int} NOT NULL,
  CONSTRAINT head_one_row CHECK (id = 1)
) {strict};

-- Next id per kind. The row '*' is where a kind without a row begins.
CREATE TABLE ids (
  kind {text} PRIMARY KEY,
  next {int} NOT NULL
) {keyed};
INSERT INTO ids (kind, next) VALUES ('*', 1);

-- A value per root key by which a wrong key is noticed at start, before it refuses every token.
CREATE TABLE key_checks (
  key_id {int} PRIMARY KEY,
  value {bytes} NOT NULL
) {strict};

-- Site policy and other facts of which there is one.
CREATE TABLE settings (
  name {text} PRIMARY KEY,
  value {text} NOT NULL,
  forced {int} NOT NULL DEFAULT 0,
  CONSTRAINT settings_forced CHECK (forced IN (0, 1))
) {keyed};

-- Users, organizations and service accounts share one name space.
CREATE TABLE accounts (
  id {int} PRIMARY KEY,
  kind {text} NOT NULL,
  login {text} NOT NULL,
  login_key {text} NOT NULL,
  display_name {text} NOT NULL DEFAULT '',
  created_at {int} NOT NULL,
  state {text} NOT NULL DEFAULT 'active',
  suspended_at {int},
  deleted_at {int},
  CONSTRAINT accounts_kind CHECK (kind IN ('user', 'organization', 'service')),
  CONSTRAINT accounts_state CHECK (state IN ('active', 'suspended', 'deleted')),
  CONSTRAINT accounts_suspended_at CHECK (state <> 'suspended' OR suspended_at IS NOT NULL),
  CONSTRAINT accounts_deleted_at CHECK ((state = 'deleted') = (deleted_at IS NOT NULL))
) {strict};
CREATE UNIQUE INDEX accounts_login ON accounts (login_key) WHERE state <> 'deleted';
CREATE INDEX accounts_kinds ON accounts (kind, login_key);

-- Names that were given up, by renaming or deletion: only an administrator gives them out again.
CREATE TABLE freed_names (
  login_key {text} PRIMARY KEY,
  freed_at {int} NOT NULL,
  account_id {int} NOT NULL REFERENCES accounts (id)
) {keyed};

CREATE TABLE users (
  account_id {int} PRIMARY KEY REFERENCES accounts (id),
  email {text},
  email_key {text},
  email_verified_at {int},
  password_phc {text},
  password_changed_at {int},
  administrator {int} NOT NULL DEFAULT 0,
  CONSTRAINT users_administrator CHECK (administrator IN (0, 1)),
  CONSTRAINT users_email CHECK ((email IS NULL) = (email_key IS NULL)),
  CONSTRAINT users_email_verified CHECK (email_verified_at IS NULL OR email IS NOT NULL)
) {strict};
-- Only a verified address is taken: otherwise anybody could block another's by claiming it.
CREATE UNIQUE INDEX users_verified_email ON users (email_key) WHERE email_verified_at IS NOT NULL;

CREATE TABLE organizations (
  account_id {int} PRIMARY KEY REFERENCES accounts (id),
  base_permission {text} NOT NULL DEFAULT 'read',
  policy {text} NOT NULL,
  policy_version {int} NOT NULL DEFAULT 1,
  CONSTRAINT organizations_base_permission CHECK (base_permission IN ('none', 'read', 'write', 'admin'))
) {strict};

CREATE TABLE memberships (
  organization_id {int} NOT NULL REFERENCES organizations (account_id),
  user_id {int} NOT NULL REFERENCES users (account_id),
  role {text} NOT NULL,
  created_at {int} NOT NULL,
  PRIMARY KEY (organization_id, user_id),
  CONSTRAINT memberships_role CHECK (role IN ('member', 'owner'))
) {keyed};
CREATE INDEX memberships_user ON memberships (user_id);

-- `shard` names the part of the data folder that the Git data is in; the path is made from it and the id alone.
CREATE TABLE repositories (
  id {int} PRIMARY KEY,
  owner_id {int} NOT NULL REFERENCES accounts (id),
  name {text} NOT NULL,
  name_key {text} NOT NULL,
  visibility {text} NOT NULL,
  shard {text} NOT NULL,
  default_branch {text} NOT NULL,
  description {text} NOT NULL DEFAULT '',
  created_at {int} NOT NULL,
  state {text} NOT NULL DEFAULT 'active',
  deleted_at {int},
  CONSTRAINT repositories_visibility CHECK (visibility IN ('private', 'internal', 'public')),
  CONSTRAINT repositories_state CHECK (state IN ('active', 'deleted')),
  CONSTRAINT repositories_deleted_at CHECK ((state = 'deleted') = (deleted_at IS NOT NULL))
) {strict};
CREATE UNIQUE INDEX repositories_name ON repositories (owner_id, name_key) WHERE state <> 'deleted';

-- Old names of renamed repositories, which redirect once the target is decided visible.
CREATE TABLE repository_names (
  owner_id {int} NOT NULL REFERENCES accounts (id),
  name_key {text} NOT NULL,
  repository_id {int} NOT NULL REFERENCES repositories (id),
  PRIMARY KEY (owner_id, name_key)
) {keyed};

CREATE TABLE teams (
  id {int} PRIMARY KEY,
  organization_id {int} NOT NULL REFERENCES organizations (account_id),
  slug {text} NOT NULL,
  slug_key {text} NOT NULL,
  name {text} NOT NULL,
  parent_id {int} REFERENCES teams (id),
  created_at {int} NOT NULL,
  CONSTRAINT teams_not_own_parent CHECK (parent_id <> id)
) {strict};
CREATE UNIQUE INDEX teams_slug ON teams (organization_id, slug_key);
CREATE INDEX teams_parent ON teams (parent_id);

CREATE TABLE team_members (
  team_id {int} NOT NULL REFERENCES teams (id),
  user_id {int} NOT NULL REFERENCES users (account_id),
  PRIMARY KEY (team_id, user_id)
) {keyed};
CREATE INDEX team_members_user ON team_members (user_id);

CREATE TABLE team_repositories (
  team_id {int} NOT NULL REFERENCES teams (id),
  repository_id {int} NOT NULL REFERENCES repositories (id),
  role {text} NOT NULL,
  PRIMARY KEY (team_id, repository_id),
  CONSTRAINT team_repositories_role CHECK (role IN ('read', 'triage', 'write', 'maintain', 'admin'))
) {keyed};
CREATE INDEX team_repositories_repository ON team_repositories (repository_id);

-- Direct roles. A person with one on an organization's repository and no membership is an outside collaborator.
CREATE TABLE collaborators (
  repository_id {int} NOT NULL REFERENCES repositories (id),
  user_id {int} NOT NULL REFERENCES users (account_id),
  role {text} NOT NULL,
  created_at {int} NOT NULL,
  PRIMARY KEY (repository_id, user_id),
  CONSTRAINT collaborators_role CHECK (role IN ('read', 'triage', 'write', 'maintain', 'admin'))
) {keyed};
CREATE INDEX collaborators_user ON collaborators (user_id);

-- Life (suspended_at, revoked_at), standing with the owner, and what is wanted and approved are kept apart. What is in force
-- is the lower of wanted and approved and is never stored.
CREATE TABLE tokens (
  id {int} PRIMARY KEY,
  kind {text} NOT NULL,
  creator_id {int} NOT NULL REFERENCES accounts (id),
  name {text} NOT NULL,
  name_key {text} NOT NULL,
  description {text} NOT NULL DEFAULT '',
  owner_id {int} NOT NULL REFERENCES accounts (id),
  justification {text} NOT NULL DEFAULT '',
  selection {text} NOT NULL,
  permissions {text} NOT NULL,
  conditions {text} NOT NULL,
  standing {text} NOT NULL,
  standing_at {int} NOT NULL,
  standing_reason {text},
  standing_by {int} REFERENCES accounts (id),
  approved {text},
  created_at {int} NOT NULL,
  suspended_at {int},
  revoked_at {int},
  revoked_reason {text},
  deleted_at {int},
  parent_id {int} REFERENCES tokens (id),
  CONSTRAINT tokens_kind CHECK (kind IN ('fine_grained', 'classic', 'child', 'job', 'oauth_user')),
  CONSTRAINT tokens_selection CHECK (selection IN ('public', 'all', 'selected')),
  CONSTRAINT tokens_standing CHECK (standing IN ('not_needed', 'pending', 'active', 'denied', 'cancelled', 'withdrawn')),
  CONSTRAINT tokens_active_is_approved CHECK (standing <> 'active' OR approved IS NOT NULL),
  CONSTRAINT tokens_revoked CHECK ((revoked_at IS NULL) = (revoked_reason IS NULL)),
  CONSTRAINT tokens_deleted_is_revoked CHECK (deleted_at IS NULL OR revoked_at IS NOT NULL)
) {strict};
CREATE UNIQUE INDEX tokens_name ON tokens (creator_id, name_key) WHERE deleted_at IS NULL;
CREATE INDEX tokens_owner ON tokens (owner_id, standing);
CREATE INDEX tokens_parent ON tokens (parent_id);

-- Wanted and approved selections, where `selection` says 'selected'. No row means none, never all.
CREATE TABLE token_repositories (
  token_id {int} NOT NULL REFERENCES tokens (id),
  repository_id {int} NOT NULL REFERENCES repositories (id),
  PRIMARY KEY (token_id, repository_id)
) {keyed};
CREATE INDEX token_repositories_repository ON token_repositories (repository_id);

CREATE TABLE approved_repositories (
  token_id {int} NOT NULL REFERENCES tokens (id),
  repository_id {int} NOT NULL REFERENCES repositories (id),
  PRIMARY KEY (token_id, repository_id)
) {keyed};
CREATE INDEX approved_repositories_repository ON approved_repositories (repository_id);

-- The values of a token: one, or two during rotation. Digests are keyed; `hashed` is the log's public form of the value.
CREATE TABLE secrets (
  id {int} PRIMARY KEY,
  token_id {int} NOT NULL REFERENCES tokens (id),
  kind {text} NOT NULL,
  digest {bytes} NOT NULL,
  key_id {int} NOT NULL,
  public_name {text},
  hashed {text} NOT NULL,
  created_at {int} NOT NULL,
  expires_at {int},
  retires_at {int},
  retired_at {int},
  retire_reason {text},
  until_first_use {int} NOT NULL DEFAULT 0,
  first_used_at {int},
  idempotency_key {bytes},
  idempotency_body {bytes},
  approved_length {int},
  CONSTRAINT secrets_kind CHECK (kind IN ('fine_grained', 'classic', 'short', 'oauth', 'refresh')),
  CONSTRAINT secrets_retired CHECK ((retired_at IS NULL) = (retire_reason IS NULL)),
  CONSTRAINT secrets_until_first_use CHECK (until_first_use IN (0, 1)),
  CONSTRAINT secrets_idempotency CHECK ((idempotency_key IS NULL) = (idempotency_body IS NULL)),
  CONSTRAINT secrets_expires CHECK (expires_at IS NULL OR expires_at > created_at)
) {strict};
CREATE UNIQUE INDEX secrets_digest ON secrets (digest);
CREATE INDEX secrets_token ON secrets (token_id);
CREATE INDEX secrets_idempotency_keys ON secrets (idempotency_key) WHERE idempotency_key IS NOT NULL;

-- What an owner is asked to approve. Immutable: an edit cancels it and makes another.
CREATE TABLE requests (
  id {int} PRIMARY KEY,
  token_id {int} NOT NULL REFERENCES tokens (id),
  organization_id {int} NOT NULL REFERENCES organizations (account_id),
  state {text} NOT NULL,
  asked {text} NOT NULL,
  previous {text},
  reason {text} NOT NULL DEFAULT '',
  justification {text} NOT NULL DEFAULT '',
  created_at {int} NOT NULL,
  decided_at {int},
  decided_by {int} REFERENCES accounts (id),
  CONSTRAINT requests_state CHECK (state IN ('pending', 'approved', 'denied', 'cancelled', 'expired')),
  CONSTRAINT requests_decided_at CHECK ((state = 'pending') = (decided_at IS NULL))
) {strict};
CREATE UNIQUE INDEX requests_one_pending ON requests (token_id) WHERE state = 'pending';
CREATE INDEX requests_organization ON requests (organization_id, state, id);

CREATE TABLE request_repositories (
  request_id {int} NOT NULL REFERENCES requests (id),
  repository_id {int} NOT NULL REFERENCES repositories (id),
  PRIMARY KEY (request_id, repository_id)
) {keyed};
CREATE INDEX request_repositories_repository ON request_repositories (repository_id);

-- A person's signed-in clients and browsers. proved_at is the last proof of presence, confirmed_at the last use of its power.
CREATE TABLE sign_ins (
  id {int} PRIMARY KEY,
  kind {text} NOT NULL,
  user_id {int} NOT NULL REFERENCES users (account_id),
  digest {bytes} NOT NULL,
  key_id {int} NOT NULL,
  label {text} NOT NULL DEFAULT '',
  created_at {int} NOT NULL,
  last_seen_at {int} NOT NULL,
  expires_at {int} NOT NULL,
  proved_at {int},
  confirmed_at {int},
  ended_at {int},
  address {text},
  user_agent {text},
  CONSTRAINT sign_ins_kind CHECK (kind IN ('client', 'session'))
) {strict};
CREATE UNIQUE INDEX sign_ins_digest ON sign_ins (digest);
CREATE INDEX sign_ins_user ON sign_ins (user_id);

-- The first administrator's link, by digest only.
CREATE TABLE setup_codes (
  digest {bytes} PRIMARY KEY,
  created_at {int} NOT NULL,
  expires_at {int} NOT NULL,
  used_at {int}
) {keyed};

-- Side data: written in batches, without a number, no authority in it.
CREATE TABLE last_uses (
  secret_id {int} PRIMARY KEY REFERENCES secrets (id),
  at {int} NOT NULL,
  address {text},
  door {text} NOT NULL,
  operation {text} NOT NULL
) {strict};

CREATE TABLE usage_hours (
  token_id {int} NOT NULL REFERENCES tokens (id),
  hour {int} NOT NULL,
  operation {text} NOT NULL,
  verdict {text} NOT NULL,
  count {int} NOT NULL,
  PRIMARY KEY (token_id, hour, operation, verdict)
) {keyed};
CREATE INDEX usage_hours_hour ON usage_hours (hour);

-- The log. Retention empties body and salt and keeps the leaf, so the log stays provable.
CREATE TABLE audit (
  seq {int} NOT NULL,
  n {int} NOT NULL,
  event {text} NOT NULL,
  at {int} NOT NULL,
  actor_id {int},
  organization_id {int},
  user_id {int},
  token_id {int},
  repository_id {int},
  operation {text} NOT NULL,
  body {text},
  salt {bytes},
  leaf {bytes} NOT NULL,
  PRIMARY KEY (seq, n),
  CONSTRAINT audit_body_and_salt CHECK ((body IS NULL) = (salt IS NULL)),
  CONSTRAINT audit_leaf CHECK (length(leaf) = 32)
) {strict};
CREATE INDEX audit_organization ON audit (organization_id, seq, n);
CREATE INDEX audit_actor ON audit (actor_id, seq, n);
CREATE INDEX audit_user ON audit (user_id, seq, n);
CREATE INDEX audit_token ON audit (token_id, seq, n);
CREATE INDEX audit_repository ON audit (repository_id, seq, n);
CREATE INDEX audit_event ON audit (event, seq, n);
CREATE INDEX audit_at ON audit (at);

-- What each change made old; caches follow it.
CREATE TABLE feed (
  seq {int} NOT NULL,
  n {int} NOT NULL,
  at {int} NOT NULL,
  kind {text} NOT NULL,
  key_kind {text} NOT NULL,
  key_id {int} NOT NULL,
  PRIMARY KEY (seq, n)
) {keyed};

-- What was taken away, as it stands in the tombstone file: the two are compared when the database is opened.
CREATE TABLE tombstones (
  incarnation {int} NOT NULL,
  seq {int} NOT NULL,
  n {int} NOT NULL,
  at {int} NOT NULL,
  kind {text} NOT NULL,
  subject {int} NOT NULL,
  other {int} NOT NULL,
  reason {text} NOT NULL,
  PRIMARY KEY (seq, n, incarnation, at, kind, subject)
) {keyed};

-- What a push is about to do to a ref, written before git does it; open ones are resolved against the refs at start.
-- Object ids are 40 hexadecimal digits, all zero for "none".
CREATE TABLE push_intents (
  id {int} PRIMARY KEY,
  repository_id {int} NOT NULL REFERENCES repositories (id),
  token_id {int} REFERENCES tokens (id),
  secret_id {int} REFERENCES secrets (id),
  actor_id {int} NOT NULL REFERENCES accounts (id),
  push {text} NOT NULL,
  ref_name {text} NOT NULL,
  old_object {text} NOT NULL,
  new_object {text} NOT NULL,
  created_at {int} NOT NULL,
  outcome {text},
  resolved_at {int},
  CONSTRAINT push_intents_outcome CHECK (outcome IN ('updated', 'refused', 'failed', 'unknown')),
  CONSTRAINT push_intents_resolved CHECK ((outcome IS NULL) = (resolved_at IS NULL))
) {strict};
CREATE INDEX push_intents_open ON push_intents (repository_id) WHERE outcome IS NULL;

-- Work to be done after a commit: mail, webhooks, clean-up. Taken by lease, done at least once.
CREATE TABLE jobs (
  id {int} PRIMARY KEY,
  kind {text} NOT NULL,
  payload {text} NOT NULL,
  due_at {int} NOT NULL,
  attempts {int} NOT NULL DEFAULT 0,
  leased_until {int},
  done_at {int}
) {strict};
CREATE INDEX jobs_due ON jobs (due_at) WHERE done_at IS NULL;
