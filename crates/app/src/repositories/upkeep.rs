//! Rows and folders brought together again after a crash between the two.

use std::collections::HashSet;

use jeton_repo::{LayoutError, Place, Shard};
use jeton_store::repositories;

use crate::app::App;
use crate::error::AppError;

/// What the sweep at start found.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Swept {
    /// Rows whose folder was missing and was made anew, empty.
    pub made: usize,
    /// Folders without a row, put into the trash.
    pub discarded: usize,
}

impl App {
    /// Brings rows and folders together: called at start, before any door is open.
    pub fn housekeep_start(&self) -> Result<Swept, AppError> {
        let wanted: HashSet<Place> = self
            .store
            .read(repositories::places)?
            .into_iter()
            .map(|(shard, id)| Place {
                shard: Shard(shard),
                id,
            })
            .collect();
        let mut swept = Swept::default();
        let data = |error: LayoutError| AppError::Data(error.to_string());
        let found = self.data.places().map_err(data)?;
        for place in &found {
            if !wanted.contains(place) {
                tracing::warn!(
                    repository = place.id.get(),
                    "a folder without a repository goes into the trash"
                );
                self.data.delete(*place).map_err(data)?;
                swept.discarded += 1;
            }
        }
        let found: HashSet<Place> = found.into_iter().collect();
        for place in wanted.difference(&found) {
            tracing::error!(
                repository = place.id.get(),
                "a repository's folder was missing and is made anew, empty"
            );
            self.data.create(&self.git, *place).map_err(data)?;
            swept.made += 1;
        }
        Ok(swept)
    }
}
