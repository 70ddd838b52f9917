//! Teams: their members and their roles on repositories.

pub(crate) use jeton_app::teams::PUT_REPOSITORY;
use jeton_app::teams::{self, TeamEdit, TeamPlace, TeamView};
use jeton_app::{App, AppError, Call};
use jeton_domain::{
    ClassicScope, Event, Id, Least, Level, Operation, Requirement, Role, TargetKind, TeamId,
};
use jeton_http::{Answer, Field, Form, Input, Method, Names, Route};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::media::Media;
use crate::operation::{
    ADMIN, ADMINISTRATION_READ, MEMBER, NO_PERMISSION, OWNER, changing, confirmed, keeping_members,
    reading, scoped, seeing_members,
};
use crate::repositories::REPOSITORY as REPOSITORY_NAMES;
use crate::{settled, shapes};

/// What a repository's place in a team takes: the repository's administration, and seeing both.
const REPOSITORY_WRITE: &[&[Requirement]] = &[&[
    Requirement::new("administration", Level::Write),
    Requirement::new("members", Level::Read),
    Requirement::new("metadata", Level::Read),
]];
const REPOSITORY_READ: &[&[Requirement]] = &[&[
    Requirement::new("members", Level::Read),
    Requirement::new("metadata", Level::Read),
]];

pub(crate) static LIST: Operation = scoped(
    seeing_members("team.list", "List the teams of an organization."),
    &[ClassicScope::ReadOrg],
);
pub(crate) static GET: Operation = scoped(
    seeing_members("team.get", "Show a team."),
    &[ClassicScope::ReadOrg],
);
pub(crate) static CREATE: Operation = scoped(
    confirmed(keeping_members(
        "team.create",
        "Make a team.",
        &[Event::TeamCreate],
    )),
    &[ClassicScope::AdminOrg],
);
pub(crate) static UPDATE: Operation = scoped(
    keeping_members(
        "team.update",
        "Change a team's name or its place below another. Giving more takes a sign-in that was confirmed lately.",
        &[Event::TeamUpdate],
    ),
    &[ClassicScope::AdminOrg],
);
pub(crate) static DELETE: Operation = scoped(
    keeping_members(
        "team.delete",
        "Delete a team; the teams below it stand at the top from then on.",
        &[Event::TeamDestroy],
    ),
    &[ClassicScope::AdminOrg],
);
pub(crate) static BELOW: Operation = scoped(
    seeing_members("team.list_below", "List the teams right below a team."),
    &[ClassicScope::ReadOrg],
);
pub(crate) static OWN: Operation = scoped(
    reading(
        "team.list_own",
        "List the teams that the caller is in.",
        TargetKind::Own,
        NO_PERMISSION,
        Least::Person,
    ),
    &[
        ClassicScope::ReadOrg,
        ClassicScope::User,
        ClassicScope::Repo,
    ],
);
pub(crate) static OF_REPOSITORY: Operation = scoped(
    reading(
        "repository_team.list",
        "List the teams with a role on a repository, for who belongs to its organization.",
        TargetKind::Repository,
        ADMINISTRATION_READ,
        ADMIN,
    ),
    &[ClassicScope::Repo, ClassicScope::PublicRepo],
);
pub(crate) static MEMBERS: Operation = scoped(
    seeing_members("team_membership.list", "List the members of a team."),
    &[ClassicScope::ReadOrg],
);
pub(crate) static MEMBERSHIP: Operation = scoped(
    seeing_members("team_membership.get", "Tell whether a person is in a team."),
    &[ClassicScope::ReadOrg],
);
pub(crate) static ADD: Operation = scoped(
    confirmed(keeping_members(
        "team_membership.set",
        "Put a member of the organization into a team.",
        &[Event::TeamAddMember],
    )),
    &[ClassicScope::AdminOrg],
);
pub(crate) static REMOVE: Operation = scoped(
    keeping_members(
        "team_membership.remove",
        "Take a person out of a team.",
        &[Event::TeamRemoveMember],
    ),
    &[ClassicScope::AdminOrg],
);
pub(crate) static REPOSITORIES: Operation = scoped(
    seeing_members(
        "team_repository.list",
        "List the repositories that a team has a role on.",
    ),
    &[ClassicScope::ReadOrg],
);
pub(crate) static REPOSITORY: Operation = scoped(
    reading(
        "team_repository.get",
        "Show a team's role on a repository.",
        TargetKind::Organization,
        REPOSITORY_READ,
        MEMBER,
    ),
    &[ClassicScope::ReadOrg],
);
pub(crate) static REMOVE_REPOSITORY: Operation = scoped(
    changing(
        "team_repository.remove",
        "Take a team's role on a repository.",
        TargetKind::Organization,
        REPOSITORY_WRITE,
        OWNER,
        &[Event::TeamRemoveRepository],
    ),
    &[ClassicScope::AdminOrg],
);

