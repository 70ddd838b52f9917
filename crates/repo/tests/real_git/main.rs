//! This crate with the system's git: what is told, sent, taken, cut and swept.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::string_slice
)]

mod advertise;
mod hostile;
mod push;
mod transfer;
mod world;
