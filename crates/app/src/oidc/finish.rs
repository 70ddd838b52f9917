//! The answer to a question: whose it is, whether it holds, and what it opens.

use jeton_domain::{Event, SignInId, Time, UserId};
use jeton_out::oidc::{self, Identity};
use jeton_store::identities::{self, NewIdentity, Purpose, QuestionRow};
use jeton_store::{ReadUnit, WriteUnit, factors, sign_ins, users};

use super::{BrowserValue, Outside, accounts, failed, outside};
use crate::app::App;
use crate::authorize::Acting;
use crate::call::Call;
use crate::error::AppError;
use crate::factors::{ChallengeValue, browser};
use crate::notices::{self, Notice};
use crate::sign_in::{self, Entered, SessionValue, sign_in_id};

/// Characters of a code; those of known providers stay far below.
const CODE_LENGTH: usize = 4096;

/// What came back by way of the browser.
#[derive(Debug)]
pub struct Returned<'a> {
    /// What the browser kept.
    pub browser: &'a BrowserValue,
    /// The state.
    pub state: &'a str,
    /// The code.
    pub code: Option<&'a str>,
    /// Whom the provider calls itself.
    pub issuer: Option<&'a str>,
    /// Why there is no code.
    pub error: Option<&'a str>,
}

/// What an answer did. Each says where the person goes; empty: to the page that they would begin at.
#[derive(Debug)]
pub enum Finished {
    /// A browser was signed in.
    SignedIn {
        /// For the cookie.
        session: SessionValue,
        /// Where to go.
        return_to: String,
    },
    /// The provider vouched for somebody who has a second factor here, and said nothing of one of its own.
    Second {
        /// What the browser keeps for the second step.
        step: ChallengeValue,
        /// Where to go.
        return_to: String,
    },
    /// The account was connected.
    Connected {
        /// Where to go.
        return_to: String,
    },
    /// The sign-in was confirmed.
    Confirmed {
        /// Where to go.
        return_to: String,
    },
}

/// Takes an answer.
pub fn finish(app: &App, call: &Call, returned: &Returned<'_>) -> Result<Finished, AppError> {
    let outside = outside(app)?;
    app.permit(call)?;
    let question = own_question(app, returned)?;
    let identity = identity(app, call, &outside, returned)?;
    if !outside.lets_in(&identity) {
        return Err(AppError::Forbidden(format!(
            "Only people with a verified address in {} come in through {}.",
            outside.domains.join(" or "),
            outside.name
        )));
    }
    let return_to = question.return_to.clone();
    app.write(call, |unit, acting| {
        match (question.purpose, question.sign_in) {
            (Purpose::SignIn, _) => Ok(match signed_in(unit, acting, &outside, &identity)? {
                Entered::In(session) => Finished::SignedIn { session, return_to },
                Entered::Second(step) => Finished::Second { step, return_to },
            }),
            (Purpose::Link, Some(asked)) => {
                connect(unit, acting, &outside, &identity, asked)?;
                Ok(Finished::Connected { return_to })
            }
            (Purpose::Confirm, Some(asked)) => {
                confirm(unit, acting, &outside, &identity, asked, question.asked_at)?;
                Ok(Finished::Confirmed { return_to })
            }
            (Purpose::Link | Purpose::Confirm, None) => Err(not_ours()),
        }
    })
}

/// The question that this browser asked, used up. It is used up by a wrong answer too.
///
/// SECURITY: a state without the browser's value is an answer that somebody else's browser asked for: whoever sends it wants
/// the reader signed in to an account that is not theirs.
fn own_question(app: &App, returned: &Returned<'_>) -> Result<QuestionRow, AppError> {
    if returned.browser.state(app)? != returned.state {
        return Err(not_ours());
    }
    let (digest, now) = (returned.browser.digest(app)?, app.now());
    app.store
        .side(|unit| identities::take(unit, &digest, now))?
        .ok_or_else(not_ours)
}

/// An answer to no question of this browser.
pub fn not_ours() -> AppError {
    AppError::conflict(
        "provider_question",
        "This sign-in was finished already, took longer than ten minutes, or was begun in another browser. Begin again.",
    )
}

fn identity(
    app: &App,
    call: &Call,
    outside: &Outside,
    returned: &Returned<'_>,
) -> Result<Identity, AppError> {
    let code = match (returned.error, returned.code) {
        (None, Some(code)) if !code.is_empty() && code.len() <= CODE_LENGTH => code,
        (Some("access_denied"), _) => {
            return Err(AppError::conflict(
                "provider_denied",
                format!(
                    "{} was told not to let you in here. Nothing was changed.",
                    outside.name
                ),
            ));
        }
        _ => {
            return Err(AppError::conflict(
                "provider_code",
                format!("{} gave no code. Begin again.", outside.name),
            ));
        }
    };
    outside
        .provider
        .identity(
            app.now(),
            &oidc::Returned {
                code,
                issuer: returned.issuer,
                nonce: &returned.browser.nonce(app)?,
                verifier: &returned.browser.verifier(app)?,
            },
        )
        .map_err(|error| failed(&error, &outside.name, &call.request_id))
}

