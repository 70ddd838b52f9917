//! What jobs may do at most: the word of a repository, of an organization, of the site.

use std::collections::BTreeMap;

use askama::Template;
use jeton_api::ops;
use jeton_app::job_tokens::{self, CeilingView};
use jeton_app::{App, AppError, Call, Named};
use jeton_domain::{
    Least, Level, Operation, PermissionKey, Permissions, Role, TargetKind, catalogue,
    may_be_ceiling,
};
use jeton_http::{Answer, Input, Method, Names, Route};

use super::{OF_SITE, PERMISSIONS};
use crate::around::Around;
use crate::operation::page;
use crate::review::owners_page;
use crate::tokens::draft::PERMISSION;
use crate::tokens::expiry::Choice;
use crate::{Faults, Frame, Said, Seen, Values, Visit, settings, words};

static REPOSITORY_PAGE: Operation = page(
    "page.repository_job_permissions",
    "Show the form that says what a repository's jobs may do at most.",
    TargetKind::Repository,
    Least::Repository(Role::Admin),
);
static ORGANIZATION_PAGE: Operation = owners_page(
    "page.organization_job_permissions",
    "Show the form that says what the jobs of an organization's repositories may do at most.",
);
static SITE_PAGE: Operation = page(
    "page.site_job_permissions",
    "Show the form that says what jobs may do at most on this site.",
    TargetKind::Site,
    Least::Administrator,
);

const REPOSITORY: Names = Names::Repository("owner", "repo");
const ORG: Names = Names::Organization("org");

const OF_REPOSITORY: &str = "/{owner}/{repo}/settings/job-permissions";
const OF_ORGANIZATION: &str = "/organizations/{org}/settings/job-permissions";

pub(crate) static ROUTES: &[Route] = &[
    Route::new(
        Method::Get,
        OF_REPOSITORY,
        &REPOSITORY_PAGE,
        REPOSITORY,
        show,
    ),
    Route::new(
        Method::Post,
        OF_REPOSITORY,
        ops::jobs::PUT_CEILING,
        REPOSITORY,
        save,
    ),
    Route::new(Method::Get, OF_ORGANIZATION, &ORGANIZATION_PAGE, ORG, show),
    Route::new(
        Method::Post,
        OF_ORGANIZATION,
        ops::jobs::PUT_OWNER_CEILING,
        ORG,
        save,
    ),
    Route::new(Method::Get, OF_SITE, &SITE_PAGE, Names::Site, show),
    Route::new(
        Method::Post,
        OF_SITE,
        ops::jobs::PUT_SITE_CEILING,
        Names::Site,
        save,
    ),
];

/// One permission.
#[derive(Debug)]
struct Row {
    field: String,
    title: &'static str,
    sentence: &'static str,
    levels: Vec<Choice>,
    /// What jobs have here, where that is less than what is said here.
    less: String,
}

#[derive(Template)]
#[template(path = "jobs/ceiling.html")]
struct Page {
    frame: Frame,
    around: Around,
    /// Whose jobs, in words.
    whose: String,
    /// Somebody said it here.
    said: bool,
    /// Where the word above this one is said; empty where there is none above.
    above: &'static str,
    rows: Vec<Row>,
    seen: Seen,
    faults: Faults,
}

/// Permissions that jobs can have, as a form offers them.
fn offered() -> impl Iterator<Item = PermissionKey> {
    let keys = catalogue().filter_map(|permission| PermissionKey::parse(permission.key));
    // Seeing that a repository is there comes with every other.
    keys.filter(|key| *key != PermissionKey::metadata())
        .filter(|key| may_be_ceiling(&Permissions::new([(*key, Level::Read)])))
}

fn values(own: &Permissions) -> Values {
    let held = offered().filter_map(|key| {
        let level = own.level(key)?;
        Some((
            key.permission().full_title(),
            words::level(level).to_owned(),
        ))
    });
    held.collect()
}

