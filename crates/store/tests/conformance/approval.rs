//! Rules for approval, reviewers, and the walks that look ahead.

use jeton_domain::{
    ApprovalRule, Maximum, OrganizationId, Permissions, Selection, TeamId, UserId, Who,
};
use jeton_store::foresight::Whose;
use jeton_store::{StoreError, approval_rules, foresight, reviewers};

use crate::place::{NOW, Place, on_both};
use crate::world::{ANN, BOB, ORG, REPOSITORY, TOKEN, fill, id};

on_both!(
    a_rule_is_read_as_it_was_written,
    a_rule_leaves_with_what_it_names,
    reviewers_are_named_once_and_leave_with_their_membership,
    a_team_below_reviews_too,
    the_walk_sees_what_works_and_nothing_else,
    what_ends_is_listed_by_its_end,
);

const ORGANIZATION: fn() -> OrganizationId = || id(ORG);

fn rule() -> ApprovalRule {
    ApprovalRule {
        permissions: Permissions::parse([("contents", "read")]).unwrap(),
        selection: Selection::Only([id(REPOSITORY)].into()),
        length: Maximum::Days(30),
        who: Who::Teams([id(20)].into()),
    }
}

fn a_rule_is_read_as_it_was_written(place: &Place) {
    let store = place.open();
    fill(&store);
    let (org, ann) = (ORGANIZATION(), id::<UserId>(ANN));
    let made = store
        .write(|unit| {
            // The world's own is no rule that can be read.
            approval_rules::delete(unit, id(90))?;
            approval_rules::insert(unit, org, "One", "one", &rule(), NOW, ann)
        })
        .unwrap();
    let rows = store
        .read(|unit| approval_rules::of_organization(unit, org))
        .unwrap();
    assert_eq!(
        (rows.len(), rows[0].name.as_str(), &rows[0].rule),
        (1, "One", &rule())
    );
    let taken =
        store.write(|unit| approval_rules::insert(unit, org, "ONE", "one", &rule(), NOW, ann));
    assert!(
        matches!(&taken, Err(StoreError::Conflict { constraint, .. }) if constraint == "approval_rules_name"),
        "{taken:?}"
    );
    let wide = ApprovalRule {
        selection: Selection::All,
        length: Maximum::Unlimited,
        who: Who::Members,
        ..rule()
    };
    store
        .write(|unit| approval_rules::replace(unit, made, "Two", "two", &wide))
        .unwrap();
    let row = store
        .read(|unit| approval_rules::find(unit, org, made))
        .unwrap()
        .unwrap();
    assert_eq!((row.name.as_str(), row.rule), ("Two", wide));
    store
        .write(|unit| approval_rules::delete(unit, made))
        .unwrap();
    let again = store.write(|unit| approval_rules::delete(unit, made));
    assert!(again.is_err());
}

fn a_rule_leaves_with_what_it_names(place: &Place) {
    let store = place.open();
    fill(&store);
    let org = ORGANIZATION();
    let made = store
        .write(|unit| {
            approval_rules::delete(unit, id(90))?;
            approval_rules::insert(unit, org, "One", "one", &rule(), NOW, id::<UserId>(ANN))
        })
        .unwrap();
    store
        .write(|unit| {
            jeton_store::tokens::drop_repository(unit, id(REPOSITORY))?;
            jeton_store::teams::delete(unit, id::<TeamId>(20))
        })
        .unwrap();
    let row = store
        .read(|unit| approval_rules::find(unit, org, made))
        .unwrap()
        .unwrap();
    assert_eq!(row.rule.selection, Selection::Only([].into()), "never all");
    assert_eq!(row.rule.who, Who::Teams([].into()), "never every member");
}

fn reviewers_are_named_once_and_leave_with_their_membership(place: &Place) {
    let store = place.open();
    fill(&store);
    let (org, ann, bob) = (ORGANIZATION(), id::<UserId>(ANN), id::<UserId>(BOB));
    let is = |user| store.read(|unit| reviewers::is(unit, org, user)).unwrap();
    assert!(is(bob));
    assert!(is(ann), "by the team");
    store
        .write(|unit| reviewers::remove_team(unit, org, id(20)))
        .unwrap();
    assert!(!is(ann));
    let twice = store
        .write(|unit| {
            let first = reviewers::add(unit, org, bob, NOW)?;
            Ok::<_, StoreError>((first, reviewers::people(unit, org)?.len()))
        })
        .unwrap();
    assert_eq!(twice, (false, 1));
    let deciders = || store.read(|unit| reviewers::deciders(unit, org)).unwrap();
    assert_eq!(deciders(), [ann, bob]);
    store
        .write(|unit| jeton_store::memberships::remove(unit, org, bob))
        .unwrap();
    assert!(!is(bob));
    assert_eq!(deciders(), [ann]);
}

