//! `cargo xtask bench`: measures Jeton against named baselines, each pair in turns in the same run, and writes
//! `docs/benchmarks.md`.

#![expect(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a command line: results go to stdout, the rest to stderr"
)]

mod clone_push;
mod decide;
mod error;
mod git_peer;
mod info_refs;
mod machine;
mod nginx;
mod packages;
mod pages;
mod pairs;
mod peers;
mod process;
mod rest;
mod server;
mod table;
mod token_check;
mod town;
mod world;
mod wrk;

use std::cell::OnceCell;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use error::Error;
use machine::Tree;
use table::{Row, Rows, Target};
use world::World;

type Area = (&'static str, fn(&Context, &mut Rows) -> Result<(), Error>);

/// The areas, by the names that they are asked for with.
const AREAS: &[Area] = &[
    ("decide", decide::rows),
    ("token-check", token_check::rows),
    ("rest", rest::rows),
    ("info-refs", info_refs::rows),
    ("clone-push", clone_push::rows),
    ("pages", pages::rows),
    ("packages", packages::rows),
];

/// The repository that everything is asked about.
const REPOSITORY: &str = "enchilada";

/// How many tokens a world has.
#[derive(Clone, Copy, Debug)]
struct Size {
    count: usize,
    name: &'static str,
}

const SMALL: Size = Size {
    count: 1_000,
    name: "1,000",
};
const LARGE: Size = Size {
    count: 1_000_000,
    name: "1,000,000",
};
/// In the place of the large one where the programs are tried, and not Jeton.
const TRIAL: Size = Size {
    count: 10_000,
    name: "10,000",
};

/// A world that takes long to make.
struct Sized {
    size: Size,
    world: OnceCell<World>,
}

impl Sized {
    fn new(size: Size) -> Self {
        Self {
            size,
            world: OnceCell::new(),
        }
    }

    fn world(&self) -> Result<&World, Error> {
        made(&self.world, || {
            World::make(self.size.count, &[REPOSITORY.to_owned()])
        })
    }
}

/// What areas share.
struct Context {
    small: Sized,
    large: Sized,
    jeton: OnceCell<PathBuf>,
    keep: bool,
    trial: bool,
}

impl Context {
    fn new(flags: Flags) -> Self {
        Self {
            small: Sized::new(SMALL),
            large: Sized::new(if flags.trial { TRIAL } else { LARGE }),
            jeton: OnceCell::new(),
            keep: flags.keep,
            trial: flags.trial,
        }
    }

    /// The release executable, as it is built from this tree.
    fn jeton(&self) -> Result<&Path, Error> {
        made(&self.jeton, || server::build(self.keep)).map(PathBuf::as_path)
    }
}

/// How to run.
#[derive(Clone, Copy)]
struct Flags {
    /// The server's executable is taken as it is, and not built.
    keep: bool,
    /// Few tokens, and nothing is written.
    trial: bool,
}

fn made<T>(cell: &OnceCell<T>, make: impl FnOnce() -> Result<T, Error>) -> Result<&T, Error> {
    if let Some(known) = cell.get() {
        return Ok(known);
    }
    let fresh = make()?;
    Ok(cell.get_or_init(|| fresh))
}

/// Does the work on so many parts of equal length at a time.
fn in_parallel<T: Sync>(
    items: &[T],
    parts: usize,
    work: impl Fn(&[T]) -> Result<(), Error> + Sync,
) -> Result<(), Error> {
    let share = items.len().div_ceil(parts).max(1);
    std::thread::scope(|scope| {
        let threads: Vec<_> = items
            .chunks(share)
            .map(|part| scope.spawn(|| work(part)))
            .collect();
        threads.into_iter().try_for_each(|thread| {
            thread
                .join()
                .unwrap_or_else(|_| Err(Error::Measure("a thread broke".to_owned())))
        })
    })
}

/// The folder of the project.
fn root() -> &'static Path {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    here.parent().unwrap_or(here)
}

fn main() -> ExitCode {
    let (words, names): (Vec<String>, Vec<String>) = std::env::args()
        .skip(1)
        .partition(|word| word.starts_with("--"));
    match run(&words, &names) {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::FAILURE
        }
    }
}

