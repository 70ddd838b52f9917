//! What owners and reviewers do about the tokens that reach their organization: policy, requests, active
//! tokens, rules, reviewers.

mod filter;
pub(crate) mod grants;
mod policy;
mod requests;
mod reviewers;
mod rules;

pub(crate) use crate::links::with;
pub(crate) use jeton_app::difference_words::length;
pub(crate) use jeton_domain::counted;

use jeton_api::ops;
use jeton_app::foresight::AffectedClassic;
use jeton_app::{AppError, Named, organizations};
use jeton_domain::{Least, OrganizationRole, TargetKind, Time};
use jeton_http::Route;

use crate::Visit;
use crate::operation::page;

/// The menu beside each of these pages.
#[derive(Clone, Debug)]
pub(crate) struct Menu {
    /// The organization as it writes itself.
    pub(crate) org: String,
    /// The reader owns it.
    pub(crate) owner: bool,
    pub(crate) items: Vec<Item>,
}

/// An entry of it.
#[derive(Clone, Debug)]
pub(crate) struct Item {
    pub(crate) href: String,
    pub(crate) title: &'static str,
    pub(crate) here: bool,
}

/// What stands in it: below `/organizations/ORG/settings`, or where the path begins with `!` below
/// `/orgs/ORG`; for reviewers too.
const ITEMS: &[(&str, &str, bool)] = &[
    ("", "General", false),
    ("!/people", "People", false),
    ("!/teams", "Teams", false),
    (SECURITY, "Authentication security", false),
    (POLICY, "Token policy", false),
    (REQUESTS, "Pending requests", true),
    (ACTIVE, "Active tokens", true),
    (RULES, "Approval rules", false),
    (REVIEWERS, "Reviewers", false),
    (crate::oauth::approvals::BELOW, "Application access", false),
    (crate::oauth::registered::BELOW, "OAuth applications", false),
    (crate::hooks::BELOW, "Webhooks", false),
    (crate::secrets::BELOW, "Secrets", false),
    (crate::services::BELOW, "Service accounts", false),
    (crate::jobs::PERMISSIONS, "Job permissions", false),
    (crate::workload::BELOW, "Workload identity", false),
    (LOG, "Audit log", false),
];

pub(crate) const SECURITY: &str = "/security";
pub(crate) const POLICY: &str = "/personal-access-tokens";
pub(crate) const REQUESTS: &str = "/personal-access-token-requests";
pub(crate) const ACTIVE: &str = "/personal-access-tokens/active";
pub(crate) const RULES: &str = "/approval-rules";
pub(crate) const REVIEWERS: &str = "/reviewers";
pub(crate) const LOG: &str = "/audit-log";

impl Menu {
    /// The menu as the viewer may use it. `here`: the page's path below the organization's settings.
    pub(crate) fn of(visit: &Visit<'_>, here: &str) -> Result<Self, AppError> {
        let named = Named::Organization(visit.input.path("org").to_owned());
        let view = organizations::show(visit.app, &visit.to(ops::organizations::GET, named))?;
        let owner = view.membership == Some(OrganizationRole::Owner);
        let org = view.row.login;
        let items = ITEMS
            .iter()
            .filter(|(_, _, reviewers)| owner || *reviewers)
            .map(|(path, title, _)| Item {
                href: match path.strip_prefix('!') {
                    Some(rest) => format!("/orgs/{org}{rest}"),
                    None => format!("/organizations/{org}/settings{path}"),
                },
                title,
                here: *path == here,
            })
            .collect();
        Ok(Self { org, owner, items })
    }

    /// The address of one of these pages.
    pub(crate) fn path(&self, below: &str) -> String {
        format!("/organizations/{}/settings{below}", self.org)
    }
}

/// Shows something to an owner of an organization.
pub(crate) const fn owners_page(
    name: &'static str,
    sentence: &'static str,
) -> jeton_domain::Operation {
    page(
        name,
        sentence,
        TargetKind::Organization,
        Least::Organization(OrganizationRole::Owner),
    )
}

/// Shows something to whoever decides on an organization's tokens.
pub(crate) const fn reviewers_page(
    name: &'static str,
    sentence: &'static str,
) -> jeton_domain::Operation {
    page(name, sentence, TargetKind::Organization, Least::Reviewer)
}

/// A list's address, with the filters and the page of the request.
fn here(visit: &Visit<'_>, path: &str) -> String {
    match with(visit.input, &[]) {
        query if query.is_empty() => path.to_owned(),
        query => format!("{path}?{query}"),
    }
}

/// A moment of use in words.
pub(crate) fn used(at: Option<Time>, from: Option<&str>) -> String {
    match (at, from) {
        (None, _) => "Never".to_owned(),
        (Some(at), None) => at.date(),
        (Some(at), Some(from)) => format!("{} from {from}", at.date()),
    }
}

/// What becomes of classic tokens: whose and how many. Empty, where nothing does.
pub(crate) fn classic_words(classic: &AffectedClassic) -> String {
    if classic.total == 0 {
        return String::new();
    }
    let holders: Vec<String> = classic
        .holders
        .iter()
        .map(|(login, count)| format!("{login} ({count})"))
        .collect();
    let named = u64::try_from(classic.holders.len()).unwrap_or(u64::MAX);
    let more = match classic.people.saturating_sub(named) {
        0 => String::new(),
        more => format!(" and {} more", counted(more, "person", "people")),
    };
    format!(
        "{} would be refused: {}{more}.",
        counted(
            classic.total,
            "classic token that works today",
            "classic tokens that work today"
        ),
        holders.join(", ")
    )
}

pub(crate) const POLICY_ROUTES: &[Route] = policy::ROUTES;
pub(crate) const REQUEST_ROUTES: &[Route] = requests::ROUTES;
pub(crate) const GRANT_ROUTES: &[Route] = grants::ROUTES;
pub(crate) const RULE_ROUTES: &[Route] = rules::ROUTES;
pub(crate) const REVIEWER_ROUTES: &[Route] = reviewers::ROUTES;
