//! Editing: narrowing acts at once, widening waits, undoing a shrink needs nobody.

use jeton_app::tokens::{self, TokenEdit, TokenView};
use jeton_app::{AppError, requests};
use jeton_domain::{
    OrganizationPolicy, OrganizationRole, RequestId, Role, Span, Standing, TokenId,
};
use jeton_testkit::Person;

use crate::outcome::{conflict, events, fault, is_missing, refused};
use crate::world::{FETCH, FINE, PUSH, World, labs, levels, names, plain, word};

fn edit(
    world: &World,
    person: &Person,
    id: TokenId,
    edit: &TokenEdit,
) -> Result<TokenView, AppError> {
    tokens::edit(world.app(), &world.own(person), id, edit)
}

fn permissions(pairs: &[(&str, &str)]) -> TokenEdit {
    TokenEdit {
        permissions: Some(levels(pairs)),
        ..TokenEdit::default()
    }
}

fn repositories(list: &[&str]) -> TokenEdit {
    TokenEdit {
        repositories: names(list),
        ..TokenEdit::default()
    }
}

fn without_approval(world: &World) {
    let policy = OrganizationPolicy {
        approval_required: false,
        ..OrganizationPolicy::default()
    };
    world.kit.policy(&world.alta3, &policy);
}

fn with_approval(world: &World) {
    world
        .kit
        .policy(&world.alta3, &OrganizationPolicy::default());
}

#[test]
fn narrowing_acts_at_once_and_takes_no_confirmation() {
    let world = World::new();
    let token = world.approved("t");
    let value = token.secret.expose();
    world.git(value, &FETCH, &world.labs).unwrap();
    world.kit.advance(Span::from_hours(3));
    let view = edit(&world, &world.bob, token.view.row.id, &permissions(&[])).unwrap();
    assert_eq!((view.state, view.pending), ("active", None));
    assert_eq!(world.told(value, &FETCH, &world.labs), (404, "no_metadata"));
}

#[test]
fn widening_waits_while_what_was_approved_goes_on() {
    let world = World::new();
    let token = world.approved("t");
    let (id, value) = (token.view.row.id, token.secret.expose());
    let more = permissions(&[("contents", "write")]);
    world.kit.advance(Span::from_hours(3));
    assert_eq!(
        refused(edit(&world, &world.bob, id, &more)),
        (403, "confirmation_needed")
    );
    world.prove(&world.bob);
    world.prove(&world.ann);
    let view = edit(&world, &world.bob, id, &more).unwrap();
    assert!(matches!(view.row.standing, Standing::Active { .. }) && view.pending.is_some());
    assert_eq!(world.told(value, &FETCH, &world.labs), (200, "ok"));
    assert_eq!(
        world.told(value, &PUSH, &world.labs),
        (403, "permission_missing")
    );
    world.review(&view, true).unwrap();
    assert_eq!(world.told(value, &PUSH, &world.labs), (200, "ok"));
}

#[test]
fn a_denied_widening_leaves_what_was_approved() {
    let world = World::new();
    let token = world.approved("t");
    let (id, value) = (token.view.row.id, token.secret.expose());
    let view = edit(
        &world,
        &world.bob,
        id,
        &permissions(&[("contents", "write")]),
    )
    .unwrap();
    world.review(&view, false).unwrap();
    assert_eq!(world.told(value, &FETCH, &world.labs), (200, "ok"));
    assert_eq!(
        world.told(value, &PUSH, &world.labs),
        (403, "permission_missing")
    );
}

