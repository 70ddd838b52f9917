//! What ends with people and organizations who are gone, with time, and with what was taken back.

use jeton_app::notices;
use jeton_app::oauth::{self, AuthorizeRequest, Exchange, NewApplication, OauthRefusal};
use jeton_app::tokens::{self, ExpiryWish, NewClassicToken};
use jeton_app::users::{self, Fate};
use jeton_app::{Named, organizations};
use jeton_domain::Span;
use jeton_testkit::operations;

use crate::outcome::{count, events};
use crate::world::{Client, GH, World};

#[test]
fn applications_end_with_whoever_registered_them_and_consents_with_whoever_gave_them() {
    let world = World::new();
    let root = world.kit.administrator("root-of-it");
    let call = world.kit.by(&root, &operations::ADMINISTRATOR, Named::Site);
    // Cleo's application, which Bob lets in; Cleo lets Ann's in, asks alta3 about it, and holds a code.
    let cleo = world.kit.person("cleo");
    world
        .kit
        .member(&world.alta3, &cleo, jeton_domain::OrganizationRole::Member);
    let new = NewApplication {
        name: "Hers".to_owned(),
        device_flow: Some(true),
        ..NewApplication::default()
    };
    let hers = oauth::register(world.app(), &world.own(&cleo), &new).unwrap();
    oauth::add_secret(world.app(), &world.own(&cleo), hers.row.id).unwrap();
    let given = world.device(&hers.row.client_id, "repo");
    let board = world.registered(|_| {});
    let request = AuthorizeRequest {
        client_id: board.proof.client_id.clone(),
        ..AuthorizeRequest::default()
    };
    oauth::consent(world.app(), &world.own(&cleo), &request, true).unwrap();
    assert_eq!(world.told(given.access.expose(), &world.notes), (200, "ok"));

    users::delete(world.app(), &call, "cleo", &Fate::Delete).unwrap();
    assert_eq!(
        world.told(given.access.expose(), &world.notes),
        (401, "revoked")
    );
    for left in [
        "SELECT COUNT(*) FROM applications WHERE name = 'Hers' AND deleted_at IS NULL",
        "SELECT COUNT(*) FROM application_secrets WHERE ended_at IS NULL AND application_id IN \
         (SELECT id FROM applications WHERE name = 'Hers')",
        "SELECT COUNT(*) FROM authorizations",
        "SELECT COUNT(*) FROM authorization_codes",
        "SELECT COUNT(*) FROM device_codes",
    ] {
        assert_eq!(count(&world.kit, left), 0, "{left}");
    }
    assert!(events(&world.kit).contains(&"oauth_application.destroy".to_owned()));
    // Bob is told why his program stopped.
    let told = notices::list(world.app(), &world.own(&world.bob), false, None, 0, 30).unwrap();
    assert!(
        format!("{told:?}").contains("The application \\\"Hers\\\" was deleted."),
        "{told:?}"
    );
}

#[test]
fn applications_of_an_organization_end_with_it_and_so_does_what_it_said() {
    let world = World::new();
    let new = NewApplication {
        name: "Classroom".to_owned(),
        device_flow: Some(true),
        ..NewApplication::default()
    };
    let acme = world.kit.organization("acme", &world.ann);
    let named = jeton_testkit::named::organization(&acme);
    let owner = world.kit.by(&world.ann, &operations::OWNER, named);
    let made = oauth::register(world.app(), &owner, &new).unwrap();
    let given = world.device(&made.row.client_id, "repo");
    oauth::decide_application(world.app(), &owner, made.row.id, true).unwrap();
    organizations::delete(world.app(), &owner).unwrap();
    assert_eq!(
        world.told(given.access.expose(), &world.notes),
        (401, "revoked")
    );
    for left in [
        "SELECT COUNT(*) FROM applications WHERE name = 'Classroom' AND deleted_at IS NULL",
        "SELECT COUNT(*) FROM application_approvals",
    ] {
        assert_eq!(count(&world.kit, left), 0, "{left}");
    }
}

