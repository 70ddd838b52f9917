//! An organization's demand for a second factor: who has none, what becomes of them, and the switch.

use askama::Template;
use jeton_api::ops;
use jeton_app::foresight::{self, LockedOut, Window};
use jeton_app::{App, AppError, Call, Named, organizations};
use jeton_domain::{Operation, OrganizationRole};
use jeton_http::{Answer, Input, Method, Route};
use serde_json::{Map, Value, json};

use super::ORG;
use crate::review::{Menu, SECURITY, counted, owners_page};
use crate::{Faults, Frame, Said, Visit};

static PAGE: Operation = owners_page(
    "page.organization_security",
    "Show whether an organization asks for a second factor, and who has none.",
);

const PATH: &str = "/organizations/{org}/settings/security";

pub(crate) static ROUTES: &[Route] = &[
    Route::new(Method::Get, PATH, &PAGE, ORG, show),
    Route::new(Method::Post, PATH, ops::policy::UPDATE, ORG, save),
];

/// Only counted, not shown: the tokens' page of the policy names them.
const NONE: Window = Window {
    offset: 0,
    count: 0,
};

struct Person {
    login: String,
    role: &'static str,
    oneself: bool,
}

#[derive(Template)]
#[template(path = "organizations/security.html")]
#[expect(
    clippy::struct_excessive_bools,
    reason = "what a template asks, one question each"
)]
struct Page {
    frame: Frame,
    menu: Menu,
    version: i64,
    /// What holds.
    required: bool,
    /// The site decides.
    forced: bool,
    /// What is chosen in the form.
    chosen: bool,
    people: Vec<Person>,
    total: u64,
    words: String,
    more: u64,
    /// What the choice would do, once it was asked for.
    effect: Option<String>,
    confirm: bool,
    changed: bool,
    faults: Faults,
}

/// What the page shows beside what is there.
#[derive(Default)]
struct Shown {
    chosen: Option<bool>,
    effect: Option<(String, bool)>,
    changed: bool,
    faults: Faults,
}

pub(crate) fn lacking_words(locked_out: &LockedOut) -> String {
    counted(
        locked_out.total,
        "person has no second factor",
        "people have no second factor",
    )
}

fn page(visit: &Visit<'_>, status: u16, shown: Shown) -> Result<Answer, AppError> {
    let menu = Menu::of(visit, SECURITY)?;
    let call = visit.to(&PAGE, Named::Organization(menu.org.clone()));
    let view = organizations::policy(visit.app, &call)?;
    let lacking = foresight::without_second_factor(visit.app, &call)?;
    let own = visit.viewer.as_ref().map(|viewer| viewer.login.clone());
    let named = u64::try_from(lacking.people.len()).unwrap_or(u64::MAX);
    let (effect, confirm) = shown
        .effect
        .map_or((None, false), |(words, confirm)| (Some(words), confirm));
    visit.page(
        status,
        &Page {
            frame: visit.frame("Authentication security"),
            version: view.version,
            required: view.effective.two_factor_required,
            forced: view.forced.contains(&"two_factor_required"),
            chosen: shown.chosen.unwrap_or(view.own.two_factor_required),
            words: lacking_words(&lacking),
            total: lacking.total,
            more: lacking.total.saturating_sub(named),
            people: lacking
                .people
                .into_iter()
                .map(|lacking| Person {
                    role: match lacking.role {
                        Some(OrganizationRole::Owner) => "Owner",
                        Some(OrganizationRole::Member) => "Member",
                        None => "Outside collaborator",
                    },
                    oneself: own.as_ref() == Some(&lacking.login),
                    login: lacking.login,
                })
                .collect(),
            effect,
            confirm,
            changed: shown.changed,
            faults: shown.faults,
            menu,
        },
    )
}

fn show(app: &App, call: &Call, input: &Input) -> Result<Answer, AppError> {
    let visit = Visit::new(app, call, input)?;
    page(&visit, 200, Shown::default())
}

/// What a choice would do, in a sentence, and whether saving it asks for confirmation.
fn look(visit: &Visit<'_>, settings: &Map<String, Value>) -> Result<(String, bool), AppError> {
    let named = Named::Organization(visit.input.path("org").to_owned());
    let call = visit.to(ops::policy::PREVIEW, named);
    let seen = foresight::organization(visit.app, &call, settings, NONE)?;
    let words = if seen.locked_out.total == 0 && seen.tokens.total == 0 {
        "Nobody would be refused by it.".to_owned()
    } else {
        format!(
            "{} would be refused here, and {} of theirs with them.",
            counted(seen.locked_out.total, "person", "people"),
            counted(
                seen.tokens.total,
                "token that works today",
                "tokens that work today"
            )
        )
    };
    Ok((words, seen.confirm))
}

fn save(app: &App, call: &Call, input: &Input) -> Result<Answer, AppError> {
    let visit = Visit::new(app, call, input)?;
    let chosen = match input.field("two_factor_required") {
        "yes" => true,
        "no" => false,
        _ => {
            let faults = Faults::one("two_factor_required", "Choose one of the two.");
            let shown = Shown {
                faults,
                ..Shown::default()
            };
            return page(&visit, 422, shown);
        }
    };
    let settings = Map::from_iter([("two_factor_required".to_owned(), json!(chosen))]);
    let chose = Shown {
        chosen: Some(chosen),
        ..Shown::default()
    };
    if input.field("step") != "save" {
        let effect = Some(look(&visit, &settings)?);
        return page(&visit, 200, Shown { effect, ..chose });
    }
    let version: i64 = input.field("version").parse().unwrap_or_default();
    match organizations::patch_policy_as_seen(app, call, &settings, version) {
        Ok(_) => {
            let path = format!("/organizations/{}/settings/security", input.path("org"));
            Ok(Said::POLICY_SAVED.redirect(app, &path))
        }
        Err(AppError::Conflict { .. }) => {
            let changed = true;
            page(&visit, 409, Shown { changed, ..chose })
        }
        Err(error) => {
            let faults = Faults::of(error)?;
            page(&visit, 422, Shown { faults, ..chose })
        }
    }
}
