//! Workload identity against a real issuer: npm's `oidc-provider`, in a process of its own, whose tokens open jobs here that Git
//! and the API then know.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::disallowed_methods,
    clippy::print_stderr,
    missing_docs,
    unreachable_pub,
    missing_debug_implementations,
    reason = "tests"
)]

mod support;

use std::io::{BufRead as _, BufReader, Write as _};
use std::net::{SocketAddr, TcpListener};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex};
use std::time::SystemTime;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jeton_domain::{Span, Time};
use serde_json::{Value, json};
use support::git::Machine;
use support::http::{Answer, send};
use support::world::Person;
use support::{NOW, Site};

const ISSUER: &str = include_str!("clients/issuer.mjs");
const AUDIENCE: &str = "https://git.example.org";
const MAIN: &str = "repo:acme/widget:ref:refs/heads/main";
const STRANGER: &str = "repo:stranger/widget:ref:refs/heads/main";
const DOOR: &str = "/api/jeton/v1/workload/token";
const FORM: (&str, &str) = ("content-type", "application/x-www-form-urlencoded");

/// Where the test command installs what is on npm.
fn workshop() -> PathBuf {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../target");
    std::env::var_os("CARGO_TARGET_DIR")
        .map_or(root, PathBuf::from)
        .join("xtask")
}

fn written(fields: &[(&str, &str)]) -> String {
    url::form_urlencoded::Serializer::new(String::new())
        .extend_pairs(fields)
        .finish()
}

/// The issuer's process.
struct Issuer {
    child: Child,
    address: SocketAddr,
    /// As its tokens name it.
    name: String,
}

impl Drop for Issuer {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Issuer {
    fn start(port: u16, algorithm: &str) -> Option<Self> {
        let address = SocketAddr::from(([127, 0, 0, 1], port));
        Self::start_at(address, algorithm, &format!("http://{address}"))
    }

    /// Nothing where the provider is not installed. `name`: what it calls itself, wherever it listens.
    fn start_at(address: SocketAddr, algorithm: &str, name: &str) -> Option<Self> {
        let folder = workshop();
        if !folder
            .join("node_modules/oidc-provider/package.json")
            .exists()
        {
            eprintln!(
                "skipped: oidc-provider is not installed, `cargo xtask test clients` installs it"
            );
            return None;
        }
        let mut child = Command::new("node")
            .args(["--input-type=module", "-", &address.port().to_string()])
            .args([algorithm, &address.ip().to_string(), name])
            .current_dir(&folder)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let mut input = child.stdin.take().unwrap();
        input.write_all(ISSUER.as_bytes()).unwrap();
        drop(input);
        let mut said = BufReader::new(child.stdout.take().unwrap());
        let mut ready = String::new();
        said.read_line(&mut ready).unwrap();
        assert_eq!(ready, "ready\n", "the provider does not start");
        std::thread::spawn(move || std::io::copy(&mut said, &mut std::io::sink()));
        let name = name.to_owned();
        Some(Self {
            child,
            address,
            name,
        })
    }

    /// A token about a job, for an audience.
    fn token(&self, job: &str, audience: &str) -> String {
        let body = written(&[
            ("grant_type", "client_credentials"),
            ("client_id", job),
            ("client_secret", "a secret that only this test knows"),
            ("resource", audience),
        ]);
        let answer = send(self.address, "POST", "/token", &[FORM], body.as_bytes());
        assert_eq!(answer.status, 200, "{}", answer.text());
        answer.json()["access_token"].as_str().unwrap().to_owned()
    }

    fn get(&self, path: &str) -> Value {
        send(self.address, "GET", path, &[], b"").json()
    }
}

fn free_port() -> u16 {
    let free = TcpListener::bind("127.0.0.1:0").and_then(|listener| listener.local_addr());
    free.unwrap().port()
}

struct World {
    site: Site,
    ann: Person,
    issuer: Issuer,
    port: u16,
}

impl World {
    /// acme trusts the issuer for jobs of its widget's branches. `behind`: so far this server's clock is behind.
    fn open(algorithm: &str, behind: Span) -> Option<Self> {
        let port = free_port();
        let issuer = Issuer::start(port, algorithm)?;
        Some(Self::trusting(issuer, port, behind))
    }

