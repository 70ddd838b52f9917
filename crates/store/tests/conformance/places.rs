//! What a path names, and what gives a person a role there.

use jeton_domain::{
    AccountId, BasePermission, Login, OrganizationRole, RepositoryId, Role, Visibility,
};
use jeton_store::{StoreError, accounts, collaborators, memberships, organizations, places};

use crate::people::{organization, person};
use crate::place::{NOW, Place, on_both};
use crate::repositories::make;

on_both!(
    a_path_is_found_by_its_folded_names_only,
    an_owners_earlier_name_leads_on_until_it_is_given_out_again,
    every_source_of_a_role_is_told_apart,
    names_of_many_repositories_are_read_in_chunks,
    the_owners_near_a_person_are_theirs,
);

fn a_path_is_found_by_its_folded_names_only(place: &Place) {
    let store = place.open();
    let owner: AccountId = organization(&store, "Alta3").into();
    let id = make(&store, owner, "Labs", Visibility::Internal);
    let find = |owner: &str, name: &str| {
        let found = store
            .read(|unit| places::repository(unit, owner, name))
            .unwrap();
        found.map(|found| {
            (
                found.id,
                found.owner.login,
                found.name,
                found.visibility,
                found.moved,
            )
        })
    };
    let expected = (
        id,
        "Alta3".to_owned(),
        "Labs".to_owned(),
        Visibility::Internal,
        false,
    );
    assert_eq!(find("alta3", "labs"), Some(expected));
    for (owner, name) in [
        ("Alta3", "labs"),
        ("alta3", "Labs"),
        ("alta3", "labs\0"),
        ("alta3\0", "labs"),
        ("", ""),
        ("alta3", "%"),
        ("alta_", "labs"),
        ("alta3", "' OR 1=1 --"),
    ] {
        assert_eq!(find(owner, name), None, "{owner:?} {name:?}");
    }
    assert_eq!(
        store.read(|unit| places::owner(unit, "alta3\0")).unwrap(),
        None
    );
    assert_eq!(
        store
            .read(|unit| places::repository_by_id(unit, id))
            .unwrap()
            .unwrap()
            .id,
        id
    );
}

fn an_owners_earlier_name_leads_on_until_it_is_given_out_again(place: &Place) {
    let store = place.open();
    let owner: AccountId = organization(&store, "first").into();
    let id = make(&store, owner, "Labs", Visibility::Private);
    let login = |name: &str| Login::parse(name).unwrap();
    let rename = |account: AccountId, to: &str| {
        let renamed = store.write(|unit| accounts::rename(unit, account, &login(to), NOW));
        renamed.unwrap();
    };
    let find = |owner: &str, name: &str| {
        let found = store.read(|unit| {
            let account = places::owner_by_any_name(unit, owner)?;
            let repository = places::repository(unit, owner, name)?;
            Ok::<_, StoreError>((account, repository))
        });
        let (account, repository) = found.unwrap();
        (
            account.map(|found| (found.id, found.login, found.moved)),
            repository.map(|found| (found.id, found.owner.login, found.moved)),
        )
    };
    rename(owner, "second");
    rename(owner, "Third");
    let leads = |moved| {
        let login = || "Third".to_owned();
        (Some((owner, login(), moved)), Some((id, login(), moved)))
    };
    assert_eq!(find("first", "labs"), leads(true));
    assert_eq!(find("second", "labs"), leads(true));
    assert_eq!(find("third", "labs"), leads(false));
    for (owner, name) in [("First", "labs"), ("first\0", "labs"), ("fourth", "labs")] {
        assert_eq!(find(owner, name), (None, None), "{owner:?}");
    }
    assert_eq!(find("first", "labs\0").1, None);
    // Who asks for present names finds no other.
    let present = store.read(|unit| places::owner(unit, "first"));
    assert_eq!(present.unwrap(), None);
    let release = store.write(|unit| accounts::release_name(unit, &login("first")));
    release.unwrap();
    assert_eq!(find("first", "labs"), (None, None));
    let other: AccountId = organization(&store, "first").into();
    assert_eq!(
        find("first", "labs"),
        (Some((other, "first".to_owned(), false)), None),
        "the present name wins, and nothing of the former holder's is below it"
    );
    rename(other, "fourth");
    assert_eq!(
        find("first", "labs"),
        (Some((other, "fourth".to_owned(), true)), None)
    );
}

