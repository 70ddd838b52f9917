//! Words on the command line that mean something: roles, names, lengths of time.

use std::net::IpAddr;
use std::str::FromStr;

use clap::ValueEnum;
use jeton_domain::{Span, Time};
use serde_json::{Value, json};

use crate::edge;
use crate::error::ClientError;
use crate::session::Session;

/// A role on a repository.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum RoleWord {
    /// See and clone
    Read,
    /// Read, and sort what others bring
    Triage,
    /// Push
    Write,
    /// Write, and care for the repository
    Maintain,
    /// Everything, access included
    Admin,
}

impl RoleWord {
    /// The word for people.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Read => "read",
            Self::Triage => "triage",
            Self::Write => "write",
            Self::Maintain => "maintain",
            Self::Admin => "admin",
        }
    }

    /// GitHub's word on the wire.
    pub(crate) const fn wire(self) -> &'static str {
        match self {
            Self::Read => "pull",
            Self::Triage => "triage",
            Self::Write => "push",
            Self::Maintain => "maintain",
            Self::Admin => "admin",
        }
    }
}

/// A place in an organization.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum OrganizationRoleWord {
    /// A member
    Member,
    /// An owner
    Owner,
}

impl OrganizationRoleWord {
    /// The word for people.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Member => "member",
            Self::Owner => "owner",
        }
    }

    /// The word in a sentence.
    pub(crate) const fn article(self) -> &'static str {
        match self {
            Self::Member => "a member",
            Self::Owner => "an owner",
        }
    }

    /// GitHub's word on the wire.
    pub(crate) const fn wire(self) -> &'static str {
        match self {
            Self::Member => "member",
            Self::Owner => "admin",
        }
    }
}

/// What an emergency ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum TargetWord {
    /// Fine-grained tokens
    FineGrained,
    /// Classic tokens
    Classic,
    /// Tokens of OAuth applications; the applications stay, and people let them in anew
    Application,
    /// Signed-in clients: `jeton`, credential helpers
    Client,
    /// Browsers that are signed in
    Session,
}

impl TargetWord {
    /// The word on the wire.
    pub(crate) const fn wire(self) -> &'static str {
        match self {
            Self::FineGrained => "fine_grained",
            Self::Classic => "classic",
            Self::Application => "oauth_user",
            Self::Client => "client",
            Self::Session => "session",
        }
    }
}

/// What every member has on every repository.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum BaseWord {
    /// Nothing
    None,
    /// Read
    Read,
    /// Write
    Write,
    /// Administer
    Admin,
}

impl BaseWord {
    /// The word on the wire.
    pub(crate) const fn wire(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Read => "read",
            Self::Write => "write",
            Self::Admin => "admin",
        }
    }
}

/// Who sees a repository.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum VisibilityWord {
    /// Those with a role on it
    Private,
    /// Every account of this server
    Internal,
    /// Everybody
    Public,
}

impl VisibilityWord {
    /// The word on the wire.
    pub(crate) const fn wire(self) -> &'static str {
        match self {
            Self::Private => "private",
            Self::Internal => "internal",
            Self::Public => "public",
        }
    }
}

/// `OWNER/NAME`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FullName {
    pub(crate) owner: String,
    pub(crate) name: String,
}

impl FromStr for FullName {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text.split_once('/') {
            Some((owner, name)) if !owner.is_empty() && !name.is_empty() && !name.contains('/') => {
                Ok(Self {
                    owner: owner.to_owned(),
                    name: name.to_owned(),
                })
            }
            _ => Err("a repository is named OWNER/NAME"),
        }
    }
}

impl std::fmt::Display for FullName {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}/{}", self.owner, self.name)
    }
}

/// `OWNER/NAME`, or `NAME` where it is clear whose.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RepositoryName {
    pub(crate) owner: Option<String>,
    pub(crate) name: String,
}

impl RepositoryName {
    /// With its owner.
    pub(crate) fn of(self, owner: &str) -> FullName {
        FullName {
            owner: self.owner.unwrap_or_else(|| owner.to_owned()),
            name: self.name,
        }
    }

