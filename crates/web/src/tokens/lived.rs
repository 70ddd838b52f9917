//! What a token's page tells of its life, whatever the token may do.

use jeton_api::ops;
use jeton_app::AppError;
use jeton_app::tokens::{self, TokenView};
use jeton_domain::{Expiry, Life, Time};

use super::Pages;
use super::children::{self, Child};
use super::list::{ends, tone, used};
use crate::chart::{self, Chart};
use crate::{Visit, words};

/// A value of a token, in words.
#[derive(Debug)]
pub(super) struct Value {
    pub(super) name: String,
    pub(super) made: String,
    pub(super) ends: String,
    pub(super) used: String,
    /// It goes on beside a newer one.
    pub(super) overlaps: bool,
}

/// A token's life, in words.
#[derive(Debug)]
pub(super) struct Lived {
    pub(super) id: i64,
    pub(super) name: String,
    pub(super) description: String,
    pub(super) state: &'static str,
    pub(super) tone: &'static str,
    /// What the state means; empty where it says all.
    pub(super) sentence: String,
    pub(super) expires: String,
    pub(super) used: String,
    pub(super) made: String,
    /// What stands over what it reaches.
    pub(super) may: &'static str,
    /// Those that have not ended.
    pub(super) values: Vec<Value>,
    pub(super) alive: bool,
    pub(super) suspended: bool,
    /// An earlier value goes on beside the newest.
    pub(super) overlap: bool,
    pub(super) chart: Chart,
    /// What was made from it and lives.
    pub(super) children: Vec<Child>,
    /// Where the form goes that ends them.
    pub(super) children_end: String,
    /// The service account that does its work now.
    pub(super) handed: Option<String>,
}

impl Lived {
    /// `sentence`: what the state means.
    pub(super) fn new(
        visit: &Visit<'_>,
        view: &TokenView,
        sentence: String,
    ) -> Result<Self, AppError> {
        let (app, row) = (visit.app, &view.row);
        let now = app.now();
        let usage = visit.own(ops::tokens::ACTIVITY);
        let usage = tokens::usage(app, &usage, row.id, 24 * chart::DAYS)?;
        let counts = usage.hours.iter().map(|hour| {
            let allowed = hour.verdict == "allow";
            (hour.hour, allowed, hour.count.unsigned_abs())
        });
        let alive = !matches!(row.life, Life::Revoked { .. });
        let values = if alive { values(view, now) } else { Vec::new() };
        Ok(Self {
            id: row.id.get(),
            name: row.name.clone(),
            description: row.description.clone(),
            state: view.shown_state(),
            tone: tone(view.shown_state()),
            sentence,
            expires: ends(view, now).0,
            used: used(view, now),
            made: words::relative(row.created_at, now),
            may: may(view.shown_state()),
            overlap: values.iter().any(|value| value.overlaps),
            values,
            alive,
            suspended: matches!(row.life, Life::Suspended { .. }),
            chart: Chart::new(counts, now),
            children: children::of(visit, row.id)?,
            children_end: Pages::of(view).of_token(row.id) + "/children/end",
            handed: view.handed_over.clone(),
        })
    }
}

/// What a state means that no owner has a say in.
pub(super) fn sentence(view: &TokenView, now: Time) -> String {
    let told = match (&view.state_sentence, view.state) {
        (Some(sentence), _) => return words::quoted(sentence),
        (None, "expired") => {
            "Its value has ended, and what uses it is refused. Regenerate it for a new one with the same rights."
        }
        (None, "suspended") if view.secrets.iter().all(|value| value.end().is_over_at(now)) => {
            "What uses it is refused until you resume it. Its value has ended, too: regenerate it."
        }
        (None, "suspended") => "What uses it is refused until you resume it.",
        (None, "revoked") => "It is over for good. Make another one for what still needs it.",
        (None, _) => "",
    };
    told.to_owned()
}

/// Whether it may do so now, or when.
fn may(state: &str) -> &'static str {
    match state {
        "refused" => "What it may do once the policy lets it",
        "suspended" => "What it may do once it is resumed",
        "expired" | "retired" => "What it may do with a new value",
        "revoked" => "What it could do",
        _ => "What it may do now",
    }
}

fn values(view: &TokenView, now: Time) -> Vec<Value> {
    view.secrets
        .iter()
        .filter(|secret| !secret.end().is_over_at(now))
        .enumerate()
        .map(|(at, secret)| {
            let last = view.uses.iter().find(|used| used.secret == secret.id);
            Value {
                name: secret
                    .public_name
                    .clone()
                    .unwrap_or_else(|| secret.id.get().to_string()),
                made: words::relative(secret.created_at, now),
                ends: match secret.end() {
                    Expiry::At(end) => end.minute(),
                    Expiry::Never => "never".to_owned(),
                },
                used: last.map_or_else(
                    || "never used".to_owned(),
                    |last| format!("last used {}", words::relative(last.at, now)),
                ),
                overlaps: at > 0,
            }
        })
        .collect()
}
