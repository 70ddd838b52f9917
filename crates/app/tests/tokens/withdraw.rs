//! An owner takes access back: never 401, and the holder may ask again.

use jeton_app::{AppError, grants, tokens};
use jeton_domain::{BasePermission, OrganizationPolicy, OrganizationRole};
use jeton_store::memberships;
use jeton_testkit::{named, operations};

use crate::outcome::{events, fault, is_forbidden, is_missing};
use crate::world::{FETCH, PUSH, World, labs};

/// What can't be done is not given as what mends it.
#[test]
fn whoever_left_is_not_told_to_ask_again_until_they_are_back() {
    let world = World::new();
    let token = world.approved("t");
    let (app, id) = (world.app(), token.view.row.id);
    let told = || {
        let call = world.call(token.secret.expose(), &FETCH, &world.labs);
        let Err(AppError::Refused(refusal)) = app.permit(&call) else {
            panic!("not refused");
        };
        (refusal.sentences().join(" "), refusal.fix.command)
    };
    jeton_app::organizations::remove_member(app, &world.owner(&world.ann), "bob").unwrap();
    let (said, fix) = told();
    assert!(said.contains("when its creator left alta3"), "{said}");
    assert!(!said.contains("may ask again"), "{said}");
    assert_eq!(fix, None);
    let asked = tokens::ask_again(app, &world.own(&world.bob), id, None);
    assert!(is_forbidden(asked));
    world
        .kit
        .member(&world.alta3, &world.bob, OrganizationRole::Member);
    let (said, fix) = told();
    assert!(said.contains("may ask again"), "{said}");
    assert_eq!(fix, Some(format!("jeton token request {}", id.get())));
}

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
    assert!(world.granted(&world.owner(&world.ann)).is_empty());
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
    let listed: Vec<_> = world
        .granted(&ann)
        .into_iter()
        .map(|view| view.row.id)
        .collect();
    assert_eq!(listed, [own.view.row.id, id]);
    let other = world.kit.organization("other", &world.eve);
    let eve = world
        .kit
        .by(&world.eve, &operations::OWNER, named::organization(&other));
    assert!(is_missing(grants::repositories(app, &eve, id, 0, 10)));
    assert!(is_missing(grants::revoke_one(app, &eve, id)));
    let unknown = ("pat_ids", "missing");
    assert_eq!(fault(grants::revoke(app, &eve, &[id])), unknown);
    let nobodys = jeton_domain::Id::from_i64(999_999).unwrap();
    assert_eq!(fault(grants::revoke(app, &ann, &[id, nobodys])), unknown);
    // One that never had access is passed by, and goes on waiting.
    let pending = world.create(&world.bob, &labs("pending")).view;
    grants::revoke(app, &ann, &[pending.row.id]).unwrap();
    world.review(&pending, true).unwrap();
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
    let before = events(&world.kit).len();
    grants::revoke_one(app, &ann, id).unwrap();
    assert_eq!(events(&world.kit).len(), before, "nothing was left to take");
}

/// Whoever withdraws by a list that was read a moment ago means what is left of it.
#[test]
fn what_was_withdrawn_or_ended_since_does_not_keep_the_rest() {
    let world = World::new();
    let [gone, over, deleted, last] = ["gone", "over", "deleted", "last"].map(|name| {
        let view = world.create(&world.bob, &labs(name)).view;
        world.review(&view, true).unwrap();
        view.row.id
    });
    let (app, ann, bob) = (world.app(), world.owner(&world.ann), world.own(&world.bob));
    grants::revoke(app, &ann, &[gone]).unwrap();
    tokens::revoke(app, &bob, over).unwrap();
    tokens::delete(app, &bob, deleted).unwrap();
    let before = events(&world.kit).len();
    grants::revoke(app, &ann, &[last, gone, over, last, deleted]).unwrap();
    assert_eq!(
        events(&world.kit)[before..],
        ["personal_access_token.access_revoked"]
    );
    assert!(world.granted(&ann).is_empty());
    // Again, and one alone: nothing changes, and nothing is said.
    grants::revoke(app, &ann, &[last, gone]).unwrap();
    grants::revoke_one(app, &ann, last).unwrap();
    assert_eq!(events(&world.kit).len(), before + 1);
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
