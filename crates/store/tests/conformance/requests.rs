//! Requests: one that waits for each token, decided once, read as it was asked.

use std::sync::Barrier;

use jeton_domain::{
    Asked, Expiry, Id as _, Maximum, OrganizationId, PermissionKey, RequestId, Standing, TokenId,
};
use jeton_store::requests::{self, NewRequest, RequestRow};
use jeton_store::token_filter::{Reaches, TokenFilter};
use jeton_store::{StoreError, tokens as token_rows};

use crate::people::{organization, person};
use crate::place::{NOW, Place, on_both};
use crate::tokens::{Made, token, wanted, world};

on_both!(
    a_request_is_read_as_it_was_asked,
    a_request_is_its_organizations,
    one_request_of_a_token_waits_at_a_time,
    a_request_is_decided_once_by_whoever_comes_first,
    a_deleted_repository_leaves_what_is_asked,
    pages_hold_what_the_whole_list_holds,
    a_filter_narrows_by_each_of_its_words,
);

fn asked(made: &Made) -> Asked {
    Asked {
        grant: wanted(made, &[("contents", "read")]),
        length: Maximum::Days(30),
    }
}

fn ask(made: &Made, token: TokenId) -> Result<RequestId, StoreError> {
    made.store.write(|unit| {
        let new = NewRequest {
            token,
            token_name: "as it was",
            organization: made.owner.as_organization(),
            asked: &asked(made),
            lengthen: Some(Expiry::At(NOW)),
            justification: "please",
            created_at: NOW,
        };
        requests::insert(unit, &new)
    })
}

fn find(made: &Made, organization: OrganizationId, id: RequestId) -> Option<RequestRow> {
    made.store
        .read(|unit| requests::find(unit, organization, id))
        .unwrap()
}

fn decide(made: &Made, id: RequestId, state: &str) -> Result<(), StoreError> {
    made.store
        .write(|unit| requests::decide(unit, id, state, NOW, Some(made.bob), "words"))
}

fn a_request_is_read_as_it_was_asked(place: &Place) {
    let made = world(place);
    let token = token(&made, "t");
    let id = ask(&made, token.id).unwrap();
    let row = find(&made, made.owner.as_organization(), id).unwrap();
    assert_eq!(
        (row.token, row.creator, row.token_name.as_str()),
        (token.id, made.bob, "as it was")
    );
    assert_eq!(row.lengthen, Some(Expiry::At(NOW)));
    assert_eq!(
        (row.state.as_str(), row.justification.as_str()),
        ("pending", "please")
    );
    assert_eq!(row.asked, asked(&made));
    let waiting = made
        .store
        .read(|unit| requests::pending(unit, row.organization))
        .unwrap();
    assert_eq!(waiting, std::slice::from_ref(&row));
    assert_eq!(
        made.store
            .read(|unit| requests::pending_of_token(unit, token.id))
            .unwrap(),
        Some(row)
    );
}

fn a_request_is_its_organizations(place: &Place) {
    let made = world(place);
    let id = ask(&made, token(&made, "t").id).unwrap();
    let other = organization(&made.store, "other");
    assert_eq!(find(&made, other, id), None);
    assert!(
        made.store
            .read(|unit| requests::pending(unit, other))
            .unwrap()
            .is_empty()
    );
}

fn one_request_of_a_token_waits_at_a_time(place: &Place) {
    let made = world(place);
    let token = token(&made, "t").id;
    let first = ask(&made, token).unwrap();
    assert!(
        ask(&made, token)
            .unwrap_err()
            .is_conflict_on("requests_one_pending")
    );
    decide(&made, first, "cancelled").unwrap();
    assert_ne!(ask(&made, token).unwrap(), first);
}

fn a_request_is_decided_once_by_whoever_comes_first(place: &Place) {
    let made = world(place);
    person(&made.store, "zoe");
    for round in 0..10 {
        let id = ask(&made, token(&made, &format!("t{round}")).id).unwrap();
        let barrier = Barrier::new(2);
        let results = std::thread::scope(|scope| {
            ["approved", "denied"]
                .map(|state| {
                    let (made, barrier) = (&made, &barrier);
                    scope.spawn(move || {
                        barrier.wait();
                        (state, decide(made, id, state))
                    })
                })
                .map(|thread| thread.join().unwrap())
        });
        let won: Vec<&str> = results
            .iter()
            .filter(|(_, r)| r.is_ok())
            .map(|(state, _)| *state)
            .collect();
        assert_eq!(won.len(), 1);
        for (_, lost) in results.iter().filter(|(_, r)| r.is_err()) {
            assert!(matches!(lost, Err(StoreError::Stale { affected: 0 })));
        }
        let row = find(&made, made.owner.as_organization(), id).unwrap();
        assert_eq!((row.state.as_str(), row.reason.as_str()), (won[0], "words"));
    }
}

fn a_deleted_repository_leaves_what_is_asked(place: &Place) {
    let made = world(place);
    let id = ask(&made, token(&made, "t").id).unwrap();
    made.store
        .write(|unit| token_rows::drop_repository(unit, made.vault))
        .unwrap();
    let row = find(&made, made.owner.as_organization(), id).unwrap();
    assert!(
        row.asked.grant.selection.covers(made.labs)
            && !row.asked.grant.selection.covers(made.vault)
    );
}

