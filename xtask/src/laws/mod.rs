//! The laws of the house, checked on every change.
//!
//! A law is a function from what it looks at to what breaks it; beside each stands a test that breaks it on purpose.

mod length;
mod levels;
mod licences;
mod manners;
mod migrations;
mod purity;
mod reach;
mod workshop;

use std::fmt;

use crate::error::Error;
use crate::graph::Graph;
use crate::tree::Tree;

pub(crate) use licences::REGISTRY;

/// One place that breaks a law.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Violation {
    place: String,
    what: String,
}

impl Violation {
    fn new(place: impl Into<String>, what: impl Into<String>) -> Self {
        Self {
            place: place.into(),
            what: what.into(),
        }
    }

    fn at(path: &str, line: usize, what: impl Into<String>) -> Self {
        Self::new(format!("{path}:{line}"), what)
    }
}

impl fmt::Display for Violation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.place, self.what)
    }
}

struct Law {
    says: &'static str,
    check: fn(&Tree, &Graph) -> Vec<Violation>,
}

const LAWS: &[Law] = &[
    Law {
        says: "dependencies point downwards only",
        check: |_, graph| levels::check(graph),
    },
    Law {
        says: "the middle needs no runtime, database, network or randomness",
        check: |_, graph| purity::check_needs(graph),
    },
    Law {
        says: "the middle reads no clock, file or environment",
        check: |tree, _| purity::check_text(tree),
    },
    Law {
        says: "only the store speaks SQL",
        check: reach::check_sql,
    },
    Law {
        says: "only `out` and `client` open connections to the outside",
        check: reach::check_outgoing,
    },
    Law {
        says: "only the crates that may do so start programs",
        check: |tree, _| reach::check_programs(tree),
    },
    Law {
        says: "every crate takes the workspace's lints",
        check: |tree, _| manners::check_lints(tree),
    },
    Law {
        says: "no lint is silenced without a reason",
        check: |tree, _| manners::check_reasons(tree),
    },
    Law {
        says: "no unsafe code",
        check: |tree, _| manners::check_unsafe(tree),
    },
    Law {
        says: "nothing speaks of the machine it was made on",
        check: |tree, _| workshop::check(tree),
    },
    Law {
        says: "a file over 600 lines says why",
        check: |tree, _| length::check(tree),
    },
    Law {
        says: "each migration starts with its reason",
        check: |tree, _| migrations::check(tree),
    },
    Law {
        says: "licences and sources of what we use are on the list",
        check: |_, graph| licences::check(graph),
    },
];

/// How many laws hold and how many are broken.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Verdict {
    pub(crate) kept: usize,
    pub(crate) broken: usize,
}

/// Checks all laws on the project and prints what breaks them.
pub(crate) fn check(graph: &Graph) -> Result<Verdict, Error> {
    let tree = Tree::load()?;
    let mut verdict = Verdict { kept: 0, broken: 0 };
    for law in LAWS {
        let violations = (law.check)(&tree, graph);
        if violations.is_empty() {
            verdict.kept += 1;
        } else {
            verdict.broken += 1;
            println!("broken: {}", law.says);
            for violation in violations {
                println!("  {violation}");
            }
        }
    }
    Ok(verdict)
}

/// `cargo xtask laws`.
pub(crate) fn run() -> Result<bool, Error> {
    let verdict = check(&Graph::load()?)?;
    println!("{} laws kept, {} broken", verdict.kept, verdict.broken);
    Ok(verdict.broken == 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_empty_project_breaks_only_the_laws_that_need_to_see_something() {
        for law in LAWS {
            let violations = (law.check)(&Tree::default(), &Graph::default());
            // Nothing to look at is a fault where silence would mean that the check sees nothing any more.
            let must_see = law.says.starts_with("every crate")
                || law.says.starts_with("dependencies")
                || law.says.starts_with("licences");
            assert_eq!(violations.is_empty(), !must_see, "{}", law.says);
        }
    }
}
