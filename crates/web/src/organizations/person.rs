//! One person of an organization: what they have, through what, and changing or ending it.

use askama::Template;
use jeton_api::ops;
use jeton_app::organizations::Losses;
use jeton_app::tokens::TokenFilter;
use jeton_app::{App, AppError, Call, Named, access, grants, organizations};
use jeton_domain::{Operation, OrganizationRole, TargetKind, counted};
use jeton_http::{Answer, Input, Method, Route};

use super::losses::LossPage;
use super::{Head, ORG, role_word};
use crate::operation::page as page_operation;
use crate::pager::Pager;
use crate::review::grants::reach;
use crate::shown::{Loss, Through, through};
use crate::tokens::list::{ends, used};
use crate::{Frame, Said, Visit};

const OWNER: jeton_domain::Least = jeton_domain::Least::Organization(OrganizationRole::Owner);

static PAGE: Operation = page_operation(
    "page.person",
    "Show what a person has in an organization, and through what.",
    TargetKind::Organization,
    OWNER,
);
static REMOVAL: Operation = page_operation(
    "page.person_removal",
    "Show what a member would lose by being removed.",
    TargetKind::Organization,
    OWNER,
);

pub(crate) static ROUTES: &[Route] = &[
    Route::new(
        Method::Get,
        "/orgs/{org}/people/{username}",
        &PAGE,
        ORG,
        show,
    )
    .paged(),
    Route::new(
        Method::Get,
        "/orgs/{org}/people/{username}/remove",
        &REMOVAL,
        ORG,
        ask,
    ),
    Route::new(
        Method::Post,
        "/orgs/{org}/people/{username}/remove",
        ops::members::REMOVE,
        ORG,
        remove,
    ),
    Route::new(
        Method::Post,
        "/orgs/{org}/people/{username}/convert",
        ops::members::CONVERT,
        ORG,
        convert,
    ),
];

/// Tokens that are named; the others are counted.
const NAMED: usize = 10;
/// Tokens that have a line each; the others stand among the active ones.
const SHOWN: u32 = 50;

/// A token of theirs that reaches the organization.
struct Token {
    id: i64,
    name: String,
    reach: String,
    ends: String,
    used: String,
    state: &'static str,
    /// The service account that does its work now.
    handed: Option<String>,
}

struct Held {
    full_name: String,
    role: &'static str,
    sources: Vec<Through>,
}

#[derive(Template)]
#[template(path = "organizations/person.html")]
struct Page {
    frame: Frame,
    head: Head,
    login: String,
    /// Empty for who works there from outside.
    role: &'static str,
    owner: bool,
    repositories: Vec<Held>,
    total: u64,
    pager: Pager,
    tokens: Vec<Token>,
    tokens_total: u64,
    /// What a conversion takes besides, in words.
    lost: String,
    /// Some role was given by name, and stays.
    named: bool,
}

fn show(app: &App, call: &Call, input: &Input) -> Result<Answer, AppError> {
    let visit = Visit::new(app, call, input)?;
    let (org, username) = (input.path("org"), input.path("username"));
    let head = Head::of(&visit, org, "people")?;
    let named = Named::Organization(org.to_owned());
    let call = visit.to(ops::members::CHECK, named.clone());
    let role = match organizations::member(app, &call, username) {
        Ok(member) => member.map(|member| member.role),
        Err(AppError::Missing(_)) => None,
        Err(other) => return Err(other),
    };
    let losses = match role {
        Some(_) => {
            let call = visit.to(ops::access::LOSSES, named.clone());
            Some(organizations::losses_of_member(app, &call, username)?)
        }
        None => None,
    };
    let at = input.page();
    let call = visit.to(ops::grants::LIST, named.clone());
    let (tokens, tokens_total) = tokens_of(&visit, &call, username)?;
    let call = visit.to(ops::access::OF_PERSON, named);
    let (found, total) = access::of_person(app, &call, username, at.offset(), at.size)?;
    visit.page(
        200,
        &Page {
            frame: visit.frame(format!("{username} in {}", head.name)),
            login: username.to_ascii_lowercase(),
            role: role.map_or("", role_word),
            owner: role == Some(OrganizationRole::Owner),
            repositories: found
                .iter()
                .map(|each| Held {
                    full_name: each.row.full_name(),
                    role: each.role.name(),
                    sources: through(&each.sources),
                })
                .collect(),
            total,
            pager: Pager::new(input, total),
            tokens,
            tokens_total,
            named: losses.as_ref().is_some_and(|losses| losses.named),
            lost: losses.as_ref().map_or_else(String::new, lost),
            head,
        },
    )
}

