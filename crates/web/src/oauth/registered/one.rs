//! One application: what its keeper says of it, its secrets, its end.

use askama::Template;
use jeton_app::oauth::{self, ApplicationView, NewSecret};
use jeton_app::{App, AppError, Call};
use jeton_domain::{ApplicationSecretId, Id, counted};
use jeton_http::{Answer, Input};

use super::form::Draft;
use super::{Keeper, Side, id};
use crate::{Faults, Frame, Said, Seen, Visit, settings};

struct Secret {
    id: i64,
    made: String,
}

#[derive(Template)]
#[template(path = "oauth/registered_one.html")]
struct Page {
    frame: Frame,
    keeper: Keeper,
    path: String,
    name: String,
    client_id: String,
    registered: String,
    secrets: Vec<Secret>,
    may_add: bool,
    /// What ends with it, in words; empty, where nothing does.
    ends: String,
    form: Draft,
    seen: Option<Seen>,
    faults: Faults,
    action: String,
    button: &'static str,
}

fn page(
    visit: &Visit<'_>,
    call: &Call,
    view: ApplicationView,
    status: u16,
    (form, seen, faults): (Draft, Seen, Faults),
) -> Result<Answer, AppError> {
    let keeper = Keeper::of(visit, call)?;
    let path = keeper.path(view.row.id);
    let secrets: Vec<Secret> = view
        .secrets
        .iter()
        .map(|(id, at)| Secret {
            id: id.get(),
            made: at.minute(),
        })
        .collect();
    let ends = match view.tokens {
        0 => String::new(),
        tokens => counted(
            tokens as u64,
            "token of it that lives now ends",
            "tokens of it that live now end",
        ),
    };
    let page = Page {
        frame: visit.frame(view.row.name.clone()),
        may_add: view.row.confidential && secrets.len() < oauth::MOST_SECRETS,
        keeper,
        name: view.row.name,
        client_id: view.row.client_id,
        registered: view.row.created_at.date(),
        secrets,
        ends,
        form,
        seen: Some(seen),
        faults,
        action: path.clone(),
        button: "Save the application",
        path,
    };
    visit.page(status, &page)
}

/// As it is stored, with what is wrong with something else on the page.
fn unchanged(
    visit: &Visit<'_>,
    call: &Call,
    status: u16,
    faults: Faults,
) -> Result<Answer, AppError> {
    let view = oauth::show(visit.app, call, id(visit.input)?)?;
    let form = Draft::of(&view);
    let seen = Seen::of(&form.values());
    page(visit, call, view, status, (form, seen, faults))
}

pub(super) fn show(app: &App, call: &Call, input: &Input) -> Result<Answer, AppError> {
    let visit = Visit::new(app, call, input)?;
    unchanged(&visit, call, 200, Faults::default())
}

pub(super) fn save(app: &App, call: &Call, input: &Input) -> Result<Answer, AppError> {
    let visit = Visit::new(app, call, input)?;
    let view = oauth::show(app, call, id(input)?)?;
    let mut form = Draft::sent(input);
    // Whether it keeps a secret was said when it was registered.
    form.confidential = view.row.confidential;
    let seen = Seen::sent(input, &Draft::of(&view).values());
    if seen.is_stale() {
        let kept = (form, seen, Faults::default());
        return page(&visit, call, view, 409, kept);
    }
    match oauth::edit(app, call, view.row.id, &form.edit()) {
        Ok(view) => {
            let path = Keeper::of(&visit, call)?.path(view.row.id);
            Ok(Said::APPLICATION_SAVED.redirect(app, &path))
        }
        Err(error) => {
            let kept = (form, seen, Faults::of(error)?);
            page(&visit, call, view, 422, kept)
        }
    }
}

/// Its name is typed, so that none is deleted in the place of another.
pub(super) fn delete(app: &App, call: &Call, input: &Input) -> Result<Answer, AppError> {
    let visit = Visit::new(app, call, input)?;
    let view = oauth::show(app, call, id(input)?)?;
    if input.field("confirm").trim() != view.row.name {
        let faults = Faults::one("confirm", "Type the application's name as it stands above.");
        return unchanged(&visit, call, 422, faults);
    }
    oauth::delete(app, call, view.row.id)?;
    Ok(Said::APPLICATION_DELETED.redirect(app, &Keeper::of(&visit, call)?.list))
}

#[derive(Template)]
#[template(path = "oauth/secret_made.html")]
struct MadePage<'a> {
    frame: Frame,
    keeper: Keeper,
    path: String,
    client_id: String,
    /// SECURITY: shown here and nowhere else; the answer is kept by nobody (`no-store`).
    value: &'a str,
    url: &'a str,
    callback: String,
    two: bool,
}

pub(super) fn add_secret(app: &App, call: &Call, input: &Input) -> Result<Answer, AppError> {
    let visit = Visit::new(app, call, input)?;
    match oauth::add_secret(app, call, id(input)?) {
        Ok(made) => made_page(&visit, call, &made),
        // Two tabs: the page says what there is by now.
        Err(AppError::Conflict { message, .. }) => {
            unchanged(&visit, call, 409, Faults::one("secrets", message))
        }
        Err(other) => Err(other),
    }
}

fn made_page(visit: &Visit<'_>, call: &Call, made: &NewSecret) -> Result<Answer, AppError> {
    let view = oauth::show(visit.app, call, id(visit.input)?)?;
    let keeper = Keeper::of(visit, call)?;
    let page = MadePage {
        frame: visit.frame("Your client secret"),
        path: keeper.path(view.row.id),
        keeper,
        value: made.value.expose(),
        url: visit.app.public_url(),
        callback: view.row.callbacks.into_iter().next().unwrap_or_default(),
        client_id: view.row.client_id,
        two: view.secrets.len() > 1,
    };
    visit.page(200, &page)
}

pub(super) fn end_secret(app: &App, call: &Call, input: &Input) -> Result<Answer, AppError> {
    let visit = Visit::new(app, call, input)?;
    let secret = ApplicationSecretId::from_i64(input.id("secret_id")?);
    let secret = secret.ok_or(AppError::Missing("secret"))?;
    oauth::end_secret(app, call, id(input)?, secret)?;
    let path = Keeper::of(&visit, call)?.path(id(input)?);
    Ok(Said::SECRET_ENDED.redirect(app, &path))
}