/// What was denied is told to the creator wherever the token is shown and refused, and can be asked for again.
#[test]
fn a_denied_widening_is_told_and_asked_for_again() {
    let world = World::new();
    let token = world.approved("t");
    let (id, value) = (token.view.row.id, token.secret.expose());
    let own = world.own(&world.bob);
    let ask = || tokens::ask_again(world.app(), &own, id, None);
    assert_eq!(conflict(ask()), "standing", "it has all that it wants");
    let more = permissions(&[("contents", "write")]);
    let view = edit(&world, &world.bob, id, &more).unwrap();
    let Err(AppError::Conflict { message, .. }) = ask() else {
        panic!("asked twice");
    };
    assert!(message.contains("waits already"), "{message}");
    let request = view.pending.unwrap();
    let review = requests::Review {
        approve: false,
        reason: "no pushes here".to_owned(),
    };
    requests::review(world.app(), &world.owner(&world.ann), &[request], &review).unwrap();
    for view in [
        world.show(&world.bob, id),
        tokens::list(world.app(), &own, &[FINE], 0, 1)
            .unwrap()
            .0
            .remove(0),
    ] {
        let denied = view.denied.unwrap();
        assert_eq!(
            (denied.id, denied.reason.as_str(), denied.decided_at),
            (request, "no pushes here", Some(world.app().now()))
        );
        assert_eq!(view.state, "active");
    }
    let Err(AppError::Refused(refusal)) = world.git(value, &PUSH, &world.labs) else {
        panic!("let through");
    };
    let said = refusal.sentences().join("\n");
    assert!(
        said.contains("denied what more the token `t` asked for: no pushes here"),
        "{said}"
    );
    let mend = format!("jeton token request {id}");
    assert_eq!(refusal.fix.command.as_ref(), Some(&mend));
    let Err(AppError::Refused(hidden)) = world.git(value, &FETCH, &world.vault) else {
        panic!("let through");
    };
    assert_eq!(
        hidden.fix.command,
        Some(mend),
        "it hangs on the credential alone"
    );
    let view = ask().unwrap();
    assert!(matches!(view.row.standing, Standing::Active { .. }) && view.denied.is_none());
    assert_eq!(world.told(value, &FETCH, &world.labs), (200, "ok"));
    world.review(&view, true).unwrap();
    assert_eq!(world.told(value, &PUSH, &world.labs), (200, "ok"));
    assert_eq!(world.show(&world.bob, id).denied, None);
}

#[test]
fn who_wants_no_more_what_was_denied_is_not_told_of_it() {
    let world = World::new();
    let id = world.approved("t").view.row.id;
    let more = permissions(&[("contents", "write")]);
    let view = edit(&world, &world.bob, id, &more).unwrap();
    world.review(&view, false).unwrap();
    let less = permissions(&[("contents", "read")]);
    let view = edit(&world, &world.bob, id, &less).unwrap();
    assert_eq!((view.denied, view.pending), (None, None));
}

#[test]
fn a_widening_that_was_taken_back_is_asked_for_again() {
    let world = World::new();
    let id = world.approved("t").view.row.id;
    let more = permissions(&[("contents", "write")]);
    edit(&world, &world.bob, id, &more).unwrap();
    let own = world.own(&world.bob);
    let view = tokens::cancel_request(world.app(), &own, id).unwrap();
    assert_eq!((view.pending, view.denied), (None, None));
    let view = tokens::ask_again(world.app(), &own, id, None).unwrap();
    assert!(view.pending.is_some());
}

#[test]
fn undoing_a_shrink_within_what_was_approved_needs_nobody() {
    let world = World::new();
    world.kit.collaborator(&world.vault, &world.bob, Role::Read);
    let new = tokens::NewToken {
        repositories: names(&["labs", "vault"]),
        ..labs("t")
    };
    let token = world.create(&world.bob, &new);
    world.review(&token.view, true).unwrap();
    let (id, value) = (token.view.row.id, token.secret.expose());
    edit(&world, &world.bob, id, &repositories(&["labs"])).unwrap();
    assert_eq!(
        world.told(value, &FETCH, &world.vault),
        (404, "not_selected")
    );
    let view = edit(&world, &world.bob, id, &repositories(&["labs", "vault"])).unwrap();
    assert_eq!(view.pending, None);
    assert_eq!(world.told(value, &FETCH, &world.vault), (200, "ok"));
    let view = edit(
        &world,
        &world.bob,
        id,
        &TokenEdit {
            repositories: word("all"),
            ..TokenEdit::default()
        },
    )
    .unwrap();
    assert!(view.pending.is_some(), "more than was approved");
}

#[test]
fn an_edit_takes_the_waiting_request_back_and_makes_another() {
    let world = World::new();
    let created = world.create(&world.bob, &labs("t"));
    let view = edit(
        &world,
        &world.bob,
        created.view.row.id,
        &permissions(&[("contents", "write")]),
    )
    .unwrap();
    assert_eq!(view.state, "pending");
    assert_ne!(view.pending, created.view.pending);
    // The reviewer who read the first can't approve the second by it.
    assert_eq!(conflict(world.review(&created.view, true)), "not_pending");
    world.review(&view, true).unwrap();
    assert_eq!(
        world.told(created.secret.expose(), &PUSH, &world.labs),
        (200, "ok")
    );
}

fn show(world: &World, request: Option<RequestId>) -> requests::RequestView {
    requests::show(world.app(), &world.owner(&world.ann), request.unwrap()).unwrap()
}

