//! Making, changing and deleting webhooks.

use jeton_app::hooks::{
    self, ConfigEdit, HIDDEN, HookConfig, HookContentType, HookEdit, HookSecret, LONGEST_SECRET,
    NewHook,
};
use jeton_app::{Named, SealedIn};
use jeton_domain::{HookId, Span};
use jeton_testkit::{named, operations};

use crate::outcome::{count, events, fault, is_missing, refused};
use crate::world::{RETENTION, World, new, said, signed};

fn names(events: &[&str]) -> Vec<String> {
    events.iter().map(|event| (*event).to_owned()).collect()
}

fn edited(world: &World, id: HookId, config: ConfigEdit) -> hooks::HookView {
    let edit = HookEdit {
        config,
        ..HookEdit::default()
    };
    hooks::edit(world.app(), &world.owner(), id, &edit).unwrap()
}

/// The secret as it would be signed with.
fn secret(world: &World, view: &hooks::HookView) -> Option<String> {
    let sealed = view.row.secret.as_ref()?;
    let id = view.row.id.get();
    let plain = world
        .app()
        .unseal(SealedIn::HookSecret, id, sealed)
        .unwrap();
    Some(String::from_utf8(plain.to_vec()).unwrap())
}

#[test]
fn an_owner_makes_a_webhook_which_is_pinged_and_logged_without_what_is_secret() {
    let world = World::new();
    let made = world.made(&world.owner(), &signed("one", "s3cret"));
    assert_eq!(secret(&world, &made).as_deref(), Some("s3cret"));
    assert_eq!(
        (
            made.row.content_type,
            made.row.verifies_tls,
            made.row.active
        ),
        (HookContentType::Form, true, true)
    );
    assert_eq!((made.last, made.waiting), (None, 1));
    let tries = world.tries(&world.owner(), made.row.id);
    assert_eq!(tries[0].event_name, "ping");
    assert_eq!(events(&world.kit), ["hook.create"]);
    let rows = world
        .kit
        .store()
        .read(|unit| unit.all("SELECT body FROM audit", &[]))
        .unwrap();
    let entry: String = rows[0].get(0).unwrap();
    assert!(entry.contains("\"host\":\"example.org\""), "{entry}");
    for hidden in ["s3cret", "of-the-receiver", "/one"] {
        assert!(!entry.contains(hidden), "{entry}");
    }
    let shape = hooks::shape(
        "http://x",
        &hooks::show(world.app(), &world.owner(), made.row.id).unwrap(),
    );
    assert_eq!(shape["config"]["secret"], HIDDEN);
    assert_eq!(
        shape["url"],
        format!("http://x/api/v3/orgs/alta3/hooks/{}", made.row.id.get())
    );
    assert!(!format!("{:?}", signed("one", "s3cret")).contains("s3cret"));
}

#[test]
fn owners_and_administrators_alone_keep_them_and_each_their_own() {
    let world = World::new();
    let of_organization = world.made(&world.owner(), &new("one", &["push"])).row.id;
    let of_labs = world
        .made(&world.of(&world.labs), &new("one", &["push"]))
        .row
        .id;
    let app = world.app();
    let bobs = world.kit.by(
        &world.bob,
        &operations::OWNER,
        named::organization(&world.alta3),
    );
    assert_eq!(
        refused(hooks::list(app, &bobs, 0, 30)),
        (403, "membership_too_low")
    );
    let bobs = world.kit.by(
        &world.bob,
        &operations::ADMIN,
        named::repository(&world.labs),
    );
    assert_eq!(
        refused(hooks::list(app, &bobs, 0, 30)),
        (403, "role_too_low")
    );
    for (call, strange) in [
        (world.owner(), of_labs),
        (world.of(&world.labs), of_organization),
        (world.of(&world.vault), of_labs),
    ] {
        assert!(is_missing(hooks::show(app, &call, strange)));
        assert!(is_missing(hooks::edit(
            app,
            &call,
            strange,
            &HookEdit::default()
        )));
        assert!(is_missing(hooks::delete(app, &call, strange)));
        assert!(is_missing(hooks::ping_hook(app, &call, strange)));
        let all = hooks::Among::All;
        assert!(is_missing(hooks::deliveries(
            app,
            &call,
            strange,
            all,
            (None, 30)
        )));
    }
    let list = hooks::list(app, &world.of(&world.labs), 0, 30).unwrap();
    assert_eq!((list.total, list.items[0].row.id), (1, of_labs));
    assert_eq!(list.items[0].home, "repos/alta3/labs");
    let own = world.kit.by(&world.ann, &operations::OWN, Named::Own);
    assert!(is_missing(hooks::list(app, &own, 0, 30)));
}

