//! Teams: inheritance, cycles, deletion.

use jeton_app::teams::{self, TeamEdit, TeamPlace};
use jeton_app::{Call, organizations};
use jeton_domain::{BasePermission, OrganizationRole, Role, Standing, TeamId, Visibility};
use jeton_testkit::{Kit, Organization, Person, Repository, named, operations};

use crate::support::{events, fault, is_missing, permitted, refused};

struct World {
    kit: Kit,
    owner: Person,
    member: Person,
    acme: Organization,
    lab: Repository,
}

fn world() -> World {
    let kit = Kit::new();
    let owner = kit.person("owner");
    let member = kit.person("member");
    let acme = kit.organization("acme", &owner);
    kit.member(&acme, &member, OrganizationRole::Member);
    kit.base(&acme, BasePermission::None);
    let lab = kit.repository((acme.account(), "acme"), "lab", Visibility::Private);
    World {
        kit,
        owner,
        member,
        acme,
        lab,
    }
}

impl World {
    fn owners(&self) -> Call {
        self.kit.by(
            &self.owner,
            &operations::OWNER,
            named::organization(&self.acme),
        )
    }

    fn pushes(&self) -> Call {
        self.kit.by(
            &self.member,
            &operations::WRITE,
            named::repository(&self.lab),
        )
    }

    fn team(&self, name: &str, parent: Option<TeamId>) -> TeamId {
        teams::create(self.kit.app(), &self.owners(), name, parent)
            .unwrap()
            .row
            .id
    }
}

#[test]
fn a_change_that_changes_nothing_leaves_no_entry() {
    let world = world();
    let (app, parent) = (world.kit.app(), world.team("Platform", None));
    world.team("Crew", Some(parent));
    let before = events(&world.kit);
    for (name, place) in [
        (None, TeamPlace::Keep),
        (Some("Crew"), TeamPlace::Below(parent)),
    ] {
        let edit = TeamEdit {
            name: name.map(ToOwned::to_owned),
            place,
        };
        teams::update(app, &world.owners(), "crew", &edit).unwrap();
    }
    assert_eq!(events(&world.kit), before);
    let edit = TeamEdit {
        name: Some("crew".to_owned()),
        place: TeamPlace::Keep,
    };
    let view = teams::update(app, &world.owners(), "crew", &edit).unwrap();
    assert_eq!(view.row.name, "crew");
    assert_eq!(events(&world.kit).len(), before.len() + 1);
}

#[test]
fn a_team_below_another_has_what_that_one_has_until_it_stands_alone() {
    let world = world();
    let app = world.kit.app();
    let parent = world.team("Platform", None);
    world.team("Platform Crew", Some(parent));
    teams::add_member(app, &world.owners(), "platform-crew", "member").unwrap();
    assert_eq!(refused(app.permit(&world.pushes())), (404, "not_visible"));
    teams::put_repository(app, &world.owners(), "platform", "acme", "lab", Role::Write).unwrap();
    assert!(permitted(&world.kit, &world.pushes()));
    let (_, role) =
        teams::repository(app, &world.owners(), "platform-crew", "acme", "lab").unwrap();
    assert_eq!(role, Role::Write);
    teams::delete(app, &world.owners(), "platform").unwrap();
    assert_eq!(refused(app.permit(&world.pushes())), (404, "not_visible"));
    assert_eq!(
        teams::show(app, &world.owners(), "platform-crew")
            .unwrap()
            .row
            .parent,
        None
    );
    assert_eq!(
        events(&world.kit),
        [
            "team.create",
            "team.create",
            "team.add_member",
            "team.add_repository",
            "team.destroy"
        ]
    );
}

#[test]
fn teams_make_no_circle_and_stay_in_their_organization() {
    let world = world();
    let app = world.kit.app();
    let a = world.team("a", None);
    let b = world.team("b", Some(a));
    let c = world.team("c", Some(b));
    let under = |parent| TeamEdit {
        place: TeamPlace::Below(parent),
        ..TeamEdit::default()
    };
    for parent in [a, b, c] {
        assert_eq!(
            fault(teams::update(app, &world.owners(), "a", &under(parent))),
            ("parent_team_id", "invalid")
        );
    }
    world.kit.organization("other", &world.owner);
    let elsewhere = world.kit.by(
        &world.owner,
        &operations::OWNER,
        jeton_app::Named::Organization("other".to_owned()),
    );
    assert_eq!(
        fault(teams::create(app, &elsewhere, "x", Some(a))),
        ("parent_team_id", "missing")
    );
    assert_eq!(
        fault(teams::create(app, &world.owners(), "A!", None)),
        ("name", "already_exists"),
        "one slug"
    );
    let top = TeamEdit {
        place: TeamPlace::Top,
        name: Some("New Name".to_owned()),
    };
    let moved = teams::update(app, &world.owners(), "c", &top).unwrap();
    assert_eq!(
        (moved.row.parent, moved.row.slug.as_str()),
        (None, "new-name")
    );
}

