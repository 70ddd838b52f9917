//! People are told what happened to what is theirs: on their page and by mail.

use jeton_app::notices::{self, Choices, Topic};
use jeton_app::requests::{self};
use jeton_app::{AppError, Named, Password, Presented, grants, leaks, sign_in, tokens, users};
use jeton_domain::{OrganizationRole, Span};
use jeton_testkit::operations;

use crate::letters::{anybody, letters, own, page, password, say, world};
use crate::world::labs;

#[test]
fn a_request_is_told_to_every_owner_who_can_act_and_its_verdict_to_who_asked() {
    let world = world();
    let second = world.kit.person("olga");
    let stopped = world.kit.person("otto");
    for owner in [&second, &stopped] {
        world
            .kit
            .member(&world.alta3, owner, OrganizationRole::Owner);
    }
    let root = world.kit.administrator("zoe");
    let administrator = world.kit.by(&root, &operations::ADMINISTRATOR, Named::Site);
    users::suspend(world.app(), &administrator, "otto").unwrap();
    let mut wish = labs("t");
    wish.justification = "For the <build>.".to_owned();
    let created = world.create(&world.bob, &wish);
    let sent = letters(&world.kit);
    let to: Vec<&str> = sent.iter().map(|(to, ..)| to.as_str()).collect();
    assert_eq!(to, ["ann@example.test", "olga@example.test"]);
    let (_, subject, body) = &sent[0];
    assert_eq!(subject, "bob asks for access to alta3 by token \"t\"");
    let link = "http://127.0.0.1:8377/organizations/alta3/settings/personal-access-token-requests/";
    assert_eq!(
        body.matches(link).count(),
        2,
        "one link in each part: {body}"
    );
    assert_eq!(body.matches("http").count(), 4, "and the site's own name");
    assert!(body.contains("> For the <build>.") && body.contains("For the &lt;build&gt;."));
    assert_eq!(page(&world, &world.ann), page(&world, &second));
    assert!(page(&world, &world.bob).is_empty());

    let request = created.view.pending.unwrap();
    requests::review_one(
        world.app(),
        &world.owner(&second),
        request,
        &say(false, "Too much."),
    )
    .unwrap();
    let sent = letters(&world.kit);
    assert_eq!(sent.len(), 1);
    let (to, subject, body) = &sent[0];
    assert_eq!(
        (to.as_str(), subject.as_str()),
        (
            "bob@example.test",
            "alta3 denied the request of your token \"t\""
        )
    );
    assert!(
        body.contains("olga writes:") && body.contains("> Too much."),
        "{body}"
    );
    assert!(body.contains(&format!(
        "/settings/personal-access-tokens/{}",
        created.view.row.id
    )));

    tokens::ask_again(
        world.app(),
        &world.own(&world.bob),
        created.view.row.id,
        None,
    )
    .unwrap();
    assert_eq!(letters(&world.kit).len(), 2);
    let view = tokens::show(world.app(), &world.own(&world.bob), created.view.row.id).unwrap();
    requests::review_one(
        world.app(),
        &world.owner(&world.ann),
        view.pending.unwrap(),
        &say(true, ""),
    )
    .unwrap();
    assert_eq!(
        letters(&world.kit)[0].1,
        "Your token \"t\" may reach alta3 now"
    );
    grants::revoke_one(world.app(), &world.owner(&world.ann), created.view.row.id).unwrap();
    let sent = letters(&world.kit);
    assert_eq!(
        (sent.len(), sent[0].1.as_str()),
        (1, "Your token \"t\" reaches alta3 no more")
    );
    assert!(letters(&world.kit).is_empty(), "nothing is sent twice");
}

#[test]
fn reviewers_read_what_is_asked_for_beyond_what_is_granted_in_the_words_of_the_page() {
    let world = world();
    let created = world.create(&world.bob, &labs("t"));
    let first = letters(&world.kit).remove(0).2;
    let asks = "It asks for: Contents: read; Metadata: read; 1 repository; Lives for 30 days.";
    assert!(first.contains(asks), "{first}");
    assert!(!first.contains("labs"), "not every reviewer sees it");
    world.review(&created.view, true).unwrap();
    letters(&world.kit);
    let edit = tokens::TokenEdit {
        permissions: Some(crate::world::levels(&[("contents", "write")])),
        ..tokens::TokenEdit::default()
    };
    let id = created.view.row.id;
    let view = tokens::edit(world.app(), &world.own(&world.bob), id, &edit).unwrap();
    let sent = letters(&world.kit).remove(0).2;
    for words in [
        "reaches things of alta3 already, and asks for",
        "Beyond what it has: Contents: write instead of read.",
        "Besides: Metadata: read, as before; The same repositories.",
        "the token goes on with what it has",
    ] {
        assert!(sent.contains(words), "{words}: {sent}");
    }
    // The page says the same of it.
    let shown = requests::show(world.app(), &world.owner(&world.ann), view.pending.unwrap());
    let shown = jeton_app::difference_words::lines(
        &shown.unwrap().difference,
        &std::collections::BTreeMap::new(),
    );
    for line in shown {
        assert!(sent.contains(&line.words), "{line:?}: {sent}");
    }
}

