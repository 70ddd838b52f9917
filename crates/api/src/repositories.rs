//! Repositories.

use jeton_app::contents::{self, FileEdit};
use jeton_app::repositories::{
    self, Affiliation, GET, List, NewRepository, Order, RepositoryEdit, RepositoryView, Wish,
};
use jeton_app::{App, AppError, Call, Named};
use jeton_domain::{
    ClassicScope, Event, Id as _, Least, Operation, TargetKind, TeamId, Time, Visibility,
};
use jeton_http::{Answer, Field, Form, Handler, Input, Method, Names, Route};
use serde::Deserialize;

use crate::operation::{
    ADMIN, ADMINISTRATION, MEMBER, METADATA, NO_PERMISSION, changing, confirmed, public, reading,
    scoped,
};
use crate::{contents_edit, paging, settled, shapes};

/// Open to a token of any owner and without a permission of its own: each item asks for
/// `metadata: read` with the owner that the token is for, as a single read does.
pub(crate) static OWN: Operation = scoped(
    reading(
        "repository.list_own",
        "List the repositories that the caller has to do with.",
        TargetKind::Own,
        NO_PERMISSION,
        Least::Person,
    ),
    &[],
);
pub(crate) static OF_ORGANIZATION: Operation = scoped(
    public(
        "repository.list_organization",
        "List the repositories of an organization.",
        TargetKind::Organization,
        METADATA,
    ),
    &[],
);
pub(crate) static EVERYWHERE: Operation = scoped(
    public(
        "repository.list",
        "List repositories that everybody sees, whoever owns them, by their numbers.",
        TargetKind::Site,
        METADATA,
    ),
    &[],
);
pub(crate) static CREATE_OWN: Operation = scoped(
    confirmed(changing(
        "repository.create_own",
        "Make a repository in the caller's own name space.",
        TargetKind::Own,
        ADMINISTRATION,
        Least::Person,
        &[Event::RepositoryCreate],
    )),
    &[ClassicScope::Repo, ClassicScope::PublicRepo],
);
pub(crate) static CREATE: Operation = scoped(
    confirmed(changing(
        "repository.create",
        "Make a repository in an organization; a member who makes one has `admin` on it.",
        TargetKind::Organization,
        ADMINISTRATION,
        MEMBER,
        &[
            Event::RepositoryCreate,
            Event::CollaboratorAdd,
            Event::TeamAddRepository,
        ],
    )),
    &[ClassicScope::Repo, ClassicScope::PublicRepo],
);
pub(crate) static UPDATE: Operation = scoped(
    changing(
        "repository.update",
        "Change a repository's name, visibility, description or default branch. Giving more takes a sign-in that was confirmed lately.",
        TargetKind::Repository,
        ADMINISTRATION,
        ADMIN,
        &[
            Event::RepositoryUpdate,
            Event::RepositoryRename,
            Event::RepositoryVisibility,
        ],
    ),
    &[ClassicScope::Repo, ClassicScope::PublicRepo],
);
pub(crate) static DELETE: Operation = scoped(
    confirmed(changing(
        "repository.delete",
        "Delete a repository for good.",
        TargetKind::Repository,
        ADMINISTRATION,
        ADMIN,
        &[Event::RepositoryDestroy],
    )),
    &[ClassicScope::DeleteRepo],
);

pub(crate) const REPOSITORY: Names = Names::Repository("owner", "repo");
const VISIBILITIES: Form = Form::OneOf(&["private", "internal", "public"]);
const NAME: Field = Field::needed("name", Form::Name, "Its name.");
const VISIBILITY: Field = Field::optional(
    "visibility",
    VISIBILITIES,
    "Who sees it without a role; private where nothing is said.",
);
const PRIVATE: Field = Field::optional(
    "private",
    Form::Boolean,
    "GitHub's older form: false is public.",
);
const DESCRIPTION: Field = Field::optional(
    "description",
    Form::Text,
    "What it is, at most 350 characters.",
);
const AUTO_INIT: Field = Field::optional(
    "auto_init",
    Form::Boolean,
    "It begins with a commit of a `README.md`; for a fine-grained token that takes `contents: write` too.",
);
const NEW: &[Field] = &[NAME, VISIBILITY, PRIVATE, DESCRIPTION, AUTO_INIT];
const NEW_OF_ORGANIZATION: &[Field] = &[
    NAME,
    VISIBILITY,
    PRIVATE,
    DESCRIPTION,
    AUTO_INIT,
    Field::optional(
        "team_id",
        Form::Number,
        "A team of the organization that reads it from the first moment on, where the caller may also give a team a role.",
    ),
];