    fn trusting(issuer: Issuer, port: u16, behind: Span) -> Self {
        let site = Site::with(&[("workload.allow", "127.0.0.1")]);
        // The provider lives in the present.
        let now = SystemTime::now()
            .duration_since(SystemTime::UNIX_EPOCH)
            .unwrap();
        let now = Time::from_seconds(i64::try_from(now.as_secs()).unwrap());
        site.later(now.before(behind).since(NOW));
        let ann = site.person("ann", false);
        site.organization("acme", &ann);
        for name in ["widget", "other"] {
            site.repository("acme", &ann, name, "private");
            site.fill(&format!("acme/{name}"), &ann.client);
        }
        site.service_account("acme", &ann, "builder");
        let world = Self {
            site,
            ann,
            issuer,
            port,
        };
        let own = |method: &str, path: &str, body: Value| world.own(method, path, &body);
        own(
            "PUT",
            "job-permissions",
            json!({ "permissions": { "contents": "write" } }),
        );
        let trusted = own(
            "POST",
            "workload/issuers",
            json!({ "name": "Works", "url": world.issuer.name, "service_account": "builder" }),
        );
        own(
            "POST",
            &format!("workload/issuers/{}/rules", trusted["id"]),
            json!({
                "name": "Branches",
                "audience": AUDIENCE,
                "claims": { "sub": ["repo:acme/widget:ref:refs/heads/*"] },
                "repository_claim": "repository",
                "permissions": { "contents": "write" },
            }),
        );
        world
    }

    fn own(&self, method: &str, path: &str, body: &Value) -> Value {
        let path = format!("/api/jeton/v1/orgs/acme/{path}");
        self.site.must(method, &path, Some(&self.ann.client), body)
    }

    /// Brings a token, as a form.
    fn bring(&self, token: &str) -> Answer {
        let body = written(&[
            (
                "grant_type",
                "urn:ietf:params:oauth:grant-type:token-exchange",
            ),
            ("subject_token", token),
            ("subject_token_type", "urn:ietf:params:oauth:token-type:jwt"),
            ("resource", "acme/widget"),
        ]);
        send(self.site.address(), "POST", DOOR, &[FORM], body.as_bytes())
    }

    fn refused(&self, token: &str) {
        let answer = self.bring(token);
        let said = answer.json();
        assert_eq!(
            (answer.status, &said["error"]),
            (400, &json!("invalid_grant"))
        );
        assert!(said["error_description"].is_string(), "{said}");
    }

