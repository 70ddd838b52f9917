//! What a request changes, in lines that a person reads: the same words on pages and in mails.

use std::collections::{BTreeMap, BTreeSet};

use jeton_domain::{
    Level, Maximum, RepositoryId, Selection, Widening, condition_lines, counted, first_of,
};
use serde::{Deserialize, Serialize};

use crate::difference::Difference;

/// One line.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Line {
    /// What it says.
    pub words: String,
    /// It gives more than before.
    pub more: bool,
    /// It was granted, and is asked for no more.
    pub gone: bool,
}

/// A longest life in words.
pub fn length(maximum: Maximum) -> String {
    match maximum {
        Maximum::Unlimited => "no limit".to_owned(),
        Maximum::Days(days) => counted(u64::from(days), "day", "days"),
    }
}

fn line(words: String, more: bool) -> Line {
    Line {
        words,
        more,
        gone: false,
    }
}

/// Repositories that a line names.
const NAMED: usize = 20;

/// The lines of a difference. `names`: of repositories, as far as whoever looks sees them.
pub fn lines(difference: &Difference, names: &BTreeMap<RepositoryId, String>) -> Vec<Line> {
    let first = difference.first;
    let mut lines = Vec::new();
    for change in &difference.permissions {
        let title = change.key.permission().full_title();
        let level = |level: Option<Level>| level.map_or("none", Level::name);
        match (change.was, change.is) {
            (was, Some(is)) if was == Some(is) => {
                lines.push(line(format!("{title}: {}, as before", is.name()), false));
            }
            (None, Some(is)) => lines.push(line(format!("{title}: {}", is.name()), !first)),
            (Some(_), None) => lines.push(Line {
                gone: true,
                ..line(format!("{title}: {}", level(change.was)), false)
            }),
            (was, is) => lines.push(line(
                format!("{title}: {} instead of {}", level(is), level(was)),
                is > was,
            )),
        }
    }
    lines.extend(repositories(difference, names));
    lines.extend(packages(difference));
    if difference.length.0 != difference.length.1 {
        let more = difference.widens.contains(&Widening::Length);
        let words = if first {
            format!("Lives for {}", length(difference.length.1))
        } else {
            format!(
                "Lives for {} instead of {}",
                length(difference.length.1),
                length(difference.length.0)
            )
        };
        lines.push(line(words, more && !first));
    }
    if difference.length.1 == Maximum::Unlimited && first {
        lines.push(line("Never ends by itself".to_owned(), true));
    }
    lines.extend(conditions(difference));
    lines
}

fn repositories(difference: &Difference, names: &BTreeMap<RepositoryId, String>) -> Vec<Line> {
    let some = |set: &BTreeSet<RepositoryId>, comes: &str| {
        let known: Vec<String> = set.iter().filter_map(|id| names.get(id).cloned()).collect();
        let number = counted(set.len() as u64, "repository", "repositories");
        match first_of(&known, set.len(), NAMED) {
            list if list.is_empty() => format!("{number}{comes}"),
            list => format!("{number}{comes}: {list}"),
        }
    };
    let one = match (&difference.selection.0, &difference.selection.1) {
        (_, Selection::Public) => line("Public repositories only".to_owned(), false),
        (Selection::All, Selection::All) => line(
            "All repositories, present and future, as before".to_owned(),
            false,
        ),
        (_, Selection::All) => line("All repositories, present and future".to_owned(), true),
        (_, Selection::Only(set)) if difference.first => line(some(set, ""), false),
        (_, Selection::Only(_)) => {
            let (added, removed) = (&difference.added, &difference.removed);
            let mut lines = Vec::new();
            if !added.is_empty() {
                let more = difference.widens.contains(&Widening::Repositories);
                lines.push(line(some(added, " more"), more));
            }
            if !removed.is_empty() {
                lines.push(line(some(removed, " less"), false));
            }
            if lines.is_empty() {
                lines.push(line("The same repositories".to_owned(), false));
            }
            return lines;
        }
    };
    vec![one]
}

/// Where packages are or were named one by one.
fn packages(difference: &Difference) -> Option<Line> {
    let (was, is) = &difference.packages;
    let words = match (was.names(), is.names()) {
        (None, None) => return None,
        (Some(_), None) => "Packages of its repositories, instead of some by name".to_owned(),
        (_, Some(names)) => {
            let number = counted(names.len() as u64, "package", "packages");
            let known: Vec<String> = names.iter().cloned().collect();
            let words = match first_of(&known, names.len(), NAMED) {
                list if list.is_empty() => number,
                list => format!("{number} by name: {list}"),
            };
            if was == is {
                format!("{words}, as before")
            } else {
                words
            }
        }
    };
    let more = !difference.first && difference.widens.contains(&Widening::Packages);
    Some(line(words, more))
}

