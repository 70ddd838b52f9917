//! The people of an organization: members and owners, and inviting more.

use askama::Template;
use jeton_api::ops;
use jeton_app::invitations::{self, NewInvitation, TeamWish, Wanted};
use jeton_app::{App, AppError, Call, Named, organizations, teams, users};
use jeton_domain::{Clean, Operation, OrganizationRole, Registration, TargetKind};
use jeton_http::{Answer, Field, Form, Input, Method, Route};

use super::{Head, ORG, role_word};
use crate::operation::page as page_operation;
use crate::pager::Pager;
use crate::{Faults, Frame, Said, Visit};

static PAGE: Operation = page_operation(
    "page.people",
    "Show the people of an organization.",
    TargetKind::Organization,
    jeton_domain::Least::Organization(OrganizationRole::Member),
);

pub(crate) static ROUTES: &[Route] = &[
    Route::new(Method::Get, "/orgs/{org}/people", &PAGE, ORG, show)
        .query(&[
            Field::optional("q", Form::Text, "A part of the login."),
            Field::optional("role", Form::Text, "Only these."),
            Field::optional(
                "second_factor",
                Form::Text,
                "`none`: only who has no second factor.",
            ),
        ])
        .paged(),
    Route::new(
        Method::Post,
        "/orgs/{org}/people",
        ops::invitations::CREATE,
        ORG,
        invite,
    ),
    Route::new(
        Method::Post,
        "/orgs/{org}/people/{username}/role",
        ops::members::PUT,
        ORG,
        change_role,
    ),
];

/// Teams that can be ticked; others are typed.
const TEAMS: u32 = 100;

struct Person {
    login: String,
    role: &'static str,
    owner: bool,
    oneself: bool,
    /// Owners are told.
    second_factor: Option<bool>,
}

struct Team {
    slug: String,
    name: String,
    chosen: bool,
}

/// What was filled in.
#[derive(Default)]
struct Wish {
    who: String,
    owner: bool,
    /// By their words in addresses.
    teams: Vec<String>,
}

#[derive(Template)]
#[template(path = "organizations/people.html")]
#[expect(
    clippy::struct_excessive_bools,
    reason = "what a page shows or does not"
)]
struct Page {
    frame: Frame,
    head: Head,
    people: Vec<Person>,
    total: u64,
    q: String,
    role: String,
    lacking: bool,
    pager: Pager,
    wish: Wish,
    teams: Vec<Team>,
    /// There are more teams than can be ticked.
    more_teams: bool,
    /// What was typed of them.
    further: String,
    /// The server sends mail, without which nobody is invited by their address.
    sends: bool,
    /// Whoever is invited by their address can make an account.
    may_sign_up: bool,
    faults: Faults,
}

impl Page {
    /// What is wrong with whom to invite, whichever way they were named.
    fn who_fault(&self) -> &str {
        let login = self.faults.at("login");
        if login.is_empty() {
            self.faults.at("email")
        } else {
            login
        }
    }
}

