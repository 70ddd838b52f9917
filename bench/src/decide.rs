//! The decision in-process: a parsed token is digested, its credential and the place are taken from the caches, the
//! decision is made and counted. No door, no database.

use std::collections::HashSet;
use std::hint::black_box;
use std::num::NonZero;
use std::str::FromStr as _;
use std::time::Instant;

use cedar_policy::{
    Authorizer, Context, Entities, Entity, EntityId, EntityTypeName, EntityUid, PolicySet, Request,
    RestrictedExpression,
};
use hashbrown::HashMap;
use jeton_app::{App, Call, Carried, Door, Named, Presented};
use jeton_token::{Parsed, Ring};

use crate::error::Error;
use crate::pairs::Pairs;
use crate::table::{Finding, Row, Rows, Target, number};
use crate::world::OWNER;
use crate::{Context as Bench, REPOSITORY, in_parallel};

/// Decisions of one measurement: a few milliseconds, so that whatever else the machine does seldom falls into one side of
/// a pair alone.
const BATCH: usize = 10_000;
const ROUNDS: usize = 201;
const CEDAR_BATCH: usize = 1_000;

pub(crate) fn rows(bench: &Bench, rows: &mut Rows) -> Result<(), Error> {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(1)
        .enable_all()
        .build()
        .map_err(Error::io("a runtime"))?;
    for sized in [&bench.small, &bench.large] {
        let size = sized.size.name;
        rows.say(&format!("making {size} tokens"));
        let world = sized.world()?;
        let app = world.app(runtime.handle())?;
        // Queries lie in another order than the caches were filled in, so that no look-up finds its neighbour warm.
        let ring = world.ring()?;
        let parsed = parse(&world.tokens)?;
        rows.say("asking every token once");
        warm(&app, &parsed)?;
        let mut ours = Decisions {
            app: &app,
            call: call(),
            queries: Cycle::new(shuffled(&world.tokens)?),
        };
        let mut floor = Floor::new(&ring, &parsed, Cycle::new(shuffled(&world.tokens)?));
        let pairs = Pairs::measure(ROUNDS, || ours.run(BATCH), || floor.run(BATCH))?;
        let what = format!("decision in-process, {size} tokens");
        rows.push(row(
            &pairs,
            &what,
            "one keyed digest + one hashbrown look-up",
            Target::AtMost(2.0),
        )?);
        rows.say("making the same tokens for cedar-policy");
        let mut cedar = Cedar::new(world.tokens.len())?;
        let pairs = Pairs::measure(ROUNDS, || cedar.run(CEDAR_BATCH), || ours.run(BATCH))?;
        let what = format!("the same against cedar-policy 4.14, {size} tokens");
        rows.push(cedar_row(&pairs, &what)?);
    }
    Ok(())
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
        baseline: format!(
            "10 policies, an entity for each token, the requests made beforehand: {} ns",
            number(theirs)
        ),
        finding: Finding::Ratio(pairs.ratio()?),
        target: Target::AtLeast(10.0),
    })
}

fn parse(tokens: &[String]) -> Result<Vec<Parsed<'_>>, Error> {
    tokens
        .iter()
        .map(|token| jeton_token::parse(token.as_bytes()).map_err(Error::world))
        .collect()
}

/// The numbers below `count` in an order that has nothing to do with theirs.
fn order(count: usize) -> Result<Vec<usize>, Error> {
    let mut order: Vec<usize> = (0..count).collect();
    let mut state = 0x9e37_79b9_7f4a_7c15_u64;
    for at in (1..count).rev() {
        state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        let bound = u64::try_from(at + 1).map_err(Error::world)?;
        let other = usize::try_from((state >> 33) % bound).map_err(Error::world)?;
        order.swap(at, other);
    }
    Ok(order)
}

/// The same tokens in another order, their text anew in memory in that order.
fn shuffled(tokens: &[String]) -> Result<Vec<String>, Error> {
    let order = order(tokens.len())?;
    Ok(order
        .into_iter()
        .filter_map(|at| tokens.get(at).cloned())
        .collect())
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
    in_parallel(
        tokens,
        std::thread::available_parallelism().map_or(1, NonZero::get),
        |tokens| {
            let mut call = call();
            for token in tokens {
                call.carried = Carried::Value(Presented::new(app.ring(), token));
                app.permit(&call).map_err(Error::world)?;
            }
            Ok(())
        },
    )
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
                None => {
                    return Err(Error::Measure(
                        "a decision was not made from memory".to_owned(),
                    ));
                }
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
        let digests = tokens
            .iter()
            .filter_map(|token| ring.token_digest(ring.newest(), token));
        Self {
            ring,
            map: digests
                .zip(0..)
                .map(|(digest, at)| (*digest.as_bytes(), [at; 3]))
                .collect(),
            queries,
        }
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

#[allow(
    clippy::cast_precision_loss,
    reason = "a few milliseconds and some thousand rounds"
)]
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