pub(crate) const SORT: Field = Field::optional(
    "sort",
    Form::OneOf(&["created", "updated", "pushed", "full_name"]),
    "What the list is sorted by; `full_name` where nothing is said. When somebody last changed or pushed nobody keeps: it is the moment of making.",
);
pub(crate) const DIRECTION: Field = Field::optional(
    "direction",
    Form::OneOf(&["asc", "desc"]),
    "Whether it rises; names do where nothing is said, moments fall.",
);
const OWN_FILTERS: &[Field] = &[
    Field::optional(
        "visibility",
        Form::OneOf(&["all", "public", "private"]),
        "Only those that everybody sees, or the others.",
    ),
    Field::optional(
        "affiliation",
        Form::Read(
            "`owner`, `collaborator` and `organization_member`, separated by commas",
            |text| affiliations(text).is_some(),
        ),
        "Only those that the caller has to do with for one of these reasons.",
    ),
    Field::optional(
        "type",
        Form::OneOf(&["all", "owner", "public", "private", "member"]),
        "GitHub's older form, not beside `visibility` or `affiliation`.",
    ),
    SORT,
    DIRECTION,
    Field::optional("since", Form::Moment, "Made at this moment or later."),
    Field::optional("before", Form::Moment, "Made before this moment."),
];

/// Reads a list of reasons.
fn affiliations(text: &str) -> Option<Vec<Affiliation>> {
    text.split(',')
        .map(|word| match word.trim() {
            "owner" => Some(Affiliation::Owner),
            "collaborator" => Some(Affiliation::Collaborator),
            "organization_member" => Some(Affiliation::OrganizationMember),
            _ => None,
        })
        .collect()
}

/// What the query wishes, as far as each of the lists takes it.
pub(crate) fn wish(input: &Input) -> Result<Wish, AppError> {
    const HIDDEN: [Visibility; 2] = [Visibility::Private, Visibility::Internal];
    let kind = input.query("type");
    if kind.is_some()
        && (input.query("visibility").is_some() || input.query("affiliation").is_some())
    {
        return Err(AppError::invalid(
            "Query",
            "type",
            "can't be said beside `visibility` or `affiliation`",
        ));
    }
    let page = input.page();
    let mut wish = Wish {
        since: input.query("since").and_then(Time::parse_bound),
        before: input.query("before").and_then(Time::parse_bound),
        order: order(input.query("sort"), input.query("direction")),
        ..Wish::page(page.offset(), page.size)
    };
    match input.query("visibility").or(kind) {
        Some("public") => wish.visibilities.push(Visibility::Public),
        Some("private") => wish.visibilities.extend(HIDDEN),
        Some("internal") => wish.visibilities.push(Visibility::Internal),
        _ => {}
    }
    if let Some(text) = input.query("affiliation") {
        wish.affiliations = affiliations(text).unwrap_or_default();
    }
    match kind {
        Some("owner") => wish.affiliations.push(Affiliation::Owner),
        Some("member") => wish
            .affiliations
            .extend([Affiliation::Collaborator, Affiliation::OrganizationMember]),
        _ => {}
    }
    Ok(wish)
}

/// Names rise where nothing is said, moments fall.
fn order(sort: Option<&str>, direction: Option<&str>) -> Order {
    match (sort, direction) {
        (None | Some("full_name"), Some("desc")) => Order::NameDescending,
        (None | Some("full_name"), _) => Order::Name,
        (Some(_), Some("asc")) => Order::Made,
        (Some(_), _) => Order::MadeDescending,
    }
}

