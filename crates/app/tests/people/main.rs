//! People, organizations, teams and repositories: the use cases on a real database, with a frozen
//! clock. Each test makes its own server.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test fails by panicking"
)]

mod access;
mod collaborators;
mod deletion;
mod invitation_letters;
mod invitations;
mod links;
mod members;
mod organizations;
mod power;
mod repositories;
mod sealed;
mod sign_up;
mod support;
mod teams;
mod users;
