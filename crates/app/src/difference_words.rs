//! What a request changes, in lines that a person reads: the same words on pages and in mails.

use jeton_domain::{Allowed, Conditions, Level, Maximum, RefRules, Selection, Widening, counted};
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

/// The lines of a difference. `names`: of the repositories that come, as far as whoever looks sees them.
pub fn lines(difference: &Difference, names: &[String]) -> Vec<Line> {
    let first = difference.first;
    let mut lines = Vec::new();
    for change in &difference.permissions {
        let title = change.key.permission().title;
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
    lines.push(repositories(difference, names));
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
    for condition in &difference.tightened {
        lines.push(line(format!("Only {}", condition_words(condition)), false));
    }
    for condition in &difference.loosened {
        lines.push(line(
            format!("No more only {}", condition_words(condition)),
            true,
        ));
    }
    lines
}

fn repositories(difference: &Difference, names: &[String]) -> Line {
    let more = difference.widens.contains(&Widening::Repositories) && !difference.first;
    let listed = if names.is_empty() || names.len() > 5 {
        String::new()
    } else {
        format!(": {}", names.join(", "))
    };
    match (&difference.selection.0, &difference.selection.1) {
        (_, Selection::Public) => line("Public repositories only".to_owned(), false),
        (Selection::All, Selection::All) => line(
            "All repositories, present and future, as before".to_owned(),
            false,
        ),
        (_, Selection::All) => line("All repositories, present and future".to_owned(), true),
        (_, Selection::Only(set)) if difference.first => {
            let number = u64::try_from(set.len()).unwrap_or(u64::MAX);
            line(
                format!("{}{listed}", counted(number, "repository", "repositories")),
                false,
            )
        }
        (_, Selection::Only(_)) => {
            let count =
                |set: &std::collections::BTreeSet<_>| u64::try_from(set.len()).unwrap_or(u64::MAX);
            let (added, removed) = (count(&difference.added), count(&difference.removed));
            let words = match (added, removed) {
                (0, 0) => "The same repositories".to_owned(),
                (0, removed) => format!("{} less", counted(removed, "repository", "repositories")),
                (added, 0) => {
                    format!(
                        "{} more{listed}",
                        counted(added, "repository", "repositories")
                    )
                }
                (added, removed) => format!(
                    "{} more{listed}, {removed} less",
                    counted(added, "repository", "repositories")
                ),
            };
            line(words, more)
        }
    }
}

/// What a condition asks for, after 'only'.
pub fn condition_words(condition: &Conditions) -> String {
    let mut words = Vec::new();
    if let Allowed::Only(networks) = &condition.addresses {
        let networks: Vec<String> = networks.iter().map(ToString::to_string).collect();
        words.push(format!("from {}", networks.join(", ")));
    }
    if condition.hours != jeton_domain::Hours::Always {
        words.push("at certain hours".to_owned());
    }
    if condition.refs != RefRules::Unrestricted {
        words.push("to certain branches and tags".to_owned());
    }
    if words.is_empty() {
        "as it stands".to_owned()
    } else {
        words.join(" and ")
    }
}
