//! Workload identity: whoever brings a token of an issuer that an organization trusts, and that meets one of its rules, gets a
//! job's token for one repository.
//!
//! SECURITY: what a token says is looked at only after its signature held; outside nothing is said of rules. Each token opens one
//! job.

mod exchange;
mod issuers;
mod rules;
mod simulate;
mod weigh;

use jeton_domain::is_plain;
use jeton_out::workload::{Issuers, News};
use jeton_store::workload::{self, IssuerRow};

use crate::app::App;
use crate::error::{AppError, Faults};

pub use exchange::{Exchange, ExchangeRefusal, exchange};
pub use issuers::{IssuerWish, add, by_id, delete, list, show, update};
pub use rules::{
    RuleView, RuleWish, create as create_rule, delete as delete_rule, list as list_rules,
    replace as replace_rule, rule_by_id, show as show_rule,
};
pub use simulate::{Asked, Checks, Simulation, simulate};
pub use weigh::Weighed;

/// The most issuers of an organization.
pub const MOST_ISSUERS: usize = 20;
/// The most rules of an issuer: each token is held against all of them.
pub const MOST_RULES: usize = 100;
const LONGEST_NAME: usize = 80;

impl App {
    /// Lets issuers be asked for their keys. Given once, by the wiring.
    pub fn set_issuers(&self, issuers: Issuers) {
        // A second would be of a second configuration of the same server: the first stays.
        let _ = self.issuers.set(issuers);
    }
}

fn asker(app: &App) -> Result<&Issuers, AppError> {
    app.issuers.get().ok_or(AppError::Missing("issuers"))
}

/// Writes down what came of asking an issuer for its keys, where it was asked.
fn note(app: &App, issuer: &IssuerRow, news: Option<&News>) -> Result<(), AppError> {
    let fault = match news {
        None => return Ok(()),
        Some(News::Read) => None,
        Some(News::Failed(why)) => Some(why.as_str()),
    };
    tracing::info!(issuer = %issuer.url, fault, "an issuer was asked for its keys");
    let now = app.now();
    Ok(app
        .store
        .side(|unit| workload::note_keys(unit, issuer.id, now, fault))?)
}

fn check_name(resource: &'static str, name: &str, faults: &mut Faults) {
    if name.trim() != name || name.is_empty() || name.chars().nth(LONGEST_NAME).is_some() {
        let words =
            format!("needs 1 to {LONGEST_NAME} characters, the first and the last no blank");
        faults.add(resource, "name", words);
    } else if !is_plain(name) {
        faults.add(
            resource,
            "name",
            "holds a control or formatting character that is not shown",
        );
    }
}
