//! One server per database, and what happens when the hold on it is lost.

use std::fs::File;
use std::path::Path;
use std::time::Duration;

use jeton_store::Claim;
use tokio::sync::watch;

use super::StartError;
use super::folder::take_database;
use crate::config::Database;

/// How long the first contact with the database may take.
const CONTACT: Duration = Duration::from_secs(5);

/// A database that is ours until this is dropped.
#[derive(Debug)]
pub(super) struct Hold {
    _file: Option<File>,
    _claim: Option<Claim>,
    lost: watch::Receiver<Option<String>>,
}

impl Hold {
    /// Takes the database. `folder` is the data folder, whose own lock guards what lies in it.
    pub(super) fn take(database: &Database, folder: &Path) -> Result<Self, StartError> {
        let (told, lost) = watch::channel(None);
        let (mut file, mut claim) = (None, None);
        match database {
            Database::Sqlite(path) => {
                let within = path.parent().and_then(|above| above.canonicalize().ok());
                if within.as_deref() != Some(folder) || path.is_symlink() {
                    file = Some(take_database(path)?);
                }
            }
            Database::Postgres(url) => {
                let lost = move |what| drop(told.send_replace(Some(what)));
                claim = Some(Claim::take(url, CONTACT, lost)?);
            }
        }
        Ok(Self {
            _file: file,
            _claim: claim,
            lost,
        })
    }

    /// Returns when the hold ends: with the cause where it was lost, with none where it was released.
    pub(super) fn ended(&self) -> impl Future<Output = Option<String>> + use<> {
        let mut lost = self.lost.clone();
        async move {
            // The error is that nobody can say so any more: released, or of the kind that can't be lost.
            let cause = lost.wait_for(Option::is_some).await.ok()?;
            cause.clone()
        }
    }
}
