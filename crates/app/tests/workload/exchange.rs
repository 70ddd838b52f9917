//! What comes of a token that somebody brings.

use jeton_app::workload::{self, ExchangeRefusal};
use jeton_app::{AppError, Carried, Presented};
use jeton_domain::{CredentialKind, JobOrigin, Kinds, Operation, Permissions, Span};
use jeton_store::service_accounts;
use jeton_testkit::{named, operations};
use serde_json::{Value, json};

use crate::outcome::{count, events, refused};
use crate::provider::token;
use crate::world::{World, plain_wish, wish, with};

fn permissions(pairs: &[(&str, &str)]) -> Permissions {
    Permissions::parse(pairs.iter().copied()).unwrap()
}

/// An issuer with a rule, in an organization whose jobs may write.
fn world() -> World {
    let world = World::new();
    world.jobs_may_write();
    let issuer = world.trusted();
    world.rule(issuer.id, &plain_wish()).unwrap();
    world
}

#[test]
fn a_token_that_meets_a_rule_opens_a_job_of_the_service_account() {
    let world = world();
    let opened = world.bring(&world.token()).unwrap().unwrap();
    let row = &opened.view.row;
    assert_eq!(row.origin, JobOrigin::Workload);
    assert_eq!(opened.view.opener, "builder");
    assert_eq!(opened.view.repository, "acme/widget");
    assert_eq!(row.reference.as_deref(), Some("refs/heads/main"));
    assert_eq!((row.fork, row.environment.as_deref()), (false, None));
    assert_eq!(row.permissions, permissions(&[("contents", "write")]));
    assert_eq!(row.ends_at, world.now().after(Span::from_hours(1)));
    assert!(opened.secret.expose().starts_with("jts_"));
    let jobs = "SELECT count(*) FROM tokens WHERE kind = 'job'";
    assert_eq!(count(&world.kit, jobs), 1);
    let claims: Value = serde_json::from_str(row.claims.as_deref().unwrap()).unwrap();
    assert_eq!(
        claims,
        json!({ "sub": "repo:acme/widget:ref:refs/heads/main", "jti": "one" })
    );
    let logged = world.logged("workload.exchange");
    assert_eq!(logged.len(), 1);
    for (field, value) in [
        ("workload_issuer", "The works"),
        ("workload_rule", "Branches"),
        ("service_account", "builder"),
        ("repo", "acme/widget"),
        ("org", "acme"),
    ] {
        assert_eq!(logged[0][field], value, "{field}");
    }
    let said = logged[0].to_string();
    assert!(
        !said.contains(opened.secret.expose()) && !said.contains(&world.token()),
        "{said}"
    );

    // It reads and writes its repository, and no other; and is nobody's after an hour.
    let call = |operation: &Operation, repository| {
        let operation = Box::leak(Box::new(Operation {
            kinds: Kinds::of(&[CredentialKind::Job]),
            ..*operation
        }));
        let presented = Presented::new(world.app().ring(), &opened.secret.parsed());
        let carried = Carried::Value(presented);
        world
            .kit
            .call(operation, named::repository(repository), carried)
    };
    world
        .app()
        .permit(&call(&operations::READ, &world.widget))
        .unwrap();
    world
        .app()
        .permit(&call(&operations::WRITE, &world.widget))
        .unwrap();
    let other = world.app().permit(&call(&operations::READ, &world.other));
    assert_eq!(refused(other).0, 404);
    world.kit.advance(Span::from_hours(1));
    let over = world.app().permit(&call(&operations::READ, &world.widget));
    assert_eq!(refused(over).0, 401);
}

