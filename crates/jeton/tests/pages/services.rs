//! Service accounts on their pages, their tokens, and what a member's token runs handed over to one.

use jeton_domain::Span;
use serde_json::{Value, json};

use crate::support::Site;
use crate::support::http::Answer;
use crate::support::world::{Person, Token};
use crate::visitor::{Visitor, between};

const ROOT: &str = "/organizations/acme/settings/service-accounts";
const TOKENS: &str = "/organizations/acme/settings/personal-access-tokens";

struct World {
    site: Site,
    olivia: Person,
    mia: Person,
}

impl World {
    /// `acme` of olivia's with `labs` and `demo`; mia writes to both, and a member has nothing by itself.
    fn new() -> Self {
        let site = Site::start();
        let (olivia, mia) = (site.person("olivia", false), site.person("mia", false));
        site.organization("acme", &olivia);
        site.member("acme", &olivia, &mia, "member");
        let base = json!({ "default_repository_permission": "none" });
        site.must("PATCH", "/api/v3/orgs/acme", Some(&olivia.client), &base);
        for name in ["labs", "demo"] {
            site.repository("acme", &olivia, name, "private");
            site.collaborator(&format!("acme/{name}"), &olivia, &mia, "push");
        }
        Self { site, olivia, mia }
    }

    /// A service account with the role read on `labs` alone.
    fn bot(&self) {
        let path = "/api/jeton/v1/orgs/acme/service-accounts";
        let olivia = Some(self.olivia.client.as_str());
        self.site
            .must("POST", path, olivia, &json!({ "login": "bot" }));
        let path = "/api/v3/repos/acme/labs/collaborators/bot";
        let role = json!({ "permission": "pull" });
        let given = self.site.call("PUT", path, olivia, &role);
        assert_eq!(given.status, 204, "{}", given.text());
    }

    fn status(&self, value: &str, name: &str) -> u16 {
        let path = format!("/api/v3/repos/acme/{name}");
        self.site
            .call("GET", &path, Some(value), &Value::Null)
            .status
    }

    fn service(&self, name: &str) -> Value {
        let path = format!("/api/jeton/v1/orgs/acme/service-accounts/{name}");
        self.site
            .must("GET", &path, Some(&self.olivia.client), &Value::Null)
    }

    /// mia's token for both repositories, which olivia approved.
    fn nightly(&self) -> Token {
        let wish = json!({
            "name": "nightly", "owner": "acme", "repositories": ["labs", "demo"],
            "permissions": { "contents": "read", "members": "read" }, "expires_in": 30,
        });
        let token = self.site.token(&self.mia, &wish);
        self.site.approve("acme", &self.olivia, &token);
        token
    }
}

/// The value that a page shows once.
fn value(answer: &Answer) -> String {
    assert_eq!(answer.status, 200, "{}", answer.text());
    assert_eq!(answer.header("cache-control"), Some("private, no-store"));
    let value = between(&answer.text(), "<code id=\"value\">", "</code>");
    assert!(value.starts_with("jeton_pat_"), "{value}");
    value
}

/// The key that a page's form carries.
fn key(answer: &Answer) -> String {
    between(&answer.text(), "name=\"key\" value=\"", "\"")
}

fn leads(answer: &Answer, path: &str) {
    assert_eq!(answer.status, 303, "{}", answer.text());
    assert_eq!(answer.header("location"), Some(path));
}

