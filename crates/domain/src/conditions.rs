//! Conditions on a token: from where, when, and which refs it may write (`semantics` section 3).

use std::net::IpAddr;

use serde::{Deserialize, Serialize};

use crate::policy::Allowed;
use crate::time::Time;

/// When a token works.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Hours {
    /// At any time.
    #[default]
    Always,
    /// Between two times of day in a named zone, on the named days.
    Within {
        /// An IANA zone: `Europe/Berlin`.
        zone: String,
        /// Minutes after midnight, included.
        from: u16,
        /// Minutes after midnight, not included. Before `from` means over midnight; the window
        /// then belongs to the day on which it began.
        to: u16,
        /// Monday is bit 0, Sunday bit 6.
        days: u8,
    },
}

impl Hours {
    /// Whether the fields can mean anything.
    pub fn is_valid(&self) -> bool {
        match self {
            Self::Always => true,
            Self::Within {
                zone,
                from,
                to,
                days,
            } => {
                *from < 1440
                    && *to <= 1440
                    && from != to
                    && (1..128).contains(days)
                    && zone.len() <= 64
                    && jiff::tz::TimeZone::get(zone).is_ok()
            }
        }
    }

    /// Whether `now` is within. A zone that can't be read covers nothing.
    pub fn cover(&self, now: Time) -> bool {
        let Self::Within {
            zone,
            from,
            to,
            days,
        } = self
        else {
            return true;
        };
        let (Ok(zone), Ok(moment)) = (
            jiff::tz::TimeZone::get(zone),
            jiff::Timestamp::from_microsecond(now.micros()),
        ) else {
            return false;
        };
        let local = moment.to_zoned(zone);
        let minute =
            u16::from(local.hour().unsigned_abs()) * 60 + u16::from(local.minute().unsigned_abs());
        let today = local.weekday().to_monday_zero_offset().unsigned_abs();
        let on = |day: u8| days & (1 << day) != 0;
        if from < to {
            on(today) && (*from..*to).contains(&minute)
        } else {
            let yesterday = (today + 6) % 7;
            (on(today) && minute >= *from) || (on(yesterday) && minute < *to)
        }
    }
}

/// A full ref name with wild cards: `*` stands for any run without `/`, `**` for any run.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct RefPattern(String);

impl TryFrom<String> for RefPattern {
    type Error = &'static str;
    fn try_from(text: String) -> Result<Self, Self::Error> {
        Self::parse(&text)
            .ok_or("a ref pattern begins with `refs/`, can name a ref, and is at most 256 printable characters")
    }
}

impl From<RefPattern> for String {
    fn from(pattern: RefPattern) -> Self {
        pattern.0
    }
}

impl RefPattern {
    /// Reads a pattern. One that no ref's name can fit is none.
    pub fn parse(text: &str) -> Option<Self> {
        let fits = text.starts_with("refs/")
            && !text.ends_with(['/', '.'])
            && !["//", "/.", ".."].iter().any(|never| text.contains(never))
            && text.len() <= 256
            && text.matches('*').count() <= 8
            && crate::text::plain(text) == text
            && !text.contains([' ', '~', '^', ':', '?', '[', '\\']);
        fits.then(|| Self(text.to_owned()))
    }

    /// The pattern's text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether it names the ref.
    pub fn names(&self, reference: &str) -> bool {
        matches(self.0.as_bytes(), reference.as_bytes())
    }
}

