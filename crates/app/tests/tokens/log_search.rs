//! Looking something up in the log: a value that turned up, a person by an earlier name.

use jeton_app::audit_log::{self, Wanted};
use jeton_app::requests::{self, Review};
use jeton_app::tokens::{self, RotateToken};
use jeton_domain::{OrganizationRole, Selection, Standing};
use jeton_testkit::{NOW, named, operations};

use crate::log::{names, wanted};
use crate::world::{World, labs, plain};

/// A token of ann's that may decide requests.
fn reviewer(world: &World) -> jeton_testkit::Token {
    let reviewer = world.kit.token(
        &world.ann,
        world.alta3.account(),
        Selection::Public,
        &[],
        Standing::Active { since: NOW },
    );
    // Written behind the form, which offers no permission with 'public'.
    world.change("UPDATE tokens SET permissions = '{\"organization_personal_access_token_requests\":\"write\"}', \
         approved = replace(approved, '\"permissions\":{}', \
         '\"permissions\":{\"organization_personal_access_token_requests\":\"write\"}') WHERE creator_id = 1");
    reviewer
}

/// The request of bob's token is approved by a reviewer's, which comes back.
fn approved_by(world: &World, waiting: &jeton_app::tokens::Created) -> jeton_testkit::Token {
    let reviewer = reviewer(world);
    let call = world.kit.with_token(
        &reviewer,
        &operations::OWNER,
        named::organization(&world.alta3),
    );
    let review = Review {
        approve: true,
        reason: String::new(),
    };
    let request = waiting.view.pending.unwrap();
    requests::review(world.app(), &call, &[request], &review).unwrap();
    reviewer
}

#[test]
fn what_a_token_did_names_the_token_and_its_value() {
    let world = World::new();
    let waiting = world.create(&world.bob, &labs("t"));
    let reviewer = approved_by(&world, &waiting);
    let log = audit_log::of_organization(world.app(), &world.owner(&world.ann), &wanted()).unwrap();
    let data = log[0].data.as_ref().unwrap();
    assert_eq!(log[0].event, "personal_access_token.access_granted");
    assert_eq!(data["token_id"], reviewer.id.get());
    assert_eq!(
        data["programmatic_access_type"],
        "fine-grained personal access token"
    );
    let parsed = jeton_token::parse(reviewer.value().as_bytes()).unwrap();
    assert_eq!(data["hashed_token"], jeton_token::hashed(&parsed));
    assert_eq!(
        data["user_programmatic_access_id"],
        waiting.view.row.id.get(),
        "and the token it was done to"
    );
}

fn hashed(value: &str) -> String {
    jeton_token::hashed(&jeton_token::parse(value.as_bytes()).unwrap())
}

/// A value that turned up: what it was made by, what was asked and granted for it, and what it did.
#[test]
fn the_log_is_searched_by_a_value_within_what_the_reader_sees() {
    let world = World::new();
    let token = world.approved("t");
    let (app, own, id) = (world.app(), world.own(&world.bob), token.view.row.id);
    let first = hashed(token.secret.expose());
    let rotated = tokens::rotate(app, &own, id, &RotateToken::default(), None).unwrap();
    let second = hashed(rotated.secret.expose());
    world.approved("another");
    // What is written by others is not taken for it.
    world.create(
        &world.bob,
        &jeton_app::tokens::NewToken {
            name: "x\"hashed_token\":\"y".to_owned(),
            ..plain("")
        },
    );
    let find = |hashed: &str| Wanted {
        hashed_token: Some(hashed.to_owned()),
        ..wanted()
    };
    let entry = |word: &str| format!("personal_access_token.{word}");
    let of = |hashed: &str| {
        let found = audit_log::of_organization(app, &world.owner(&world.ann), &find(hashed));
        names(&found.unwrap()).join(" ")
    };
    let (granted, asked) = (entry("access_granted"), entry("request_created"));
    assert_eq!(of(&first), format!("{granted} {asked}"));
    assert_eq!(of(&second), "", "it was made in bob's own affairs");
    let bobs = |hashed: &str| {
        let found = audit_log::of_oneself(app, &own, &find(hashed)).unwrap();
        names(&found).join(" ")
    };
    let made = entry("create");
    assert_eq!(bobs(&first), format!("{granted} {asked} {made}"));
    assert_eq!(bobs(&second), entry("credential_regenerated"));
    let eves = audit_log::of_oneself(app, &world.own(&world.eve), &find(&first));
    assert!(eves.unwrap().is_empty(), "whoever knows it sees no more");
    for unknown in [&first[1..], "y", "%", ""] {
        assert_eq!(
            (of(unknown), bobs(unknown)),
            Default::default(),
            "{unknown}"
        );
    }
}

