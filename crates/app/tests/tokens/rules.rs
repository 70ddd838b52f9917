//! Rules that approve without a person: what they let through, and what they never do.

use jeton_app::approval::{self, RuleWish};
use jeton_app::tokens::{self, ExpiryWish, NewToken, TokenEdit};
use jeton_domain::{Role, Standing};
use serde_json::{Value, json};

use crate::outcome::{count, events, fault, refused};
use crate::world::{FETCH, World, labs, levels, names, word};

fn wish(change: impl FnOnce(&mut Value)) -> RuleWish {
    let mut value = json!({
        "name": "read-only",
        "permissions": { "contents": "read" },
        "repositories": ["labs"],
        "maximum": { "days": 30 },
        "who": "members",
    });
    change(&mut value);
    serde_json::from_value(value).unwrap()
}

fn make(world: &World) -> approval::RuleView {
    approval::create(world.app(), &world.owner(&world.ann), &wish(|_| {})).unwrap()
}

fn waiting(world: &World) -> usize {
    world.waiting(&world.owner(&world.ann)).len()
}

#[test]
fn what_a_rule_covers_is_approved_at_once_and_the_log_names_the_rule() {
    let world = World::new();
    make(&world);
    let created = world.create(&world.bob, &labs("t"));
    assert_eq!(created.view.state, "active");
    assert_eq!(created.overview.button, "Generate token");
    assert_eq!(
        world.told(created.secret.expose(), &FETCH, &world.labs),
        (200, "ok")
    );
    let log = events(&world.kit);
    assert_eq!(
        log[log.len() - 2..],
        [
            "personal_access_token.request_created",
            "personal_access_token.access_granted"
        ]
    );
    let named = "SELECT COUNT(*) FROM audit WHERE event = 'personal_access_token.access_granted' \
                 AND replace(body, '\"rule\":\"read-only\"', '') <> body";
    assert_eq!(count(&world.kit, named), 1);
    let decided = "SELECT COUNT(*) FROM requests WHERE state = 'approved' AND decided_by IS NULL";
    assert_eq!(count(&world.kit, decided), 1);
}

#[test]
fn what_is_beyond_any_limit_of_a_rule_waits() {
    let world = World::new();
    make(&world);
    let guest = world.kit.person("guest");
    world.kit.collaborator(&world.labs, &guest, Role::Write);
    let beyond = [
        (
            &world.bob,
            NewToken {
                permissions: levels(&[("contents", "write")]),
                ..labs("more")
            },
        ),
        (
            &world.bob,
            NewToken {
                repositories: word("all"),
                ..labs("all")
            },
        ),
        (
            &world.bob,
            NewToken {
                repositories: names(&["labs", "site"]),
                ..labs("two")
            },
        ),
        (
            &world.bob,
            NewToken {
                expires_in: Some(ExpiryWish::Days(31)),
                ..labs("long")
            },
        ),
        (&guest, labs("guest")),
    ];
    for (n, (person, new)) in beyond.iter().enumerate() {
        assert_eq!(world.create(person, new).view.state, "pending", "{n}");
    }
    assert_eq!(waiting(&world), beyond.len());
}

#[test]
fn the_form_says_before_that_a_rule_approves() {
    let world = World::new();
    let said = |new: &NewToken| {
        let preview = tokens::preview(world.app(), &world.own(&world.bob), new).unwrap();
        (preview.needs_approval, preview.rule)
    };
    assert_eq!(said(&labs("t")), (true, None));
    make(&world);
    assert_eq!(said(&labs("t")), (false, Some("read-only".to_owned())));
    let more = NewToken {
        permissions: levels(&[("contents", "write")]),
        ..labs("t")
    };
    assert_eq!(said(&more), (true, None));
}

#[test]
fn a_rule_for_a_team_is_for_those_below_it_and_for_nobody_else() {
    let world = World::new();
    let call = world.owner(&world.ann);
    let app = world.app();
    let above = jeton_app::teams::create(app, &call, "above", None).unwrap();
    jeton_app::teams::create(app, &call, "below", Some(above.row.id)).unwrap();
    approval::create(app, &call, &wish(|rule| rule["who"] = json!(["above"]))).unwrap();
    assert_eq!(world.create(&world.bob, &labs("a")).view.state, "pending");
    jeton_app::teams::add_member(app, &call, "below", "bob").unwrap();
    assert_eq!(world.create(&world.bob, &labs("b")).view.state, "active");
    jeton_app::teams::delete(app, &call, "above").unwrap();
    assert_eq!(world.create(&world.bob, &labs("c")).view.state, "pending");
}

