//! Rows and folders brought together again after a crash between the two.

use std::collections::{HashMap, HashSet};
use std::time::Duration;

use jeton_domain::RepositoryId;
use jeton_repo::Place;
use jeton_store::{push_intents, repositories};

use crate::app::App;
use crate::error::AppError;

/// How long a start waits for pushes that a killed server had begun. Git goes at the signal that tells
/// it of the server's end; longer than this takes only what changes no reference any more.
const PATIENCE: Duration = Duration::from_secs(10);

/// What the sweep at start found.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Swept {
    /// Rows whose folder was missing and was made anew, empty.
    pub made: usize,
    /// Folders of deleted repositories, and of those that did not come to be, put into the trash.
    pub discarded: usize,
    /// Folders that hold something and of which the database knows nothing, set aside.
    pub set_aside: usize,
    /// Locks and half received objects, removed.
    pub removed: usize,
    /// HEADs that named another branch than their row.
    pub turned: usize,
}

impl App {
    /// Brings rows and folders together, and knows GitHub's own clients: called at start, before any door is open. Whether so many folders are missing
    /// that they are elsewhere is asked before ([`jeton_store::repositories::places`], [`jeton_repo::Data::places`]).
    pub fn housekeep_start(&self) -> Result<Swept, AppError> {
        crate::oauth::ensure_known(self)?;
        let alone = data(self.data.outlive_pushes(PATIENCE))?;
        let wanted: HashMap<Place, String> = self
            .store
            .read(repositories::places)?
            .into_iter()
            .map(|kept| (Place::new(kept.shard, kept.id), kept.default_branch))
            .collect();
        let mut swept = self.match_folders(&wanted)?;
        if alone {
            self.clear(&wanted, &mut swept)?;
        } else {
            tracing::error!(
                "a push that an earlier server began still runs; its locks are left alone"
            );
        }
        Ok(swept)
    }

    fn match_folders(&self, wanted: &HashMap<Place, String>) -> Result<Swept, AppError> {
        let mut swept = Swept::default();
        let found = data(self.data.places())?;
        for place in &found {
            if wanted.contains_key(place) {
                continue;
            }
            let known = self
                .store
                .read(|unit| repositories::is_known(unit, place.id))?;
            // What was made after the backup that this database is holds people's work.
            if !known && self.data.holds_work(*place) {
                let path = data(self.data.set_aside(*place))?;
                tracing::error!(
                    repository = place.id.get(),
                    path = %path.display(),
                    "the database knows nothing of a repository that holds commits; it is set aside"
                );
                swept.set_aside += 1;
            } else {
                tracing::warn!(
                    repository = place.id.get(),
                    "a folder without a repository goes into the trash"
                );
                data(self.data.delete(*place))?;
                swept.discarded += 1;
            }
        }
        let found: HashSet<Place> = found.into_iter().collect();
        for place in wanted.keys().filter(|place| !found.contains(place)) {
            let row = self
                .store
                .read(|unit| repositories::by_id(unit, place.id))?;
            let name = row.map(|row| format!("{}/{}", row.owner_login, row.name));
            tracing::error!(
                name = name.unwrap_or_default(),
                repository = place.id.get(),
                "a repository's folder was missing and is made anew, empty"
            );
            data(self.data.create(&self.git, *place))?;
            swept.made += 1;
        }
        Ok(swept)
    }

    /// Removes what killed pushes left, and brings each HEAD to what its row says.
    fn clear(&self, wanted: &HashMap<Place, String>, swept: &mut Swept) -> Result<(), AppError> {
        // A push has references changed, and so locked, only while its intents are open.
        let changing: HashSet<RepositoryId> = self
            .store
            .read(push_intents::open)?
            .into_iter()
            .map(|(_, intent)| intent.repository)
            .collect();
        for (place, branch) in wanted {
            let changing = changing.contains(&place.id);
            let removed = data(self.data.clear_remains(*place, changing))?;
            let upkeep = data(self.data.upkeep(*place))?;
            let turned = data(upkeep.settle_head(&format!("refs/heads/{branch}")))?;
            if removed > 0 || turned {
                tracing::info!(
                    repository = place.id.get(),
                    removed,
                    turned,
                    "brought in order what a crash left"
                );
            }
            swept.removed += removed;
            swept.turned += usize::from(turned);
        }
        Ok(())
    }
}

fn data<T>(done: Result<T, impl std::fmt::Display>) -> Result<T, AppError> {
    done.map_err(|error| AppError::Data(error.to_string()))
}
