//! Conditions in words: the same in the command line, on pages and in mails.

use crate::conditions::{Conditions, Hours, RefPattern, RefRules};
use crate::policy::Allowed;

const DAYS: [&str; 7] = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"];

impl Conditions {
    /// What this set asks for, a phrase each; nothing, where it asks for nothing.
    pub fn phrases(&self) -> Vec<String> {
        let mut phrases = Vec::new();
        match &self.addresses {
            Allowed::Unrestricted => {}
            Allowed::Only(networks) if networks.is_empty() => {
                phrases.push("only from nowhere".to_owned());
            }
            Allowed::Only(networks) => {
                let networks: Vec<_> = networks.iter().map(ToString::to_string).collect();
                phrases.push(format!("only from {}", networks.join(" or ")));
            }
        }
        if let Hours::Within {
            zone,
            from,
            to,
            days,
        } = &self.hours
        {
            let (days, from, to) = (on(*days), clock(*from), clock(*to));
            phrases.push(format!("only {days} {from}–{to} {zone}"));
        }
        if let RefRules::Only {
            patterns,
            no_force,
            no_delete,
        } = &self.refs
        {
            let patterns: Vec<_> = patterns.iter().map(RefPattern::as_str).collect();
            if patterns.is_empty() {
                phrases.push("writes no branch or tag".to_owned());
            } else if !patterns.contains(&RefPattern::EVERY) {
                phrases.push(format!("writes only {}", patterns.join(" or ")));
            }
            phrases.extend(no_force.then(|| "no force pushes".to_owned()));
            phrases.extend(no_delete.then(|| "no deletion of branches and tags".to_owned()));
        }
        phrases
    }
}

/// What all of these ask for together, a line each. What two of them ask for stands once.
pub fn condition_lines(conditions: &[Conditions]) -> Vec<String> {
    let mut lines = Vec::new();
    for phrase in conditions.iter().flat_map(Conditions::phrases) {
        let mut letters = phrase.chars();
        let first = letters.next().map(|first| first.to_ascii_uppercase());
        let line: String = first.into_iter().chain(letters).collect();
        if !lines.contains(&line) {
            lines.push(line);
        }
    }
    lines
}

/// Minutes after midnight.
fn clock(minutes: u16) -> String {
    format!("{:02}:{:02}", minutes / 60, minutes % 60)
}

/// Bits as `Mon–Fri, Sun`; Monday is bit 0.
fn on(days: u8) -> String {
    spans(days, "–").join(", ")
}

/// Each run of days, its first and its last joined.
fn spans(days: u8, joint: &str) -> Vec<String> {
    let mut spans: Vec<(&str, &str, usize)> = Vec::new();
    for (at, day) in DAYS.into_iter().enumerate() {
        if days & (1 << at) == 0 {
            continue;
        }
        match spans.last_mut() {
            Some((_, last, end)) if *end + 1 == at => (*last, *end) = (day, at),
            _ => spans.push((day, day, at)),
        }
    }
    spans
        .into_iter()
        .map(|(first, last, _)| {
            if first == last {
                first.to_owned()
            } else {
                format!("{first}{joint}{last}")
            }
        })
        .collect()
}

impl Hours {
    /// As people type them: `Europe/Berlin mon-fri 08:00-18:00`. Nothing, where they are at any time.
    pub fn typed(&self) -> String {
        let Self::Within {
            zone,
            from,
            to,
            days,
        } = self
        else {
            return String::new();
        };
        let days = spans(*days, "-").join(",").to_ascii_lowercase();
        format!("{zone} {days} {}-{}", clock(*from), clock(*to))
    }

    /// Reads what [`Self::typed`] writes. Whether there is such a zone is not looked at.
    pub fn read(text: &str) -> Result<Self, &'static str> {
        const FORM: &str = "hours are written `Europe/Berlin mon-fri 08:00-18:00`";
        let mut words = text.split_whitespace();
        let (Some(zone), Some(on), Some(times), None) =
            (words.next(), words.next(), words.next(), words.next())
        else {
            return Err(FORM);
        };
        let (from, to) = times.split_once('-').ok_or(FORM)?;
        Ok(Self::Within {
            zone: zone.to_owned(),
            from: minute(from).ok_or(FORM)?,
            to: minute(to).ok_or(FORM)?,
            days: days(on).ok_or(FORM)?,
        })
    }
}

