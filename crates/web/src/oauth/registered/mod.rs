//! The applications that a person or an organization registered. Both have the same pages, at addresses of their own.

pub(crate) mod form;
pub(crate) mod list;
mod of_organization;
pub(crate) mod one;
mod own;

use jeton_api::ops;
use jeton_app::{AppError, Call, Named};
use jeton_domain::{ApplicationId, Id, Operation};
use jeton_http::{Input, Route};

use crate::Visit;
use crate::review::Menu;

/// A person's own, where GitHub has the list of them.
pub(crate) const OWN: &str = "/settings/developers";
/// Below which each of a person's own is.
const OWN_EACH: &str = "/settings/applications";
/// An organization's, below its settings.
pub(crate) const BELOW: &str = "/applications";

pub(crate) static OWN_ROUTES: &[Route] = own::ROUTES;
pub(crate) static ORGANIZATION_ROUTES: &[Route] = of_organization::ROUTES;

/// What stands beside the page.
pub(crate) enum Side {
    /// A person's settings.
    Own,
    /// An organization's.
    Organization(Menu),
}

/// Whose applications a page is about, and where their pages are.
pub(crate) struct Keeper {
    side: Side,
    /// Where the list is.
    pub(crate) list: String,
    /// Below which each application is.
    pub(crate) each: String,
    /// Who they are, as the page says it.
    pub(crate) name: String,
    named: Named,
}

impl Keeper {
    fn of(visit: &Visit<'_>, call: &Call) -> Result<Self, AppError> {
        if !matches!(call.named, Named::Organization(_)) {
            return Ok(Self {
                side: Side::Own,
                list: OWN.to_owned(),
                each: OWN_EACH.to_owned(),
                name: "You".to_owned(),
                named: Named::Own,
            });
        }
        let menu = Menu::of(visit, BELOW)?;
        let list = menu.path(BELOW);
        Ok(Self {
            each: list.clone(),
            list,
            name: menu.org.clone(),
            named: Named::Organization(menu.org.clone()),
            side: Side::Organization(menu),
        })
    }

    /// The request as the one that lists them.
    fn listing(&self, visit: &Visit<'_>) -> Call {
        let operation: &'static Operation = match self.side {
            Side::Own => ops::applications::LIST,
            Side::Organization(_) => ops::applications::ORGANIZATION_LIST,
        };
        visit.to(operation, self.named.clone())
    }

    /// The address of an application's page.
    pub(crate) fn path(&self, id: ApplicationId) -> String {
        format!("{}/{id}", self.each)
    }
}

fn id(input: &Input) -> Result<ApplicationId, AppError> {
    ApplicationId::from_i64(input.id("application_id")?).ok_or(AppError::Missing("application"))
}
