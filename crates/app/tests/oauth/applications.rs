//! Registered applications: kept by their keeper alone, with addresses that are safe to lead to.

use jeton_app::oauth::{self, ApplicationEdit, ClientProof, NewApplication, OauthRefusal};
use jeton_domain::OrganizationRole;
use jeton_testkit::{named, operations};

use crate::outcome::{conflict, events, fault, is_missing};
use crate::world::{GH, World};

#[test]
fn it_is_its_keepers_alone() {
    let world = World::new();
    let board = world.registered(|_| {});
    let (ann, bob) = (world.own(&world.ann), world.own(&world.bob));
    assert_eq!(oauth::list(world.app(), &ann).unwrap().len(), 1);
    assert!(oauth::list(world.app(), &bob).unwrap().is_empty());
    let edit = ApplicationEdit {
        name: Some("Mine".to_owned()),
        ..ApplicationEdit::default()
    };
    assert!(is_missing(oauth::show(world.app(), &bob, board.id)));
    assert!(is_missing(oauth::edit(world.app(), &bob, board.id, &edit)));
    assert!(is_missing(oauth::add_secret(world.app(), &bob, board.id)));
    assert!(is_missing(oauth::delete(world.app(), &bob, board.id)));
    assert_eq!(
        oauth::edit(world.app(), &ann, board.id, &edit)
            .unwrap()
            .row
            .name,
        "Mine"
    );
}

#[test]
fn an_organizations_is_its_owners() {
    let world = World::new();
    let new = NewApplication {
        name: "Deploys".to_owned(),
        callbacks: vec!["https://deploys.example/back".to_owned()],
        ..NewApplication::default()
    };
    let made = oauth::register(world.app(), &world.owner(), &new).unwrap();
    assert_eq!(oauth::list(world.app(), &world.owner()).unwrap().len(), 1);
    assert!(is_missing(oauth::list(world.app(), &world.member())));
    assert!(is_missing(oauth::show(
        world.app(),
        &world.own(&world.ann),
        made.row.id
    )));
    let other = world.kit.organization("other", &world.bob);
    world
        .kit
        .member(&other, &world.ann, OrganizationRole::Owner);
    let theirs = world
        .kit
        .by(&world.ann, &operations::OWNER, named::organization(&other));
    assert!(is_missing(oauth::show(world.app(), &theirs, made.row.id)));
}

#[test]
fn an_address_to_be_led_back_to_is_safe() {
    let world = World::new();
    let register = |callback: &str| {
        let new = NewApplication {
            name: "x".to_owned(),
            callbacks: vec![callback.to_owned()],
            ..NewApplication::default()
        };
        oauth::register(world.app(), &world.own(&world.ann), &new)
    };
    for hostile in [
        "http://board.example/back",
        "javascript:alert(1)",
        "data:text/html,x",
        "https://board.example/#x",
        "https://a:b@board.example/",
        "/back",
        "",
    ] {
        assert_eq!(
            fault(register(hostile)),
            ("callbacks", "invalid"),
            "{hostile:?}"
        );
    }
    for fine in [
        "https://board.example/",
        "http://127.0.0.1/x",
        "http://[::1]/x",
        "http://localhost/x",
    ] {
        register(fine).unwrap();
    }
    let none = NewApplication {
        name: "x".to_owned(),
        ..NewApplication::default()
    };
    let own = world.own(&world.ann);
    assert_eq!(
        fault(oauth::register(world.app(), &own, &none)),
        ("callbacks", "invalid")
    );
    let device = NewApplication {
        device_flow: Some(true),
        ..none
    };
    oauth::register(world.app(), &own, &device).unwrap();
}

