//! Which rule a token meets, and why not the others.
//!
//! SECURITY: a pasted token is a credential of somebody else's: it stands in no page and in no log.

use askama::Template;
use jeton_app::workload::{self, Asked, Checks, Simulation};
use jeton_app::{App, AppError, Call};
use jeton_domain::{Clean, counted};
use jeton_http::{Answer, Input};
use serde_json::{Map, Value};

use super::{BELOW, TOKEN, menu, page_of};
use crate::review::Menu;
use crate::words::{self, quoted};
use crate::{Faults, Frame, Visit};

/// What is filled in, but for a token.
#[derive(Debug, Default)]
struct Filled {
    repository: String,
    claims: String,
}

/// Something that was looked at.
struct Check {
    title: &'static str,
    /// Why it does not hold; empty where it does.
    fault: String,
}

struct Rule {
    path: String,
    name: String,
    reasons: Vec<String>,
}

/// What would come of it.
struct Found {
    opens: bool,
    says: String,
    /// The trusted issuer, and its page; nothing where none is that.
    issuer: Option<(String, String)>,
    checks: Vec<Check>,
    rules: Vec<Rule>,
    /// The rule that is met, and what a job by it would be: a title and words each.
    job: Option<(String, Vec<(String, String)>)>,
}

#[derive(Template)]
#[template(path = "workload/simulator.html")]
struct Page {
    frame: Frame,
    menu: Menu,
    root: String,
    filled: Filled,
    faults: Faults,
    found: Option<Found>,
}

fn page(
    visit: &Visit<'_>,
    filled: Filled,
    faults: Faults,
    found: Option<Simulation>,
) -> Result<Answer, AppError> {
    let menu = menu(visit)?;
    visit.page(
        if faults.is_empty() { 200 } else { 422 },
        &Page {
            frame: visit.frame("Workload simulator"),
            root: menu.path(BELOW),
            filled,
            faults,
            found: found.map(|found| told(&menu, &found)),
            menu,
        },
    )
}

fn checks(checks: &Checks) -> Vec<Check> {
    [
        ("Keys", &checks.keys),
        ("Signature", &checks.signature),
        ("Time", &checks.time),
        ("Use", &checks.unused),
    ]
    .into_iter()
    .map(|(title, check)| Check {
        title,
        fault: check
            .as_ref()
            .err()
            .map_or_else(String::new, |why| quoted(&why.plain())),
    })
    .collect()
}

fn job(found: &Simulation) -> Option<(String, Vec<(String, String)>)> {
    let met = found.met()?;
    let job = met.verdict.as_ref().ok()?;
    let mut words = Vec::new();
    let mut say = |title: &str, is: String| words.push((title.to_owned(), is));
    if let Some(issuer) = &found.issuer {
        say("Opened by", issuer.opener_login.clone());
    }
    for (title, is) in [("Ref", &job.reference), ("Environment", &job.environment)] {
        if let Some(is) = is {
            say(title, is.plain());
        }
    }
    if job.fork {
        say("For", "somebody else's change".to_owned());
    }
    match found.given() {
        Some(given) => {
            for (key, level) in given.iter() {
                say(
                    &key.permission().full_title(),
                    words::level(level).to_owned(),
                );
            }
        }
        None => say("Permissions", "none are left".to_owned()),
    }
    let seconds = met.row.rule.length.seconds().unsigned_abs();
    say("Lives for", counted(seconds, "second", "seconds"));
    Some((met.row.name.clone(), words))
}

fn told(menu: &Menu, found: &Simulation) -> Found {
    let rules = found.rules.iter().map(|weighed| Rule {
        path: format!(
            "{}/rules/{}",
            page_of(menu, weighed.row.issuer),
            weighed.row.id.get()
        ),
        name: weighed.row.name.clone(),
        reasons: weighed
            .verdict
            .as_ref()
            .err()
            .into_iter()
            .flatten()
            .map(|reason| quoted(&reason.to_string()))
            .collect(),
    });
    Found {
        opens: found.opens(),
        says: found.says.plain(),
        issuer: found
            .issuer
            .as_ref()
            .map(|issuer| (issuer.name.clone(), page_of(menu, issuer.id))),
        checks: found.checks.as_ref().map(checks).unwrap_or_default(),
        rules: rules.collect(),
        job: job(found),
    }
}

pub(super) fn blank(app: &App, call: &Call, input: &Input) -> Result<Answer, AppError> {
    let visit = Visit::new(app, call, input)?;
    page(&visit, Filled::default(), Faults::default(), None)
}

pub(super) fn answer(app: &App, call: &Call, input: &Input) -> Result<Answer, AppError> {
    let visit = Visit::new(app, call, input)?;
    let filled = Filled {
        repository: input.field("repository").trim().to_owned(),
        claims: input.field("claims").trim().to_owned(),
    };
    let token = input.field(TOKEN).trim();
    let claims: Map<String, Value>;
    let asked = match (token.is_empty(), filled.claims.is_empty()) {
        (false, true) => Asked::Token(token),
        (true, false) => {
            let Ok(read) = serde_json::from_str(&filled.claims) else {
                let words = r#"Is no JSON object, such as {"iss": "https://…", "sub": "…"}."#;
                return page(&visit, filled, Faults::one("claims", words), None);
            };
            claims = read;
            Asked::Claims(&claims)
        }
        (true, true) => {
            let faults = Faults::one(TOKEN, "Paste a token, or fill in claims.");
            return page(&visit, filled, faults, None);
        }
        (false, false) => {
            let faults = Faults::one(TOKEN, "Paste a token or fill in claims, and not both.");
            return page(&visit, filled, faults, None);
        }
    };
    match workload::simulate(app, call, asked, &filled.repository) {
        Ok(found) => page(&visit, filled, Faults::default(), Some(found)),
        Err(error) => {
            let faults = Faults::of(error)?.moved(|field| match field {
                "token" => TOKEN,
                other => other,
            });
            page(&visit, filled, faults, None)
        }
    }
}
