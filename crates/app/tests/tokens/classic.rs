//! Classic tokens: scopes over whatever their user reaches, in the shadow of each organization's policy.

use jeton_app::repositories::{self, Wish};
use jeton_app::tokens::{self, ClassicEdit, ExpiryWish, NewClassicToken, RotateToken};
use jeton_app::{AppError, Call, Named, leaks};
use jeton_domain::{
    CredentialKind, Maximum, OrganizationPolicy, Permissions, Role, Rule, Scopes, SitePolicy, Span,
    Visibility,
};
use jeton_testkit::{Person, operations};

use crate::outcome::{conflict, events, fault, is_forbidden, refused};
use crate::world::{FETCH, PUSH, World, presented};

fn wish(name: &str, scopes: &[&str]) -> NewClassicToken {
    NewClassicToken {
        name: name.to_owned(),
        scopes: scopes.iter().map(|scope| (*scope).to_owned()).collect(),
        ..NewClassicToken::default()
    }
}

fn create(world: &World, person: &Person, new: &NewClassicToken) -> tokens::Created {
    tokens::create_classic(world.app(), &world.own(person), new, None).unwrap()
}

fn policy(world: &World, change: impl FnOnce(&mut OrganizationPolicy)) {
    let mut policy = OrganizationPolicy::default();
    change(&mut policy);
    world.kit.policy(&world.alta3, &policy);
}

#[test]
fn a_member_reaches_what_they_reach_themselves_and_no_more() {
    let world = World::new();
    let made = create(&world, &world.bob, &wish("ci", &["repo"]));
    let value = made.secret.expose();
    assert!(value.starts_with("jtp_") && value.len() == 40);
    assert_eq!(made.view.row.kind, CredentialKind::Classic);
    assert_eq!(world.told(value, &FETCH, &world.labs), (200, "ok"));
    assert_eq!(world.told(value, &PUSH, &world.labs), (200, "ok"));
    // What its user can't see is not there for it either.
    assert_eq!(
        world.told(value, &FETCH, &world.vault),
        (404, "not_visible")
    );
    assert_eq!(world.told(value, &FETCH, &world.site), (200, "ok"));
    assert_eq!(world.told(value, &PUSH, &world.site), (403, "role_too_low"));
}

#[test]
fn without_a_scope_it_reads_what_is_public() {
    let world = World::new();
    world.kit.collaborator(&world.site, &world.bob, Role::Write);
    for scopes in [&[][..], &["workflow", "gist"]] {
        let name = format!("none {}", scopes.len());
        let made = create(&world, &world.bob, &wish(&name, scopes));
        let value = made.secret.expose();
        assert_eq!(
            world.told(value, &FETCH, &world.labs),
            (404, "scope_missing")
        );
        assert_eq!(world.told(value, &FETCH, &world.site), (200, "ok"));
        assert_eq!(world.told(value, &PUSH, &world.site), (403, "scope_needed"));
    }
    let made = create(&world, &world.bob, &wish("public", &["public_repo"]));
    let value = made.secret.expose();
    assert_eq!(world.told(value, &PUSH, &world.site), (200, "ok"));
    assert_eq!(
        world.told(value, &PUSH, &world.labs),
        (404, "scope_missing")
    );
}

#[test]
fn an_organization_that_forbids_them_refuses_them() {
    let world = World::new();
    let made = create(&world, &world.bob, &wish("ci", &["repo"]));
    let value = made.secret.expose();
    policy(&world, |policy| policy.classic_allowed = false);
    assert_eq!(
        world.told(value, &FETCH, &world.labs),
        (403, "classic_forbidden")
    );
    assert_eq!(
        world.told(value, &FETCH, &world.vault),
        (404, "not_visible")
    );
    // The floor: what nobody in particular may read stays open.
    assert_eq!(world.told(value, &FETCH, &world.site), (200, "ok"));
    assert_eq!(listed(&world, value), ["alta3/site"]);
    let preview = tokens::preview_classic(
        world.app(),
        &world.own(&world.bob),
        &wish("another", &["repo"]),
    )
    .unwrap();
    assert_eq!(
        preview.refusing,
        [(
            "alta3".to_owned(),
            "alta3 allows no classic tokens.".to_owned()
        )]
    );
    assert_eq!((preview.reach.private, preview.reach.public), (0, 1));
    policy(&world, |_| {});
    assert_eq!(world.told(value, &FETCH, &world.labs), (200, "ok"));
}

