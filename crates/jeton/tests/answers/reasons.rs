//! The words of `reason`, each asked for at a door: the request that gets it, its status and what it says.
//!
//! Long: one table, a row for each word.

use std::collections::BTreeSet;
use std::io::{Read, Write};
use std::os::unix::net::UnixStream;

use jeton_decide::Reason;
use jeton_domain::Span;
use jeton_http::Code;
use serde_json::{Value, json};

use crate::support::http::{Answer, raw, send};
use crate::support::world::{Person, Token, UNKNOWN};
use crate::visitor::Visitor;
use crate::world::World;

const NOT_ACCESSIBLE: &str = "Resource not accessible by personal access token";
const POLICY: &str = "/api/jeton/v1/orgs/acme/policy";
const TOKENS: &str = "/api/jeton/v1/tokens";
const SECRET: &str = "/api/v3/repos/acme/secret";
/// GitHub's command line.
const GH: &str = "178c6fc778ccc68e1d6a";
const OPEN: &str = "/api/v3/repos/acme/open";

/// What is told elsewhere, and where: a test there names the word.
const ELSEWHERE: &[(&str, &str)] = &[
    ("database_away", "jeton/tests/door/storage.rs"),
    ("disk_full", "jeton/tests/door/storage.rs"),
    ("read_only", "jeton/tests/door/storage.rs"),
    ("busy", "jeton/tests/door/bad_input.rs"),
    ("two_factor_required", "app/tests/factors/required.rs"),
    ("second_factor_needed", "client/src/tests/commands.rs"),
    ("last_way_in", "app/tests/factors/passkeys.rs"),
    ("bad_code", "http/src/refusal.rs"),
    ("empty_repository", "jeton/tests/repository_data/reading.rs"),
    (
        "force_forbidden",
        "jeton/tests/repository_data/written_refs.rs",
    ),
    (
        "delete_forbidden",
        "jeton/tests/repository_data/written_refs.rs",
    ),
    (
        "workflow_needed",
        "jeton/tests/repository_data/workflows.rs",
    ),
    ("too_large", "jeton/tests/repository_data/files.rs"),
    ("bad_passkey", "http/src/refusal.rs"),
    ("bad_package", "jeton/tests/packages/hostile.rs"),
    ("version_taken", "jeton/tests/packages/rules.rs"),
    ("no_mail", "app/tests/tokens/delivery.rs"),
    ("account_exists", "app/tests/people/sign_up.rs"),
    ("identity_taken", "app/tests/outside/attacks.rs"),
    ("invitation_over", "app/tests/people/invitations.rs"),
    ("not_connected", "app/tests/outside/attacks.rs"),
    ("provider_code", "app/tests/outside/attacks.rs"),
    ("provider_denied", "app/tests/outside/main.rs"),
    ("provider_identity", "app/tests/outside/attacks.rs"),
    ("provider_question", "app/tests/outside/attacks.rs"),
    ("provider_unavailable", "app/tests/outside/main.rs"),
    ("authorize_request", "app/tests/oauth/web_flow.rs"),
    ("client_secrets", "app/tests/oauth/applications.rs"),
];

/// What no answer says as `reason`, and what the answer is instead.
const UNSAID: &[&str] = &[
    // 401, which would help a guesser.
    "unknown_scheme",
    "malformed_token",
    "unknown_token",
    "person_needed",
    // 404, which would tell hidden from missing.
    "not_visible",
    "scope_missing",
    // Pages, which say it in sentences: `pages/door.rs`, `pages/forms.rs`.
    "foreign_form",
    "form_body",
    "token_at_page",
    // Text for Git's clients: below.
    "dumb_protocol",
    // What a use case says without a word of its own: all have one.
    "conflict",
];

struct Table {
    world: World,
    told: BTreeSet<String>,
    /// What is not as the rows say, so that one run tells of all.
    wrong: Vec<String>,
}

impl Table {
    fn expect(&mut self, right: bool, what: String) {
        if !right {
            self.wrong.push(what);
        }
    }

    fn row(&mut self, reason: &str, status: u16, message: &str, answer: &Answer) -> Value {
        let body = answer.json();
        let (said, right) = (
            (
                answer.status,
                &body["reason"],
                &body["message"],
                &body["status"],
            ),
            (
                status,
                &json!(reason),
                &json!(message),
                &json!(status.to_string()),
            ),
        );
        self.expect(said == right, format!("{right:?}: {}", answer.text()));
        let whole = body["documentation_url"].is_string() && !answer.text().contains("jeton_pat_");
        self.expect(whole, format!("{reason}: {}", answer.text()));
        self.told.insert(reason.to_owned());
        body
    }

