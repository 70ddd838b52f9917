//! Git over HTTPS (`semantics` section 7): paths, media types, streams. Who may do what is decided by
//! `app`, for both requests of an operation afresh; packs and references come from `repo`.

mod admit;
mod advertise;
mod answer;
mod commands;
mod door;
mod fetch;
mod operations;
mod push;
mod report;
mod request;
mod unpack;

pub use door::{GitDoor, Parts};
pub use operations::{FETCH, PUSH, TABLE};
