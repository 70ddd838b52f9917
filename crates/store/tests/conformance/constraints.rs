//! Each constraint is tried to be broken, and tells its name, the same on both engines.
//!
//! Long: every constraint of every table, each with what tries to break it.

use std::collections::BTreeSet;

use jeton_store::{Store, StoreError};

use crate::place::{Place, on_both};
use crate::world;

on_both!(
    every_unique_rule_and_check_holds,
    every_reference_holds,
    what_a_partial_rule_allows_is_allowed
);

/// All migrations, one after the other.
fn schema() -> String {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("migrations");
    let mut files: Vec<_> = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .collect();
    files.sort();
    let texts: Vec<String> = files
        .iter()
        .map(|path| std::fs::read_to_string(path).unwrap())
        .collect();
    texts.join("\n")
}

/// The name of what must refuse it, and what breaks it (see [`world::execute`]; the digest is taken).
const UNIQUE: &[(&str, &str)] = &[
    (
        "descents_pkey",
        "INSERT INTO descents (token_id, secret_id, depth) VALUES (30, 41, 1)",
    ),
    (
        "service_accounts_pkey",
        "INSERT INTO service_accounts (account_id, organization_id, created_at) VALUES (6, 3, $1)",
    ),
    (
        "hand_overs_pkey",
        "INSERT INTO hand_overs (token_id, to_token_id, service_id, at) VALUES (30, 30, 6, $1)",
    ),
    (
        "job_tokens_pkey",
        "INSERT INTO job_tokens (token_id, repository_id, origin, opened_at, ends_at) VALUES (30, 10, 'system', 1, 2)",
    ),
    (
        "job_ceilings_pkey",
        "INSERT INTO job_ceilings (owner_id, repository_id, permissions) VALUES (3, 0, 'x')",
    ),
    (
        "sealing_keys_pkey",
        "INSERT INTO sealing_keys (id, user_id, public_key, private_key, root_key, created_at) VALUES (430, 1, $2, $2, 1, $1)",
    ),
    (
        "sealing_keys_organization",
        "INSERT INTO sealing_keys (id, organization_id, public_key, private_key, root_key, created_at) VALUES (439, 3, $2, $2, 1, $1)",
    ),
    (
        "sealing_keys_repository",
        "INSERT INTO sealing_keys (id, repository_id, public_key, private_key, root_key, created_at) VALUES (439, 10, $2, $2, 1, $1)",
    ),
    (
        "sealing_keys_user",
        "INSERT INTO sealing_keys (id, user_id, public_key, private_key, root_key, created_at) VALUES (439, 2, $2, $2, 1, $1)",
    ),
    (
        "job_secrets_pkey",
        "INSERT INTO job_secrets (id, repository_id, name, value, root_key, created_at, updated_at) VALUES (440, 10, 'Y', $2, 1, $1, $1)",
    ),
    (
        "job_secrets_organization",
        "INSERT INTO job_secrets (id, organization_id, name, visibility, value, root_key, created_at, updated_at) VALUES (449, 3, 'X', 'all', $2, 1, $1, $1)",
    ),
    (
        "job_secrets_repository",
        "INSERT INTO job_secrets (id, repository_id, name, value, root_key, created_at, updated_at) VALUES (449, 10, 'X', $2, 1, $1, $1)",
    ),
    (
        "job_secrets_user",
        "INSERT INTO job_secrets (id, user_id, name, visibility, value, root_key, created_at, updated_at) VALUES (449, 2, 'X', 'selected', $2, 1, $1, $1)",
    ),
    (
        "job_secret_repositories_pkey",
        "INSERT INTO job_secret_repositories (secret_id, repository_id) VALUES (440, 10)",
    ),
    (
        "hooks_pkey",
        "INSERT INTO hooks (id, organization_id, repository_id, url, content_type, verifies_tls, events, active, created_by, created_at, updated_at) VALUES (400, 3, NULL, 'x', 'json', 1, '', 1, 1, $1, $1)",
    ),
    (
        "hook_events_pkey",
        "INSERT INTO hook_events (id, guid, event, payload, created_at) VALUES (410, 'other', 'push', '', $1)",
    ),
    (
        "hook_events_guid",
        "INSERT INTO hook_events (id, guid, event, payload, created_at) VALUES (419, 'g', 'push', '', $1)",
    ),
    (
        "hook_deliveries_pkey",
        "INSERT INTO hook_deliveries (id, hook_id, event_id, redelivery, attempt, created_at, due_at) VALUES (420, 400, 410, 0, 1, $1, $1)",
    ),
    (
        "workload_issuers_pkey",
        "INSERT INTO workload_issuers (id, organization_id, name, name_key, url, opener_id, created_at, created_by) VALUES (500, 3, 'x', 'x', 'x', 2, $1, 1)",
    ),
    (
        "workload_issuers_name",
        "INSERT INTO workload_issuers (id, organization_id, name, name_key, url, opener_id, created_at, created_by) VALUES (509, 3, 'cI', 'ci', 'x', 2, $1, 1)",
    ),
    (
        "workload_issuers_url",
        "INSERT INTO workload_issuers (id, organization_id, name, name_key, url, opener_id, created_at, created_by) VALUES (509, 3, 'x', 'x', 'https://ci.example.org', 2, $1, 1)",
    ),
    (
        "workload_rules_pkey",
        "INSERT INTO workload_rules (id, issuer_id, name, name_key, place, audience, claims, ref_claim, environment_claim, forks, fork_claims, permissions, seconds, created_at, created_by) VALUES (510, 500, 'x', 'x', 1, 'x', '', 'x', 'x', 'refused', '', '', 60, $1, 1)",
    ),
    (
        "workload_rules_name",
        "INSERT INTO workload_rules (id, issuer_id, name, name_key, place, audience, claims, ref_claim, environment_claim, forks, fork_claims, permissions, seconds, created_at, created_by) VALUES (519, 500, 'mAIN', 'main', 1, 'x', '', 'x', 'x', 'refused', '', '', 60, $1, 1)",
    ),
    (
        "workload_rule_repositories_pkey",
        "INSERT INTO workload_rule_repositories (rule_id, repository_id) VALUES (510, 10)",
    ),
    (
        "workload_uses_pkey",
        "INSERT INTO workload_uses (digest, over_at) VALUES ($2, $1)",
    ),
    (
        "token_places_pkey",
        "INSERT INTO token_places (token_id, network, first_at) VALUES (30, '192.0.2.0/24', $1)",
    ),
    (
        "applications_pkey",
        "INSERT INTO applications (id, client_id, name, callbacks, confidential, device_flow, expiring, created_at) VALUES (300, 'd', 'x', '', 1, 1, 1, $1)",
    ),
    (
        "applications_client",
        "INSERT INTO applications (id, client_id, name, callbacks, confidential, device_flow, expiring, created_at) VALUES (309, 'c', 'x', '', 1, 1, 1, $1)",
    ),
    (
        "application_secrets_pkey",
        "INSERT INTO application_secrets (id, application_id, digest, key_id, created_at, created_by) SELECT 301, 300, leaf, 1, $1, 1 FROM audit WHERE n = 0",
    ),
    (
        "application_secrets_digest",
        "INSERT INTO application_secrets (id, application_id, digest, key_id, created_at, created_by) VALUES (309, 300, $2, 1, $1, 1)",
    ),
    (
        "application_approvals_pkey",
        "INSERT INTO application_approvals (organization_id, application_id, state) VALUES (3, 300, 'requested')",
    ),
    (
        "authorizations_pkey",
        "INSERT INTO authorizations (user_id, application_id, scopes, scopes_version, created_at, updated_at) VALUES (1, 300, '', 1, $1, $1)",
    ),
    (
        "authorization_codes_pkey",
        "INSERT INTO authorization_codes (digest, application_id, user_id, scopes, callback, callback_given, created_at, expires_at) VALUES ($2, 300, 1, '', '', 1, $1, $1)",
    ),
    (
        "device_codes_pkey",
        "INSERT INTO device_codes (digest, user_digest, application_id, scopes, user_agent, created_at, expires_at, interval_seconds, state) VALUES ($2, $3, 300, '', '', $1, $1, 5, 'waiting')",
    ),
    (
        "device_codes_user_code",
        "INSERT INTO device_codes (digest, user_digest, application_id, scopes, user_agent, created_at, expires_at, interval_seconds, state) VALUES ($3, $2, 300, '', '', $1, $1, 5, 'waiting')",
    ),
    (
        "registry_questions_pkey",
        "INSERT INTO registry_questions (digest, page_digest, command, hostname, user_agent, created_at, expires_at, state) VALUES ($2, $3, '', '', '', $1, $1, 'waiting')",
    ),
    (
        "registry_questions_page",
        "INSERT INTO registry_questions (digest, page_digest, command, hostname, user_agent, created_at, expires_at, state) VALUES ($3, $2, '', '', '', $1, $1, 'waiting')",
    ),
    (
        "approval_rules_pkey",
        "INSERT INTO approval_rules (id, organization_id, name, name_key, permissions, selection, longest, who, created_at, created_by) VALUES (90, 3, 'x', 'x', '', 'all', '', 'members', $1, 1)",
    ),
    (
        "approval_rules_name",
        "INSERT INTO approval_rules (id, organization_id, name, name_key, permissions, selection, longest, who, created_at, created_by) VALUES (209, 3, 'SHORT', 'short', '', 'all', '', 'members', $1, 1)",
    ),
    (
        "approval_rule_repositories_pkey",
        "INSERT INTO approval_rule_repositories (rule_id, repository_id) VALUES (90, 10)",
    ),
    (
        "approval_rule_teams_pkey",
        "INSERT INTO approval_rule_teams (rule_id, team_id) VALUES (90, 20)",
    ),
    (
        "reviewers_pkey",
        "INSERT INTO reviewers (organization_id, user_id, created_at) VALUES (3, 2, $1)",
    ),
    (
        "reviewer_teams_pkey",
        "INSERT INTO reviewer_teams (organization_id, team_id, created_at) VALUES (3, 20, $1)",
    ),
    (
        "external_identities_pkey",
        "INSERT INTO external_identities (id, user_id, issuer, subject, created_at) VALUES (210, 1, 'https://i', 'x', $1)",
    ),
    (
        "external_identities_subject",
        "INSERT INTO external_identities (id, user_id, issuer, subject, created_at) VALUES (219, 2, 'https://i', 's', $1)",
    ),
    (
        "provider_questions_pkey",
        "INSERT INTO provider_questions (digest, purpose, asked_at, expires_at) VALUES ($2, 'sign_in', $1, $1)",
    ),
    (
        "passkeys_pkey",
        "INSERT INTO passkeys (id, user_id, credential_id, name, public_key, created_at) SELECT 220, 1, leaf, 'x', '', $1 FROM audit WHERE n = 0",
    ),
    (
        "passkeys_credential",
        "INSERT INTO passkeys (id, user_id, credential_id, name, public_key, created_at) VALUES (229, 2, $2, 'x', '', $1)",
    ),
    (
        "authenticators_pkey",
        "INSERT INTO authenticators (id, user_id, seed, created_at) VALUES (221, 2, $2, $1)",
    ),
    (
        "authenticators_confirmed",
        "INSERT INTO authenticators (id, user_id, seed, created_at, confirmed_at) VALUES (229, 1, $2, $1, $1)",
    ),
    (
        "authenticators_beginning",
        "INSERT INTO authenticators (id, user_id, seed, created_at) VALUES (229, 1, $2, $1)",
    ),
    (
        "recovery_codes_pkey",
        "INSERT INTO recovery_codes (id, user_id, digest, key_id, created_at) SELECT 223, 1, leaf, 1, $1 FROM audit WHERE n = 0",
    ),
    (
        "recovery_codes_digest",
        "INSERT INTO recovery_codes (id, user_id, digest, key_id, created_at) VALUES (229, 2, $2, 1, $1)",
    ),
    (
        "challenges_pkey",
        "INSERT INTO challenges (digest, purpose, bound, user_id, state, created_at, expires_at) VALUES ($2, 'make', 1, 1, '', $1, $1)",
    ),
    (
        "organization_invitation_teams_pkey",
        "INSERT INTO organization_invitation_teams (invitation_id, team_id) VALUES (190, 20)",
    ),
    (
        "organization_invitations_pkey",
        "INSERT INTO organization_invitations (id, organization_id, user_id, email, email_key, role, inviter_id, digest, key_id, created_at, sent_at, expires_at, state, settled_at) \
         SELECT 190, 3, NULL, 'q@x', 'q@x', 'member', 1, leaf, 1, $1, $1, $1, 'pending', NULL FROM audit WHERE n = 0",
    ),
    (
        "organization_invitations_digest",
        "INSERT INTO organization_invitations (id, organization_id, email, email_key, role, inviter_id, digest, key_id, created_at, sent_at, \
         expires_at) VALUES (199, 3, 'q@x', 'q@x', 'member', 1, $2, 1, $1, $1, $1)",
    ),
    (
        "organization_invitations_person",
        "INSERT INTO organization_invitations (id, organization_id, user_id, email, email_key, role, inviter_id, digest, key_id, created_at, sent_at, expires_at, state, settled_at) \
         SELECT 199, 3, 2, NULL, NULL, 'member', 1, leaf, 1, $1, $1, $1, 'pending', NULL FROM audit WHERE n = 0",
    ),
    (
        "organization_invitations_address",
        "INSERT INTO organization_invitations (id, organization_id, user_id, email, email_key, role, inviter_id, digest, key_id, created_at, sent_at, expires_at, state, settled_at) \
         SELECT 199, 3, NULL, 'Z@x', 'z@x', 'member', 1, leaf, 1, $1, $1, $1, 'pending', NULL FROM audit WHERE n = 0",
    ),
    (
        "repository_invitations_pkey",
        "INSERT INTO repository_invitations (id, repository_id, user_id, role, inviter_id, created_at, expires_at, state, settled_at) \
         VALUES (195, 10, 1, 'read', 1, $1, $1, 'pending', NULL)",
    ),
    (
        "repository_invitations_person",
        "INSERT INTO repository_invitations (id, repository_id, user_id, role, inviter_id, created_at, expires_at, state, settled_at) \
         VALUES (199, 10, 2, 'read', 1, $1, $1, 'pending', NULL)",
    ),
    (
        "accounts_login",
        "INSERT INTO accounts (id, kind, login, login_key, created_at) VALUES (9, 'organization', 'ANN', 'ann', $1)",
    ),
    (
        "accounts_pkey",
        "INSERT INTO accounts (id, kind, login, login_key, created_at) VALUES (1, 'user', 'x', 'x', $1)",
    ),
    (
        "approved_repositories_pkey",
        "INSERT INTO approved_repositories (token_id, repository_id) VALUES (30, 10)",
    ),
    (
        "audit_pkey",
        "INSERT INTO audit (seq, n, event, at, operation, leaf) VALUES (1, 0, 'x', $1, 'x', $2)",
    ),
    (
        "collaborators_pkey",
        "INSERT INTO collaborators (repository_id, user_id, role, created_at) VALUES (10, 2, 'admin', $1)",
    ),
    (
        "unused_reminders_pkey",
        "INSERT INTO unused_reminders (token_id, ends_at, days) VALUES (30, $1, 1)",
    ),
    (
        "expiry_reminders_pkey",
        "INSERT INTO expiry_reminders (secret_id, days) VALUES (40, 1)",
    ),
    (
        "feed_pkey",
        "INSERT INTO feed (seq, n, at, kind, key_kind, key_id) VALUES (1, 0, $1, 'x', 'site', 0)",
    ),
    (
        "freed_names_pkey",
        "INSERT INTO freed_names (login_key, freed_at, account_id) VALUES ('old', $1, 2)",
    ),
    (
        "head_pkey",
        "INSERT INTO head (id, incarnation, seq) VALUES (1, 5, 5)",
    ),
    ("ids_pkey", "INSERT INTO ids (kind, next) VALUES ('*', 1)"),
    (
        "jobs_pkey",
        "INSERT INTO jobs (id, kind, payload, due_at) VALUES (80, 'x', '', $1)",
    ),
    (
        "key_checks_pkey",
        "INSERT INTO key_checks (key_id, value) VALUES (1, $2)",
    ),
    (
        "link_codes_pkey",
        "INSERT INTO link_codes (digest, key_id, purpose, user_id, address, created_at, expires_at) \
         VALUES ($2, 1, 'address', 1, 'x', $1, $1)",
    ),
    (
        "notices_pkey",
        "INSERT INTO notices (id, user_id, topic, kind, facts, created_at) VALUES (90, 1, 'x', 'x', '{}', $1)",
    ),
    (
        "notice_choices_pkey",
        "INSERT INTO notice_choices (user_id, requests) VALUES (1, 'at_once')",
    ),
    (
        "last_uses_pkey",
        "INSERT INTO last_uses (secret_id, at, door, operation) VALUES (40, $1, 'x', 'x')",
    ),
    (
        "memberships_pkey",
        "INSERT INTO memberships (organization_id, user_id, role, created_at) VALUES (3, 1, 'member', $1)",
    ),
    (
        "organizations_pkey",
        "INSERT INTO organizations (account_id, policy) VALUES (3, '')",
    ),
    (
        "push_intents_pkey",
        "INSERT INTO push_intents (id, repository_id, actor_id, push, ref_name, old_object, new_object, created_at) \
         VALUES (70, 10, 2, 'p', 'r', '0', '1', $1)",
    ),
    (
        "repositories_name",
        "INSERT INTO repositories (id, owner_id, name, name_key, visibility, shard, default_branch, created_at) \
         VALUES (19, 3, 'LAB', 'lab', 'public', '0', 'main', $1)",
    ),
    (
        "repositories_pkey",
        "INSERT INTO repositories (id, owner_id, name, name_key, visibility, shard, default_branch, created_at) \
         VALUES (10, 3, 'x', 'x', 'public', '0', 'main', $1)",
    ),
    (
        "repository_names_pkey",
        "INSERT INTO repository_names (owner_id, name_key, repository_id) VALUES (3, 'before', 11)",
    ),
    (
        "request_repositories_pkey",
        "INSERT INTO request_repositories (request_id, repository_id) VALUES (50, 10)",
    ),
    (
        "requests_one_pending",
        "INSERT INTO requests (id, token_id, organization_id, state, asked, created_at) VALUES (59, 30, 3, 'pending', '', $1)",
    ),
    (
        "requests_pkey",
        "INSERT INTO requests (id, token_id, organization_id, state, asked, created_at, decided_at) \
         VALUES (50, 30, 3, 'denied', '', $1, $1)",
    ),
    (
        "secrets_digest",
        "INSERT INTO secrets (id, token_id, kind, digest, key_id, hashed, created_at) VALUES (49, 30, 'classic', $2, 2, 'x', $1)",
    ),
    (
        "secrets_pkey",
        "INSERT INTO secrets (id, token_id, kind, digest, key_id, hashed, created_at) \
         SELECT 40, 30, 'classic', value, 2, 'x', $1 FROM (SELECT leaf AS value FROM audit) AS other",
    ),
    (
        "settings_pkey",
        "INSERT INTO settings (name, value) VALUES ('policy', '')",
    ),
    (
        "setup_codes_pkey",
        "INSERT INTO setup_codes (digest, created_at, expires_at) VALUES ($2, $1, $1)",
    ),
    (
        "sign_ins_digest",
        "INSERT INTO sign_ins (id, kind, user_id, digest, key_id, created_at, last_seen_at, expires_at) \
         VALUES (69, 'session', 1, $2, 1, $1, $1, $1)",
    ),
    (
        "sign_ins_pkey",
        "INSERT INTO sign_ins (id, kind, user_id, digest, key_id, created_at, last_seen_at, expires_at) \
         SELECT 60, 'session', 1, leaf, 1, $1, $1, $1 FROM audit WHERE n = 0",
    ),
    (
        "team_members_pkey",
        "INSERT INTO team_members (team_id, user_id) VALUES (20, 1)",
    ),
    (
        "team_repositories_pkey",
        "INSERT INTO team_repositories (team_id, repository_id, role) VALUES (20, 10, 'admin')",
    ),
    (
        "teams_pkey",
        "INSERT INTO teams (id, organization_id, slug, slug_key, name, created_at) VALUES (20, 3, 'x', 'x', 'x', $1)",
    ),
    (
        "teams_slug",
        "INSERT INTO teams (id, organization_id, slug, slug_key, name, created_at) VALUES (29, 3, 'CREW', 'crew', 'x', $1)",
    ),
    (
        "token_repositories_pkey",
        "INSERT INTO token_repositories (token_id, repository_id) VALUES (30, 10)",
    ),
    (
        "tokens_name",
        "INSERT INTO tokens (id, kind, creator_id, name, name_key, owner_id, selection, permissions, conditions, standing, \
         standing_at, created_at) VALUES (39, 'classic', 2, 'CI', 'ci', 2, 'all', '', '', 'not_needed', $1, $1)",
    ),
    (
        "tokens_pkey",
        "INSERT INTO tokens (id, kind, creator_id, name, name_key, owner_id, selection, permissions, conditions, standing, \
         standing_at, created_at) VALUES (30, 'classic', 2, 'x', 'x', 2, 'all', '', '', 'not_needed', $1, $1)",
    ),
    (
        "tombstones_pkey",
        "INSERT INTO tombstones (incarnation, seq, n, at, kind, subject, other, reason) \
         SELECT incarnation, seq, n, at, kind, subject, other, reason FROM tombstones",
    ),
    (
        "usage_hours_pkey",
        "INSERT INTO usage_hours (token_id, hour, operation, verdict, count) VALUES (30, $1, 'fetch', 'allow', 5)",
    ),
    ("users_pkey", "INSERT INTO users (account_id) VALUES (1)"),
    (
        "users_verified_email",
        "UPDATE users SET email_verified_at = $1 WHERE account_id = 2",
    ),
    (
        "packages_pkey",
        "INSERT INTO packages (id, owner_id, name, visibility, created_by, created_at, updated_at) \
         VALUES (500, 3, 'other', 'private', 1, $1, $1)",
    ),
    (
        "packages_name",
        "INSERT INTO packages (id, owner_id, name, visibility, created_by, created_at, updated_at) \
         VALUES (509, 3, 'pad', 'private', 1, $1, $1)",
    ),
    (
        "package_versions_pkey",
        "INSERT INTO package_versions (package_id, version, manifest, digest, integrity, shasum, bytes, published_by, published_at) \
         VALUES (500, '1.0.0', '', '', '', '', 1, 1, $1)",
    ),
    (
        "package_versions_id",
        "INSERT INTO package_versions (package_id, version, manifest, digest, integrity, shasum, bytes, published_by, published_at, id) \
         VALUES (500, '1.1.0', '{}', 'd', 'i', 's', 1, 1, $1, 510)",
    ),
    (
        "package_tags_pkey",
        "INSERT INTO package_tags (package_id, tag, version) VALUES (500, 'latest', '2.0.0')",
    ),
    (
        "package_people_pkey",
        "INSERT INTO package_people (package_id, user_id, role, created_at) VALUES (500, 1, 'read', $1)",
    ),
    (
        "package_teams_pkey",
        "INSERT INTO package_teams (package_id, team_id, role, created_at) \
         SELECT package_id, team_id, 'write', $1 FROM package_teams",
    ),
];

