//! An organization's webhook hears of every repository there: what a token for some of them may do with it.

use jeton_app::hooks::{self, Among, ConfigEdit, HookConfig, HookEdit};
use jeton_domain::Selection;
use jeton_testkit::{Kit, named, operations};

use crate::outcome::{is_forbidden, is_missing};
use crate::world::{World, new};

#[test]
fn a_token_for_some_repositories_makes_none_and_sends_none_elsewhere() {
    let world = World::new();
    let app = world.app();
    let id = world
        .made(&world.owner(), &new("one", &["push", "team"]))
        .row
        .id;
    let some = world.token(Kit::only([&world.labs]));
    let call = world.owner_with(&some);
    assert!(is_forbidden(hooks::register(
        app,
        &call,
        &new("two", &["push"])
    )));
    let elsewhere = HookEdit {
        config: ConfigEdit::Merge(HookConfig {
            url: Some("https://example.net/".to_owned()),
            ..HookConfig::default()
        }),
        ..HookEdit::default()
    };
    let more = HookEdit {
        events: Some(vec!["*".to_owned()]),
        ..HookEdit::default()
    };
    let less = HookEdit {
        remove_events: vec!["team".to_owned()],
        ..HookEdit::default()
    };
    for edit in [&elsewhere, &more] {
        assert!(is_forbidden(hooks::edit(app, &call, id, edit)));
    }
    hooks::edit(app, &call, id, &less).unwrap();
    let all = world.owner_with(&world.token(Selection::All));
    hooks::edit(app, &all, id, &elsewhere).unwrap();
    world.made(&all, &new("two", &["push"]));
    // A repository's own tells of nothing else.
    let of_labs = world
        .kit
        .with_token(&some, &operations::ADMIN, named::repository(&world.labs));
    world.made(&of_labs, &new("one", &["push"]));
}

#[test]
fn it_reads_of_its_own_repositories_and_of_none_other() {
    let world = World::new();
    let app = world.app();
    let owner = world.owner();
    let id = world.made(&owner, &new("one", &["*"])).row.id;
    let seen = [
        world.told(id, "push", Some(&world.labs)),
        world.told(id, "membership", None),
    ];
    let hidden = [
        world.told(id, "push", Some(&world.vault)),
        world.told(id, "personal_access_token_request", None),
    ];
    let some = world.owner_with(&world.token(Kit::only([&world.labs])));
    let all = world.owner_with(&world.token(Selection::All));
    let count = |call| {
        let found = hooks::deliveries(app, call, id, Among::All, (None, 30)).unwrap();
        found.items.len()
    };
    assert_eq!((count(&owner), count(&all), count(&some)), (5, 5, 3));
    for one in seen {
        assert!(hooks::delivery(app, &some, id, one).is_ok());
    }
    for one in hidden {
        assert!(is_missing(hooks::delivery(app, &some, id, one)));
        assert!(is_missing(hooks::redeliver(app, &some, id, one)));
        assert!(hooks::delivery(app, &all, id, one).is_ok());
    }
}
