//! The pages' door, page by page: who is let in, what a form must carry, what no answer may tell. What a browser does with
//! the pages is tested in a browser.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::disallowed_methods,
    clippy::format_push_string,
    dead_code,
    unused_macros,
    missing_docs,
    unreachable_pub,
    reason = "tests"
)]

mod support;

#[path = "pages/visitor.rs"]
mod visitor;

#[path = "pages/applications.rs"]
mod applications;
#[path = "pages/children.rs"]
mod children;
#[path = "pages/classic.rs"]
mod classic;
#[path = "pages/conditions.rs"]
mod conditions;
#[path = "pages/door.rs"]
mod door;
#[path = "pages/forms.rs"]
mod forms;
#[path = "pages/hooks.rs"]
mod hooks;
#[path = "pages/invited.rs"]
mod invited;
#[path = "pages/jobs.rs"]
mod jobs;
#[path = "pages/life.rs"]
mod life;
#[path = "pages/lists.rs"]
mod lists;
#[path = "pages/npm.rs"]
mod npm;
#[path = "pages/packages.rs"]
mod packages;
#[path = "pages/pictures.rs"]
mod pictures;
#[path = "pages/requests.rs"]
mod requests;
#[path = "pages/review.rs"]
mod review;
#[path = "pages/said.rs"]
mod said;
#[path = "pages/second_factor.rs"]
mod second_factor;
#[path = "pages/secrets.rs"]
mod secrets;
#[path = "pages/services.rs"]
mod services;
#[path = "pages/stale.rs"]
mod stale;
#[path = "pages/tokens.rs"]
mod tokens;
#[path = "pages/told.rs"]
mod told;
#[path = "pages/workload.rs"]
mod workload;
