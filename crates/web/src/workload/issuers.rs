//! The issuers that an organization trusts, and trusting another one.

use askama::Template;
use jeton_api::ops;
use jeton_app::workload::{self, IssuerWish};
use jeton_app::{App, AppError, Call, Named};
use jeton_domain::{Clean, counted};
use jeton_http::{Answer, Input};

use super::{BELOW, keys, menu, openers, page_of, rules_of};
use crate::review::Menu;
use crate::{Faults, Frame, Said, Visit};

struct Row {
    path: String,
    name: String,
    url: String,
    opener: String,
    /// How many rules it has, in words.
    rules: String,
    keys: String,
    tone: &'static str,
}

#[derive(Template)]
#[template(path = "workload/issuers.html")]
struct ListPage {
    frame: Frame,
    menu: Menu,
    root: String,
    rows: Vec<Row>,
}

#[derive(Template)]
#[template(path = "workload/issuer_new.html")]
struct NewPage {
    frame: Frame,
    menu: Menu,
    root: String,
    filled: IssuerWish,
    openers: Vec<String>,
    faults: Faults,
}

pub(super) fn list(app: &App, call: &Call, input: &Input) -> Result<Answer, AppError> {
    let visit = Visit::new(app, call, input)?;
    let menu = menu(&visit)?;
    let listing = visit.to(
        ops::workload::ISSUERS,
        Named::Organization(menu.org.clone()),
    );
    let now = app.now();
    let mut rows = Vec::new();
    for issuer in workload::list(app, &listing)? {
        let count = rules_of(&visit, &menu, issuer.id)?.len();
        let (keys, tone) = keys(&issuer, now);
        rows.push(Row {
            path: page_of(&menu, issuer.id),
            name: issuer.name,
            url: issuer.url.plain(),
            opener: issuer.opener_login,
            rules: match count {
                0 => "no rule, so it opens nothing".to_owned(),
                some => counted(some as u64, "rule", "rules"),
            },
            keys,
            tone,
        });
    }
    visit.page(
        200,
        &ListPage {
            frame: visit.frame(format!("Workload identity of {}", menu.org)),
            root: menu.path(BELOW),
            rows,
            menu,
        },
    )
}

fn new_page(
    visit: &Visit<'_>,
    status: u16,
    filled: IssuerWish,
    faults: Faults,
) -> Result<Answer, AppError> {
    let menu = menu(visit)?;
    visit.page(
        status,
        &NewPage {
            frame: visit.frame("Trust an issuer"),
            root: menu.path(BELOW),
            openers: openers(visit, &menu)?,
            filled,
            faults,
            menu,
        },
    )
}

pub(super) fn blank(app: &App, call: &Call, input: &Input) -> Result<Answer, AppError> {
    let visit = Visit::new(app, call, input)?;
    let filled = IssuerWish {
        name: String::new(),
        url: String::new(),
        service_account: String::new(),
    };
    new_page(&visit, 200, filled, Faults::default())
}

pub(super) fn add(app: &App, call: &Call, input: &Input) -> Result<Answer, AppError> {
    let visit = Visit::new(app, call, input)?;
    let wish = IssuerWish {
        name: input.field("name").trim().to_owned(),
        url: input.field("url").trim().to_owned(),
        service_account: input.field("service_account").to_owned(),
    };
    match workload::add(app, call, &wish) {
        Ok(row) => {
            let path = page_of(&menu(&visit)?, row.id);
            Ok(Said::ISSUER_TRUSTED.redirect(app, &path))
        }
        Err(error) => new_page(&visit, 422, wish, Faults::of(error)?),
    }
}