/// What the tokens belong to; they come beside it.
const ENTITIES: &str = r#"[
 {"uid": {"type": "Organization", "id": "1"}, "parents": [], "attrs": {"fine_grained": true, "maximum": 366}},
 {"uid": {"type": "User", "id": "2"}, "parents": [{"type": "Organization", "id": "1"}],
  "attrs": {"role": 3, "suspended": false}},
 {"uid": {"type": "Repository", "id": "3"}, "parents": [],
  "attrs": {"visibility": "private", "owner": {"__entity": {"type": "Organization", "id": "1"}}}}
]"#;

fn uid(kind: &str, id: &str) -> Result<EntityUid, Error> {
    let kind = EntityTypeName::from_str(kind).map_err(Error::world)?;
    Ok(EntityUid::from_type_name_and_id(kind, EntityId::new(id)))
}

/// What the policies ask of a token.
fn token(at: usize) -> Result<Entity, Error> {
    use RestrictedExpression as Value;
    let repository = Value::new_entity_uid(uid("Repository", "3")?);
    let facts = [
        ("user", Value::new_entity_uid(uid("User", "2")?)),
        ("owner", Value::new_entity_uid(uid("Organization", "1")?)),
        ("selected", Value::new_set([repository])),
        ("contents", Value::new_long(2)),
        ("metadata", Value::new_long(1)),
        ("administration", Value::new_long(0)),
        ("standing", Value::new_string("active".to_owned())),
        ("suspended", Value::new_bool(false)),
        ("expires", Value::new_long(2000)),
        ("lifetime", Value::new_long(30)),
    ];
    let facts = facts.map(|(name, value)| (name.to_owned(), value));
    Entity::new(uid("Token", &at.to_string())?, facts.into(), HashSet::new()).map_err(Error::world)
}

struct Cedar {
    authorizer: Authorizer,
    policies: PolicySet,
    entities: Entities,
    action: EntityUid,
    repository: EntityUid,
    context: Context,
    /// The tokens, in the order in which they are asked about.
    tokens: Vec<EntityUid>,
    at: usize,
}

impl Cedar {
    fn new(count: usize) -> Result<Self, Error> {
        let entities = Entities::from_json_str(ENTITIES, None).map_err(Error::world)?;
        let tokens = (0..count).map(token).collect::<Result<Vec<_>, _>>()?;
        let order = order(count)?.into_iter();
        Ok(Self {
            authorizer: Authorizer::new(),
            policies: PolicySet::from_str(POLICIES).map_err(Error::world)?,
            entities: entities.add_entities(tokens, None).map_err(Error::world)?,
            action: uid("Action", "fetch")?,
            repository: uid("Repository", "3")?,
            context: Context::from_json_str(r#"{"now": 1000}"#, None).map_err(Error::world)?,
            tokens: order
                .map(|at| uid("Token", &at.to_string()))
                .collect::<Result<_, _>>()?,
            at: 0,
        })
    }

    /// The next so many questions, put into words before the clock runs.
    fn requests(&mut self, count: usize) -> Result<Vec<Request>, Error> {
        let begin = self.at;
        self.at = (begin + count) % self.tokens.len();
        let tokens = self.tokens.iter().cycle().skip(begin).take(count);
        let request = |token: &EntityUid| {
            let (action, repository) = (self.action.clone(), self.repository.clone());
            Request::new(
                token.clone(),
                action,
                repository,
                self.context.clone(),
                None,
            )
            .map_err(Error::world)
        };
        tokens.map(request).collect()
    }

    fn run(&mut self, count: usize) -> Result<f64, Error> {
        let requests = self.requests(count)?;
        let began = Instant::now();
        for request in &requests {
            let answer = self
                .authorizer
                .is_authorized(request, &self.policies, &self.entities);
            if black_box(answer).decision() != cedar_policy::Decision::Allow {
                return Err(Error::Measure(
                    "cedar refuses what it should allow".to_owned(),
                ));
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
        let mut cedar = Cedar::new(10).unwrap();
        assert_eq!(cedar.policies.policies().count(), 10);
        assert!(cedar.run(25).unwrap() > 0.0);
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
