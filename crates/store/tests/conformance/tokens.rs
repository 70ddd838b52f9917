//! Tokens as they are stored: grants by id, standing by conditional update, lives that don't come back.

use std::collections::BTreeSet;

use jeton_domain::{
    AccountId, Asked, Conditions, CredentialKind, Ending, Grant, Life, Maximum, PackageSelection,
    Permissions, RepositoryId, Scopes, Selection, Span, Standing, TokenId, TokenName, UserId,
    Visibility, WithdrawReason,
};
use jeton_store::tokens::{self, TokenRow};
use jeton_store::{Store, StoreError};

use crate::people::{organization, person};
use crate::place::{NOW, Place, on_both};
use crate::repositories::make;
use crate::world::allocate;

on_both!(
    a_token_is_read_as_it_was_written,
    a_name_is_its_persons_until_the_token_is_deleted,
    standing_changes_only_from_where_it_is,
    active_means_that_something_is_approved,
    revoked_never_comes_back_whatever_the_caller_read,
    only_what_is_revoked_is_deleted,
    what_is_in_force_is_what_both_say,
    a_repository_leaves_every_selection_and_an_emptied_one_stays_empty,
    ended_tokens_are_not_counted,
    unused_ones_are_those_of_which_nothing_was_made_or_used,
);

pub(crate) struct Made {
    pub(crate) store: Store,
    pub(crate) bob: UserId,
    pub(crate) owner: AccountId,
    pub(crate) labs: RepositoryId,
    pub(crate) vault: RepositoryId,
}

pub(crate) fn world(place: &Place) -> Made {
    let store = place.open();
    let bob = person(&store, "bob");
    let owner: AccountId = organization(&store, "alta3").into();
    let labs = make(&store, owner, "labs", Visibility::Private);
    let vault = make(&store, owner, "vault", Visibility::Private);
    Made {
        store,
        bob,
        owner,
        labs,
        vault,
    }
}

pub(crate) fn wanted(made: &Made, permissions: &[(&str, &str)]) -> Grant {
    Grant {
        owner: made.owner,
        selection: Selection::Only(BTreeSet::from([made.labs, made.vault])),
        packages: PackageSelection::Named(["ui".to_owned(), "ui-tests".to_owned()].into()),
        permissions: Permissions::parse(permissions.iter().copied()).unwrap(),
        conditions: vec![Conditions::default()],
    }
}

fn row(made: &Made, name: &str) -> (TokenRow, String) {
    let name = TokenName::parse(name).unwrap();
    let row = TokenRow {
        kind: CredentialKind::FineGrained,
        scopes: Scopes::NONE,
        application: None,
        id: allocate(&made.store),
        creator: made.bob,
        name: name.as_str().to_owned(),
        description: "ü\n".to_owned(),
        justification: "why".to_owned(),
        wanted: wanted(made, &[("contents", "write")]),
        approved: None,
        standing: Standing::NotNeeded,
        standing_at: NOW,
        standing_reason: None,
        life: Life::Alive,
        created_at: NOW,
    };
    (row, name.key())
}

pub(crate) fn token(made: &Made, name: &str) -> TokenRow {
    let (row, key) = row(made, name);
    made.store
        .write(|unit| tokens::insert(unit, &row, &key))
        .unwrap();
    row
}

fn find(made: &Made, id: TokenId) -> TokenRow {
    made.store
        .read(|unit| tokens::find(unit, id))
        .unwrap()
        .unwrap()
}

fn stale<T: std::fmt::Debug>(result: Result<T, StoreError>) {
    assert!(matches!(
        result.unwrap_err(),
        StoreError::Stale { affected: 0 }
    ));
}

fn active() -> Standing {
    Standing::Active { since: NOW }
}

fn a_token_is_read_as_it_was_written(place: &Place) {
    let made = world(place);
    let written = token(&made, "Ci");
    assert_eq!(find(&made, written.id), written);
    let store = &made.store;
    assert_eq!(
        store
            .read(|unit| tokens::of_creator(unit, made.bob))
            .unwrap(),
        std::slice::from_ref(&written)
    );
    assert_eq!(
        store
            .read(|unit| tokens::of_owner(unit, made.owner))
            .unwrap(),
        std::slice::from_ref(&written)
    );
    assert!(
        store
            .read(|unit| tokens::of_owner(unit, made.bob.into()))
            .unwrap()
            .is_empty()
    );
    let changed = TokenRow {
        name: "other".to_owned(),
        wanted: Grant {
            selection: Selection::All,
            packages: PackageSelection::ByRepository,
            conditions: vec![],
            ..written.wanted.clone()
        },
        ..written
    };
    store
        .write(|unit| tokens::update_wanted(unit, &changed, "other"))
        .unwrap();
    assert_eq!(find(&made, changed.id), changed);
    let left = "SELECT COUNT(*) FROM token_repositories";
    assert_eq!(
        store.read(|unit| unit.number(left, &[])).unwrap(),
        0,
        "no row of the old selection"
    );
}

