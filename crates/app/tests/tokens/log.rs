//! The log: one entry for each change, with who did it by what; each reader sees their own.

use jeton_app::audit_log::{self, Cursor, Entry, Part, Wanted};
use jeton_app::tokens::{self, RotateToken, TokenEdit};
use jeton_domain::{Id, OrganizationRole};
use jeton_store::audit::{Filter, page};
use jeton_testkit::{named, operations};
use sha2::{Digest, Sha256};

use crate::outcome::{events, fault};
use crate::world::{World, labs, plain};

pub(crate) fn wanted() -> Wanted {
    Wanted {
        count: 100,
        ..Wanted::default()
    }
}

pub(crate) fn names(entries: &[Entry]) -> Vec<&str> {
    entries.iter().map(|entry| entry.event.as_str()).collect()
}

#[test]
fn each_change_leaves_one_entry_with_its_actor() {
    let world = World::new();
    let token = world.create(&world.bob, &plain("t"));
    let (app, own, id) = (world.app(), world.own(&world.bob), token.view.row.id);
    tokens::edit(
        app,
        &own,
        id,
        &TokenEdit {
            description: Some("d".to_owned()),
            ..TokenEdit::default()
        },
    )
    .unwrap();
    tokens::rotate(app, &own, id, &RotateToken::default(), None).unwrap();
    tokens::finish(app, &own, id).unwrap();
    tokens::suspend(app, &own, id).unwrap();
    tokens::resume(app, &own, id).unwrap();
    tokens::delete(app, &own, id).unwrap();
    let expected = [
        "create",
        "update",
        "credential_regenerated",
        "rotation_finished",
        "suspend",
        "resume",
        "destroy",
    ];
    assert_eq!(
        events(&world.kit),
        expected.map(|event| format!("personal_access_token.{event}"))
    );
    for entry in audit_log::of_oneself(app, &own, &wanted()).unwrap() {
        let data = entry.data.unwrap();
        assert_eq!(entry.actor.as_deref(), Some("bob"));
        assert_eq!(data["user_programmatic_access_id"], id.get());
        assert_eq!(
            (&data["door"], &data["address"]),
            (&"api".into(), &"192.0.2.7".into())
        );
        assert!(data["request_id"].is_string() && data["user_agent"] == "test");
        let made = entry.event.ends_with(".create") || entry.event.ends_with("_regenerated");
        assert_eq!(
            data.get("hashed_token").is_some(),
            made,
            "of the value that was made; a sign-in leaves no public form of itself"
        );
    }
}

#[test]
fn every_leaf_can_be_computed_again() {
    let world = World::new();
    world.approved("t");
    let rows = world
        .store()
        .read(|unit| page(unit, &Filter::default(), 100))
        .unwrap();
    assert_eq!(rows.len(), 3);
    for row in rows {
        let hash = Sha256::new()
            .chain_update([0])
            .chain_update(row.salt.unwrap())
            .chain_update(row.body.unwrap());
        assert_eq!(<[u8; 32]>::from(hash.finalize()), row.leaf);
    }
}

#[test]
fn an_organizations_log_shows_its_own_entries_only() {
    let world = World::new();
    world.approved("t");
    world.create(&world.bob, &plain("own"));
    let other = world.kit.organization("other", &world.eve);
    let eve = world
        .kit
        .by(&world.eve, &operations::OWNER, named::organization(&other));
    assert!(
        audit_log::of_organization(world.app(), &eve, &wanted())
            .unwrap()
            .is_empty()
    );
    let log = audit_log::of_organization(world.app(), &world.owner(&world.ann), &wanted()).unwrap();
    assert_eq!(
        names(&log),
        [
            "personal_access_token.access_granted",
            "personal_access_token.request_created"
        ],
        "neither that bob made tokens, nor those of his own"
    );
    // No filter reaches beyond.
    for filter in [
        Wanted {
            actor: Some("bob".to_owned()),
            ..wanted()
        },
        Wanted {
            repository: Some("alta3/labs".to_owned()),
            ..wanted()
        },
        Wanted {
            token: Id::from_i64(1),
            ..wanted()
        },
    ] {
        assert!(
            audit_log::of_organization(world.app(), &eve, &filter)
                .unwrap()
                .is_empty(),
            "{filter:?}"
        );
    }
    let bobs = audit_log::of_oneself(world.app(), &world.own(&world.bob), &wanted()).unwrap();
    assert_eq!(bobs.len(), 4, "{bobs:?}");
}

