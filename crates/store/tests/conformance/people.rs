//! Organizations, memberships, teams, collaborators: what use cases rely on.

use jeton_domain::{
    BasePermission, Login, OrganizationId, OrganizationPolicy, OrganizationRole, Role, TeamName,
    UserId, Visibility,
};
use jeton_store::{
    Store, StoreError, accounts, collaborators, memberships, organizations, places, repositories,
    teams, users,
};

use crate::place::{NOW, Place, on_both};

on_both!(
    a_policy_is_replaced_only_from_the_version_that_was_read,
    members_are_listed_by_name_and_owners_counted_while_active,
    who_leaves_is_in_no_team_any_more,
    people_from_outside_are_those_with_a_role_and_no_membership,
    teams_inherit_and_know_who_stands_below,
    a_deleted_team_leaves_those_below_it_at_the_top,
    a_direct_role_is_one_and_is_changed_in_place,
    a_deleted_person_is_recognised_by_nothing,
);

pub(crate) fn person(store: &Store, login: &str) -> UserId {
    let email = format!("{login}@x");
    let login = Login::parse(login).unwrap();
    let new = users::NewUser {
        login: &login,
        name: "",
        email: Some(&email),
        password_phc: Some("x"),
        administrator: false,
    };
    store.write(|unit| users::create(unit, &new, NOW)).unwrap()
}

pub(crate) fn organization(store: &Store, login: &str) -> OrganizationId {
    let login = Login::parse(login).unwrap();
    store
        .write(|unit| organizations::create(unit, &login, "", &OrganizationPolicy::default(), NOW))
        .unwrap()
}

fn join(store: &Store, organization: OrganizationId, user: UserId, role: OrganizationRole) {
    store
        .write(|unit| memberships::set(unit, organization, user, role, NOW))
        .unwrap();
}

fn a_policy_is_replaced_only_from_the_version_that_was_read(place: &Place) {
    let store = place.open();
    let id = organization(&store, "acme");
    let policy = OrganizationPolicy {
        classic_allowed: false,
        ..OrganizationPolicy::default()
    };
    store
        .write(|unit| organizations::set_policy(unit, id, &policy, 1))
        .unwrap();
    let stale =
        store.write(|unit| organizations::set_policy(unit, id, &OrganizationPolicy::default(), 1));
    assert!(matches!(stale, Err(StoreError::Stale { affected: 0 })));
    store
        .write(|unit| organizations::set_base_permission(unit, id, BasePermission::None))
        .unwrap();
    let row = store
        .read(|unit| organizations::by_id(unit, id))
        .unwrap()
        .unwrap();
    assert_eq!(
        (row.policy, row.policy_version, row.base),
        (policy.clone(), 2, BasePermission::None)
    );
    assert_eq!(
        store.read(organizations::policies).unwrap(),
        [(id.into(), policy)]
    );
}

fn members_are_listed_by_name_and_owners_counted_while_active(place: &Place) {
    let store = place.open();
    let acme = organization(&store, "acme");
    let [zoe, ann, bob] = ["Zoe", "ann", "Bob"].map(|login| person(&store, login));
    join(&store, acme, zoe, OrganizationRole::Owner);
    join(&store, acme, ann, OrganizationRole::Member);
    join(&store, acme, bob, OrganizationRole::Member);
    join(&store, acme, bob, OrganizationRole::Owner);
    let page = |role, offset| {
        let page = store
            .read(|unit| memberships::page(unit, acme, role, offset, 2))
            .unwrap();
        page.into_iter()
            .map(|(person, _)| person.login)
            .collect::<Vec<_>>()
    };
    assert_eq!(
        (page(None, 0), page(None, 2)),
        (
            vec!["ann".to_owned(), "Bob".to_owned()],
            vec!["Zoe".to_owned()]
        )
    );
    assert_eq!(page(Some(OrganizationRole::Owner), 0), ["Bob", "Zoe"]);
    let count = |role| {
        store
            .read(|unit| memberships::count(unit, acme, role))
            .unwrap()
    };
    assert_eq!((count(None), count(Some(OrganizationRole::Member))), (3, 1));
    let others = |user| {
        store
            .read(|unit| memberships::other_active_owners(unit, acme, user))
            .unwrap()
    };
    assert_eq!((others(zoe), others(ann)), (1, 2));
    store
        .write(|unit| accounts::suspend(unit, bob.into(), NOW))
        .unwrap();
    assert_eq!(others(zoe), 0);
    assert_eq!(
        store.read(|unit| memberships::all(unit, acme)).unwrap(),
        [zoe, ann, bob]
    );
    let mine = store
        .read(|unit| organizations::of_user(unit, bob))
        .unwrap();
    assert_eq!(
        (mine[0].0.login.as_str(), mine[0].1),
        ("acme", OrganizationRole::Owner)
    );
}

