//! Objects that are new: made in memory, with the ids that git gives them.

use std::convert::Infallible;

use gix::bstr::BString;
use gix::objs::tree::{Editor, EntryKind};
use gix::objs::{FindExt, Kind, Tree, WriteTo};

use super::path::TreePath;
use super::read::{Entry, Mode, ObjectKind, Signature, entries};
use super::{Objects, ObjectsError};
use crate::Oid;

/// An object that is to be stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewObject {
    /// Its id.
    pub id: Oid,
    /// Its kind.
    pub kind: ObjectKind,
    /// What it holds.
    pub(crate) contents: Vec<u8>,
}

/// A change of what stands at a path.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Put {
    /// Where.
    pub path: TreePath,
    /// What is to stand there; nothing: it goes, with all below it.
    pub entry: Option<(Mode, Oid)>,
}

impl NewObject {
    fn of(kind: ObjectKind, contents: Vec<u8>) -> Result<Self, ObjectsError> {
        let gits = match kind {
            ObjectKind::Blob => Kind::Blob,
            ObjectKind::Tree => Kind::Tree,
            ObjectKind::Commit => Kind::Commit,
            ObjectKind::Tag => Kind::Tag,
        };
        // An attack on SHA-1 is found while it is computed.
        let id = gix::objs::compute_hash(gix::hash::Kind::Sha1, gits, &contents)
            .map_err(|error| ObjectsError::Store(error.to_string()))?;
        Ok(Self { id, kind, contents })
    }

    /// Bytes of what it holds.
    pub fn bytes(&self) -> u64 {
        self.contents.len() as u64
    }

    /// What stands in it, if it is a tree.
    pub fn entries(&self) -> Result<Vec<Entry>, ObjectsError> {
        entries(self.id, &self.contents)
    }

    /// The contents of a file.
    pub fn blob(contents: Vec<u8>) -> Result<Self, ObjectsError> {
        Self::of(ObjectKind::Blob, contents)
    }

    /// A commit. The texts hold no line breaks and no NUL where the form has no room for them: who reads
    /// them from a request sees to that, and git looks again.
    pub fn commit(
        tree: Oid,
        parents: &[Oid],
        author: &Signature,
        committer: &Signature,
        message: &str,
    ) -> Result<Self, ObjectsError> {
        let parents: Vec<String> = parents
            .iter()
            .map(|parent| format!("parent {parent}\n"))
            .collect();
        let text = format!(
            "tree {tree}\n{}author {}\ncommitter {}\n\n{message}",
            parents.concat(),
            line(author),
            line(committer)
        );
        Self::of(ObjectKind::Commit, text.into_bytes())
    }

    /// A tag with words of its own.
    pub fn tag(
        name: &str,
        target: Oid,
        kind: ObjectKind,
        tagger: &Signature,
        message: &str,
    ) -> Result<Self, ObjectsError> {
        let text = format!(
            "object {target}\ntype {}\ntag {name}\ntagger {}\n\n{message}",
            kind.name(),
            line(tagger)
        );
        Self::of(ObjectKind::Tag, text.into_bytes())
    }
}

fn line(who: &Signature) -> String {
    format!("{} <{}> {} +0000", who.name, who.email, who.seconds)
}

impl Objects<'_> {
    /// The tree `base`, or an empty one, with changes: its id, and the trees that are new. Of two changes of one
    /// path the last holds. A folder that loses all that is in it goes; a file in the way of a path makes room.
    pub fn edited(
        &self,
        base: Option<Oid>,
        changes: &[Put],
    ) -> Result<(Oid, Vec<NewObject>), ObjectsError> {
        let failed = |error: gix::Error| ObjectsError::Store(error.to_string());
        let mut buffer = Vec::new();
        let root: Tree = match base {
            None => Tree::empty(),
            Some(id) => {
                // Its size is looked at first.
                self.folder(id)?;
                let read = self.store()?.find_tree(&id, &mut buffer);
                read.map_err(failed)?.into()
            }
        };
        let mut editor = Editor::new(root, self.store()?, gix::hash::Kind::Sha1);
        for change in changes {
            let parts = change.path.parts().map(BString::from);
            match change.entry {
                Some((mode, id)) => editor.upsert(parts, kind(mode), id),
                None => editor.remove(parts),
            }
            .map_err(failed)?;
        }
        let mut made = Vec::new();
        let mut fault = None;
        let written = editor.write(|tree| {
            let mut contents = Vec::new();
            let object = tree
                .write_to(&mut contents)
                .map_err(|error| ObjectsError::Store(error.to_string()))
                .and_then(|()| NewObject::of(ObjectKind::Tree, contents));
            Ok::<_, Infallible>(match object {
                Ok(object) => {
                    let id = object.id;
                    made.push(object);
                    id
                }
                Err(error) => {
                    fault = Some(error);
                    Oid::null(gix::hash::Kind::Sha1)
                }
            })
        });
        if let Some(fault) = fault {
            return Err(fault);
        }
        match written {
            Ok(root) => Ok((root, made)),
            Err(never) => match never {},
        }
    }
}

const fn kind(mode: Mode) -> EntryKind {
    match mode {
        Mode::File => EntryKind::Blob,
        Mode::Executable => EntryKind::BlobExecutable,
        Mode::Link => EntryKind::Link,
        Mode::Folder => EntryKind::Tree,
        Mode::Submodule => EntryKind::Commit,
    }
}
