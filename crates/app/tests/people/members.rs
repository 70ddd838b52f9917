//! Members and outside collaborators: what goes when they go.

use jeton_app::organizations;
use jeton_domain::{BasePermission, OrganizationRole, Role, Selection, Standing, Visibility};
use jeton_testkit::{Kit, Organization, Person, Repository, Token, named, operations};

use crate::support::{conflict, count, events, fault, is_missing, permitted, refused};

struct World {
    kit: Kit,
    owner: Person,
    member: Person,
    acme: Organization,
    lab: Repository,
    active: Token,
    pending: Token,
}

/// `owner` owns acme; `member` belongs to it, has a direct role on lab, an approved token and one
/// that waits.
fn world() -> World {
    let kit = Kit::new();
    let owner = kit.person("owner");
    let member = kit.person("member");
    let acme = kit.organization("acme", &owner);
    kit.member(&acme, &member, OrganizationRole::Member);
    let lab = kit.repository((acme.account(), "acme"), "lab", Visibility::Private);
    kit.collaborator(&lab, &member, Role::Write);
    let now = Standing::Active {
        since: jeton_testkit::NOW,
    };
    let active = kit.token(
        &member,
        acme.account(),
        Selection::All,
        &[("contents", "read")],
        now,
    );
    let pending = kit.token(
        &member,
        acme.account(),
        Selection::All,
        &[("contents", "read")],
        Standing::Pending,
    );
    World {
        kit,
        owner,
        member,
        acme,
        lab,
        active,
        pending,
    }
}

impl World {
    fn owners(&self) -> jeton_app::Call {
        self.kit.by(
            &self.owner,
            &operations::OWNER,
            named::organization(&self.acme),
        )
    }

    fn reading(&self, token: &Token) -> jeton_app::Call {
        self.kit
            .with_token(token, &operations::READ, named::repository(&self.lab))
    }
}

#[test]
fn an_owner_invites_people_and_changes_what_members_are() {
    let world = world();
    let kit = &world.kit;
    let guest = kit.person("guest");
    let read = kit.by(&guest, &operations::READ, named::repository(&world.lab));
    assert_eq!(refused(kit.app().permit(&read)), (404, "not_visible"));
    let put = |role| {
        let made = organizations::put_member(kit.app(), &world.owners(), "GUEST", role).unwrap();
        assert_eq!(made.person.login, "guest");
        (made.role, made.pending)
    };
    let own = || {
        let call = kit.by(&guest, &operations::OWN, jeton_app::Named::Own);
        jeton_app::invitations::own(kit.app(), &call).unwrap()
    };
    assert_eq!(
        put(OrganizationRole::Owner),
        (OrganizationRole::Owner, true)
    );
    let first = own()[0].row.id;
    assert_eq!(
        put(OrganizationRole::Owner),
        (OrganizationRole::Owner, true)
    );
    assert_eq!(own()[0].row.id, first, "twice the same is one");
    assert_eq!(
        put(OrganizationRole::Member),
        (OrganizationRole::Member, true)
    );
    assert_eq!(own().len(), 1, "one waits at a time");
    assert_ne!(
        own()[0].row.id,
        first,
        "the link that made an owner is dead"
    );
    assert_eq!(refused(kit.app().permit(&read)), (404, "not_visible"));
    // Owners see that it waits; a member sees nobody there.
    let shown = |call| organizations::membership(kit.app(), &call, "guest");
    assert!(shown(world.owners()).unwrap().pending);
    let members = kit.by(
        &world.member,
        &operations::MEMBER,
        named::organization(&world.acme),
    );
    assert!(is_missing(shown(members)));
    let call = kit.by(&guest, &operations::OWN, jeton_app::Named::Own);
    jeton_app::invitations::accept(kit.app(), &call, own()[0].row.id).unwrap();
    assert!(permitted(kit, &read), "the base permission is read");
    assert_eq!(
        put(OrganizationRole::Member),
        (OrganizationRole::Member, false)
    );
    assert_eq!(
        put(OrganizationRole::Owner),
        (OrganizationRole::Owner, false)
    );
    assert_eq!(
        events(kit),
        [
            "org.invite_member",
            "org.cancel_invitation",
            "org.invite_member",
            "org.accept_invitation",
            "org.add_member",
            "org.update_member"
        ]
    );
    assert!(is_missing(organizations::put_member(
        kit.app(),
        &world.owners(),
        "nobody-here",
        OrganizationRole::Member
    )));
    let call = kit.by(
        &world.member,
        &operations::OWNER,
        named::organization(&world.acme),
    );
    assert_eq!(
        refused(organizations::put_member(
            kit.app(),
            &call,
            "member",
            OrganizationRole::Owner
        )),
        (403, "membership_too_low")
    );
}

