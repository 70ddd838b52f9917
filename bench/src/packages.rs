//! The registry of packages, against Verdaccio with a token: what installers ask for, and how long publishing takes.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Instant;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use serde_json::{Value, json};

use crate::error::Error;
use crate::pairs::Pairs;
use crate::process::{Running, find, free_address, run};
use crate::table::{Finding, Row, Rows, Target, number};
use crate::token_check::{in_turns, row, warm};
use crate::world::OWNER;
use crate::wrk::Load;
use crate::{Context, REPOSITORY, in_parallel, root, server};

const VERDACCIO: &str = "6.8.0";
const PEER: &str = "Verdaccio, a token";
/// Versions of the package that is asked for.
const VERSIONS: u32 = 30;
/// Bytes of its file, which nothing can pack smaller.
const FILE: usize = 50_000;
/// Packages that are asked for once.
const PACKAGES: usize = 200;
/// Times that each server is started anew for that.
const COLD_ROUNDS: usize = 5;
/// Publications that are measured.
const PUBLICATIONS: usize = 20;
const THREADS: usize = 8;
const ABBREVIATED: &str = "application/vnd.npm.install-v1+json";
const TWENTY: Target = Target::AtLeast(20.0);
const NONE: Target = Target::None;

/// A registry, running.
struct Registry<'a> {
    start: Box<dyn Fn() -> Result<(Running, SocketAddr), Error> + 'a>,
    /// None while it is started anew: two can't have one folder.
    server: Option<Running>,
    address: SocketAddr,
    /// Where it begins.
    path: &'static str,
    token: String,
    tokens: PathBuf,
}

pub(crate) fn rows(context: &Context, rows: &mut Rows) -> Result<(), Error> {
    let folder = tempfile::tempdir().map_err(Error::io("a temporary folder"))?;
    let mut ours = ours(context)?;
    let mut theirs = match verdaccio(folder.path()) {
        Err(Error::Missing(why)) => {
            rows.push(Row::skipped("a package's metadata, warm", TWENTY, &why));
            return Ok(());
        }
        started => started?,
    };
    for registry in [&ours, &theirs] {
        for version in 0..VERSIONS {
            registry.publish("pad", &format!("1.{version}.0"))?;
        }
    }
    let reads = [
        (
            "a package's metadata, abbreviated, 30 versions, warm",
            "%40alta3%2fpad",
        ),
        ("a file of 50,000 bytes", "%40alta3/pad/-/pad-1.0.0.tgz"),
    ];
    for (n, (what, path)) in reads.iter().enumerate() {
        let load = |registry: &Registry, side: &str| {
            let request = registry.request(path);
            let name = format!("{side}-{n}");
            Load::new(
                folder.path(),
                &name,
                registry.address,
                &request,
                &registry.tokens,
            )?
            .expecting(200)
        };
        let (our_load, their_load) = (load(&ours, "ours")?, load(&theirs, "verdaccio")?);
        let rates = in_turns(
            || our_load.run(ours.running()?),
            || their_load.run(theirs.running()?),
        )?;
        rows.push(row(what, PEER, &rates, TWENTY)?);
    }
    rows.push(publishing(&ours, &theirs)?);
    rows.push(changed(&ours, &theirs)?);
    let (our_mib, their_mib) = (ours.running()?.peak_mib()?, theirs.running()?.peak_mib()?);
    rows.push(Row {
        what: "the most memory of all this".to_owned(),
        ours: format!("{} MiB", number(our_mib)),
        baseline: format!("{PEER}: {} MiB", number(their_mib)),
        finding: Finding::Amount(our_mib, " MiB"),
        target: NONE,
    });
    rows.say("publishing 200 packages to each");
    for registry in [&ours, &theirs] {
        for at in 0..PACKAGES {
            registry.publish(&cold_name(at), "1.0.0")?;
        }
    }
    let pairs = Pairs::measure(COLD_ROUNDS, || ours.cold(), || theirs.cold())?;
    let (our_rate, their_rate) = pairs.medians()?;
    rows.push(Row {
        what: "metadata of 200 packages, each asked for once, cold".to_owned(),
        ours: format!("{} /s", number(our_rate)),
        baseline: format!("{PEER}: {} /s", number(their_rate)),
        finding: Finding::Ratio(pairs.ratio()?),
        target: TWENTY,
    });
    Ok(())
}

fn cold_name(at: usize) -> String {
    format!("cold-{at}")
}

/// The first look at a package after each change of it, in ms.
fn changed(ours: &Registry, theirs: &Registry) -> Result<Row, Error> {
    let after = |registry: &Registry, round: usize| {
        registry.publish("pad", &format!("2.{round}.0"))?;
        timed(|| registry.get("@alta3%2fpad"))
    };
    let pairs = by_rounds(|round| after(ours, round), |round| after(theirs, round))?;
    latency("a package's metadata, the first after a change", &pairs)
}

