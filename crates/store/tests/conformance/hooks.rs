//! What waits for webhooks: in which order it is taken, and by how many.

use jeton_domain::{HookDeliveryId, HookId, Span, Time};
use jeton_store::Store;
use jeton_store::hook_deliveries::{self, DeliveryOutcome, Ended, HookEventRow};
use jeton_store::hooks::{self, HookContentType, HookOwner, HookRow};

use crate::place::{NOW, Place, on_both};
use crate::world::{self, ANN, HOOK, ORG, REPOSITORY, id};

on_both!(
    each_webhook_is_told_one_thing_at_a_time_in_the_order_of_commits,
    one_that_rests_is_left_and_the_next_is_taken,
    what_came_of_a_try_is_noted_once,
    what_waits_too_long_is_dropped_and_what_is_old_forgotten,
    one_that_is_deleted_keeps_its_secret_as_long_as_something_waits_for_it,
    those_that_listen_are_of_the_organization_and_of_the_repository,
);

fn later(seconds: i64) -> Time {
    NOW.after(Span::from_seconds(seconds))
}

fn hook(store: &Store, number: i64, owner: HookOwner) -> HookId {
    let row = HookRow {
        id: id(number),
        owner,
        url: "https://ci.example.org/".to_owned(),
        content_type: HookContentType::Form,
        secret: None,
        verifies_tls: true,
        events: vec!["*".to_owned()],
        active: true,
        created_by: id(ANN),
        created_at: NOW,
        updated_at: NOW,
        failures: 0,
        rests_until: None,
    };
    store.write(|unit| hooks::insert(unit, &row)).unwrap();
    row.id
}

fn add(store: &Store, hook: HookId, name: &str, due: Time) -> HookDeliveryId {
    store
        .write(|unit| {
            let event = unit.allocate()?;
            hook_deliveries::add_event(
                unit,
                &HookEventRow {
                    id: event,
                    guid: name.to_owned(),
                    event: "push".to_owned(),
                    action: None,
                    repository: None,
                    payload: "{}".to_owned(),
                    created_at: NOW,
                },
            )?;
            hook_deliveries::add(unit, hook, event, (1, false), (NOW, due))
        })
        .unwrap()
}

fn lease(store: &Store, now: Time) -> Option<HookDeliveryId> {
    let until = now.after(Span::from_seconds(60));
    let due = store
        .read(|unit| hook_deliveries::any_due(unit, now))
        .unwrap();
    let taken = store
        .side(|unit| hook_deliveries::lease(unit, now, until))
        .unwrap();
    assert_eq!(due, taken.is_some());
    taken
}

fn finish(store: &Store, try_: HookDeliveryId, now: Time) -> bool {
    let ended = Ended {
        outcome: DeliveryOutcome::Delivered,
        fault: None,
        status_code: Some(200),
        duration_ms: 3,
        url: "https://ci.example.org/",
        request_headers: "{}",
        response_headers: Some("{}"),
        response_body: Some(""),
    };
    store
        .write(|unit| hook_deliveries::finish(unit, try_, &ended, now))
        .unwrap()
}

/// The world with what waits in it done.
fn open(place: &Place) -> Store {
    let store = place.open();
    world::fill(&store);
    assert!(finish(&store, id(420), NOW));
    store
}

fn each_webhook_is_told_one_thing_at_a_time_in_the_order_of_commits(place: &Place) {
    let store = open(place);
    let (one, two) = (
        id(HOOK),
        hook(&store, 401, HookOwner::Organization(id(ORG))),
    );
    // Due in another order than they were committed in, as clocks of two writers may have it.
    let first = add(&store, one, "a", later(2));
    let second = add(&store, one, "b", later(1));
    let other = add(&store, two, "c", later(3));
    let far = add(&store, two, "d", later(100));
    assert_eq!(lease(&store, NOW), None, "nothing is due");
    assert_eq!(lease(&store, later(3)), Some(first));
    assert_eq!(
        lease(&store, later(3)),
        Some(other),
        "and not the second of the same"
    );
    assert_eq!(lease(&store, later(3)), None);
    assert!(finish(&store, first, later(4)));
    assert_eq!(lease(&store, later(4)), Some(second));
    // A lease that ran out is taken over; nobody overtakes it.
    assert_eq!(lease(&store, later(64)), Some(second));
    assert_eq!(lease(&store, later(64)), Some(other));
    assert!(finish(&store, second, later(65)));
    assert!(finish(&store, other, later(65)));
    assert_eq!(lease(&store, later(99)), None);
    assert_eq!(lease(&store, later(100)), Some(far));
    assert_eq!(store.side(hook_deliveries::release).unwrap(), 1);
    assert_eq!(lease(&store, later(100)), Some(far), "let go of");
}

