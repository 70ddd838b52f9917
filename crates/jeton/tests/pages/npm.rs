//! The page that `npm login` leads to.

use serde_json::json;

use crate::support::Site;
use crate::visitor::Visitor;

/// What npm is told to begin with: the path of the page, and the one at which it waits.
fn begun(site: &Site) -> (String, String) {
    let said = site.npm(
        "POST",
        "/npm/-/v1/login",
        None,
        "{\"hostname\":\"<b>laptop\"}",
    );
    assert_eq!(said.status, 200, "{}", said.text());
    assert_eq!(said.header("cache-control"), Some("no-store"));
    let said = said.json();
    let path = |field: &str| {
        let url = said[field].as_str().unwrap();
        url.strip_prefix(site.url()).unwrap().to_owned()
    };
    (path("loginUrl"), path("doneUrl"))
}

#[test]
fn a_bare_link_gives_nothing_and_the_button_gives_one_token() {
    let site = Site::start();
    site.person("ann", false);
    let (page, done) = begun(&site);
    // Nobody is signed in: the way in leads back to the page.
    let mut visitor = Visitor::new(&site);
    let asked = visitor.get(&page);
    assert_eq!(asked.status, 303, "{}", asked.text());
    let to = asked.header("location").unwrap();
    assert!(to.starts_with("/login?return_to="), "{to}");
    let mut ann = Visitor::signed_in(&site, "ann");
    let shown = ann.get(&page);
    assert_eq!(shown.status, 200);
    for words in [
        "&#60;b&#62;laptop",
        "127.0.0.1",
        "name=\"answer\" value=\"allow\"",
    ] {
        assert!(shown.text().contains(words), "no `{words}`");
    }
    // Looking gave nothing.
    let wait = |credential| site.npm("GET", &done, credential, "");
    let said = wait(None);
    assert_eq!((said.status, said.json()), (202, json!({})));
    assert!(said.header("retry-after").is_some());
    // Nor does a form that another site sent.
    let fields = [("level", "read"), ("name", "npm"), ("answer", "allow")];
    assert_eq!(ann.send("POST", &page, &fields).status, 403);
    // A mistake stands at its field, and the page stays.
    let again = ann.post(
        &page,
        &[("level", "read"), ("name", ""), ("answer", "allow")],
    );
    assert_eq!(again.status, 422);
    assert!(
        again.text().contains("id=\"name-fault\""),
        "{}",
        again.text()
    );
    assert_eq!(wait(None).status, 202);
    let answered = ann.post(&page, &fields);
    assert_eq!(answered.status, 303, "{}", answered.text());
    assert_eq!(answered.header("location"), Some("/settings/tokens"));
    // npm sends what it has, which is over: that is no reason to give it nothing.
    let dead = "jtp_000000000000000000000000000000000000";
    let said = wait(Some(dead));
    assert_eq!(said.status, 200, "{}", said.text());
    assert_eq!(said.header("cache-control"), Some("no-store"));
    let token = said.json()["token"].as_str().unwrap().to_owned();
    assert_eq!(wait(None).status, 404);
    assert_eq!(ann.get(&page).status, 404);
    let who = site.npm("GET", "/npm/-/whoami", Some(&token), "");
    assert_eq!(who.json(), json!({ "username": "ann" }));
    let path = "/api/v3/user/repos";
    let made = site.call("POST", path, Some(&token), &json!({ "name": "more" }));
    assert_eq!(made.status, 403, "{}", made.text());
}

#[test]
fn denied_is_denied_and_junk_is_nothing() {
    let site = Site::start();
    site.person("ann", false);
    let mut ann = Visitor::signed_in(&site, "ann");
    let (page, done) = begun(&site);
    let denied = ann.post(&page, &[("answer", "deny")]);
    assert_eq!(denied.header("location"), Some("/"));
    assert_eq!(site.npm("GET", &done, None, "").status, 404);
    for code in ["x", "0000000000000000000000000000000000000000", "%00"] {
        assert_eq!(ann.get(&format!("/login/npm/{code}")).status, 404);
        let said = site.npm("GET", &format!("/npm/-/v1/done/{code}"), None, "");
        assert_eq!(said.status, 404, "{}", said.text());
    }
    for body in [
        "",
        "{}",
        "{\"create\":true}",
        "{\"hostname\":null}",
        "{\"hostname\":7}",
    ] {
        let said = site.npm("POST", "/npm/-/v1/login", None, body);
        assert_eq!(said.status, 200, "{body}: {}", said.text());
    }
    let said = site.npm("POST", "/npm/-/v1/login", None, "[");
    assert_eq!(said.status, 400, "{}", said.text());
    let large = json!({ "hostname": "x".repeat(2 << 20) }).to_string();
    let said = site.npm("POST", "/npm/-/v1/login", None, &large);
    assert_eq!(said.status, 413);
}
