//! A credential's view of itself (B3), and names that it must not learn.

use jeton_app::tokens::{self, NewToken, OneselfView, TokenEdit};
use jeton_app::{AppError, Named, grants};
use jeton_domain::{CredentialKind, OrganizationPolicy, Role};
use jeton_store::collaborators;

use crate::outcome::refused;
use crate::world::{FINE, SELF, World, carried, labs, levels, names};

fn oneself(world: &World, value: &str) -> Result<OneselfView, AppError> {
    let call = world
        .kit
        .call(&SELF, Named::Own, carried(world.app(), value));
    tokens::oneself(world.app(), &call)
}

fn seen(world: &World, value: &str) -> Vec<String> {
    oneself(world, value)
        .unwrap()
        .token
        .unwrap()
        .names
        .into_values()
        .collect()
}

#[test]
fn a_waiting_token_learns_no_names() {
    let world = World::new();
    let created = world.create(&world.bob, &labs("t"));
    let value = created.secret.expose();
    let view = oneself(&world, value).unwrap();
    assert_eq!(
        (view.kind, view.login.as_str()),
        (CredentialKind::FineGrained, "bob")
    );
    let token = view.token.unwrap();
    assert_eq!(
        (token.state, token.owner.0.as_str(), token.names.len()),
        ("pending", "alta3", 0)
    );
    let unnamed = [&token.row.wanted, &token.in_force].map(|grant| token.unnamed(&grant.selection));
    assert_eq!(unnamed, [1, 0], "what it asks for, and what is in force");
    // Its creator, signed in, chose them.
    assert_eq!(world.show(&world.bob, created.view.row.id).names.len(), 1);
    world.review(&created.view, true).unwrap();
    assert_eq!(seen(&world, value), ["alta3/labs"]);
    grants::revoke(
        world.app(),
        &world.owner(&world.ann),
        &[created.view.row.id],
    )
    .unwrap();
    assert!(seen(&world, value).is_empty());
}

#[test]
fn nor_does_one_that_only_asks_for_more() {
    let world = World::new();
    world.kit.collaborator(&world.vault, &world.bob, Role::Read);
    let token = world.approved("t");
    let more = TokenEdit {
        repositories: names(&["labs", "vault"]),
        ..TokenEdit::default()
    };
    tokens::edit(
        world.app(),
        &world.own(&world.bob),
        token.view.row.id,
        &more,
    )
    .unwrap();
    assert_eq!(seen(&world, token.secret.expose()), ["alta3/labs"]);
    assert_eq!(world.show(&world.bob, token.view.row.id).names.len(), 2);
}

#[test]
fn nobody_learns_the_new_name_of_what_they_lost() {
    let world = World::new();
    let token = world.approved("t");
    let (labs, bob, now) = (world.labs.id, world.bob.id, world.app().now());
    world
        .store()
        .write(|unit| {
            collaborators::remove(unit, labs, bob)?;
            unit.execute(
                "UPDATE repositories SET name = 'merger' WHERE name = 'labs'",
                &[],
            )?;
            unit.feed(now, "test", labs)
        })
        .unwrap();
    assert!(seen(&world, token.secret.expose()).is_empty());
    assert!(world.show(&world.bob, token.view.row.id).names.is_empty());
    let own = world.own(&world.bob);
    assert!(
        tokens::list(world.app(), &own, &[FINE], 0, 100).unwrap().0[0]
            .names
            .is_empty()
    );
    assert!(
        tokens::suspend(world.app(), &own, token.view.row.id)
            .unwrap()
            .names
            .is_empty()
    );
    // The owner who reviews it sees it.
    let shown = world.granted(&world.owner(&world.ann));
    assert_eq!(
        shown[0].names.values().collect::<Vec<_>>(),
        ["alta3/merger"]
    );
}

#[test]
fn a_token_that_a_policy_refuses_is_told_why_and_no_names() {
    let world = World::new();
    let token = world.approved("t");
    let forbidden = OrganizationPolicy {
        fine_grained_allowed: false,
        ..OrganizationPolicy::default()
    };
    world.kit.policy(&world.alta3, &forbidden);
    let view = oneself(&world, token.secret.expose()).unwrap();
    assert_eq!(view.policy, ["alta3 allows no fine-grained tokens."]);
    let (list, _) = tokens::list(world.app(), &world.own(&world.bob), &[FINE], 0, 10).unwrap();
    let own = world.show(&world.bob, token.view.row.id);
    for seen in [&list[0], &own] {
        assert_eq!(seen.state, "active");
        let sentence = seen.state_sentence.as_deref();
        assert_eq!(sentence, Some("alta3 allows no fine-grained tokens."));
    }
    let shown = view.token.unwrap();
    assert!(shown.names.is_empty());
    let count = |grant: &jeton_domain::Grant| shown.unnamed(&grant.selection);
    assert_eq!((count(&shown.row.wanted), count(&shown.in_force)), (1, 1));
    // What a refusal says of its reach is no other thing.
    let call = world.call(token.secret.expose(), &crate::world::FETCH, &world.labs);
    let Err(AppError::Refused(refusal)) = world.app().permit(&call) else {
        panic!("refused by the policy");
    };
    let said = "The token `t` is for 1 of alta3's repositories, and reaches nothing until then.";
    assert!(
        refusal.facts.iter().any(|fact| fact.sentence == said),
        "{:?}",
        refusal.facts
    );
}

