//! People, organizations, teams and repositories: the use cases on a real database, with a frozen
//! clock. Each test makes its own server.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test fails by panicking"
)]

mod collaborators;
mod deletion;
mod links;
mod members;
mod organizations;
mod power;
mod repositories;
mod sealed;
mod support;
mod teams;
mod users;
