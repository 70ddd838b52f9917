//! Webhooks: one delivery at a time to an address that somebody on this server chose.
//!
//! SECURITY: whoever keeps a webhook chooses where this server connects to, and what answers. So each address that a name
//! leads to is held against [`Allowed`], and the connection goes to those that were, not to what the name leads to a moment
//! later; no redirect is followed, no proxy asked; the answer has a size and the whole a time.

mod address;
mod send;
mod sign;
mod target;

pub use address::Allowed;
pub(crate) use send::failure;
pub use send::{Answer, BadAuthorities, Delivery, Failure, Sender};
pub use sign::signatures;
pub use target::{BadTarget, LONGEST_URL, Target};

/// Why nothing is sent to an address. SECURITY: says nothing of where a name leads inside the operator's network.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Forbidden {
    /// It is not on the public Internet.
    #[error("leads to a private network, which the operator does not allow")]
    Private,
    /// It is this server's machine.
    #[error("leads to this server itself, which the operator does not allow")]
    Own,
    /// A port that HTTP does not use.
    #[error("names port {0}; it may be 80, 443, or from 1024 on")]
    Port(u16),
}