/// A code of the web flow is refused.
#[track_caller]
fn gives_nothing(world: &World, client: &Client, code: &str) {
    let exchange = Exchange {
        client: &client.proof,
        code,
        redirect_uri: None,
        code_verifier: None,
    };
    let refused = oauth::exchange(world.app(), &world.nobody(), &exchange).unwrap();
    assert_eq!(refused.unwrap_err(), OauthRefusal::CODE);
}

#[test]
fn a_code_from_before_it_was_taken_back_gives_nothing() {
    let world = World::new();
    let board = world.registered(|new| new.device_flow = Some(true));
    let client_id = board.proof.client_id.as_str();
    world.device(client_id, "repo");
    // One code of each flow, neither fetched yet.
    let request = AuthorizeRequest {
        client_id: client_id.to_owned(),
        ..AuthorizeRequest::default()
    };
    let code = world.code(&request);
    let begun = oauth::begin(world.app(), &world.nobody(), client_id, "repo");
    let codes = begun.unwrap().unwrap();
    let bob = world.own(&world.bob);
    oauth::answer(world.app(), &bob, &codes.user, true).unwrap();
    oauth::take_back(world.app(), &bob, board.id).unwrap();
    gives_nothing(&world, &board, &code);
    let device = codes.device.expose();
    let refused = oauth::fetch(world.app(), &world.nobody(), client_id, device).unwrap();
    assert_eq!(refused.unwrap_err(), OauthRefusal::DEVICE_CODE);
    assert!(oauth::consents(world.app(), &bob).unwrap().is_empty());
}

/// Whoever was led to say yes to a stranger's device sees it, and takes it back before the device came for its token.
#[test]
fn a_first_yes_is_taken_back_before_anything_was_fetched() {
    let world = World::new();
    let board = world.registered(|new| new.device_flow = Some(true));
    let client_id = board.proof.client_id.as_str();
    let bob = world.own(&world.bob);
    let begun = oauth::begin(world.app(), &world.nobody(), client_id, "repo");
    let codes = begun.unwrap().unwrap();
    oauth::answer(world.app(), &bob, &codes.user, true).unwrap();
    let listed = oauth::consents(world.app(), &bob).unwrap();
    assert_eq!((listed.len(), listed[0].tokens), (1, 0));
    oauth::take_back(world.app(), &bob, board.id).unwrap();
    let device = codes.device.expose();
    let refused = oauth::fetch(world.app(), &world.nobody(), client_id, device).unwrap();
    assert_eq!(refused.unwrap_err(), OauthRefusal::DEVICE_CODE);
    let request = AuthorizeRequest {
        client_id: client_id.to_owned(),
        ..AuthorizeRequest::default()
    };
    let code = world.code(&request);
    assert_eq!(oauth::consents(world.app(), &bob).unwrap().len(), 1);
    oauth::take_back(world.app(), &bob, board.id).unwrap();
    gives_nothing(&world, &board, &code);
    assert!(oauth::consents(world.app(), &bob).unwrap().is_empty());
}

#[test]
fn what_nobody_used_for_a_year_ends_and_its_person_is_told() {
    let world = World::new();
    let (app, bob) = (world.app(), world.own(&world.bob));
    let endless = |name: &str| {
        let new = NewClassicToken {
            name: name.to_owned(),
            scopes: vec!["repo".to_owned()],
            expires_in: Some(ExpiryWish::Word("none".to_owned())),
            ..NewClassicToken::default()
        };
        tokens::create_classic(app, &bob, &new, None).unwrap()
    };
    let (used, idle) = (endless("used"), endless("idle"));
    let (gh_used, gh_idle) = (world.device(GH, "repo"), world.device(GH, "repo"));
    let told = |value: &str| world.told(value, &world.notes);
    world.kit.advance(Span::from_days(200));
    for value in [&used.secret, &gh_used.access] {
        assert_eq!(told(value.expose()), (200, "ok"));
    }
    app.flush_activity().unwrap();
    world.kit.advance(Span::from_days(165));
    app.housekeep().unwrap();
    assert_eq!(told(used.secret.expose()), (200, "ok"));
    for value in [&idle.secret, &gh_idle.access] {
        assert_eq!(told(value.expose()), (401, "revoked"));
    }
    let events_of = events(&world.kit);
    assert_eq!(told(gh_used.access.expose()), (200, "ok"));
    for event in ["personal_access_token.destroy", "oauth_access.destroy"] {
        let times = events_of.iter().filter(|one| *one == event).count();
        assert_eq!(times, 1, "{event}: {events_of:?}");
    }
    let told =
        "SELECT COUNT(*) FROM notices WHERE kind = 'token_revoked' AND facts LIKE '%unused%'";
    assert_eq!(count(&world.kit, told), 2);
    let file = std::fs::read_to_string(world.kit.folder().join("tombstones")).unwrap();
    assert_eq!(file.matches("unused").count(), 2);
}

