//! Which names a push may give to references.

use jeton_domain::plain;

use crate::HIDDEN_REFS;

/// Longest name, in bytes. Longer ones meet limits of file systems and of clients.
const MOST_BYTES: usize = 512;

/// Longest part between slashes, in bytes: what a file system takes, less git's `.lock`.
const MOST_PART_BYTES: usize = 250;

/// Parts of the name space that mean something to git itself, by their first word: kept for each working
/// copy, or read as instructions. Everything else under `refs/` is as good as branches and tags.
const GITS_OWN: [&str; 8] = [
    "bisect",
    "namespaces",
    "original",
    "remotes",
    "replace",
    "rewritten",
    "stash",
    "worktree",
];

/// What is wrong with a reference's name.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RefNameFault {
    /// Git's own rules forbid it.
    #[error("git does not allow the name `{0}`")]
    NotAllowed(String),
    /// It is not under `refs/`.
    #[error("`{0}` is not under `refs/`")]
    NotUnderRefs(String),
    /// It belongs to the server.
    #[error("`{0}` is kept for the server itself")]
    Hidden(String),
    /// It means something to git itself.
    #[error("`{name}` can't be pushed: git keeps `refs/{space}/` for itself in each repository")]
    GitsOwn {
        /// The name.
        name: String,
        /// The part of the name space.
        space: &'static str,
    },
    /// It is not text.
    #[error("a name must be UTF-8 and may not hold `\u{fffd}`: `{0}`")]
    NoText(String),
    /// It can't be read as it stands.
    #[error("`{0}` holds characters that do not show")]
    Invisible(String),
    /// A command would take it for an option.
    #[error("the name of a branch or tag must not begin with `-`: `{0}`")]
    LikeOption(String),
    /// Whoever asks for a commit by its id would mean it.
    #[error("the name of a branch or tag must not be one that commits have: `{0}`")]
    LikeCommit(String),
    /// It is too long.
    #[error(
        "the name is longer than {MOST_BYTES} bytes, or a part of it than {MOST_PART_BYTES}: `{0}…`"
    )]
    TooLong(String),
}

/// Checks the name of a reference that a push wants to make, change or delete: the rules of
/// `git check-ref-format`, and what Jeton adds to them.
pub fn check_ref_name(name: &str) -> Result<(), RefNameFault> {
    // What is quoted in an answer must be fit for a terminal.
    let quoted = || plain(name);
    if name.len() > MOST_BYTES || name.split('/').any(|part| part.len() > MOST_PART_BYTES) {
        return Err(RefNameFault::TooLong(quoted().chars().take(64).collect()));
    }
    if name.contains('\u{fffd}') {
        return Err(RefNameFault::NoText(quoted()));
    }
    if plain(name) != name {
        return Err(RefNameFault::Invisible(quoted()));
    }
    let Some(inner) = name.strip_prefix("refs/") else {
        return Err(RefNameFault::NotUnderRefs(quoted()));
    };
    // File systems may fold case.
    let first = inner.split('/').next().unwrap_or_default();
    if let Some(space) = GITS_OWN
        .into_iter()
        .find(|space| first.eq_ignore_ascii_case(space))
    {
        let name = quoted();
        return Err(RefNameFault::GitsOwn { name, space });
    }
    if !inner.contains('/') || gix::validate::reference::name(name.into()).is_err() {
        return Err(RefNameFault::NotAllowed(quoted()));
    }
    // The whole word and what begins with it: file systems may fold case, and git up to 2.47 hides packed
    // references by the beginning of their names.
    if is_reserved(name) {
        return Err(RefNameFault::Hidden(quoted()));
    }
    for space in ["heads/", "tags/"] {
        if let Some(short) = inner.strip_prefix(space) {
            if short.starts_with('-') {
                return Err(RefNameFault::LikeOption(quoted()));
            }
            if short.len() == 40 && short.bytes().all(|byte| byte.is_ascii_hexdigit()) {
                return Err(RefNameFault::LikeCommit(quoted()));
            }
            if short == "HEAD" {
                return Err(RefNameFault::NotAllowed(quoted()));
            }
        }
    }
    Ok(())
}

