//! `cargo xtask test`: everything, or the named areas.

mod build;
mod install;
mod links;
mod lints;
mod npm;
pub(crate) mod postgres;
mod python;
mod runner;
mod tally;

use std::path::Path;

use crate::error::Error;
use crate::graph::Graph;
use crate::process::{Stopwatch, names_folder};
use crate::{generate, laws};
use build::Build;
use install::Missing;
use postgres::Postgres;
use runner::{Runner, There};
use tally::{Report, Tally};

/// What can be run by name, in the order in which everything runs: the quick ones first.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Area {
    Laws,
    Links,
    Lints,
    Unit,
    Property,
    Conformance,
    Walk,
    Stories,
    Browser,
    Clients,
    Generated,
}

impl Area {
    const ALL: [Self; 11] = [
        Self::Laws,
        Self::Links,
        Self::Lints,
        Self::Unit,
        Self::Property,
        Self::Conformance,
        Self::Walk,
        Self::Stories,
        Self::Browser,
        Self::Clients,
        Self::Generated,
    ];

    fn name(self) -> &'static str {
        match self {
            Self::Laws => "laws",
            Self::Links => "links",
            Self::Lints => "lints",
            Self::Unit => "unit",
            Self::Property => "property",
            Self::Conformance => "conformance",
            Self::Walk => "walk",
            Self::Stories => "stories",
            Self::Browser => "browser",
            Self::Clients => "clients",
            Self::Generated => "generated",
        }
    }

    /// Runs what the test build makes.
    fn needs_build(self) -> bool {
        !matches!(self, Self::Laws | Self::Links | Self::Lints)
    }

    /// Has tests that want a `PostgreSQL` server.
    fn needs_postgres(self) -> bool {
        matches!(self, Self::Conformance | Self::Walk | Self::Stories)
    }

    /// Has tests that want what is on npm.
    fn needs_npm(self) -> bool {
        matches!(self, Self::Browser | Self::Clients)
    }

    /// Has tests that want what is on `PyPI`.
    fn needs_python(self) -> bool {
        matches!(self, Self::Clients)
    }

    /// The named areas in running order; all if none is named.
    fn choose(words: &[String]) -> Result<Vec<Self>, Error> {
        if let Some(unknown) = words
            .iter()
            .find(|word| !Self::ALL.iter().any(|area| area.name() == *word))
        {
            return Err(Error::Usage(format!("unknown area `{unknown}`")));
        }
        Ok(Self::ALL
            .into_iter()
            .filter(|area| words.is_empty() || words.iter().any(|word| word == area.name()))
            .collect())
    }
}

/// Runs the areas, prints a summary and says whether all is well.
pub(crate) fn run(words: &[String]) -> Result<bool, Error> {
    let areas = Area::choose(words)?;
    let clock = Stopwatch::start();
    let graph = Graph::load()?;
    let mut report = Report::default();
    for &area in areas.iter().filter(|area| !area.needs_build()) {
        let clock = begin(area.name());
        let tally = match area {
            Area::Laws => {
                let verdict = laws::check(&graph)?;
                Tally::of(verdict.kept, verdict.broken)
            }
            Area::Links => links::run()?,
            _ => lints::run(&graph.target, &mut report)?,
        };
        report.add(area.name(), tally, clock);
    }
    if areas.iter().any(|area| area.needs_build()) {
        run_built(&areas, &graph, &mut report)?;
    }
    report.print(clock);
    Ok(report.is_well())
}

fn begin(name: &str) -> Stopwatch {
    println!("==== {name}");
    Stopwatch::start()
}

/// The areas that need the test build: what they need is installed, the build is made once, `PostgreSQL` runs meanwhile.
fn run_built(areas: &[Area], graph: &Graph, report: &mut Report) -> Result<(), Error> {
    let wants_postgres = areas.iter().any(|area| area.needs_postgres());
    let work = graph.target.join("xtask");
    let mut missing = install::ensure(areas, &mut install::apt)?;
    if areas.iter().any(|area| area.needs_npm()) {
        missing.extend(npm::ensure(&work)?);
    }
    if areas.iter().any(|area| area.needs_python()) {
        missing.extend(python::ensure(&work)?);
    }
    let postgres_missing = missing.iter().any(Missing::is_postgres);
    for missing in &missing {
        report.miss(missing);
    }

    let clock = begin("build");
    let Some(build) = Build::make(graph)? else {
        report.add("build", Tally::of(0, 1), clock);
        return Ok(());
    };
    report.add("build", Tally::default(), clock);

    let postgres = if wants_postgres && !postgres_missing {
        Some(Postgres::start()?)
    } else {
        None
    };
    let runner = Runner {
        build: &build,
        logs: work,
        postgres: postgres.as_ref().map(Postgres::url),
        there: There {
            browser: !missing.iter().any(Missing::is_browser),
            clients: !missing.iter().any(Missing::is_client),
            reference: names_folder(runner::REFERENCE_FOLDER),
        },
        nextest: runner::has_nextest(),
    };
    for &area in areas.iter().filter(|area| area.needs_build()) {
        let clock = begin(area.name());
        let tally = match area {
            Area::Generated => generated(build.jeton.as_deref())?,
            _ => runner.run(area, report)?,
        };
        report.add(area.name(), tally, clock);
    }
    Ok(())
}

fn generated(jeton: Option<&Path>) -> Result<Tally, Error> {
    let Some(jeton) = jeton else {
        println!("failed: the build made no program `jeton`");
        return Ok(Tally::of(0, 1));
    };
    let stale = generate::check(jeton)?;
    for (path, why) in &stale {
        println!("failed: {path}: {why}");
    }
    Ok(Tally::of(generate::FILES.len() - stale.len(), stale.len()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn areas_run_in_their_own_order_and_unknown_ones_are_refused() {
        let words =
            |text: &str| -> Vec<String> { text.split_whitespace().map(str::to_owned).collect() };
        assert_eq!(Area::choose(&[]).unwrap(), Area::ALL);
        assert_eq!(
            Area::choose(&words("stories laws")).unwrap(),
            [Area::Laws, Area::Stories]
        );
        assert!(Area::choose(&words("laws story")).is_err());
    }
}