    fn simulated(&self, token: &str) -> Value {
        let body = json!({ "repository": "acme/widget", "token": token });
        self.own("POST", "workload/simulate", &body)
    }
}

#[test]
fn a_real_issuers_token_opens_a_job_that_clones_pushes_and_ends() {
    for algorithm in ["RS256", "PS256", "ES256"] {
        let Some(world) = World::open(algorithm, Span::from_seconds(0)) else {
            return;
        };
        let token = world.issuer.token(MAIN, AUDIENCE);
        assert_eq!(world.simulated(&token)["opens"], true, "{algorithm}");
        let answer = world.bring(&token);
        assert_eq!(answer.status, 200, "{algorithm}: {}", answer.text());
        assert!(
            answer
                .header("cache-control")
                .is_some_and(|said| said.contains("no-store")),
            "{:?}",
            answer.headers
        );
        let said = answer.json();
        let value = said["access_token"].as_str().unwrap();
        assert!(value.starts_with("jts_"));
        assert_eq!(
            (
                &said["issued_token_type"],
                &said["token_type"],
                &said["expires_in"],
                &said["scope"]
            ),
            (
                &json!("urn:ietf:params:oauth:token-type:access_token"),
                &json!("Bearer"),
                &json!(3600),
                &json!("contents:write metadata:read"),
            )
        );
        // A second use.
        world.refused(&token);

        let machine = Machine::new();
        let at = |name: &str| format!("http://x:{value}@{}/acme/{name}.git", world.site.address());
        machine
            .git(&["clone", "-q", &at("widget"), "copy"])
            .succeeded();
        let copy = machine.path("copy");
        machine.commit(&copy, "built.txt", algorithm);
        machine
            .git_in(&copy, &["push", "-q", "origin", "HEAD:refs/heads/built"])
            .succeeded();
        assert!(!machine.git(&["clone", "-q", &at("other"), "no"]).ok);
        let asked = |path: &str| {
            world
                .site
                .call("GET", path, Some(value), &Value::Null)
                .status
        };
        assert_eq!(asked("/api/v3/repos/acme/widget"), 200);
        assert_eq!(asked("/api/v3/repos/acme/other"), 404);
        assert_eq!(asked("/api/jeton/v1/orgs/acme/workload/issuers"), 403);
        world.site.later(Span::from_hours(1));
        assert_eq!(asked("/api/v3/repos/acme/widget"), 401);
    }
}

#[test]
fn tokens_of_a_real_issuer_that_do_not_hold_open_nothing() {
    let Some(world) = World::open("RS256", Span::from_seconds(0)) else {
        return;
    };
    world.refused(&world.issuer.token(MAIN, "https://elsewhere.example.org"));
    world.refused(&world.issuer.token(STRANGER, AUDIENCE));
    let good = world.issuer.token(MAIN, AUDIENCE);
    let parts: Vec<&str> = good.split('.').collect();
    let head: Value = serde_json::from_slice(&URL_SAFE_NO_PAD.decode(parts[0]).unwrap()).unwrap();
    let headed = |change: Value, signature: &str| {
        let mut other = head.clone();
        for (name, value) in change.as_object().unwrap() {
            other[name] = value.clone();
        }
        let first = URL_SAFE_NO_PAD.encode(other.to_string());
        format!("{first}.{}.{signature}", parts[1])
    };
    world.refused(&headed(json!({ "alg": "none" }), ""));
    world.refused(&headed(json!({ "alg": "HS256" }), parts[2]));
    world.refused(&headed(json!({ "alg": "PS256" }), parts[2]));
    world.refused(&headed(json!({ "kid": "another" }), parts[2]));
    // Whoever brings the key along.
    let key = world.issuer.get("/jwks")["keys"][0].clone();
    world.refused(&headed(json!({ "jwk": key }), parts[2]));
    let said = world.simulated(&world.issuer.token(STRANGER, AUDIENCE));
    assert_eq!(said["opens"], false);
    let reason = said["rules"][0]["reasons"][0]["message"].as_str().unwrap();
    assert!(
        reason.contains(STRANGER) && reason.starts_with("`sub` must look like"),
        "{reason}"
    );
    // Over: this server's clock stands still while the issuer's goes on, so by more than five minutes and one of leeway.
    world.site.later(Span::from_minutes(30));
    world.refused(&good);
    assert!(
        world.simulated(&good)["token"]["time"]
            .as_str()
            .unwrap()
            .contains("it ended at")
    );
}

/// Signs a token's claims with what everybody can read of its key, in each form that it has, as a verifier that believes `alg`
/// would: `node -e FORGE`, the token and the key on standard input.
const FORGE: &str = r"
const { createHmac, createPublicKey } = require('node:crypto');
const { token, key } = JSON.parse(require('node:fs').readFileSync(0, 'utf8'));
const open = createPublicKey({ key, format: 'jwk' });
const secrets = [
  open.export({ type: 'spki', format: 'pem' }), open.export({ type: 'spki', format: 'pem' }).trim(),
  open.export({ type: 'spki', format: 'der' }), JSON.stringify(key), '',
  ...(key.n ? [key.n, Buffer.from(key.n, 'base64url'), open.export({ type: 'pkcs1', format: 'pem' })] : [key.x, key.x + key.y]),
];
const encoded = (value) => Buffer.from(JSON.stringify(value)).toString('base64url');
for (const [alg, hash] of [['HS256', 'sha256'], ['HS384', 'sha384'], ['HS512', 'sha512']]) {
  for (const secret of secrets) {
    const signed = `${encoded({ alg, typ: 'at+jwt', kid: key.kid })}.${token.split('.')[1]}`;
    console.log(`${signed}.${createHmac(hash, secret).update(signed).digest('base64url')}`);
  }
}
";

#[test]
fn a_public_key_is_nobodys_shared_secret() {
    for algorithm in ["RS256", "ES256"] {
        let Some(world) = World::open(algorithm, Span::from_seconds(0)) else {
            return;
        };
        let token = world.issuer.token(MAIN, AUDIENCE);
        let key = world.issuer.get("/jwks")["keys"][0].clone();
        let mut node = Command::new("node")
            .args(["-e", FORGE])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let said = json!({ "token": token, "key": key }).to_string();
        let mut input = node.stdin.take().unwrap();
        input.write_all(said.as_bytes()).unwrap();
        drop(input);
        let output = node.wait_with_output().unwrap();
        let forged = String::from_utf8(output.stdout).unwrap();
        assert!(
            output.status.success() && forged.lines().count() >= 21,
            "{forged}"
        );
        for forged in forged.lines() {
            world.refused(forged);
        }
        // What it was made from is good.
        assert_eq!(world.bring(&token).status, 200, "{algorithm}");
    }
}

/// What an issuer's address answers that is not the issuer's own.
#[derive(Clone, Copy, PartialEq)]
enum Front {
    /// Leads elsewhere whatever is asked.
    Redirects,
    /// Says of itself what it should, and that its keys are elsewhere.
    Points,
    /// Gives what the issuer says, as its own.
    Passes,
}

/// A server at the issuer's address, before an issuer in the operator's network.
fn front(listener: TcpListener, behind: SocketAddr, front: Arc<Mutex<Front>>) {
    let own = listener.local_addr().unwrap();
    std::thread::spawn(move || {
        for mut stream in listener.incoming().flatten() {
            let mut head = String::new();
            let mut reader = BufReader::new(&stream);
            while reader.read_line(&mut head).is_ok_and(|read| read > 2) {}
            let Some(path) = head.split(' ').nth(1).map(ToOwned::to_owned) else {
                continue;
            };
            let mode = *front.lock().unwrap();
            let said = match mode {
                Front::Redirects => format!(
                    "HTTP/1.1 302 Found\r\nlocation: http://{behind}{path}\r\ncontent-length: 0\r\nconnection: close\r\n\r\n"
                ),
                Front::Points | Front::Passes => {
                    let mut body = send(behind, "GET", &path, &[], b"").text();
                    if mode == Front::Passes {
                        body = body.replace(&behind.to_string(), &own.to_string());
                    }
                    format!(
                        "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: {}\r\nconnection: close\r\n\r\n{body}",
                        body.len()
                    )
                }
            };
            let _ = stream.write_all(said.as_bytes());
        }
    });
}

/// 127.0.0.1 is let through (`workload.allow`), and 127.0.0.2 stands for all that nobody outside should have asked for them.
#[test]
fn an_issuer_that_leads_to_a_private_address_is_not_followed() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let (name, port) = (listener.local_addr().unwrap(), free_port());
    let behind = SocketAddr::from(([127, 0, 0, 2], port));
    let Some(issuer) = Issuer::start_at(behind, "ES256", &format!("http://{name}")) else {
        return;
    };
    let mode = Arc::new(Mutex::new(Front::Redirects));
    front(listener, behind, Arc::clone(&mode));
    let world = World::trusting(issuer, port, Span::from_seconds(0));
    for (is, words) in [(Front::Redirects, "302"), (Front::Points, "private")] {
        *mode.lock().unwrap() = is;
        let answer = world.bring(&world.issuer.token(MAIN, AUDIENCE));
        assert_eq!(answer.status, 503, "{}", answer.text());
        let listed = world.own("GET", "workload/issuers", &Value::Null);
        let fault = listed[0]["fault"].as_str().unwrap();
        assert!(fault.contains(words), "{fault}");
        assert!(!answer.text().contains("127.0.0.2"), "{}", answer.text());
        world.site.later(Span::from_seconds(31));
    }
    // The same issuer at an address that it may have: nothing else was in the way.
    *mode.lock().unwrap() = Front::Passes;
    let answer = world.bring(&world.issuer.token(MAIN, AUDIENCE));
    assert_eq!(answer.status, 200, "{}", answer.text());
}

