//! Names: of accounts, repositories, teams and tokens (`semantics` section 13). A name that exists
//! is a name that passed here: inside, the type is the proof.

use serde::Serialize;

/// What is wrong with a name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NameFault {
    /// Nothing there.
    #[error("is empty")]
    Empty,
    /// More than the limit, in characters.
    #[error("is longer than {0} characters")]
    TooLong(usize),
    /// A character outside the alphabet, look-alikes from other scripts included.
    #[error("holds `{}`, and only {} are allowed", .0.escape_default(), .1)]
    Character(char, &'static str),
    /// A leading, trailing or doubled hyphen in a login.
    #[error("may have only single hyphens, inside the name")]
    Hyphen,
    /// A leading `-` or `.`, which tools read as an option or a hidden file.
    #[error("may not begin with `-` or `.`")]
    Leading,
    /// An ending that Git or a door gives a meaning to.
    #[error("may not end in `{0}`")]
    Ending(&'static str),
    /// Nothing in it that an address can be made of.
    #[error("needs a letter from a to z or a digit, since its address is made of it")]
    Address,
    /// A word the server needs for itself.
    #[error("is reserved")]
    Reserved,
}

/// Words no account can be called, for ever. Append only: a word taken out could already be
/// somebody's address.
const RESERVED: &[&str] = &[
    ".well-known",
    "account",
    "admin",
    "all",
    "api",
    "applications",
    "apps",
    "archive",
    "assets",
    "docs",
    "enterprises",
    "explore",
    "ghost",
    "gist",
    "git",
    "graphql",
    "healthz",
    "help",
    "internal",
    "invitations",
    "jeton",
    "join",
    "login",
    "logout",
    "me",
    "metrics",
    "new",
    "nobody",
    "notifications",
    "npm",
    "oauth",
    "organizations",
    "orgs",
    "private",
    "public",
    "raw",
    "readyz",
    "root",
    "search",
    "security",
    "self",
    "sessions",
    "settings",
    "static",
    "system",
    "users",
    "www",
];

/// Whether no account may have the folded name `key`.
pub fn is_reserved(key: &str) -> bool {
    RESERVED.binary_search(&key).is_ok()
}

fn fold(name: &str) -> String {
    name.to_ascii_lowercase()
}

fn check_length(name: &str, limit: usize) -> Result<(), NameFault> {
    if name.is_empty() {
        Err(NameFault::Empty)
    } else if name.chars().nth(limit).is_some() {
        Err(NameFault::TooLong(limit))
    } else {
        Ok(())
    }
}

/// The name of a user, an organization or a service account: one name space.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(transparent)]
pub struct Login(String);

impl Login {
    /// Reads a new login: letters, digits and single inner hyphens, at most 39, not reserved.
    pub fn parse(name: &str) -> Result<Self, NameFault> {
        check_length(name, 39)?;
        if let Some(c) = name
            .chars()
            .find(|c| !c.is_ascii_alphanumeric() && *c != '-')
        {
            return Err(NameFault::Character(c, "letters, digits and hyphens"));
        }
        if name.starts_with('-') || name.ends_with('-') || name.contains("--") {
            return Err(NameFault::Hyphen);
        }
        if is_reserved(&fold(name)) {
            return Err(NameFault::Reserved);
        }
        Ok(Self(name.to_owned()))
    }

    /// As typed.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The form in which it is unique.
    pub fn key(&self) -> String {
        fold(&self.0)
    }
}

/// The name of a repository, unique per owner when folded.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(transparent)]
pub struct RepositoryName(String);

impl RepositoryName {
    /// Reads a name: `[A-Za-z0-9._-]{1,100}`, no leading `-` or `.`, no ending that means something.
    pub fn parse(name: &str) -> Result<Self, NameFault> {
        check_length(name, 100)?;
        if let Some(c) = name
            .chars()
            .find(|c| !c.is_ascii_alphanumeric() && !matches!(c, '.' | '_' | '-'))
        {
            return Err(NameFault::Character(c, "letters, digits, `.`, `_` and `-`"));
        }
        if name.starts_with(['-', '.']) {
            return Err(NameFault::Leading);
        }
        let key = fold(name);
        if let Some(ending) = [".git", ".wiki", ".lock", ".atom"]
            .into_iter()
            .find(|e| key.ends_with(e))
        {
            return Err(NameFault::Ending(ending));
        }
        Ok(Self(name.to_owned()))
    }

    /// As typed.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The form in which it is unique.
    pub fn key(&self) -> String {
        fold(&self.0)
    }
}

/// The name of a team; its slug is made from it.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(transparent)]
pub struct TeamName(String);

impl TeamName {
    /// Reads a name: at most 100 characters without control characters, with at least one letter or digit.
    pub fn parse(name: &str) -> Result<Self, NameFault> {
        let name = name.trim();
        check_length(name, 100)?;
        if let Some(c) = name
            .chars()
            .find(|c| crate::text::plain(&c.to_string()) != c.to_string())
        {
            return Err(NameFault::Character(c, "printable characters"));
        }
        let team = Self(name.to_owned());
        if team.slug().is_empty() {
            Err(NameFault::Address)
        } else {
            Ok(team)
        }
    }

    /// As typed.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Lower-case letters and digits, each run of anything else one hyphen: unique in its organization.
    pub fn slug(&self) -> String {
        let mut slug = String::new();
        for c in self.0.chars() {
            if c.is_ascii_alphanumeric() {
                slug.push(c.to_ascii_lowercase());
            } else if !slug.is_empty() && !slug.ends_with('-') {
                slug.push('-');
            }
        }
        slug.trim_end_matches('-').to_owned()
    }
}

/// The name of a token, unique per creator.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(transparent)]
pub struct TokenName(String);

impl TokenName {
    /// Reads a name: 1 to 40 characters that print.
    pub fn parse(name: &str) -> Result<Self, NameFault> {
        let name = name.trim();
        check_length(name, 40)?;
        if let Some(c) = name
            .chars()
            .find(|c| crate::text::plain(&c.to_string()) != c.to_string())
        {
            return Err(NameFault::Character(c, "printable characters"));
        }
        Ok(Self(name.to_owned()))
    }

    /// As typed.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The form in which it is unique.
    pub fn key(&self) -> String {
        self.0.to_lowercase()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_reserved_table_is_sorted_for_the_search() {
        assert!(RESERVED.is_sorted());
        assert!(is_reserved("api") && is_reserved("self") && !is_reserved("alta3"));
    }

    #[test]
    fn logins() {
        for good in ["a", "alta3", "A-b-C", &"x".repeat(39)] {
            assert!(Login::parse(good).is_ok(), "{good}");
        }
        for bad in [
            "",
            "-a",
            "a-",
            "a--b",
            "a_b",
            "a.b",
            "..",
            "a b",
            "аlta3",
            "ａ",
            "a\u{200d}b",
            "a%2Fb",
            "a/b",
            "API",
            "Ghost",
            "settings",
            &"x".repeat(40),
        ] {
            assert!(Login::parse(bad).is_err(), "{bad}");
        }
        assert_eq!(Login::parse("AlTa3").unwrap().key(), "alta3");
    }

    #[test]
    fn repository_names() {
        for good in [
            "a",
            "labs",
            "alta3-ansible",
            "a.b_c-d",
            "new",
            "api",
            &"x".repeat(100),
        ] {
            assert!(RepositoryName::parse(good).is_ok(), "{good}");
        }
        for bad in [
            "",
            ".",
            "..",
            "-rf",
            ".git",
            "x.git",
            "x.GIT",
            "x.wiki",
            "x.lock",
            "x.atom",
            "a/b",
            "a\\b",
            "a%2fb",
            "a b",
            "a\0",
            "ré",
            &"x".repeat(101),
        ] {
            assert!(RepositoryName::parse(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn teams_have_slugs() {
        assert_eq!(
            TeamName::parse(" Core  Infra! ").unwrap().slug(),
            "core-infra"
        );
        for nothing in ["漢字", "Разработка", "🔥", "--"] {
            assert_eq!(TeamName::parse(nothing).unwrap_err(), NameFault::Address);
        }
        assert_eq!(TeamName::parse(" ").unwrap_err(), NameFault::Empty);
        assert!(TeamName::parse("a\u{202e}b").is_err());
    }

    #[test]
    fn token_names() {
        assert!(TokenName::parse("enchilada-install-2026-11-21").is_ok());
        assert_eq!(TokenName::parse("   ").unwrap_err(), NameFault::Empty);
        assert_eq!(
            TokenName::parse(&"é".repeat(41)).unwrap_err(),
            NameFault::TooLong(40)
        );
        assert!(TokenName::parse(&"é".repeat(40)).is_ok());
        assert!(TokenName::parse("a\u{1b}[2J").is_err());
    }
}
