//! People are told what happened to what is theirs: on their page, by mail, once.
//!
//! Long: each kind of notice with its actors, beside the others.

use std::collections::BTreeMap;

use jeton_app::notices::{self, Choices, Notice, Topic};
use jeton_app::requests::{self, Review};
use jeton_app::{
    AppError, Call, Named, Password, Presented, addresses, grants, leaks, password_reset, sign_in,
    tokens, users,
};
use jeton_domain::{OrganizationRole, Span};
use jeton_testkit::{Kit, Person, operations};

use crate::outcome::{count, fault};
use crate::world::{World, labs};

fn world() -> World {
    World::on(Kit::with_mail())
}

/// Sends what is due and gives the new letters: to whom, subject, and the text with the HTML.
fn letters(kit: &Kit) -> Vec<(String, String, String)> {
    kit.app().deliver_mail(&|| true).unwrap();
    let mut files: BTreeMap<i64, String> = BTreeMap::new();
    for entry in std::fs::read_dir(kit.mail()).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_stem().unwrap().to_str().unwrap().to_owned();
        let number = name.rsplit('.').next().unwrap().parse().unwrap();
        files.insert(number, std::fs::read_to_string(&path).unwrap());
        std::fs::remove_file(&path).unwrap();
    }
    files.into_values().map(|text| read(&text)).collect()
}

fn read(letter: &str) -> (String, String, String) {
    let (head, body) = letter.split_once("\r\n\r\n").unwrap();
    let head = head.replace("\r\n ", " ");
    let field = |name: &str| {
        let line = head.lines().find_map(|line| line.strip_prefix(name));
        line.unwrap_or_default().trim().to_owned()
    };
    (field("To:"), field("Subject:"), unquoted(body))
}