    /// A refusal by what the credential may: what is missing stands beside the message.
    fn missing(&mut self, reason: &str, missing: &str, answer: &Answer) {
        let layer = Reason::CODES.iter().any(|(code, _)| *code == reason);
        assert!(layer, "{reason} is no word of the decision");
        let body = answer.json();
        let message = if body["message"] == NOT_ACCESSIBLE {
            NOT_ACCESSIBLE
        } else {
            missing
        };
        let body = self.row(reason, 403, message, answer);
        let whole = body["layer"].is_string() && body["request_id"].is_string();
        let right = body["missing"] == missing && whole;
        self.expect(right, format!("{reason}, {missing}: {body}"));
    }

    fn by(&self, person: &Person, method: &str, path: &str, body: &Value) -> Answer {
        self.world.by(person, method, path, body)
    }

    fn owner(&self, method: &str, path: &str, body: &Value) -> Answer {
        self.by(&self.world.olivia, method, path, body)
    }

    fn set(&self, path: &str, body: &Value) {
        let olivia = Some(self.world.olivia.client.as_str());
        self.world.site.must("PATCH", path, olivia, body);
    }

    /// Changes a repository with a token.
    fn edit(&self, value: &str, path: &str) -> Answer {
        let body = json!({ "description": "x" });
        self.world.site.call("PATCH", path, Some(value), &body)
    }

    fn read(&self, value: &str, path: &str) -> Answer {
        self.world.site.call("GET", path, Some(value), &Value::Null)
    }

    fn token(&self, person: &Person, name: &str, more: Value) -> Token {
        let mut wish =
            json!({ "name": name, "owner": "acme", "permissions": { "contents": "read" } });
        let Value::Object(more) = more else {
            panic!("{more}")
        };
        wish.as_object_mut().unwrap().extend(more);
        self.world.site.token(person, &wish)
    }

    fn raw(&self, bytes: &str) -> Answer {
        raw(self.world.site.address(), bytes.as_bytes())
    }

    fn behind(&self, sql: &str) {
        let file = self.world.site.folder().join("data/jeton.db");
        let other = rusqlite::Connection::open(file).unwrap();
        other
            .busy_timeout(std::time::Duration::from_secs(20))
            .unwrap();
        other.execute_batch(sql).unwrap();
    }
}

#[test]
fn every_reason_is_told_with_its_status_and_message() {
    let world = World::new(&[
        ("limits.body_bytes", "8KiB"),
        ("limits.body_idle", "400ms"),
        ("proxies.trusted", "127.0.0.1"),
    ]);
    for name in ["open", "other"] {
        world.site.repository("acme", &world.olivia, name, "public");
    }
    let mut table = Table {
        world,
        told: BTreeSet::new(),
        wrong: Vec::new(),
    };
    carriers(&mut table);
    standings(&mut table);
    powers(&mut table);
    policies(&mut table);
    scopes(&mut table);
    applications(&mut table);
    bodies(&mut table);
    states(&mut table);
    signing_in(&mut table);
    storage(&mut table);
    // At the end: the clock goes on.
    times(&mut table);

    assert!(table.wrong.is_empty(), "{:#?}", table.wrong);
    let words = Reason::CODES.iter().map(|(code, _)| *code);
    let words: BTreeSet<&str> = words
        .chain(Code::ALL.iter().map(|code| code.word()))
        .collect();
    let told: BTreeSet<&str> = table.told.iter().map(String::as_str).collect();
    let elsewhere: BTreeSet<&str> = ELSEWHERE.iter().map(|(word, _)| *word).collect();
    let unsaid: BTreeSet<&str> = UNSAID.iter().copied().collect();
    assert!(told.is_disjoint(&unsaid) && told.is_disjoint(&elsewhere));
    let all: BTreeSet<&str> = [&told, &elsewhere, &unsaid]
        .into_iter()
        .flatten()
        .copied()
        .collect();
    assert_eq!(all, words);
    let crates = std::path::Path::new(env!("CARGO_MANIFEST_DIR"))
        .parent()
        .unwrap();
    for (word, place) in ELSEWHERE {
        let text = std::fs::read_to_string(crates.join(place)).unwrap();
        assert!(text.contains(&format!("\"{word}\"")), "{word} in {place}");
    }
}

