//! The kinds of credentials, from the start all of them: a route says which may call it.

use serde::{Deserialize, Serialize};

/// What a request was made with.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CredentialKind {
    /// `jeton_pat_`: one owner, chosen repositories, chosen permissions.
    FineGrained,
    /// `jtp_`: scopes over whatever its user reaches.
    Classic,
    /// `jts_`: made from another token, never wider than it.
    Child,
    /// `jts_`: a job's, for one repository.
    Job,
    /// `jtu_`: a person's signed-in client.
    Client,
    /// `jto_`: an OAuth application acting for a person.
    OauthUser,
    /// A browser's session.
    Session,
}

impl CredentialKind {
    /// All of them.
    pub const ALL: [Self; 7] = [
        Self::FineGrained,
        Self::Classic,
        Self::Child,
        Self::Job,
        Self::Client,
        Self::OauthUser,
        Self::Session,
    ];

    /// The stable word stored and shown.
    pub const fn name(self) -> &'static str {
        match self {
            Self::FineGrained => "fine_grained",
            Self::Classic => "classic",
            Self::Child => "child",
            Self::Job => "job",
            Self::Client => "client",
            Self::OauthUser => "oauth_user",
            Self::Session => "session",
        }
    }

    /// The words for people.
    pub const fn title(self) -> &'static str {
        match self {
            Self::FineGrained => "fine-grained personal access token",
            Self::Classic => "classic personal access token",
            Self::Child => "child token",
            Self::Job => "job token",
            Self::Client => "signed-in client",
            Self::OauthUser => "OAuth user token",
            Self::Session => "browser session",
        }
    }

    /// Reads the stored word.
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|k| k.name() == word)
    }

    /// A person's own sign-in: it carries what the person may, no grant narrows it.
    pub const fn is_sign_in(self) -> bool {
        matches!(self, Self::Client | Self::Session)
    }

    /// A token that a person makes and keeps.
    pub const fn is_personal(self) -> bool {
        matches!(self, Self::FineGrained | Self::Classic)
    }

    /// Narrowed by classic scopes.
    pub const fn has_scopes(self) -> bool {
        matches!(self, Self::Classic | Self::OauthUser)
    }

    const fn bit(self) -> u8 {
        1 << self as u8
    }
}

/// A set of credential kinds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Kinds(u8);

impl Kinds {
    /// A person's own sign-ins.
    pub const SIGN_INS: Self = Self::of(&[CredentialKind::Client, CredentialKind::Session]);
    /// Sign-ins, fine-grained tokens, and what was made from any token.
    pub const SIGN_INS_AND_GRANTS: Self = Self::of(&[
        CredentialKind::Client,
        CredentialKind::Session,
        CredentialKind::FineGrained,
        CredentialKind::Child,
    ]);
    /// Whatever can be carried to a door of the API, but what a browser keeps.
    pub const CARRIED: Self = Self::of(&[
        CredentialKind::Client,
        CredentialKind::FineGrained,
        CredentialKind::Classic,
        CredentialKind::OauthUser,
        CredentialKind::Child,
        CredentialKind::Job,
    ]);

    /// Just these.
    pub const fn of(kinds: &[CredentialKind]) -> Self {
        let mut bits = 0;
        let mut rest = kinds;
        while let [first, tail @ ..] = rest {
            bits |= first.bit();
            rest = tail;
        }
        Self(bits)
    }

    /// These, and the kinds that scopes narrow.
    #[must_use]
    pub const fn and_scoped(self) -> Self {
        Self(self.0 | CredentialKind::Classic.bit() | CredentialKind::OauthUser.bit())
    }

    /// These, and jobs: for what is about one repository, or about the token itself.
    #[must_use]
    pub const fn and_jobs(self) -> Self {
        Self(self.0 | CredentialKind::Job.bit())
    }

    /// Whether the kind is one of them.
    pub const fn has(self, kind: CredentialKind) -> bool {
        self.0 & kind.bit() != 0
    }
}