fn pages_hold_what_the_whole_list_holds(place: &Place) {
    let made = world(place);
    let tokens: Vec<TokenId> = ["a", "b", "c"].map(|name| token(&made, name).id).into();
    let asked: Vec<RequestId> = tokens.iter().map(|id| ask(&made, *id).unwrap()).collect();
    decide(&made, asked[1], "denied").unwrap();
    let organization = made.owner.as_organization();
    let all = TokenFilter::default();
    let whole = made
        .store
        .read(|unit| requests::pending(unit, organization))
        .unwrap();
    assert_eq!(whole.len(), 2);
    let store = &made.store;
    for (at, row) in (0..).zip(&whole) {
        let page = store.read(|unit| requests::pending_page(unit, organization, &all, at, 1));
        assert_eq!(page.unwrap(), (vec![row.clone()], 2));
    }
    let beyond = store.read(|unit| requests::pending_page(unit, organization, &all, 2, 1));
    assert_eq!(beyond.unwrap(), (vec![], 2));
    // Of the tokens one is no grant: it was denied.
    let denied = Standing::Denied;
    store
        .write(|unit| {
            let from = Standing::NotNeeded;
            token_rows::set_standing(unit, tokens[1], from, denied, NOW, None, None)
        })
        .unwrap();
    let ids = |page: (Vec<token_rows::TokenRow>, i64)| {
        let ids: Vec<_> = page.0.into_iter().map(|row| row.id).collect();
        (ids, page.1)
    };
    let own = store.read(|unit| {
        token_rows::page_of_creator(
            unit,
            made.bob,
            &[jeton_domain::CredentialKind::FineGrained],
            1,
            2,
        )
    });
    assert_eq!(ids(own.unwrap()), (vec![tokens[1], tokens[0]], 3));
    let grants = store.read(|unit| token_rows::page_of_grants(unit, made.owner, &all, 0, 5));
    assert_eq!(ids(grants.unwrap()), (vec![tokens[2], tokens[0]], 2));
    let grants = store.read(|unit| token_rows::page_of_grants(unit, made.owner, &all, 1, 1));
    assert_eq!(ids(grants.unwrap()), (vec![tokens[0]], 2));
}

fn a_filter_narrows_by_each_of_its_words(place: &Place) {
    let made = world(place);
    let (first, second) = (token(&made, "a").id, token(&made, "b").id);
    ask(&made, first).unwrap();
    let organization = made.owner.as_organization();
    let store = &made.store;
    // What was approved is less than what is wanted: the vault is not in it.
    let approved = Asked {
        grant: jeton_domain::Grant {
            selection: jeton_domain::Selection::Only([made.labs].into()),
            ..wanted(&made, &[("contents", "read")])
        },
        length: Maximum::Days(30),
    };
    store
        .write(|unit| token_rows::set_approved(unit, second, Some(&approved)))
        .unwrap();
    let key = |key: &str| PermissionKey::parse(key);
    let with = |change: fn(&mut TokenFilter)| {
        let mut filter = TokenFilter::default();
        change(&mut filter);
        filter
    };
    let reaches = |reaches: Reaches| TokenFilter {
        repository: Some(reaches),
        ..TokenFilter::default()
    };
    let holds = |name: &str| TokenFilter {
        permission: key(name),
        ..TokenFilter::default()
    };
    for (filter, grants, waiting) in [
        (
            with(|filter| filter.creators = vec!["bob".to_owned()]),
            2,
            1,
        ),
        (
            with(|filter| filter.creators = vec!["b_b".to_owned()]),
            0,
            0,
        ),
        (holds("contents"), 2, 1),
        (holds("administration"), 0, 0),
        (reaches(Reaches::One(made.labs)), 2, 1),
        (reaches(Reaches::One(made.vault)), 1, 1),
        (reaches(Reaches::All), 0, 0),
        (with(|filter| filter.used_before = Some(NOW)), 2, 1),
        (with(|filter| filter.used_after = Some(NOW)), 0, 0),
        (
            TokenFilter {
                tokens: vec![second, TokenId::from_i64(1 << 40).unwrap()],
                ..TokenFilter::default()
            },
            1,
            0,
        ),
    ] {
        let found = store.read(|unit| token_rows::page_of_grants(unit, made.owner, &filter, 0, 9));
        let (rows, total) = found.unwrap();
        assert_eq!(
            (rows.len(), total),
            (grants, i64::try_from(grants).unwrap()),
            "{filter:?}"
        );
        let found = store.read(|unit| requests::pending_page(unit, organization, &filter, 0, 9));
        let (rows, total) = found.unwrap();
        assert_eq!(
            (rows.len(), total),
            (waiting, i64::try_from(waiting).unwrap()),
            "{filter:?}"
        );
    }
    let oldest = with(|filter| filter.oldest_first = true);
    let (rows, _) = store
        .read(|unit| token_rows::page_of_grants(unit, made.owner, &oldest, 0, 9))
        .unwrap();
    let ids: Vec<_> = rows.iter().map(|row| row.id).collect();
    assert_eq!(ids, [first, second]);
    let (grants, waiting, named) = store
        .read(|unit| {
            Ok::<_, StoreError>((
                token_rows::grants_of(unit, made.bob, made.owner)?,
                requests::count_waiting(unit, organization, made.bob)?,
                (
                    token_rows::has_name(unit, made.bob, "a")?,
                    token_rows::has_name(unit, made.bob, "c")?,
                    token_rows::count_all_living(unit)?,
                ),
            ))
        })
        .unwrap();
    assert_eq!(grants, [(second, "b".to_owned()), (first, "a".to_owned())]);
    assert_eq!((waiting, named), (1, (true, false, 2)));
}
