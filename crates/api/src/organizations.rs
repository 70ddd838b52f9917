//! Organizations.

use jeton_app::organizations::{self, Creation, OrganizationEdit};
use jeton_app::{App, AppError, Call, users};
use jeton_domain::{BasePermission, ClassicScope, Event, Least, Operation, TargetKind};
use jeton_http::{Answer, Field, Form, Input, Method, Names, Route};
use jeton_store::organizations::OrganizationRow;
use serde::Deserialize;

use crate::operation::{
    NO_PERMISSION, OWNER, SETTINGS_WRITE, changing, confirmed, person_changing, public, reading,
    scoped,
};
use crate::{paging, settled, shapes};

pub(crate) static GET: Operation = scoped(
    public(
        "organization.get",
        "Show an organization.",
        TargetKind::Organization,
        NO_PERMISSION,
    ),
    &[],
);
pub(crate) static OWN: Operation = scoped(
    reading(
        "organization.list_own",
        "List the organizations that the caller belongs to.",
        TargetKind::Own,
        NO_PERMISSION,
        Least::Person,
    ),
    &[ClassicScope::ReadOrg, ClassicScope::User],
);
pub(crate) static EVERYWHERE: Operation = scoped(
    public(
        "organization.list",
        "List organizations by their numbers.",
        TargetKind::Site,
        NO_PERMISSION,
    ),
    &[],
);
pub(crate) static OF_PERSON: Operation = scoped(
    public(
        "organization.list_of_person",
        "List the organizations that a person belongs to and whose members the caller may see.",
        TargetKind::Site,
        NO_PERMISSION,
    ),
    &[],
);
pub(crate) static UPDATE: Operation = scoped(
    changing(
        "organization.update",
        "Change an organization's shown name, what its members have on every repository and whether they make some. Giving more takes a sign-in that was confirmed lately.",
        TargetKind::Organization,
        SETTINGS_WRITE,
        OWNER,
        &[Event::OrganizationUpdate, Event::PolicyUpdate],
    ),
    &[ClassicScope::AdminOrg],
);
pub(crate) static CREATE: Operation = confirmed(person_changing(
    "organization.create",
    "Make an organization; the caller becomes its owner.",
    TargetKind::Site,
    Least::Person,
    &[Event::OrganizationCreate],
));
pub(crate) static RENAME: Operation = confirmed(person_changing(
    "organization.rename",
    "Give an organization another name; the old one is given up.",
    TargetKind::Organization,
    OWNER,
    &[Event::OrganizationRename],
));
pub(crate) static DELETE: Operation = confirmed(person_changing(
    "organization.delete",
    "Delete an organization that has no repositories any more.",
    TargetKind::Organization,
    OWNER,
    &[
        Event::OrganizationDelete,
        Event::AccessRevoke,
        Event::RequestCancel,
    ],
));

const ORG: Names = Names::Organization("org");

const fn kind(name: &'static str) -> Field {
    Field::optional(
        name,
        Form::Boolean,
        "Takes what holds for repositories of every visibility, `members_can_create_repositories`.",
    )
}

/// GitHub's.
pub(crate) static ROUTES: &[Route] = &[
    Route::new(Method::Get, "/orgs/{org}", &GET, ORG, show).answers(200, "Organization"),
    Route::new(
        Method::Get,
        "/organizations",
        &EVERYWHERE,
        Names::Site,
        everywhere,
    )
    .query(&[paging::SINCE, paging::PER_PAGE])
    .rule(|_, acting, _| acting.may_know_people())
    .answers(200, "Organizations"),
    // As clients ask for one whose number they kept.
    Route::new(
        Method::Get,
        "/organizations/{org_id}",
        &GET,
        Names::OrganizationNumber("org_id"),
        show,
    )
    .answers(200, "Organization"),
    Route::new(Method::Patch, "/orgs/{org}", &UPDATE, ORG, update)
        .body(&[
            Field::optional("name", Form::Text, "What people call it."),
            Field::optional(
                "default_repository_permission",
                Form::OneOf(&["none", "read", "write", "admin"]),
                "What every member has on every repository.",
            ),
            Field::optional(
                "members_can_create_repositories",
                Form::Boolean,
                "Members may make repositories: `members_create_repositories` of the policy.",
            ),
            Field::optional(
                "members_allowed_repository_creation_type",
                Form::OneOf(&["all", "none"]),
                "GitHub's older form of the same.",
            ),
            kind("members_can_create_public_repositories"),
            kind("members_can_create_private_repositories"),
            kind("members_can_create_internal_repositories"),
        ])
        .settled(settled::ORGANIZATION)
        .answers(200, "Organization"),
    Route::new(Method::Get, "/user/orgs", &OWN, Names::Own, own)
        .paged()
        .narrowed()
        .answers(200, "Organizations"),
    Route::new(
        Method::Get,
        "/users/{username}/orgs",
        &OF_PERSON,
        Names::Site,
        of_person,
    )
    .paged()
    .narrowed()
    .rule(|unit, acting, input| {
        users::may_find_profile(unit, acting, input.path("username")).map(drop)
    })
    .answers(200, "Organizations"),
];

