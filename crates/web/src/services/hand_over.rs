//! What a leaver's token runs goes over to a service account: what is lost is said before, and the new value is shown once.

use askama::Template;
use jeton_api::ops;
use jeton_app::service_accounts::{self, BothRoles, HandOver, HandOverForeseen};
use jeton_app::{App, AppError, Call};
use jeton_domain::{Expiry, Grant, Id as _, Operation, PermissionKey, Role, Selection, TokenId};
use jeton_http::{Answer, Field, Form, Input, Method, Route};

use super::{ORG, as_one, token};
use crate::around::Around;
use crate::operation::confirmed;
use crate::review::{ACTIVE, owners_page};
use crate::tokens::expiry::Choice;
use crate::tokens::list::{ends, used};
use crate::tokens::made::Earlier;
use crate::tokens::new::{SentKey, fresh_key};
use crate::{Faults, Frame, Visit, settings};

static PAGE: Operation = confirmed(owners_page(
    "page.hand_over",
    "Show what would come of handing a person's token over to a service account.",
));

const PATH: &str = "/organizations/{org}/settings/personal-access-tokens/{pat_id}/hand-over";

pub(crate) static ROUTES: &[Route] = &[
    Route::new(Method::Get, PATH, &PAGE, ORG, show).query(&[Field::optional(
        "service",
        Form::Text,
        "The service account that is to take it.",
    )]),
    Route::new(
        Method::Post,
        PATH,
        ops::service_accounts::HAND_OVER,
        ORG,
        hand_over,
    ),
];

/// How long the person's value goes on: seconds, in words.
const OVERLAPS: [(u32, &str); 5] = [
    (0, "It ends at once"),
    (3600, "For one hour"),
    (86_400, "For one day"),
    (259_200, "For three days"),
    (604_800, "For seven days"),
];
const DEFAULT_OVERLAP: u32 = 604_800;

/// A repository that the token reaches.
#[derive(Debug)]
struct Reached {
    repository: String,
    person: &'static str,
    service: &'static str,
    /// What the person's value may there until it ends.
    both: &'static str,
    /// That is less than the person may.
    less: bool,
}

impl Reached {
    fn of(both: &BothRoles) -> Self {
        let word = |role: Option<Role>| role.map_or("nothing", Role::name);
        Self {
            repository: both.repository.clone(),
            person: word(both.person),
            service: word(both.service),
            both: word(both.person.min(both.service)),
            less: both.service < both.person,
        }
    }
}

#[derive(Template)]
#[template(path = "services/hand_over.html")]
struct Page {
    frame: Frame,
    around: Around,
    id: i64,
    name: String,
    description: String,
    creator: String,
    ends: String,
    used: String,
    services: Vec<String>,
    /// The one that was chosen; empty before.
    chosen: String,
    reach: Vec<Reached>,
    /// How many more repositories it reaches.
    more: u64,
    /// It reaches packages that no repository tells of.
    packages: bool,
    /// What no service account may, by title.
    lost: Vec<String>,
    overlaps: Vec<Choice>,
    new_name: String,
    key: String,
    faults: Faults,
}

impl Page {
    /// Somewhere the person's value may do less from now on.
    fn loses(&self) -> bool {
        !self.lost.is_empty() || self.reach.iter().any(|reached| reached.less)
    }
}

/// Packages by name, or those that belong to no repository.
fn reaches_packages(grant: &Grant) -> bool {
    let may = grant.permissions.level(PermissionKey::packages()).is_some();
    may && (grant.packages.names().is_some() || grant.selection == Selection::All)
}

fn id(input: &Input) -> Result<TokenId, AppError> {
    TokenId::from_i64(input.id("pat_id")?).ok_or(AppError::Missing("token"))
}

fn page(
    visit: &Visit<'_>,
    status: u16,
    chosen: &str,
    key: String,
    faults: Faults,
) -> Result<Answer, AppError> {
    let (app, input) = (visit.app, visit.input);
    let service = (!chosen.is_empty()).then_some(chosen);
    let HandOverForeseen {
        view,
        services,
        reach,
        more,
        lost,
    } = service_accounts::foresee(app, &as_one(visit, &PAGE), id(input)?, service)?;
    let now = app.now();
    let overlap = input.field("overlap").parse().unwrap_or(DEFAULT_OVERLAP);
    let titles = lost.into_iter().filter_map(PermissionKey::parse);
    visit.page(
        status,
        &Page {
            frame: visit.frame(format!("Hand {} over", view.row.name)),
            around: Around::of(visit, ACTIVE, "/")?,
            id: view.row.id.get(),
            ends: ends(&view, now).0,
            used: used(&view, now),
            services,
            chosen: chosen.to_owned(),
            reach: reach.iter().map(Reached::of).collect(),
            more,
            packages: reaches_packages(&view.row.wanted),
            lost: titles.map(|key| key.permission().full_title()).collect(),
            overlaps: OVERLAPS
                .into_iter()
                .map(|(seconds, title)| Choice {
                    value: seconds.to_string(),
                    title: title.to_owned(),
                    chosen: seconds == overlap,
                })
                .collect(),
            new_name: match input.field("name") {
                "" => view.row.name.clone(),
                typed => typed.to_owned(),
            },
            name: view.row.name,
            description: view.row.description,
            creator: view.creator,
            key,
            faults,
        },
    )
}

fn show(app: &App, call: &Call, input: &Input) -> Result<Answer, AppError> {
    let visit = Visit::new(app, call, input)?;
    let chosen = input.query("service").unwrap_or_default();
    page(&visit, 200, chosen, fresh_key(app), Faults::default())
}

fn hand_over(app: &App, call: &Call, input: &Input) -> Result<Answer, AppError> {
    let visit = Visit::new(app, call, input)?;
    let SentKey { sent, form } = SentKey::of(&visit);
    let id = id(input)?;
    let (service, name) = (input.field("service"), input.field("name").trim());
    let wish = HandOver {
        service_account: service.to_owned(),
        name: (!name.is_empty()).then(|| name.to_owned()),
        overlap_seconds: Some(input.field("overlap").parse().unwrap_or(DEFAULT_OVERLAP)),
    };
    match service_accounts::hand_over(app, call, id, &wish, sent) {
        Ok(done) => {
            let earlier = Earlier {
                ends: match done.old_ends_at {
                    Expiry::At(at) => Some(at).filter(|at| !at.is_over_at(app.now())),
                    Expiry::Never => None,
                },
                leaver: Some(done.leaver),
                ..Earlier::default()
            };
            token::shown(&visit, &done.issued, earlier)
        }
        Err(error) => page(&visit, 422, service, form, Faults::of(error)?),
    }
}