#[test]
fn a_token_opens_one_job() {
    let world = world();
    let text = world.token();
    world.bring(&text).unwrap().unwrap();
    assert_eq!(
        world.bring(&text).unwrap().unwrap_err(),
        ExchangeRefusal::Grant
    );
    // The same number in another token, and the issuer made anew.
    world.claim("ref", json!("refs/heads/other"));
    assert_eq!(world.refusal(), ExchangeRefusal::Grant);
    let issuer = workload::list(world.app(), &world.owner()).unwrap()[0].id;
    workload::delete(world.app(), &world.owner(), issuer).unwrap();
    let again = world.trusted();
    world.rule(again.id, &plain_wish()).unwrap();
    assert_eq!(world.refusal(), ExchangeRefusal::Grant);
    let logged = world.logged("workload.refuse");
    assert_eq!(logged.len(), 3);
    assert_eq!(logged[0]["reason"], "the token opened a job before");
    let found = world.simulated();
    assert_eq!(
        found.checks.unwrap().unused,
        Err("it opened a job before".to_owned())
    );
    world.claim("jti", json!("two"));
    world.bring(&world.token()).unwrap().unwrap();
    // One without a number is known by what was signed.
    world.claim("jti", Value::Null);
    world.bring(&world.token()).unwrap().unwrap();
    assert_eq!(world.refusal(), ExchangeRefusal::Grant);
}

#[test]
fn two_who_bring_the_same_token_at_once_open_one_job() {
    let world = world();
    let text = world.token();
    // So that neither waits for the issuer.
    world.simulated();
    let opened: usize = std::thread::scope(|scope| {
        let all: Vec<_> = (0..8)
            .map(|_| scope.spawn(|| usize::from(world.bring(&text).unwrap().is_ok())))
            .collect();
        all.into_iter().map(|one| one.join().unwrap()).sum()
    });
    assert_eq!(opened, 1);
    assert_eq!(count(&world.kit, "SELECT count(*) FROM job_tokens"), 1);
}

#[test]
fn what_the_token_lacks_is_logged_and_not_said() {
    let world = world();
    for (claim, value, why) in [
        (
            "aud",
            json!("https://elsewhere.example.org"),
            "the audience must be",
        ),
        (
            "aud",
            json!(["https://git.example.org", "other"]),
            "the audience must be",
        ),
        (
            "sub",
            json!("repo:acme/widget:pull_request"),
            "`sub` must look like",
        ),
        (
            "event_name",
            json!("pull_request"),
            "somebody else's change",
        ),
    ] {
        let before = world.there.script.lock().unwrap().claims.clone();
        world.claim(claim, value);
        assert_eq!(world.refusal(), ExchangeRefusal::Grant, "{claim}");
        let logged = world.logged("workload.refuse");
        let reason = logged.last().unwrap()["reason"].as_str().unwrap();
        assert!(reason.contains(why), "{reason}");
        assert!(reason.starts_with("rule `Branches`: "), "{reason}");
        world.there.set(|script| script.claims = before);
    }
    // What is said is the same whatever it was, and holds nothing of the rule.
    let said = ExchangeRefusal::Grant.description();
    assert!(
        !said.contains("Branches") && !said.contains("refs/heads"),
        "{said}"
    );
    assert_eq!(count(&world.kit, "SELECT count(*) FROM job_tokens"), 0);
    assert_eq!(count(&world.kit, "SELECT count(*) FROM workload_uses"), 0);
    world.bring(&world.token()).unwrap().unwrap();
}

#[test]
fn a_token_that_is_not_its_issuers_leaves_no_entry_and_opens_nothing() {
    let world = world();
    let now = world.now().seconds();
    let refuse = |change: &dyn Fn(&World)| {
        let before = world.there.script.lock().unwrap().clone();
        change(&world);
        assert_eq!(world.refusal(), ExchangeRefusal::Grant);
        world.there.set(|script| *script = before);
    };
    refuse(&|world| {
        world.there.set(|script| {
            script.signs = Some(2);
            script.header = Some(json!({ "alg": "EdDSA", "kid": "k1" }));
        });
    });
    refuse(&|world| world.there.set(|script| script.signs = Some(9)));
    refuse(&|world| {
        world.there.set(|script| {
            script.signs = None;
            script.header = Some(json!({ "alg": "none" }));
        });
    });
    refuse(&|world| world.claim("exp", json!(now - 60)));
    refuse(&|world| world.claim("nbf", json!(now + 61)));
    refuse(&|world| world.claim("iss", json!("https://stranger.example.org")));
    refuse(&|world| world.claim("exp", json!(now + 86_401)));
    for text in ["", "a.b.c", &"a".repeat(20_000)] {
        assert_eq!(
            world.bring(text).unwrap().unwrap_err(),
            ExchangeRefusal::Grant
        );
    }
    assert!(world.logged("workload.refuse").is_empty());
    assert_eq!(count(&world.kit, "SELECT count(*) FROM job_tokens"), 0);
}

