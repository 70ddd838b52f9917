//! What a reviewer reads of a request before they decide, and where they are afterwards.

use serde_json::{Value, json};

use crate::support::Site;
use crate::support::world::{Person, Token};
use crate::visitor::Visitor;

const POLICY: &str = "/organizations/acme/settings/personal-access-tokens";
const REQUESTS: &str = "/organizations/acme/settings/personal-access-token-requests";
const ACTIVE: &str = "/organizations/acme/settings/personal-access-tokens/active";
const LOG: &str = "/organizations/acme/settings/audit-log";
const RULES: &str = "/organizations/acme/settings/approval-rules";

/// `olivia` owns acme, `mia` belongs to it and reviews.
fn office() -> (Site, Person, Person) {
    let site = Site::start();
    let olivia = site.person("olivia", false);
    let mia = site.person("mia", false);
    site.organization("acme", &olivia);
    site.member("acme", &olivia, &mia, "member");
    (site, olivia, mia)
}

fn wish(name: &str) -> Value {
    json!({
        "name": name, "owner": "acme", "repositories": "all", "permissions": { "contents": "read" },
        "description": "Builds every night", "expires_in": 30,
    })
}

/// The newest request that waits.
fn waiting(site: &Site, olivia: &Person) -> String {
    let path = "/api/v3/orgs/acme/personal-access-token-requests";
    let list = site.must("GET", path, Some(&olivia.client), &Value::Null);
    list[0]["id"].to_string()
}

fn edit(site: &Site, person: &Person, token: &Token, change: &Value) {
    let path = format!("/api/jeton/v1/tokens/{}", token.id);
    site.must("PATCH", &path, Some(&person.client), change);
}

fn refs(patterns: &[&str]) -> Value {
    json!([{ "refs": { "only": { "patterns": patterns, "no_force": true, "no_delete": false } } }])
}

#[test]
fn an_owner_reads_each_condition_and_what_becomes_of_it() {
    let (site, olivia, mia) = office();
    site.repository("acme", &olivia, "secret", "private");
    let mut first = wish("nightly");
    first["conditions"] = refs(&["refs/**"]);
    first["permissions"] = json!({
        "contents": "read", "administration": "read", "organization_administration": "read",
    });
    let token = site.token(&mia, &first);
    let mut page = Visitor::signed_in(&site, "olivia");
    let shown = page.get(&format!("{REQUESTS}/{}", waiting(&site, &olivia)));
    assert_eq!(shown.status, 200);
    let shown = shown.text();
    assert!(shown.contains("<li>No force pushes</li>"), "{shown}");
    assert!(!shown.contains("branches"), "{shown}");
    assert!(shown.contains("<li>Administration (organization): read</li>"));
    assert!(shown.contains("<li>Administration (repositories): read</li>"));
    assert!(shown.contains("<dt>Description</dt><dd>Builds every night</dd>"));
    site.approve("acme", &olivia, &token);
    // Tighter alone would ask nobody.
    let change = json!({
        "conditions": refs(&["refs/heads/bot/*"]),
        "permissions": {
            "contents": "write", "administration": "read", "organization_administration": "read",
        },
    });
    edit(&site, &mia, &token, &change);
    for path in [
        REQUESTS.to_owned(),
        format!("{REQUESTS}/{}", waiting(&site, &olivia)),
    ] {
        let shown = page.get(&path).text();
        assert!(
            shown.contains("<li>Writes only refs/heads/bot/*</li>"),
            "{path}: {shown}"
        );
        assert!(
            shown.contains("<li>No force pushes, as before</li>"),
            "{path}: {shown}"
        );
        assert!(!shown.contains("No longer"), "{path}: {shown}");
    }
    let active = page.get(&format!("{POLICY}/{}", token.id)).text();
    assert!(
        active.contains(
            "<dt>Conditions</dt><dd>Writes only refs/heads/bot/*</dd><dd>No force pushes</dd>"
        ),
        "{active}"
    );
}

#[test]
fn an_owner_reads_which_repositories_come_and_go() {
    let (site, olivia, mia) = office();
    for name in ["a1", "a2", "b1", "b2", "b3", "b4", "b5", "b6"] {
        site.repository("acme", &olivia, name, "internal");
    }
    let mut first = wish("nightly");
    first["repositories"] = json!(["a1", "a2"]);
    let token = site.token(&mia, &first);
    site.approve("acme", &olivia, &token);
    let change = json!({ "repositories": ["b1", "b2", "b3", "b4", "b5", "b6"] });
    edit(&site, &mia, &token, &change);
    let shown = Visitor::signed_in(&site, "olivia").get(REQUESTS).text();
    assert!(
        shown.contains("<strong>6 repositories more: acme/b1, acme/b2, acme/b3, acme/b4, acme/b5, acme/b6</strong>"),
        "{shown}"
    );
    assert!(
        shown.contains("<li>2 repositories less: acme/a1, acme/a2</li>"),
        "{shown}"
    );
}

