//! Refusals: what mends them, what is left of a limit, and the words of `reason`.

use std::process::Command;

use jeton_domain::Span;
use serde_json::{Value, json};

use crate::support::Site;
use crate::support::http::{Answer, send};
use crate::support::world::{PASSWORD, Person};
use crate::visitor::Visitor;
use crate::world::World;

/// The page at an address, as its reader opens it: signed in, in a browser.
fn read(site: &Site, person: &Person, path: &str) -> Answer {
    let form = [("content-type", "application/x-www-form-urlencoded")];
    let body = format!(
        "login={}&password={}",
        person.login,
        PASSWORD.replace(' ', "+")
    );
    let entered = send(site.address(), "POST", "/login", &form, body.as_bytes());
    let cookie = entered.header("set-cookie").unwrap();
    let cookie = cookie.split(';').next().unwrap();
    send(site.address(), "GET", path, &[("cookie", cookie)], b"")
}

/// The refusals that a person can do something about, with what mends each.
#[test]
fn what_mends_a_refusal_can_be_typed_and_opened() {
    let world = World::new(&[]);
    let site = &world.site;
    let (olivia, mia) = (&world.olivia, &world.mia);
    let token = world.token("t");
    let id = token.id;
    let explain = |asked: &str| format!("To see why: jeton explain {asked} --token-id {id}");
    // Status, reason, command, whether there is an address, and who may open it.
    let check = |answer: &Answer, status: u16, reason: &str, fix: &str, opens: Option<&Person>| {
        let body = answer.json();
        let what = answer.text();
        assert_eq!(
            (answer.status, &body["reason"]),
            (status, &json!(reason)),
            "{what}"
        );
        assert_eq!(body["fix"], fix, "{what}");
        match (&body["fix_url"], opens) {
            (Value::String(url), Some(person)) => {
                let path = url.strip_prefix(site.url()).unwrap();
                let opened = read(site, person, path);
                assert_eq!(opened.status, 200, "{url}: {}", opened.text());
            }
            (Value::Null, None) => {}
            _ => panic!("{what}"),
        }
        typed(fix);
    };
    let said = |answer: &Answer, sentence: &str| {
        let facts = answer.json()["credential"].to_string();
        assert!(facts.contains(sentence), "{facts}");
    };
    let repository = "/api/v3/repos/acme/secret";
    let value = Some(token.value.as_str());
    let edit = json!({ "description": "x" });

    let answer = site.call("PATCH", repository, value, &edit);
    let fix =
        format!("jeton token edit {id} -p administration=write -p contents=read -p metadata=read");
    check(&answer, 403, "permission_missing", &fix, Some(mia));
    said(&answer, &explain("PATCH /api/v3/repos/acme/secret"));
    // Asked beforehand, the same mends it.
    for (who, body) in [
        (value, json!({ "method": "PATCH", "url": repository })),
        (
            Some(mia.client.as_str()),
            json!({ "method": "PATCH", "url": repository, "token_id": id }),
        ),
    ] {
        let told = site.must("POST", "/api/jeton/v1/explain", who, &body);
        let real = answer.json();
        assert_eq!(
            (&told["fix"], &told["fix_url"]),
            (&real["fix"], &real["fix_url"])
        );
    }
    let answer = site.call("PATCH", "/api/v3/orgs/acme?x=$(id)", value, &json!({}));
    said(&answer, &explain("PATCH /api/v3/orgs/acme"));

    let answer = world.by(mia, "PATCH", repository, &edit);
    let fix = "jeton repo collaborator add acme/secret mia --role admin";
    check(&answer, 403, "role_too_low", fix, None);
    // To make somebody an owner or an administrator is no mend: the words say whom to ask.
    for (method, path, reason, words) in [
        (
            "PATCH",
            "/api/v3/orgs/acme",
            "membership_too_low",
            "an owner of acme: ask one",
        ),
        (
            "GET",
            "/api/jeton/v1/users",
            "administrator_needed",
            "Only administrators of the site",
        ),
    ] {
        let body = if method == "GET" {
            Value::Null
        } else {
            json!({})
        };
        let answer = world.by(mia, method, path, &body);
        let told = answer.json();
        assert_eq!(
            (answer.status, &told["reason"], &told["fix"]),
            (403, &json!(reason), &Value::Null),
            "{told}"
        );
        assert!(told["message"].as_str().unwrap().contains(words), "{told}");
    }

    let policy = |body: &Value| {
        let path = "/api/jeton/v1/orgs/acme/policy";
        assert_eq!(world.by(olivia, "PATCH", path, body).status, 200);
    };
    policy(&json!({ "fine_grained_allowed": false }));
    let answer = site.call("GET", repository, value, &Value::Null);
    let fix = "jeton policy set acme --fine-grained yes";
    check(&answer, 403, "fine_grained_forbidden", fix, Some(olivia));
    policy(&json!({ "fine_grained_allowed": true, "fine_grained_maximum": { "days": 7 } }));
    let answer = site.call("GET", repository, value, &Value::Null);
    let fix = format!("jeton token rotate {id} --expires 7");
    check(&answer, 403, "lifetime_too_long", &fix, Some(mia));
    policy(&json!({ "fine_grained_maximum": { "days": 366 } }));

    assert_eq!(
        site.token_call(mia, &token, "suspend", &Value::Null).status,
        200
    );
    let answer = site.call("GET", repository, value, &Value::Null);
    check(
        &answer,
        403,
        "token_suspended",
        &format!("jeton token resume {id}"),
        Some(mia),
    );
    assert_eq!(
        site.token_call(mia, &token, "resume", &Value::Null).status,
        200
    );

    // Withdrawn: a 404 says what hangs on the token alone, the same for hidden and missing.
    let revoke = format!("/api/v3/orgs/acme/personal-access-tokens/{id}");
    assert_eq!(
        world
            .by(olivia, "POST", &revoke, &json!({ "action": "revoke" }))
            .status,
        204
    );
    let hidden = site.call("GET", repository, value, &Value::Null);
    let missing = site.call("GET", "/api/v3/repos/acme/nothing", value, &Value::Null);
    assert_eq!(hidden.status, 404);
    assert_eq!(hidden.json()["fix"], format!("jeton token request {id}"));
    assert_eq!(hidden.json()["reason"], Value::Null);
    assert_eq!(
        hidden.text(),
        missing.text().replace("acme/nothing", "acme/secret")
    );
    said(&hidden, &explain("GET /api/v3/repos/acme/secret"));
    typed(&format!("jeton token request {id}"));
    // Git's words, as they are typed for a repository.
    let git = site.call(
        "GET",
        "/acme/secret/info/refs?service=git-receive-pack",
        value,
        &Value::Null,
    );
    assert!(
        git.text().contains(&explain("push /acme/secret.git")),
        "{}",
        git.text()
    );
    assert!(
        git.text()
            .contains(&format!("To mend it: jeton token request {id}\n")),
        "{}",
        git.text()
    );
    let hostile = site.call(
        "GET",
        "/acme/$(touch%20x);'%1b/info/refs?service=git-upload-pack",
        value,
        &Value::Null,
    );
    assert_eq!(hostile.status, 404);
    let hostile = site.call(
        "GET",
        "/acme/$(touch%20x)'&/info/refs?service=git-upload-pack",
        value,
        &Value::Null,
    );
    assert!(
        hostile
            .text()
            .contains(&explain("clone /acme/%24%28touch%20x%29%27%26.git")),
        "{}",
        hostile.text()
    );

    site.later(Span::from_hours(3));
    let answer = world.by(
        olivia,
        "PATCH",
        "/api/jeton/v1/orgs/acme/policy",
        &json!({ "approval_required": false }),
    );
    check(
        &answer,
        403,
        "confirmation_needed",
        "jeton confirm",
        Some(olivia),
    );
    site.later(Span::from_days(31));
    let answer = site.call("GET", repository, value, &Value::Null);
    check(
        &answer,
        401,
        "expired",
        &format!("jeton token rotate {id}"),
        None,
    );
}