fn a_team_below_reviews_too(place: &Place) {
    let store = place.open();
    fill(&store);
    let (org, bob) = (ORGANIZATION(), id::<UserId>(BOB));
    store
        .write(|unit| {
            unit.execute("DELETE FROM team_members", &[])?;
            reviewers::remove(unit, org, bob)?;
            unit.execute(
                "INSERT INTO teams (id, organization_id, slug, slug_key, name, parent_id, created_at) \
                 VALUES (21, 3, 'below', 'below', 'Below', 20, $1)",
                &[&NOW],
            )?;
            unit.execute("INSERT INTO team_members (team_id, user_id) VALUES (21, 2)", &[])
        })
        .unwrap();
    let (is, teams, all) = store
        .read(|unit| {
            Ok::<_, StoreError>((
                reviewers::is(unit, org, bob)?,
                reviewers::teams_of(unit, org, bob)?,
                reviewers::deciders(unit, org)?,
            ))
        })
        .unwrap();
    assert!(is);
    assert_eq!(teams, [id(20), id(21)].into());
    assert_eq!(all, [id(ANN), bob]);
}

fn the_walk_sees_what_works_and_nothing_else(place: &Place) {
    let store = place.open();
    fill(&store);
    let walk = |owner| {
        store
            .read(|unit| foresight::working(unit, owner, None, NOW, 10))
            .unwrap()
    };
    let all = walk(Whose::Of(id(ORG)));
    assert_eq!(
        (all.len(), all[0].token, all[0].member),
        (1, id(TOKEN), true)
    );
    assert_eq!(all[0].used_at, Some(NOW));
    assert_eq!(walk(Whose::Everybody), all);
    // A fine-grained token is for its owner's things and no other's, near or not.
    assert!(walk(Whose::ClassicNear(id(ORG))).is_empty());
    assert!(walk(Whose::Of(id(ANN))).is_empty());
    let behind = all[0].step();
    let rest = store
        .read(|unit| foresight::working(unit, Whose::Everybody, Some(behind), NOW, 10))
        .unwrap();
    assert!(rest.is_empty());
    for (end, undo) in [
        (
            "UPDATE tokens SET suspended_at = $1",
            "UPDATE tokens SET suspended_at = NULL",
        ),
        (
            "UPDATE tokens SET standing = 'pending'",
            "UPDATE tokens SET standing = 'active'",
        ),
        (
            "UPDATE secrets SET retires_at = $1",
            "UPDATE secrets SET retires_at = NULL",
        ),
        (
            "UPDATE secrets SET retired_at = $1, retire_reason = 'x'",
            "UPDATE secrets SET retired_at = NULL, retire_reason = NULL",
        ),
    ] {
        store
            .write(|unit| crate::world::execute(unit, end))
            .unwrap();
        assert!(walk(Whose::Of(id(ORG))).is_empty(), "{end}");
        store
            .write(|unit| crate::world::execute(unit, undo))
            .unwrap();
    }
    assert_eq!(walk(Whose::Of(id(ORG))).len(), 1);
}

fn what_ends_is_listed_by_its_end(place: &Place) {
    let store = place.open();
    fill(&store);
    let later = |days| NOW.after(jeton_domain::Span::from_days(days));
    let list = || {
        store
            .read(|unit| foresight::ending(unit, id(ORG), NOW, later(10), 0, 10))
            .unwrap()
    };
    assert_eq!(list(), (vec![], 0), "without an end it does not stop");
    let at = later(3);
    store
        .write(|unit| unit.execute("UPDATE secrets SET expires_at = $1", &[&at]))
        .unwrap();
    let (rows, total) = list();
    assert_eq!((rows[0].token, rows[0].at, total), (id(TOKEN), at, 1));
    // A second value that lives on.
    store
        .write(|unit| {
            unit.execute(
                "INSERT INTO secrets (id, token_id, kind, digest, key_id, hashed, created_at, expires_at) \
                 VALUES (41, 30, 'fine_grained', $1, 1, 'i', $2, $3)",
                &[&[8_u8; 32], &NOW, &later(30)],
            )
        })
        .unwrap();
    assert_eq!(list().1, 0);
}
