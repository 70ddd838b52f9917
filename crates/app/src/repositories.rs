//! Repositories: made, seen, changed and deleted. Their data lies in folders named by their ids.

mod create;
mod delete;
mod hand_over;
mod list;
mod update;
mod upkeep;

use jeton_decide::{Permit, View};
use jeton_domain::{
    Access, ClassicScope, Event, Kinds, Least, Level, Operation, RepositoryName, Requirement, Role,
    TargetKind,
};
use jeton_repo::Place;
use jeton_store::repositories::RepositoryRow;
use jeton_store::{ReadUnit, places, repositories};

use crate::app::App;
use crate::authorize::{Acting, person};
use crate::call::Call;
use crate::error::{AppError, name_fault};
use crate::place::Repository;

pub use create::{NewRepository, create, may_create};
pub use delete::delete;
pub(crate) use delete::{discard, end};
pub(crate) use hand_over::{Heir, check_free_names, hand_over};
pub use jeton_store::repositories::Order;
pub use list::{
    Affiliation, List, Wish, everywhere, may_list_of_account, of_oneself, of_organization, of_user,
    search,
};
pub(crate) use list::{of_grant, reached, reached_by, refusing, seen};
pub use update::{RepositoryEdit, may_touch_all_refs, update};
pub use upkeep::Swept;

const RESOURCE: &str = "Repository";

/// What is said of a name under which nothing could be asked for: a door refuses addresses that hold a token.
pub const LIKE_A_TOKEN: &str = "looks like a token of this server, which no address may hold";

/// A name for a repository, new or other.
fn new_name(name: &str) -> Result<RepositoryName, AppError> {
    let parsed = RepositoryName::parse(name).map_err(name_fault(RESOURCE, "name"))?;
    // SECURITY: as strict as the door is with addresses: the thing could be neither reached nor called otherwise.
    if jeton_token::looks_like_ours(name.as_bytes()) || jeton_token::holds_whole(name.as_bytes()) {
        return Err(AppError::invalid(RESOURCE, "name", LIKE_A_TOKEN));
    }
    Ok(parsed)
}

/// Seeing a repository. Lists ask this of each of their items, so that a list shows what a single
/// read shows, and nothing else.
pub static GET: Operation = Operation {
    name: "repository.get",
    sentence: "Shows a repository.",
    target: TargetKind::Repository,
    access: Access::Read,
    reads_public: true,
    sets: &[&[Requirement::new("metadata", Level::Read)]],
    scopes: &[],
    least: Least::Repository(Role::Read),
    kinds: Kinds::SIGN_INS_AND_GRANTS.and_scoped().and_jobs(),
    confirm: false,
    about_itself: false,
    departs: false,
    events: &[],
};

/// Reaching a repository by oneself, and not only seeing what everybody sees: what is asked of one that a
/// request speaks of beside what it is about, alone or in a list.
pub(crate) static REACH: Operation = Operation {
    name: "repository.reach",
    sentence: "Reaches a repository.",
    reads_public: false,
    ..GET
};

/// Choosing the branch that a clone checks out: what renaming that branch takes besides.
pub(crate) static SET_DEFAULT: Operation = Operation {
    name: "repository.set_default",
    sentence: "Chooses the default branch.",
    access: Access::Write,
    reads_public: false,
    sets: &[&[Requirement::new("administration", Level::Write)]],
    scopes: &[ClassicScope::Repo, ClassicScope::PublicRepo],
    least: Least::Repository(Role::Admin),
    events: &[Event::RepositoryUpdate],
    ..GET
};

/// A repository as the caller may see it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RepositoryView {
    /// What is stored.
    pub row: RepositoryRow,
    /// The caller's role, as far as their credential lets it be seen.
    pub role: Option<Role>,
    /// The caller is somebody, who reads at least: it is seen.
    pub known: bool,
}

impl RepositoryView {
    /// What the caller may do: who has no role reads what everybody does.
    pub fn may(&self) -> Option<Role> {
        may(self.role, self.known)
    }
}

/// As [`RepositoryView::may`].
pub(crate) fn may(role: Option<Role>, known: bool) -> Option<Role> {
    role.or(known.then_some(Role::Read))
}

/// One repository.
pub fn show(app: &App, call: &Call) -> Result<RepositoryView, AppError> {
    app.read(call, |unit, acting| {
        let view = view(unit, acting)?;
        acting.keep(unit.seq());
        app.shown.keep_repository(&view.row, unit.seq());
        Ok(view)
    })
}

/// The repository that the request is about.
fn view(unit: &mut ReadUnit<'_>, acting: &Acting<'_>) -> Result<RepositoryView, AppError> {
    let repository = acting.repository()?;
    let row = repositories::by_id(unit, repository.id)?.ok_or(AppError::Missing("repository"))?;
    Ok(RepositoryView {
        row,
        role: role_of(repository, &acting.permit),
        known: acting.known().is_some(),
    })
}

/// The caller's role, as far as a permit lets it be seen.
pub(crate) fn role_of(repository: &Repository, permit: &Permit) -> Option<Role> {
    match permit.view() {
        View::Principal => repository.sources.role(),
        View::Anonymous => None,
    }
}

/// A repository that was decided to be seen, with the caller's role on it.
pub(crate) fn view_row(
    unit: &mut ReadUnit<'_>,
    acting: &Acting<'_>,
    row: RepositoryRow,
) -> Result<RepositoryView, AppError> {
    let role = match (acting.permit.view(), person(&acting.permit)) {
        (View::Principal, Some(user)) => match places::repository_by_id(unit, row.id)? {
            Some(place) => places::roles(unit, user, &place)?.sources.role(),
            None => None,
        },
        _ => None,
    };
    Ok(RepositoryView {
        row,
        role,
        known: acting.known().is_some(),
    })
}

/// Where a repository's data lies.
fn place(row: &RepositoryRow) -> Place {
    Place::new(row.shard, row.id)
}

/// One page out of a whole list.
pub(crate) fn page_of<T>(all: Vec<T>, offset: u64, count: u32) -> Vec<T> {
    let skip = usize::try_from(offset).unwrap_or(usize::MAX);
    all.into_iter().skip(skip).take(count as usize).collect()
}
