//! What repositories hold, read outside Git's own protocol: files, folders, commits, references.
//!
//! Each look is a function of a [`Reading`], so that a request and `explain` ask the very same. It is made
//! outside a unit of the database: walks may take seconds, and what was permitted when it began goes on.

mod branches;
mod commits;
mod database;
mod edit;
mod files;
mod make;
mod refs;
mod rename;
mod size;
mod stream;
mod write;

use jeton_decide::Permit;
use jeton_repo::{AskError, Objects, ObjectsError, Oid, OpenError, Readable};

use crate::app::App;
use crate::authorize::Acting;
use crate::call::Call;
use crate::error::AppError;
use crate::git::data_place;
use crate::place::{Place, Repository};

pub use branches::{Branch, branch, branches, tags};
pub use commits::{
    CommitView, Compared, Part, commit, commits, compared, found_commit, length, newest,
};
pub use database::{Blob, Folder, Pointed, blob, folder, git_commit, git_tag, matching, pointed};
pub use edit::{FileEdit, FileEdited, edit_file, writable_path};
pub use files::{File, FileKind, Found, MOST_CONTENTS, found, raw, readme};
pub use make::{
    Content, NewCommit, NewEntry, NewTag, create_blob, create_commit, create_tag, create_tree,
};
pub use refs::{create_ref, delete_ref, may_write_ref, update_ref};
pub use rename::{may_rename_branch, rename_branch};
pub use size::{has_branch, is_empty, size};
pub use stream::{Streamed, Wanted, stream};

/// What a repository without commits is answered with, in GitHub's words.
pub(crate) fn empty() -> AppError {
    AppError::conflict("empty_repository", "Git Repository is empty.")
}

/// A repository that was permitted to be read, and what it holds.
#[derive(Debug)]
pub struct Reading<'a> {
    /// The repository.
    pub repository: &'a Repository,
    /// Its data.
    pub data: Readable,
    /// Its objects.
    pub objects: Objects<'a>,
}

/// Looks into the repository that a request names.
pub fn read<T>(
    app: &App,
    call: &Call,
    look: impl FnOnce(&Reading<'_>) -> Result<T, AppError>,
) -> Result<T, AppError> {
    let (permit, place) = app.permit(call)?;
    look(&Reading::of(app, &permit, place.value())?)
}

/// The same look, by whom a request was permitted to already: for rules that `explain` asks.
pub fn rehearse<T>(
    acting: &Acting<'_>,
    look: impl FnOnce(&Reading<'_>) -> Result<T, AppError>,
) -> Result<(), AppError> {
    look(&Reading::of(acting.app, &acting.permit, &acting.place)?).map(drop)
}

impl<'a> Reading<'a> {
    pub(crate) fn of(app: &'a App, permit: &Permit, place: &'a Place) -> Result<Self, AppError> {
        let Place::Repository(repository) = place else {
            return Err(AppError::Missing("repository"));
        };
        let data = app.data.open_read(permit, data_place(repository))?;
        Ok(Self {
            repository,
            objects: app.questions.objects(&data),
            data,
        })
    }

    /// The commit that a name means; that of the default branch where nothing is named.
    ///
    /// 404 for a name that means none; where nothing is named, and nothing is there, 409.
    pub(crate) fn commit_of(&self, name: Option<&str>) -> Result<Oid, AppError> {
        match name.filter(|name| !name.is_empty()) {
            Some(name) => self
                .objects
                .commit_named(name)?
                .ok_or(AppError::Missing("commit")),
            None => self.objects.commit_named("HEAD")?.ok_or_else(empty),
        }
    }

    /// Whether nobody pushed anything yet.
    pub(crate) fn is_empty(&self) -> Result<bool, AppError> {
        // One file, as a rule, and not all references.
        Ok(self.data.seen_tip("HEAD")?.is_none() && self.data.is_empty()?)
    }

    /// 409 for a repository without references.
    pub(crate) fn not_empty(&self) -> Result<(), AppError> {
        if self.is_empty()? {
            return Err(empty());
        }
        Ok(())
    }

    /// An object that a client names by its whole id. Anything else names none.
    pub(crate) fn object(&self, id: &str) -> Result<jeton_repo::Stored, AppError> {
        let id = Oid::from_hex(id.as_bytes()).map_err(|_| AppError::Missing("object"))?;
        self.objects.find(id)?.ok_or(AppError::Missing("object"))
    }
}

/// The commit that a name means; that of the default branch where it is empty.
pub fn named(reading: &Reading<'_>, name: &str) -> Result<Oid, AppError> {
    reading.commit_of(Some(name))
}

impl From<OpenError> for AppError {
    fn from(error: OpenError) -> Self {
        Self::Data(error.to_string())
    }
}

/// Git's own words (tree.c, in every language: git is run with `LC_ALL=C`).
const TOO_DEEP: &str = "exceeded maximum allowed tree depth";

impl From<ObjectsError> for AppError {
    fn from(error: ObjectsError) -> Self {
        match error {
            ObjectsError::Unrelated => Self::Missing("common commit"),
            ObjectsError::OtherKind(..) => Self::Missing("object of that kind"),
            ObjectsError::TooLarge { bytes, .. } => Self::TooLarge { bytes },
            ObjectsError::Git(AskError::Busy | AskError::TooLong(_)) => Self::Busy,
            ObjectsError::Git(AskError::TooMuch(bytes)) => Self::TooLarge {
                bytes: u64::try_from(bytes).unwrap_or(u64::MAX),
            },
            // Somebody pushed more folders in one another than git reads.
            ObjectsError::Git(AskError::Failed { said, .. }) if said.contains(TOO_DEEP) => {
                Self::invalid("Tree", "sha", "is deeper than git reads")
            }
            ObjectsError::Refs(error) => error.into(),
            error => Self::Data(error.to_string()),
        }
    }
}
