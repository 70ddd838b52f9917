//! Signing in through an outside provider: whose account an answer opens, and the answers that open none. The provider is one
//! that says what a test wants, over real connections and with real signatures.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test fails by panicking"
)]

mod attacks;
#[path = "../people/support.rs"]
mod outcome;
#[path = "../../../out/tests/oidc/provider.rs"]
mod provider;
mod world;

use jeton_app::oidc::{Finished, QuestionPurpose, connected, disconnect};
use jeton_app::{AppError, Named};
use jeton_domain::Span;
use jeton_testkit::operations;
use serde_json::json;

use outcome::{conflict, count, events, is_forbidden, is_missing};
use world::{Rules, World};

fn return_of(finished: Finished) -> String {
    match finished {
        Finished::SignedIn { return_to, .. }
        | Finished::Second { return_to, .. }
        | Finished::Connected { return_to }
        | Finished::Confirmed { return_to } => return_to,
    }
}

#[test]
fn where_no_provider_is_configured_there_is_none() {
    let kit = jeton_testkit::Kit::new();
    let nobody = kit.anonymous(&operations::SITE, Named::Site);
    let asked = jeton_app::oidc::start(kit.app(), &nobody, QuestionPurpose::SignIn, "/");
    assert!(is_missing(asked));
    assert_eq!(kit.app().outside_name(), None);
}

#[test]
fn a_stranger_gets_no_account_unless_the_operator_lets_them() {
    let world = World::new(Rules::default());
    assert_eq!(conflict(world.sign_in()), "not_connected");
    assert_eq!(count(&world.kit, "SELECT COUNT(*) FROM accounts"), 0);
    assert_eq!(events(&world.kit), Vec::<String>::new());
}

#[test]
fn a_stranger_who_is_let_in_has_an_account_of_their_own_and_the_same_one_next_time() {
    let world = World::new(Rules {
        create: true,
        ..Rules::default()
    });
    let session = world.session(world.sign_in().unwrap());
    assert_eq!(world.who(&session), "ada");
    assert_eq!(
        events(&world.kit),
        ["user.create", "user.link_identity", "user.login"]
    );
    // Another address and another name there: the subject is who they are.
    world.claim("email", json!("lovelace@example.net"));
    world.claim("preferred_username", json!("lovelace"));
    let again = world.session(world.sign_in().unwrap());
    assert_eq!(world.who(&again), "ada");
    assert_eq!(count(&world.kit, "SELECT COUNT(*) FROM users"), 1);
}

#[test]
fn an_account_that_is_made_takes_nobodys_name_and_no_unverified_address() {
    let world = World::new(Rules {
        create: true,
        ..Rules::default()
    });
    world.kit.person("ada");
    world.claim("email_verified", json!(false));
    world.claim("email", json!("ada@example.test"));
    let session = world.session(world.sign_in().unwrap());
    assert_eq!(world.who(&session), "ada-2");
    let verified = "SELECT COUNT(*) FROM users WHERE email_verified_at IS NOT NULL";
    assert_eq!(count(&world.kit, verified), 1, "ada's own alone");
}

#[test]
fn an_address_connects_accounts_only_where_the_operator_says_so_and_the_provider_vouches() {
    for (connect, vouched, opens) in [
        (false, true, None),
        (true, false, None),
        (true, true, Some("ada")),
    ] {
        let world = World::new(Rules {
            connect,
            ..Rules::default()
        });
        world.kit.person("ada");
        world.claim("email", json!("ADA@example.test"));
        world.claim("email_verified", json!(vouched));
        match (world.sign_in(), opens) {
            (Ok(finished), Some(login)) => {
                assert_eq!(world.who(&world.session(finished)), login);
            }
            (refused, None) => assert_eq!(conflict(refused), "not_connected"),
            other => panic!("{connect} {vouched}: {other:?}"),
        }
    }
}

#[test]
fn somebody_whose_address_is_taken_gets_no_second_account() {
    let world = World::new(Rules {
        create: true,
        ..Rules::default()
    });
    world.kit.person("bob");
    world.claim("email", json!("bob@example.test"));
    assert_eq!(conflict(world.sign_in()), "not_connected");
}