/// How the credential came.
fn carriers(table: &mut Table) {
    let address = table.world.site.address();
    let value = table.world.olivia.client.clone();
    let ask = |target: &str, headers: &[&str]| {
        let headers: Vec<_> = headers.iter().map(|h| ("authorization", *h)).collect();
        send(address, "GET", target, &headers, b"")
    };
    let bearer = format!("Bearer {value}");
    let user = "/api/v3/user";
    table.row(
        "two_credentials",
        400,
        "The request carries more than one credential.",
        &ask(user, &[&bearer, &bearer]),
    );
    table.row(
        "undecodable_basic",
        400,
        "The Basic authorization does not decode.",
        &ask(user, &["Basic ???"]),
    );
    table.row(
        "token_in_url",
        400,
        "A token stands in the path or the query, where logs keep it.",
        &ask(&format!("{user}?access_token={value}"), &[]),
    );
    // Which of these it is, nobody is told; at the end the one that needs somebody.
    let unknown = format!("Bearer {UNKNOWN}");
    for (headers, message) in [
        (&["Digest x"][..], "Bad credentials"),
        (&["Bearer jeton_pat_short"], "Bad credentials"),
        (&[unknown.as_str()], "Bad credentials"),
        (&[], "Requires authentication"),
    ] {
        let answer = ask(user, headers);
        let body = answer.json();
        assert_eq!(answer.status, 401, "{headers:?}");
        assert_eq!(body["message"], message, "{headers:?}");
        assert_eq!(body["reason"], Value::Null, "{headers:?}");
    }
    let far = [
        ("authorization", bearer.as_str()),
        ("x-forwarded-for", "198.51.100.7"),
    ];
    table.row(
        "in_clear",
        403,
        "A credential came over plain HTTP from another machine, where everybody on the way could read it. \
         Replace it, and use https.",
        &send(address, "GET", user, &far, b""),
    );
    table.row(
        "bad_host",
        400,
        "The request must name one host, in one `Host` header.",
        &table.raw("GET /api/v3/user HTTP/1.1\r\nconnection: close\r\n\r\n"),
    );
    let client = [("authorization", "Basic Ym9hcmQ6c2VjcmV0")];
    table.row(
        "bad_client",
        401,
        "No application has this client id, or the client secret is not its own.",
        &send(
            address,
            "POST",
            "/api/v3/applications/board/token",
            &client,
            br#"{"access_token":"x"}"#,
        ),
    );
    let exchange = ("content-type", "application/x-www-form-urlencoded");
    table.row(
        "workload_token",
        400,
        "The grant_type is urn:ietf:params:oauth:grant-type:token-exchange.",
        &send(
            address,
            "POST",
            "/api/jeton/v1/workload/token",
            &[exchange],
            b"grant_type=x",
        ),
    );
    let long = format!("/api/v3/user?x={}", "x".repeat(9_000));
    let refused = ask(&long, &[]);
    table.row(
        "url_too_long",
        414,
        "The address is longer than 8192 bytes.",
        &refused,
    );
    // Git's client is told in words.
    let dumb = ask("/acme/open.git/info/refs", &[]);
    assert_eq!(dumb.status, 403);
    assert_eq!(
        dumb.text(),
        "Only Git's smart protocol is spoken here, and this client asked for another.\n"
    );
}

