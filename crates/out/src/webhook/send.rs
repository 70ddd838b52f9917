//! Sending one delivery, and reading what comes back.

use std::io::Read as _;
use std::sync::Arc;

use ureq::tls::{RootCerts, TlsConfig};

use super::{Allowed, BadTarget, Forbidden, Target};
use crate::vetted::agent;
use crate::words::{authorities, whole};

/// Bytes of an answer's body that are read.
const ANSWER_BYTES: u64 = 64 << 10;
/// Bytes of the headers in it that are kept.
const HEADER_BYTES: usize = 16 << 10;

/// What is sent.
#[derive(Clone, Debug)]
pub struct Delivery<'a> {
    /// Where to, as it is stored.
    pub url: &'a str,
    /// The receiver's certificate must hold.
    pub verifies_tls: bool,
    /// Headers beside those of the transfer.
    pub headers: &'a [(&'static str, String)],
    /// The body.
    pub body: &'a [u8],
}

/// What the receiver said.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer {
    /// The status. Redirects are answers like others.
    pub status: u16,
    /// Its headers, in order, as far as 16 KiB of them go.
    pub headers: Vec<(String, String)>,
    /// How its body begins: 64 KiB at most. What is no text is replaced.
    pub body: String,
    /// Why the body ended before its end, where it did.
    pub cut: Option<String>,
}

/// Why there is no answer.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Failure {
    /// Nothing may be sent there; nothing was.
    #[error("the address {0}")]
    Forbidden(#[from] BadTarget),
    /// It could not be sent, or no answer came. The receiver may have heard it.
    #[error("{0}")]
    Unreachable(String),
}

/// Authorities that can't be read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct BadAuthorities(String);

impl From<String> for BadAuthorities {
    fn from(why: String) -> Self {
        Self(why)
    }
}

/// Sends deliveries.
#[derive(Clone, Debug)]
pub struct Sender {
    allowed: Allowed,
    checked: ureq::Agent,
    unchecked: ureq::Agent,
}

impl Sender {
    /// One that speaks to public addresses and to what is `allowed`. `believed`: certificates (PEM) that receivers' are
    /// checked against, instead of the public authorities'.
    pub fn new(allowed: Allowed, believed: Option<&[u8]>) -> Result<Self, BadAuthorities> {
        let mut checked = TlsConfig::builder();
        if let Some(pem) = believed {
            let read = authorities(pem).map_err(BadAuthorities)?;
            checked = checked.root_certs(RootCerts::Specific(Arc::new(read)));
        }
        let unchecked = TlsConfig::builder().disable_verification(true);
        Ok(Self {
            checked: agent(checked.build(), &allowed),
            unchecked: agent(unchecked.build(), &allowed),
            allowed,
        })
    }

    /// What it may speak to.
    pub fn allowed(&self) -> &Allowed {
        &self.allowed
    }

    /// Sends one delivery. Blocks, for ten seconds at most.
    pub fn send(&self, delivery: &Delivery<'_>) -> Result<Answer, Failure> {
        let target = Target::parse(delivery.url, &self.allowed)?;
        let agent = if delivery.verifies_tls {
            &self.checked
        } else {
            &self.unchecked
        };
        let mut request = agent.post(target.as_str());
        for (name, value) in delivery.headers {
            request = request.header(*name, value);
        }
        let answer = request.send(delivery.body).map_err(failure)?;
        let (head, body) = answer.into_parts();
        let mut bytes = Vec::new();
        // What was read before a fault stays in `bytes`.
        let read = body
            .into_reader()
            .take(ANSWER_BYTES)
            .read_to_end(&mut bytes);
        let mut room = HEADER_BYTES;
        let headers = head.headers.iter().map_while(|(name, value)| {
            room = room.checked_sub(name.as_str().len() + value.len())?;
            Some((name.to_string(), text(value.as_bytes())))
        });
        Ok(Answer {
            status: head.status.as_u16(),
            headers: headers.collect(),
            body: text(&bytes),
            cut: read.err().map(|error| whole(&error)),
        })
    }

    /// Ends what is being sent, and all that would be: for the end of the server.
    pub fn shut_down(&self) {
        self.checked.clone().shutdown();
        self.unchecked.clone().shutdown();
    }
}

/// Text that any database takes.
fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).replace('\0', "\u{fffd}")
}

pub(crate) fn failure(error: ureq::Error) -> Failure {
    match error {
        ureq::Error::Other(cause) => match cause.downcast_ref::<Forbidden>() {
            Some(why) => Failure::Forbidden((*why).into()),
            None => Failure::Unreachable(whole(cause.as_ref())),
        },
        ureq::Error::HostNotFound => Failure::Unreachable("the name leads nowhere".to_owned()),
        ureq::Error::Timeout(_) => {
            Failure::Unreachable("no answer came within ten seconds".to_owned())
        }
        other => Failure::Unreachable(whole(&other)),
    }
}
