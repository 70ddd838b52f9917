//! Revoke, suspend, resume, delete: what is told afterwards, at once, and for ever.

use jeton_app::tokens::{self, RotateToken, TokenEdit};
use jeton_app::{App, AppError, Call};
use jeton_domain::{Span, TokenId};

use crate::outcome::{conflict, count, events, is_missing, refused};
use crate::world::{FETCH, FINE, World, plain};

/// WSO2 CVE-2026-3583: a cache must not outlive a revocation.
#[test]
fn a_revoked_token_is_refused_from_the_call_that_revoked_it_on() {
    let world = World::new();
    let token = world.approved("t");
    let (id, value) = (token.view.row.id, token.secret.expose());
    for _ in 0..3 {
        world.git(value, &FETCH, &world.labs).unwrap();
    }
    let call = world.call(value, &FETCH, &world.labs);
    assert!(
        world.app().permit_at_once(&call).is_some(),
        "answered from memory"
    );
    world.kit.advance(Span::from_hours(3));
    let before = events(&world.kit).len();
    tokens::revoke(world.app(), &world.own(&world.bob), id).unwrap();
    assert_eq!(world.told(value, &FETCH, &world.labs), (401, "revoked"));
    assert_eq!(
        world.told(value, &FETCH, &world.site),
        (401, "revoked"),
        "never anonymous again"
    );
    assert!(world.app().permit_at_once(&call).is_none());
    assert_eq!(
        events(&world.kit)[before..],
        [
            "personal_access_token.destroy",
            "personal_access_token.access_revoked"
        ],
        "its creator's log and its organization's"
    );
    assert_eq!(
        count(
            &world.kit,
            "SELECT COUNT(*) FROM feed WHERE kind = 'token.revoked'"
        ),
        1
    );
    assert!(world.tombstones().contains("token_revoked"));
    // Twice is once.
    tokens::revoke(world.app(), &world.own(&world.bob), id).unwrap();
    assert_eq!(events(&world.kit).len(), before + 2);
    assert_eq!(
        world.show(&world.bob, id).state,
        "revoked",
        "it stays listed"
    );
}

#[test]
fn revoked_never_comes_back() {
    let world = World::new();
    let token = world.approved("t");
    let (app, own, id) = (world.app(), world.own(&world.bob), token.view.row.id);
    tokens::suspend(app, &own, id).unwrap();
    tokens::revoke(app, &own, id).unwrap();
    assert_eq!(conflict(tokens::resume(app, &own, id)), "life");
    assert_eq!(conflict(tokens::suspend(app, &own, id)), "life");
    assert_eq!(
        conflict(tokens::rotate(app, &own, id, &RotateToken::default(), None)),
        "life"
    );
    assert_eq!(
        conflict(tokens::edit(app, &own, id, &TokenEdit::default())),
        "life"
    );
    assert_eq!(conflict(tokens::ask_again(app, &own, id, None)), "life");
    assert_eq!(
        world.told(token.secret.expose(), &FETCH, &world.labs),
        (401, "revoked")
    );
}

#[test]
fn suspending_and_resuming_twice_are_refused_alike() {
    let world = World::new();
    let (app, own) = (world.app(), world.own(&world.bob));
    let id = world.approved("t").view.row.id;
    let told = |result: Result<tokens::TokenView, AppError>| match result {
        Err(AppError::Conflict { code, message }) => (code, message),
        other => panic!("{other:?}"),
    };
    let resumed = told(tokens::resume(app, &own, id));
    assert_eq!(resumed, ("life", "The token is not suspended.".to_owned()));
    tokens::suspend(app, &own, id).unwrap();
    let logged = events(&world.kit);
    let suspended = told(tokens::suspend(app, &own, id));
    assert_eq!(
        suspended,
        ("life", "The token is suspended already.".to_owned())
    );
    assert_eq!(events(&world.kit), logged);
}