#[test]
fn an_organizations_longest_life_is_held_against_them_when_they_are_used() {
    let world = World::new();
    let month = create(&world, &world.bob, &wish("month", &["repo"]));
    let endless = NewClassicToken {
        expires_in: Some(ExpiryWish::Word("none".to_owned())),
        ..wish("endless", &["repo"])
    };
    let endless = create(&world, &world.bob, &endless);
    policy(&world, |policy| policy.classic_maximum = Maximum::Days(30));
    assert_eq!(
        world.told(month.secret.expose(), &FETCH, &world.labs),
        (200, "ok")
    );
    assert_eq!(
        world.told(endless.secret.expose(), &FETCH, &world.labs),
        (403, "lifetime_too_long")
    );
    world.kit.advance(Span::from_days(30));
    assert_eq!(
        world.told(month.secret.expose(), &FETCH, &world.labs),
        (401, "expired")
    );
}

/// The caller's repositories, as the value sees them.
fn listed(world: &World, value: &str) -> Vec<String> {
    let call = world.kit.call(
        &operations::OWN,
        Named::Own,
        crate::world::carried(world.app(), value),
    );
    let list = repositories::of_oneself(world.app(), &call, &Wish::page(0, 100)).unwrap();
    assert_eq!(list.items.len() as u64, list.total);
    list.items
        .into_iter()
        .map(|view| view.row.full_name())
        .collect()
}

#[test]
fn a_list_holds_what_single_reads_show() {
    let world = World::new();
    let everything = create(&world, &world.bob, &wish("all", &["repo"]));
    let public = create(&world, &world.bob, &wish("some", &["public_repo"]));
    let ann = create(&world, &world.ann, &wish("ann", &["repo"]));
    assert_eq!(
        listed(&world, everything.secret.expose()),
        ["alta3/labs", "alta3/site"]
    );
    assert_eq!(listed(&world, public.secret.expose()), ["alta3/site"]);
    assert_eq!(
        listed(&world, ann.secret.expose()),
        ["alta3/labs", "alta3/site", "alta3/vault"]
    );
}

#[test]
fn scopes_are_stored_without_those_that_others_include() {
    let world = World::new();
    let scopes = [
        "repo",
        "public_repo",
        "repo:status",
        "admin:org",
        "read:org",
    ];
    let made = create(&world, &world.bob, &wish("ci", &scopes));
    let shown = world.show(&world.bob, made.view.row.id);
    assert_eq!(shown.row.scopes.to_string(), "repo, admin:org");
    let stored = world
        .store()
        .read(|unit| unit.one("SELECT scopes FROM tokens WHERE kind = 'classic'", &[]))
        .unwrap()
        .unwrap();
    assert_eq!(stored.get::<String>(0).unwrap(), "repo admin:org");
}

/// Codeberg, Forgejo 1.20: a migration widened existing tokens. A scope that a later table puts below one that is held
/// does not reach tokens of an earlier one.
#[test]
fn a_scope_that_came_later_does_not_reach_an_older_token() {
    let world = World::new();
    let made = create(&world, &world.bob, &wish("old", &["repo"]));
    world.change("UPDATE tokens SET scopes_version = 0");
    let shown = world.show(&world.bob, made.view.row.id);
    assert_eq!(shown.row.scopes.to_string(), "repo");
    assert!(
        !shown
            .row
            .scopes
            .include(Scopes::parse("repo:status").unwrap())
    );
}

#[test]
fn what_can_not_be_read_is_told_beside_its_field() {
    let world = World::new();
    let refuse = |new: &NewClassicToken| {
        fault(tokens::create_classic(
            world.app(),
            &world.own(&world.bob),
            new,
            None,
        ))
    };
    assert_eq!(refuse(&wish("x", &["root"])), ("scopes", "invalid"));
    assert_eq!(refuse(&wish("", &["repo"])), ("name", "invalid"));
    let far = NewClassicToken {
        expires_at: Some("tomorrow".to_owned()),
        ..wish("x", &["repo"])
    };
    assert_eq!(refuse(&far), ("expires_at", "invalid"));
    create(&world, &world.bob, &wish("x", &[]));
    assert_eq!(refuse(&wish("X", &[])), ("name", "already_exists"));
    world.site_policy(&SitePolicy {
        classic_maximum: Rule::Force(Maximum::Days(7)),
        ..SitePolicy::default()
    });
    let long = NewClassicToken {
        expires_in: Some(ExpiryWish::Days(8)),
        ..wish("y", &["repo"])
    };
    assert_eq!(refuse(&long), ("expires_in", "invalid"));
    world.site_policy(&SitePolicy {
        classic_allowed: Rule::Force(false),
        ..SitePolicy::default()
    });
    assert_eq!(refuse(&wish("y", &["repo"])), ("scopes", "invalid"));
}

