//! Files and folders by their paths.

use jeton_repo::{Entry, Mode, ObjectKind, Oid, TreePath};

use super::Reading;
use crate::error::AppError;

/// The largest file whose contents stand in JSON, in bytes; GitHub's.
pub const MOST_CONTENTS: u64 = 1 << 20;
/// The largest file that is given at all by its path; GitHub's.
const MOST_FILE: u64 = 100 << 20;
/// The most entries of a folder that are listed; GitHub's.
const MOST_LISTED: usize = 1_000;
/// The longest target of a link, in bytes.
const MOST_TARGET: u64 = 4_096;
/// The most parts of a name that stands before a path.
const MOST_PARTS: usize = 32;
/// The largest `.gitmodules` that is looked into, in bytes.
const MOST_MODULES: u64 = 256 << 10;

/// What a path leads to.
#[derive(Clone, Debug)]
pub enum Found {
    /// A file, a link or a submodule.
    File(File),
    /// A folder: its own place, and what is in it.
    Folder {
        /// Its path; empty for the uppermost.
        path: String,
        /// Its id.
        id: Oid,
        /// At most a thousand, with their paths.
        entries: Vec<File>,
    },
}

/// One thing at a path.
#[derive(Clone, Debug)]
pub struct File {
    /// Its path. What is not UTF-8 is shown with replacements, and can't be asked for.
    pub path: String,
    /// Its id.
    pub id: Oid,
    /// What it is.
    pub kind: FileKind,
    /// Bytes of its contents; nothing for what has none.
    pub bytes: u64,
    /// The commit it was found in, or the name of it that was asked for.
    pub revision: String,
}

/// What is at a path.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum FileKind {
    /// A file. Its contents, where they were asked for and are small enough.
    File(Option<Vec<u8>>),
    /// A folder.
    Folder,
    /// A link that leads to no file in the repository: where it leads.
    Link(String),
    /// A commit of another repository: where that is, if `.gitmodules` says so.
    Submodule(Option<String>),
}

/// What a path leads to, at the commit that `name` means or that of the default branch. An empty path is the
/// uppermost folder. A link to a file in the repository is followed once; any other leads nowhere but to itself.
pub fn found(reading: &Reading<'_>, name: Option<&str>, path: &str) -> Result<Found, AppError> {
    let name = name.filter(|name| !name.is_empty());
    // GitHub's answer of a repository without commits.
    let commit = match reading.commit_of(name) {
        Err(AppError::Conflict { .. }) => return Err(AppError::Missing("contents")),
        commit => commit?,
    };
    let look = Look {
        reading,
        root: reading.objects.commit(commit)?.tree,
        revision: revision(reading, name)?,
    };
    let path = path.strip_suffix('/').unwrap_or(path);
    if path.is_empty() {
        return look.folder("", look.root);
    }
    let path = TreePath::parse(path).map_err(|_| AppError::Missing("path"))?;
    let entry = reading
        .objects
        .at(look.root, &path)?
        .ok_or(AppError::Missing("path"))?;
    match entry.mode {
        Mode::Folder => look.folder(path.as_str(), entry.id),
        Mode::Link => look.followed(&path, &entry),
        Mode::File | Mode::Executable | Mode::Submodule => {
            Ok(Found::File(look.file(&entry, true)?))
        }
    }
}

/// The name under which what was found is asked for again.
fn revision(reading: &Reading<'_>, name: Option<&str>) -> Result<String, AppError> {
    Ok(match name {
        Some(name) => name.to_owned(),
        None => match reading.data.head_name()? {
            Some(name) => name.strip_prefix("refs/heads/").unwrap_or(&name).to_owned(),
            None => "HEAD".to_owned(),
        },
    })
}

/// A file by what stands behind `raw/`: a name, which may hold slashes, and a path. Nothing of it is read.
pub fn raw(reading: &Reading<'_>, named: &str) -> Result<Oid, AppError> {
    let slashes = named.match_indices('/').map(|(at, _)| at);
    for at in slashes.take(MOST_PARTS) {
        let (Some(name), Some(path)) = (named.get(..at), named.get(at + 1..)) else {
            continue;
        };
        let Some(commit) = reading.objects.commit_named(name)? else {
            continue;
        };
        let path = TreePath::parse(path).map_err(|_| AppError::Missing("path"))?;
        let root = reading.objects.commit(commit)?.tree;
        return match reading.objects.at(root, &path)? {
            // What a link says is what there is of it: it is not followed.
            Some(entry) if entry.mode.kind() == ObjectKind::Blob => Ok(entry.id),
            _ => Err(AppError::Missing("file")),
        };
    }
    Err(AppError::Missing("file"))
}