fn team(
    store: &Store,
    organization: OrganizationId,
    name: &str,
    parent: Option<jeton_domain::TeamId>,
) -> jeton_domain::TeamId {
    let name = TeamName::parse(name).unwrap();
    store
        .write(|unit| teams::create(unit, organization, &name, parent, NOW))
        .unwrap()
}

fn who_leaves_is_in_no_team_any_more(place: &Place) {
    let store = place.open();
    let (acme, other) = (organization(&store, "acme"), organization(&store, "other"));
    let ann = person(&store, "ann");
    for id in [acme, other] {
        join(&store, id, ann, OrganizationRole::Member);
    }
    let (crew, elsewhere) = (
        team(&store, acme, "crew", None),
        team(&store, other, "crew", None),
    );
    for id in [crew, elsewhere] {
        assert!(
            store
                .write(|unit| teams::add_member(unit, id, ann))
                .unwrap()
        );
        assert!(
            !store
                .write(|unit| teams::add_member(unit, id, ann))
                .unwrap()
        );
    }
    assert!(
        store
            .write(|unit| memberships::remove(unit, acme, ann))
            .unwrap()
    );
    assert!(
        !store
            .write(|unit| memberships::remove(unit, acme, ann))
            .unwrap()
    );
    let has = |id| store.read(|unit| teams::has_member(unit, id, ann)).unwrap();
    assert_eq!((has(crew), has(elsewhere)), (false, true));
    assert_eq!(
        store
            .read(|unit| teams::members(unit, elsewhere, 0, 9))
            .unwrap()[0]
            .login,
        "ann"
    );
}

fn repository(store: &Store, owner: OrganizationId, name: &str) -> jeton_domain::RepositoryId {
    crate::repositories::make(store, owner.into(), name, Visibility::Private)
}

fn people_from_outside_are_those_with_a_role_and_no_membership(place: &Place) {
    let store = place.open();
    let acme = organization(&store, "acme");
    let [ann, bob, eve] = ["ann", "bob", "eve"].map(|login| person(&store, login));
    join(&store, acme, ann, OrganizationRole::Member);
    let lab = repository(&store, acme, "lab");
    for user in [ann, bob] {
        store
            .write(|unit| collaborators::set(unit, lab, user, Role::Read, NOW))
            .unwrap();
    }
    let outside = store
        .read(|unit| memberships::outside_page(unit, acme, false, 0, 9))
        .unwrap();
    assert_eq!(
        outside
            .iter()
            .map(|(person, second)| (person.id, *second))
            .collect::<Vec<_>>(),
        [(bob, false)]
    );
    assert_eq!(
        store
            .read(|unit| memberships::outside_count(unit, acme, true))
            .unwrap(),
        1
    );
    let of = |user| {
        store
            .read(|unit| memberships::outside_of(unit, user))
            .unwrap()
    };
    assert_eq!((of(ann), of(bob), of(eve)), (vec![], vec![acme], vec![]));
    store
        .write(|unit| repositories::delete(unit, lab, NOW))
        .unwrap();
    assert!(
        of(bob).is_empty()
            && store
                .read(|unit| memberships::outside_count(unit, acme, false))
                .unwrap()
                == 0
    );
}

fn teams_inherit_and_know_who_stands_below(place: &Place) {
    let store = place.open();
    let acme = organization(&store, "acme");
    let ann = person(&store, "ann");
    join(&store, acme, ann, OrganizationRole::Member);
    let a = team(&store, acme, "a", None);
    let b = team(&store, acme, "b", Some(a));
    let c = team(&store, acme, "c", Some(b));
    let below = |team, of| {
        store
            .read(|unit| teams::is_at_or_below(unit, team, of))
            .unwrap()
    };
    assert!(below(c, a) && below(a, a) && !below(a, c) && !below(b, c));
    let (lab, other) = (
        repository(&store, acme, "lab"),
        repository(&store, acme, "other"),
    );
    store
        .write(|unit| {
            teams::set_repository(unit, a, lab, Role::Admin)?;
            teams::set_repository(unit, c, lab, Role::Read)?;
            teams::set_repository(unit, c, other, Role::Triage)?;
            teams::set_repository(unit, c, other, Role::Write)?;
            teams::add_member(unit, b, ann)
        })
        .unwrap();
    let role = |team, repository| {
        store
            .read(|unit| teams::role_on(unit, team, repository))
            .unwrap()
    };
    assert_eq!(
        (role(c, lab), role(b, lab), role(c, other), role(b, other)),
        (
            Some(Role::Admin),
            Some(Role::Admin),
            Some(Role::Write),
            None
        )
    );
    assert_eq!(
        store.read(|unit| teams::repositories(unit, c)).unwrap(),
        [lab, other]
    );
    assert_eq!(
        store
            .read(|unit| teams::repositories_of_user(unit, ann))
            .unwrap(),
        [lab]
    );
    let found = store
        .read(|unit| places::repository_by_id(unit, lab))
        .unwrap()
        .unwrap();
    assert_eq!(
        store
            .read(|unit| places::roles(unit, ann, &found))
            .unwrap()
            .sources
            .teams,
        Some(Role::Admin)
    );
    let of = store.read(|unit| teams::of_repository(unit, lab)).unwrap();
    assert_eq!(
        of.iter()
            .map(|(team, role)| (team.id, *role))
            .collect::<Vec<_>>(),
        [(a, Role::Admin), (c, Role::Read)]
    );
    assert!(
        store
            .write(|unit| teams::remove_repository(unit, a, lab))
            .unwrap()
    );
    assert!(
        !store
            .write(|unit| teams::remove_repository(unit, a, lab))
            .unwrap()
    );
    let taken =
        store.write(|unit| teams::create(unit, acme, &TeamName::parse("A").unwrap(), None, NOW));
    assert!(taken.unwrap_err().is_conflict_on("teams_slug"));
}

