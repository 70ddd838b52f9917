//! The device flow.

use jeton_app::AppError;
use jeton_app::oauth::{self, ClientProof, OauthRefusal};
use jeton_domain::Span;

use crate::outcome::{events, refused};
use crate::world::{GH, World};

#[test]
fn gh_signs_in_with_a_code_that_its_person_types() {
    let world = World::new();
    let (app, nobody) = (world.app(), world.nobody());
    let codes = oauth::begin(app, &nobody, GH, "repo read:org gist")
        .unwrap()
        .unwrap();
    assert_eq!(codes.user.len(), 9);
    let fetch = || oauth::fetch(app, &nobody, GH, codes.device.expose()).unwrap();
    assert_eq!(fetch().unwrap_err(), OauthRefusal::PENDING);
    // However it is written.
    let typed = codes.user.to_lowercase().replace('-', " ");
    let question = oauth::look(app, &world.own(&world.bob), &typed).unwrap();
    assert_eq!(question.application.name, "GitHub CLI");
    assert_eq!(question.scopes.to_string(), "repo, read:org, gist");
    oauth::answer(app, &world.own(&world.bob), &typed, true).unwrap();
    world.kit.advance(Span::from_seconds(5));
    let issued = fetch().unwrap();
    let value = issued.access.expose();
    assert!(value.starts_with("jto_") && issued.refresh.is_none());
    assert_eq!(world.told(value, &world.notes), (200, "ok"));
    // Once.
    assert_eq!(fetch().unwrap_err(), OauthRefusal::DEVICE_CODE);
    assert_eq!(
        events(&world.kit),
        ["oauth_authorization.create", "oauth_access.create"]
    );
}

/// `gh auth login --expiring`, and any client that is newer than this server.
#[test]
fn gh_asks_for_a_token_that_it_refreshes_and_unknown_scopes_are_left_out() {
    let world = World::new();
    // Who does not ask for it has a token that stays.
    assert!(world.device(GH, "repo root").refresh.is_none());
    let issued = world.device(GH, "repo read:org gist root offline_access");
    assert_eq!(issued.scopes.to_string(), "repo, read:org, gist");
    assert_eq!(issued.expires_in(), Some(8 * 3600));
    world.kit.advance(Span::from_hours(8));
    let ended = issued.access.expose();
    assert_eq!(world.told(ended, &world.notes), (401, "expired"));
    let gh = ClientProof {
        client_id: GH.to_owned(),
        client_secret: None,
    };
    let refresh = issued.refresh.as_ref().unwrap().expose();
    let second = oauth::refresh(world.app(), &world.nobody(), &gh, refresh)
        .unwrap()
        .unwrap();
    let value = second.access.expose();
    assert_eq!(world.told(value, &world.notes), (200, "ok"));
}

#[test]
fn it_reaches_nothing_of_an_organization_that_did_not_let_it_in() {
    let world = World::new();
    let issued = world.device(GH, "repo");
    let value = issued.access.expose();
    let refused = (403, "application_not_approved");
    assert_eq!(world.told(value, &world.labs), refused);
    oauth::ask(world.app(), &world.member(), GH).unwrap();
    assert_eq!(world.told(value, &world.labs), refused);
    let waiting = oauth::approvals(world.app(), &world.owner()).unwrap();
    assert_eq!(waiting[0].asked_by.as_deref(), Some("bob"));
    let id = waiting[0].application.id;
    oauth::decide_application(world.app(), &world.owner(), id, true).unwrap();
    assert_eq!(world.told(value, &world.labs), (200, "ok"));
    oauth::decide_application(world.app(), &world.owner(), id, false).unwrap();
    assert_eq!(world.told(value, &world.labs), refused);
    assert_eq!(world.told(value, &world.notes), (200, "ok"));
}

#[test]
fn a_yes_takes_a_confirmed_sign_in_and_a_no_takes_none() {
    let world = World::new();
    let (app, nobody) = (world.app(), world.nobody());
    let begin = || oauth::begin(app, &nobody, GH, "repo").unwrap().unwrap();
    world.kit.advance(Span::from_hours(13));
    let codes = begin();
    let bob = world.own(&world.bob);
    let yes = oauth::answer(app, &bob, &codes.user, true);
    assert_eq!(refused(yes), (403, "confirmation_needed"));
    oauth::answer(app, &bob, &codes.user, false).unwrap();
    let fetched = oauth::fetch(app, &nobody, GH, codes.device.expose()).unwrap();
    assert_eq!(fetched.unwrap_err(), OauthRefusal::DENIED);
}

