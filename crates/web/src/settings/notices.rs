//! How a person wants to be told.

use askama::Template;
use jeton_app::notices::{self, Choices};
use jeton_app::{App, AppError, Call};
use jeton_domain::{Event, Operation};
use jeton_http::{Answer, Input, Method, Names, Route};

use crate::operation::{own_page, page_changing};
use crate::{Frame, Said, Visit, settings};

static PAGE: Operation = own_page("page.notices", "Show how the person wants to be told.");
static SAVE: Operation = page_changing(
    own_page("page.notices.save", "Choose how to be told."),
    &[Event::UserUpdate],
);

pub(super) const PATH: &str = "/settings/notifications";

pub(crate) static ROUTES: &[Route] = &[
    Route::new(Method::Get, PATH, &PAGE, Names::Own, show),
    Route::new(Method::Post, PATH, &SAVE, Names::Own, save),
];

#[derive(Template)]
#[template(path = "settings/notifications.html")]
struct Page {
    frame: Frame,
    menu: &'static str,
    daily: bool,
    /// The server sends mail.
    sends: bool,
    /// The person's address is verified.
    verified: bool,
}

fn show(app: &App, call: &Call, input: &Input) -> Result<Answer, AppError> {
    let visit = Visit::new(app, call, input)?;
    let choices = notices::choices(app, call)?;
    visit.page(
        200,
        &Page {
            frame: visit.frame("Notifications"),
            menu: PATH,
            daily: choices.daily_requests,
            sends: app.sends_mail(),
            verified: visit.viewer.as_ref().is_some_and(|viewer| viewer.verified),
        },
    )
}

fn save(app: &App, call: &Call, input: &Input) -> Result<Answer, AppError> {
    let choices = Choices {
        daily_requests: input.field("requests") == "daily",
    };
    notices::choose(app, call, choices)?;
    Ok(Said::CHOICES_SAVED.redirect(app, PATH))
}