#[test]
fn whose_tokens_nobody_uses_is_told_before_they_end_and_a_use_puts_the_end_off() {
    let world = World::new();
    let (app, bob) = (world.app(), world.own(&world.bob));
    let classic = |name: &str, expires_in: ExpiryWish| {
        let new = NewClassicToken {
            name: name.to_owned(),
            scopes: vec!["repo".to_owned()],
            expires_in: Some(expires_in),
            ..NewClassicToken::default()
        };
        tokens::create_classic(app, &bob, &new, None).unwrap()
    };
    let never = || ExpiryWish::Word("none".to_owned());
    let idle = classic("idle", never());
    // Its expiry comes first, and is what its person is reminded of.
    classic("short", ExpiryWish::Days(364));
    // While it is stopped nobody is told.
    let stopped = classic("stopped", never());
    tokens::suspend(app, &bob, stopped.view.row.id).unwrap();
    let held = world.device(GH, "repo");
    let told = || {
        let told = "SELECT COUNT(*) FROM notices WHERE kind = 'token_expiring' \
            AND facts LIKE '%\"unused\":true%'";
        // Twice, and told once.
        app.housekeep().unwrap();
        app.housekeep().unwrap();
        count(&world.kit, told)
    };
    let read = || notices::list(app, &bob, false, None, 0, 30).unwrap();
    let after = |days: u32| {
        // His sign-in is over when he does not come for a season.
        for day in 1..=days {
            world.kit.advance(Span::from_days(1));
            if day % 60 == 0 {
                read();
            }
        }
    };
    after(357);
    assert_eq!(told(), 0);
    after(1);
    assert_eq!(told(), 2);
    after(3);
    assert_eq!(told(), 2);
    after(1);
    assert_eq!(told(), 4);
    after(2);
    assert_eq!(told(), 6);
    let list = format!("{:?}", read());
    for said in [
        "Your token \\\"idle\\\" ends unused in 7 days",
        "Your token \\\"idle\\\" ends unused in 1 day",
        "A token of \\\"GitHub CLI\\\" ends unused in 3 days",
    ] {
        assert!(list.contains(said), "{said}: {list}");
    }
    // Used on its last day it goes on, and its person is told again a year later; the other ends.
    let use_of = |value: &str| world.told(value, &world.notes);
    assert_eq!(use_of(idle.secret.expose()), (200, "ok"));
    app.flush_activity().unwrap();
    after(1);
    assert_eq!(told(), 6);
    assert_eq!(use_of(held.access.expose()), (401, "revoked"));
    after(356);
    assert_eq!(told(), 6);
    after(1);
    assert_eq!(told(), 7);
}

#[test]
fn nobody_is_reminded_of_tokens_that_applications_refresh() {
    let world = World::new();
    let board = world.registered(|new| new.device_flow = Some(true));
    world.device(&board.proof.client_id, "repo");
    for _ in 0..10 {
        world.kit.advance(Span::from_hours(1));
        world.app().housekeep().unwrap();
    }
    let bob = world.own(&world.bob);
    let told = notices::list(world.app(), &bob, false, None, 0, 30).unwrap();
    assert_eq!(told.total, 0, "{told:?}");
}
