//! What is shown thousands of times a second, in memory: people to themselves, and repositories.
//!
//! What is kept was read in one snapshot with the decision that let it be seen. It is shown again only where nothing that
//! it depends on has changed, and where the place of the present decision stands once it was found: whatever changes
//! a person or a repository changes that place too, so decision and answer are of one moment.

use std::sync::{Arc, OnceLock};

use bytes::Bytes;
use jeton_domain::{AccountId, RepositoryId, Role, UserId};
use jeton_store::repositories::RepositoryRow;
use jeton_store::{FeedKey, Seq};

use crate::app::App;
use crate::cache::{Cache, Dated};
use crate::call::Call;
use crate::error::AppError;
use crate::place::Place;
use crate::repositories::{self, RepositoryView};
use crate::users::UserView;

/// Some two kilobytes a person, and six a repository for each role that it is seen with.
const PEOPLE: usize = 1 << 14;
const REPOSITORIES: usize = 1 << 12;

/// What was shown lately.
#[derive(Debug)]
pub(crate) struct Shown {
    people: Cache<UserId, Kept<UserView, 1>>,
    repositories: Cache<RepositoryId, Kept<RepositoryRow, SEEN>>,
}

/// How a repository is seen: with each of the roles, or with none.
const SEEN: usize = Role::ALL.len() + 1;

/// Something with what the door wrote of it: once for each way to see it, and anew after every change.
#[derive(Debug)]
struct Kept<T, const WAYS: usize> {
    value: T,
    written: [OnceLock<Bytes>; WAYS],
}

impl<T, const WAYS: usize> Kept<T, WAYS> {
    fn new(value: T) -> Self {
        Self {
            value,
            written: [const { OnceLock::new() }; WAYS],
        }
    }

    fn written(&self, way: usize, write: impl FnOnce() -> Bytes) -> Bytes {
        match self.written.get(way) {
            Some(written) => written.get_or_init(write).clone(),
            None => write(),
        }
    }
}

impl Shown {
    pub(crate) fn new() -> Self {
        Self {
            people: Cache::new(PEOPLE),
            repositories: Cache::new(REPOSITORIES),
        }
    }

    /// Keeps a person as they were read at `seq`. `organizations`: those that the view names.
    pub(crate) fn keep_person(&self, view: &UserView, organizations: &[AccountId], seq: Seq) {
        let id = view.row.id;
        let mut keys = vec![FeedKey::User(id)];
        keys.extend(organizations.iter().copied().map(FeedKey::Account));
        let dated = Dated::new(Kept::new(view.clone()), seq, &keys);
        self.people.put(id, Arc::new(dated));
    }

    /// Keeps a repository as it was read at `seq`.
    pub(crate) fn keep_repository(&self, row: &RepositoryRow, seq: Seq) {
        let keys = [FeedKey::Repository(row.id), FeedKey::Account(row.owner)];
        let dated = Dated::new(Kept::new(row.clone()), seq, &keys);
        self.repositories.put(row.id, Arc::new(dated));
    }
}

/// What `write` says of [`users::oneself`](crate::users::oneself), from memory alone; `None` where that is not enough.
/// `write` depends on the view alone.
pub fn oneself_at_once(
    app: &App,
    call: &Call,
    write: impl FnOnce(&UserView) -> Bytes,
) -> Option<Result<Bytes, AppError>> {
    app.at_once(call, |_, place, known| {
        let kept = app.shown.people.get(&known?.user, &app.changes)?;
        let person = kept.value();
        place
            .is_fresh(&app.changes)
            .then(|| person.written(0, || write(&person.value)))
    })
}

/// What `write` says of [`repositories::show`], from memory alone; `None` where that is not enough. `write` depends on
/// the row and on [`RepositoryView::may`] alone.
pub fn repository_at_once(
    app: &App,
    call: &Call,
    write: impl FnOnce(&RepositoryView) -> Bytes,
) -> Option<Result<Bytes, AppError>> {
    app.at_once(call, |permit, place, known| {
        let Place::Repository(repository) = place.value() else {
            return None;
        };
        let kept = app.shown.repositories.get(&repository.id, &app.changes)?;
        let row = kept.value();
        let role = repositories::role_of(repository, &permit);
        let may = repositories::may(role, known.is_some());
        // Behind all roles: with none.
        let way = Role::ALL.iter().position(|each| Some(*each) == may);
        place.is_fresh(&app.changes).then(|| {
            row.written(way.unwrap_or(Role::ALL.len()), || {
                write(&RepositoryView {
                    row: row.value.clone(),
                    role,
                    known: known.is_some(),
                })
            })
        })
    })
}