#[test]
fn one_is_made_changed_stopped_and_deleted() {
    let world = World::new();
    let mut olivia = Visitor::signed_in(&world.site, "olivia");
    let empty = olivia.get(ROOT).text();
    assert!(empty.contains("There is no service account"), "{empty}");
    assert!(empty.contains(&format!("href=\"{ROOT}\" aria-current")));
    assert_eq!(olivia.get(&format!("{ROOT}/new")).status, 200);
    let fields = [
        ("login", "Deployer"),
        ("description", "puts <b>labs</b> out"),
        ("role", "read"),
    ];
    let page = format!("{ROOT}/Deployer");
    leads(&olivia.post(&format!("{ROOT}/new"), &fields), &page);
    let list = olivia.get(ROOT).text();
    for words in [
        "Deployer",
        "read on every repository",
        "puts &#60;b&#62;labs",
    ] {
        assert!(list.contains(words), "{words}: {list}");
    }
    assert_eq!(world.service("deployer")["role"], "read");
    let seen = olivia.seen(&page);
    let fields = [
        ("description", "deploys"),
        ("role", "write"),
        ("issues_jobs", "on"),
        ("seen", seen.as_str()),
    ];
    leads(&olivia.post(&page, &fields), &page);
    let now = world.service("deployer");
    assert_eq!(
        (&now["description"], &now["role"], &now["issues_jobs"]),
        (&json!("deploys"), &json!("write"), &json!(true))
    );
    // The form was filled before that: nothing is undone by it.
    let stale = olivia.post(&page, &fields);
    assert_eq!(stale.status, 409, "{}", stale.text());
    let stale = stale.text();
    assert!(stale.contains("Role on every repository: write instead of read."));
    leads(&olivia.post(&format!("{page}/suspend"), &[]), &page);
    let stopped = olivia.get(&page).text();
    assert!(stopped.contains("Resume Deployer"), "{stopped}");
    assert_eq!(world.service("deployer")["state"], "suspended");
    leads(&olivia.post(&format!("{page}/resume"), &[]), &page);
    assert_eq!(world.service("deployer")["state"], "active");
    leads(&olivia.post(&format!("{page}/delete"), &[]), ROOT);
    assert_eq!(olivia.get(&page).status, 404);
}

#[test]
fn what_is_wrong_stands_beside_its_field() {
    let world = World::new();
    let mut olivia = Visitor::signed_in(&world.site, "olivia");
    let long = "x".repeat(1025);
    for (login, description, role, words) in [
        ("mia", "", "none", "Is taken"),
        ("no name", "", "none", "login-fault"),
        ("bot", long.as_str(), "none", "1024 characters"),
        ("bot", "", "root", "Takes “none”"),
        ("new", "", "none", "login-fault"),
        ("", "", "none", "login-fault"),
    ] {
        let fields = [
            ("login", login),
            ("description", description),
            ("role", role),
        ];
        let wrong = olivia.post(&format!("{ROOT}/new"), &fields);
        assert_eq!(wrong.status, 422, "{login}");
        let text = wrong.text();
        assert!(text.contains(words), "{words}: {text}");
        assert!(text.contains("aria-invalid"), "{text}");
    }
}

#[test]
fn its_tokens_are_made_rotated_and_revoked_and_each_value_is_shown_once() {
    let world = World::new();
    world.bot();
    let mut olivia = Visitor::signed_in(&world.site, "olivia");
    let page = format!("{ROOT}/bot");
    let none = olivia.get(&page).text();
    assert!(none.contains("It has no token"), "{none}");
    assert!(none.contains("/acme/labs/settings/access"), "{none}");
    let new = format!("{page}/tokens/new");
    let form = olivia.get(&new);
    assert!(
        form.text().contains("What it may do is bound by the roles"),
        "{}",
        form.text()
    );
    let key = key(&form);
    let fields = [
        ("key", key.as_str()),
        ("step", "make"),
        ("name", "deploys"),
        ("which", "all"),
        ("permission.contents", "read"),
    ];
    let wrong = olivia.post(&new, &[("step", "make"), ("which", "all")]);
    assert_eq!(wrong.status, 422);
    let first = value(&olivia.post(&new, &fields));
    assert_eq!(
        (world.status(&first, "labs"), world.status(&first, "demo")),
        (200, 404)
    );
    // It was used: the same form makes no second one.
    let again = olivia.post(&new, &fields);
    assert_eq!(again.status, 422, "{}", again.text());
    assert!(again.text().contains("has made a token already"));
    let shown = olivia.get(&page).text();
    assert!(
        shown.contains("deploys") && !shown.contains(&first),
        "{shown}"
    );
    let after_new = shown.replace(&new, "");
    let id = between(&after_new, &format!("{page}/tokens/"), "/rotate");
    let rotate = format!("{page}/tokens/{id}/rotate");
    let form = olivia.get(&rotate);
    let key = self::key(&form);
    let fields = [("key", key.as_str()), ("expires", "7"), ("overlap", "3600")];
    let unseen = value(&olivia.post(&rotate, &fields));
    // Nobody saw that one, so it gives way to another.
    let again = olivia.post(&rotate, &fields);
    assert!(again.text().contains("This form was sent before"));
    let second = value(&again);
    assert_eq!(world.status(&unseen, "labs"), 401);
    assert_eq!(
        (world.status(&first, "labs"), world.status(&second, "labs")),
        (200, 200)
    );
    let third = olivia.post(&rotate, &[("expires", "7")]);
    assert_eq!(third.status, 409, "{}", third.text());
    assert!(third.text().contains("An earlier value"));
    world.site.later(Span::from_seconds(3601));
    assert_eq!(
        (world.status(&first, "labs"), world.status(&second, "labs")),
        (401, 200)
    );
    leads(
        &olivia.post(&format!("{page}/tokens/{id}/revoke"), &[]),
        &page,
    );
    assert_eq!(world.status(&second, "labs"), 401);
    let ended = olivia.get(&page).text();
    assert!(ended.contains("revoked") && !ended.contains("/rotate"));
}

