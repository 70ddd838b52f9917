//! Invitations: how long they are good for and what becomes of them (`semantics` section 10), and who may
//! make an account.

use serde::{Deserialize, Serialize};

use crate::time::Span;

/// An invitation that nobody answers is over after this.
pub const INVITATION_LIVES: Span = Span::from_days(7);

/// What became of an invitation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum InvitationState {
    /// It waits for an answer.
    Pending,
    /// The person said yes.
    Accepted,
    /// The person said no.
    Declined,
    /// Whoever invites took it back, or what it leads to is gone.
    Cancelled,
    /// Nobody answered in time.
    Expired,
}

impl InvitationState {
    /// All of them.
    pub const ALL: [Self; 5] = [
        Self::Pending,
        Self::Accepted,
        Self::Declined,
        Self::Cancelled,
        Self::Expired,
    ];

    /// The word stored and shown.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Accepted => "accepted",
            Self::Declined => "declined",
            Self::Cancelled => "cancelled",
            Self::Expired => "expired",
        }
    }

    /// Reads the word.
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.name() == word)
    }
}

/// Who may make an account by themselves. Higher lets more people in.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
#[serde(rename_all = "lowercase")]
pub enum Registration {
    /// Nobody: administrators make accounts.
    Closed,
    /// Who was invited by e-mail. The default.
    #[default]
    Invitation,
    /// Anybody.
    Open,
}

impl Registration {
    /// All, the closest first.
    pub const ALL: [Self; 3] = [Self::Closed, Self::Invitation, Self::Open];

    /// The word stored and shown.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Closed => "closed",
            Self::Invitation => "invitation",
            Self::Open => "open",
        }
    }

    /// Reads the word.
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|r| r.name() == word)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_read_back() {
        for state in InvitationState::ALL {
            assert_eq!(InvitationState::parse(state.name()), Some(state));
        }
        for registration in Registration::ALL {
            assert_eq!(Registration::parse(registration.name()), Some(registration));
        }
        assert!(Registration::Closed < Registration::default());
        assert!(Registration::default() < Registration::Open);
    }
}
