//! A package: how it is installed, its versions and tags, who reaches it, and its end.

use askama::Template;
use jeton_app::packages::{self, PackageView, Registry};
use jeton_app::{App, AppError, Call, Named};
use jeton_domain::{Clean, Id as _, PackageVersionId, Role, Visibility};
use jeton_http::{Answer, Input};
use jeton_store::package_versions::VersionRow;

use super::{of, of_owner};
use crate::pager::Pager;
use crate::words::relative;
use crate::{Faults, Frame, Said, Visit};

#[derive(Debug)]
struct Version {
    id: i64,
    number: String,
    /// The tags that lead to it.
    tags: Vec<String>,
    /// Why it should not be used; empty, where nothing is said.
    deprecated: String,
    publisher: String,
    at: String,
    when: String,
    size: String,
}

#[derive(Debug)]
struct Choice {
    word: &'static str,
    sentence: &'static str,
    chosen: bool,
}

#[derive(Template)]
#[template(path = "packages/show.html")]
struct Page {
    frame: Frame,
    path: String,
    name: String,
    owner: String,
    owner_path: String,
    /// Where its scope is said to npm.
    registry: String,
    visibility: &'static str,
    /// The repository that it belongs to; empty for none.
    repository: String,
    total: u64,
    versions: Vec<Version>,
    /// Who has a role, where the reader may know.
    people: Vec<(String, &'static str)>,
    told: bool,
    /// The reader's role; empty for none.
    role: &'static str,
    admin: bool,
    choices: Vec<Choice>,
    pager: Pager,
    faults: Faults,
}

fn size(bytes: i64) -> String {
    match bytes {
        ..1024 => format!("{bytes} bytes"),
        1024..1_048_576 => format!("{} KiB", bytes >> 10),
        _ => format!("{} MiB", bytes >> 20),
    }
}

fn choices(chosen: Visibility) -> Vec<Choice> {
    let each = [
        (Visibility::Private, "Whoever has a role sees it."),
        (Visibility::Internal, "Everybody with an account sees it."),
        (
            Visibility::Public,
            "Everybody sees it, without an account too.",
        ),
    ];
    let choice = |(visibility, sentence): (Visibility, &'static str)| Choice {
        word: visibility.name(),
        sentence,
        chosen: visibility == chosen,
    };
    each.into_iter().map(choice).collect()
}

/// The package that the path names.
fn named(visit: &Visit<'_>) -> Named {
    visit.call.named.clone()
}

fn versions(visit: &Visit<'_>, call: &Call) -> Result<(Vec<Version>, u64), AppError> {
    let page = visit.input.page();
    let tags = packages::tags(visit.app, call)?;
    let (rows, total) = packages::versions(visit.app, call, (page.offset(), page.size))?;
    let now = visit.app.now();
    let shown = rows.into_iter().map(|row: VersionRow| Version {
        id: row.id.get(),
        tags: tags
            .iter()
            .filter(|(_, version)| **version == row.version)
            .map(|(tag, _)| tag.clone())
            .collect(),
        deprecated: row.deprecated.unwrap_or_default().plain(),
        publisher: row.publisher,
        at: row.published_at.iso(),
        when: relative(row.published_at, now),
        size: size(row.bytes),
        number: row.version,
    });
    Ok((shown.collect(), total))
}

/// Who has a role on it; nothing, where the reader may not know.
fn people(visit: &Visit<'_>) -> Result<Option<Vec<(String, &'static str)>>, AppError> {
    let call = visit.to(&packages::COLLABORATORS, named(visit));
    match packages::collaborators(visit.app, &call) {
        Ok(found) => Ok(Some(
            found
                .into_iter()
                .map(|one| (one.login, one.role.name()))
                .collect(),
        )),
        Err(AppError::Refused(_)) => Ok(None),
        Err(error) => Err(error),
    }
}

fn page(visit: &Visit<'_>, status: u16, faults: Faults) -> Result<Answer, AppError> {
    let call = visit.to(&packages::GET, named(visit));
    let view: PackageView = packages::find(visit.app, &call)?;
    let (versions, total) = versions(visit, &call)?;
    let people = people(visit)?;
    let row = &view.row;
    visit.page(
        status,
        &Page {
            frame: visit.frame(row.full_name()),
            path: of(&view),
            name: row.full_name(),
            owner: row.owner_login.clone(),
            owner_path: of_owner(&row.owner_login, row.owner_is_organization),
            registry: format!(
                "@{}:registry={}/",
                row.owner_login.to_ascii_lowercase(),
                Registry::Below.url(visit.app)
            ),
            visibility: view.visibility.name(),
            repository: view.repository.as_ref().map_or_else(
                String::new,
                jeton_store::repositories::RepositoryRow::full_name,
            ),
            total,
            versions,
            told: people.is_some(),
            people: people.unwrap_or_default(),
            role: view.role.map_or("", Role::name),
            admin: view.role >= Some(Role::Admin),
            choices: choices(view.visibility),
            pager: Pager::new(visit.input, total),
            faults,
        },
    )
}

pub(super) fn show(app: &App, call: &Call, input: &Input) -> Result<Answer, AppError> {
    page(&Visit::new(app, call, input)?, 200, Faults::default())
}

/// Where the package is, in words that a browser is led to.
fn path(visit: &Visit<'_>) -> Result<String, AppError> {
    let call = visit.to(&packages::GET, named(visit));
    packages::find(visit.app, &call).map(|view| of(&view))
}

pub(super) fn set_visibility(app: &App, call: &Call, input: &Input) -> Result<Answer, AppError> {
    let visit = Visit::new(app, call, input)?;
    let Some(wanted) = Visibility::parse(input.field("visibility")) else {
        let faults = Faults::one("visibility", "Choose one.");
        return page(&visit, 422, faults);
    };
    match packages::set_visibility(app, call, wanted) {
        Ok(()) => Ok(Said::PACKAGE_SAVED.redirect(app, &path(&visit)?)),
        Err(AppError::Forbidden(sentence)) => {
            page(&visit, 403, Faults::one("visibility", sentence))
        }
        Err(error) => Err(error),
    }
}

pub(super) fn delete(app: &App, call: &Call, input: &Input) -> Result<Answer, AppError> {
    let visit = Visit::new(app, call, input)?;
    let view = packages::find(app, &visit.to(&packages::GET, named(&visit)))?;
    if input.field("confirm").trim() != view.row.full_name() {
        let sentence = format!("Type `{}` to delete it.", view.row.full_name());
        return page(&visit, 422, Faults::one("confirm", sentence));
    }
    packages::remove(app, call, None)?;
    let owner = of_owner(&view.row.owner_login, view.row.owner_is_organization);
    Ok(Said::PACKAGE_DELETED.redirect(app, &owner))
}

pub(super) fn delete_version(app: &App, call: &Call, input: &Input) -> Result<Answer, AppError> {
    let visit = Visit::new(app, call, input)?;
    let view = packages::find(app, &visit.to(&packages::GET, named(&visit)))?;
    let id = PackageVersionId::from_i64(input.id("package_version_id")?);
    packages::remove_version(app, call, id.ok_or(AppError::Missing("version"))?)?;
    // With the last one the package went.
    let to = if view.versions > 1 {
        of(&view)
    } else {
        of_owner(&view.row.owner_login, view.row.owner_is_organization)
    };
    Ok(Said::VERSION_DELETED.redirect(app, &to))
}
