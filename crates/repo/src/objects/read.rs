//! Single objects: what they are, and what stands in them.

use gix::bstr::{BStr, ByteSlice};
use gix::objs::{CommitRef, Find, Kind, TagRef, TreeRefIter, tree::EntryKind};
use gix::odb::Header;

use super::path::TreePath;
use super::{Objects, ObjectsError};
use crate::Oid;

/// The largest commit, tag or tree that is read, in bytes: a folder of some hundred thousand files.
const MOST_BYTES: u64 = 16 << 20;

/// How long a chain of tags may be.
const MOST_STEPS: usize = 64;

/// The kinds of objects.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ObjectKind {
    /// The contents of a file.
    Blob,
    /// A folder.
    Tree,
    /// A commit.
    Commit,
    /// A tag with words of its own.
    Tag,
}

impl ObjectKind {
    /// Git's word.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Blob => "blob",
            Self::Tree => "tree",
            Self::Commit => "commit",
            Self::Tag => "tag",
        }
    }

    /// Reads git's word.
    pub fn parse(word: &str) -> Option<Self> {
        [Self::Blob, Self::Tree, Self::Commit, Self::Tag]
            .into_iter()
            .find(|kind| kind.name() == word)
    }

    const fn of(kind: Kind) -> Self {
        match kind {
            Kind::Blob => Self::Blob,
            Kind::Tree => Self::Tree,
            Kind::Commit => Self::Commit,
            Kind::Tag => Self::Tag,
        }
    }
}

/// What an object is, without its contents.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stored {
    /// Its id.
    pub id: Oid,
    /// Its kind.
    pub kind: ObjectKind,
    /// Bytes of its contents.
    pub bytes: u64,
}

/// Who did something, and when. What is not UTF-8 is shown with replacements.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Signature {
    /// Their name.
    pub name: String,
    /// Their address, as they wrote it.
    pub email: String,
    /// Seconds since 1970, UTC.
    pub seconds: i64,
}

/// A commit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Commit {
    /// Its id.
    pub id: Oid,
    /// The folder that it is about.
    pub tree: Oid,
    /// What it follows.
    pub parents: Vec<Oid>,
    /// Who wrote it.
    pub author: Signature,
    /// Who put it there.
    pub committer: Signature,
    /// What they say.
    pub message: String,
    /// A signature over it, which nobody here has checked.
    pub signed: Option<String>,
    /// What the signature is about: the commit without it.
    pub payload: Option<String>,
}

impl Commit {
    /// The message without the line end that Git puts behind it, as GitHub shows it.
    pub fn words(&self) -> &str {
        self.message.trim_end_matches('\n')
    }
}

/// A tag with words of its own.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tag {
    /// Its id.
    pub id: Oid,
    /// What it is called in itself.
    pub name: String,
    /// What it is about.
    pub target: Oid,
    /// What that is.
    pub target_kind: ObjectKind,
    /// Who made it, where it says so.
    pub tagger: Option<Signature>,
    /// What they say.
    pub message: String,
}

/// What an entry of a folder is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Mode {
    /// A file.
    File,
    /// A file that can be run.
    Executable,
    /// A symbolic link.
    Link,
    /// A folder.
    Folder,
    /// A commit of another repository.
    Submodule,
}

impl Mode {
    /// All of them.
    pub const ALL: [Self; 5] = [
        Self::File,
        Self::Executable,
        Self::Link,
        Self::Folder,
        Self::Submodule,
    ];

    /// As git writes it, with six digits.
    pub const fn octal(self) -> &'static str {
        match self {
            Self::File => "100644",
            Self::Executable => "100755",
            Self::Link => "120000",
            Self::Folder => "040000",
            Self::Submodule => "160000",
        }
    }

    /// Reads six digits.
    pub fn parse(octal: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|mode| mode.octal() == octal)
    }

    /// The kind of object behind it.
    pub const fn kind(self) -> ObjectKind {
        match self {
            Self::File | Self::Executable | Self::Link => ObjectKind::Blob,
            Self::Folder => ObjectKind::Tree,
            Self::Submodule => ObjectKind::Commit,
        }
    }

    const fn of(kind: EntryKind) -> Self {
        match kind {
            EntryKind::Tree => Self::Folder,
            EntryKind::Blob => Self::File,
            EntryKind::BlobExecutable => Self::Executable,
            EntryKind::Link => Self::Link,
            EntryKind::Commit => Self::Submodule,
        }
    }
}

