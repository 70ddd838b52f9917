//! Reads of the REST API, against nginx with the same bytes in a file.

use std::fmt::Write as _;
use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::path::Path;

use crate::error::Error;
use crate::table::{Row, Rows, Target};
use crate::token_check::{in_turns, row, warm};
use crate::world::OWNER;
use crate::wrk::Load;
use crate::{Context, REPOSITORY, git_peer, nginx, server};

/// Commits of the repository, and bytes of each of its files.
const COMMITS: u32 = 100;
const FILE: usize = 1_000;
const HALF: Target = Target::AtLeast(0.5);

pub(crate) fn rows(context: &Context, rows: &mut Rows) -> Result<(), Error> {
    let jeton = context.jeton()?;
    let folder = tempfile::tempdir().map_err(Error::io("a temporary folder"))?;
    let world = context.large.world()?;
    let hosted = world.repository(REPOSITORY)?;
    if !hosted.join("refs/heads/main").exists() && !packed(&hosted) {
        git_peer::fill(folder.path(), &hosted, COMMITS, FILE)?;
    }
    let (ours, at) = server::start(jeton, world)?;
    rows.say("asking for each of a great many tokens once, over HTTP");
    warm(at, &world.tokens)?;
    let tokens = world.token_file()?;
    let repository = format!("repos/{OWNER}/{REPOSITORY}");
    let reads = [
        ("`GET /user`", "user".to_owned()),
        ("`GET /repos/{o}/{r}`", repository.clone()),
        (
            "`GET /repos/{o}/{r}/contents/{path}`, a file of 1,000 bytes",
            format!("{repository}/contents/files/07/7"),
        ),
    ];
    let token = world.tokens.first().map(String::as_str).unwrap_or_default();
    let mut locations = String::new();
    for (n, (_, path)) in reads.iter().enumerate() {
        let path = format!("/api/v3/{path}");
        let file = folder.path().join(format!("body-{n}"));
        std::fs::write(&file, body(at, &path, token)?).map_err(Error::io(&file))?;
        let file = file.display();
        let _ = writeln!(
            locations,
            "    location = {path} {{ default_type application/json; alias {file}; }}"
        );
    }
    let locations = format!("    sendfile on;\n    keepalive_requests 1000000000;\n{locations}");
    let (peer, peer_at) = match nginx::start(folder.path(), &locations) {
        Err(Error::Missing(why)) => {
            for (what, _) in &reads {
                rows.push(Row::skipped(what, HALF, &why));
            }
            return Ok(());
        }
        started => started?,
    };
    for (n, (what, path)) in reads.iter().enumerate() {
        let load = |side: &str, address: SocketAddr| {
            let request = request(address, &format!("/api/v3/{path}"), "@");
            Load::new(
                folder.path(),
                &format!("{side}-{n}"),
                address,
                &request,
                &tokens,
            )?
            .expecting(200)
        };
        let (our_load, their_load) = (load("ours", at)?, load("nginx", peer_at)?);
        let rates = in_turns(|| our_load.run(&ours), || their_load.run(&peer))?;
        let what = format!("{what}, {} tokens", context.large.size.name);
        rows.push(row(&what, "nginx, a static file", &rates, HALF)?);
    }
    Ok(())
}

/// Whether it has its commits already: the world may have served another area.
fn packed(repository: &Path) -> bool {
    std::fs::read_to_string(repository.join("packed-refs"))
        .is_ok_and(|refs| refs.contains("refs/heads/main"))
}

fn request(address: SocketAddr, path: &str, token: &str) -> String {
    format!("GET {path} HTTP/1.1\r\nHost: {address}\r\nAuthorization: Bearer {token}\r\n\r\n")
}

/// The body of Jeton's own answer.
fn body(address: SocketAddr, path: &str, token: &str) -> Result<Vec<u8>, Error> {
    let lost = || Error::io(address.to_string());
    let mut stream = TcpStream::connect(address).map_err(lost())?;
    let request =
        request(address, path, token).replace("\r\n\r\n", "\r\nConnection: close\r\n\r\n");
    stream.write_all(request.as_bytes()).map_err(lost())?;
    let mut answer = vec![];
    stream.read_to_end(&mut answer).map_err(lost())?;
    let text = String::from_utf8_lossy(&answer);
    match text.split_once("\r\n\r\n") {
        Some((head, body)) if head.starts_with("HTTP/1.1 200") => Ok(body.as_bytes().to_vec()),
        _ => Err(Error::Measure(format!("{path} was answered with {text}"))),
    }
}
