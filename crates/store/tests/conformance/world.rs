//! A small world with one row in every table.

use jeton_domain::{AccountId, Event, TokenId};
use jeton_store::audit::AuditEntry;
use jeton_store::{FeedKey, Sql, Store, StoreError, Tombstone, WriteUnit};

use crate::place::NOW;

pub(crate) const ANN: i64 = 1;
pub(crate) const BOB: i64 = 2;
pub(crate) const ORG: i64 = 3;
pub(crate) const REPOSITORY: i64 = 10;
pub(crate) const TOKEN: i64 = 30;
pub(crate) const SECRET: i64 = 40;
pub(crate) const SIGN_IN: i64 = 60;
pub(crate) const HOOK: i64 = 400;
pub(crate) const JOB_SECRET: i64 = 440;
pub(crate) const DIGEST: [u8; 32] = [7; 32];
const OTHER: [u8; 32] = [0x5a; 32];

pub(crate) fn id<I: jeton_domain::Id>(number: i64) -> I {
    I::from_i64(number).unwrap()
}

#[expect(
    clippy::redundant_closure_for_method_calls,
    reason = "the method alone is tied to one lifetime"
)]
pub(crate) fn try_allocate<I: jeton_domain::Id>(store: &Store) -> Result<I, StoreError> {
    store.write(|unit| unit.allocate())
}

pub(crate) fn allocate<I: jeton_domain::Id>(store: &Store) -> I {
    try_allocate(store).unwrap()
}

/// Ann owns ORG, Bob is its member, both are in its team; Bob has a role, and a token that ORG approved.
pub(crate) fn fill(store: &Store) {
    store.write(rows).unwrap();
}

/// Runs a statement in which `$1` is a moment and `$2` a digest; either may be missing. Beside both, `$3` is a digest that
/// nothing has.
pub(crate) fn execute(unit: &mut WriteUnit<'_>, sql: &'static str) -> Result<usize, StoreError> {
    if sql.contains("$3") {
        return unit.execute(sql, &[&NOW, &DIGEST, &OTHER]);
    }
    match (sql.contains("$1"), sql.contains("$2")) {
        (true, true) => unit.execute(sql, &[&NOW, &DIGEST]),
        (true, false) => unit.execute(sql, &[&NOW]),
        (false, true) => unit.execute(Sql::built(sql.replace("$2", "$1")), &[&DIGEST]),
        (false, false) => unit.execute(sql, &[]),
    }
}

