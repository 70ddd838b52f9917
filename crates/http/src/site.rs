//! Routes that every listener has: whether the server lives, whether it is ready, and what its tokens
//! look like.

#![expect(
    clippy::unnecessary_wraps,
    reason = "a handler's form is the table's, whether it can fail or not"
)]

use jeton_app::{App, AppError, Call, Carried, Door};
use jeton_domain::{Access, Kinds, Least, Operation, TargetKind};
use jeton_token::{Kind, pattern};
use serde_json::json;

use crate::answer::Answer;
use crate::input::Input;
use crate::route::{Handler, Method, NO_PREFIX, Names, Route, Table};

/// The table.
pub static SITE: Table = Table {
    door: Door::Api,
    prefixes: NO_PREFIX,
    strict_fields: false,
    routes: &[
        Route::with(
            Method::Get,
            "/healthz",
            &HEALTH,
            Names::Site,
            Handler::Quick {
                at_once: |_, call, _| {
                    matches!(call.carried, Carried::Nothing).then(|| Ok(Answer::text(200, "ok\n")))
                },
                blocking: health,
            },
        )
        .answers(200, "text"),
        Route::new(Method::Get, "/readyz", &READY, Names::Site, ready).answers(200, "text"),
        Route::new(
            Method::Get,
            "/.well-known/jeton-tokens",
            &TOKEN_FORMATS,
            Names::Site,
            token_formats,
        )
        .answers(200, "TokenFormats"),
    ],
};

const fn public(name: &'static str, sentence: &'static str) -> Operation {
    Operation {
        name,
        sentence,
        target: TargetKind::Site,
        access: Access::Read,
        reads_public: true,
        sets: &[&[]],
        scopes: &[],
        least: Least::Anyone,
        kinds: Kinds::SIGN_INS_AND_GRANTS.and_scoped().and_jobs(),
        confirm: false,
        about_itself: false,
        departs: false,
        events: &[],
    }
}

static HEALTH: Operation = public("site.health", "Tells that the server runs.");
static READY: Operation = public(
    "site.ready",
    "Tells whether the server can serve: its database answers, and the disk has room.",
);
static TOKEN_FORMATS: Operation = public(
    "site.token_formats",
    "Tells what this server's tokens look like, for scanners.",
);

/// What a credential is decided for where no route is. In no table: it leads nowhere.
pub(crate) static NOWHERE: Operation = public("site.nowhere", "Nothing: there is no route.");

// A probe must not fail because a limit is used up or the database is away: without a credential it is
// answered from nothing. With one it is decided as everything is, so that a credential that fails is
// refused here too.
fn health(_: &App, _: &Call, _: &Input) -> Result<Answer, AppError> {
    Ok(Answer::text(200, "ok\n"))
}

fn ready(app: &App, _: &Call, _: &Input) -> Result<Answer, AppError> {
    app.changes()?;
    // Nearly full is told before it is full: what takes power away still works then, and nothing else.
    app.room()?;
    Ok(Answer::text(200, "ready\n"))
}

fn token_formats(app: &App, _: &Call, _: &Input) -> Result<Answer, AppError> {
    let kinds: Vec<_> = Kind::ALL
        .into_iter()
        .map(|kind| {
            json!({
                "kind": kind.name(),
                "prefix": kind.prefix(),
                "length": kind.length(),
                "pattern": pattern(kind),
            })
        })
        .collect();
    let url = app.public_url();
    Ok(Answer::ok(&json!({
        "instance": app.instance().as_str(),
        "kinds": kinds,
        "checksum": {
            "algorithm": "CRC-32/IEEE",
            "over": "every byte after the prefix and before the checksum, an inner `_` included",
            "encoding": "base62, digits `0-9A-Za-z`, most significant first, padded with `0` to six characters",
            "position": "the last six characters",
        },
        "instance_position": "the four characters after `jeton_pat_` name the server that issued the token",
        "report": format!("{url}/api/v3/credentials/revoke"),
    })))
}