fn a_name_is_its_persons_until_the_token_is_deleted(place: &Place) {
    let made = world(place);
    let first = token(&made, "Ci");
    let (second, key) = row(&made, "cI");
    let again = || made.store.write(|unit| tokens::insert(unit, &second, &key));
    assert!(again().unwrap_err().is_conflict_on("tokens_name"));
    let over = Life::Alive.revoke(NOW, Ending::Creator);
    made.store
        .write(|unit| tokens::set_life(unit, first.id, over))
        .unwrap();
    assert!(again().unwrap_err().is_conflict_on("tokens_name"));
    made.store
        .write(|unit| tokens::delete(unit, first.id, NOW))
        .unwrap();
    again().unwrap();
    let other = TokenRow {
        creator: person(&made.store, "eve"),
        ..row(&made, "ci").0
    };
    made.store
        .write(|unit| tokens::insert(unit, &other, "ci"))
        .unwrap();
}

fn standing_changes_only_from_where_it_is(place: &Place) {
    let made = world(place);
    let id = token(&made, "t").id;
    let set = |from, to, reason: Option<&str>| {
        made.store
            .write(|unit| tokens::set_standing(unit, id, from, to, NOW, Some(made.bob), reason))
    };
    set(Standing::NotNeeded, Standing::Pending, None).unwrap();
    stale(set(Standing::NotNeeded, Standing::Denied, None));
    set(Standing::Pending, Standing::Denied, Some("no")).unwrap();
    stale(set(Standing::Pending, Standing::Denied, Some("me too")));
    let read = find(&made, id);
    assert_eq!(
        (read.standing, read.standing_reason.as_deref()),
        (Standing::Denied, Some("no"))
    );
    let withdrawn = Standing::Withdrawn(WithdrawReason::MemberRemoved);
    set(Standing::Denied, withdrawn, None).unwrap();
    assert_eq!(find(&made, id).standing, withdrawn, "with its reason");
}

fn active_means_that_something_is_approved(place: &Place) {
    let made = world(place);
    let id = token(&made, "t").id;
    let set = || {
        made.store.write(|unit| {
            tokens::set_standing(unit, id, Standing::NotNeeded, active(), NOW, None, None)
        })
    };
    assert!(
        matches!(set(), Err(StoreError::Check { constraint }) if constraint == "tokens_active_is_approved")
    );
    let asked = Asked {
        grant: wanted(&made, &[("contents", "read")]),
        length: Maximum::Days(7),
    };
    made.store
        .write(|unit| tokens::set_approved(unit, id, Some(&asked)))
        .unwrap();
    set().unwrap();
    assert_eq!(find(&made, id).approved, Some(asked));
}

fn revoked_never_comes_back_whatever_the_caller_read(place: &Place) {
    let made = world(place);
    let id = token(&made, "t").id;
    let set = |life| made.store.write(|unit| tokens::set_life(unit, id, life));
    let suspended = Life::Suspended { at: NOW };
    set(suspended).unwrap();
    assert_eq!(find(&made, id).life, suspended);
    let over = Life::Revoked {
        at: NOW,
        because: Ending::Leaked,
    };
    set(over).unwrap();
    stale(set(Life::Alive));
    stale(set(suspended));
    assert_eq!(find(&made, id).life, over);
}

fn only_what_is_revoked_is_deleted(place: &Place) {
    let made = world(place);
    let id = token(&made, "t").id;
    let delete = || made.store.write(|unit| tokens::delete(unit, id, NOW));
    assert!(
        matches!(delete(), Err(StoreError::Check { constraint }) if constraint == "tokens_deleted_is_revoked")
    );
    made.store
        .write(|unit| tokens::set_life(unit, id, Life::Alive.revoke(NOW, Ending::Creator)))
        .unwrap();
    delete().unwrap();
    stale(delete());
    assert_eq!(
        made.store.read(|unit| tokens::find(unit, id)).unwrap(),
        None
    );
    assert!(
        made.store
            .read(|unit| tokens::of_creator(unit, made.bob))
            .unwrap()
            .is_empty()
    );
    let known = made
        .store
        .read(|unit| tokens::find_also_deleted(unit, id))
        .unwrap()
        .unwrap();
    assert!(
        matches!(known.life, Life::Revoked { .. }),
        "its value is known as revoked, not unknown"
    );
}

fn what_is_in_force_is_what_both_say(place: &Place) {
    let made = world(place);
    let id = token(&made, "t").id;
    assert_eq!(
        find(&made, id).in_force(),
        find(&made, id).wanted,
        "nobody has to approve it"
    );
    let pending = Standing::Pending;
    made.store
        .write(|unit| tokens::set_standing(unit, id, Standing::NotNeeded, pending, NOW, None, None))
        .unwrap();
    let nothing = find(&made, id).in_force();
    assert!(nothing.permissions.is_empty() && nothing.selection == Selection::Public);
    let grant = Grant {
        selection: Selection::Only(BTreeSet::from([made.labs])),
        ..wanted(&made, &[("contents", "read")])
    };
    let asked = Asked {
        grant,
        length: Maximum::Unlimited,
    };
    made.store
        .write(|unit| tokens::set_approved(unit, id, Some(&asked)))
        .unwrap();
    let both = find(&made, id).in_force();
    assert_eq!(
        both.permissions,
        Permissions::parse([("contents", "read")]).unwrap()
    );
    assert!(both.selection.covers(made.labs) && !both.selection.covers(made.vault));
}

