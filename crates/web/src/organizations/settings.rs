//! The settings of an organization that are not about tokens: what it is called, what members have, its end.

use askama::Template;
use jeton_api::ops;
use jeton_app::organizations::{
    self, Creation, MembersCounted, OrganizationEdit, OrganizationView,
};
use jeton_app::{App, AppError, Call, Named};
use jeton_domain::{
    BasePermission, Clean, Least, Operation, OrganizationRole, TargetKind, counted,
};
use jeton_http::{Answer, Input, Method, Route};

use super::{Head, ORG};
use crate::operation::page as page_operation;
use crate::review::Menu;
use crate::{Faults, Frame, Said, Seen, Values, Visit, seen};

static PAGE: Operation = page_operation(
    "page.organization_settings",
    "Show the settings of an organization.",
    TargetKind::Organization,
    Least::Organization(OrganizationRole::Owner),
);

const PATH: &str = "/organizations/{org}/settings";

pub(crate) static ROUTES: &[Route] = &[
    Route::new(Method::Get, PATH, &PAGE, ORG, show),
    Route::new(Method::Post, PATH, ops::organizations::UPDATE, ORG, save),
    Route::new(
        Method::Post,
        "/organizations/{org}/settings/rename",
        ops::organizations::RENAME,
        ORG,
        rename,
    ),
    Route::new(
        Method::Post,
        "/organizations/{org}/settings/delete",
        ops::organizations::DELETE,
        ORG,
        delete,
    ),
];

struct Base {
    word: &'static str,
    sentence: &'static str,
    chosen: bool,
}

#[derive(Template)]
#[template(path = "organizations/general.html")]
struct Page {
    frame: Frame,
    menu: Menu,
    head: Head,
    name: String,
    bases: Vec<Base>,
    members_create: bool,
    /// What the site decides of it for all organizations, where it does.
    decided: Option<bool>,
    repositories: u64,
    login: String,
    seen: Seen,
    /// What members would lose by what is filled in, before it is saved.
    losses: Vec<String>,
    /// The change that this was said of.
    told: String,
    faults: Faults,
}

const fn sentence(base: BasePermission) -> &'static str {
    match base {
        BasePermission::None => {
            "Members see only what a role is given on, and what is public or internal."
        }
        BasePermission::Read => "Every member reads and fetches every repository.",
        BasePermission::Write => "Every member pushes to every repository.",
        BasePermission::Admin => "Every member administers every repository.",
    }
}

/// What the site decides of whether members make repositories: the organization's own word is kept for when it
/// leaves it to organizations again.
fn decided(visit: &Visit<'_>) -> Result<Option<bool>, AppError> {
    let named = Named::Organization(visit.input.path("org").to_owned());
    let policy = organizations::policy(visit.app, &visit.to(&PAGE, named))?;
    let forced = policy.forced.contains(&"members_create_repositories");
    Ok(forced.then_some(policy.effective.members_create_repositories))
}

fn values(view: &OrganizationView, decided: Option<bool>) -> Values {
    let creation = match (decided, view.row.policy.members_create_repositories) {
        (Some(true), _) => "the site decides that they do",
        (Some(false), _) => "the site decides that only owners do",
        (None, true) => "yes",
        (None, false) => "no",
    };
    seen::values([
        ("Name", view.row.name.plain()),
        ("Base permission", view.row.base.name().to_owned()),
        ("Members make repositories", creation.to_owned()),
    ])
}

/// What members lose by a change: a sentence each, none where it only gives.
fn losses(view: &OrganizationView, edit: &OrganizationEdit, counts: MembersCounted) -> Vec<String> {
    let members = counted(
        counts.members,
        "member who is no owner",
        "members who are no owners",
    );
    let repositories = counted(counts.repositories, "repository", "repositories");
    let tokens = counted(counts.tokens, "token", "tokens");
    let mut lines = Vec::new();
    if counts.members == 0 {
        return lines;
    }
    let (was, is) = (view.row.base, edit.base.unwrap_or(view.row.base));
    if is < was {
        lines.push(format!(
            "Base permission: {} instead of {}. For {members} on {repositories}, only teams and roles of their own \
             give more than that from then on; their {tokens} with access can do no more than they.",
            is.name(),
            was.name(),
        ));
    }
    let created = view.row.policy.members_create_repositories;
    if created && edit.creation.as_ref().and_then(|creation| creation.wanted) == Some(false) {
        lines.push(format!(
            "Only owners make repositories: {members} can't any more, by their {tokens} with access neither. \
             What they made stays."
        ));
    }
    lines
}

