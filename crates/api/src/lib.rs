//! REST: GitHub's shapes under `/api/v3` and `/api`, our own operations under `/api/jeton/v1`.
//!
//! Each file is an area: its operations, its routes, and handlers that read the request, call one
//! use case and shape its answer. Who may is decided in the use case.

mod access;
mod approval;
mod archives;
mod audit;
mod branches;
mod check;
mod children;
mod classic;
mod code_shapes;
mod collaborators;
mod commits;
mod contents;
mod contents_edit;
mod emergency;
pub mod examples;
mod explain;
pub mod export;
mod factors;
mod forms;
mod git_database;
mod git_making;
mod git_refs;
mod grants;
mod graphql;
mod hooks;
mod invitations;
mod job_secrets;
mod jobs;
mod leaks;
mod media;
mod members;
mod oauth;
pub mod openapi;
mod operation;
mod operations;
pub mod ops;
mod organizations;
mod packages;
mod paging;
mod people;
mod policy;
mod repositories;
mod requests;
mod service_accounts;
mod session;
mod settled;
mod shapes;
mod sign_up;
mod signing;
mod site;
mod team_invitations;
mod teams;
mod token_filter;
mod token_shapes;
mod tokens;
mod told;
mod users;
mod workload;
mod workload_token;

pub use operations::{least, scopes};
pub use told::shape;

use oauth::{approvals as application_approvals, registered as applications};

use jeton_app::Door;
use jeton_http::{GITHUB_PREFIXES, NO_PREFIX, OWN_PREFIXES, Route, Table};

const fn github(routes: &'static [Route]) -> Table {
    Table {
        door: Door::Api,
        prefixes: GITHUB_PREFIXES,
        strict_fields: false,
        routes,
    }
}

const fn own(routes: &'static [Route]) -> Table {
    Table {
        door: Door::Api,
        prefixes: OWN_PREFIXES,
        strict_fields: true,
        routes,
    }
}

/// Addresses that stand alone, as OAuth's clients know them.
const fn alone(routes: &'static [Route]) -> Table {
    Table {
        door: Door::Api,
        prefixes: NO_PREFIX,
        strict_fields: false,
        routes,
    }
}

/// Paths that stand beside Git's own, where people and their tools look for files.
const fn files(routes: &'static [Route]) -> Table {
    Table {
        door: Door::Git,
        prefixes: NO_PREFIX,
        strict_fields: false,
        routes,
    }
}

/// Beside REST, where GitHub's own server has it.
static GRAPHQL: Table = Table {
    prefixes: &["/api"],
    ..github(graphql::ROUTES)
};

/// Where build servers come with what others gave them.
static WORKLOAD_TOKEN: Table = Table {
    strict_fields: false,
    ..own(workload_token::ROUTES)
};

