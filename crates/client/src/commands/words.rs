//! Words on the command line that mean something: roles, names, lengths of time.

use std::str::FromStr;

use clap::ValueEnum;
use jeton_domain::{Span, Time};
use serde_json::{Map, Value, json};

use crate::edge;
use crate::error::ClientError;
use crate::session::Session;
use crate::values::text;

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
    /// What was made from other tokens
    Child,
    /// Tokens of jobs
    Job,
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
            Self::Child => "child",
            Self::Job => "job",
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

/// The help of an option for permissions, with the keys: nobody knows them by heart.
pub(crate) fn permission_help() -> String {
    let keys: Vec<_> = jeton_domain::catalogue()
        .map(|permission| permission.key)
        .collect();
    format!(
        "A permission, as KEY=LEVEL; KEY alone means read; may be repeated. Keys: {}",
        keys.join(", ")
    )
}

/// Levels by key, where any were named.
pub(crate) fn levels(words: Vec<PermissionWord>) -> Result<Option<Value>, ClientError> {
    let mut levels = Map::new();
    for PermissionWord { key, level } in words {
        let level = json!(level);
        match levels.get(&key) {
            Some(other) if *other != level => {
                let (other, level) = (text(other), text(&level));
                return Err(ClientError::usage(
                    format!("`{key}` is asked for twice: as {other} and as {level}"),
                    "name each permission once; write holds read",
                ));
            }
            _ => levels.insert(key, level),
        };
    }
    Ok((!levels.is_empty()).then_some(Value::Object(levels)))
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

/// A network as the server takes it; a single address is one of itself alone. The server says what is wrong with others.
pub(crate) fn network(text: &str) -> String {
    jeton_domain::network(text).map_or_else(|| text.to_owned(), |network| network.to_string())
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
}
