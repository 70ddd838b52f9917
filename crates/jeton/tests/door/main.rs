//! The running server, asked with real sockets and real `git`: what the doors add to the decision.
//! What comes before any request, the command line and its files, is asked of the real binary.
#![allow(clippy::unwrap_used, clippy::disallowed_methods, reason = "a test")]

mod admin;
mod bad_input;
mod binary;
mod client;
mod git;
mod http;
mod start;
mod tls;
mod world;