const ROWS: &[&str] = &[
    "INSERT INTO key_checks (key_id, value) VALUES (1, $2)",
    "INSERT INTO settings (name, value) VALUES ('policy', 'x')",
    "INSERT INTO accounts (id, kind, login, login_key, created_at) VALUES (1, 'user', 'Ann', 'ann', $1)",
    "INSERT INTO accounts (id, kind, login, login_key, created_at) VALUES (2, 'user', 'bob', 'bob', $1)",
    "INSERT INTO accounts (id, kind, login, login_key, created_at) VALUES (3, 'organization', 'org', 'org', $1)",
    "INSERT INTO freed_names (login_key, freed_at, account_id) VALUES ('old', $1, 1)",
    "INSERT INTO users (account_id, email, email_key, email_verified_at) VALUES (1, 'a@x', 'a@x', $1), (2, 'a@x', 'a@x', NULL)",
    "INSERT INTO organizations (account_id, policy) VALUES (3, '{}')",
    "INSERT INTO memberships (organization_id, user_id, role, created_at) VALUES (3, 1, 'owner', $1), (3, 2, 'member', $1)",
    "INSERT INTO repositories (id, owner_id, name, name_key, visibility, shard, default_branch, created_at) \
             VALUES (10, 3, 'Lab', 'lab', 'private', '0', 'main', $1), (11, 3, 'two', 'two', 'public', '0', 'main', $1)",
    "INSERT INTO repository_names (owner_id, name_key, repository_id) VALUES (3, 'before', 10)",
    "INSERT INTO teams (id, organization_id, slug, slug_key, name, created_at) \
             VALUES (20, 3, 'crew', 'crew', 'Crew', $1)",
    "INSERT INTO team_members (team_id, user_id) VALUES (20, 1), (20, 2)",
    "INSERT INTO team_repositories (team_id, repository_id, role) VALUES (20, 10, 'read')",
    "INSERT INTO collaborators (repository_id, user_id, role, created_at) VALUES (10, 2, 'write', $1)",
    "INSERT INTO tokens (id, kind, creator_id, name, name_key, owner_id, selection, permissions, conditions, standing, \
             standing_at, approved, created_at) \
             VALUES (30, 'fine_grained', 2, 'ci', 'ci', 3, 'selected', '{}', '[]', 'active', $1, '{}', $1)",
    "INSERT INTO token_repositories (token_id, repository_id) VALUES (30, 10)",
    "INSERT INTO approved_repositories (token_id, repository_id) VALUES (30, 10)",
    "INSERT INTO secrets (id, token_id, kind, digest, key_id, hashed, created_at) \
             VALUES (40, 30, 'fine_grained', $2, 1, 'h', $1)",
    "INSERT INTO requests (id, token_id, organization_id, state, asked, created_at) \
             VALUES (50, 30, 3, 'pending', '{}', $1)",
    "INSERT INTO request_repositories (request_id, repository_id) VALUES (50, 10)",
    "INSERT INTO sign_ins (id, kind, user_id, digest, key_id, created_at, last_seen_at, expires_at) \
             VALUES (60, 'client', 2, $2, 1, $1, $1, $1)",
    "INSERT INTO setup_codes (digest, created_at, expires_at) VALUES ($2, $1, $1)",
    "INSERT INTO last_uses (secret_id, at, door, operation) VALUES (40, $1, 'git', 'fetch')",
    "INSERT INTO usage_hours (token_id, hour, operation, verdict, count) VALUES (30, $1, 'fetch', 'allow', 1)",
    "INSERT INTO push_intents (id, repository_id, actor_id, push, ref_name, old_object, new_object, created_at) \
             VALUES (70, 10, 2, 'p', 'refs/heads/main', '0', '1', $1)",
    "INSERT INTO approval_rules (id, organization_id, name, name_key, permissions, selection, longest, who, created_at, created_by) \
             VALUES (90, 3, 'Short', 'short', '{}', 'selected', '{}', 'teams', $1, 1)",
    "INSERT INTO approval_rule_repositories (rule_id, repository_id) VALUES (90, 10)",
    "INSERT INTO approval_rule_teams (rule_id, team_id) VALUES (90, 20)",
    "INSERT INTO reviewers (organization_id, user_id, created_at) VALUES (3, 2, $1)",
    "INSERT INTO reviewer_teams (organization_id, team_id, created_at) VALUES (3, 20, $1)",
    "INSERT INTO jobs (id, kind, payload, due_at) VALUES (80, 'tell', '{}', $1)",
    "INSERT INTO notices (id, user_id, topic, kind, facts, created_at) VALUES (90, 1, 'tokens', 'x', '{}', $1)",
    "INSERT INTO notice_choices (user_id, requests) VALUES (1, 'daily')",
    "INSERT INTO expiry_reminders (secret_id, days) VALUES (40, 7)",
    "INSERT INTO unused_reminders (token_id, ends_at, days) VALUES (30, $1, 7)",
    "INSERT INTO link_codes (digest, key_id, purpose, user_id, address, created_at, expires_at) \
             VALUES ($2, 1, 'address', 1, 'a@x', $1, $1)",
    "INSERT INTO organization_invitations (id, organization_id, user_id, role, inviter_id, digest, key_id, created_at, sent_at, \
             expires_at) VALUES (190, 3, 2, 'member', 1, $2, 1, $1, $1, $1)",
    "INSERT INTO organization_invitation_teams (invitation_id, team_id) VALUES (190, 20)",
    "INSERT INTO repository_invitations (id, repository_id, user_id, role, inviter_id, created_at, expires_at) \
             VALUES (195, 10, 2, 'read', 1, $1, $1)",
    "INSERT INTO hooks (id, organization_id, url, content_type, secret, verifies_tls, events, active, created_by, created_at, \
             updated_at) VALUES (400, 3, 'https://ci.example.org/', 'json', $2, 1, '[\"push\"]', 1, 1, $1, $1)",
    "INSERT INTO hook_events (id, guid, event, payload, created_at) VALUES (410, 'g', 'push', '{}', $1)",
    "INSERT INTO hook_deliveries (id, hook_id, event_id, redelivery, attempt, created_at, due_at) \
             VALUES (420, 400, 410, 0, 1, $1, $1)",
    "INSERT INTO token_places (token_id, network, first_at) VALUES (30, '192.0.2.0/24', $1)",
    "INSERT INTO descents (token_id, secret_id, depth) VALUES (30, 40, 1)",
    "INSERT INTO accounts (id, kind, login, login_key, created_at) VALUES (6, 'service', 'bot', 'bot', $1)",
    "INSERT INTO users (account_id) VALUES (6)",
    "INSERT INTO service_accounts (account_id, organization_id, created_by, created_at) VALUES (6, 3, 1, $1)",
    "INSERT INTO hand_overs (token_id, to_token_id, service_id, at) VALUES (30, 30, 6, $1)",
    "INSERT INTO job_tokens (token_id, repository_id, origin, opened_at, ends_at) VALUES (30, 10, 'person', 1, 2)",
    "INSERT INTO job_ceilings (owner_id, repository_id, permissions) VALUES (3, 0, '{}')",
    "INSERT INTO workload_issuers (id, organization_id, name, name_key, url, opener_id, created_at, created_by) \
             VALUES (500, 3, 'CI', 'ci', 'https://ci.example.org', 2, $1, 1)",
    "INSERT INTO workload_rules (id, issuer_id, name, name_key, place, audience, claims, ref_claim, environment_claim, forks, \
             fork_claims, permissions, seconds, created_at, created_by) \
             VALUES (510, 500, 'Main', 'main', 1, 'jeton', '{}', 'ref', 'environment', 'refused', '{}', '{}', 60, $1, 1)",
    "INSERT INTO workload_rule_repositories (rule_id, repository_id) VALUES (510, 10)",
    "INSERT INTO workload_uses (digest, over_at) VALUES ($2, $1)",
    "INSERT INTO sealing_keys (id, organization_id, public_key, private_key, root_key, created_at) VALUES (430, 3, $2, $2, 1, $1)",
    "INSERT INTO sealing_keys (id, repository_id, public_key, private_key, root_key, created_at) VALUES (431, 10, $2, $2, 1, $1)",
    "INSERT INTO sealing_keys (id, user_id, public_key, private_key, root_key, created_at) VALUES (432, 2, $2, $2, 1, $1)",
    "INSERT INTO job_secrets (id, organization_id, name, visibility, value, root_key, created_at, updated_at) \
             VALUES (440, 3, 'X', 'selected', $2, 1, $1, $1)",
    "INSERT INTO job_secrets (id, repository_id, name, value, root_key, created_at, updated_at) VALUES (441, 10, 'X', $2, 1, $1, $1)",
    "INSERT INTO job_secrets (id, user_id, name, visibility, value, root_key, created_at, updated_at) \
             VALUES (442, 2, 'X', 'selected', $2, 1, $1, $1)",
    "INSERT INTO job_secret_repositories (secret_id, repository_id) VALUES (440, 10)",
    "INSERT INTO packages (id, owner_id, name, repository_id, visibility, created_by, created_at, updated_at) \
             VALUES (500, 3, 'pad', 10, 'private', 1, $1, $1)",
    "INSERT INTO package_versions (package_id, version, manifest, digest, integrity, shasum, bytes, published_by, published_at, id) \
             VALUES (500, '1.0.0', '{}', 'd', 'i', 's', 1, 1, $1, 510)",
    "INSERT INTO package_tags (package_id, tag, version) VALUES (500, 'latest', '1.0.0')",
    "INSERT INTO package_people (package_id, user_id, role, created_at) VALUES (500, 1, 'admin', $1)",
    "INSERT INTO package_teams (package_id, team_id, role, created_at) SELECT 500, id, 'read', $1 FROM teams LIMIT 1",
];

