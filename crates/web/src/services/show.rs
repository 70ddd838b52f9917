//! One service account: its roles, its tokens and whose work they do, changing it, stopping it, ending it.

use askama::Template;
use jeton_api::ops;
use jeton_app::service_accounts::{self, ServiceEdit, ServiceTokenView, ServiceView};
use jeton_app::tokens::TokenView;
use jeton_app::{App, AppError, Call};
use jeton_domain::{Life, Operation, Role, Time};
use jeton_http::{Answer, Input, Method, Route};

use super::{NO_ROLE, ORG, RoleChoice, around, as_one, kept, name, page_of, roles};
use crate::around::Around;
use crate::review::owners_page;
use crate::tokens::list::{ends, tone, used};
use crate::{Faults, Frame, Said, Seen, Values, Visit, seen, settings, words};

static PAGE: Operation = owners_page(
    "page.service_account",
    "Show a service account of an organization, and its tokens.",
);

const PATH: &str = "/organizations/{org}/settings/service-accounts/{service}";

pub(crate) static ROUTES: &[Route] = &[
    Route::new(Method::Get, PATH, &PAGE, ORG, show),
    Route::new(Method::Post, PATH, ops::service_accounts::EDIT, ORG, save),
    Route::new(
        Method::Post,
        "/organizations/{org}/settings/service-accounts/{service}/suspend",
        ops::service_accounts::SUSPEND,
        ORG,
        suspend,
    ),
    Route::new(
        Method::Post,
        "/organizations/{org}/settings/service-accounts/{service}/resume",
        ops::service_accounts::RESUME,
        ORG,
        resume,
    ),
    Route::new(
        Method::Post,
        "/organizations/{org}/settings/service-accounts/{service}/delete",
        ops::service_accounts::DELETE,
        ORG,
        delete,
    ),
];

/// Whose work a token does.
#[derive(Debug)]
struct Before {
    id: i64,
    name: String,
    creator: String,
    /// When their value ends; empty where it did.
    until: String,
    used: String,
}

/// One of its tokens.
#[derive(Debug)]
struct Row {
    id: i64,
    name: String,
    state: &'static str,
    tone: &'static str,
    expires: String,
    /// It ends within a week.
    soon: bool,
    used: String,
    /// It was not ended for good.
    lives: bool,
    before: Option<Before>,
}

/// When the last of a token's values ends, in words; nothing where none works.
fn until(view: &TokenView, now: Time) -> Option<String> {
    if !view.row.standing.grants() || matches!(view.row.life, Life::Revoked { .. }) {
        return None;
    }
    let ends = view
        .secrets
        .iter()
        .filter_map(|secret| secret.end().moment());
    ends.filter(|at| !at.is_over_at(now))
        .max()
        .map(Time::minute)
}

impl Row {
    fn of(token: &ServiceTokenView, now: Time) -> Self {
        let view = &token.view;
        let (expires, soon) = ends(view, now);
        Self {
            id: view.row.id.get(),
            name: view.row.name.clone(),
            state: view.shown_state(),
            tone: tone(view.shown_state()),
            expires,
            soon,
            used: used(view, now),
            lives: !matches!(view.row.life, Life::Revoked { .. }),
            before: token.before.as_ref().map(|before| Before {
                id: before.row.id.get(),
                name: before.row.name.clone(),
                creator: before.creator.clone(),
                until: until(before, now).unwrap_or_default(),
                used: used(before, now),
            }),
        }
    }
}

#[derive(Template)]
#[template(path = "services/show.html")]
struct Page {
    frame: Frame,
    around: Around,
    /// The address of this page.
    here: String,
    login: String,
    made: String,
    suspended: bool,
    description: String,
    roles: Vec<RoleChoice>,
    issues_jobs: bool,
    /// Repositories on which it was given a role by name.
    named: Vec<(String, &'static str)>,
    tokens: Vec<Row>,
    seen: Seen,
    faults: Faults,
}

/// What the form holds.
struct Filled {
    description: String,
    role: String,
    issues_jobs: bool,
}

impl Filled {
    fn of(view: &ServiceView) -> Self {
        Self {
            description: view.row.description.clone(),
            role: view.row.everywhere.map_or(NO_ROLE, Role::name).to_owned(),
            issues_jobs: view.row.issues_jobs,
        }
    }