/// The file that introduces a folder to people: the first of these, whatever the case of its letters.
pub fn readme(reading: &Reading<'_>, name: Option<&str>, folder: &str) -> Result<File, AppError> {
    let Found::Folder { entries, .. } = found(reading, name, folder)? else {
        return Err(AppError::Missing("readme"));
    };
    let is_file = |entry: &&File| matches!(entry.kind, FileKind::File(_) | FileKind::Link(_));
    let rank = |entry: &&File| {
        let path = entry.path.to_ascii_lowercase();
        let name = path.rsplit('/').next().unwrap_or_default();
        [
            "readme.md",
            "readme.markdown",
            "readme.rst",
            "readme.txt",
            "readme",
        ]
        .iter()
        .position(|known| *known == name)
    };
    let best = entries
        .iter()
        .filter(is_file)
        .filter_map(|entry| Some((rank(&entry)?, entry)))
        .min_by_key(|(rank, _)| *rank);
    let (_, best) = best.ok_or(AppError::Missing("readme"))?;
    match found(reading, name, &best.path)? {
        Found::File(file) if matches!(file.kind, FileKind::File(_)) => Ok(file),
        Found::File(_) | Found::Folder { .. } => Err(AppError::Missing("readme")),
    }
}

/// One look into one commit.
struct Look<'r, 'a> {
    reading: &'r Reading<'a>,
    root: Oid,
    revision: String,
}

impl Look<'_, '_> {
    fn folder(&self, path: &str, id: Oid) -> Result<Found, AppError> {
        let mut entries = self.reading.objects.folder(id)?;
        entries.truncate(MOST_LISTED);
        let listed = entries.into_iter().map(|mut entry| {
            if !path.is_empty() {
                entry.path = [path.as_bytes(), b"/", &entry.path].concat();
            }
            self.file(&entry, false)
        });
        Ok(Found::Folder {
            path: path.to_owned(),
            id,
            entries: listed.collect::<Result<_, _>>()?,
        })
    }

    /// A thing with what it holds, or as it stands in its folder's list.
    fn file(&self, entry: &Entry, whole: bool) -> Result<File, AppError> {
        let objects = &self.reading.objects;
        let (kind, bytes) = match entry.mode {
            Mode::Folder => (FileKind::Folder, 0),
            Mode::Submodule => {
                let url = if whole { self.module(entry)? } else { None };
                (FileKind::Submodule(url), 0)
            }
            Mode::Link => {
                let bytes = objects.stored(entry.id)?.bytes;
                let target = if whole || bytes <= MOST_TARGET {
                    objects.blob(entry.id, MOST_TARGET)?
                } else {
                    Vec::new()
                };
                (
                    FileKind::Link(String::from_utf8_lossy(&target).into_owned()),
                    bytes,
                )
            }
            Mode::File | Mode::Executable => {
                let bytes = objects.stored(entry.id)?.bytes;
                if whole && bytes > MOST_FILE {
                    return Err(AppError::TooLarge { bytes });
                }
                let contents = (whole && bytes <= MOST_CONTENTS)
                    .then(|| objects.blob(entry.id, MOST_CONTENTS))
                    .transpose()?;
                (FileKind::File(contents), bytes)
            }
        };
        Ok(File {
            path: entry.shown(),
            id: entry.id,
            kind,
            bytes,
            revision: self.revision.clone(),
        })
    }

    /// SECURITY: a link is read as text and followed in the tree alone, through real folders: no file system is asked,
    /// and what is outside does not exist.
    fn followed(&self, path: &TreePath, link: &Entry) -> Result<Found, AppError> {
        let shown = self.file(link, true)?;
        let FileKind::Link(target) = &shown.kind else {
            return Ok(Found::File(shown));
        };
        let Some(target) = path.linked(target) else {
            return Ok(Found::File(shown));
        };
        match self.reading.objects.at(self.root, &target)? {
            Some(entry) if matches!(entry.mode, Mode::File | Mode::Executable) => {
                let mut file = self.file(&entry, true)?;
                // It is found where it was asked for.
                path.as_str().clone_into(&mut file.path);
                Ok(Found::File(file))
            }
            _ => Ok(Found::File(shown)),
        }
    }

    /// What `.gitmodules` says of a submodule's place.
    fn module(&self, entry: &Entry) -> Result<Option<String>, AppError> {
        let objects = &self.reading.objects;
        let Ok(file) = TreePath::parse(".gitmodules") else {
            return Ok(None);
        };
        let Some(modules) = objects.at(self.root, &file)? else {
            return Ok(None);
        };
        if !matches!(modules.mode, Mode::File | Mode::Executable)
            || objects.stored(modules.id)?.bytes > MOST_MODULES
        {
            return Ok(None);
        }
        let text = objects.blob(modules.id, MOST_MODULES)?;
        Ok(jeton_repo::submodule_url(&text, &entry.path))
    }
}
