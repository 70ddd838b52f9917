//! What is recorded beside the change itself: the log, use of tokens, jobs, intents of pushes, codes and keys.

use jeton_domain::{Event, OrganizationId, Span, UserId};
use jeton_store::activity::{self, HourlyCount, LastUse};
use jeton_store::audit::{self, AuditEntry, Filter};
use jeton_store::push_intents::{self, Outcome, PushIntent};
use jeton_store::{Store, StoreError, jobs, key_checks, setup_codes};

use crate::place::{NOW, Place, on_both};
use crate::world::{self, ANN, BOB, ORG, REPOSITORY, SECRET, TOKEN, id};

on_both!(
    each_leaf_can_be_computed_again,
    an_entry_that_cannot_be_written_stops_the_change,
    the_log_is_read_by_filters,
    the_log_is_read_by_pages,
    retention_keeps_the_leaf,
    use_is_counted_and_only_the_latest_is_last,
    a_job_is_leased_to_one_and_comes_back_if_it_is_not_done,
    concurrent_workers_never_share_a_job,
    an_intent_is_resolved_once,
    a_setup_code_is_redeemed_once,
    a_key_is_recorded_once,
);

fn entry(event: Event, at: jeton_domain::Time) -> AuditEntry<'static> {
    AuditEntry {
        event,
        operation: "test.operation",
        at,
        actor: Some(id(ANN)),
        organization: None,
        user: None,
        token: None,
        repository: None,
        data: serde_json::json!({"z": 1, "a": {"ü": "ö", "b": [true, null, "\u{7}"]}}),
        salt: [3; 16],
    }
}

fn later(seconds: i64) -> jeton_domain::Time {
    NOW.after(Span::from_seconds(seconds))
}

fn each_leaf_can_be_computed_again(place: &Place) {
    use sha2::{Digest as _, Sha256};
    let store = place.open();
    store
        .write(|unit| {
            unit.audit(&entry(Event::TokenCreate, NOW))?;
            unit.audit(&AuditEntry {
                salt: [4; 16],
                ..entry(Event::TokenCreate, NOW)
            })
        })
        .unwrap();
    let rows = store
        .read(|unit| audit::page(unit, &Filter::default(), 10))
        .unwrap();
    assert_eq!(
        rows.iter()
            .map(|row| (row.seq.0, row.n))
            .collect::<Vec<_>>(),
        [(1, 1), (1, 0)]
    );
    for row in &rows {
        let body = row.body.as_ref().unwrap();
        let mut bytes = vec![0_u8];
        bytes.extend_from_slice(&row.salt.unwrap());
        bytes.extend_from_slice(body.as_bytes());
        assert_eq!(<[u8; 32]>::from(Sha256::digest(&bytes)), row.leaf);
        assert_eq!(
            body,
            "{\"actor_id\":1,\"at\":1800000000000000,\"data\":{\"a\":{\"b\":[true,null,\"\\u0007\"],\"ü\":\"ö\"},\"z\":1},\
             \"event\":\"personal_access_token.create\",\"operation\":\"test.operation\",\"organization_id\":null,\
             \"repository_id\":null,\"schema\":1,\"token_id\":null,\"user_id\":null}",
            "RFC 8785: sorted keys, no spaces"
        );
    }
    assert_ne!(
        rows[0].leaf, rows[1].leaf,
        "the salt alone tells them apart"
    );
}

fn an_entry_that_cannot_be_written_stops_the_change(place: &Place) {
    let store = place.open();
    place.behind("INSERT INTO audit (seq, n, event, at, operation, leaf) SELECT 1, 0, 'x', 0, 'x', value FROM key_checks");
    store
        .write(|unit| key_checks::insert(unit, 1, &[1; 32]))
        .unwrap();
    place.behind("INSERT INTO audit (seq, n, event, at, operation, leaf) SELECT 2, 0, 'x', 0, 'x', value FROM key_checks");
    let stopped = store.write(|unit| {
        key_checks::insert(unit, 2, &[2; 32])?;
        unit.audit(&entry(Event::TokenCreate, NOW))
    });
    assert!(stopped.unwrap_err().is_conflict_on("audit_pkey"));
    assert_eq!(store.read(key_checks::all).unwrap().len(), 1);
}