#[test]
fn whose_role_is_taken_is_told_which() {
    let world = world();
    let guest = world.kit.person("guest");
    world
        .kit
        .collaborator(&world.labs, &guest, jeton_domain::Role::Write);
    let admins = world.kit.by(
        &world.ann,
        &operations::ADMIN,
        jeton_testkit::named::repository(&world.labs),
    );
    jeton_app::collaborators::remove(world.app(), &admins, "guest").unwrap();
    let sent = letters(&world.kit);
    assert_eq!(
        (sent[0].0.as_str(), sent[0].1.as_str(), sent.len()),
        (
            "guest@example.test",
            "You lost your role on 1 repository of alta3",
            1
        )
    );
    assert!(
        sent[0].2.contains("was taken: alta3/labs."),
        "{}",
        sent[0].2
    );
    world
        .kit
        .collaborator(&world.labs, &guest, jeton_domain::Role::Read);
    jeton_app::organizations::remove_outside_collaborator(
        world.app(),
        &world.owner(&world.ann),
        "guest",
    )
    .unwrap();
    let sent = letters(&world.kit);
    assert_eq!(sent.len(), 1, "{sent:?}");
    assert!(sent[0].2.contains("was taken: alta3/labs."));
    assert_eq!(page(&world, &guest).len(), 2);
}

#[test]
fn who_acts_themself_is_not_told() {
    let world = world();
    let created = world.create(&world.bob, &labs("t"));
    letters(&world.kit);
    tokens::revoke(world.app(), &world.own(&world.bob), created.view.row.id).unwrap();
    assert!(letters(&world.kit).is_empty());
    let other = world.create(&world.bob, &labs("u"));
    letters(&world.kit);
    let value = jeton_token::parse(other.secret.expose().as_bytes()).unwrap();
    let value = Presented::new(world.app().ring(), &value);
    leaks::report(world.app(), &anybody(&world), &[value]).unwrap();
    let sent = letters(&world.kit);
    assert_eq!(
        (sent.len(), sent[0].1.as_str()),
        (1, "Your token \"u\" was revoked")
    );
    assert!(sent[0].2.contains("reported as known to others"));
}

#[test]
fn a_daily_digest_holds_what_still_waits() {
    let world = world();
    let app = world.app();
    let daily = Choices {
        daily_requests: true,
    };
    notices::choose(app, &own(&world, &world.ann), daily).unwrap();
    assert_eq!(
        notices::choices(app, &own(&world, &world.ann)).unwrap(),
        daily
    );
    let first = world.create(&world.bob, &labs("first"));
    world.create(&world.bob, &labs("second"));
    assert!(letters(&world.kit).is_empty());
    assert_eq!(page(&world, &world.ann).len(), 2, "the page is never late");
    world.review(&first.view, true).unwrap();
    letters(&world.kit);
    world.kit.advance(Span::from_hours(21));
    app.housekeep().unwrap();
    assert!(letters(&world.kit).is_empty(), "it is five o'clock");
    world.kit.advance(Span::from_hours(1));
    app.housekeep().unwrap();
    let sent = letters(&world.kit);
    assert_eq!(sent.len(), 1);
    assert_eq!(sent[0].1, "1 token request waits for your review");
    assert!(sent[0].2.contains("\"second\"") && !sent[0].2.contains("\"first\""));
    world.kit.advance(Span::from_days(1));
    app.housekeep().unwrap();
    assert!(
        letters(&world.kit).is_empty(),
        "each request is in one digest"
    );
    // Who decides no more when it leaves is told nothing more.
    world.create(&world.bob, &labs("third"));
    let member = jeton_domain::OrganizationRole::Member;
    world.kit.member(&world.alta3, &world.ann, member);
    world.kit.advance(Span::from_days(1));
    app.housekeep().unwrap();
    assert!(letters(&world.kit).is_empty());
}

