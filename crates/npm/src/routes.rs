//! The paths that npm, pnpm and yarn ask.

use jeton_app::{Door, packages};
use jeton_http::{Field, Form, Handler, Method, Names, Route, Table};

use crate::operations::{
    ADVISORIES, CHANGE_PROFILE, END_TOKEN, KEEP_TEAM, LOGGED_IN, LOGIN as BEGIN, MAKE_TOKEN,
    OF_TEAM, PERSON, PING, PROFILE, SEARCH, SIGN_IN, SIGN_OUT, TOKENS, WHOAMI,
};
use crate::{access, advisories, packument, publish, remove, search, session, tags, tokens};

const PACKAGE: Names = Names::Package("scope", "name");

const ACCESS: &[Field] = &[Field::needed(
    "access",
    Form::OneOf(&["public", "internal", "private", "restricted"]),
    "Who sees the package without a role.",
)];
const TEAM_ROLE: &[Field] = &[
    Field::needed("package", Form::Text, "The package: `@organization/name`."),
    Field::optional(
        "permissions",
        Form::OneOf(&["read-only", "read-write", "admin"]),
        "What the team may do; nothing, where it is taken away.",
    ),
];
const LOGIN: &[Field] = &[
    Field::needed("name", Form::Text, "The person's name."),
    Field::needed(
        "password",
        Form::Text,
        "A token of theirs, and never the password of an account.",
    ),
];

const BROWSER: &[Field] = &[Field::optional(
    "hostname",
    Form::Text,
    "What the computer calls itself.",
)];