const CHECKS: &[(&str, &str)] = &[
    ("descents_one_parent", "UPDATE descents SET sign_in_id = 60"),
    ("descents_depth", "UPDATE descents SET depth = 4"),
    (
        "service_accounts_everywhere",
        "UPDATE service_accounts SET everywhere = 'owner'",
    ),
    (
        "service_accounts_issues_jobs",
        "UPDATE service_accounts SET issues_jobs = 2",
    ),
    ("job_tokens_fork", "UPDATE job_tokens SET fork = 2"),
    (
        "job_tokens_origin",
        "UPDATE job_tokens SET origin = 'nobody'",
    ),
    (
        "job_tokens_ends",
        "UPDATE job_tokens SET ends_at = opened_at",
    ),
    (
        "sealing_keys_owner",
        "UPDATE sealing_keys SET user_id = 1 WHERE id = 430",
    ),
    (
        "job_secrets_owner",
        "UPDATE job_secrets SET user_id = 1 WHERE id = 440",
    ),
    (
        "job_secrets_visibility",
        "UPDATE job_secrets SET visibility = 'all' WHERE id = 441",
    ),
    (
        "job_secrets_visibility",
        "UPDATE job_secrets SET visibility = 'all' WHERE id = 442",
    ),
    (
        "job_secrets_visibility",
        "UPDATE job_secrets SET visibility = NULL WHERE id = 440",
    ),
    ("hooks_owner", "UPDATE hooks SET repository_id = 10"),
    (
        "hooks_content_type",
        "UPDATE hooks SET content_type = 'xml'",
    ),
    ("hooks_verifies_tls", "UPDATE hooks SET verifies_tls = 2"),
    ("hooks_active", "UPDATE hooks SET active = 2"),
    (
        "hook_deliveries_redelivery",
        "UPDATE hook_deliveries SET redelivery = 2",
    ),
    (
        "hook_deliveries_outcome",
        "UPDATE hook_deliveries SET delivered_at = $1, outcome = 'lost'",
    ),
    (
        "hook_deliveries_over",
        "UPDATE hook_deliveries SET delivered_at = $1",
    ),
    (
        "applications_confidential",
        "UPDATE applications SET confidential = 2 WHERE id = 300",
    ),
    (
        "applications_device_flow",
        "UPDATE applications SET device_flow = 2 WHERE id = 300",
    ),
    (
        "applications_expiring",
        "UPDATE applications SET expiring = 2 WHERE id = 300",
    ),
    (
        "application_approvals_state",
        "UPDATE application_approvals SET state = 'x', decided_at = $1",
    ),
    (
        "application_approvals_decided",
        "UPDATE application_approvals SET state = 'approved'",
    ),
    (
        "device_codes_state",
        "UPDATE device_codes SET state = 'x', user_id = 1",
    ),
    (
        "device_codes_user",
        "UPDATE device_codes SET state = 'approved'",
    ),
    (
        "registry_questions_state",
        "UPDATE registry_questions SET state = 'x', user_id = 1, token_name = 'x', scopes = ''",
    ),
    (
        "registry_questions_user",
        "UPDATE registry_questions SET state = 'denied'",
    ),
    (
        "registry_questions_token",
        "UPDATE registry_questions SET state = 'approved', user_id = 1, token_name = 'x'",
    ),
    (
        "workload_issuers_fault",
        "UPDATE workload_issuers SET fault = 'x' WHERE id = 500",
    ),
    (
        "workload_rules_forks",
        "UPDATE workload_rules SET forks = 'x' WHERE id = 510",
    ),
    (
        "workload_rules_seconds",
        "UPDATE workload_rules SET seconds = 86401 WHERE id = 510",
    ),
    (
        "approval_rules_selection",
        "UPDATE approval_rules SET selection = 'x' WHERE id = 90",
    ),
    (
        "approval_rules_who",
        "UPDATE approval_rules SET who = 'x' WHERE id = 90",
    ),
    (
        "provider_questions_purpose",
        "UPDATE provider_questions SET purpose = 'x', sign_in_id = 60",
    ),
    (
        "provider_questions_sign_in",
        "UPDATE provider_questions SET purpose = 'link'",
    ),
    ("challenges_purpose", "UPDATE challenges SET purpose = 'x'"),
    (
        "organization_invitations_email",
        "INSERT INTO organization_invitations (id, organization_id, user_id, email, email_key, role, inviter_id, digest, key_id, created_at, sent_at, expires_at, state, settled_at) \
         SELECT 199, 3, NULL, NULL, 'q@x', 'member', 1, leaf, 1, $1, $1, $1, 'pending', NULL FROM audit WHERE n = 0",
    ),
    (
        "organization_invitations_invitee",
        "INSERT INTO organization_invitations (id, organization_id, user_id, email, email_key, role, inviter_id, digest, key_id, created_at, sent_at, expires_at, state, settled_at) \
         SELECT 199, 3, 1, 'q@x', 'q@x', 'member', 1, leaf, 1, $1, $1, $1, 'pending', NULL FROM audit WHERE n = 0",
    ),
    (
        "organization_invitations_role",
        "INSERT INTO organization_invitations (id, organization_id, user_id, email, email_key, role, inviter_id, digest, key_id, created_at, sent_at, expires_at, state, settled_at) \
         SELECT 199, 3, 1, NULL, NULL, 'admin', 1, leaf, 1, $1, $1, $1, 'pending', NULL FROM audit WHERE n = 0",
    ),
    (
        "organization_invitations_settled",
        "INSERT INTO organization_invitations (id, organization_id, user_id, email, email_key, role, inviter_id, digest, key_id, created_at, sent_at, expires_at, state, settled_at) \
         SELECT 199, 3, 1, NULL, NULL, 'member', 1, leaf, 1, $1, $1, $1, 'accepted', NULL FROM audit WHERE n = 0",
    ),
    (
        "organization_invitations_state",
        "INSERT INTO organization_invitations (id, organization_id, user_id, email, email_key, role, inviter_id, digest, key_id, created_at, sent_at, expires_at, state, settled_at) \
         SELECT 199, 3, 1, NULL, NULL, 'member', 1, leaf, 1, $1, $1, $1, 'x', $1 FROM audit WHERE n = 0",
    ),
    (
        "repository_invitations_role",
        "INSERT INTO repository_invitations (id, repository_id, user_id, role, inviter_id, created_at, expires_at, state, settled_at) \
         VALUES (199, 10, 1, 'x', 1, $1, $1, 'pending', NULL)",
    ),
    (
        "repository_invitations_settled",
        "INSERT INTO repository_invitations (id, repository_id, user_id, role, inviter_id, created_at, expires_at, state, settled_at) \
         VALUES (199, 10, 1, 'read', 1, $1, $1, 'accepted', NULL)",
    ),
    (
        "repository_invitations_state",
        "INSERT INTO repository_invitations (id, repository_id, user_id, role, inviter_id, created_at, expires_at, state, settled_at) \
         VALUES (199, 10, 1, 'read', 1, $1, $1, 'x', $1)",
    ),
    (
        "link_codes_purpose",
        "UPDATE link_codes SET purpose = 'other' WHERE user_id = 1",
    ),
    (
        "notice_choices_requests",
        "UPDATE notice_choices SET requests = 'never' WHERE user_id = 1",
    ),
    (
        "accounts_deleted_at",
        "UPDATE accounts SET state = 'deleted' WHERE id = 1",
    ),
    (
        "accounts_kind",
        "UPDATE accounts SET kind = 'robot' WHERE id = 1",
    ),
    (
        "accounts_state",
        "UPDATE accounts SET state = 'asleep' WHERE id = 1",
    ),
    (
        "accounts_suspended_at",
        "UPDATE accounts SET state = 'suspended' WHERE id = 1",
    ),
    (
        "audit_body_and_salt",
        "UPDATE audit SET body = NULL WHERE seq = 1",
    ),
    ("audit_leaf", "UPDATE audit SET leaf = salt WHERE seq = 1"),
    (
        "collaborators_role",
        "UPDATE collaborators SET role = 'owner' WHERE user_id = 2",
    ),
    (
        "head_one_row",
        "INSERT INTO head (id, incarnation, seq) VALUES (2, 1, 1)",
    ),
    (
        "memberships_role",
        "UPDATE memberships SET role = 'admin' WHERE user_id = 1",
    ),
    (
        "organizations_base_permission",
        "UPDATE organizations SET base_permission = 'maintain' WHERE account_id = 3",
    ),
    (
        "push_intents_outcome",
        "UPDATE push_intents SET outcome = 'perhaps', resolved_at = $1 WHERE id = 70",
    ),
    (
        "push_intents_resolved",
        "UPDATE push_intents SET outcome = 'updated' WHERE id = 70",
    ),
    (
        "repositories_deleted_at",
        "UPDATE repositories SET state = 'deleted' WHERE id = 10",
    ),
    (
        "repositories_state",
        "UPDATE repositories SET state = 'lost' WHERE id = 10",
    ),
    (
        "repositories_visibility",
        "UPDATE repositories SET visibility = 'secret' WHERE id = 10",
    ),
    (
        "requests_decided_at",
        "UPDATE requests SET state = 'approved' WHERE id = 50",
    ),
    (
        "requests_state",
        "UPDATE requests SET state = 'maybe', decided_at = $1 WHERE id = 50",
    ),
    (
        "secrets_expires",
        "UPDATE secrets SET expires_at = created_at WHERE id = 40",
    ),
    (
        "secrets_idempotency",
        "UPDATE secrets SET idempotency_key = $2 WHERE id = 40",
    ),
    (
        "secrets_kind",
        "UPDATE secrets SET kind = 'password' WHERE id = 40",
    ),
    (
        "secrets_retired",
        "UPDATE secrets SET retired_at = $1 WHERE id = 40",
    ),
    (
        "secrets_until_first_use",
        "UPDATE secrets SET until_first_use = 2 WHERE id = 40",
    ),
    (
        "settings_forced",
        "UPDATE settings SET forced = 2 WHERE name = 'policy'",
    ),
    (
        "sign_ins_kind",
        "UPDATE sign_ins SET kind = 'device' WHERE id = 60",
    ),
    (
        "team_repositories_role",
        "UPDATE team_repositories SET role = 'none' WHERE team_id = 20",
    ),
    (
        "teams_not_own_parent",
        "UPDATE teams SET parent_id = 20 WHERE id = 20",
    ),
    (
        "tokens_active_is_approved",
        "UPDATE tokens SET approved = NULL WHERE id = 30",
    ),
    (
        "tokens_deleted_is_revoked",
        "UPDATE tokens SET deleted_at = $1 WHERE id = 30",
    ),
    (
        "tokens_kind",
        "UPDATE tokens SET kind = 'session' WHERE id = 30",
    ),
    (
        "tokens_revoked",
        "UPDATE tokens SET revoked_at = $1 WHERE id = 30",
    ),
    (
        "tokens_selection",
        "UPDATE tokens SET selection = 'none' WHERE id = 30",
    ),
    (
        "tokens_standing",
        "UPDATE tokens SET standing = 'revoked' WHERE id = 30",
    ),
    (
        "users_administrator",
        "UPDATE users SET administrator = 2 WHERE account_id = 1",
    ),
    (
        "users_email",
        "UPDATE users SET email_key = NULL WHERE account_id = 2",
    ),
    (
        "users_email_verified",
        "UPDATE users SET email = NULL, email_key = NULL WHERE account_id = 1",
    ),
    (
        "packages_visibility",
        "UPDATE packages SET visibility = 'secret'",
    ),
    (
        "packages_state",
        "UPDATE packages SET state = 'gone', deleted_at = NULL",
    ),
    ("packages_deleted_at", "UPDATE packages SET deleted_at = $1"),
    (
        "package_people_role",
        "UPDATE package_people SET role = 'triage'",
    ),
    (
        "package_teams_role",
        "UPDATE package_teams SET role = 'maintain'",
    ),
];