/// An approval names a request, and a request never changes: who approves it approves what they read.
#[test]
fn other_words_for_a_reviewer_make_another_request() {
    let world = World::new();
    let created = world.create(&world.bob, &labs("tidy"));
    let id = created.view.row.id;
    let named = |name: &str| TokenEdit {
        name: Some(name.to_owned()),
        ..TokenEdit::default()
    };
    let because = TokenEdit {
        justification: Some("the nightly build".to_owned()),
        ..TokenEdit::default()
    };
    let before = events(&world.kit).len();
    let mut view = created.view.clone();
    for change in [named("deploy"), because] {
        let next = edit(&world, &world.bob, id, &change).unwrap();
        assert_eq!(next.state, "pending");
        assert_ne!(next.pending, view.pending, "{change:?}");
        assert_eq!(conflict(world.review(&view, true)), "not_pending");
        view = next;
    }
    let told = [
        "personal_access_token.request_cancelled",
        "personal_access_token.request_created",
        "personal_access_token.update",
    ];
    assert_eq!(events(&world.kit)[before..], [told, told].concat());
    // Each says what it said when it was made.
    let (first, last) = (
        show(&world, created.view.pending),
        show(&world, view.pending),
    );
    let words = |view: &requests::RequestView| {
        let request = &view.request;
        [&request.token_name, &request.justification, &request.state].map(String::clone)
    };
    assert_eq!(words(&first), ["tidy", "", "cancelled"]);
    assert_eq!(words(&last), ["deploy", "the nightly build", "pending"]);
    assert_eq!(last.request.asked, first.request.asked);
    // What no reviewer reads, and what stays as it is, is no change.
    let idle = TokenEdit {
        description: Some("for me alone".to_owned()),
        justification: Some("the nightly build".to_owned()),
        ..named("deploy")
    };
    let same = edit(&world, &world.bob, id, &idle).unwrap();
    assert_eq!(same.pending, view.pending);
    world.review(&same, true).unwrap();
    assert_eq!(
        world.told(created.secret.expose(), &FETCH, &world.labs),
        (200, "ok")
    );
}

/// The same of a token that has access and asks for more: what it has goes on.
#[test]
fn a_renamed_token_that_waits_for_more_asks_under_its_new_name() {
    let world = World::new();
    let token = world.approved("t");
    let (id, value) = (token.view.row.id, token.secret.expose());
    let more = permissions(&[("contents", "write")]);
    let waiting = edit(&world, &world.bob, id, &more).unwrap();
    world.kit.advance(Span::from_hours(3));
    let renamed = TokenEdit {
        name: Some("renamed".to_owned()),
        ..TokenEdit::default()
    };
    // The wish was confirmed when it was made; words take no confirmation.
    let view = edit(&world, &world.bob, id, &renamed).unwrap();
    assert_ne!(view.pending, waiting.pending);
    assert_eq!(view.state, "active");
    assert_eq!(world.told(value, &FETCH, &world.labs), (200, "ok"));
    let (old, new) = (show(&world, waiting.pending), show(&world, view.pending));
    assert_eq!(new.request.asked, old.request.asked);
    assert_eq!(
        (old.request.token_name, new.request.token_name),
        ("t".to_owned(), "renamed".to_owned())
    );
    world.prove(&world.ann);
    world.review(&view, true).unwrap();
    assert_eq!(world.told(value, &PUSH, &world.labs), (200, "ok"));
}

#[test]
fn a_justification_is_kept_where_an_owner_has_a_say() {
    let world = World::new();
    let change = TokenEdit {
        justification: Some("why".to_owned()),
        ..TokenEdit::default()
    };
    let because = |id: TokenId| {
        let view = edit(&world, &world.bob, id, &change).unwrap();
        view.row.justification
    };
    let own = world.create(&world.bob, &plain("own")).view.row.id;
    assert_eq!(
        fault(edit(&world, &world.bob, own, &change)),
        ("justification", "invalid")
    );
    assert_eq!(because(world.approved("asked").view.row.id), "why");
    without_approval(&world);
    assert_eq!(
        because(world.create(&world.bob, &labs("free")).view.row.id),
        ""
    );
}

#[test]
fn where_approval_came_later_what_was_there_counts_as_approved() {
    let world = World::new();
    without_approval(&world);
    let token = world.create(&world.bob, &labs("t"));
    let (id, value) = (token.view.row.id, token.secret.expose());
    assert_eq!(token.view.row.standing, Standing::NotNeeded);
    with_approval(&world);
    assert_eq!(
        world.told(value, &FETCH, &world.labs),
        (200, "ok"),
        "the new rule stops no token"
    );
    let view = edit(
        &world,
        &world.bob,
        id,
        &permissions(&[("contents", "write")]),
    )
    .unwrap();
    assert!(view.pending.is_some());
    assert_eq!(world.told(value, &FETCH, &world.labs), (200, "ok"));
    assert_eq!(
        world.told(value, &PUSH, &world.labs),
        (403, "permission_missing")
    );
    // And where it is asked for no more, more needs nobody.
    without_approval(&world);
    edit(&world, &world.bob, id, &repositories(&["labs", "site"])).unwrap();
    assert_eq!(world.told(value, &PUSH, &world.labs), (200, "ok"));
}

