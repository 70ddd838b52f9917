//! Repositories, their earlier names, and predicates compiled into lists.

use std::collections::BTreeSet;

use jeton_decide::{Clause, RepositoryPredicate};
use jeton_domain::{AccountId, Reach, RepositoryId, RepositoryName, Role, Span, Visibility};
use jeton_store::repositories::{self, Among, NewRepository, Order};
use jeton_store::{Store, collaborators, places};

use crate::people::{organization, person};
use crate::place::{NOW, Place, on_both};

on_both!(
    a_name_is_its_owners_once_and_free_after_deletion,
    an_old_name_leads_on_until_it_is_forgotten,
    a_list_holds_exactly_what_its_predicate_admits,
    pages_are_in_the_order_of_full_names,
    lists_are_cut_and_sorted_by_the_moment_of_making,
    a_transfer_takes_no_role_and_no_old_name_along,
);

fn name(name: &str) -> RepositoryName {
    RepositoryName::parse(name).unwrap()
}

pub(crate) fn make(
    store: &Store,
    owner: AccountId,
    named: &str,
    visibility: Visibility,
) -> RepositoryId {
    let named = name(named);
    let new = NewRepository {
        owner,
        name: &named,
        visibility,
        shard: 3,
        default_branch: "main",
        description: "d",
    };
    store
        .write(|unit| repositories::insert(unit, &new, NOW))
        .unwrap()
}

fn a_name_is_its_owners_once_and_free_after_deletion(place: &Place) {
    let store = place.open();
    let (ann, bob) = (person(&store, "ann").into(), person(&store, "bob").into());
    let lab = make(&store, ann, "Lab", Visibility::Private);
    make(&store, bob, "lab", Visibility::Private);
    let again = name("LAB");
    let new = NewRepository {
        owner: ann,
        name: &again,
        visibility: Visibility::Public,
        shard: 0,
        default_branch: "main",
        description: "",
    };
    let taken = store.write(|unit| repositories::insert(unit, &new, NOW));
    assert!(taken.unwrap_err().is_conflict_on("repositories_name"));
    let row = store
        .read(|unit| repositories::by_id(unit, lab))
        .unwrap()
        .unwrap();
    assert_eq!(
        (
            row.full_name().as_str(),
            row.shard,
            row.owner_is_organization
        ),
        ("ann/Lab", 3, false)
    );
    store
        .write(|unit| repositories::delete(unit, lab, NOW))
        .unwrap();
    assert!(
        store
            .write(|unit| repositories::delete(unit, lab, NOW))
            .is_err(),
        "twice"
    );
    assert_eq!(
        store.read(|unit| repositories::by_id(unit, lab)).unwrap(),
        None
    );
    assert_eq!(
        store
            .read(|unit| repositories::count_of_owner(unit, ann))
            .unwrap(),
        0
    );
    let second = store
        .write(|unit| repositories::insert(unit, &new, NOW))
        .unwrap();
    assert!(second > lab, "an id is never used again");
    assert_eq!(store.read(repositories::owners).unwrap(), [ann, bob]);
    assert_eq!(store.read(repositories::places).unwrap().len(), 2);
}

fn an_old_name_leads_on_until_it_is_forgotten(place: &Place) {
    let store = place.open();
    let ann = person(&store, "ann").into();
    let lab = make(&store, ann, "lab", Visibility::Private);
    let find = |named: &str| {
        store
            .read(|unit| places::repository(unit, "ann", named))
            .unwrap()
    };
    store
        .write(|unit| repositories::rename(unit, lab, &name("LAB")))
        .unwrap();
    assert_eq!(
        store
            .read(|unit| repositories::former(unit, ann, &name("lab")))
            .unwrap(),
        None,
        "only its spelling"
    );
    store
        .write(|unit| repositories::rename(unit, lab, &name("two")))
        .unwrap();
    let found = find("lab").unwrap();
    assert_eq!((found.id, found.moved), (lab, true));
    store
        .write(|unit| repositories::rename(unit, lab, &name("three")))
        .unwrap();
    assert!(
        find("lab").unwrap().moved && find("two").unwrap().moved && !find("three").unwrap().moved
    );
    store
        .write(|unit| repositories::forget_former(unit, ann, &name("lab")))
        .unwrap();
    assert_eq!(find("lab"), None);
    store
        .write(|unit| {
            repositories::describe(unit, lab, "words", "trunk")?;
            repositories::set_visibility(unit, lab, Visibility::Internal)
        })
        .unwrap();
    let row = store
        .read(|unit| repositories::by_id(unit, lab))
        .unwrap()
        .unwrap();
    assert_eq!(
        (
            row.description.as_str(),
            row.default_branch.as_str(),
            row.visibility
        ),
        ("words", "trunk", Visibility::Internal)
    );
}