#[test]
fn a_token_of_the_future_is_none_yet() {
    let Some(world) = World::open("ES256", Span::from_minutes(3)) else {
        return;
    };
    let token = world.issuer.token(MAIN, AUDIENCE);
    world.refused(&token);
    world.site.later(Span::from_minutes(3));
    assert_eq!(world.bring(&token).status, 200);
}

#[test]
fn a_real_issuer_rotates_its_key_and_goes_down() {
    let Some(mut world) = World::open("ES256", Span::from_seconds(0)) else {
        return;
    };
    assert_eq!(world.bring(&world.issuer.token(MAIN, AUDIENCE)).status, 200);
    let old = world.issuer.token(MAIN, AUDIENCE);
    let (port, name) = (world.port, world.issuer.name.clone());
    drop(std::mem::replace(
        &mut world.issuer,
        // The old one has the port until it is gone.
        Issuer {
            child: Command::new("true").spawn().unwrap(),
            address: ([127, 0, 0, 1], port).into(),
            name,
        },
    ));
    world.issuer = Issuer::start(port, "ES256").unwrap();
    let new = world.issuer.token(MAIN, AUDIENCE);
    world.refused(&new);
    world.site.later(Span::from_seconds(31));
    assert_eq!(
        world.bring(&new).status,
        200,
        "asked again after half a minute"
    );
    world.refused(&old);

    let last = [(), ()].map(|()| world.issuer.token(MAIN, AUDIENCE));
    world.issuer.child.kill().unwrap();
    world.issuer.child.wait().unwrap();
    // What it said holds; a server that never heard it says to come again.
    assert_eq!(world.bring(&last[0]).status, 200);
    world.site.restart();
    let answer = world.bring(&last[1]);
    assert_eq!(answer.status, 503, "{}", answer.text());
    assert_eq!(answer.header("retry-after"), Some("30"));
    assert_eq!(answer.json()["error"], "temporarily_unavailable");
    let listed = world.own("GET", "workload/issuers", &Value::Null);
    assert!(
        listed[0]["fault"].is_string() && listed[0]["keys_read_at"].is_string(),
        "{listed}"
    );
}

