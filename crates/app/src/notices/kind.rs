//! Everything that people are told of. Append only: the words are stored, and what is stored is read again.

use jeton_domain::{Ending, Time};
use serde::{Deserialize, Serialize};

use crate::difference_words::Line;

/// Something that happened to what is somebody's, with the facts that its words are made from.
///
/// Facts are what was so when it happened: a name that changed since is told as it was.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", content = "facts", rename_all = "snake_case")]
pub enum Notice {
    /// To reviewers: a token asks for access.
    TokenRequested {
        /// The organization.
        organization: String,
        /// The request's number.
        request: i64,
        /// The token's name.
        token: String,
        /// Whose token.
        creator: String,
        /// For what, in a few words.
        asks: String,
        /// Why, in the creator's words.
        justification: String,
        /// The token has something there already, and asks for more.
        #[serde(default)]
        granted: bool,
        /// What is asked for against what is granted, in the words of the page.
        #[serde(default)]
        changes: Vec<Line>,
    },
    /// To owners: a member asks to let an OAuth application in.
    ApplicationAsked {
        /// The organization.
        organization: String,
        /// What people call the application.
        application: String,
        /// Who asks.
        member: String,
        /// Who keeps the application.
        #[serde(default)]
        keeper: Option<String>,
    },
    /// To the creator: a request was approved.
    RequestApproved {
        /// The organization.
        organization: String,
        /// The token's number.
        id: i64,
        /// Its name.
        token: String,
        /// Who said so; empty where a rule did.
        by: String,
        /// Their reason, or the rule's name.
        reason: String,
    },
    /// To the creator: a request was denied.
    RequestDenied {
        /// The organization.
        organization: String,
        /// The token's number.
        id: i64,
        /// Its name.
        token: String,
        /// Who said so.
        by: String,
        /// Their reason.
        reason: String,
        /// The token has access that was approved before.
        #[serde(default)]
        keeps: bool,
    },
    /// To the creator: nobody decided on a request in time.
    RequestExpired {
        /// The organization.
        organization: String,
        /// The token's number.
        id: i64,
        /// Its name.
        token: String,
    },
    /// To the creator: a token reaches an organization's things no more.
    AccessWithdrawn {
        /// The organization.
        organization: String,
        /// The token's number.
        id: i64,
        /// Its name.
        token: String,
        /// The stored word for why.
        because: String,
    },
    /// To the creator: a token ends soon.
    TokenExpiring {
        /// The token's number.
        id: i64,
        /// Its name.
        token: String,
        /// In how many days.
        days: i64,
        /// When.
        at: Time,
        /// Because nobody uses it, and not by its expiry.
        #[serde(default)]
        unused: bool,
        /// An OAuth application holds it.
        #[serde(default)]
        application: bool,
    },
    /// To the creator: a token ended by its expiry.
    TokenExpired {
        /// The token's number.
        id: i64,
        /// Its name.
        token: String,
        /// When.
        at: Time,
    },
    /// To the creator: somebody else ended a token.
    TokenRevoked {
        /// The token's number.
        id: i64,
        /// Its name.
        token: String,
        /// The stored word for why.
        because: String,
        /// An OAuth application held it.
        #[serde(default)]
        application: bool,
    },
    /// To the person: a client or browser signed in.
    SignedIn {
        /// What the client is called.
        client: String,
        /// From where.
        address: String,
        /// When.
        at: Time,
    },
    /// To the person: a sign-in was ended because its value became known.
    SignInRevoked {},
    /// To the person: a passkey was added.
    PasskeyAdded {
        /// What it is called.
        name: String,
    },
    /// To the person: a passkey was removed.
    PasskeyRemoved {
        /// What it was called.
        name: String,
    },
    /// To the person: an authenticator was set up.
    AuthenticatorAdded {},
    /// To the person: the authenticator was removed.
    AuthenticatorRemoved {},
    /// To the person: new recovery codes were made.
    RecoveryCodesMade {},
    /// To the person: a recovery code was used.
    RecoveryCodeUsed {
        /// How many are left.
        left: i64,
    },
    /// To the person: the password was changed.
    PasswordChanged {
        /// Who did it, if somebody else did.
        by: String,
    },
    /// To the person: the password was set anew through a link.
    PasswordReset {},
    /// To the person, at the old address too: the address was changed.
    AddressChanged {
        /// The new one.
        address: String,
    },
    /// A letter to an address, with the link that proves it.
    AddressProof {
        /// Whose account.
        login: String,
    },
    /// A letter with the link that sets a new password.
    PasswordResetLink {
        /// Whose account.
        login: String,
    },
    /// To somebody who is invited into an organization.
    OrganizationInvitation {
        /// Which.
        #[serde(default)]
        invitation: i64,
        /// The organization.
        organization: String,
        /// By whom.
        inviter: String,
        /// `member` or `owner`.
        role: String,
        /// Until when.
        until: Time,
    },
    /// To somebody who is invited to a repository.
    RepositoryInvitation {
        /// Which.
        #[serde(default)]
        invitation: i64,
        /// The repository's owner.
        owner: String,
        /// Its name.
        repository: String,
        /// By whom.
        inviter: String,
        /// The role.
        role: String,
        /// Until when.
        until: Time,
    },
    /// To the person: roles that were given to them by name were taken.
    RolesTaken {
        /// Whose repositories.
        owner: String,
        /// Their names, as many as a letter names.
        repositories: Vec<String>,
        /// How many more.
        more: i64,
    },
    /// To somebody who was removed from an organization.
    RemovedFromOrganization {
        /// The organization.
        organization: String,
    },
    /// To a person: their account was linked to one of an outside provider.
    IdentityLinked {
        /// The provider.
        provider: String,
    },
    /// To a person: such a link was taken away.
    IdentityUnlinked {
        /// The provider.
        provider: String,
    },
    /// To the creator: an owner handed what a token runs over to a service account.
    TokenHandedOver {
        /// The organization.
        organization: String,
        /// The token's number.
        id: i64,
        /// Its name.
        token: String,
        /// The service account.
        service: String,
        /// Who said so.
        by: String,
        /// When the creator's value ends.
        until: Time,
    },
    /// To owners: a token of a service account of theirs ends soon.
    ServiceTokenExpiring {
        /// The organization.
        organization: String,
        /// The service account.
        service: String,
        /// The token's name.
        token: String,
        /// In how many days.
        days: i64,
        /// When.
        at: Time,
    },
    /// To owners: a token of a service account of theirs ended by its expiry.
    ServiceTokenExpired {
        /// The organization.
        organization: String,
        /// The service account.
        service: String,
        /// The token's name.
        token: String,
        /// When.
        at: Time,
    },
    /// To owners: somebody else ended a token of a service account of theirs.
    ServiceTokenRevoked {
        /// The organization.
        organization: String,
        /// The service account.
        service: String,
        /// The token's name.
        token: String,
        /// The stored word for why.
        because: String,
    },
    /// A letter with the requests of a day.
    RequestDigest {
        /// The first of them.
        requests: Vec<DigestLine>,
        /// How many more there are.
        more: i64,
    },
}