fn every_source_of_a_role_is_told_apart(place: &Place) {
    let store = place.open();
    let (ann, eve) = (person(&store, "ann"), person(&store, "eve"));
    let organization = organization(&store, "alta3");
    let id = make(&store, organization.into(), "labs", Visibility::Private);
    let own = make(&store, ann.into(), "own", Visibility::Private);
    let roles = |user, id: RepositoryId| {
        store
            .read(|unit| {
                let found = places::repository_by_id(unit, id)?.unwrap();
                places::roles(unit, user, &found)
            })
            .unwrap()
    };
    assert_eq!(roles(eve, id).sources.role(), None);
    assert!(roles(ann, own).sources.owns && roles(eve, own).sources.role().is_none());
    store
        .write(|unit| memberships::set(unit, organization, ann, OrganizationRole::Member, NOW))
        .unwrap();
    store
        .write(|unit| organizations::set_base_permission(unit, organization, BasePermission::None))
        .unwrap();
    assert_eq!(
        roles(ann, id).sources.role(),
        None,
        "members have no role of their own"
    );
    store
        .write(|unit| organizations::set_base_permission(unit, organization, BasePermission::Read))
        .unwrap();
    assert_eq!(roles(ann, id).sources.role(), Some(Role::Read));
    assert_eq!(
        roles(eve, id).sources.role(),
        None,
        "what members have, strangers have not"
    );
    store
        .write(|unit| collaborators::set(unit, id, eve, Role::Triage, NOW))
        .unwrap();
    let outside = roles(eve, id);
    assert_eq!(
        (outside.sources.role(), outside.outside_collaborator),
        (Some(Role::Triage), true)
    );
    assert!(!roles(ann, id).outside_collaborator);
    store
        .write(|unit| memberships::set(unit, organization, ann, OrganizationRole::Owner, NOW))
        .unwrap();
    assert_eq!(roles(ann, id).sources.role(), Some(Role::Admin));
}

fn names_of_many_repositories_are_read_in_chunks(place: &Place) {
    let store = place.open();
    let owner: AccountId = organization(&store, "alta3").into();
    let ids: Vec<RepositoryId> = (0..201)
        .map(|n| make(&store, owner, &format!("r{n}"), Visibility::Private))
        .collect();
    for many in [0, 1, 99, 100, 101, 200, 201] {
        let some = &ids[..many];
        let names = store
            .read(|unit| places::full_names(unit, some.iter().copied()))
            .unwrap();
        assert_eq!(names.len(), many);
        assert!(
            some.iter()
                .enumerate()
                .all(|(n, id)| names[id] == format!("alta3/r{n}"))
        );
        let seen = store
            .read(|unit| places::owners_and_visibilities(unit, some.iter().copied()))
            .unwrap();
        assert!(
            seen.len() == many
                && seen
                    .values()
                    .all(|found| *found == (owner, Visibility::Private))
        );
    }
    store
        .write(|unit| jeton_store::repositories::delete(unit, ids[0], NOW))
        .unwrap();
    assert!(
        store
            .read(|unit| places::full_names(unit, [ids[0]]))
            .unwrap()
            .is_empty()
    );
    assert!(
        store
            .read(|unit| places::owners_and_visibilities(unit, [ids[0]]))
            .unwrap()
            .is_empty()
    );
}

fn the_owners_near_a_person_are_theirs(place: &Place) {
    let store = place.open();
    let (ann, eve) = (person(&store, "ann"), person(&store, "eve"));
    let (one, two) = (organization(&store, "one"), organization(&store, "two"));
    let id = make(&store, two.into(), "labs", Visibility::Private);
    let eves = make(&store, eve.into(), "eves", Visibility::Private);
    store
        .write(|unit| {
            memberships::set(unit, one, ann, OrganizationRole::Member, NOW)?;
            collaborators::set(unit, eves, ann, Role::Read, NOW)?;
            collaborators::set(unit, id, ann, Role::Read, NOW)
        })
        .unwrap();
    let near = store.read(|unit| places::owners_near(unit, ann)).unwrap();
    assert_eq!(
        near,
        [AccountId::from(ann), one.into(), two.into()],
        "no other person's name space"
    );
}
