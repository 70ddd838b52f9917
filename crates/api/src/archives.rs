//! Files of a repository as they are, and all of them packed together: by their web addresses, and by REST, which leads there.

use jeton_app::contents::{self, Streamed, Wanted};
use jeton_app::{App, AppError, Call};
use jeton_domain::Operation;
use jeton_http::{Answer, Input, Method, Route};
use jeton_repo::Archive;

use crate::code_shapes::encoded;
use crate::operation::{CONTENTS_READ, seeing_contents};
use crate::repositories::REPOSITORY;

pub(crate) static ARCHIVE: Operation = seeing_contents(
    "archive.get",
    "Download the files of a commit as a `.tar.gz` or `.zip`.",
    CONTENTS_READ,
);
pub(crate) static RAW: Operation = seeing_contents(
    "raw.get",
    "Download a file as it is, of any size.",
    CONTENTS_READ,
);

/// GitHub's.
pub(crate) static ROUTES: &[Route] = &[
    led("/repos/{owner}/{repo}/tarball", tarball),
    led("/repos/{owner}/{repo}/tarball/{*ref}", tarball),
    led("/repos/{owner}/{repo}/zipball", zipball),
    led("/repos/{owner}/{repo}/zipball/{*ref}", zipball),
];

/// Where browsers and their like look.
pub(crate) static FILE_ROUTES: &[Route] = &[
    Route::new(
        Method::Get,
        "/{owner}/{repo}/archive/{*archive}",
        &ARCHIVE,
        REPOSITORY,
        archive,
    )
    .with_sessions()
    .rule(|_, acting, input| {
        contents::rehearse(acting, |reading| wanted(reading, input.path("archive")))
    })
    .answers(200, "application/gzip, application/zip"),
    Route::new(
        Method::Get,
        "/{owner}/{repo}/raw/{*file}",
        &RAW,
        REPOSITORY,
        raw,
    )
    .with_sessions()
    .rule(|_, acting, input| {
        contents::rehearse(acting, |reading| contents::raw(reading, input.path("file")))
    })
    .answers(200, "text/plain, application/octet-stream"),
];

const fn led(
    path: &'static str,
    handler: fn(&App, &Call, &Input) -> Result<Answer, AppError>,
) -> Route {
    Route::new(Method::Get, path, &ARCHIVE, REPOSITORY, handler)
        .rule(|_, acting, input| {
            contents::rehearse(acting, |reading| {
                contents::named(reading, input.path("ref"))
            })
        })
        .answers(302, "")
}

const FORMS: [(&str, Archive, &str); 2] = [
    (".tar.gz", Archive::TarGz, "application/gzip"),
    (".zip", Archive::Zip, "application/zip"),
];

fn tarball(app: &App, call: &Call, input: &Input) -> Result<Answer, AppError> {
    lead(app, call, input, ".tar.gz")
}

fn zipball(app: &App, call: &Call, input: &Input) -> Result<Answer, AppError> {
    lead(app, call, input, ".zip")
}

/// The address holds no credential: whoever follows it brings their own.
fn lead(app: &App, call: &Call, input: &Input, ending: &str) -> Result<Answer, AppError> {
    contents::read(app, call, |reading| {
        let commit = contents::named(reading, input.path("ref"))?;
        let name = match input.path("ref") {
            "" => commit.to_string(),
            name => encoded(name),
        };
        let (url, repository) = (app.public_url(), reading.repository);
        let full = format!("{}/{}", repository.owner.login, repository.name);
        Ok(Answer::found(&format!(
            "{url}/{full}/archive/{name}{ending}"
        )))
    })
}

/// What a name with an ending asks for, the ending's media type, and what the file is called.
fn wanted(
    reading: &contents::Reading<'_>,
    named: &str,
) -> Result<(Wanted, &'static str, String), AppError> {
    let found = FORMS.iter().find_map(|(ending, form, media)| {
        Some((named.strip_suffix(ending)?, *ending, *form, *media))
    });
    let (name, ending, form, media) = found
        .filter(|(name, ..)| !name.is_empty())
        .ok_or(AppError::Missing("form of archive"))?;
    let commit = contents::named(reading, name)?;
    let short = name
        .strip_prefix("refs/heads/")
        .or_else(|| name.strip_prefix("refs/tags/"))
        .unwrap_or(name);
    let word: String = format!("{}-{short}", reading.repository.name)
        .chars()
        .map(|c| match c {
            'a'..='z' | 'A'..='Z' | '0'..='9' | '.' | '_' => c,
            _ => '-',
        })
        .collect();
    let file = format!("{word}{ending}");
    Ok((Wanted::Archive(commit, form, word), media, file))
}

/// SECURITY: nothing of a repository runs in a browser that is signed in here: it is saved, what it is is not
/// guessed, and where it is shown all the same it may do nothing.
fn attached(media: &'static str, file: Option<&str>, mut streamed: Streamed) -> Answer {
    let disposition = match file {
        Some(file) => format!("attachment; filename=\"{file}\""),
        None => "attachment".to_owned(),
    };
    Answer::pieces(media, Box::new(move || streamed.piece()))
        .header("content-disposition", disposition)
        .header("content-security-policy", "default-src 'none'; sandbox")
        .header("cross-origin-resource-policy", "same-origin")
}

fn archive(app: &App, call: &Call, input: &Input) -> Result<Answer, AppError> {
    let mut told = None;
    let streamed = contents::stream(app, call, |reading| {
        let (wanted, media, file) = wanted(reading, input.path("archive"))?;
        told = Some((media, file));
        Ok(wanted)
    })?;
    let (media, file) = told.ok_or(AppError::Missing("archive"))?;
    Ok(attached(media, Some(&file), streamed))
}

fn raw(app: &App, call: &Call, input: &Input) -> Result<Answer, AppError> {
    let streamed = contents::stream(app, call, |reading| {
        contents::raw(reading, input.path("file")).map(Wanted::Blob)
    })?;
    let text = match std::str::from_utf8(streamed.beginning()) {
        // A character may go on in the next piece.
        Err(error) => error.error_len().is_none(),
        Ok(_) => true,
    };
    let media = if text && !streamed.beginning().contains(&0) {
        "text/plain; charset=utf-8"
    } else {
        "application/octet-stream"
    };
    Ok(attached(media, None, streamed))
}
