//! The decision in-process: a parsed token is digested, its credential and the place are taken from the caches, the
//! decision is made and counted. No door, no database.

use std::hint::black_box;
use std::str::FromStr as _;
use std::time::Instant;

use cedar_policy::{Authorizer, Context, Entities, EntityUid, PolicySet, Request};
use hashbrown::HashMap;
use jeton_app::{App, Call, Carried, Door, Named, Presented};
use jeton_token::{Parsed, Ring};

use crate::error::Error;
use crate::pairs::Pairs;
use crate::table::{Finding, Row, Target, number};
use crate::world::OWNER;
use crate::{Context as Bench, REPOSITORY};

/// Decisions of one measurement: a few milliseconds, so that whatever else the machine does seldom falls into one side of
/// a pair alone.
const BATCH: usize = 10_000;
const ROUNDS: usize = 201;
const CEDAR_BATCH: usize = 1_000;

pub(crate) fn rows(bench: &Bench) -> Result<Vec<Row>, Error> {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(1)
        .enable_all()
        .build()
        .map_err(Error::io("a runtime"))?;
    let mut rows = vec![];
    let both = if std::env::var_os("TMP_SMALL").is_some() { vec![(bench.small()?, "1,000")] } else if std::env::var_os("TMP_LARGE").is_some() { vec![(bench.large()?, "1,000,000")] } else { vec![(bench.small()?, "1,000"), (bench.large()?, "1,000,000")] };
    for (world, size) in both {
        let app = world.app(runtime.handle())?;
        // Queries lie in another order than the caches were filled in, so that no look-up finds its neighbour warm.
        let ring = world.ring()?;
        let parsed = parse(&world.tokens)?;
        warm(&app, &parsed)?;
        let mut ours = Decisions { app: &app, call: call(), queries: Cycle::new(shuffled(&world.tokens)?) };
        let mut floor = Floor::new(&ring, &parsed, Cycle::new(shuffled(&world.tokens)?));
        if std::env::var_os("TMP_CG").is_some() { for _ in 0..2 { ours.run(BATCH)?; floor.run(BATCH)?; } return Ok(vec![]); }
        let pairs = Pairs::measure(ROUNDS, || ours.run(BATCH), || floor.run(BATCH))?;
        let what = format!("decision in-process, {size} tokens");
        rows.push(row(&pairs, &what, "one keyed digest + one hashbrown look-up", Target::AtMost(2.0))?);
        let cedar = Cedar::new()?;
        let pairs = Pairs::measure(ROUNDS, || cedar.run(CEDAR_BATCH), || ours.run(BATCH))?;
        let what = format!("the same against cedar-policy 4.14, {size} tokens");
        rows.push(cedar_row(&pairs, &what)?);
    }
    Ok(rows)
}

fn row(pairs: &Pairs, what: &str, baseline: &str, target: Target) -> Result<Row, Error> {
    let (ours, theirs) = pairs.medians()?;
    Ok(Row {
        what: what.to_owned(),
        ours: format!("{} ns", number(ours)),
        baseline: format!("{baseline}: {} ns", number(theirs)),
        finding: Finding::Ratio(pairs.ratio()?),
        target,
    })
}

/// How many times as fast: the pairs are the other way round.
fn cedar_row(pairs: &Pairs, what: &str) -> Result<Row, Error> {
    let (theirs, ours) = pairs.medians()?;
    Ok(Row {
        what: what.to_owned(),
        ours: format!("{} ns", number(ours)),
        baseline: format!("10 policies, 4 entities, the request made beforehand: {} ns", number(theirs)),
        finding: Finding::Ratio(pairs.ratio()?),
        target: Target::AtLeast(10.0),
    })
}

fn parse(tokens: &[String]) -> Result<Vec<Parsed<'_>>, Error> {
    tokens.iter().map(|token| jeton_token::parse(token.as_bytes()).map_err(Error::world)).collect()
}

