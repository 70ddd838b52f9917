//! Files and folders of a repository by their paths.

use jeton_app::contents::{self, FileKind, Found, Reading};
use jeton_app::{App, AppError, Call};
use jeton_domain::Operation;
use jeton_http::{Answer, Field, Form, Input, Method, Route};

use crate::code_shapes::Code;
use crate::media::Media;
use crate::operation::{CONTENTS_READ, seeing_contents};
use crate::repositories::REPOSITORY;

pub(crate) static GET: Operation = seeing_contents(
    "contents.get",
    "Show a file, link, submodule or folder of a repository.",
    CONTENTS_READ,
);
pub(crate) static README: Operation = seeing_contents(
    "readme.get",
    "Show the file that introduces a repository, or one of its folders.",
    CONTENTS_READ,
);

const REF: &[Field] = &[Field::optional(
    "ref",
    Form::Text,
    "A branch, tag or commit; the default branch where nothing is said.",
)];

/// GitHub's.
pub(crate) static ROUTES: &[Route] = &[
    shown("/repos/{owner}/{repo}/contents"),
    shown("/repos/{owner}/{repo}/contents/"),
    shown("/repos/{owner}/{repo}/contents/{*path}"),
    readme("/repos/{owner}/{repo}/readme"),
    readme("/repos/{owner}/{repo}/readme/{*dir}"),
];

const fn shown(path: &'static str) -> Route {
    Route::new(Method::Get, path, &GET, REPOSITORY, show)
        .query(REF)
        .rule(|_, acting, input| contents::rehearse(acting, |reading| found(reading, input)))
        .answers(200, "Contents")
}

const fn readme(path: &'static str) -> Route {
    Route::new(Method::Get, path, &README, REPOSITORY, show_readme)
        .query(REF)
        .rule(|_, acting, input| contents::rehearse(acting, |reading| introduced(reading, input)))
        .answers(200, "Contents")
}

fn found(reading: &Reading<'_>, input: &Input) -> Result<Found, AppError> {
    contents::found(reading, input.query("ref"), input.path("path"))
}

fn introduced(reading: &Reading<'_>, input: &Input) -> Result<contents::File, AppError> {
    contents::readme(reading, input.query("ref"), input.path("dir"))
}

fn show(app: &App, call: &Call, input: &Input) -> Result<Answer, AppError> {
    let media = Media::asked(input).one_of(&[Media::Raw, Media::Object])?;
    contents::read(app, call, |reading| {
        let code = Code::of(app, reading);
        match found(reading, input)? {
            Found::File(file) => answer(media, &code, &file),
            Found::Folder { path, id, entries } if media == Media::Object => {
                let revision = entries.first().map_or("HEAD", |entry| &entry.revision);
                Ok(Answer::ok(&code.folder(&path, id, revision, &entries)))
            }
            Found::Folder { entries, .. } => Ok(Answer::ok(&code.listed(&entries))),
        }
    })
}

fn show_readme(app: &App, call: &Call, input: &Input) -> Result<Answer, AppError> {
    let media = Media::asked(input).one_of(&[Media::Raw, Media::Object])?;
    contents::read(app, call, |reading| {
        let file = introduced(reading, input)?;
        answer(media, &Code::of(app, reading), &file)
    })
}

fn answer(media: Media, code: &Code, file: &contents::File) -> Result<Answer, AppError> {
    match (&file.kind, media) {
        (FileKind::File(Some(contents)), Media::Raw) => Ok(Answer::media(
            200,
            "application/vnd.github.raw; charset=utf-8",
            contents.clone(),
        )),
        (FileKind::File(None), Media::Raw) => Err(AppError::TooLarge { bytes: file.bytes }),
        _ => Ok(Answer::ok(&code.file(file, false))),
    }
}