const ORG: Names = Names::Organization("org");
/// A role by its name or by GitHub's older word.
pub(crate) const ROLE: Form = Form::OneOf(&[
    "read", "triage", "write", "maintain", "admin", "pull", "push",
]);
const PARENT: Field = Field::optional(
    "parent_team_id",
    Form::Number,
    "The team above it, or null for none.",
);

/// GitHub's.
pub(crate) static ROUTES: &[Route] = &[
    Route::new(Method::Get, "/orgs/{org}/teams", &LIST, ORG, list)
        .paged()
        .answers(200, "Teams"),
    Route::new(Method::Post, "/orgs/{org}/teams", &CREATE, ORG, create)
        .body(&[
            Field::needed("name", Form::Name, "Its name; the slug is made from it."),
            PARENT,
        ])
        .settled(settled::TEAM)
        .answers(201, "Team"),
    Route::new(
        Method::Get,
        "/orgs/{org}/teams/{team_slug}",
        &GET,
        ORG,
        show,
    )
    .rule(|unit, acting, input| teams::by_slug(unit, acting, slug(input)).map(drop))
    .answers(200, "Team"),
    Route::new(
        Method::Patch,
        "/orgs/{org}/teams/{team_slug}",
        &UPDATE,
        ORG,
        update,
    )
    .body(&[
        Field::optional("name", Form::Name, "Another name, and so another slug."),
        PARENT,
    ])
    .settled(settled::TEAM)
    .rule(|unit, acting, input| teams::by_slug(unit, acting, slug(input)).map(drop))
    .answers(200, "Team"),
    Route::new(
        Method::Delete,
        "/orgs/{org}/teams/{team_slug}",
        &DELETE,
        ORG,
        delete,
    )
    .rule(|unit, acting, input| teams::by_slug(unit, acting, slug(input)).map(drop))
    .answers(204, ""),
    Route::new(
        Method::Get,
        "/orgs/{org}/teams/{team_slug}/members",
        &MEMBERS,
        ORG,
        members,
    )
    .query(&[Field::optional(
        "role",
        Form::OneOf(&["all", "member", "maintainer"]),
        "Only these; a team has members, and nobody maintains it.",
    )])
    .paged()
    .rule(|unit, acting, input| teams::by_slug(unit, acting, slug(input)).map(drop))
    .answers(200, "Users"),
    Route::new(
        Method::Get,
        "/orgs/{org}/teams/{team_slug}/teams",
        &BELOW,
        ORG,
        below,
    )
    .paged()
    .rule(|unit, acting, input| teams::by_slug(unit, acting, slug(input)).map(drop))
    .answers(200, "Teams"),
    Route::new(Method::Get, "/user/teams", &OWN, Names::Own, own)
        .paged()
        .narrowed()
        .answers(200, "Teams"),
    Route::new(
        Method::Get,
        "/repos/{owner}/{repo}/teams",
        &OF_REPOSITORY,
        REPOSITORY_NAMES,
        of_repository,
    )
    .paged()
    .answers(200, "Teams"),
    // What clients make of a team's own address.
    Route::new(
        Method::Get,
        "/orgs/{org}/teams/{team_slug}/members/{username}",
        &MEMBERSHIP,
        ORG,
        has_member,
    )
    .rule(|unit, acting, input| {
        teams::may_find_member(unit, acting, slug(input), login(input)).map(drop)
    })
    .answers(204, ""),
    Route::new(
        Method::Get,
        "/orgs/{org}/teams/{team_slug}/memberships/{username}",
        &MEMBERSHIP,
        ORG,
        membership,
    )
    .rule(|unit, acting, input| {
        teams::may_find_member(unit, acting, slug(input), login(input)).map(drop)
    })
    .answers(200, "TeamMembership"),
    Route::new(
        Method::Put,
        "/orgs/{org}/teams/{team_slug}/memberships/{username}",
        &ADD,
        ORG,
        add,
    )
    .settled(settled::TEAM_MEMBERSHIP)
    .rule(|unit, acting, input| {
        teams::may_add_member(unit, acting, slug(input), login(input)).map(drop)
    })
    .answers(200, "TeamMembership"),
    Route::new(
        Method::Delete,
        "/orgs/{org}/teams/{team_slug}/memberships/{username}",
        &REMOVE,
        ORG,
        remove,
    )
    .rule(|unit, acting, input| {
        teams::may_find_member(unit, acting, slug(input), login(input)).map(drop)
    })
    .answers(204, ""),
    Route::new(
        Method::Get,
        "/orgs/{org}/teams/{team_slug}/repos",
        &REPOSITORIES,
        ORG,
        repositories,
    )
    .paged()
    .narrowed()
    .rule(|unit, acting, input| teams::by_slug(unit, acting, slug(input)).map(drop))
    .answers(200, "Repositories"),
    Route::new(
        Method::Get,
        "/orgs/{org}/teams/{team_slug}/repos/{owner}/{repo}",
        &REPOSITORY,
        ORG,
        repository,
    )
    .rule(|unit, acting, input| {
        let (owner, name) = inner(input);
        teams::role_on(unit, acting, slug(input), owner, name).map(drop)
    })
    .answers(204, ""),
    Route::new(
        Method::Put,
        "/orgs/{org}/teams/{team_slug}/repos/{owner}/{repo}",
        &PUT_REPOSITORY,
        ORG,
        put_repository,
    )
    .body(&[Field::optional(
        "permission",
        ROLE,
        "The role; read where nothing is said.",
    )])
    .rule(|unit, acting, input| {
        let (owner, name) = inner(input);
        teams::inner(unit, acting, slug(input), owner, name).map(drop)
    })
    .answers(204, ""),
    Route::new(
        Method::Delete,
        "/orgs/{org}/teams/{team_slug}/repos/{owner}/{repo}",
        &REMOVE_REPOSITORY,
        ORG,
        remove_repository,
    )
    .rule(|unit, acting, input| {
        let (owner, name) = inner(input);
        teams::may_remove_repository(unit, acting, slug(input), owner, name).map(drop)
    })
    .answers(204, ""),
];

