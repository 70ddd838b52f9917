//! Refreshing, and what ends a token.

use jeton_app::leaks;
use jeton_app::oauth::{self, AuthorizeRequest, Exchange, Issued, OauthRefusal};
use jeton_app::{AppError, Presented};
use jeton_domain::{Expiry, Span};
use jeton_testkit::NOW;

use crate::outcome::{events, is_missing};
use crate::world::{Client, GH, World};

fn issued(world: &World, client: &Client) -> Issued {
    let request = AuthorizeRequest {
        client_id: client.proof.client_id.clone(),
        scope: "repo".to_owned(),
        ..AuthorizeRequest::default()
    };
    let code = world.code(&request);
    let exchange = Exchange {
        client: &client.proof,
        code: &code,
        redirect_uri: None,
        code_verifier: None,
    };
    oauth::exchange(world.app(), &world.nobody(), &exchange)
        .unwrap()
        .unwrap()
}

fn refresh(world: &World, client: &Client, value: &str) -> Result<Issued, OauthRefusal> {
    oauth::refresh(world.app(), &world.nobody(), &client.proof, value).unwrap()
}

fn value(issued: &Issued) -> String {
    issued.refresh.as_ref().unwrap().expose().to_owned()
}

#[test]
fn both_values_change_and_the_earlier_ones_end() {
    let world = World::new();
    let board = world.registered(|_| {});
    let first = issued(&world, &board);
    world.kit.advance(Span::from_hours(9));
    let second = refresh(&world, &board, &value(&first)).unwrap();
    assert_eq!(
        world.told(second.access.expose(), &world.notes),
        (200, "ok")
    );
    assert_eq!(
        world.told(first.access.expose(), &world.notes),
        (401, "retired")
    );
    assert_ne!(value(&first), value(&second));
    assert!(value(&second).starts_with("jtr_") && value(&second).len() == 80);
    // What refreshes a token is none itself.
    assert_eq!(
        world.told(&value(&second), &world.notes),
        (401, "unknown_token")
    );
}

#[test]
fn a_lost_answer_is_asked_for_again_within_a_minute() {
    let world = World::new();
    let board = world.registered(|_| {});
    let first = issued(&world, &board);
    let lost = refresh(&world, &board, &value(&first)).unwrap();
    world.kit.advance(Span::from_seconds(59));
    let again = refresh(&world, &board, &value(&first)).unwrap();
    assert_eq!(world.told(again.access.expose(), &world.notes), (200, "ok"));
    assert_eq!(
        world.told(lost.access.expose(), &world.notes),
        (401, "retired")
    );
}

#[test]
fn an_earlier_value_that_comes_later_ends_the_family() {
    let world = World::new();
    let board = world.registered(|_| {});
    let first = issued(&world, &board);
    let second = refresh(&world, &board, &value(&first)).unwrap();
    world.kit.advance(Span::from_seconds(60));
    assert_eq!(
        refresh(&world, &board, &value(&first)).unwrap_err(),
        OauthRefusal::REFRESH
    );
    assert_eq!(
        world.told(second.access.expose(), &world.notes),
        (401, "revoked")
    );
    assert_eq!(
        refresh(&world, &board, &value(&second)).unwrap_err(),
        OauthRefusal::REFRESH
    );
}

#[test]
fn it_is_worth_nothing_to_others_and_ends_in_half_a_year() {
    let world = World::new();
    let (board, other) = (world.registered(|_| {}), world.registered(|_| {}));
    let first = issued(&world, &board);
    assert_eq!(
        refresh(&world, &other, &value(&first)).unwrap_err(),
        OauthRefusal::REFRESH
    );
    for junk in ["", "jtr_x", first.access.expose()] {
        assert_eq!(
            refresh(&world, &board, junk).unwrap_err(),
            OauthRefusal::REFRESH
        );
    }
    world.kit.advance(Span::from_days(184));
    assert_eq!(
        refresh(&world, &board, &value(&first)).unwrap_err(),
        OauthRefusal::REFRESH
    );
}

