//! `jeton login`, `logout`, `confirm` and `status`.

use std::path::Path;

use serde_json::{Value, json};

use crate::address::Address;
use crate::error::ClientError;
use crate::hidden::Hidden;
use crate::hosts::SignIn;
use crate::person;
use crate::screen::{Column, Form};
use crate::server::{Ask, Door, Server};
use crate::session::Session;

/// What a sign-in is called in its owner's list, where nothing else was said.
pub(crate) const LABEL: &str = "jeton command line";

const CODE: &str = "Code of your authenticator app, or a recovery code:";

/// Sign in to a server and keep the sign-in. One that is kept for that server already ends.
#[derive(Debug, clap::Args)]
pub struct Login {
    /// The server's address; the one signed in to last where it is left out
    url: Option<String>,
    /// Your login
    #[arg(long, value_name = "LOGIN")]
    user: Option<String>,
    /// Take the password from the first line of standard input
    #[arg(long)]
    password_stdin: bool,
    /// A code of your authenticator app, or a recovery code; asked for where it is needed and left out
    #[arg(long, value_name = "CODE")]
    code: Option<String>,
    /// What the sign-in is called in your list of them
    #[arg(long, default_value = LABEL)]
    label: String,
}

impl Login {
    pub(crate) fn run(self, session: &mut Session<'_>) -> Result<(), ClientError> {
        let address = match session.address(self.url.as_deref()) {
            Err(ClientError::NotSignedIn(_)) => {
                return Err(ClientError::usage(
                    "which server to sign in to is not said, and none is remembered",
                    "name it: jeton login URL",
                ));
            }
            address => address?,
        };
        let kept = session
            .hosts()?
            .get(address.as_str())
            .map(|kept| kept.login.clone());
        let user = person::field(
            session.person,
            self.user.or(kept).as_deref(),
            "Login:",
            "--user",
        )?;
        let password = person::password(session.person, self.password_stdin, "Password:", false)?;
        session.connect_without_credential(address.clone())?;
        let first = sign_in(
            session,
            &address,
            &user,
            &password,
            self.code.as_deref(),
            &self.label,
        );
        let login = match first {
            Err(error) if error.wants_code() && session.person.is_there() => {
                let code = person::field(session.person, None, CODE, "--code")?;
                sign_in(
                    session,
                    &address,
                    &user,
                    &password,
                    Some(&code),
                    &self.label,
                )?
            }
            done => done?,
        };
        session
            .screen
            .note(&format!("Signed in to {address} as {login}."));
        Ok(())
    }
}

/// Signs in over the connection at hand and keeps the sign-in.
pub(crate) fn sign_in(
    session: &mut Session<'_>,
    address: &Address,
    user: &str,
    password: &Hidden,
    code: Option<&str>,
    label: &str,
) -> Result<String, ClientError> {
    let mut body = json!({ "login": user, "password": password.expose(), "label": label });
    if let (Some(code), Some(fields)) = (code, body.as_object_mut()) {
        fields.insert("code".to_owned(), code.into());
    }
    let answer = session.ask(&Ask::post(Door::Own, &["sign-in"], body))?.body;
    let text = |name: &str| answer.get(name).and_then(Value::as_str).map(str::to_owned);
    let (Some(token), Some(login)) = (text("token"), text("login")) else {
        return Err(ClientError::other("the server's answer holds no sign-in"));
    };
    let mut hosts = session.hosts()?;
    let replaced = hosts.get(address.as_str()).cloned();
    let kept = replaced.as_ref().and_then(|kept| kept.cacert.clone());
    let cacert = session
        .cacert(kept)
        .map(|file| Session::absolute(&file))
        .transpose()?;
    hosts.keep(
        address.as_str(),
        SignIn {
            login: login.clone(),
            token: Hidden::from(token),
            cacert: cacert.clone(),
        },
    )?;
    if let Some(replaced) = replaced {
        end_replaced(session, address, replaced, cacert.as_deref());
    }
    Ok(login)
}