/// Owners and people let in whatever bears the name.
#[test]
fn no_name_is_taken_for_a_known_one_or_hides_what_it_holds() {
    let world = World::new();
    let register = |name: &str| {
        let new = NewApplication {
            name: name.to_owned(),
            callbacks: vec!["https://board.example/".to_owned()],
            ..NewApplication::default()
        };
        oauth::register(world.app(), &world.own(&world.bob), &new)
    };
    for hostile in [
        "GitHub CLI",
        "github\u{a0}\u{441}li",
        "GitHub CLI (known to this server)",
        "Board of GitHub",
        "gh",
        "Git\u{43d}ub",
        "Board\u{ad}",
        "\u{2800}",
        "\u{3164}",
    ] {
        assert_eq!(fault(register(hostile)), ("name", "invalid"), "{hostile:?}");
    }
    register("Board of the Hub").unwrap();
}

#[test]
fn it_has_two_secrets_to_change_from_one_to_the_other() {
    let world = World::new();
    let board = world.registered(|_| {});
    let own = world.own(&world.ann);
    let second = oauth::add_secret(world.app(), &own, board.id).unwrap();
    assert_eq!(
        conflict(oauth::add_secret(world.app(), &own, board.id)),
        "client_secrets"
    );
    let proves = |proof: &ClientProof| {
        oauth::refresh(world.app(), &world.nobody(), proof, "jtr_")
            .unwrap()
            .unwrap_err()
    };
    let new = ClientProof {
        client_secret: Some(second.value.expose().to_owned().into()),
        ..board.proof.clone()
    };
    let first = oauth::show(world.app(), &own, board.id).unwrap().secrets[0].0;
    oauth::end_secret(world.app(), &own, board.id, first).unwrap();
    assert!(is_missing(oauth::end_secret(
        world.app(),
        &own,
        board.id,
        first
    )));
    let revoke =
        |proof: &ClientProof| oauth::revoke(world.app(), &world.nobody(), proof, "junk").unwrap();
    assert_eq!(revoke(&board.proof), Err(OauthRefusal::CLIENT));
    assert_eq!(revoke(&new), Ok(()));
    assert_eq!(proves(&new), OauthRefusal::REFRESH);
    let public = world.registered(|new| new.confidential = Some(false));
    assert_eq!(
        conflict(oauth::add_secret(world.app(), &own, public.id)),
        "client_secrets"
    );
}

#[test]
fn what_is_deleted_ends_with_all_that_it_was_given() {
    let world = World::new();
    let board = world.registered(|new| new.device_flow = Some(true));
    let given = world.device(&board.proof.client_id, "repo");
    assert_eq!(world.told(given.access.expose(), &world.notes), (200, "ok"));
    oauth::delete(world.app(), &world.own(&world.ann), board.id).unwrap();
    assert_eq!(
        world.told(given.access.expose(), &world.notes),
        (401, "revoked")
    );
    let begun = oauth::begin(world.app(), &world.nobody(), &board.proof.client_id, "repo");
    assert_eq!(begun.unwrap().unwrap_err(), OauthRefusal::CLIENT);
    let file = std::fs::read_to_string(world.kit.folder().join("tombstones")).unwrap();
    assert!(file.contains("application_deleted"));
}

#[test]
fn asking_twice_asks_once_and_a_denied_one_stays_denied() {
    let world = World::new();
    oauth::ask(world.app(), &world.member(), GH).unwrap();
    oauth::ask(world.app(), &world.member(), GH).unwrap();
    assert_eq!(events(&world.kit), ["org.oauth_app_access_requested"]);
    let id = oauth::approvals(world.app(), &world.owner()).unwrap()[0]
        .application
        .id;
    oauth::decide_application(world.app(), &world.owner(), id, false).unwrap();
    oauth::ask(world.app(), &world.member(), GH).unwrap();
    let say = oauth::approvals(world.app(), &world.owner()).unwrap()[0].say;
    assert_eq!(say.name(), "denied");
    assert!(is_missing(oauth::ask(
        world.app(),
        &world.member(),
        "nobody"
    )));
}

#[test]
fn the_known_ones_are_there_once() {
    let world = World::new();
    oauth::ensure_known(world.app()).unwrap();
    let number = crate::outcome::count(&world.kit, "SELECT COUNT(*) FROM applications");
    assert_eq!(number, 2);
}