/// The first of somebody's tokens that reach the organization, and how many there are.
fn tokens_of(visit: &Visit<'_>, call: &Call, login: &str) -> Result<(Vec<Token>, u64), AppError> {
    let filter = TokenFilter {
        creators: vec![login.to_owned()],
        ..TokenFilter::default()
    };
    let (views, total) = grants::active_page(visit.app, call, &filter, 0, SHOWN)?;
    let now = visit.app.now();
    let tokens = views.iter().map(|view| Token {
        id: view.row.id.get(),
        name: view.row.name.clone(),
        reach: reach(&view.in_force),
        ends: ends(view, now).0,
        used: used(view, now),
        state: match view.shown_state() {
            "active" => "",
            state => state,
        },
        handed: view.handed_over.clone(),
    });
    Ok((tokens.collect(), total))
}

/// What goes with a membership, whatever roles stay.
fn lost(losses: &Losses) -> String {
    let mut parts = losses.teams.clone();
    for part in &mut parts {
        *part = format!("the team {part}");
    }
    parts.extend(
        losses
            .tokens
            .iter()
            .take(NAMED)
            .map(|(_, name)| format!("the access of the token {name}")),
    );
    let more = losses.tokens.len().saturating_sub(NAMED) as u64;
    if more > 0 {
        parts.push(format!(
            "the access of {}",
            counted(more, "more token", "more tokens")
        ));
    }
    if losses.requests > 0 {
        let requests = counted(losses.requests, "request", "requests");
        parts.push(format!("{requests} that wait"));
    }
    parts.join(", ")
}

fn ask(app: &App, call: &Call, input: &Input) -> Result<Answer, AppError> {
    let visit = Visit::new(app, call, input)?;
    let (org, username) = (input.path("org"), input.path("username"));
    let named = Named::Organization(org.to_owned());
    let losses =
        organizations::losses_of_member(app, &visit.to(ops::access::LOSSES, named), username)?;
    let login = losses.login.clone();
    visit.page(
        200,
        &LossPage {
            frame: visit.frame(format!("Remove {login}")),
            heading: format!("Remove {login} from {org}?"),
            who: login.clone(),
            loss: Loss::of(losses),
            action: format!("/orgs/{org}/people/{login}/remove"),
            button: format!("Remove {login}"),
            back: format!("/orgs/{org}/people/{login}"),
            keeps: format!("/orgs/{org}/people/{login}#tokens"),
            ends: "the membership, and with it:",
        },
    )
}

fn remove(app: &App, call: &Call, input: &Input) -> Result<Answer, AppError> {
    organizations::remove_member(app, call, input.path("username"))?;
    Ok(Said::MEMBER_REMOVED.redirect(app, &format!("/orgs/{}/people", input.path("org"))))
}

fn convert(app: &App, call: &Call, input: &Input) -> Result<Answer, AppError> {
    let stays = organizations::convert_member(app, call, input.path("username"))?;
    let org = input.path("org");
    Ok(if stays {
        Said::MEMBER_CONVERTED.redirect(app, &format!("/orgs/{org}/outside-collaborators"))
    } else {
        Said::MEMBER_CONVERTED_TO_NOBODY.redirect(app, &format!("/orgs/{org}/people"))
    })
}
