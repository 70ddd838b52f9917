//! Lifetimes at use: one rule at the instant, and the policy of the day.

use jeton_app::AppError;
use jeton_app::tokens::{self, RotateToken};
use jeton_domain::{Maximum, OrganizationPolicy, Rule, SitePolicy, Span};

use crate::world::{FETCH, World, word};

/// MAS: two expiry rules that differ at the exact instant.
#[test]
fn a_value_works_until_the_instant_of_its_expiry_from_cache_and_from_storage() {
    let world = World::new();
    let (warm, cold) = (world.approved("warm"), world.approved("cold"));
    world
        .kit
        .advance(Span::from_micros(Span::from_days(30).micros() - 1));
    assert_eq!(
        world.told(warm.secret.expose(), &FETCH, &world.labs),
        (200, "ok")
    );
    world.kit.advance(Span::from_micros(1));
    for value in [&warm, &cold] {
        assert_eq!(
            world.told(value.secret.expose(), &FETCH, &world.labs),
            (401, "expired")
        );
        assert_eq!(
            world.told(value.secret.expose(), &FETCH, &world.site),
            (401, "expired"),
            "never anonymous"
        );
        assert_eq!(world.show(&world.bob, value.view.row.id).state, "expired");
    }
}

#[test]
fn a_shorter_maximum_makes_the_token_fail_with_a_sentence_and_deletes_nothing() {
    let world = World::new();
    let token = world.approved("t");
    let value = token.secret.expose();
    world.git(value, &FETCH, &world.labs).unwrap();
    let days = |days| OrganizationPolicy {
        fine_grained_maximum: Maximum::Days(days),
        ..OrganizationPolicy::default()
    };
    world.kit.policy(&world.alta3, &days(30));
    assert_eq!(world.told(value, &FETCH, &world.labs), (200, "ok"));
    world.kit.policy(&world.alta3, &days(29));
    assert_eq!(
        world.told(value, &FETCH, &world.labs),
        (403, "lifetime_too_long")
    );
    let Err(AppError::Refused(refusal)) = world.git(value, &FETCH, &world.labs) else {
        panic!()
    };
    assert!(
        refusal.sentences().iter().any(|s| s.contains("29 days")),
        "{:?}",
        refusal.sentences()
    );
    assert!(refusal.fix.url.is_some());
    assert_eq!(
        world.told(value, &FETCH, &world.site),
        (200, "ok"),
        "what anybody reads stays open"
    );
    // A rotation without a wish of its own mends it.
    let own = world.own(&world.bob);
    let rotated = tokens::rotate(
        world.app(),
        &own,
        token.view.row.id,
        &RotateToken::default(),
        None,
    )
    .unwrap();
    assert_eq!(
        world.told(rotated.secret.expose(), &FETCH, &world.labs),
        (200, "ok")
    );
    assert_eq!(
        world.told(value, &FETCH, &world.labs),
        (403, "lifetime_too_long")
    );
    world.kit.policy(&world.alta3, &days(366));
    assert_eq!(world.told(value, &FETCH, &world.labs), (200, "ok"));
}

#[test]
fn what_the_site_forces_holds_at_use_too() {
    let world = World::new();
    let token = world.approved("t");
    let value = token.secret.expose();
    world.git(value, &FETCH, &world.labs).unwrap();
    world.site_policy(&SitePolicy {
        fine_grained_allowed: Rule::Force(false),
        ..SitePolicy::default()
    });
    assert_eq!(
        world.told(value, &FETCH, &world.labs),
        (403, "fine_grained_forbidden")
    );
    world.site_policy(&SitePolicy {
        fine_grained_maximum: Rule::Force(Maximum::Days(7)),
        ..SitePolicy::default()
    });
    assert_eq!(
        world.told(value, &FETCH, &world.labs),
        (403, "lifetime_too_long")
    );
}

/// Verdaccio: every stored restriction changes an outcome.
#[test]
fn a_selection_of_all_reaches_what_is_made_later_and_one_by_id_no_namesake() {
    let world = World::new();
    let all = tokens::NewToken {
        repositories: word("all"),
        ..crate::world::labs("all")
    };
    let token = world.create(&world.ann, &all);
    let one = world.create(&world.ann, &crate::world::labs("one"));
    let repository = |name| {
        world.kit.repository(
            (world.alta3.account(), "alta3"),
            name,
            jeton_domain::Visibility::Private,
        )
    };
    let later = repository("later");
    assert_eq!(
        world.told(token.secret.expose(), &FETCH, &later),
        (200, "ok")
    );
    assert_eq!(
        world.told(one.secret.expose(), &FETCH, &later),
        (404, "not_selected")
    );
    let call = world.kit.by(
        &world.ann,
        &jeton_testkit::operations::ADMIN,
        jeton_testkit::named::repository(&world.labs),
    );
    jeton_app::repositories::delete(world.app(), &call).unwrap();
    let again = repository("labs");
    assert_eq!(
        world.told(one.secret.expose(), &FETCH, &again),
        (404, "not_selected"),
        "a re-created name is not reached"
    );
}