#[test]
fn a_further_scope_takes_a_confirmed_sign_in_and_fewer_take_none() {
    let world = World::new();
    let made = create(&world, &world.bob, &wish("ci", &["repo", "workflow"]));
    let (id, value) = (made.view.row.id, made.secret.expose());
    assert_eq!(world.told(value, &PUSH, &world.labs), (200, "ok"));
    world.kit.advance(Span::from_hours(13));
    let edit = |scopes: &[&str]| {
        let edit = ClassicEdit {
            scopes: Some(scopes.iter().map(|scope| (*scope).to_owned()).collect()),
            ..ClassicEdit::default()
        };
        tokens::edit_classic(world.app(), &world.own(&world.bob), id, &edit)
    };
    let narrowed = edit(&["public_repo"]).unwrap();
    assert_eq!(narrowed.row.scopes.to_string(), "public_repo");
    assert_eq!(
        world.told(value, &PUSH, &world.labs),
        (404, "scope_missing")
    );
    assert_eq!(refused(edit(&["repo"])), (403, "confirmation_needed"));
    world.prove(&world.bob);
    edit(&["repo"]).unwrap();
    assert_eq!(world.told(value, &PUSH, &world.labs), (200, "ok"));
    assert_eq!(
        events(&world.kit)
            .iter()
            .filter(|event| *event == "personal_access_token.update")
            .count(),
        2
    );
}

#[test]
fn the_two_kinds_are_not_edited_as_each_other() {
    let world = World::new();
    let classic = create(&world, &world.bob, &wish("classic", &["repo"]));
    let fine = world.create(&world.bob, &crate::world::plain("fine"));
    let own = world.own(&world.bob);
    assert_eq!(
        conflict(tokens::edit(
            world.app(),
            &own,
            classic.view.row.id,
            &tokens::TokenEdit::default()
        )),
        "kind"
    );
    assert_eq!(
        conflict(tokens::edit_classic(
            world.app(),
            &own,
            fine.view.row.id,
            &ClassicEdit::default()
        )),
        "kind"
    );
    let list = |kind| {
        let (views, total) = tokens::list(world.app(), &own, &[kind], 0, 100).unwrap();
        assert_eq!(views.len() as u64, total);
        views
            .into_iter()
            .map(|view| view.row.name)
            .collect::<Vec<_>>()
    };
    assert_eq!(list(CredentialKind::Classic), ["classic"]);
    assert_eq!(list(CredentialKind::FineGrained), ["fine"]);
}

#[test]
fn it_is_rotated_stopped_and_ended_as_others_are() {
    let world = World::new();
    let made = create(&world, &world.bob, &wish("ci", &["repo"]));
    let (id, old) = (made.view.row.id, made.secret.expose().to_owned());
    let own = world.own(&world.bob);
    let rotated = tokens::rotate(world.app(), &own, id, &RotateToken::default(), None).unwrap();
    let new = rotated.secret.expose();
    assert!(new.starts_with("jtp_") && new != old);
    for value in [old.as_str(), new] {
        assert_eq!(world.told(value, &PUSH, &world.labs), (200, "ok"));
    }
    tokens::finish(world.app(), &own, id).unwrap();
    assert_eq!(world.told(&old, &PUSH, &world.labs), (401, "retired"));
    tokens::suspend(world.app(), &own, id).unwrap();
    assert_eq!(
        world.told(new, &PUSH, &world.labs),
        (403, "token_suspended")
    );
    tokens::resume(world.app(), &own, id).unwrap();
    let report = world
        .kit
        .call(&operations::SITE, Named::Site, jeton_app::Carried::Nothing);
    leaks::report(world.app(), &report, &[presented(world.app(), new)]).unwrap();
    assert_eq!(world.told(new, &PUSH, &world.labs), (401, "revoked"));
}

#[test]
fn what_is_made_with_it_is_covered_by_its_scopes() {
    let world = World::new();
    let make = |value: &str, visibility| {
        let call: Call = world.kit.call(
            &operations::OWN,
            Named::Own,
            crate::world::carried(world.app(), value),
        );
        let new = repositories::NewRepository {
            begun: false,
            team: None,
            name: format!("made-{}", Visibility::name(visibility)),
            visibility,
            description: String::new(),
        };
        repositories::create(world.app(), &call, &new).map(drop)
    };
    let public = create(&world, &world.bob, &wish("public", &["public_repo"]));
    let all = create(&world, &world.bob, &wish("all", &["repo"]));
    assert!(is_forbidden(make(
        public.secret.expose(),
        Visibility::Private
    )));
    assert!(is_forbidden(make(
        public.secret.expose(),
        Visibility::Internal
    )));
    make(public.secret.expose(), Visibility::Public).unwrap();
    make(all.secret.expose(), Visibility::Private).unwrap();
}

