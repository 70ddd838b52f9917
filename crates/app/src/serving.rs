//! What git is run with: for its own door, and for what the server itself streams and pushes.

use std::sync::{Arc, Weak};

use jeton_repo::Runner;
use jeton_repo::hook::HookServer;

use crate::app::App;
use crate::error::AppError;
use crate::git::Pushes;

/// What git is run with. One for a server.
#[derive(Debug)]
pub struct Serving {
    /// Runs git.
    pub runner: Runner,
    /// Answers the hooks of pushes.
    pub hooks: HookServer,
    /// The pushes that the hooks ask about: the same that `hooks` was started with.
    pub pushes: Arc<Pushes>,
}

impl App {
    /// Lets the use cases run git. Given once, by the wiring.
    ///
    /// INVARIANT: kept weakly, since what is given here holds the use cases.
    pub fn set_serving(&self, serving: &Arc<Serving>) {
        // A second one would be of a second door over the same inside: the first stays.
        let _ = self.serving.set(Arc::downgrade(serving));
    }

    pub(crate) fn serving(&self) -> Result<Arc<Serving>, AppError> {
        self.serving
            .get()
            .and_then(Weak::upgrade)
            .ok_or_else(|| AppError::Data("git is not served".to_owned()))
    }
}
