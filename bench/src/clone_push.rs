//! Clone and push of a repository of 50 MB, and the server's memory while they run.

use std::path::Path;

use crate::error::Error;
use crate::git_peer::{self, Peer, git};
use crate::pairs::Pairs;
use crate::process::{run, time};
use crate::table::{Finding, Row, Rows, Target, number};
use crate::world::{OWNER, World};
use crate::{Context, REPOSITORY, server};

const ROUNDS: usize = 9;
const COMMITS: u32 = 500;
/// 500 files of 100,000 bytes make 50 MB.
const FILE: usize = 100_000;
const AS_FAST: Target = Target::AtMost(1.05);
const CLONE: &str = "clone of 50 MB";
const PUSH: &str = "push of 50 MB";
const MEMORY: Target = Target::AtMost(64.0);

pub(crate) fn rows(context: &Context, rows: &mut Rows) -> Result<(), Error> {
    let jeton = context.jeton()?;
    // A fresh repository for each push, the one that warms up included.
    let empty: Vec<String> = (0..=ROUNDS).map(|at| format!("empty-{at}")).collect();
    let names: Vec<String> = [REPOSITORY.to_owned()]
        .into_iter()
        .chain(empty.clone())
        .collect();
    let world = World::make(1, &names)?;
    let folder = tempfile::tempdir().map_err(Error::io("a temporary folder"))?;
    let home = folder.path();
    let hosted = world.repository(REPOSITORY)?;
    git_peer::fill(home, &hosted, COMMITS, FILE)?;
    let token = world.tokens.first().map(String::as_str).unwrap_or_default();
    let (ours, address) = server::start(jeton, &world)?;
    let url = |name: &str| format!("http://x:{token}@{address}/{OWNER}/{name}.git");
    match Peer::start(home) {
        Err(Error::Missing(why)) => {
            // Memory takes no baseline: the transfers run all the same.
            clone(home, &url(REPOSITORY))?;
            push(home, &hosted, &url("empty-0"))?;
            for what in [CLONE, PUSH] {
                rows.push(Row::skipped(what, AS_FAST, &why));
            }
        }
        peer => {
            let peer = peer?;
            git_peer::copy(&hosted, &peer.repository(REPOSITORY))?;
            let pairs = Pairs::measure(
                ROUNDS,
                || clone(home, &url(REPOSITORY)),
                || clone(home, &peer.url(REPOSITORY)),
            )?;
            rows.push(row(CLONE, &pairs)?);
            for name in &empty {
                let path = peer.repository(name);
                run(git(home)
                    .args([
                        "init",
                        "--quiet",
                        "--bare",
                        "--template=",
                        "--initial-branch=main",
                    ])
                    .arg(path))?;
            }
            let (mut mine, mut theirs) = (empty.iter(), empty.iter());
            let pairs = Pairs::measure(
                ROUNDS,
                || push(home, &hosted, &url(next(&mut mine)?)),
                || push(home, &hosted, &peer.url(next(&mut theirs)?)),
            )?;
            rows.push(row(PUSH, &pairs)?);
        }
    }
    let peak = ours.peak_mib()?;
    rows.push(Row {
        what: "peak memory of the server during both".to_owned(),
        ours: format!("{} MiB", number(peak)),
        baseline: "—".to_owned(),
        finding: Finding::Amount(peak, "MiB"),
        target: MEMORY,
    });
    Ok(())
}

fn next<'a>(names: &mut impl Iterator<Item = &'a String>) -> Result<&'a str, Error> {
    names
        .next()
        .map(String::as_str)
        .ok_or_else(|| Error::Measure("no fresh repository is left".to_owned()))
}

/// Seconds. What came is counted, so that a short clone is no quick one.
fn clone(home: &Path, url: &str) -> Result<f64, Error> {
    let target = home.join("clone.git");
    let seconds = time(
        git(home)
            .args(["clone", "--quiet", "--bare", url])
            .arg(&target),
    )?;
    let count = run(git(home)
        .arg("--git-dir")
        .arg(&target)
        .args(["rev-list", "--count", "main"]))?;
    std::fs::remove_dir_all(&target).map_err(Error::io(&target))?;
    if count.trim() == COMMITS.to_string() {
        Ok(seconds)
    } else {
        Err(Error::Measure(format!(
            "a clone has {} commits instead of {COMMITS}",
            count.trim()
        )))
    }
}

fn push(home: &Path, from: &Path, url: &str) -> Result<f64, Error> {
    time(
        git(home)
            .arg("--git-dir")
            .arg(from)
            .args(["push", "--quiet", url, "main"]),
    )
}

fn row(what: &str, pairs: &Pairs) -> Result<Row, Error> {
    let (ours, theirs) = pairs.medians()?;
    Ok(Row {
        what: what.to_owned(),
        ours: format!("{} s", number(ours)),
        baseline: format!("git http-backend: {} s", number(theirs)),
        finding: Finding::Ratio(pairs.ratio()?),
        target: AS_FAST,
    })
}