/// GitHub's.
pub(crate) static ROUTES: &[Route] = &[
    Route::new(Method::Get, "/user/repos", &OWN, Names::Own, own)
        .query(OWN_FILTERS)
        .paged()
        .narrowed()
        .answers(200, "Repositories"),
    Route::new(Method::Post, "/user/repos", &CREATE_OWN, Names::Own, create)
        .body(NEW)
        .settled(settled::NEW_OWN_REPOSITORY)
        .rule(|_, acting, _| repositories::may_create(acting).map(drop))
        .answers(201, "Repository"),
    Route::new(
        Method::Get,
        "/orgs/{org}/repos",
        &OF_ORGANIZATION,
        Names::Organization("org"),
        of_organization,
    )
    .query(&[
        Field::optional(
            "type",
            Form::OneOf(&[
                "all", "public", "private", "forks", "sources", "member", "internal",
            ]),
            "Only these; nothing here is a fork.",
        ),
        SORT,
        DIRECTION,
    ])
    .paged()
    .narrowed()
    .answers(200, "Repositories"),
    Route::new(
        Method::Post,
        "/orgs/{org}/repos",
        &CREATE,
        Names::Organization("org"),
        create,
    )
    .body(NEW_OF_ORGANIZATION)
    .settled(settled::NEW_REPOSITORY)
    .rule(|_, acting, _| repositories::may_create(acting).map(drop))
    .answers(201, "Repository"),
    Route::with(
        Method::Get,
        "/repos/{owner}/{repo}",
        &GET,
        REPOSITORY,
        Handler::Quick {
            at_once: show_at_once,
            blocking: show,
        },
    )
    .answers(200, "Repository"),
    Route::new(
        Method::Get,
        "/repositories",
        &EVERYWHERE,
        Names::Site,
        everywhere,
    )
    .query(&[
        paging::SINCE,
        paging::PER_PAGE,
        Field::optional(
            "visibility",
            Form::OneOf(&["public", "all"]),
            "`all`: internal ones too, for who sees them. Public ones where nothing is said.",
        ),
    ])
    .narrowed()
    .rule(|_, acting, _| acting.may_know_people())
    .answers(200, "Repositories"),
    // As clients ask for one whose number they kept.
    Route::new(
        Method::Get,
        "/repositories/{repository_id}",
        &GET,
        Names::RepositoryNumber("repository_id"),
        show,
    )
    .answers(200, "Repository"),
    Route::new(
        Method::Patch,
        "/repos/{owner}/{repo}",
        &UPDATE,
        REPOSITORY,
        update,
    )
    .body(&[
        Field::optional(
            "name",
            Form::Name,
            "Another name; the old one leads to it until it is used again.",
        ),
        Field::optional("visibility", VISIBILITIES, "Who sees it without a role."),
        Field::optional(
            "private",
            Form::Boolean,
            "GitHub's older form: false is public.",
        ),
        Field::optional(
            "description",
            Form::Text,
            "What it is, at most 350 characters.",
        ),
        Field::optional(
            "default_branch",
            Form::Text,
            "The branch that a clone checks out.",
        ),
    ])
    .settled(settled::REPOSITORY)
    .answers(200, "Repository"),
    Route::new(
        Method::Delete,
        "/repos/{owner}/{repo}",
        &DELETE,
        REPOSITORY,
        delete,
    )
    .rule(|unit, acting, _| repositories::may_touch_all_refs(unit, acting))
    .answers(204, ""),
];

/// A page of repositories.
pub(crate) fn listed(app: &App, input: &Input, list: &List) -> Answer {
    let items: Vec<_> = list
        .items
        .iter()
        .map(|view| shapes::repository(app.public_url(), view))
        .collect();
    Answer::page(input, &items, list.total)
}

fn own(app: &App, call: &Call, input: &Input) -> Result<Answer, AppError> {
    let list = repositories::of_oneself(app, call, &wish(input)?)?;
    Ok(listed(app, input, &list))
}

fn everywhere(app: &App, call: &Call, input: &Input) -> Result<Answer, AppError> {
    let internal = input.query("visibility") == Some("all");
    let (after, size) = (paging::since(input)?, input.page().size);
    let found = repositories::everywhere(app, call, after, internal, size)?;
    Ok(paging::walked(&found, |row| {
        shapes::repository_row(app.public_url(), row)
    }))
}

fn of_organization(app: &App, call: &Call, input: &Input) -> Result<Answer, AppError> {
    // Nothing here is a fork.
    if input.query("type") == Some("forks") {
        repositories::of_organization(app, call, &Wish::page(0, 0))?;
        return Ok(listed(app, input, &List::default()));
    }
    // As at GitHub, where those of people begin with names and those of organizations with the newest.
    let sort = input.query("sort").or(Some("created"));
    let wish = Wish {
        order: order(sort, input.query("direction")),
        ..wish(input)?
    };
    let list = repositories::of_organization(app, call, &wish)?;
    Ok(listed(app, input, &list))
}