/// What is left of a classic token's refusals, with what mends each: the command holds all scopes, and the page is one of
/// classic tokens.
#[test]
fn what_mends_a_refusal_of_a_classic_token_can_be_typed_and_opened() {
    let world = World::new(&[]);
    let site = &world.site;
    let (olivia, mia) = (&world.olivia, &world.mia);
    site.repository("acme", olivia, "open", "public");
    let token = site.classic(mia, "t", &["workflow", "read:org"]);
    let id = token.id;
    let value = Some(token.value.as_str());
    let policy = |body: &Value| {
        let path = "/api/jeton/v1/orgs/acme/policy";
        assert_eq!(world.by(olivia, "PATCH", path, body).status, 200);
    };
    let check = |answer: &Answer, reason: &str, fix: &str, page: &str, opens: &Person| {
        let body = answer.json();
        let said = (answer.status, &body["reason"], &body["fix"]);
        assert_eq!(said, (403, &json!(reason), &json!(fix)), "{body}");
        assert_eq!(body["fix_url"], format!("{}{page}", site.url()), "{body}");
        let opened = read(site, opens, page);
        assert_eq!(opened.status, 200, "{page}: {}", opened.text());
        typed(fix);
    };
    let open = "/api/v3/repos/acme/open";
    let edit = json!({ "description": "x" });
    let own = |page: &str| format!("/settings/tokens/{id}{page}");

    let answer = site.call("PATCH", open, value, &edit);
    let fix =
        format!("jeton token edit {id} --scope workflow --scope read:org --scope public_repo");
    check(&answer, "scope_needed", &fix, &own("/edit"), mia);
    // Asked beforehand, the same mends it, and the scopes that would do are named.
    for (who, body) in [
        (value, json!({ "method": "PATCH", "url": open })),
        (
            Some(mia.client.as_str()),
            json!({ "method": "PATCH", "url": open, "token_id": id }),
        ),
    ] {
        let told = site.must("POST", "/api/jeton/v1/explain", who, &body);
        assert_eq!(told["fix"], fix, "{told}");
        assert_eq!(told["accepted_scopes"], json!(["repo", "public_repo"]));
    }
    // What no scope covers is not there, and the answer says no more than for what does not exist.
    let hidden = site.call("GET", "/api/v3/repos/acme/secret", value, &Value::Null);
    let missing = site.call("GET", "/api/v3/repos/acme/nothing", value, &Value::Null);
    assert_eq!(hidden.status, 404);
    assert_eq!(
        hidden.text(),
        missing.text().replace("acme/nothing", "acme/secret")
    );

    let edited = json!({ "scopes": ["repo"] });
    let path = format!("/api/jeton/v1/classic-tokens/{id}");
    assert_eq!(world.by(mia, "PATCH", &path, &edited).status, 200);
    let secret = "/api/v3/repos/acme/secret";
    policy(&json!({ "classic_allowed": false }));
    let answer = site.call("GET", secret, value, &Value::Null);
    let page = "/organizations/acme/settings/personal-access-tokens";
    let fix = "jeton policy set acme --classic yes";
    check(&answer, "classic_forbidden", fix, page, olivia);
    policy(&json!({ "classic_allowed": true, "classic_maximum": { "days": 7 } }));
    let answer = site.call("GET", secret, value, &Value::Null);
    let fix = format!("jeton token rotate {id} --expires 7");
    check(&answer, "lifetime_too_long", &fix, &own("/rotate"), mia);
    policy(&json!({ "classic_maximum": "unlimited" }));
    let suspended = site.token_call(mia, &token, "suspend", &Value::Null);
    assert_eq!(suspended.status, 200);
    let answer = site.call("GET", secret, value, &Value::Null);
    let fix = format!("jeton token resume {id}");
    check(&answer, "token_suspended", &fix, &own(""), mia);
}

