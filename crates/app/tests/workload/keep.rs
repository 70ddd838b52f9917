//! Issuers and rules are kept by owners.

use jeton_app::workload::{self, IssuerWish, MOST_ISSUERS, MOST_RULES};
use jeton_domain::{Operation, Span};
use jeton_testkit::{named, operations};
use serde_json::{Value, json};

use crate::outcome::{count, events, fault, is_missing, refused};
use crate::world::{World, nobody, plain_wish, wish, with};

#[test]
fn an_owner_trusts_an_issuer_gives_it_another_name_and_trusts_it_no_more() {
    let world = World::new();
    let (app, owner) = (world.app(), world.owner());
    let made = world.trusted();
    assert_eq!(
        (made.name.as_str(), made.opener_login.as_str()),
        ("The works", "builder")
    );
    assert_eq!(
        workload::list(app, &owner).unwrap(),
        std::slice::from_ref(&made)
    );
    world.service("second");
    let other = IssuerWish {
        name: "Other works".to_owned(),
        service_account: "second".to_owned(),
        ..world.issuer_wish()
    };
    let changed = workload::update(app, &owner, made.id, &other).unwrap();
    assert_eq!(
        (changed.name.as_str(), changed.opener_login.as_str()),
        ("Other works", "second")
    );
    // The same again is no change, and leaves no entry.
    workload::update(app, &owner, made.id, &other).unwrap();
    world.rule(made.id, &plain_wish()).unwrap();
    workload::delete(app, &owner, made.id).unwrap();
    assert!(workload::list(app, &owner).unwrap().is_empty());
    assert_eq!(count(&world.kit, "SELECT count(*) FROM workload_rules"), 0);
    assert!(is_missing(workload::delete(app, &owner, made.id)));
    assert_eq!(
        events(&world.kit),
        [
            "workload_issuer.create",
            "workload_issuer.update",
            "workload_rule.create",
            "workload_issuer.destroy"
        ]
    );
}

#[test]
fn what_is_no_issuer_is_refused_beside_its_field() {
    let world = World::new();
    let add = |wish: &IssuerWish| workload::add(world.app(), &world.owner(), wish);
    let good = world.issuer_wish();
    for (name, taken) in [
        ("", false),
        (" a", false),
        ("a\u{202e}", false),
        (&"a".repeat(81), false),
        (&"a".repeat(80), true),
    ] {
        let outcome = add(&IssuerWish {
            name: name.to_owned(),
            ..good.clone()
        });
        assert_eq!(outcome.is_ok(), taken, "{name}");
    }
    for url in [
        "http://ci.example.org",
        "https://10.0.0.1",
        "https://ci.example.org?a",
        "ci",
        "",
    ] {
        let wish = IssuerWish {
            name: "b".to_owned(),
            url: url.to_owned(),
            ..good.clone()
        };
        assert_eq!(fault(add(&wish)), ("url", "invalid"), "{url}");
    }
    for account in ["ann", "acme", "nobody-there", "", "a b"] {
        let url = "https://ci.example.org".to_owned();
        let wish = IssuerWish {
            name: "c".to_owned(),
            url,
            service_account: account.to_owned(),
        };
        assert_eq!(
            fault(add(&wish)),
            ("service_account", "invalid"),
            "{account}"
        );
    }
    // What is there already.
    assert_eq!(
        fault(add(&IssuerWish {
            name: "d".to_owned(),
            ..good.clone()
        })),
        ("url", "already_exists")
    );
    let url = "https://ci.example.org".to_owned();
    let wish = IssuerWish {
        name: "A".repeat(80),
        url,
        ..good.clone()
    };
    assert_eq!(fault(add(&wish)), ("name", "already_exists"));
    let moved = IssuerWish {
        url: "https://ci.example.org".to_owned(),
        ..good.clone()
    };
    let first = workload::list(world.app(), &world.owner()).unwrap()[0].id;
    assert_eq!(
        fault(workload::update(world.app(), &world.owner(), first, &moved)),
        ("url", "invalid")
    );
    for n in 1..MOST_ISSUERS {
        let (name, url) = (format!("n{n}"), format!("https://ci{n}.example.org"));
        add(&IssuerWish {
            name,
            url,
            ..good.clone()
        })
        .unwrap();
    }
    let more = IssuerWish {
        name: "one more".to_owned(),
        url: "https://more.example.org".to_owned(),
        ..good
    };
    assert_eq!(fault(add(&more)), ("url", "invalid"));
}

