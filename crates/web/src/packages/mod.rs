//! Packages: those of an organization or a person, and each with its versions, who reaches it, and its end.

mod list;
mod routes;
mod show;

use jeton_app::packages::PackageView;

pub(crate) use routes::ROUTES;

/// Where the packages of an owner are.
pub(crate) fn of_owner(login: &str, organization: bool) -> String {
    let owners = if organization { "orgs" } else { "users" };
    format!("/{owners}/{login}/packages")
}

/// Where one is.
fn of(view: &PackageView) -> String {
    let row = &view.row;
    let owner = of_owner(&row.owner_login, row.owner_is_organization);
    format!("{owner}/npm/{}", row.name)
}

/// A package in a list.
#[derive(Debug)]
pub(crate) struct Row {
    pub(crate) name: String,
    pub(crate) path: String,
    pub(crate) visibility: &'static str,
    /// The repository that it belongs to; empty for none.
    pub(crate) repository: String,
    pub(crate) versions: String,
}

impl Row {
    pub(crate) fn of(view: &PackageView) -> Self {
        Self {
            name: view.row.full_name(),
            path: of(view),
            visibility: view.visibility.name(),
            repository: view.repository.as_ref().map_or_else(
                String::new,
                jeton_store::repositories::RepositoryRow::full_name,
            ),
            versions: jeton_domain::counted(view.versions, "version", "versions"),
        }
    }
}