/// From the first byte of a publication to its answer, in ms.
fn publishing(ours: &Registry, theirs: &Registry) -> Result<Row, Error> {
    let publish = |registry: &Registry, round: usize| {
        timed(|| registry.publish("other", &format!("1.{round}.0")))
    };
    let pairs = by_rounds(|round| publish(ours, round), |round| publish(theirs, round))?;
    latency("publishing a version of 50,000 bytes", &pairs)
}

fn by_rounds(
    ours: impl Fn(usize) -> Result<f64, Error>,
    theirs: impl Fn(usize) -> Result<f64, Error>,
) -> Result<Pairs, Error> {
    let (mut our_round, mut their_round) = (0, 0);
    Pairs::measure(
        PUBLICATIONS,
        || {
            our_round += 1;
            ours(our_round)
        },
        || {
            their_round += 1;
            theirs(their_round)
        },
    )
}

fn latency(what: &str, pairs: &Pairs) -> Result<Row, Error> {
    let (ours, theirs) = pairs.medians()?;
    Ok(Row {
        what: what.to_owned(),
        ours: format!("{} ms", number(ours)),
        baseline: format!("{PEER}: {} ms", number(theirs)),
        finding: Finding::Ratio(pairs.ratio()?),
        target: NONE,
    })
}

fn timed<T>(work: impl FnOnce() -> Result<T, Error>) -> Result<f64, Error> {
    let began = Instant::now();
    work()?;
    Ok(began.elapsed().as_secs_f64() * 1e3)
}

fn ours(context: &Context) -> Result<Registry<'_>, Error> {
    let (jeton, world) = (context.jeton()?, context.small.world()?);
    let (server, address) = server::start(jeton, world)?;
    warm(address, &world.tokens)?;
    Ok(Registry {
        start: Box::new(move || server::start(jeton, world)),
        server: Some(server),
        address,
        path: "/npm/",
        token: world.tokens.first().cloned().unwrap_or_default(),
        tokens: world.token_file()?,
    })
}

/// Verdaccio with signed tokens, its quicker kind, and nobody else's registry behind it.
fn verdaccio(folder: &Path) -> Result<Registry<'_>, Error> {
    let missing = |what: &str| Error::Missing(format!("Verdaccio {VERDACCIO} ({what})"));
    let node = find("node").ok_or_else(|| missing("node"))?;
    let home = root().join("target/bench-verdaccio");
    let program = home.join("node_modules/verdaccio/bin/verdaccio");
    if !program.is_file() {
        std::fs::create_dir_all(&home).map_err(Error::io(&home))?;
        let manifest = json!({
            "private": true,
            "dependencies": { "verdaccio": VERDACCIO },
            "overrides": { "node-fetch": "2.7.0" },
        });
        let file = home.join("package.json");
        std::fs::write(&file, manifest.to_string()).map_err(Error::io(&file))?;
        eprintln!("installing Verdaccio {VERDACCIO}");
        run(Command::new("npm")
            .current_dir(&home)
            .args(["install", "--no-audit", "--no-fund"]))
        .map_err(|_| missing("npm"))?;
    }
    let settings = folder.join("verdaccio.yaml");
    let text = format!(
        "storage: {0}/storage\nauth:\n  htpasswd:\n    file: {0}/htpasswd\n    max_users: 10\n    rounds: 4\nsecurity:\n  api:\n    \
         jwt:\n      sign:\n        expiresIn: 7d\nuplinks: {{}}\npackages:\n  '@*/*':\n    access: $authenticated\n    publish: \
         $authenticated\nlog: {{ type: stdout, format: pretty, level: error }}\nmax_body_size: 50mb\nweb: {{ enable: false }}\n\
         userRateLimit: {{ windowMs: 1000, max: 100000 }}\n",
        folder.display()
    );
    std::fs::write(&settings, text).map_err(Error::io(&settings))?;
    let start = move || {
        let address = free_address()?;
        let mut command = Command::new(&node);
        command
            .arg(&program)
            .arg("--config")
            .arg(&settings)
            .arg("--listen")
            .arg(address.to_string());
        let mut server = Running::start(&mut command, &folder.join("verdaccio.log"))?;
        server.wait_for(address)?;
        Ok((server, address))
    };
    let (server, address) = start()?;
    let body = json!({ "name": "ann", "password": "a long password" });
    let url = format!("http://{address}/-/user/org.couchdb.user:ann");
    let said = put(&url, None, &body)?;
    let said: Value =
        serde_json::from_str(&said).map_err(|error| Error::Measure(error.to_string()))?;
    let token = said
        .get("token")
        .and_then(Value::as_str)
        .unwrap_or_default();
    let tokens = folder.join("verdaccio-tokens");
    std::fs::write(&tokens, token).map_err(Error::io(&tokens))?;
    Ok(Registry {
        start: Box::new(start),
        server: Some(server),
        address,
        path: "/",
        token: token.to_owned(),
        tokens,
    })
}

