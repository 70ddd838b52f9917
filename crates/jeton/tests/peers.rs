//! How others failed, row by row: each test names the case it stands for, what slipped there, and
//! what is proved here. The doors are REST, Git over HTTPS, the command line and the operator's
//! socket.
//!
//! | case | where |
//! |---|---|
//! | Gitea GHSA-cc8w-r4qh-3v65 | `carriers::a_scope_holds_whatever_carries_the_token` |
//! | GHSA-9r5x-wg6m-x2rc | `carriers::the_kind_survives_every_carrier`, `applications::its_scopes_hold_whatever_carries_it` |
//! | GHSA-683j-3ff6-hh2x | `carriers::no_token_makes_anything_wider_than_itself`, `applications::it_makes_nothing_wider_and_lets_nobody_in` |
//! | GHSA-3pww-vcvm-3gmj (feeds, archives, raw files, badges) | no such door yet; `paths` proves that none of them is there |
//! | GHSA-cp3q-vrj2-ghhh (pages) | no such door yet; `paths` proves that none is there |
//! | GHSA-mg4f-x9v4-6h2p (OIDC userinfo) | no such door yet; REST's own identity routes: `carriers::identity_routes_take_their_permissions` |
//! | GHSA-fq2p-5p22-8g6j and two more | `lists` |
//! | GHSA-f85h-c7m6-cfpm (npm) | `packages/rules.rs`: `levels_and_scopes_are_those_that_each_operation_takes_whatever_carries_it` |
//! | Gitea PR 37714 | `ends::nothing_derived_outlives_the_block_of_its_person` |
//! | Gitea PR 24362 | `carriers::a_token_with_nothing_opens_no_door`; every route: `walk.rs` |
//! | GHSA-7wvc-rvp7-w99x | `paths::an_unknown_lfs_verb_is_refused` |
//! | Verdaccio before 6.7.3 / 8.0.3 | `restrictions` |
//! | Codeberg, Forgejo 1.20 | `growth` |
//! | GitLab incident 16047 | `ends::late_use_and_late_reports_harm_no_live_value` |
//! | GitLab incident 18003 (forecast, spread, dry run) | not built yet; what holds: `restrictions::a_shorter_maximum_ends_no_token` |
//! | raystack/frontier 1895 | `carriers::nobody_reaches_into_another_organization` |
//! | Zitadel 2702 (audience) | workload tokens have no door yet; of another server's: `carriers::another_servers_token_is_nobodys` |
//! | OneDev, Omicron device tokens | `dump`, `applications::a_dump_holds_nothing_of_it` |
//! | soft-serve 27f52459 | `paths::the_operation_comes_from_the_route_alone` |
//! | soft-serve `withAccess` | `hidden`; bytes at every route: `walk.rs` |
//! | soft-serve `auth.go` | `ends::an_expired_token_never_becomes_anonymous` |
//! | MAS, October 2025 | `effects::of_many_at_once_exactly_one_takes_a_name`; every constraint: `constraints.rs` of the store |
//! | MAS, two expiry rules | `ends::it_ends_at_the_same_instant_at_both_doors` |
//! | crates.io (mail before the insert) | mail has no door yet; `effects::nothing_happens_before_the_commit` |
//! | WSO2 CVE-2026-3583 | `revocation`; several nodes are not built yet |
//! | go-git servers | `paths::hostile_names_reach_nothing` |

#![allow(
    clippy::too_many_lines,
    clippy::pedantic,
    clippy::print_stdout,
    clippy::print_stderr,
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
#[path = "pages/visitor.rs"]
#[allow(dead_code, reason = "lets an application in, and no more")]
mod visitor;

#[path = "peers/applications.rs"]
mod applications;
#[path = "peers/carriers.rs"]
mod carriers;
#[path = "peers/confined.rs"]
mod confined;
#[path = "peers/dump.rs"]
mod dump;
#[path = "peers/effects.rs"]
mod effects;
#[path = "peers/ends.rs"]
mod ends;
#[path = "peers/growth.rs"]
mod growth;
#[path = "peers/hidden.rs"]
mod hidden;
#[path = "peers/lists.rs"]
mod lists;
#[path = "peers/paths.rs"]
mod paths;
#[path = "peers/renamed.rs"]
mod renamed;
#[path = "peers/restrictions.rs"]
mod restrictions;
#[path = "peers/revocation.rs"]
mod revocation;
#[path = "peers/scopes.rs"]
mod scopes;
#[path = "peers/world.rs"]
mod world;
