//! The running server, asked with real sockets and real `git`: what the doors add to the decision.
//! What comes before any request, the command line and its files, is asked of the real binary.
#![allow(
    clippy::too_many_lines,
    clippy::pedantic,
    clippy::single_match_else,
    clippy::needless_for_each,
    clippy::print_stderr,
    clippy::indexing_slicing,
    clippy::similar_names,
    clippy::expect_used,
    clippy::panic,
    clippy::format_push_string,
    clippy::type_complexity,
    missing_docs,
    unreachable_pub,
    unused_macros,
    clippy::unwrap_used,
    clippy::disallowed_methods,
    reason = "a test"
)]

mod admin;
mod bad_input;
mod binary;
mod client;
mod demo;
mod folders;
mod git;
mod http;
mod operator;
mod postgres;
mod restore;
mod start;
mod storage;
mod tls;
mod world;

#[allow(dead_code, reason = "each test target uses its part of the support")]
#[path = "../support/database.rs"]
mod database;
#[allow(dead_code, reason = "each test target uses its part of the support")]
#[path = "../stories_kill/process.rs"]
mod process;
#[allow(dead_code, reason = "each test target uses its part of the support")]
#[path = "../support/http.rs"]
mod wire;