fn slug(input: &Input) -> &str {
    input.path("team_slug")
}

/// Owner and name of the repository that stands beside the team.
fn inner(input: &Input) -> (&str, &str) {
    (input.path("owner"), input.path("repo"))
}

fn login(input: &Input) -> &str {
    input.path("username")
}

fn list(app: &App, call: &Call, input: &Input) -> Result<Answer, AppError> {
    let page = input.page();
    let (views, total) = teams::list(app, call, page.offset(), page.size)?;
    Ok(listed(app, input, &views, total))
}

fn below(app: &App, call: &Call, input: &Input) -> Result<Answer, AppError> {
    let page = input.page();
    let (views, total) = teams::below(app, call, slug(input), page.offset(), page.size)?;
    Ok(listed(app, input, &views, total))
}

fn own(app: &App, call: &Call, input: &Input) -> Result<Answer, AppError> {
    let page = input.page();
    let (views, total) = teams::of_oneself(app, call, page.offset(), page.size)?;
    Ok(listed(app, input, &views, total))
}

fn of_repository(app: &App, call: &Call, input: &Input) -> Result<Answer, AppError> {
    let page = input.page();
    let (views, total) = teams::of_repository(app, call, page.offset(), page.size)?;
    let items: Vec<_> = views
        .iter()
        .map(|(view, role)| shapes::team_with_role(app.public_url(), view, *role))
        .collect();
    Ok(Answer::page(input, &items, total))
}

/// A page of teams.
fn listed(app: &App, input: &Input, views: &[TeamView], total: u64) -> Answer {
    let items: Vec<_> = views
        .iter()
        .map(|view| shapes::team(app.public_url(), view))
        .collect();
    Answer::page(input, &items, total)
}

fn has_member(app: &App, call: &Call, input: &Input) -> Result<Answer, AppError> {
    teams::member(app, call, slug(input), login(input))?;
    Ok(Answer::empty())
}

fn show(app: &App, call: &Call, input: &Input) -> Result<Answer, AppError> {
    Ok(Answer::ok(&shapes::team(
        app.public_url(),
        &teams::show(app, call, slug(input))?,
    )))
}

/// The team above: left out, taken off by null, or named.
fn place(input: &Input) -> Result<TeamPlace, AppError> {
    match input.body().get("parent_team_id") {
        None => Ok(TeamPlace::Keep),
        Some(Value::Null) => Ok(TeamPlace::Top),
        Some(value) => match value.as_i64().and_then(TeamId::from_i64) {
            Some(id) => Ok(TeamPlace::Below(id)),
            None => Err(AppError::invalid(
                "Team",
                "parent_team_id",
                "is no team's number",
            )),
        },
    }
}

#[derive(Deserialize)]
struct Edit {
    name: Option<String>,
}