/// Below `/npm`. Anything else is unknown, names without a scope among it.
pub static TABLE: Table = Table {
    door: Door::Npm,
    prefixes: &["/npm"],
    strict_fields: false,
    routes: &[
        Route::new(Method::Get, "/-/ping", &PING, Names::Site, session::ping),
        Route::new(
            Method::Get,
            "/-/whoami",
            &WHOAMI,
            Names::Own,
            session::whoami,
        )
        .answers(200, "NpmPerson"),
        Route::new(
            Method::Get,
            "/-/npm/v1/tokens",
            &TOKENS,
            Names::Own,
            tokens::list,
        )
        .answers(200, "NpmTokens"),
        Route::new(
            Method::Delete,
            "/-/npm/v1/tokens/token/{token_id}",
            &END_TOKEN,
            Names::Own,
            tokens::end,
        )
        .rule(|unit, acting, input| packages::may_end_token(unit, acting, tokens::id(input)?))
        .answers(204, ""),
        Route::new(
            Method::Post,
            "/-/v1/login",
            &BEGIN,
            Names::Site,
            session::begin,
        )
        .open()
        .body(BROWSER)
        .answers(200, "NpmLogin"),
        Route::new(
            Method::Get,
            "/-/v1/done/{code}",
            &LOGGED_IN,
            Names::Site,
            session::done,
        )
        .open()
        .answers(200, "NpmLoggedIn")
        .or_answers(202),
        Route::new(
            Method::Get,
            "/-/npm/v1/user",
            &PROFILE,
            Names::Own,
            session::profile,
        )
        .answers(200, "NpmProfile"),
        Route::new(
            Method::Post,
            "/-/npm/v1/user",
            &CHANGE_PROFILE,
            Names::Site,
            session::change_profile,
        )
        .rule(|_, acting, _| packages::may_change_profile(acting))
        .answers(204, ""),
        Route::new(
            Method::Post,
            "/-/npm/v1/tokens",
            &MAKE_TOKEN,
            Names::Site,
            session::make_token,
        )
        .rule(|_, acting, _| packages::may_make_token(acting))
        .answers(204, ""),
        Route::new(
            Method::Delete,
            "/-/user/token/{token}",
            &SIGN_OUT,
            Names::Site,
            session::sign_out,
        )
        .open()
        .answers(200, "NpmDone"),
        Route::new(
            Method::Get,
            "/-/user/{user}",
            &PERSON,
            Names::Site,
            session::person,
        )
        .answers(200, "NpmPersonNamed"),
        Route::new(
            Method::Put,
            "/-/user/{user}",
            &SIGN_IN,
            Names::Site,
            session::sign_in,
        )
        .body(LOGIN)
        .answers(201, "NpmSignIn"),
        Route::new(
            Method::Get,
            "/-/v1/search",
            &SEARCH,
            Names::Site,
            search::search,
        )
        .query(&[
            Field::optional("text", Form::Text, "Words that names hold."),
            Field::optional(
                "size",
                Form::Number,
                "How many: 20, if not said, and at most 250.",
            ),
            Field::optional("from", Form::Number, "How many are left out before."),
        ])
        .narrowed()
        .answers(200, "NpmSearch"),
        Route::with(
            Method::Post,
            "/-/npm/v1/security/advisories/bulk",
            &ADVISORIES,
            Names::Site,
            Handler::Streaming(advisories::bulk),
        )
        .answers(200, "NpmAdvisories"),
        Route::new(
            Method::Get,
            "/-/npm/v1/attestations/{scope}/{name}",
            &packages::GET,
            PACKAGE,
            packument::attestations,
        )
        .answers(200, "NpmAttestations"),
        Route::new(
            Method::Get,
            "/-/package/{scope}/{name}/dist-tags",
            &packages::GET,
            PACKAGE,
            tags::list,
        )
        .answers(200, "NpmTags"),
        Route::with(
            Method::Put,
            "/-/package/{scope}/{name}/dist-tags/{tag}",
            &packages::TAG,
            PACKAGE,
            Handler::Streaming(tags::put),
        )
        .answers(201, "NpmDone"),
        Route::with(
            Method::Post,
            "/-/package/{scope}/{name}/dist-tags/{tag}",
            &packages::TAG,
            PACKAGE,
            Handler::Streaming(tags::put),
        )
        .answers(201, "NpmDone"),
        Route::new(
            Method::Delete,
            "/-/package/{scope}/{name}/dist-tags/{tag}",
            &packages::UNTAG,
            PACKAGE,
            tags::remove,
        )
        .answers(200, "NpmDone"),
        Route::new(
            Method::Get,
            "/-/package/{scope}/{name}/visibility",
            &packages::GET,
            PACKAGE,
            access::visibility,
        )
        .answers(200, "NpmVisibility"),
        Route::new(
            Method::Post,
            "/-/package/{scope}/{name}/access",
            &packages::SET_VISIBILITY,
            PACKAGE,
            access::set,
        )
        .body(ACCESS)
        .rule(|unit, acting, _| packages::may_set_visibility(unit, acting))
        .answers(200, "NpmDone"),
        Route::new(
            Method::Get,
            "/-/package/{scope}/{name}/collaborators",
            &packages::COLLABORATORS,
            PACKAGE,
            access::collaborators,
        )
        .query(&[Field::optional("user", Form::Text, "Only this person.")])
        .answers(200, "NpmRoles"),
        Route::new(
            Method::Get,
            "/-/team/{org}/{team}/package",
            &OF_TEAM,
            Names::Organization("org"),
            access::of_team,
        )
        .narrowed()
        .answers(200, "NpmRoles"),
        Route::new(
            Method::Put,
            "/-/team/{org}/{team}/package",
            &KEEP_TEAM,
            Names::Organization("org"),
            access::grant,
        )
        .body(TEAM_ROLE)
        .answers(201, "NpmDone"),
        Route::new(
            Method::Delete,
            "/-/team/{org}/{team}/package",
            &KEEP_TEAM,
            Names::Organization("org"),
            access::revoke,
        )
        .body(TEAM_ROLE)
        .answers(200, "NpmDone"),
        Route::new(
            Method::Get,
            "/-/org/{org}/package",
            &packages::OF_ORGANIZATION,
            Names::Organization("org"),
            access::of_organization,
        )
        .narrowed()
        .answers(200, "NpmRoles"),
        Route::new(
            Method::Get,
            "/-/user/{user}/package",
            &packages::OF_USER,
            Names::Site,
            access::of_user,
        )
        .narrowed()
        .answers(200, "NpmRoles"),
        Route::with(
            Method::Get,
            "/{scope}/{name}",
            &packages::GET,
            PACKAGE,
            Handler::Quick {
                at_once: packument::packument_at_once,
                blocking: packument::packument,
            },
        )
        .answers(200, "NpmPackage"),
        Route::with(
            Method::Put,
            "/{scope}/{name}",
            &packages::PUBLISH,
            Names::NewPackage("scope", "name"),
            Handler::Streaming(publish::put),
        )
        .answers(201, "NpmDone")
        .or_answers(200),
        Route::new(
            Method::Get,
            "/{scope}/{name}/{version}",
            &packages::GET,
            PACKAGE,
            packument::version,
        )
        .answers(200, "NpmVersion"),
        Route::with(
            Method::Get,
            "/{scope}/{name}/-/{file}",
            &packages::GET,
            PACKAGE,
            Handler::Quick {
                at_once: packument::tarball_at_once,
                blocking: packument::tarball,
            },
        )
        .gives_file(&["application/octet-stream"]),
        Route::new(
            Method::Delete,
            "/{scope}/{name}/-/{file}/-rev/{rev}",
            &packages::REMOVE,
            PACKAGE,
            remove::file,
        )
        .answers(200, "NpmDone"),
        Route::with(
            Method::Put,
            "/{scope}/{name}/-rev/{rev}",
            &packages::REMOVE,
            PACKAGE,
            Handler::Streaming(publish::put_revision),
        )
        .answers(200, "NpmDone"),
        Route::new(
            Method::Delete,
            "/{scope}/{name}/-rev/{rev}",
            &packages::REMOVE,
            PACKAGE,
            remove::package,
        )
        .answers(200, "NpmDone"),
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