fn a_repository_leaves_every_selection_and_an_emptied_one_stays_empty(place: &Place) {
    let made = world(place);
    let id = token(&made, "t").id;
    let asked = Asked {
        grant: wanted(&made, &[("contents", "read")]),
        length: Maximum::Unlimited,
    };
    made.store
        .write(|unit| tokens::set_approved(unit, id, Some(&asked)))
        .unwrap();
    for repository in [made.labs, made.vault] {
        let tokens = made
            .store
            .write(|unit| tokens::drop_repository(unit, repository))
            .unwrap();
        assert_eq!(tokens, [id], "once, though wanted and approved");
    }
    let row = find(&made, id);
    for selection in [row.wanted.selection, row.approved.unwrap().grant.selection] {
        assert_eq!(selection, Selection::Only(BTreeSet::new()));
    }
    let later = make(&made.store, made.owner, "later", Visibility::Private);
    assert!(!find(&made, id).in_force().selection.covers(later));
}

fn ended_tokens_are_not_counted(place: &Place) {
    let made = world(place);
    let (one, _) = (token(&made, "1").id, token(&made, "2").id);
    let living = || {
        made.store
            .read(|unit| tokens::count_living(unit, made.bob))
            .unwrap()
    };
    assert_eq!(living(), 2);
    let at = NOW.after(Span::from_seconds(1));
    made.store
        .write(|unit| tokens::set_life(unit, one, Life::Alive.revoke(at, Ending::Unused)))
        .unwrap();
    assert_eq!(living(), 1);
}

/// Five tokens from the first day: what kind each is, whether its value is retired, and on which day it was used.
const OF_THE_FIRST_DAY: [(i64, &str, bool, Option<u32>); 5] = [
    (901, "classic", false, None),
    (902, "classic", false, Some(200)),
    (903, "oauth_user", false, Some(100)),
    (904, "fine_grained", false, None),
    (905, "classic", true, None),
];

fn unused_ones_are_those_of_which_nothing_was_made_or_used(place: &Place) {
    let made = world(place);
    let day = |number| NOW.after(Span::from_days(number));
    made.store
        .write(|unit| {
            for (id, kind, retired, used) in OF_THE_FIRST_DAY {
                unit.execute(
                    "INSERT INTO tokens (id, kind, creator_id, name, name_key, owner_id, selection, permissions, conditions, \
                     standing, standing_at, created_at) VALUES ($1, $2, $3, $4, $4, $3, 'public', '{}', '[]', 'not_needed', $5, $5)",
                    &[&id, &kind, &made.bob, &id.to_string(), &NOW],
                )?;
                let digest = [u8::try_from(id - 900).unwrap(); 32];
                let retired = retired.then(|| day(1));
                let reason = retired.map(|_| "rotated".to_owned());
                unit.execute(
                    "INSERT INTO secrets (id, token_id, kind, digest, key_id, hashed, created_at, retired_at, retire_reason) \
                     VALUES ($1, $1, 'classic', $2, 1, $3, $4, $5, $6)",
                    &[&id, &digest, &id.to_string(), &NOW, &retired, &reason],
                )?;
                if let Some(used) = used {
                    unit.execute(
                        "INSERT INTO last_uses (secret_id, at, door, operation) VALUES ($1, $2, 'rest', 'x')",
                        &[&id, &day(used)],
                    )?;
                }
            }
            Ok::<_, StoreError>(())
        })
        .unwrap();
    let unused = |range: (i64, i64), since: u32, most: i64| -> Vec<i64> {
        let now = day(since + 365);
        let found = made
            .store
            .read(|unit| tokens::unused(unit, range, day(since), now, most))
            .unwrap();
        found.iter().map(|row| row.id.get()).collect()
    };
    let all = (0, i64::MAX);
    assert_eq!(unused(all, 50, 9), [901]);
    assert_eq!(unused(all, 150, 9), [901, 903]);
    assert_eq!(unused(all, 250, 9), [901, 902, 903]);
    assert_eq!(unused(all, 250, 2), [901, 902]);
    // Between two numbers, the first left out.
    assert_eq!(unused((901, 902), 250, 9), [902]);
    let after = |from, many| {
        made.store
            .read(|unit| tokens::number_after(unit, from, many))
            .unwrap()
    };
    assert_eq!(after(900, 2), Some(902));
    assert_eq!(after(903, 2), Some(905));
    assert_eq!(after(903, 3), None, "behind them it begins again");
}
