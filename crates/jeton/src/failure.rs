//! Which kind of error ends a command of the server's side: one place for its exit codes.

use std::io::ErrorKind;

use jeton_client::{Exit, Failure};
use jeton_store::OpenError;

use crate::admin::AdminError;
use crate::config::ConfigError;
use crate::server::{FolderError, StartError};

impl From<ConfigError> for Failure {
    fn from(error: ConfigError) -> Self {
        Self::new(Exit::Usage, error.to_string())
    }
}

impl From<StartError> for Failure {
    fn from(error: StartError) -> Self {
        let failure = Self::new(exit(&error), error.to_string());
        match error {
            StartError::Folder(FolderError::Foreign { owner, .. }) => {
                let user = crate::typed::user(owner);
                let command = crate::edge::command();
                failure.hint(format!("sudo -u {user}{command}"))
            }
            _ => failure,
        }
    }
}

impl From<AdminError> for Failure {
    fn from(error: AdminError) -> Self {
        let message = error.to_string();
        match error {
            AdminError::Start(error) => error.into(),
            AdminError::Refused { status, .. } => {
                Self::new(Exit::of_status(status), message).status(status)
            }
            AdminError::Socket(_) | AdminError::NotRunning { .. } => {
                Self::new(Exit::Network, message)
            }
            AdminError::Keys(_) | AdminError::Tls(_) => Self::new(Exit::CannotStart, message),
            AdminError::KeysByValue | AdminError::Different | AdminError::Host { .. } => {
                Self::new(Exit::Usage, message)
            }
            AdminError::Terminal(error) => Self::output(&error, message),
        }
    }
}

fn exit(error: &StartError) -> Exit {
    match error {
        StartError::Folder(FolderError::InUse { .. } | FolderError::DatabaseInUse { .. })
        | StartError::Open(OpenError::Claimed { .. } | OpenError::Locked { .. }) => Exit::InUse,
        StartError::Listen { source, .. } if source.kind() == ErrorKind::AddrInUse => Exit::InUse,
        StartError::Open(
            OpenError::Url { .. } | OpenError::Encryption { .. } | OpenError::Authorities { .. },
        ) => Exit::Usage,
        // What may mend itself: a service manager tries again.
        StartError::Lost(_) | StartError::Open(OpenError::Away { .. } | OpenError::Full { .. }) => {
            Exit::Unavailable
        }
        StartError::Tables(_) | StartError::Task(_) => Exit::Other,
        _ => Exit::CannotStart,
    }
}
