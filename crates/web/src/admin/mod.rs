//! Pages of the site's administrators: people, organizations, the site's policy, emergencies, the log.

mod jobs;
mod organizations;
mod overview;
mod policy;
mod tokens;
mod users;

use jeton_domain::{Least, Operation, TargetKind};
use jeton_http::Route;

use crate::operation::page;

/// An entry of the menu.
#[derive(Debug)]
pub(crate) struct Item {
    pub(crate) path: &'static str,
    pub(crate) title: &'static str,
}

impl Item {
    pub(crate) fn is_at(&self, path: &str) -> bool {
        self.path == path
    }
}

const fn item(path: &'static str, title: &'static str) -> Item {
    Item { path, title }
}

/// The menu.
pub(crate) const MENU: &[Item] = &[
    item(OVERVIEW, "Overview"),
    item(USERS, "People"),
    item(ORGANIZATIONS, "Organizations"),
    item(POLICY, "Site policy"),
    item(TOKENS, "Tokens and emergencies"),
    item(crate::jobs::OF_SITE, "Job permissions"),
    item(JOBS, "Letters"),
    item(LOG, "Audit log"),
];

const OVERVIEW: &str = "/admin";
const USERS: &str = "/admin/users";
const ORGANIZATIONS: &str = "/admin/organizations";
const POLICY: &str = "/admin/policy";
const TOKENS: &str = "/admin/tokens";
const JOBS: &str = "/admin/jobs";
pub(crate) const LOG: &str = "/admin/audit-log";

/// Shows something to an administrator.
const fn admin_page(name: &'static str, sentence: &'static str) -> Operation {
    page(name, sentence, TargetKind::Site, Least::Administrator)
}

pub(crate) const OVERVIEW_ROUTES: &[Route] = overview::ROUTES;
pub(crate) const USER_ROUTES: &[Route] = users::ROUTES;
pub(crate) const ORGANIZATION_ROUTES: &[Route] = organizations::ROUTES;
pub(crate) const POLICY_ROUTES: &[Route] = policy::ROUTES;
pub(crate) const JOB_ROUTES: &[Route] = jobs::ROUTES;
pub(crate) const TOKEN_ROUTES: &[Route] = tokens::ROUTES;
