//! Which rule a token would meet, and why not the others.

use jeton_app::workload::{self, Asked, Simulation};
use jeton_domain::Span;
use serde_json::{Value, json};

use crate::outcome::{count, fault};
use crate::world::{World, plain_wish, wish, with};

fn reasons(found: &Simulation) -> Vec<Vec<String>> {
    found
        .rules
        .iter()
        .map(|weighed| match &weighed.verdict {
            Ok(_) => Vec::new(),
            Err(reasons) => reasons.iter().map(ToString::to_string).collect(),
        })
        .collect()
}

#[test]
fn a_good_token_meets_the_first_rule_that_is_met_and_the_others_say_why_not() {
    let world = World::new();
    let issuer = world.trusted();
    let mut tags = wish();
    tags["claims"] = json!({ "sub": ["repo:acme/widget:ref:refs/tags/*"] });
    world
        .rule(issuer.id, &with(tags, "name", json!("Tags")))
        .unwrap();
    let branches = world.rule(issuer.id, &plain_wish()).unwrap().row;
    let found = world.simulated();
    assert!(found.opens());
    assert_eq!(found.met().map(|met| met.row.id), Some(branches.id));
    assert_eq!(
        reasons(&found),
        [
            vec!["`sub` must look like `repo:acme/widget:ref:refs/tags/*`, and is `repo:acme/widget:ref:refs/heads/main`".to_owned()],
            vec![]
        ]
    );
    let job = found.met().unwrap().verdict.clone().unwrap();
    assert_eq!(job.repository, world.widget.id);
    assert_eq!(job.reference.as_deref(), Some("refs/heads/main"));
    assert_eq!(found.given(), Some(branches.rule.permissions));
    // Asked twice: nothing is used up.
    assert!(world.simulated().opens());
    assert_eq!(count(&world.kit, "SELECT count(*) FROM workload_uses"), 0);
    assert_eq!(world.noted(&issuer), (Some(world.now()), None));
}

#[test]
fn what_does_not_hold_of_a_token_is_said_beside_what_its_claims_would_meet() {
    let world = World::new();
    let issuer = world.trusted();
    world.rule(issuer.id, &plain_wish()).unwrap();
    let checks = |world: &World| {
        let found = world.simulated();
        assert!(!found.opens());
        assert!(found.met().is_some(), "the claims would do");
        let checks = found.checks.unwrap();
        [checks.keys, checks.signature, checks.time, checks.unused].map(Result::err)
    };
    // Another's key by this one's name.
    world.there.set(|script| script.signs = Some(2));
    world
        .there
        .set(|script| script.header = Some(json!({ "alg": "EdDSA", "kid": "k1" })));
    assert_eq!(
        checks(&world),
        [
            None,
            Some("its signature does not hold".to_owned()),
            None,
            None
        ]
    );
    world
        .there
        .set(|script| (script.signs, script.header) = (Some(1), None));
    let now = world.now().seconds();
    world.claim("exp", json!(now - 61));
    let ended = world.now().before(Span::from_seconds(61)).iso();
    assert_eq!(
        checks(&world),
        [None, None, Some(format!("it ended at {ended}")), None]
    );
    world.claim("exp", json!(now + 300));
    assert!(world.simulated().opens());
}

#[test]
fn an_issuer_that_is_down_is_said_and_written_down() {
    let world = World::new();
    let issuer = world.trusted();
    world.rule(issuer.id, &plain_wish()).unwrap();
    let path = "/.well-known/openid-configuration";
    let down = (503, String::new(), Vec::new());
    world
        .there
        .set(|script| drop(script.instead.insert(path.to_owned(), down)));
    let why = format!("`{}{path}` answers 503", world.there.issuer);
    let checks = world.simulated().checks.unwrap();
    assert_eq!(checks.keys, Err(why.clone()));
    assert!(!checks.hold());
    assert_eq!(world.noted(&issuer), (None, Some(why)));
    // It came back.
    world.there.set(|script| script.instead.clear());
    world.kit.advance(Span::from_seconds(30));
    assert!(world.simulated().opens());
    assert_eq!(world.noted(&issuer), (Some(world.now()), None));
}

#[test]
fn claims_alone_are_weighed_without_asking_anybody() {
    let world = World::new();
    let issuer = world.trusted();
    world.rule(issuer.id, &plain_wish()).unwrap();
    let ask = |claims: Value, repository: &str| {
        let claims = claims.as_object().unwrap().clone();
        workload::simulate(
            world.app(),
            &world.owner(),
            Asked::Claims(&claims),
            repository,
        )
    };
    let claims = world.there.script.lock().unwrap().claims.clone();
    let found = ask(claims.clone(), "acme/widget").unwrap();
    assert!(found.opens() && found.checks.is_none());
    assert_eq!(world.there.count("/keys"), 0);
    let address = format!("{}/acme/widget.git", world.app().public_url());
    assert!(ask(claims.clone(), &address).unwrap().opens());
    // Another repository, one elsewhere, and one that is not there: the rule says it is for none of them.
    for repository in ["acme/other", "ann/widget", "acme/nothing"] {
        let found = ask(claims.clone(), repository).unwrap();
        let said = format!("`{repository}` is no repository that the rule is for");
        assert_eq!(reasons(&found), [[said]]);
    }
    for repository in [
        "",
        "widget",
        "acme/",
        "/widget",
        "a/b/c",
        "acme/wid get",
        "acme/../x/y",
    ] {
        assert_eq!(
            fault(ask(claims.clone(), repository)),
            ("repository", "invalid"),
            "{repository}"
        );
    }
    let mut stranger = claims;
    stranger["iss"] = json!("https://stranger.example.org");
    let found = ask(stranger, "acme/widget").unwrap();
    assert!(!found.opens() && found.issuer.is_none() && found.rules.is_empty());
    assert_eq!(found.says, "https://stranger.example.org");
}

#[test]
fn what_is_no_token_is_refused_beside_its_field() {
    let world = World::new();
    world.trusted();
    for text in ["", "a.b.c", "jtp_0000", &"a".repeat(20_000)] {
        let asked = Asked::Token(text);
        let outcome = workload::simulate(world.app(), &world.owner(), asked, "acme/widget");
        assert_eq!(fault(outcome), ("token", "invalid"));
    }
}

#[test]
fn a_rule_by_claim_is_for_the_repository_that_the_token_names() {
    let world = World::new();
    let issuer = world.trusted();
    let mut claimed = wish();
    claimed["claims"] = json!({ "repository": ["acme/*"] });
    claimed["repository_claim"] = json!("repository");
    world
        .rule(issuer.id, &with(claimed, "repositories", Value::Null))
        .unwrap();
    assert!(world.simulated().opens());
    world.claim("repository", json!("acme/other"));
    assert_eq!(
        reasons(&world.simulated()),
        [["`repository` must look like `acme/widget`, and is `acme/other`"]]
    );
}
