//! The token check over HTTP, against a bare handler and against `OpenBao`'s look-up.

use std::io::{BufRead as _, BufReader, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::path::Path;
use std::process::Command;

use crate::error::Error;
use crate::pairs::Pairs;
use crate::peers;
use crate::process::{Running, free_address};
use crate::server;
use crate::table::{Finding, Row, Rows, Target, number};
use crate::world::World;
use crate::wrk::{Load, Rate};
use crate::{Context, Sized, in_parallel};

const ROUNDS: usize = 7;
/// Connections that ask every token once.
const WARMERS: usize = 16;
const AGAINST_BARE: Target = Target::AtLeast(0.9);
const AGAINST_OPENBAO: Target = Target::AtLeast(25.0);
const OPENBAO: &str = "the same against OpenBao's token look-up (dev server)";

pub(crate) fn rows(context: &Context, rows: &mut Rows) -> Result<(), Error> {
    let jeton = context.jeton()?;
    let folder = tempfile::tempdir().map_err(Error::io("a temporary folder"))?;
    let bare_at = free_address()?;
    let mut bare = Running::start(
        Command::new(bare()?).arg(bare_at.to_string()),
        &folder.path().join("bare.log"),
    )?;
    bare.wait_for(bare_at)?;
    let side = |sized: &Sized| {
        let name = sized.size.name;
        Side::new(jeton, sized.world()?, folder.path(), name, bare_at)
    };
    let against_bare = |side: &Side| {
        let rates = in_turns(|| side.ours.run(&side.server), || side.bare.run(&bare))?;
        let what = format!("token check over HTTP, {} tokens", side.name);
        row(&what, "bare axum handler", &rates, AGAINST_BARE)
    };
    let small = side(&context.small)?;
    rows.push(against_bare(&small)?);
    rows.push(match openbao(folder.path(), &small) {
        Err(Error::Missing(why)) => Row::skipped(OPENBAO, AGAINST_OPENBAO, &why),
        row => row?,
    });
    rows.say("asking for each of a great many tokens once, over HTTP");
    let large = side(&context.large)?;
    rows.push(against_bare(&large)?);
    rows.push(growth(&small, &large)?);
    Ok(())
}

/// The bare handler's executable: it lies beside this one.
fn bare() -> Result<std::path::PathBuf, Error> {
    let here = std::env::current_exe().map_err(Error::io("this program"))?;
    Ok(here.with_file_name("bare"))
}

struct Side {
    /// How many tokens, in words.
    name: &'static str,
    server: Running,
    ours: Load,
    bare: Load,
}

impl Side {
    fn new(
        jeton: &Path,
        world: &World,
        folder: &Path,
        name: &'static str,
        bare: SocketAddr,
    ) -> Result<Self, Error> {
        let (server, address) = server::start(jeton, world)?;
        warm(address, &world.tokens)?;
        let tokens = world.token_file()?;
        // One path for both, so that both read the same bytes.
        let ours = Load::new(
            folder,
            &format!("{name}-ours"),
            address,
            &request(address),
            &tokens,
        )?
        .expecting(204)?;
        let bare = Load::new(
            folder,
            &format!("{name}-bare"),
            bare,
            &request(bare),
            &tokens,
        )?
        .expecting(204)?;
        Ok(Self {
            name,
            server,
            ours,
            bare,
        })
    }
}

fn request(address: SocketAddr) -> String {
    format!(
        "GET /api/jeton/v1/check HTTP/1.1\r\nHost: {address}\r\nAuthorization: Bearer @\r\n\r\n"
    )
}

/// Asks every token once. Anything but 204 ends it.
pub(crate) fn warm(address: SocketAddr, tokens: &[String]) -> Result<(), Error> {
    let ask = |tokens: &[String]| -> Result<(), Error> {
        let lost = || Error::io(address.to_string());
        let stream = TcpStream::connect(address).map_err(lost())?;
        stream.set_nodelay(true).map_err(lost())?;
        let mut reader = BufReader::new(stream.try_clone().map_err(lost())?);
        let mut writer = stream;
        let request = request(address);
        let mut line = String::new();
        for token in tokens {
            writer
                .write_all(request.replace('@', token).as_bytes())
                .map_err(lost())?;
            let mut first = true;
            loop {
                line.clear();
                reader.read_line(&mut line).map_err(lost())?;
                if first && !line.starts_with("HTTP/1.1 204") {
                    return Err(Error::Measure(format!(
                        "a token was answered with `{}`",
                        line.trim()
                    )));
                }
                first = false;
                if line.trim().is_empty() {
                    break;
                }
            }
        }
        Ok(())
    };
    in_parallel(tokens, WARMERS, ask)
}

/// Rates, and processor time beside them.
pub(crate) struct Rates {
    per_second: Pairs,
    cpu: Pairs,
}

pub(crate) fn in_turns(
    mut ours: impl FnMut() -> Result<Rate, Error>,
    mut theirs: impl FnMut() -> Result<Rate, Error>,
) -> Result<Rates, Error> {
    ours()?;
    theirs()?;
    let mut rates = Rates {
        per_second: Pairs::default(),
        cpu: Pairs::default(),
    };
    for _ in 0..ROUNDS {
        let (a, b) = (ours()?, theirs()?);
        rates.per_second.push(a.per_second, b.per_second);
        rates.cpu.push(a.cpu_micros, b.cpu_micros);
    }
    Ok(rates)
}

pub(crate) fn row(what: &str, baseline: &str, rates: &Rates, target: Target) -> Result<Row, Error> {
    let (ours, theirs) = rates.per_second.medians()?;
    let (our_cpu, their_cpu) = rates.cpu.medians()?;
    let show = |rate, cpu| {
        format!(
            "{} req/s, {} µs of processor each",
            number(rate),
            number(cpu)
        )
    };
    Ok(Row {
        what: what.to_owned(),
        ours: show(ours, our_cpu),
        baseline: format!("{baseline}: {}", show(theirs, their_cpu)),
        finding: Finding::Ratio(rates.per_second.ratio()?),
        target,
    })
}

/// How much dearer a check is among a million tokens. The load generator's own million tokens cost it cache misses
/// that the server has nothing to do with, so the server's processor time is compared.
fn growth(small: &Side, large: &Side) -> Result<Row, Error> {
    let rates = in_turns(
        || large.ours.run(&large.server),
        || small.ours.run(&small.server),
    )?;
    let (many, few) = rates.cpu.medians()?;
    Ok(Row {
        what: format!(
            "growth of a check's cost, {} → {} tokens",
            small.name, large.name
        ),
        ours: format!("{}: {} µs of processor each", large.name, number(many)),
        baseline: format!("{}: {} µs", small.name, number(few)),
        finding: Finding::Ratio(rates.cpu.ratio()?),
        target: Target::AtMost(1.1),
    })
}

fn openbao(folder: &Path, small: &Side) -> Result<Row, Error> {
    const ROOT: &str = "bench-root";
    let program = peers::openbao()?;
    let address = free_address()?;
    let mut command = Command::new(program);
    command
        .args([
            "server",
            "-dev",
            "-dev-no-store-token",
            &format!("-dev-root-token-id={ROOT}"),
        ])
        .arg(format!("-dev-listen-address={address}"))
        .env("HOME", folder);
    let mut bao = Running::start(&mut command, &folder.join("openbao.log"))?;
    bao.wait_for(address)?;
    let mut tokens = vec![];
    for _ in 0..1_000 {
        let made = ureq::post(format!("http://{address}/v1/auth/token/create"))
            .header("X-Vault-Token", ROOT)
            .send(r#"{"policies": ["default"]}"#)
            .and_then(|mut answer| answer.body_mut().read_to_string())
            .map_err(|error| Error::program("OpenBao", error.to_string()))?;
        let read: serde_json::Value = serde_json::from_str(&made).map_err(Error::world)?;
        let token = read
            .pointer("/auth/client_token")
            .and_then(serde_json::Value::as_str);
        tokens.push(token.unwrap_or_default().to_owned());
    }
    let file = folder.join("openbao-tokens");
    std::fs::write(&file, tokens.join("\n")).map_err(Error::io(&file))?;
    let request = format!(
        "GET /v1/auth/token/lookup-self HTTP/1.1\r\nHost: {address}\r\nX-Vault-Token: @\r\n\r\n"
    );
    let load = Load::new(folder, "openbao", address, &request, &file)?.expecting(200)?;
    let rates = in_turns(|| small.ours.run(&small.server), || load.run(&bao))?;
    row(OPENBAO, "OpenBao, 1,000 tokens", &rates, AGAINST_OPENBAO)
}
