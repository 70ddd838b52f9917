//! For tests only: the server's inside in a temporary folder, with a frozen clock and seeded
//! randomness, and people, organizations, repositories and tokens made in one line each.
//!
//! What the kit makes goes into storage directly, without decision and log, so that a test's own
//! calls are the only ones it has to look at.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::missing_panics_doc,
    clippy::indexing_slicing,
    reason = "a test's world that can't be made fails the test"
)]

mod clock;
mod device;
mod entropy;
mod kit;
mod made;
pub mod operations;
mod receiver;

pub use clock::FrozenClock;
pub use device::{Device, bytes as decoded};
pub use entropy::SeededEntropy;
pub use kit::{Kit, NOW, named};
pub use made::{Organization, Person, Repository, Token};
pub use receiver::{Heard, Receiver};
