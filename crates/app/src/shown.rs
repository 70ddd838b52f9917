//! What is shown thousands of times a second, in memory: people to themselves, and repositories.
//!
//! What is kept was read in one snapshot with the decision that let it be seen. It is shown again only where nothing that
//! it depends on has changed, and where the place of the present decision stands once it was found: whatever changes
//! a person or a repository changes that place too, so decision and answer are of one moment.

use std::sync::Arc;

use jeton_domain::{AccountId, RepositoryId, UserId};
use jeton_store::repositories::RepositoryRow;
use jeton_store::{FeedKey, Seq};

use crate::app::App;
use crate::cache::{Cache, Dated};
use crate::call::Call;
use crate::error::AppError;
use crate::place::Place;
use crate::repositories::{self, RepositoryView};
use crate::users::UserView;

/// Both bounds: about a kilobyte an entry.
const PEOPLE: usize = 1 << 14;
const REPOSITORIES: usize = 1 << 14;

/// What was shown lately.
#[derive(Debug)]
pub(crate) struct Shown {
    people: Cache<UserId, UserView>,
    repositories: Cache<RepositoryId, RepositoryRow>,
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
        let dated = Dated::new(view.clone(), seq, &keys);
        self.people.put(id, Arc::new(dated));
    }

    /// Keeps a repository as it was read at `seq`.
    pub(crate) fn keep_repository(&self, row: &RepositoryRow, seq: Seq) {
        let keys = [FeedKey::Repository(row.id), FeedKey::Account(row.owner)];
        let dated = Dated::new(row.clone(), seq, &keys);
        self.repositories.put(row.id, Arc::new(dated));
    }
}

/// As [`users::oneself`](crate::users::oneself), from memory alone; `None` where that is not enough.
pub fn oneself_at_once(app: &App, call: &Call) -> Option<Result<UserView, AppError>> {
    app.at_once(call, |_, place, known| {
        let kept = app.shown.people.get(&known?.user, &app.changes)?;
        place.is_fresh(&app.changes).then(|| kept.value().clone())
    })
}

/// As [`repositories::show`], from memory alone; `None` where that is not enough.
pub fn repository_at_once(app: &App, call: &Call) -> Option<Result<RepositoryView, AppError>> {
    app.at_once(call, |permit, place, known| {
        let Place::Repository(repository) = place.value() else {
            return None;
        };
        let kept = app.shown.repositories.get(&repository.id, &app.changes)?;
        place.is_fresh(&app.changes).then(|| {
            let row = kept.value().clone();
            repositories::view_of(row, repository, &permit, known.is_some())
        })
    })
}