#[test]
fn what_is_no_rule_is_refused_beside_its_field() {
    let world = World::new();
    let issuer = world.trusted().id;
    let long = vec!["a"; 17];
    for (field, value, at) in [
        ("name", json!(""), "name"),
        ("order", json!(0), "order"),
        ("order", json!(10_000), "order"),
        ("audience", json!(""), "audience"),
        ("audience", json!("*"), "audience"),
        ("claims", json!({}), "claims"),
        ("claims", json!({ "sub": ["*"] }), "claims"),
        ("claims", json!({ "sub": [] }), "claims"),
        ("claims", json!({ "sub": ["a***b"] }), "claims"),
        ("claims", json!({ "sub": ["a\u{202e}"] }), "claims"),
        ("claims", json!({ "a b": ["c"] }), "claims"),
        ("claims", json!({ "sub": long }), "claims"),
        ("repositories", json!([]), "repositories"),
        ("repositories", json!(["nothing"]), "repositories"),
        ("repositories", json!(["ann/widget"]), "repositories"),
        ("repositories", Value::Null, "repositories"),
        ("repository_claim", json!("repository"), "repositories"),
        ("ref_claim", json!("a b"), "ref_claim"),
        ("environment_claim", json!(""), "environment_claim"),
        ("forks", json!("all"), "forks"),
        ("fork_claims", json!({ "": ["x"] }), "fork_claims"),
        ("permissions", json!({}), "permissions"),
        (
            "permissions",
            json!({ "everything": "write" }),
            "permissions",
        ),
        ("permissions", json!({ "contents": "admin" }), "permissions"),
        ("permissions", json!({ "members": "read" }), "permissions"),
        ("seconds", json!(59), "seconds"),
        ("seconds", json!(86_401), "seconds"),
        ("seconds", json!(i64::MAX), "seconds"),
        ("seconds", json!(i64::MIN), "seconds"),
    ] {
        let outcome = world.rule(issuer, &with(wish(), field, value.clone()));
        let Err(jeton_app::AppError::Invalid(faults)) = outcome else {
            panic!("{field} {value}: {outcome:?}");
        };
        assert!(
            faults.iter().any(|fault| fault.field == at),
            "{field} {value}: {faults:?}"
        );
    }
    assert!(
        workload::list_rules(world.app(), &world.owner(), issuer)
            .unwrap()
            .is_empty()
    );
    assert!(is_missing(world.rule(nobody(), &plain_wish())));
    for n in 0..MOST_RULES {
        world
            .rule(issuer, &with(wish(), "name", json!(format!("n{n}"))))
            .unwrap();
    }
    assert_eq!(
        fault(world.rule(issuer, &plain_wish())),
        ("name", "invalid")
    );
}

#[test]
fn rules_stand_in_their_order_and_are_replaced_and_deleted() {
    let world = World::new();
    let (app, owner) = (world.app(), world.owner());
    let issuer = world.trusted().id;
    let [first, second] = ["First", "Second"].map(|name| {
        let wish = with(wish(), "name", json!(name));
        world.rule(issuer, &wish).unwrap().row
    });
    assert_eq!((first.place, second.place), (1, 2));
    assert_eq!(first.rule.length, Span::from_hours(1));
    assert_eq!(
        fault(world.rule(issuer, &with(wish(), "name", json!("FIRST")))),
        ("name", "already_exists")
    );
    let mut front = wish();
    front["order"] = json!(1);
    front["repository_claim"] = json!("repository");
    let front = with(front, "repositories", Value::Null);
    let put = workload::replace_rule(app, &owner, issuer, second.id, &front).unwrap();
    assert_eq!((put.row.name.as_str(), put.row.place), ("Branches", 1));
    let names = || {
        let rules = workload::list_rules(app, &owner, issuer).unwrap();
        rules
            .into_iter()
            .map(|view| view.row.name)
            .collect::<Vec<_>>()
    };
    assert_eq!(names(), ["First", "Branches"], "the older one first");
    workload::delete_rule(app, &owner, issuer, first.id).unwrap();
    assert_eq!(names(), ["Branches"]);
    assert!(is_missing(workload::delete_rule(
        app, &owner, issuer, first.id
    )));
    assert!(is_missing(workload::show_rule(
        app,
        &owner,
        nobody(),
        second.id
    )));
}