impl Registry<'_> {
    fn running(&self) -> Result<&Running, Error> {
        let stopped = || Error::Measure("the registry does not run".to_owned());
        self.server.as_ref().ok_or_else(stopped)
    }

    /// Requests a second of a server that was just started, each for another package.
    fn cold(&mut self) -> Result<f64, Error> {
        self.server = None;
        let (server, address) = (self.start)()?;
        (self.server, self.address) = (Some(server), address);
        let names: Vec<String> = (0..PACKAGES).map(cold_name).collect();
        let (url, bearer) = (self.url(""), format!("Bearer {}", self.token));
        // The token is known by then: it is asked for anything else once.
        self.get(&format!("@{OWNER}%2fother"))?;
        let began = Instant::now();
        in_parallel(&names, THREADS, |part| {
            let agent = ureq::agent();
            for name in part {
                let said = agent
                    .get(format!("{url}@{OWNER}%2f{name}"))
                    .header("accept", ABBREVIATED)
                    .header("authorization", &bearer)
                    .call();
                read(said)?;
            }
            Ok(())
        })?;
        #[allow(clippy::cast_precision_loss, reason = "hundreds")]
        let count = PACKAGES as f64;
        Ok(count / began.elapsed().as_secs_f64())
    }

    /// For the load's script: `@` is a token.
    fn request(&self, path: &str) -> String {
        format!(
            "GET {}{path} HTTP/1.1\r\nHost: {}\r\nAccept: {ABBREVIATED}\r\nAuthorization: Bearer @\r\n\r\n",
            self.path, self.address
        )
    }

    fn url(&self, path: &str) -> String {
        format!("http://{}{}{path}", self.address, self.path)
    }

    fn get(&self, path: &str) -> Result<String, Error> {
        let bearer = format!("Bearer {}", self.token);
        let said = ureq::get(self.url(path))
            .header("accept", ABBREVIATED)
            .header("authorization", bearer)
            .call();
        read(said)
    }

    fn publish(&self, name: &str, version: &str) -> Result<(), Error> {
        let repository = format!("http://{}/{OWNER}/{REPOSITORY}", self.address);
        let document = document(name, version, &repository)?;
        let url = self.url(&format!("@{OWNER}%2f{name}"));
        put(&url, Some(&self.token), &document).map(drop)
    }
}

fn put(url: &str, token: Option<&str>, body: &Value) -> Result<String, Error> {
    let mut request = ureq::put(url).header("content-type", "application/json");
    if let Some(token) = token {
        request = request.header("authorization", format!("Bearer {token}"));
    }
    read(request.send(body.to_string()))
}

fn read(said: Result<ureq::http::Response<ureq::Body>, ureq::Error>) -> Result<String, Error> {
    let failed = |error: ureq::Error| Error::Measure(error.to_string());
    let mut said = said.map_err(failed)?;
    said.body_mut().read_to_string().map_err(failed)
}

/// What npm puts, with a file that is packed by `tar`.
fn document(name: &str, version: &str, repository: &str) -> Result<Value, Error> {
    let full = format!("@{OWNER}/{name}");
    let folder = tempfile::tempdir().map_err(Error::io("a temporary folder"))?;
    let inner = folder.path().join("package");
    std::fs::create_dir(&inner).map_err(Error::io(&inner))?;
    let manifest = json!({ "name": full, "version": version }).to_string();
    let file = inner.join("package.json");
    std::fs::write(&file, manifest).map_err(Error::io(&file))?;
    let mut state = 7_u64;
    let noise: Vec<u8> = (0..FILE)
        .map(|_| {
            state = state
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1);
            state.to_be_bytes().first().copied().unwrap_or_default()
        })
        .collect();
    let file = inner.join("noise");
    std::fs::write(&file, noise).map_err(Error::io(&file))?;
    let packed = folder.path().join("packed.tgz");
    run(Command::new("tar")
        .arg("-C")
        .arg(folder.path())
        .arg("-czf")
        .arg(&packed)
        .arg("package"))?;
    let bytes = std::fs::read(&packed).map_err(Error::io(&packed))?;
    let said = run(Command::new("sha1sum").arg(&packed))?;
    let shasum = said.split(' ').next().unwrap_or_default().to_owned();
    Ok(json!({
        "_id": full,
        "name": full,
        "dist-tags": { "latest": version },
        "versions": { version: {
            "name": full,
            "version": version,
            "description": "Pads",
            "dependencies": { "one": "^1.0.0", "two": "~2.0.0" },
            "repository": repository,
            "dist": { "shasum": shasum, "tarball": format!("{repository}/{name}-{version}.tgz") },
        } },
        "_attachments": { format!("{full}-{version}.tgz"): {
            "content_type": "application/octet-stream",
            "data": BASE64_STANDARD.encode(&bytes),
            "length": bytes.len(),
        } },
    }))
}
