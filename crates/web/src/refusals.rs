//! Refusals as pages: where one leads to signing in or to confirming access, the browser is led there.

use askama::Template;
use jeton_app::{App, AppError, Carried};
use jeton_http::{Answer, Faced, Method, SESSION};

use crate::links::encoded;
use crate::visit::render;
use crate::{Frame, confirm};

#[derive(Template)]
#[template(path = "refused.html")]
struct RefusedPage {
    frame: Frame,
    heading: &'static str,
    sentences: Vec<String>,
    /// A second factor is missing, which the person can add.
    factor: bool,
}

/// Puts a refusal into a page.
pub fn face(app: &App, faced: &Faced) -> Answer {
    let refused = &faced.refused;
    let status = refused.status.as_u16();
    if status == 401 && !faced.token && !matches!(refused.code(), Some("bad_sign_in")) {
        return to_sign_in(app, faced);
    }
    if refused.code() == Some("confirmation_needed") && faced.method == Method::Get {
        return Answer::see_other(&format!("/-/confirm?return_to={}", encoded(&faced.path)));
    }
    page(app, faced).unwrap_or_else(|error| {
        tracing::error!(%error, request = %faced.call.request_id, "a refusal could not be put into a page");
        Answer::text(status, "Something went wrong on the server.\n")
    })
}

/// Who is not signed in goes there first and comes back to the page. A form can't be sent from there. With a sign-in that
/// is over the page is asked for once more without it: it may be open to everybody.
fn to_sign_in(app: &App, faced: &Faced) -> Answer {
    let back = match (faced.method, faced.path.as_str()) {
        (Method::Get, "/" | "/login") => String::new(),
        (Method::Get, path) => format!("?return_to={}", encoded(path)),
        _ => String::new(),
    };
    let sign_in = format!("/login{back}");
    match faced.call.carried {
        Carried::Nothing => Answer::see_other(&sign_in),
        // SECURITY: what fails is dropped, and is not nothing until it is.
        Carried::Value(_) | Carried::Faulty(_) => Answer::see_other(match faced.method {
            Method::Get => &faced.path,
            _ => &sign_in,
        })
        .header("set-cookie", SESSION.dropped(app.public_url())),
    }
}

fn page(app: &App, faced: &Faced) -> Result<Answer, AppError> {
    let refused = &faced.refused;
    let heading = match refused.status.as_u16() {
        404 => "There is nothing here",
        403 => "That is not open to you",
        409 => "That does not fit any more",
        422 => "Something in the form can't be taken",
        429 => "Too much at once",
        503 => "Not just now",
        500 => "Something went wrong",
        _ => "That can't be done",
    };
    let frame = Frame {
        title: heading.to_owned(),
        viewer: jeton_app::viewer(app, &faced.call)?,
        form_key: faced.form_key.clone(),
        said: None,
    };
    if refused.code() == Some("confirmation_needed") {
        return confirm::asked(
            app,
            Frame {
                title: "Confirm access".to_owned(),
                ..frame
            },
            faced,
        );
    }
    let sentences = if refused.status.as_u16() == 404 {
        vec!["The page does not exist, or you may not see it.".to_owned()]
    } else {
        let sentences = refused.sentences().iter();
        sentences
            .map(|sentence| crate::words::quoted(sentence))
            .collect()
    };
    render(
        refused.status.as_u16(),
        &RefusedPage {
            frame,
            heading,
            sentences,
            factor: refused.code() == Some("two_factor_required"),
        },
    )
}
