//! An owner takes access back: never 401, and the holder may ask again.

use jeton_app::{grants, tokens};
use jeton_domain::{BasePermission, OrganizationPolicy, OrganizationRole};
use jeton_store::memberships;
use jeton_testkit::{named, operations};

use crate::outcome::{events, fault, is_forbidden, is_missing};
use crate::world::{FETCH, PUSH, World, labs};

#[test]
fn a_withdrawn_token_reads_as_anybody_and_may_ask_again() {
    let world = World::new();
    let token = world.approved("t");
    let (app, id, value) = (world.app(), token.view.row.id, token.secret.expose());
    world.git(value, &FETCH, &world.labs).unwrap();
    let before = events(&world.kit).len();
    grants::revoke(app, &world.owner(&world.ann), &[id]).unwrap();
    assert_eq!(
        events(&world.kit)[before..],
        ["personal_access_token.access_revoked"]
    );
    assert_eq!(
        world.told(value, &FETCH, &world.labs),
        (404, "standing_withdrawn")
    );
    assert_eq!(world.told(value, &FETCH, &world.site), (200, "ok"));
    assert_eq!(
        world.told(value, &PUSH, &world.site),
        (403, "standing_withdrawn")
    );
    assert!(world.tombstones().contains("standing_withdrawn"));
    assert!(is_missing(grants::repositories(
        app,
        &world.owner(&world.ann),
        id,
        0,
        10
    )));
    assert!(
        grants::active(app, &world.owner(&world.ann))
            .unwrap()
            .is_empty()
    );
    // Even where no approval is asked for: this token's access was taken.
    let policy = OrganizationPolicy {
        approval_required: false,
        ..OrganizationPolicy::default()
    };
    world.kit.policy(&world.alta3, &policy);
    let view = tokens::ask_again(app, &world.own(&world.bob), id, Some("please")).unwrap();
    assert_eq!(view.state, "pending");
    assert_eq!(
        world.told(value, &FETCH, &world.labs),
        (404, "standing_pending")
    );
    world.review(&view, true).unwrap();
    assert_eq!(world.told(value, &FETCH, &world.labs), (200, "ok"));
}

#[test]
fn a_withdrawal_ends_the_waiting_request_for_more_too() {
    let world = World::new();
    let token = world.approved("t");
    let edit = tokens::TokenEdit {
        permissions: Some(crate::world::levels(&[("contents", "write")])),
        ..tokens::TokenEdit::default()
    };
    let view = tokens::edit(
        world.app(),
        &world.own(&world.bob),
        token.view.row.id,
        &edit,
    )
    .unwrap();
    grants::revoke(world.app(), &world.owner(&world.ann), &[token.view.row.id]).unwrap();
    assert!(world.review(&view, true).is_err());
    assert_eq!(
        world.told(token.secret.expose(), &FETCH, &world.labs),
        (404, "standing_withdrawn")
    );
}

#[test]
fn grants_are_listed_and_withdrawn_by_their_own_owners_only_all_or_none() {
    let world = World::new();
    let token = world.approved("t");
    let own = world.create(&world.ann, &labs("ann's"));
    let (app, ann, id) = (world.app(), world.owner(&world.ann), token.view.row.id);
    let listed: Vec<_> = grants::active(app, &ann)
        .unwrap()
        .into_iter()
        .map(|view| view.row.id)
        .collect();
    assert_eq!(listed, [own.view.row.id, id]);
    let other = world.kit.organization("other", &world.eve);
    let eve = world
        .kit
        .by(&world.eve, &operations::OWNER, named::organization(&other));
    assert!(is_missing(grants::repositories(app, &eve, id, 0, 10)));
    assert!(is_missing(grants::revoke(app, &eve, &[id])));
    let pending = world.create(&world.bob, &labs("pending"));
    assert!(is_missing(grants::revoke(
        app,
        &ann,
        &[id, pending.view.row.id]
    )));
    assert_eq!(
        world.told(token.secret.expose(), &FETCH, &world.labs),
        (200, "ok"),
        "all or none"
    );
    assert_eq!(
        fault(grants::revoke(app, &ann, &vec![id; grants::MOST + 1])),
        ("pat_ids", "invalid")
    );
    // What its creator ended is no grant any more.
    tokens::revoke(app, &world.own(&world.bob), id).unwrap();
    assert!(is_missing(grants::repositories(app, &ann, id, 0, 10)));
    assert!(is_missing(grants::revoke(app, &ann, &[id])));
}

#[test]
fn who_left_can_not_ask() {
    let world = World::new();
    world.kit.base(&world.alta3, BasePermission::Read);
    let token = world.approved("t");
    let (app, id) = (world.app(), token.view.row.id);
    grants::revoke(app, &world.owner(&world.ann), &[id]).unwrap();
    let (organization, bob, now) = (world.alta3.id, world.bob.id, app.now());
    world
        .store()
        .write(|unit| {
            memberships::remove(unit, organization, bob)?;
            unit.execute("DELETE FROM collaborators", &[])?;
            unit.feed(now, "test", bob)
        })
        .unwrap();
    assert!(is_forbidden(tokens::ask_again(
        app,
        &world.own(&world.bob),
        id,
        None
    )));
    world
        .kit
        .member(&world.alta3, &world.bob, OrganizationRole::Owner);
    let view = tokens::ask_again(app, &world.own(&world.bob), id, None).unwrap();
    assert_eq!(
        (view.state, view.pending),
        ("active", None),
        "an owner needs nobody"
    );
}
