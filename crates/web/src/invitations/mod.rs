//! Answering invitations, and making an account on the way.

pub(crate) mod by_link;
pub(crate) mod join;
pub(crate) mod organization;
pub(crate) mod repository;

use jeton_app::{App, AppError};
use jeton_domain::{Login, RepositoryName};
use jeton_http::{Answer, Input};

use crate::Said;

/// What an offer's page showed, and its forms carry: nobody takes another offer than the one that they read.
struct Seen {
    id: String,
    role: &'static str,
}

impl Seen {
    fn of(id: &impl ToString, role: &'static str) -> Self {
        Self {
            id: id.to_string(),
            role,
        }
    }

    /// The form was made for this offer. One that doesn't say which was made for none.
    fn is_in(&self, input: &Input) -> bool {
        input.field("id") == self.id && input.field("role") == self.role
    }
}

/// Where an invitation leads that waits no more: who has accepted it, in another tab or by pressing twice, finds
/// there what it was to; anybody else reads what they read of things that they don't see.
fn answered(app: &App, owner: &str, repository: Option<&str>) -> Result<Answer, AppError> {
    let missing = || AppError::Missing("invitation");
    let owner = Login::parse(owner).map_err(|_| missing())?;
    let mut path = format!("/{}", owner.as_str());
    if let Some(name) = repository {
        let name = RepositoryName::parse(name).map_err(|_| missing())?;
        path = format!("{path}/{}", name.as_str());
    }
    Ok(Said::INVITATION_OVER.redirect(app, &path))
}
