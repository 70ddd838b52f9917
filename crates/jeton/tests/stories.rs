//! Stories with the real git against the whole server: each asserts the line that git printed.

#![allow(
    clippy::too_many_lines,
    clippy::similar_names,
    clippy::type_complexity,
    unused_macros,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::disallowed_methods,
    clippy::format_push_string,
    missing_docs,
    unreachable_pub,
    reason = "tests"
)]

mod support;

#[path = "stories/classic.rs"]
mod classic;
#[path = "stories/helpers.rs"]
mod helpers;
#[path = "stories/hosted.rs"]
mod hosted;
#[path = "stories/installer.rs"]
mod installer;
#[path = "stories/ledger.rs"]
mod ledger;
#[path = "stories/machines.rs"]
mod machines;
#[path = "stories/own_helper.rs"]
mod own_helper;
#[path = "stories/pushes.rs"]
mod pushes;
#[path = "stories/refusals.rs"]
mod refusals;
#[path = "stories/renamed.rs"]
mod renamed;
#[path = "stories/services.rs"]
mod services;
#[path = "stories/transfers.rs"]
mod transfers;
