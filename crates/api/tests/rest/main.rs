//! This door as its clients see it: real requests to a listening server with every table of it.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::needless_pass_by_value,
    reason = "a test fails by panicking, and hands over what it has no use for any more"
)]

mod people;
mod server;
mod things;