/// `false`: an area could not be measured. Targets that are missed are a finding and no failure.
fn run(words: &[String], names: &[String]) -> Result<bool, Error> {
    if let Some(unknown) = words
        .iter()
        .find(|word| !["--keep", "--trial"].contains(&word.as_str()))
    {
        return Err(Error::Measure(format!(
            "`{unknown}` is unknown; there are `--keep` (do not build the server) and `--trial` (few tokens, \
             nothing is written)"
        )));
    }
    let flags = Flags {
        keep: words.iter().any(|word| word == "--keep"),
        trial: words.iter().any(|word| word == "--trial"),
    };
    if let Some(unknown) = names
        .iter()
        .find(|name| AREAS.iter().all(|(known, _)| known != name))
    {
        let known: Vec<_> = AREAS.iter().map(|(name, _)| *name).collect();
        return Err(Error::Measure(format!(
            "`{unknown}` is no benchmark; there are: {}",
            known.join(", ")
        )));
    }
    let before = Tree::now();
    let context = Context::new(flags);
    let mut rows = Rows::new();
    if !flags.keep && (names.is_empty() || names.iter().any(|name| name != "decide")) {
        rows.say("building the server");
        context.jeton()?;
    }
    let mut whole = true;
    for (name, area) in AREAS
        .iter()
        .filter(|(name, _)| names.is_empty() || names.iter().any(|n| n == name))
    {
        rows.say(&format!("measuring {name}"));
        if let Err(error) = area(&context, &mut rows) {
            // The others are measured all the same, and the table says what is not in it.
            whole = false;
            rows.push(Row::skipped(
                &format!("the rest of `{name}`"),
                Target::None,
                &error.to_string(),
            ));
        }
    }
    let table = table::table(&rows.rows);
    println!("{table}");
    if names.is_empty() && !flags.trial && !flags.keep {
        let tree = before.describe(&Tree::now());
        let path = root().join("docs/benchmarks.md");
        std::fs::write(&path, page(&tree, rows.seconds(), &table)).map_err(Error::io(&path))?;
        println!("written to docs/benchmarks.md");
    }
    Ok(whole)
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
  asked in another order than they were loaded in. cedar-policy holds an entity for each token and is asked about them
  in another order too; nothing is digested for it, and its requests are made before the clock runs.
- **token check**: `GET /api/jeton/v1/check` by `wrk` on 64 connections, with a random known token in each request; the
  bare handler gets the same requests. Every token was asked once before. Processor time is the server's alone, and
  growth is told by it: a million tokens cost the load generator something too.
- **REST**: `wrk` on 64 connections, with a random one of a million known tokens in each request. The baseline is nginx
  with the body of Jeton's own answer as a static file, asked with the same requests; it looks at no token.
- **Git**: the baseline is `git http-backend` behind nginx and fcgiwrap (2 children) with a plain-text password file,
  on a copy of the same repository, packed alike. The target is about requests; the time of `git ls-remote` is mostly
  that command's own.
- **pages**: every page of the route tables that needs no link of its own, opened by an owner of the organization who
  administers the site and has 1,000 of the tokens. From the request's first byte to the answer's last, on a
  connection that is there already. *Cold*: the first request for this page that a server gets which was just
  started, the sign-in apart; *warm*: the median of the next ten. The slowest page counts.
- **packages**: Verdaccio is the one of npm, without a registry behind it, without its pages, and with signed tokens, its
  quicker kind; npm's abbreviated metadata of 30 versions and a file of 50,000 bytes that nothing packs smaller, each
  with a token, by `wrk` on 64 connections. *Cold*: 200 packages, each asked for once, by 8 threads, of a server that was
  just started. *Published*: from the first byte of npm's document to the answer, one at a time.
- **memory**: the most that the server's process had at any time (`VmHWM`), the git processes that it starts not counted.
- **answers**: each load's status is looked at once before, and counted under load; a wrong one voids the measurement.
";

fn page(tree: &str, seconds: u64, table: &str) -> String {
    let now = world::now().iso();
    let facts = machine::facts();
    format!("{HEAD}{now} · {tree} · {facts} · {seconds} s in all\n\n{table}{NOTES}")
}
