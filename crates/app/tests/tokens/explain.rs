//! 'May I, and if not, why?' tells no more than the request itself, or than its person may know.

use jeton_app::explain::{About, Explanation, explain};
use jeton_app::tokens::{self, NewToken, TokenEdit};
use jeton_app::{AppError, Door, Named, Resolved};
use jeton_domain::{
    Allowed, Conditions, Hours, Operation, OrganizationPolicy, RefPattern, RefRules, Rule,
    SitePolicy, TokenId,
};
use jeton_testkit::{Person, operations};

use crate::outcome::{count, is_forbidden, is_missing};
use crate::world::{FETCH, PUSH, World, carried, levels};

fn asked(operation: &'static Operation, name: &str) -> Resolved {
    Resolved {
        operation,
        named: Named::Repository("alta3".to_owned(), name.to_owned()),
        door: Door::Git,
        status: 200,
        moved: 301,
        rule: Box::new(|_, _| Ok(())),
    }
}

fn of(token: TokenId) -> About<'static> {
    About {
        token: Some(token),
        ..About::default()
    }
}

fn by_token(world: &World, value: &str, name: &str) -> Explanation {
    let call = world
        .kit
        .call(&operations::OWN, Named::Own, carried(world.app(), value));
    explain(world.app(), &call, &asked(&FETCH, name), &About::default()).unwrap()
}

fn about(
    world: &World,
    person: &Person,
    name: &str,
    token: TokenId,
) -> Result<Explanation, AppError> {
    explain(
        world.app(),
        &world.own(person),
        &asked(&FETCH, name),
        &of(token),
    )
}

/// Everything that an answer could be made of.
fn all(explanation: &Explanation) -> String {
    let refusal = explanation.refusal.as_ref();
    let status = refusal.map(|refusal| refusal.denial.status);
    let told = refusal.map(|r| {
        (
            r.sentences(),
            r.fields(),
            r.missing.clone(),
            r.fix.clone(),
            r.accepted,
        )
    });
    format!(
        "{} {} {status:?} {told:?} {:?}",
        explanation.allowed(),
        explanation.anonymous_view,
        explanation.layers
    )
}

#[test]
fn with_a_token_hidden_and_missing_are_the_same_answer() {
    let world = World::new();
    let token = world.approved("t");
    let value = token.secret.expose();
    let missing = all(&by_token(&world, value, "not-there"));
    assert!(missing.contains("NotFound"), "{missing}");
    assert_eq!(all(&by_token(&world, value, "vault")), missing);
    assert!(by_token(&world, value, "labs").allowed());
    assert!(by_token(&world, value, "labs").layers.is_empty());
    let public = by_token(&world, value, "site");
    assert!(public.allowed() && public.anonymous_view);
    // Not selected, though its creator sees it: the same 404 that the request gets.
    world
        .kit
        .collaborator(&world.vault, &world.bob, jeton_domain::Role::Read);
    assert_eq!(all(&by_token(&world, value, "vault")), missing);
}

#[test]
fn a_creator_signed_in_learns_layer_by_layer_what_they_may_know() {
    let world = World::new();
    let token = world.create(&world.bob, &crate::world::labs("t"));
    let id = token.view.row.id;
    let told = about(&world, &world.bob, "labs", id).unwrap();
    let refused: Vec<_> = told.layers.iter().filter(|layer| !layer.passes).collect();
    assert_eq!(refused[0].reason.as_ref().unwrap().code, "standing_pending");
    let (vault, missing) = (
        about(&world, &world.bob, "vault", id).unwrap(),
        about(&world, &world.bob, "nope", id).unwrap(),
    );
    assert!(vault.layers.is_empty());
    assert_eq!(all(&vault), all(&missing));
    world.review(&token.view, true).unwrap();
    assert!(about(&world, &world.bob, "labs", id).unwrap().allowed());
    let push = explain(
        world.app(),
        &world.own(&world.bob),
        &asked(&PUSH, "labs"),
        &of(id),
    )
    .unwrap();
    assert_eq!(
        push.refusal.unwrap().denial.reason.code(),
        "permission_missing"
    );
}

