//! Why something is denied: stable codes that feed the answer, the log, the metric and `explain`.

use jeton_domain::{ClassicScope, CredentialKind, OrganizationRole, Requirement, Role, Time};

/// Which layer refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Layer {
    /// How the credential was carried.
    Carrier,
    /// Too many requests.
    Rate,
    /// The credential does not live.
    Credential,
    /// The token or its account is suspended.
    Suspension,
    /// The token's own conditions.
    Conditions,
    /// The route is closed to this kind of credential.
    Kind,
    /// The principal can't see the thing.
    Visibility,
    /// The token does not reach the thing.
    Token,
    /// The organization's policy.
    Policy,
    /// No permission set holds.
    Permission,
    /// The principal's role is too low.
    Role,
    /// The operation's own rules.
    Rule,
}

impl Layer {
    /// The stable word.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Carrier => "carrier",
            Self::Rate => "rate",
            Self::Credential => "credential",
            Self::Suspension => "suspension",
            Self::Conditions => "conditions",
            Self::Kind => "kind",
            Self::Visibility => "visibility",
            Self::Token => "token",
            Self::Policy => "policy",
            Self::Permission => "permission",
            Self::Role => "role",
            Self::Rule => "rule",
        }
    }
}

/// The status a denial is answered with, before a door's own protocol has its say.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Status {
    /// 400
    BadRequest,
    /// 401
    Unauthorized,
    /// 403
    Forbidden,
    /// 404
    NotFound,
    /// 429
    TooMany,
}

impl Status {
    /// The number.
    pub const fn code(self) -> u16 {
        match self {
            Self::BadRequest => 400,
            Self::Unauthorized => 401,
            Self::Forbidden => 403,
            Self::NotFound => 404,
            Self::TooMany => 429,
        }
    }
}

/// Why. Append only: the codes are stored, shown and relied upon.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reason {
    /// More than one credential.
    TwoCredentials,
    /// `Basic` that does not decode.
    UndecodableBasic,
    /// A token of ours in the path or the query.
    TokenInUrl,
    /// An authorization scheme we don't know.
    UnknownScheme,
    /// A value with a bad prefix, length or checksum.
    MalformedToken,
    /// Too many anonymous or failed requests from the address.
    AddressRate,
    /// No such credential.
    UnknownToken,
    /// Its time is over.
    Expired {
        /// Since when.
        at: Time,
    },
    /// Ended for ever.
    Revoked,
    /// Replaced by a rotation.
    Retired,
    /// The token is suspended.
    TokenSuspended,
    /// The account is suspended.
    AccountSuspended,
    /// Too many requests of the principal.
    PrincipalRate,
    /// The token does not work from this address.
    TokenAddress,
    /// The token does not work at this hour.
    TokenHours,
    /// A credential is needed.
    PersonNeeded,
    /// The operation is closed to this kind.
    KindClosed {
        /// The kind that came.
        kind: CredentialKind,
    },
    /// Missing, or hidden from the principal.
    NotVisible,
    /// The owner has not decided yet.
    StandingPending,
    /// The owner refused.
    StandingDenied,
    /// The request was taken back.
    StandingCancelled,
    /// The owner took the access back.
    StandingWithdrawn,
    /// The token belongs to another owner.
    OtherOwner,
    /// The repository is not selected.
    NotSelected,
    /// Not even `metadata: read`.
    NoMetadata,
    /// No classic scope covers it.
    ScopeMissing,
    /// The owner allows no fine-grained tokens.
    FineGrainedForbidden,
    /// The owner allows no classic tokens.
    ClassicForbidden,
    /// The owner has not let the OAuth application reach its things.
    ApplicationNotApproved,
    /// The secret lives longer than the owner allows.
    LifetimeTooLong,
    /// The owner allows no tokens of outside collaborators.
    OutsideCollaboratorForbidden,
    /// The owner does not accept this address.
    OwnerAddress,
    /// The owner asks people for a second factor, and this one has none.
    TwoFactorRequired,
    /// None of the alternative permission sets holds.
    PermissionMissing {
        /// Any one of these would do; all of it must hold.
        sets: &'static [&'static [Requirement]],
    },
    /// None of the classic scopes that open it is held.
    ScopeNeeded {
        /// Any one of these would do.
        scopes: &'static [ClassicScope],
    },
    /// The role on the repository is too low.
    RoleTooLow {
        /// What the principal has.
        has: Option<Role>,
        /// What is needed.
        needs: Role,
    },
    /// The place in the organization is too low.
    MembershipTooLow {
        /// What is needed.
        needs: OrganizationRole,
    },
    /// Only administrators of the site.
    AdministratorNeeded,
    /// No ref pattern of the token names the ref.
    RefForbidden,
    /// The token may not rewrite refs.
    ForceForbidden,
    /// The token may not delete refs.
    DeleteForbidden,
    /// The sign-in must be confirmed first.
    ConfirmationNeeded,
    /// The token may not change what tells a build server what to run.
    WorkflowNeeded,
}

