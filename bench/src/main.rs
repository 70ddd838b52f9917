//! `cargo xtask bench`: measures Jeton against named baselines, each pair in turns in the same run, and writes
//! `docs/benchmarks.md`.

mod clone_push;
mod decide;
mod error;
mod git_peer;
mod info_refs;
mod machine;
mod pairs;
mod peers;
mod process;
mod server;
mod table;
mod token_check;
mod world;
mod wrk;

use std::cell::OnceCell;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use error::Error;
use table::Row;
use world::World;

type Area = (&'static str, fn(&Context) -> Result<Vec<Row>, Error>);

/// The areas, by the names that they are asked for with.
const AREAS: &[Area] = &[
    ("decide", decide::rows),
    ("token-check", token_check::rows),
    ("info-refs", info_refs::rows),
    ("clone-push", clone_push::rows),
];

/// The repository that everything is asked about.
const REPOSITORY: &str = "enchilada";

/// What areas share: worlds that take long to make, and the server's executable.
#[derive(Default)]
struct Context {
    small: OnceCell<World>,
    large: OnceCell<World>,
    jeton: OnceCell<PathBuf>,
    keep: bool,
}

impl Context {
    fn small(&self) -> Result<&World, Error> {
        made(&self.small, || World::make(1_000, &[REPOSITORY.to_owned()]))
    }

    fn large(&self) -> Result<&World, Error> {
        made(&self.large, || {
            eprintln!("making 1,000,000 tokens");
            World::make(1_000_000, &[REPOSITORY.to_owned()])
        })
    }

    /// The release executable, as it is built from this tree.
    fn jeton(&self) -> Result<&Path, Error> {
        made(&self.jeton, || server::build(self.keep)).map(PathBuf::as_path)
    }
}

fn made<T>(cell: &OnceCell<T>, make: impl FnOnce() -> Result<T, Error>) -> Result<&T, Error> {
    match cell.get() {
        Some(known) => Ok(known),
        None => {
            let fresh = make()?;
            Ok(cell.get_or_init(|| fresh))
        }
    }
}

/// The folder of the project.
fn root() -> &'static Path {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    here.parent().unwrap_or(here)
}

fn main() -> ExitCode {
    let (flags, names): (Vec<String>, Vec<String>) = std::env::args().skip(1).partition(|word| word == "--keep");
    match run(&names, !flags.is_empty()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::FAILURE
        }
    }
}

/// `keep`: the server's executable is taken as it is, and not built.
fn run(names: &[String], keep: bool) -> Result<(), Error> {
    if let Some(unknown) = names.iter().find(|name| AREAS.iter().all(|(known, _)| known != name)) {
        let known: Vec<_> = AREAS.iter().map(|(name, _)| *name).collect();
        return Err(Error::Measure(format!("`{unknown}` is no benchmark; there are: {}", known.join(", "))));
    }
    let context = Context { keep, ..Context::default() };
    let mut rows = vec![];
    for (name, area) in AREAS.iter().filter(|(name, _)| names.is_empty() || names.iter().any(|n| n == name)) {
        eprintln!("measuring {name}");
        let found = area(&context)?;
        // Already now: the rest takes minutes.
        eprintln!("{}", table::table(&found));
        rows.extend(found);
    }
    let table = table::table(&rows);
    println!("{table}");
    if names.is_empty() {
        let path = root().join("docs/benchmarks.md");
        std::fs::write(&path, page(&table)).map_err(Error::io(&path))?;
        println!("written to docs/benchmarks.md");
    }
    Ok(())
}

const HEAD: &str = "\
# Benchmarks

Written by `cargo xtask bench`; the program is in `bench/`. Every row is a ratio against a baseline that was measured
in the same run, in turns (ours, theirs, ours, theirs …), and shows the median of the pairs' ratios with the least and
the greatest. Load generator, server and baseline share the machine, so the absolute figures are floors, and only the
ratios say something. A row whose baseline is not to be had is skipped, never met.

";

const NOTES: &str = "
How it was measured:

- **decision**: from a parsed token on: keyed digest, credential and place from the caches, decision, counting of the
  use. The look-up map of the baseline is hashbrown's with its own hasher, 32-byte keys and 24-byte values. Tokens are
  asked in another order than they were loaded in.
- **token check**: `GET /api/jeton/v1/check` by `wrk` on 64 connections, with a random known token in each request; the
  bare handler gets the same requests. Every token was asked once before. Processor time is the server's alone.
- **Git**: the baseline is `git http-backend` behind nginx and fcgiwrap (2 children) with a plain-text password file,
  on a copy of the same repository, packed alike.
- **memory**: the most that the server's process had at any time (`VmHWM`), the git processes that it starts not counted.
";

fn page(table: &str) -> String {
    let now = world::now().iso();
    format!("{HEAD}{} · commit {} · {}\n\n{table}{NOTES}", now, machine::commit(), machine::facts())
}
