//! People, as administrators of the site keep them.

use jeton_app::users::{self, Fate, NewUser, UserEdit};
use jeton_app::{App, AppError, Call, Password};
use jeton_domain::{Event, Least, Operation, TargetKind};
use jeton_http::{Answer, Field, Form, Input, Method, Names, Route};
use serde::Deserialize;

use crate::operation::{confirmed, person_changing, person_reading};
use crate::shapes;

const fn looking(name: &'static str, sentence: &'static str) -> Operation {
    person_reading(name, sentence, TargetKind::Site, Least::Administrator)
}

const fn keeping(
    name: &'static str,
    sentence: &'static str,
    events: &'static [Event],
) -> Operation {
    person_changing(
        name,
        sentence,
        TargetKind::Site,
        Least::Administrator,
        events,
    )
}

pub(crate) static LIST: Operation = looking("user.list", "List the people of this site.");
pub(crate) static GET: Operation = looking(
    "user.get",
    "Show a person with what administrators may know.",
);
pub(crate) static CREATE: Operation = confirmed(keeping(
    "user.create",
    "Make a person.",
    &[Event::UserCreate],
));
pub(crate) static UPDATE: Operation = keeping(
    "user.update",
    "Change a person's name, address, password or administration of the site. Giving more takes a sign-in that was confirmed lately.",
    &[Event::UserUpdate, Event::UserRename, Event::UserPassword],
);
pub(crate) static DELETE: Operation = confirmed(keeping(
    "user.delete",
    "Delete a person: their tokens are revoked, their name is given up, their repositories deleted or handed over.",
    &[
        Event::UserDelete,
        Event::TokenDestroy,
        Event::MemberRemove,
        Event::CollaboratorRemove,
        Event::RepositoryTransfer,
        Event::RepositoryDestroy,
        Event::AccessRevoke,
        Event::RequestCancel,
    ],
));
pub(crate) static SUSPEND: Operation = keeping(
    "user.suspend",
    "Suspend a person: every credential of theirs is refused, none is revoked. The answer names organizations that are left without an owner who can act.",
    &[Event::UserSuspend],
);
pub(crate) static RESUME: Operation = confirmed(keeping(
    "user.resume",
    "Let a suspended person go on.",
    &[Event::UserResume],
));

/// Ours.
pub(crate) static ROUTES: &[Route] = &[
    Route::new(Method::Get, "/users", &LIST, Names::Site, list)
        .paged()
        .answers(200, "Users"),
    Route::new(Method::Post, "/users", &CREATE, Names::Site, create)
        .body(&[
            Field::needed("login", Form::Name, "Their name."),
            Field::needed(
                "email",
                Form::Text,
                "Their e-mail address; it counts as verified.",
            ),
            Field::needed(
                "password",
                Form::Text,
                "Their first password, at least 10 characters.",
            ),
            Field::optional("name", Form::Text, "What they call themselves."),
            Field::optional("administrator", Form::Boolean, "Administers the site."),
        ])
        .answers(201, "User"),
    Route::new(Method::Get, "/users/{username}", &GET, Names::Site, show).rule(|unit, _, input| users::find(unit, login(input)).map(drop))
        .answers(200, "User"),
    Route::new(
        Method::Patch,
        "/users/{username}",
        &UPDATE,
        Names::Site,
        update,
    )
    .body(&[
        Field::optional(
            "login",
            Form::Name,
            "Another name; the old one is given up.",
        ),
        Field::optional("name", Form::Text, "What they call themselves."),
        Field::optional(
            "email",
            Form::Text,
            "Another e-mail address; it counts as verified.",
        ),
        Field::optional(
            "password",
            Form::Text,
            "Another password; their sign-ins end.",
        ),
        Field::optional("administrator", Form::Boolean, "Administers the site."),
    ])
    .rule(|unit, _, input| users::find(unit, login(input)).map(drop))
        .answers(200, "User"),
    Route::new(
        Method::Delete,
        "/users/{username}",
        &DELETE,
        Names::Site,
        delete,
    )
    .query(&[
        Field::optional(
            "repositories",
            Form::OneOf(&["delete"]),
            "`delete`: the repositories in their name space are deleted too.",
        ),
        Field::optional(
            "repositories_to",
            Form::Text,
            "The account, a person or an organization, that these are handed over to instead. It must have free names for all of them.",
        ),
    ])
    .rule(|unit, _, input| users::may_delete(unit, login(input), &fate(input)?).map(drop))
        .answers(204, ""),
    Route::new(
        Method::Post,
        "/users/{username}/suspend",
        &SUSPEND,
        Names::Site,
        suspend,
    )
    .rule(|unit, acting, input| users::may_suspend(unit, acting, login(input)).map(drop))
        .answers(200, "User"),
    Route::new(
        Method::Post,
        "/users/{username}/resume",
        &RESUME,
        Names::Site,
        resume,
    )
    .rule(|unit, _, input| users::may_resume(unit, login(input)).map(drop))
        .answers(200, "User"),
];

