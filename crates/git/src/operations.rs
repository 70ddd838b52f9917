//! What Git's clients can ask for. The operation comes from the route alone: which advertisement is
//! wanted is part of a route's name, and each pack has a path of its own.

use jeton_app::Door;
use jeton_domain::{
    Access, ClassicScope, Event, Kinds, Least, Level, Operation, Requirement, Role, TargetKind,
};
use jeton_http::{Handler, Method, NO_PREFIX, Names, Route, Table};

use crate::{advertise, fetch, push};

/// Clone and fetch.
pub static FETCH: Operation = Operation {
    name: "git.fetch",
    sentence: "Clones a repository and fetches from it.",
    target: TargetKind::Repository,
    access: Access::Read,
    reads_public: true,
    sets: &[&[Requirement::new("contents", Level::Read)]],
    scopes: &[],
    least: Least::Repository(Role::Read),
    kinds: Kinds::SIGN_INS_AND_GRANTS.and_scoped().and_jobs(),
    confirm: false,
    about_itself: false,
    departs: false,
    events: &[],
};

/// Push.
pub static PUSH: Operation = Operation {
    name: "git.push",
    sentence: "Pushes to a repository.",
    target: TargetKind::Repository,
    access: Access::Write,
    reads_public: false,
    sets: &[&[Requirement::new("contents", Level::Write)]],
    scopes: &[ClassicScope::Repo, ClassicScope::PublicRepo],
    least: Least::Repository(Role::Write),
    kinds: Kinds::SIGN_INS_AND_GRANTS.and_scoped().and_jobs(),
    confirm: false,
    about_itself: false,
    departs: false,
    events: &[Event::GitPushIntent, Event::GitPush],
};

const INFO_REFS: &str = "/{owner}/{repo}/info/refs";
const REPOSITORY: Names = Names::GitRepository("owner", "repo");

/// The routes. Anything else below a repository's path, LFS included, is unknown.
pub static TABLE: Table = Table {
    door: Door::Git,
    prefixes: NO_PREFIX,
    strict_fields: false,
    routes: &[
        Route::with(
            Method::Get,
            INFO_REFS,
            &FETCH,
            REPOSITORY,
            Handler::Streaming(advertise::fetch),
        )
        .selected_by("service", "git-upload-pack")
        .answers(200, "git-upload-pack-advertisement"),
        Route::with(
            Method::Get,
            INFO_REFS,
            &PUSH,
            REPOSITORY,
            Handler::Streaming(advertise::push),
        )
        .selected_by("service", "git-receive-pack")
        .answers(200, "git-receive-pack-advertisement"),
        Route::with(
            Method::Post,
            "/{owner}/{repo}/git-upload-pack",
            &FETCH,
            REPOSITORY,
            Handler::Streaming(fetch::upload_pack),
        )
        .answers(200, "git-upload-pack-result"),
        Route::with(
            Method::Post,
            "/{owner}/{repo}/git-receive-pack",
            &PUSH,
            REPOSITORY,
            Handler::Streaming(push::receive_pack),
        )
        .answers(200, "git-receive-pack-result"),
    ],
};

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_holds_together() {
        assert_eq!(jeton_http::check(&[&TABLE]), Vec::<String>::new());
    }
}