fn one_that_rests_is_left_and_the_next_is_taken(place: &Place) {
    let store = open(place);
    let (one, two) = (
        id(HOOK),
        hook(&store, 401, HookOwner::Repository(id(REPOSITORY))),
    );
    let waits = add(&store, one, "a", NOW);
    let goes = add(&store, two, "b", NOW);
    store
        .write(|unit| hooks::failed(unit, one, later(60)))
        .unwrap();
    assert_eq!(lease(&store, NOW), Some(goes));
    assert_eq!(lease(&store, later(59)), None);
    assert_eq!(lease(&store, later(60)), Some(waits));
    let row = store.read(|unit| hooks::by_id(unit, one)).unwrap().unwrap();
    assert_eq!((row.failures, row.rests_until), (1, Some(later(60))));
    store.write(|unit| hooks::succeeded(unit, one)).unwrap();
    let row = store.read(|unit| hooks::by_id(unit, one)).unwrap().unwrap();
    assert_eq!((row.failures, row.rests_until), (0, None));
    store
        .write(|unit| hooks::rest(unit, one, later(90)))
        .unwrap();
    let row = store.read(|unit| hooks::by_id(unit, one)).unwrap().unwrap();
    assert_eq!((row.failures, row.rests_until), (0, Some(later(90))));
}

fn what_came_of_a_try_is_noted_once(place: &Place) {
    let store = open(place);
    let try_ = add(&store, id(HOOK), "a", NOW);
    assert!(finish(&store, try_, later(1)));
    assert!(!finish(&store, try_, later(2)));
    let row = store
        .read(|unit| hook_deliveries::by_id(unit, try_))
        .unwrap()
        .unwrap();
    assert_eq!(row.delivered_at, Some(later(1)));
    assert_eq!(row.outcome, Some(DeliveryOutcome::Delivered));
}

fn what_waits_too_long_is_dropped_and_what_is_old_forgotten(place: &Place) {
    let store = open(place);
    let waits = add(&store, id(HOOK), "a", NOW);
    let dropped = |before| store.side(|unit| hook_deliveries::drop_waiting(unit, before, later(9)));
    assert_eq!(dropped(NOW).unwrap(), 0);
    assert_eq!(dropped(later(1)).unwrap(), 1);
    let row = store
        .read(|unit| hook_deliveries::by_id(unit, waits))
        .unwrap()
        .unwrap();
    assert_eq!(row.outcome, Some(DeliveryOutcome::Dropped));
    let forget = |before| store.side(|unit| hook_deliveries::forget(unit, before));
    assert_eq!(forget(later(9)).unwrap(), 1, "that of the world");
    assert_eq!(forget(later(10)).unwrap(), 1);
    let left = store.read(|unit| unit.number("SELECT COUNT(*) FROM hook_events", &[]));
    assert_eq!(left.unwrap(), 0);
}

fn one_that_is_deleted_keeps_its_secret_as_long_as_something_waits_for_it(place: &Place) {
    let store = open(place);
    let owner = HookOwner::Repository(id(REPOSITORY));
    let signed = |number| {
        let id = hook(&store, number, owner);
        let mut row = store.read(|unit| hooks::by_id(unit, id)).unwrap().unwrap();
        row.secret = Some(vec![1; 8]);
        store.write(|unit| hooks::update(unit, &row)).unwrap();
        id
    };
    let (waits, idle) = (signed(9001), signed(9002));
    let last = add(&store, waits, "last", NOW);
    for id in [waits, idle] {
        store.write(|unit| hooks::delete(unit, id, NOW)).unwrap();
        assert_eq!(store.read(|unit| hooks::by_id(unit, id)).unwrap(), None);
    }
    let secret = |id| {
        store.side(|unit| hooks::end_orphans(unit, NOW)).unwrap();
        let row = store.read(|unit| hooks::ever_by_id(unit, id)).unwrap();
        row.unwrap().secret
    };
    assert_eq!((secret(waits), secret(idle)), (Some(vec![1; 8]), None));
    assert!(finish(&store, last, NOW));
    assert_eq!(secret(waits), None);
}

fn those_that_listen_are_of_the_organization_and_of_the_repository(place: &Place) {
    let store = open(place);
    let of_repository = hook(&store, 401, HookOwner::Repository(id(REPOSITORY)));
    let off = hook(&store, 402, HookOwner::Organization(id(ORG)));
    let gone = hook(&store, 403, HookOwner::Organization(id(ORG)));
    store
        .write(|unit| {
            let row = hooks::by_id(unit, off)?.unwrap();
            hooks::update(
                unit,
                &HookRow {
                    active: false,
                    ..row
                },
            )?;
            hooks::delete(unit, gone, NOW)
        })
        .unwrap();
    let listening = |organization, repository| -> Vec<HookId> {
        let rows = store
            .read(|unit| hooks::listening(unit, organization, repository))
            .unwrap();
        rows.into_iter().map(|row| row.id).collect()
    };
    assert_eq!(
        listening(Some(id(ORG)), Some(id(REPOSITORY))),
        [id(HOOK), of_repository]
    );
    assert_eq!(listening(Some(id(ORG)), None), [id(HOOK)]);
    assert_eq!(listening(None, Some(id(REPOSITORY))), [of_repository]);
    assert_eq!(listening(Some(id(1)), Some(id(11))), []);
    assert_eq!(listening(None, None), []);
}