fn is_reserved(name: &str) -> bool {
    name.get(..HIDDEN_REFS.len())
        .is_some_and(|start| start.eq_ignore_ascii_case(HIDDEN_REFS))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plain_names_pass() {
        for name in [
            "refs/heads/main",
            "refs/heads/feature/a-b_c.d",
            "refs/heads/größe",
            "refs/tags/v1.0",
            "refs/notes/commits",
            "refs/changes/01/1/1",
            "refs/heads/jeton/x",
            "refs/jeto/x",
            "refs/pull/1/head",
            "refs/heads/stash",
            "refs/stashes/x",
        ] {
            assert_eq!(check_ref_name(name), Ok(()), "{name}");
        }
    }

    #[test]
    fn hostile_names_do_not() {
        for name in [
            "",
            "HEAD",
            "main",
            "refs/",
            "refs/heads",
            "refs/heads/",
            "refs//heads/x",
            "/refs/heads/x",
            "refs/heads/../../config",
            "refs/heads/..",
            "refs/heads/.x",
            "refs/heads/x.",
            "refs/heads/x..y",
            "refs/heads/x.lock",
            "refs/heads/x.lock/y",
            "refs/heads/a b",
            "refs/heads/a~1",
            "refs/heads/a^",
            "refs/heads/a:b",
            "refs/heads/a?",
            "refs/heads/a*",
            "refs/heads/a[",
            "refs/heads/a\\b",
            "refs/heads/@{x",
            "refs/heads/a\n",
            "refs/heads/a\u{7f}",
            "refs/heads/a\u{202e}b",
            "refs/heads/a\u{200b}b",
            "refs/heads/a\u{85}b",
            "refs/heads/a\u{fffd}b",
            "refs/stash",
            "refs/Stash/x",
            "refs/replace/1234567890123456789012345678901234567890",
            "refs/remotes/origin/main",
            "refs/worktree/x",
            "refs/bisect/bad",
            "refs/rewritten/x",
            "refs/original/refs/heads/main",
            "refs/namespaces/x/refs/heads/main",
            "refs/heads/-x",
            "refs/heads/0123456789abcdef0123456789ABCDEF01234567",
            "refs/tags/0123456789abcdef0123456789abcdef01234567",
            "refs/tags/--upload-pack=id",
            "refs/heads/HEAD",
            "refs/jeton/x",
            "refs/jetons/x",
            "refs/Jeton/x",
            "refs/jeton/heads/x",
            "refs/jeton",
            "../refs/heads/x",
            "objects/aa/bb",
        ] {
            assert!(check_ref_name(name).is_err(), "{name:?}");
        }
        let part = "x".repeat(MOST_PART_BYTES);
        assert_eq!(check_ref_name(&format!("refs/heads/{part}")), Ok(()));
        assert!(check_ref_name(&format!("refs/heads/{part}x")).is_err());
        assert!(check_ref_name(&format!("refs/heads/{}", "x/".repeat(300))).is_err());
    }

    #[test]
    fn git_agrees_on_its_part_of_the_rules() {
        let mut names: Vec<String> = Vec::new();
        for odd in [
            "a", ".", "..", "@", "@{", "/", "-", ".lock", "~", "{", "\\", "x.", "ü", "?", ":", " ",
        ] {
            names.extend([
                format!("refs/heads/{odd}"),
                format!("refs/heads/a{odd}b"),
                format!("refs/heads/a/{odd}"),
            ]);
        }
        for name in names {
            let git = std::process::Command::new("git")
                .args(["check-ref-format", &name])
                .status()
                .unwrap()
                .success();
            let ours = gix::validate::reference::name(name.as_str().into()).is_ok();
            assert_eq!(ours, git, "{name:?}");
            assert!(git || check_ref_name(&name).is_err(), "{name:?}");
        }
    }
}