#[test]
fn it_is_closed_outside_conditions_and_to_the_suspended() {
    let world = World::new();
    let elsewhere = jeton_domain::Conditions {
        addresses: jeton_domain::Allowed::Only(vec!["10.0.0.0/8".parse().unwrap()]),
        ..jeton_domain::Conditions::default()
    };
    let new = NewToken {
        conditions: vec![elsewhere],
        permissions: levels(&[]),
        ..labs("t")
    };
    let created = world.create(&world.bob, &new);
    assert_eq!(
        refused(oneself(&world, created.secret.expose())),
        (403, "token_address")
    );
    let other = world.approved("other");
    tokens::suspend(world.app(), &world.own(&world.bob), other.view.row.id).unwrap();
    assert_eq!(
        refused(oneself(&world, other.secret.expose())),
        (403, "token_suspended")
    );
    tokens::revoke(world.app(), &world.own(&world.bob), other.view.row.id).unwrap();
    assert_eq!(
        refused(oneself(&world, other.secret.expose())),
        (401, "revoked")
    );
}

#[test]
fn a_signed_in_client_sees_its_person() {
    let world = World::new();
    let view = oneself(&world, world.bob.value()).unwrap();
    assert_eq!(
        (view.kind, view.login.as_str()),
        (CredentialKind::Client, "bob")
    );
    assert!(view.token.is_none());
}

#[test]
fn a_token_is_told_of_its_owners_rules_for_addresses_and_outsiders_wherever_it_asks() {
    let world = World::new();
    world
        .kit
        .collaborator(&world.labs, &world.eve, jeton_domain::Role::Read);
    let token = world.create(&world.eve, &labs("t"));
    world.review(&token.view, true).unwrap();
    let value = token.secret.expose();
    let rules = [
        (
            OrganizationPolicy {
                outside_collaborators_allowed: false,
                ..OrganizationPolicy::default()
            },
            "outside_collaborator_forbidden",
            "alta3 allows no tokens of outside collaborators.",
        ),
        (
            OrganizationPolicy {
                addresses: jeton_domain::Allowed::Only(vec!["198.51.100.0/24".parse().unwrap()]),
                ..OrganizationPolicy::default()
            },
            "owner_address",
            "alta3 does not accept requests from this address.",
        ),
    ];
    for (policy, code, sentence) in rules {
        world.kit.policy(&world.alta3, &policy);
        let view = oneself(&world, value).unwrap();
        assert_eq!(view.policy, [sentence]);
        assert!(view.token.unwrap().names.is_empty());
        // On a 404 too, and the same for hidden and missing.
        let told = |name: &str| {
            let named = jeton_app::Named::Repository("alta3".to_owned(), name.to_owned());
            let carried = crate::world::carried(world.app(), value);
            let call = world.kit.call(&crate::world::FETCH, named, carried);
            match world.app().permit(&call) {
                Err(jeton_app::AppError::Refused(refusal)) => {
                    assert_eq!(refusal.denial.status.code(), 404);
                    refusal.facts
                }
                other => panic!("{other:?}"),
            }
        };
        let facts = told("vault");
        assert_eq!(facts, told("nope"));
        assert!(
            facts
                .iter()
                .any(|fact| fact.code == code && fact.sentence == sentence),
            "{facts:?}"
        );
    }
}

#[test]
fn of_a_sign_ins_end_nothing_is_said_and_of_a_tokens_always() {
    let world = World::new();
    let token = world.approved("t");
    let end = |call: &jeton_app::Call| match world.app().permit(call) {
        Ok(_) | Err(jeton_app::AppError::Refused(_)) => world.app().told(call).expires_at,
        Err(other) => panic!("{other:?}"),
    };
    for repository in [&world.labs, &world.vault] {
        let by = |value: &str| world.call(value, &crate::world::FETCH, repository);
        assert!(end(&by(token.secret.expose())).is_some());
        assert_eq!(end(&by(world.bob.value())), None);
    }
    // Also after a change that the cache does not outlive.
    world
        .kit
        .policy(&world.alta3, &OrganizationPolicy::default());
    tokens::suspend(world.app(), &world.own(&world.bob), token.view.row.id).unwrap();
    tokens::resume(world.app(), &world.own(&world.bob), token.view.row.id).unwrap();
    let call = world.call(token.secret.expose(), &crate::world::FETCH, &world.labs);
    assert!(world.app().told(&call).expires_at.is_some());
}