/// Table and column of each foreign key, with a row that would point to nothing.
const REFERENCES: &[(&str, &str)] = &[
    (
        "sealing_keys.organization_id",
        "UPDATE sealing_keys SET organization_id = 999 WHERE id = 430",
    ),
    (
        "sealing_keys.repository_id",
        "UPDATE sealing_keys SET repository_id = 999 WHERE id = 431",
    ),
    (
        "sealing_keys.user_id",
        "UPDATE sealing_keys SET user_id = 999 WHERE id = 432",
    ),
    (
        "job_secrets.organization_id",
        "UPDATE job_secrets SET organization_id = 999 WHERE id = 440",
    ),
    (
        "job_secrets.repository_id",
        "UPDATE job_secrets SET repository_id = 999 WHERE id = 441",
    ),
    (
        "job_secrets.user_id",
        "UPDATE job_secrets SET user_id = 999 WHERE id = 442",
    ),
    (
        "job_secret_repositories.secret_id",
        "UPDATE job_secret_repositories SET secret_id = 999",
    ),
    (
        "job_secret_repositories.repository_id",
        "UPDATE job_secret_repositories SET repository_id = 999",
    ),
    (
        "hooks.organization_id",
        "UPDATE hooks SET organization_id = 999",
    ),
    (
        "hooks.repository_id",
        "UPDATE hooks SET organization_id = NULL, repository_id = 999",
    ),
    ("hooks.created_by", "UPDATE hooks SET created_by = 999"),
    (
        "hook_deliveries.hook_id",
        "UPDATE hook_deliveries SET hook_id = 999",
    ),
    (
        "hook_deliveries.event_id",
        "UPDATE hook_deliveries SET event_id = 999",
    ),
    (
        "token_places.token_id",
        "UPDATE token_places SET token_id = 999",
    ),
    ("descents.token_id", "UPDATE descents SET token_id = 999"),
    (
        "descents.sign_in_id",
        "UPDATE descents SET secret_id = NULL, sign_in_id = 999",
    ),
    (
        "service_accounts.account_id",
        "UPDATE service_accounts SET account_id = 999",
    ),
    (
        "service_accounts.organization_id",
        "UPDATE service_accounts SET organization_id = 999",
    ),
    (
        "service_accounts.created_by",
        "UPDATE service_accounts SET created_by = 999",
    ),
    (
        "hand_overs.token_id",
        "UPDATE hand_overs SET token_id = 999",
    ),
    (
        "hand_overs.to_token_id",
        "UPDATE hand_overs SET to_token_id = 999",
    ),
    (
        "hand_overs.service_id",
        "UPDATE hand_overs SET service_id = 999",
    ),
    (
        "job_tokens.token_id",
        "UPDATE job_tokens SET token_id = 999",
    ),
    (
        "job_tokens.repository_id",
        "UPDATE job_tokens SET repository_id = 999",
    ),
    (
        "applications.owner_id",
        "UPDATE applications SET owner_id = 999 WHERE id = 300",
    ),
    (
        "application_secrets.application_id",
        "UPDATE application_secrets SET application_id = 999",
    ),
    (
        "application_secrets.created_by",
        "UPDATE application_secrets SET created_by = 999",
    ),
    (
        "application_approvals.organization_id",
        "UPDATE application_approvals SET organization_id = 999",
    ),
    (
        "application_approvals.application_id",
        "UPDATE application_approvals SET application_id = 999",
    ),
    (
        "application_approvals.asked_by",
        "UPDATE application_approvals SET asked_by = 999",
    ),
    (
        "application_approvals.decided_by",
        "UPDATE application_approvals SET decided_by = 999",
    ),
    (
        "authorizations.user_id",
        "UPDATE authorizations SET user_id = 999",
    ),
    (
        "authorizations.application_id",
        "UPDATE authorizations SET application_id = 999",
    ),
    (
        "authorization_codes.application_id",
        "UPDATE authorization_codes SET application_id = 999",
    ),
    (
        "authorization_codes.user_id",
        "UPDATE authorization_codes SET user_id = 999",
    ),
    (
        "authorization_codes.token_id",
        "UPDATE authorization_codes SET token_id = 999",
    ),
    (
        "device_codes.application_id",
        "UPDATE device_codes SET application_id = 999",
    ),
    (
        "device_codes.user_id",
        "UPDATE device_codes SET user_id = 999",
    ),
    (
        "registry_questions.user_id",
        "UPDATE registry_questions SET user_id = 999",
    ),
    (
        "tokens.application_id",
        "UPDATE tokens SET application_id = 999",
    ),
    (
        "workload_issuers.organization_id",
        "UPDATE workload_issuers SET organization_id = 999",
    ),
    (
        "workload_issuers.opener_id",
        "UPDATE workload_issuers SET opener_id = 999",
    ),
    (
        "workload_issuers.created_by",
        "UPDATE workload_issuers SET created_by = 999",
    ),
    (
        "workload_rules.issuer_id",
        "UPDATE workload_rules SET issuer_id = 999",
    ),
    (
        "workload_rules.created_by",
        "UPDATE workload_rules SET created_by = 999",
    ),
    (
        "workload_rule_repositories.rule_id",
        "UPDATE workload_rule_repositories SET rule_id = 999",
    ),
    (
        "workload_rule_repositories.repository_id",
        "UPDATE workload_rule_repositories SET repository_id = 999",
    ),
    (
        "approval_rules.organization_id",
        "UPDATE approval_rules SET organization_id = 999 WHERE id = 90",
    ),
    (
        "approval_rules.created_by",
        "UPDATE approval_rules SET created_by = 999 WHERE id = 90",
    ),
    (
        "approval_rule_repositories.rule_id",
        "UPDATE approval_rule_repositories SET rule_id = 999",
    ),
    (
        "approval_rule_repositories.repository_id",
        "UPDATE approval_rule_repositories SET repository_id = 999",
    ),
    (
        "approval_rule_teams.rule_id",
        "UPDATE approval_rule_teams SET rule_id = 999",
    ),
    (
        "approval_rule_teams.team_id",
        "UPDATE approval_rule_teams SET team_id = 999",
    ),
    (
        "reviewers.organization_id",
        "UPDATE reviewers SET organization_id = 999",
    ),
    ("reviewers.user_id", "UPDATE reviewers SET user_id = 999"),
    (
        "reviewer_teams.organization_id",
        "UPDATE reviewer_teams SET organization_id = 999",
    ),
    (
        "reviewer_teams.team_id",
        "UPDATE reviewer_teams SET team_id = 999",
    ),
    (
        "external_identities.user_id",
        "UPDATE external_identities SET user_id = 999",
    ),
    (
        "provider_questions.sign_in_id",
        "UPDATE provider_questions SET purpose = 'link', sign_in_id = 999",
    ),
    ("passkeys.user_id", "UPDATE passkeys SET user_id = 999"),
    (
        "authenticators.user_id",
        "UPDATE authenticators SET user_id = 999",
    ),
    (
        "recovery_codes.user_id",
        "UPDATE recovery_codes SET user_id = 999",
    ),
    ("challenges.user_id", "UPDATE challenges SET user_id = 999"),
    (
        "organization_invitations.organization_id",
        "UPDATE organization_invitations SET organization_id = 999 WHERE id = 190",
    ),
    (
        "organization_invitations.user_id",
        "UPDATE organization_invitations SET user_id = 999 WHERE id = 190",
    ),
    (
        "organization_invitations.inviter_id",
        "UPDATE organization_invitations SET inviter_id = 999 WHERE id = 190",
    ),
    (
        "repository_invitations.repository_id",
        "UPDATE repository_invitations SET repository_id = 999 WHERE id = 195",
    ),
    (
        "repository_invitations.user_id",
        "UPDATE repository_invitations SET user_id = 999 WHERE id = 195",
    ),
    (
        "repository_invitations.inviter_id",
        "UPDATE repository_invitations SET inviter_id = 999 WHERE id = 195",
    ),
    (
        "organization_invitation_teams.invitation_id",
        "INSERT INTO organization_invitation_teams (invitation_id, team_id) VALUES (999, 20)",
    ),
    (
        "organization_invitation_teams.team_id",
        "INSERT INTO organization_invitation_teams (invitation_id, team_id) VALUES (190, 999)",
    ),
    (
        "notices.user_id",
        "UPDATE notices SET user_id = 999 WHERE id = 90",
    ),
    (
        "notice_choices.user_id",
        "UPDATE notice_choices SET user_id = 999 WHERE user_id = 1",
    ),
    (
        "unused_reminders.token_id",
        "UPDATE unused_reminders SET token_id = 999 WHERE token_id = 30",
    ),
    (
        "expiry_reminders.secret_id",
        "UPDATE expiry_reminders SET secret_id = 999 WHERE secret_id = 40",
    ),
    (
        "link_codes.user_id",
        "UPDATE link_codes SET user_id = 999 WHERE user_id = 1",
    ),
    (
        "approved_repositories.repository_id",
        "INSERT INTO approved_repositories (token_id, repository_id) VALUES (30, 999)",
    ),
    (
        "approved_repositories.token_id",
        "INSERT INTO approved_repositories (token_id, repository_id) VALUES (999, 10)",
    ),
    (
        "collaborators.repository_id",
        "UPDATE collaborators SET repository_id = 999 WHERE user_id = 2",
    ),
    (
        "collaborators.user_id",
        "UPDATE collaborators SET user_id = 3 WHERE user_id = 2",
    ),
    (
        "freed_names.account_id",
        "UPDATE freed_names SET account_id = 999 WHERE login_key = 'old'",
    ),
    (
        "last_uses.secret_id",
        "UPDATE last_uses SET secret_id = 999 WHERE secret_id = 40",
    ),
    (
        "memberships.organization_id",
        "UPDATE memberships SET organization_id = 1 WHERE user_id = 1",
    ),
    (
        "memberships.user_id",
        "UPDATE memberships SET user_id = 3 WHERE user_id = 1",
    ),
    (
        "organizations.account_id",
        "INSERT INTO organizations (account_id, policy) VALUES (999, '')",
    ),
    (
        "push_intents.actor_id",
        "UPDATE push_intents SET actor_id = 999 WHERE id = 70",
    ),
    (
        "push_intents.repository_id",
        "UPDATE push_intents SET repository_id = 999 WHERE id = 70",
    ),
    (
        "push_intents.secret_id",
        "UPDATE push_intents SET secret_id = 999 WHERE id = 70",
    ),
    (
        "push_intents.token_id",
        "UPDATE push_intents SET token_id = 999 WHERE id = 70",
    ),
    (
        "repositories.owner_id",
        "UPDATE repositories SET owner_id = 999 WHERE id = 10",
    ),
    (
        "repository_names.owner_id",
        "INSERT INTO repository_names (owner_id, name_key, repository_id) VALUES (999, 'x', 10)",
    ),
    (
        "repository_names.repository_id",
        "INSERT INTO repository_names (owner_id, name_key, repository_id) VALUES (3, 'x', 999)",
    ),
    (
        "request_repositories.repository_id",
        "INSERT INTO request_repositories (request_id, repository_id) VALUES (50, 999)",
    ),
    (
        "request_repositories.request_id",
        "INSERT INTO request_repositories (request_id, repository_id) VALUES (999, 10)",
    ),
    (
        "requests.decided_by",
        "UPDATE requests SET decided_by = 999 WHERE id = 50",
    ),
    (
        "requests.organization_id",
        "UPDATE requests SET organization_id = 1 WHERE id = 50",
    ),
    (
        "requests.token_id",
        "UPDATE requests SET token_id = 999 WHERE id = 50",
    ),
    (
        "secrets.token_id",
        "UPDATE secrets SET token_id = 999 WHERE id = 40",
    ),
    (
        "sign_ins.user_id",
        "UPDATE sign_ins SET user_id = 3 WHERE id = 60",
    ),
    (
        "team_members.team_id",
        "INSERT INTO team_members (team_id, user_id) VALUES (999, 1)",
    ),
    (
        "team_members.user_id",
        "INSERT INTO team_members (team_id, user_id) VALUES (20, 3)",
    ),
    (
        "team_repositories.repository_id",
        "UPDATE team_repositories SET repository_id = 999 WHERE team_id = 20",
    ),
    (
        "team_repositories.team_id",
        "UPDATE team_repositories SET team_id = 999 WHERE team_id = 20",
    ),
    (
        "teams.organization_id",
        "UPDATE teams SET organization_id = 1 WHERE id = 20",
    ),
    (
        "teams.parent_id",
        "UPDATE teams SET parent_id = 999 WHERE id = 20",
    ),
    (
        "token_repositories.repository_id",
        "INSERT INTO token_repositories (token_id, repository_id) VALUES (30, 999)",
    ),
    (
        "token_repositories.token_id",
        "INSERT INTO token_repositories (token_id, repository_id) VALUES (999, 10)",
    ),
    (
        "tokens.creator_id",
        "UPDATE tokens SET creator_id = 999 WHERE id = 30",
    ),
    (
        "tokens.owner_id",
        "UPDATE tokens SET owner_id = 999 WHERE id = 30",
    ),
    (
        "tokens.parent_id",
        "UPDATE tokens SET parent_id = 999 WHERE id = 30",
    ),
    (
        "tokens.standing_by",
        "UPDATE tokens SET standing_by = 999 WHERE id = 30",
    ),
    (
        "usage_hours.token_id",
        "UPDATE usage_hours SET token_id = 999 WHERE token_id = 30",
    ),
    (
        "users.account_id",
        "INSERT INTO users (account_id) VALUES (999)",
    ),
    ("packages.owner_id", "UPDATE packages SET owner_id = 999"),
    (
        "packages.repository_id",
        "UPDATE packages SET repository_id = 999",
    ),
    (
        "packages.created_by",
        "UPDATE packages SET created_by = 999",
    ),
    (
        "package_versions.package_id",
        "UPDATE package_versions SET package_id = 999",
    ),
    (
        "package_versions.published_by",
        "UPDATE package_versions SET published_by = 999",
    ),
    (
        "package_tags.package_id",
        "UPDATE package_tags SET package_id = 999",
    ),
    (
        "package_people.package_id",
        "UPDATE package_people SET package_id = 999",
    ),
    (
        "package_people.user_id",
        "UPDATE package_people SET user_id = 999",
    ),
    (
        "package_teams.package_id",
        "UPDATE package_teams SET package_id = 999",
    ),
    (
        "package_teams.team_id",
        "UPDATE package_teams SET team_id = 999",
    ),
];