#[test]
fn only_these_domains_come_in_and_an_address_must_be_vouched_for() {
    let world = World::new(Rules {
        create: true,
        domains: vec!["example.org".to_owned()],
        ..Rules::default()
    });
    for (address, vouched, comes_in) in [
        ("ada@example.net", true, false),
        ("ada@example.org", false, false),
        ("ada@sub.example.org", true, false),
        ("ada@example.org@evil.example", true, false),
        ("ada@evil.example, x@example.org", true, false),
        ("ada@Example.ORG", true, true),
    ] {
        world.claim("email", json!(address));
        world.claim("email_verified", json!(vouched));
        let finished = world.sign_in();
        if comes_in {
            finished.unwrap();
        } else {
            assert!(is_forbidden(finished), "{address} {vouched}");
        }
    }
}

#[test]
fn a_connected_account_is_opened_until_it_is_disconnected() {
    let world = World::new(Rules::default());
    let ada = world.kit.person("ada");
    let own = world.kit.by(&ada, &operations::OWN, Named::Own);
    let finished = world.link(&ada).unwrap();
    assert_eq!(return_of(finished), "/settings/security");
    let rows = connected(world.kit.app(), &own).unwrap();
    assert_eq!(rows.len(), 1);
    assert_eq!(rows[0].label, "ada@example.org");
    assert_eq!(world.who(&world.session(world.sign_in().unwrap())), "ada");
    // Connecting again what is connected changes nothing.
    world.link(&ada).unwrap();
    // Another's can't be disconnected, and is as one that is not there.
    let eve = world.kit.person("eve");
    let others = world.kit.by(&eve, &operations::OWN, Named::Own);
    assert!(is_missing(disconnect(world.kit.app(), &others, rows[0].id)));
    world.password(&ada);
    disconnect(world.kit.app(), &own, rows[0].id).unwrap();
    assert_eq!(conflict(world.sign_in()), "not_connected");
    assert_eq!(
        events(&world.kit),
        ["user.link_identity", "user.login", "user.unlink_identity"]
    );
}

#[test]
fn the_last_way_in_stays() {
    for another in [World::password, World::passkey] {
        let world = World::new(Rules::default());
        let ada = world.kit.person("ada");
        world.link(&ada).unwrap();
        let own = world.kit.by(&ada, &operations::OWN, Named::Own);
        let rows = connected(world.kit.app(), &own).unwrap();
        let refused = disconnect(world.kit.app(), &own, rows[0].id);
        assert_eq!(conflict(refused), "last_way_in");
        // Taking away asks for no confirmation.
        another(&world, &ada);
        world.kit.advance(Span::from_hours(3));
        disconnect(world.kit.app(), &own, rows[0].id).unwrap();
        assert_eq!(connected(world.kit.app(), &own).unwrap(), []);
    }
}

#[test]
fn a_sign_in_is_confirmed_by_who_shows_anew_who_they_are() {
    let world = World::new(Rules::default());
    let ada = world.kit.person("ada");
    world.link(&ada).unwrap();
    world.kit.advance(Span::from_hours(3));
    let sudo = world.kit.by(&ada, &world::CONFIRMED, Named::Own);
    assert_eq!(outcome::refused(world.kit.app().permit(&sudo)).0, 403);
    // Known there since an hour, and not asked again.
    let hour_ago = world.kit.app().now().before(Span::from_hours(1));
    world.claim("auth_time", json!(hour_ago.seconds()));
    assert!(is_forbidden(world.confirm(&ada)));
    world.claim("auth_time", serde_json::Value::Null);
    assert!(is_forbidden(world.confirm(&ada)));
    // Somebody else at the same browser.
    world.claim("auth_time", json!(world.kit.app().now().seconds()));
    world.claim("sub", json!("eve-2"));
    assert!(is_forbidden(world.confirm(&ada)));
    assert_eq!(outcome::refused(world.kit.app().permit(&sudo)).0, 403);
    world.claim("sub", json!("ada-1"));
    assert_eq!(
        return_of(world.confirm(&ada).unwrap()),
        "/settings/security"
    );
    world.kit.app().permit(&sudo).unwrap();
    assert_eq!(events(&world.kit).last().unwrap(), "user.sudo");
}

#[test]
fn whoever_the_provider_asked_for_nothing_is_signed_in_and_not_confirmed() {
    let world = World::new(Rules::default());
    let ada = world.kit.person("ada");
    world.link(&ada).unwrap();
    let confirmed = |world: &World| {
        let session = world.session(world.sign_in().unwrap());
        let sudo = world.kit.call(&world::CONFIRMED, Named::Own, session);
        world.kit.app().permit(&sudo).is_ok()
    };
    // The provider still knew the browser, or does not say when it asked.
    assert!(!confirmed(&world));
    let ago = |hours| {
        json!(
            world
                .kit
                .app()
                .now()
                .before(Span::from_hours(hours))
                .seconds()
        )
    };
    world.claim("auth_time", ago(2));
    assert!(!confirmed(&world));
    world.claim("auth_time", ago(1));
    assert!(confirmed(&world));
    // A clock that is ahead lengthens nothing.
    world.claim("auth_time", ago(-24));
    let session = world.session(world.sign_in().unwrap());
    world.kit.advance(Span::from_hours(2));
    let sudo = world.kit.call(&world::CONFIRMED, Named::Own, session);
    assert_eq!(outcome::refused(world.kit.app().permit(&sudo)).0, 403);
}

