//! `jeton setup`: the first administrator.

use serde_json::{Value, json};

use super::login;
use crate::error::ClientError;
use crate::hidden::Hidden;
use crate::person;
use crate::server::{Ask, Door};
use crate::session::Session;

/// Make the first administrator with the code that the server printed.
#[derive(Debug, clap::Args)]
pub struct Setup {
    /// The server's address
    url: String,
    /// The code that the server printed at its first start; it works once
    #[arg(long, value_name = "CODE")]
    code: Hidden,
    /// The administrator's login
    #[arg(long)]
    login: Option<String>,
    /// The administrator's e-mail address
    #[arg(long)]
    email: Option<String>,
    /// Take the password from the first line of standard input
    #[arg(long)]
    password_stdin: bool,
}

impl Setup {
    pub(crate) fn run(self, session: &mut Session<'_>) -> Result<(), ClientError> {
        let address = session.address(Some(&self.url))?;
        let login = person::field(
            session.person,
            self.login.as_deref(),
            "Login of the administrator:",
            "--login",
        )?;
        let email = person::field(
            session.person,
            self.email.as_deref(),
            "E-mail address:",
            "--email",
        )?;
        let password = person::password(session.person, self.password_stdin, "Password:", true)?;
        session.connect_without_credential(address.clone())?;
        let body = json!({ "code": self.code.expose(), "login": login, "email": email, "password": password.expose() });
        let made = session.ask(&Ask::post(Door::Own, &["setup"], body))?.body;
        let login = made
            .get("login")
            .and_then(Value::as_str)
            .unwrap_or(&login)
            .to_owned();
        session
            .screen
            .done(&made, &format!("The administrator {login} is made."))?;
        login::sign_in(session, &address, &login, &password, None, login::LABEL)?;
        session
            .screen
            .note(&format!("Signed in to {address} as {login}."));
        Ok(())
    }
}