/// Rows of how people prove themselves, for these tests alone.
const PROOFS: &[&str] = &[
    "INSERT INTO external_identities (id, user_id, issuer, subject, created_at) VALUES (210, 1, 'https://i', 's', $1)",
    "INSERT INTO provider_questions (digest, purpose, asked_at, expires_at) VALUES ($2, 'sign_in', $1, $1)",
    "INSERT INTO passkeys (id, user_id, credential_id, name, public_key, created_at) VALUES (220, 1, $2, 'laptop', '', $1)",
    "INSERT INTO authenticators (id, user_id, seed, created_at, confirmed_at) VALUES (221, 1, $2, $1, $1)",
    "INSERT INTO authenticators (id, user_id, seed, created_at) VALUES (222, 1, $2, $1)",
    "INSERT INTO recovery_codes (id, user_id, digest, key_id, created_at) VALUES (223, 1, $2, 1, $1)",
    "INSERT INTO challenges (digest, purpose, bound, user_id, state, created_at, expires_at) VALUES ($2, 'make', 1, 1, '', $1, $1)",
    "INSERT INTO applications (id, client_id, owner_id, name, callbacks, confidential, device_flow, expiring, created_at) VALUES (300, 'c', 1, 'x', '', 1, 1, 1, $1)",
    "INSERT INTO application_secrets (id, application_id, digest, key_id, created_at, created_by) VALUES (301, 300, $2, 1, $1, 1)",
    "INSERT INTO application_approvals (organization_id, application_id, state, asked_by, asked_at) VALUES (3, 300, 'requested', 2, $1)",
    "INSERT INTO authorizations (user_id, application_id, scopes, scopes_version, created_at, updated_at) VALUES (1, 300, '', 1, $1, $1)",
    "INSERT INTO authorization_codes (digest, application_id, user_id, scopes, callback, callback_given, created_at, expires_at) VALUES ($2, 300, 1, '', '', 1, $1, $1)",
    "INSERT INTO device_codes (digest, user_digest, application_id, scopes, user_agent, created_at, expires_at, interval_seconds, state) VALUES ($2, $2, 300, '', '', $1, $1, 5, 'waiting')",
    "INSERT INTO registry_questions (digest, page_digest, command, hostname, user_agent, created_at, expires_at, state) VALUES ($2, $2, '', '', '', $1, $1, 'waiting')",
];

