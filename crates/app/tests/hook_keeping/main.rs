//! Who keeps webhooks, and what they see of what was told: the use cases on a real database, with a frozen clock.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test fails by panicking"
)]

mod confined;
mod deliveries;
mod ends;
mod keep;
#[path = "../people/support.rs"]
mod outcome;
mod world;
