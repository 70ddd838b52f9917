//! Every page of a large site, by a server that was just started and by one that has answered before.

use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::time::{Duration, Instant};

use jeton_http::{Method, Route};

use crate::error::Error;
use crate::process::Running;
use crate::table::{Finding, Row, Rows, Spread, Target, number};
use crate::town::{Extent, Landmarks, MEMBER, OUTSIDER, TEAM, VIEWER, fill};
use crate::world::{OWNER, World};
use crate::{Context, REPOSITORY, server};

/// Milliseconds.
const TARGET: Target = Target::AtMost(50.0);
/// Requests for a page after its first.
const ROUNDS: usize = 10;
const PASSWORD: &str = "correct+horse+battery";

const LARGE: Extent = Extent {
    people: 10_000,
    repositories: 5_000,
    tokens: 100_000,
    own: 1_000,
    waiting: 500,
};
const SMALL: Extent = Extent {
    people: 100,
    repositories: 50,
    tokens: 1_000,
    own: 10,
    waiting: 5,
};

/// Pages that need a link of their own, lead on, or are files, and no pages.
const LEFT_OUT: &[&str] = &[
    "/",
    "/assets/{file}",
    "/-/verify/{code}",
    "/admin/audit-log/export",
    "/invitations/{code}",
    "/join",
    "/login/factor",
    "/login/oidc/callback",
    "/organizations/{org}/settings/audit-log/export",
    "/orgs/{org}/invitation",
    "/password_reset/{code}",
    "/settings/security-log/export",
    "/setup/{code}",
    "/{owner}/{repo}/invitations",
];

pub(crate) fn rows(context: &Context, rows: &mut Rows) -> Result<(), Error> {
    let (few, many) = if context.trial {
        (SMALL, SMALL)
    } else {
        (SMALL, LARGE)
    };
    rows.say("filling a small site and a large one");
    let small = Site::new(context, &few)?.measure()?;
    let large = Site::new(context, &many)?;
    rows.say("opening every page of the large one");
    let large = large.measure()?;
    for (what, pick) in [
        ("cold", (|page: &Page| page.cold) as fn(&Page) -> f64),
        ("warm", |page: &Page| page.warm),
    ] {
        rows.push(row(what, &many, &large, &small, pick)?);
    }
    let mut slowest: Vec<&Page> = large.iter().collect();
    slowest.sort_by(|a, b| b.cold.total_cmp(&a.cold));
    for page in slowest.iter().take(8) {
        rows.say(&format!(
            "{}: cold {} ms, warm {} ms, {} kB",
            page.path,
            number(page.cold),
            number(page.warm),
            page.bytes / 1_000
        ));
    }
    Ok(())
}

fn row(
    what: &str,
    extent: &Extent,
    large: &[Page],
    small: &[Page],
    pick: fn(&Page) -> f64,
) -> Result<Row, Error> {
    let slowest = |pages: &[Page]| {
        pages
            .iter()
            .max_by(|a, b| pick(a).total_cmp(&pick(b)))
            .map(|page| (page.path.clone(), pick(page)))
            .ok_or_else(|| Error::Measure("no page was opened".to_owned()))
    };
    let ((path, ours), (other, theirs)) = (slowest(large)?, slowest(small)?);
    Ok(Row {
        what: format!(
            "slowest of {} pages, {what} server, {} people, {} repositories, {} tokens",
            large.len(),
            grouped(extent.people),
            grouped(extent.repositories),
            grouped(extent.tokens)
        ),
        ours: format!("{} ms (`{path}`)", number(ours)),
        baseline: format!(
            "100 people, 50 repositories, 1,000 tokens: {} ms (`{other}`)",
            number(theirs)
        ),
        finding: Finding::Amount(ours, "ms"),
        target: TARGET,
    })
}

/// With a comma between thousands.
fn grouped(number: usize) -> String {
    match number / 1_000 {
        0 => number.to_string(),
        thousands => format!("{thousands},{:03}", number % 1_000),
    }
}

/// How long a page took, in milliseconds.
#[derive(Debug)]
struct Page {
    path: String,
    cold: f64,
    warm: f64,
    bytes: usize,
}

struct Site<'a> {
    jeton: &'a std::path::Path,
    world: World,
    landmarks: Landmarks,
    cookie: String,
}

impl<'a> Site<'a> {
    fn new(context: &'a Context, extent: &Extent) -> Result<Self, Error> {
        let jeton = context.jeton()?;
        let world = World::make(0, &[REPOSITORY.to_owned()])?;
        let cookie = set_up(jeton, &world)?;
        let landmarks = fill(&world, extent)?;
        let site = Self {
            jeton,
            world,
            landmarks,
            cookie,
        };
        site.settle()?;
        Ok(site)
    }

    /// The first start makes the folders of repositories that were put into the database alone, and is no page's time.
    fn settle(&self) -> Result<(), Error> {
        let (_server, address) = server::start(self.jeton, &self.world)?;
        let mut tries = 0;
        loop {
            match self.open(address, "/docs/closed") {
                Ok(_) => return Ok(()),
                Err(error) if tries == 9 => return Err(error),
                Err(_) => tries += 1,
            }
        }
    }

