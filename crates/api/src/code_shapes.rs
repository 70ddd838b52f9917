//! What repositories hold, as GitHub shapes it.
//!
//! The people of a commit are text in it, which anybody can write: no account is told for them.

use base64::Engine as _;
use jeton_app::contents::{
    Branch, CommitView, Compared, File, FileEdited, FileKind, Folder, Pointed, Reading,
};
use jeton_app::{App, Repository};
use jeton_domain::Time;
use jeton_http::Input;
use jeton_repo::{Change, Commit, ObjectKind, Oid, Signature, Tag};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::{Value, json};

/// What stands in a path as it is.
const PLAIN: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'/')
    .remove(b'-')
    .remove(b'.')
    .remove(b'_')
    .remove(b'~');

/// The last second that is shown, as calendars with zones end there; a commit may say any.
const LAST_SECOND: i64 = 253_402_207_200;

/// Characters of a line of base64, as GitHub breaks it.
const LINE: usize = 60;

/// Where the things of one repository are.
#[derive(Clone, Debug)]
pub(crate) struct Code {
    api: String,
    html: String,
}

/// A path or name as it stands in an address.
pub(crate) fn encoded(path: &str) -> String {
    utf8_percent_encode(path, PLAIN).to_string()
}

/// Base64 in lines.
pub(crate) fn base64_lines(bytes: &[u8]) -> String {
    let whole = base64::engine::general_purpose::STANDARD.encode(bytes);
    let mut text = String::with_capacity(whole.len() + whole.len() / LINE + 1);
    for (at, character) in whole.char_indices() {
        if at > 0 && at % LINE == 0 {
            text.push('\n');
        }
        text.push(character);
    }
    if !text.is_empty() {
        text.push('\n');
    }
    text
}

pub(crate) fn moment(seconds: i64) -> String {
    Time::from_seconds(seconds.clamp(0, LAST_SECOND)).iso()
}

fn signature(signature: &Signature) -> Value {
    json!({
        "name": signature.name,
        "email": signature.email,
        "date": moment(signature.seconds),
    })
}

/// A signature is shown and not judged: no key of anybody's is known here.
fn verification(commit: &Commit) -> Value {
    json!({
        "verified": false,
        "reason": if commit.signed.is_some() { "unknown_key" } else { "unsigned" },
        "signature": commit.signed,
        "payload": commit.payload,
        "verified_at": null,
    })
}

impl Code {
    /// Of the repository that a path names; the caller was let in already, by this very name.
    pub(crate) fn named(app: &App, input: &Input) -> Self {
        let url = app.public_url();
        let full = format!("{}/{}", input.path("owner"), input.path("repo"));
        Self {
            api: format!("{url}/api/v3/repos/{full}"),
            html: format!("{url}/{full}"),
        }
    }

    /// Of the repository that is being read.
    pub(crate) fn of(app: &App, reading: &Reading<'_>) -> Self {
        Self::at(app, reading.repository)
    }

    pub(crate) fn at(app: &App, repository: &Repository) -> Self {
        let url = app.public_url();
        let full = format!("{}/{}", repository.owner.login, repository.name);
        Self {
            api: format!("{url}/api/v3/repos/{full}"),
            html: format!("{url}/{full}"),
        }
    }

    fn node(kind: &str, id: Oid) -> String {
        format!("{kind}_{id}")
    }

    fn tree(&self, id: Oid) -> Value {
        json!({ "sha": id.to_string(), "url": format!("{}/git/trees/{id}", self.api) })
    }

    /// A commit by its id.
    fn short(&self, id: Oid) -> Value {
        json!({ "sha": id.to_string(), "url": format!("{}/commits/{id}", self.api) })
    }

    /// What a commit follows; `kind`: where each of them is.
    fn parents(&self, commit: &Commit, kind: &str) -> Vec<Value> {
        let shape = |parent: &Oid| {
            json!({
                "sha": parent.to_string(),
                "url": format!("{}/{kind}/{parent}", self.api),
                "html_url": format!("{}/commit/{parent}", self.html),
            })
        };
        commit.parents.iter().map(shape).collect()
    }

