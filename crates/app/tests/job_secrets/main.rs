//! Secrets for jobs: who sets them, how they lie, and who is given them. The use cases on a real database, with a frozen
//! clock.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test fails by panicking"
)]

mod bad;
mod ends;
mod given;
mod kept;
mod keys;
#[path = "../people/support.rs"]
mod outcome;
mod selected;
mod world;
