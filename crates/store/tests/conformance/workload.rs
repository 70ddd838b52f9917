//! Trusted issuers, their rules, and words that are used once.

use jeton_domain::{
    ClaimName, ClaimPattern, Forks, JobRepositories, Permissions, Span, WorkloadIssuerId,
    WorkloadRule,
};
use jeton_store::workload::{self, NewIssuer};
use jeton_store::{StoreError, tokens};

use crate::place::{NOW, Place, on_both};
use crate::world::{ANN, BOB, ORG, REPOSITORY, fill, id};

on_both!(
    a_workload_rule_is_read_as_it_was_written,
    rules_are_tried_in_their_order_and_leave_with_their_issuer,
    a_repository_leaves_every_workload_rule,
    a_word_is_used_once_and_forgotten_when_it_is_over,
    what_came_of_asking_is_kept,
);

fn rule(repositories: JobRepositories) -> WorkloadRule {
    let claims = [(
        ClaimName::parse("sub").unwrap(),
        vec![ClaimPattern::parse("job:*").unwrap()],
    )];
    WorkloadRule {
        audience: "https://git.example.org".to_owned(),
        claims: claims.into(),
        repositories,
        ref_claim: ClaimName::parse("ref_path").unwrap(),
        environment_claim: ClaimName::parse("environment").unwrap(),
        forks: Forks::ReadOnly,
        fork_claims: WorkloadRule::usual_fork_claims(),
        permissions: Permissions::parse([("contents", "write")]).unwrap(),
        length: Span::from_minutes(5),
    }
}

fn one() -> JobRepositories {
    JobRepositories::Only([id(REPOSITORY)].into())
}

fn claimed() -> JobRepositories {
    JobRepositories::Claimed(ClaimName::parse("repository").unwrap())
}

/// Another issuer than the world's, whose rule is none that can be read.
fn issuer(place: &Place) -> (jeton_store::Store, WorkloadIssuerId) {
    let store = place.open();
    fill(&store);
    let new = NewIssuer {
        organization: id(ORG),
        name: "Builds",
        url: "https://builds.example.org",
        opener: id(BOB),
        now: NOW,
        by: id(ANN),
    };
    let made = store
        .write(|unit| workload::insert_issuer(unit, &new))
        .unwrap();
    (store, made)
}

fn a_workload_rule_is_read_as_it_was_written(place: &Place) {
    let (store, issuer) = issuer(place);
    for (name, repositories) in [("One", one()), ("Claimed", claimed())] {
        let written = rule(repositories);
        let made = store
            .write(|unit| workload::insert_rule(unit, issuer, (name, 1), &written, NOW, id(ANN)))
            .unwrap();
        let read = store
            .read(|unit| workload::rule(unit, issuer, made))
            .unwrap()
            .unwrap();
        assert_eq!((read.name.as_str(), read.rule), (name, written));
    }
    let taken = store
        .write(|unit| workload::insert_rule(unit, issuer, ("ONE", 1), &rule(one()), NOW, id(ANN)));
    assert!(
        matches!(&taken, Err(StoreError::Conflict { constraint, .. }) if constraint == "workload_rules_name"),
        "{taken:?}"
    );
}

fn rules_are_tried_in_their_order_and_leave_with_their_issuer(place: &Place) {
    let (store, issuer) = issuer(place);
    let ids = store
        .write(|unit| {
            let mut made = Vec::new();
            for (name, at) in [("c", 2), ("a", 3), ("b", 2)] {
                let rule = rule(one());
                made.push(workload::insert_rule(
                    unit,
                    issuer,
                    (name, at),
                    &rule,
                    NOW,
                    id(ANN),
                )?);
            }
            Ok::<_, StoreError>(made)
        })
        .unwrap();
    let order = || {
        let rows = store.read(|unit| workload::rules(unit, issuer)).unwrap();
        rows.into_iter().map(|row| row.name).collect::<Vec<_>>()
    };
    assert_eq!(order(), ["c", "b", "a"]);
    store
        .write(|unit| workload::replace_rule(unit, ids[1], ("first", 1), &rule(claimed())))
        .unwrap();
    assert_eq!(order(), ["first", "c", "b"]);
    store
        .write(|unit| workload::delete_rule(unit, ids[0]))
        .unwrap();
    assert_eq!(order(), ["first", "b"]);
    store
        .write(|unit| workload::delete_issuer(unit, issuer))
        .unwrap();
    assert!(order().is_empty());
    let rows = store.read(|unit| workload::issuers(unit, id(ORG))).unwrap();
    let names: Vec<&str> = rows.iter().map(|row| row.name.as_str()).collect();
    assert_eq!(names, ["CI"], "the other one stays");
}

fn a_repository_leaves_every_workload_rule(place: &Place) {
    let (store, issuer) = issuer(place);
    let made = store
        .write(|unit| workload::insert_rule(unit, issuer, ("One", 1), &rule(one()), NOW, id(ANN)))
        .unwrap();
    store
        .write(|unit| tokens::drop_repository(unit, id(REPOSITORY)))
        .unwrap();
    let read = store
        .read(|unit| workload::rule(unit, issuer, made))
        .unwrap()
        .unwrap();
    assert_eq!(
        read.rule.repositories,
        JobRepositories::Only([].into()),
        "none is not any"
    );
}

fn a_word_is_used_once_and_forgotten_when_it_is_over(place: &Place) {
    let (store, _) = issuer(place);
    let (word, over) = ([3; 32], NOW.after(Span::from_minutes(5)));
    store
        .write(|unit| workload::use_once(unit, &word, over))
        .unwrap();
    let again = store.write(|unit| workload::use_once(unit, &word, over));
    assert!(
        matches!(&again, Err(error) if error.is_conflict_on("workload_uses_pkey")),
        "{again:?}"
    );
    for (before, known) in [(over, true), (over.after(Span::from_micros(1)), false)] {
        store.side(|unit| workload::forget(unit, before)).unwrap();
        let used = store.read(|unit| workload::was_used(unit, &word)).unwrap();
        assert_eq!(used, known);
    }
}

fn what_came_of_asking_is_kept(place: &Place) {
    let (store, issuer) = issuer(place);
    let read = || {
        let row = store
            .read(|unit| workload::issuer(unit, id(ORG), issuer))
            .unwrap()
            .unwrap();
        (row.keys_read_at, row.fault)
    };
    assert_eq!(read(), (None, None));
    let note = |fault| {
        store
            .side(|unit| workload::note_keys(unit, issuer, NOW, fault))
            .unwrap();
    };
    note(Some("it is down"));
    assert_eq!(read(), (None, Some((NOW, "it is down".to_owned()))));
    note(None);
    assert_eq!(read(), (Some(NOW), None));
    // Another organization's is nobody's here.
    let gone = store
        .read(|unit| workload::issuer(unit, id(ANN), issuer))
        .unwrap();
    assert_eq!(gone, None);
    let by_url = store
        .read(|unit| workload::issuer_by_url(unit, id(ORG), "https://builds.example.org"))
        .unwrap();
    assert_eq!(by_url.map(|row| row.id), Some(issuer));
}