/// Glob match. Only the latest `*` and the latest `**` are ever lengthened: whatever an earlier one
/// could take besides, the later one takes as well.
///
/// SECURITY: so it takes at most the square of the text's length in steps; one that tried every
/// wild card again would take that to the power of their number, and pushes name the text.
fn matches(mut pattern: &[u8], mut text: &[u8]) -> bool {
    // For each kind of wild card: what follows it in the pattern, and the text that it has not taken.
    let mut run: Option<(&[u8], &[u8])> = None;
    let mut deep: Option<(&[u8], &[u8])> = None;
    while let [head, tail @ ..] = text {
        match pattern {
            [b'*', b'*', rest @ ..] => {
                (run, deep) = (None, Some((rest, text)));
                pattern = rest;
                continue;
            }
            [b'*', rest @ ..] => {
                run = Some((rest, text));
                pattern = rest;
                continue;
            }
            [first, rest @ ..] if first == head => {
                (pattern, text) = (rest, tail);
                continue;
            }
            _ => {}
        }
        (pattern, text) = match (run, deep) {
            (Some((rest, [taken, left @ ..])), _) if *taken != b'/' => {
                run = Some((rest, left));
                (rest, left)
            }
            (_, Some((rest, [_, left @ ..]))) => {
                (run, deep) = (None, Some((rest, left)));
                (rest, left)
            }
            _ => return false,
        };
    }
    pattern.iter().all(|wild| *wild == b'*')
}

/// Which refs a token may write, and how.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RefRules {
    /// Any, in any way.
    #[default]
    Unrestricted,
    /// Only refs that a pattern names, tags included; anything else is refused.
    Only {
        /// The patterns.
        patterns: Vec<RefPattern>,
        /// The new tip must descend from the old.
        no_force: bool,
        /// No ref may be deleted.
        no_delete: bool,
    },
}

/// One set of conditions; all of it must hold.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Conditions {
    /// From where.
    pub addresses: Allowed,
    /// When.
    pub hours: Hours,
    /// Which refs, for writes.
    pub refs: RefRules,
}

/// Which condition does not hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ConditionBreach {
    /// The address is not among those allowed, or is unknown.
    Address,
    /// Outside the hours.
    Hours,
    /// No pattern names the ref.
    Ref,
    /// The push would rewrite the ref.
    Force,
    /// The push would delete the ref.
    Delete,
}

impl Conditions {
    /// Whether there is no condition at all.
    pub fn is_none(&self) -> bool {
        *self == Self::default()
    }

    /// Whether address and hours hold. An unknown address is refused where addresses are limited.
    pub fn check_request(&self, address: Option<IpAddr>, now: Time) -> Result<(), ConditionBreach> {
        if !self.addresses.allow(address) {
            Err(ConditionBreach::Address)
        } else if !self.hours.cover(now) {
            Err(ConditionBreach::Hours)
        } else {
            Ok(())
        }
    }

