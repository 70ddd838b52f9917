//! Workload identity on its pages: issuers, rules, and the simulator, which shows no token that was pasted.

use jeton_domain::Span;
use serde_json::{Value, json};

use crate::support::Site;
use crate::support::world::Person;
use crate::visitor::{Visitor, between, seen_in};

const ROOT: &str = "/organizations/acme/settings/workload";
const ISSUER: &str = "https://ci.example.org";

struct World {
    site: Site,
    olivia: Person,
}

impl World {
    fn new() -> Self {
        let site = Site::start();
        let (olivia, mia) = (site.person("olivia", false), site.person("mia", false));
        site.organization("acme", &olivia);
        site.member("acme", &olivia, &mia, "member");
        site.repository("acme", &olivia, "labs", "private");
        for login in ["builder", "other"] {
            site.service_account("acme", &olivia, login);
        }
        Self { site, olivia }
    }

    fn kept(&self, path: &str) -> Value {
        let path = format!("/api/jeton/v1/orgs/acme/workload/issuers{path}");
        self.site
            .must("GET", &path, Some(&self.olivia.client), &Value::Null)
    }
}

/// Trusts the issuer by its page, and gives the address of its own.
fn trusted(olivia: &mut Visitor<'_>) -> String {
    let fields = [
        ("name", "Works"),
        ("url", ISSUER),
        ("service_account", "builder"),
    ];
    let made = olivia.post(&format!("{ROOT}/new"), &fields);
    assert_eq!(made.status, 303, "{}", made.text());
    made.header("location").unwrap().to_owned()
}

const RULE: &[(&str, &str)] = &[
    ("name", "Main"),
    ("audience", "jeton"),
    (
        "claims",
        "sub=repo:acme/labs:ref:refs/heads/main\r\nref=refs/heads/main\r\nref=refs/heads/next",
    ),
    ("which", "names"),
    ("repositories", "acme/labs"),
    ("permission.contents", "write"),
    ("forks", "read_only"),
    ("seconds", "900"),
];

/// A rule's fields, with others in the place of some.
fn rule<'a>(other: &[(&'a str, &'a str)]) -> Vec<(&'a str, &'a str)> {
    let mut fields: Vec<_> = RULE
        .iter()
        .copied()
        .filter(|(name, _)| !other.iter().any(|(with, _)| with == name))
        .collect();
    fields.extend(other);
    fields
}

#[test]
fn an_issuer_is_trusted_given_rules_changed_and_trusted_no_more() {
    let world = World::new();
    let mut olivia = Visitor::signed_in(&world.site, "olivia");
    assert!(olivia.get(ROOT).text().contains("No issuer is trusted"));
    assert!(
        olivia
            .get("/organizations/acme/settings")
            .text()
            .contains(ROOT)
    );
    let form = olivia.get(&format!("{ROOT}/new")).text();
    assert!(form.contains("<option value=\"builder\">"), "{form}");
    let at = trusted(&mut olivia);
    let list = olivia.get(ROOT).text();
    for words in [
        "Works",
        ISSUER,
        "no rule, so it opens nothing",
        "not asked for keys yet",
    ] {
        assert!(list.contains(words), "{words}: {list}");
    }
    let new = format!("{at}/rules/new");
    let blank = olivia.get(&new).text();
    let audience = format!("name=\"audience\" value=\"{}\"", world.site.url());
    assert!(blank.contains(&audience), "{blank}");
    let made = olivia.post(&new, &rule(&[]));
    assert_eq!(
        made.header("location"),
        Some(at.as_str()),
        "{}",
        made.text()
    );
    let number = at.rsplit('/').next().unwrap();
    let kept = world.kept(&format!("/{number}/rules"));
    let is = |field: &str| kept[0][field].clone();
    assert_eq!(
        is("claims"),
        json!({ "sub": ["repo:acme/labs:ref:refs/heads/main"], "ref": ["refs/heads/main", "refs/heads/next"] })
    );
    assert_eq!(is("repositories"), json!(["acme/labs"]));
    assert_eq!(
        (is("forks"), is("seconds")),
        (json!("read_only"), json!(900))
    );
    assert_eq!(
        is("permissions"),
        json!({ "contents": "write", "metadata": "read" })
    );
    assert_eq!(
        is("fork_claims")["event_name"],
        json!(["pull_request", "pull_request_*"])
    );
    let shown = olivia.get(&at).text();
    assert!(shown.contains("contents: write · 900 seconds"), "{shown}");

    let page = olivia.get(&at).text();
    let seen = seen_in(&page);
    let fields = [
        ("seen", seen.as_str()),
        ("name", "Factory"),
        ("service_account", "other"),
    ];
    let saved = olivia.post(&at, &fields);
    assert_eq!(
        saved.header("location"),
        Some(at.as_str()),
        "{}",
        saved.text()
    );
    let kept = world.kept("");
    assert_eq!(
        (
            &kept[0]["name"],
            &kept[0]["service_account"],
            &kept[0]["url"]
        ),
        (&json!("Factory"), &json!("other"), &json!(ISSUER))
    );
    assert_eq!(olivia.post(&at, &fields).status, 409, "seen before");
    let gone = olivia.post(&format!("{at}/delete"), &[]);
    assert_eq!(gone.header("location"), Some(ROOT));
    assert_eq!(world.kept(""), json!([]));
    assert_eq!(olivia.get(&at).status, 404);
}

