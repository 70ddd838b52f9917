//! Webhooks: who keeps them, what they are told, and how it is sent.
//!
//! What changes and leaves an entry in the log is [raised](raise) in the change's own unit: who is told, and of what, is
//! fixed there, and nobody is told of a change that did not come about. The workers [deliver](deliver) it afterwards.

mod deliver;
mod payload;
pub mod ping;
pub(crate) mod pushes;
pub(crate) mod raise;
mod tell;
mod thing;
pub(crate) mod tokens;
pub mod url;

use jeton_out::webhook::Sender;

pub use thing::{AskingToken, PushedCommit, Shape, Thing, ToldToken};

/// What the server tells webhooks with.
#[derive(Debug)]
pub struct Hooks {
    /// Sends.
    pub sender: Sender,
    /// Shapes what is told as REST does. It stands above the use cases, so the wiring gives it.
    pub shape: Shape,
}