fn fill(store: &Store) {
    world::fill(store);
    store
        .write(|unit| {
            for sql in PROOFS {
                world::execute(unit, sql)?;
            }
            Ok::<_, StoreError>(())
        })
        .unwrap();
}

fn attempt(store: &Store, sql: &'static str) -> StoreError {
    store
        .write(|unit| world::execute(unit, sql))
        .expect_err(sql)
}

fn every_unique_rule_and_check_holds(place: &Place) {
    let store = place.open();
    fill(&store);
    for (name, sql) in UNIQUE {
        let error = attempt(&store, sql);
        assert!(error.is_conflict_on(name), "{name}: {error:?}");
    }
    for (name, sql) in CHECKS {
        let error = attempt(&store, sql);
        assert!(
            matches!(&error, StoreError::Check { constraint } if constraint == name),
            "{name}: {error:?}"
        );
    }
    let missing = attempt(&store, "UPDATE accounts SET login = NULL WHERE id = 1");
    assert!(
        matches!(&missing, StoreError::Check { constraint } if constraint == "accounts.login"),
        "{missing:?}"
    );
    assert_eq!(store.seq().unwrap().0, 2, "nothing of it was committed");
}

fn every_reference_holds(place: &Place) {
    let store = place.open();
    fill(&store);
    for (name, sql) in REFERENCES {
        let error = attempt(&store, sql);
        assert!(matches!(error, StoreError::Reference), "{name}: {error:?}");
    }
    for sql in [
        "DELETE FROM accounts WHERE id = 1",
        "DELETE FROM tokens",
        "DELETE FROM repositories WHERE id = 10",
    ] {
        let error = attempt(&store, sql);
        assert!(matches!(error, StoreError::Reference), "{sql}: {error:?}");
    }
}

