//! Workload identity: whom an organization trusts, by which rules, and what comes of a token. The use cases on a real database,
//! with an issuer that says what a test wants over real connections, and a frozen clock.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test fails by panicking"
)]

mod exchange;
mod keep;
#[path = "../people/support.rs"]
mod outcome;
#[path = "../../../out/tests/oidc/provider.rs"]
#[allow(dead_code, reason = "a workload asks less of an issuer than a person")]
mod provider;
mod simulate;
mod world;