impl Reason {
    /// What it means, in a sentence for people.
    pub fn sentence(&self) -> &'static str {
        let code = self.code();
        Self::CODES
            .iter()
            .find(|(known, _)| *known == code)
            .map_or(code, |(_, sentence)| sentence)
    }

    /// Every code with what it means, for the reference and the tests.
    pub const CODES: &'static [(&'static str, &'static str)] = &[
        (
            "two_credentials",
            "The request carries more than one credential.",
        ),
        (
            "undecodable_basic",
            "The Basic authorization does not decode.",
        ),
        (
            "token_in_url",
            "A token stands in the path or the query, where logs keep it.",
        ),
        (
            "unknown_scheme",
            "The authorization scheme is not one of Bearer, token and Basic.",
        ),
        (
            "malformed_token",
            "The value has a prefix, length or checksum that no token has.",
        ),
        (
            "address_rate",
            "Too many anonymous or failed requests from this address.",
        ),
        ("unknown_token", "No such credential."),
        ("expired", "The credential's time is over."),
        (
            "revoked",
            "The credential was revoked; it does not come back.",
        ),
        ("retired", "The value was replaced by a rotation."),
        (
            "token_suspended",
            "The token is suspended and can be resumed.",
        ),
        ("account_suspended", "The account is suspended."),
        ("principal_rate", "Too many requests."),
        (
            "token_address",
            "The token does not work from this address.",
        ),
        ("token_hours", "The token does not work at this hour."),
        ("person_needed", "The operation needs a credential."),
        (
            "kind_closed",
            "The operation is closed to this kind of credential.",
        ),
        ("not_visible", "There is no such thing, or it is hidden."),
        (
            "standing_pending",
            "The owner has not approved the token yet.",
        ),
        ("standing_denied", "The owner denied the token's request."),
        ("standing_cancelled", "The token's request was taken back."),
        (
            "standing_withdrawn",
            "The owner withdrew the token's access.",
        ),
        ("other_owner", "The token reaches things of another owner."),
        (
            "not_selected",
            "The token does not select the repository or package.",
        ),
        ("no_metadata", "The token does not hold `metadata: read`."),
        ("scope_missing", "No scope of the token covers it."),
        (
            "fine_grained_forbidden",
            "The owner allows no fine-grained tokens.",
        ),
        ("classic_forbidden", "The owner allows no classic tokens."),
        (
            "application_not_approved",
            "The owner has not approved the OAuth application.",
        ),
        (
            "lifetime_too_long",
            "The token lives longer than the owner allows.",
        ),
        (
            "outside_collaborator_forbidden",
            "The owner allows no tokens of outside collaborators.",
        ),
        (
            "owner_address",
            "The owner does not accept requests from this address.",
        ),
        (
            "two_factor_required",
            "The owner asks for a second factor, and the person has none.",
        ),
        ("permission_missing", "The token lacks a permission."),
        ("scope_needed", "The token lacks a scope."),
        (
            "role_too_low",
            "The person's role on the repository is too low.",
        ),
        (
            "membership_too_low",
            "The person's place in the organization is too low.",
        ),
        (
            "administrator_needed",
            "Only administrators of the site may do this.",
        ),
        ("ref_forbidden", "The token may not write this ref."),
        ("force_forbidden", "The token may not rewrite refs."),
        ("delete_forbidden", "The token may not delete refs."),
        (
            "confirmation_needed",
            "The sign-in must be confirmed first.",
        ),
        (
            "workflow_needed",
            "The token may not change files that tell a build server what to run.",
        ),
    ];

    /// The stable code.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::TwoCredentials => "two_credentials",
            Self::UndecodableBasic => "undecodable_basic",
            Self::TokenInUrl => "token_in_url",
            Self::UnknownScheme => "unknown_scheme",
            Self::MalformedToken => "malformed_token",
            Self::AddressRate => "address_rate",
            Self::UnknownToken => "unknown_token",
            Self::Expired { .. } => "expired",
            Self::Revoked => "revoked",
            Self::Retired => "retired",
            Self::TokenSuspended => "token_suspended",
            Self::AccountSuspended => "account_suspended",
            Self::PrincipalRate => "principal_rate",
            Self::TokenAddress => "token_address",
            Self::TokenHours => "token_hours",
            Self::PersonNeeded => "person_needed",
            Self::KindClosed { .. } => "kind_closed",
            Self::NotVisible => "not_visible",
            Self::StandingPending => "standing_pending",
            Self::StandingDenied => "standing_denied",
            Self::StandingCancelled => "standing_cancelled",
            Self::StandingWithdrawn => "standing_withdrawn",
            Self::OtherOwner => "other_owner",
            Self::NotSelected => "not_selected",
            Self::NoMetadata => "no_metadata",
            Self::ScopeMissing => "scope_missing",
            Self::FineGrainedForbidden => "fine_grained_forbidden",
            Self::ClassicForbidden => "classic_forbidden",
            Self::ApplicationNotApproved => "application_not_approved",
            Self::LifetimeTooLong => "lifetime_too_long",
            Self::OutsideCollaboratorForbidden => "outside_collaborator_forbidden",
            Self::OwnerAddress => "owner_address",
            Self::TwoFactorRequired => "two_factor_required",
            Self::PermissionMissing { .. } => "permission_missing",
            Self::ScopeNeeded { .. } => "scope_needed",
            Self::RoleTooLow { .. } => "role_too_low",
            Self::MembershipTooLow { .. } => "membership_too_low",
            Self::AdministratorNeeded => "administrator_needed",
            Self::RefForbidden => "ref_forbidden",
            Self::ForceForbidden => "force_forbidden",
            Self::DeleteForbidden => "delete_forbidden",
            Self::ConfirmationNeeded => "confirmation_needed",
            Self::WorkflowNeeded => "workflow_needed",
        }
    }

    /// The layer that refused.
    pub const fn layer(&self) -> Layer {
        match self {
            Self::TwoCredentials
            | Self::UndecodableBasic
            | Self::TokenInUrl
            | Self::UnknownScheme
            | Self::MalformedToken => Layer::Carrier,
            Self::AddressRate | Self::PrincipalRate => Layer::Rate,
            Self::UnknownToken
            | Self::Expired { .. }
            | Self::Revoked
            | Self::Retired
            | Self::PersonNeeded => Layer::Credential,
            Self::TokenSuspended | Self::AccountSuspended => Layer::Suspension,
            Self::TokenAddress | Self::TokenHours => Layer::Conditions,
            Self::KindClosed { .. } => Layer::Kind,
            Self::NotVisible => Layer::Visibility,
            Self::StandingPending
            | Self::StandingDenied
            | Self::StandingCancelled
            | Self::StandingWithdrawn
            | Self::OtherOwner
            | Self::NotSelected
            | Self::NoMetadata
            | Self::ScopeMissing => Layer::Token,
            Self::FineGrainedForbidden
            | Self::ClassicForbidden
            | Self::ApplicationNotApproved
            | Self::LifetimeTooLong
            | Self::OutsideCollaboratorForbidden
            | Self::OwnerAddress
            | Self::TwoFactorRequired => Layer::Policy,
            Self::PermissionMissing { .. } | Self::ScopeNeeded { .. } => Layer::Permission,
            Self::RoleTooLow { .. } | Self::MembershipTooLow { .. } | Self::AdministratorNeeded => {
                Layer::Role
            }
            Self::RefForbidden
            | Self::ForceForbidden
            | Self::DeleteForbidden
            | Self::ConfirmationNeeded
            | Self::WorkflowNeeded => Layer::Rule,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_unique() {
        let mut codes: Vec<_> = Reason::CODES.iter().map(|(code, _)| *code).collect();
        codes.sort_unstable();
        codes.dedup();
        assert_eq!(codes.len(), Reason::CODES.len());
    }
}
