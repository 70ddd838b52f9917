//! The caller, and what everybody may know of people.

use jeton_app::repositories::Affiliation;
use jeton_app::users::UserView;
use jeton_app::{App, AppError, Call, repositories, users};
use jeton_domain::{ClassicScope, Event, Least, Level, Operation, Requirement, TargetKind};
use jeton_http::{Answer, Field, Form, Handler, Input, Method, Names, Route};
use serde::Deserialize;
use serde_json::json;

use crate::operation::{METADATA, NO_PERMISSION, changing, public, reading, scoped};
use crate::{paging, repositories as repository_routes, shapes};

pub(crate) static ONESELF: Operation = scoped(
    reading(
        "user.self",
        "Show who the caller is.",
        TargetKind::Own,
        NO_PERMISSION,
        Least::Person,
    ),
    &[],
);
pub(crate) static UPDATE: Operation = scoped(
    changing(
        "user.update_self",
        "Change what the caller calls themself.",
        TargetKind::Own,
        &[&[Requirement::new("profile", Level::Write)]],
        Least::Person,
        &[Event::UserUpdate],
    ),
    &[ClassicScope::User],
);
pub(crate) static EMAILS: Operation = scoped(
    reading(
        "user.emails",
        "List the caller's e-mail addresses.",
        TargetKind::Own,
        &[&[Requirement::new("emails", Level::Read)]],
        Least::Person,
    ),
    &[ClassicScope::UserEmail],
);
pub(crate) static PROFILE: Operation = scoped(
    public(
        "user.profile",
        "Show what everybody may know of an account.",
        TargetKind::Site,
        NO_PERMISSION,
    ),
    &[],
);
pub(crate) static EVERYBODY: Operation = scoped(
    public(
        "account.list",
        "List people and organizations by their numbers.",
        TargetKind::Site,
        NO_PERMISSION,
    ),
    &[],
);
pub(crate) static REPOSITORIES: Operation = scoped(
    public(
        "user.repositories",
        "List the repositories in a person's name space.",
        TargetKind::Site,
        METADATA,
    ),
    &[],
);

/// GitHub's.
pub(crate) static ROUTES: &[Route] = &[
    Route::with(
        Method::Get,
        "/user",
        &ONESELF,
        Names::Own,
        Handler::Quick {
            at_once: oneself_at_once,
            blocking: oneself,
        },
    )
    .answers(200, "User"),
    Route::new(Method::Patch, "/user", &UPDATE, Names::Own, update)
        .body(&[Field::optional(
            "name",
            Form::Text,
            "What they call themselves.",
        )])
        .answers(200, "User"),
    Route::new(Method::Get, "/user/emails", &EMAILS, Names::Own, emails).answers(200, "Emails"),
    Route::new(
        Method::Get,
        "/users/{username}",
        &PROFILE,
        Names::Site,
        profile,
    )
    .rule(|unit, acting, input| {
        users::may_find_profile(unit, acting, input.path("username")).map(drop)
    })
    .answers(200, "User"),
    Route::new(Method::Get, "/users", &EVERYBODY, Names::Site, everybody)
        .query(&[paging::SINCE, paging::PER_PAGE])
        .rule(|_, acting, _| acting.may_know_people())
        .answers(200, "Users"),
    Route::new(
        Method::Get,
        "/user/{account_id}",
        &PROFILE,
        Names::Site,
        profile_by_number,
    )
    .rule(|unit, acting, input| {
        users::may_find_profile_by_id(unit, acting, input.id("account_id")?).map(drop)
    })
    .answers(200, "User"),
    Route::new(
        Method::Get,
        "/users/{username}/repos",
        &REPOSITORIES,
        Names::Site,
        of_user,
    )
    .query(&[
        Field::optional(
            "type",
            Form::OneOf(&["all", "owner", "member"]),
            "Their own where nothing is said. On which others they have a role is told to themselves.",
        ),
        repository_routes::SORT,
        repository_routes::DIRECTION,
    ])
    .paged()
    .narrowed()
    .rule(|unit, acting, input| {
        repositories::may_list_of_account(unit, acting, input.path("username")).map(drop)
    })
    .answers(200, "Repositories"),
];

fn oneself(app: &App, call: &Call, _: &Input) -> Result<Answer, AppError> {
    Ok(shown(app, &users::oneself(app, call)?))
}

fn oneself_at_once(app: &App, call: &Call, _: &Input) -> Option<Result<Answer, AppError>> {
    let write = |view: &_| shapes::oneself(app.public_url(), view).to_string().into();
    Some(jeton_app::oneself_at_once(app, call, write)?.map(Answer::written))
}

fn shown(app: &App, view: &UserView) -> Answer {
    Answer::ok(&shapes::oneself(app.public_url(), view))
}

#[derive(Deserialize)]
struct Edit {
    name: Option<String>,
}

fn update(app: &App, call: &Call, input: &Input) -> Result<Answer, AppError> {
    let body: Edit = input.read("User")?;
    let view = match body.name {
        Some(name) => users::rename_display(app, call, &name)?,
        None => users::oneself(app, call)?,
    };
    Ok(shown(app, &view))
}

fn emails(app: &App, call: &Call, _: &Input) -> Result<Answer, AppError> {
    let row = users::oneself(app, call)?.row;
    let verified = row.email_verified_at.is_some();
    let items: Vec<_> = row
        .email
        .iter()
        .map(|email| json!({ "email": email, "primary": true, "verified": verified, "visibility": "private" }))
        .collect();
    Ok(Answer::ok(&items))
}

fn profile(app: &App, call: &Call, input: &Input) -> Result<Answer, AppError> {
    let profile = users::profile(app, call, input.path("username"))?;
    Ok(Answer::ok(&shapes::profile(app.public_url(), &profile)))
}

fn everybody(app: &App, call: &Call, input: &Input) -> Result<Answer, AppError> {
    let found = users::everywhere(app, call, paging::since(input)?, input.page().size)?;
    Ok(paging::walked(&found, |profile| {
        shapes::short_profile(app.public_url(), profile)
    }))
}

fn profile_by_number(app: &App, call: &Call, input: &Input) -> Result<Answer, AppError> {
    let profile = users::profile_by_id(app, call, input.id("account_id")?)?;
    Ok(Answer::ok(&shapes::profile(app.public_url(), &profile)))
}

fn of_user(app: &App, call: &Call, input: &Input) -> Result<Answer, AppError> {
    let mut wish = repository_routes::wish(input)?;
    if input.query("type") == Some("all") {
        wish.affiliations = vec![
            Affiliation::Owner,
            Affiliation::Collaborator,
            Affiliation::OrganizationMember,
        ];
    }
    let list = repositories::of_user(app, call, input.path("username"), &wish)?;
    Ok(repository_routes::listed(app, input, &list))
}