/// Changes 1 to 3, the second with two entries.
fn write_four_entries(store: &Store) {
    let (organization, user): (OrganizationId, UserId) = (id(ORG), id(BOB));
    store
        .write(|unit| {
            unit.audit(&AuditEntry {
                organization: Some(organization),
                ..entry(Event::TokenCreate, NOW)
            })
        })
        .unwrap();
    store
        .write(|unit| {
            unit.audit(&AuditEntry {
                user: Some(user),
                ..entry(Event::TokenUpdate, later(1))
            })?;
            unit.audit(&AuditEntry {
                actor: Some(user.into()),
                token: Some(id(TOKEN)),
                ..entry(Event::TokenDestroy, later(1))
            })
        })
        .unwrap();
    store
        .write(|unit| {
            unit.audit(&AuditEntry {
                repository: Some(id(REPOSITORY)),
                actor: None,
                ..entry(Event::TokenCreate, later(2))
            })
        })
        .unwrap();
}

const ALL: [(i64, i64); 4] = [(3, 0), (2, 1), (2, 0), (1, 0)];

fn the_log_is_read_by_filters(place: &Place) {
    let store = place.open();
    write_four_entries(&store);
    let (organization, user): (OrganizationId, UserId) = (id(ORG), id(BOB));
    let places = |filter: Filter, limit| -> Vec<(i64, i64)> {
        let rows = store
            .read(|unit| audit::page(unit, &filter, limit))
            .unwrap();
        rows.iter().map(|row| (row.seq.0, row.n)).collect()
    };
    assert_eq!(places(Filter::default(), 10), ALL);
    for (filter, expected) in [
        (
            Filter {
                organization: Some(organization),
                ..Filter::default()
            },
            vec![(1, 0)],
        ),
        (
            Filter {
                actors: Some([id(ANN)].into()),
                ..Filter::default()
            },
            vec![(2, 0), (1, 0)],
        ),
        (
            Filter {
                about: Some(user),
                ..Filter::default()
            },
            vec![(2, 1), (2, 0)],
        ),
        (
            Filter {
                token: Some(id(TOKEN)),
                ..Filter::default()
            },
            vec![(2, 1)],
        ),
        (
            Filter {
                repository: Some(id(REPOSITORY)),
                ..Filter::default()
            },
            vec![(3, 0)],
        ),
        (
            Filter {
                within: Some([id(REPOSITORY)].into()),
                ..Filter::default()
            },
            ALL.to_vec(),
        ),
        (
            Filter {
                within: Some([].into()),
                ..Filter::default()
            },
            vec![(2, 1), (2, 0), (1, 0)],
        ),
        (
            Filter {
                events: vec![Event::TokenCreate, Event::TokenUpdate],
                ..Filter::default()
            },
            vec![(3, 0), (2, 0), (1, 0)],
        ),
        (
            Filter {
                from: Some(later(1)),
                until: Some(later(2)),
                ..Filter::default()
            },
            vec![(2, 1), (2, 0)],
        ),
        (
            Filter {
                events: vec![Event::TokenCreate],
                from: Some(later(1)),
                actors: Some([id(ANN)].into()),
                ..Filter::default()
            },
            vec![],
        ),
    ] {
        assert_eq!(places(filter.clone(), 10), expected, "{filter:?}");
    }
}

fn the_log_is_read_by_pages(place: &Place) {
    let store = place.open();
    write_four_entries(&store);
    // Also through the middle of a change: nothing twice and nothing left out.
    for size in 1..=3 {
        let (mut seen, mut filter) = (Vec::new(), Filter::default());
        loop {
            let rows = store.read(|unit| audit::page(unit, &filter, size)).unwrap();
            let Some(last) = rows.last() else { break };
            filter.before = Some((last.seq, last.n));
            seen.extend(rows.iter().map(|row| (row.seq.0, row.n)));
        }
        assert_eq!(seen, ALL, "pages of {size}");
    }
}