#[test]
fn who_owns_nothing_here_finds_no_page() {
    let world = World::new();
    world.site.service_account("acme", &world.olivia, "bot");
    let token = world.nightly();
    let mut mia = Visitor::signed_in(&world.site, "mia");
    let over = format!("{TOKENS}/{}/hand-over", token.id);
    for path in [
        ROOT,
        &format!("{ROOT}/new"),
        &format!("{ROOT}/bot"),
        &format!("{ROOT}/bot/tokens/new"),
        &over,
    ] {
        assert_eq!(mia.get(path).status, 403, "{path}");
    }
    let fields = [("service", "bot"), ("overlap", "0")];
    assert_eq!(mia.post(&over, &fields).status, 403);
    assert_eq!(mia.post(&format!("{ROOT}/bot/delete"), &[]).status, 403);
    let mut nobody = Visitor::new(&world.site);
    assert_eq!(nobody.get(ROOT).status, 303);
    // An owner of another organization finds nothing of this one.
    world.site.organization("other", &world.mia);
    let theirs = ROOT.replace("acme", "other");
    assert_eq!(mia.get(&theirs).status, 200);
    assert_eq!(mia.get(&format!("{theirs}/bot")).status, 404);
    assert_eq!(mia.post(&format!("{theirs}/bot/delete"), &[]).status, 404);
    assert_eq!(world.service("bot")["state"], "active");
}

#[test]
fn what_adds_power_is_asked_of_who_confirmed_lately() {
    let world = World::new();
    world.site.service_account("acme", &world.olivia, "bot");
    let token = world.nightly();
    let mut olivia = Visitor::signed_in(&world.site, "olivia");
    world.site.later(Span::from_hours(3));
    let page = format!("{ROOT}/bot");
    let over = format!("{TOKENS}/{}/hand-over", token.id);
    for path in [
        format!("{ROOT}/new"),
        format!("{page}/tokens/new"),
        over.clone(),
    ] {
        let asked = olivia.get(&path);
        assert_eq!(asked.status, 303, "{path}");
        let to = asked.header("location").unwrap();
        assert!(to.starts_with("/-/confirm"), "{path}: {to}");
    }
    let handed = olivia.post(&over, &[("service", "bot"), ("overlap", "3600")]);
    assert_eq!(handed.status, 403);
    // The form waits, and nothing of it is lost.
    let text = handed.text();
    assert!(text.contains("Confirm access"), "{text}");
    assert!(text.contains("name=\"kept.service\" value=\"bot\""));
    assert_eq!(world.status(&token.value, "demo"), 200);
    let seen = olivia.seen(&page);
    let more = [("role", "admin"), ("seen", seen.as_str())];
    assert_eq!(olivia.post(&page, &more).status, 403);
    let less = [
        ("role", "none"),
        ("description", "x"),
        ("seen", seen.as_str()),
    ];
    leads(&olivia.post(&page, &less), &page);
    leads(&olivia.post(&format!("{page}/suspend"), &[]), &page);
    assert_eq!(olivia.post(&format!("{page}/resume"), &[]).status, 403);
}

