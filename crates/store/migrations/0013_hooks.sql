-- Webhooks: of an organization or of a repository, never of both.
--
-- `secret` is sealed: deliveries are signed with it. `failures`: tries in a row that came to nothing; after each the
-- webhook rests until `rests_until`, with all that waits for it, so that one that hangs holds up nobody else.
CREATE TABLE hooks (
  id {int} PRIMARY KEY,
  organization_id {int} REFERENCES organizations (account_id),
  repository_id {int} REFERENCES repositories (id),
  url {text} NOT NULL,
  content_type {text} NOT NULL,
  secret {bytes},
  verifies_tls {int} NOT NULL,
  events {text} NOT NULL,
  active {int} NOT NULL,
  created_by {int} NOT NULL REFERENCES accounts (id),
  created_at {int} NOT NULL,
  updated_at {int} NOT NULL,
  deleted_at {int},
  failures {int} NOT NULL DEFAULT 0,
  rests_until {int},
  CONSTRAINT hooks_owner CHECK ((organization_id IS NULL) = (repository_id IS NOT NULL)),
  CONSTRAINT hooks_content_type CHECK (content_type IN ('json', 'form')),
  CONSTRAINT hooks_verifies_tls CHECK (verifies_tls IN (0, 1)),
  CONSTRAINT hooks_active CHECK (active IN (0, 1))
) {strict};
CREATE INDEX hooks_organization ON hooks (organization_id) WHERE organization_id IS NOT NULL;
CREATE INDEX hooks_repository ON hooks (repository_id) WHERE repository_id IS NOT NULL;

-- What is told. One for all webhooks that hear of it, so that receivers know what they heard already. `repository_id`: of
-- which repository, so that it is shown to no token that does not reach it.
CREATE TABLE hook_events (
  id {int} PRIMARY KEY,
  repository_id {int},
  guid {text} NOT NULL,
  event {text} NOT NULL,
  action {text},
  payload {text} NOT NULL,
  created_at {int} NOT NULL
) {strict};
CREATE UNIQUE INDEX hook_events_guid ON hook_events (guid);
CREATE INDEX hook_events_created ON hook_events (created_at);

-- Each try to tell a webhook, and what came of it; those without `delivered_at` wait. `attempt` counts from 1 for each
-- time that it is told anew.
CREATE TABLE hook_deliveries (
  id {int} PRIMARY KEY,
  hook_id {int} NOT NULL REFERENCES hooks (id),
  event_id {int} NOT NULL REFERENCES hook_events (id),
  redelivery {int} NOT NULL,
  attempt {int} NOT NULL,
  created_at {int} NOT NULL,
  due_at {int} NOT NULL,
  leased_until {int},
  delivered_at {int},
  duration_ms {int},
  status_code {int},
  outcome {text},
  fault {text},
  url {text},
  request_headers {text},
  response_headers {text},
  response_body {text},
  CONSTRAINT hook_deliveries_redelivery CHECK (redelivery IN (0, 1)),
  CONSTRAINT hook_deliveries_outcome CHECK (outcome IN ('delivered', 'refused', 'unreachable', 'forbidden', 'dropped')),
  CONSTRAINT hook_deliveries_over CHECK ((delivered_at IS NULL) = (outcome IS NULL))
) {strict};
CREATE INDEX hook_deliveries_hook ON hook_deliveries (hook_id, id);
CREATE INDEX hook_deliveries_event ON hook_deliveries (event_id);
-- What waits, webhook by webhook in the order of commits.
CREATE INDEX hook_deliveries_waiting ON hook_deliveries (hook_id, id) WHERE delivered_at IS NULL;

-- The networks that a token was used from, so that a use from another is noticed: the organization that it reaches is told. Of
-- each token the newest.
CREATE TABLE token_places (
  token_id {int} NOT NULL REFERENCES tokens (id),
  network {text} NOT NULL,
  first_at {int} NOT NULL,
  PRIMARY KEY (token_id, network)
) {strict};
