//! The registry of packages through the whole server: who may do what by which credential, and everything that a hostile client
//! sends instead of a package.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::disallowed_methods,
    missing_docs,
    unreachable_pub,
    dead_code,
    reason = "tests"
)]

mod support;

#[path = "packages/hostile.rs"]
mod hostile;
#[path = "packages/keepers.rs"]
mod keepers;
#[path = "packages/named.rs"]
mod named;
#[path = "packages/narrowed.rs"]
mod narrowed;
#[path = "packages/rules.rs"]
mod rules;
#[path = "packages/stray.rs"]
mod stray;