#[test]
fn a_members_token_is_handed_over_from_their_page_and_what_is_lost_is_said_before() {
    let world = World::new();
    world.bot();
    let token = world.nightly();
    let mut olivia = Visitor::signed_in(&world.site, "olivia");
    let over = format!("{TOKENS}/{}/hand-over", token.id);
    for path in ["/orgs/acme/people/mia", &format!("{TOKENS}/{}", token.id)] {
        let page = olivia.get(path).text();
        assert!(page.contains(&over), "{path}: {page}");
    }
    let removal = olivia.get("/orgs/acme/people/mia/remove").text();
    assert!(
        removal.contains("/orgs/acme/people/mia#tokens"),
        "{removal}"
    );
    let choose = olivia.get(&over).text();
    assert!(choose.contains("<option>bot</option>"), "{choose}");
    assert!(!choose.contains("Hand it over</button>"), "{choose}");
    assert_eq!(olivia.get(&format!("{over}?service=nobody")).status, 404);
    let form = olivia.get(&format!("{over}?service=bot"));
    let text = form.text();
    for words in [
        "acme/labs</a></th><td>write</td><td>read</td><td><span class=\"pill warn\">read</span>",
        "acme/demo</a></th><td>write</td><td>nothing</td><td><span class=\"pill warn\">nothing</span>",
        "This is lost at once, for both: ",
        "Members",
    ] {
        assert!(text.contains(words), "{words}: {text}");
    }
    let key = key(&form);
    for (overlap, name, words) in [
        ("604801", "", "akes at most 604800 seconds"),
        ("0", "\u{202e}", "name-fault"),
    ] {
        let fields = [
            ("key", key.as_str()),
            ("service", "bot"),
            ("overlap", overlap),
            ("name", name),
        ];
        let wrong = olivia.post(&over, &fields);
        assert_eq!(wrong.status, 422, "{overlap}");
        assert!(wrong.text().contains(words), "{}", wrong.text());
    }
    assert_eq!(world.status(&token.value, "demo"), 200, "nothing was done");
    let fields = [
        ("key", key.as_str()),
        ("service", "bot"),
        ("overlap", "259200"),
        ("name", "nightly-run"),
    ];
    let made = olivia.post(&over, &fields);
    assert!(made.text().contains("The value of mia works until"));
    // The answer was lost: the same form gives another value for it.
    let new = value(&olivia.post(&over, &fields));
    assert_ne!(new, value(&made));
    assert_eq!(world.status(&value(&made), "labs"), 401);
    let both = |name: &str| (world.status(&new, name), world.status(&token.value, name));
    assert_eq!((both("labs"), both("demo")), ((200, 200), (404, 404)));
    assert_eq!(olivia.get(&over).status, 409, "it is handed over once");
    let page = olivia.get(&format!("{ROOT}/bot")).text();
    for words in [
        "nightly-run",
        "It does the work of “nightly” of mia.",
        "and may do only what both may",
        "End theirs now",
    ] {
        assert!(page.contains(words), "{words}: {page}");
    }
    let mut mia = Visitor::signed_in(&world.site, "mia");
    let theirs = mia
        .get(&format!("/settings/personal-access-tokens/{}", token.id))
        .text();
    assert!(
        theirs.contains("handed what it runs over to the service account bot"),
        "{theirs}"
    );
    assert!(!theirs.contains("Regenerate token"), "{theirs}");
    let person = olivia.get("/orgs/acme/people/mia").text();
    assert!(person.contains("handed over to bot"), "{person}");
    // An owner ends the leaver's value before its time.
    let id = token.id.to_string();
    let ended = olivia.post(&format!("{TOKENS}/active"), &[("id", id.as_str())]);
    assert_eq!(ended.status, 303);
    assert_eq!(both("labs"), (200, 404));
    let page = olivia.get(&format!("{ROOT}/bot")).text();
    assert!(page.contains("Their value works here no more."), "{page}");
}
