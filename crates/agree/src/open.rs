//! Readings that are still open: places where the two deciders are known to differ and the shipped one
//! has not been mended yet. Each is as narrow as it can be, is counted, and must still be there: the row
//! goes when the shipped decision is mended. Nothing else may differ.

use jeton_model::{Credential, Policy, Principal, Target, Verdict, World};

use crate::operations::operation;

/// One of them.
#[derive(Debug)]
pub struct Reading {
    /// What it is about, and what the naive decider reads.
    pub says: &'static str,
    covers: fn(&World, Verdict, Verdict) -> bool,
}

/// All of them.
pub static READINGS: &[Reading] = &[
    Reading {
        says: "a token on its holder's own account, or on the site, where a permission is needed: its standing must \
               be granted and its owner be that account",
        covers: |world, naive, _| {
            let code = code(naive);
            matches!(world.target, Target::Own | Target::Site)
                && needs_permission(world)
                && (code.starts_with("standing_") || code == "other_owner")
        },
    },
    Reading {
        says: "a service account is no outside collaborator",
        covers: |world, _, shipped| {
            let service = match &world.credential {
                Credential::Live(bearer) => matches!(bearer.principal, Principal::Service { .. }),
                _ => false,
            };
            let forbids = |policy: &Policy| {
                !world
                    .site
                    .outside_collaborators_allowed
                    .unwrap_or(policy.outside_collaborators_allowed)
            };
            let forbidden = match &world.target {
                Target::Organization { policy, .. } => forbids(policy),
                Target::Repository(repository) => {
                    repository.owner_is_organization && forbids(&repository.policy)
                }
                Target::Site | Target::Own | Target::Missing => false,
            };
            let refused = code(shipped) == "outside_collaborator_forbidden"
                || shipped
                    == Verdict::Allow {
                        anonymous_view: true,
                    };
            service && forbidden && refused
        },
    },
];

fn code(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Allow { .. } => "",
        Verdict::Deny { code, .. } => code,
    }
}

fn needs_permission(world: &World) -> bool {
    operation(world.operation.name).is_some_and(jeton_domain::Operation::needs_permission)
}

/// The open reading that explains why two verdicts differ.
pub(crate) fn explain(world: &World, naive: Verdict, shipped: Verdict) -> Option<&'static Reading> {
    READINGS
        .iter()
        .find(|reading| (reading.covers)(world, naive, shipped))
}
