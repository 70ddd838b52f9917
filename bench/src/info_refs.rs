//! The first requests of every Git operation.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use crate::error::Error;
use crate::git_peer::{self, Peer, git};
use crate::pairs::Pairs;
use crate::process::{run, time};
use crate::table::{Finding, Row, Rows, Target, number};
use crate::world::{OWNER, World};
use crate::wrk::Load;
use crate::{Context, REPOSITORY, server};

const ROUNDS: usize = 7;
const LS_REMOTE_ROUNDS: usize = 21;
/// Tags of the repository, and bytes of each of its files: what is in it does not matter here.
const TAGS: u32 = 100;
const FILE: usize = 1_000;
const CONNECTIONS: u32 = 32;

const AGAINST_BACKEND: Target = Target::AtLeast(10.0);
/// 'As cheap', within what two runs of the same differ by.
const AS_CHEAP: Target = Target::AtLeast(0.9);

const BACKEND: [&str; 3] = [
    "`info/refs`, protocol v2, authorized",
    "`info/refs`, protocol v0 with 101 refs, authorized",
    "`git ls-remote`, 101 refs, the whole command’s time",
];
const FIRST: &str = "`info/refs` without a credential (401) against an authorized one";

pub(crate) fn rows(context: &Context, rows: &mut Rows) -> Result<(), Error> {
    let jeton = context.jeton()?;
    let world = World::make(1_000, &[REPOSITORY.to_owned()])?;
    let folder = tempfile::tempdir().map_err(Error::io("a temporary folder"))?;
    let hosted = world.repository(REPOSITORY)?;
    git_peer::fill(folder.path(), &hosted, TAGS, FILE)?;
    let token = world.tokens.first().map(String::as_str).unwrap_or_default();
    let (ours, address) = server::start(jeton, &world)?;
    let file = world.token_file()?;
    let load = |name: &str, address, path: &str, headers: &str, status| {
        let request = format!(
            "GET /{path}/info/refs?service=git-upload-pack HTTP/1.1\r\nHost: {address}\r\n{headers}\r\n"
        );
        Load::new(folder.path(), name, address, &request, &file)?
            .connections(CONNECTIONS)
            .expecting(status)
    };
    let path = format!("{OWNER}/{REPOSITORY}.git");
    let basic = |user: &str, password: &str| {
        format!(
            "Authorization: Basic {}\r\n",
            STANDARD.encode(format!("{user}:{password}"))
        )
    };
    let v2 = "Git-Protocol: version=2\r\n";
    let our_word = basic("x", token);
    let hit = load("hit", address, &path, &format!("{our_word}{v2}"), 200)?;
    let hit_v0 = load("hit-v0", address, &path, &our_word, 200)?;
    let first = load("first", address, &path, v2, 401)?;
    match Peer::start(folder.path()) {
        Err(Error::Missing(why)) => {
            for what in BACKEND {
                rows.push(Row::skipped(what, AGAINST_BACKEND, &why));
            }
        }
        peer => {
            let peer = peer?;
            git_peer::copy(&hosted, &peer.repository(REPOSITORY))?;
            let path = format!("{REPOSITORY}.git");
            let their_word = basic(git_peer::USER, git_peer::PASSWORD);
            let theirs = load(
                "backend",
                peer.address,
                &path,
                &format!("{their_word}{v2}"),
                200,
            )?;
            let theirs_v0 = load("backend-v0", peer.address, &path, &their_word, 200)?;
            for (what, ours_load, theirs) in [
                (BACKEND[0], &hit, &theirs),
                (BACKEND[1], &hit_v0, &theirs_v0),
            ] {
                let pairs = Pairs::measure(
                    ROUNDS,
                    || Ok(ours_load.run(&ours)?.per_second),
                    || Ok(theirs.run(&peer.nginx)?.per_second),
                )?;
                rows.push(rate_row(what, "git http-backend", &pairs, AGAINST_BACKEND)?);
            }
            let url = format!("http://x:{token}@{address}/{OWNER}/{REPOSITORY}.git");
            let listed = |url: &str| run(git(folder.path()).args(["ls-remote", "--quiet", url]));
            if listed(&url)? != listed(&peer.url(REPOSITORY))? {
                return Err(Error::Measure(
                    "the two sides list other references".to_owned(),
                ));
            }
            let list = |url: &str| time(git(folder.path()).args(["ls-remote", "--quiet", url]));
            let pairs = Pairs::measure(
                LS_REMOTE_ROUNDS,
                || list(&url),
                || list(&peer.url(REPOSITORY)),
            )?;
            rows.push(latency_row(&pairs)?);
        }
    }
    let pairs = Pairs::measure(
        ROUNDS,
        || Ok(first.run(&ours)?.per_second),
        || Ok(hit.run(&ours)?.per_second),
    )?;
    rows.push(rate_row(FIRST, "authorized", &pairs, AS_CHEAP)?);
    Ok(())
}

fn rate_row(what: &str, baseline: &str, pairs: &Pairs, target: Target) -> Result<Row, Error> {
    let (ours, theirs) = pairs.medians()?;
    Ok(Row {
        what: what.to_owned(),
        ours: format!("{} req/s", number(ours)),
        baseline: format!("{baseline}: {} req/s", number(theirs)),
        finding: Finding::Ratio(pairs.ratio()?),
        target,
    })
}

fn latency_row(pairs: &Pairs) -> Result<Row, Error> {
    let (ours, theirs) = pairs.medians()?;
    Ok(Row {
        what: BACKEND[2].to_owned(),
        ours: format!("{} ms", number(ours * 1e3)),
        baseline: format!("git http-backend: {} ms", number(theirs * 1e3)),
        finding: Finding::Ratio(pairs.ratio()?),
        target: Target::None,
    })
}
