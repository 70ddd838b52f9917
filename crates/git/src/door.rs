//! What the door needs to run, made once at start.

use std::sync::Arc;

use jeton_app::git::Pushes;
use jeton_repo::hook::HookServer;
use jeton_repo::{Advertiser, Runner};

/// The parts of a [`GitDoor`].
#[derive(Debug)]
pub struct Parts {
    /// Tells references.
    pub advertiser: Advertiser,
    /// Runs git.
    pub runner: Runner,
    /// Answers the hooks of pushes.
    pub hooks: HookServer,
    /// The pushes that the hooks ask about: the same that `hooks` was started with.
    pub pushes: Arc<Pushes>,
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