#[test]
fn a_filter_by_a_hidden_name_and_by_none_that_is_there_find_the_same() {
    let world = World::new();
    let bob = world.own(&world.bob);
    let find = |repository: &str| {
        let filter = Wanted {
            repository: Some(repository.to_owned()),
            ..wanted()
        };
        audit_log::of_oneself(world.app(), &bob, &filter)
            .unwrap()
            .len()
    };
    // bob once changed the repository; then he lost it, and it got another name.
    world
        .kit
        .collaborator(&world.labs, &world.bob, jeton_domain::Role::Admin);
    let call = world.kit.by(
        &world.bob,
        &operations::ADMIN,
        named::repository(&world.labs),
    );
    let edit = jeton_app::repositories::RepositoryEdit {
        description: Some("d".to_owned()),
        ..jeton_app::repositories::RepositoryEdit::default()
    };
    jeton_app::repositories::update(world.app(), &call, &edit).unwrap();
    assert_eq!(find("alta3/labs"), 1);
    world.change("DELETE FROM collaborators");
    world
        .change("UPDATE repositories SET name = 'merger', name_key = 'merger' WHERE name = 'labs'");
    for name in [
        "alta3/merger",
        "alta3/labs",
        "alta3/vault",
        "alta3/nope",
        "nope",
        "a\0/b",
    ] {
        assert_eq!(find(name), 0, "{name}");
    }
    assert_eq!(
        audit_log::of_oneself(world.app(), &bob, &wanted())
            .unwrap()
            .len(),
        1,
        "without a name it is there"
    );
}

#[test]
fn the_log_is_read_in_pages_and_by_events() {
    let world = World::new();
    for name in ["a", "b", "c"] {
        world.create(&world.bob, &labs(name));
    }
    let own = world.own(&world.bob);
    let events = vec!["personal_access_token.create".to_owned(); 3];
    let mut filter = Wanted {
        events,
        count: 2,
        ..Wanted::default()
    };
    let first = audit_log::of_oneself(world.app(), &own, &filter).unwrap();
    assert_eq!(first.len(), 2);
    filter.part = Part::After(Cursor::parse(&first[1].cursor.text()).unwrap());
    let second = audit_log::of_oneself(world.app(), &own, &filter).unwrap();
    assert_eq!(second.len(), 1);
    assert!(first.iter().all(|entry| entry.cursor != second[0].cursor));
    // Back, and the other way round: every part fits the others.
    let cursors = |entries: &[Entry]| -> Vec<Cursor> { entries.iter().map(|e| e.cursor).collect() };
    let all = [cursors(&first), cursors(&second)].concat();
    let mut read = |part, oldest_first| {
        (filter.part, filter.oldest_first) = (part, oldest_first);
        cursors(&audit_log::of_oneself(world.app(), &own, &filter).unwrap())
    };
    assert_eq!(read(Part::Before(all[2]), false), all[..2]);
    assert_eq!(read(Part::Before(all[1]), false), all[..1]);
    let reversed = [all[2], all[1], all[0]];
    assert_eq!(read(Part::First, true), reversed[..2]);
    assert_eq!(read(Part::After(all[1]), true), reversed[2..]);
    assert_eq!(read(Part::Before(all[0]), true), reversed[..2]);
    for nonsense in ["", "1", "1-", "-", "a-b", "1-2-3", "99999999999999999999-0"] {
        assert_eq!(Cursor::parse(nonsense), None, "{nonsense}");
    }
    filter.events = vec!["nonsense".to_owned()];
    assert_eq!(
        fault(audit_log::of_oneself(world.app(), &own, &filter)),
        ("event", "invalid")
    );
}

