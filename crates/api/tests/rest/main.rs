//! This door as its clients see it: real requests to a listening server with every table of it.

#![allow(
    clippy::too_many_lines,
    clippy::similar_names,
    clippy::disallowed_methods,
    clippy::format_push_string,
    clippy::type_complexity,
    missing_docs,
    unreachable_pub,
    unused_macros,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::needless_pass_by_value,
    reason = "a test fails by panicking, and hands over what it has no use for any more"
)]

mod around;
mod asking;
mod children;
mod given;
mod graphql;
mod graphql_repositories;
mod hooks;
mod invitations;
mod jobs;
mod lists;
mod people;
mod restrictions;
mod server;
mod services;
mod things;
mod tokens;
mod webhooks;