    /// A commit as people look at it.
    pub(crate) fn commit(&self, commit: &Commit) -> Value {
        let id = commit.id;
        let parents = self.parents(commit, "commits");
        json!({
            "sha": id.to_string(),
            "node_id": Self::node("C", id),
            "commit": {
                "author": signature(&commit.author),
                "committer": signature(&commit.committer),
                "message": commit.words(),
                "tree": self.tree(commit.tree),
                "url": format!("{}/git/commits/{id}", self.api),
                "comment_count": 0,
                "verification": verification(commit),
            },
            "url": format!("{}/commits/{id}", self.api),
            "html_url": format!("{}/commit/{id}", self.html),
            "comments_url": format!("{}/commits/{id}/comments", self.api),
            "author": null,
            "committer": null,
            "parents": parents,
        })
    }

    /// The same with what it changes: the files of one page.
    pub(crate) fn commit_view(&self, view: &CommitView, files: &[Change]) -> Value {
        let mut shape = self.commit(&view.commit);
        let changes = &view.changes;
        if let Some(fields) = shape.as_object_mut() {
            let stats = json!({
                "total": changes.additions + changes.deletions,
                "additions": changes.additions,
                "deletions": changes.deletions,
            });
            fields.insert("stats".to_owned(), stats);
            fields.insert("files".to_owned(), self.files(files, view.commit.id));
        }
        shape
    }

    fn files(&self, files: &[Change], commit: Oid) -> Value {
        files.iter().map(|file| self.change(file, commit)).collect()
    }

    fn change(&self, file: &Change, commit: Oid) -> Value {
        let path = encoded(&file.path);
        let mut shape = json!({
            "sha": file.id.to_string(),
            "filename": file.path,
            "status": file.kind.name(),
            "additions": file.additions,
            "deletions": file.deletions,
            "changes": file.additions + file.deletions,
            "blob_url": format!("{}/blob/{commit}/{path}", self.html),
            "raw_url": format!("{}/raw/{commit}/{path}", self.html),
            "contents_url": format!("{}/contents/{path}?ref={commit}", self.api),
        });
        if let Some(fields) = shape.as_object_mut() {
            if let Some(patch) = &file.patch {
                fields.insert("patch".to_owned(), json!(patch));
            }
            if let Some(previous) = &file.previous {
                fields.insert("previous_filename".to_owned(), json!(previous));
            }
        }
        shape
    }

    /// Two commits compared.
    pub(crate) fn compared(&self, named: &str, compared: &Compared) -> Value {
        let distance = compared.distance;
        let named = encoded(named);
        let status = match (distance.ahead, distance.behind) {
            (0, 0) => "identical",
            (_, 0) => "ahead",
            (0, _) => "behind",
            _ => "diverged",
        };
        let commits: Vec<Value> = compared
            .commits
            .iter()
            .map(|each| self.commit(each))
            .collect();
        let html = format!("{}/compare/{named}", self.html);
        json!({
            "url": format!("{}/compare/{named}", self.api),
            "html_url": html,
            "permalink_url": html,
            "diff_url": format!("{html}.diff"),
            "patch_url": format!("{html}.patch"),
            "base_commit": self.commit(&compared.base),
            "merge_base_commit": self.commit(&compared.common),
            "status": status,
            "ahead_by": distance.ahead,
            "behind_by": distance.behind,
            "total_commits": distance.ahead,
            "commits": commits,
            "files": self.files(&compared.changes.files, compared.head),
        })
    }

    /// A branch in a list.
    pub(crate) fn short_branch(&self, branch: &Branch) -> Value {
        json!({
            "name": branch.name,
            "commit": self.short(branch.commit),
            "protected": false,
        })
    }

    /// A branch. None is protected here.
    pub(crate) fn branch(&self, branch: &Branch, commit: &Commit) -> Value {
        let name = encoded(&branch.name);
        let at = format!("{}/branches/{name}", self.api);
        json!({
            "name": branch.name,
            "commit": self.commit(commit),
            "_links": { "self": at, "html": format!("{}/tree/{name}", self.html) },
            "protected": false,
            "protection": {
                "enabled": false,
                "required_status_checks": {
                    "enforcement_level": "off",
                    "contexts": [],
                    "checks": [],
                },
            },
            "protection_url": format!("{at}/protection"),
        })
    }