#[test]
fn what_is_wrong_with_a_webhook_is_said() {
    let world = World::new();
    let app = world.app();
    let owner = world.owner();
    for bad in [
        "",
        "ftp://example.org",
        "https://",
        "https://u:p@example.org/",
        "https://example.org/#x",
        "not one",
        " https://example.org/",
        "https://example.org/\r\nX-Evil: 1",
        "https://example.org/\u{a0}",
    ] {
        let mut wrong = new("one", &["push"]);
        wrong.config.url = Some(bad.to_owned());
        assert_eq!(
            fault(hooks::register(app, &owner, &wrong)).0,
            "config.url",
            "{bad}"
        );
    }
    let mut long = signed("one", &"x".repeat(LONGEST_SECRET + 1));
    assert_eq!(
        fault(hooks::register(app, &owner, &long)).0,
        "config.secret"
    );
    long.config.secret = Some(HookSecret::new("x".repeat(LONGEST_SECRET)));
    assert!(hooks::register(app, &owner, &long).is_ok());
    for (events, message) in [
        (
            vec!["nothing_known"],
            "`events` names an event that is not known: `nothing_known`",
        ),
        (
            vec!["ping"],
            "`events` can't choose `ping`: it comes by itself",
        ),
        (vec![], "`events` takes one event at least"),
    ] {
        let wrong = new("two", &events);
        assert_eq!(
            said(hooks::register(app, &owner, &wrong)),
            ("events".to_owned(), message.to_owned())
        );
    }
    let of_repository = world.of(&world.labs);
    assert_eq!(
        fault(hooks::register(
            app,
            &of_repository,
            &new("x", &["membership"])
        ))
        .0,
        "events"
    );
    assert!(hooks::register(app, &of_repository, &new("x", &["pull_request", "push"])).is_ok());
}

#[test]
fn one_thing_is_told_once_and_to_twenty_at_most() {
    let world = World::new();
    let app = world.app();
    let owner = world.owner();
    let first = world.made(&owner, &new("one", &["push", "team"])).row.id;
    let twin = |events: &[&str]| hooks::register(app, &owner, &new("one", events));
    for events in [&["team", "member"] as &[&str], &["*"]] {
        assert_eq!(
            said(twin(events)),
            (
                "config".to_owned(),
                "Hook already exists on this organization".to_owned()
            )
        );
    }
    let other = twin(&["member"]).unwrap();
    let edit = HookEdit {
        add_events: names(&["push"]),
        ..HookEdit::default()
    };
    assert_eq!(
        fault(hooks::edit(app, &owner, other.row.id, &edit)),
        ("config", "custom")
    );
    // A webhook is no twin of its own.
    let edit = HookEdit {
        add_events: names(&["repository"]),
        ..HookEdit::default()
    };
    assert!(hooks::edit(app, &owner, first, &edit).is_ok());
    for number in 1..20 {
        world.made(&owner, &new(&number.to_string(), &["push"]));
    }
    let full = "The \"push\" event cannot have more than 20 hooks";
    for events in [&["push"] as &[&str], &["member", "push"], &["*"]] {
        assert_eq!(
            said(hooks::register(app, &owner, &new("more", events))),
            ("events".to_owned(), full.to_owned())
        );
    }
    assert!(hooks::register(app, &owner, &new("more", &["member"])).is_ok());
    // Another owner's do not count.
    assert!(hooks::register(app, &world.of(&world.labs), &new("one", &["push"])).is_ok());
}

