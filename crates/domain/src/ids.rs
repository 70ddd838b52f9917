//! Typed ids. An id is a positive `i64` below 2^53, so that it survives a JSON number, allocated
//! in the write unit that creates the row and never used again (`semantics` section 1).

use serde::{Deserialize, Serialize};

/// The first number that is no id any more: JSON numbers are exact below 2^53.
const BOUND: i64 = 1 << 53;

/// What every id type offers, so that storage can read and write them all in one way.
pub trait Id: Copy {
    /// The name of the sequence that ids of this type are taken from.
    const KIND: &'static str;
    /// The number.
    fn get(self) -> i64;
    /// An id from a number, if the number can be one.
    fn from_i64(number: i64) -> Option<Self>;
}

macro_rules! ids {
    ($($(#[$doc:meta])* $name:ident = $kind:literal;)*) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(try_from = "i64", into = "i64")]
        pub struct $name(i64);

        impl Id for $name {
            const KIND: &'static str = $kind;
            fn get(self) -> i64 {
                self.0
            }
            fn from_i64(number: i64) -> Option<Self> {
                (1..BOUND).contains(&number).then_some(Self(number))
            }
        }

        impl $name {
            /// The first that is ever given out.
            pub const FIRST: Self = Self(1);

            /// The number behind the id.
            pub const fn get(self) -> i64 {
                self.0
            }
        }

        impl From<$name> for i64 {
            fn from(id: $name) -> i64 {
                id.0
            }
        }

        impl TryFrom<i64> for $name {
            type Error = &'static str;
            fn try_from(number: i64) -> Result<Self, Self::Error> {
                Self::from_i64(number).ok_or("an id is a positive number below 2^53")
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                self.0.fmt(f)
            }
        }

        impl std::str::FromStr for $name {
            type Err = &'static str;
            fn from_str(text: &str) -> Result<Self, Self::Err> {
                // `i64::from_str` takes a leading `+`; an id is digits only.
                if text.is_empty() || !text.bytes().all(|b| b.is_ascii_digit()) {
                    return Err("an id is a positive number below 2^53");
                }
                text.parse::<i64>().ok().and_then(Self::from_i64)
                    .ok_or("an id is a positive number below 2^53")
            }
        }
    )*};
}

ids! {
    /// A user, an organization or a service account: whatever can own things.
    AccountId = "account";
    /// A person. Taken from the accounts' sequence.
    UserId = "account";
    /// An organization. Taken from the accounts' sequence.
    OrganizationId = "account";
    /// A repository; its folder is named by it for ever.
    RepositoryId = "repository";
    /// A team of an organization.
    TeamId = "team";
    /// A token: name, creator and grant. Its values are secrets.
    TokenId = "token";
    /// A rule by which requests of tokens are approved without a person.
    ApprovalRuleId = "approval_rule";
    /// One value of a token. A rotation makes another.
    SecretId = "secret";
    /// One immutable request for an owner's approval.
    RequestId = "request";
    /// A signed-in client or browser of a person.
    SignInId = "sign_in";
    /// An invitation into an organization.
    InvitationId = "invitation";
    /// An invitation to work on a repository.
    RepositoryInvitationId = "repository_invitation";
    /// A passkey of a person.
    PasskeyId = "passkey";
    /// A person's authenticator app, set up or being set up.
    AuthenticatorId = "authenticator";
    /// One recovery code of a person.
    RecoveryCodeId = "recovery_code";
    /// An OAuth application.
    ApplicationId = "application";
    /// What an OAuth application proves itself with.
    ApplicationSecretId = "application_secret";
    /// A webhook of an organization or a repository.
    HookId = "hook";
    /// Something that webhooks are told of: the same for all of them that it goes to.
    HookEventId = "hook_event";
    /// One try to tell one webhook.
    HookDeliveryId = "hook_delivery";
    /// An issuer of `OpenID` Connect whose word about jobs an organization trusts.
    WorkloadIssuerId = "workload_issuer";
    /// A rule by which an issuer's word opens a job's token.
    WorkloadRuleId = "workload_rule";
    /// A secret that is kept for jobs. Another value is another one.
    JobSecretId = "job_secret";
    /// A pair of keys: clients seal secrets with its public half.
    SealingKeyId = "sealing_key";
    /// A package; its files are named by it for ever.
    PackageId = "package";
    /// A version of a package.
    PackageVersionId = "package_version";
}

impl From<UserId> for AccountId {
    fn from(id: UserId) -> Self {
        Self(id.0)
    }
}

impl From<OrganizationId> for AccountId {
    fn from(id: OrganizationId) -> Self {
        Self(id.0)
    }
}

impl AccountId {
    /// The same account, read as a person. The caller knows its kind.
    pub const fn as_user(self) -> UserId {
        UserId(self.0)
    }

    /// The same account, read as an organization. The caller knows its kind.
    pub const fn as_organization(self) -> OrganizationId {
        OrganizationId(self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_is_positive_and_exact_in_json() {
        assert_eq!(RepositoryId::from_i64(0), None);
        assert_eq!(RepositoryId::from_i64(-1), None);
        assert_eq!(RepositoryId::from_i64(1 << 53), None);
        assert_eq!(
            RepositoryId::from_i64((1 << 53) - 1).map(RepositoryId::get),
            Some((1 << 53) - 1)
        );
        assert!("+1".parse::<TokenId>().is_err());
        assert!("1 ".parse::<TokenId>().is_err());
        assert!("99999999999999999999".parse::<TokenId>().is_err());
        assert_eq!("42".parse::<TokenId>().map(TokenId::get), Ok(42));
    }
}
