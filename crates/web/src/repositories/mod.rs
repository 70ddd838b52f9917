//! Repositories: making one, its first page, its settings, who works on it, and one's own list of them.

pub(crate) mod access;
pub(crate) mod new;
pub(crate) mod own;
pub(crate) mod settings;
pub(crate) mod show;

use jeton_api::ops;
use jeton_app::{AppError, Named, repositories};
use jeton_domain::{Clean, Role, Visibility};
use jeton_http::Names;

use crate::Visit;

const REPOSITORY: Names = Names::Repository("owner", "repo");

/// What stands above every page of a repository.
#[derive(Clone, Debug)]
pub(crate) struct Head {
    pub(crate) owner: String,
    pub(crate) name: String,
    pub(crate) visibility: &'static str,
    /// The reader writes to it.
    pub(crate) writes: bool,
    /// The reader administers it.
    pub(crate) admin: bool,
    /// Which of its pages this is.
    pub(crate) tab: &'static str,
}

impl Head {
    pub(crate) fn from(view: &repositories::RepositoryView, tab: &'static str) -> Self {
        Self {
            owner: view.row.owner_login.clone(),
            name: view.row.name.clone(),
            visibility: view.row.visibility.name(),
            writes: view.role >= Some(Role::Write),
            admin: view.role == Some(Role::Admin),
            tab,
        }
    }

    /// `owner/name`.
    pub(crate) fn full_name(&self) -> String {
        format!("{}/{}", self.owner, self.name)
    }
}

/// The repository that the path names, as the reader sees it.
fn named(visit: &Visit<'_>) -> Named {
    Named::Repository(
        visit.input.path("owner").to_owned(),
        visit.input.path("repo").to_owned(),
    )
}

pub(crate) fn view(visit: &Visit<'_>) -> Result<repositories::RepositoryView, AppError> {
    repositories::show(visit.app, &visit.to(&repositories::GET, named(visit)))
}

/// The visibilities with what each means.
const VISIBILITIES: [(Visibility, &str); 3] = [
    (Visibility::Private, "Only people with a role see it."),
    (
        Visibility::Internal,
        "Everybody with an account on this site reads it; outside collaborators need a role.",
    ),
    (
        Visibility::Public,
        "Everybody reads it, without an account too, where the site lets them.",
    ),
];

/// A visibility to choose.
struct Choice {
    word: &'static str,
    sentence: &'static str,
    chosen: bool,
}

fn choices(chosen: Visibility) -> Vec<Choice> {
    VISIBILITIES
        .into_iter()
        .map(|(visibility, sentence)| Choice {
            word: visibility.name(),
            sentence,
            chosen: visibility == chosen,
        })
        .collect()
}

fn visibility(word: &str) -> Option<Visibility> {
    VISIBILITIES
        .into_iter()
        .map(|(visibility, _)| visibility)
        .find(|visibility| visibility.name() == word)
}

/// An organization that the reader may make repositories in.
struct Owner {
    login: String,
    /// It requires a second factor, and the reader has none: it is shown and can't be chosen.
    factor_missing: bool,
}

/// Those organizations, by login.
fn owners(visit: &Visit<'_>) -> Result<Vec<Owner>, AppError> {
    let view = jeton_app::factors::list(visit.app, &visit.own(ops::factors::LIST))?;
    let has = view.held.second_factor();
    let found =
        jeton_app::organizations::of_oneself(visit.app, &visit.own(ops::organizations::OWN))?;
    Ok(found
        .into_iter()
        .filter(|view| {
            view.membership == Some(jeton_domain::OrganizationRole::Owner)
                || view.effective.members_create_repositories
        })
        .map(|view| Owner {
            factor_missing: view.effective.two_factor_required && !has,
            login: view.row.login,
        })
        .collect())
}

fn plain(text: &str) -> String {
    text.plain()
}