/// crates.io: 'token created' was told before the insert. Here the change does not happen if the
/// entry can't be written.
#[test]
fn a_change_whose_entry_can_not_be_written_does_not_happen() {
    let world = World::new();
    let token = world.approved("t");
    // The next number's first entry is taken.
    world.change(
        "INSERT INTO audit (seq, n, event, at, operation, leaf) \
         SELECT (SELECT seq + 1 FROM head), 0, 'x', 0, 'x', leaf FROM audit LIMIT 1",
    );
    let revoked = tokens::revoke(world.app(), &world.own(&world.bob), token.view.row.id);
    assert!(revoked.is_err());
    assert_eq!(world.show(&world.bob, token.view.row.id).state, "active");
    assert!(!world.tombstones().contains("token_revoked"));
    // Once another change took that number, it goes on.
    world
        .kit
        .member(&world.alta3, &world.eve, OrganizationRole::Member);
    tokens::revoke(world.app(), &world.own(&world.bob), token.view.row.id).unwrap();
}

/// The events about tokens that GitHub's reference names and that something here does, with the fields
/// that it gives them. Left out is what does not exist here: OAuth applications, single sign-on,
/// `actor_is_agent`; and the older two names of automatic approval.
const REFERENCE: &[(&str, &[&str])] = &[
    (
        "access_granted",
        &[
            "repositories",
            "repository_selection",
            "user_programmatic_access_id",
            NAME,
        ],
    ),
    (
        "access_revoked",
        &[
            "repositories",
            "repository_selection",
            "user_programmatic_access_id",
            NAME,
        ],
    ),
    ("create", &["repository_selection", NAME]),
    ("credential_regenerated", &[NAME]),
    ("credential_revoked", &["explanation", NAME]),
    ("destroy", &["explanation", NAME]),
    (
        "request_cancelled",
        &["repository_selection", NAME, REQUEST],
    ),
    (
        "request_created",
        &[
            "repositories",
            "repository_selection",
            "user_programmatic_access_id",
            NAME,
            REQUEST,
        ],
    ),
    ("request_denied", &["repository_selection", NAME, REQUEST]),
    (
        "update",
        &["pat_field_changed", "repository_selection", NAME],
    ),
    ("access_restriction_disabled", &[]),
    ("access_restriction_enabled", &[]),
    ("auto_approve_grant_requests_disabled", &[]),
    ("auto_approve_grant_requests_enabled", &[]),
    (
        "expiration_limit_set",
        &[
            "exempt_administrators",
            "old_token_expiration",
            "token_expiration",
        ],
    ),
    ("expiration_limit_unset", &["old_token_expiration"]),
];
const NAME: &str = "user_programmatic_access_name";
const REQUEST: &str = "user_programmatic_access_request_id";

/// Does everything that the reference has a name for.
fn live_through_everything(world: &World) {
    let (app, own, ann) = (world.app(), world.own(&world.bob), world.owner(&world.ann));
    let denied = world.create(&world.bob, &labs("denied"));
    world.review(&denied.view, false).unwrap();
    let token = world.approved("t");
    let id = token.view.row.id;
    let wider = TokenEdit {
        permissions: Some(crate::world::levels(&[("contents", "write")])),
        ..TokenEdit::default()
    };
    tokens::edit(app, &own, id, &wider).unwrap();
    tokens::cancel_request(app, &own, id).unwrap();
    tokens::rotate(app, &own, id, &RotateToken::default(), None).unwrap();
    jeton_app::grants::revoke(app, &ann, &[id]).unwrap();
    tokens::delete(app, &own, id).unwrap();
    let leaked = world.approved("leaked");
    let values = [crate::world::presented(app, leaked.secret.expose())];
    jeton_app::leaks::report(
        app,
        &world
            .kit
            .anonymous(&operations::SITE, jeton_app::Named::Site),
        &values,
    )
    .unwrap();
    for settings in [
        serde_json::json!({ "approval_required": false, "fine_grained_maximum": "unlimited" }),
        serde_json::json!({
            "approval_required": true,
            "fine_grained_maximum": { "days": 30 },
            "fine_grained_allowed": false,
        }),
        serde_json::json!({ "fine_grained_allowed": true, "fine_grained_maximum": { "days": 60 } }),
    ] {
        let settings = settings.as_object().unwrap();
        jeton_app::organizations::patch_policy(app, &ann, settings).unwrap();
    }
}

