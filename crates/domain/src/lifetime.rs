//! How long a secret lives, and the owner's maximum.

use serde::{Deserialize, Serialize};

use crate::time::{Span, Time};

/// The longest total lifetime an owner accepts: expiry less creation of the secret.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Maximum {
    /// Tokens may be endless.
    Unlimited,
    /// At most so many days.
    Days(u32),
}

impl Maximum {
    /// Whether a secret of this lifetime is accepted. Checked at creation, rotation and use.
    pub fn allows(self, created: Time, expiry: Expiry) -> bool {
        match (self, expiry) {
            (Self::Unlimited, _) => true,
            (Self::Days(_), Expiry::Never) => false,
            (Self::Days(days), Expiry::At(end)) => end.since(created) <= Span::from_days(days),
        }
    }

    /// Whether it lets a secret live that `other` does not.
    pub fn is_longer_than(self, other: Self) -> bool {
        self.and(other) != self
    }

    /// The shorter of both.
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        match (self, other) {
            (Self::Unlimited, maximum) | (maximum, Self::Unlimited) => maximum,
            (Self::Days(a), Self::Days(b)) => Self::Days(a.min(b)),
        }
    }

    /// The longer of both.
    #[must_use]
    pub fn or(self, other: Self) -> Self {
        match (self, other) {
            (Self::Unlimited, _) | (_, Self::Unlimited) => Self::Unlimited,
            (Self::Days(a), Self::Days(b)) => Self::Days(a.max(b)),
        }
    }

    /// The last end that a secret made at `created` may have.
    pub fn end(self, created: Time) -> Expiry {
        match self {
            Self::Unlimited => Expiry::Never,
            Self::Days(days) => Expiry::At(created.after(Span::from_days(days))),
        }
    }

    /// The expiry offered first: 30 days, or the maximum where that is shorter.
    pub fn default_days(self) -> u32 {
        match self {
            Self::Unlimited => 30,
            Self::Days(days) => days.min(30),
        }
    }
}

/// The days a form offers, as far as the maximum lets it.
pub fn expiry_choices(maximum: Maximum) -> impl Iterator<Item = u32> {
    [7, 30, 60, 90]
        .into_iter()
        .filter(move |days| match maximum {
            Maximum::Unlimited => true,
            Maximum::Days(most) => *days <= most,
        })
}

/// When a secret ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Expiry {
    /// Not by itself.
    Never,
    /// At a moment; at the moment itself it is over.
    At(Time),
}

/// Why an expiry can't be had.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ExpiryRefusal {
    /// Now or before.
    #[error("lies in the past")]
    Past,
    /// Later than the owner lets tokens live.
    #[error("is more than {0} days away, the longest that the owner allows")]
    BeyondMaximum(u32),
    /// None, where one is needed.
    #[error("is needed: the owner allows at most {0} days")]
    Needed(u32),
}

impl Expiry {
    /// Checks an expiry for a secret made `now` under an owner's maximum.
    pub fn check(self, now: Time, maximum: Maximum) -> Result<Self, ExpiryRefusal> {
        match (self, maximum) {
            (Self::At(end), _) if end.is_over_at(now) => Err(ExpiryRefusal::Past),
            (Self::Never, Maximum::Days(days)) => Err(ExpiryRefusal::Needed(days)),
            (_, Maximum::Days(days)) if !maximum.allows(now, self) => {
                Err(ExpiryRefusal::BeyondMaximum(days))
            }
            _ => Ok(self),
        }
    }

    /// Whether it is over at `now`.
    pub fn is_over_at(self, now: Time) -> bool {
        matches!(self, Self::At(end) if end.is_over_at(now))
    }

    /// The moment, if there is one: for columns and answers, where its absence is written as null.
    pub const fn moment(self) -> Option<Time> {
        match self {
            Self::Never => None,
            Self::At(end) => Some(end),
        }
    }

    /// The moment in ISO 8601, or `none`: as it is asked for.
    pub fn text(self) -> String {
        match self {
            Self::Never => "none".to_owned(),
            Self::At(end) => end.iso(),
        }
    }

    /// From a stored moment.
    pub fn from_moment(moment: Option<Time>) -> Self {
        moment.map_or(Self::Never, Self::At)
    }

    /// The earlier of both.
    #[must_use]
    pub fn earlier(self, other: Self) -> Self {
        match (self, other) {
            (Self::Never, end) | (end, Self::Never) => end,
            (Self::At(a), Self::At(b)) => Self::At(a.min(b)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Time = Time::from_seconds(1_000_000);

    #[test]
    fn the_maximum_holds_to_the_instant() {
        let exactly = Expiry::At(NOW.after(Span::from_days(30)));
        let over = Expiry::At(NOW.after(Span::from_days(30)).after(Span::from_micros(1)));
        assert_eq!(exactly.check(NOW, Maximum::Days(30)), Ok(exactly));
        assert_eq!(
            over.check(NOW, Maximum::Days(30)),
            Err(ExpiryRefusal::BeyondMaximum(30))
        );
        assert_eq!(
            Expiry::Never.check(NOW, Maximum::Days(30)),
            Err(ExpiryRefusal::Needed(30))
        );
        assert_eq!(
            Expiry::Never.check(NOW, Maximum::Unlimited),
            Ok(Expiry::Never)
        );
    }

    #[test]
    fn an_expiry_now_is_in_the_past() {
        assert_eq!(
            Expiry::At(NOW).check(NOW, Maximum::Unlimited),
            Err(ExpiryRefusal::Past)
        );
        assert!(
            Expiry::At(NOW.after(Span::from_micros(1)))
                .check(NOW, Maximum::Unlimited)
                .is_ok()
        );
    }

    #[test]
    fn the_default_shrinks_with_the_maximum() {
        assert_eq!(Maximum::Days(366).default_days(), 30);
        assert_eq!(Maximum::Days(14).default_days(), 14);
        assert_eq!(
            expiry_choices(Maximum::Days(60)).collect::<Vec<_>>(),
            [7, 30, 60]
        );
    }
}
