//! GitHub's clients, unmodified, against the real program over its own TLS: each works for what is served here, is told 404 for
//! what is not, and calls the routes that `docs/reference/clients.md` says.
//!
//! Every client gets a machine of its own: a server with an empty database, in a network of its own where the server has a name
//! and the port of https. `JETON_WRITE_CLIENTS=1` writes the table anew.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::disallowed_methods,
    clippy::format_push_string,
    clippy::print_stdout,
    missing_docs,
    unreachable_pub,
    reason = "tests"
)]

#[path = "clients/apart.rs"]
mod apart;
#[path = "clients/browser.rs"]
mod browser;
#[path = "clients/device.rs"]
mod device;
#[path = "clients/fuzz.rs"]
mod fuzz;
#[path = "clients/gh.rs"]
mod gh;
#[path = "clients/git.rs"]
mod git;
#[path = "clients/libraries.rs"]
mod libraries;
#[path = "clients/manager.rs"]
mod manager;
#[path = "clients/npm.rs"]
mod npm;
#[path = "clients/oauth.rs"]
mod oauth;
#[path = "clients/table.rs"]
mod table;
#[path = "clients/world.rs"]
mod world;
