//! The standing of a token with its resource owner: the owner's say, apart from the token's life.

use crate::time::Time;

/// What the owner says (`semantics` sections 1 and 4).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standing {
    /// The owner asks for no approval, or the creator is the owner.
    NotNeeded,
    /// Waits for a verdict; the value authenticates and reads what anybody may.
    Pending,
    /// Approved.
    Active {
        /// When.
        since: Time,
    },
    /// Refused by a reviewer.
    Denied,
    /// The creator took the request back, or an edit replaced it.
    Cancelled,
    /// Approved once, and taken back by an owner.
    Withdrawn(WithdrawReason),
}

/// Why an approval was taken back. Append only: the words are stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WithdrawReason {
    /// An owner did it by hand.
    Owner,
    /// The creator was removed from the organization, or made an outside collaborator.
    MemberRemoved,
}

impl WithdrawReason {
    /// The stored word.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Owner => "owner",
            Self::MemberRemoved => "member_removed",
        }
    }

    /// Reads the stored word.
    pub fn parse(word: &str) -> Option<Self> {
        [Self::Owner, Self::MemberRemoved]
            .into_iter()
            .find(|r| r.name() == word)
    }
}

/// A reviewer's word on a pending request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// Yes.
    Approve,
    /// No.
    Deny,
}

/// A transition that does not exist.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum StandingFault {
    /// Somebody decided before, or the request was taken back.
    #[error("the request is not pending any more")]
    NotPending,
    /// There is no access to withdraw.
    #[error("the token has no access to withdraw")]
    NotGranted,
}

impl Standing {
    /// Whether the token reaches its owner's things.
    pub const fn grants(self) -> bool {
        matches!(self, Self::NotNeeded | Self::Active { .. })
    }

    /// A reviewer's verdict on a request; two reviewers can't both win.
    pub fn review(self, verdict: Verdict, now: Time) -> Result<Self, StandingFault> {
        match (self, verdict) {
            (Self::Pending, Verdict::Approve) => Ok(Self::Active { since: now }),
            (Self::Pending, Verdict::Deny) => Ok(Self::Denied),
            _ => Err(StandingFault::NotPending),
        }
    }

    /// The owner takes the access back.
    pub fn withdraw(self, because: WithdrawReason) -> Result<Self, StandingFault> {
        if self.grants() {
            Ok(Self::Withdrawn(because))
        } else {
            Err(StandingFault::NotGranted)
        }
    }

    /// The stable word stored and shown.
    pub const fn name(self) -> &'static str {
        match self {
            Self::NotNeeded => "not_needed",
            Self::Pending => "pending",
            Self::Active { .. } => "active",
            Self::Denied => "denied",
            Self::Cancelled => "cancelled",
            Self::Withdrawn(_) => "withdrawn",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Time = Time::from_seconds(5);

    #[test]
    fn only_a_pending_request_is_decided() {
        assert_eq!(
            Standing::Pending.review(Verdict::Approve, NOW),
            Ok(Standing::Active { since: NOW })
        );
        assert_eq!(
            Standing::Pending.review(Verdict::Deny, NOW),
            Ok(Standing::Denied)
        );
        for other in [
            Standing::NotNeeded,
            Standing::Active { since: NOW },
            Standing::Denied,
            Standing::Cancelled,
            Standing::Withdrawn(WithdrawReason::Owner),
        ] {
            assert_eq!(
                other.review(Verdict::Approve, NOW),
                Err(StandingFault::NotPending)
            );
        }
    }

    #[test]
    fn only_granted_access_is_withdrawn() {
        assert!(Standing::NotNeeded.withdraw(WithdrawReason::Owner).is_ok());
        assert_eq!(
            Standing::Pending.withdraw(WithdrawReason::Owner),
            Err(StandingFault::NotGranted)
        );
    }
}
