//! Requests: who decides, once, and what holds until then.

use std::sync::Barrier;

use jeton_app::requests::{self, Review};
use jeton_app::tokens::{self, TokenFilter};
use jeton_app::{AppError, audit_log, grants};
use jeton_domain::{Maximum, OrganizationRole, Span, Standing};
use jeton_testkit::{named, operations};

use crate::outcome::{conflict, count, events, fault, is_missing, refused};
use crate::world::{FETCH, FINE, World, labs, plain};

fn say(approve: bool, reason: &str) -> Review {
    Review {
        approve,
        reason: reason.to_owned(),
    }
}

#[test]
fn a_pending_token_reads_what_everybody_may_until_an_owner_approves() {
    let world = World::new();
    let created = world.create(&world.bob, &labs("t"));
    let value = created.secret.expose();
    assert_eq!(created.view.state, "pending");
    assert_eq!(
        world.told(value, &FETCH, &world.labs),
        (404, "standing_pending")
    );
    assert_eq!(world.told(value, &FETCH, &world.site), (200, "ok"));
    let waiting = world.waiting(&world.owner(&world.ann));
    assert_eq!(
        waiting
            .iter()
            .map(|view| view.token.row.id)
            .collect::<Vec<_>>(),
        [created.view.row.id]
    );
    assert_eq!(waiting[0].request.asked.length, Maximum::Days(30));
    world.review(&created.view, true).unwrap();
    assert_eq!(world.told(value, &FETCH, &world.labs), (200, "ok"));
    assert!(world.waiting(&world.owner(&world.ann)).is_empty());
}

#[test]
fn pages_of_requests_tokens_and_grants_hold_what_the_whole_lists_hold() {
    let world = World::new();
    let made: Vec<_> = ["a", "b", "c", "d"]
        .iter()
        .map(|name| world.create(&world.bob, &labs(name)).view)
        .collect();
    for view in &made[..2] {
        world.review(view, true).unwrap();
    }
    let (app, ann) = (world.app(), world.owner(&world.ann));
    let whole = world.waiting(&ann);
    let (page, total) = requests::pending_page(app, &ann, &TokenFilter::default(), 1, 1).unwrap();
    assert_eq!((whole.len(), total, page.len()), (2, 2, 1));
    assert_eq!(page[0].request, whole[1].request);
    let whole = world.granted(&ann);
    let (page, total) = grants::active_page(app, &ann, &TokenFilter::default(), 1, 5).unwrap();
    assert_eq!((whole.len(), total, page.len()), (2, 2, 1));
    assert_eq!(page[0].row, whole[1].row);
    let (page, total) = tokens::list(app, &world.own(&world.bob), &[FINE], 1, 2).unwrap();
    let ids: Vec<_> = page.iter().map(|view| view.row.id).collect();
    assert_eq!((ids, total), (vec![made[2].row.id, made[1].row.id], 4));
}

#[test]
fn a_denial_tells_the_creator_why() {
    let world = World::new();
    let created = world.create(&world.bob, &labs("t"));
    let request = created.view.pending.unwrap();
    requests::review(
        world.app(),
        &world.owner(&world.ann),
        &[request],
        &say(false, "too much"),
    )
    .unwrap();
    let view = world.show(&world.bob, created.view.row.id);
    assert_eq!(
        (view.state, view.row.standing_reason.as_deref()),
        ("denied", Some("too much"))
    );
    assert_eq!(
        world.told(created.secret.expose(), &FETCH, &world.labs),
        (404, "standing_denied")
    );
    assert_eq!(
        world.told(created.secret.expose(), &FETCH, &world.site),
        (200, "ok")
    );
    let bobs = audit_log::of_oneself(
        world.app(),
        &world.own(&world.bob),
        &audit_log::Wanted {
            count: 10,
            ..Default::default()
        },
    );
    assert_eq!(
        bobs.unwrap()[0].event,
        "personal_access_token.request_denied",
        "in the creator's own log"
    );
    let shown = requests::show(world.app(), &world.owner(&world.ann), request).unwrap();
    assert_eq!(
        (shown.request.state.as_str(), shown.request.reason.as_str()),
        ("denied", "too much")
    );
}

