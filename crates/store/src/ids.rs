//! Every id of the domain as a cell, and the ids that only storage knows.

use jeton_domain::{
    AccountId, ApplicationId, ApplicationSecretId, ApprovalRuleId, AuthenticatorId, HookDeliveryId,
    HookEventId, HookId, Id, InvitationId, JobSecretId, OrganizationId, PackageId,
    PackageVersionId, PasskeyId, RecoveryCodeId, RepositoryId, RepositoryInvitationId, RequestId,
    SealingKeyId, SecretId, SignInId, TeamId, TokenId, UserId, WorkloadIssuerId, WorkloadRuleId,
};

use crate::value::{FromValue, ToValue, Value};

/// Number of a change: each write unit has one, without gaps, in the order of commits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Seq(pub i64);

/// Which history the numbers belong to: another one begins when a backup is restored, and whoever caches must drop all.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Incarnation(pub i64);

macro_rules! own_ids {
    ($($(#[$doc:meta])* $name:ident = $kind:literal),* $(,)?) => {$(
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(i64);

        impl Id for $name {
            const KIND: &'static str = $kind;

            fn get(self) -> i64 {
                self.0
            }

            fn from_i64(number: i64) -> Option<Self> {
                (1..1 << 53).contains(&number).then_some(Self(number))
            }
        }
    )*};
}

own_ids! {
    /// A piece of work to be done after a commit.
    JobId = "job",
    /// Something that a person is told.
    NoticeId = "notice",
    /// One ref that a push wants to change.
    PushIntentId = "push_intent",
    /// A person as an outside provider names them.
    IdentityId = "external_identity",
}

// A blanket implementation over `Id` would clash with those of `i64`, so the ids are listed: one word for a new one.
macro_rules! ids_as_cells {
    ($($name:ident),* $(,)?) => {$(
        impl ToValue for $name {
            fn to_value(&self) -> Value {
                Value::Int(Id::get(*self))
            }
        }

        impl FromValue for $name {
            fn from_value(value: &Value) -> Option<Self> {
                i64::from_value(value).and_then(<Self as Id>::from_i64)
            }
        }
    )*};
}

ids_as_cells!(
    AccountId,
    ApplicationId,
    ApplicationSecretId,
    IdentityId,
    ApprovalRuleId,
    InvitationId,
    AuthenticatorId,
    HookDeliveryId,
    HookEventId,
    HookId,
    JobId,
    NoticeId,
    OrganizationId,
    PackageId,
    PackageVersionId,
    PasskeyId,
    PushIntentId,
    RecoveryCodeId,
    RepositoryId,
    RepositoryInvitationId,
    RequestId,
    SecretId,
    SignInId,
    TeamId,
    TokenId,
    UserId,
    WorkloadIssuerId,
    WorkloadRuleId,
    JobSecretId,
    SealingKeyId,
);

macro_rules! numbers_as_cells {
    ($($name:ident),*) => {$(
        impl ToValue for $name {
            fn to_value(&self) -> Value {
                Value::Int(self.0)
            }
        }

        impl FromValue for $name {
            fn from_value(value: &Value) -> Option<Self> {
                i64::from_value(value).map(Self)
            }
        }
    )*};
}

numbers_as_cells!(Seq, Incarnation);
