//! The life of a token: ended by its creator, a leak report or an administrator, for ever.

use crate::time::Time;

/// Why a token's life ended. Append only: the words are stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ending {
    /// Its creator deleted or revoked it.
    Creator,
    /// Somebody showed that the value is known.
    Leaked,
    /// An administrator of the site.
    Administrator,
    /// Its creator's account is gone.
    AccountDeleted,
    /// Unused for a year.
    Unused,
    /// An OAuth application was given so many newer ones.
    Superseded,
    /// A refresh token, or a code, of it came twice: somebody else may have it.
    Reused,
    /// The OAuth application that held it is gone.
    ApplicationDeleted,
    /// The job that it was for is over.
    JobEnded,
}

impl Ending {
    /// All of them.
    pub const ALL: [Self; 9] = [
        Self::Creator,
        Self::Leaked,
        Self::Administrator,
        Self::AccountDeleted,
        Self::Unused,
        Self::Superseded,
        Self::Reused,
        Self::ApplicationDeleted,
        Self::JobEnded,
    ];

    /// The stored word.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Creator => "creator",
            Self::Leaked => "leaked",
            Self::Administrator => "administrator",
            Self::AccountDeleted => "account_deleted",
            Self::Unused => "unused",
            Self::Superseded => "superseded",
            Self::Reused => "reused",
            Self::ApplicationDeleted => "application_deleted",
            Self::JobEnded => "job_ended",
        }
    }

    /// Reads the stored word.
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|e| e.name() == word)
    }
}

/// Alive, suspended or revoked. Expiry belongs to the secret, standing to the owner.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Life {
    /// Works.
    Alive,
    /// Stopped by its creator or an administrator, and can go on.
    Suspended {
        /// Since when.
        at: Time,
    },
    /// Over.
    Revoked {
        /// Since when.
        at: Time,
        /// Why.
        because: Ending,
    },
}

/// A transition that does not exist.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum LifeFault {
    /// Revoked never comes back.
    #[error("The token is revoked.")]
    Revoked,
    /// Nothing to suspend.
    #[error("The token is suspended already.")]
    SuspendedAlready,
    /// Nothing to resume.
    #[error("The token is not suspended.")]
    NotSuspended,
}

impl Life {
    /// Stops it.
    pub fn suspend(self, now: Time) -> Result<Self, LifeFault> {
        match self {
            Self::Alive => Ok(Self::Suspended { at: now }),
            Self::Suspended { .. } => Err(LifeFault::SuspendedAlready),
            Self::Revoked { .. } => Err(LifeFault::Revoked),
        }
    }

    /// Lets it go on.
    pub fn resume(self) -> Result<Self, LifeFault> {
        match self {
            Self::Suspended { .. } => Ok(Self::Alive),
            Self::Alive => Err(LifeFault::NotSuspended),
            Self::Revoked { .. } => Err(LifeFault::Revoked),
        }
    }

    /// Ends it. Ending what is over keeps the first ending.
    #[must_use]
    pub fn revoke(self, now: Time, because: Ending) -> Self {
        match self {
            Self::Revoked { .. } => self,
            Self::Alive | Self::Suspended { .. } => Self::Revoked { at: now, because },
        }
    }

    /// The word for people and programs.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Alive => "alive",
            Self::Suspended { .. } => "suspended",
            Self::Revoked { .. } => "revoked",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Time = Time::from_seconds(5);

    #[test]
    fn revoked_never_comes_back() {
        let over = Life::Alive.revoke(NOW, Ending::Creator);
        assert_eq!(over.resume(), Err(LifeFault::Revoked));
        assert_eq!(over.suspend(NOW), Err(LifeFault::Revoked));
        assert_eq!(over.revoke(Time::from_seconds(9), Ending::Leaked), over);
    }

    #[test]
    fn suspension_is_reversible() {
        let stopped = Life::Alive.suspend(NOW).unwrap();
        assert_eq!(stopped, Life::Suspended { at: NOW });
        assert_eq!(stopped.resume(), Ok(Life::Alive));
        assert_eq!(Life::Alive.resume(), Err(LifeFault::NotSuspended));
    }
}