/// Quoted-printable, undone.
fn unquoted(text: &str) -> String {
    let joined = text.replace("=\r\n", "");
    let mut bytes = Vec::new();
    let mut rest = joined.as_bytes();
    while let Some((first, after)) = rest.split_first() {
        let digits = after.get(..2).and_then(|d| std::str::from_utf8(d).ok());
        match digits.and_then(|digits| u8::from_str_radix(digits, 16).ok()) {
            Some(byte) if *first == b'=' => {
                bytes.push(byte);
                rest = &after[2..];
            }
            _ => {
                bytes.push(*first);
                rest = after;
            }
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

/// The code in a link.
fn code(body: &str, before: &str) -> String {
    let at = body
        .find(before)
        .unwrap_or_else(|| panic!("{before}: {body}"))
        + before.len();
    body[at..]
        .chars()
        .take_while(char::is_ascii_hexdigit)
        .collect()
}

fn own(world: &World, person: &Person) -> Call {
    world.kit.by(person, &operations::OWN, Named::Own)
}

fn anybody(world: &World) -> Call {
    world.kit.anonymous(&operations::SITE, Named::Site)
}

/// Subjects on a person's page, newest first.
fn page(world: &World, person: &Person) -> Vec<String> {
    let listed = notices::list(world.app(), &own(world, person), false, None, 0, 30).unwrap();
    listed
        .items
        .into_iter()
        .map(|item| item.words.subject)
        .collect()
}

fn say(approve: bool, reason: &str) -> Review {
    Review {
        approve,
        reason: reason.to_owned(),
    }
}

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
    assert_eq!(subject, "bob asks for access to alta3 by token `t`");
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
            "alta3 denied the request of your token `t`"
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
        "Your token `t` may reach alta3 now"
    );
    grants::revoke_one(world.app(), &world.owner(&world.ann), created.view.row.id).unwrap();
    let sent = letters(&world.kit);
    assert_eq!(
        (sent.len(), sent[0].1.as_str()),
        (1, "Your token `t` reaches alta3 no more")
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
    let shown = jeton_app::difference_words::lines(&shown.unwrap().difference, &[]);
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
        (1, "Your token `u` was revoked")
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
    assert!(sent[0].2.contains("`second`") && !sent[0].2.contains("`first`"));
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
            "Your token `kept` expires in 7 days",
            "Your token `ended` expires in 7 days"
        ]
    );
    tokens::revoke(app, &world.own(&world.bob), ended.view.row.id).unwrap();
    assert!(told(3).is_empty());
    assert_eq!(told(1), ["Your token `kept` expires in 3 days"]);
    assert_eq!(told(2), ["Your token `kept` expires in 1 day"]);
    assert_eq!(told(1), ["Your token `kept` has expired"]);
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
fn nobody_gets_mail_who_is_stopped_or_has_no_verified_address() {
    let world = world();
    let created = world.create(&world.bob, &labs("t"));
    letters(&world.kit);
    world.review(&created.view, true).unwrap();
    let root = world.kit.administrator("zoe");
    let administrator = world.kit.by(&root, &operations::ADMINISTRATOR, Named::Site);
    users::suspend(world.app(), &administrator, "bob").unwrap();
    assert!(letters(&world.kit).is_empty());
    users::resume(world.app(), &administrator, "bob").unwrap();
    assert!(letters(&world.kit).is_empty(), "it is not made up for");
    world
        .store()
        .write(|unit| unit.execute("UPDATE users SET email_verified_at = NULL", &[]))
        .unwrap();
    grants::revoke_one(world.app(), &world.owner(&world.ann), created.view.row.id).unwrap();
    assert!(letters(&world.kit).is_empty());
    assert_eq!(page(&world, &world.bob).len(), 2, "their page has it all");
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
fn what_may_have_been_delivered_is_not_sent_again() {
    let world = world();
    world.create(&world.bob, &labs("t"));
    let now = world.app().now();
    // The server died after the letter was handed over.
    world
        .store()
        .write(|unit| unit.execute("UPDATE jobs SET handed_at = $1, leased_until = $1", &[&now]))
        .unwrap();
    world.app().take_over_mail();
    assert!(letters(&world.kit).is_empty());
    assert_eq!(
        count(
            &world.kit,
            "SELECT COUNT(*) FROM jobs WHERE outcome = 'unknown'"
        ),
        1
    );
}

#[test]
fn a_letter_that_can_not_be_sent_is_tried_again_with_growing_pauses_and_given_up() {
    let world = world();
    std::fs::remove_dir_all(world.kit.mail()).unwrap();
    world.create(&world.bob, &labs("t"));
    let tried = |minutes: i64| {
        world.kit.advance(Span::from_minutes(minutes));
        world.app().deliver_mail(&|| true).unwrap()
    };
    assert_eq!(tried(0), 1);
    assert_eq!(tried(0), 0, "not at once");
    let root = world.kit.administrator("zoe");
    let administrators = || world.kit.by(&root, &operations::ADMINISTRATOR, Named::Site);
    let queue = || notices::queue(world.app(), &administrators()).unwrap();
    let waits = queue();
    assert_eq!((waits.waiting_total, waits.failed_total), (1, 0));
    let letter = &waits.waiting[0];
    assert_eq!(
        (letter.to.as_str(), letter.topic, letter.tries),
        ("ann", Some(Topic::Requests), 1)
    );
    assert!(!letter.fault.is_empty(), "it says why");
    notices::retry(world.app(), &administrators(), letter.id).unwrap();
    assert_eq!(tried(0), 1, "at once");
    assert_eq!(queue().waiting[0].tries, 2);
    assert_eq!(tried(1), 0);
    assert_eq!(tried(1), 1);
    assert_eq!(tried(5), 1);
    for _ in 0..14 {
        assert_eq!(tried(360), 1);
    }
    assert_eq!(tried(360), 0);
    assert_eq!(
        count(
            &world.kit,
            "SELECT COUNT(*) FROM jobs WHERE outcome = 'gave_up' AND payload = ''"
        ),
        1
    );
    let over = queue();
    assert_eq!((over.waiting_total, over.failed_total), (0, 1));
    let letter = &over.failed[0];
    assert_eq!(
        (letter.outcome.as_str(), letter.to.as_str()),
        ("gave_up", "")
    );
    assert!(!letter.fault.is_empty());
    let again = notices::retry(world.app(), &administrators(), letter.id);
    assert!(
        matches!(again, Err(AppError::Missing(_))),
        "what was in it is gone"
    );
}

#[test]
fn nothing_is_queued_where_no_mail_is_sent() {
    let world = World::new();
    world.create(&world.bob, &labs("t"));
    assert_eq!(count(&world.kit, "SELECT COUNT(*) FROM jobs"), 0);
    assert_eq!(page(&world, &world.ann).len(), 1);
    let asked = addresses::ask(world.app(), &own(&world, &world.bob), "new@example.test");
    assert!(matches!(
        asked,
        Err(AppError::Conflict {
            code: "no_mail",
            ..
        })
    ));
    let asked = password_reset::ask(world.app(), &anybody(&world), "bob");
    assert!(matches!(
        asked,
        Err(AppError::Conflict {
            code: "no_mail",
            ..
        })
    ));
}

#[test]
fn no_name_breaks_a_mail_or_turns_a_line_around() {
    let hostile = "x\r\nBcc: eve@example.test\u{202e}<img src=x>\u{200b}";
    let notices = [
        Notice::TokenRequested {
            organization: hostile.to_owned(),
            request: 1,
            token: hostile.to_owned(),
            creator: hostile.to_owned(),
            asks: hostile.to_owned(),
            justification: hostile.to_owned(),
            granted: true,
            changes: vec![jeton_app::difference_words::Line {
                words: hostile.to_owned(),
                more: true,
                gone: false,
            }],
        },
        Notice::RolesTaken {
            owner: hostile.to_owned(),
            repositories: vec![hostile.to_owned()],
            more: 1,
        },
        Notice::SignedIn {
            client: hostile.to_owned(),
            address: hostile.to_owned(),
            at: jeton_testkit::NOW,
        },
        Notice::OrganizationInvitation {
            organization: hostile.to_owned(),
            inviter: hostile.to_owned(),
            role: hostile.to_owned(),
            until: jeton_testkit::NOW,
        },
    ];
    for notice in notices {
        let words = notice.words(None);
        let all = format!("{words:?}");
        assert!(
            !words.subject.contains(['\r', '\n', '\u{202e}', '\u{200b}']),
            "{all}"
        );
        assert!(
            !all.contains("\\u{202e}") && !all.contains("\\u{200b}"),
            "{all}"
        );
        assert!(
            words
                .sentences
                .iter()
                .all(|sentence| !sentence.contains('\n'))
        );
    }
}

#[test]
fn a_new_address_is_proved_by_its_link_and_told_to_both() {
    let world = world();
    let app = world.app();
    let bob = own(&world, &world.bob);
    addresses::ask(app, &bob, "robert@example.test").unwrap();
    let payload = world
        .store()
        .read(|unit| unit.one("SELECT payload FROM jobs WHERE done_at IS NULL", &[]))
        .unwrap()
        .unwrap()
        .get::<String>(0)
        .unwrap();
    let sent = letters(&world.kit);
    assert_eq!(sent.len(), 1);
    assert_eq!(sent[0].0, "robert@example.test");
    let link = code(&sent[0].2, "http://127.0.0.1:8377/-/verify/");
    assert!(!payload.contains(&link), "the queue does not show the code");
    let addresses_now = addresses::show(app, &bob).unwrap();
    assert_eq!(addresses_now.address.as_deref(), Some("bob@example.test"));
    assert_eq!(
        addresses_now.pending.unwrap().address,
        "robert@example.test"
    );

    let eve = own(&world, &world.eve);
    for foreign in [
        addresses::look(app, &eve, &link),
        addresses::verify(app, &eve, &link),
    ] {
        assert!(
            matches!(foreign, Err(AppError::Forbidden(_))),
            "{foreign:?}"
        );
    }
    let reset = password_reset::look(app, &anybody(&world), &link);
    assert!(
        matches!(reset, Err(AppError::Forbidden(_))),
        "it is for one use"
    );
    assert_eq!(
        addresses::look(app, &bob, &link).unwrap(),
        "robert@example.test"
    );
    assert_eq!(
        addresses::verify(app, &bob, &link).unwrap(),
        "robert@example.test"
    );
    let again = addresses::verify(app, &bob, &link);
    assert!(matches!(again, Err(AppError::Forbidden(_))), "replayed");
    let sent = letters(&world.kit);
    let to: Vec<&str> = sent.iter().map(|(to, ..)| to.as_str()).collect();
    assert_eq!(to, ["robert@example.test", "bob@example.test"]);
    assert!(addresses::show(app, &bob).unwrap().pending.is_none());
}

#[test]
fn a_link_to_an_address_ends_by_time_by_a_newer_one_and_by_taking_it_back() {
    let world = world();
    let app = world.app();
    let bob = own(&world, &world.bob);
    let dead = |link: &str| {
        matches!(
            addresses::look(app, &bob, link),
            Err(AppError::Forbidden(_))
        )
    };
    let fresh = || code(&letters(&world.kit).pop().unwrap().2, "/-/verify/");
    addresses::ask(app, &bob, "one@example.test").unwrap();
    let first = fresh();
    addresses::resend(app, &bob).unwrap();
    let second = fresh();
    assert!(dead(&first) && !dead(&second));
    world
        .kit
        .advance(Span::from_micros(Span::from_hours(24).micros() - 1));
    assert!(!dead(&second));
    world.kit.advance(Span::from_micros(1));
    assert!(dead(&second), "at the moment itself");
    addresses::ask(app, &bob, "two@example.test").unwrap();
    let third = fresh();
    addresses::cancel(app, &bob).unwrap();
    assert!(dead(&third));
    assert!(matches!(
        addresses::cancel(app, &bob),
        Err(AppError::Missing(_))
    ));
    for link in ["", "x", &"0".repeat(40), &third.to_uppercase()] {
        assert!(dead(link), "{link}");
    }
    for _ in 0..4 {
        addresses::ask(app, &bob, "three@example.test").unwrap();
    }
    let flood = addresses::ask(app, &bob, "three@example.test");
    assert!(matches!(flood, Err(AppError::TooMany { .. })));
}

#[test]
fn an_address_that_is_not_proved_blocks_nobody_and_a_proved_one_is_one_accounts() {
    let world = world();
    let app = world.app();
    let (bob, eve) = (own(&world, &world.bob), own(&world, &world.eve));
    addresses::ask(app, &eve, "shared@example.test").unwrap();
    let hers = code(&letters(&world.kit)[0].2, "/-/verify/");
    addresses::ask(app, &bob, "shared@example.test").unwrap();
    let his = code(&letters(&world.kit)[0].2, "/-/verify/");
    addresses::verify(app, &bob, &his).unwrap();
    letters(&world.kit);
    assert_eq!(
        fault(addresses::verify(app, &eve, &hers)),
        ("email", "already_exists")
    );
    let kept = addresses::show(app, &eve).unwrap();
    assert_eq!(kept.address.as_deref(), Some("eve@example.test"));
    for wrong in ["", "x", "a@b@c", "a@b\r\nBcc: c@d", "<a@b>"] {
        assert_eq!(
            fault(addresses::ask(app, &bob, wrong)),
            ("email", "invalid"),
            "{wrong}"
        );
    }
}

/// Asks for a link and waits until it was made, if it is.
fn reset(world: &World, who: &str) -> Option<String> {
    password_reset::ask(world.app(), &anybody(world), who).unwrap();
    for _ in 0..40 {
        std::thread::sleep(std::time::Duration::from_millis(25));
        if let Some((_, _, body)) = letters(&world.kit).pop() {
            return Some(code(&body, "http://127.0.0.1:8377/password_reset/"));
        }
    }
    None
}

fn password(world: &World, person: &str) {
    let root = world.kit.administrator("zoe");
    let call = world.kit.by(&root, &operations::ADMINISTRATOR, Named::Site);
    let edit = users::UserEdit {
        password: Some(Password::new("correct horse battery")),
        ..users::UserEdit::default()
    };
    users::update(world.app(), &call, person, &edit).unwrap();
    letters(&world.kit);
}

#[test]
fn a_password_is_set_anew_by_a_link_once_and_all_sign_ins_end() {
    let world = world();
    let app = world.app();
    password(&world, "bob");
    let signed = |password: &str| {
        sign_in::sign_in(
            app,
            &anybody(&world),
            "bob",
            &Password::new(password),
            None,
            "x",
        )
    };
    signed("correct horse battery").unwrap();
    letters(&world.kit);
    let link = reset(&world, "BOB@example.test").unwrap();
    assert_eq!(
        password_reset::look(app, &anybody(&world), &link).unwrap(),
        "bob"
    );
    let weak = password_reset::redeem(app, &anybody(&world), &link, &Password::new("short"));
    assert_eq!(
        fault(weak),
        ("password", "invalid"),
        "the link is not spent by it"
    );
    let fresh = Password::new("another long password");
    password_reset::redeem(app, &anybody(&world), &link, &fresh).unwrap();
    let again = password_reset::redeem(app, &anybody(&world), &link, &fresh);
    assert!(matches!(again, Err(AppError::Forbidden(_))), "replayed");
    assert_eq!(
        count(
            &world.kit,
            "SELECT COUNT(*) FROM sign_ins s JOIN accounts a ON a.id = s.user_id WHERE a.login = 'bob' AND s.ended_at IS NULL"
        ),
        0
    );
    assert!(matches!(
        signed("correct horse battery"),
        Err(AppError::BadSignIn)
    ));
    signed("another long password").unwrap();
    let sent = letters(&world.kit);
    assert_eq!(sent[0].1, "Your password was set anew");
}

#[test]
fn a_link_for_a_new_password_ends_by_time_by_a_newer_one_and_with_the_address() {
    let world = world();
    let app = world.app();
    let dead = |link: &str| {
        matches!(
            password_reset::look(app, &anybody(&world), link),
            Err(AppError::Forbidden(_))
        )
    };
    let first = reset(&world, "bob").unwrap();
    let second = reset(&world, "bob").unwrap();
    assert!(dead(&first) && !dead(&second));
    world.kit.advance(Span::from_hours(1));
    assert!(dead(&second), "at the moment itself");
    let third = reset(&world, "bob").unwrap();
    let bob = own(&world, &world.bob);
    addresses::ask(app, &bob, "new@example.test").unwrap();
    let proof = code(&letters(&world.kit)[0].2, "/-/verify/");
    addresses::verify(app, &bob, &proof).unwrap();
    letters(&world.kit);
    assert!(dead(&third), "it went to the old address");
    let foreign = addresses::verify(app, &bob, &third);
    assert!(
        matches!(foreign, Err(AppError::Forbidden(_))),
        "it is for one use"
    );
}

#[test]
fn who_is_unknown_stopped_or_unproved_gets_no_link_and_the_answer_is_the_same() {
    let world = world();
    let root = world.kit.administrator("zoe");
    let administrator = world.kit.by(&root, &operations::ADMINISTRATOR, Named::Site);
    users::suspend(world.app(), &administrator, "eve").unwrap();
    letters(&world.kit);
    for who in [
        "nobody",
        "nobody@example.test",
        "eve",
        "alta3",
        "a\u{0}b",
        &"x".repeat(5000),
    ] {
        assert_eq!(reset(&world, who), None, "{who}");
    }
    assert_eq!(count(&world.kit, "SELECT COUNT(*) FROM link_codes"), 0);
    let empty = password_reset::ask(world.app(), &anybody(&world), " ");
    assert_eq!(fault(empty), ("login", "invalid"));
}

#[test]
fn wishes_for_a_new_password_are_throttled_by_address_and_mails_by_person() {
    let world = world();
    for _ in 0..3 {
        assert!(reset(&world, "bob").is_some());
    }
    assert!(reset(&world, "bob").is_none(), "nobody's mailbox is filled");
    for _ in 0..6 {
        password_reset::ask(world.app(), &anybody(&world), "nobody").unwrap();
    }
    let more = password_reset::ask(world.app(), &anybody(&world), "nobody");
    assert!(matches!(more, Err(AppError::TooMany { .. })), "{more:?}");
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
