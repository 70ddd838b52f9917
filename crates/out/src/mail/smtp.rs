//! A mail server, spoken to step by step, so that it is known at each failure whether the server could have the letter.

use std::cell::Cell;
use std::time::Duration;

use lettre::address::Envelope;
use lettre::transport::smtp::Error;
use lettre::transport::smtp::authentication::{Credentials, Mechanism};
use lettre::transport::smtp::client::{
    Certificate, CertificateStore, SmtpConnection, TlsParameters,
};
use lettre::transport::smtp::commands::{Data, Mail, Rcpt};
use lettre::transport::smtp::extension::{ClientId, Extension, MailBodyParameter, MailParameter};

use super::Outcome;
use super::letter::Sender;

/// How the connection is kept from being read and changed on its way.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Security {
    /// TLS from the first byte on (port 465).
    Tls,
    /// TLS before anything is said (port 587); a server that does not offer it is not used.
    StartTls,
    /// Nothing: for a server on the same machine or wire.
    None,
}

/// Why a server can't be used.
#[derive(Debug, thiserror::Error)]
pub enum BadServer {
    /// Certificates that can't be read.
    #[error("the certificates can't be read: {0}")]
    Certificates(String),
    /// No TLS with these settings.
    #[error("TLS can't be set up: {0}")]
    Tls(String),
}

/// A mail server.
#[derive(Clone)]
pub struct Smtp {
    host: String,
    port: u16,
    security: Security,
    tls: Option<TlsParameters>,
    credentials: Option<Credentials>,
    timeout: Duration,
}

impl std::fmt::Debug for Smtp {
    // SECURITY: not the password.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Smtp")
            .field("host", &self.host)
            .field("port", &self.port)
            .field("security", &self.security)
            .field("signs_in", &self.credentials.is_some())
            .finish_non_exhaustive()
    }
}

impl Smtp {
    /// A server by name. `authorities`: certificates (PEM) that are trusted instead of the usual ones.
    pub fn new(
        host: String,
        port: u16,
        security: Security,
        authorities: Option<&[u8]>,
        timeout: Duration,
    ) -> Result<Self, BadServer> {
        let tls = match security {
            Security::None => None,
            Security::Tls | Security::StartTls => Some(parameters(&host, authorities)?),
        };
        Ok(Self {
            host,
            port,
            security,
            tls,
            credentials: None,
            timeout,
        })
    }

    /// The same, with a sign-in.
    #[must_use]
    pub fn signed_in(mut self, user: String, password: String) -> Self {
        self.credentials = Some(Credentials::new(user, password));
        self
    }

    pub(super) fn send(
        &self,
        sender: &Sender,
        envelope: &Envelope,
        bytes: &[u8],
        handing_over: impl FnOnce() -> Result<(), String>,
    ) -> Outcome {
        let mut connection = match self.connect(sender) {
            Ok(connection) => connection,
            Err(error) => return Outcome::Later(said(&error)),
        };
        let outcome = converse(&mut connection, envelope, bytes, handing_over);
        // The server has the letter or has not; how it takes leave changes nothing.
        if outcome == Outcome::Sent {
            let _ = connection.quit();
        } else {
            connection.abort();
        }
        outcome
    }

    fn connect(&self, sender: &Sender) -> Result<SmtpConnection, Error> {
        let hello = ClientId::Domain(sender.domain().to_owned());
        let address = (self.host.as_str(), self.port);
        let at_once = self.tls.as_ref().filter(|_| self.security == Security::Tls);
        let mut connection =
            SmtpConnection::connect(address, Some(self.timeout), &hello, at_once, None)?;
        if self.security == Security::StartTls
            && let Some(tls) = &self.tls
        {
            // SECURITY: a server that offers no TLS fails here; nothing is sent in clear instead.
            connection.starttls(tls, &hello)?;
        }
        if let Some(credentials) = &self.credentials {
            connection.auth(&[Mechanism::Plain, Mechanism::Login], credentials)?;
        }
        Ok(connection)
    }
}

fn parameters(host: &str, authorities: Option<&[u8]>) -> Result<TlsParameters, BadServer> {
    let builder = TlsParameters::builder(host.to_owned());
    let builder = match authorities {
        None => builder.certificate_store(CertificateStore::WebpkiRoots),
        Some(pem) => {
            let certificate = Certificate::from_pem(pem)
                .map_err(|error| BadServer::Certificates(error.to_string()))?;
            builder
                .certificate_store(CertificateStore::None)
                .add_root_certificate(certificate)
        }
    };
    builder
        .build_rustls()
        .map_err(|error| BadServer::Tls(error.to_string()))
}

/// From the sender's name to the server's receipt.
fn converse(
    connection: &mut SmtpConnection,
    envelope: &Envelope,
    bytes: &[u8],
    handing_over: impl FnOnce() -> Result<(), String>,
) -> Outcome {
    let mut options = Vec::new();
    let plain = |address: &lettre::Address| AsRef::<str>::as_ref(address).is_ascii();
    if !envelope.to().iter().chain(envelope.from()).all(plain) {
        if !connection
            .server_info()
            .supports_feature(Extension::SmtpUtfEight)
        {
            return Outcome::Never(
                "the address is not ASCII, and the mail server takes no such addresses".to_owned(),
            );
        }
        options.push(MailParameter::SmtpUtfEight);
    }
    if !bytes.is_ascii() {
        // What lettre writes is ASCII but for such addresses.
        options.push(MailParameter::Body(MailBodyParameter::EightBitMime));
    }
    // That the server does not let this sender in is the operator's to mend, not the address's fault.
    if let Err(error) = connection.command(Mail::new(envelope.from().cloned(), options)) {
        return Outcome::Later(said(&error));
    }
    for to in envelope.to() {
        if let Err(error) = connection.command(Rcpt::new(to.clone(), Vec::new())) {
            return refused(&error);
        }
    }
    if let Err(error) = handing_over() {
        return Outcome::Later(error);
    }
    if let Err(error) = connection.command(Data) {
        return refused(&error);
    }
    // INVARIANT: set only when all of the letter left before the dot that ends it did: until then no server has it.
    let written = Cell::new(false);
    let mut first = Some(bytes);
    let pieces = std::iter::from_fn(|| {
        let piece = first.take();
        written.set(piece.is_none());
        piece
    });
    match connection.message_iter(pieces) {
        Ok(_) => Outcome::Sent,
        Err(error) if error.is_permanent() || error.is_transient() => refused(&error),
        Err(error) if written.get() => Outcome::Unknown(said(&error)),
        Err(error) => Outcome::Later(said(&error)),
    }
}

/// The server said no, or the connection broke before it could say yes.
fn refused(error: &Error) -> Outcome {
    if error.is_permanent() {
        Outcome::Never(said(error))
    } else {
        Outcome::Later(said(error))
    }
}

/// The chain of causes on one line. A server's words may be anything.
fn said(error: &Error) -> String {
    use jeton_domain::Clean as _;
    let mut words = error.to_string();
    let mut cause = std::error::Error::source(error);
    while let Some(inner) = cause {
        let inner_words = inner.to_string();
        if !words.contains(&inner_words) {
            words.push_str(": ");
            words.push_str(&inner_words);
        }
        cause = inner.source();
    }
    words.plain().chars().take(300).collect()
}