/// SECURITY: nobody holds the one that was kept before any more; it would live on for months.
fn end_replaced(
    session: &mut Session<'_>,
    address: &Address,
    replaced: SignIn,
    cacert: Option<&Path>,
) {
    let ended = Server::new(address.clone(), Some(replaced.token), cacert)
        .and_then(|server| server.ask(&Ask::delete(Door::Own, &["sign-in"])));
    match ended {
        // Dead already: ended from elsewhere, or of a server that was made anew.
        Err(error) if !error.is_status(401) => session.screen.note(&format!(
            "The sign-in as {} that this one replaces could not be ended ({error}): jeton sign-in list",
            replaced.login
        )),
        _ => {}
    }
}

/// Ends the sign-in at the server, then forgets it. One that the server no longer knows is
/// forgotten all the same.
pub(crate) fn logout(session: &mut Session<'_>) -> Result<(), ClientError> {
    if session.globals.credential.is_some() {
        return Err(ClientError::usage(
            "JETON_TOKEN is no kept sign-in",
            "unset it to end the kept one",
        ));
    }
    let address = session.server()?.address.clone();
    match session.ask(&Ask::delete(Door::Own, &["sign-in"])) {
        Err(error) if !error.is_status(401) => return Err(error),
        _ => {}
    }
    session.hosts()?.forget(address.as_str())?;
    session.screen.note(&format!("Signed out of {address}."));
    Ok(())
}

/// Confirm by password, or by a code of your authenticator app, that it is you.
#[derive(Debug, clap::Args)]
pub struct Confirm {
    /// Take the password from the first line of standard input
    #[arg(long)]
    password_stdin: bool,
    /// A code of your authenticator app, in place of the password
    #[arg(long, value_name = "CODE", conflicts_with = "password_stdin")]
    code: Option<String>,
}

impl Confirm {
    pub(crate) fn run(self, session: &mut Session<'_>) -> Result<(), ClientError> {
        let answer = match &self.code {
            Some(code) => session.confirm_by_code(code)?,
            None => session.confirm(self.password_stdin)?,
        };
        let until = Column("", "/sudo_until", Form::Moment).cell(&answer);
        session
            .screen
            .done(&answer, &format!("Confirmed until {until} (UTC)."))
    }
}

/// The view of a credential on itself.
pub(crate) const SELF: &[Column] = &[
    Column("Server", "/host", Form::Text),
    Column("Login", "/creator", Form::Text),
    Column("Kind", "/kind", Form::Kind),
    Column("Name", "/name", Form::Text),
    Column("Owner", "/owner/login", Form::Text),
    Column("Standing", "/standing", Form::Standing),
    Column("Reason", "", Form::Reason),
    Column("Life", "/life", Form::Text),
    Column("Permissions", "/permissions", Form::Permissions),
    Column("Scopes", "", Form::Scopes),
    Column("Reaches", "", Form::Reach),
    Column("Repositories", "/repositories", Form::Text),
    Column("Packages by name", "/packages", Form::Text),
    Column("In force", "", Form::InForce),
    Column("Conditions", "", Form::Conditions),
    Column("Policy", "/policy", Form::Text),
    Column("Created", "/created_at", Form::Moment),
    Column("Last used", "/last_used_at", Form::Moment),
    Column("Expires", "/expires_at", Form::Moment),
    Column("Replaced", "/retires_at", Form::Moment),
];

/// Who am I, where, until when.
pub(crate) fn status(session: &mut Session<'_>) -> Result<(), ClientError> {
    let mut view = session.get(Door::Own, &["token"])?;
    let host = session.server()?.address.to_string();
    if let Value::Object(fields) = &mut view {
        fields.insert("host".to_owned(), Value::String(host));
    }
    session.screen.one(SELF, &view)
}