/// Ours.
pub(crate) static OWN_ROUTES: &[Route] = &[
    Route::new(Method::Post, "/orgs", &CREATE, Names::Site, create)
        .body(&[
            Field::needed("login", Form::Name, "Its name."),
            Field::optional("name", Form::Text, "What people call it."),
        ])
        .rule(|_, acting, _| organizations::may_create(acting))
        .answers(201, "Organization"),
    Route::new(Method::Delete, "/orgs/{org}", &DELETE, ORG, delete)
        .rule(|unit, acting, _| organizations::may_delete(unit, acting))
        .answers(204, ""),
    Route::new(Method::Patch, "/orgs/{org}/rename", &RENAME, ORG, rename)
        .body(&[Field::needed("login", Form::Name, "Its other name.")])
        .answers(200, "Organization"),
];

fn show(app: &App, call: &Call, _: &Input) -> Result<Answer, AppError> {
    Ok(Answer::ok(&shapes::organization(
        app.public_url(),
        &organizations::show(app, call)?,
    )))
}

fn own(app: &App, call: &Call, input: &Input) -> Result<Answer, AppError> {
    let views = organizations::of_oneself(app, call)?;
    let page = paging::slice(input, &views);
    let rows = page.iter().map(|view| &view.row);
    Ok(listed(app, input, rows, views.len() as u64))
}

/// A page of organizations.
fn listed<'r>(
    app: &App,
    input: &Input,
    rows: impl Iterator<Item = &'r OrganizationRow>,
    total: u64,
) -> Answer {
    let items: Vec<_> = rows
        .map(|row| shapes::simple_organization(app.public_url(), row))
        .collect();
    Answer::page(input, &items, total)
}

fn everywhere(app: &App, call: &Call, input: &Input) -> Result<Answer, AppError> {
    let found = organizations::everywhere(app, call, paging::since(input)?, input.page().size)?;
    Ok(paging::walked(&found, |row| {
        shapes::simple_organization(app.public_url(), row)
    }))
}

fn of_person(app: &App, call: &Call, input: &Input) -> Result<Answer, AppError> {
    let page = input.page();
    let login = input.path("username");
    let (rows, total) = organizations::of_person(app, call, login, page.offset(), page.size)?;
    Ok(listed(app, input, rows.iter(), total))
}

#[derive(Deserialize)]
struct Edit {
    name: Option<String>,
    default_repository_permission: Option<String>,
    #[serde(rename = "members_can_create_repositories")]
    create: Option<bool>,
    #[serde(rename = "members_allowed_repository_creation_type")]
    creation_type: Option<String>,
    #[serde(rename = "members_can_create_public_repositories")]
    create_public: Option<bool>,
    #[serde(rename = "members_can_create_private_repositories")]
    create_private: Option<bool>,
    #[serde(rename = "members_can_create_internal_repositories")]
    create_internal: Option<bool>,
}

impl Edit {
    /// Whether members may make repositories: the first of GitHub's fields that says it for all of
    /// them. Each of the others says what holds then, or is refused.
    fn creation(&self) -> Option<Creation> {
        let word = self.creation_type.as_deref().map(|word| word == "all");
        let said = [
            ("members_can_create_repositories", self.create),
            ("members_allowed_repository_creation_type", word),
            ("members_can_create_public_repositories", self.create_public),
            (
                "members_can_create_private_repositories",
                self.create_private,
            ),
            (
                "members_can_create_internal_repositories",
                self.create_internal,
            ),
        ];
        let said: Vec<_> = said
            .into_iter()
            .filter_map(|(field, value)| Some((field, value?)))
            .collect();
        (!said.is_empty()).then(|| Creation {
            wanted: self.create.or(word),
            said,
        })
    }
}

fn update(app: &App, call: &Call, input: &Input) -> Result<Answer, AppError> {
    let body: Edit = input.read("Organization")?;
    let edit = OrganizationEdit {
        base: body
            .default_repository_permission
            .as_deref()
            .and_then(BasePermission::parse),
        creation: body.creation(),
        name: body.name,
    };
    let view = organizations::update(app, call, &edit)?;
    Ok(Answer::ok(&shapes::organization(app.public_url(), &view)))
}

#[derive(Deserialize)]
struct New {
    login: String,
    name: Option<String>,
}

fn create(app: &App, call: &Call, input: &Input) -> Result<Answer, AppError> {
    let body: New = input.read("Organization")?;
    let view = organizations::create(
        app,
        call,
        &body.login,
        body.name.as_deref().unwrap_or_default(),
    )?;
    let location = format!("{}/api/v3/orgs/{}", app.public_url(), view.row.login);
    Ok(
        Answer::created(&shapes::organization(app.public_url(), &view))
            .header("location", location),
    )
}

fn delete(app: &App, call: &Call, _: &Input) -> Result<Answer, AppError> {
    organizations::delete(app, call)?;
    Ok(Answer::empty())
}

#[derive(Deserialize)]
struct Rename {
    login: String,
}

fn rename(app: &App, call: &Call, input: &Input) -> Result<Answer, AppError> {
    let body: Rename = input.read("Organization")?;
    let view = organizations::rename(app, call, &body.login)?;
    Ok(Answer::ok(&shapes::organization(app.public_url(), &view)))
}
