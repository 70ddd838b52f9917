//! Git's own things by their ids and names: blobs, trees, commits, tags, references.

use jeton_repo::{Commit, Listing, ObjectKind, Oid, Stored, Tag};

use super::Reading;
use crate::error::AppError;

/// The largest blob that is given in JSON, in bytes: GitHub's 100 MB would be held several times over.
const MOST_BLOB: u64 = 32 << 20;

/// The most entries of a tree that are listed, and bytes of their paths, as at GitHub.
const MOST_ENTRIES: usize = 100_000;
const MOST_PATH_BYTES: usize = 7 << 20;

/// A blob.
#[derive(Clone, Debug)]
pub struct Blob {
    /// Its id.
    pub id: Oid,
    /// What it holds.
    pub contents: Vec<u8>,
}

/// A tree, and what it is listed with.
#[derive(Clone, Debug)]
pub struct Folder {
    /// Its id.
    pub id: Oid,
    /// Its entries.
    pub listing: Listing,
    /// Bytes of the blobs among them, in the same order.
    pub sizes: Vec<Option<u64>>,
}

/// A reference and what it points to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pointed {
    /// Its full name.
    pub name: String,
    /// What it points to.
    pub to: Stored,
}

/// A blob by its id.
pub fn blob(reading: &Reading<'_>, id: &str) -> Result<Blob, AppError> {
    reading.not_empty()?;
    let stored = reading.object(id)?;
    Ok(Blob {
        id: stored.id,
        contents: reading.objects.blob(stored.id, MOST_BLOB)?,
    })
}

/// A tree by its id, or the one of what a name means.
pub fn folder(reading: &Reading<'_>, name: &str, recursive: bool) -> Result<Folder, AppError> {
    reading.not_empty()?;
    let objects = &reading.objects;
    let named = objects.named(name)?.ok_or(AppError::Missing("tree"))?;
    let id = match named.kind {
        ObjectKind::Tree => named.id,
        _ => match objects.peeled(named.id)? {
            Some(commit) => objects.commit(commit)?.tree,
            None => return Err(AppError::Missing("tree")),
        },
    };
    let listing = if recursive {
        objects.everything(id, MOST_ENTRIES, MOST_PATH_BYTES)?
    } else {
        let mut entries = objects.folder(id)?;
        let truncated = entries.len() > MOST_ENTRIES;
        entries.truncate(MOST_ENTRIES);
        Listing { entries, truncated }
    };
    let size = |entry: &jeton_repo::Entry| match entry.mode.kind() {
        ObjectKind::Blob => Ok(Some(objects.stored(entry.id)?.bytes)),
        _ => Ok(None),
    };
    let sizes: Result<_, AppError> = listing.entries.iter().map(size).collect();
    Ok(Folder {
        id,
        sizes: sizes?,
        listing,
    })
}

/// A commit by its id.
pub fn git_commit(reading: &Reading<'_>, id: &str) -> Result<Commit, AppError> {
    reading.not_empty()?;
    Ok(reading.objects.commit(reading.object(id)?.id)?)
}

/// A tag with words of its own, by its id.
pub fn git_tag(reading: &Reading<'_>, id: &str) -> Result<Tag, AppError> {
    reading.not_empty()?;
    Ok(reading.objects.tag(reading.object(id)?.id)?)
}

/// A reference by its name without `refs/`. One that is the beginning of others is none of them.
pub fn pointed(reading: &Reading<'_>, name: &str) -> Result<Pointed, AppError> {
    reading.not_empty()?;
    let name = format!("refs/{}", name.strip_prefix("refs/").unwrap_or(name));
    let found = reading.data.seen_tip(&name)?;
    let to = reading
        .objects
        .stored(found.ok_or(AppError::Missing("reference"))?)?;
    Ok(Pointed { name, to })
}

/// The references whose names without `refs/` begin so: a page of them, and how many there are.
pub fn matching(
    reading: &Reading<'_>,
    beginning: &str,
    offset: u64,
    count: u32,
) -> Result<(Vec<Pointed>, u64), AppError> {
    reading.not_empty()?;
    let beginning = format!(
        "refs/{}",
        beginning.strip_prefix("refs/").unwrap_or(beginning)
    );
    let mut found = reading.data.refs()?;
    found.retain(|reference| reference.name.starts_with(&beginning));
    let total = found.len() as u64;
    let page = crate::repositories::page_of(found, offset, count);
    let pointed = page.into_iter().map(|found| {
        let to = reading.objects.stored(found.target)?;
        let name = found.name;
        Ok(Pointed { name, to })
    });
    Ok((pointed.collect::<Result<_, AppError>>()?, total))
}