#[derive(Deserialize)]
struct Edit {
    name: Option<String>,
    visibility: Option<String>,
    private: Option<bool>,
    description: Option<String>,
    default_branch: Option<String>,
    auto_init: Option<bool>,
    team_id: Option<i64>,
}

impl Edit {
    /// The visibility that both fields together name; where they disagree, the closer one would
    /// surprise as much as the open one, so neither is taken. `internal` goes with either: gh says it beside `private: false`.
    fn visibility(&self) -> Result<Option<Visibility>, AppError> {
        let named = self.visibility.as_deref().and_then(Visibility::parse);
        match (named, self.private) {
            (Some(named @ (Visibility::Public | Visibility::Private)), Some(private))
                if private == (named == Visibility::Public) =>
            {
                Err(AppError::invalid(
                    "Repository",
                    "private",
                    "says something else than `visibility`",
                ))
            }
            (Some(named), _) => Ok(Some(named)),
            (None, Some(true)) => Ok(Some(Visibility::Private)),
            (None, Some(false)) => Ok(Some(Visibility::Public)),
            (None, None) => Ok(None),
        }
    }
}

fn create(app: &App, call: &Call, input: &Input) -> Result<Answer, AppError> {
    let body: Edit = input.read("Repository")?;
    let new = NewRepository {
        visibility: body.visibility()?.unwrap_or(Visibility::Private),
        name: body.name.unwrap_or_default(),
        description: body.description.unwrap_or_default(),
        begun: body.auto_init == Some(true),
        team: body.team_id.map(team).transpose()?,
    };
    let view = repositories::create(app, call, &new)?;
    if new.begun {
        begin(app, call, &view)?;
    }
    let location = format!("{}/api/v3/repos/{}", app.public_url(), view.row.full_name());
    Ok(Answer::created(&shapes::repository(app.public_url(), &view)).header("location", location))
}

fn team(number: i64) -> Result<TeamId, AppError> {
    TeamId::from_i64(number).ok_or_else(|| AppError::missing("Repository", "team_id"))
}

/// The first commit of a repository that was just made: what it is called and what it is.
fn begin(app: &App, call: &Call, view: &RepositoryView) -> Result<(), AppError> {
    let row = &view.row;
    let named = Named::Repository(row.owner_login.clone(), row.name.clone());
    let mut readme = format!("# {}\n", row.name);
    if !row.description.is_empty() {
        readme = format!("{readme}\n{}\n", row.description);
    }
    let edit = FileEdit {
        path: contents::writable_path("README.md")?,
        contents: Some(readme.into_bytes()),
        sha: None,
        branch: None,
        message: "Initial commit".to_owned(),
        author: None,
        committer: None,
    };
    contents::edit_file(app, &call.to(&contents_edit::PUT, named), &edit).map(drop)
}

fn show(app: &App, call: &Call, _: &Input) -> Result<Answer, AppError> {
    Ok(shown(app, &repositories::show(app, call)?))
}

fn show_at_once(app: &App, call: &Call, _: &Input) -> Option<Result<Answer, AppError>> {
    let write = |view: &_| {
        shapes::repository(app.public_url(), view)
            .to_string()
            .into()
    };
    Some(jeton_app::repository_at_once(app, call, write)?.map(Answer::written))
}

fn shown(app: &App, view: &RepositoryView) -> Answer {
    Answer::ok(&shapes::repository(app.public_url(), view))
}

fn update(app: &App, call: &Call, input: &Input) -> Result<Answer, AppError> {
    let body: Edit = input.read("Repository")?;
    let edit = RepositoryEdit {
        visibility: body.visibility()?,
        name: body.name,
        description: body.description,
        default_branch: body.default_branch,
    };
    Ok(Answer::ok(&shapes::repository(
        app.public_url(),
        &repositories::update(app, call, &edit)?,
    )))
}

fn delete(app: &App, call: &Call, _: &Input) -> Result<Answer, AppError> {
    repositories::delete(app, call)?;
    Ok(Answer::empty())
}