#[test]
fn a_reason_holds_nothing_that_changes_how_it_is_shown() {
    let world = World::new();
    let view = world.create(&world.bob, &labs("t")).view;
    let deny = |reason: &str| {
        requests::review(
            world.app(),
            &world.owner(&world.ann),
            &[view.pending.unwrap()],
            &say(false, reason),
        )
    };
    for hostile in ["\u{202e}", "a\u{1b}[2Jb", "\0", "\u{200b}"] {
        assert_eq!(fault(deny(hostile)), ("reason", "invalid"), "{hostile:?}");
    }
    deny("two\nlines, naïve — 漢字").unwrap();
}

/// What was asked and decided is history: it stays what it was, whatever becomes of the token.
#[test]
fn a_decided_request_is_shown_when_its_token_is_gone() {
    let world = World::new();
    let token = world.approved("as asked");
    let (id, own) = (token.view.row.id, world.own(&world.bob));
    let show = || {
        let request = token.view.pending.unwrap();
        requests::show(world.app(), &world.owner(&world.ann), request)
    };
    let renamed = tokens::TokenEdit {
        name: Some("renamed".to_owned()),
        ..tokens::TokenEdit::default()
    };
    tokens::edit(world.app(), &own, id, &renamed).unwrap();
    let before = show().unwrap();
    assert_eq!(before.request.token_name, "as asked");
    tokens::delete(world.app(), &own, id).unwrap();
    let after = show().unwrap();
    assert_eq!(after.request, before.request);
    assert_eq!(
        (after.token.state, after.token.creator.as_str()),
        ("revoked", "bob")
    );
    // A grant is access that is there: one that ended is none, and the log has it.
    let ann = world.owner(&world.ann);
    assert!(is_missing(grants::repositories(
        world.app(),
        &ann,
        id,
        0,
        10
    )));
}

#[test]
fn a_reason_holds_to_its_limit() {
    let world = World::new();
    let created = world.create(&world.bob, &labs("t"));
    let request = [created.view.pending.unwrap()];
    let review = |reason: &str| {
        requests::review(
            world.app(),
            &world.owner(&world.ann),
            &request,
            &say(false, reason),
        )
    };
    assert_eq!(fault(review(&"é".repeat(1025))), ("reason", "invalid"));
    assert_eq!(fault(review("a\0b")), ("reason", "invalid"));
    review(&"é".repeat(1024)).unwrap();
}

#[test]
fn only_an_owner_of_that_organization_decides() {
    let world = World::new();
    let created = world.create(&world.bob, &labs("t"));
    let request = [created.view.pending.unwrap()];
    for person in [&world.bob, &world.eve] {
        let result = requests::review(world.app(), &world.owner(person), &request, &say(true, ""));
        assert_eq!(
            refused(result),
            (403, "membership_too_low"),
            "{}",
            person.login
        );
    }
    // eve owns another organization: the id alone opens nothing.
    let other = world.kit.organization("other", &world.eve);
    let call = world
        .kit
        .by(&world.eve, &operations::OWNER, named::organization(&other));
    assert_eq!(
        fault(requests::review(
            world.app(),
            &call,
            &request,
            &say(true, "")
        )),
        ("pat_request_ids", "missing")
    );
    assert!(is_missing(requests::review_one(
        world.app(),
        &call,
        request[0],
        &say(true, "")
    )));
    assert!(is_missing(requests::show(world.app(), &call, request[0])));
    assert_eq!(world.show(&world.bob, created.view.row.id).state, "pending");
}