#[test]
fn the_end_of_a_token_is_told_in_time_once_and_only_while_it_lives() {
    let world = world();
    let app = world.app();
    let kept = world.create(&world.bob, &labs("kept"));
    let ended = world.create(&world.bob, &labs("ended"));
    letters(&world.kit);
    let told = |days: u32| {
        world.kit.advance(Span::from_days(days));
        for _ in 0..2 {
            app.housekeep().unwrap();
        }
        letters(&world.kit)
            .into_iter()
            .map(|(_, subject, _)| subject)
            .collect::<Vec<_>>()
    };
    assert!(told(22).is_empty());
    assert_eq!(
        told(1),
        [
            "Your token \"kept\" expires in 7 days",
            "Your token \"ended\" expires in 7 days"
        ]
    );
    tokens::revoke(app, &world.own(&world.bob), ended.view.row.id).unwrap();
    assert!(told(3).is_empty());
    assert_eq!(told(1), ["Your token \"kept\" expires in 3 days"]);
    assert_eq!(told(2), ["Your token \"kept\" expires in 1 day"]);
    assert_eq!(told(1), ["Your token \"kept\" has expired"]);
    assert_eq!(told(1), [""; 0]);
    let page = format!("/settings/personal-access-tokens/{}", kept.view.row.id);
    let listed = notices::list(
        app,
        &own(&world, &world.bob),
        true,
        Some(Topic::Tokens),
        0,
        30,
    )
    .unwrap();
    assert!(listed.items.iter().any(|item| item.words.path == page));
}

#[test]
fn a_page_is_its_persons_own() {
    let world = world();
    world.create(&world.bob, &labs("t"));
    let (ann, bob) = (own(&world, &world.ann), own(&world, &world.bob));
    let listed = notices::list(world.app(), &ann, true, None, 0, 30).unwrap();
    assert_eq!((listed.items.len(), listed.total, listed.unread), (1, 1, 1));
    let id = listed.items[0].id;
    let foreign = notices::mark_read(world.app(), &bob, id);
    assert!(matches!(foreign, Err(AppError::Missing(_))));
    notices::mark_all_read(world.app(), &bob, id).unwrap();
    let unread = || {
        notices::list(world.app(), &ann, true, None, 0, 30)
            .unwrap()
            .total
    };
    assert_eq!(unread(), 1);
    notices::mark_read(world.app(), &ann, id).unwrap();
    assert_eq!(unread(), 0);
    let tokens = notices::list(world.app(), &ann, false, Some(Topic::Tokens), 0, 30).unwrap();
    let asked = notices::list(world.app(), &ann, false, Some(Topic::Requests), 0, 30).unwrap();
    assert_eq!((tokens.total, asked.total), (0, 1));
}

#[test]
fn a_sign_in_from_elsewhere_is_told_and_a_known_one_is_not() {
    let world = world();
    password(&world, "bob");
    world.kit.advance(Span::from_minutes(1));
    let enter = |agent: &str| {
        let mut call = anybody(&world);
        agent.clone_into(&mut call.user_agent);
        let typed = Password::new("correct horse battery");
        sign_in::sign_in(world.app(), &call, "bob", &typed, None, "").unwrap();
        letters(&world.kit)
            .into_iter()
            .map(|(_, subject, _)| subject)
            .collect::<Vec<_>>()
    };
    assert_eq!(enter("firefox"), ["New sign-in to your account"]);
    assert!(enter("firefox").is_empty());
    assert_eq!(enter("curl"), ["New sign-in to your account"]);
}

#[test]
fn a_changed_password_is_told_with_who_did_it() {
    let world = world();
    let root = world.kit.administrator("zoe");
    let call = world.kit.by(&root, &operations::ADMINISTRATOR, Named::Site);
    let edit = users::UserEdit {
        password: Some(Password::new("correct horse battery")),
        email: Some("robert@example.test".to_owned()),
        ..users::UserEdit::default()
    };
    users::update(world.app(), &call, "bob", &edit).unwrap();
    let sent = letters(&world.kit);
    let told: Vec<(&str, &str)> = sent
        .iter()
        .map(|(to, subject, _)| (to.as_str(), subject.as_str()))
        .collect();
    assert_eq!(
        told,
        [
            ("robert@example.test", "Your password was changed"),
            (
                "robert@example.test",
                "The e-mail address of your account was changed"
            ),
            (
                "bob@example.test",
                "The e-mail address of your account was changed"
            ),
        ]
    );
    assert!(sent[0].2.contains("zoe changed the password"));
}
