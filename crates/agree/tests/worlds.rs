//! Both deciders on random worlds, and the shipped predicate on random lists.

use jeton_agree::{Tally, Worlds, lists};

#[test]
fn both_deciders_agree_and_every_code_comes_up() {
    let tally = Tally::of(100_000, 1);
    assert_eq!(tally.worlds, 100_000);
    assert_eq!(tally.differ, 0, "{}", tally.examples.join("\n"));
    // A reading that explains nothing any more was mended: its row goes.
    assert_eq!(tally.open.iter().find(|(_, count)| *count == 0), None);
    // One in a hundred, in hundredths of a percent.
    let rare: Vec<_> = tally
        .shares()
        .into_iter()
        .filter(|(_, share)| *share < 100)
        .collect();
    assert_eq!(rare, [], "too rare to prove much");
}

#[test]
fn a_predicate_is_the_decision_about_each_repository() {
    let tally = lists::Tally::of(20_000, 1);
    assert_eq!(tally.lists, 20_000);
    assert_eq!(tally.differ, 0, "{}", tally.examples.join("\n"));
    assert!(
        tally.admitted > 20_000 && tally.refused > 20_000,
        "{} and {}",
        tally.admitted,
        tally.refused
    );
}

#[test]
fn a_seed_names_its_worlds() {
    let row = |seed| Worlds::new(seed).take(50).collect::<Vec<_>>();
    assert_eq!(row(7), row(7));
    assert_ne!(row(7), row(8));
}
