//! The web flow (RFC 6749 4.1 with RFC 7636): a browser is led here by an application, its person consents on a page, and
//! the browser is led back with a code that the application changes for a token.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jeton_domain::{ApplicationId, Ending, Event, OrganizationRole, Scopes, Span, UserId};
use jeton_store::applications::{self, ApplicationRow, Say};
use jeton_store::oauth_codes::{self, CodeRow};
use jeton_store::{ReadUnit, WriteUnit, organizations, tokens, users};
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;
use url::Url;

use super::client::{Asked, ClientProof, OauthRefusal, proved};
use super::issue::{Issued, issue, note_consent};
use super::registered::kept_by;
use crate::app::App;
use crate::authorize::Acting;
use crate::call::Call;
use crate::error::AppError;
use crate::links::{LinkCode, LinkUse};
use crate::tokens::end;

/// How long a code can be changed for a token.
pub const CODE_LIVES: Span = Span::from_minutes(10);
/// Characters of a state that travels there and back.
const STATE_LONGEST: usize = 2048;

/// What an application led a browser here with.
#[derive(Clone, Debug, Default)]
pub struct AuthorizeRequest {
    /// Which application.
    pub client_id: String,
    /// Where to lead back to; its first callback, if not said.
    pub redirect_uri: Option<String>,
    /// What it asks for.
    pub scope: String,
    /// Travels there and back.
    pub state: Option<String>,
    /// What the one who brings the code must show the verifier of.
    pub code_challenge: Option<String>,
    /// `S256`, and nothing else.
    pub code_challenge_method: Option<String>,
    /// `code`, and nothing else.
    pub response_type: Option<String>,
}

/// What the consent page shows.
#[derive(Debug)]
pub struct Question {
    /// Who asks.
    pub application: ApplicationRow,
    /// Who keeps it; nobody, for one that is known from the start.
    pub keeper: Option<String>,
    /// For what.
    pub scopes: Scopes,
    /// What it has already.
    pub had: Scopes,
    /// The host that the browser is led back to.
    pub back_to: String,
    /// The caller's organizations, and what each says to it.
    pub organizations: Vec<OrganizationSay>,
}

/// An organization and its word on an application.
#[derive(Clone, Debug)]
pub struct OrganizationSay {
    /// Its name.
    pub login: String,
    /// Its word; none, where nobody asked.
    pub say: Option<Say>,
    /// The caller owns it.
    pub owner: bool,
}

/// Where the browser goes.
#[derive(Debug, PartialEq, Eq)]
pub struct Led(pub String);

/// What came of reading a request: it can be asked about, or the browser is led back with a fault.
type Read = Result<Wanted, Led>;

/// A request that holds.
struct Wanted {
    application: ApplicationRow,
    callback: Url,
    callback_given: bool,
    asked: Asked,
    challenge: Option<String>,
}

/// SECURITY: a client id or an address that does not hold leads nowhere: only the application's own addresses learn
/// anything, and each fault after that is told there.
fn read(app: &App, unit: &mut ReadUnit<'_>, request: &AuthorizeRequest) -> Result<Read, AppError> {
    let application = applications::by_client_id(unit, &request.client_id)?
        .ok_or(AppError::Missing("application"))?;
    let callback = callback(&application, request.redirect_uri.as_deref()).ok_or_else(|| {
        AppError::conflict(
            "authorize_request",
            "The address that the application wants to be led back to is none of its own.",
        )
    })?;
    let state = request.state.as_deref();
    let refuse = |code, why| {
        Ok(Err(led(
            app,
            &callback,
            &[("error", code), ("error_description", why)],
            state,
        )))
    };
    if state.is_some_and(|state| state.len() > STATE_LONGEST) {
        return Err(AppError::conflict(
            "authorize_request",
            "The state is too long.",
        ));
    }
    if request
        .response_type
        .as_deref()
        .is_some_and(|kind| kind != "code")
    {
        return refuse("unsupported_response_type", "Takes response_type=code.");
    }
    let challenge = match (
        request.code_challenge.as_deref(),
        request.code_challenge_method.as_deref(),
    ) {
        (Some(challenge), Some("S256")) if is_challenge(challenge) => Some(challenge.to_owned()),
        (Some(_), _) => {
            return refuse(
                "invalid_request",
                "Takes code_challenge_method=S256 with a challenge of 43 characters.",
            );
        }
        // What can't keep a secret shows that it began itself.
        (None, _) if !application.confidential => {
            return refuse(
                "invalid_request",
                "This application needs a code_challenge.",
            );
        }
        (None, _) => None,
    };
    Ok(Ok(Wanted {
        application,
        callback,
        callback_given: request.redirect_uri.is_some(),
        asked: Asked::read(&request.scope),
        challenge,
    }))
}

