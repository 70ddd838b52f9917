//! What the server's own upkeep does to a repository, without anybody's permit.

use crate::Oid;
use crate::layout::{Data, Place};
use crate::open::{OpenError, Readable};
use crate::refs::RefsError;

/// A repository as the server's own upkeep sees it: what its references point to and how large it is,
/// never what it holds. For open intents of the log, quotas and figures; no door has a use for it.
#[derive(Clone, Debug)]
pub struct Upkeep(Readable);

impl Data {
    /// Looks at a repository on the server's own account.
    pub fn upkeep(&self, place: Place) -> Result<Upkeep, OpenError> {
        self.open(place).map(Upkeep)
    }
}

impl Upkeep {
    /// What a reference points to; `None` when there is no such reference. Blocking.
    pub fn tip(&self, name: &str) -> Result<Option<Oid>, RefsError> {
        self.0.tip(name)
    }

    /// Bytes on disk. Blocking; walks the whole folder.
    pub fn size_on_disk(&self) -> std::io::Result<u64> {
        self.0.size_on_disk()
    }

    pub(crate) fn readable(&self) -> &Readable {
        &self.0
    }
}
