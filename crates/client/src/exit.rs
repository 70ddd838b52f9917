//! The exit codes of every command: one per kind of error, stable, the same for client and server.

/// How a command ended. Append only: scripts go by the numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum Exit {
    /// Anything that has no code of its own.
    Other = 1,
    /// The command line, a variable or the configuration.
    Usage = 2,
    /// No sign-in, or one that does not live.
    NotSignedIn = 3,
    /// Refused.
    Forbidden = 4,
    /// Not there, or not visible.
    NotFound = 5,
    /// A value that the server does not take.
    Invalid = 6,
    /// It does not go together with what is there.
    Conflict = 7,
    /// Later, perhaps.
    Unavailable = 8,
    /// The server could not be asked.
    Network = 9,
    /// What the server needs can't be used.
    CannotStart = 10,
    /// Another server is there already.
    InUse = 11,
    /// A command that was to be run here can't be executed. As shells say it.
    NotExecutable = 126,
    /// There is no such command. As shells say it.
    NoSuchCommand = 127,
}

impl Exit {
    /// All but success, which is 0.
    pub const ALL: [Self; 13] = [
        Self::Other,
        Self::Usage,
        Self::NotSignedIn,
        Self::Forbidden,
        Self::NotFound,
        Self::Invalid,
        Self::Conflict,
        Self::Unavailable,
        Self::Network,
        Self::CannotStart,
        Self::InUse,
        Self::NotExecutable,
        Self::NoSuchCommand,
    ];

    /// The number.
    pub const fn code(self) -> u8 {
        self as u8
    }

    /// The stable word that stands for it in JSON.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Other => "other",
            Self::Usage => "usage",
            Self::NotSignedIn => "not_signed_in",
            Self::Forbidden => "forbidden",
            Self::NotFound => "not_found",
            Self::Invalid => "invalid",
            Self::Conflict => "conflict",
            Self::Unavailable => "unavailable",
            Self::Network => "network",
            Self::CannotStart => "cannot_start",
            Self::InUse => "in_use",
            Self::NotExecutable => "not_executable",
            Self::NoSuchCommand => "no_such_command",
        }
    }

    /// What it means, for the reference.
    pub const fn sentence(self) -> &'static str {
        match self {
            Self::Other => "Anything else: a file, the output, a fault inside the server.",
            Self::Usage => {
                "The command line, a variable, or the server's configuration can't be taken."
            }
            Self::NotSignedIn => "Not signed in, or the credential does not live any more (401).",
            Self::Forbidden => "Refused (403).",
            Self::NotFound => "Not there, or not visible to you (404).",
            Self::Invalid => "A value that the server does not take (400, 422).",
            Self::Conflict => {
                "It does not go together with what is there (409), or what was to be changed is called otherwise by now."
            }
            Self::Unavailable => {
                "Too often, or unavailable: worth another try later (429, 503); also a server that lost its \
                 database, can't reach it at its start, or has no space for it."
            }
            Self::Network => "The server could not be asked.",
            Self::CannotStart => {
                "The server can't start: its folder, database, keys, certificate, git or address can't be used."
            }
            Self::InUse => {
                "The server can't start: another one runs on the same folder, database or address."
            }
            Self::NotExecutable => "The command that was to run as a job can't be executed.",
            Self::NoSuchCommand => "The command that was to run as a job is not there.",
        }
    }

    /// The kind of a refusal, by its status.
    pub const fn of_status(status: u16) -> Self {
        match status {
            401 => Self::NotSignedIn,
            403 => Self::Forbidden,
            404 => Self::NotFound,
            400 | 422 => Self::Invalid,
            409 => Self::Conflict,
            429 | 503 => Self::Unavailable,
            _ => Self::Other,
        }
    }
}

/// The exit code of a command that a signal ended, as shells give it.
pub(crate) fn of_signal(signal: i32) -> u8 {
    u8::try_from(signal).map_or(u8::MAX, |signal| 128_u8.saturating_add(signal))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_and_words_are_each_one_s_own() {
        let codes: Vec<u8> = Exit::ALL.into_iter().map(Exit::code).collect();
        assert_eq!(codes, (1..=11).chain([126, 127]).collect::<Vec<u8>>());
        for exit in Exit::ALL {
            assert!(
                Exit::ALL
                    .iter()
                    .all(|other| *other == exit || other.name() != exit.name())
            );
            assert!(exit.sentence().ends_with('.'));
        }
    }
}