/// An application of Bob's with a secret, which ORG lets in and Ann lets act for her; Bob lets another in.
const APPLICATIONS: &[&str] = &[
    "INSERT INTO applications (id, client_id, owner_id, name, callbacks, confidential, device_flow, expiring, created_at) \
             VALUES (200, 'board', 2, 'Board', '[]', 1, 0, 1, $1), (201, 'other', NULL, 'Other', '[]', 0, 1, 0, $1)",
    "INSERT INTO application_secrets (id, application_id, digest, key_id, created_at, created_by) \
             VALUES (210, 200, $2, 1, $1, 2), (211, 201, $3, 1, $1, 2)",
    "INSERT INTO application_approvals (organization_id, application_id, state, decided_by, decided_at) \
             VALUES (3, 200, 'approved', 1, $1), (3, 201, 'approved', 1, $1)",
    "INSERT INTO authorizations (user_id, application_id, scopes, scopes_version, created_at, updated_at) \
             VALUES (1, 200, 'repo', 1, $1, $1), (2, 200, 'repo', 1, $1, $1), (1, 201, 'repo', 1, $1, $1)",
    "INSERT INTO authorization_codes (digest, application_id, user_id, scopes, callback, callback_given, created_at, expires_at) \
             VALUES ($2, 201, 2, 'repo', 'https://x', 0, $1, $1)",
    "INSERT INTO device_codes (digest, user_digest, application_id, scopes, user_agent, created_at, expires_at, \
             interval_seconds, state, user_id) VALUES ($2, $3, 201, 'repo', '', $1, $1, 5, 'approved', 1)",
    "INSERT INTO registry_questions (digest, page_digest, command, hostname, user_agent, created_at, expires_at, state, \
             user_id, token_name, scopes) VALUES ($2, $3, 'login', '', '', $1, $1, 'approved', 1, 'npm', 'read:packages')",
];

