//! What the door needs to run, made once at start.

use std::sync::Arc;

use jeton_app::Serving;
use jeton_repo::Advertiser;

/// The parts of a [`GitDoor`].
#[derive(Debug)]
pub struct Parts {
    /// Tells references.
    pub advertiser: Advertiser,
    /// Runs git.
    pub serving: Arc<Serving>,
    /// The largest body that a push may send, unpacked, in bytes; 0 is no bound.
    pub push_bytes: u64,
}

/// The door's state. Cheap to clone.
#[derive(Clone, Debug)]
pub struct GitDoor {
    pub(crate) parts: Arc<Parts>,
}

impl GitDoor {
    /// Of its parts.
    pub fn new(parts: Parts) -> Self {
        Self {
            parts: Arc::new(parts),
        }
    }
}
