//! Signing npm in by the browser: who asked is shown, and whoever asked is given a classic token for packages, once.

use jeton_app::emergency::{self, Aim, Target};
use jeton_app::packages::{
    self, AskedBy, Begun, Fetched, SignInLevel, begin_sign_in, fetch_sign_in, look_at_sign_in,
};
use jeton_app::tokens::{self, ExpiryWish, NewClassicToken};
use jeton_app::{AppError, Call, Carried, Named, sign_in};
use jeton_domain::{CredentialKind, Rule, SitePolicy, Span};
use jeton_testkit::operations;

use crate::outcome::{events, fault, refused};
use crate::world::{FETCH, World};

const BY: AskedBy<'static> = AskedBy {
    command: "login",
    hostname: "laptop\u{202e}\n",
};

fn npm(world: &World) -> Call {
    world
        .kit
        .call(&operations::SITE, Named::Site, Carried::Nothing)
}

fn begin(world: &World) -> Begun {
    begin_sign_in(world.app(), &npm(world), BY).unwrap()
}

fn wish(name: &str) -> NewClassicToken {
    NewClassicToken {
        name: name.to_owned(),
        // What a page could be made to send: the level alone says what the token may.
        scopes: vec!["repo".to_owned()],
        expires_in: Some(ExpiryWish::Days(30)),
        ..NewClassicToken::default()
    }
}

fn allow(world: &World, begun: &Begun, level: SignInLevel, name: &str) -> Result<(), AppError> {
    let bob = world.own(&world.bob);
    packages::allow(world.app(), &bob, begun.page.expose(), level, wish(name))
}

fn fetch(world: &World, begun: &Begun) -> Result<Fetched, AppError> {
    fetch_sign_in(world.app(), &npm(world), begun.done.expose())
}

fn is_missing<T>(result: Result<T, AppError>) -> bool {
    result.is_err_and(|error| matches!(error, AppError::Missing("sign-in of npm")))
}

#[test]
fn npm_is_given_what_its_person_allowed_once() {
    let world = World::new();
    let begun = begin(&world);
    assert!(matches!(fetch(&world, &begun), Ok(Fetched::Waiting)));
    let bob = world.own(&world.bob);
    let question = look_at_sign_in(world.app(), &bob, begun.page.expose()).unwrap();
    assert_eq!(question.command, "login");
    assert_eq!(question.hostname, "laptop ");
    assert_eq!(question.address.as_deref(), Some("192.0.2.7"));
    assert!(!question.elsewhere);
    let elsewhere = Call {
        address: "198.51.100.1".parse().ok(),
        ..bob.clone()
    };
    let question = look_at_sign_in(world.app(), &elsewhere, begun.page.expose()).unwrap();
    assert!(question.elsewhere);
    allow(&world, &begun, SignInLevel::Delete, "npm").unwrap();
    // Answered is answered.
    assert!(is_missing(allow(
        &world,
        &begun,
        SignInLevel::Read,
        "again"
    )));
    assert!(is_missing(packages::deny(
        world.app(),
        &bob,
        begun.page.expose()
    )));
    assert!(is_missing(look_at_sign_in(
        world.app(),
        &bob,
        begun.page.expose()
    )));
    let Ok(Fetched::Token(secret)) = fetch(&world, &begun) else {
        panic!("no token");
    };
    assert!(is_missing(fetch(&world, &begun)));
    let (made, _) = tokens::list(world.app(), &bob, &[CredentialKind::Classic], 0, 9).unwrap();
    assert_eq!(made.len(), 1);
    assert_eq!(made[0].row.name, "npm");
    assert_eq!(
        made[0].row.scopes.to_string(),
        "write:packages, delete:packages"
    );
    let end = world.app().now().after(Span::from_days(30));
    assert_eq!(made[0].secrets[0].expiry.moment(), Some(end));
    assert_eq!(
        world.told(secret.expose(), &FETCH, &world.labs),
        (404, "scope_missing")
    );
    assert_eq!(
        events(&world.kit),
        ["registry_sign_in.approve", "personal_access_token.create"]
    );
}

#[test]
fn a_yes_takes_a_confirmed_sign_in_and_a_no_takes_none() {
    let world = World::new();
    world.kit.advance(Span::from_hours(13));
    let begun = begin(&world);
    let yes = allow(&world, &begun, SignInLevel::Read, "npm");
    assert_eq!(refused(yes), (403, "confirmation_needed"));
    assert!(matches!(fetch(&world, &begun), Ok(Fetched::Waiting)));
    packages::deny(world.app(), &world.own(&world.bob), begun.page.expose()).unwrap();
    assert!(is_missing(fetch(&world, &begun)));
    assert_eq!(events(&world.kit), ["registry_sign_in.deny"]);
}

