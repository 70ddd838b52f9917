//! A person's e-mail address, and the one that waits for its proof.

use askama::Template;
use jeton_app::addresses::{self, Addresses};
use jeton_app::{App, AppError, Call};
use jeton_domain::{Event, Operation};
use jeton_http::{Answer, Input, Method, Names, Route};

use crate::operation::{confirmed, own_page, page_changing};
use crate::{Faults, Frame, Said, Visit, settings};

static PAGE: Operation = own_page("page.emails", "Show one's own e-mail address.");
static ASK: Operation = confirmed(page_changing(
    own_page("page.emails.ask", "Ask for another e-mail address."),
    &[Event::AddressAsk],
));
static RESEND: Operation = page_changing(
    own_page("page.emails.resend", "Send the link to an address again."),
    &[Event::AddressAsk],
);
static CANCEL: Operation = page_changing(
    own_page(
        "page.emails.cancel",
        "Take back the wish for another address.",
    ),
    &[Event::AddressCancel],
);
static LINK: Operation = own_page("page.verify", "Show what a link to an address proves.");
static VERIFY: Operation = page_changing(
    own_page("page.verify.use", "Prove an e-mail address by its link."),
    &[Event::AddressVerify],
);

pub(super) const PATH: &str = "/settings/emails";

pub(crate) static ROUTES: &[Route] = &[
    Route::new(Method::Get, PATH, &PAGE, Names::Own, show),
    Route::new(Method::Post, PATH, &ASK, Names::Own, ask),
    Route::new(
        Method::Post,
        "/settings/emails/resend",
        &RESEND,
        Names::Own,
        resend,
    ),
    Route::new(
        Method::Post,
        "/settings/emails/cancel",
        &CANCEL,
        Names::Own,
        cancel,
    ),
    Route::new(Method::Get, "/-/verify/{code}", &LINK, Names::Own, look),
    Route::new(
        Method::Post,
        "/-/verify/{code}",
        &VERIFY,
        Names::Own,
        verify,
    ),
];

#[derive(Template)]
#[template(path = "settings/emails.html")]
struct Page {
    frame: Frame,
    menu: &'static str,
    addresses: Addresses,
    /// Until when the link that waits works.
    until: String,
    /// The server sends mail.
    sends: bool,
    email: String,
    faults: Faults,
}

fn page(visit: &Visit<'_>, status: u16, email: &str, faults: Faults) -> Result<Answer, AppError> {
    let addresses = addresses::show(visit.app, &visit.own(&PAGE))?;
    let until = addresses.pending.as_ref();
    visit.page(
        status,
        &Page {
            frame: visit.frame("E-mail"),
            menu: PATH,
            until: until.map_or_else(String::new, |pending| pending.until.minute()),
            addresses,
            sends: visit.app.sends_mail(),
            email: email.to_owned(),
            faults,
        },
    )
}

fn show(app: &App, call: &Call, input: &Input) -> Result<Answer, AppError> {
    page(&Visit::new(app, call, input)?, 200, "", Faults::default())
}

fn ask(app: &App, call: &Call, input: &Input) -> Result<Answer, AppError> {
    let visit = Visit::new(app, call, input)?;
    let email = input.field("email");
    let faults = match addresses::ask(app, call, email) {
        Ok(()) => return Ok(Said::ADDRESS_ASKED.redirect(app, PATH)),
        Err(AppError::TooMany { .. }) => {
            Faults::one("email", "Too many links were sent. Try again in an hour.")
        }
        Err(error) => Faults::of(error)?,
    };
    page(&visit, 422, email, faults)
}

fn resend(app: &App, call: &Call, input: &Input) -> Result<Answer, AppError> {
    let visit = Visit::new(app, call, input)?;
    match addresses::resend(app, call) {
        Ok(()) => Ok(Said::ADDRESS_ASKED.redirect(app, PATH)),
        Err(AppError::TooMany { .. }) => {
            let fault = Faults::one("email", "Too many links were sent. Try again in an hour.");
            page(&visit, 429, "", fault)
        }
        Err(error) => Err(error),
    }
}

fn cancel(app: &App, call: &Call, _: &Input) -> Result<Answer, AppError> {
    addresses::cancel(app, call)?;
    Ok(Said::ADDRESS_CANCELLED.redirect(app, PATH))
}

#[derive(Template)]
#[template(path = "verify.html")]
struct LinkPage {
    frame: Frame,
    login: String,
    address: String,
    fault: String,
}

fn link_page(
    visit: &Visit<'_>,
    status: u16,
    address: String,
    fault: String,
) -> Result<Answer, AppError> {
    let login = visit.viewer.as_ref().map(|viewer| viewer.login.clone());
    visit.page(
        status,
        &LinkPage {
            frame: visit.frame("Confirm your e-mail address"),
            login: login.unwrap_or_default(),
            address,
            fault,
        },
    )
}

/// Shows first and does nothing: programs that read mail open links before people do.
fn look(app: &App, call: &Call, input: &Input) -> Result<Answer, AppError> {
    let visit = Visit::new(app, call, input)?;
    match addresses::look(app, call, input.path("code")) {
        Ok(address) => link_page(&visit, 200, address, String::new()),
        Err(AppError::Forbidden(sentence)) => link_page(&visit, 403, String::new(), sentence),
        Err(error) => Err(error),
    }
}

fn verify(app: &App, call: &Call, input: &Input) -> Result<Answer, AppError> {
    let visit = Visit::new(app, call, input)?;
    match addresses::verify(app, call, input.path("code")) {
        Ok(_) => Ok(Said::ADDRESS_PROVED.redirect(app, PATH)),
        Err(AppError::Forbidden(sentence)) => link_page(&visit, 403, String::new(), sentence),
        Err(AppError::Invalid(_)) => link_page(
            &visit,
            409,
            String::new(),
            "Another account has proved this address already.".to_owned(),
        ),
        Err(error) => Err(error),
    }
}