#[test]
fn approving_takes_a_confirmed_sign_in_and_denying_does_not() {
    let world = World::new();
    let (one, two) = (
        world.create(&world.bob, &labs("1")),
        world.create(&world.bob, &labs("2")),
    );
    world.kit.advance(Span::from_hours(2));
    assert_eq!(
        refused(world.review(&one.view, true)),
        (403, "confirmation_needed")
    );
    world.review(&one.view, false).unwrap();
    world.prove(&world.ann);
    world.review(&two.view, true).unwrap();
    // An approval is a use of sudo mode: it slides.
    world.kit.advance(Span::from_minutes(90));
    let three = world.create(&world.bob, &labs("3"));
    world.review(&three.view, true).unwrap();
    world.kit.advance(Span::from_minutes(90));
    let four = world.create(&world.bob, &labs("4"));
    world.review(&four.view, true).unwrap();
}

#[test]
fn of_two_reviewers_at_once_exactly_one_wins() {
    let world = World::new();
    let zoe = world.kit.person("zoe");
    world
        .kit
        .member(&world.alta3, &zoe, OrganizationRole::Owner);
    for round in 0..20 {
        let created = world.create(&world.bob, &labs(&format!("t{round}")));
        let request = [created.view.pending.unwrap()];
        let barrier = Barrier::new(2);
        let results: Vec<Result<(), AppError>> = std::thread::scope(|scope| {
            let threads: Vec<_> = [(&world.ann, true), (&zoe, false)]
                .map(|(person, approve)| {
                    let (world, barrier) = (&world, &barrier);
                    scope.spawn(move || {
                        let call = world.owner(person);
                        barrier.wait();
                        requests::review(world.app(), &call, &request, &say(approve, ""))
                    })
                })
                .into_iter()
                .collect();
            threads
                .into_iter()
                .map(|thread| thread.join().unwrap())
                .collect()
        });
        let [ann, zoe]: [Result<(), AppError>; 2] = results.try_into().unwrap();
        let state = world.show(&world.bob, created.view.row.id).state;
        match (ann, zoe) {
            (Ok(()), lost) => assert_eq!((conflict(lost), state), ("not_pending", "active")),
            (lost, Ok(())) => assert_eq!((conflict(lost), state), ("not_pending", "denied")),
            both => panic!("{both:?}"),
        }
    }
    let said = "SELECT COUNT(*) FROM audit WHERE event LIKE '%access_granted' OR event LIKE '%request_denied'";
    assert_eq!(count(&world.kit, said), 20, "one entry each");
}

#[test]
fn many_are_decided_together_or_not_at_all() {
    let world = World::new();
    let (one, two) = (
        world.create(&world.bob, &labs("1")),
        world.create(&world.bob, &labs("2")),
    );
    let ids = [one.view.pending.unwrap(), two.view.pending.unwrap()];
    world.review(&two.view, false).unwrap();
    let call = world.owner(&world.ann);
    assert_eq!(
        conflict(requests::review(world.app(), &call, &ids, &say(true, ""))),
        "not_pending"
    );
    assert_eq!(world.show(&world.bob, one.view.row.id).state, "pending");
    // A number that stands twice is meant once.
    let twice = [ids[0], ids[0]];
    requests::review(world.app(), &call, &twice, &say(true, "")).unwrap();
    assert_eq!(world.show(&world.bob, one.view.row.id).state, "active");
    let too_many = vec![ids[0]; requests::MOST + 1];
    assert_eq!(
        fault(requests::review(
            world.app(),
            &call,
            &too_many,
            &say(true, "")
        )),
        ("pat_request_ids", "invalid")
    );
}

#[test]
fn an_owners_own_token_is_approved_at_once_and_the_log_says_so() {
    let world = World::new();
    let created = world.create(&world.ann, &labs("t"));
    assert!(matches!(created.view.row.standing, Standing::Active { .. }));
    world
        .git(created.secret.expose(), &FETCH, &world.labs)
        .unwrap();
    assert_eq!(
        events(&world.kit),
        [
            "personal_access_token.create",
            "personal_access_token.access_granted"
        ]
    );
    let wanted = audit_log::Wanted {
        count: 10,
        ..Default::default()
    };
    let log = audit_log::of_organization(world.app(), &world.owner(&world.ann), &wanted).unwrap();
    assert_eq!(log[0].data.as_ref().unwrap()["automatic"], true);
}

