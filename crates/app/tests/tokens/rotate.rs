//! Rotation without an outage (B5): two values for a while, and how the old one ends.

use jeton_app::AppError;
use jeton_app::Named;
use jeton_app::tokens::{self, Created, ExpiryWish, NewToken, RotateToken, Rotated};
use jeton_domain::{Expiry, Maximum, OrganizationPolicy, Span};

use crate::outcome::{conflict, count, events, fault, refused};
use crate::world::{FETCH, SELF, World, carried, labs, plain};

fn rotate(world: &World, token: &Created, how: &RotateToken) -> Result<Rotated, AppError> {
    tokens::rotate(
        world.app(),
        &world.own(&world.bob),
        token.view.row.id,
        how,
        None,
    )
}

fn how() -> RotateToken {
    RotateToken::default()
}

fn lives(world: &World, value: &str) -> bool {
    match world.told(value, &FETCH, &world.labs) {
        (200, "ok") => true,
        (401, "retired" | "expired") => false,
        other => panic!("{other:?}"),
    }
}

const INSTANT: Span = Span::from_micros(1);

fn before(span: Span) -> Span {
    Span::from_micros(span.micros() - 1)
}

#[test]
fn both_values_work_for_a_day_and_not_an_instant_longer() {
    let world = World::new();
    let token = world.approved("t");
    let rotated = rotate(&world, &token, &how()).unwrap();
    assert_eq!(
        rotated.old_ends_at,
        Some(world.app().now().after(Span::from_hours(24)))
    );
    assert!(lives(&world, token.secret.expose()) && lives(&world, rotated.secret.expose()));
    world.kit.advance(before(Span::from_hours(24)));
    assert!(lives(&world, token.secret.expose()));
    world.kit.advance(INSTANT);
    assert!(!lives(&world, token.secret.expose()));
    assert!(lives(&world, rotated.secret.expose()));
    assert_eq!(
        world.show(&world.bob, token.view.row.id).row.wanted,
        token.view.row.wanted,
        "the grant stays"
    );
}

#[test]
fn the_overlap_may_be_nothing_or_any_deadline() {
    let world = World::new();
    for (n, first_use) in [None, Some("first_use".to_owned())].into_iter().enumerate() {
        let token = world.approved(&format!("zero {}", first_use.is_some()));
        let zero = RotateToken {
            overlap_seconds: Some(0),
            until: first_use,
            ..how()
        };
        let rotated = rotate(&world, &token, &zero).unwrap();
        // At once, and not only when the new value is used.
        assert_eq!(world.tombstones().matches("secret_retired").count(), n + 1);
        assert_eq!(rotated.old_ends_at, None);
        assert!(!lives(&world, token.secret.expose()) && lives(&world, rotated.secret.expose()));
    }
    let token = world.approved("deadline");
    rotate(
        &world,
        &token,
        &RotateToken {
            overlap_seconds: Some(60),
            ..how()
        },
    )
    .unwrap();
    world.kit.advance(before(Span::from_seconds(60)));
    assert!(lives(&world, token.secret.expose()));
    world.kit.advance(INSTANT);
    assert!(!lives(&world, token.secret.expose()));
    assert_eq!(
        fault(rotate(
            &world,
            &token,
            &RotateToken {
                until: Some("never".to_owned()),
                ..how()
            }
        ))
        .0,
        "until"
    );
}

#[test]
fn the_old_values_own_expiry_comes_first() {
    let world = World::new();
    let short = NewToken {
        expires_at: Some("2026-11-21T09:00:00Z".to_owned()),
        ..labs("t")
    };
    let token = world.create(&world.bob, &short);
    world.review(&token.view, true).unwrap();
    let rotated = rotate(&world, &token, &how()).unwrap();
    assert_eq!(
        rotated.old_ends_at,
        Some(world.app().now().after(Span::from_hours(1)))
    );
    world.kit.advance(Span::from_hours(1));
    assert_eq!(
        world.told(token.secret.expose(), &FETCH, &world.labs).1,
        "expired"
    );
}

