//! Answering invitations, and making an account on the way.

pub(crate) mod by_link;
pub(crate) mod join;
pub(crate) mod organization;
pub(crate) mod repository;

use jeton_api::ops;
use jeton_app::{AppError, Named, organizations, repositories};
use jeton_http::{Answer, Input};

use crate::{Said, Visit};

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
/// there what it was to. Whoever doesn't see that reads what any dead link says.
fn answered(visit: &Visit<'_>, owner: &str, repository: Option<&str>) -> Result<Answer, AppError> {
    let owner = owner.to_owned();
    let seen = match repository {
        None => {
            let call = visit.to(ops::organizations::GET, Named::Organization(owner));
            organizations::show(visit.app, &call).map(|view| view.row.login)
        }
        Some(name) => {
            let named = Named::Repository(owner, name.to_owned());
            let call = visit.to(&repositories::GET, named);
            repositories::show(visit.app, &call).map(|view| view.row.full_name())
        }
    };
    match seen {
        Ok(name) => Ok(Said::INVITATION_OVER.redirect(visit.app, &format!("/{name}"))),
        Err(_) => by_link::unknown(visit),
    }
}