/// What an application holds is mended by letting it in anew, or by an owner: no command changes its token.
#[test]
fn what_a_token_of_an_application_lacks_leads_to_ones_applications() {
    let world = World::new(&[]);
    let gh = "178c6fc778ccc68e1d6a";
    let given = Visitor::signed_in(&world.site, "olivia").lets_in(gh, "gist");
    let value = given["access_token"].as_str();
    let page = format!("{}/settings/applications", world.site.url());
    let body = json!({ "name": "by-gh" });
    let answer = world.site.call("POST", "/api/v3/user/repos", value, &body);
    assert_eq!(answer.status, 403, "{}", answer.text());
    let told = answer.json();
    assert_eq!(told["reason"], "scope_needed", "{told}");
    assert_eq!(told["fix"], Value::Null, "{told}");
    assert_eq!(told["fix_url"], json!(page), "{told}");

    let given = Visitor::signed_in(&world.site, "olivia").lets_in(gh, "repo");
    let value = given["access_token"].as_str();
    let secret = "/api/v3/repos/acme/secret";
    let told = world.site.call("GET", secret, value, &Value::Null).json();
    assert_eq!(told["reason"], "application_not_approved", "{told}");
    assert_eq!(told["fix_url"], json!(page), "{told}");
    let command = told["fix"].as_str().unwrap();
    assert!(
        command.starts_with("jeton app access approve acme "),
        "{command}"
    );
    typed(command);
}