/// Level words by key: what is said here.
fn levels(own: &Permissions) -> BTreeMap<String, String> {
    let pairs = own.iter();
    pairs
        .map(|(key, level)| (key.name().to_owned(), level.name().to_owned()))
        .collect()
}

fn row(key: PermissionKey, chosen: &BTreeMap<String, String>, view: &CeilingView) -> Row {
    let permission = key.permission();
    let chosen = chosen.get(key.name()).map(String::as_str);
    let none = Choice {
        value: "none".to_owned(),
        title: "No access".to_owned(),
        chosen: chosen.is_none(),
    };
    let levels = permission.levels.iter().map(|level| Choice {
        value: level.name().to_owned(),
        title: words::level(*level).to_owned(),
        chosen: chosen == Some(level.name()),
    });
    let (own, most) = (view.own.level(key), view.most.level(key));
    Row {
        field: format!("{PERMISSION}{}", key.name()),
        title: permission.title,
        sentence: permission.sentence,
        levels: std::iter::once(none).chain(levels).collect(),
        less: if own > most {
            most.map_or("nothing", words::level).to_lowercase()
        } else {
            String::new()
        },
    }
}

/// What stands around the page, whose jobs it is about, and where the word above is said.
fn around(visit: &Visit<'_>) -> Result<(Around, String, &'static str), AppError> {
    if matches!(visit.call.named, Named::Site) {
        let whose = "on this site".to_owned();
        return Ok((Around::site(OF_SITE), whose, ""));
    }
    let around = Around::of(visit, PERMISSIONS, "/")?;
    let (whose, above) = match around.home {
        Named::Repository(..) => (format!("of {}", around.name()), "its owner, or this site,"),
        _ => (
            format!("of the repositories of {}", around.name()),
            "this site",
        ),
    };
    Ok((around, whose, above))
}

/// The page that shows what is said at the place of the request.
fn showing(visit: &Visit<'_>) -> Call {
    let operation = match visit.call.named {
        Named::Repository(..) => &REPOSITORY_PAGE,
        Named::Site => &SITE_PAGE,
        _ => &ORGANIZATION_PAGE,
    };
    visit.to(operation, visit.call.named.clone())
}

fn form(
    visit: &Visit<'_>,
    status: u16,
    view: &CeilingView,
    chosen: &BTreeMap<String, String>,
    seen: Seen,
    faults: Faults,
) -> Result<Answer, AppError> {
    let (around, whose, above) = around(visit)?;
    visit.page(
        status,
        &Page {
            frame: visit.frame(format!("What jobs {whose} may do")),
            around,
            whose,
            said: view.said,
            above,
            rows: offered().map(|key| row(key, chosen, view)).collect(),
            seen,
            faults,
        },
    )
}

fn show(app: &App, call: &Call, input: &Input) -> Result<Answer, AppError> {
    let visit = Visit::new(app, call, input)?;
    let view = job_tokens::ceiling(app, call)?;
    let seen = Seen::of(&values(&view.own));
    let chosen = levels(&view.own);
    form(&visit, 200, &view, &chosen, seen, Faults::default())
}

fn save(app: &App, call: &Call, input: &Input) -> Result<Answer, AppError> {
    let visit = Visit::new(app, call, input)?;
    let view = job_tokens::ceiling(app, &showing(&visit))?;
    let fields = input.form().iter();
    let chosen: BTreeMap<String, String> = fields
        .filter_map(|(name, level)| Some((name.strip_prefix(PERMISSION)?, level)))
        .filter(|(_, level)| !matches!(level.as_str(), "" | "none"))
        .map(|(key, level)| (key.to_owned(), level.clone()))
        .collect();
    let seen = Seen::sent(input, &values(&view.own));
    if seen.is_stale() {
        return form(&visit, 409, &view, &chosen, seen, Faults::default());
    }
    match job_tokens::set_ceiling(app, call, &chosen) {
        Ok(_) => {
            let (around, ..) = around(&visit)?;
            Ok(Said::CEILING_SAVED.redirect(app, &around.root))
        }
        Err(error) => form(&visit, 422, &view, &chosen, seen, Faults::of(error)?),
    }
}
