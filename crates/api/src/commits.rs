//! Commits and comparisons.

use jeton_app::contents::{self, CommitView, Compared, Part, Reading};
use jeton_app::{App, AppError, Call};
use jeton_domain::{Operation, Time};
use jeton_http::{Answer, Field, Form, Input, Method, Page, Route};
use jeton_repo::{HistoryFilter, TreePath};
use serde_json::Value;

use crate::code_shapes::Code;
use crate::media::Media;
use crate::operation::{CONTENTS_READ, seeing_contents};
use crate::repositories::REPOSITORY;

pub(crate) static LIST: Operation = seeing_contents(
    "commit.list",
    "List the commits that lead to a branch, tag or commit, newest first.",
    CONTENTS_READ,
);
pub(crate) static GET: Operation = seeing_contents(
    "commit.get",
    "Show a commit and what it changes.",
    CONTENTS_READ,
);
pub(crate) static COMPARE: Operation = seeing_contents(
    "commit.compare",
    "Compare two commits, named as `base...head`.",
    CONTENTS_READ,
);

/// The longest text that a filter takes, in bytes.
const LONGEST_FILTER: usize = 254;

/// Files of a commit on one page; GitHub's.
const FILES: u32 = 300;

/// GitHub's.
pub(crate) static ROUTES: &[Route] = &[
    Route::new(
        Method::Get,
        "/repos/{owner}/{repo}/commits",
        &LIST,
        REPOSITORY,
        list,
    )
    .query(&[
        Field::optional(
            "sha",
            Form::Text,
            "A branch, tag or commit; the default branch where nothing is said.",
        ),
        Field::optional(
            "path",
            Form::Text,
            "Only commits that change what stands there.",
        ),
        Field::optional(
            "author",
            Form::Text,
            "Only commits whose author's name or address holds this text.",
        ),
        Field::optional("committer", Form::Text, "The same of who put it there."),
        Field::optional("since", Form::Moment, "Put there then or later."),
        Field::optional("until", Form::Moment, "Put there then or before."),
    ])
    .paged()
    .rule(|_, acting, input| {
        contents::rehearse(acting, |reading| {
            let from = contents::newest(reading, input.query("sha"))?;
            contents::commits(reading, from, &HistoryFilter::default(), FIRST)
        })
    })
    .answers(200, "Commits"),
    Route::new(
        Method::Get,
        "/repos/{owner}/{repo}/commits/{*ref}",
        &GET,
        REPOSITORY,
        show,
    )
    .paged()
    .rule(|_, acting, input| {
        contents::rehearse(acting, |reading| {
            contents::found_commit(reading, input.path("ref"))
        })
    })
    .answers(200, "Commit"),
    Route::new(
        Method::Get,
        "/repos/{owner}/{repo}/compare/{*basehead}",
        &COMPARE,
        REPOSITORY,
        compare,
    )
    .paged()
    .rule(|_, acting, input| {
        contents::rehearse(acting, |reading| {
            contents::compared(reading, input.path("basehead"), FIRST)
        })
    })
    .answers(200, "Comparison"),
];

const FIRST: Part = Part {
    offset: 0,
    count: 1,
};

fn part(page: Page) -> Part {
    Part {
        offset: page.offset(),
        count: page.size,
    }
}

fn filter(input: &Input) -> Result<HistoryFilter, AppError> {
    let text = |name: &'static str| {
        let text = input.query(name).filter(|text| !text.is_empty());
        match text {
            Some(text) if text.len() > LONGEST_FILTER || text.chars().any(char::is_control) => Err(
                AppError::invalid("Query", name, "is too long, or holds a control character"),
            ),
            text => Ok(text.map(str::to_owned)),
        }
    };
    let moment = |name: &'static str| {
        let moment = input
            .query(name)
            .filter(|text| !text.is_empty())
            .and_then(Time::parse_bound);
        moment.map(|at| at.micros().div_euclid(1_000_000))
    };
    let path = input.query("path").map(|path| path.trim_matches('/'));
    let path = path.filter(|path| !path.is_empty()).map(TreePath::parse);
    Ok(HistoryFilter {
        path: path
            .transpose()
            .map_err(|fault| AppError::invalid("Query", "path", fault))?,
        author: text("author")?,
        committer: text("committer")?,
        since: moment("since"),
        until: moment("until"),
    })
}