fn list(app: &App, call: &Call, input: &Input) -> Result<Answer, AppError> {
    let page = input.page();
    let (views, total) = users::list(app, call, page.offset(), page.size)?;
    let items: Vec<_> = views.iter().map(shapes::user).collect();
    Ok(Answer::page(input, &items, total))
}

fn login(input: &Input) -> &str {
    input.path("username")
}

/// What is to become of a deleted person's repositories.
fn fate(input: &Input) -> Result<Fate, AppError> {
    match (input.query("repositories"), input.query("repositories_to")) {
        (Some(_), Some(_)) => Err(AppError::invalid(
            "User",
            "repositories",
            "and `repositories_to` are given both; give one",
        )),
        (Some("delete"), None) => Ok(Fate::Delete),
        (Some(_), None) => Err(AppError::invalid("User", "repositories", "takes `delete`")),
        (None, Some(to)) => Ok(Fate::HandOver(to.to_owned())),
        (None, None) => Ok(Fate::Unsaid),
    }
}

fn show(app: &App, call: &Call, input: &Input) -> Result<Answer, AppError> {
    Ok(Answer::ok(&shapes::user(&users::show(
        app,
        call,
        login(input),
    )?)))
}

#[derive(Deserialize)]
struct New {
    login: String,
    email: String,
    password: String,
    name: Option<String>,
    administrator: Option<bool>,
}

fn create(app: &App, call: &Call, input: &Input) -> Result<Answer, AppError> {
    let body: New = input.read("User")?;
    let new = NewUser {
        login: body.login,
        email: body.email,
        password: Password::new(body.password),
        name: body.name.unwrap_or_default(),
        administrator: body.administrator.unwrap_or(false),
    };
    let view = users::create(app, call, &new)?;
    let location = format!("{}/api/jeton/v1/users/{}", app.public_url(), view.row.login);
    Ok(Answer::created(&shapes::user(&view)).header("location", location))
}

#[derive(Deserialize)]
struct Edit {
    login: Option<String>,
    name: Option<String>,
    email: Option<String>,
    password: Option<String>,
    administrator: Option<bool>,
}

fn update(app: &App, call: &Call, input: &Input) -> Result<Answer, AppError> {
    let body: Edit = input.read("User")?;
    let edit = UserEdit {
        login: body.login,
        name: body.name,
        email: body.email,
        password: body.password.map(Password::new),
        administrator: body.administrator,
    };
    Ok(Answer::ok(&shapes::user(&users::update(
        app,
        call,
        login(input),
        &edit,
    )?)))
}

fn delete(app: &App, call: &Call, input: &Input) -> Result<Answer, AppError> {
    users::delete(app, call, login(input), &fate(input)?)?;
    Ok(Answer::empty())
}

fn suspend(app: &App, call: &Call, input: &Input) -> Result<Answer, AppError> {
    let suspended = users::suspend(app, call, login(input))?;
    let mut body = shapes::user(&suspended.view);
    if let Some(fields) = body.as_object_mut() {
        fields.insert(
            "organizations_without_owner".to_owned(),
            suspended.ownerless.into(),
        );
    }
    Ok(Answer::ok(&body))
}

fn resume(app: &App, call: &Call, input: &Input) -> Result<Answer, AppError> {
    Ok(Answer::ok(&shapes::user(&users::resume(
        app,
        call,
        login(input),
    )?)))
}