    /// With its owner, who is the person at the command line where none is named.
    pub(crate) fn full(self, session: &mut Session<'_>) -> Result<FullName, ClientError> {
        match self.owner {
            Some(owner) => Ok(FullName {
                owner,
                name: self.name,
            }),
            None => Ok(self.of(&session.login()?)),
        }
    }
}

impl FromStr for RepositoryName {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        if !text.contains('/') && !text.is_empty() {
            return Ok(Self {
                owner: None,
                name: text.to_owned(),
            });
        }
        text.parse().map(|FullName { owner, name }| Self {
            owner: Some(owner),
            name,
        })
    }
}

/// `KEY=LEVEL`; `KEY` alone means read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PermissionWord {
    pub(crate) key: String,
    pub(crate) level: String,
}

impl FromStr for PermissionWord {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let (key, level) = text.split_once(['=', ':']).unwrap_or((text, "read"));
        if key.is_empty() || level.is_empty() {
            return Err("a permission is written KEY=LEVEL, as in contents=read");
        }
        Ok(Self {
            key: key.to_owned(),
            level: level.trim().to_owned(),
        })
    }
}

/// `30m`, `24h`, `7d`, or seconds.
pub(crate) fn length(text: &str) -> Result<Span, &'static str> {
    let digits = text.trim_end_matches(|c: char| c.is_ascii_alphabetic());
    let number: u32 = digits
        .parse()
        .map_err(|_| "a length of time is written 30m, 24h or 7d")?;
    match text.get(digits.len()..).unwrap_or_default() {
        "" | "s" => Ok(Span::from_seconds(i64::from(number))),
        "m" => Ok(Span::from_minutes(i64::from(number))),
        "h" => Ok(Span::from_hours(i64::from(number))),
        "d" => Ok(Span::from_days(number)),
        _ => Err("a length of time is written 30m, 24h or 7d"),
    }
}

/// A number of things to show: none is a slip of typing.
pub(crate) fn at_least_one(text: &str) -> Result<usize, &'static str> {
    match text.parse() {
        Ok(number) if number > 0 => Ok(number),
        _ => Err("a number from 1 on"),
    }
}

/// A network as the server takes it; a single address is one of itself alone.
pub(crate) fn network(text: &str) -> String {
    match text.parse() {
        Ok(IpAddr::V4(address)) => format!("{address}/32"),
        Ok(IpAddr::V6(address)) => format!("{address}/128"),
        Err(_) => text.to_owned(),
    }
}

/// A moment, or a length of time before now.
pub(crate) fn moment(text: &str) -> Result<String, &'static str> {
    if let Ok(span) = length(text) {
        return Ok(edge::now().before(span).iso());
    }
    Time::parse_iso(text)
        .map(Time::iso)
        .ok_or("a moment is written 2026-11-21, 2026-11-21T08:00:00Z, or 24h for so long ago")
}

/// How long a secret lives, in the fields of a request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct ExpiresWord(pub(crate) &'static str, pub(crate) Value);

impl FromStr for ExpiresWord {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        if text == "none" {
            return Ok(Self("expires_in", json!("none")));
        }
        if let Ok(days) = text.strip_suffix('d').unwrap_or(text).parse::<u32>() {
            // More can be had as a date, where the owner allows it: a slip of typing can't.
            if !(1..=366).contains(&days) {
                return Err(
                    "days are 1 to 366; for longer name the date, like 2028-11-21, or none",
                );
            }
            return Ok(Self("expires_in", json!(days)));
        }
        match Time::parse_iso(text) {
            Some(_) => Ok(Self("expires_at", json!(text))),
            None => Err("an expiry is a number of days, a date like 2026-11-21, or none"),
        }
    }
}

const DAYS: [&str; 7] = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"];

/// `ZONE DAYS FROM-TO`, as in `Europe/Berlin mon-fri 08:00-18:00`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct HoursWord(pub(crate) Value);