/// `mon-fri,sun` as bits; Monday is bit 0. A span may run over the week's end.
fn days(text: &str) -> Option<u8> {
    let day = |word: &str| DAYS.iter().position(|name| name.eq_ignore_ascii_case(word));
    let mut bits = 0_u8;
    for part in text.split(',') {
        let (first, last) = part.split_once('-').unwrap_or((part, part));
        let (mut at, last) = (day(first)?, day(last)?);
        loop {
            bits |= 1 << at;
            if at == last {
                break;
            }
            at = (at + 1) % DAYS.len();
        }
    }
    Some(bits)
}

fn minute(text: &str) -> Option<u16> {
    let (hours, minutes) = text.split_once(':')?;
    let (hours, minutes): (u16, u16) = (hours.parse().ok()?, minutes.parse().ok()?);
    (hours <= 24 && minutes < 60 && hours * 60 + minutes <= 1440).then_some(hours * 60 + minutes)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refs(patterns: &[&str], no_force: bool, no_delete: bool) -> Conditions {
        Conditions {
            refs: RefRules::Only {
                patterns: patterns
                    .iter()
                    .filter_map(|text| RefPattern::parse(text))
                    .collect(),
                no_force,
                no_delete,
            },
            ..Conditions::default()
        }
    }

    #[test]
    fn conditions_are_spelled_out() {
        let office = Conditions {
            addresses: Allowed::Only(vec![
                "10.0.0.0/8".parse().unwrap(),
                "192.0.2.1/32".parse().unwrap(),
            ]),
            hours: Hours::Within {
                zone: "Europe/Berlin".to_owned(),
                from: 8 * 60,
                to: 18 * 60,
                days: 0b001_1111,
            },
            ..Conditions::default()
        };
        let bot = refs(&["refs/heads/bot/*", "refs/tags/*"], true, true);
        assert_eq!(
            condition_lines(&[office, bot]),
            [
                "Only from 10.0.0.0/8 or 192.0.2.1/32",
                "Only Mon–Fri 08:00–18:00 Europe/Berlin",
                "Writes only refs/heads/bot/* or refs/tags/*",
                "No force pushes",
                "No deletion of branches and tags",
            ]
        );
        let nowhere = Conditions {
            addresses: Allowed::Only(vec![]),
            ..Conditions::default()
        };
        assert_eq!(
            condition_lines(&[nowhere, refs(&[], false, false)]),
            ["Only from nowhere", "Writes no branch or tag"]
        );
        assert!(condition_lines(&[Conditions::default()]).is_empty());
    }

    #[test]
    fn a_rule_for_every_ref_names_no_branches_and_stands_once() {
        let forward = refs(&["refs/**"], true, false);
        let bot = refs(&["refs/heads/bot/*"], true, false);
        assert_eq!(
            condition_lines(std::slice::from_ref(&forward)),
            ["No force pushes"]
        );
        assert_eq!(
            condition_lines(&[forward, bot]),
            ["No force pushes", "Writes only refs/heads/bot/*"]
        );
    }

    #[test]
    fn hours_are_read_as_they_are_typed() {
        let read = Hours::read("Europe/Berlin mon-fri,sun 08:00-18:30").unwrap();
        let hours = Hours::Within {
            zone: "Europe/Berlin".into(),
            from: 480,
            to: 1110,
            days: 0b101_1111,
        };
        assert_eq!(read, hours);
        assert!(hours.is_valid());
        assert_eq!(hours.typed(), "Europe/Berlin mon-fri,sun 08:00-18:30");
        assert_eq!(days("SAT-mon"), Some(0b110_0001));
        for text in ["UTC sat-mon 22:00-06:00", "UTC wed 00:00-24:00"] {
            let read = Hours::read(text).unwrap();
            assert_eq!(Hours::read(&read.typed()), Ok(read), "{text}");
        }
        for bad in [
            "",
            "UTC mon",
            "UTC mon 8-9",
            "UTC foo 08:00-09:00",
            "UTC mon 25:00-26:00",
            "UTC mon 08:00-09:00 x",
        ] {
            assert!(Hours::read(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn days_are_said_in_spans() {
        for (bits, words) in [
            (0b111_1111, "Mon–Sun"),
            (0b000_0101, "Mon, Wed"),
            (0b110_0011, "Mon–Tue, Sat–Sun"),
        ] {
            assert_eq!(on(bits), words);
        }
    }
}
