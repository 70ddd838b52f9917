//! What repositories hold, read and written over REST, with the real git beside it.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::disallowed_methods,
    clippy::similar_names,
    clippy::too_many_lines,
    clippy::format_collect,
    clippy::format_push_string,
    clippy::needless_pass_by_value,
    missing_docs,
    unreachable_pub,
    unused_macros,
    reason = "tests"
)]

mod support;

#[path = "repository_data/downloads.rs"]
mod downloads;
#[path = "repository_data/edges.rs"]
mod edges;
#[path = "repository_data/files.rs"]
mod files;
#[path = "repository_data/hostile.rs"]
mod hostile;
#[path = "repository_data/reading.rs"]
mod reading;
#[path = "repository_data/renamed_branches.rs"]
mod renamed_branches;
#[allow(dead_code, reason = "the pages use the rest")]
#[path = "pages/visitor.rs"]
mod visitor;
#[path = "repository_data/workflows.rs"]
mod workflows;
#[path = "repository_data/world.rs"]
mod world;
#[path = "repository_data/writing.rs"]
mod writing;
#[path = "repository_data/written_refs.rs"]
mod written_refs;
