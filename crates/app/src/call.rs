//! One request, as a door hands it over: who came, how, with what, to do what to which thing.

use std::net::IpAddr;

use jeton_decide::CarrierFault;
use jeton_domain::{Operation, OrganizationId, RepositoryId, hex};
use jeton_token::{Digest, KeyId, Kind, Parsed, Purpose, Ring};

/// Characters of a session's value: 32 random bytes in hexadecimal.
pub(crate) const SESSION_LENGTH: usize = 64;

/// Which door a request came through.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Door {
    /// REST.
    Api,
    /// Git over HTTPS.
    Git,
    /// Pages in a browser.
    Web,
    /// The registry of packages, as npm speaks.
    Npm,
    /// The operator's own socket.
    Admin,
}

impl Door {
    /// The word in logs and answers.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Api => "api",
            Self::Git => "git",
            Self::Web => "web",
            Self::Npm => "npm",
            Self::Admin => "admin",
        }
    }

    /// Whether a request by an earlier name is led to the present one, and not done.
    ///
    /// Git is served where it asks: it goes on at the place that it was led to only if its very first
    /// request was led there. Where a helper keeps the credential that one carries none, and to nobody
    /// a hidden repository leads anywhere.
    pub const fn leads_to_present_names(self) -> bool {
        match self {
            Self::Api | Self::Web | Self::Admin => true,
            // Packages are found by present names alone: their documents name them.
            Self::Git | Self::Npm => false,
        }
    }
}

/// What was carried as a credential. The value itself stays at the door.
#[derive(Clone, Debug)]
pub enum Carried {
    /// Nothing.
    Nothing,
    /// Something that can't be read.
    Faulty(CarrierFault),
    /// A well-formed value.
    Value(Presented),
}

/// What a value looks like: the stored kind must equal it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shape {
    /// One of our tokens.
    Token(Kind),
    /// A browser's session: it comes in a cookie, and at pages alone.
    Session,
}

/// A well-formed value: its shape and its digest under each key.
#[derive(Clone, Debug)]
pub struct Presented {
    shape: Shape,
    newest: Option<(KeyId, Digest)>,
    older: Vec<(KeyId, Digest)>,
}

impl Presented {
    /// Digests a value. Only what parsed can be presented.
    pub fn new(ring: &Ring, value: &Parsed<'_>) -> Self {
        Self::of(ring, Shape::Token(value.kind()), |key| {
            ring.token_digest(key, value)
        })
    }

    /// Digests the value of a session. Nothing, if it can't be one.
    pub fn session(ring: &Ring, value: &[u8]) -> Option<Self> {
        let well_formed = value.len() == SESSION_LENGTH && value.iter().all(u8::is_ascii_hexdigit);
        well_formed.then(|| {
            Self::of(ring, Shape::Session, |key| {
                ring.digest(Purpose::Session, key, value)
            })
        })
    }

    fn of(ring: &Ring, shape: Shape, digest: impl Fn(KeyId) -> Option<Digest>) -> Self {
        let mut digests = ring.key_ids().filter_map(|key| Some((key, digest(key)?)));
        Self {
            shape,
            newest: digests.next(),
            older: digests.collect(),
        }
    }

    /// What it looks like.
    pub fn shape(&self) -> Shape {
        self.shape
    }

    /// What every form of a page carries that was made for this session: somebody who can't read the page
    /// can't know it, and a form of an earlier session does not fit a later one.
    pub fn form_key(&self, ring: &Ring) -> Option<String> {
        let (key, digest) = self.newest.as_ref()?;
        let text = [b"form\n".as_slice(), digest.as_bytes()].concat();
        let digest = ring.digest(Purpose::Session, *key, &text)?;
        Some(hex(digest.as_bytes()))
    }

    /// The digest under the newest key.
    pub(crate) fn newest(&self) -> Option<&(KeyId, Digest)> {
        self.newest.as_ref()
    }

    /// The digests, newest key first.
    pub(crate) fn digests(&self) -> impl Iterator<Item = &(KeyId, Digest)> {
        self.newest.iter().chain(&self.older)
    }
}

/// What a path names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Named {
    /// The server.
    Site,
    /// The caller.
    Own,
    /// An organization, by name.
    Organization(String),
    /// An organization, by number; by nothing, where what stands there is none.
    OrganizationNumber(Option<OrganizationId>),
    /// A repository, by its owner's name and its own.
    Repository(String, String),
    /// A repository, by number; by nothing, where what stands there is none.
    RepositoryNumber(Option<RepositoryId>),
    /// A package, by its owner's name and its own.
    Package(String, String),
    /// The same, or one that is to be made under that name.
    NewPackage(String, String),
}

/// One request.
#[derive(Clone, Debug)]
pub struct Call {
    /// What is to be done: from the route alone.
    pub operation: &'static Operation,
    /// To what.
    pub named: Named,
    /// What was carried.
    pub carried: Carried,
    /// The door.
    pub door: Door,
    /// From where, if it is known.
    pub address: Option<IpAddr>,
    /// What the client calls itself, cut to a length.
    pub user_agent: String,
    /// Names the request in answers and logs.
    pub request_id: String,
    /// Method and address as `jeton explain` takes them, fit to be typed; empty where there is none.
    pub asked: String,
}

impl Call {
    /// The same request, about to do something else as well: a page shows and does what several operations
    /// do, and each of them is decided by itself.
    #[must_use]
    pub fn to(&self, operation: &'static Operation, named: Named) -> Self {
        Self {
            operation,
            named,
            ..self.clone()
        }
    }
}
