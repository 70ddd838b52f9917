//! One set of tests, run on SQLite and on PostgreSQL: what a use case may rely on, whatever database is below.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test fails by panicking"
)]

mod accounts;
mod approval;
mod constraints;
mod factors;
mod hooks;
mod identities;
mod invitations;
mod job_secrets;
mod notices;
mod opening;
mod people;
mod place;
mod places;
mod records;
mod repositories;
mod requests;
mod restoring;
mod secrets;
mod sign_ins;
mod tokens;
mod units;
mod workload;
mod world;