impl FromStr for HoursWord {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        const FORM: &str = "hours are written 'Europe/Berlin mon-fri 08:00-18:00'";
        let mut words = text.split_whitespace();
        let (Some(zone), Some(on), Some(times), None) =
            (words.next(), words.next(), words.next(), words.next())
        else {
            return Err(FORM);
        };
        let (from, to) = times.split_once('-').ok_or(FORM)?;
        let (from, to) = (minute(from).ok_or(FORM)?, minute(to).ok_or(FORM)?);
        let days = days(on).ok_or(FORM)?;
        Ok(Self(
            json!({ "within": { "zone": zone, "from": from, "to": to, "days": days } }),
        ))
    }
}

/// `mon-fri,sun` as bits; Monday is bit 0. A span may run over the week's end.
fn days(text: &str) -> Option<u8> {
    let day = |word: &str| {
        DAYS.iter()
            .position(|name| *name == word.to_ascii_lowercase())
    };
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

    #[test]
    fn repositories_are_named_by_owner_and_name() {
        let full: FullName = "alta3/labs".parse().unwrap();
        assert_eq!((full.owner.as_str(), full.name.as_str()), ("alta3", "labs"));
        for bad in ["labs", "/labs", "alta3/", "a/b/c", ""] {
            assert!(bad.parse::<FullName>().is_err(), "{bad}");
        }
        assert_eq!("labs".parse::<RepositoryName>().unwrap().owner, None);
        assert!("".parse::<RepositoryName>().is_err());
    }

    #[test]
    fn a_single_address_is_a_network_of_itself() {
        for (typed, sent) in [
            ("127.0.0.1", "127.0.0.1/32"),
            ("::1", "::1/128"),
            ("10.0.0.0/8", "10.0.0.0/8"),
            ("nonsense", "nonsense"),
        ] {
            assert_eq!(network(typed), sent);
        }
    }

    #[test]
    fn a_permission_alone_is_read() {
        for (text, key, level) in [
            ("contents", "contents", "read"),
            ("contents=write", "contents", "write"),
            ("members: read", "members", "read"),
        ] {
            let word: PermissionWord = text.parse().unwrap();
            assert_eq!((word.key.as_str(), word.level.as_str()), (key, level));
        }
        assert!("=read".parse::<PermissionWord>().is_err());
    }

    #[test]
    fn lengths_and_expiries() {
        assert_eq!(length("24h").unwrap(), Span::from_days(1));
        assert_eq!(length("0").unwrap(), Span::ZERO);
        assert_eq!(length("90").unwrap().seconds(), 90);
        for bad in ["", "h", "-1h", "1w", "1.5h"] {
            assert!(length(bad).is_err(), "{bad}");
        }
        assert_eq!("90".parse(), Ok(ExpiresWord("expires_in", json!(90))));
        assert_eq!("90d".parse(), Ok(ExpiresWord("expires_in", json!(90))));
        assert_eq!("none".parse(), Ok(ExpiresWord("expires_in", json!("none"))));
        assert_eq!(
            "2027-01-31".parse(),
            Ok(ExpiresWord("expires_at", json!("2027-01-31")))
        );
        for bad in ["soon", "0", "367", "1000d", "-1"] {
            assert!(bad.parse::<ExpiresWord>().is_err(), "{bad}");
        }
    }

    #[test]
    fn hours_are_what_the_domain_reads() {
        let word: HoursWord = "Europe/Berlin mon-fri,sun 08:00-18:30".parse().unwrap();
        let hours: jeton_domain::Hours = serde_json::from_value(word.0).unwrap();
        assert_eq!(
            hours,
            jeton_domain::Hours::Within {
                zone: "Europe/Berlin".into(),
                from: 480,
                to: 1110,
                days: 0b101_1111
            }
        );
        assert!(hours.is_valid());
        assert_eq!(days("sat-mon"), Some(0b110_0001));
        for bad in [
            "",
            "UTC mon",
            "UTC mon 8-9",
            "UTC foo 08:00-09:00",
            "UTC mon 25:00-26:00",
            "UTC mon 08:00-09:00 x",
        ] {
            assert!(bad.parse::<HoursWord>().is_err(), "{bad}");
        }
    }
}