#[test]
fn what_is_asked_wrongly_is_said_in_the_protocols_words() {
    let Some(world) = World::open("ES256", Span::from_seconds(0)) else {
        return;
    };
    let exchange = "urn:ietf:params:oauth:grant-type:token-exchange";
    let kind = "urn:ietf:params:oauth:token-type:id_token";
    let good = [
        ("grant_type", exchange),
        ("subject_token", "x"),
        ("subject_token_type", kind),
        ("resource", "acme/widget"),
    ];
    for (field, value, error) in [
        ("grant_type", "client_credentials", "unsupported_grant_type"),
        ("grant_type", "", "unsupported_grant_type"),
        ("subject_token", "", "invalid_request"),
        (
            "subject_token_type",
            "urn:ietf:params:oauth:token-type:saml2",
            "invalid_request",
        ),
        ("resource", "", "invalid_request"),
        ("resource", "widget", "invalid_target"),
        ("scope", "everything", "invalid_scope"),
        (
            "requested_token_type",
            "urn:ietf:params:oauth:token-type:refresh_token",
            "invalid_request",
        ),
        ("subject_token", "x", "invalid_grant"),
    ] {
        let mut fields: Vec<_> = good
            .into_iter()
            .filter(|(name, _)| *name != field)
            .collect();
        fields.push((field, value));
        let form = written(&fields);
        let json = Value::Object(
            fields
                .iter()
                .map(|(n, v)| ((*n).to_owned(), json!(v)))
                .collect(),
        );
        let as_json = ("content-type", "application/json");
        for (header, body) in [(FORM, form.as_str()), (as_json, json.to_string().as_str())] {
            let answer = send(
                world.site.address(),
                "POST",
                DOOR,
                &[header],
                body.as_bytes(),
            );
            assert_eq!(
                (answer.status, answer.json()["error"].as_str()),
                (400, Some(error)),
                "{field}={value}: {}",
                answer.text()
            );
        }
    }
    let body = written(&good);
    let basic = ("authorization", "Basic YTpi");
    let answer = send(
        world.site.address(),
        "POST",
        DOOR,
        &[FORM, basic],
        body.as_bytes(),
    );
    assert_eq!(
        (answer.status, answer.json()["error"].as_str()),
        (401, Some("invalid_client"))
    );
}
