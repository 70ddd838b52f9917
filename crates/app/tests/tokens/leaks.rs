//! Values that somebody shows to be known.

use jeton_app::leaks::{MOST, report};
use jeton_app::tokens::{self, RotateToken};
use jeton_app::{AppError, Call, Named, Presented, audit_log};
use jeton_testkit::operations;

use crate::outcome::{count, events, fault, refused};
use crate::world::{FETCH, FINE, World, carried, presented, strange};

fn nobody(world: &World) -> Call {
    world.kit.anonymous(&operations::SITE, Named::Site)
}

fn unknown(world: &World) -> Presented {
    presented(world.app(), &strange(world.app()))
}

#[test]
fn a_reported_value_ends_its_token_whoever_reports_it() {
    let world = World::new();
    let (token, other) = (world.approved("t"), world.approved("other"));
    let value = token.secret.expose();
    world.git(value, &FETCH, &world.labs).unwrap();
    report(
        world.app(),
        &nobody(&world),
        &[unknown(&world), presented(world.app(), value)],
    )
    .unwrap();
    assert_eq!(world.told(value, &FETCH, &world.labs), (401, "revoked"));
    assert_eq!(
        world.told(other.secret.expose(), &FETCH, &world.labs),
        (200, "ok")
    );
    assert!(world.tombstones().contains("leaked"));
    let wanted = audit_log::Wanted {
        count: 2,
        ..Default::default()
    };
    let log = audit_log::of_oneself(world.app(), &world.own(&world.bob), &wanted).unwrap();
    assert_eq!(
        log[1].event, "personal_access_token.credential_revoked",
        "its creator's log says so"
    );
    let log = audit_log::of_organization(world.app(), &world.owner(&world.ann), &wanted).unwrap();
    assert_eq!(
        log[0].event, "personal_access_token.access_revoked",
        "and the organization's that its access is over"
    );
}

#[test]
fn a_reported_sign_in_is_ended() {
    let world = World::new();
    report(
        world.app(),
        &nobody(&world),
        &[presented(world.app(), world.bob.value())],
    )
    .unwrap();
    assert_eq!(
        refused(tokens::list(
            world.app(),
            &world.own(&world.bob),
            &[FINE],
            0,
            100
        )),
        (401, "revoked")
    );
    assert!(world.tombstones().contains("sign_in_ended"));
}

/// The token that reports may be the one that it reports: what the request itself put into the
/// cache must not outlive the change.
#[test]
fn a_token_that_reports_itself_is_over() {
    let world = World::new();
    let token = world.approved("t");
    let value = token.secret.expose();
    world.git(value, &FETCH, &world.labs).unwrap();
    let call = world
        .kit
        .call(&operations::SITE, Named::Site, carried(world.app(), value));
    report(world.app(), &call, &[presented(world.app(), value)]).unwrap();
    assert_eq!(world.told(value, &FETCH, &world.labs), (401, "revoked"));
}

/// GitLab 16047: who rotated because of the leak is not punished by the late report.
#[test]
fn a_value_that_was_rotated_out_ends_nothing_any_more() {
    let world = World::new();
    let token = world.approved("t");
    let zero = RotateToken {
        overlap_seconds: Some(0),
        ..RotateToken::default()
    };
    let own = world.own(&world.bob);
    let rotated = tokens::rotate(world.app(), &own, token.view.row.id, &zero, None).unwrap();
    report(
        world.app(),
        &nobody(&world),
        &[presented(world.app(), token.secret.expose())],
    )
    .unwrap();
    assert_eq!(
        world.told(rotated.secret.expose(), &FETCH, &world.labs),
        (200, "ok")
    );
    // In the overlap both are credentials.
    let again = tokens::rotate(
        world.app(),
        &own,
        token.view.row.id,
        &RotateToken::default(),
        None,
    )
    .unwrap();
    report(
        world.app(),
        &nobody(&world),
        &[presented(world.app(), rotated.secret.expose())],
    )
    .unwrap();
    assert_eq!(
        world.told(again.secret.expose(), &FETCH, &world.labs),
        (401, "revoked")
    );
}

#[test]
fn junk_makes_no_change_and_says_nothing() {
    let world = World::new();
    let seq = world.store().seq().unwrap();
    report(world.app(), &nobody(&world), &[unknown(&world)]).unwrap();
    assert_eq!(world.store().seq().unwrap(), seq);
    assert!(events(&world.kit).is_empty());
}

#[test]
fn an_hour_takes_sixty_reports_of_a_thousand_values_from_one_address() {
    let world = World::new();
    let value = unknown(&world);
    let many = |n: usize| vec![value.clone(); n];
    assert_eq!(
        fault(report(world.app(), &nobody(&world), &many(MOST + 1))),
        ("credentials", "invalid")
    );
    report(world.app(), &nobody(&world), &many(MOST)).unwrap();
    for _ in 1..60 {
        report(world.app(), &nobody(&world), &many(1)).unwrap();
    }
    let late = report(world.app(), &nobody(&world), &many(1));
    assert!(
        matches!(late, Err(AppError::TooMany { seconds: 1..=3600 })),
        "{late:?}"
    );
    let elsewhere = Call {
        address: "198.51.100.1".parse().ok(),
        ..nobody(&world)
    };
    report(world.app(), &elsewhere, &many(1)).unwrap();
    // Those whose address is not known share one window.
    let hidden = Call {
        address: None,
        ..nobody(&world)
    };
    for _ in 0..60 {
        report(world.app(), &hidden, &many(1)).unwrap();
    }
    assert!(matches!(
        report(world.app(), &hidden, &many(1)),
        Err(AppError::TooMany { .. })
    ));
    assert_eq!(count(&world.kit, "SELECT COUNT(*) FROM audit"), 0);
}