/// What a token reaches: told of what everybody may see, where a 404 would hide nothing.
fn standings(table: &mut Table) {
    let (olivia, mia) = (table.world.olivia.clone(), table.world.mia.clone());
    let requests = "/api/v3/orgs/acme/personal-access-token-requests";
    let own = |token: &Token, what: &str| format!("{TOKENS}/{}/{what}", token.id);
    let token = table.token(&mia, "asked", json!({ "repositories": ["secret"] }));
    let refused = table.edit(&token.value, OPEN);
    table.missing(
        "standing_pending",
        "The owner has not approved the token yet.",
        &refused,
    );
    let cancelled = table.by(&mia, "POST", &own(&token, "cancel-request"), &Value::Null);
    assert_eq!(cancelled.status, 200, "{}", cancelled.text());
    assert_eq!(cancelled.json()["standing"], "cancelled");
    let refused = table.edit(&token.value, OPEN);
    table.missing(
        "standing_cancelled",
        "The token's request was taken back.",
        &refused,
    );
    let asked = table.by(&mia, "POST", &own(&token, "request"), &Value::Null);
    assert_eq!(asked.status, 200, "{}", asked.text());
    let id = table.owner("GET", requests, &Value::Null).json()[0]["id"].clone();
    let review = format!("{requests}/{id}");
    let denied = table.owner("POST", &review, &json!({ "action": "deny" }));
    assert_eq!(denied.status, 204, "{}", denied.text());
    let refused = table.edit(&token.value, OPEN);
    table.missing(
        "standing_denied",
        "The owner denied the token's request.",
        &refused,
    );
    let late = table.owner("POST", &review, &json!({ "action": "approve" }));
    table.row(
        "not_pending",
        409,
        "The request is not pending any more.",
        &late,
    );
    let asked = table.by(&mia, "POST", &own(&token, "request"), &Value::Null);
    assert_eq!(asked.status, 200, "{}", asked.text());
    table.world.site.approve("acme", &olivia, &token);
    let again = table.by(&mia, "POST", &own(&token, "request"), &Value::Null);
    let message = again.json()["message"].clone();
    table.row("standing", 409, message.as_str().unwrap(), &again);
    let refused = table.edit(&token.value, OPEN);
    table.missing(
        "not_selected",
        "The token does not select the repository or package.",
        &refused,
    );
    let grant = format!("/api/v3/orgs/acme/personal-access-tokens/{}", token.id);
    table.owner("POST", &grant, &json!({ "action": "revoke" }));
    let refused = table.edit(&token.value, OPEN);
    table.missing(
        "standing_withdrawn",
        "The owner withdrew the token's access.",
        &refused,
    );
    let mine = json!({ "owner": "mia", "repositories": "all" });
    let mine = table.token(&mia, "mine", mine);
    let refused = table.edit(&mine.value, OPEN);
    table.missing(
        "other_owner",
        "The token reaches things of another owner than acme.",
        &refused,
    );
    let hidden = table.edit(&mine.value, SECRET);
    let said = (hidden.status, hidden.json()["reason"].clone());
    assert_eq!(said, (404, Value::Null));
}

/// What the token and its person may.
fn powers(table: &mut Table) {
    let (olivia, mia) = (table.world.olivia.clone(), table.world.mia.clone());
    let all = json!({ "repositories": "all", "permissions": {} });
    let none = table.token(&olivia, "none", all);
    let refused = table.edit(&none.value, OPEN);
    table.missing(
        "no_metadata",
        "The token does not hold `metadata: read`.",
        &refused,
    );
    let reads = table.token(&olivia, "reads", json!({ "repositories": "all" }));
    let refused = table.edit(&reads.value, OPEN);
    table.missing(
        "permission_missing",
        "This needs `administration: write`, and the token does not have it.",
        &refused,
    );
    let refused = table.read(&reads.value, TOKENS);
    table.missing(
        "kind_closed",
        "A fine-grained personal access token may not list one's own tokens: that takes a person's own sign-in.",
        &refused,
    );
    let refused = table.edit(&mia.client, SECRET);
    table.missing(
        "role_too_low",
        "This needs the role admin on the repository, and mia has the role read.",
        &refused,
    );
    let refused = table.by(&mia, "PATCH", "/api/v3/orgs/acme", &json!({ "name": "x" }));
    table.missing(
        "membership_too_low",
        "This needs to be an owner of acme: ask one of them to do it.",
        &refused,
    );
    let refused = table.read(&mia.client, "/api/jeton/v1/users");
    table.missing(
        "administrator_needed",
        "Only administrators of the site may do this.",
        &refused,
    );
    let conditions = |conditions: Value| {
        json!({ "repositories": "all", "conditions": [conditions],
            "permissions": { "contents": "write", "administration": "write" } })
    };
    let office = conditions(json!({ "addresses": { "only": ["198.51.100.0/24"] } }));
    let office = table.token(&olivia, "office", office);
    let refused = table.read(&office.value, OPEN);
    table.missing(
        "token_address",
        "The token does not work from this address.",
        &refused,
    );
    let hours = json!({ "zone": "UTC", "from": 541, "to": 600, "days": 127 });
    let later = conditions(json!({ "hours": { "within": hours } }));
    let later = table.token(&olivia, "later", later);
    let refused = table.read(&later.value, OPEN);
    table.missing(
        "token_hours",
        "The token does not work at this hour.",
        &refused,
    );
    let refs = json!({ "patterns": ["refs/heads/agent/*"], "no_force": true, "no_delete": true });
    let agent = conditions(json!({ "refs": { "only": refs } }));
    let agent = table.token(&olivia, "agent", agent);
    let body = json!({ "default_branch": "agent/x" });
    let refused = table
        .world
        .site
        .call("PATCH", OPEN, Some(&agent.value), &body);
    table.missing(
        "ref_forbidden",
        "The token may write some refs only, so it neither changes the default branch nor renames or deletes the repository.",
        &refused,
    );
}