/// One sentence for one reason, and no command that can't help where the site forces the rule.
#[test]
fn a_policys_word_is_said_once_with_the_command_of_who_can_change_it() {
    let world = World::new();
    let token = world.approved("t");
    let refused = || {
        by_token(&world, token.secret.expose(), "labs")
            .refusal
            .unwrap()
    };
    let forbidding = |policy: &OrganizationPolicy| world.kit.policy(&world.alta3, policy);
    forbidding(&OrganizationPolicy {
        fine_grained_allowed: false,
        ..OrganizationPolicy::default()
    });
    let refusal = refused();
    let said = refusal.sentences().join(" ");
    assert_eq!(
        said.matches("allows no fine-grained tokens").count(),
        1,
        "{said}"
    );
    assert_eq!(
        refusal.fix.command.as_deref(),
        Some("jeton policy set alta3 --fine-grained yes")
    );
    forbidding(&OrganizationPolicy::default());
    world.site_policy(&SitePolicy {
        fine_grained_allowed: Rule::Force(false),
        ..SitePolicy::default()
    });
    let refusal = refused();
    let said = refusal.sentences().join(" ");
    assert_eq!(
        said.matches("allows no fine-grained tokens").count(),
        1,
        "{said}"
    );
    assert!(
        said.contains("The site's administrators set this"),
        "{said}"
    );
    assert_eq!(refusal.fix, jeton_app::Fix::default());
}

#[test]
fn about_another_persons_token_there_is_nothing_to_ask() {
    let world = World::new();
    let token = world.approved("t");
    let id = token.view.row.id;
    for person in [&world.eve, &world.ann] {
        assert!(is_missing(about(&world, person, "labs", id)));
    }
    // A token asks about itself alone.
    let other = world.approved("other").view.row.id;
    let call = world.kit.call(
        &operations::OWN,
        Named::Own,
        carried(world.app(), token.secret.expose()),
    );
    assert!(is_forbidden(explain(
        world.app(),
        &call,
        &asked(&FETCH, "labs"),
        &of(other)
    )));
    assert!(explain(world.app(), &call, &asked(&FETCH, "labs"), &of(id)).is_ok());
}

#[test]
fn asking_changes_nothing_and_counts_as_no_use_of_what_it_asks_about() {
    let world = World::new();
    let token = world.approved("t");
    let before = count(&world.kit, "SELECT COUNT(*) FROM audit");
    about(&world, &world.bob, "labs", token.view.row.id).unwrap();
    world.app().flush_activity().unwrap();
    assert_eq!(count(&world.kit, "SELECT COUNT(*) FROM audit"), before);
    assert_eq!(count(&world.kit, "SELECT COUNT(*) FROM last_uses"), 0);
    assert_eq!(
        count(
            &world.kit,
            "SELECT COUNT(*) FROM secrets WHERE first_used_at IS NOT NULL"
        ),
        0
    );
}

/// Most refusals of a token are 404: its creator, who sees the repository, learns why and how to mend it.
#[test]
fn what_the_token_does_not_select_its_creator_is_told_with_the_edit_that_selects_it() {
    let world = World::new();
    let token = world.approved("t");
    let id = token.view.row.id;
    let bare = about(&world, &world.bob, "vault", id).unwrap();
    let refusal = bare.refusal.unwrap();
    assert!(
        refusal.missing.is_none() && refusal.fix.command.is_none(),
        "hidden from bob"
    );
    world
        .kit
        .collaborator(&world.vault, &world.bob, jeton_domain::Role::Read);
    let edit = format!("jeton token edit {} -r labs -r vault", id.get());
    let refusal = about(&world, &world.bob, "vault", id)
        .unwrap()
        .refusal
        .unwrap();
    assert_eq!(refusal.denial.status.code(), 404, "as the request itself");
    assert_eq!(refusal.denial.reason.code(), "not_selected");
    assert!(refusal.missing.is_some());
    assert_eq!(refusal.fix.command.as_deref(), Some(edit.as_str()));
    // Where everybody sees it too.
    let call = world.own(&world.bob);
    let push = explain(world.app(), &call, &asked(&PUSH, "site"), &of(id)).unwrap();
    let refusal = push.refusal.unwrap();
    assert_eq!(refusal.denial.status.code(), 403);
    let edit = format!("jeton token edit {} -r labs -r site", id.get());
    assert_eq!(refusal.fix.command.as_deref(), Some(edit.as_str()));
    // An edit would drop what its creator does not see at the moment.
    let (labs, bob, now) = (world.labs.id, world.bob.id, world.app().now());
    world
        .store()
        .write(|unit| {
            unit.execute(
                "DELETE FROM collaborators WHERE repository_id = $1",
                &[&labs],
            )?;
            unit.feed(now, "test", bob)
        })
        .unwrap();
    let refusal = about(&world, &world.bob, "vault", id)
        .unwrap()
        .refusal
        .unwrap();
    let show = format!("jeton token show {}", id.get());
    assert_eq!(refusal.fix.command.as_deref(), Some(show.as_str()));
}

