//! The operations, by area, for the doors that do the same: the pages.

use jeton_domain::Operation;

macro_rules! ops {
    ($($area:ident { $($name:ident),* $(,)? })*) => {$(
        #[doc = concat!("Operations of `", stringify!($area), "`.")]
        pub mod $area {
            use super::Operation;
            $(
                #[doc = concat!("See the reference of operations: `", stringify!($area), "`, `", stringify!($name), "`.")]
                pub const $name: &Operation = &crate::$area::$name;
            )*
        }
    )*};
}

ops! {
    approval { LIST, SHOW, CREATE, REPLACE, DELETE, REVIEWERS, ADD, REMOVE, ADD_TEAM, REMOVE_TEAM }
    access { PEOPLE, OF_PERSON, LOSSES, LEAVING }
    audit { ORGANIZATION, OWN, SITE }
    check { CHECK }
    applications { LIST, SHOW, REGISTER, EDIT, DELETE, ADD_SECRET, END_SECRET, ORGANIZATION_LIST, ORGANIZATION_REGISTER, ORGANIZATION_EDIT, ORGANIZATION_DELETE, ORGANIZATION_ADD_SECRET, ORGANIZATION_END_SECRET, CONSENTS, TAKE_BACK }
    application_approvals { LIST, DECIDE, ASK }
    children { OF_TOKEN, END_OWN }
    classic { SCOPES, PREVIEW, CREATE, EDIT }
    collaborators { LIST, CHECK, PERMISSION, PUT, REMOVE }
    emergency { PREVIEW, STRIKE }
    explain { EXPLAIN }
    factors { LIST, BEGIN, FINISH, REMOVE_AUTHENTICATOR, CODES, MAKE_PASSKEY, RENAME_PASSKEY, REMOVE_PASSKEY }
    grants { LIST, REPOSITORIES, REVOKE }
    invitations { LIST, FAILED, TEAMS, CREATE, RESEND, CANCEL, OWN, ACCEPT, DECLINE, REPOSITORY_LIST, REPOSITORY_UPDATE, REPOSITORY_CANCEL, REPOSITORY_OWN, REPOSITORY_ACCEPT, REPOSITORY_DECLINE }
    jobs { LIST, SHOW, OPEN, END, CEILING, PUT_CEILING, OWNER_CEILING, PUT_OWNER_CEILING, SITE_CEILING, PUT_SITE_CEILING }
    leaks { REPORT }
    members { LIST, CHECK, MEMBERSHIP, OUTSIDE, PUT, REMOVE, CONVERT, REMOVE_OUTSIDE, OWN, LEAVE }
    operations { LIST }
    organizations { GET, OWN, UPDATE, CREATE, RENAME, DELETE }
    people { ONESELF, UPDATE, EMAILS, PROFILE, REPOSITORIES }
    policy { GET, UPDATE, PREVIEW, EXPIRING }
    repositories { OWN, OF_ORGANIZATION, CREATE_OWN, CREATE, UPDATE, DELETE }
    requests { LIST, REPOSITORIES, SHOW, REVIEW }
    workload { ISSUERS, ISSUER, ADD, UPDATE, DELETE, RULES, RULE, CREATE, REPLACE, DELETE_RULE, SIMULATE }
    service_accounts { LIST, SHOW, CREATE, EDIT, DELETE, SUSPEND, RESUME, TOKENS, MAKE_TOKEN, ROTATE_TOKEN, REVOKE_TOKEN, HAND_OVER }
    session { SETUP, SIGN_IN, CONFIRM, LIST, END, PASSWORD }
    sign_up { SIGN_UP }
    site { ROOT, META, RATE_LIMIT, POLICY, PUT_POLICY, PREVIEW, RELEASE }
    teams { LIST, GET, CREATE, UPDATE, DELETE, MEMBERS, MEMBERSHIP, ADD, REMOVE, REPOSITORIES, REPOSITORY, PUT_REPOSITORY, REMOVE_REPOSITORY }
    tokens { LIST, SHOW, OWNERS, PREVIEW, ACTIVITY, CREATE, EDIT, ROTATE, FINISH, SUSPEND, RESUME, REVOKE, DELETE, ASK, CANCEL, SELF }
    users { LIST, GET, CREATE, UPDATE, DELETE, SUSPEND, RESUME }
}

/// Operations on webhooks.
pub mod hooks {
    pub use crate::hooks::{HookOperations, ORGANIZATION, REPOSITORY, REPOSITORY_TEST};
}

/// Operations on secrets for jobs.
pub mod job_secrets {
    pub use crate::job_secrets::{
        ORGANIZATION_SECRETS, ORGANIZATION_SELECTION, PERSON_SECRETS, PERSON_SELECTION,
        REPOSITORY_SECRETS, SecretOperations, SelectionOperations,
    };
}