/// Every route of this door.
pub static TABLES: &[&Table] = &[
    &github(people::ROUTES),
    &github(organizations::ROUTES),
    &github(members::ROUTES),
    &github(teams::ROUTES),
    &github(repositories::ROUTES),
    &github(packages::ORGANIZATION_ROUTES),
    &github(packages::PERSON_ROUTES),
    &github(packages::OWN_ROUTES),
    &github(collaborators::ROUTES),
    &github(contents::ROUTES),
    &github(branches::ROUTES),
    &github(commits::ROUTES),
    &github(archives::ROUTES),
    &github(git_database::ROUTES),
    &github(git_refs::ROUTES),
    &github(git_making::ROUTES),
    &github(contents_edit::ROUTES),
    &github(site::ROUTES),
    &github(audit::ROUTES),
    &github(grants::ROUTES),
    &github(leaks::ROUTES),
    &github(invitations::ROUTES),
    &github(team_invitations::ROUTES),
    &github(requests::ROUTES),
    &github(hooks::ROUTES),
    &github(hooks::REPOSITORY_ROUTES),
    &files(archives::FILE_ROUTES),
    &GRAPHQL,
    &own(session::ROUTES),
    &own(sign_up::ROUTES),
    &own(factors::ROUTES),
    &own(users::ROUTES),
    &own(organizations::OWN_ROUTES),
    &own(members::OWN_ROUTES),
    &own(invitations::OWN_ROUTES),
    &own(access::ROUTES),
    &own(policy::ROUTES),
    &own(approval::ROUTES),
    &own(site::OWN_ROUTES),
    &own(operations::ROUTES),
    &own(openapi::ROUTES),
    &own(audit::OWN_ROUTES),
    &own(emergency::ROUTES),
    &own(explain::ROUTES),
    &own(requests::OWN_ROUTES),
    &own(tokens::ROUTES),
    &own(classic::ROUTES),
    &own(children::ROUTES),
    &own(jobs::ROUTES),
    &own(service_accounts::ROUTES),
    &alone(oauth::endpoints::ROUTES),
    &github(oauth::tokens::ROUTES),
    &own(oauth::registered::ROUTES),
    &own(oauth::approvals::ROUTES),
    &own(check::ROUTES),
    &own(workload::ROUTES),
    &WORKLOAD_TOKEN,
    &github(job_secrets::REPOSITORY_ROUTES),
    &github(job_secrets::ORGANIZATION_ROUTES),
    &github(job_secrets::PERSON_ROUTES),
    &own(job_secrets::OWN_ROUTES),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_tables_are_sound() {
        assert_eq!(jeton_http::check(TABLES), Vec::<String>::new());
    }

    #[test]
    fn an_operation_has_one_name_and_a_name_one_operation() {
        let mut seen = std::collections::BTreeMap::new();
        for route in TABLES.iter().flat_map(|table| table.routes) {
            let known = seen.entry(route.operation.name).or_insert(route.operation);
            assert!(
                std::ptr::eq(*known, route.operation),
                "`{}` names two operations",
                route.operation.name
            );
        }
        assert!(seen.len() > 60);
    }

    #[test]
    fn what_only_takes_away_never_asks_for_a_confirmation() {
        let takers = [
            "sign_in.end",
            "user.suspend",
            "membership.remove",
            "organization.leave",
            "outside_collaborator.remove",
            "outside_collaborator.convert",
            "team_membership.remove",
            "team_repository.remove",
            "collaborator.remove",
            "invitation.cancel",
            "invitation.decline",
            "repository_invitation.cancel",
            "repository_invitation.decline",
            "repository_invitation.update",
            "team.delete",
            "grants.revoke",
            "site.emergency",
            "approval_rule.delete",
            "reviewer.remove",
            "application.delete",
            "application.end_secret",
            "org_application.delete",
            "org_application.end_secret",
            "authorization.delete",
            "application_approval.set",
            "org_hook.delete",
            "org_secret.delete",
            "org_secret.unselect",
            "repository_secret.delete",
            "user_secret.delete",
            "user_secret.unselect",
            "org_hook.update",
            "repository_hook.delete",
            "repository_hook.update",
            "reviewer.remove_team",
            "token.suspend",
            "token.revoke",
            "token.delete",
            // Which of the two they do, their bodies say.
            "org_secret.set_repositories",
            "user_secret.set_repositories",
            "collaborator.set",
            "membership.set",
            "organization.update",
            "policy.update",
            "approval_rule.replace",
            "repository.update",
            "requests.review",
            "site.put_policy",
            "team.update",
            "team_repository.set",
            "token.edit",
            "user.update",
            "workload_issuer.delete",
            "workload_issuer.update",
            "workload_rule.delete",
            "workload_rule.replace",
        ];
        let all: Vec<_> = TABLES
            .iter()
            .flat_map(|table| table.routes)
            .map(|route| route.operation)
            .collect();
        for name in takers {
            let operation = all
                .iter()
                .find(|operation| operation.name == name)
                .unwrap_or_else(|| panic!("`{name}`"));
            assert!(!operation.confirm, "`{name}`");
        }
    }
}