/// The command line understands it: what it lacks is a server, not sense.
#[track_caller]
fn typed(line: &str) {
    let home = tempfile::tempdir().unwrap();
    let words: Vec<&str> = line.split(' ').skip(1).collect();
    let said = Command::new(env!("CARGO_BIN_EXE_jeton"))
        .args(&words)
        .env_clear()
        .env("HOME", home.path())
        .env("XDG_CONFIG_HOME", home.path())
        .current_dir(home.path())
        .output()
        .unwrap();
    let text = String::from_utf8_lossy(&said.stderr).into_owned();
    assert!(!said.status.success(), "{line}");
    for usage in [
        "unexpected argument",
        "unrecognized",
        "invalid value",
        "required arguments",
    ] {
        assert!(!text.contains(usage), "{line}: {text}");
    }
}

#[test]
fn the_limit_of_a_person_is_told_where_there_is_one() {
    let world = World::new(&[]);
    let none = world.by(&world.mia, "GET", "/api/v3/user", &Value::Null);
    assert_eq!((none.status, none.header("x-ratelimit-limit")), (200, None));
    let off = world.by(&world.mia, "GET", "/api/v3/rate_limit", &Value::Null);
    assert_eq!(
        (off.status, &off.json()["message"]),
        (404, &json!("Rate limiting is not enabled."))
    );

    let world = World::new(&[("rates.principal", "40"), ("rates.anonymous", "50")]);
    let number = |answer: &Answer, name: &str| -> i64 {
        answer
            .header(&format!("x-ratelimit-{name}"))
            .unwrap()
            .parse()
            .unwrap()
    };
    let one = world.by(&world.mia, "GET", "/api/v3/user", &Value::Null);
    let two = world.by(&world.mia, "GET", "/api/v3/user", &Value::Null);
    assert_eq!(number(&one, "limit"), 40);
    assert_eq!(number(&two, "used"), number(&one, "used") + 1);
    assert_eq!(number(&two, "remaining"), 40 - number(&two, "used"));
    assert_eq!(
        number(&two, "reset"),
        crate::support::NOW.after(Span::from_hours(1)).micros() / 1_000_000
    );
    assert_eq!(two.header("x-ratelimit-resource"), Some("core"));
    let said = world
        .by(&world.mia, "GET", "/api/v3/rate_limit", &Value::Null)
        .json();
    assert_eq!(
        said["rate"]["used"],
        json!(number(&two, "used")),
        "looking uses nothing up"
    );
    assert_eq!(said["resources"]["core"], said["rate"]);
    let nobody = world
        .site
        .call("GET", "/api/v3/rate_limit", None, &Value::Null);
    assert_eq!(
        (
            nobody.json()["rate"]["limit"].clone(),
            nobody.header("x-ratelimit-limit")
        ),
        (json!(50), Some("50"))
    );
    let mut last = two;
    while last.status == 200 {
        last = world.by(&world.mia, "GET", "/api/v3/user", &Value::Null);
    }
    assert_eq!((last.status, number(&last, "remaining")), (429, 0));
    assert!(last.header("retry-after").is_some());
}

/// `reason` says words of the reference's two tables and no others: what use cases give as text is
/// looked up when it is sent, and every such text in the sources stands in the table.
#[test]
fn every_reason_in_the_sources_stands_in_the_table() {
    let crates = std::path::Path::new(env!("CARGO_MANIFEST_DIR"))
        .parent()
        .unwrap();
    let known: Vec<&str> = jeton_http::Code::ALL
        .iter()
        .map(|code| code.word())
        .collect();
    let mut found = 0;
    let mut folders = vec![crates.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                let name = path.file_name().unwrap().to_owned();
                if name != "tests" && name != "target" {
                    folders.push(path);
                }
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                let text = std::fs::read_to_string(&path).unwrap();
                for call in ["conflict(", "faster("] {
                    for (at, _) in text.match_indices(call) {
                        // A call's first literal, if it comes before the call's other arguments end.
                        let rest = &text[at + call.len()..];
                        let Some(word) = rest
                            .trim_start()
                            .trim_start_matches("error,")
                            .trim_start()
                            .strip_prefix('"')
                        else {
                            continue;
                        };
                        let word = word.split('"').next().unwrap();
                        found += 1;
                        assert!(known.contains(&word), "`{word}` in {}", path.display());
                    }
                }
            }
        }
    }
    assert!(found > 15, "{found}");
}
