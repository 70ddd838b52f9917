//! Conditions on a token: from where, when, and which refs it may write (`semantics` section 3).

use std::net::IpAddr;

use serde::{Deserialize, Serialize};

use crate::glob;
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

    /// Whether it covers no moment that `other` leaves out. What can't be told at a glance counts as no.
    fn lie_within(&self, other: &Self) -> bool {
        match (self, other) {
            (_, Self::Always) => true,
            (Self::Always, Self::Within { .. }) => false,
            (
                Self::Within {
                    zone,
                    from,
                    to,
                    days,
                },
                Self::Within {
                    zone: there,
                    from: begin,
                    to: end,
                    days: on,
                },
            ) => {
                // Over midnight only what is the same is held to lie within.
                let inside = begin <= from && from < to && to <= end && days & !on == 0;
                self == other || (zone == there && inside)
            }
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
    /// The text that names every ref.
    pub const EVERY: &'static str = "refs/**";

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
        glob::matches(self.0.as_bytes(), reference.as_bytes(), glob::PATH)
    }
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

impl RefRules {
    /// Whether it lets no write through that `other` refuses. Patterns are compared as they are written.
    fn lie_within(&self, other: &Self) -> bool {
        match (self, other) {
            (_, Self::Unrestricted) => true,
            (Self::Unrestricted, Self::Only { .. }) => false,
            (
                Self::Only {
                    patterns,
                    no_force,
                    no_delete,
                },
                Self::Only {
                    patterns: known,
                    no_force: forward,
                    no_delete: keep,
                },
            ) => {
                let every = known.iter().any(|one| one.as_str() == RefPattern::EVERY);
                (every || patterns.iter().all(|one| known.contains(one)))
                    && (*no_force || !forward)
                    && (*no_delete || !keep)
            }
        }
    }
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

    /// Whether nothing gets by this set that `other` stops. What can't be told counts as no.
    pub fn is_no_looser_than(&self, other: &Self) -> bool {
        !self.addresses.allows_more_than(&other.addresses)
            && self.hours.lie_within(&other.hours)
            && self.refs.lie_within(&other.refs)
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

    fn hours(from: u16, to: u16, days: u8) -> Conditions {
        Conditions {
            hours: Hours::Within {
                zone: "Europe/Berlin".into(),
                from,
                to,
                days,
            },
            ..Conditions::default()
        }
    }

    fn refs(patterns: &[&str], no_force: bool, no_delete: bool) -> Conditions {
        Conditions {
            refs: RefRules::Only {
                patterns: patterns
                    .iter()
                    .filter_map(|p| RefPattern::parse(p))
                    .collect(),
                no_force,
                no_delete,
            },
            ..Conditions::default()
        }
    }

    fn from(networks: &[&str]) -> Conditions {
        Conditions {
            addresses: Allowed::Only(networks.iter().map(|n| n.parse().unwrap()).collect()),
            ..Conditions::default()
        }
    }

    #[test]
    fn a_set_that_stops_as_much_is_no_looser() {
        let any = Conditions::default();
        let office = hours(480, 1080, 31);
        let night = hours(1320, 360, 127);
        let bot = refs(&["refs/heads/bot/*"], false, false);
        let forward = refs(&["refs/**"], true, false);
        let both = Conditions {
            hours: office.hours.clone(),
            ..from(&["10.1.0.0/16"])
        };
        for (tight, loose) in [
            (&any, &any),
            (&office, &any),
            (&hours(540, 1080, 1), &office),
            (&night, &night),
            (&both, &office),
            (&both, &from(&["10.0.0.0/8"])),
            (&refs(&["refs/heads/bot/*"], true, true), &bot),
            (&refs(&["refs/heads/bot/*"], true, false), &forward),
        ] {
            assert!(tight.is_no_looser_than(loose), "{tight:?} {loose:?}");
        }
        let elsewhere = Conditions {
            hours: Hours::Within {
                zone: "UTC".into(),
                from: 540,
                to: 600,
                days: 1,
            },
            ..any.clone()
        };
        for (loose, tight) in [
            (&any, &office),
            (&any, &bot),
            (&any, &from(&["10.0.0.0/8"])),
            (&office, &hours(540, 1080, 31)),
            (&office, &hours(480, 1020, 31)),
            (&office, &hours(480, 1080, 15)),
            (&elsewhere, &office),
            (&hours(1380, 300, 127), &night),
            (&office, &both),
            (&bot, &forward),
            (&refs(&["refs/heads/bot/*"], false, true), &forward),
            (&refs(&["refs/heads/**"], true, true), &bot),
            (&bot, &refs(&["refs/heads/bot/*"], false, true)),
        ] {
            assert!(!loose.is_no_looser_than(tight), "{loose:?} {tight:?}");
        }
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
