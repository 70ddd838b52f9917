//! Files and folders of a repository by their paths.

use jeton_app::contents::{self, FileKind, Found, Reading, Wanted};
use jeton_app::{App, AppError, Call};
use jeton_domain::Operation;
use jeton_http::{Answer, Field, Form, Input, Method, Route};
use jeton_repo::Oid;

use crate::code_shapes::Code;
use crate::media::Media;
use crate::operation::{CONTENTS_READ, seeing_contents};
use crate::repositories::REPOSITORY;

pub(crate) static GET: Operation = seeing_contents(
    "contents.get",
    "Show a file, link, submodule or folder of a repository.",
    CONTENTS_READ,
);
/// The same of the uppermost folder, whose answer is always a list.
pub(crate) static LIST: Operation = seeing_contents(
    "contents.list",
    "List the uppermost folder of a repository.",
    CONTENTS_READ,
);
pub(crate) static README: Operation = seeing_contents(
    "readme.get",
    "Show the file that introduces a repository, or one of its folders.",
    CONTENTS_READ,
);

/// The bytes of a file themselves.
const RAW: &str = "application/vnd.github.raw; charset=utf-8";

const REF: &[Field] = &[Field::optional(
    "ref",
    Form::Text,
    "A branch, tag or commit; the default branch where nothing is said.",
)];

/// GitHub's.
pub(crate) static ROUTES: &[Route] = &[
    shown("/repos/{owner}/{repo}/contents", &LIST),
    shown("/repos/{owner}/{repo}/contents/", &LIST),
    shown("/repos/{owner}/{repo}/contents/{*path}", &GET),
    readme("/repos/{owner}/{repo}/readme"),
    readme("/repos/{owner}/{repo}/readme/{*dir}"),
];

const fn shown(path: &'static str, operation: &'static Operation) -> Route {
    Route::new(Method::Get, path, operation, REPOSITORY, show)
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
    let answer = contents::read(app, call, |reading| {
        let code = Code::of(app, reading);
        Ok(match found(reading, input)? {
            Found::File(file) => answer(media, &code, file),
            Found::Folder { path, id, entries } if media == Media::Object => {
                let revision = entries.first().map_or("HEAD", |entry| &entry.revision);
                Shown::Answer(Answer::ok(&code.folder(&path, id, revision, &entries)))
            }
            Found::Folder { entries, .. } => Shown::Answer(Answer::ok(&code.listed(&entries))),
        })
    })?;
    answer.whole(app, call)
}

fn show_readme(app: &App, call: &Call, input: &Input) -> Result<Answer, AppError> {
    let media = Media::asked(input).one_of(&[Media::Raw, Media::Object])?;
    let answer = contents::read(app, call, |reading| {
        let file = introduced(reading, input)?;
        Ok(answer(media, &Code::of(app, reading), file))
    })?;
    answer.whole(app, call)
}

/// What a look found.
enum Shown {
    Answer(Answer),
    /// A file that is not held in memory, as it is.
    Stream(Oid),
}

impl Shown {
    fn whole(self, app: &App, call: &Call) -> Result<Answer, AppError> {
        match self {
            Self::Answer(answer) => Ok(answer),
            Self::Stream(id) => {
                let mut streamed = contents::stream(app, call, |_| Ok(Wanted::Blob(id)))?;
                Ok(Answer::pieces(RAW, Box::new(move || streamed.piece())))
            }
        }
    }
}

fn answer(media: Media, code: &Code, file: contents::File) -> Shown {
    match (file.kind, media) {
        (FileKind::File(Some(contents)), Media::Raw) => {
            Shown::Answer(Answer::media(200, RAW, contents))
        }
        (FileKind::File(None), Media::Raw) => Shown::Stream(file.id),
        (kind, _) => Shown::Answer(Answer::ok(
            &code.file(&contents::File { kind, ..file }, false),
        )),
    }
}
