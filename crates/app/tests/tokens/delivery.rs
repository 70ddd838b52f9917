//! Letters go out once, to who may get them, and carry no tricks.

use jeton_app::notices::{self, Notice, Topic};
use jeton_app::{AppError, Named, addresses, grants, password_reset, users};
use jeton_domain::Span;
use jeton_testkit::operations;

use crate::letters::{anybody, letters, own, page, world};
use crate::outcome::count;
use crate::world::{World, labs};

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
            invitation: 1,
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