#[test]
fn a_configuration_is_replaced_or_merged() {
    let world = World::new();
    let made = world.made(&world.owner(), &signed("one", "s3cret"));
    let id = made.row.id;
    let json = HookConfig {
        content_type: Some(HookContentType::Json),
        ..HookConfig::default()
    };
    let merged = edited(&world, id, ConfigEdit::Merge(json.clone()));
    assert_eq!(merged.row.content_type, HookContentType::Json);
    assert_eq!(secret(&world, &merged).as_deref(), Some("s3cret"));
    let shown = HookConfig {
        secret: Some(HookSecret::new(HIDDEN)),
        ..json.clone()
    };
    let kept = edited(&world, id, ConfigEdit::Replace(shown));
    assert_eq!(secret(&world, &kept).as_deref(), Some("s3cret"));
    let insecure = HookConfig {
        verifies_tls: Some(false),
        ..HookConfig::default()
    };
    assert!(
        !edited(&world, id, ConfigEdit::Merge(insecure))
            .row
            .verifies_tls
    );
    let replaced = edited(&world, id, ConfigEdit::Replace(HookConfig::default()));
    assert_eq!(replaced.row.url, made.row.url);
    assert_eq!(
        (
            replaced.row.content_type,
            replaced.row.verifies_tls,
            secret(&world, &replaced)
        ),
        (HookContentType::Form, true, None)
    );
    let signed = HookConfig {
        secret: Some(HookSecret::new("other")),
        ..HookConfig::default()
    };
    let again = edited(&world, id, ConfigEdit::Merge(signed));
    assert_eq!(secret(&world, &again).as_deref(), Some("other"));
    let unsigned = HookConfig {
        secret: Some(HookSecret::new("")),
        ..HookConfig::default()
    };
    let last = edited(&world, id, ConfigEdit::Merge(unsigned));
    assert_eq!(secret(&world, &last), None);
    // What changed nothing left no entry.
    edited(&world, id, ConfigEdit::Merge(HookConfig::default()));
    let logged = events(&world.kit);
    assert_eq!(logged[0], "hook.create");
    assert_eq!(logged[1..], ["hook.config_changed"; 5]);
}

#[test]
fn events_are_chosen_added_and_removed_and_it_is_switched_off() {
    let world = World::new();
    let call = world.of(&world.labs);
    let id = world.made(&call, &new("one", &["push", "member"])).row.id;
    let edit = |edit: HookEdit| hooks::edit(world.app(), &call, id, &edit);
    let view = edit(HookEdit {
        add_events: names(&["team", "push"]),
        remove_events: names(&["member", "unheard"]),
        ..HookEdit::default()
    });
    assert_eq!(view.unwrap().row.events, ["push", "team"]);
    let none = HookEdit {
        remove_events: names(&["push", "team"]),
        ..HookEdit::default()
    };
    assert_eq!(fault(edit(none)), ("events", "invalid"));
    let view = edit(HookEdit {
        events: Some(names(&["repository"])),
        active: Some(false),
        ..HookEdit::default()
    })
    .unwrap();
    assert_eq!(
        (view.row.events[0].as_str(), view.row.active),
        ("repository", false)
    );
    // Its ping waited.
    assert_eq!(view.waiting, 0);
    assert_eq!(
        events(&world.kit),
        [
            "hook.create",
            "hook.events_changed",
            "hook.events_changed",
            "hook.active_changed"
        ]
    );
}