#[test]
fn a_tokens_conditions_on_refs_are_told_and_decided_by_the_real_rule() {
    let world = World::new();
    let refs = RefRules::Only {
        patterns: vec![RefPattern::parse("refs/heads/dev/*").unwrap()],
        no_force: true,
        no_delete: false,
    };
    let wish = NewToken {
        conditions: vec![Conditions {
            refs,
            ..Conditions::default()
        }],
        permissions: levels(&[("contents", "write")]),
        ..crate::world::labs("t")
    };
    let token = world.create(&world.bob, &wish);
    world.review(&token.view, true).unwrap();
    let call = world.own(&world.bob);
    let ask = |ref_name: Option<&'static str>| {
        let about = About {
            ref_name,
            ..of(token.view.row.id)
        };
        explain(world.app(), &call, &asked(&PUSH, "labs"), &about)
    };
    let row = |told: &Explanation| {
        let row = told.layers.iter().find(|row| row.layer == "refs").unwrap();
        let sentence = row.reason.as_ref().map(|fact| fact.sentence.clone());
        (row.passes, sentence.or_else(|| row.note.clone()).unwrap())
    };
    let words = "The token writes only `refs/heads/dev/*`, no force.".to_owned();
    for named in [None, Some("refs/heads/dev/x")] {
        let told = ask(named).unwrap();
        assert!(told.allowed(), "{told:?}");
        assert_eq!(row(&told), (true, words.clone()));
    }
    let told = ask(Some("refs/heads/main")).unwrap();
    assert_eq!(row(&told), (false, words.clone()));
    let reason = told.refusal.unwrap().denial.reason;
    assert_eq!(reason.code(), "ref_forbidden");
    for no_ref in ["main", "refs/heads/..", "refs/heads/a b", ""] {
        let told = ask(Some(no_ref));
        assert!(matches!(told, Err(AppError::Invalid(_))), "{no_ref}");
    }
    let about = About {
        ref_name: Some("refs/heads/main"),
        ..About::default()
    };
    let fetch = explain(world.app(), &call, &asked(&FETCH, "labs"), &about);
    assert!(
        matches!(fetch, Err(AppError::Invalid(_))),
        "a fetch writes none"
    );
    // The token itself learns what it may.
    let own = world.kit.call(
        &operations::OWN,
        Named::Own,
        carried(world.app(), token.secret.expose()),
    );
    let told = explain(world.app(), &own, &asked(&PUSH, "labs"), &About::default()).unwrap();
    assert_eq!(row(&told), (true, words));
    assert_eq!(told.layers.len(), 1);
}

#[test]
fn from_where_and_when_a_token_works_is_told_to_it_and_its_person() {
    let world = World::new();
    let networks = ["10.0.0.0/8", "192.0.2.0/24"].map(|one| one.parse().unwrap());
    let wish = NewToken {
        conditions: vec![
            Conditions {
                addresses: Allowed::Only(networks.to_vec()),
                ..Conditions::default()
            },
            Conditions {
                hours: Hours::read("UTC mon-sun 00:00-24:00").unwrap(),
                ..Conditions::default()
            },
        ],
        ..crate::world::labs("t")
    };
    let token = world.create(&world.bob, &wish);
    world.review(&token.view, true).unwrap();
    let words =
        "The token works only from 10.0.0.0/8 or 192.0.2.0/24; and only Mon–Sun 00:00–24:00 UTC.";
    let value = token.secret.expose();
    for told in [
        about(&world, &world.bob, "labs", token.view.row.id).unwrap(),
        by_token(&world, value, "labs"),
    ] {
        let rows = told.layers.iter().filter(|row| row.layer == "conditions");
        let rows: Vec<_> = rows.map(|row| (row.passes, row.note.as_deref())).collect();
        assert_eq!(rows, [(true, Some(words))]);
        assert!(told.allowed(), "{told:?}");
    }
    // Where they refuse, the reason stands there.
    let edit = TokenEdit {
        conditions: Some(vec![Conditions {
            hours: Hours::read("UTC mon 00:00-00:01").unwrap(),
            ..Conditions::default()
        }]),
        ..TokenEdit::default()
    };
    let own = world.own(&world.bob);
    tokens::edit(world.app(), &own, token.view.row.id, &edit).unwrap();
    let told = about(&world, &world.bob, "labs", token.view.row.id).unwrap();
    let row = told.layers.iter().find(|row| row.layer == "conditions");
    assert_eq!(row.unwrap().reason.as_ref().unwrap().code, "token_hours");
}