#[test]
fn a_token_for_public_things_or_for_oneself_asks_nobody() {
    let world = World::new();
    let public = jeton_app::tokens::NewToken {
        owner: Some("alta3".to_owned()),
        ..plain("t")
    };
    for new in [&public, &plain("own")] {
        let created = world.create(&world.bob, new);
        assert_eq!(
            (created.view.row.standing, created.view.pending),
            (Standing::NotNeeded, None)
        );
    }
}

#[test]
fn a_request_is_taken_back_and_made_again() {
    let world = World::new();
    let created = world.create(&world.bob, &labs("t"));
    let id = created.view.row.id;
    let own = world.own(&world.bob);
    assert_eq!(
        conflict(tokens::ask_again(world.app(), &own, id, None)),
        "standing",
        "it waits already"
    );
    let view = tokens::cancel_request(world.app(), &own, id).unwrap();
    assert_eq!((view.state, view.pending), ("cancelled", None));
    assert_eq!(
        conflict(tokens::cancel_request(world.app(), &own, id)),
        "standing"
    );
    assert_eq!(conflict(world.review(&created.view, true)), "not_pending");
    let view = tokens::ask_again(world.app(), &own, id, Some("please")).unwrap();
    assert_ne!(view.pending, created.view.pending, "a new id");
    let request =
        requests::show(world.app(), &world.owner(&world.ann), view.pending.unwrap()).unwrap();
    assert_eq!(request.request.justification, "please");
    world.review(&view, true).unwrap();
    world
        .git(created.secret.expose(), &FETCH, &world.labs)
        .unwrap();
}

#[test]
fn the_request_of_a_token_that_ended_is_over() {
    let world = World::new();
    let created = world.create(&world.bob, &labs("t"));
    tokens::revoke(world.app(), &world.own(&world.bob), created.view.row.id).unwrap();
    assert_eq!(conflict(world.review(&created.view, true)), "not_pending");
}

#[test]
fn whoever_does_not_belong_to_the_organization_waits_for_it_whatever_its_rule_for_members() {
    let world = World::new();
    let free = jeton_domain::OrganizationPolicy {
        approval_required: false,
        ..jeton_domain::OrganizationPolicy::default()
    };
    world.kit.policy(&world.alta3, &free);
    world
        .kit
        .collaborator(&world.labs, &world.eve, jeton_domain::Role::Write);
    let asks = |person| -> Vec<bool> {
        let choices = tokens::owners(world.app(), &world.own(person)).unwrap();
        choices
            .into_iter()
            .map(|choice| choice.approval_required)
            .collect()
    };
    assert_eq!(asks(&world.bob), [false, false]);
    assert_eq!(asks(&world.eve), [false, true], "herself, then alta3");
    let members = world.create(&world.bob, &labs("member's"));
    assert_eq!(members.view.state, "active");
    let outside = world.create(&world.eve, &labs("outside"));
    assert_eq!(outside.view.state, "pending");
    world.review(&outside.view, true).unwrap();
    let value = outside.secret.expose();
    assert_eq!(world.told(value, &FETCH, &world.labs), (200, "ok"));
    // More than that waits, too, and what was approved holds meanwhile.
    let wider = tokens::TokenEdit {
        permissions: Some(crate::world::levels(&[("contents", "write")])),
        ..tokens::TokenEdit::default()
    };
    let id = outside.view.row.id;
    let edited = tokens::edit(world.app(), &world.own(&world.eve), id, &wider).unwrap();
    assert!(edited.pending.is_some());
    assert_eq!(
        world.told(value, &crate::world::PUSH, &world.labs),
        (403, "permission_missing")
    );
}
