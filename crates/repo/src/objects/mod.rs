//! Reading what a repository holds: single objects in-process, walks and comparisons by git.
//!
//! Whatever a client names is looked up by [`Objects::named`] or [`Objects::find`], which know what is
//! hidden; what these lead to is read by its id.

mod changes;
mod hidden;
mod history;
mod make;
mod modules;
mod names;
mod path;
mod read;
mod recent;

pub use changes::{Change, ChangeKind, Changes, MOST_CHANGES};
pub use history::{Distance, HistoryFilter};
pub use make::{NewObject, Put};
pub use modules::submodule_url;
pub use path::{PathFault, TreePath};
pub(crate) use recent::Recent;

pub use read::{Commit, Entry, Listing, Mode, ObjectKind, Signature, Stored, Tag};

use std::cell::OnceCell;

use gix::odb::Handle;
use gix::odb::store::init::{Options, Slots};

use crate::open::Readable;
use crate::questions::{AskError, Questions};
use crate::refs::RefsError;
use crate::{Oid, OpenError};

/// Why something could not be read.
#[derive(Debug, thiserror::Error)]
pub enum ObjectsError {
    /// Something that is there names an object that is not.
    #[error("object {0} is missing")]
    Missing(Oid),
    /// It is no object of the kind that is needed.
    #[error("object {0} is no {1}")]
    OtherKind(Oid, &'static str),
    /// It is larger than is read into memory.
    #[error("object {id} has {bytes} bytes")]
    TooLarge {
        /// The object.
        id: Oid,
        /// Its size.
        bytes: u64,
    },
    /// It can't be read.
    #[error("object {id}: {what}")]
    Broken {
        /// The object.
        id: Oid,
        /// Why.
        what: String,
    },
    /// The store itself can't be opened or searched.
    #[error("the objects can't be searched: {0}")]
    Store(String),
    /// Two commits have no history in common.
    #[error("the two have no history in common")]
    Unrelated,
    /// The references.
    #[error(transparent)]
    Refs(#[from] RefsError),
    /// The repository is not one of ours.
    #[error(transparent)]
    Repository(#[from] OpenError),
    /// Git could not answer.
    #[error(transparent)]
    Git(#[from] AskError),
}

/// Places for packs: as many again as there are, for those that are pushed meanwhile. Each costs a request some ten
/// microseconds, and the library makes 32 at least where it is not told.
const SLOTS: Slots = Slots::AsNeededByDiskState {
    multiplier: 2.0,
    minimum: 6,
};

/// The objects of one repository, for one request. Everything about it may block.
pub struct Objects<'q> {
    questions: &'q Questions,
    repository: Readable,
    /// What memory does not hold is looked for here.
    opened: OnceCell<Handle>,
}

impl std::fmt::Debug for Objects<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Objects")
            .field("repository", &self.repository)
            .finish_non_exhaustive()
    }
}

impl Questions {
    /// What a repository holds. Reads nothing yet: what memory has too little for is looked for in a repository that was
    /// [vetted](Readable::vet) first.
    pub fn objects(&self, repository: &Readable) -> Objects<'_> {
        Objects {
            questions: self,
            repository: repository.clone(),
            opened: OnceCell::new(),
        }
    }
}

impl Objects<'_> {
    /// The repository.
    pub fn repository(&self) -> &Readable {
        &self.repository
    }

    /// Objects on the disk, opened where they are first needed.
    fn store(&self) -> Result<&Handle, ObjectsError> {
        if let Some(opened) = self.opened.get() {
            return Ok(opened);
        }
        self.repository.vet()?;
        let options = Options {
            slots: SLOTS,
            ..Options::default()
        };
        let folder = self.repository.path("objects");
        let handle = gix::odb::at_opts(folder, gix::hash::Kind::Sha1, None, options)
            .map_err(|error| ObjectsError::Store(error.to_string()))?;
        Ok(self.opened.get_or_init(|| handle))
    }
}
