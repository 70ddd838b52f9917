//! Outgoing connections: the only crate that opens any.

pub mod mail;
pub mod oidc;
mod vetted;
pub mod webhook;
mod words;
pub mod workload;
