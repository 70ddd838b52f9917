//! A question to the provider: made, remembered, and sent by way of the browser.

use jeton_out::oidc::Question;
use jeton_store::identities::{self, Purpose, QuestionRow};

use super::{BrowserValue, QUESTION_LIVES, failed, outside};
use crate::app::App;
use crate::authorize::Acting;
use crate::call::Call;
use crate::error::AppError;
use crate::sign_in::sign_in_id;

/// Questions on their way at a time, from all networks together: each is a row, and anybody can ask.
const MOST: i64 = 100_000;
/// Bytes of an address within this server.
const RETURN_BYTES: usize = 2048;

/// A question on its way.
#[derive(Debug)]
pub struct Started {
    /// Where to send the browser.
    pub url: String,
    /// What the browser keeps meanwhile.
    pub browser: BrowserValue,
}

/// Asks the provider who somebody is.
pub fn start(
    app: &App,
    call: &Call,
    purpose: Purpose,
    return_to: &str,
) -> Result<Started, AppError> {
    let outside = outside(app)?;
    let sign_in = app.read(call, |_, acting| asker(acting, purpose))?;
    if sign_in.is_none() {
        app.count_question(call)?;
    }
    let now = app.now();
    let browser = BrowserValue::fresh(app);
    let url = outside
        .provider
        .question(
            now,
            &Question {
                state: &browser.state(app)?,
                nonce: &browser.nonce(app)?,
                verifier: &browser.verifier(app)?,
                // A sign-in adds power again only where the person is there now.
                anew: purpose == Purpose::Confirm,
            },
        )
        .map_err(|error| failed(&error, &outside.name, &call.request_id))?;
    let question = QuestionRow {
        purpose,
        sign_in,
        return_to: within(return_to).to_owned(),
        asked_at: now,
    };
    let digest = browser.digest(app)?;
    app.store.side(|unit| {
        if identities::waiting(unit, now)? >= MOST {
            return Err(AppError::Busy);
        }
        Ok(identities::ask(
            unit,
            &digest,
            &question,
            now.after(QUESTION_LIVES),
        )?)
    })?;
    Ok(Started { url, browser })
}

fn asker(
    acting: &Acting<'_>,
    purpose: Purpose,
) -> Result<Option<jeton_domain::SignInId>, AppError> {
    match purpose {
        Purpose::SignIn => Ok(None),
        Purpose::Link | Purpose::Confirm => sign_in_id(acting).map(Some),
    }
}

/// SECURITY: where the person goes afterwards is a page of this server. Browsers read `//`, `/\` and a tab or line feed in
/// between as the way to another one.
fn within(path: &str) -> &str {
    let bytes = path.as_bytes();
    let here = bytes.first() == Some(&b'/')
        && !matches!(bytes.get(1), Some(b'/' | b'\\'))
        && bytes.len() <= RETURN_BYTES
        && bytes
            .iter()
            .all(|byte| byte.is_ascii_graphic() && *byte != b'\\');
    if here { path } else { "" }
}

#[cfg(test)]
mod tests {
    use super::within;

    #[test]
    fn a_way_back_is_a_page_of_this_server() {
        for good in ["/", "/settings/security", "/alta3/labs?tab=x#y"] {
            assert_eq!(within(good), good);
        }
        let long = format!("/{}", "a".repeat(5000));
        for bad in [
            "",
            "https://evil.example",
            "//evil.example",
            "/\\evil.example",
            "\\/evil.example",
            "javascript:alert(1)",
            "/\t/evil.example",
            "/a\r\nSet-Cookie: x",
            "/a b",
            "/ä",
            "evil",
            "/a\\b",
            &long,
        ] {
            assert_eq!(within(bad), "", "{bad:?}");
        }
    }
}