    /// A tag in a list.
    pub(crate) fn short_tag(&self, tag: &Branch) -> Value {
        let name = encoded(&tag.name);
        json!({
            "name": tag.name,
            "commit": self.short(tag.commit),
            "zipball_url": format!("{}/zipball/refs/tags/{name}", self.api),
            "tarball_url": format!("{}/tarball/refs/tags/{name}", self.api),
            "node_id": Self::node("TAG", tag.commit),
        })
    }

    fn object(&self, kind: ObjectKind, id: Oid) -> Value {
        json!({
            "sha": id.to_string(),
            "type": kind.name(),
            "url": format!("{}/git/{}s/{id}", self.api, kind.name()),
        })
    }

    /// A reference.
    pub(crate) fn reference(&self, pointed: &Pointed) -> Value {
        let short = pointed.name.strip_prefix("refs/").unwrap_or(&pointed.name);
        json!({
            "ref": pointed.name,
            "node_id": format!("REF_{}", encoded(short)),
            "url": format!("{}/git/refs/{}", self.api, encoded(short)),
            "object": self.object(pointed.to.kind, pointed.to.id),
        })
    }

    /// A commit as Git has it.
    pub(crate) fn git_commit(&self, commit: &Commit) -> Value {
        let id = commit.id;
        let parents = self.parents(commit, "git/commits");
        json!({
            "sha": id.to_string(),
            "node_id": Self::node("C", id),
            "url": format!("{}/git/commits/{id}", self.api),
            "html_url": format!("{}/commit/{id}", self.html),
            "author": signature(&commit.author),
            "committer": signature(&commit.committer),
            "message": commit.words(),
            "tree": self.tree(commit.tree),
            "parents": parents,
            "verification": verification(commit),
        })
    }

    /// A tag as Git has it.
    pub(crate) fn git_tag(&self, tag: &Tag) -> Value {
        let nobody = Signature {
            name: String::new(),
            email: String::new(),
            seconds: 0,
        };
        json!({
            "node_id": Self::node("TAG", tag.id),
            "tag": tag.name,
            "sha": tag.id.to_string(),
            "url": format!("{}/git/tags/{}", self.api, tag.id),
            "message": tag.message,
            "tagger": signature(tag.tagger.as_ref().unwrap_or(&nobody)),
            "object": self.object(tag.target_kind, tag.target),
            "verification": {
                "verified": false,
                "reason": "unsigned",
                "signature": null,
                "payload": null,
                "verified_at": null,
            },
        })
    }

    /// A tree as Git has it.
    pub(crate) fn git_tree(&self, folder: &Folder) -> Value {
        let entries = folder.listing.entries.iter().zip(&folder.sizes);
        let entries: Vec<Value> = entries
            .map(|(entry, size)| {
                let kind = entry.mode.kind();
                let mut shape = json!({
                    "path": entry.shown(),
                    "mode": entry.mode.octal(),
                    "type": kind.name(),
                    "sha": entry.id.to_string(),
                });
                if let Some(fields) = shape.as_object_mut() {
                    if let Some(size) = size {
                        fields.insert("size".to_owned(), json!(size));
                    }
                    // The commit of a submodule is in another repository.
                    if kind != ObjectKind::Commit {
                        let url = format!("{}/git/{}s/{}", self.api, kind.name(), entry.id);
                        fields.insert("url".to_owned(), json!(url));
                    }
                }
                shape
            })
            .collect();
        json!({
            "sha": folder.id.to_string(),
            "url": format!("{}/git/trees/{}", self.api, folder.id),
            "tree": entries,
            "truncated": folder.listing.truncated,
        })
    }

    /// A blob by its id.
    pub(crate) fn short_blob(&self, id: Oid) -> Value {
        json!({ "sha": id.to_string(), "url": format!("{}/git/blobs/{id}", self.api) })
    }