/// The other side of each partial index: what it must not forbid.
fn what_a_partial_rule_allows_is_allowed(place: &Place) {
    let store = place.open();
    fill(&store);
    let run = |sql: &'static str| {
        let done = store.write(|unit| world::execute(unit, sql));
        assert!(matches!(done, Ok(1)), "{sql}: {done:?}");
    };
    // A deleted account, repository or token and a decided request free the place for another.
    run("UPDATE accounts SET state = 'deleted', deleted_at = $1 WHERE id = 1");
    run(
        "INSERT INTO accounts (id, kind, login, login_key, created_at) VALUES (9, 'user', 'ann', 'ann', $1)",
    );
    run("UPDATE repositories SET state = 'deleted', deleted_at = $1 WHERE id = 10");
    run(
        "INSERT INTO repositories (id, owner_id, name, name_key, visibility, shard, default_branch, created_at) \
         VALUES (19, 3, 'LAB', 'lab', 'public', '0', 'main', $1)",
    );
    run(
        "UPDATE tokens SET revoked_at = $1, revoked_reason = 'creator', deleted_at = $1 WHERE id = 30",
    );
    run(
        "INSERT INTO tokens (id, kind, creator_id, name, name_key, owner_id, selection, permissions, conditions, standing, \
         standing_at, created_at) VALUES (39, 'fine_grained', 2, 'ci', 'ci', 3, 'all', '', '', 'pending', $1, $1)",
    );
    run("UPDATE requests SET state = 'cancelled', decided_at = $1 WHERE id = 50");
    run(
        "INSERT INTO requests (id, token_id, organization_id, state, asked, created_at) VALUES (59, 30, 3, 'pending', '', $1)",
    );
    // Another owner's and another creator's names are their own.
    run(
        "INSERT INTO repositories (id, owner_id, name, name_key, visibility, shard, default_branch, created_at) \
         VALUES (18, 2, 'lab', 'lab', 'public', '0', 'main', $1)",
    );
    run(
        "INSERT INTO tokens (id, kind, creator_id, name, name_key, owner_id, selection, permissions, conditions, standing, \
         standing_at, created_at) VALUES (38, 'fine_grained', 9, 'ci', 'ci', 3, 'all', '', '', 'pending', $1, $1)",
    );
}