/// The same tokens in another order, their text anew in memory in that order.
fn shuffled(tokens: &[String]) -> Result<Vec<String>, Error> {
    let mut copy: Vec<String> = tokens.to_vec();
    let mut state = 0x9e37_79b9_7f4a_7c15_u64;
    for at in (1..copy.len()).rev() {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        let bound = u64::try_from(at + 1).map_err(Error::world)?;
        copy.swap(at, usize::try_from((state >> 33) % bound).map_err(Error::world)?);
    }
    Ok(copy.iter().map(|token| token.as_str().to_owned()).collect())
}

/// A list that begins anew at its end.
struct Cycle {
    items: Vec<String>,
    at: usize,
}

impl Cycle {
    fn new(items: Vec<String>) -> Self {
        Self { items, at: 0 }
    }

    /// The next so many, parsed before the clock runs: that is the door's work.
    fn next(&mut self, count: usize) -> Result<Vec<Parsed<'_>>, Error> {
        let begin = self.at;
        self.at = (begin + count) % self.items.len();
        self.items
            .iter()
            .cycle()
            .skip(begin)
            .take(count)
            .map(|token| jeton_token::parse(token.as_bytes()).map_err(Error::world))
            .collect()
    }
}

fn call() -> Call {
    Call {
        operation: &jeton_git::FETCH,
        named: Named::Repository(OWNER.to_owned(), REPOSITORY.to_owned()),
        asked: format!("GET /{OWNER}/{REPOSITORY}.git/info/refs"),
        carried: Carried::Nothing,
        door: Door::Git,
        address: "192.0.2.7".parse().ok(),
        user_agent: "git/2.47".to_owned(),
        request_id: "0".to_owned(),
    }
}

/// The first request of every token goes to the database.
fn warm(app: &App, tokens: &[Parsed<'_>]) -> Result<(), Error> {
    let mut call = call();
    for token in tokens {
        call.carried = Carried::Value(Presented::new(app.ring(), token));
        app.permit(&call).map_err(Error::world)?;
    }
    Ok(())
}

struct Decisions<'a> {
    app: &'a App,
    call: Call,
    queries: Cycle,
}

impl Decisions<'_> {
    /// Nanoseconds a decision. One that is not made from memory, or not allowed, makes the measurement void.
    fn run(&mut self, count: usize) -> Result<f64, Error> {
        let queries = self.queries.next(count)?;
        let began = Instant::now();
        for token in &queries {
            self.call.carried = Carried::Value(Presented::new(self.app.ring(), token));
            match self.app.permit_at_once(&self.call) {
                Some(Ok(permitted)) => drop(black_box(permitted)),
                Some(Err(error)) => return Err(Error::world(error)),
                None => return Err(Error::Measure("a decision was not made from memory".to_owned())),
            }
        }
        Ok(nanoseconds(began, count))
    }
}

/// What no decision about a token can do without.
struct Floor<'a> {
    ring: &'a Ring,
    map: HashMap<[u8; 32], [u64; 3]>,
    queries: Cycle,
}

impl<'a> Floor<'a> {
    fn new(ring: &'a Ring, tokens: &[Parsed<'_>], queries: Cycle) -> Self {
        let digests = tokens.iter().filter_map(|token| ring.token_digest(ring.newest(), token));
        Self { ring, map: digests.zip(0..).map(|(digest, at)| (*digest.as_bytes(), [at; 3])).collect(), queries }
    }

    fn run(&mut self, count: usize) -> Result<f64, Error> {
        let queries = self.queries.next(count)?;
        let began = Instant::now();
        for token in &queries {
            let digest = self.ring.token_digest(self.ring.newest(), token);
            let found = digest.and_then(|digest| self.map.get(digest.as_bytes()));
            if black_box(found).is_none() {
                return Err(Error::Measure("a known token was not found".to_owned()));
            }
        }
        Ok(nanoseconds(began, count))
    }
}

#[allow(clippy::cast_precision_loss, reason = "a few milliseconds and some thousand rounds")]
fn nanoseconds(began: Instant, count: usize) -> f64 {
    began.elapsed().as_nanos() as f64 / count as f64
}