#[test]
fn a_rule_lets_a_token_grow_within_its_limits() {
    let world = World::new();
    let token = world.approved("t").view.row.id;
    approval::create(
        world.app(),
        &world.owner(&world.ann),
        &wish(|rule| rule["permissions"] = json!({ "contents": "write" })),
    )
    .unwrap();
    let edit = TokenEdit {
        permissions: Some(levels(&[("contents", "write")])),
        ..TokenEdit::default()
    };
    let view = tokens::edit(world.app(), &world.own(&world.bob), token, &edit).unwrap();
    assert_eq!((view.pending, view.state), (None, "active"));
    assert_eq!(view.in_force, view.row.wanted);
}

#[test]
fn what_a_person_took_back_no_rule_gives_again() {
    let world = World::new();
    let denied = world.create(&world.bob, &labs("denied"));
    world.review(&denied.view, false).unwrap();
    let withdrawn = world.approved("withdrawn").view.row.id;
    let owner = world.owner(&world.ann);
    jeton_app::grants::revoke_one(world.app(), &owner, withdrawn).unwrap();
    let cancelled = world.create(&world.bob, &labs("cancelled")).view.row.id;
    let own = world.own(&world.bob);
    tokens::cancel_request(world.app(), &own, cancelled).unwrap();
    make(&world);
    let ask = |id| {
        tokens::ask_again(world.app(), &own, id, None)
            .unwrap()
            .row
            .standing
    };
    assert_eq!(ask(denied.view.row.id), Standing::Pending);
    assert_eq!(ask(withdrawn), Standing::Pending);
    assert!(ask(cancelled).grants());
}

#[test]
fn a_deleted_rule_approves_nothing_more_and_takes_nothing_back() {
    let world = World::new();
    let rule = make(&world);
    let before = world.create(&world.bob, &labs("before"));
    approval::delete(world.app(), &world.owner(&world.ann), rule.row.id).unwrap();
    assert_eq!(
        world.create(&world.bob, &labs("after")).view.state,
        "pending"
    );
    assert_eq!(
        world.told(before.secret.expose(), &FETCH, &world.labs),
        (200, "ok")
    );
}

#[test]
fn a_rule_that_names_a_deleted_repository_keeps_to_the_others() {
    let world = World::new();
    let rule = make(&world);
    let call = world.kit.by(
        &world.ann,
        &jeton_testkit::operations::ADMIN,
        jeton_testkit::named::repository(&world.labs),
    );
    jeton_app::repositories::delete(world.app(), &call).unwrap();
    let view = approval::show(world.app(), &world.owner(&world.ann), rule.row.id).unwrap();
    assert_eq!(view.row.rule.selection.name(), "selected");
    assert!(view.repositories.is_empty());
    let all = NewToken {
        repositories: word("all"),
        ..labs("all")
    };
    assert_eq!(world.create(&world.bob, &all).view.state, "pending");
}

#[test]
fn only_a_wider_rule_asks_for_a_confirmation() {
    let world = World::new();
    let rule = make(&world).row.id;
    world.kit.advance(jeton_domain::Span::from_days(1));
    let call = world.owner(&world.ann);
    let narrow = wish(|rule| rule["maximum"] = json!({ "days": 7 }));
    approval::replace(world.app(), &call, rule, &narrow).unwrap();
    let wide = wish(|rule| rule["maximum"] = json!({ "days": 8 }));
    assert_eq!(
        refused(approval::replace(world.app(), &call, rule, &wide)),
        (403, "confirmation_needed")
    );
    world.prove(&world.ann);
    approval::replace(world.app(), &call, rule, &wide).unwrap();
}

#[test]
fn each_fault_of_a_rule_stands_beside_its_field() {
    let world = World::new();
    make(&world);
    let call = world.owner(&world.ann);
    let told = |change: fn(&mut Value)| fault(approval::create(world.app(), &call, &wish(change)));
    assert_eq!(told(|_| {}), ("name", "already_exists"));
    assert_eq!(
        told(|r| r["name"] = json!("READ-ONLY")),
        ("name", "already_exists")
    );
    assert_eq!(told(|r| r["name"] = json!("")), ("name", "invalid"));
    assert_eq!(
        told(|r| r["name"] = json!("x".repeat(81))),
        ("name", "invalid")
    );
    assert_eq!(
        told(|r| r["name"] = json!("a\u{202e}b")),
        ("name", "invalid")
    );
    assert_eq!(
        told(|r| r["repositories"] = json!("public")),
        ("repositories", "invalid")
    );
    assert_eq!(
        told(|r| r["maximum"] = json!({ "days": 0 })),
        ("maximum", "invalid")
    );
    assert_eq!(told(|r| r["who"] = json!([])), ("who", "invalid"));
    assert_eq!(told(|r| r["who"] = json!("everybody")), ("who", "invalid"));
    assert_eq!(told(|r| r["who"] = json!(["nothing"])), ("who", "invalid"));
    assert_eq!(
        refused(approval::create(
            world.app(),
            &world.owner(&world.bob),
            &wish(|_| {})
        )),
        (403, "membership_too_low")
    );
}