/// The lists above leave nothing out.
#[test]
fn every_constraint_of_the_schema_is_tried() {
    let mut expected = BTreeSet::new();
    let mut references = BTreeSet::new();
    let mut table = "";
    let schema = schema();
    for line in schema.lines() {
        let words: Vec<&str> = line.split_whitespace().collect();
        match words.as_slice() {
            ["CREATE", "TABLE", name, ..] => {
                table = name;
                expected.insert(format!("{name}_pkey"));
            }
            ["CREATE", "UNIQUE", "INDEX", name, ..] | ["CONSTRAINT", name, ..] => {
                expected.insert((*name).to_owned());
            }
            [
                "ALTER",
                "TABLE",
                name,
                "ADD",
                "COLUMN",
                column,
                ..,
                "REFERENCES",
                _,
                _,
            ] => {
                references.insert(format!("{name}.{column}"));
            }
            [column, .., "REFERENCES", _, _] => {
                references.insert(format!("{table}.{column}"));
            }
            _ => {}
        }
    }
    let tried: BTreeSet<String> = UNIQUE
        .iter()
        .chain(CHECKS)
        .map(|(name, _)| (*name).to_owned())
        .collect();
    assert_eq!(tried, expected);
    let tried: BTreeSet<String> = REFERENCES
        .iter()
        .map(|(name, _)| (*name).to_owned())
        .collect();
    assert_eq!(tried, references);
}