#[test]
fn a_rule_is_changed_by_its_page_and_nobody_undoes_it_unknowingly() {
    let world = World::new();
    let mut olivia = Visitor::signed_in(&world.site, "olivia");
    let at = trusted(&mut olivia);
    assert_eq!(
        olivia.post(&format!("{at}/rules/new"), &rule(&[])).status,
        303
    );
    let number = at.rsplit('/').next().unwrap();
    let kept = world.kept(&format!("/{number}/rules"));
    // The rule's own page: what it holds, saved as it is, changes nothing.
    let own = format!("{at}/rules/{}", kept[0]["id"]);
    let page = olivia.get(&own).text();
    assert!(
        page.contains("ref=refs/heads/main\nref=refs/heads/next\nsub="),
        "{page}"
    );
    let seen = seen_in(&page);
    let with = [
        ("seen", seen.as_str()),
        ("order", "1"),
        ("ref_claim", "ref"),
        ("environment_claim", "environment"),
    ];
    assert_eq!(olivia.post(&own, &rule(&with)).status, 303);
    assert_eq!(world.kept(&format!("/{number}/rules")), kept);
    // By a claim instead, and asked for less.
    let page = olivia.get(&own).text();
    let seen = seen_in(&page);
    let with = [
        ("seen", seen.as_str()),
        ("which", "claim"),
        ("repositories", ""),
        ("repository_claim", "repository"),
        ("claims", "repository=acme/labs"),
        ("permission.contents", "read"),
    ];
    let saved = olivia.post(&own, &rule(&with));
    assert_eq!(saved.status, 303, "{}", saved.text());
    let now = world.kept(&format!("/{number}/rules"));
    assert_eq!(now[0]["repository_claim"], "repository");
    assert_eq!(now[0]["permissions"]["contents"], "read");
    // What was seen before is stale.
    assert_eq!(
        olivia.post(&own, &rule(&[("seen", seen.as_str())])).status,
        409
    );
    assert_eq!(olivia.post(&format!("{own}/delete"), &[]).status, 303);
    assert_eq!(world.kept(&format!("/{number}/rules")), json!([]));
}