/// What is asked for together, line by line: a set that is changed says only what it changes.
fn conditions(difference: &Difference) -> Vec<Line> {
    let was = condition_lines(&difference.conditions.0);
    let is = condition_lines(&difference.conditions.1);
    let stays = is.iter().map(|words| {
        let before = if was.contains(words) {
            ", as before"
        } else {
            ""
        };
        line(format!("{words}{before}"), false)
    });
    let goes = was.iter().filter(|words| !is.contains(words));
    stays
        .chain(goes.map(|words| line(format!("No longer “{words}”"), true)))
        .collect()
}

#[cfg(test)]
mod tests {
    use jeton_domain::{AccountId, Allowed, Asked, Conditions, Grant, Id, RefPattern, RefRules};

    use super::*;

    fn asked(conditions: &[Conditions]) -> Asked {
        Asked {
            grant: Grant {
                selection: Selection::Only(BTreeSet::new()),
                conditions: conditions.to_vec(),
                ..Grant::nothing_of(AccountId::from_i64(3).unwrap())
            },
            length: Maximum::Days(30),
        }
    }

    fn refs(pattern: &str, no_force: bool) -> Conditions {
        Conditions {
            refs: RefRules::Only {
                patterns: RefPattern::parse(pattern).into_iter().collect(),
                no_force,
                no_delete: false,
            },
            ..Conditions::default()
        }
    }

    /// What is said of the conditions, and whether it is more.
    fn said(was: &[Conditions], is: &[Conditions]) -> Vec<(String, bool)> {
        let difference = Difference::new(Some(&asked(was)), &asked(is));
        conditions(&difference)
            .into_iter()
            .map(|line| (line.words, line.more))
            .collect()
    }

    #[test]
    fn a_changed_condition_says_only_what_changes() {
        let forward = refs("refs/**", true);
        let bot = refs("refs/heads/bot/*", true);
        let line = |words: &str, more| (words.to_owned(), more);
        assert_eq!(
            said(std::slice::from_ref(&forward), std::slice::from_ref(&bot)),
            [
                line("Writes only refs/heads/bot/*", false),
                line("No force pushes, as before", false),
            ],
            "nothing is taken off"
        );
        assert_eq!(
            said(
                std::slice::from_ref(&bot),
                &[refs("refs/heads/main", false)]
            ),
            [
                line("Writes only refs/heads/main", false),
                line("No longer “Writes only refs/heads/bot/*”", true),
                line("No longer “No force pushes”", true),
            ]
        );
        let office = Conditions {
            addresses: Allowed::Only(vec!["10.0.0.0/8".parse().unwrap()]),
            ..Conditions::default()
        };
        assert_eq!(
            said(&[forward.clone(), office], &[forward]),
            [
                line("No force pushes, as before", false),
                line("No longer “Only from 10.0.0.0/8”", true),
            ]
        );
    }

    #[test]
    fn many_repositories_that_come_and_go_are_named_and_counted() {
        let ids = |from: i64, to: i64| -> BTreeSet<RepositoryId> {
            (from..to).filter_map(RepositoryId::from_i64).collect()
        };
        let of = |set: BTreeSet<RepositoryId>| {
            let mut asked = asked(&[]);
            asked.grant.selection = Selection::Only(set);
            asked
        };
        let names: BTreeMap<_, _> = ids(1, 60)
            .into_iter()
            .map(|id| (id, format!("acme/r{}", id.get())))
            .collect();
        let difference = Difference::new(Some(&of(ids(1, 8))), &of(ids(8, 38)));
        let lines = repositories(&difference, &names);
        assert_eq!(lines.len(), 2, "{lines:?}");
        assert!(lines[0].more, "{lines:?}");
        assert!(
            lines[0]
                .words
                .starts_with("30 repositories more: acme/r8, ")
        );
        assert!(
            lines[0].words.ends_with("acme/r27 and 10 more"),
            "{lines:?}"
        );
        assert!(!lines[1].more, "{lines:?}");
        assert_eq!(
            lines[1].words,
            "7 repositories less: acme/r1, acme/r2, acme/r3, acme/r4, acme/r5, acme/r6, acme/r7"
        );
        let unseen = repositories(&difference, &BTreeMap::new());
        assert_eq!(unseen[0].words, "30 repositories more");
    }
}