fn retention_keeps_the_leaf(place: &Place) {
    let store = place.open();
    let organization = Some(id(ORG));
    store
        .write(|unit| {
            unit.audit(&AuditEntry {
                organization,
                ..entry(Event::TokenCreate, NOW)
            })?;
            unit.audit(&entry(Event::TokenCreate, NOW))?;
            unit.audit(&AuditEntry {
                organization,
                ..entry(Event::TokenCreate, later(1))
            })
        })
        .unwrap();
    let before = store
        .read(|unit| audit::page(unit, &Filter::default(), 10))
        .unwrap();
    assert_eq!(
        store
            .side(|unit| audit::forget(unit, true, later(1)))
            .unwrap(),
        1
    );
    let kept = |store: &Store| -> Vec<bool> {
        let rows = store
            .read(|unit| audit::page(unit, &Filter::default(), 10))
            .unwrap();
        assert!(
            rows.iter()
                .zip(&before)
                .all(|(now, then)| now.leaf == then.leaf)
        );
        assert!(
            rows.iter()
                .all(|row| row.body.is_some() == row.salt.is_some())
        );
        rows.iter().map(|row| row.body.is_some()).collect()
    };
    assert_eq!(kept(&store), [true, true, false], "newest first");
    assert_eq!(
        store
            .side(|unit| audit::forget(unit, false, later(1)))
            .unwrap(),
        1
    );
    assert_eq!(kept(&store), [true, false, false]);
}

fn use_is_counted_and_only_the_latest_is_last(place: &Place) {
    let store = place.open();
    world::fill(&store);
    let last = |seconds, door: &str| LastUse {
        secret: id(SECRET),
        at: later(seconds),
        address: Some("192.0.2.1".to_owned()),
        door: door.to_owned(),
        operation: "git.fetch".to_owned(),
    };
    let counted = |verdict: &str, count| HourlyCount {
        token: id(TOKEN),
        hour: NOW.hour(),
        operation: "git.fetch".to_owned(),
        verdict: verdict.to_owned(),
        count,
    };
    store
        .side(|unit| {
            activity::write(
                unit,
                &[last(5, "git")],
                &[counted("allow", 3), counted("role_too_low", 1)],
            )
        })
        .unwrap();
    // A batch of another node that is written late does not turn time back; counts add up.
    store
        .side(|unit| activity::write(unit, &[last(4, "rest")], &[counted("allow", 2)]))
        .unwrap();
    assert_eq!(
        store
            .read(|unit| activity::last_uses(unit, id(TOKEN)))
            .unwrap(),
        [last(5, "git")]
    );
    store
        .side(|unit| activity::write(unit, &[last(6, "rest")], &[]))
        .unwrap();
    assert_eq!(
        store
            .read(|unit| activity::last_uses(unit, id(TOKEN)))
            .unwrap(),
        [last(6, "rest")]
    );
    let hours = store
        .read(|unit| activity::hours(unit, id(TOKEN), NOW.hour()))
        .unwrap();
    let mine: Vec<_> = hours
        .into_iter()
        .filter(|hour| hour.operation == "git.fetch")
        .collect();
    assert_eq!(mine, [counted("allow", 5), counted("role_too_low", 1)]);
    assert_eq!(
        store
            .read(|unit| activity::hours(unit, id(TOKEN), later(7200)))
            .unwrap(),
        []
    );
    assert_eq!(
        store
            .side(|unit| activity::forget(unit, NOW.hour()))
            .unwrap(),
        0
    );
    assert_eq!(
        store.side(|unit| activity::forget(unit, later(1))).unwrap(),
        3,
        "with the one of the world"
    );
}

fn a_job_is_leased_to_one_and_comes_back_if_it_is_not_done(place: &Place) {
    let store = place.open();
    let refused = store.write(|unit| -> Result<(), StoreError> {
        jobs::add(unit, "never", "{}", NOW)?;
        Err(StoreError::Reference)
    });
    assert!(refused.is_err());
    let second = store
        .write(|unit| jobs::add(unit, "second", "{}", later(1)))
        .unwrap();
    let first = store
        .write(|unit| jobs::add(unit, "first", "{\"a\":1}", NOW))
        .unwrap();
    let lease = |now, until| store.side(|unit| jobs::lease(unit, now, until)).unwrap();
    let got = lease(NOW, later(60)).unwrap();
    assert_eq!(
        (
            got.id,
            got.kind.as_str(),
            got.payload.as_str(),
            got.attempts
        ),
        (first, "first", "{\"a\":1}", 1)
    );
    assert_eq!(
        lease(NOW, later(60)),
        None,
        "the other is not due, and this one is leased"
    );
    assert_eq!(lease(later(1), later(61)).unwrap().id, second);
    // The first worker died: at the end of its lease another takes it.
    let again = lease(later(60), later(120)).unwrap();
    assert_eq!((again.id, again.attempts), (first, 2));
    store
        .side(|unit| jobs::put_off(unit, first, later(200), "no answer"))
        .unwrap();
    let (waiting, total) = store.read(|unit| jobs::waiting(unit, 9)).unwrap();
    let put_off = waiting.iter().find(|row| row.id == first).unwrap();
    assert_eq!(
        (put_off.fault.as_deref(), put_off.due_at, total),
        (
            Some("no answer"),
            later(200),
            i64::try_from(waiting.len()).unwrap()
        )
    );
    assert!(
        store
            .side(|unit| jobs::finish(unit, second, "done", None, later(60)))
            .unwrap()
    );
    assert!(
        !store
            .side(|unit| jobs::finish(unit, second, "done", None, later(60)))
            .unwrap()
    );
    assert_eq!(lease(later(199), later(300)), None);
    assert_eq!(lease(later(200), later(300)).unwrap().attempts, 3);
    assert_eq!(store.side(|unit| jobs::forget(unit, later(61))).unwrap(), 1);
}

