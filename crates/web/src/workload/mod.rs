//! Workload identity: the issuers whose word about jobs an organization trusts, their rules, and what would come of a token.

mod issuer;
mod issuers;
mod rule;
mod rule_form;
mod simulator;

use jeton_api::ops;
use jeton_app::workload::{self, RuleView};
use jeton_app::{AppError, Named, service_accounts};
use jeton_domain::{Id as _, Operation, Time, WorkloadIssuerId, WorkloadRuleId};
use jeton_http::{Input, Method, Names, Route};
use jeton_store::workload::IssuerRow;

use crate::Visit;
use crate::operation::confirmed;
use crate::review::{Menu, owners_page};
use crate::words::relative;

/// Below the settings of an organization.
pub(crate) const BELOW: &str = "/workload";

/// The field in which somebody else's token is pasted: it stands in no page.
pub(crate) const TOKEN: &str = "pasted_token";

static ISSUERS: Operation = owners_page(
    "page.workload_issuers",
    "Show the issuers whose word about jobs an organization trusts.",
);
static NEW_ISSUER: Operation = confirmed(owners_page(
    "page.workload_issuer_new",
    "Show the form that trusts an issuer's word about jobs.",
));
static ISSUER: Operation = owners_page(
    "page.workload_issuer",
    "Show a trusted issuer: its keys and its rules.",
);
static NEW_RULE: Operation = confirmed(owners_page(
    "page.workload_rule_new",
    "Show the form of a new rule by which an issuer's word opens jobs.",
));
static RULE: Operation = owners_page(
    "page.workload_rule",
    "Show a rule by which an issuer's word opens jobs.",
);
static SIMULATOR: Operation = owners_page(
    "page.workload_simulator",
    "Show the form that asks which rule a token meets.",
);

const ORG: Names = Names::Organization("org");

macro_rules! at {
    ($rest:literal) => {
        concat!("/organizations/{org}/settings/workload", $rest)
    };
}

pub(crate) static ROUTES: &[Route] = &[
    Route::new(Method::Get, at!(""), &ISSUERS, ORG, issuers::list),
    Route::new(Method::Get, at!("/new"), &NEW_ISSUER, ORG, issuers::blank),
    Route::new(
        Method::Post,
        at!("/new"),
        ops::workload::ADD,
        ORG,
        issuers::add,
    ),
    Route::new(
        Method::Get,
        at!("/simulator"),
        &SIMULATOR,
        ORG,
        simulator::blank,
    ),
    Route::new(
        Method::Post,
        at!("/simulator"),
        ops::workload::SIMULATE,
        ORG,
        simulator::answer,
    ),
    Route::new(Method::Get, at!("/{issuer_id}"), &ISSUER, ORG, issuer::show),
    Route::new(
        Method::Post,
        at!("/{issuer_id}"),
        ops::workload::UPDATE,
        ORG,
        issuer::save,
    ),
    Route::new(
        Method::Post,
        at!("/{issuer_id}/delete"),
        ops::workload::DELETE,
        ORG,
        issuer::delete,
    ),
    Route::new(
        Method::Get,
        at!("/{issuer_id}/rules/new"),
        &NEW_RULE,
        ORG,
        rule::blank,
    ),
    Route::new(
        Method::Post,
        at!("/{issuer_id}/rules/new"),
        ops::workload::CREATE,
        ORG,
        rule::make,
    ),
    Route::new(
        Method::Get,
        at!("/{issuer_id}/rules/{workload_rule_id}"),
        &RULE,
        ORG,
        rule::show,
    ),
    Route::new(
        Method::Post,
        at!("/{issuer_id}/rules/{workload_rule_id}"),
        ops::workload::REPLACE,
        ORG,
        rule::save,
    ),
    Route::new(
        Method::Post,
        at!("/{issuer_id}/rules/{workload_rule_id}/delete"),
        ops::workload::DELETE_RULE,
        ORG,
        rule::delete,
    ),
];

fn id(input: &Input) -> Result<WorkloadIssuerId, AppError> {
    WorkloadIssuerId::from_i64(input.id("issuer_id")?).ok_or(AppError::Missing("issuer"))
}

fn rule_id(input: &Input) -> Result<WorkloadRuleId, AppError> {
    WorkloadRuleId::from_i64(input.id("workload_rule_id")?).ok_or(AppError::Missing("rule"))
}

fn menu(visit: &Visit<'_>) -> Result<Menu, AppError> {
    Menu::of(visit, BELOW)
}

fn page_of(menu: &Menu, issuer: WorkloadIssuerId) -> String {
    format!("{}/{}", menu.path(BELOW), issuer.get())
}

/// The issuer that the path names.
fn issuer_of(visit: &Visit<'_>, menu: &Menu) -> Result<IssuerRow, AppError> {
    let call = visit.to(ops::workload::ISSUER, Named::Organization(menu.org.clone()));
    workload::show(visit.app, &call, id(visit.input)?)
}

/// The rules of an issuer, in the order in which they are tried.
fn rules_of(
    visit: &Visit<'_>,
    menu: &Menu,
    issuer: WorkloadIssuerId,
) -> Result<Vec<RuleView>, AppError> {
    let call = visit.to(ops::workload::RULES, Named::Organization(menu.org.clone()));
    workload::list_rules(visit.app, &call, issuer)
}

/// The service accounts that may open jobs, by login.
fn openers(visit: &Visit<'_>, menu: &Menu) -> Result<Vec<String>, AppError> {
    let named = Named::Organization(menu.org.clone());
    let call = visit.to(ops::service_accounts::LIST, named);
    let all = service_accounts::list(visit.app, &call)?;
    let active = all.into_iter().filter(|view| view.row.state == "active");
    Ok(active.map(|view| view.row.login).collect())
}

/// What came of asking for an issuer's keys, in words, and how it looks.
fn keys(row: &IssuerRow, now: Time) -> (String, &'static str) {
    match (&row.fault, row.keys_read_at) {
        (Some((at, _)), _) => (format!("keys not read, {}", relative(*at, now)), "bad"),
        (None, Some(at)) => (format!("keys read {}", relative(at, now)), "good"),
        (None, None) => ("not asked for keys yet".to_owned(), ""),
    }
}
