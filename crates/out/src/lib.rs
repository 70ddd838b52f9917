//! Outgoing connections: the only crate that opens any.

pub mod mail;
pub mod oidc;
pub mod webhook;
mod words;
