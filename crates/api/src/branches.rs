//! Branches and tags.

use jeton_app::contents;
use jeton_app::{App, AppError, Call};
use jeton_domain::{Event, Operation};
use jeton_http::{Answer, Field, Form, Input, Method, Route};
use serde::Deserialize;
use serde_json::Value;

use crate::code_shapes::Code;
use crate::operation::{
    CONTENTS_READ, CONTENTS_WRITE, METADATA, seeing_contents, writing_contents,
};
use crate::repositories::REPOSITORY;

pub(crate) static LIST: Operation = seeing_contents(
    "branch.list",
    "List the branches of a repository.",
    CONTENTS_READ,
);
pub(crate) static GET: Operation = seeing_contents(
    "branch.get",
    "Show a branch and its newest commit.",
    CONTENTS_READ,
);
pub(crate) static TAGS: Operation =
    seeing_contents("tag.list", "List the tags of a repository.", METADATA);
pub(crate) static RENAME: Operation = writing_contents(
    "branch.rename",
    "Give a branch another name; the default branch takes what choosing one takes, too.",
    CONTENTS_WRITE,
    &[
        Event::GitPushIntent,
        Event::GitPush,
        Event::RepositoryUpdate,
    ],
);

/// GitHub's.
pub(crate) static ROUTES: &[Route] = &[
    Route::new(
        Method::Get,
        "/repos/{owner}/{repo}/branches",
        &LIST,
        REPOSITORY,
        list,
    )
    .query(&[Field::optional(
        "protected",
        Form::Boolean,
        "Only those that are protected, of which there are none, or that are not.",
    )])
    .paged()
    .answers(200, "Branches"),
    Route::new(
        Method::Get,
        "/repos/{owner}/{repo}/branches/{*branch}",
        &GET,
        REPOSITORY,
        show,
    )
    .rule(|_, acting, input| {
        contents::rehearse(acting, |reading| {
            contents::branch(reading, input.path("branch"))
        })
    })
    .answers(200, "Branch"),
    Route::new(
        Method::Post,
        "/repos/{owner}/{repo}/branches/{*branch}/rename",
        &RENAME,
        REPOSITORY,
        rename,
    )
    .body(&[Field::needed(
        "new_name",
        Form::Name,
        "Its other name, without `refs/heads/`.",
    )])
    .rule(|unit, acting, input| {
        contents::may_rename_branch(unit, acting, input.path("branch")).map(drop)
    })
    .answers(201, "Branch"),
    Route::new(
        Method::Get,
        "/repos/{owner}/{repo}/tags",
        &TAGS,
        REPOSITORY,
        tags,
    )
    .paged()
    .answers(200, "Tags"),
];

fn list(app: &App, call: &Call, input: &Input) -> Result<Answer, AppError> {
    let page = input.page();
    contents::read(app, call, |reading| {
        let (branches, total) = if input.query("protected") == Some("true") {
            (Vec::new(), 0)
        } else {
            contents::branches(reading, page.offset(), page.size)?
        };
        let code = Code::of(app, reading);
        let items: Vec<Value> = branches
            .iter()
            .map(|branch| code.short_branch(branch))
            .collect();
        Ok(Answer::page(input, &items, total))
    })
}

fn show(app: &App, call: &Call, input: &Input) -> Result<Answer, AppError> {
    contents::read(app, call, |reading| {
        let (branch, commit) = contents::branch(reading, input.path("branch"))?;
        Ok(Answer::ok(&Code::of(app, reading).branch(&branch, &commit)))
    })
}

#[derive(Deserialize)]
struct Other {
    new_name: String,
}

fn rename(app: &App, call: &Call, input: &Input) -> Result<Answer, AppError> {
    let other: Other = input.read("Branch")?;
    let from = input.path("branch");
    let (branch, commit) = contents::rename_branch(app, call, from, &other.new_name)?;
    Ok(Answer::created(
        &Code::named(app, input).branch(&branch, &commit),
    ))
}

fn tags(app: &App, call: &Call, input: &Input) -> Result<Answer, AppError> {
    let page = input.page();
    contents::read(app, call, |reading| {
        let (tags, total) = contents::tags(reading, page.offset(), page.size)?;
        let code = Code::of(app, reading);
        let items: Vec<Value> = tags.iter().map(|tag| code.short_tag(tag)).collect();
        Ok(Answer::page(input, &items, total))
    })
}
