//! Every planted fault is caught, and a copy without one never is.

#![allow(clippy::unwrap_used, reason = "a test")]

use jeton_agree::Worlds;
use jeton_agree::compare::{Answers, compare};
use jeton_agree::facts::Told;
use jeton_agree::lists::{Lists, ToldList, difference, items, naive};
use jeton_agree_faults::{COPIES, FAULTS};

const WORLDS: u64 = 40_000;
const LISTS: u64 = 5_000;
const SEED: u64 = 1;

/// After how many worlds each copy differed from the naive decider, where the real decision does not.
fn caught_by_worlds() -> Vec<Option<u64>> {
    let mut caught = vec![None; COPIES.len()];
    for (number, world) in (1..=WORLDS).zip(Worlds::new(SEED)) {
        let Answers::Agree(naive) = compare(&world) else {
            continue;
        };
        let told = Told::new(&world).unwrap();
        let (request, facts) = (told.request(), told.facts().unwrap());
        for (copy, caught) in COPIES.iter().zip(&mut caught) {
            if caught.is_none() && (copy.decide)(&request, &facts) != naive {
                *caught = Some(number);
            }
        }
    }
    caught
}

fn caught_by_lists() -> Vec<Option<u64>> {
    let mut caught = vec![None; COPIES.len()];
    for (number, list) in (1..=LISTS).zip(Lists::new(SEED)) {
        let (naive, items) = (naive(&list), items(&list).unwrap());
        if difference(&list) != Ok(naive.len()) {
            continue;
        }
        ToldList::new(&list).unwrap().with(|bearer, facts| {
            for (copy, caught) in COPIES.iter().zip(&mut caught) {
                let admits = (copy.list)(bearer, facts, &items);
                let admitted: Vec<i64> = items
                    .iter()
                    .zip(admits)
                    .filter(|(_, admits)| *admits)
                    .map(|((id, ..), _)| id.get())
                    .collect();
                if caught.is_none() && admitted != naive {
                    *caught = Some(number);
                }
            }
        });
    }
    caught
}

#[test]
#[expect(
    clippy::print_stdout,
    reason = "with `--nocapture` a reader sees after how many worlds each was caught"
)]
fn every_fault_is_caught() {
    let caught: Vec<_> = caught_by_worlds()
        .into_iter()
        .zip(caught_by_lists())
        .collect();
    assert_eq!(
        caught.first(),
        Some(&(None, None)),
        "the copy without a fault differs: the test would prove nothing"
    );
    let faults: Vec<_> = FAULTS.iter().zip(caught.iter().skip(1)).collect();
    assert!(faults.len() >= 30, "only {} faults", faults.len());
    for (fault, caught) in &faults {
        let text = match caught {
            (Some(worlds), _) => format!("after {worlds} worlds"),
            (None, Some(lists)) => format!("after {lists} lists"),
            (None, None) => "never".to_owned(),
        };
        println!("figure: {} ({}): caught {text}", fault.says, fault.file);
    }
    let missed: Vec<_> = faults
        .iter()
        .filter(|(_, caught)| **caught == (None, None))
        .map(|(fault, _)| fault.says)
        .collect();
    assert!(missed.is_empty(), "never caught: {missed:#?}");
}
