//! Packages as GitHub's operations name them: those of an organization, of a person, and one's own. There are npm's alone.

use jeton_app::packages::{
    self, GET, GET_OWN, OF_ORGANIZATION, OF_USER, OWN, OWN_VERSION, OWN_VERSIONS, PackageView,
    REMOVE, REMOVE_OWN, RESTORE, RESTORE_OWN, VERSION, VERSIONS, Whose,
};
use jeton_app::{App, AppError, Call, Named};
use jeton_domain::{Id as _, Operation, PackageVersionId, Visibility};
use jeton_http::{Answer, Field, Form, Input, Method, Names, Route, Rule};
use jeton_store::package_versions::VersionRow;
use serde_json::{Value, json};

use crate::shapes;

/// Of the kinds that GitHub knows, the one that is here.
const KIND: &str = "npm";

const LIST: &[Field] = &[
    Field::optional(
        "package_type",
        Form::OneOf(&["npm", "maven", "rubygems", "docker", "nuget", "container"]),
        "Of which kind: only `npm` is here, and that is what is meant where none is said.",
    ),
    Field::optional(
        "visibility",
        Form::OneOf(&["public", "private", "internal"]),
        "Only those that are seen so.",
    ),
];
const STATE: &[Field] = &[Field::optional(
    "state",
    Form::OneOf(&["active", "deleted"]),
    "Those that are there, or those that were removed: of these nothing is told.",
)];

/// What the path names of one's own is decided by itself, and so is what follows from that.
const OF_OWN: Rule = |_, _, _| Ok(());
const OF_ORGANIZATIONS: Rule = OF_OWN;
const OF_PEOPLE: Rule =
    |unit, acting, input| packages::may_list_of_person(unit, acting, input.path("username"));
const HAS_VERSION: Rule =
    |unit, acting, input| packages::has_version(unit, acting, version_id(input)?);
const RESTORES: Rule = |_, acting, _| packages::may_restore(acting);

/// The paths below an owner. `$get`, `$remove`, `$restore`: what is done with one package.
macro_rules! routes {
    ($at:literal, $names:expr, $list:expr, ($get:expr, $versions:expr, $version_of:expr, $remove:expr, $restore:expr), $one:expr, $of:expr, $version:expr, $state:expr) => {
        &[
            Route::new(Method::Get, concat!($at, "/packages"), $list, $names, list)
                .rule($of)
                .query(LIST)
                .paged()
                .narrowed()
                .answers(200, "Packages"),
            Route::new(
                Method::Get,
                concat!($at, "/packages/{package_type}/{package_name}"),
                $get,
                $one,
                show,
            )
            .answers(200, "Package"),
            Route::new(
                Method::Delete,
                concat!($at, "/packages/{package_type}/{package_name}"),
                $remove,
                $one,
                remove,
            )
            .answers(204, ""),
            Route::new(
                Method::Post,
                concat!($at, "/packages/{package_type}/{package_name}/restore"),
                $restore,
                $one,
                restore,
            )
            .rule(RESTORES)
            .answers(403, ""),
            Route::new(
                Method::Get,
                concat!($at, "/packages/{package_type}/{package_name}/versions"),
                $versions,
                $one,
                versions,
            )
            .query($state)
            .paged()
            .answers(200, "PackageVersions"),
            Route::new(
                Method::Get,
                concat!(
                    $at,
                    "/packages/{package_type}/{package_name}/versions/{package_version_id}"
                ),
                $version_of,
                $one,
                version,
            )
            .rule($version)
            .answers(200, "PackageVersion"),
            Route::new(
                Method::Delete,
                concat!(
                    $at,
                    "/packages/{package_type}/{package_name}/versions/{package_version_id}"
                ),
                $remove,
                $one,
                remove_version,
            )
            .answers(204, ""),
            Route::new(
                Method::Post,
                concat!(
                    $at,
                    "/packages/{package_type}/{package_name}/versions/{package_version_id}/restore"
                ),
                $restore,
                $one,
                restore,
            )
            .rule(RESTORES)
            .answers(403, ""),
        ]
    };
}

pub(crate) static ORGANIZATION_ROUTES: &[Route] = routes!(
    "/orgs/{org}",
    Names::Organization("org"),
    &OF_ORGANIZATION,
    (&GET, &VERSIONS, &VERSION, &REMOVE, &RESTORE),
    Names::PackageOf("org", "package_name"),
    OF_ORGANIZATIONS,
    HAS_VERSION,
    STATE
);
pub(crate) static PERSON_ROUTES: &[Route] = routes!(
    "/users/{username}",
    Names::Site,
    &OF_USER,
    (&GET, &VERSIONS, &VERSION, &REMOVE, &RESTORE),
    Names::PackageOf("username", "package_name"),
    OF_PEOPLE,
    HAS_VERSION,
    &[]
);
pub(crate) static OWN_ROUTES: &[Route] = routes!(
    "/user",
    Names::Own,
    &OWN,
    (
        &GET_OWN,
        &OWN_VERSIONS,
        &OWN_VERSION,
        &REMOVE_OWN,
        &RESTORE_OWN
    ),
    Names::Own,
    OF_OWN,
    OF_OWN,
    STATE
);