#[test]
fn a_rule_is_never_for_more_than_was_typed_and_says_what_it_is_for() {
    let (site, olivia, _) = office();
    let names: Vec<String> = (1..8).map(|n| format!("r{n}")).collect();
    for name in &names {
        site.repository("acme", &olivia, name, "private");
    }
    let mut page = Visitor::signed_in(&site, "olivia");
    let typed = names.join("\n");
    let rule = |who: &'static str, which: &'static str| {
        vec![
            ("name", "read-only"),
            ("who", who),
            ("which", which),
            ("days", "30"),
            ("permission.organization_administration", "read"),
        ]
    };
    let mut dropped = rule("members", "all");
    dropped.push(("repositories", &typed));
    let refused = page.post(RULES, &dropped);
    assert_eq!(refused.status, 422);
    assert!(
        refused.text().contains("id=\"repositories-fault\">You named repositories: choose “Only these”, or empty the list.<"),
        "{}",
        refused.text()
    );
    let mut dropped = rule("members", "all");
    dropped.push(("teams", "core"));
    let refused = page.post(RULES, &dropped);
    assert_eq!(refused.status, 422);
    assert!(
        refused
            .text()
            .contains("id=\"teams-fault\">You named teams: ")
    );
    assert!(page.get(RULES).text().contains("No rules yet"));
    let mut narrow = rule("members", "names");
    narrow.push(("repositories", &typed));
    assert_eq!(page.post(RULES, &narrow).status, 303);
    let list = page.get(RULES).text();
    assert!(
        list.contains("Administration (organization) up to read · 7 repositories: acme/r1, acme/r2, acme/r3, acme/r4, acme/r5 and 2 more · at most 30 days"),
        "{list}"
    );
}

#[test]
fn an_owner_is_told_that_the_policy_refuses_what_they_approve() {
    let (site, olivia, mia) = office();
    site.repository("acme", &olivia, "secret", "private");
    let token = site.token(&mia, &wish("nightly"));
    let id = waiting(&site, &olivia);
    let mut page = Visitor::signed_in(&site, "olivia");
    assert!(!page.get(REQUESTS).text().contains("would refuse it"));
    let path = "/api/jeton/v1/orgs/acme/policy";
    let shorter = json!({ "fine_grained_maximum": { "days": 7 } });
    site.must("PATCH", path, Some(&olivia.client), &shorter);
    let why = "acme lets tokens live at most 7 days";
    for path in [REQUESTS.to_owned(), format!("{REQUESTS}/{id}")] {
        let shown = page.get(&path).text();
        let warning = format!("acme’s policy would refuse it: {why}");
        assert!(shown.contains(&warning), "{path}: {shown}");
    }
    let form = [("id", id.as_str()), ("action", "approve")];
    assert_eq!(page.post(REQUESTS, &form).status, 303);
    for path in [ACTIVE.to_owned(), format!("{POLICY}/{}", token.id)] {
        let shown = page.get(&path).text();
        assert!(shown.contains(">refused</span>"), "{path}: {shown}");
        assert!(shown.contains(why), "{path}: {shown}");
    }
}

#[test]
fn a_reviewer_stays_where_they_were_and_never_decides_on_their_own() {
    let (site, olivia, mia) = office();
    let zoe = site.person("zoe", false);
    site.member("acme", &olivia, &zoe, "member");
    site.repository("acme", &olivia, "secret", "private");
    let mut owner = Visitor::signed_in(&site, "olivia");
    let add = [("login", "mia"), ("action", "add")];
    let reviewers = "/organizations/acme/settings/reviewers";
    assert_eq!(owner.post(reviewers, &add).status, 303);
    site.token(&zoe, &wish("first"));
    site.token(&zoe, &wish("second"));
    let second = waiting(&site, &olivia);
    site.token(&mia, &wish("own"));
    let own = waiting(&site, &olivia);

    let mut page = Visitor::signed_in(&site, "mia");
    let sentence = "This is your own request: somebody else has to decide.";
    let shown = page.get(&format!("{REQUESTS}/{own}")).text();
    assert!(
        shown.contains(sentence) && !shown.contains("value=\"approve\""),
        "{shown}"
    );
    let list = page.get(REQUESTS).text();
    assert!(list.contains(sentence), "{list}");
    assert!(!list.contains("Choose own of mia"), "{list}");
    let refused = page.post(REQUESTS, &[("id", &own), ("action", "approve")]);
    assert_eq!(refused.status, 403);
    assert!(
        refused
            .text()
            .contains("can&#39;t be decided by you: “own”."),
        "{}",
        refused.text()
    );

    let here = format!("{REQUESTS}?owner=zoe&per_page=1&page=1");
    let action = "?owner=zoe&#38;per%5Fpage=1&#38;page=1\"";
    assert!(
        page.get(&here).text().contains(action),
        "{}",
        page.get(&here).text()
    );
    let refused = page.post(&here, &[("id", second.as_str())]);
    assert_eq!(refused.status, 422);
    let text = refused.text();
    assert!(text.contains(action), "{text}");
    assert!(
        text.contains(&format!("value=\"{second}\" checked")),
        "{text}"
    );
    assert!(!text.contains("Choose first of zoe"), "{text}");
    let done = page.post(&here, &[("id", second.as_str()), ("action", "deny")]);
    assert_eq!(done.status, 303);
    let location = done.headers.iter().find(|(name, _)| name == "location");
    assert!(
        location.is_some_and(|(_, to)| to.ends_with("?owner=zoe&per%5Fpage=1&page=1")),
        "{location:?}"
    );
    let beyond = page.get(&format!("{REQUESTS}?owner=zoe&page=99")).text();
    assert!(
        beyond.contains("Nothing on this page")
            && beyond.contains("1 request waits: <a href=\"?owner=zoe&#38;"),
        "{beyond}"
    );
    let beyond = owner.get(&format!("{ACTIVE}?page=99")).text();
    assert!(beyond.contains("No token reaches acme"), "{beyond}");
}