#[test]
fn a_suspended_person_does_not_come_in_this_way_either() {
    let world = World::new(Rules::default());
    let ada = world.kit.person("ada");
    world.link(&ada).unwrap();
    world.change("UPDATE accounts SET state = 'suspended', suspended_at = created_at");
    assert!(is_forbidden(world.sign_in()));
}

#[test]
fn a_second_factor_here_is_asked_for_unless_the_provider_saw_two() {
    let world = World::new(Rules {
        two_factors: vec!["mfa".to_owned()],
        ..Rules::default()
    });
    let ada = world.kit.person("ada");
    world.link(&ada).unwrap();
    let app = world.kit.app();
    let call = || world.kit.by(&ada, &operations::OWN, Named::Own);
    let begun = jeton_app::factors::begin_authenticator(app, &call()).unwrap();
    let code = begun.seed.code(app.now().seconds()).unwrap();
    jeton_app::factors::finish_authenticator(app, &call(), &code).unwrap();
    world.claim("amr", json!(["pwd"]));
    let sessions = "SELECT COUNT(*) FROM sign_ins WHERE kind = 'session'";
    let Finished::Second { step, .. } = world.sign_in().unwrap() else {
        panic!("signed in by the provider's word alone");
    };
    assert_eq!(count(&world.kit, sessions), 0);
    world.kit.advance(Span::from_seconds(30));
    let code = begun.seed.code(app.now().seconds()).unwrap();
    let nobody = world.kit.anonymous(&operations::SITE, Named::Site);
    jeton_app::factors::browser::second_by_code(app, &nobody, &step, &code).unwrap();
    assert_eq!(count(&world.kit, sessions), 1);
    world.claim("amr", json!(["mfa"]));
    let done = world.sign_in().unwrap();
    assert!(matches!(done, Finished::SignedIn { .. }), "{done:?}");
}

#[test]
fn two_factors_count_only_in_the_operators_words_and_only_this_time() {
    let strong = "SELECT COUNT(*) FROM external_identities WHERE strong_at IS NOT NULL";
    for (words, counts) in [
        (vec![], 0),
        (vec!["mfa"], 1),
        (vec!["urn:two"], 1),
        (vec!["hwk"], 0),
    ] {
        let world = World::new(Rules {
            create: true,
            two_factors: words.into_iter().map(str::to_owned).collect(),
            ..Rules::default()
        });
        world.claim("amr", json!(["pwd", "mfa"]));
        world.claim("acr", json!("urn:two"));
        world.sign_in().unwrap();
        assert_eq!(count(&world.kit, strong), counts);
        world.claim("amr", json!(["pwd"]));
        world.claim("acr", json!("urn:one"));
        world.sign_in().unwrap();
        assert_eq!(count(&world.kit, strong), 0);
    }
}

#[test]
fn what_the_person_declined_there_is_told_and_changes_nothing() {
    let world = World::new(Rules {
        create: true,
        ..Rules::default()
    });
    let asked = world.ask(&world.nobody(), QuestionPurpose::SignIn, "/");
    let denied = world.answer(&world.nobody(), &asked, |returned| {
        returned.code = None;
        returned.error = Some("access_denied");
    });
    assert_eq!(conflict(denied), "provider_denied");
    assert_eq!(count(&world.kit, "SELECT COUNT(*) FROM accounts"), 0);
}

#[test]
fn a_provider_that_is_down_is_told_as_such() {
    let world = World::new(Rules::default());
    world.there.set(|script| {
        let path = "/.well-known/openid-configuration".to_owned();
        drop(
            script
                .instead
                .insert(path, (503, String::new(), Vec::new())),
        );
    });
    let asked = jeton_app::oidc::start(
        world.kit.app(),
        &world.nobody(),
        QuestionPurpose::SignIn,
        "/",
    );
    let Err(AppError::Conflict { code, message }) = asked else {
        panic!("{asked:?}");
    };
    assert_eq!(code, "provider_unavailable");
    assert!(message.contains("the works"), "{message}");
}
