//! People with roles on a repository.

use jeton_app::collaborators::{self, Affiliation};
use jeton_app::{App, AppError, Call, users};
use jeton_domain::{ClassicScope, Event, Least, Operation, Role, TargetKind};
use jeton_http::{Answer, Field, Form, Input, Method, Route};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::operation::{ADMIN, ADMINISTRATION, METADATA, changing, reading, scoped};
use crate::repositories::REPOSITORY;
use crate::teams::role;
use crate::{invitations, shapes};

// Who else works on a repository is known to those who push to it.
const fn looking(name: &'static str, sentence: &'static str) -> Operation {
    reading(
        name,
        sentence,
        TargetKind::Repository,
        METADATA,
        Least::Repository(Role::Write),
    )
}

pub(crate) static LIST: Operation = scoped(
    looking(
        "collaborator.list",
        "List the people with a role on a repository.",
    ),
    &[ClassicScope::Repo, ClassicScope::PublicRepo],
);
pub(crate) static CHECK: Operation = scoped(
    looking(
        "collaborator.check",
        "Tell whether a person has a role on a repository.",
    ),
    &[ClassicScope::Repo, ClassicScope::PublicRepo],
);
pub(crate) static PERMISSION: Operation = scoped(
    looking(
        "collaborator.permission",
        "Show what a person may do with a repository.",
    ),
    &[ClassicScope::Repo, ClassicScope::PublicRepo],
);
pub(crate) static PUT: Operation = scoped(
    changing(
        "collaborator.set",
        "Give a person a role on a repository, or invite them to it: members of its organization and who works on it already have the role at once, others once they accept. Giving more takes a sign-in that was confirmed lately.",
        TargetKind::Repository,
        ADMINISTRATION,
        ADMIN,
        &[
            Event::CollaboratorAdd,
            Event::CollaboratorUpdate,
            Event::RepositoryInvitationCreate,
            Event::RepositoryInvitationUpdate,
        ],
    ),
    &[ClassicScope::Repo, ClassicScope::PublicRepo],
);
pub(crate) static REMOVE: Operation = scoped(
    changing(
        "collaborator.remove",
        "Take a person's role on a repository.",
        TargetKind::Repository,
        ADMINISTRATION,
        ADMIN,
        &[
            Event::CollaboratorRemove,
            Event::AccessRevoke,
            Event::RequestCancel,
        ],
    ),
    &[ClassicScope::Repo, ClassicScope::PublicRepo],
);

/// GitHub's.
pub(crate) static ROUTES: &[Route] = &[
    Route::new(
        Method::Get,
        "/repos/{owner}/{repo}/collaborators",
        &LIST,
        REPOSITORY,
        list,
    )
    .query(&[
        Field::optional(
            "affiliation",
            Form::OneOf(&["all", "direct", "outside"]),
            "Only these.",
        ),
        Field::optional(
            "permission",
            crate::teams::ROLE,
            "Only those who may do what this role may.",
        ),
    ])
    .paged()
    .answers(200, "Collaborators"),
    Route::new(
        Method::Get,
        "/repos/{owner}/{repo}/collaborators/{username}",
        &CHECK,
        REPOSITORY,
        check,
    )
    .rule(|unit, acting, input| collaborators::may_find(unit, acting, login(input)))
    .answers(204, ""),
    Route::new(
        Method::Get,
        "/repos/{owner}/{repo}/collaborators/{username}/permission",
        &PERMISSION,
        REPOSITORY,
        permission,
    )
    .rule(|unit, _, input| users::find(unit, login(input)).map(drop))
    .answers(200, "CollaboratorPermission"),
    Route::new(
        Method::Put,
        "/repos/{owner}/{repo}/collaborators/{username}",
        &PUT,
        REPOSITORY,
        put,
    )
    .body(&[Field::optional(
        "permission",
        crate::teams::ROLE,
        "The role; write where nothing is said.",
    )])
    .rule(|unit, acting, input| collaborators::may_put(unit, acting, login(input)).map(drop))
    .answers(204, ""),
    Route::new(
        Method::Delete,
        "/repos/{owner}/{repo}/collaborators/{username}",
        &REMOVE,
        REPOSITORY,
        remove,
    )
    .rule(|unit, acting, input| collaborators::may_remove(unit, acting, login(input)).map(drop))
    .answers(204, ""),
];

/// A person with what their role holds.
fn collaborator(mut person: Value, role: Option<Role>) -> Value {
    if let Some(fields) = person.as_object_mut() {
        fields.insert(
            "role_name".to_owned(),
            json!(role.map_or("none", Role::name)),
        );
        fields.insert("permissions".to_owned(), shapes::permissions(role));
    }
    person
}

fn login(input: &Input) -> &str {
    input.path("username")
}

fn list(app: &App, call: &Call, input: &Input) -> Result<Answer, AppError> {
    let page = input.page();
    let affiliation = match input.query("affiliation") {
        Some("direct") => Affiliation::Direct,
        Some("outside") => Affiliation::Outside,
        _ => Affiliation::All,
    };
    let least = input.query("permission").and_then(Role::parse);
    let part = (page.offset(), page.size);
    let (found, total) = collaborators::list(app, call, affiliation, least, part)?;
    let items: Vec<_> = found
        .iter()
        .map(|each| {
            collaborator(
                shapes::person(app.public_url(), &each.person),
                Some(each.role),
            )
        })
        .collect();
    Ok(Answer::page(input, &items, total))
}

fn check(app: &App, call: &Call, input: &Input) -> Result<Answer, AppError> {
    collaborators::check(app, call, login(input))?;
    Ok(Answer::empty())
}

/// GitHub's four words for the five roles.
const fn legacy(role: Option<Role>) -> &'static str {
    match role {
        None => "none",
        Some(Role::Read | Role::Triage) => "read",
        Some(Role::Write | Role::Maintain) => "write",
        Some(Role::Admin) => "admin",
    }
}

fn permission(app: &App, call: &Call, input: &Input) -> Result<Answer, AppError> {
    let (person, role) = collaborators::permission(app, call, login(input))?;
    Ok(Answer::ok(&json!({
        "permission": legacy(role),
        "role_name": role.map_or("none", Role::name),
        "user": collaborator(shapes::person(app.public_url(), &person), role),
    })))
}

#[derive(Deserialize)]
struct Put {
    permission: Option<String>,
}

fn put(app: &App, call: &Call, input: &Input) -> Result<Answer, AppError> {
    let body: Put = input.read("Collaborator")?;
    let role = role(body.permission.as_deref(), Role::Write)?;
    Ok(match collaborators::put(app, call, login(input), role)? {
        Some(invited) => Answer::created(&invitations::repository_invitation(app, &invited)),
        None => Answer::empty(),
    })
}

fn remove(app: &App, call: &Call, input: &Input) -> Result<Answer, AppError> {
    collaborators::remove(app, call, login(input))?;
    Ok(Answer::empty())
}