#[test]
fn a_repository_that_is_not_there_and_one_that_is_nobodys_business_answer_alike() {
    let world = world();
    let theirs = world.kit.organization("theirs", &world.bob);
    let hidden = (theirs.account(), "theirs");
    world
        .kit
        .repository(hidden, "secret", jeton_domain::Visibility::Private);
    for resource in [
        "acme/other",
        "acme/nothing",
        "theirs/secret",
        "theirs/nothing",
        "ann/widget",
        "nobody-there/widget",
    ] {
        let refusal = world
            .bring_for(&world.token(), resource, None)
            .unwrap()
            .unwrap_err();
        assert_eq!(refusal, ExchangeRefusal::Grant, "{resource}");
    }
    for resource in [
        "",
        "widget",
        "acme/",
        "a/b/c",
        "https://elsewhere.example.org/acme/widget",
    ] {
        let refusal = world
            .bring_for(&world.token(), resource, None)
            .unwrap()
            .unwrap_err();
        assert_eq!(refusal, ExchangeRefusal::Target, "{resource}");
    }
    let address = format!("{}/Acme/Widget.git", world.app().public_url());
    world
        .bring_for(&world.token(), &address, None)
        .unwrap()
        .unwrap();
}

#[test]
fn a_job_gets_the_least_of_what_it_asks_the_rule_and_the_organization_give() {
    let world = World::new();
    let issuer = world.trusted();
    world.rule(issuer.id, &plain_wish()).unwrap();
    let bring = |n: u32, scope: Option<&str>| {
        world.claim("jti", json!(format!("n{n}")));
        world
            .bring_for(&world.token(), "acme/widget", scope)
            .unwrap()
    };
    let given = |n: u32, scope: Option<&str>| bring(n, scope).unwrap().view.row.permissions;
    // Until the organization says more, its jobs read.
    assert_eq!(given(1, None), permissions(&[("contents", "read")]));
    world.jobs_may_write();
    assert_eq!(given(2, None), permissions(&[("contents", "write")]));
    assert_eq!(
        given(3, Some("contents:read")),
        permissions(&[("contents", "read")])
    );
    assert_eq!(
        given(4, Some("contents:write administration:write")),
        permissions(&[("contents", "write")])
    );
    assert_eq!(
        given(5, Some("metadata:read")),
        permissions(&[("metadata", "read")])
    );
    assert_eq!(
        bring(6, Some("administration:write")).unwrap_err(),
        ExchangeRefusal::Nothing
    );
    for scope in [
        "",
        "contents",
        "contents:",
        "everything:read",
        "contents:admin",
        "members:read",
        "a:b:c",
    ] {
        let refusal = bring(7, Some(scope)).unwrap_err();
        assert!(
            matches!(refusal, ExchangeRefusal::Scope(_)),
            "{scope}: {refusal:?}"
        );
    }
    // What was refused used nothing up.
    assert_eq!(given(7, None), permissions(&[("contents", "write")]));
}

#[test]
fn a_job_for_somebody_elses_change_reads_where_the_rule_lets_it() {
    let world = World::new();
    world.jobs_may_write();
    let issuer = world.trusted();
    world
        .rule(issuer.id, &with(wish(), "forks", json!("read_only")))
        .unwrap();
    world.claim("event_name", json!("pull_request"));
    let opened = world.bring(&world.token()).unwrap().unwrap();
    assert!(opened.view.row.fork);
    assert_eq!(
        opened.view.row.permissions,
        permissions(&[("contents", "read")])
    );
}