#[test]
fn an_application_looks_at_changes_and_ends_its_own_tokens_alone() {
    let world = World::new();
    let (board, other) = (world.registered(|_| {}), world.registered(|_| {}));
    let given = issued(&world, &board);
    let (app, nobody, value) = (world.app(), world.nobody(), given.access.expose());
    let found = oauth::check(app, &nobody, &board.proof, value).unwrap();
    assert_eq!(
        (found.login.as_str(), found.scopes.to_string().as_str()),
        ("bob", "repo")
    );
    assert!(is_missing(oauth::check(app, &nobody, &other.proof, value)));
    let gh = oauth::ClientProof {
        client_id: GH.to_owned(),
        client_secret: None,
    };
    let public = oauth::check(app, &nobody, &gh, value);
    assert!(matches!(public, Err(AppError::BadClient)));
    let changed = oauth::reset(app, &nobody, &board.proof, value).unwrap();
    let new = changed.value.unwrap();
    assert_eq!(world.told(value, &world.notes), (401, "retired"));
    assert_eq!(world.told(new.expose(), &world.notes), (200, "ok"));
    oauth::end_token(app, &nobody, &board.proof, new.expose()).unwrap();
    assert_eq!(world.told(new.expose(), &world.notes), (401, "revoked"));
    assert!(is_missing(oauth::check(
        app,
        &nobody,
        &board.proof,
        new.expose()
    )));
}

/// Slipped here once: it went on, so that whoever knew the pair had a new one by it.
#[test]
fn a_reset_ends_what_refreshes_the_token_too() {
    let world = World::new();
    let board = world.registered(|_| {});
    let given = issued(&world, &board);
    let (nobody, access) = (world.nobody(), given.access.expose());
    let changed = oauth::reset(world.app(), &nobody, &board.proof, access).unwrap();
    assert_eq!(changed.expiry, Expiry::At(NOW.after(Span::from_hours(8))));
    let new = changed.value.unwrap();
    // At once, and when one that was used would end the token.
    for later in [Span::ZERO, Span::from_seconds(61)] {
        world.kit.advance(later);
        assert_eq!(
            refresh(&world, &board, &value(&given)).unwrap_err(),
            OauthRefusal::REFRESH
        );
        assert_eq!(world.told(new.expose(), &world.notes), (200, "ok"));
    }
    let file = std::fs::read_to_string(world.kit.folder().join("tombstones")).unwrap();
    assert_eq!(file.matches("secret_retired").count(), 2, "{file}");
    world.kit.advance(Span::from_hours(8));
    assert_eq!(world.told(new.expose(), &world.notes), (401, "expired"));
}

/// Within the minute in which an answer may have been lost.
#[test]
fn what_was_refreshed_just_before_a_reset_brings_nothing_back() {
    let world = World::new();
    let board = world.registered(|_| {});
    let first = issued(&world, &board);
    let second = refresh(&world, &board, &value(&first)).unwrap();
    let (nobody, access) = (world.nobody(), second.access.expose());
    let changed = oauth::reset(world.app(), &nobody, &board.proof, access).unwrap();
    for ended in [&first, &second] {
        assert_eq!(
            refresh(&world, &board, &value(ended)).unwrap_err(),
            OauthRefusal::REFRESH
        );
    }
    let new = changed.value.unwrap();
    assert_eq!(world.told(new.expose(), &world.notes), (200, "ok"));
}