/// What the owner allows.
fn policies(table: &mut Table) {
    let olivia = table.world.olivia.clone();
    let reads = table.token(&olivia, "policy", json!({ "repositories": "all" }));
    table.set(POLICY, &json!({ "fine_grained_allowed": false }));
    let refused = table.read(&reads.value, SECRET);
    table.missing(
        "fine_grained_forbidden",
        "acme allows no fine-grained tokens.",
        &refused,
    );
    let body = json!({ "fine_grained_allowed": true, "fine_grained_maximum": { "days": 7 } });
    table.set(POLICY, &body);
    let refused = table.read(&reads.value, SECRET);
    table.missing(
        "lifetime_too_long",
        "The token lives longer than acme allows.",
        &refused,
    );
    let body = json!({
        "fine_grained_maximum": { "days": 366 }, "addresses": { "only": ["127.0.0.0/8"] },
    });
    table.set(POLICY, &body);
    let bearer = format!("Bearer {}", reads.value);
    let far = [
        ("authorization", bearer.as_str()),
        ("x-forwarded-for", "198.51.100.7"),
        ("x-forwarded-proto", "https"),
    ];
    let refused = send(table.world.site.address(), "GET", SECRET, &far, b"");
    table.missing(
        "owner_address",
        "acme does not accept requests from this address.",
        &refused,
    );
    table.set(POLICY, &json!({ "addresses": "unrestricted" }));
    // Somebody from outside with a role on the repository.
    let oscar = table.world.site.person("oscar", false);
    table
        .world
        .site
        .collaborator("acme/secret", &olivia, &oscar, "pull");
    let outside = table.token(&oscar, "outside", json!({ "repositories": ["secret"] }));
    table.world.site.approve("acme", &olivia, &outside);
    assert_eq!(table.read(&outside.value, SECRET).status, 200);
    table.set(POLICY, &json!({ "outside_collaborators_allowed": false }));
    let refused = table.read(&outside.value, SECRET);
    table.missing(
        "outside_collaborator_forbidden",
        "acme allows no tokens of outside collaborators.",
        &refused,
    );
    table.set(POLICY, &json!({ "outside_collaborators_allowed": true }));
    // Somebody else was faster: the row is another by the time it is written.
    table.behind(
        "CREATE TRIGGER faster BEFORE UPDATE ON organizations BEGIN SELECT RAISE(IGNORE); END",
    );
    let refused = table.owner("PATCH", POLICY, &json!({ "approval_required": false }));
    table.row(
        "policy_changed",
        409,
        "Somebody else changed the policy meanwhile; look again.",
        &refused,
    );
    table.behind("DROP TRIGGER faster");
}

/// What scopes leave out, and what the owner says to classic tokens.
fn scopes(table: &mut Table) {
    let olivia = table.world.olivia.clone();
    let classic = |name: &str, scopes: &[&str]| table.world.site.classic(&olivia, name, scopes);
    let none = classic("no-scope", &[]);
    let all = classic("all-scopes", &["repo"]);
    // Private, it is as if it were not there; public, a scope is what a change lacks.
    let hidden = table.edit(&none.value, SECRET);
    let said = (hidden.status, hidden.json()["reason"].clone());
    assert_eq!(said, (404, Value::Null), "{}", hidden.text());
    let refused = table.edit(&none.value, OPEN);
    table.missing(
        "scope_needed",
        "This needs the scope `repo` or `public_repo`, and the token does not have it.",
        &refused,
    );
    assert_eq!(table.edit(&all.value, SECRET).status, 200);
    table.set(POLICY, &json!({ "classic_allowed": false }));
    let refused = table.read(&all.value, SECRET);
    table.missing(
        "classic_forbidden",
        "acme allows no classic tokens.",
        &refused,
    );
    table.set(POLICY, &json!({ "classic_allowed": true }));
    assert_eq!(table.read(&all.value, SECRET).status, 200);
    let fields = json!({ "permissions": { "contents": "read" } });
    let path = format!("{TOKENS}/{}", all.id);
    let refused = table.by(&olivia, "PATCH", &path, &fields);
    table.row(
        "kind",
        409,
        "The token is a classic one: it has scopes, and no permissions or repositories.",
        &refused,
    );
}