fn page(visit: &Visit<'_>, status: u16, wish: Wish, faults: Faults) -> Result<Answer, AppError> {
    let (app, input) = (visit.app, visit.input);
    let org = input.path("org");
    let head = Head::of(visit, org, "people")?;
    let named = Named::Organization(org.to_owned());
    let q = input.query("q").unwrap_or_default().trim().to_owned();
    let role = input.query("role").unwrap_or_default().to_owned();
    let only = match role.as_str() {
        "owner" => Some(OrganizationRole::Owner),
        "member" => Some(OrganizationRole::Member),
        _ => None,
    };
    let at = input.page();
    let call = visit.to(ops::members::LIST, named.clone());
    // Who does not own the organization finds no such choice on the page, and its address filters nothing.
    let lacking = head.owner && input.query("second_factor") == Some("none");
    let which = organizations::Members {
        role: only,
        search: &q,
        lacking,
    };
    let (members, total) = organizations::members(app, &call, which, at.offset(), at.size)?;
    let (teams, teams_total) = if head.owner {
        teams::list(app, &visit.to(ops::teams::LIST, named), 0, TEAMS)?
    } else {
        (Vec::new(), 0)
    };
    let ticked = |slug: &&String| teams.iter().any(|team| team.row.slug == **slug);
    let further: Vec<&str> = wish
        .teams
        .iter()
        .filter(|slug| !ticked(slug))
        .map(String::as_str)
        .collect();
    let registration = users::registration(app, &visit.own(ops::members::OWN))?;
    let own = visit.viewer.as_ref().map(|viewer| viewer.login.clone());
    visit.page(
        status,
        &Page {
            frame: visit.frame(format!("People of {}", head.name)),
            people: members
                .into_iter()
                .map(|member| Person {
                    role: role_word(member.role),
                    owner: member.role == OrganizationRole::Owner,
                    second_factor: member.second_factor,
                    oneself: own.as_ref() == Some(&member.person.login),
                    login: member.person.login,
                })
                .collect(),
            total,
            pager: Pager::new(input, total),
            q,
            role,
            lacking,
            further: further.join(" "),
            more_teams: teams_total > u64::from(TEAMS),
            teams: teams
                .into_iter()
                .map(|team| Team {
                    chosen: wish.teams.contains(&team.row.slug),
                    name: team.row.name.plain(),
                    slug: team.row.slug,
                })
                .collect(),
            sends: app.sends_mail(),
            may_sign_up: registration != Registration::Closed,
            wish,
            faults,
            head,
        },
    )
}

fn show(app: &App, call: &Call, input: &Input) -> Result<Answer, AppError> {
    let visit = Visit::new(app, call, input)?;
    page(&visit, 200, Wish::default(), Faults::default())
}

fn invite(app: &App, call: &Call, input: &Input) -> Result<Answer, AppError> {
    let visit = Visit::new(app, call, input)?;
    let wish = Wish {
        who: input.field("who").trim().to_owned(),
        owner: input.field("role") == "owner",
        teams: input
            .form_all("team")
            .flat_map(str::split_whitespace)
            .map(str::to_owned)
            .collect(),
    };
    if wish.who.is_empty() {
        let fault = Faults::one("login", "Say whom to invite: a login or an e-mail address.");
        return page(&visit, 422, wish, fault);
    }
    let new = NewInvitation {
        who: if wish.who.contains('@') {
            Wanted::Email(wish.who.clone())
        } else {
            Wanted::Login(wish.who.clone())
        },
        role: if wish.owner {
            OrganizationRole::Owner
        } else {
            OrganizationRole::Member
        },
        teams: wish.teams.iter().cloned().map(TeamWish::Slug).collect(),
    };
    match invitations::invite(app, call, &new) {
        Ok(_) => {
            Ok(Said::INVITED.redirect(app, &format!("/orgs/{}/invitations", input.path("org"))))
        }
        Err(AppError::Conflict { message, .. }) => {
            page(&visit, 409, wish, Faults::one("email", message))
        }
        Err(error) => page(&visit, 422, wish, Faults::of(error)?),
    }
}

fn change_role(app: &App, call: &Call, input: &Input) -> Result<Answer, AppError> {
    let role = match input.field("role") {
        "owner" => OrganizationRole::Owner,
        "member" => OrganizationRole::Member,
        _ => {
            return Err(AppError::invalid(
                "Membership",
                "role",
                "is neither `owner` nor `member`",
            ));
        }
    };
    // Who is no member is invited, and not made one by a forged path.
    let member = call.to(ops::members::CHECK, call.named.clone());
    let member = organizations::member(app, &member, input.path("username"))?;
    member.ok_or(AppError::Missing("member"))?;
    organizations::put_member(app, call, input.path("username"), role)?;
    Ok(Said::ROLE_CHANGED.redirect(app, &format!("/orgs/{}/people", input.path("org"))))
}
