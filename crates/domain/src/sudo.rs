//! Sudo mode: a sign-in that was confirmed lately may add power (`semantics` section 10).

use crate::time::{Span, Time};

/// How long a confirmation lasts without use.
pub const SUDO_SLIDING: Span = Span::from_hours(2);
/// How long it lasts at most after a secret was really shown.
pub const SUDO_AFTER_PROOF: Span = Span::from_hours(12);

/// When a sign-in last showed a secret, and when its sudo mode was last used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SudoState {
    /// The last real proof: password, passkey or code, or when an outside provider last asked for one.
    pub proved_at: Time,
    /// The last use of the mode, which slides it.
    pub used_at: Time,
}

impl SudoState {
    /// Whether the mode is on.
    pub const fn is_on(self, now: Time) -> bool {
        !self.used_at.after(SUDO_SLIDING).is_over_at(now)
            && !self.proved_at.after(SUDO_AFTER_PROOF).is_over_at(now)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_hours_sliding_at_most_twelve_after_the_proof() {
        let at = |hours: i64| Time::from_seconds(hours * 3600);
        let fresh = SudoState {
            proved_at: at(0),
            used_at: at(0),
        };
        assert!(fresh.is_on(Time::from_micros(at(2).micros() - 1)));
        assert!(!fresh.is_on(at(2)));
        let slid = SudoState {
            used_at: at(11),
            ..fresh
        };
        assert!(slid.is_on(Time::from_micros(at(12).micros() - 1)));
        assert!(!slid.is_on(at(12)));
    }
}