fn page(
    visit: &Visit<'_>,
    status: u16,
    seen: Option<Seen>,
    faults: Faults,
) -> Result<Answer, AppError> {
    page_telling(visit, status, seen, faults, (Vec::new(), String::new()))
}

fn page_telling(
    visit: &Visit<'_>,
    status: u16,
    seen: Option<Seen>,
    faults: Faults,
    (losses, told): (Vec<String>, String),
) -> Result<Answer, AppError> {
    let (app, input) = (visit.app, visit.input);
    let org = input.path("org");
    let call = visit.to(ops::organizations::GET, Named::Organization(org.to_owned()));
    let view = organizations::show(app, &call)?;
    let head = Head::from(&view, "settings");
    let decided = decided(visit)?;
    // What was typed stays, each in its own form.
    let again = status != 200 || !losses.is_empty();
    let typed = again && !input.field("base").is_empty();
    let base = BasePermission::parse(input.field("base")).filter(|_| typed);
    visit.page(
        status,
        &Page {
            frame: visit.frame(format!("Settings of {}", head.name)),
            menu: Menu::of(visit, "")?,
            seen: seen.unwrap_or_else(|| Seen::of(&values(&view, decided))),
            name: if typed {
                input.field("name").to_owned()
            } else {
                view.row.name.plain()
            },
            bases: BasePermission::ALL
                .into_iter()
                .map(|known| Base {
                    word: known.name(),
                    sentence: sentence(known),
                    chosen: known == base.unwrap_or(view.row.base),
                })
                .collect(),
            members_create: if typed {
                input.field("members_create") == "yes"
            } else {
                view.row.policy.members_create_repositories
            },
            decided,
            repositories: organizations::repositories_left(app, &visit.to(&PAGE, call.named))?,
            login: if again && !typed {
                input.field("login").to_owned()
            } else {
                String::new()
            },
            losses,
            told,
            faults,
            head,
        },
    )
}

fn show(app: &App, call: &Call, input: &Input) -> Result<Answer, AppError> {
    let visit = Visit::new(app, call, input)?;
    page(&visit, 200, None, Faults::default())
}

fn save(app: &App, call: &Call, input: &Input) -> Result<Answer, AppError> {
    let visit = Visit::new(app, call, input)?;
    let decided = decided(&visit)?;
    let view = organizations::show(app, call)?;
    let seen = Seen::sent(input, &values(&view, decided));
    if seen.is_stale() {
        return page(&visit, 409, Some(seen), Faults::default());
    }
    let wanted = input.field("members_create") == "yes";
    let edit = OrganizationEdit {
        name: Some(input.field("name").trim().to_owned()),
        base: BasePermission::parse(input.field("base")),
        creation: decided.is_none().then(|| Creation {
            wanted: Some(wanted),
            said: vec![("members_create", wanted)],
        }),
    };
    let named = Named::Organization(input.path("org").to_owned());
    let counts = organizations::members_counted(app, &visit.to(&PAGE, named))?;
    let losses = losses(&view, &edit, counts);
    // What it was said of, not how many it meets: those may change while one reads.
    let told = format!("{} {wanted}", input.field("base"));
    if !losses.is_empty() && input.field("told") != told {
        return page_telling(&visit, 200, Some(seen), Faults::default(), (losses, told));
    }
    match organizations::update(app, call, &edit) {
        Ok(_) => {
            let path = format!("/organizations/{}/settings", input.path("org"));
            Ok(Said::SETTINGS_SAVED.redirect(app, &path))
        }
        Err(error) => page(&visit, 422, Some(seen), Faults::of(error)?),
    }
}

fn rename(app: &App, call: &Call, input: &Input) -> Result<Answer, AppError> {
    let visit = Visit::new(app, call, input)?;
    match organizations::rename(app, call, input.field("login").trim()) {
        Ok(view) => {
            let path = format!("/organizations/{}/settings", view.row.login);
            Ok(Said::SETTINGS_SAVED.redirect(app, &path))
        }
        Err(error) => page(&visit, 422, None, Faults::of(error)?),
    }
}

fn delete(app: &App, call: &Call, input: &Input) -> Result<Answer, AppError> {
    let visit = Visit::new(app, call, input)?;
    let org = input.path("org");
    if !input.field("confirm").trim().eq_ignore_ascii_case(org) {
        let fault = format!("Type `{org}` to delete it.");
        return page(&visit, 422, None, Faults::one("confirm", fault));
    }
    organizations::delete(app, call)?;
    Ok(Said::ORGANIZATION_DELETED.redirect(app, "/settings/organizations"))
}
