//! Second factors and what they open: the use cases on a real database, with a frozen clock. Each test
//! makes its own server.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test fails by panicking"
)]

mod browser;
mod codes;
#[path = "../people/support.rs"]
mod outcome;
mod passkeys;
mod required;
mod world;