#[test]
fn the_form_says_what_it_would_reach_and_what_would_do_instead() {
    let world = World::new();
    let preview = |scopes: &[&str]| {
        tokens::preview_classic(world.app(), &world.own(&world.bob), &wish("p", scopes)).unwrap()
    };
    let repo = preview(&["repo", "delete_repo"]);
    assert_eq!((repo.reach.private, repo.reach.public), (1, 1));
    assert_eq!(repo.nearest.0, "alta3");
    let nearest: Vec<String> = repo
        .nearest
        .1
        .iter()
        .map(|(key, level)| format!("{}={}", key.name(), level.name()))
        .collect();
    assert_eq!(
        nearest,
        ["administration=write", "contents=write", "metadata=read"]
    );
    let overview = repo.overview.unwrap();
    assert_eq!(
        overview.repositories,
        "Everything you may do with 1 repository that not everybody sees and 1 that everybody sees, and with all that you come to reach later"
    );
    assert_eq!(overview.account, "Other scopes: delete_repo");
    assert_eq!(overview.expiry, "Expires on 2026-12-21");
    let none = preview(&[]);
    assert_eq!((none.reach.private, none.reach.public), (0, 1));
    assert_eq!(
        none.overview.unwrap().repositories,
        "Reads public repositories"
    );
}

#[test]
fn an_address_that_nobody_verified_makes_none() {
    let world = World::new();
    world.change("UPDATE users SET email_verified_at = NULL");
    assert!(matches!(
        tokens::create_classic(world.app(), &world.own(&world.bob), &wish("x", &[]), None),
        Err(AppError::Forbidden(_))
    ));
}

#[test]
fn a_change_is_foreseen_and_the_nearest_is_the_owners_to_give() {
    let world = World::new();
    let made = create(&world, &world.bob, &wish("ci", &["repo", "user"]));
    let id = made.view.row.id;
    let foresee = |scopes: Option<&[&str]>| {
        let edit = ClassicEdit {
            scopes: scopes.map(|names| names.iter().map(|&name| name.to_owned()).collect()),
            ..ClassicEdit::default()
        };
        tokens::foresee_classic(world.app(), &world.own(&world.bob), id, &edit).unwrap()
    };
    let now = foresee(None);
    assert!(now.gained.is_empty() && now.lost.is_empty());
    assert_eq!(now.overview.account, "Other scopes: user");
    assert_eq!(now.overview.expiry, "Expires on 2026-12-21");
    let keys = |nearest: &(String, Permissions)| -> Vec<&str> {
        nearest.1.iter().map(|(key, _)| key.name()).collect()
    };
    // What `user` opens is about an account, and alta3 is an organization.
    assert_eq!(now.nearest.0, "alta3");
    assert_eq!(
        keys(&now.nearest),
        ["administration", "contents", "metadata"]
    );
    let other = foresee(Some(&["public_repo", "admin:org"]));
    assert_eq!(other.gained.to_string(), "admin:org");
    assert_eq!(other.lost.to_string(), "repo, user");
    // Nothing was changed by looking.
    assert!(foresee(None).lost.is_empty());
    // An owner who takes no fine-grained token is not proposed.
    policy(&world, |policy| policy.fine_grained_allowed = false);
    assert_eq!(foresee(None).nearest.0, "bob");
    policy(&world, |policy| policy.classic_allowed = false);
    let refusing = foresee(None).refusing;
    assert_eq!(
        refusing,
        [(
            "alta3".to_owned(),
            "alta3 allows no classic tokens.".to_owned()
        )]
    );
    // It is the token's own length that is held against a maximum, not a new one's.
    policy(&world, |policy| policy.classic_maximum = Maximum::Days(29));
    let (owner, sentence) = &foresee(None).refusing[0];
    assert!(owner == "alta3" && sentence.contains("29"), "{sentence}");
    let mut faults = foresee(Some(&["root"])).faults;
    let fault = faults.remove(0);
    assert_eq!(
        (fault.field.as_ref(), fault.message.as_str()),
        ("scopes", "`scopes` holds `root`, which is no scope")
    );
    assert!(matches!(
        tokens::foresee_classic(
            world.app(),
            &world.own(&world.ann),
            id,
            &ClassicEdit::default()
        ),
        Err(AppError::Missing(_))
    ));
}