/// The operations of the routes ask for a confirmation only for what adds power; those that stand for them here ask never.
#[test]
fn what_adds_power_takes_a_sign_in_that_was_confirmed_lately() {
    let world = World::new();
    let issuer = world.trusted();
    let rule = world.rule(issuer.id, &plain_wish()).unwrap().row;
    world.service("second");
    world.kit.advance(Span::from_hours(3));
    let (app, owner) = (world.app(), world.owner());
    let replace = |field: &str, value: Value| {
        workload::replace_rule(app, &owner, issuer.id, rule.id, &with(wish(), field, value))
    };
    for (field, value) in [
        (
            "permissions",
            json!({ "contents": "write", "administration": "read" }),
        ),
        ("claims", json!({ "sub": ["repo:acme/*:ref:refs/heads/*"] })),
        ("repositories", json!(["widget", "other"])),
        ("audience", json!("https://elsewhere.example.org")),
        ("forks", json!("read_only")),
        ("fork_claims", json!({})),
        ("seconds", json!(7200)),
        ("order", json!(2)),
    ] {
        assert_eq!(
            refused(replace(field, value)),
            (403, "confirmation_needed"),
            "{field}"
        );
    }
    let other = IssuerWish {
        service_account: "second".to_owned(),
        ..world.issuer_wish()
    };
    assert_eq!(
        refused(workload::update(app, &owner, issuer.id, &other)),
        (403, "confirmation_needed")
    );
    // What only takes away asks for none.
    replace("permissions", json!({ "contents": "read" })).unwrap();
    let renamed = IssuerWish {
        name: "Renamed".to_owned(),
        ..world.issuer_wish()
    };
    workload::update(app, &owner, issuer.id, &renamed).unwrap();
    workload::delete_rule(app, &owner, issuer.id, rule.id).unwrap();
    workload::delete(app, &owner, issuer.id).unwrap();
}

#[test]
fn another_organization_sees_and_changes_nothing() {
    let world = World::new();
    let issuer = world.trusted();
    let rule = world.rule(issuer.id, &plain_wish()).unwrap().row;
    let theirs = world.kit.organization("theirs", &world.bob);
    let call = |operation: &'static Operation| {
        world
            .kit
            .by(&world.bob, operation, named::organization(&theirs))
    };
    let (app, bob) = (world.app(), call(&operations::OWNER));
    assert!(workload::list(app, &bob).unwrap().is_empty());
    assert!(is_missing(workload::show(app, &bob, issuer.id)));
    assert!(is_missing(workload::delete(app, &bob, issuer.id)));
    assert!(is_missing(workload::show_rule(
        app, &bob, issuer.id, rule.id
    )));
    assert!(is_missing(workload::delete_rule(
        app, &bob, issuer.id, rule.id
    )));
    assert!(is_missing(workload::create_rule(
        app,
        &bob,
        issuer.id,
        &plain_wish()
    )));
    let member = world.kit.by(
        &world.bob,
        &operations::OWNER,
        named::organization(&world.acme),
    );
    assert_eq!(
        refused(workload::list(app, &member)),
        (403, "membership_too_low")
    );
}

#[test]
fn a_repository_that_goes_leaves_the_rule_for_none() {
    let world = World::new();
    let issuer = world.trusted();
    let rule = world.rule(issuer.id, &plain_wish()).unwrap().row;
    let call = world.kit.by(
        &world.ann,
        &operations::ADMIN,
        named::repository(&world.widget),
    );
    jeton_app::repositories::delete(world.app(), &call).unwrap();
    let view = workload::show_rule(world.app(), &world.owner(), issuer.id, rule.id).unwrap();
    assert!(view.repositories.is_empty());
    let found = world.simulated();
    assert!(!found.opens(), "{found:?}");
}
