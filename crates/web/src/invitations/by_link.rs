//! The link of an invitation: accept it, sign in for it, or make an account with it.

use askama::Template;
use jeton_api::ops;
use jeton_app::invitations::{self, Invitee, Opened};
use jeton_app::sign_in;
use jeton_app::users::{self, SignUp};
use jeton_app::{App, AppError, Call, Named, Password};
use jeton_domain::{Event, InvitationState, Operation};
use jeton_http::{Answer, Input, Method, Names, Route, SESSION};

use super::organization::Offer;
use crate::operation::{open_page, page_changing};
use crate::{Faults, Frame, Said, Visit, words};

static PAGE: Operation = open_page(
    "page.invitation_link",
    "Show what the link of an invitation leads to.",
);
/// Who holds the link may say no without an account.
static DECLINE: Operation = page_changing(
    open_page(
        "page.invitation_link_decline",
        "Decline an invitation by its link.",
    ),
    &[Event::InvitationDecline],
);

pub(crate) static ROUTES: &[Route] = &[
    Route::new(Method::Get, "/invitations/{code}", &PAGE, Names::Site, show),
    Route::new(
        Method::Post,
        "/invitations/{code}",
        ops::sign_up::SIGN_UP,
        Names::Site,
        join,
    ),
    Route::new(
        Method::Post,
        "/invitations/{code}/accept",
        ops::invitations::ACCEPT,
        Names::Own,
        accept,
    ),
    Route::new(
        Method::Post,
        "/invitations/{code}/decline",
        &DECLINE,
        Names::Site,
        decline,
    ),
];

#[derive(Template)]
#[template(path = "invitations/by_link.html")]
#[expect(
    clippy::struct_excessive_bools,
    reason = "what a page shows or does not"
)]
struct Page {
    frame: Frame,
    code: String,
    offer: Offer,
    /// Why it opens nothing any more; empty while it does.
    over: String,
    accepted: bool,
    mine: bool,
    member: bool,
    may_sign_up: bool,
    /// Whom it is for.
    who: String,
    for_address: bool,
    login: String,
    name: String,
    faults: Faults,
}

fn over(opened: &Opened) -> String {
    match opened.invitation.state {
        InvitationState::Pending => String::new(),
        InvitationState::Accepted => "This invitation was accepted already.".to_owned(),
        InvitationState::Declined => "This invitation was declined.".to_owned(),
        InvitationState::Cancelled => "This invitation was taken back.".to_owned(),
        InvitationState::Expired => "This invitation has expired.".to_owned(),
    }
}

fn page(
    visit: &Visit<'_>,
    status: u16,
    (login, name): (&str, &str),
    faults: Faults,
) -> Result<Answer, AppError> {
    let code = visit.input.path("code");
    let opened = match invitations::open(visit.app, &visit.to(&PAGE, Named::Site), code) {
        Ok(opened) => opened,
        Err(AppError::Missing(_)) => return unknown(visit),
        Err(error) => return Err(error),
    };
    let offer = Offer::of(&opened.invitation);
    let row = &opened.invitation.row;
    visit.page(
        status,
        &Page {
            frame: visit.frame(format!("Invitation to {}", offer.organization)),
            code: code.to_owned(),
            over: over(&opened),
            accepted: opened.invitation.state == InvitationState::Accepted,
            mine: opened.mine,
            member: opened.member,
            may_sign_up: opened.may_sign_up,
            who: invitations::invited(row).to_owned(),
            for_address: matches!(row.invitee, Invitee::Address(_)),
            login: login.to_owned(),
            name: name.to_owned(),
            faults,
            offer,
        },
    )
}

/// What a code leads to that never was, and one that was replaced.
#[derive(Template)]
#[template(path = "invitations/unknown.html")]
struct UnknownPage {
    frame: Frame,
}

pub(super) fn unknown(visit: &Visit<'_>) -> Result<Answer, AppError> {
    let frame = visit.frame("Invitation");
    visit.page(404, &UnknownPage { frame })
}

fn show(app: &App, call: &Call, input: &Input) -> Result<Answer, AppError> {
    let visit = Visit::new(app, call, input)?;
    page(&visit, 200, ("", ""), Faults::default())
}

fn join(app: &App, call: &Call, input: &Input) -> Result<Answer, AppError> {
    let visit = Visit::new(app, call, input)?;
    let (login, name) = (input.field("login").trim(), input.field("name").trim());
    let new = SignUp {
        code: Some(input.path("code").to_owned()),
        login: login.to_owned(),
        email: String::new(),
        name: name.to_owned(),
        password: Password::new(input.field("password").to_owned()),
    };
    match users::sign_up_browser(app, call, &new) {
        Ok((made, session)) => {
            // A session that this browser had before is over with it.
            if visit.viewer.is_some() {
                sign_in::sign_out(app, &visit.own(ops::session::END), None)?;
            }
            let path = format!("/{}", made.organization.unwrap_or_default());
            let cookie = SESSION.set(app.public_url(), session.expose());
            Ok(Said::JOINED
                .redirect(app, &path)
                .header("set-cookie", cookie))
        }
        Err(AppError::Conflict { message, .. }) => page(
            &visit,
            409,
            (login, name),
            Faults::one("invitation", message),
        ),
        Err(AppError::TooMany { seconds }) => page(
            &visit,
            429,
            (login, name),
            Faults::one("login", words::wait(seconds)),
        ),
        Err(AppError::Missing("invitation")) => unknown(&visit),
        Err(error) => page(&visit, 422, (login, name), Faults::of(error)?),
    }
}

fn accept(app: &App, call: &Call, input: &Input) -> Result<Answer, AppError> {
    match invitations::accept_by_code(app, call, input.path("code")) {
        Ok(joined) => {
            Ok(Said::JOINED.redirect(app, &format!("/{}", joined.row.organization_login)))
        }
        Err(AppError::Missing("invitation")) => unknown(&Visit::new(app, call, input)?),
        Err(error) => Err(error),
    }
}

fn decline(app: &App, call: &Call, input: &Input) -> Result<Answer, AppError> {
    let code = input.path("code");
    match invitations::decline_by_code(app, call, code) {
        Ok(()) => Ok(Said::DECLINED.redirect(app, &format!("/invitations/{code}"))),
        Err(AppError::Missing("invitation")) => unknown(&Visit::new(app, call, input)?),
        Err(error) => Err(error),
    }
}