fn list(app: &App, call: &Call, input: &Input) -> Result<Answer, AppError> {
    let filter = filter(input)?;
    contents::read(app, call, |reading| {
        let part = part(input.page());
        let from = contents::newest(reading, input.query("sha"))?;
        let (commits, more) = contents::commits(reading, from, &filter, part)?;
        let code = Code::of(app, reading);
        let items: Vec<Value> = commits.iter().map(|commit| code.commit(commit)).collect();
        let total = if more {
            contents::length(reading, from, &filter)?
        } else {
            None
        };
        Ok(match total {
            Some(total) => Answer::page(input, &items, total),
            None => Answer::open_page(input, &items, more),
        })
    })
}

fn show(app: &App, call: &Call, input: &Input) -> Result<Answer, AppError> {
    let media = Media::asked(input).one_of(&[Media::Sha, Media::Diff, Media::Patch])?;
    let named = input.path("ref");
    contents::read(app, call, |reading| {
        Ok(match media {
            Media::Sha => {
                let id = contents::found_commit(reading, named)?.id.to_string();
                Answer::media(200, "application/vnd.github.sha; charset=utf-8", id)
            }
            Media::Diff => diff(CommitView::diff(reading, named)?),
            Media::Patch => patch(CommitView::letter(reading, named)?),
            _ => {
                let view = contents::commit(reading, named)?;
                let (files, total) = files(&view, input);
                let shape = Code::of(app, reading).commit_view(&view, files);
                Answer::open_page(input, &shape, total)
            }
        })
    })
}

/// The files of the page that is asked for, and whether more come. A page has three hundred where nothing else is asked for.
fn files<'v>(view: &'v CommitView, input: &Input) -> (&'v [jeton_repo::Change], bool) {
    let page = input.page();
    let size = match input.query("per_page") {
        None => FILES,
        Some(_) => page.size,
    };
    let all = &view.changes.files;
    let index =
        |page: u32| usize::try_from(u64::from(page) * u64::from(size)).unwrap_or(usize::MAX);
    let (from, to) = (
        index(page.number - 1).min(all.len()),
        index(page.number).min(all.len()),
    );
    (all.get(from..to).unwrap_or_default(), to < all.len())
}

fn diff(text: Vec<u8>) -> Answer {
    Answer::media(200, "application/vnd.github.diff; charset=utf-8", text)
}

fn patch(text: Vec<u8>) -> Answer {
    Answer::media(200, "application/vnd.github.patch; charset=utf-8", text)
}

fn compare(app: &App, call: &Call, input: &Input) -> Result<Answer, AppError> {
    let media = Media::asked(input).one_of(&[Media::Diff, Media::Patch])?;
    let named = input.path("basehead");
    contents::read(app, call, |reading: &Reading<'_>| {
        Ok(match media {
            Media::Diff => diff(Compared::diff(reading, named)?),
            Media::Patch => patch(Compared::letters(reading, named)?),
            _ => {
                let page = input.page();
                let mut part = part(page);
                if input.query("per_page").is_none() && input.query("page").is_none() {
                    // GitHub's older form gives the first of them at once.
                    part.count = 250;
                }
                let compared = contents::compared(reading, named, part)?;
                let shape = Code::of(app, reading).compared(named, &compared);
                let seen = part.offset + compared.commits.len() as u64;
                Answer::open_page(input, &shape, seen < compared.distance.ahead)
            }
        })
    })
}