#[test]
fn what_is_wrong_stands_beside_its_field() {
    let world = World::new();
    let mut olivia = Visitor::signed_in(&world.site, "olivia");
    for (field, fields) in [
        (
            "name",
            [
                ("name", ""),
                ("url", ISSUER),
                ("service_account", "builder"),
            ],
        ),
        (
            "url",
            [
                ("name", "x"),
                ("url", "ftp://ci"),
                ("service_account", "builder"),
            ],
        ),
        (
            "service_account",
            [
                ("name", "x"),
                ("url", ISSUER),
                ("service_account", "olivia"),
            ],
        ),
    ] {
        let wrong = olivia.post(&format!("{ROOT}/new"), &fields);
        assert_eq!(wrong.status, 422, "{field}");
        let fault = between(&wrong.text(), &format!("id=\"{field}-fault\""), "</p>");
        assert!(fault.len() > 12, "{field}: {fault}");
    }
    let at = trusted(&mut olivia);
    let long = "x".repeat(300);
    for (at_field, other) in [
        ("name", vec![("name", "")]),
        ("audience", vec![("audience", "")]),
        ("audience", vec![("audience", "*")]),
        ("claims", vec![("claims", "")]),
        ("claims", vec![("claims", "sub")]),
        ("claims", vec![("claims", "sub=*")]),
        ("claims", vec![("claims", "sub=***")]),
        ("claims", vec![("claims", long.as_str())]),
        ("claims", vec![("claims", "<b>=x")]),
        ("repositories", vec![("repositories", "")]),
        ("repositories", vec![("repositories", "nothing")]),
        (
            "repositories",
            vec![("which", "claim"), ("repository_claim", "repository")],
        ),
        (
            "repository_claim",
            vec![
                ("which", "claim"),
                ("repositories", ""),
                ("repository_claim", ""),
            ],
        ),
        ("permissions", vec![("permission.contents", "")]),
        ("permissions", vec![("permission.contents", "admin")]),
        ("permissions", vec![("permission.contents", "much")]),
        ("seconds", vec![("seconds", "")]),
        ("seconds", vec![("seconds", "59")]),
        ("seconds", vec![("seconds", "99999999999")]),
        ("order", vec![("order", "first")]),
        ("order", vec![("order", "0")]),
        ("ref_claim", vec![("ref_claim", "a b")]),
        ("environment_claim", vec![("environment_claim", "a b")]),
        ("fork_claims", vec![("fork_claims", "event_name")]),
    ] {
        let wrong = olivia.post(&format!("{at}/rules/new"), &rule(&other));
        let text = wrong.text();
        assert_eq!(wrong.status, 422, "{other:?}: {text}");
        let fault = between(&text, &format!("id=\"{at_field}-fault\""), "</p>");
        assert!(fault.len() > 12, "{other:?}: {fault}");
        assert!(!text.contains("<b>="), "{text}");
    }
    let number = at.rsplit('/').next().unwrap();
    assert_eq!(
        world.kept(&format!("/{number}/rules")),
        json!([]),
        "nothing was made"
    );
}

#[test]
fn the_simulator_says_which_rule_is_met_and_why_not_the_others_and_keeps_no_token() {
    let world = World::new();
    let mut olivia = Visitor::signed_in(&world.site, "olivia");
    let at = trusted(&mut olivia);
    for (name, claims) in [
        ("Releases", "sub=repo:acme/labs:ref:refs/tags/*"),
        ("Branches", "sub=repo:acme/labs:ref:refs/heads/*"),
    ] {
        let made = olivia.post(
            &format!("{at}/rules/new"),
            &rule(&[("name", name), ("claims", claims)]),
        );
        assert_eq!(made.status, 303, "{}", made.text());
    }
    let simulator = format!("{ROOT}/simulator");
    assert_eq!(olivia.get(&simulator).status, 200);
    let claims = json!({ "iss": ISSUER, "aud": "jeton", "sub": "repo:acme/labs:ref:refs/heads/main", "ref": "refs/heads/main" });
    let ask = |olivia: &mut Visitor<'_>, repository: &str, token: &str, claims: &str| {
        let fields = [
            ("repository", repository),
            ("pasted_token", token),
            ("claims", claims),
        ];
        let answer = olivia.post(&simulator, &fields);
        (answer.status, answer.text())
    };
    let (status, said) = ask(&mut olivia, "acme/labs", "", &claims.to_string());
    assert_eq!(status, 200, "{said}");
    for words in [
        "A job would be opened",
        "The job, by “Branches”",
        "“sub” must look like “repo:acme/labs:ref:refs/tags/*”, and is “repo:acme/labs:ref:refs/heads/main”",
        "<dt>Opened by</dt><dd>builder</dd>",
        "<dt>Lives for</dt><dd>900 seconds</dd>",
    ] {
        let text = said.replace("&#34;", "\"");
        assert!(text.contains(words), "{words}: {said}");
    }
    let (_, said) = ask(&mut olivia, "acme/other", "", &claims.to_string());
    assert!(said.contains("No job would be opened"), "{said}");
    let (_, said) = ask(
        &mut olivia,
        "acme/labs",
        "",
        r#"{"iss":"https://<b>.example.org"}"#,
    );
    assert!(
        said.contains("trusts no issuer") && !said.contains("<b>"),
        "{said}"
    );
    // A token of an issuer that nobody trusts here, well formed, that stands nowhere afterwards.
    let token = [
        r#"{"alg":"RS256"}"#,
        r#"{"iss":"https://else.example.org","sub":"a-job-to-be-kept-quiet"}"#,
        "x",
    ]
    .map(base64_url)
    .join(".");
    let (status, said) = ask(&mut olivia, "acme/labs", &token, "");
    assert_eq!(status, 200, "{said}");
    assert!(said.contains("https://else.example.org"), "{said}");
    assert!(
        !said.contains(&token) && !said.contains("kept-quiet"),
        "{said}"
    );
    for (repository, token, claims, at) in [
        ("labs", token.as_str(), "", "repository"),
        ("acme/labs", "no token at all", "", "token"),
        ("acme/labs", "", "", "token"),
        ("acme/labs", "x", "{}", "token"),
        ("acme/labs", "", "[]", "claims"),
        ("acme/labs", "", "{", "claims"),
    ] {
        let (status, said) = ask(&mut olivia, repository, token, claims);
        assert_eq!(status, 422, "{said}");
        let fault = between(&said, &format!("id=\"{at}-fault\""), "</p>");
        assert!(fault.len() > 12, "{at}: {fault}");
        assert!(token.len() < 9 || !said.contains(token), "{said}");
    }
    // Somebody whose session is over, and no log, has it either.
    let mut nobody = Visitor::new(&world.site);
    let asked = nobody.send(
        "POST",
        &simulator,
        &[("repository", "acme/labs"), ("pasted_token", &token)],
    );
    assert!(!asked.text().contains(&token), "{}", asked.text());
    let log = world.site.must(
        "GET",
        "/api/v3/orgs/acme/audit-log?per_page=100",
        Some(&world.olivia.client),
        &Value::Null,
    );
    assert!(!log.to_string().contains(&token[..20]), "{log}");
}

