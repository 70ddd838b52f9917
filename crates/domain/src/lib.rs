//! The words of Jeton: what an account, a repository, a role, a permission, a grant and a policy
//! are, which states a token can be in, and which transitions exist.
//!
//! Pure: no I/O, no clock, no randomness, no environment. Everything that depends on the moment
//! takes a [`Time`].

mod approval;
mod condition_words;
mod conditions;
mod event;
mod glob;
mod grant;
mod hook;
mod ids;
mod invitation;
mod job;
mod job_secret;
mod kind;
mod level;
mod lifetime;
mod name;
mod operation;
mod overview;
mod package;
mod package_selection;
mod permission;
mod permissions;
mod policy;
mod reach;
mod role;
mod scope;
mod standing;
mod sudo;
mod text;
mod time;
mod token_life;
mod visibility;
mod workload;
mod workload_verdict;

pub use approval::{ApprovalRule, Who};
pub use condition_words::condition_lines;
pub use conditions::{ConditionBreach, Conditions, Hours, RefPattern, RefRules};
pub use event::{Event, EventLog};
pub use grant::{Asked, Grant, Selection, Widening};
pub use hook::{ALL_HOOK_EVENTS, HookEvent, HookEventFault, HookOn, choose_hook_events, hears};
pub use ids::{
    AccountId, ApplicationId, ApplicationSecretId, ApprovalRuleId, AuthenticatorId, HookDeliveryId,
    HookEventId, HookId, Id, InvitationId, JobSecretId, OrganizationId, PackageId,
    PackageVersionId, PasskeyId, RecoveryCodeId, RepositoryId, RepositoryInvitationId, RequestId,
    SealingKeyId, SecretId, SignInId, TeamId, TokenId, UserId, WorkloadIssuerId, WorkloadRuleId,
};
pub use invitation::{INVITATION_LIVES, InvitationState, Registration};
pub use job::{
    JobOrigin, LONGEST_JOB, USUAL_JOB, may_be_ceiling, owner_ceiling, reading, site_ceiling,
};
pub use job_secret::{JobSecretName, JobSecretNameFault, JobSecretVisibility, LONGEST_JOB_SECRET};
pub use kind::{CredentialKind, Kinds};
pub use level::Level;
pub use lifetime::{Expiry, ExpiryRefusal, Maximum, expiry_choices};
pub use name::{Login, NameFault, RepositoryName, TeamName, TokenName, is_reserved};
pub use operation::{Access, Least, Operation, Requirement, TargetKind};
pub use overview::{ClassicReach, Overview};
pub use package::{PackageFault, check_package_name, is_package_tag, is_package_version};
pub use package_selection::PackageSelection;
pub use permission::{Permission, PermissionKey, Scope, catalogue};
pub use permissions::{PermissionFault, Permissions};
pub use policy::{Allowed, OrganizationPolicy, Rule, SitePolicy, network};
pub use reach::Reach;
pub use role::{BasePermission, OrganizationRole, Role, RoleSources};
pub use scope::{ClassicScope, SCOPES_VERSION, ScopeEntry, Scopes, UnknownScope};
pub use standing::{Standing, StandingFault, Verdict, WithdrawReason};
pub use sudo::{SUDO_AFTER_PROOF, SUDO_SLIDING, SudoState};
pub use text::{Clean, counted, first_of, hex, is_plain, plain};
pub use time::{Span, Time};
pub use token_life::{Ending, Life, LifeFault};
pub use visibility::Visibility;
pub use workload::{
    ClaimName, ClaimPattern, ClaimPatterns, Forks, JobRepositories, LONGEST_CLAIM, RuleFault,
    WorkloadRule,
};
pub use workload_verdict::{Claims, Job, Mismatch, Wanted};
