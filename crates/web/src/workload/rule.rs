//! Making a rule of an issuer, and changing one.

use askama::Template;
use jeton_api::ops;
use jeton_app::workload::{self, RuleView};
use jeton_app::{App, AppError, Call, Named};
use jeton_http::{Answer, Input};

use super::rule_form::RuleForm;
use super::{BELOW, id, issuer_of, menu, page_of, rule_id};
use crate::review::Menu;
use crate::{Faults, Frame, Said, Seen, Visit};

#[derive(Template)]
#[template(path = "workload/rule.html")]
struct Page {
    frame: Frame,
    menu: Menu,
    root: String,
    /// The issuer, and its page.
    issuer: (String, String),
    /// What it is called, and its page; empty where it is made.
    name: String,
    path: String,
    form: RuleForm,
    seen: Option<Seen>,
    faults: Faults,
}

fn page(
    visit: &Visit<'_>,
    status: u16,
    view: Option<&RuleView>,
    form: RuleForm,
    seen: Option<Seen>,
    faults: Faults,
) -> Result<Answer, AppError> {
    let menu = menu(visit)?;
    let issuer = issuer_of(visit, &menu)?;
    let name = view.map_or_else(String::new, |view| view.row.name.clone());
    let page = page_of(&menu, issuer.id);
    let path = view.map_or_else(String::new, |view| {
        format!("{page}/rules/{}", view.row.id.get())
    });
    let title = if view.is_some() {
        "Workload rule"
    } else {
        "New workload rule"
    };
    visit.page(
        status,
        &Page {
            frame: visit.frame(title),
            root: menu.path(BELOW),
            issuer: (issuer.name, page),
            name,
            path,
            form,
            seen,
            faults,
            menu,
        },
    )
}

pub(super) fn blank(app: &App, call: &Call, input: &Input) -> Result<Answer, AppError> {
    let visit = Visit::new(app, call, input)?;
    let form = RuleForm::new(app.public_url());
    page(&visit, 200, None, form, None, Faults::default())
}

pub(super) fn make(app: &App, call: &Call, input: &Input) -> Result<Answer, AppError> {
    let visit = Visit::new(app, call, input)?;
    let form = RuleForm::sent(input);
    let made = match form.wish(input.path("org")) {
        Ok(wish) => workload::create_rule(app, call, id(input)?, &wish),
        Err(faults) => return page(&visit, 422, None, form, None, faults),
    };
    match made {
        Ok(view) => {
            let path = page_of(&menu(&visit)?, view.row.issuer);
            Ok(Said::WORKLOAD_RULE_SAVED.redirect(app, &path))
        }
        Err(error) => page(&visit, 422, None, form, None, Faults::of(error)?),
    }
}

/// The rule as it is now.
fn now(visit: &Visit<'_>) -> Result<RuleView, AppError> {
    let named = Named::Organization(visit.input.path("org").to_owned());
    let call = visit.to(ops::workload::RULE, named);
    workload::show_rule(visit.app, &call, id(visit.input)?, rule_id(visit.input)?)
}

pub(super) fn show(app: &App, call: &Call, input: &Input) -> Result<Answer, AppError> {
    let visit = Visit::new(app, call, input)?;
    let view = now(&visit)?;
    let form = RuleForm::of(&view);
    let seen = Some(Seen::of(&form.values()));
    page(&visit, 200, Some(&view), form, seen, Faults::default())
}

pub(super) fn save(app: &App, call: &Call, input: &Input) -> Result<Answer, AppError> {
    let visit = Visit::new(app, call, input)?;
    let view = now(&visit)?;
    let form = RuleForm::sent(input);
    let seen = Seen::sent(input, &RuleForm::of(&view).values());
    let stale = seen.is_stale();
    let seen = Some(seen);
    if stale {
        return page(&visit, 409, Some(&view), form, seen, Faults::default());
    }
    let saved = match form.wish(input.path("org")) {
        Ok(wish) => workload::replace_rule(app, call, id(input)?, view.row.id, &wish),
        Err(faults) => return page(&visit, 422, Some(&view), form, seen, faults),
    };
    match saved {
        Ok(view) => {
            let path = page_of(&menu(&visit)?, view.row.issuer);
            Ok(Said::WORKLOAD_RULE_SAVED.redirect(app, &path))
        }
        Err(error) => page(&visit, 422, Some(&view), form, seen, Faults::of(error)?),
    }
}

pub(super) fn delete(app: &App, call: &Call, input: &Input) -> Result<Answer, AppError> {
    let visit = Visit::new(app, call, input)?;
    workload::delete_rule(app, call, id(input)?, rule_id(input)?)?;
    let path = page_of(&menu(&visit)?, id(input)?);
    Ok(Said::WORKLOAD_RULE_DELETED.redirect(app, &path))
}
