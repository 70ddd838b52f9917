//! Permission sets and scopes against GitHub's, by data that lie beside the repository and are no part of it. `JETON_REFERENCE` names
//! their folder; the test command counts these tests as skipped without it.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::disallowed_methods,
    missing_docs,
    unreachable_pub,
    reason = "tests"
)]

#[path = "github_reference/same.rs"]
mod github_reference;
