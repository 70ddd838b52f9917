//! Organizations: their first page, their people, teams and settings, and one's own list of them.

pub(crate) mod invitations;
mod losses;
pub(crate) mod new;
pub(crate) mod outside;
pub(crate) mod own;
pub(crate) mod owner;
pub(crate) mod people;
pub(crate) mod person;
pub(crate) mod security;
pub(crate) mod settings;
pub(crate) mod team;
pub(crate) mod teams;

use jeton_api::ops;
use jeton_app::{AppError, Named, organizations};
use jeton_domain::{Clean, OrganizationRole};
use jeton_http::Names;

use crate::Visit;

const ORG: Names = Names::Organization("org");

/// What stands above every page of an organization.
#[derive(Clone, Debug)]
pub(crate) struct Head {
    /// Its name in paths.
    pub(crate) login: String,
    /// What people call it; its login, where nobody said.
    pub(crate) name: String,
    /// The reader belongs to it.
    pub(crate) member: bool,
    /// The reader owns it.
    pub(crate) owner: bool,
    /// Which of its pages this is.
    pub(crate) tab: &'static str,
}

impl Head {
    pub(crate) fn of(visit: &Visit<'_>, org: &str, tab: &'static str) -> Result<Self, AppError> {
        let call = visit.to(ops::organizations::GET, Named::Organization(org.to_owned()));
        Ok(Self::from(&organizations::show(visit.app, &call)?, tab))
    }

    fn from(view: &organizations::OrganizationView, tab: &'static str) -> Self {
        let name = view.row.name.plain();
        Self {
            name: if name.trim().is_empty() {
                view.row.login.clone()
            } else {
                name
            },
            login: view.row.login.clone(),
            member: view.membership.is_some(),
            owner: view.membership == Some(OrganizationRole::Owner),
            tab,
        }
    }
}

/// The word for what somebody is in an organization.
const fn role_word(role: OrganizationRole) -> &'static str {
    match role {
        OrganizationRole::Member => "Member",
        OrganizationRole::Owner => "Owner",
    }
}
