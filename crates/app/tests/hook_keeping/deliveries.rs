//! What webhooks were told: looked at, told again, tried.

use jeton_app::hooks::{self, Among, HookEdit};
use jeton_app::{Call, teams};
use jeton_domain::{HookDeliveryId, HookId, Id as _, Role, Span, Visibility};
use jeton_store::hook_deliveries::{self, DeliveryOutcome, Ended};
use jeton_store::hooks as stored;
use jeton_testkit::{named, operations};

use crate::outcome::{conflict, events, is_missing};
use crate::world::{World, new};

#[test]
fn tries_come_in_parts_the_newest_first() {
    let world = World::new();
    let call = world.owner();
    let id = world.made(&call, &new("one", &["*"])).row.id;
    world.answered(204);
    for event in ["push", "team", "member"] {
        world.told(id, event, None);
    }
    world.answered(500);
    let waits = world.told(id, "repository", None);
    let part = |among, after| hooks::deliveries(world.app(), &call, id, among, (after, 2)).unwrap();
    let names = |part: &hooks::Deliveries| -> Vec<String> {
        part.items
            .iter()
            .map(|row| row.event_name.clone())
            .collect()
    };
    let first = part(Among::Over, None);
    assert_eq!(names(&first), ["member", "team"]);
    let second = part(Among::Over, first.next);
    assert_eq!(
        (names(&second), second.next),
        (vec!["push".to_owned(), "ping".to_owned()], None)
    );
    assert_eq!(names(&part(Among::All, None)), ["repository", "member"]);
    assert_eq!(names(&part(Among::Delivered, None)), ["ping"]);
    assert_eq!(names(&part(Among::Failed, None)), ["member", "team"]);
    assert_eq!(part(Among::Over, HookDeliveryId::from_i64(1)).items, []);
    let one = hooks::delivery(world.app(), &call, id, first.items[0].id).unwrap();
    assert_eq!(one.row.status_code, Some(500));
    assert_eq!(one.texts.response_body.as_deref(), Some("<b>"));
    assert!(
        hooks::delivery(world.app(), &call, id, waits)
            .unwrap()
            .row
            .outcome
            .is_none()
    );
    let view = hooks::show(world.app(), &call, id).unwrap();
    assert_eq!(
        (view.waiting, hooks::said(&view.last.unwrap())),
        (1, "Invalid HTTP Response: 500".to_owned())
    );
}

#[test]
fn what_was_told_is_told_again_at_once_under_its_guid() {
    let world = World::new();
    let call = world.owner();
    let id = world.made(&call, &new("one", &["*"])).row.id;
    let ping = world.tries(&call, id)[0].clone();
    let again = || hooks::redeliver(world.app(), &call, id, ping.id);
    assert_eq!(conflict(again()), "state", "it waits");
    world.answered(500);
    // The webhook rests, as it failed.
    let store = world.kit.store();
    let now = world.app().now();
    store
        .write(|unit| stored::failed(unit, id, now.after(Span::from_hours(1))))
        .unwrap();
    again().unwrap();
    assert_eq!(conflict(again()), "state", "once is enough");
    let tries = world.tries(&call, id);
    assert_eq!(tries.len(), 2);
    assert_eq!(
        (
            tries[0].guid.as_str(),
            tries[0].redelivery,
            tries[0].attempt,
            tries[0].due_at
        ),
        (ping.guid.as_str(), true, 1, now)
    );
    world.answered(200);
    assert_eq!(
        world.tries(&call, id)[0].status_code,
        Some(200),
        "it rested no more"
    );
    assert_eq!(events(&world.kit), ["hook.create", "hook.redeliver"]);
    let other = world
        .made(&world.of(&world.labs), &new("one", &["*"]))
        .row
        .id;
    let theirs = world.tries(&world.of(&world.labs), other)[0].id;
    assert!(is_missing(hooks::redeliver(world.app(), &call, id, theirs)));
    assert!(is_missing(hooks::delivery(world.app(), &call, id, theirs)));
    assert!(is_missing(hooks::redeliver(
        world.app(),
        &call,
        other,
        theirs
    )));
}

/// Whose try comes next, as a worker takes it; nobody answers.
fn next(world: &World) -> Option<(HookDeliveryId, HookId)> {
    let (store, now) = (world.kit.store(), world.app().now());
    let until = now.after(Span::from_minutes(1));
    let id = store.side(|unit| hook_deliveries::lease(unit, now, until));
    id.unwrap().map(|id| {
        let row = store.read(|unit| hook_deliveries::by_id(unit, id)).unwrap();
        (id, row.unwrap().hook)
    })
}

/// Everybody may make organizations, and webhooks in each.
#[test]
fn whoever_makes_webhooks_in_many_organizations_holds_up_nobody_elses() {
    let world = World::new();
    let mut bobs = Vec::new();
    for name in ["one", "two", "three"] {
        let organization = world.kit.organization(name, &world.bob);
        let path = named::organization(&organization);
        let call = world.kit.by(&world.bob, &operations::OWNER, path);
        for path in ["a", "b"] {
            bobs.push(world.made(&call, &new(path, &["push"])).row.id);
        }
    }
    let anns = world.made(&world.owner(), &new("c", &["push"])).row.id;
    let told: Vec<_> = std::iter::from_fn(|| next(&world))
        .map(|(_, hook)| hook)
        .collect();
    assert_eq!(told, [&bobs[..4], &[anns]].concat());
}