/// One thing in a folder.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// Its name, or its path from the folder that was asked about. Bytes, as git has them.
    pub path: Vec<u8>,
    /// What it is.
    pub mode: Mode,
    /// The object behind it. That of a submodule is in another repository.
    pub id: Oid,
}

impl Entry {
    /// Its path for people. What is not UTF-8 is shown with replacements, and can't be asked for.
    pub fn shown(&self) -> String {
        String::from_utf8_lossy(&self.path).into_owned()
    }
}

/// The entries below a folder.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Listing {
    /// In git's order, each folder before what is in it.
    pub entries: Vec<Entry>,
    /// There are more than were asked for.
    pub truncated: bool,
}

/// Git knows it in every repository, stored or not: commits begin with it, and comparisons.
fn is_empty_folder(id: Oid) -> bool {
    id == Oid::empty_tree(gix::hash::Kind::Sha1)
}

impl Objects<'_> {
    /// What an object is that something else here leads to.
    pub fn stored(&self, id: Oid) -> Result<Stored, ObjectsError> {
        self.look(id)?.ok_or(ObjectsError::Missing(id))
    }

    pub(super) fn look(&self, id: Oid) -> Result<Option<Stored>, ObjectsError> {
        if is_empty_folder(id) {
            let (kind, bytes) = (ObjectKind::Tree, 0);
            return Ok(Some(Stored { id, kind, bytes }));
        }
        if let Some(kept) = self.questions.recent.get(self.repository.id(), id) {
            return Ok(Some(Stored {
                id,
                kind: kept.kind,
                bytes: kept.contents.len() as u64,
            }));
        }
        let found = Header::try_header(self.store()?, &id).map_err(broken(id))?;
        Ok(found.map(|header| Stored {
            id,
            kind: ObjectKind::of(header.kind()),
            bytes: header.size(),
        }))
    }

    /// The contents of an object of that kind.
    fn contents(&self, id: Oid, kind: ObjectKind, most: u64) -> Result<Vec<u8>, ObjectsError> {
        let stored = self.stored(id)?;
        if stored.kind != kind {
            return Err(ObjectsError::OtherKind(id, kind.name()));
        }
        if stored.bytes > most {
            let bytes = stored.bytes;
            return Err(ObjectsError::TooLarge { id, bytes });
        }
        if is_empty_folder(id) {
            return Ok(Vec::new());
        }
        let (repository, recent) = (self.repository.id(), &self.questions.recent);
        if let Some(kept) = recent.get(repository, id) {
            return Ok(kept.contents.clone());
        }
        let mut contents = Vec::new();
        let found = self
            .store()?
            .try_find(&id, &mut contents)
            .map_err(broken(id))?;
        if found.is_none() {
            return Err(ObjectsError::Missing(id));
        }
        recent.keep(repository, id, kind, &contents);
        Ok(contents)
    }

    /// What a file holds. [`ObjectsError::TooLarge`] above `most` bytes, of which nothing is read.
    pub fn blob(&self, id: Oid, most: u64) -> Result<Vec<u8>, ObjectsError> {
        self.contents(id, ObjectKind::Blob, most)
    }

    /// A commit.
    pub fn commit(&self, id: Oid) -> Result<Commit, ObjectsError> {
        let contents = self.contents(id, ObjectKind::Commit, MOST_BYTES)?;
        let read = CommitRef::from_bytes(&contents, gix::hash::Kind::Sha1).map_err(broken(id))?;
        let signed = read.extra_headers().pgp_signature().map(text);
        Ok(Commit {
            id,
            tree: read.tree(),
            parents: read.parents().collect(),
            author: signature(read.author),
            committer: signature(read.committer),
            message: text(read.message),
            payload: signed.as_ref().map(|_| unsigned(&contents)),
            signed,
        })
    }

    /// A tag with words of its own.
    pub fn tag(&self, id: Oid) -> Result<Tag, ObjectsError> {
        let contents = self.contents(id, ObjectKind::Tag, MOST_BYTES)?;
        let read = TagRef::from_bytes(&contents, gix::hash::Kind::Sha1).map_err(broken(id))?;
        Ok(Tag {
            id,
            name: text(read.name),
            target: read.target(),
            target_kind: ObjectKind::of(read.target_kind),
            tagger: read.tagger.map(signature),
            message: text(read.message),
        })
    }

    /// The commit that an object is, or that its tag leads to; nothing, if that is no commit.
    pub fn peeled(&self, id: Oid) -> Result<Option<Oid>, ObjectsError> {
        let mut at = id;
        for _ in 0..MOST_STEPS {
            match self.stored(at)?.kind {
                ObjectKind::Commit => return Ok(Some(at)),
                ObjectKind::Tag => at = self.tag(at)?.target,
                ObjectKind::Blob | ObjectKind::Tree => return Ok(None),
            }
        }
        Ok(None)
    }

    /// What stands in a folder, in git's order.
    pub fn folder(&self, id: Oid) -> Result<Vec<Entry>, ObjectsError> {
        let contents = self.contents(id, ObjectKind::Tree, MOST_BYTES)?;
        entries(id, &contents)
    }

    /// Everything below a folder: at most so many entries, and so many bytes of paths.
    pub fn everything(
        &self,
        id: Oid,
        most: usize,
        most_path_bytes: usize,
    ) -> Result<Listing, ObjectsError> {
        let mut listing = Listing::default();
        let mut bytes = 0;
        // Folders that are open, the innermost last: what is left of each, its end first. No recursion, as
        // folders may lie as deep as whoever pushed them liked.
        let mut open = vec![(Vec::new(), backwards(self.folder(id)?))];
        while let Some((prefix, left)) = open.last_mut() {
            let Some(mut entry) = left.pop() else {
                open.pop();
                continue;
            };
            if !prefix.is_empty() {
                entry.path = [prefix.as_slice(), b"/", &entry.path].concat();
            }
            bytes += entry.path.len();
            if listing.entries.len() == most || bytes > most_path_bytes {
                listing.truncated = true;
                break;
            }
            if entry.mode == Mode::Folder {
                open.push((entry.path.clone(), backwards(self.folder(entry.id)?)));
            }
            listing.entries.push(entry);
        }
        Ok(listing)
    }

    /// What stands at a path below a folder. A link or a submodule on the way leads nowhere.
    pub fn at(&self, folder: Oid, path: &TreePath) -> Result<Option<Entry>, ObjectsError> {
        let mut folder = folder;
        let mut parts = path.parts().peekable();
        while let Some(part) = parts.next() {
            let entries = self.folder(folder)?;
            let Some(entry) = entries
                .into_iter()
                .find(|entry| entry.path == part.as_bytes())
            else {
                return Ok(None);
            };
            if parts.peek().is_none() {
                let path = path.as_str().as_bytes().to_vec();
                return Ok(Some(Entry { path, ..entry }));
            }
            if entry.mode != Mode::Folder {
                return Ok(None);
            }
            folder = entry.id;
        }
        Ok(None)
    }
}