/// Every predicate of up to two clauses out of a set of parts, against the predicate's own word on each row.
fn a_list_holds_exactly_what_its_predicate_admits(place: &Place) {
    let store = place.open();
    let owners: [AccountId; 2] = [
        person(&store, "ann").into(),
        organization(&store, "acme").into(),
    ];
    let mut made = Vec::new();
    for owner in owners {
        for visibility in Visibility::ALL {
            made.push((
                make(&store, owner, visibility.name(), visibility),
                owner,
                visibility,
            ));
        }
    }
    let gone = make(&store, owners[0], "gone", Visibility::Public);
    store
        .write(|unit| repositories::delete(unit, gone, NOW))
        .unwrap();
    let (first, last) = (made[0].0, made[5].0);
    let mut clauses = Vec::new();
    for visibilities in [vec![], vec![Visibility::Public], Visibility::ALL.to_vec()] {
        for within in [
            Reach::Unrestricted,
            Reach::Only(BTreeSet::new()),
            Reach::Only(BTreeSet::from([owners[1]])),
        ] {
            for except_owners in [BTreeSet::new(), BTreeSet::from([owners[0]])] {
                for repositories in [
                    Reach::Unrestricted,
                    Reach::Only(BTreeSet::from([first, last, gone])),
                ] {
                    clauses.push(Clause {
                        visibilities: visibilities.clone(),
                        owners: within.clone(),
                        except_owners: except_owners.clone(),
                        repositories,
                    });
                }
            }
        }
    }
    let mut predicates = vec![RepositoryPredicate { clauses: vec![] }];
    for (n, clause) in clauses.iter().enumerate() {
        let second = clauses[(n * 7 + 3) % clauses.len()].clone();
        predicates.push(RepositoryPredicate {
            clauses: vec![clause.clone()],
        });
        predicates.push(RepositoryPredicate {
            clauses: vec![clause.clone(), second],
        });
    }
    for predicate in &predicates {
        for among in [
            Among::Owner(owners[0]),
            Among::Named(owners[0], vec![]),
            Among::Either(vec![owners[1]], vec![first, gone]),
            Among::Either(vec![], vec![]),
            Among::Named(owners[0], vec![]),
            Among::Named(owners[0], vec!["no such".to_owned()]),
            Among::Made(Box::new(Among::Owner(owners[0])), None, None),
            Among::After(0),
            Among::After(first.get()),
            Among::After(last.get()),
        ] {
            let expected: BTreeSet<RepositoryId> = made
                .iter()
                .filter(|(id, owner, visibility)| {
                    let meant = match &among {
                        Among::Owner(one) => owner == one,
                        Among::Either(owners, ids) => owners.contains(owner) || ids.contains(id),
                        Among::Named(one, words) => owner == one && words.is_empty(),
                        Among::Made(among, ..) => **among == Among::Owner(*owner),
                        Among::After(number) => id.get() > *number,
                    };
                    meant && predicate.admits(*id, *owner, *visibility)
                })
                .map(|(id, _, _)| *id)
                .collect();
            let page = store
                .read(|unit| repositories::page(unit, predicate, &among, Order::Name, (0, 100)))
                .unwrap();
            let found: BTreeSet<RepositoryId> = page.iter().map(|row| row.id).collect();
            assert_eq!(found, expected, "{predicate:?} {among:?}");
            let count = store
                .read(|unit| repositories::count(unit, predicate, &among))
                .unwrap();
            assert_eq!(count, i64::try_from(expected.len()).unwrap());
        }
    }
}