#[test]
fn events_about_tokens_have_the_fields_of_the_reference() {
    let world = World::new();
    live_through_everything(&world);
    let bobs = audit_log::of_oneself(world.app(), &world.own(&world.bob), &wanted()).unwrap();
    let alta3 =
        audit_log::of_organization(world.app(), &world.owner(&world.ann), &wanted()).unwrap();
    for (name, fields) in REFERENCE {
        let name = format!("personal_access_token.{name}");
        let found: Vec<&Entry> = bobs
            .iter()
            .chain(&alta3)
            .filter(|entry| entry.event == name)
            .collect();
        assert!(!found.is_empty(), "{name}");
        for entry in found {
            let data = entry.data.as_ref().unwrap();
            for field in *fields {
                assert!(data.get(field).is_some(), "{name}: {field} in {data}");
            }
        }
    }
    let limit = alta3
        .iter()
        .find(|entry| entry.event.ends_with("expiration_limit_set"))
        .and_then(|entry| entry.data.as_ref())
        .unwrap();
    assert_eq!(
        (&limit["token_expiration"], &limit["old_token_expiration"]),
        (&60.into(), &30.into()),
        "the last one"
    );
    // Every way in which access ended is in the organization's log, with why.
    let why: Vec<_> = alta3
        .iter()
        .filter(|entry| entry.event.ends_with("access_revoked"))
        .map(|entry| entry.data.as_ref().unwrap()["explanation"].clone())
        .collect();
    assert_eq!(why, ["leaked", "owner"]);
}

#[test]
fn no_value_stands_in_the_log() {
    let world = World::new();
    live_through_everything(&world);
    let values = [
        world.approved("one"),
        world.create(&world.bob, &plain("two")),
    ];
    let rows = world
        .store()
        .read(|unit| page(unit, &Filter::default(), 100))
        .unwrap();
    assert!(rows.len() > 20);
    for body in rows.into_iter().filter_map(|row| row.body) {
        assert!(
            !body.contains("jeton_pat_") && !body.contains("jtu_"),
            "{body}"
        );
        for value in &values {
            let secret = value.secret.expose().rsplit('_').next().unwrap();
            assert!(!body.contains(secret), "{body}");
        }
    }
}

#[test]
fn an_organization_that_asks_for_no_approval_reads_who_got_access() {
    let world = World::new();
    let open = jeton_domain::OrganizationPolicy {
        approval_required: false,
        ..jeton_domain::OrganizationPolicy::default()
    };
    world.kit.policy(&world.alta3, &open);
    world.create(&world.bob, &labs("t"));
    let log = audit_log::of_organization(world.app(), &world.owner(&world.ann), &wanted()).unwrap();
    assert_eq!(names(&log), ["personal_access_token.access_granted"]);
    let data = log[0].data.as_ref().unwrap();
    assert_eq!(data["automatic"], true);
    assert_eq!(data["repositories"], serde_json::json!(["alta3/labs"]));
}

/// The entry keeps numbers: what a repository is called later is told to those who see it then.
#[test]
fn the_log_names_repositories_to_those_who_see_them() {
    let world = World::new();
    world.approved("t");
    world.change("DELETE FROM collaborators");
    world
        .change("UPDATE repositories SET name = 'merger', name_key = 'merger' WHERE name = 'labs'");
    let own = audit_log::of_oneself(world.app(), &world.own(&world.bob), &wanted()).unwrap();
    assert!(!format!("{own:?}").contains("merger"));
    let log = audit_log::of_organization(world.app(), &world.owner(&world.ann), &wanted()).unwrap();
    let data = log[0].data.as_ref().unwrap();
    assert_eq!(data["repositories"], serde_json::json!(["alta3/merger"]));
    assert_eq!(
        data["repository_ids"],
        serde_json::json!([world.labs.id.get()])
    );
}
