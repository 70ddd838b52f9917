//! How often each verdict came up.

use jeton_decide::Reason;
use jeton_model::Verdict;

/// Counts by code; letting in counts as `allow` and `allow_anonymous`.
#[derive(Clone, Debug)]
pub struct Shares {
    counts: Vec<(&'static str, u64)>,
    worlds: u64,
}

/// The principal's own view.
const ALLOW: &str = "allow";
/// What anybody sees.
const ALLOW_ANONYMOUS: &str = "allow_anonymous";

impl Default for Shares {
    fn default() -> Self {
        let codes = Reason::CODES.iter().map(|(code, _)| *code);
        Self { counts: codes.chain([ALLOW, ALLOW_ANONYMOUS]).map(|code| (code, 0)).collect(), worlds: 0 }
    }
}

impl Shares {
    /// Counts one.
    pub fn add(&mut self, verdict: Verdict) {
        let code = match verdict {
            Verdict::Allow { anonymous_view: false } => ALLOW,
            Verdict::Allow { anonymous_view: true } => ALLOW_ANONYMOUS,
            Verdict::Deny { code, .. } => code,
        };
        self.worlds += 1;
        if let Some((_, count)) = self.counts.iter_mut().find(|(known, _)| *known == code) {
            *count += 1;
        }
    }

    /// Each code with its share in ten thousand, rarest first.
    pub fn in_ten_thousand(&self) -> Vec<(&'static str, u64)> {
        let mut shares: Vec<_> =
            self.counts.iter().map(|(code, count)| (*code, count * 10_000 / self.worlds.max(1))).collect();
        shares.sort_by_key(|(code, share)| (*share, *code));
        shares
    }
}