#[test]
fn a_device_that_asks_too_often_waits_longer() {
    let world = World::new();
    let (app, nobody) = (world.app(), world.nobody());
    let codes = oauth::begin(app, &nobody, GH, "").unwrap().unwrap();
    let fetch = || oauth::fetch(app, &nobody, GH, codes.device.expose()).unwrap();
    assert_eq!(fetch().unwrap_err(), OauthRefusal::PENDING);
    world.kit.advance(Span::from_seconds(4));
    let slow = fetch().unwrap_err();
    assert_eq!((slow.code, slow.interval), ("slow_down", Some(10)));
    world.kit.advance(Span::from_seconds(10));
    assert_eq!(fetch().unwrap_err(), OauthRefusal::PENDING);
    world.kit.advance(Span::from_minutes(15));
    assert_eq!(fetch().unwrap_err(), OauthRefusal::EXPIRED);
    let late = oauth::answer(app, &world.own(&world.bob), &codes.user, true);
    assert!(matches!(late, Err(AppError::Missing(_))));
}

#[test]
fn a_code_is_its_own_clients_alone() {
    let world = World::new();
    let other = world.registered(|new| new.device_flow = Some(true));
    let (app, nobody) = (world.app(), world.nobody());
    let codes = oauth::begin(app, &nobody, GH, "repo").unwrap().unwrap();
    oauth::answer(app, &world.own(&world.bob), &codes.user, true).unwrap();
    let fetched = oauth::fetch(app, &nobody, &other.proof.client_id, codes.device.expose());
    assert_eq!(fetched.unwrap().unwrap_err(), OauthRefusal::DEVICE_CODE);
    for junk in ["", "x", "0000000000000000000000000000000000000000"] {
        let fetched = oauth::fetch(app, &nobody, GH, junk).unwrap();
        assert_eq!(fetched.unwrap_err(), OauthRefusal::DEVICE_CODE);
    }
}

#[test]
fn what_does_not_hold_begins_nothing() {
    let world = World::new();
    let no_devices = world.registered(|_| {});
    let begin = |client: &str, scope: &str| {
        oauth::begin(world.app(), &world.nobody(), client, scope)
            .unwrap()
            .unwrap_err()
    };
    assert_eq!(begin("nobody", "repo"), OauthRefusal::CLIENT);
    assert_eq!(begin("\0", "repo"), OauthRefusal::CLIENT);
    let disabled = begin(&no_devices.proof.client_id, "repo");
    assert_eq!(disabled, OauthRefusal::DEVICE_FLOW);
}

#[test]
fn guesses_are_few() {
    let world = World::new();
    let (app, bob) = (world.app(), world.own(&world.bob));
    for _ in 0..30 {
        let guess = oauth::look(app, &bob, "BBBB-BBBB");
        assert!(matches!(guess, Err(AppError::Missing(_))));
    }
    let codes = oauth::begin(app, &world.nobody(), GH, "repo")
        .unwrap()
        .unwrap();
    let right = oauth::look(app, &bob, &codes.user);
    assert!(matches!(right, Err(AppError::TooMany { .. })), "{right:?}");
    let answer = oauth::answer(app, &bob, &codes.user, true);
    assert!(matches!(answer, Err(AppError::TooMany { .. })));
    world.kit.advance(Span::from_hours(1));
    let codes = oauth::begin(app, &world.nobody(), GH, "repo")
        .unwrap()
        .unwrap();
    oauth::look(app, &bob, &codes.user).unwrap();
}

#[test]
fn somebody_who_was_suspended_meanwhile_gives_nothing() {
    let world = World::new();
    let (app, nobody) = (world.app(), world.nobody());
    let codes = oauth::begin(app, &nobody, GH, "repo").unwrap().unwrap();
    oauth::answer(app, &world.own(&world.bob), &codes.user, true).unwrap();
    world
        .kit
        .store()
        .write(|unit| {
            unit.execute(
                "UPDATE accounts SET state = 'suspended', suspended_at = 1 WHERE login = 'bob'",
                &[],
            )
        })
        .unwrap();
    let fetched = oauth::fetch(app, &nobody, GH, codes.device.expose()).unwrap();
    assert_eq!(fetched.unwrap_err(), OauthRefusal::PERSON);
}
