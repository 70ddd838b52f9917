//! What answers say to people: which field and what it takes, which parameter, what mends a refusal.

#![allow(
    clippy::too_many_lines,
    clippy::similar_names,
    clippy::type_complexity,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::disallowed_methods,
    clippy::format_push_string,
    missing_docs,
    unreachable_pub,
    unused_macros,
    reason = "tests"
)]

mod support;
#[path = "pages/visitor.rs"]
#[allow(dead_code, reason = "signs in and lets an application in, and no more")]
mod visitor;

#[path = "answers/activity.rs"]
mod activity;
#[path = "answers/ends.rs"]
mod ends;
#[path = "answers/fields.rs"]
mod fields;
#[path = "answers/manners.rs"]
mod manners;
#[path = "answers/mends.rs"]
mod mends;
#[path = "answers/reasons.rs"]
mod reasons;
#[path = "answers/world.rs"]
mod world;