/// The same question put to a general policy engine: may this token of this person fetch this repository?
const POLICIES: &str = r#"
permit(principal, action in [Action::"fetch", Action::"get"], resource is Repository)
  when { resource.visibility == "public" };
permit(principal is Token, action == Action::"fetch", resource is Repository)
  when { principal.contents >= 1 && principal.selected.contains(resource) && principal.user.role >= 1 };
permit(principal is Token, action == Action::"push", resource is Repository)
  when { principal.contents >= 2 && principal.selected.contains(resource) && principal.user.role >= 3 };
permit(principal is Token, action == Action::"administer", resource is Repository)
  when { principal.administration >= 2 && principal.selected.contains(resource) && principal.user.role >= 5 };
forbid(principal is Token, action, resource) when { principal.expires <= context.now };
forbid(principal is Token, action, resource) when { principal.suspended || principal.user.suspended };
forbid(principal is Token, action, resource is Repository) unless { principal.standing == "active" };
forbid(principal is Token, action, resource is Repository) unless { principal.owner == resource.owner };
forbid(principal is Token, action, resource is Repository) unless { principal.metadata >= 1 };
forbid(principal is Token, action, resource is Repository)
  unless { resource.owner.fine_grained && principal.lifetime <= resource.owner.maximum };
"#;

const ENTITIES: &str = r#"[
 {"uid": {"type": "Organization", "id": "1"}, "parents": [], "attrs": {"fine_grained": true, "maximum": 366}},
 {"uid": {"type": "User", "id": "2"}, "parents": [{"type": "Organization", "id": "1"}],
  "attrs": {"role": 3, "suspended": false}},
 {"uid": {"type": "Repository", "id": "3"}, "parents": [],
  "attrs": {"visibility": "private", "owner": {"__entity": {"type": "Organization", "id": "1"}}}},
 {"uid": {"type": "Token", "id": "4"}, "parents": [], "attrs": {
   "user": {"__entity": {"type": "User", "id": "2"}}, "owner": {"__entity": {"type": "Organization", "id": "1"}},
   "selected": [{"__entity": {"type": "Repository", "id": "3"}}], "contents": 2, "metadata": 1,
   "administration": 0, "standing": "active", "suspended": false, "expires": 2000, "lifetime": 30}}
]"#;

struct Cedar {
    authorizer: Authorizer,
    policies: PolicySet,
    entities: Entities,
    request: Request,
}

impl Cedar {
    fn new() -> Result<Self, Error> {
        let uid = |text: &str| EntityUid::from_str(text).map_err(Error::world);
        let context = Context::from_json_str(r#"{"now": 1000}"#, None).map_err(Error::world)?;
        let action = uid(r#"Action::"fetch""#)?;
        let request = Request::new(uid(r#"Token::"4""#)?, action, uid(r#"Repository::"3""#)?, context, None);
        Ok(Self {
            authorizer: Authorizer::new(),
            policies: PolicySet::from_str(POLICIES).map_err(Error::world)?,
            entities: Entities::from_json_str(ENTITIES, None).map_err(Error::world)?,
            request: request.map_err(Error::world)?,
        })
    }

    fn run(&self, count: usize) -> Result<f64, Error> {
        let began = Instant::now();
        for _ in 0..count {
            let answer = self.authorizer.is_authorized(&self.request, &self.policies, &self.entities);
            if black_box(answer).decision() != cedar_policy::Decision::Allow {
                return Err(Error::Measure("cedar refuses what it should allow".to_owned()));
            }
        }
        Ok(nanoseconds(began, count))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cedar_allows_with_ten_policies() {
        let cedar = Cedar::new().unwrap();
        assert_eq!(cedar.policies.policies().count(), 10);
        assert!(cedar.run(1).unwrap() > 0.0);
    }

    #[test]
    fn shuffling_keeps_every_token() {
        let tokens: Vec<String> = (0..100).map(|n| n.to_string()).collect();
        let mut other = shuffled(&tokens).unwrap();
        assert_ne!(other, tokens);
        other.sort_by_key(|text| text.parse::<u32>().unwrap());
        assert_eq!(other, tokens);
    }
}