/// A token for public things needs no approval; nothing is approved by that.
#[test]
fn a_public_token_is_no_way_around_approval() {
    let world = World::new();
    let new = tokens::NewToken {
        owner: Some("alta3".to_owned()),
        ..plain("t")
    };
    let token = world.create(&world.bob, &new);
    let both = TokenEdit {
        repositories: names(&["labs"]),
        ..permissions(&[("contents", "write")])
    };
    let view = edit(&world, &world.bob, token.view.row.id, &both).unwrap();
    assert!(view.pending.is_some());
    assert_eq!(
        world.told(token.secret.expose(), &FETCH, &world.labs),
        (404, "not_selected")
    );
    world.review(&view, true).unwrap();
    assert_eq!(
        world.told(token.secret.expose(), &PUSH, &world.labs),
        (200, "ok")
    );
}

#[test]
fn an_owners_edit_is_approved_at_once() {
    let world = World::new();
    let token = world.create(&world.ann, &labs("t"));
    let view = edit(
        &world,
        &world.ann,
        token.view.row.id,
        &permissions(&[("contents", "write")]),
    )
    .unwrap();
    assert_eq!((view.state, view.pending), ("active", None));
    assert_eq!(
        world.told(token.secret.expose(), &PUSH, &world.labs),
        (200, "ok")
    );
    // Who became an owner meanwhile needs nobody either, also where approval is not asked for.
    let bobs = world.create(&world.bob, &labs("bob's"));
    let approved = world.approved("approved");
    world
        .kit
        .member(&world.alta3, &world.bob, OrganizationRole::Owner);
    let view = edit(
        &world,
        &world.bob,
        bobs.view.row.id,
        &permissions(&[("contents", "write")]),
    )
    .unwrap();
    assert_eq!((view.state, view.pending), ("active", None));
    assert_eq!(
        world.told(bobs.secret.expose(), &PUSH, &world.labs),
        (200, "ok")
    );
    without_approval(&world);
    edit(
        &world,
        &world.bob,
        approved.view.row.id,
        &permissions(&[("contents", "write")]),
    )
    .unwrap();
    assert_eq!(
        world.told(approved.secret.expose(), &PUSH, &world.labs),
        (200, "ok")
    );
}

#[test]
fn an_edit_is_checked_as_a_new_token_is() {
    let world = World::new();
    let token = world.approved("t");
    world.approved("other");
    let id = token.view.row.id;
    for (change, field, code) in [
        (
            TokenEdit {
                name: Some("OTHER".to_owned()),
                ..TokenEdit::default()
            },
            "name",
            "already_exists",
        ),
        (
            TokenEdit {
                name: Some("x".repeat(41)),
                ..TokenEdit::default()
            },
            "name",
            "invalid",
        ),
        (
            TokenEdit {
                description: Some("x".repeat(1025)),
                ..TokenEdit::default()
            },
            "description",
            "invalid",
        ),
        (
            TokenEdit {
                justification: Some("\0".to_owned()),
                ..TokenEdit::default()
            },
            "justification",
            "invalid",
        ),
        (repositories(&["vault"]), "repositories", "missing"),
        (repositories(&[]), "repositories", "invalid"),
        (permissions(&[("emails", "read")]), "permissions", "invalid"),
        (
            TokenEdit {
                repositories: word("public"),
                ..TokenEdit::default()
            },
            "permissions",
            "invalid",
        ),
    ] {
        assert_eq!(
            fault(edit(&world, &world.bob, id, &change)),
            (field, code),
            "{change:?}"
        );
    }
    assert_eq!(
        world.show(&world.bob, id).row.wanted,
        token.view.row.wanted,
        "nothing is half done"
    );
    tokens::revoke(world.app(), &world.own(&world.bob), id).unwrap();
    assert_eq!(
        conflict(edit(&world, &world.bob, id, &TokenEdit::default())),
        "life"
    );
}

/// raystack/frontier 1895: the owner check is on the server.
#[test]
fn another_persons_token_is_not_there() {
    let world = World::new();
    let token = world.approved("t");
    for person in [&world.eve, &world.ann] {
        assert!(is_missing(edit(
            &world,
            person,
            token.view.row.id,
            &permissions(&[])
        )));
    }
}