#[test]
fn a_suspended_token_is_refused_with_403_until_it_is_resumed() {
    let world = World::new();
    let token = world.approved("t");
    let (app, own, id, value) = (
        world.app(),
        world.own(&world.bob),
        token.view.row.id,
        token.secret.expose(),
    );
    world.git(value, &FETCH, &world.labs).unwrap();
    let before = events(&world.kit).len();
    assert_eq!(tokens::suspend(app, &own, id).unwrap().state, "suspended");
    for repository in [&world.labs, &world.site] {
        assert_eq!(
            world.told(value, &FETCH, repository),
            (403, "token_suspended")
        );
    }
    assert!(world.tombstones().contains("token_suspended"));
    assert_eq!(tokens::resume(app, &own, id).unwrap().state, "active");
    world.git(value, &FETCH, &world.labs).unwrap();
    assert!(world.tombstones().contains("token_resumed"));
    assert_eq!(
        events(&world.kit)[before..],
        [
            "personal_access_token.suspend",
            "personal_access_token.resume"
        ]
    );
    assert_eq!(conflict(tokens::resume(app, &own, id)), "life");
}

#[test]
fn a_deleted_token_leaves_the_list_and_its_value_is_known_as_revoked() {
    let world = World::new();
    let token = world.approved("t");
    let (app, own, id) = (world.app(), world.own(&world.bob), token.view.row.id);
    tokens::delete(app, &own, id).unwrap();
    assert!(
        tokens::list(app, &own, &[FINE], 0, 100)
            .unwrap()
            .0
            .is_empty()
    );
    assert!(is_missing(tokens::show(app, &own, id)));
    assert_eq!(
        world.told(token.secret.expose(), &FETCH, &world.site),
        (401, "revoked")
    );
    assert!(is_missing(tokens::delete(app, &own, id)));
    // Deleting what was revoked before is a change too.
    let other = world.create(&world.bob, &plain("other"));
    tokens::revoke(app, &own, other.view.row.id).unwrap();
    let before = events(&world.kit).len();
    tokens::delete(app, &own, other.view.row.id).unwrap();
    assert_eq!(
        events(&world.kit)[before..],
        ["personal_access_token.destroy"]
    );
}

type Verb = fn(&App, &Call, TokenId) -> Result<(), AppError>;

/// raystack/frontier 1895: the owner check is on the server, at every verb.
#[test]
fn no_verb_reaches_another_persons_token() {
    let world = World::new();
    let token = world.approved("t");
    let verbs: [(&str, Verb); 11] = [
        ("show", |app, call, id| {
            tokens::show(app, call, id).map(drop)
        }),
        ("edit", |app, call, id| {
            tokens::edit(app, call, id, &TokenEdit::default()).map(drop)
        }),
        ("rotate", |app, call, id| {
            tokens::rotate(app, call, id, &RotateToken::default(), None).map(drop)
        }),
        ("finish", |app, call, id| {
            tokens::finish(app, call, id).map(drop)
        }),
        ("suspend", |app, call, id| {
            tokens::suspend(app, call, id).map(drop)
        }),
        ("resume", |app, call, id| {
            tokens::resume(app, call, id).map(drop)
        }),
        ("revoke", |app, call, id| {
            tokens::revoke(app, call, id).map(drop)
        }),
        ("delete", |app, call, id| {
            tokens::delete(app, call, id).map(drop)
        }),
        ("ask", |app, call, id| {
            tokens::ask_again(app, call, id, None).map(drop)
        }),
        ("cancel", |app, call, id| {
            tokens::cancel_request(app, call, id).map(drop)
        }),
        ("usage", |app, call, id| {
            tokens::usage(app, call, id, 24).map(drop)
        }),
    ];
    let before = events(&world.kit).len();
    for (verb, act) in verbs {
        // The organization's owner included: what owners may, they may by its grants.
        for person in [&world.eve, &world.ann] {
            assert!(
                is_missing(act(world.app(), &world.own(person), token.view.row.id)),
                "{verb}"
            );
        }
    }
    assert_eq!(events(&world.kit).len(), before);
    world
        .git(token.secret.expose(), &FETCH, &world.labs)
        .unwrap();
}

#[test]
fn a_suspended_persons_token_is_refused_with_403_and_a_deleted_persons_is_over() {
    let world = World::new();
    let token = world.approved("t");
    let value = token.secret.expose();
    world.git(value, &FETCH, &world.labs).unwrap();
    jeton_app::admin::suspend_user(world.app(), "bob").unwrap();
    assert_eq!(
        world.told(value, &FETCH, &world.labs),
        (403, "account_suspended")
    );
    assert_eq!(
        refused(tokens::list(
            world.app(),
            &world.own(&world.bob),
            &[FINE],
            0,
            100
        )),
        (403, "account_suspended")
    );
    jeton_app::admin::resume_user(world.app(), "bob").unwrap();
    assert_eq!(world.told(value, &FETCH, &world.labs), (200, "ok"));
}
