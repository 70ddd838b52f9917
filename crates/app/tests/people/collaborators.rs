//! Direct roles and outside collaborators.

use jeton_app::Call;
use jeton_app::collaborators::{self, Affiliation};
use jeton_domain::{OrganizationRole, Role, Selection, Standing, Visibility};
use jeton_testkit::{Kit, Organization, Person, Repository, named, operations};

use crate::support::{count, events, fault, is_missing, permitted, refused};

struct World {
    kit: Kit,
    owner: Person,
    guest: Person,
    acme: Organization,
    lab: Repository,
}

fn world() -> World {
    let kit = Kit::new();
    let owner = kit.person("owner");
    let guest = kit.person("guest");
    let acme = kit.organization("acme", &owner);
    let lab = kit.repository((acme.account(), "acme"), "lab", Visibility::Private);
    World {
        kit,
        owner,
        guest,
        acme,
        lab,
    }
}

impl World {
    fn admins(&self) -> Call {
        self.kit.by(
            &self.owner,
            &operations::ADMIN,
            named::repository(&self.lab),
        )
    }
}

#[test]
fn a_role_is_given_changed_and_taken_and_holds_at_once() {
    let world = world();
    let app = world.kit.app();
    let push = world.kit.by(
        &world.guest,
        &operations::WRITE,
        named::repository(&world.lab),
    );
    assert_eq!(refused(app.permit(&push)), (404, "not_visible"));
    world.kit.collaborator(&world.lab, &world.guest, Role::Read);
    collaborators::put(app, &world.admins(), "guest", Role::Triage).unwrap();
    assert_eq!(refused(app.permit(&push)), (403, "role_too_low"));
    collaborators::put(app, &world.admins(), "GUEST", Role::parse("push").unwrap()).unwrap();
    assert!(permitted(&world.kit, &push));
    collaborators::put(app, &world.admins(), "guest", Role::Write).unwrap();
    collaborators::remove(app, &world.admins(), "guest").unwrap();
    assert_eq!(refused(app.permit(&push)), (404, "not_visible"));
    assert!(is_missing(collaborators::remove(
        app,
        &world.admins(),
        "guest"
    )));
    assert_eq!(
        events(&world.kit),
        [
            "repo.update_member",
            "repo.update_member",
            "repo.remove_member"
        ]
    );
    assert_eq!(
        count(
            &world.kit,
            "SELECT COUNT(*) FROM tombstones WHERE kind = 'collaborator_removed'"
        ),
        1
    );
}

#[test]
fn with_the_last_role_goes_the_standing_of_an_outside_collaborators_tokens() {
    let world = world();
    let (app, kit) = (world.kit.app(), &world.kit);
    let other = kit.repository((world.acme.account(), "acme"), "other", Visibility::Private);
    kit.collaborator(&world.lab, &world.guest, Role::Read);
    kit.collaborator(&other, &world.guest, Role::Read);
    let active = Standing::Active {
        since: jeton_testkit::NOW,
    };
    let token = kit.token(
        &world.guest,
        world.acme.account(),
        Selection::All,
        &[("metadata", "read")],
        active,
    );
    let read = kit.with_token(&token, &operations::READ, named::repository(&other));
    assert!(permitted(kit, &read));
    collaborators::remove(app, &world.admins(), "guest").unwrap();
    assert!(permitted(kit, &read), "one role is left");
    let admins = kit.by(&world.owner, &operations::ADMIN, named::repository(&other));
    collaborators::remove(app, &admins, "guest").unwrap();
    kit.collaborator(&other, &world.guest, Role::Read);
    assert_eq!(
        refused(app.permit(&read)),
        (404, "standing_withdrawn"),
        "it does not come to life again by itself"
    );
}

#[test]
fn lists_name_everybody_with_a_role_or_only_those_from_outside() {
    let world = world();
    let (app, kit) = (world.kit.app(), &world.kit);
    let member = kit.person("member");
    kit.member(&world.acme, &member, OrganizationRole::Member);
    kit.collaborator(&world.lab, &member, Role::Maintain);
    kit.collaborator(&world.lab, &world.guest, Role::Read);
    let list = |affiliation| -> Vec<(String, Role)> {
        let (found, total) =
            collaborators::list(app, &world.admins(), affiliation, None, (0, 30)).unwrap();
        assert_eq!(found.len() as u64, total);
        found
            .into_iter()
            .map(|each| (each.person.login, each.role))
            .collect()
    };
    let (guest, member, owner) = (
        ("guest".to_owned(), Role::Read),
        ("member".to_owned(), Role::Maintain),
        ("owner".to_owned(), Role::Admin),
    );
    assert_eq!(
        list(Affiliation::All),
        [guest.clone(), member.clone(), owner]
    );
    assert_eq!(list(Affiliation::Direct), [guest.clone(), member]);
    assert_eq!(list(Affiliation::Outside), [guest]);
}

#[test]
fn what_a_person_may_is_their_highest_role() {
    let world = world();
    let (app, kit) = (world.kit.app(), &world.kit);
    let of = |login| {
        collaborators::permission(app, &world.admins(), login)
            .unwrap()
            .1
    };
    assert_eq!((of("guest"), of("owner")), (None, Some(Role::Admin)));
    assert!(is_missing(collaborators::check(
        app,
        &world.admins(),
        "guest"
    )));
    kit.collaborator(&world.lab, &world.guest, Role::Maintain);
    assert_eq!(of("guest"), Some(Role::Maintain));
    assert!(collaborators::check(app, &world.admins(), "guest").is_ok());
    let own = kit.repository((world.owner.account(), "owner"), "own", Visibility::Public);
    let call = kit.by(&world.owner, &operations::ADMIN, named::repository(&own));
    assert_eq!(
        collaborators::permission(app, &call, "guest").unwrap().1,
        Some(Role::Read),
        "public"
    );
    assert_eq!(
        fault(collaborators::put(app, &call, "owner", Role::Read)),
        ("username", "invalid")
    );
}
