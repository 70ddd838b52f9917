//! Tokens made, reviewed, rotated, suspended and revoked.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::at::{At, BASE, Gone, ORGANIZATION};
use super::random::Random;
use super::rows::Rows;

/// More are not kept alive at once.
const MOST_ALIVE: usize = 10;
/// Older tokens that are looked at again after each kill.
const SAMPLE: usize = 4;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Life {
    Alive,
    Suspended,
    Revoked,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct State {
    life: Life,
    standing: &'static str,
}

#[derive(Debug)]
struct Token {
    id: i64,
    value: String,
    /// The value before the last rotation.
    dead: Option<String>,
    /// The request that waits.
    request: Option<i64>,
    state: State,
}

/// A change that was sent and not answered yet.
enum Begun {
    Create { name: String, key: String },
    Rotate { token: usize, key: String },
    Change { token: usize, after: State },
}

pub struct Tokens {
    prefix: &'static str,
    made: usize,
    all: Vec<Token>,
    touched: BTreeSet<usize>,
    begun: Option<Begun>,
}

/// What a token becomes; nothing where the change is not open to it.
type Change = fn(State) -> Option<State>;

/// Ways to change a token that is there, and what comes of each.
const CHANGES: [(&str, Change); 7] = [
    ("approve", |s| {
        (s.standing == "pending").then_some(State {
            standing: "active",
            ..s
        })
    }),
    ("deny", |s| {
        (s.standing == "pending").then_some(State {
            standing: "denied",
            ..s
        })
    }),
    ("withdraw", |s| {
        (s.standing == "active").then_some(State {
            standing: "withdrawn",
            ..s
        })
    }),
    ("request", |s| {
        ["denied", "withdrawn"]
            .contains(&s.standing)
            .then_some(State {
                standing: "pending",
                ..s
            })
    }),
    ("suspend", |s| {
        (s.life == Life::Alive).then_some(State {
            life: Life::Suspended,
            ..s
        })
    }),
    ("resume", |s| {
        (s.life == Life::Suspended).then_some(State {
            life: Life::Alive,
            ..s
        })
    }),
    ("revoke", |s| {
        Some(State {
            life: Life::Revoked,
            standing: if s.standing == "pending" {
                "cancelled"
            } else {
                s.standing
            },
        })
    }),
];

fn wish(name: &str) -> Value {
    json!({
        "name": name, "owner": ORGANIZATION, "repositories": [BASE], "permissions": { "contents": "read" },
        "justification": "kill",
    })
}

impl Tokens {
    pub fn new(prefix: &'static str) -> Self {
        Self {
            prefix,
            made: 0,
            all: Vec::new(),
            touched: BTreeSet::new(),
            begun: None,
        }
    }

    fn alive(&self) -> Vec<usize> {
        (0..self.all.len())
            .filter(|index| self.all[*index].state.life != Life::Revoked)
            .collect()
    }

    fn create(&mut self, at: &At<'_>) -> Result<(), Gone> {
        self.made += 1;
        let name = format!("{}{}", self.prefix, self.made);
        let key = format!("create {name}");
        self.begun = Some(Begun::Create {
            name: name.clone(),
            key: key.clone(),
        });
        let made = at.must_once(
            "POST",
            "/api/jeton/v1/tokens",
            Some(&at.people.member),
            Some(&key),
            &wish(&name),
        )?;
        self.created(&made);
        Ok(())
    }

    fn created(&mut self, made: &Value) {
        self.begun = None;
        self.touched.insert(self.all.len());
        self.all.push(Token {
            id: made["id"].as_i64().unwrap(),
            value: made["token"].as_str().unwrap().to_owned(),
            dead: None,
            request: made["pending_request"].as_i64(),
            state: State {
                life: Life::Alive,
                standing: "pending",
            },
        });
    }

    fn rotate(&mut self, at: &At<'_>, token: usize) -> Result<(), Gone> {
        self.made += 1;
        let key = format!("rotate {}{}", self.prefix, self.made);
        self.begun = Some(Begun::Rotate {
            token,
            key: key.clone(),
        });
        let id = self.all[token].id;
        let made = rotated(at, id, &key)?;
        self.replaced(token, &made);
        Ok(())
    }

    fn replaced(&mut self, token: usize, made: &Value) {
        self.begun = None;
        let token = &mut self.all[token];
        let value = made["token"].as_str().unwrap().to_owned();
        token.dead = Some(std::mem::replace(&mut token.value, value));
    }

    fn change(&mut self, at: &At<'_>, token: usize, how: &str, after: State) -> Result<(), Gone> {
        self.begun = Some(Begun::Change { token, after });
        let Token { id, request, .. } = self.all[token];
        let (owner, member) = (
            Some(at.people.owner.as_str()),
            Some(at.people.member.as_str()),
        );
        let answer = match how {
            "approve" | "deny" => {
                let path = format!(
                    "/api/v3/orgs/{ORGANIZATION}/personal-access-token-requests/{}",
                    request.unwrap()
                );
                at.must("POST", &path, owner, &json!({ "action": how }))?
            }
            "withdraw" => {
                let path = format!("/api/v3/orgs/{ORGANIZATION}/personal-access-tokens/{id}");
                at.must("POST", &path, owner, &json!({ "action": "revoke" }))?
            }
            "request" => at.must(
                "POST",
                &format!("/api/jeton/v1/tokens/{id}/request"),
                member,
                &json!({}),
            )?,
            _ => at.must(
                "POST",
                &format!("/api/jeton/v1/tokens/{id}/{how}"),
                member,
                &Value::Null,
            )?,
        };
        self.begun = None;
        let token = &mut self.all[token];
        token.state = after;
        token.request = answer["pending_request"].as_i64().or(token.request);
        Ok(())
    }

    /// Whether what had begun is there. Asking again with the same key gives a value that works in either case.
    fn resolve(&mut self, at: &At<'_>, rows: &Rows) -> Option<bool> {
        match self.begun.take()? {
            Begun::Create { name, key } => {
                let found: Vec<i64> =
                    rows.column("SELECT id FROM tokens WHERE name = $1", &[&name]);
                assert!(found.len() <= 1, "`{name}` is there twice");
                let member = Some(at.people.member.as_str());
                let made = at
                    .must_once(
                        "POST",
                        "/api/jeton/v1/tokens",
                        member,
                        Some(&key),
                        &wish(&name),
                    )
                    .unwrap();
                if let Some(id) = found.first() {
                    assert_eq!(made["id"], *id, "`{name}` was made a second time");
                }
                self.created(&made);
                assert_eq!(
                    living_values(rows, made["id"].as_i64().unwrap()),
                    1,
                    "`{name}`"
                );
                Some(!found.is_empty())
            }
            Begun::Rotate { token, key } => {
                let Token { id, ref value, .. } = self.all[token];
                let there = oneself(at, value) == 401;
                assert_eq!(
                    living_values(rows, id),
                    1,
                    "a rotation of {id} was half done"
                );
                let made = rotated(at, id, &key).unwrap();
                assert_eq!(
                    living_values(rows, id),
                    1,
                    "a rotation of {id}, asked for again, was half done"
                );
                self.replaced(token, &made);
                Some(there)
            }
            Begun::Change { token, after } => {
                let token = &mut self.all[token];
                let (found, _) = look(at, token.id);
                assert!(
                    found == token.state || found == after,
                    "token {}: {found:?}, neither {:?} nor {after:?}",
                    token.id,
                    token.state
                );
                token.state = found;
                Some(found == after)
            }
        }
    }
}

fn rotated(at: &At<'_>, id: i64, key: &str) -> Result<Value, Gone> {
    let path = format!("/api/jeton/v1/tokens/{id}/rotate");
    at.must_once(
        "POST",
        &path,
        Some(&at.people.member),
        Some(key),
        &json!({ "overlap_seconds": 0 }),
    )
}

fn living_values(rows: &Rows, token: i64) -> i64 {
    rows.number(
        "SELECT COUNT(*) FROM secrets WHERE token_id = $1 AND retired_at IS NULL",
        &[&token],
    )
}

/// What the value's own view of itself answers.
fn oneself(at: &At<'_>, value: &str) -> u16 {
    at.look("/api/jeton/v1/token", value).0
}

/// A token as its holder sees it, with the request that waits.
fn look(at: &At<'_>, id: i64) -> (State, Option<i64>) {
    let (status, body) = at.look(&format!("/api/jeton/v1/tokens/{id}"), &at.people.member);
    assert_eq!(status, 200, "token {id} is gone");
    let life = match body["life"].as_str().unwrap() {
        "alive" => Life::Alive,
        "suspended" => Life::Suspended,
        "revoked" => Life::Revoked,
        other => panic!("token {id} is `{other}`"),
    };
    let known = ["pending", "active", "denied", "cancelled", "withdrawn"];
    let standing = known
        .into_iter()
        .find(|word| body["standing"] == *word)
        .unwrap();
    (State { life, standing }, body["pending_request"].as_i64())
}

impl Token {
    /// The rows, the credential itself and what it opens all say the same.
    fn check(&mut self, at: &At<'_>) {
        let (found, request) = look(at, self.id);
        assert_eq!(found, self.state, "token {}", self.id);
        self.request = request;
        assert_eq!(
            request.is_some(),
            found.standing == "pending",
            "token {}",
            self.id
        );
        let (alive, opened) = match (found.life, found.standing) {
            (Life::Revoked, _) => (401, 401),
            (Life::Suspended, _) => (403, 403),
            (Life::Alive, "active") => (200, 200),
            (Life::Alive, _) => (200, 404),
        };
        assert_eq!(
            oneself(at, &self.value),
            alive,
            "token {}: {found:?}",
            self.id
        );
        let path = format!("/api/v3/repos/{ORGANIZATION}/{BASE}");
        assert_eq!(
            at.look(&path, &self.value).0,
            opened,
            "token {}: {found:?}",
            self.id
        );
        if let Some(dead) = &self.dead {
            assert_eq!(
                oneself(at, dead),
                401,
                "the value of token {} before its rotation",
                self.id
            );
        }
    }
}

impl super::Writer for Tokens {
    fn name(&self) -> &'static str {
        "token"
    }

    fn write(&mut self, at: &At<'_>, random: &mut Random) -> Result<(), Gone> {
        let alive = self.alive();
        if alive.len() < 3 || (alive.len() < MOST_ALIVE && random.below(4) == 0) {
            return self.create(at);
        }
        let token = alive[random.index(alive.len())];
        self.touched.insert(token);
        let state = self.all[token].state;
        if state.life == Life::Alive && random.below(4) == 0 {
            return self.rotate(at, token);
        }
        let open: Vec<_> = CHANGES
            .iter()
            .filter_map(|(how, what)| Some((*how, what(state)?)))
            .collect();
        let (how, after) = open[random.index(open.len())];
        self.change(at, token, how, after)
    }

    fn verify(&mut self, at: &At<'_>, rows: &Rows, random: &mut Random) -> (usize, usize) {
        let there = self.resolve(at, rows);
        let mut looked_at = std::mem::take(&mut self.touched);
        looked_at.extend(
            (0..SAMPLE)
                .filter(|_| !self.all.is_empty())
                .map(|_| random.index(self.all.len())),
        );
        for index in looked_at {
            self.all[index].check(at);
        }
        (
            usize::from(there == Some(true)),
            usize::from(there == Some(false)),
        )
    }
}