#[test]
fn a_refresh_token_is_no_token_to_look_at_or_to_make_another_of() {
    let world = World::new();
    let board = world.registered(|_| {});
    let given = issued(&world, &board);
    let (app, nobody, refreshes) = (world.app(), world.nobody(), value(&given));
    assert!(is_missing(oauth::check(
        app,
        &nobody,
        &board.proof,
        &refreshes
    )));
    assert!(is_missing(oauth::reset(
        app,
        &nobody,
        &board.proof,
        &refreshes
    )));
    assert!(is_missing(oauth::end_token(
        app,
        &nobody,
        &board.proof,
        &refreshes
    )));
    assert_eq!(world.told(given.access.expose(), &world.notes), (200, "ok"));
}

#[test]
fn what_expires_goes_on_to_expire_whatever_its_application_says_by_then() {
    let world = World::new();
    let board = world.registered(|_| {});
    let first = issued(&world, &board);
    let edit = oauth::ApplicationEdit {
        expiring: Some(false),
        ..oauth::ApplicationEdit::default()
    };
    oauth::edit(world.app(), &world.own(&world.ann), board.id, &edit).unwrap();
    let second = refresh(&world, &board, &value(&first)).unwrap();
    assert!(second.refresh.is_some());
    assert_eq!(second.expires_in(), Some(8 * 3600));
    world.kit.advance(Span::from_hours(8));
    assert_eq!(
        world.told(second.access.expose(), &world.notes),
        (401, "expired")
    );
}

#[test]
fn revocation_says_nothing_of_what_there_was() {
    let world = World::new();
    let (board, other) = (world.registered(|_| {}), world.registered(|_| {}));
    let given = issued(&world, &board);
    let revoke = |client: &Client, value: &str| {
        oauth::revoke(world.app(), &world.nobody(), &client.proof, value)
            .unwrap()
            .unwrap();
    };
    revoke(&other, &value(&given));
    revoke(&board, "junk");
    assert_eq!(world.told(given.access.expose(), &world.notes), (200, "ok"));
    // By its refresh token, too.
    revoke(&board, &value(&given));
    assert_eq!(
        world.told(given.access.expose(), &world.notes),
        (401, "revoked")
    );
}

#[test]
fn a_person_takes_it_all_back() {
    let world = World::new();
    let board = world.registered(|_| {});
    let (one, two) = (issued(&world, &board), issued(&world, &board));
    let bob = world.own(&world.bob);
    let consents = oauth::consents(world.app(), &bob).unwrap();
    assert_eq!((consents.len(), consents[0].tokens), (1, 2));
    oauth::take_back(world.app(), &bob, board.id).unwrap();
    for issued in [&one, &two] {
        assert_eq!(
            world.told(issued.access.expose(), &world.notes),
            (401, "revoked")
        );
    }
    assert!(oauth::consents(world.app(), &bob).unwrap().is_empty());
    assert!(is_missing(oauth::take_back(world.app(), &bob, board.id)));
    assert!(is_missing(oauth::take_back(
        world.app(),
        &world.own(&world.ann),
        board.id
    )));
    assert_eq!(
        events(&world.kit).last().map(String::as_str),
        Some("oauth_authorization.destroy")
    );
}

#[test]
fn whoever_holds_a_refresh_token_can_report_it() {
    let world = World::new();
    let board = world.registered(|_| {});
    let given = issued(&world, &board);
    let refresh = value(&given);
    let parsed = jeton_token::parse(refresh.as_bytes()).unwrap();
    let presented = Presented::new(world.app().ring(), &parsed);
    leaks::report(world.app(), &world.nobody(), &[presented]).unwrap();
    assert_eq!(
        world.told(given.access.expose(), &world.notes),
        (401, "revoked")
    );
}

#[test]
fn ten_at_once_and_the_oldest_ends_for_a_newer_one() {
    let world = World::new();
    let first = world.device(GH, "repo");
    for _ in 0..9 {
        world.device(GH, "repo");
    }
    assert_eq!(world.told(first.access.expose(), &world.notes), (200, "ok"));
    world.device(GH, "repo");
    assert_eq!(
        world.told(first.access.expose(), &world.notes),
        (401, "revoked")
    );
}
