//! Who plays.

/// A person of the story.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Person {
    /// Runs the server.
    Noor,
    /// Owns the organization.
    Lena,
    /// Installs things, and needs a token for it.
    Tomas,
}

impl Person {
    pub(super) const ALL: [Self; 3] = [Self::Noor, Self::Lena, Self::Tomas];

    pub(super) const fn login(self) -> &'static str {
        match self {
            Self::Noor => "noor",
            Self::Lena => "lena",
            Self::Tomas => "tomas",
        }
    }

    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Noor => "Noor Haddad",
            Self::Lena => "Lena Brandt",
            Self::Tomas => "Tomas Reyes",
        }
    }

    pub(super) const fn role(self) -> &'static str {
        match self {
            Self::Noor => "administrator",
            Self::Lena => "owner",
            Self::Tomas => "member",
        }
    }
}