#[test]
fn sending_elsewhere_or_more_takes_a_confirmed_sign_in_and_less_does_not() {
    let world = World::new();
    let call = world.owner();
    let id = world.made(&call, &new("one", &["push", "team"])).row.id;
    world.kit.advance(Span::from_hours(3));
    let edit = |edit: &HookEdit| hooks::edit(world.app(), &call, id, edit);
    let config = |config| HookEdit {
        config: ConfigEdit::Merge(config),
        ..HookEdit::default()
    };
    let switched = |active| HookEdit {
        active: Some(active),
        ..HookEdit::default()
    };
    let chosen = |events: &[&str]| HookEdit {
        events: Some(names(events)),
        ..HookEdit::default()
    };
    for less in [
        chosen(&["push"]),
        config(HookConfig {
            secret: Some(HookSecret::new("other")),
            ..HookConfig::default()
        }),
        switched(false),
    ] {
        assert!(edit(&less).is_ok(), "{less:?}");
    }
    for more in [
        chosen(&["push", "team"]),
        chosen(&["*"]),
        switched(true),
        config(HookConfig {
            url: Some("https://example.net".to_owned()),
            ..HookConfig::default()
        }),
        config(HookConfig {
            verifies_tls: Some(false),
            ..HookConfig::default()
        }),
    ] {
        assert_eq!(
            refused(edit(&more)),
            (403, "confirmation_needed"),
            "{more:?}"
        );
    }
}

/// It is signed as everything was before; then there is no secret any more.
#[test]
fn one_that_hears_of_its_end_is_told_so_and_nothing_else() {
    let world = World::new();
    let call = world.owner();
    let all = |path: &str| NewHook {
        events: Some(names(&["*"])),
        ..signed(path, "s3cret")
    };
    let id = world.made(&call, &all("one")).row.id;
    let off = NewHook {
        active: Some(false),
        ..all("two")
    };
    let off = world.made(&call, &off).row.id;
    hooks::delete(world.app(), &call, id).unwrap();
    hooks::delete(world.app(), &call, off).unwrap();
    assert!(is_missing(hooks::show(world.app(), &call, id)));
    for waits in [
        "SELECT COUNT(*) FROM hook_deliveries WHERE delivered_at IS NULL",
        "SELECT COUNT(*) FROM hook_deliveries d JOIN hook_events e ON e.id = d.event_id \
         WHERE d.delivered_at IS NULL AND e.event = 'meta'",
    ] {
        assert_eq!(count(&world.kit, waits), 1, "{waits}");
    }
    let secrets = "SELECT COUNT(*) FROM hooks WHERE secret IS NOT NULL";
    let forget = || world.app().forget(RETENTION).unwrap();
    forget();
    assert_eq!(
        count(&world.kit, secrets),
        1,
        "what waits is signed with it"
    );
    world.answered(200);
    forget();
    assert_eq!(count(&world.kit, secrets), 0);
}

#[test]
fn a_deleted_webhook_is_gone_with_its_secret_and_with_what_waited() {
    let world = World::new();
    let call = world.owner();
    let id = world.made(&call, &signed("one", "s3cret")).row.id;
    hooks::delete(world.app(), &call, id).unwrap();
    assert!(is_missing(hooks::show(world.app(), &call, id)));
    assert!(is_missing(hooks::delete(world.app(), &call, id)));
    let left = "SELECT COUNT(*) FROM hooks WHERE secret IS NOT NULL OR deleted_at IS NULL";
    assert_eq!(count(&world.kit, left), 0);
    let waiting = "SELECT COUNT(*) FROM hook_deliveries WHERE delivered_at IS NULL";
    assert_eq!(count(&world.kit, waiting), 0);
    let dropped = "SELECT COUNT(*) FROM hook_deliveries WHERE outcome = 'dropped'";
    assert_eq!(count(&world.kit, dropped), 1);
    assert_eq!(events(&world.kit), ["hook.create", "hook.destroy"]);
    // The same may be made again.
    world.made(&call, &signed("one", "s3cret"));
}
