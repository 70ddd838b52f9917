//! How mail is sent: through a server, into a folder, or not at all.

use std::net::IpAddr;
use std::path::{Path, PathBuf};

use jeton_out::mail::{Mailer, Security, Sender, Smtp};

use super::load::{ConfigError, Values};
use super::{secret, value};

/// The keys that mean that somebody wants mail.
const WANTED: [&str; 6] = [
    "mail.from",
    "mail.host",
    "mail.folder",
    "mail.user",
    "mail.password",
    "mail.password_file",
];

pub(super) fn mailer(values: &Values) -> Result<Option<Mailer>, ConfigError> {
    if WANTED.iter().all(|key| values.optional(key).is_none()) {
        return Ok(None);
    }
    if values.optional("mail.from").is_none() {
        return Err(together(
            "mail is set up, and `mail.from` must be set: whom it is from",
        ));
    }
    let sender = values.read("mail.from", |text| {
        Sender::parse(text).map_err(|error| error.to_string())
    })?;
    match (values.optional("mail.host"), values.optional("mail.folder")) {
        (Some(_), Some(_)) => Err(together("`mail.host` and `mail.folder` can't be set both")),
        (None, None) => Err(together(
            "`mail.from` is set, and neither `mail.host` nor `mail.folder` is: where mail goes",
        )),
        (None, Some(_)) => {
            let folder = values.read("mail.folder", folder)?;
            Ok(Some(Mailer::folder(sender, folder)))
        }
        (Some(_), None) => Ok(Some(Mailer::smtp(sender, smtp(values)?))),
    }
}

fn together(message: &str) -> ConfigError {
    ConfigError::Together(message.to_owned())
}

fn folder(text: &str) -> Result<PathBuf, String> {
    let path = Path::new(text);
    if path.is_dir() {
        Ok(path.to_owned())
    } else {
        Err(format!("`{text}` is no folder"))
    }
}

fn smtp(values: &Values) -> Result<Smtp, ConfigError> {
    let host = values.read("mail.host", host)?;
    let security = values.read("mail.security", |text| match text {
        "tls" => Ok(Security::Tls),
        "starttls" => Ok(Security::StartTls),
        "none" => Ok(Security::None),
        other => Err(format!("`{other}` is neither `tls`, `starttls` nor `none`")),
    })?;
    let port: u16 = match values.read("mail.port", value::count)? {
        0 => match security {
            Security::Tls => 465,
            Security::StartTls => 587,
            Security::None => 25,
        },
        port => port,
    };
    let authorities = match values.optional("mail.ca_file") {
        Some(path) => Some(
            std::fs::read(&path)
                .map_err(|error| values.fault("mail.ca_file", format!("`{path}`: {error}")))?,
        ),
        None => None,
    };
    let password = secret(values, "mail.password", "mail.password_file")?;
    let timeout = values.read("mail.timeout", value::duration)?;
    // Law 13: no clear text by accident.
    if password.is_some() && security == Security::None && !is_loopback(&host) {
        return Err(together(
            "`mail.security` is `none`, and `mail.host` is another machine: the password would travel in clear",
        ));
    }
    let smtp = Smtp::new(host, port, security, authorities.as_deref(), timeout)
        .map_err(|error| values.fault("mail.host", error.to_string()))?;
    match (values.optional("mail.user"), password) {
        (Some(user), Some(password)) => Ok(smtp.signed_in(user, password)),
        (None, None) => Ok(smtp),
        (Some(_), None) => Err(together("`mail.user` is set and `mail.password` is not")),
        (None, Some(_)) => Err(together("`mail.password` is set and `mail.user` is not")),
    }
}

fn host(text: &str) -> Result<String, String> {
    let well = text
        .bytes()
        .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-' | b':' | b'_'));
    if well && !text.is_empty() {
        Ok(text.to_owned())
    } else {
        Err(format!("`{text}` is no name of a server"))
    }
}

/// Whether a host is this machine, as far as its name tells.
fn is_loopback(host: &str) -> bool {
    host.eq_ignore_ascii_case("localhost")
        || host
            .parse::<IpAddr>()
            .is_ok_and(|address| address.is_loopback())
}