fn create(app: &App, call: &Call, input: &Input) -> Result<Answer, AppError> {
    let body: Edit = input.read("Team")?;
    let parent = match place(input)? {
        TeamPlace::Keep | TeamPlace::Top => None,
        TeamPlace::Below(parent) => Some(parent),
    };
    let view = teams::create(app, call, body.name.as_deref().unwrap_or_default(), parent)?;
    let location = format!(
        "{}/api/v3/orgs/{}/teams/{}",
        app.public_url(),
        view.organization.login,
        view.row.slug
    );
    Ok(Answer::created(&shapes::team(app.public_url(), &view)).header("location", location))
}

fn update(app: &App, call: &Call, input: &Input) -> Result<Answer, AppError> {
    let body: Edit = input.read("Team")?;
    let edit = TeamEdit {
        name: body.name,
        place: place(input)?,
    };
    Ok(Answer::ok(&shapes::team(
        app.public_url(),
        &teams::update(app, call, slug(input), &edit)?,
    )))
}

fn delete(app: &App, call: &Call, input: &Input) -> Result<Answer, AppError> {
    teams::delete(app, call, slug(input))?;
    Ok(Answer::empty())
}

fn members(app: &App, call: &Call, input: &Input) -> Result<Answer, AppError> {
    let page = input.page();
    let (mut people, mut total) = teams::members(app, call, slug(input), page.offset(), page.size)?;
    if input.query("role") == Some("maintainer") {
        (people, total) = (Vec::new(), 0);
    }
    Ok(shapes::people(app, input, &people, total))
}

fn membership_shape(app: &App, input: &Input) -> Answer {
    let (org, slug, login) = (input.path("org"), slug(input), login(input));
    let url = format!(
        "{}/api/v3/orgs/{org}/teams/{slug}/memberships/{login}",
        app.public_url()
    );
    Answer::ok(&json!({ "url": url, "role": "member", "state": "active" }))
}

fn membership(app: &App, call: &Call, input: &Input) -> Result<Answer, AppError> {
    teams::member(app, call, slug(input), login(input))?;
    Ok(membership_shape(app, input))
}

fn add(app: &App, call: &Call, input: &Input) -> Result<Answer, AppError> {
    teams::add_member(app, call, slug(input), login(input))?;
    Ok(membership_shape(app, input))
}

fn remove(app: &App, call: &Call, input: &Input) -> Result<Answer, AppError> {
    teams::remove_member(app, call, slug(input), login(input))?;
    Ok(Answer::empty())
}

/// A repository with the team's role instead of the caller's.
fn team_repository(app: &App, view: &jeton_app::repositories::RepositoryView, role: Role) -> Value {
    let seen = jeton_app::repositories::RepositoryView {
        role: Some(role),
        ..view.clone()
    };
    shapes::repository(app.public_url(), &seen)
}

fn repositories(app: &App, call: &Call, input: &Input) -> Result<Answer, AppError> {
    let page = input.page();
    let (views, total) = teams::repositories(app, call, slug(input), page.offset(), page.size)?;
    let items: Vec<_> = views
        .iter()
        .map(|(view, role)| team_repository(app, view, *role))
        .collect();
    Ok(Answer::page(input, &items, total))
}

fn repository(app: &App, call: &Call, input: &Input) -> Result<Answer, AppError> {
    let (view, role) = teams::repository(
        app,
        call,
        slug(input),
        input.path("owner"),
        input.path("repo"),
    )?;
    // Whether it has one; what it has where the client asks for the repository.
    Ok(match Media::asked(input) {
        Media::Repository => Answer::ok(&team_repository(app, &view, role)),
        _ => Answer::empty(),
    })
}

#[derive(Deserialize)]
struct Put {
    permission: Option<String>,
}

/// A role that is given, or another.
pub(crate) fn role(word: Option<&str>, otherwise: Role) -> Result<Role, AppError> {
    match word {
        None => Ok(otherwise),
        Some(word) => Role::parse(word).ok_or_else(|| {
            AppError::invalid(
                "Permission",
                "permission",
                "is none of `read`, `triage`, `write`, `maintain`, `admin`",
            )
        }),
    }
}

fn put_repository(app: &App, call: &Call, input: &Input) -> Result<Answer, AppError> {
    let body: Put = input.read("TeamRepository")?;
    let role = role(body.permission.as_deref(), Role::Read)?;
    teams::put_repository(
        app,
        call,
        slug(input),
        input.path("owner"),
        input.path("repo"),
        role,
    )?;
    Ok(Answer::empty())
}

fn remove_repository(app: &App, call: &Call, input: &Input) -> Result<Answer, AppError> {
    teams::remove_repository(
        app,
        call,
        slug(input),
        input.path("owner"),
        input.path("repo"),
    )?;
    Ok(Answer::empty())
}