#[test]
fn what_a_token_did_to_another_is_found_by_its_value() {
    let world = World::new();
    let waiting = world.create(&world.bob, &labs("t"));
    let reviewer = approved_by(&world, &waiting);
    let filter = Wanted {
        hashed_token: Some(hashed(reviewer.value())),
        ..wanted()
    };
    let found = audit_log::of_organization(world.app(), &world.owner(&world.ann), &filter).unwrap();
    assert_eq!(names(&found), ["personal_access_token.access_granted"]);
}

/// Who left, or is called otherwise now, is found by the name that people remember; namesakes are both
/// shown, and told apart by number.
#[test]
fn people_are_found_by_the_names_that_they_had() {
    let world = World::new();
    let root = world.kit.administrator("root-of-it");
    let call = || {
        world
            .kit
            .by(&root, &operations::ADMINISTRATOR, jeton_app::Named::Site)
    };
    let find = |name: &str| {
        let filter = Wanted {
            actor: Some(name.to_owned()),
            ..wanted()
        };
        audit_log::of_organization(world.app(), &world.owner(&world.ann), &filter).unwrap()
    };
    world.create(&world.bob, &labs("t"));
    let rename = |from: &str, to: &str| {
        let edit = jeton_app::users::UserEdit {
            login: Some(to.to_owned()),
            ..jeton_app::users::UserEdit::default()
        };
        jeton_app::users::update(world.app(), &call(), from, &edit).unwrap();
    };
    assert_eq!(find("bob").len(), 1);
    rename("bob", "rob");
    for name in ["bob", "BOB", "rob"] {
        let found = find(name);
        assert_eq!(
            (found.len(), found[0].actor.as_deref()),
            (1, Some("rob")),
            "{name}"
        );
    }
    let fate = jeton_app::users::Fate::Delete;
    jeton_app::users::delete(world.app(), &call(), "rob", &fate).unwrap();
    assert_eq!((find("bob").len(), find("rob").len()), (1, 1));
    // A namesake, once an administrator released the name.
    world.change("DELETE FROM freed_names WHERE login_key = 'rob'");
    rename("eve", "rob");
    let (kit, eve) = (&world.kit, &world.eve);
    kit.member(&world.alta3, eve, OrganizationRole::Member);
    kit.collaborator(&world.labs, eve, jeton_domain::Role::Read);
    world.create(eve, &labs("e"));
    let both = find("rob");
    assert_eq!((both.len(), both[0].actor == both[1].actor), (2, true));
    assert_ne!(both[0].actor_id, both[1].actor_id);
    assert!(find("nobodyx").is_empty() && find("alta3").is_empty());
}

#[test]
fn a_text_is_found_wherever_it_stands_in_an_entry() {
    let world = World::new();
    world.create(&world.bob, &labs("quo\"ted"));
    world.create(&world.bob, &labs("plain"));
    let call = world.owner(&world.ann);
    let found = |text: &str| {
        let wanted = Wanted {
            text: Some(text.to_owned()),
            ..wanted()
        };
        audit_log::of_organization(world.app(), &call, &wanted)
            .unwrap()
            .len()
    };
    assert_eq!(found("quo\"ted"), 1);
    assert_eq!(found("lai"), 1);
    assert_eq!(found("nowhere to be found"), 0);
    assert_eq!(found("%"), 0, "no pattern, a text");
    assert_eq!(found(""), found("user_programmatic_access_name"));
    // Whoever does not see all of an entry does not search in all of it.
    let narrow = world.kit.token(
        &world.ann,
        world.alta3.account(),
        jeton_testkit::Kit::only([&world.labs]),
        &[("contents", "read")],
        Standing::Active { since: NOW },
    );
    let call = world.kit.with_token(
        &narrow,
        &operations::OWNER,
        named::organization(&world.alta3),
    );
    let wanted = Wanted {
        text: Some("plain".to_owned()),
        ..wanted()
    };
    let refused = audit_log::of_organization(world.app(), &call, &wanted);
    assert_eq!(crate::outcome::fault(refused), ("text", "invalid"));
}