#[test]
fn a_rule_an_issuer_and_a_service_account_that_go_take_effect_at_once() {
    let world = world();
    let (app, owner) = (world.app(), world.owner());
    let issuer = workload::list(app, &owner).unwrap()[0].clone();
    let rule = workload::list_rules(app, &owner, issuer.id).unwrap()[0]
        .row
        .id;
    let suspend = |to: &'static str| {
        let sql = format!(
            "UPDATE accounts SET state = '{to}', suspended_at = $1 WHERE login_key = 'builder'"
        );
        let at = (to == "suspended").then(|| world.now());
        world
            .kit
            .store()
            .write(|unit| unit.execute_one(jeton_store::Sql::built(sql), &[&at]))
            .unwrap();
    };
    suspend("suspended");
    assert_eq!(world.refusal(), ExchangeRefusal::Grant);
    let reason = world.logged("workload.refuse")[0]["reason"].clone();
    assert_eq!(reason, "the service account `builder` may not act");
    suspend("active");
    workload::delete_rule(app, &owner, issuer.id, rule).unwrap();
    assert_eq!(world.refusal(), ExchangeRefusal::Grant);
    assert_eq!(
        world.logged("workload.refuse")[1]["reason"],
        "the issuer has no rule"
    );
    world.rule(issuer.id, &plain_wish()).unwrap();
    workload::delete(app, &owner, issuer.id).unwrap();
    assert_eq!(world.refusal(), ExchangeRefusal::Grant);
    let there = world
        .kit
        .store()
        .read(|unit| service_accounts::by_id(unit, issuer.opener.as_user()))
        .unwrap();
    assert!(there.is_some());
}

#[test]
fn an_issuer_that_is_down_is_no_refusal_of_the_token() {
    let world = world();
    let path = "/.well-known/openid-configuration";
    let down = (500, String::new(), Vec::new());
    world
        .there
        .set(|script| drop(script.instead.insert(path.to_owned(), down.clone())));
    assert_eq!(world.refusal(), ExchangeRefusal::Unavailable);
    world.there.set(|script| script.instead.clear());
    world.kit.advance(Span::from_seconds(30));
    world.bring(&world.token()).unwrap().unwrap();
    // Down again: what it said last holds for an hour.
    world
        .there
        .set(|script| drop(script.instead.insert(path.to_owned(), down)));
    world.kit.advance(Span::from_minutes(50));
    let now = world.now().seconds();
    world.claim("iat", json!(now));
    world.claim("exp", json!(now + 300));
    world.claim("jti", json!("two"));
    world.bring(&world.token()).unwrap().unwrap();
    world.kit.advance(Span::from_minutes(11));
    assert_eq!(world.refusal(), ExchangeRefusal::Unavailable);
}

#[test]
fn a_rotated_key_is_found_and_the_old_one_is_nobodys() {
    let world = world();
    world.bring(&world.token()).unwrap().unwrap();
    let old = token(&world.there.script.lock().unwrap());
    world
        .there
        .set(|script| (script.publishes, script.signs) = (vec![2], Some(2)));
    world.claim("jti", json!("two"));
    world.kit.advance(Span::from_seconds(30));
    world.bring(&world.token()).unwrap().unwrap();
    assert_eq!(
        world.bring(&old).unwrap().unwrap_err(),
        ExchangeRefusal::Grant
    );
}

#[test]
fn failures_count_against_their_address_and_entries_against_their_issuer() {
    let world = world();
    world.claim("sub", json!("somebody"));
    let text = world.token();
    for _ in 0..600 {
        assert_eq!(
            world.bring(&text).unwrap().unwrap_err(),
            ExchangeRefusal::Grant
        );
    }
    assert!(matches!(world.bring(&text), Err(AppError::TooMany { .. })));
    assert_eq!(world.logged("workload.refuse").len(), 100);
    world.kit.advance(Span::from_hours(1));
    let now = world.now().seconds();
    world.claim("iat", json!(now));
    world.claim("exp", json!(now + 300));
    assert_eq!(world.refusal(), ExchangeRefusal::Grant);
    assert_eq!(world.logged("workload.refuse").len(), 101);
}

#[test]
fn words_that_are_over_are_swept() {
    let world = world();
    world.bring(&world.token()).unwrap().unwrap();
    let retention = jeton_app::Retention {
        organization: Span::from_days(180),
        user: Span::from_days(90),
    };
    let kept = || count(&world.kit, "SELECT count(*) FROM workload_uses");
    world.kit.advance(Span::from_seconds(359));
    world.app().forget(retention).unwrap();
    assert_eq!(kept(), 1, "it may still come with all leeway");
    assert_eq!(world.refusal(), ExchangeRefusal::Grant);
    world.kit.advance(Span::from_seconds(2));
    world.app().forget(retention).unwrap();
    assert_eq!(kept(), 0);
    assert_eq!(world.refusal(), ExchangeRefusal::Grant, "it is over");
    assert!(events(&world.kit).contains(&"job.open".to_owned()));
}
