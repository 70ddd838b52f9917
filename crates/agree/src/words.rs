//! The naive decider's words for the shipped one's, one by one, so that a world can be told to both.

use jeton_domain as domain;
use jeton_model as model;

/// Writes a translation both ways, so that a word that one side gains does not compile here.
macro_rules! words {
    ($to_domain:ident, $to_model:ident, $name:ident: $($word:ident)*) => {
        #[allow(dead_code, reason = "the way there proves that no word is missing")]
        pub(crate) const fn $to_domain(word: model::$name) -> domain_type!($name) {
            match word { $(model::$name::$word => <domain_type!($name)>::$word,)* }
        }
        #[allow(dead_code, reason = "the way back proves that no word is missing")]
        pub(crate) const fn $to_model(word: domain_type!($name)) -> model::$name {
            match word { $(<domain_type!($name)>::$word => model::$name::$word,)* }
        }
    };
}

macro_rules! domain_type {
    (Kind) => {
        domain::CredentialKind
    };
    (Membership) => {
        domain::OrganizationRole
    };
    (Base) => {
        domain::BasePermission
    };
    ($name:ident) => {
        domain::$name
    };
}

words!(kind, model_kind, Kind: FineGrained Classic Child Job Client OauthUser Session);
words!(level, model_level, Level: Read Write Admin);
words!(role, model_role, Role: Read Triage Write Maintain Admin);
words!(membership, model_membership, Membership: Member Owner);
words!(base, model_base, Base: None Read Write Admin);
words!(visibility, model_visibility, Visibility: Private Internal Public);
words!(access, model_access, Access: Read Write);
words!(target_kind, model_target_kind, TargetKind: Site Own Organization Repository Package);

/// A route's entry as the naive decider reads it.
pub(crate) fn model_operation(operation: &'static domain::Operation) -> model::Operation {
    model::Operation {
        name: operation.name,
        target: model_target_kind(operation.target),
        access: model_access(operation.access),
        reads_public: operation.reads_public,
        sets: operation
            .sets
            .iter()
            .map(|set| {
                set.iter()
                    .map(|needed| (needed.key, model_level(needed.level)))
                    .collect()
            })
            .collect(),
        scopes: operation.scopes.iter().map(|scope| scope.name()).collect(),
        least: match operation.least {
            domain::Least::Anyone => model::Least::Anyone,
            domain::Least::Person => model::Least::Person,
            domain::Least::Repository(needed) => model::Least::Repository(model_role(needed)),
            domain::Least::Organization(needed) => {
                model::Least::Organization(model_membership(needed))
            }
            domain::Least::Reviewer => model::Least::Reviewer,
            domain::Least::Administrator => model::Least::Administrator,
        },
        kinds: domain::CredentialKind::ALL
            .into_iter()
            .filter(|kind| operation.kinds.has(*kind))
            .map(model_kind)
            .collect(),
        confirm: operation.confirm,
        departs: operation.departs,
    }
}
