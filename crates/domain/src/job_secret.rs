//! Secrets that jobs are given: their names, and for which repositories those of an organization are.

/// Bytes of a value: 48 KB, as at GitHub.
pub const LONGEST_JOB_SECRET: usize = 48 * 1024;

/// Characters of a name.
const LONGEST_NAME: usize = 255;

/// Beginnings that stand for what a server or a job sets by itself.
const TAKEN: [&str; 2] = ["GITHUB_", "JETON_"];

/// What is wrong with a name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum JobSecretNameFault {
    /// Nothing there.
    #[error("is empty")]
    Empty,
    /// More than the limit.
    #[error("is longer than {LONGEST_NAME} characters")]
    TooLong,
    /// A character that no variable of a shell has.
    #[error("holds `{}`, and only letters from a to z, digits and `_` are allowed", .0.escape_default())]
    Character(char),
    /// A digit in front.
    #[error("may not begin with a digit")]
    Digit,
    /// A beginning that is taken.
    #[error("may not begin with `{0}`, as what jobs are given anyway does")]
    Taken(&'static str),
}

/// The name of a secret: a variable's name in capitals, however it was typed.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct JobSecretName(String);

impl JobSecretName {
    /// Reads a name, and writes it in capitals.
    pub fn parse(typed: &str) -> Result<Self, JobSecretNameFault> {
        if typed.is_empty() {
            return Err(JobSecretNameFault::Empty);
        }
        let odd = |c: &char| !c.is_ascii_alphanumeric() && *c != '_';
        if let Some(character) = typed.chars().find(odd) {
            return Err(JobSecretNameFault::Character(character));
        }
        if typed.len() > LONGEST_NAME {
            return Err(JobSecretNameFault::TooLong);
        }
        if typed.starts_with(|c: char| c.is_ascii_digit()) {
            return Err(JobSecretNameFault::Digit);
        }
        let name = typed.to_ascii_uppercase();
        match TAKEN.into_iter().find(|taken| name.starts_with(taken)) {
            Some(taken) => Err(JobSecretNameFault::Taken(taken)),
            None => Ok(Self(name)),
        }
    }

    /// In capitals.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// For which of its repositories a secret of an organization is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum JobSecretVisibility {
    /// Every one.
    All,
    /// Those that not everybody sees: private and internal ones.
    Private,
    /// Those that were chosen.
    Selected,
}

impl JobSecretVisibility {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::All, Self::Private, Self::Selected];

    /// The stored word, and GitHub's.
    pub const fn name(self) -> &'static str {
        match self {
            Self::All => "all",
            Self::Private => "private",
            Self::Selected => "selected",
        }
    }

    /// Reads the word.
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|this| this.name() == word)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_a_variable_in_capitals() {
        for (typed, name) in [
            ("deploy_key", "DEPLOY_KEY"),
            ("_x9", "_X9"),
            ("GITHUB", "GITHUB"),
        ] {
            let read = JobSecretName::parse(typed).map(|name| name.as_str().to_owned());
            assert_eq!(read.as_deref(), Ok(name));
        }
        let most = "a".repeat(LONGEST_NAME);
        assert!(JobSecretName::parse(&most).is_ok());
    }

    #[test]
    fn hostile_names_are_refused() {
        use JobSecretNameFault as Fault;
        let long = "a".repeat(LONGEST_NAME + 1);
        for (typed, fault) in [
            ("", Fault::Empty),
            ("A-B", Fault::Character('-')),
            ("A B", Fault::Character(' ')),
            ("A\nB", Fault::Character('\n')),
            ("A=B", Fault::Character('=')),
            ("A\0", Fault::Character('\0')),
            ("ÄB", Fault::Character('Ä')),
            ("\u{430}", Fault::Character('\u{430}')),
            ("9LIVES", Fault::Digit),
            ("GITHUB_TOKEN", Fault::Taken("GITHUB_")),
            ("github_x", Fault::Taken("GITHUB_")),
            ("Jeton_job", Fault::Taken("JETON_")),
            (&long, Fault::TooLong),
        ] {
            assert_eq!(JobSecretName::parse(typed), Err(fault), "{typed:?}");
        }
    }
}