#[test]
fn no_page_about_a_token_for_a_thousand_repositories_is_heavy() {
    let (site, olivia, mia) = office();
    let names: Vec<String> = (0..1000).map(|n| format!("r{n:0>39}")).collect();
    for name in &names {
        site.repository("acme", &olivia, name, "internal");
    }
    let mut many = wish("nightly");
    many["repositories"] = json!(names);
    let token = site.token(&mia, &many);
    let id = waiting(&site, &olivia);
    let mut owner = Visitor::signed_in(&site, "olivia");
    let request = format!("{REQUESTS}/{id}");
    let light = |page: &mut Visitor<'_>, path: &str| {
        let shown = page.get(path);
        assert_eq!(shown.status, 200, "{path}");
        let text = shown.text();
        assert!(text.len() < 100_000, "{path}: {}", text.len());
        text
    };
    let shown = light(&mut owner, &request);
    assert!(shown.contains("and 980 more</li>"), "{shown}");
    let last = light(&mut owner, &format!("{request}?per_page=100&page=10"));
    assert!(
        last.contains(&names[999]) && last.contains("Page 10 of 10"),
        "{last}"
    );
    let listed = light(&mut owner, REQUESTS);
    assert!(listed.contains("1000 repositories: "), "{listed}");
    site.approve("acme", &olivia, &token);
    let shown = light(&mut owner, &format!("{POLICY}/{}", token.id));
    assert!(shown.contains("Page 1 of 34"), "{shown}");
    let log = light(&mut owner, LOG);
    assert!(log.contains("and 990 more</dd>"), "{log}");
    let own = light(
        &mut Visitor::signed_in(&site, "mia"),
        "/settings/security-log",
    );
    assert!(own.contains("and 990 more</dd>"), "{own}");
    let whole = owner.get(&format!("{LOG}/export?format=jsonl")).text();
    let granted = whole.lines().find(|line| line.contains("access_granted"));
    assert!(granted.is_some_and(|line| line.contains(&names[999])));
}

#[test]
fn an_owner_reads_in_the_log_what_was_done_to_what() {
    let (site, olivia, mia) = office();
    site.repository("acme", &olivia, "labs", "private");
    site.repository("acme", &olivia, "secret", "private");
    let token = site.token(&mia, &wish("nightly"));
    site.approve("acme", &olivia, &token);
    let path = "/api/jeton/v1/orgs/acme/policy";
    let shorter = json!({ "fine_grained_maximum": { "days": 60 } });
    site.must("PATCH", path, Some(&olivia.client), &shorter);
    let mut owner = Visitor::signed_in(&site, "olivia");
    let log = owner.get(LOG).text();
    for line in [
        "<strong>A repository was created: acme/labs</strong>",
        "<strong>A person became a member of an organization: mia</strong>",
        "<strong>A token was given access to an organization: nightly</strong>",
        "<dt>fine_grained_maximum</dt><dd>days 60 instead of days 366</dd>",
    ] {
        assert!(log.contains(line), "{line}: {log}");
    }
    assert!(
        !log.contains("old_policy") && !log.contains("classic_maximum"),
        "{log}"
    );
    let own = Visitor::signed_in(&site, "mia")
        .get("/settings/security-log")
        .text();
    assert!(
        own.contains("given access to an organization: nightly, acme</strong>"),
        "{own}"
    );
    // In its own log an organization's repository goes by its name.
    for name in ["labs", "acme/labs"] {
        let found = owner.get(&format!("{LOG}?repository={name}")).text();
        assert!(found.contains("created: acme/labs<"), "{name}: {found}");
        assert!(!found.contains("created: acme/secret<"), "{name}: {found}");
    }
}