    fn typed(input: &Input) -> Self {
        Self {
            // A browser sends a text area's line ends as two characters each.
            description: input.field("description").replace("\r\n", "\n"),
            role: input.field("role").to_owned(),
            issues_jobs: input.field("issues_jobs") == "on",
        }
    }

    fn values(&self) -> Values {
        let word = |is: bool| if is { "yes" } else { "no" }.to_owned();
        seen::values([
            ("Description", self.description.clone()),
            ("Role on every repository", self.role.clone()),
            ("A CI system", word(self.issues_jobs)),
        ])
    }
}

fn page(
    visit: &Visit<'_>,
    status: u16,
    view: &ServiceView,
    filled: Filled,
    seen: Seen,
    faults: Faults,
) -> Result<Answer, AppError> {
    let (app, now) = (visit.app, visit.app.now());
    let around = around(visit)?;
    let login = view.row.login.clone();
    let call = as_one(visit, &PAGE);
    let named = service_accounts::roles(app, &call, &login)?;
    let tokens = service_accounts::tokens_of(app, &call, &login)?;
    visit.page(
        status,
        &Page {
            frame: visit.frame(login.clone()),
            here: page_of(&around, &login),
            made: words::relative(view.row.created_at, now),
            suspended: view.row.state != "active",
            description: filled.description,
            roles: roles(&filled.role),
            issues_jobs: filled.issues_jobs,
            named: named
                .into_iter()
                .map(|(repository, role)| (repository, role.name()))
                .collect(),
            tokens: tokens.iter().map(|token| Row::of(token, now)).collect(),
            login,
            around,
            seen,
            faults,
        },
    )
}

fn show(app: &App, call: &Call, input: &Input) -> Result<Answer, AppError> {
    let visit = Visit::new(app, call, input)?;
    let view = kept(&visit, &PAGE)?;
    let filled = Filled::of(&view);
    let seen = Seen::of(&filled.values());
    page(&visit, 200, &view, filled, seen, Faults::default())
}

fn save(app: &App, call: &Call, input: &Input) -> Result<Answer, AppError> {
    let visit = Visit::new(app, call, input)?;
    let view = kept(&visit, &PAGE)?;
    let filled = Filled::typed(input);
    let seen = Seen::sent(input, &Filled::of(&view).values());
    if seen.is_stale() {
        return page(&visit, 409, &view, filled, seen, Faults::default());
    }
    let edit = ServiceEdit {
        description: Some(filled.description.clone()),
        role: Some(filled.role.clone()),
        issues_jobs: Some(filled.issues_jobs),
    };
    match service_accounts::edit(app, call, name(input), &edit) {
        Ok(view) => back(&visit, Said::SERVICE_SAVED, &view),
        Err(error) => page(&visit, 422, &view, filled, seen, Faults::of(error)?),
    }
}

fn back(visit: &Visit<'_>, said: Said, view: &ServiceView) -> Result<Answer, AppError> {
    let path = page_of(&around(visit)?, &view.row.login);
    Ok(said.redirect(visit.app, &path))
}

fn suspend(app: &App, call: &Call, input: &Input) -> Result<Answer, AppError> {
    let visit = Visit::new(app, call, input)?;
    let view = service_accounts::suspend(app, call, name(input))?;
    back(&visit, Said::SERVICE_SUSPENDED, &view)
}

fn resume(app: &App, call: &Call, input: &Input) -> Result<Answer, AppError> {
    let visit = Visit::new(app, call, input)?;
    let view = service_accounts::resume(app, call, name(input))?;
    back(&visit, Said::SERVICE_RESUMED, &view)
}

fn delete(app: &App, call: &Call, input: &Input) -> Result<Answer, AppError> {
    let visit = Visit::new(app, call, input)?;
    service_accounts::delete(app, call, name(input))?;
    Ok(Said::SERVICE_DELETED.redirect(app, &around(&visit)?.root))
}
