//! References made, moved and deleted.

use jeton_app::contents;
use jeton_app::{App, AppError, Call};
use jeton_domain::Operation;
use jeton_http::{Answer, Field, Form, Input, Method, Route};
use serde::Deserialize;

use crate::code_shapes::Code;
use crate::operation::{CONTENTS_OR_WORKFLOWS, CONTENTS_WRITE, PUSHES, writing_contents};
use crate::repositories::REPOSITORY;

pub(crate) static CREATE: Operation = writing_contents(
    "git_ref.create",
    "Make a reference.",
    CONTENTS_OR_WORKFLOWS,
    PUSHES,
);
pub(crate) static UPDATE: Operation = writing_contents(
    "git_ref.update",
    "Move a reference.",
    CONTENTS_OR_WORKFLOWS,
    PUSHES,
);
pub(crate) static DELETE: Operation = writing_contents(
    "git_ref.delete",
    "Delete a reference.",
    CONTENTS_WRITE,
    PUSHES,
);

const RESOURCE: &str = "Reference";
const NAMED: &str = "/repos/{owner}/{repo}/git/refs/{*ref}";
const SHA: Field = Field::needed("sha", Form::Text, "The id of what it is to point to.");

/// GitHub's.
pub(crate) static ROUTES: &[Route] = &[
    Route::new(
        Method::Post,
        "/repos/{owner}/{repo}/git/refs",
        &CREATE,
        REPOSITORY,
        create,
    )
    .body(&[
        Field::needed("ref", Form::Text, "Its whole name, as `refs/heads/topic`."),
        SHA,
    ])
    .answers(201, "Reference"),
    Route::new(Method::Patch, NAMED, &UPDATE, REPOSITORY, update)
        .body(&[
            SHA,
            Field::optional("force", Form::Boolean, "Also where that loses history."),
        ])
        .rule(|unit, acting, input| contents::may_write_ref(unit, acting, input.path("ref"), false))
        .answers(200, "Reference"),
    Route::new(Method::Delete, NAMED, &DELETE, REPOSITORY, delete)
        .rule(|unit, acting, input| contents::may_write_ref(unit, acting, input.path("ref"), true))
        .answers(204, ""),
];

#[derive(Deserialize)]
struct New {
    r#ref: String,
    sha: String,
}

#[derive(Deserialize)]
struct Moved {
    sha: String,
    #[serde(default)]
    force: bool,
}

fn create(app: &App, call: &Call, input: &Input) -> Result<Answer, AppError> {
    let new: New = input.read(RESOURCE)?;
    let made = contents::create_ref(app, call, &new.r#ref, &new.sha)?;
    Ok(Answer::created(&Code::named(app, input).reference(&made)))
}

fn update(app: &App, call: &Call, input: &Input) -> Result<Answer, AppError> {
    let moved: Moved = input.read(RESOURCE)?;
    let name = input.path("ref");
    let made = contents::update_ref(app, call, name, &moved.sha, moved.force)?;
    Ok(Answer::ok(&Code::named(app, input).reference(&made)))
}

fn delete(app: &App, call: &Call, input: &Input) -> Result<Answer, AppError> {
    contents::delete_ref(app, call, input.path("ref"))?;
    Ok(Answer::empty())
}