fn base64_url(text: &str) -> String {
    use base64::Engine as _;
    base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(text)
}

#[test]
fn who_adds_power_confirms_and_who_is_no_owner_finds_no_page() {
    let world = World::new();
    let mut olivia = Visitor::signed_in(&world.site, "olivia");
    let at = trusted(&mut olivia);
    assert_eq!(
        olivia.post(&format!("{at}/rules/new"), &rule(&[])).status,
        303
    );
    let number = at.rsplit('/').next().unwrap();
    let rules = world.kept(&format!("/{number}/rules"));
    let own = format!("{at}/rules/{}", rules[0]["id"]);
    let cookie = olivia.cookie.clone();
    world.site.later(Span::from_hours(3));
    let mut olivia = Visitor::new(&world.site);
    olivia.cookie = cookie;
    for path in [format!("{ROOT}/new"), format!("{at}/rules/new")] {
        let form = olivia.get(&path);
        assert!(
            form.header("location").unwrap().starts_with("/-/confirm"),
            "{path}"
        );
    }
    assert_eq!(
        olivia.post(&format!("{at}/rules/new"), &rule(&[])).status,
        403
    );
    // Less needs nothing; more does.
    let page = olivia.get(&own).text();
    let seen = seen_in(&page);
    let shown = [
        ("seen", seen.as_str()),
        ("order", "1"),
        ("ref_claim", "ref"),
        ("environment_claim", "environment"),
    ];
    let more: Vec<_> = shown.iter().copied().chain([("seconds", "901")]).collect();
    let asked = olivia.post(&own, &rule(&more));
    assert_eq!(asked.status, 403, "{}", asked.text());
    assert!(asked.text().contains("Confirm access"));
    let less: Vec<_> = shown.iter().copied().chain([("seconds", "60")]).collect();
    assert_eq!(olivia.post(&own, &rule(&less)).status, 303);
    assert_eq!(olivia.post(&format!("{at}/delete"), &[]).status, 303);
    let mut mia = Visitor::signed_in(&world.site, "mia");
    for path in [
        ROOT.to_owned(),
        at.clone(),
        format!("{ROOT}/simulator"),
        own,
    ] {
        assert_eq!(mia.get(&path).status, 403, "{path}");
    }
    let asked = mia.post(
        &format!("{ROOT}/simulator"),
        &[("repository", "acme/labs"), ("claims", "{}")],
    );
    assert_eq!(asked.status, 403);
    assert_eq!(Visitor::new(&world.site).get(ROOT).status, 303);
}
