//! Git's own things, made: blobs, trees, commits and tags, to which no reference leads yet.

use std::collections::BTreeSet;

use jeton_repo::{Commit, Entry, Listing, Mode, NewObject, ObjectKind, Oid, Put, Signature, Tag};

use super::database::Folder;
use super::edit::writable_path;
use super::write::{Writing, store};
use crate::app::App;
use crate::call::Call;
use crate::error::AppError;

/// What an entry of a new tree is to be.
#[derive(Clone, Debug)]
pub enum Content {
    /// An object that is there.
    Object(String),
    /// A file that holds this.
    Text(String),
    /// Nothing: what stands there goes.
    Nothing,
}

/// An entry of a new tree.
#[derive(Clone, Debug)]
pub struct NewEntry {
    /// Its path.
    pub path: String,
    /// What it is, in git's six digits.
    pub mode: Mode,
    /// What stands behind it.
    pub content: Content,
}

/// A commit that is to be made.
#[derive(Clone, Debug)]
pub struct NewCommit {
    /// What is said of it.
    pub message: String,
    /// The folder that it is about.
    pub tree: String,
    /// What it follows.
    pub parents: Vec<String>,
    /// Who wrote it; who asks, where nothing is said.
    pub author: Option<Signature>,
    /// Who put it there; who wrote it, where nothing is said.
    pub committer: Option<Signature>,
}

/// A tag that is to be made.
#[derive(Clone, Debug)]
pub struct NewTag {
    /// What it is called in itself.
    pub tag: String,
    /// What is said of it.
    pub message: String,
    /// What it is about.
    pub object: String,
    /// Which kind of object that is.
    pub kind: ObjectKind,
    /// Who made it; who asks, where nothing is said.
    pub tagger: Option<Signature>,
}

/// An object of that kind, by its id; a fault of the field otherwise.
fn known(
    writing: &Writing<'_>,
    resource: &'static str,
    field: &'static str,
    sha: &str,
    kind: ObjectKind,
) -> Result<Oid, AppError> {
    let missing = || AppError::missing(resource, field);
    let id = Oid::from_hex(sha.as_bytes()).map_err(|_| missing())?;
    let stored = writing.reading.objects.find(id)?.ok_or_else(missing)?;
    if stored.kind != kind {
        return Err(AppError::invalid(
            resource,
            field,
            format!("is no {}", kind.name()),
        ));
    }
    Ok(id)
}

/// Stores a blob.
pub fn create_blob(app: &App, call: &Call, contents: Vec<u8>) -> Result<Oid, AppError> {
    store(app, call, |writing| {
        writing.reading.not_empty()?;
        let blob = NewObject::blob(contents)?;
        let id = blob.id;
        Ok((vec![blob], id))
    })
}

/// Stores a tree: `base` with changes, or a new one.
pub fn create_tree(
    app: &App,
    call: &Call,
    base: Option<&str>,
    entries: &[NewEntry],
) -> Result<Folder, AppError> {
    store(app, call, |writing| {
        writing.reading.not_empty()?;
        let objects = &writing.reading.objects;
        let base = match base {
            None => None,
            Some(sha) => {
                let id = Oid::from_hex(sha.as_bytes()).ok();
                let stored = id.map(|id| objects.find(id)).transpose()?.flatten();
                let stored = stored.ok_or(AppError::missing("Tree", "base_tree"))?;
                Some(match stored.kind {
                    ObjectKind::Tree => stored.id,
                    // Some clients name the commit.
                    ObjectKind::Commit => objects.commit(stored.id)?.tree,
                    _ => return Err(AppError::invalid("Tree", "base_tree", "is no tree")),
                })
            }
        };
        check_folders(entries)?;
        let (mut made, mut changes) = (Vec::new(), Vec::new());
        for entry in entries {
            changes.push(put(writing, entry, &mut made)?);
        }
        let (id, trees) = objects.edited(base, &changes)?;
        let listing = listed(writing, &trees, id)?;
        made.extend(trees);
        let sizes = listing
            .entries
            .iter()
            .map(|entry| size(writing, &made, entry));
        let folder = Folder {
            id,
            sizes: sizes.collect::<Result<_, _>>()?,
            listing,
        };
        Ok((made, folder))
    })
}

/// The most folders that one request names: each becomes an object, and one that no reference leads to stays on disk.
const MOST_FOLDERS: usize = 2_000;

