//! Refusals as pages: where one leads to signing in or to confirming access, the browser is led there.

use askama::Template;
use jeton_app::{App, AppError, Carried};
use jeton_http::{Answer, Faced, Method, SESSION};

use crate::links::{encoded, fits};
use crate::visit::render;
use crate::{Frame, Said, TABLES, confirm, sign_in};

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
    // Two pages to sign in on were open, and the other was used: here somebody is signed in already.
    if refused.code() == Some("foreign_form")
        && faced.path == "/login"
        && matches!(jeton_app::viewer(app, &faced.call), Ok(Some(_)))
    {
        let return_to = faced.form.iter().find(|(name, _)| name == "return_to");
        let return_to = return_to.map_or("", |(_, path)| path);
        return Answer::see_other(sign_in::target(return_to));
    }
    let answer = page(app, faced).unwrap_or_else(|error| {
        tracing::error!(%error, request = %faced.call.request_id, "a refusal could not be put into a page");
        Answer::text(status, "Something went wrong on the server.\n")
    });
    // Else this browser would read nothing but this, and nobody else could sign in by it.
    if refused.code() == Some("account_suspended") && !faced.token {
        return answer.header("set-cookie", SESSION.dropped(app.public_url()));
    }
    answer
}

/// Who is not signed in goes there first and comes back to the page. A form can't be sent from there. With a sign-in that
/// is over the page is asked for once more without it: it may be open to everybody.
fn to_sign_in(app: &App, faced: &Faced) -> Answer {
    if faced.path == "/logout" {
        let done = Said::SIGNED_OUT.redirect(app, "/login");
        return match faced.call.carried {
            Carried::Nothing => done,
            _ => done.header("set-cookie", SESSION.dropped(app.public_url())),
        };
    }
    let back = match (faced.method, faced.path.as_str()) {
        (Method::Get, "/" | "/login") => String::new(),
        (Method::Get, path) => format!("?return_to={}", encoded(path)),
        (_, path) => {
            shown_at(path).map_or_else(String::new, |page| format!("?return_to={}", encoded(page)))
        }
    };
    let sign_in = format!("/login{back}");
    match (&faced.call.carried, faced.method) {
        (Carried::Nothing, Method::Get) => Answer::see_other(&sign_in),
        (Carried::Nothing, _) => Said::SESSION_OVER.redirect(app, &sign_in),
        // SECURITY: what fails is dropped, and is not nothing until it is.
        (Carried::Value(_) | Carried::Faulty(_), method) => match method {
            Method::Get => Answer::see_other(&faced.path),
            _ => Said::SESSION_OVER.redirect(app, &sign_in),
        }
        .header("set-cookie", SESSION.dropped(app.public_url())),
    }
}

/// The nearest page at or above an address that a form was sent to.
fn shown_at(path: &str) -> Option<&str> {
    let mut path = path.split_once('?').map_or(path, |(path, _)| path);
    while !path.is_empty() {
        let mut routes = TABLES.iter().flat_map(|table| table.routes);
        if routes.any(|route| route.method == Method::Get && fits(route.path, path)) {
            return Some(path);
        }
        path = path.rsplit_once('/').map_or("", |(above, _)| above);
    }
    None
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
            factor: matches!(
                refused.code(),
                Some("two_factor_required" | "second_factor_needed")
            ),
        },
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_form_that_came_too_late_leads_back_to_the_page_above_it() {
        for (sent, page) in [
            ("/settings/profile", Some("/settings/profile")),
            (
                "/settings/security/passkeys/3/remove",
                Some("/settings/security"),
            ),
            (
                "/organizations/acme/settings/rename?x=1",
                Some("/organizations/acme/settings"),
            ),
            ("/logout", Some("/logout")),
            ("/-/confirm/question", Some("/-/confirm")),
        ] {
            assert_eq!(shown_at(sent), page, "{sent}");
        }
    }
}