#[test]
fn an_invitation_is_taken_back_as_a_membership_is() {
    let world = world();
    let kit = &world.kit;
    kit.person("guest");
    let app = kit.app();
    let end = || organizations::end_or_cancel_membership(app, &world.owners(), "guest");
    assert!(is_missing(end()));
    organizations::put_member(app, &world.owners(), "guest", OrganizationRole::Member).unwrap();
    end().unwrap();
    assert!(is_missing(end()));
    assert!(is_missing(organizations::membership(
        app,
        &world.owners(),
        "guest"
    )));
    assert_eq!(events(kit), ["org.invite_member", "org.cancel_invitation"]);
    organizations::end_or_cancel_membership(app, &world.owners(), "member").unwrap();
    assert!(is_missing(end()));
}

#[test]
fn an_administrator_of_the_site_who_owns_it_adds_people_at_once() {
    let world = world();
    let kit = &world.kit;
    let boss = kit.administrator("boss");
    kit.person("guest");
    let call = || kit.by(&boss, &operations::OWNER, named::organization(&world.acme));
    let put = || organizations::put_member(kit.app(), &call(), "guest", OrganizationRole::Member);
    assert_eq!(
        refused(put()),
        (403, "membership_too_low"),
        "administering the site is owning nothing"
    );
    kit.member(&world.acme, &boss, OrganizationRole::Owner);
    assert!(!put().unwrap().pending);
    assert_eq!(events(kit), ["org.add_member"]);
}

#[test]
fn the_last_owner_can_not_go() {
    let world = world();
    let app = world.kit.app();
    assert_eq!(
        conflict(organizations::remove_member(app, &world.owners(), "owner")),
        "last_owner"
    );
    assert_eq!(
        conflict(organizations::leave(app, &world.owners())),
        "last_owner"
    );
    assert_eq!(
        conflict(organizations::convert_member(app, &world.owners(), "owner")),
        "last_owner"
    );
    let demote = organizations::put_member(app, &world.owners(), "owner", OrganizationRole::Member);
    assert_eq!(conflict(demote), "last_owner");
    assert!(events(&world.kit).is_empty());
    // With a second owner, the first may go.
    world
        .kit
        .member(&world.acme, &world.member, OrganizationRole::Owner);
    organizations::leave(app, &world.owners()).unwrap();
    assert_eq!(
        refused(app.permit(&world.owners())),
        (403, "membership_too_low")
    );
}

#[test]
fn a_suspended_owner_counts_for_nothing_while_the_last_active_one_leaves() {
    let world = world();
    let root = world.kit.administrator("root-of-it");
    world
        .kit
        .member(&world.acme, &world.member, OrganizationRole::Owner);
    let call = world
        .kit
        .by(&root, &operations::ADMINISTRATOR, jeton_app::Named::Site);
    jeton_app::users::suspend(world.kit.app(), &call, "member").unwrap();
    assert_eq!(
        conflict(organizations::leave(world.kit.app(), &world.owners())),
        "last_owner"
    );
}

/// Anybody may make an organization, and is its last owner: that saves nobody from an administrator.
#[test]
fn the_last_owner_is_suspended_all_the_same_and_the_answer_names_what_is_left_without() {
    let world = world();
    let app = world.kit.app();
    let root = world.kit.administrator("root-of-it");
    let call = world
        .kit
        .by(&root, &operations::ADMINISTRATOR, jeton_app::Named::Site);
    world
        .kit
        .member(&world.acme, &world.member, OrganizationRole::Owner);
    let first = jeton_app::users::suspend(app, &call, "member").unwrap();
    assert!(first.ownerless.is_empty(), "another one is there");
    let last = jeton_app::users::suspend(app, &call, "owner").unwrap();
    assert_eq!(last.ownerless, ["acme"]);
    assert_eq!(last.view.row.state, "suspended");
    assert_eq!(
        jeton_app::admin::owned_alone(app, "owner").unwrap(),
        ["acme"]
    );
    jeton_app::users::resume(app, &call, "owner").unwrap();
    // Leaving is another thing, and for good.
    assert_eq!(
        conflict(organizations::leave(app, &world.owners())),
        "last_owner"
    );
}

#[test]
fn removal_takes_teams_roles_requests_and_the_standing_of_tokens() {
    let world = world();
    let app = world.kit.app();
    let read = world.reading(&world.active);
    assert!(permitted(&world.kit, &read));
    organizations::remove_member(app, &world.owners(), "member").unwrap();
    assert_eq!(
        refused(app.permit(&read)).0,
        404,
        "the place that was cached is gone"
    );
    for left in [
        "SELECT COUNT(*) FROM collaborators",
        "SELECT COUNT(*) FROM memberships WHERE role = 'member'",
        "SELECT COUNT(*) FROM requests WHERE state = 'pending'",
        "SELECT COUNT(*) FROM tokens WHERE standing IN ('active', 'pending')",
        "SELECT COUNT(*) FROM tokens WHERE revoked_at IS NOT NULL",
    ] {
        assert_eq!(count(&world.kit, left), 0, "{left}");
    }
    let withdrawn = "SELECT COUNT(*) FROM tokens WHERE standing = 'withdrawn' AND standing_reason = 'member_removed'";
    assert_eq!(count(&world.kit, withdrawn), 1);
    assert_eq!(
        count(
            &world.kit,
            "SELECT COUNT(*) FROM tombstones WHERE kind = 'standing_withdrawn'"
        ),
        1
    );
    assert_eq!(
        count(
            &world.kit,
            "SELECT COUNT(*) FROM tombstones WHERE kind = 'membership_removed'"
        ),
        1
    );
    let mut log = events(&world.kit);
    log.sort();
    assert_eq!(
        log,
        [
            "org.remove_member",
            "personal_access_token.access_revoked",
            "personal_access_token.request_cancelled"
        ]
    );
    // Coming back revives nothing.
    world
        .kit
        .member(&world.acme, &world.member, OrganizationRole::Member);
    assert_eq!(refused(app.permit(&read)), (404, "standing_withdrawn"));
    assert_eq!(refused(app.permit(&world.reading(&world.pending))).0, 404);
    assert!(is_missing(organizations::remove_member(
        app,
        &world.owners(),
        "nobody-here"
    )));
}