#[test]
fn the_first_use_ends_the_old_value_and_looking_at_oneself_is_none() {
    let world = World::new();
    let token = world.approved("t");
    let first_use = RotateToken {
        until: Some("first_use".to_owned()),
        ..how()
    };
    let rotated = rotate(&world, &token, &first_use).unwrap();
    let oneself = world.kit.call(
        &SELF,
        Named::Own,
        carried(world.app(), rotated.secret.expose()),
    );
    tokens::oneself(world.app(), &oneself).unwrap();
    assert!(lives(&world, token.secret.expose()));
    assert!(lives(&world, rotated.secret.expose()), "used");
    assert!(!lives(&world, token.secret.expose()));
    assert!(world.tombstones().contains("secret_retired"));
}

#[test]
fn a_second_rotation_waits_for_the_first_to_be_over_or_replaces_it() {
    let world = World::new();
    let token = world.approved("t");
    let first = rotate(&world, &token, &how()).unwrap();
    assert_eq!(conflict(rotate(&world, &token, &how())), "overlap");
    let second = rotate(
        &world,
        &token,
        &RotateToken {
            replace: true,
            ..how()
        },
    )
    .unwrap();
    let living = [
        token.secret.expose(),
        first.secret.expose(),
        second.secret.expose(),
    ]
    .map(|v| lives(&world, v));
    assert_eq!(living, [false, true, true], "never more than two");
    world.kit.advance(Span::from_hours(24));
    rotate(&world, &token, &how()).unwrap();
}

#[test]
fn finishing_ends_the_old_value_now() {
    let world = World::new();
    let token = world.approved("t");
    let finish = || tokens::finish(world.app(), &world.own(&world.bob), token.view.row.id);
    assert_eq!(conflict(finish()), "overlap");
    let rotated = rotate(&world, &token, &how()).unwrap();
    finish().unwrap();
    assert!(!lives(&world, token.secret.expose()) && lives(&world, rotated.secret.expose()));
    assert_eq!(conflict(finish()), "overlap");
}

#[test]
fn an_expired_token_is_rotated_back_to_life_within_what_was_approved() {
    let world = World::new();
    let token = world.approved("t");
    world.kit.advance(Span::from_days(31));
    assert!(!lives(&world, token.secret.expose()));
    assert_eq!(world.show(&world.bob, token.view.row.id).state, "expired");
    let rotated = rotate(&world, &token, &how()).unwrap();
    assert!(lives(&world, rotated.secret.expose()));
    assert!(!lives(&world, token.secret.expose()));
    assert_eq!(
        rotated.view.expiry(),
        Some(Expiry::At(world.app().now().after(Span::from_days(30))))
    );
}

#[test]
fn a_longer_life_than_was_approved_is_refused() {
    let world = World::new();
    let token = world.approved("t");
    let days = |n| RotateToken {
        expires_in: Some(ExpiryWish::Days(n)),
        replace: true,
        ..how()
    };
    assert_eq!(
        fault(rotate(&world, &token, &days(31))),
        ("expires_at", "invalid")
    );
    rotate(&world, &token, &days(30)).unwrap();
    rotate(&world, &token, &days(7)).unwrap();
    rotate(&world, &token, &days(30)).unwrap();
}

/// What a reviewer reads is what becomes of it: no value made meanwhile outlives the request.
#[test]
fn nor_is_a_longer_life_than_is_being_asked_for() {
    let world = World::new();
    let week = NewToken {
        expires_in: Some(ExpiryWish::Days(7)),
        ..labs("t")
    };
    let token = world.create(&world.bob, &week);
    let days = |n| RotateToken {
        expires_in: Some(ExpiryWish::Days(n)),
        replace: true,
        ..how()
    };
    assert_eq!(
        fault(rotate(&world, &token, &days(366))),
        ("expires_at", "invalid")
    );
    rotate(&world, &token, &days(7)).unwrap();
    // Asked again, the longest of the values that live is asked for, not the newest.
    let own = world.own(&world.bob);
    tokens::cancel_request(world.app(), &own, token.view.row.id).unwrap();
    let long = RotateToken {
        overlap_seconds: Some(0),
        ..days(300)
    };
    rotate(&world, &token, &long).unwrap();
    rotate(
        &world,
        &token,
        &RotateToken {
            overlap_seconds: Some(u32::MAX),
            ..days(1)
        },
    )
    .unwrap();
    let view = tokens::ask_again(world.app(), &own, token.view.row.id, None).unwrap();
    let request =
        jeton_app::requests::show(world.app(), &world.owner(&world.ann), view.pending.unwrap())
            .unwrap();
    assert_eq!(request.request.asked.length, Maximum::Days(300));
}

