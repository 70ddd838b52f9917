//! One file made, changed or deleted, as a commit.

use base64::Engine as _;
use jeton_app::contents::{self, FileEdit};
use jeton_app::{App, AppError, Call};
use jeton_domain::Operation;
use jeton_http::{Answer, Field, Form, Input, Method, Route};
use serde::Deserialize;

use crate::code_shapes::Code;
use crate::operation::{CONTENTS_OR_WORKFLOWS, PUSHES, writing_contents};
use crate::repositories::REPOSITORY;
use crate::signing::{PERSON, Person, given, message};

pub(crate) static PUT: Operation = writing_contents(
    "contents.put",
    "Make a file or change it, as a commit on a branch.",
    CONTENTS_OR_WORKFLOWS,
    PUSHES,
);
pub(crate) static DELETE: Operation = writing_contents(
    "contents.delete",
    "Delete a file, as a commit on a branch.",
    CONTENTS_OR_WORKFLOWS,
    PUSHES,
);

const RESOURCE: &str = "Contents";
const PATH: &str = "/repos/{owner}/{repo}/contents/{*path}";
const MESSAGE: Field = Field::needed("message", Form::Text, "What the commit says.");
const BRANCH: Field = Field::optional(
    "branch",
    Form::Text,
    "On which branch; the default one where nothing is said.",
);
const COMMITTER: Field = Field::optional(
    "committer",
    PERSON,
    "Who put it there; who asks, where nothing is said.",
);
const AUTHOR: Field = Field::optional(
    "author",
    PERSON,
    "Who wrote it; the committer, where nothing is said.",
);

/// GitHub's.
pub(crate) static ROUTES: &[Route] = &[
    Route::new(Method::Put, PATH, &PUT, REPOSITORY, put)
        .body(&[
            MESSAGE,
            Field::needed(
                "content",
                Form::Text,
                "What the file is to hold, in base64.",
            ),
            Field::optional(
                "sha",
                Form::Text,
                "The id of what the file holds now; needed where there is one.",
            ),
            BRANCH,
            COMMITTER,
            AUTHOR,
        ])
        .roomy()
        .rule(|_, _, input| contents::writable_path(input.path("path")).map(drop))
        .answers(201, "FileCommit"),
    Route::new(Method::Delete, PATH, &DELETE, REPOSITORY, delete)
        .body(&[
            MESSAGE,
            Field::needed("sha", Form::Text, "The id of what the file holds now."),
            BRANCH,
            COMMITTER,
            AUTHOR,
        ])
        .rule(|_, _, input| contents::writable_path(input.path("path")).map(drop))
        .answers(200, "FileCommit"),
];

#[derive(Deserialize)]
struct Edit {
    message: String,
    content: Option<String>,
    sha: Option<String>,
    branch: Option<String>,
    committer: Option<Person>,
    author: Option<Person>,
}

/// Base64 with line breaks in it, as the answers have them.
pub(crate) fn decoded(text: &str) -> Option<Vec<u8>> {
    let text: Vec<u8> = text
        .bytes()
        .filter(|byte| !matches!(byte, b'\n' | b'\r'))
        .collect();
    base64::engine::general_purpose::STANDARD.decode(text).ok()
}

fn edit(app: &App, input: &Input) -> Result<FileEdit, AppError> {
    let path = contents::writable_path(input.path("path"))?;
    let edit: Edit = input.read(RESOURCE)?;
    let contents = edit.content.as_deref().map(|text| {
        decoded(text).ok_or_else(|| AppError::invalid(RESOURCE, "content", "is no base64"))
    });
    Ok(FileEdit {
        path,
        contents: contents.transpose()?,
        sha: edit.sha,
        branch: edit.branch,
        message: message(RESOURCE, edit.message)?,
        author: given(edit.author, RESOURCE, "author", app.now())?,
        committer: given(edit.committer, RESOURCE, "committer", app.now())?,
    })
}

fn put(app: &App, call: &Call, input: &Input) -> Result<Answer, AppError> {
    let edited = contents::edit_file(app, call, &edit(app, input)?)?;
    let status = if edited.created { 201 } else { 200 };
    Ok(Answer::json(
        status,
        &Code::named(app, input).edited(&edited),
    ))
}

fn delete(app: &App, call: &Call, input: &Input) -> Result<Answer, AppError> {
    let edited = contents::edit_file(app, call, &edit(app, input)?)?;
    Ok(Answer::ok(&Code::named(app, input).edited(&edited)))
}