#[test]
fn what_is_late_or_was_never_asked_is_missing() {
    let world = World::new();
    let (early, late) = (begin(&world), begin(&world));
    allow(&world, &early, SignInLevel::Read, "npm").unwrap();
    world.kit.advance(Span::from_minutes(10));
    assert!(is_missing(fetch(&world, &early)));
    assert!(is_missing(allow(&world, &late, SignInLevel::Read, "late")));
    assert!(is_missing(fetch(&world, &late)));
    let fresh = begin(&world);
    // What the page is found by fetches nothing, and the other way round.
    let swapped = Begun {
        done: fresh.page.clone(),
        page: fresh.done.clone(),
    };
    assert!(is_missing(fetch(&world, &swapped)));
    assert!(is_missing(allow(&world, &swapped, SignInLevel::Read, "x")));
    for junk in ["", "x", "0000000000000000000000000000000000000000", "\0"] {
        assert!(is_missing(fetch_sign_in(world.app(), &npm(&world), junk)));
        let bob = world.own(&world.bob);
        assert!(is_missing(look_at_sign_in(world.app(), &bob, junk)));
    }
}

#[test]
fn who_may_have_no_classic_token_has_none_by_npm_either() {
    let world = World::new();
    let (begun, allowed) = (begin(&world), begin(&world));
    allow(&world, &allowed, SignInLevel::Read, "npm").unwrap();
    world.site_policy(&SitePolicy {
        classic_allowed: Rule::Force(false),
        ..SitePolicy::default()
    });
    let no = allow(&world, &begun, SignInLevel::Read, "other");
    assert_eq!(fault(no), ("scopes", "invalid"));
    assert!(is_missing(fetch(&world, &allowed)));
}

#[test]
fn a_name_that_was_given_away_meanwhile_is_not_given_twice() {
    let world = World::new();
    let begun = begin(&world);
    let taken = wish("npm");
    tokens::create_classic(world.app(), &world.own(&world.bob), &taken, None).unwrap();
    let no = allow(&world, &begun, SignInLevel::Read, "NPM");
    assert_eq!(fault(no), ("name", "already_exists"));
    allow(&world, &begun, SignInLevel::Read, "other").unwrap();
    tokens::create_classic(world.app(), &world.own(&world.bob), &wish("other"), None).unwrap();
    assert!(is_missing(fetch(&world, &begun)));
}

#[test]
fn somebody_who_was_suspended_meanwhile_gives_nothing() {
    let world = World::new();
    let begun = begin(&world);
    allow(&world, &begun, SignInLevel::Read, "npm").unwrap();
    world.change("UPDATE accounts SET state = 'suspended', suspended_at = 1 WHERE login = 'bob'");
    assert!(is_missing(fetch(&world, &begun)));
}

#[test]
fn a_network_begins_so_many_and_no_more() {
    let world = World::new();
    for _ in 0..1000 {
        begin(&world);
    }
    let more = begin_sign_in(world.app(), &npm(&world), BY);
    assert!(matches!(more, Err(AppError::TooMany { .. })), "{more:?}");
}

#[test]
fn what_was_allowed_and_not_fetched_ends_with_the_sign_ins_and_in_an_emergency() {
    let world = World::new();
    let olga = world.kit.administrator("olga");
    let struck = |user: Option<&str>| {
        let call = world.kit.by(&olga, &operations::ADMINISTRATOR, Named::Site);
        let aim = Aim {
            kinds: [Target::Classic].into(),
            user: user.map(str::to_owned),
            before: user.is_none().then(|| world.app().now()),
            ..Aim::default()
        };
        emergency::strike(world.app(), &call, &aim, "a laptop was stolen").unwrap();
    };
    let begun = begin(&world);
    allow(&world, &begun, SignInLevel::Delete, "npm").unwrap();
    struck(Some("ann"));
    assert!(
        matches!(fetch(&world, &begun), Ok(Fetched::Token(_))),
        "another's"
    );
    for (user, name) in [(Some("bob"), "one"), (None, "two")] {
        let (begun, waits) = (begin(&world), begin(&world));
        allow(&world, &begun, SignInLevel::Delete, name).unwrap();
        struck(user);
        assert!(is_missing(fetch(&world, &begun)), "{user:?}");
        assert!(matches!(fetch(&world, &waits), Ok(Fetched::Waiting)));
    }
    let (begun, ends) = (begin(&world), world.own(&world.bob));
    allow(&world, &begun, SignInLevel::Delete, "three").unwrap();
    sign_in::sign_out_others(world.app(), &ends).unwrap();
    assert!(is_missing(fetch(&world, &begun)));
}