/// One request in a digest.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DigestLine {
    /// The organization.
    pub organization: String,
    /// The token's name.
    pub token: String,
    /// Whose.
    pub creator: String,
}

/// What a notice is about, for filters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Topic {
    /// Requests that wait for the reader's word.
    Requests,
    /// The reader's own tokens.
    Tokens,
    /// How the reader signs in.
    Security,
    /// Invitations and memberships.
    Organizations,
}

impl Topic {
    /// All of them.
    pub const ALL: [Self; 4] = [
        Self::Requests,
        Self::Tokens,
        Self::Security,
        Self::Organizations,
    ];

    /// The word in addresses.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Requests => "requests",
            Self::Tokens => "tokens",
            Self::Security => "security",
            Self::Organizations => "organizations",
        }
    }
}

impl Notice {
    /// What it is about.
    pub const fn topic(&self) -> Topic {
        match self {
            Self::TokenRequested { .. }
            | Self::RequestDigest { .. }
            | Self::ApplicationAsked { .. } => Topic::Requests,
            Self::RequestApproved { .. }
            | Self::RequestDenied { .. }
            | Self::RequestExpired { .. }
            | Self::AccessWithdrawn { .. }
            | Self::TokenExpiring { .. }
            | Self::TokenExpired { .. }
            | Self::TokenRevoked { .. }
            | Self::TokenHandedOver { .. }
            | Self::ServiceTokenExpiring { .. }
            | Self::ServiceTokenExpired { .. }
            | Self::ServiceTokenRevoked { .. } => Topic::Tokens,
            Self::SignedIn { .. }
            | Self::SignInRevoked {}
            | Self::PasskeyAdded { .. }
            | Self::PasskeyRemoved { .. }
            | Self::AuthenticatorAdded {}
            | Self::AuthenticatorRemoved {}
            | Self::RecoveryCodesMade {}
            | Self::RecoveryCodeUsed { .. }
            | Self::PasswordChanged { .. }
            | Self::PasswordReset {}
            | Self::AddressChanged { .. }
            | Self::AddressProof { .. }
            | Self::PasswordResetLink { .. }
            | Self::IdentityLinked { .. }
            | Self::IdentityUnlinked { .. } => Topic::Security,
            Self::OrganizationInvitation { .. }
            | Self::RepositoryInvitation { .. }
            | Self::RolesTaken { .. }
            | Self::RemovedFromOrganization { .. } => Topic::Organizations,
        }
    }

    /// What the owners of an organization are told of a token of its service account in the place of what a person would be told of
    /// theirs; nothing, where it is not their matter.
    pub(crate) fn of_service(&self, organization: &str, service: &str) -> Option<Self> {
        let (organization, service) = (organization.to_owned(), service.to_owned());
        Some(match self.clone() {
            Self::TokenExpiring {
                token, days, at, ..
            } => Self::ServiceTokenExpiring {
                organization,
                service,
                token,
                days,
                at,
            },
            Self::TokenExpired { token, at, .. } => Self::ServiceTokenExpired {
                organization,
                service,
                token,
                at,
            },
            // What an owner ends by hand, with the account or without it, is in the log.
            Self::TokenRevoked { token, because, .. }
                if [Ending::Leaked, Ending::Administrator]
                    .iter()
                    .any(|ending| ending.name() == because) =>
            {
                Self::ServiceTokenRevoked {
                    organization,
                    service,
                    token,
                    because,
                }
            }
            _ => return None,
        })
    }

    /// The stored word and the stored facts.
    pub(crate) fn stored(&self) -> Option<(String, String)> {
        let value = serde_json::to_value(self).ok()?;
        let kind = value.get("kind")?.as_str()?.to_owned();
        let facts = value.get("facts")?.to_string();
        Some((kind, facts))
    }

    /// Reads what was stored. `None` for a kind that this version does not know.
    pub(crate) fn read(kind: &str, facts: &str) -> Option<Self> {
        let facts: serde_json::Value = serde_json::from_str(facts).ok()?;
        serde_json::from_value(serde_json::json!({"kind": kind, "facts": facts})).ok()
    }
}
