-- Workload identity: issuers whose word an organization trusts about jobs, the rules by which that word opens a job's token, and
-- which words were used. `opener_id`: the service account that opens the jobs. The keys of an issuer are kept in memory; here
-- stands what came of asking for them last.
CREATE TABLE workload_issuers (
  id {int} PRIMARY KEY,
  organization_id {int} NOT NULL REFERENCES organizations (account_id),
  name {text} NOT NULL,
  name_key {text} NOT NULL,
  url {text} NOT NULL,
  opener_id {int} NOT NULL REFERENCES accounts (id),
  created_at {int} NOT NULL,
  created_by {int} NOT NULL REFERENCES accounts (id),
  keys_read_at {int},
  fault {text},
  fault_at {int},
  CONSTRAINT workload_issuers_fault CHECK ((fault IS NULL) = (fault_at IS NULL))
) {strict};
CREATE UNIQUE INDEX workload_issuers_name ON workload_issuers (organization_id, name_key);
CREATE UNIQUE INDEX workload_issuers_url ON workload_issuers (organization_id, url);
CREATE INDEX workload_issuers_opener ON workload_issuers (opener_id);

-- `place`: rules are tried in this order, the older one first where two are alike. The repository is one of those that are listed,
-- or the one that a claim names; never any.
CREATE TABLE workload_rules (
  id {int} PRIMARY KEY,
  issuer_id {int} NOT NULL REFERENCES workload_issuers (id),
  name {text} NOT NULL,
  name_key {text} NOT NULL,
  place {int} NOT NULL,
  audience {text} NOT NULL,
  claims {text} NOT NULL,
  repository_claim {text},
  ref_claim {text} NOT NULL,
  environment_claim {text} NOT NULL,
  forks {text} NOT NULL,
  fork_claims {text} NOT NULL,
  permissions {text} NOT NULL,
  seconds {int} NOT NULL,
  created_at {int} NOT NULL,
  created_by {int} NOT NULL REFERENCES accounts (id),
  CONSTRAINT workload_rules_forks CHECK (forks IN ('refused', 'read_only')),
  CONSTRAINT workload_rules_seconds CHECK (seconds BETWEEN 60 AND 86400)
) {strict};
CREATE UNIQUE INDEX workload_rules_name ON workload_rules (issuer_id, name_key);

CREATE TABLE workload_rule_repositories (
  rule_id {int} NOT NULL REFERENCES workload_rules (id),
  repository_id {int} NOT NULL REFERENCES repositories (id),
  PRIMARY KEY (rule_id, repository_id)
) {keyed};
CREATE INDEX workload_rule_repositories_repository ON workload_rule_repositories (repository_id);

-- Each word opens one job: a digest of the issuer and of what names the word, until the word is over. No reference to the issuer,
-- so that one that is deleted and made again does not forget.
CREATE TABLE workload_uses (
  digest {bytes} PRIMARY KEY,
  over_at {int} NOT NULL
) {keyed};
CREATE INDEX workload_uses_over ON workload_uses (over_at);