/// Of another kind there is none.
fn known_kind(input: &Input) -> Result<(), AppError> {
    if input.path("package_type") == KIND {
        Ok(())
    } else {
        Err(AppError::Missing("package"))
    }
}

/// The request as one about the package, where the path names one of the caller's own.
fn about(
    app: &App,
    call: &Call,
    input: &Input,
    operation: &'static Operation,
) -> Result<Call, AppError> {
    known_kind(input)?;
    if call.named != Named::Own {
        return Ok(call.clone());
    }
    let login = packages::whoami(app, call)?;
    let name = input.path("package_name").to_owned();
    Ok(call.to(operation, Named::Package(login, name)))
}

fn version_id(input: &Input) -> Result<PackageVersionId, AppError> {
    PackageVersionId::from_i64(input.id("package_version_id")?).ok_or(AppError::Missing("version"))
}

fn list(app: &App, call: &Call, input: &Input) -> Result<Answer, AppError> {
    let whose = match (&call.named, input.path("username")) {
        (Named::Organization(_), _) => Whose::Organization,
        (Named::Own, _) => Whose::Own,
        (_, login) => Whose::Person(login),
    };
    let page = input.page();
    let visibility = input.query("visibility").and_then(Visibility::parse);
    // Who may ask is decided also where nothing of that kind is here.
    let window = if input.query("package_type").is_none_or(|kind| kind == KIND) {
        (page.offset(), page.size)
    } else {
        (0, 0)
    };
    let (found, total) = packages::list(app, call, whose, visibility, window)?;
    let total = if window.1 == 0 { 0 } else { total };
    let url = app.public_url();
    let items: Vec<Value> = found.iter().map(|view| package(url, view)).collect();
    Ok(Answer::page(input, &items, total))
}

fn show(app: &App, call: &Call, input: &Input) -> Result<Answer, AppError> {
    let view = packages::find(app, &about(app, call, input, &GET)?)?;
    Ok(Answer::ok(&package(app.public_url(), &view)))
}

fn remove(app: &App, call: &Call, input: &Input) -> Result<Answer, AppError> {
    packages::remove(app, &about(app, call, input, &REMOVE)?, None)?;
    Ok(Answer::empty())
}

fn restore(app: &App, call: &Call, input: &Input) -> Result<Answer, AppError> {
    let call = about(app, call, input, &RESTORE)?;
    app.read(&call, |_, acting| packages::may_restore(acting))?;
    Ok(Answer::empty())
}

fn versions(app: &App, call: &Call, input: &Input) -> Result<Answer, AppError> {
    let call = about(app, call, input, &GET)?;
    let view = packages::find(app, &call)?;
    let page = input.page();
    let (found, total) = match input.query("state") {
        Some("deleted") => (Vec::new(), 0),
        _ => packages::versions(app, &call, (page.offset(), page.size))?,
    };
    let url = app.public_url();
    let items: Vec<Value> = found.iter().map(|row| shape(url, &view, row)).collect();
    Ok(Answer::page(input, &items, total))
}

fn version(app: &App, call: &Call, input: &Input) -> Result<Answer, AppError> {
    let call = about(app, call, input, &GET)?;
    let view = packages::find(app, &call)?;
    let row = packages::version_by_id(app, &call, version_id(input)?)?;
    Ok(Answer::ok(&shape(app.public_url(), &view, &row)))
}

fn remove_version(app: &App, call: &Call, input: &Input) -> Result<Answer, AppError> {
    let call = about(app, call, input, &REMOVE)?;
    packages::remove_version(app, &call, version_id(input)?)?;
    Ok(Answer::empty())
}

/// Where a package is, as GitHub names it.
fn at(url: &str, view: &PackageView) -> String {
    let row = &view.row;
    let owners = if row.owner_is_organization {
        "orgs"
    } else {
        "users"
    };
    format!(
        "{url}/api/v3/{owners}/{}/packages/{KIND}/{}",
        row.owner_login, row.name
    )
}

/// Its page, for people.
fn page_of(url: &str, view: &PackageView) -> String {
    at(url, view).replacen("/api/v3/", "/", 1)
}

fn package(url: &str, view: &PackageView) -> Value {
    let row = &view.row;
    let mut shape = json!({
        "id": row.id.get(),
        "name": row.name,
        "package_type": KIND,
        "owner": shapes::owner(url, row.owner, &row.owner_login, row.owner_is_organization),
        "version_count": view.versions,
        // GitHub's description has two words.
        "visibility": if view.visibility == Visibility::Public { "public" } else { "private" },
        "url": at(url, view),
        "html_url": page_of(url, view),
        "created_at": row.created_at.iso(),
        "updated_at": row.updated_at.iso(),
    });
    if let (Some(fields), Some(repository)) = (shape.as_object_mut(), &view.repository) {
        let repository = shapes::repository_row(url, repository);
        fields.insert("repository".to_owned(), repository);
    }
    shape
}

fn shape(url: &str, view: &PackageView, row: &VersionRow) -> Value {
    json!({
        "id": row.id.get(),
        "name": row.version,
        "url": format!("{}/versions/{}", at(url, view), row.id.get()),
        "package_html_url": page_of(url, view),
        "html_url": page_of(url, view),
        "created_at": row.published_at.iso(),
        "updated_at": row.published_at.iso(),
        "metadata": { "package_type": KIND },
    })
}