fn is_challenge(text: &str) -> bool {
    text.len() == 43
        && text
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_'))
}

/// One of the application's own addresses. One on the person's own machine may name any port (RFC 8252 7.3).
fn callback(application: &ApplicationRow, wanted: Option<&str>) -> Option<Url> {
    let Some(wanted) = wanted else {
        return application.callbacks.first()?.parse().ok();
    };
    let wanted: Url = wanted.parse().ok()?;
    if wanted.fragment().is_some() || !wanted.username().is_empty() || wanted.password().is_some() {
        return None;
    }
    application
        .callbacks
        .iter()
        .filter_map(|own| own.parse::<Url>().ok())
        .find_map(|mut own| {
            if is_loopback(&own) && is_loopback(&wanted) {
                own.set_port(wanted.port()).ok()?;
            }
            (own == wanted).then(|| wanted.clone())
        })
}

/// On the person's own machine.
pub(super) fn is_loopback(url: &Url) -> bool {
    url.scheme() == "http" && matches!(url.host_str(), Some("127.0.0.1" | "[::1]" | "localhost"))
}

/// Back to the application, with whose answer it is (RFC 9207).
fn led(app: &App, callback: &Url, more: &[(&str, &str)], state: Option<&str>) -> Led {
    let mut url = callback.clone();
    {
        let mut query = url.query_pairs_mut();
        for (name, value) in more {
            query.append_pair(name, value);
        }
        if let Some(state) = state {
            query.append_pair("state", state);
        }
        query.append_pair("iss", app.public_url());
    }
    Led(url.into())
}

/// What each of a person's organizations says to an application.
pub(super) fn says(
    unit: &mut ReadUnit<'_>,
    user: UserId,
    application: ApplicationId,
) -> Result<Vec<OrganizationSay>, AppError> {
    let mut says = Vec::new();
    for (row, role) in organizations::of_user(unit, user)? {
        says.push(OrganizationSay {
            say: applications::say(unit, row.id, application)?,
            login: row.login,
            owner: role == OrganizationRole::Owner,
        });
    }
    Ok(says)
}

/// What the consent page shows.
pub fn question(
    app: &App,
    call: &Call,
    request: &AuthorizeRequest,
) -> Result<Result<Question, Led>, AppError> {
    app.read(call, |unit, acting| {
        let wanted = match read(app, unit, request)? {
            Ok(wanted) => wanted,
            Err(led) => return Ok(Err(led)),
        };
        let user = acting.user()?;
        let says = says(unit, user, wanted.application.id)?;
        Ok(Ok(Question {
            keeper: kept_by(unit, &wanted.application)?,
            had: applications::authorization(unit, user, wanted.application.id)?
                .unwrap_or_default(),
            scopes: wanted.asked.scopes,
            back_to: wanted.callback.host_str().unwrap_or_default().to_owned(),
            application: wanted.application,
            organizations: says,
        }))
    })
}

/// A person's word: where the browser is led with it. A yes takes a sign-in that was confirmed lately.
pub fn consent(
    app: &App,
    call: &Call,
    request: &AuthorizeRequest,
    approve: bool,
) -> Result<Led, AppError> {
    app.write(call, |unit, acting| {
        acting.confirm_if(unit, approve)?;
        if approve && !acting.known().is_some_and(|known| known.verified) {
            return Err(AppError::Forbidden(
                "Verify your e-mail address before you let an application in.".to_owned(),
            ));
        }
        let wanted = match read(app, unit, request)? {
            Ok(wanted) => wanted,
            Err(led) => return Ok(led),
        };
        let state = request.state.as_deref();
        if !approve {
            let fault = [
                ("error", "access_denied"),
                ("error_description", "The person denied access."),
            ];
            return Ok(led(app, &wanted.callback, &fault, state));
        }
        let code = app.new_link_code();
        let row = CodeRow {
            application: wanted.application.id,
            user: acting.user()?,
            scopes: wanted.asked.scopes,
            refreshed: wanted.asked.refreshed,
            callback: wanted.callback.to_string(),
            callback_given: wanted.callback_given,
            challenge: wanted.challenge,
            expires_at: acting.now.after(CODE_LIVES),
            used_at: None,
            token: None,
        };
        let digest = app.link_digest(LinkUse::Authorization, &code)?.digest;
        note_consent(unit, acting, row.application, row.scopes)?;
        oauth_codes::insert_code(unit, &digest, &row, acting.now)?;
        Ok(led(
            app,
            &wanted.callback,
            &[("code", code.expose())],
            state,
        ))
    })
}