/// What an organization says to an application that nobody let in there.
fn applications(table: &mut Table) {
    let given = Visitor::signed_in(&table.world.site, "olivia").lets_in(GH, "repo");
    let value = given["access_token"].as_str().unwrap();
    let refused = table.read(value, SECRET);
    table.missing(
        "application_not_approved",
        "acme has not approved the application that this token was given to: an owner can.",
        &refused,
    );
}

/// What the body is.
fn bodies(table: &mut Table) {
    let address = table.world.site.address();
    let ask = |media: &str, body: &str| {
        let headers = [("content-type", media)];
        send(
            address,
            "POST",
            "/api/jeton/v1/sign-in",
            &headers,
            body.as_bytes(),
        )
    };
    let json = "application/json";
    let refused = ask(json, "{");
    let told = table.row("not_json", 400, "Problems parsing JSON", &refused);
    assert!(told["detail"].is_string(), "{told}");
    table.row(
        "not_object",
        400,
        "Body should be a JSON object",
        &ask(json, "[]"),
    );
    let refused = ask("text/plain", "{}");
    let message = refused.json()["message"]
        .as_str()
        .unwrap_or_default()
        .to_owned();
    assert!(message.contains("application/json"), "{message}");
    table.row("media_type", 415, &message, &refused);
    for (name, value, reason, status) in [
        ("accept", "text/html", "not_acceptable", 415),
        ("x-github-api-version", "v3", "api_version", 400),
    ] {
        let refused = send(address, "GET", "/api/v3/zen", &[(name, value)], b"");
        let message = refused.json()["message"]
            .as_str()
            .unwrap_or_default()
            .to_owned();
        assert!(message.contains('`'), "{message}");
        table.row(reason, status, &message, &refused);
    }
    let told = table.row("invalid", 422, "Validation Failed", &ask(json, "{}"));
    assert_eq!(told["errors"][0]["field"], "login", "{told}");
    let refused = ask(json, &format!(r#"{{"login":"{}"}}"#, "a".repeat(9_000)));
    let message = refused.json()["message"]
        .as_str()
        .unwrap_or_default()
        .to_owned();
    assert!(
        message.contains("8192") || message.contains("8 KiB"),
        "{message}"
    );
    table.row("body_too_large", 413, &message, &refused);
    let head = "POST /api/jeton/v1/sign-in HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\
                content-type: application/json\r\n";
    let refused = table.raw(&format!("{head}content-length: 10\r\n\r\n{{"));
    let message = refused.json()["message"]
        .as_str()
        .unwrap_or_default()
        .to_owned();
    assert!(!message.is_empty());
    table.row("body_too_slow", 408, &message, &refused);
    let refused = table.raw(&format!(
        "{head}transfer-encoding: chunked\r\n\r\nnonsense\r\n"
    ));
    let message = refused.json()["message"]
        .as_str()
        .unwrap_or_default()
        .to_owned();
    assert!(!message.is_empty());
    table.row("body_broken", 400, &message, &refused);
}

/// What the state of things does not allow.
fn states(table: &mut Table) {
    let (olivia, mia) = (table.world.olivia.clone(), table.world.mia.clone());
    let sentence = |answer: &Answer, words: &str| {
        let message = answer.json()["message"]
            .as_str()
            .unwrap_or_default()
            .to_owned();
        assert!(message.contains(words), "no `{words}`: {}", answer.text());
        message
    };
    let leave = table.owner("POST", "/api/jeton/v1/orgs/acme/leave", &json!({}));
    let message = sentence(&leave, "last owner");
    table.row("last_owner", 409, &message, &leave);
    let deleted = table.owner("DELETE", "/api/jeton/v1/orgs/acme", &Value::Null);
    table.row(
        "owns_repositories",
        409,
        "acme has 3 repositories; delete what is there first",
        &deleted,
    );
    let quit = table.owner(
        "PATCH",
        "/api/jeton/v1/users/olivia",
        &json!({ "administrator": false }),
    );
    let message = sentence(&quit, "last administrator");
    table.row("last_administrator", 409, &message, &quit);
    let suspend = |who: &str| {
        let path = format!("/api/jeton/v1/users/{who}/suspend");
        table.world.by(&olivia, "POST", &path, &Value::Null)
    };
    let zed = table.world.site.person("zed", false);
    assert!(suspend("zed").status < 300);
    let twice = suspend("zed");
    let message = sentence(&twice, "suspended already");
    table.row("state", 409, &message, &twice);
    let refused = table.read(&zed.client, "/api/v3/user");
    table.missing("account_suspended", "The account is suspended.", &refused);
    let body = json!({ "login": "zed", "password": crate::support::world::PASSWORD });
    let refused = table
        .world
        .site
        .call("POST", "/api/jeton/v1/sign-in", None, &body);
    table.row("forbidden", 403, "The account is suspended.", &refused);

    let token = table.token(&mia, "life", json!({ "repositories": ["secret"] }));
    let act = |what: &str, body: &Value| table.world.site.token_call(&mia, &token, what, body);
    assert_eq!(act("suspend", &Value::Null).status, 200);
    let refused = table.read(&token.value, "/api/v3/user");
    table.missing(
        "token_suspended",
        "The token is suspended and can be resumed.",
        &refused,
    );
    let act = |what: &str, body: &Value| table.world.site.token_call(&mia, &token, what, body);
    assert_eq!(act("resume", &Value::Null).status, 200);
    assert_eq!(act("rotate", &json!({})).status, 201);
    let twice = act("rotate", &json!({}));
    let message = sentence(&twice, "replace");
    table.row("overlap", 409, &message, &twice);
    let act = |what: &str| {
        table
            .world
            .site
            .token_call(&mia, &token, what, &Value::Null)
    };
    assert_eq!(act("revoke").status, 200);
    let late = act("resume");
    table.row(
        "life",
        409,
        "The token is revoked and does not come back; make a new one.",
        &late,
    );

    let create = |table: &Table, value: &str| {
        let bearer = format!("Bearer {value}");
        let headers = [
            ("authorization", bearer.as_str()),
            ("content-type", "application/json"),
            ("idempotency-key", "once"),
        ];
        let body = br#"{"name":"once"}"#;
        send(table.world.site.address(), "POST", TOKENS, &headers, body)
    };
    let made = create(table, &mia.client).json();
    // A use of it, after which nothing may take its place.
    let value = made["token"].as_str().unwrap();
    let used = table
        .world
        .site
        .call("GET", "/api/v3/user", Some(value), &Value::Null);
    assert_eq!(used.status, 200, "{}", used.text());
    let again = create(table, &mia.client);
    let message = sentence(&again, "key");
    table.row("idempotency_used", 409, &message, &again);

    // The operator's own door.
    let mut admin = UnixStream::connect(table.world.site.folder().join("data/admin.sock")).unwrap();
    admin
        .write_all(b"POST /admin/setup-code HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n")
        .unwrap();
    let mut said = String::new();
    admin.read_to_string(&mut said).unwrap();
    assert!(said.starts_with("HTTP/1.1 409 "), "{said}");
    assert!(
        said.contains(r#""reason":"administrator_exists""#),
        "{said}"
    );
    assert!(said.contains("there is an administrator already"), "{said}");
    table.told.insert("administrator_exists".to_owned());
}

fn signing_in(table: &mut Table) {
    let ask = |table: &Table| {
        let body = json!({ "login": "mia", "password": "wrong" });
        table
            .world
            .site
            .call("POST", "/api/jeton/v1/sign-in", None, &body)
    };
    let refused = ask(table);
    table.row("bad_sign_in", 401, "Login or password is wrong.", &refused);
    let last = (0..20)
        .map(|_| ask(table))
        .find(|answer| answer.status != 401);
    let last = last.unwrap();
    let seconds = last.header("retry-after").unwrap_or_default().to_owned();
    let unit = if seconds == "1" { "second" } else { "seconds" };
    let message = format!("Too many tries; try again in {seconds} {unit}.");
    table.row("too_many_tries", 429, &message, &last);
}

/// What goes wrong below says nothing of how.
fn storage(table: &mut Table) {
    let make = |table: &Table| {
        let wish = json!({ "name": "below" });
        table.by(&table.world.mia, "POST", TOKENS, &wish)
    };
    table.behind("CREATE TRIGGER below BEFORE INSERT ON tokens BEGIN SELECT RAISE(IGNORE); END");
    let refused = make(table);
    table.row(
        "changed",
        409,
        "Somebody else changed this at the same moment; look again.",
        &refused,
    );
    table.behind("DROP TRIGGER below");
    table.behind(
        "CREATE TRIGGER below BEFORE INSERT ON tokens BEGIN SELECT RAISE(ABORT, 'the inside'); END",
    );
    let refused = make(table);
    let told = table.row(
        "internal",
        500,
        "Something went wrong on the server.",
        &refused,
    );
    assert!(told["request_id"].is_string() && !refused.text().contains("inside;"));
    assert!(!refused.text().contains("the inside"), "{}", refused.text());
    table.behind("DROP TRIGGER below");
    assert_eq!(make(table).status, 201);
}

/// What ends with time, and what has ended.
fn times(table: &mut Table) {
    let mia = table.world.mia.clone();
    let wish = |days: u32| json!({ "owner": "mia", "repositories": "all", "expires_in": days });
    let [day, revoked, retired] = [("day", 1), ("gone", 30), ("old", 30)]
        .map(|(name, days)| table.token(&mia, name, wish(days)));
    let act = |token: &Token, what: &str, body: &Value| {
        table.world.site.token_call(&mia, token, what, body).status
    };
    assert_eq!(act(&revoked, "revoke", &Value::Null), 200);
    assert_eq!(
        act(&retired, "rotate", &json!({ "overlap_seconds": 0 })),
        201
    );
    table.world.site.later(Span::from_days(1));
    for (reason, token) in [
        ("expired", &day),
        ("revoked", &revoked),
        ("retired", &retired),
    ] {
        let refused = table.read(&token.value, "/api/v3/user");
        table.row(reason, 401, "Bad credentials", &refused);
    }
    let refused = table.owner("PATCH", POLICY, &json!({ "approval_required": false }));
    table.missing(
        "confirmation_needed",
        "This adds power: confirm your access first (`jeton confirm`, or POST /api/jeton/v1/confirm).",
        &refused,
    );
    let few = World::new(&[("rates.principal", "30")]);
    let last = (0..60)
        .map(|_| few.by(&few.mia, "GET", "/api/v3/user", &Value::Null))
        .find(|answer| answer.status != 200)
        .unwrap();
    assert!(last.header("retry-after").is_some());
    table.row("principal_rate", 429, "Too many requests.", &last);
    let few = World::new(&[("rates.anonymous", "30")]);
    let last = (0..60)
        .map(|_| few.site.call("GET", OPEN, None, &Value::Null))
        .find(|answer| answer.status != 404)
        .unwrap();
    assert!(last.header("retry-after").is_some());
    table.row(
        "address_rate",
        429,
        "Too many anonymous or failed requests from this address.",
        &last,
    );
}

/// Programs rely on the words: the list that is committed may grow, and nothing else.
#[test]
fn the_words_are_those_that_were_and_none_is_taken_away() {
    let listed: BTreeSet<&str> = include_str!("words.txt")
        .lines()
        .filter(|line| !line.starts_with('#'))
        .collect();
    let decision = Reason::CODES
        .iter()
        .map(|(code, _)| format!("decision {code}"));
    let other = Code::ALL
        .iter()
        .map(|code| format!("other {}", code.word()));
    let facts = jeton_app::FACTS
        .iter()
        .map(|(code, _)| format!("fact {code}"));
    let words: BTreeSet<String> = decision.chain(other).chain(facts).collect();
    let words: BTreeSet<&str> = words.iter().map(String::as_str).collect();
    let gone: Vec<_> = listed.difference(&words).collect();
    assert!(gone.is_empty(), "programs rely on {gone:?}");
    let new: Vec<_> = words.difference(&listed).collect();
    assert!(new.is_empty(), "add to words.txt: {new:?}");
}
