//! One file made, changed or deleted, as a commit on a branch.

use jeton_repo::{Commit, Mode, NewObject, Oid, Put, Signature, TreePath};

use super::files::{File, FileKind};
use super::write::{Change, Writing, change, ref_name};
use crate::app::App;
use crate::call::Call;
use crate::error::AppError;

const RESOURCE: &str = "Contents";
const BRANCHES: &str = "refs/heads/";

/// A file that is to be made, changed or deleted.
#[derive(Clone, Debug)]
pub struct FileEdit {
    /// Where.
    pub path: TreePath,
    /// What it is to hold; nothing: it is to go.
    pub contents: Option<Vec<u8>>,
    /// What it holds now, as whoever asks believes; nothing, where there is none.
    pub sha: Option<String>,
    /// On which branch; the default one where nothing is said.
    pub branch: Option<String>,
    /// What is said of it.
    pub message: String,
    /// Who wrote it; who asks, or who put it there, where nothing is said.
    pub author: Option<Signature>,
    /// Who put it there; who asks, where nothing is said.
    pub committer: Option<Signature>,
}

/// What became of it.
#[derive(Clone, Debug)]
pub struct FileEdited {
    /// There was none before.
    pub created: bool,
    /// The file, where there is one now.
    pub file: Option<File>,
    /// The commit.
    pub commit: Commit,
}

/// A path that a file may be written to.
pub fn writable_path(path: &str) -> Result<TreePath, AppError> {
    TreePath::parse_new(path).map_err(|fault| AppError::invalid(RESOURCE, "path", fault))
}

/// Makes, changes or deletes a file.
pub fn edit_file(app: &App, call: &Call, edit: &FileEdit) -> Result<FileEdited, AppError> {
    change(app, call, |writing| edited(writing, edit))
}

/// A branch to write to, and the commit that it leads to; none in a repository to which nobody has pushed.
fn branch(writing: &Writing<'_>, wanted: Option<&str>) -> Result<(String, Option<Oid>), AppError> {
    let data = &writing.reading.data;
    let name = match wanted {
        Some(wanted) => ref_name("branch", &format!("{BRANCHES}{wanted}"))?,
        None => data.head_name()?.ok_or(AppError::Missing("branch"))?,
    };
    match data.tip(&name)? {
        Some(tip) => Ok((name, Some(tip))),
        // The first commit makes the branch.
        None if writing.reading.is_empty()? => Ok((name, None)),
        None => Err(AppError::Missing("branch")),
    }
}

fn edited(writing: &Writing<'_>, edit: &FileEdit) -> Result<(Change, FileEdited), AppError> {
    let objects = &writing.reading.objects;
    let (name, tip) = branch(writing, edit.branch.as_deref())?;
    let root = tip
        .map(|tip| objects.commit(tip))
        .transpose()?
        .map(|commit| commit.tree);
    let mode = standing(writing, edit, root)?;
    let blob = edit.contents.clone().map(NewObject::blob).transpose()?;
    let put = Put {
        path: edit.path.clone(),
        entry: blob.as_ref().map(|blob| {
            // What could be run can be run; a link becomes the file that is put there.
            let executable = mode == Some(Mode::Executable);
            (
                if executable {
                    Mode::Executable
                } else {
                    Mode::File
                },
                blob.id,
            )
        }),
    };
    let (tree, trees) = objects.edited(root, &[put])?;
    let committer = edit.committer.as_ref().unwrap_or(&writing.who);
    let author = edit.author.as_ref().unwrap_or(committer);
    let parents: Vec<Oid> = tip.into_iter().collect();
    let commit = NewObject::commit(tree, &parents, author, committer, &edit.message)?;
    let short = name.strip_prefix(BRANCHES).unwrap_or(&name).to_owned();
    let answer = FileEdited {
        created: mode.is_none(),
        file: blob.as_ref().map(|blob| File {
            path: edit.path.as_str().to_owned(),
            id: blob.id,
            kind: FileKind::File(None),
            bytes: edit
                .contents
                .as_ref()
                .map_or(0, |contents| contents.len() as u64),
            revision: short,
        }),
        commit: Commit {
            id: commit.id,
            tree,
            parents,
            author: author.clone(),
            committer: committer.clone(),
            message: edit.message.clone(),
            signed: None,
            payload: None,
        },
    };
    let change = Change {
        name,
        old: tip,
        new: Some(commit.id),
        objects: blob.into_iter().chain(trees).chain([commit]).collect(),
    };
    Ok((change, answer))
}

/// What stands at the path, which has to be what whoever asks believes.
fn standing(
    writing: &Writing<'_>,
    edit: &FileEdit,
    root: Option<Oid>,
) -> Result<Option<Mode>, AppError> {
    let objects = &writing.reading.objects;
    let standing = match root {
        Some(root) => objects.at(root, &edit.path)?,
        None => None,
    };
    let stale = || {
        let sentence = format!(
            "`{}` is not what stands there; look again.",
            edit.path.as_str()
        );
        AppError::conflict("changed", sentence)
    };
    match (standing, edit.sha.as_deref()) {
        (Some(entry), _) if matches!(entry.mode, Mode::Folder | Mode::Submodule) => Err(
            AppError::invalid(RESOURCE, "path", "is a folder or a submodule"),
        ),
        (Some(entry), Some(sha)) if Oid::from_hex(sha.as_bytes()).ok() == Some(entry.id) => {
            Ok(Some(entry.mode))
        }
        (Some(_), None) => Err(AppError::invalid(
            RESOURCE,
            "sha",
            "is needed where a file stands already: the id of what it holds",
        )),
        (None, _) if edit.contents.is_none() => Err(AppError::Missing("file")),
        (Some(_) | None, Some(_)) => Err(stale()),
        (None, None) => {
            if let Some(root) = root {
                nothing_in_the_way(writing, root, &edit.path)?;
            }
            Ok(None)
        }
    }
}

/// A file where a folder would have to be is not replaced by it.
fn nothing_in_the_way(writing: &Writing<'_>, root: Oid, path: &TreePath) -> Result<(), AppError> {
    for (at, _) in path.as_str().match_indices('/') {
        let Some(Ok(folder)) = path.as_str().get(..at).map(TreePath::parse) else {
            continue;
        };
        match writing.reading.objects.at(root, &folder)? {
            None => return Ok(()),
            Some(entry) if entry.mode == Mode::Folder => {}
            Some(_) => {
                let sentence = format!("leads through `{}`, which is no folder", folder.as_str());
                return Err(AppError::invalid(RESOURCE, "path", sentence));
            }
        }
    }
    Ok(())
}