#[test]
fn tokens_for_other_owners_are_untouched_by_a_removal() {
    let world = world();
    let own = world.kit.token(
        &world.member,
        world.member.account(),
        Selection::All,
        &[],
        Standing::NotNeeded,
    );
    organizations::remove_member(world.kit.app(), &world.owners(), "member").unwrap();
    assert!(permitted(
        &world.kit,
        &world
            .kit
            .with_token(&own, &operations::OWN, jeton_app::Named::Own)
    ));
    assert_eq!(
        count(
            &world.kit,
            "SELECT COUNT(*) FROM tokens WHERE standing = 'not_needed'"
        ),
        1
    );
}

#[test]
fn a_converted_member_keeps_only_the_roles_given_by_name() {
    let world = world();
    let kit = &world.kit;
    let other = kit.repository(
        (world.acme.account(), "acme"),
        "other",
        Visibility::Internal,
    );
    let reads = |repository| {
        kit.by(
            &world.member,
            &operations::READ,
            named::repository(repository),
        )
    };
    assert!(permitted(kit, &reads(&world.lab)) && permitted(kit, &reads(&other)));
    organizations::convert_member(kit.app(), &world.owners(), "member").unwrap();
    assert!(permitted(kit, &reads(&world.lab)));
    assert_eq!(
        refused(kit.app().permit(&reads(&other))),
        (404, "not_visible"),
        "internal is not for who works from outside"
    );
    assert_eq!(
        refused(kit.app().permit(&world.reading(&world.active))),
        (404, "standing_withdrawn")
    );
    let list =
        organizations::outside_collaborators(kit.app(), &world.owners(), false, 0, 30).unwrap();
    assert_eq!((list.0[0].person.login.as_str(), list.1), ("member", 1));
    organizations::remove_outside_collaborator(kit.app(), &world.owners(), "member").unwrap();
    assert_eq!(
        refused(kit.app().permit(&reads(&world.lab))),
        (404, "not_visible")
    );
    assert!(
        permitted(kit, &reads(&other)),
        "internal is for every person with no tie to it"
    );
    assert!(is_missing(organizations::remove_outside_collaborator(
        kit.app(),
        &world.owners(),
        "member"
    )));
}

#[test]
fn a_member_is_no_outside_collaborator_to_be_removed() {
    let world = world();
    let removed =
        organizations::remove_outside_collaborator(world.kit.app(), &world.owners(), "member");
    assert_eq!(fault(removed), ("username", "invalid"));
}

#[test]
fn members_see_each_other_and_nobody_else_sees_them() {
    let world = world();
    let kit = &world.kit;
    let list =
        |call| organizations::members(kit.app(), &call, organizations::Members::default(), 0, 30);
    let at = named::organization(&world.acme);
    let (members, total) = list(kit.by(&world.member, &operations::MEMBER, at.clone())).unwrap();
    let logins: Vec<_> = members
        .iter()
        .map(|member| member.person.login.as_str())
        .collect();
    assert_eq!((logins, total), (vec!["member", "owner"], 2));
    let stranger = kit.person("stranger");
    assert_eq!(
        refused(list(kit.by(&stranger, &operations::MEMBER, at.clone()))),
        (403, "membership_too_low")
    );
    assert_eq!(
        refused(list(kit.anonymous(&operations::MEMBER, at))),
        (401, "person_needed")
    );
}

#[test]
fn the_base_permission_holds_at_once() {
    let world = world();
    let kit = &world.kit;
    let other = kit.repository((world.acme.account(), "acme"), "other", Visibility::Private);
    let push = kit.by(&world.member, &operations::WRITE, named::repository(&other));
    assert_eq!(refused(kit.app().permit(&push)), (403, "role_too_low"));
    for (base, status) in [
        (BasePermission::Write, 200),
        (BasePermission::None, 404),
        (BasePermission::Read, 403),
    ] {
        let edit = organizations::OrganizationEdit {
            base: Some(base),
            ..Default::default()
        };
        organizations::update(kit.app(), &world.owners(), &edit).unwrap();
        match kit.app().permit(&push) {
            Ok(_) => assert_eq!(status, 200),
            refused_push => assert_eq!(refused(refused_push).0, status),
        }
    }
}