/// The same world with applications.
pub(crate) fn applications(store: &Store) {
    store
        .write(|unit| {
            for sql in APPLICATIONS {
                execute(unit, sql)?;
            }
            Ok::<_, StoreError>(())
        })
        .unwrap();
}

fn rows(unit: &mut WriteUnit<'_>) -> Result<(), StoreError> {
    for sql in ROWS {
        execute(unit, sql)?;
    }
    unit.execute_one(
        "INSERT INTO organization_invitations (id, organization_id, email, email_key, role, inviter_id, digest, key_id, \
         created_at, sent_at, expires_at) VALUES (191, 3, 'z@x', 'z@x', 'member', 1, $2, 1, $1, $1, $1)",
        &[&NOW, &[8_u8; 32]],
    )?;
    unit.feed(NOW, "made", FeedKey::Site)?;
    unit.tombstone(NOW, &Tombstone::TokenResumed(id::<TokenId>(TOKEN)))?;
    unit.audit(&AuditEntry {
        event: Event::TokenCreate,
        operation: "tokens.create",
        at: NOW,
        actor: Some(id::<AccountId>(ANN)),
        organization: Some(id(ORG)),
        user: Some(id(BOB)),
        token: Some(id(TOKEN)),
        repository: None,
        data: serde_json::json!({"door": "rest"}),
        salt: [9; 16],
    })
}