fn concurrent_workers_never_share_a_job(place: &Place) {
    let stores = [place.open(), place.open()];
    for _ in 0..40 {
        stores[0]
            .write(|unit| jobs::add(unit, "x", "", NOW))
            .unwrap();
    }
    let mut taken: Vec<jeton_store::JobId> = std::thread::scope(|scope| {
        let workers: Vec<_> = (0..4)
            .map(|worker: usize| {
                let store = &stores[worker % 2];
                scope.spawn(move || {
                    let (mut mine, mut misses) = (Vec::new(), 0);
                    while misses < 20 {
                        match store
                            .side(|unit| jobs::lease(unit, NOW, later(60)))
                            .unwrap()
                        {
                            Some(job) => mine.push(job.id),
                            None => misses += 1,
                        }
                    }
                    mine
                })
            })
            .collect();
        workers
            .into_iter()
            .flat_map(|worker| worker.join().unwrap())
            .collect()
    });
    taken.sort_unstable();
    assert_eq!(taken.len(), 40);
    taken.dedup();
    assert_eq!(taken.len(), 40);
}

fn an_intent_is_resolved_once(place: &Place) {
    let store = place.open();
    world::fill(&store);
    let intent = PushIntent {
        repository: id(REPOSITORY),
        token: Some(id(TOKEN)),
        secret: Some(id(SECRET)),
        actor: id(BOB),
        push: "p1".to_owned(),
        ref_name: "refs/heads/main".to_owned(),
        old_object: "0".repeat(40),
        new_object: "a".repeat(40),
        created_at: NOW,
    };
    let made = store
        .write(|unit| push_intents::insert(unit, &intent))
        .unwrap();
    let open = store.read(push_intents::open).unwrap();
    assert!(open.contains(&(made, intent)));
    store
        .write(|unit| push_intents::resolve(unit, made, Outcome::Updated, NOW))
        .unwrap();
    let again = store.write(|unit| push_intents::resolve(unit, made, Outcome::Refused, NOW));
    assert!(matches!(again, Err(StoreError::Stale { affected: 0 })));
    assert!(
        store
            .read(push_intents::open)
            .unwrap()
            .iter()
            .all(|(id, _)| *id != made)
    );
}

fn a_setup_code_is_redeemed_once(place: &Place) {
    let store = place.open();
    let redeem = |digest: [u8; 32], now| {
        store
            .write(|unit| setup_codes::redeem(unit, &digest, now))
            .unwrap()
    };
    store
        .write(|unit| setup_codes::replace(unit, &[1; 32], NOW, later(3600)))
        .unwrap();
    store
        .write(|unit| setup_codes::replace(unit, &[2; 32], NOW, later(3600)))
        .unwrap();
    assert!(!redeem([1; 32], NOW), "a new code ends the earlier one");
    assert!(!redeem([2; 32], later(3600)), "over at the instant it ends");
    assert!(redeem([2; 32], later(3599)));
    assert!(!redeem([2; 32], later(3599)));
    assert!(!redeem([3; 32], NOW));
}

fn a_key_is_recorded_once(place: &Place) {
    let store = place.open();
    store
        .write(|unit| {
            key_checks::insert(unit, 2, &[2; 32])?;
            key_checks::insert(unit, 1, &[1; 32])
        })
        .unwrap();
    assert_eq!(
        store.read(key_checks::all).unwrap(),
        [(1, [1; 32]), (2, [2; 32])]
    );
    let again = store.write(|unit| key_checks::insert(unit, 1, &[9; 32]));
    assert!(again.unwrap_err().is_conflict_on("key_checks_pkey"));
}