/// What stands in a tree.
pub(super) fn entries(id: Oid, tree: &[u8]) -> Result<Vec<Entry>, ObjectsError> {
    TreeRefIter::from_bytes(tree, gix::hash::Kind::Sha1)
        .map(|entry| {
            let entry = entry.map_err(broken(id))?;
            Ok(Entry {
                path: entry.filename.to_vec(),
                mode: Mode::of(entry.mode.kind()),
                id: entry.oid.to_owned(),
            })
        })
        .collect()
}

fn backwards(mut entries: Vec<Entry>) -> Vec<Entry> {
    entries.reverse();
    entries
}

fn broken<E: std::fmt::Display>(id: Oid) -> impl FnOnce(E) -> ObjectsError {
    move |error| ObjectsError::Broken {
        id,
        what: error.to_string(),
    }
}

fn text(bytes: &BStr) -> String {
    bytes.to_str_lossy().into_owned()
}

/// `Ada <ada@example.org> 1700000000 +0100`. What is malformed in old commits is shown as far as it goes.
fn signature(line: &BStr) -> Signature {
    match gix::actor::SignatureRef::from_bytes(line) {
        Ok(read) => {
            let read = read.trim();
            Signature {
                name: text(read.name),
                email: text(read.email),
                seconds: read.seconds(),
            }
        }
        Err(_) => Signature {
            name: text(line),
            email: String::new(),
            seconds: 0,
        },
    }
}

/// A signed commit without its signature: what was signed.
fn unsigned(contents: &[u8]) -> String {
    let (mut kept, mut skipping, mut head) = (Vec::with_capacity(contents.len()), false, true);
    for line in contents.split_inclusive(|byte| *byte == b'\n') {
        head = head && line != b"\n";
        // A line of the head that goes on begins with a space.
        skipping = head && (line.starts_with(b"gpgsig") || skipping && line.starts_with(b" "));
        if !skipping {
            kept.extend_from_slice(line);
        }
    }
    String::from_utf8_lossy(&kept).into_owned()
}