    fn measure(&self) -> Result<Vec<Page>, Error> {
        let routes = jeton_web::TABLES.iter().flat_map(|table| table.routes);
        let (pages, faults): (Vec<_>, Vec<_>) = routes
            .filter(|route| route.method == Method::Get && !LEFT_OUT.contains(&route.path))
            .map(|route| self.page(&self.path(route)?))
            .partition(Result::is_ok);
        if !faults.is_empty() {
            let faults: Vec<_> = faults
                .into_iter()
                .filter_map(|one| Some(one.err()?.to_string()))
                .collect();
            return Err(Error::Measure(faults.join("; ")));
        }
        pages.into_iter().collect()
    }

    /// A route's path with what is there in it.
    fn path(&self, route: &Route) -> Result<String, Error> {
        let outside = route.path.contains("outside") || route.path.contains("/access/");
        let parts = route.path.split('/').map(|part| {
            Ok(match part {
                "{org}" | "{owner}" => OWNER.to_owned(),
                "{repo}" => REPOSITORY.to_owned(),
                "{username}" | "{login}" => if outside { OUTSIDER } else { MEMBER }.to_owned(),
                "{team}" | "{team_slug}" => TEAM.to_owned(),
                "{token_id}" => self.landmarks.token.to_string(),
                "{pat_id}" => self.landmarks.grant.to_string(),
                "{pat_request_id}" => self.landmarks.request.to_string(),
                "{rule_id}" => self.landmarks.rule.to_string(),
                "{name}" => "repository.get".to_owned(),
                "{key}" => "contents".to_owned(),
                "{guide}" => "use".to_owned(),
                other if other.starts_with('{') => {
                    return Err(Error::Measure(format!(
                        "what is `{other}` of {}?",
                        route.path
                    )));
                }
                other => other.to_owned(),
            })
        });
        Ok(parts.collect::<Result<Vec<_>, _>>()?.join("/"))
    }

    /// Opens a page on a fresh server, and again.
    fn page(&self, path: &str) -> Result<Page, Error> {
        let (_server, address) = server::start(self.jeton, &self.world)?;
        // The sign-in's own look at storage, and the connection; `/login` leads on who is signed in.
        let first = if path == "/login" {
            "/docs/closed"
        } else {
            "/login"
        };
        self.open(address, first)?;
        let (cold, bytes) = self.open(address, path)?;
        let warm = (0..ROUNDS)
            .map(|_| Ok(self.open(address, path)?.0))
            .collect::<Result<Vec<_>, Error>>()?;
        Ok(Page {
            path: path.to_owned(),
            cold,
            warm: Spread::of(warm).map_or(f64::NAN, |spread| spread.median),
            bytes,
        })
    }

    fn open(&self, address: SocketAddr, path: &str) -> Result<(f64, usize), Error> {
        let mut stream = connect(address)?;
        let began = Instant::now();
        let answer = ask(
            &mut stream,
            &format!(
                "GET {path} HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\nCookie: {}\r\n\r\n",
                self.cookie
            ),
        )?;
        let took = began.elapsed().as_secs_f64() * 1_000.0;
        let good = answer.starts_with("HTTP/1.1 200") || path == "/login";
        if !good {
            let line = answer.lines().next().unwrap_or_default();
            return Err(Error::Measure(format!("{path} was answered with `{line}`")));
        }
        Ok((took, answer.len()))
    }
}

/// The first administrator, by the page that the server's log leads to; their sign-in.
fn set_up(jeton: &std::path::Path, world: &World) -> Result<String, Error> {
    let (_server, address): (Running, _) = server::start(jeton, world)?;
    let log = world.folder().join("bench-log");
    let lost = || {
        Error::Measure("the server's log leads to no page for the first administrator".to_owned())
    };
    // The server listens a moment before it says so.
    let began = Instant::now();
    let code = loop {
        let said = std::fs::read_to_string(&log).map_err(Error::io(&log))?;
        let code = said
            .split_once("/setup/")
            .and_then(|(_, rest)| Some(rest.split_once(char::is_whitespace)?.0.to_owned()));
        match code {
            Some(code) => break code,
            None if began.elapsed() > Duration::from_secs(10) => return Err(lost()),
            None => std::thread::sleep(Duration::from_millis(20)),
        }
    };
    let form = format!("login={VIEWER}&email={VIEWER}%40example.test&password={PASSWORD}");
    let answer = ask(
        &mut connect(address)?,
        &format!(
            "POST /setup/{code} HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\
             Content-Type: application/x-www-form-urlencoded\r\nContent-Length: {}\r\n\r\n{form}",
            form.len()
        ),
    )?;
    answer
        .lines()
        .find_map(|line| line.strip_prefix("set-cookie: "))
        .and_then(|cookie| cookie.split(';').next())
        .map(ToOwned::to_owned)
        .ok_or_else(|| {
            Error::Measure(format!(
                "nobody was set up: {}",
                answer.lines().next().unwrap_or_default()
            ))
        })
}

fn connect(address: SocketAddr) -> Result<TcpStream, Error> {
    let lost = || Error::io(address.to_string());
    let stream = TcpStream::connect(address).map_err(lost())?;
    stream.set_nodelay(true).map_err(lost())?;
    stream
        .set_read_timeout(Some(Duration::from_secs(30)))
        .map_err(lost())?;
    Ok(stream)
}

fn ask(stream: &mut TcpStream, request: &str) -> Result<String, Error> {
    let lost = || Error::io(request.lines().next().unwrap_or_default().to_owned());
    stream.write_all(request.as_bytes()).map_err(lost())?;
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).map_err(lost())?;
    Ok(String::from_utf8_lossy(&answer).into_owned())
}