#[test]
fn where_approval_came_later_a_rotation_does_not_lengthen_without_it() {
    let world = World::new();
    let open = OrganizationPolicy {
        approval_required: false,
        ..OrganizationPolicy::default()
    };
    world.kit.policy(&world.alta3, &open);
    let token = world.create(&world.bob, &labs("t"));
    let year = RotateToken {
        expires_in: Some(ExpiryWish::Days(366)),
        replace: true,
        ..how()
    };
    world
        .kit
        .policy(&world.alta3, &OrganizationPolicy::default());
    assert_eq!(
        fault(rotate(&world, &token, &year)),
        ("expires_at", "invalid")
    );
    rotate(&world, &token, &how()).unwrap();
    world.kit.policy(&world.alta3, &open);
    rotate(&world, &token, &year).unwrap();
}

#[test]
fn use_of_a_retired_value_is_reported_once_and_ends_nothing() {
    let world = World::new();
    let token = world.approved("t");
    let rotated = rotate(
        &world,
        &token,
        &RotateToken {
            overlap_seconds: Some(0),
            ..how()
        },
    )
    .unwrap();
    for _ in 0..3 {
        assert_eq!(
            refused(world.git(token.secret.expose(), &FETCH, &world.labs)),
            (401, "retired")
        );
    }
    world.app().flush_activity().unwrap();
    world.app().flush_activity().unwrap();
    let reported = events(&world.kit)
        .iter()
        .filter(|e| *e == "personal_access_token.retired_use")
        .count();
    assert_eq!(reported, 1);
    let body =
        "SELECT COUNT(*) FROM audit WHERE event LIKE '%retired_use' AND body LIKE '%\"count\":3%'";
    assert_eq!(count(&world.kit, body), 1);
    // GitLab 16047: an innocent's live value goes on.
    assert!(lives(&world, rotated.secret.expose()));
}

#[test]
fn housekeeping_retires_what_is_over_and_forgets_it_after_ninety_days() {
    let world = World::new();
    let token = world.create(
        &world.bob,
        &NewToken {
            expires_in: Some(ExpiryWish::Days(300)),
            ..labs("t")
        },
    );
    world.review(&token.view, true).unwrap();
    rotate(&world, &token, &how()).unwrap();
    world
        .git(token.secret.expose(), &FETCH, &world.labs)
        .unwrap();
    world.app().flush_activity().unwrap();
    // A push was made with the old value.
    world.change(
        "INSERT INTO push_intents (id, repository_id, token_id, secret_id, actor_id, push, ref_name, old_object, \
         new_object, created_at, outcome, resolved_at) \
         SELECT 1, r.id, s.token_id, s.id, t.creator_id, 'p', 'refs/heads/main', '0', '1', 1, 'updated', 1 \
         FROM secrets s JOIN tokens t ON t.id = s.token_id JOIN repositories r ON r.name = 'labs' \
         WHERE s.retires_at IS NOT NULL",
    );
    let retired = "SELECT COUNT(*) FROM secrets WHERE retired_at IS NOT NULL AND retire_reason = 'overlap_over'";
    world.app().housekeep().unwrap();
    assert_eq!(count(&world.kit, retired), 0);
    world.kit.advance(Span::from_hours(24));
    world.app().housekeep().unwrap();
    assert_eq!(count(&world.kit, retired), 1);
    assert!(world.tombstones().contains("secret_retired"));
    world.kit.advance(Span::from_days(90));
    world.app().housekeep().unwrap();
    assert_eq!(count(&world.kit, retired), 1, "not at ninety days");
    world.kit.advance(INSTANT);
    world.app().housekeep().unwrap();
    assert_eq!(count(&world.kit, "SELECT COUNT(*) FROM secrets"), 1);
    assert_eq!(
        world.told(token.secret.expose(), &FETCH, &world.site),
        (401, "unknown_token")
    );
    assert_eq!(
        count(
            &world.kit,
            "SELECT COUNT(*) FROM push_intents WHERE secret_id IS NULL"
        ),
        1
    );
}

#[test]
fn one_entry_is_left_of_each_rotation() {
    let world = World::new();
    let token = world.create(&world.bob, &plain("t"));
    let before = events(&world.kit).len();
    rotate(&world, &token, &how()).unwrap();
    assert_eq!(
        events(&world.kit)[before..],
        ["personal_access_token.credential_regenerated"]
    );
}