#[test]
fn moving_a_team_changes_what_its_members_may_at_once() {
    let world = world();
    let app = world.kit.app();
    let parent = world.team("platform", None);
    world.team("crew", None);
    teams::add_member(app, &world.owners(), "crew", "member").unwrap();
    teams::put_repository(app, &world.owners(), "platform", "acme", "lab", Role::Write).unwrap();
    assert_eq!(refused(app.permit(&world.pushes())).0, 404);
    let under = TeamEdit {
        place: TeamPlace::Below(parent),
        ..TeamEdit::default()
    };
    teams::update(app, &world.owners(), "crew", &under).unwrap();
    assert!(permitted(&world.kit, &world.pushes()));
    teams::remove_member(app, &world.owners(), "crew", "member").unwrap();
    assert_eq!(refused(app.permit(&world.pushes())).0, 404);
    assert!(is_missing(teams::remove_member(
        app,
        &world.owners(),
        "crew",
        "member"
    )));
}

#[test]
fn only_members_of_the_organization_are_in_its_teams() {
    let world = world();
    let app = world.kit.app();
    world.team("crew", None);
    world.kit.person("stranger");
    let added = teams::add_member(app, &world.owners(), "crew", "stranger");
    assert_eq!(fault(added), ("username", "invalid"));
    teams::add_member(app, &world.owners(), "crew", "member").unwrap();
    organizations::remove_member(app, &world.owners(), "member").unwrap();
    assert_eq!(
        teams::members(app, &world.owners(), "crew", 0, 30)
            .unwrap()
            .1,
        0
    );
}

#[test]
fn a_team_lists_what_the_caller_sees_and_no_more() {
    let world = world();
    let app = world.kit.app();
    world.team("crew", None);
    teams::put_repository(app, &world.owners(), "crew", "acme", "lab", Role::Read).unwrap();
    let call = world.kit.by(
        &world.member,
        &operations::MEMBER,
        named::organization(&world.acme),
    );
    assert_eq!(teams::repositories(app, &call, "crew", 0, 30).unwrap().1, 0);
    assert_eq!(teams::show(app, &call, "crew").unwrap().repositories, 0);
    let alone = teams::repository(app, &call, "crew", "acme", "lab");
    assert_eq!(refused(alone), (404, "not_visible"));
    assert_eq!(
        teams::repositories(app, &world.owners(), "crew", 0, 30)
            .unwrap()
            .1,
        1
    );
}

#[test]
fn a_token_gives_teams_only_repositories_that_it_selects() {
    let world = world();
    let app = world.kit.app();
    world.team("crew", None);
    let open = world
        .kit
        .repository((world.acme.account(), "acme"), "open", Visibility::Public);
    let permissions = [
        ("members", "read"),
        ("administration", "write"),
        ("metadata", "read"),
    ];
    let selection = Kit::only([&world.lab]);
    let token = world.kit.token(
        &world.owner,
        world.acme.account(),
        selection,
        &permissions,
        Standing::NotNeeded,
    );
    let call = world
        .kit
        .with_token(&token, &operations::OWNER, named::organization(&world.acme));
    teams::put_repository(app, &call, "crew", "acme", "lab", Role::Read).unwrap();
    let unselected = teams::put_repository(app, &call, "crew", "acme", &open.name, Role::Admin);
    assert_eq!(
        refused(unselected),
        (403, "not_selected"),
        "that everybody reads it is not enough, and it is no secret that it is there"
    );
    let status = |name| {
        let put = teams::put_repository(app, &call, "crew", "acme", name, Role::Read);
        refused(put).0
    };
    world
        .kit
        .repository((world.acme.account(), "acme"), "shut", Visibility::Private);
    assert_eq!((status("shut"), status("absent")), (404, 404));
    let (listed, _) = teams::repositories(app, &call, "crew", 0, 9).unwrap();
    assert_eq!(listed.len(), 1, "a list shows what is reached alone");
    let own = world
        .kit
        .repository((world.owner.account(), "owner"), "own", Visibility::Public);
    let elsewhere =
        teams::put_repository(app, &world.owners(), "crew", "owner", &own.name, Role::Read);
    assert!(is_missing(elsewhere), "of another owner");
}