fn a_deleted_team_leaves_those_below_it_at_the_top(place: &Place) {
    let store = place.open();
    let acme = organization(&store, "acme");
    let a = team(&store, acme, "a", None);
    let b = team(&store, acme, "b", Some(a));
    store.write(|unit| teams::delete(unit, a)).unwrap();
    let row = store
        .read(|unit| teams::by_slug(unit, acme, "B"))
        .unwrap()
        .unwrap();
    assert_eq!((row.id, row.parent), (b, None));
    assert_eq!(
        store.read(|unit| teams::by_id(unit, acme, a)).unwrap(),
        None
    );
    let c = team(&store, acme, "c", Some(b));
    store
        .write(|unit| teams::update(unit, c, &TeamName::parse("C C").unwrap(), None))
        .unwrap();
    let page = store.read(|unit| teams::page(unit, acme, 0, 9)).unwrap();
    assert_eq!(
        page.iter()
            .map(|team| team.slug.as_str())
            .collect::<Vec<_>>(),
        ["b", "c-c"]
    );
    store.write(|unit| teams::delete_all(unit, acme)).unwrap();
    assert_eq!(store.read(|unit| teams::count(unit, acme)).unwrap(), 0);
}

fn a_direct_role_is_one_and_is_changed_in_place(place: &Place) {
    let store = place.open();
    let acme = organization(&store, "acme");
    let ann = person(&store, "ann");
    let lab = repository(&store, acme, "lab");
    for role in [Role::Read, Role::Maintain] {
        store
            .write(|unit| collaborators::set(unit, lab, ann, role, NOW))
            .unwrap();
    }
    assert_eq!(
        store
            .read(|unit| collaborators::role(unit, lab, ann))
            .unwrap(),
        Some(Role::Maintain)
    );
    assert_eq!(
        store
            .read(|unit| collaborators::with_owner(unit, acme.into(), ann))
            .unwrap(),
        [lab]
    );
    assert_eq!(
        store
            .read(|unit| collaborators::of_user(unit, ann))
            .unwrap(),
        [lab]
    );
    assert_eq!(
        store
            .read(|unit| collaborators::of_repository(unit, lab))
            .unwrap()[0]
            .1,
        Role::Maintain
    );
    assert!(
        store
            .write(|unit| collaborators::remove(unit, lab, ann))
            .unwrap()
    );
    assert!(
        !store
            .write(|unit| collaborators::remove(unit, lab, ann))
            .unwrap()
    );
}

fn a_deleted_person_is_recognised_by_nothing(place: &Place) {
    let store = place.open();
    let ann = person(&store, "ann");
    let taken = |login: &str| {
        let login = Login::parse(login).unwrap();
        let new = users::NewUser {
            login: &login,
            name: "",
            email: Some("ann@x"),
            password_phc: None,
            administrator: false,
        };
        store.write(|unit| users::create(unit, &new, NOW))
    };
    assert!(
        taken("second")
            .unwrap_err()
            .is_conflict_on("users_verified_email")
    );
    store
        .write(|unit| {
            users::forget(unit, ann)?;
            accounts::delete(unit, ann.into(), NOW)
        })
        .unwrap();
    assert_eq!(
        store
            .read(|unit| users::by_login_or_email(unit, "ann@x"))
            .unwrap(),
        None
    );
    assert!(taken("second").is_ok());
}
