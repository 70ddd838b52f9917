//! Rotation without an outage (B5): two values for a while, and how the old one ends.

use jeton_app::tokens::{self, Created, ExpiryWish, NewToken, RotateToken, Rotated};
use jeton_app::{AppError, Named, audit_log, requests};
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

/// A restored backup knows the value that was replaced, and not the one that took its place.
#[test]
fn a_token_whose_newest_value_is_lost_says_so_and_can_be_rotated() {
    let world = World::new();
    let token = world.approved("t");
    let id = token.view.row.id;
    let rotated = rotate(&world, &token, &how()).unwrap();
    let now = world.app().now();
    world
        .store()
        .write(|unit| {
            let newest = "SELECT MAX(id) FROM secrets";
            let newest = unit.number(newest, &[])?;
            unit.execute("DELETE FROM last_uses WHERE secret_id = $1", &[&newest])?;
            unit.execute("DELETE FROM secrets WHERE id = $1", &[&newest])?;
            unit.execute(
                "UPDATE secrets SET retired_at = $1, retire_reason = 'tombstone'",
                &[&now],
            )?;
            unit.feed(now, "test", id)
        })
        .unwrap();
    drop(rotated);
    let view = world.show(&world.bob, id);
    assert_eq!(view.state, "retired");
    assert!(view.state_sentence.unwrap().contains("rotate it again"));
    assert!(!lives(&world, token.secret.expose()));
    let again = rotate(&world, &token, &how()).unwrap();
    assert!(lives(&world, again.secret.expose()) && !lives(&world, token.secret.expose()));
    let view = world.show(&world.bob, id);
    assert_eq!((view.state, view.state_sentence), ("active", None));
    world.kit.advance(Span::from_days(40));
    assert_eq!(world.show(&world.bob, id).state, "expired");
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

fn days(n: u32) -> RotateToken {
    RotateToken {
        expires_in: Some(ExpiryWish::Days(n)),
        replace: true,
        ..how()
    }
}

fn in_days(world: &World, n: u32) -> Expiry {
    Expiry::At(world.app().now().after(Span::from_days(n)))
}

#[test]
fn a_longer_life_than_was_approved_waits_for_the_owner() {
    let world = World::new();
    let token = world.approved("t");
    // Within what was approved nobody is asked.
    for n in [30, 7, 30] {
        let rotated = rotate(&world, &token, &days(n)).unwrap();
        assert_eq!(rotated.view.expiry(), Some(in_days(&world, n)));
        assert_eq!((rotated.view.pending, rotated.asked_end), (None, None));
    }
    let (approved, wished) = (in_days(&world, 30), in_days(&world, 90));
    let rotated = rotate(&world, &token, &days(90)).unwrap();
    assert_eq!(
        rotated.view.expiry(),
        Some(approved),
        "no longer than approved"
    );
    assert_eq!(rotated.asked_end, Some(wished));
    assert_eq!(rotated.view.row.standing.name(), "active");
    assert!(lives(&world, rotated.secret.expose()), "works meanwhile");
    let request = requests::show(
        world.app(),
        &world.owner(&world.ann),
        rotated.view.pending.unwrap(),
    )
    .unwrap()
    .request;
    assert_eq!(request.asked.length, Maximum::Days(90));
    assert_eq!(request.lengthen, Some(wished));
    // The cache knows the shorter end; an approval reaches it.
    world.kit.advance(Span::from_days(10));
    world.prove(&world.ann);
    world.review(&rotated.view, true).unwrap();
    let view = world.show(&world.bob, token.view.row.id);
    assert_eq!(view.expiry(), Some(wished), "counted from when it was made");
    assert_eq!(view.pending, None);
    world.kit.advance(Span::from_days(70));
    assert!(lives(&world, rotated.secret.expose()));
    world.kit.advance(Span::from_days(10));
    assert!(!lives(&world, rotated.secret.expose()));
    // From now on ninety days need nobody.
    let again = rotate(&world, &token, &days(90)).unwrap();
    assert_eq!(again.view.expiry(), Some(in_days(&world, 90)));
    let log = "SELECT COUNT(*) FROM audit WHERE event LIKE '%access_granted' AND body LIKE '%token_expires_at%'";
    assert_eq!(count(&world.kit, log), 1);
}

#[test]
fn a_denied_wish_for_longer_leaves_the_token_as_it_was() {
    let world = World::new();
    let token = world.approved("t");
    let rotated = rotate(&world, &token, &days(90)).unwrap();
    world.review(&rotated.view, false).unwrap();
    let view = world.show(&world.bob, token.view.row.id);
    assert_eq!(view.expiry(), Some(in_days(&world, 30)));
    assert_eq!(view.row.standing.name(), "active");
    assert!(lives(&world, rotated.secret.expose()));
}

#[test]
fn an_approval_revives_nothing_and_lengthens_nothing_beyond_the_maximum() {
    let world = World::new();
    let (late, tight) = (world.approved("late"), world.approved("tight"));
    let by_late = rotate(&world, &late, &days(90)).unwrap();
    let by_tight = rotate(&world, &tight, &days(90)).unwrap();
    let short = OrganizationPolicy {
        fine_grained_maximum: Maximum::Days(60),
        ..OrganizationPolicy::default()
    };
    world.kit.policy(&world.alta3, &short);
    world.review(&by_tight.view, true).unwrap();
    assert!(
        lives(&world, by_tight.secret.expose()),
        "the maximum would refuse it"
    );
    world
        .kit
        .policy(&world.alta3, &OrganizationPolicy::default());
    world.kit.advance(Span::from_days(31));
    world.prove(&world.ann);
    world.review(&by_late.view, true).unwrap();
    assert!(
        !lives(&world, by_late.secret.expose()),
        "what is over stays over"
    );
}

/// An edit makes a request of its own; the longer life goes on being asked for.
#[test]
fn an_edit_keeps_the_wish_for_longer() {
    let world = World::new();
    let token = world.approved("t");
    let rotated = rotate(&world, &token, &days(90)).unwrap();
    let wished = rotated.asked_end;
    let edit = tokens::TokenEdit {
        permissions: Some([("contents".to_owned(), "write".to_owned())].into()),
        ..tokens::TokenEdit::default()
    };
    let view = tokens::edit(
        world.app(),
        &world.own(&world.bob),
        token.view.row.id,
        &edit,
    )
    .unwrap();
    assert_ne!(view.pending, rotated.view.pending, "another request");
    world.review(&view, true).unwrap();
    assert_eq!(world.show(&world.bob, token.view.row.id).expiry(), wished);
}

/// What a reviewer reads is what becomes of it: a value made meanwhile that would outlive the request
/// replaces it.
#[test]
fn a_longer_life_than_is_being_asked_for_makes_another_request() {
    let world = World::new();
    let week = NewToken {
        expires_in: Some(ExpiryWish::Days(7)),
        ..labs("t")
    };
    let token = world.create(&world.bob, &week);
    let first = token.view.pending.unwrap();
    let rotated = rotate(&world, &token, &days(366)).unwrap();
    assert_eq!(rotated.view.row.standing.name(), "pending");
    assert_eq!(rotated.view.expiry(), Some(in_days(&world, 366)));
    let show = |id| requests::show(world.app(), &world.owner(&world.ann), id).unwrap();
    assert_eq!(show(first).request.state, "cancelled");
    let second = rotated.view.pending.unwrap();
    assert_eq!(show(second).request.asked.length, Maximum::Days(366));
    rotate(&world, &token, &days(7)).unwrap();
    assert_eq!(show(second).request.state, "pending", "shorter asks nobody");
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
    assert_eq!(
        show(view.pending.unwrap()).request.asked.length,
        Maximum::Days(300)
    );
}

#[test]
fn where_approval_came_later_a_longer_life_waits_for_it_too() {
    let world = World::new();
    let open = OrganizationPolicy {
        approval_required: false,
        ..OrganizationPolicy::default()
    };
    world.kit.policy(&world.alta3, &open);
    let token = world.create(&world.bob, &labs("t"));
    world
        .kit
        .policy(&world.alta3, &OrganizationPolicy::default());
    let rotated = rotate(&world, &token, &days(366)).unwrap();
    assert_eq!(rotated.view.expiry(), Some(in_days(&world, 30)));
    assert_eq!(rotated.asked_end, Some(in_days(&world, 366)));
    assert!(lives(&world, rotated.secret.expose()));
    // The owner asks for no approval any more: more needs nobody.
    world.kit.policy(&world.alta3, &open);
    let free = rotate(&world, &token, &days(366)).unwrap();
    assert_eq!(free.view.expiry(), Some(in_days(&world, 366)));
    assert_eq!((free.view.pending, free.asked_end), (None, None));
}

#[test]
fn an_owners_own_longer_life_is_approved_at_once() {
    let world = World::new();
    let token = world.create(&world.ann, &labs("t"));
    let rotated = tokens::rotate(
        world.app(),
        &world.own(&world.ann),
        token.view.row.id,
        &days(90),
        None,
    )
    .unwrap();
    assert_eq!(rotated.view.expiry(), Some(in_days(&world, 90)));
    assert_eq!((rotated.view.pending, rotated.asked_end), (None, None));
    let log =
        "SELECT COUNT(*) FROM audit WHERE event LIKE '%access_granted' AND body LIKE '%automatic%'";
    assert_eq!(count(&world.kit, log), 2);
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
    // What can't be written is kept, and written once.
    world.change("ALTER TABLE audit RENAME TO away");
    assert!(world.app().flush_activity().is_err());
    world.change("ALTER TABLE away RENAME TO audit");
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
    // Everything that tells an owner whose forgotten job it may be, in both logs.
    let wanted = audit_log::Wanted {
        count: 10,
        ..Default::default()
    };
    let (bob, ann) = (world.own(&world.bob), world.owner(&world.ann));
    for entries in [
        audit_log::of_oneself(world.app(), &bob, &wanted),
        audit_log::of_organization(world.app(), &ann, &wanted),
    ] {
        let entries = entries.unwrap();
        let late = entries.iter().find(|e| e.event.ends_with("retired_use"));
        let body = late.unwrap().data.clone().unwrap();
        for field in [
            r#""user_programmatic_access_id""#,
            r#""user_programmatic_access_name":"t""#,
            r#""hashed_token":""#,
            r#""door":"api""#,
            r#""user_agent":"test""#,
            r#""request_id":"r"#,
            r#""address":"192.0.2.7""#,
            r#""org":"alta3""#,
            r#""user":"bob""#,
        ] {
            assert!(body.to_string().contains(field), "{field}: {body}");
        }
    }
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