    /// A blob as Git has it.
    pub(crate) fn blob(&self, id: Oid, contents: &[u8]) -> Value {
        json!({
            "sha": id.to_string(),
            "node_id": Self::node("B", id),
            "size": contents.len(),
            "url": format!("{}/git/blobs/{id}", self.api),
            "content": base64_lines(contents),
            "encoding": "base64",
        })
    }

    /// What is at a path, alone or in its folder's list (`listed`).
    pub(crate) fn file(&self, file: &File, listed: bool) -> Value {
        let (path, revision) = (encoded(&file.path), encoded(&file.revision));
        let at = format!("{}/contents/{path}?ref={revision}", self.api);
        let name = file.path.rsplit('/').next().unwrap_or_default();
        let (word, page, git, raw) = match &file.kind {
            FileKind::File(_) => ("file", "blob", Some("blobs"), true),
            FileKind::Folder => ("dir", "tree", Some("trees"), false),
            FileKind::Link(_) => ("symlink", "blob", Some("blobs"), true),
            // GitHub's lists call submodules so.
            FileKind::Submodule(_) if listed => ("file", "tree", None, false),
            FileKind::Submodule(_) => ("submodule", "tree", None, false),
        };
        let html = format!("{}/{page}/{revision}/{path}", self.html);
        let git = git.map(|kind| format!("{}/git/{kind}/{}", self.api, file.id));
        let mut shape = json!({
            "name": name,
            "path": file.path,
            "sha": file.id.to_string(),
            "size": file.bytes,
            "url": at,
            "html_url": html,
            "git_url": git,
            "download_url": raw.then(|| format!("{}/raw/{revision}/{path}", self.html)),
            "type": word,
            "_links": { "self": at, "git": git, "html": html },
        });
        if let (Some(fields), false) = (shape.as_object_mut(), listed) {
            match &file.kind {
                FileKind::File(contents) => {
                    // Too large for JSON: GitHub's words for that.
                    let encoding = if contents.is_some() { "base64" } else { "none" };
                    let text = contents.as_deref().map(base64_lines).unwrap_or_default();
                    fields.insert("content".to_owned(), json!(text));
                    fields.insert("encoding".to_owned(), json!(encoding));
                }
                FileKind::Link(target) => {
                    fields.insert("target".to_owned(), json!(target));
                }
                FileKind::Submodule(url) => {
                    let url = url.as_deref().unwrap_or_default();
                    fields.insert("submodule_git_url".to_owned(), json!(url));
                }
                FileKind::Folder => {}
            }
        }
        shape
    }

    /// What became of a file that was written or deleted.
    pub(crate) fn edited(&self, edited: &FileEdited) -> Value {
        json!({
            "content": edited.file.as_ref().map(|file| self.file(file, true)),
            "commit": self.git_commit(&edited.commit),
        })
    }

    /// A folder's list.
    pub(crate) fn listed(&self, entries: &[File]) -> Value {
        entries.iter().map(|entry| self.file(entry, true)).collect()
    }

    /// A folder as one thing, with its list in it.
    pub(crate) fn folder(&self, path: &str, id: Oid, revision: &str, entries: &[File]) -> Value {
        let folder = File {
            path: path.to_owned(),
            id,
            kind: FileKind::Folder,
            bytes: 0,
            revision: revision.to_owned(),
        };
        let mut shape = self.file(&folder, false);
        if let Some(fields) = shape.as_object_mut() {
            fields.insert("entries".to_owned(), self.listed(entries));
        }
        shape
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn base64_comes_in_lines_of_sixty() {
        assert_eq!(base64_lines(b""), "");
        assert_eq!(base64_lines(b"a"), "YQ==\n");
        let lines = base64_lines(&[b'x'; 100]);
        let lengths: Vec<usize> = lines.lines().map(str::len).collect();
        assert_eq!(lengths, [60, 60, 16]);
    }

    #[test]
    fn a_moment_that_no_calendar_has_is_shown_as_the_nearest() {
        assert_eq!(moment(0), "1970-01-01T00:00:00Z");
        assert_eq!(moment(i64::MIN), "1970-01-01T00:00:00Z");
        assert_eq!(moment(i64::MAX), "9999-12-30T22:00:00Z");
    }
}