/// What a client brings to change a code for a token.
#[derive(Debug)]
pub struct Exchange<'a> {
    /// Who it is.
    pub client: &'a ClientProof,
    /// The code.
    pub code: &'a str,
    /// Where it was sent.
    pub redirect_uri: Option<&'a str>,
    /// What the challenge was made of.
    pub code_verifier: Option<&'a str>,
}

/// Changes a code for a token, once. A code that comes again ends the token that was made with it.
pub fn exchange(
    app: &App,
    call: &Call,
    exchange: &Exchange<'_>,
) -> Result<Result<Issued, OauthRefusal>, AppError> {
    app.write(call, |unit, acting| {
        let Some(application) = proved(unit, app, exchange.client)? else {
            return Ok(Err(OauthRefusal::CLIENT));
        };
        let Some((digest, row)) = find(unit, app, exchange.code)? else {
            return Ok(Err(OauthRefusal::CODE));
        };
        if row.application != application.id {
            return Ok(Err(OauthRefusal::CODE));
        }
        if row.used_at.is_some() {
            end_made(unit, acting, &row)?;
            return Ok(Err(OauthRefusal::CODE));
        }
        if row.expires_at <= acting.now {
            return Ok(Err(OauthRefusal::CODE));
        }
        match exchange.redirect_uri {
            Some(given)
                if given.parse::<Url>().map(String::from).ok().as_deref()
                    != Some(&row.callback) =>
            {
                return Ok(Err(OauthRefusal::CALLBACK));
            }
            None if row.callback_given && !application.confidential => {
                return Ok(Err(OauthRefusal::CALLBACK));
            }
            _ => {}
        }
        if !fits(row.challenge.as_deref(), exchange.code_verifier) {
            return Ok(Err(OauthRefusal::VERIFIER));
        }
        let user = users::by_id(unit, row.user)?.filter(|user| user.state == "active");
        let Some(user) = user else {
            return Ok(Err(OauthRefusal::PERSON));
        };
        let asked = Asked {
            scopes: row.scopes,
            refreshed: row.refreshed,
        };
        let (token, issued) = issue(unit, acting, &application, &user, asked)?;
        oauth_codes::use_code(unit, &digest, token, acting.now)?;
        Ok(Ok(issued))
    })
}

fn find(
    unit: &mut ReadUnit<'_>,
    app: &App,
    code: &str,
) -> Result<Option<([u8; 32], CodeRow)>, AppError> {
    let Some(code) = LinkCode::parse(code) else {
        return Ok(None);
    };
    for found in app.link_digests(LinkUse::Authorization, &code) {
        if let Some(row) = oauth_codes::code(unit, &found.digest)? {
            return Ok(Some((found.digest, row)));
        }
    }
    Ok(None)
}

/// RFC 6749 10.5: somebody else has the code, too.
fn end_made(unit: &mut WriteUnit<'_>, acting: &Acting<'_>, row: &CodeRow) -> Result<(), AppError> {
    if let Some(token) = row.token
        && let Some(token) = tokens::find(unit, token)?
    {
        end(
            unit,
            acting,
            &token,
            Ending::Reused,
            Event::AccessTokenDestroy,
        )?;
    }
    Ok(())
}

/// Whether a verifier is what the challenge was made of. Where there was no challenge there may be no verifier
/// (RFC 9700 2.1.1).
fn fits(challenge: Option<&str>, verifier: Option<&str>) -> bool {
    match (challenge, verifier) {
        (None, None) => true,
        (Some(challenge), Some(verifier)) => {
            let made = URL_SAFE_NO_PAD.encode(Sha256::digest(verifier.as_bytes()));
            (43..=128).contains(&verifier.len())
                && bool::from(made.as_bytes().ct_eq(challenge.as_bytes()))
        }
        _ => false,
    }
}