    /// Whether one ref may be written so.
    pub fn check_ref(
        &self,
        name: &str,
        forced: bool,
        deleted: bool,
    ) -> Result<(), ConditionBreach> {
        match &self.refs {
            RefRules::Unrestricted => Ok(()),
            RefRules::Only {
                patterns,
                no_force,
                no_delete,
            } => {
                if !patterns.iter().any(|p| p.names(name)) {
                    Err(ConditionBreach::Ref)
                } else if *no_delete && deleted {
                    Err(ConditionBreach::Delete)
                } else if *no_force && forced {
                    Err(ConditionBreach::Force)
                } else {
                    Ok(())
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Time {
        Time::parse_iso(text).unwrap()
    }

    #[test]
    fn hours_hold_in_their_zone_and_over_midnight() {
        // 2026-11-21 is a Saturday: bit 5.
        let night = Hours::Within {
            zone: "Europe/Berlin".into(),
            from: 22 * 60,
            to: 6 * 60,
            days: 1 << 5,
        };
        assert!(night.is_valid());
        assert!(night.cover(at("2026-11-21T21:00:00Z")), "22:00 in Berlin");
        assert!(!night.cover(at("2026-11-21T20:59:59Z")));
        assert!(
            night.cover(at("2026-11-22T04:59:59Z")),
            "05:59 on Sunday belongs to Saturday's night"
        );
        assert!(!night.cover(at("2026-11-22T05:00:00Z")));
        assert!(
            !night.cover(at("2026-11-22T21:30:00Z")),
            "Sunday's night is not named"
        );
        assert!(
            !Hours::Within {
                zone: "Nowhere/Land".into(),
                from: 0,
                to: 1440,
                days: 127
            }
            .cover(at("2026-11-21"))
        );
    }

    #[test]
    fn patterns_name_refs() {
        let one = RefPattern::parse("refs/heads/agent/*").unwrap();
        assert!(
            one.names("refs/heads/agent/x")
                && !one.names("refs/heads/agent/x/y")
                && !one.names("refs/heads/main")
        );
        let all = RefPattern::parse("refs/heads/**").unwrap();
        assert!(all.names("refs/heads/a/b/c") && !all.names("refs/tags/v1"));
        for bad in [
            "heads/*",
            "refs/heads/\u{202e}",
            "refs/*/*/*/*/*/*/*/*/*",
            "refs/heads/a b",
            "refs/",
            "refs/heads/",
            "refs//heads/*",
            "refs/heads/../x",
            "refs/heads/.x",
            "refs/heads/x.",
        ] {
            assert!(RefPattern::parse(bad).is_none(), "{bad}");
        }
    }

    /// Says the meaning, and takes for ever.
    fn meant(pattern: &[u8], text: &[u8]) -> bool {
        match pattern {
            [] => text.is_empty(),
            [b'*', b'*', rest @ ..] => (0..=text.len()).any(|n| meant(rest, &text[n..])),
            [b'*', rest @ ..] => {
                let run = text.iter().position(|b| *b == b'/').unwrap_or(text.len());
                (0..=run).any(|n| meant(rest, &text[n..]))
            }
            [first, rest @ ..] => text
                .split_first()
                .is_some_and(|(head, tail)| head == first && meant(rest, tail)),
        }
    }

    fn words(letters: &[u8], longest: usize) -> Vec<Vec<u8>> {
        let mut words = vec![Vec::new()];
        let mut last = words.clone();
        for _ in 0..longest {
            last = last
                .iter()
                .flat_map(|word| letters.iter().map(|letter| [word, &[*letter][..]].concat()))
                .collect();
            words.extend(last.iter().cloned());
        }
        words
    }

    #[test]
    fn every_short_pattern_names_what_it_means() {
        let texts = words(b"ab/", 5);
        for pattern in words(b"a/*", 6) {
            for text in &texts {
                assert_eq!(
                    matches(&pattern, text),
                    meant(&pattern, text),
                    "{} on {}",
                    pattern.escape_ascii(),
                    text.escape_ascii()
                );
            }
        }
    }

    #[test]
    fn a_pattern_that_nearly_names_a_long_ref_does_not_hold_the_server() {
        let pattern = RefPattern::parse("refs/heads/**a*a**a*a*a*b").unwrap();
        let reference = format!("refs/heads/{}", "a".repeat(4000));
        assert!(!pattern.names(&reference));
        assert!(pattern.names(&format!("{reference}b")));
    }

    #[test]
    fn a_ref_that_no_pattern_names_is_refused_tags_included() {
        let rules = Conditions {
            refs: RefRules::Only {
                patterns: vec![RefPattern::parse("refs/heads/agent/*").unwrap()],
                no_force: true,
                no_delete: true,
            },
            ..Conditions::default()
        };
        assert_eq!(
            rules.check_ref("refs/tags/v1", false, false),
            Err(ConditionBreach::Ref)
        );
        assert_eq!(
            rules.check_ref("refs/heads/agent/a", true, false),
            Err(ConditionBreach::Force)
        );
        assert_eq!(
            rules.check_ref("refs/heads/agent/a", false, true),
            Err(ConditionBreach::Delete)
        );
        assert_eq!(rules.check_ref("refs/heads/agent/a", false, false), Ok(()));
    }

    #[test]
    fn an_unknown_address_is_refused_where_addresses_are_limited() {
        let limited = Conditions {
            addresses: Allowed::Only(vec!["10.0.0.0/8".parse().unwrap()]),
            ..Conditions::default()
        };
        assert_eq!(
            limited.check_request(None, at("2026-11-21")),
            Err(ConditionBreach::Address)
        );
        assert_eq!(
            limited.check_request("::ffff:10.1.2.3".parse().ok(), at("2026-11-21")),
            Ok(())
        );
        assert_eq!(
            limited.check_request("11.1.2.3".parse().ok(), at("2026-11-21")),
            Err(ConditionBreach::Address)
        );
    }
}
