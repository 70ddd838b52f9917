//! One request, as a door hands it over: who came, how, with what, to do what to which thing.

use std::net::IpAddr;

use jeton_decide::CarrierFault;
use jeton_domain::Operation;
use jeton_token::{Digest, KeyId, Kind, Parsed, Ring};

/// Which door a request came through.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Door {
    /// REST.
    Api,
    /// Git over HTTPS.
    Git,
    /// The operator's own socket.
    Admin,
}

impl Door {
    /// The word in logs and answers.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Api => "api",
            Self::Git => "git",
            Self::Admin => "admin",
        }
    }

    /// Whether a request by an earlier name of a repository is led to the present one, and not done.
    ///
    /// Git is served where it asks: it goes on at the place that it was led to only if its very first
    /// request was led there. Where a helper keeps the credential that one carries none, and to nobody
    /// a hidden repository leads anywhere.
    pub const fn leads_to_present_names(self) -> bool {
        match self {
            Self::Api | Self::Admin => true,
            Self::Git => false,
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

/// A well-formed value: its kind and its digest under each key.
#[derive(Clone, Debug)]
pub struct Presented {
    kind: Kind,
    newest: Option<(KeyId, Digest)>,
    older: Vec<(KeyId, Digest)>,
}

impl Presented {
    /// Digests a value. Only what parsed can be presented.
    pub fn new(ring: &Ring, value: &Parsed<'_>) -> Self {
        let mut digests = ring
            .key_ids()
            .filter_map(|key| Some((key, ring.token_digest(key, value)?)));
        Self {
            kind: value.kind(),
            newest: digests.next(),
            older: digests.collect(),
        }
    }

    /// The kind that the prefix names; a stored kind must equal it.
    pub fn kind(&self) -> Kind {
        self.kind
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
    /// A repository, by its owner's name and its own.
    Repository(String, String),
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