fn pages_are_in_the_order_of_full_names(place: &Place) {
    let store = place.open();
    let (zoe, ann): (AccountId, AccountId) =
        (person(&store, "Zoe").into(), person(&store, "ann").into());
    for (owner, named) in [(zoe, "a"), (ann, "b"), (ann, "A")] {
        make(&store, owner, named, Visibility::Public);
    }
    let all = RepositoryPredicate {
        clauses: vec![Clause {
            visibilities: Visibility::ALL.to_vec(),
            owners: Reach::Unrestricted,
            except_owners: BTreeSet::new(),
            repositories: Reach::Unrestricted,
        }],
    };
    let among = Among::Either(vec![zoe, ann], vec![]);
    let page = |offset| {
        let page = store
            .read(|unit| repositories::page(unit, &all, &among, Order::Name, (offset, 2)))
            .unwrap();
        page.iter()
            .map(repositories::RepositoryRow::full_name)
            .collect::<Vec<_>>()
    };
    assert_eq!(
        (page(0), page(2)),
        (
            vec!["ann/A".to_owned(), "ann/b".to_owned()],
            vec!["Zoe/a".to_owned()]
        )
    );
}

fn lists_are_cut_and_sorted_by_the_moment_of_making(place: &Place) {
    let store = place.open();
    let (zoe, ann): (AccountId, AccountId) =
        (person(&store, "Zoe").into(), person(&store, "ann").into());
    for (owner, named, hours) in [(zoe, "a", 1), (ann, "b", 3), (ann, "a", 2)] {
        let named = name(named);
        let new = NewRepository {
            owner,
            name: &named,
            visibility: Visibility::Public,
            shard: 0,
            default_branch: "main",
            description: "",
        };
        store
            .write(|unit| repositories::insert(unit, &new, NOW.after(Span::from_hours(hours))))
            .unwrap();
    }
    let all = RepositoryPredicate {
        clauses: vec![Clause {
            visibilities: Visibility::ALL.to_vec(),
            owners: Reach::Unrestricted,
            except_owners: BTreeSet::new(),
            repositories: Reach::Unrestricted,
        }],
    };
    let listed = |since: Option<i64>, before: Option<i64>, order| {
        let at = |hours: Option<i64>| hours.map(|hours| NOW.after(Span::from_hours(hours)));
        let both = Box::new(Among::Either(vec![zoe, ann], vec![]));
        let among = Among::Made(both, at(since), at(before));
        let page = store
            .read(|unit| repositories::page(unit, &all, &among, order, (0, 10)))
            .unwrap();
        let names = page.iter().map(repositories::RepositoryRow::full_name);
        names.collect::<Vec<_>>().join(" ")
    };
    assert_eq!(listed(None, None, Order::Name), "ann/a ann/b Zoe/a");
    assert_eq!(
        listed(None, None, Order::NameDescending),
        "Zoe/a ann/b ann/a"
    );
    assert_eq!(listed(None, None, Order::Made), "Zoe/a ann/a ann/b");
    assert_eq!(
        listed(None, None, Order::MadeDescending),
        "ann/b ann/a Zoe/a"
    );
    assert_eq!(listed(Some(2), None, Order::Made), "ann/a ann/b");
    assert_eq!(listed(None, Some(2), Order::Made), "Zoe/a");
    assert_eq!(listed(Some(2), Some(3), Order::Made), "ann/a");
}

fn a_transfer_takes_no_role_and_no_old_name_along(place: &Place) {
    let store = place.open();
    let (ann, bob) = (person(&store, "ann"), person(&store, "bob"));
    let acme: AccountId = organization(&store, "acme").into();
    let lab = make(&store, ann.into(), "old", Visibility::Private);
    let taken = make(&store, ann.into(), "taken", Visibility::Private);
    make(&store, acme, "Taken", Visibility::Private);
    store
        .write(|unit| {
            repositories::rename(unit, lab, &name("lab"))?;
            collaborators::set(unit, lab, bob, Role::Write, NOW)?;
            repositories::transfer(unit, lab, acme)
        })
        .unwrap();
    let at = |owner: &str, name: &str| {
        let found = store.read(|unit| places::repository(unit, owner, name));
        found.unwrap().map(|found| found.id)
    };
    assert_eq!(at("acme", "lab"), Some(lab));
    for (owner, name) in [("ann", "lab"), ("ann", "old"), ("acme", "old")] {
        assert_eq!(at(owner, name), None, "{owner}/{name}");
    }
    let direct = store.read(|unit| collaborators::of_repository(unit, lab));
    assert_eq!(direct.unwrap(), []);
    let refused = store.write(|unit| repositories::transfer(unit, taken, acme));
    assert!(refused.unwrap_err().is_conflict_on("repositories_name"));
    let left = store.read(|unit| repositories::of_owner(unit, ann.into()));
    let left: Vec<_> = left.unwrap().into_iter().map(|row| row.id).collect();
    assert_eq!(left, [taken]);
}