fn signed_in(
    unit: &mut WriteUnit<'_>,
    acting: &Acting<'_>,
    outside: &Outside,
    identity: &Identity,
) -> Result<Entered, AppError> {
    let user = accounts::account(unit, acting, outside, identity)?;
    if user.state != "active" {
        return Err(AppError::Forbidden("The account is suspended.".to_owned()));
    }
    note_use(unit, acting, outside, identity)?;
    // SECURITY: a second factor that a person has here is asked for, unless the provider says that two were shown.
    let held = factors::held(unit, user.id)?;
    if held.second_factor() && !outside.is_strong(identity) {
        let step = browser::begin_within(unit, acting.app, &user, acting.now)?;
        return Ok(Entered::Second(step));
    }
    // SECURITY: a provider that still knew the browser has seen nobody: sudo mode counts from when it last asked.
    let proved_at = identity
        .authenticated_at
        .map_or(Time::from_seconds(0), |at| at.min(acting.now));
    let session = sign_in::open_session(unit, acting, user.id, proved_at)?;
    acting
        .record(Event::UserSignIn)
        .oneself(user.id, &user.login)
        .with("through", identity.issuer.as_str())
        .write(unit)?;
    Ok(Entered::In(session))
}

fn note_use(
    unit: &mut WriteUnit<'_>,
    acting: &Acting<'_>,
    outside: &Outside,
    identity: &Identity,
) -> Result<(), AppError> {
    let row = identities::by_subject(unit, &identity.issuer, &identity.subject)?
        .ok_or(AppError::Missing("connection"))?;
    let strong = outside.is_strong(identity);
    identities::used(unit, row.id, &label(identity), strong, acting.now)?;
    // Whether two factors count may have changed with it.
    unit.feed(acting.now, "user.identity", row.user)?;
    Ok(())
}

/// What to show of an identity.
pub(super) fn label(identity: &Identity) -> String {
    let shown = identity
        .email
        .as_deref()
        .or(identity.username.as_deref())
        .unwrap_or(&identity.subject);
    jeton_domain::plain(shown).chars().take(254).collect()
}

/// Adds a way into an account.
pub(super) fn add(
    unit: &mut WriteUnit<'_>,
    acting: &Acting<'_>,
    identity: &Identity,
    user: UserId,
    login: &str,
) -> Result<(), AppError> {
    let label = label(identity);
    identities::insert(
        unit,
        &NewIdentity {
            user,
            issuer: &identity.issuer,
            subject: &identity.subject,
            label: &label,
        },
        acting.now,
    )
    .map_err(|error| {
        if error.is_conflict_on("external_identities_subject") {
            taken()
        } else {
            error.into()
        }
    })?;
    unit.feed(acting.now, "user.identity", user)?;
    acting
        .record(Event::IdentityLink)
        .oneself(user, login)
        .with("issuer", identity.issuer.as_str())
        .with("identity", label)
        .write(unit)?;
    // Whose account was made by it knows.
    let row = users::by_id(unit, user)?.ok_or(AppError::Missing("user"))?;
    if row.created_at == acting.now {
        return Ok(());
    }
    let provider = provider(acting.app, &identity.issuer);
    let notice = Notice::IdentityLinked { provider };
    notices::tell(unit, acting.app, acting.now, user, &notice)
}

/// What people know the provider as.
pub(super) fn provider(app: &App, issuer: &str) -> String {
    app.outside_name().unwrap_or(issuer).to_owned()
}

fn taken() -> AppError {
    AppError::conflict(
        "identity_taken",
        "It is connected to another account here. Sign in with it, disconnect it there, and connect it again.",
    )
}

/// SECURITY: the answer connects the account of the sign-in that asked, and only while that one is signed in here and was
/// confirmed lately: an answer carried into another person's browser connects nothing.
fn connect(
    unit: &mut WriteUnit<'_>,
    acting: &Acting<'_>,
    outside: &Outside,
    identity: &Identity,
    asked: SignInId,
) -> Result<(), AppError> {
    let user = asker(unit, acting, asked)?;
    acting.confirm_if(unit, true)?;
    match identities::by_subject(unit, &identity.issuer, &identity.subject)? {
        Some(row) if row.user == user.id => {}
        Some(_) => return Err(taken()),
        None => add(unit, acting, identity, user.id, &user.login)?,
    }
    note_use(unit, acting, outside, identity)
}

/// SECURITY: only who was shown anew since the question was asked, and only the account's own identity.
fn confirm(
    unit: &mut WriteUnit<'_>,
    acting: &Acting<'_>,
    outside: &Outside,
    identity: &Identity,
    asked: SignInId,
    asked_at: Time,
) -> Result<(), AppError> {
    let user = asker(unit, acting, asked)?;
    let own = identities::by_subject(unit, &identity.issuer, &identity.subject)?
        .is_some_and(|row| row.user == user.id);
    if !own {
        return Err(AppError::Forbidden(format!(
            "You signed in to {} as somebody who is not connected to this account.",
            outside.name
        )));
    }
    // To the second, as providers count.
    let anew = identity
        .authenticated_at
        .is_some_and(|at| at.seconds() >= asked_at.seconds());
    if !anew {
        return Err(AppError::Forbidden(format!(
            "{} did not ask who you are anew. Confirm by password, code or passkey.",
            outside.name
        )));
    }
    note_use(unit, acting, outside, identity)?;
    sign_ins::prove(unit, asked, acting.now)?;
    unit.feed(acting.now, "sign_in.confirmed", asked)?;
    acting
        .record(Event::UserConfirm)
        .user(user.id, &user.login)
        .with("through", identity.issuer.as_str())
        .write(unit)
}

fn asker(
    unit: &mut ReadUnit<'_>,
    acting: &Acting<'_>,
    asked: SignInId,
) -> Result<users::UserRow, AppError> {
    if sign_in_id(acting).ok() != Some(asked) {
        return Err(not_ours());
    }
    users::by_id(unit, acting.user()?)?.ok_or(AppError::Missing("person"))
}
