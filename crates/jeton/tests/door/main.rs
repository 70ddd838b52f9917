//! The running server, asked with real sockets and real `git`: what the doors add to the decision.
#![allow(clippy::unwrap_used, clippy::disallowed_methods, reason = "a test")]

mod git;
mod http;
mod world;
