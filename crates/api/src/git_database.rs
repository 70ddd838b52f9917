//! Git's own things by their ids and names.

use jeton_app::contents::{self, Pointed};
use jeton_app::{App, AppError, Call};
use jeton_domain::Operation;
use jeton_http::{Answer, Field, Form, Input, Method, Route};
use serde_json::Value;

use crate::code_shapes::Code;
use crate::media::Media;
use crate::operation::{CONTENTS_READ, seeing_contents};
use crate::repositories::REPOSITORY;

pub(crate) static BLOB: Operation =
    seeing_contents("git_blob.get", "Show what a blob holds.", CONTENTS_READ);
pub(crate) static TREE: Operation = seeing_contents(
    "git_tree.get",
    "List a tree, or all that is below it.",
    CONTENTS_READ,
);
pub(crate) static COMMIT: Operation = seeing_contents(
    "git_commit.get",
    "Show a commit as Git has it.",
    CONTENTS_READ,
);
pub(crate) static TAG: Operation = seeing_contents(
    "git_tag.get",
    "Show a tag that has words of its own.",
    CONTENTS_READ,
);
pub(crate) static REF: Operation =
    seeing_contents("git_ref.get", "Show a reference.", CONTENTS_READ);
pub(crate) static REFS: Operation = seeing_contents(
    "git_ref.list",
    "List the references whose names begin so.",
    CONTENTS_READ,
);

const fn one_reference(path: &'static str) -> Route {
    Route::new(Method::Get, path, &REF, REPOSITORY, reference)
        .rule(|_, acting, input| {
            contents::rehearse(acting, |reading| {
                contents::pointed(reading, input.path("ref"))
            })
        })
        .answers(200, "Reference")
}

const fn all_references(path: &'static str) -> Route {
    Route::new(Method::Get, path, &REFS, REPOSITORY, all)
        .paged()
        .rule(|_, acting, _| {
            contents::rehearse(acting, |reading| contents::matching(reading, "", 0, 1))
        })
        .answers(200, "References")
}

/// GitHub's.
pub(crate) static ROUTES: &[Route] = &[
    Route::new(
        Method::Get,
        "/repos/{owner}/{repo}/git/blobs/{file_sha}",
        &BLOB,
        REPOSITORY,
        blob,
    )
    .rule(|_, acting, input| {
        contents::rehearse(acting, |reading| {
            contents::blob(reading, input.path("file_sha"))
        })
    })
    .answers(200, "Blob"),
    Route::new(
        Method::Get,
        "/repos/{owner}/{repo}/git/trees/{*tree_sha}",
        &TREE,
        REPOSITORY,
        tree,
    )
    .query(&[Field::optional(
        "recursive",
        Form::Text,
        "Whatever it says, also `false`: all that is below.",
    )])
    .rule(|_, acting, input| {
        contents::rehearse(acting, |reading| {
            contents::folder(reading, input.path("tree_sha"), false)
        })
    })
    .answers(200, "Tree"),
    Route::new(
        Method::Get,
        "/repos/{owner}/{repo}/git/commits/{commit_sha}",
        &COMMIT,
        REPOSITORY,
        commit,
    )
    .rule(|_, acting, input| {
        contents::rehearse(acting, |reading| {
            contents::git_commit(reading, input.path("commit_sha"))
        })
    })
    .answers(200, "Commit"),
    Route::new(
        Method::Get,
        "/repos/{owner}/{repo}/git/tags/{tag_sha}",
        &TAG,
        REPOSITORY,
        tag,
    )
    .rule(|_, acting, input| {
        contents::rehearse(acting, |reading| {
            contents::git_tag(reading, input.path("tag_sha"))
        })
    })
    .answers(200, "Tag"),
    one_reference("/repos/{owner}/{repo}/git/ref/{*ref}"),
    // The address that a reference names as its own.
    one_reference("/repos/{owner}/{repo}/git/refs/{*ref}"),
    all_references("/repos/{owner}/{repo}/git/refs"),
    all_references("/repos/{owner}/{repo}/git/matching-refs/"),
    Route::new(
        Method::Get,
        "/repos/{owner}/{repo}/git/matching-refs/{*ref}",
        &REFS,
        REPOSITORY,
        matching,
    )
    .paged()
    .rule(|_, acting, input| {
        contents::rehearse(acting, |reading| {
            contents::matching(reading, input.path("ref"), 0, 1)
        })
    })
    .answers(200, "References"),
];

fn blob(app: &App, call: &Call, input: &Input) -> Result<Answer, AppError> {
    let media = Media::asked(input).one_of(&[Media::Raw])?;
    contents::read(app, call, |reading| {
        let blob = contents::blob(reading, input.path("file_sha"))?;
        Ok(match media {
            Media::Raw => Answer::media(
                200,
                "application/vnd.github.raw; charset=utf-8",
                blob.contents,
            ),
            _ => Answer::ok(&Code::of(app, reading).blob(blob.id, &blob.contents)),
        })
    })
}

fn tree(app: &App, call: &Call, input: &Input) -> Result<Answer, AppError> {
    let recursive = input.query("recursive").is_some();
    contents::read(app, call, |reading| {
        let folder = contents::folder(reading, input.path("tree_sha"), recursive)?;
        Ok(Answer::ok(&Code::of(app, reading).git_tree(&folder)))
    })
}

fn commit(app: &App, call: &Call, input: &Input) -> Result<Answer, AppError> {
    contents::read(app, call, |reading| {
        let commit = contents::git_commit(reading, input.path("commit_sha"))?;
        Ok(Answer::ok(&Code::of(app, reading).git_commit(&commit)))
    })
}

fn tag(app: &App, call: &Call, input: &Input) -> Result<Answer, AppError> {
    contents::read(app, call, |reading| {
        let tag = contents::git_tag(reading, input.path("tag_sha"))?;
        Ok(Answer::ok(&Code::of(app, reading).git_tag(&tag)))
    })
}

fn reference(app: &App, call: &Call, input: &Input) -> Result<Answer, AppError> {
    contents::read(app, call, |reading| {
        let pointed = contents::pointed(reading, input.path("ref"))?;
        Ok(Answer::ok(&Code::of(app, reading).reference(&pointed)))
    })
}

fn matching(app: &App, call: &Call, input: &Input) -> Result<Answer, AppError> {
    beginning_with(app, call, input, input.path("ref"))
}

fn all(app: &App, call: &Call, input: &Input) -> Result<Answer, AppError> {
    beginning_with(app, call, input, "")
}

fn beginning_with(
    app: &App,
    call: &Call,
    input: &Input,
    beginning: &str,
) -> Result<Answer, AppError> {
    let page = input.page();
    contents::read(app, call, |reading| {
        let (found, total) = contents::matching(reading, beginning, page.offset(), page.size)?;
        let code = Code::of(app, reading);
        let items: Vec<Value> = found
            .iter()
            .map(|pointed: &Pointed| code.reference(pointed))
            .collect();
        Ok(Answer::page(input, &items, total))
    })
}
