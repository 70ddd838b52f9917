//! One trusted issuer: how its keys are, its rules, another name, its end.

use askama::Template;
use jeton_app::workload::{self, IssuerWish, RuleView};
use jeton_app::{App, AppError, Call};
use jeton_domain::{Clean, JobRepositories, PermissionKey, counted, first_of};
use jeton_http::{Answer, Input};
use jeton_store::workload::IssuerRow;

use super::{BELOW, id, issuer_of, keys, menu, openers, page_of, rules_of};
use crate::review::Menu;
use crate::{Faults, Frame, Said, Seen, Values, Visit, seen};

/// Repositories and claims that a rule's sentence names.
const NAMED: usize = 5;

struct Rule {
    path: String,
    name: String,
    order: i64,
    words: String,
}

#[derive(Template)]
#[template(path = "workload/issuer.html")]
struct Page {
    frame: Frame,
    menu: Menu,
    root: String,
    path: String,
    /// What it is called now, whatever is typed.
    title: String,
    url: String,
    since: String,
    keys: String,
    tone: &'static str,
    /// Why its keys could not be read; empty where they could.
    fault: String,
    rules: Vec<Rule>,
    filled: IssuerWish,
    openers: Vec<String>,
    seen: Seen,
    faults: Faults,
}

/// A rule in one sentence.
fn in_words(view: &RuleView) -> String {
    let rule = &view.row.rule;
    let claims: Vec<String> = rule
        .claims
        .iter()
        .flat_map(|(name, patterns)| {
            let named = patterns.iter();
            named.map(|pattern| format!("{}={}", name.as_str(), pattern.as_str()))
        })
        .collect();
    let which = match &rule.repositories {
        JobRepositories::Claimed(name) => format!("the repository in {}", name.as_str()),
        JobRepositories::Only(set) => match first_of(&view.repositories, set.len(), NAMED) {
            names if names.is_empty() => counted(set.len() as u64, "repository", "repositories"),
            names => names,
        },
    };
    let held: Vec<String> = rule
        .permissions
        .iter()
        .filter(|(key, _)| *key != PermissionKey::metadata())
        .map(|(key, level)| format!("{}: {}", key.name(), level.name()))
        .collect();
    format!(
        "{} · {which} · {} · {}",
        first_of(&claims, claims.len(), NAMED),
        held.join(", "),
        counted(rule.length.seconds().unsigned_abs(), "second", "seconds"),
    )
}

fn wish_of(row: &IssuerRow) -> IssuerWish {
    IssuerWish {
        name: row.name.clone(),
        url: row.url.clone(),
        service_account: row.opener_login.clone(),
    }
}

fn values(wish: &IssuerWish) -> Values {
    seen::values([
        ("Name", wish.name.clone()),
        ("Service account", wish.service_account.clone()),
    ])
}

fn page(
    visit: &Visit<'_>,
    status: u16,
    row: &IssuerRow,
    filled: IssuerWish,
    seen: Seen,
    faults: Faults,
) -> Result<Answer, AppError> {
    let menu = menu(visit)?;
    let path = page_of(&menu, row.id);
    let (keys, tone) = keys(row, visit.app.now());
    let rules = rules_of(visit, &menu, row.id)?
        .iter()
        .map(|view| Rule {
            path: format!("{path}/rules/{}", view.row.id.get()),
            name: view.row.name.clone(),
            order: view.row.place,
            words: in_words(view),
        })
        .collect();
    let mut openers = openers(visit, &menu)?;
    // One that is suspended stays chosen: nobody changes it by saving a name.
    if !openers.contains(&filled.service_account) {
        openers.push(filled.service_account.clone());
    }
    visit.page(
        status,
        &Page {
            frame: visit.frame(row.name.clone()),
            root: menu.path(BELOW),
            path,
            title: row.name.clone(),
            url: row.url.plain(),
            since: row.created_at.date(),
            keys,
            tone,
            fault: row
                .fault
                .as_ref()
                .map_or_else(String::new, |(_, why)| why.plain()),
            rules,
            filled,
            openers,
            seen,
            faults,
            menu,
        },
    )
}

pub(super) fn show(app: &App, call: &Call, input: &Input) -> Result<Answer, AppError> {
    let visit = Visit::new(app, call, input)?;
    let row = issuer_of(&visit, &menu(&visit)?)?;
    let filled = wish_of(&row);
    let seen = Seen::of(&values(&filled));
    page(&visit, 200, &row, filled, seen, Faults::default())
}

pub(super) fn save(app: &App, call: &Call, input: &Input) -> Result<Answer, AppError> {
    let visit = Visit::new(app, call, input)?;
    let menu = menu(&visit)?;
    let row = issuer_of(&visit, &menu)?;
    let wish = IssuerWish {
        name: input.field("name").trim().to_owned(),
        url: row.url.clone(),
        service_account: input.field("service_account").to_owned(),
    };
    let seen = Seen::sent(input, &values(&wish_of(&row)));
    if seen.is_stale() {
        return page(&visit, 409, &row, wish, seen, Faults::default());
    }
    match workload::update(app, call, row.id, &wish) {
        Ok(_) => Ok(Said::ISSUER_SAVED.redirect(app, &page_of(&menu, row.id))),
        Err(error) => page(&visit, 422, &row, wish, seen, Faults::of(error)?),
    }
}

pub(super) fn delete(app: &App, call: &Call, input: &Input) -> Result<Answer, AppError> {
    let visit = Visit::new(app, call, input)?;
    workload::delete(app, call, id(input)?)?;
    Ok(Said::ISSUER_DELETED.redirect(app, &menu(&visit)?.path(BELOW)))
}