/// Whoever may keep webhooks somewhere could have all others wait for receivers of theirs that never answer.
#[test]
fn receivers_that_hang_hold_up_nobody_elses() {
    let world = World::new();
    let own = (world.bob.account(), "bob");
    let own = world.kit.repository(own, "own", Visibility::Public);
    let bobs = world
        .kit
        .by(&world.bob, &operations::ADMIN, named::repository(&own));
    let (labs, vault) = (world.of(&world.labs), world.of(&world.vault));
    let made = |call: &Call, path: &str| world.made(call, &new(path, &["push"])).row.id;
    let of_labs = ["a", "b", "c"].map(|path| made(&labs, path));
    let of_vault = ["d", "e"].map(|path| made(&vault, path));
    let of_all = made(&world.owner(), "f");
    let of_bob = made(&bobs, "g");
    let first = next(&world).unwrap();
    assert_eq!(first.1, of_labs[0]);
    assert_eq!(next(&world).unwrap().1, of_labs[1]);
    let others: Vec<_> = std::iter::from_fn(|| next(&world))
        .map(|(_, hook)| hook)
        .collect();
    assert_eq!(
        others,
        [of_vault[0], of_vault[1], of_bob],
        "two of a repository, four of an account"
    );
    let over = Ended {
        outcome: DeliveryOutcome::Delivered,
        fault: None,
        status_code: Some(204),
        duration_ms: 1,
        url: "https://example.org/a",
        request_headers: "{}",
        response_headers: None,
        response_body: None,
    };
    let (store, now) = (world.kit.store(), world.app().now());
    store
        .write(|unit| hook_deliveries::finish(unit, first.0, &over, now))
        .unwrap();
    assert_eq!(next(&world).unwrap().1, of_labs[2]);
    assert_eq!(next(&world), None, "{of_all:?} waits");
    // What an end of the server left counts no more once its time is over.
    let later = now.after(Span::from_minutes(2));
    let again =
        store.side(|unit| hook_deliveries::lease(unit, later, later.after(Span::from_minutes(1))));
    assert!(again.unwrap().is_some());
}

/// An organization's teams are its members' affair, on whatever way.
#[test]
fn who_administers_from_outside_hears_of_no_team() {
    let world = World::new();
    let guest = world.kit.person("guest");
    world.kit.collaborator(&world.labs, &guest, Role::Admin);
    let path = named::repository(&world.labs);
    let outside = world.kit.by(&guest, &operations::ADMIN, path);
    let inside = world.of(&world.labs);
    let hooks = [(&outside, "one"), (&inside, "two")]
        .map(|(call, path)| world.made(call, &new(path, &["*"])).row.id);
    let team = teams::create(world.app(), &world.owner(), "core", None).unwrap();
    let slug = team.row.slug.as_str();
    teams::put_repository(
        world.app(),
        &world.owner(),
        slug,
        "alta3",
        "labs",
        Role::Read,
    )
    .unwrap();
    world.told(hooks[0], "push", None);
    let heard = |call: &Call, hook| -> Vec<String> {
        let tries = world.tries(call, hook).into_iter();
        tries.map(|one| one.event_name).rev().collect()
    };
    assert_eq!(heard(&outside, hooks[0]), ["ping", "push"]);
    assert_eq!(heard(&inside, hooks[1]), ["ping", "team", "team_add"]);
}

#[test]
fn a_webhook_is_tried_while_it_is_switched_on_and_not_buried() {
    let world = World::new();
    let call = world.owner();
    let id = world.made(&call, &new("one", &["*"])).row.id;
    let ping = || hooks::ping_hook(world.app(), &call, id);
    ping().unwrap();
    assert_eq!(world.tries(&call, id).len(), 2);
    let switched = |active| HookEdit {
        active: Some(active),
        ..HookEdit::default()
    };
    hooks::edit(world.app(), &call, id, &switched(false)).unwrap();
    assert_eq!(conflict(ping()), "state");
    let old = world.tries(&call, id)[0].id;
    assert_eq!(
        conflict(hooks::redeliver(world.app(), &call, id, old)),
        "state"
    );
    hooks::edit(world.app(), &call, id, &switched(true)).unwrap();
    for _ in 0..1000 {
        ping().unwrap();
    }
    assert_eq!(conflict(ping()), "state");
    world.answered(200);
    ping().unwrap();
}

#[test]
fn a_repository_without_commits_has_no_push_to_try_with() {
    let world = World::new();
    let call = world.of(&world.labs);
    let id = world.made(&call, &new("one", &["push"])).row.id;
    hooks::test_push(world.app(), &call, id).unwrap();
    assert_eq!(world.tries(&call, id).len(), 1, "the ping alone");
    let deaf = world.made(&call, &new("two", &["member"])).row.id;
    hooks::test_push(world.app(), &call, deaf).unwrap();
    assert_eq!(world.tries(&call, deaf).len(), 1);
}
