//! Jeton's server side as a library: configuration, wiring, and the commands of its own machine. The
//! executable `jeton` adds the client; tests start [`server::start`] in their own process.

pub mod admin;
pub mod command;
pub mod config;
pub mod demo;
pub mod docs;
pub mod edge;
mod examples;
mod failure;
pub mod matrix;
pub mod serve;
pub mod server;
mod typed;
