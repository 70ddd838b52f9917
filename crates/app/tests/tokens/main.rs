//! Tokens and sign-ins: the use cases on a real database, with a frozen clock. Each test makes its
//! own server.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test fails by panicking"
)]

mod activity;
mod approve;
mod caches;
mod classic;
mod create;
mod delivery;
mod dump;
mod edit;
mod emergency;
mod expiry;
mod explain;
mod filters;
mod foresight;
mod idempotency;
mod keys;
mod leaks;
mod letters;
mod life;
mod log;
mod log_search;
mod npm;
mod oneself;
#[path = "../people/support.rs"]
mod outcome;
mod pending;
mod proved;
mod rates;
mod refs;
mod reviewers;
mod rotate;
mod rules;
mod services;
mod setup;
mod shown;
mod sign_in;
mod told;
mod withdraw;
mod world;
