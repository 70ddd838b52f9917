//! OAuth: both flows, refreshing, revocation, applications and what organizations say to them, with a frozen clock.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test fails by panicking"
)]

mod applications;
mod device;
mod ends;
#[path = "../people/support.rs"]
mod outcome;
mod refresh;
mod web_flow;
mod world;