fn check_folders(entries: &[NewEntry]) -> Result<(), AppError> {
    let mut folders = BTreeSet::new();
    for entry in entries {
        for (at, _) in entry.path.match_indices('/') {
            folders.insert(entry.path.get(..at));
        }
        if folders.len() > MOST_FOLDERS {
            return Err(AppError::invalid(
                "Tree",
                "tree",
                format!("names more than {MOST_FOLDERS} folders: make it in several steps"),
            ));
        }
    }
    Ok(())
}

fn put(
    writing: &Writing<'_>,
    entry: &NewEntry,
    made: &mut Vec<NewObject>,
) -> Result<Put, AppError> {
    let path = writable_path(&entry.path)?;
    let standing = match &entry.content {
        Content::Nothing => None,
        Content::Text(text) => {
            if entry.mode.kind() != ObjectKind::Blob {
                return Err(AppError::invalid(
                    "Tree",
                    "content",
                    "is for files and links",
                ));
            }
            let blob = NewObject::blob(text.clone().into_bytes())?;
            let id = blob.id;
            made.push(blob);
            Some((entry.mode, id))
        }
        // The commit of a submodule is in another repository.
        Content::Object(sha) if entry.mode == Mode::Submodule => {
            let id = Oid::from_hex(sha.as_bytes())
                .map_err(|_| AppError::invalid("Tree", "sha", "is no id"))?;
            Some((entry.mode, id))
        }
        Content::Object(sha) => Some((
            entry.mode,
            known(writing, "Tree", "sha", sha, entry.mode.kind())?,
        )),
    };
    Ok(Put {
        path,
        entry: standing,
    })
}

/// What stands in a tree that may be new.
fn listed(writing: &Writing<'_>, trees: &[NewObject], id: Oid) -> Result<Listing, AppError> {
    let entries = match trees.iter().find(|tree| tree.id == id) {
        Some(tree) => tree.entries()?,
        None => writing.reading.objects.folder(id)?,
    };
    Ok(Listing {
        entries,
        truncated: false,
    })
}

fn size(writing: &Writing<'_>, made: &[NewObject], entry: &Entry) -> Result<Option<u64>, AppError> {
    if entry.mode.kind() != ObjectKind::Blob {
        return Ok(None);
    }
    Ok(Some(
        match made.iter().find(|object| object.id == entry.id) {
            Some(object) => object.bytes(),
            None => writing.reading.objects.stored(entry.id)?.bytes,
        },
    ))
}

/// Stores a commit.
pub fn create_commit(app: &App, call: &Call, new: &NewCommit) -> Result<Commit, AppError> {
    store(app, call, |writing| {
        writing.reading.not_empty()?;
        let tree = known(writing, "Commit", "tree", &new.tree, ObjectKind::Tree)?;
        let parent = |sha: &String| known(writing, "Commit", "parents", sha, ObjectKind::Commit);
        let parents: Vec<Oid> = new.parents.iter().map(parent).collect::<Result<_, _>>()?;
        let author = new.author.as_ref().unwrap_or(&writing.who);
        let committer = new.committer.as_ref().unwrap_or(author);
        let object = NewObject::commit(tree, &parents, author, committer, &new.message)?;
        let commit = Commit {
            id: object.id,
            tree,
            parents,
            author: author.clone(),
            committer: committer.clone(),
            message: new.message.clone(),
            signed: None,
            payload: None,
        };
        Ok((vec![object], commit))
    })
}

/// Stores a tag. A reference to it is made by itself.
pub fn create_tag(app: &App, call: &Call, new: &NewTag) -> Result<Tag, AppError> {
    super::write::ref_name("tag", &format!("refs/tags/{}", new.tag))?;
    store(app, call, |writing| {
        writing.reading.not_empty()?;
        let target = known(writing, "Tag", "object", &new.object, new.kind)?;
        let tagger = new.tagger.as_ref().unwrap_or(&writing.who);
        let object = NewObject::tag(&new.tag, target, new.kind, tagger, &new.message)?;
        let tag = Tag {
            id: object.id,
            name: new.tag.clone(),
            target,
            target_kind: new.kind,
            tagger: Some(tagger.clone()),
            message: new.message.clone(),
        };
        Ok((vec![object], tag))
    })
}
