//! Webhooks with the real git and real receivers: what a push tells, to whom, and that nothing is lost.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::missing_panics_doc,
    clippy::disallowed_methods,
    missing_docs,
    unreachable_pub,
    missing_debug_implementations,
    reason = "a test fails by panicking"
)]

mod support;

#[path = "stories_hooks/kept.rs"]
mod kept;
#[path = "stories_hooks/killed.rs"]
mod killed;
#[path = "stories_hooks/pushes.rs"]
mod pushes;
#[path = "stories_mail/server.rs"]
mod server;
