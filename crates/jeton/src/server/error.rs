//! Why a server did not start.

use std::io;
use std::path::PathBuf;

use jeton_app::AppError;
use jeton_http::BadTables;
use jeton_store::{OpenError, StoreError};

use super::folder::FolderError;
use super::keys::KeysError;
use super::tls::TlsError;

/// Why the server did not start. Each text says what to do.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The data folder.
    #[error(transparent)]
    Folder(#[from] FolderError),
    /// The repositories' folders.
    #[error(transparent)]
    Layout(#[from] jeton_repo::LayoutError),
    /// The system's git.
    #[error(transparent)]
    Git(#[from] jeton_repo::GitError),
    /// The git that a setting names.
    #[error("`git.path`: {0}")]
    NamedGit(#[source] jeton_repo::GitError),
    /// The database.
    #[error(transparent)]
    Open(#[from] OpenError),
    /// The database, after it was opened.
    #[error("the database: {0}")]
    Store(#[from] StoreError),
    /// A database from which nothing was ever served, beside repositories that somebody has.
    #[error(
        "the data folder `{0}` holds repositories, and the database knows none: is `database` right, or was the database \
         not put back? A start would take the repositories for leftovers and delete them; begin anew in an empty data folder"
    )]
    ForeignDatabase(PathBuf),
    /// A database whose repositories are all elsewhere.
    #[error(
        "the database knows {}, and {} in `{place}`: is the right disk mounted there, was `repos` put back? A start would \
         make them anew, empty, and pushes would go there; if they are really lost, `jeton serve \
         --accept-lost-repositories` goes on without what they held", counted(*known), not_there(*known)
    )]
    LostRepositories {
        /// How many there should be.
        known: usize,
        /// Where they were looked for.
        place: PathBuf,
    },
    /// The root keys.
    #[error(transparent)]
    Keys(#[from] KeysError),
    /// The certificate.
    #[error("TLS: {0}")]
    Tls(#[from] TlsError),
    /// The name of this server in the database is none.
    #[error("the database holds something unreadable: the name of this server, `{0}`")]
    Instance(String),
    /// A listener.
    #[error("`{place}` (`listen`) can't be listened on: {source}")]
    Listen {
        /// Where.
        place: String,
        /// Why.
        source: io::Error,
    },
    /// The hooks.
    #[error(transparent)]
    Hooks(#[from] jeton_repo::hook::HookError),
    /// The runner of git.
    #[error(transparent)]
    Runner(#[from] jeton_repo::StartError),
    /// A defect of this program.
    #[error(transparent)]
    Tables(#[from] BadTables),
    /// The authorities that issuers of workloads' tokens are believed by.
    #[error("`workload.ca_file`: {0}")]
    Workload(#[source] jeton_out::webhook::BadAuthorities),
    /// The authorities that webhooks' receivers are believed by.
    #[error("`webhooks.ca_file`: {0}")]
    Webhooks(#[from] jeton_out::webhook::BadAuthorities),
    /// What has to be done before the first request.
    #[error("{0}")]
    App(#[from] AppError),
    /// The outside provider as the settings describe it.
    #[error("`oidc.{setting}`: {message}")]
    Oidc {
        /// The setting, without its section.
        setting: &'static str,
        /// What is wrong.
        message: String,
    },
    /// A task broke.
    #[error("starting was interrupted: {0}")]
    Task(#[from] tokio::task::JoinError),
    /// The server ran, and had to stop.
    #[error(
        "the hold on the database was lost, so another server could take it: {0}; this one has stopped answering, start it \
         again when the database is back"
    )]
    Lost(String),
}

fn counted(repositories: usize) -> String {
    match repositories {
        1 => "one repository".to_owned(),
        many => format!("{many} repositories"),
    }
}

const fn not_there(repositories: usize) -> &'static str {
    if repositories == 1 {
        "its folder is not"
    } else {
        "the folder of none of them is"
    }
}
