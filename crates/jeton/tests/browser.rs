//! The pages in Debian's Chromium, driven through chromedriver, against the whole server.
//!
//! Where no browser is installed every test says so and does nothing; `cargo xtask test browser` installs one where it
//! may, and counts what was left out.

#![allow(
    dead_code,
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
    clippy::print_stderr,
    clippy::unused_self,
    missing_docs,
    unreachable_pub,
    reason = "tests"
)]

mod support;

#[path = "pages/visitor.rs"]
mod visitor;

#[path = "browser/applications.rs"]
mod applications;
#[path = "browser/atlas.rs"]
mod atlas;
#[path = "browser/attacks.rs"]
mod attacks;
#[path = "browser/audit.rs"]
mod audit;
#[path = "browser/authenticator.rs"]
mod authenticator;
#[path = "browser/classic.rs"]
mod classic;
#[path = "browser/codes.rs"]
mod codes;
#[path = "browser/driver.rs"]
mod driver;
#[path = "browser/entrance.rs"]
mod entrance;
#[path = "browser/hand.rs"]
mod hand;
#[path = "browser/harness.rs"]
mod harness;
#[path = "browser/installer.rs"]
mod installer;
#[path = "browser/leaver.rs"]
mod leaver;
#[path = "browser/office.rs"]
mod office;
#[path = "browser/opening.rs"]
mod opening;
#[path = "browser/outside.rs"]
mod outside;
#[path = "browser/page.rs"]
mod page;
#[path = "browser/passkeys.rs"]
mod passkeys;
#[path = "stories_mail/sink.rs"]
mod sink;
#[path = "browser/slow.rs"]
mod slow;
#[path = "browser/stale.rs"]
mod stale;
#[path = "browser/town.rs"]
mod town;
#[path = "browser/typing.rs"]
mod typing;
