//! What owners, reviewers and administrators do on their pages, without a script.

use serde_json::{Value, json};

use crate::support::Site;
use crate::support::world::{Person, Token};
use crate::visitor::{Visitor, between, unescaped};

const POLICY: &str = "/organizations/acme/settings/personal-access-tokens";
const REQUESTS: &str = "/organizations/acme/settings/personal-access-token-requests";
const ACTIVE: &str = "/organizations/acme/settings/personal-access-tokens/active";
const RULES: &str = "/organizations/acme/settings/approval-rules";
const REVIEWERS: &str = "/organizations/acme/settings/reviewers";

struct Office {
    site: Site,
    olivia: Person,
    mia: Person,
}

/// `olivia` owns acme, `mia` belongs to it, `ada` administers the site.
fn office() -> Office {
    let site = Site::start();
    site.person("ada", true);
    let olivia = site.person("olivia", false);
    let mia = site.person("mia", false);
    site.organization("acme", &olivia);
    site.member("acme", &olivia, &mia, "member");
    site.repository("acme", &olivia, "secret", "private");
    Office { site, olivia, mia }
}

fn wish(name: &str) -> Value {
    json!({
        "name": name, "owner": "acme", "repositories": "all", "permissions": { "contents": "read" },
        "justification": "<b>builds</b>",
    })
}

impl Office {
    fn ask(&self, name: &str) -> (Token, String) {
        let token = self.site.token(&self.mia, &wish(name));
        let path = "/api/v3/orgs/acme/personal-access-token-requests";
        let list = self
            .site
            .must("GET", path, Some(&self.olivia.client), &Value::Null);
        let id = list[0]["id"].to_string();
        (token, id)
    }

    fn reads(&self, token: &Token) -> u16 {
        let path = "/api/v3/repos/acme/secret";
        self.site
            .call("GET", path, Some(&token.value), &Value::Null)
            .status
    }
}

#[test]
fn a_policy_is_looked_at_then_saved_and_a_stale_form_is_told_what_changed() {
    let office = office();
    let (token, _) = office.ask("nightly");
    office.site.approve("acme", &office.olivia, &token);
    assert_eq!(office.reads(&token), 200);
    let mut olivia = Visitor::signed_in(&office.site, "olivia");
    let page = olivia.get(POLICY).text();
    let version = between(&page, "name=\"version\" value=\"", "\"");
    let look = |version: &str, days: &str, step: &str, olivia: &mut Visitor<'_>| {
        olivia.post(
            POLICY,
            &[
                ("version", version),
                ("seen", "{}"),
                ("limit", "days"),
                ("days", days),
                ("step", step),
            ],
        )
    };
    let seen = look(&version, "7", "look", &mut olivia);
    assert_eq!(seen.status, 200, "{}", seen.text());
    assert!(
        seen.text()
            .contains("1 token that works today of 1 person would be refused."),
        "{}",
        seen.text()
    );
    assert!(seen.text().contains("nightly"));
    assert_eq!(office.reads(&token), 200, "looking changes nothing");
    assert_eq!(look(&version, "x", "save", &mut olivia).status, 422);
    // What would stop a token is told before it is saved, looked for or not.
    let unasked = look(&version, "7", "save", &mut olivia);
    assert_eq!(unasked.status, 200);
    assert!(unasked.text().contains("Nothing is saved yet."));
    assert_eq!(office.reads(&token), 200);
    let told = unescaped(&between(&unasked.text(), "name=\"told\" value=\"", "\""));
    let told_all = [
        ("version", version.as_str()),
        ("limit", "days"),
        ("days", "7"),
        ("step", "save"),
        ("told", &told),
    ];
    assert_eq!(olivia.post(POLICY, &told_all).status, 303);
    assert_eq!(office.reads(&token), 403);
    let mut mia = Visitor::signed_in(&office.site, "mia");
    let list = mia.get("/settings/personal-access-tokens").text();
    assert!(list.contains(">refused</span>"), "{list}");
    assert!(
        list.contains("acme lets tokens live at most 7 days"),
        "{list}"
    );
    let stale = look(&version, "9", "save", &mut olivia);
    assert_eq!(stale.status, 409);
    assert!(
        stale.text().contains("Somebody changed the policy"),
        "{}",
        stale.text()
    );
    assert_eq!(mia.get(POLICY).status, 403);
}

#[test]
fn a_request_is_decided_once_and_the_later_reviewer_reads_what_happened() {
    let office = office();
    let (token, id) = office.ask("nightly");
    let mut olivia = Visitor::signed_in(&office.site, "olivia");
    let list = olivia.get(REQUESTS);
    assert_eq!(list.status, 200);
    assert!(
        list.text().contains("&#60;b&#62;builds"),
        "escaped: {}",
        list.text()
    );
    assert!(list.text().contains("Contents: read"), "{}", list.text());
    assert!(
        olivia
            .get(&format!("{REQUESTS}?owner=nobody"))
            .text()
            .contains("No request fits")
    );
    assert!(
        olivia
            .get(&format!("{REQUESTS}?owner=MIA&permission=contents"))
            .text()
            .contains("nightly")
    );
    let one = olivia.get(&format!("{REQUESTS}/{id}"));
    assert_eq!(one.status, 200, "{}", one.text());
    let none = olivia.post(REQUESTS, &[("action", "approve")]);
    assert_eq!(none.status, 422);
    assert!(none.text().contains("Choose at least one request first."));
    let form = [
        ("id", id.as_str()),
        ("action", "approve"),
        ("reason", "fine"),
    ];
    assert_eq!(olivia.post(REQUESTS, &form).status, 303);
    assert_eq!(office.reads(&token), 200);
    let late = olivia.post(REQUESTS, &[("id", id.as_str()), ("action", "deny")]);
    assert_eq!(late.status, 409);
    assert!(
        late.text().contains("Somebody was faster"),
        "{}",
        late.text()
    );
    assert!(
        late.text().contains("nightly of mia: approved"),
        "{}",
        late.text()
    );
    assert_eq!(office.reads(&token), 200);
}

#[test]
fn active_tokens_are_listed_looked_at_and_their_access_revoked() {
    let office = office();
    let mut olivia = Visitor::signed_in(&office.site, "olivia");
    assert!(olivia.get(ACTIVE).text().contains("No token reaches acme"));
    let (token, _) = office.ask("nightly");
    office.site.approve("acme", &office.olivia, &token);
    assert!(olivia.get(ACTIVE).text().contains("nightly"));
    let one = olivia.get(&format!("{POLICY}/{}", token.id));
    assert_eq!(one.status, 200, "{}", one.text());
    assert!(one.text().contains("All of the organization"));
    // What a place in the organization is worth stands where it can be taken.
    let mia = olivia.get("/orgs/acme/people/mia").text();
    assert!(mia.contains("the access of the token nightly"), "{mia}");
    let id = token.id.to_string();
    assert_eq!(olivia.post(ACTIVE, &[("id", &id)]).status, 303);
    assert_eq!(office.reads(&token), 404);
}

#[test]
fn rules_and_reviewers_are_kept_on_their_pages() {
    let office = office();
    let mut olivia = Visitor::signed_in(&office.site, "olivia");
    let fields = [
        ("name", "read-only"),
        ("who", "members"),
        ("which", "names"),
        ("repositories", "acme/secret"),
        ("days", "30"),
        ("permission.contents", "read"),
    ];
    let wrong = [("name", "x"), ("days", "30")];
    assert_eq!(olivia.post(RULES, &wrong).status, 422);
    // What is not chosen is not the widest.
    for missing in ["who", "which"] {
        let left = |name: &str| name != missing && name != "repositories";
        let fewer: Vec<_> = fields.into_iter().filter(|(name, _)| left(name)).collect();
        let refused = olivia.post(RULES, &fewer);
        assert_eq!(refused.status, 422, "{missing}: {}", refused.text());
    }
    let made = olivia.post(RULES, &fields);
    assert_eq!(made.status, 303, "{}", made.text());
    let list = olivia.get(RULES).text();
    assert!(
        list.contains("Contents up to read · 1 repository: acme/secret · at most 30 days"),
        "{list}"
    );
    let id = between(&list, &format!("{RULES}/"), "\"");
    let one = format!("{RULES}/{id}");
    assert_eq!(olivia.get(&one).status, 200);
    let seen = olivia.seen(&one);
    let mut wider = [fields.as_slice(), &[("seen", seen.as_str())]].concat();
    wider[4] = ("days", "60");
    assert_eq!(olivia.post(&one, &wider).status, 303);
    assert!(olivia.get(RULES).text().contains("at most 60 days"));
    let seen = olivia.seen(&one);
    let endless = [fields.as_slice(), &[("seen", &seen), ("limit", "none")]].concat();
    assert_eq!(olivia.post(&one, &endless).status, 303);
    assert!(olivia.get(RULES).text().contains("any life"));
    let again = olivia.get(&one).text();
    assert!(again.contains("value=\"none\" checked"), "{again}");
    assert_eq!(olivia.post(&format!("{one}/delete"), &[]).status, 303);
    assert!(olivia.get(RULES).text().contains("No rules yet"));

    let mut mia = Visitor::signed_in(&office.site, "mia");
    assert_eq!(mia.get(REQUESTS).status, 403);
    let nobody = [("login", "nobody"), ("action", "add")];
    assert_eq!(olivia.post(REVIEWERS, &nobody).status, 422);
    let add = [("login", "mia"), ("action", "add")];
    assert_eq!(olivia.post(REVIEWERS, &add).status, 303);
    assert_eq!(mia.get(REQUESTS).status, 200);
    assert!(
        !mia.get(REQUESTS).text().contains("Token policy"),
        "nothing else of an owner's"
    );
    assert_eq!(mia.get(REVIEWERS).status, 403);
    let own = office.site.token(&office.mia, &wish("own"));
    let waiting = office.ask("two").1;
    let decided = mia.post(REQUESTS, &[("id", &waiting), ("action", "approve")]);
    assert_eq!(decided.status, 403, "never their own");
    assert!(
        decided.text().contains("can&#39;t be decided by you"),
        "{}",
        decided.text()
    );
    assert_eq!(office.reads(&own), 404);
    let remove = [("login", "mia"), ("action", "remove")];
    assert_eq!(olivia.post(REVIEWERS, &remove).status, 303);
    assert_eq!(mia.get(REQUESTS).status, 403);
}

#[test]
fn the_log_is_searched_and_exported_whole() {
    let office = office();
    for n in 0..60 {
        office.ask(&format!("token {n}"));
    }
    office.ask("=cmd|' /C calc'!A0");
    let mut olivia = Visitor::signed_in(&office.site, "olivia");
    let log = "/organizations/acme/settings/audit-log";
    let page = olivia.get(log);
    assert_eq!(page.status, 200, "{}", page.text());
    assert!(page.text().contains("Older"));
    let found = olivia.get(&format!("{log}?text=token%2059")).text();
    assert!(found.contains("A token asks for access"), "{found}");
    assert!(
        olivia
            .get(&format!("{log}?since=tomorrow"))
            .text()
            .contains("Takes a day")
    );
    let lines = olivia.get(&format!("{log}/export?format=jsonl"));
    assert_eq!(lines.status, 200);
    let text = lines.text();
    let entries: Vec<Value> = text
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    let asked = entries
        .iter()
        .filter(|entry| entry["action"] == "personal_access_token.request_created");
    assert_eq!(asked.count(), 61);
    assert!(entries.len() > 61);
    let table = olivia.get(&format!("{log}/export?format=csv"));
    let type_of = |answer: &crate::support::http::Answer, name: &str| {
        let mut found = answer.headers.iter().filter(|(known, _)| known == name);
        found
            .next()
            .map(|(_, value)| value.clone())
            .unwrap_or_default()
    };
    assert_eq!(type_of(&table, "content-type"), "text/csv; charset=utf-8");
    assert!(type_of(&table, "content-disposition").starts_with("attachment"));
    assert_eq!(table.text().lines().count(), entries.len() + 1);
    let text = table.text();
    assert!(
        text.starts_with("created_at,action,actor,actor_id,org,repo,team,user,user_programmatic_access_id,user_programmatic_access_name,permission,reason,operation,cursor,data\r\n"),
        "{text}"
    );
    let row = text
        .lines()
        .find(|line| line.contains(",token 59,"))
        .unwrap();
    assert!(
        row.contains("personal_access_token.request_created,mia,"),
        "{row}"
    );
    assert!(row.contains(",acme,,,"), "{row}");
    assert!(!text.lines().any(|line| line.starts_with('=')));
    let narrow = olivia.get(&format!("{log}/export?format=jsonl&event=org.add_member"));
    assert_eq!(narrow.text().lines().count(), 1, "{}", narrow.text());
    let mut mia = Visitor::signed_in(&office.site, "mia");
    assert_eq!(mia.get(&format!("{log}/export")).status, 403);
    assert_eq!(mia.get("/settings/security-log").status, 200);
    let own = mia.get("/settings/security-log/export").text();
    assert!(own.contains("personal_access_token.create"));
    assert!(!own.contains("org.create\""));
}

#[test]
fn an_administrator_finds_people_and_ends_what_must_end() {
    let office = office();
    let (token, _) = office.ask("nightly");
    office.site.approve("acme", &office.olivia, &token);
    let mut ada = Visitor::signed_in(&office.site, "ada");
    for path in [
        "/admin",
        "/admin/users",
        "/admin/users/mia",
        "/admin/organizations",
        "/admin/policy",
        "/admin/tokens",
        "/admin/audit-log",
    ] {
        let page = ada.get(path);
        assert_eq!(page.status, 200, "{path}: {}", page.text());
        let mut olivia = Visitor::signed_in(&office.site, "olivia");
        assert_eq!(olivia.get(path).status, 403, "{path}");
    }
    let found = ada.get("/admin/users?q=MI").text();
    assert!(found.contains("/admin/users/mia") && !found.contains("/admin/users/olivia"));
    let suspend = ada.post("/admin/users/mia", &[("action", "suspend")]);
    assert_eq!(suspend.status, 303, "{}", suspend.text());
    assert_eq!(office.reads(&token), 403);
    assert_eq!(
        ada.post("/admin/users/mia", &[("action", "suspend")])
            .status,
        409
    );
    assert_eq!(
        ada.post("/admin/users/mia", &[("action", "resume")]).status,
        303
    );
    assert_eq!(office.reads(&token), 200);
    let look = ada.get("/admin/tokens?user=mia&kind=fine_grained").text();
    assert!(
        look.contains("1 token of 1 person, and 0 sign-ins."),
        "{look}"
    );
    let form = [
        ("user", "mia"),
        ("kind", "fine_grained"),
        ("reason", "stolen"),
    ];
    let untyped = ada.post("/admin/tokens", &form);
    assert_eq!(untyped.status, 422);
    assert_eq!(office.reads(&token), 200, "nothing was ended");
    let mut typed = form.to_vec();
    typed.push(("typed", "mia"));
    assert_eq!(ada.post("/admin/tokens", &typed).status, 303);
    assert_eq!(office.reads(&token), 401);
}

#[test]
fn a_denied_widening_says_so_and_may_be_asked_for_again() {
    let folder = tempfile::tempdir().unwrap();
    let place = folder.path().display().to_string();
    let site = Site::with(&[("mail.from", "jeton@example.org"), ("mail.folder", &place)]);
    let (olivia, mia) = (site.person("olivia", false), site.person("mia", false));
    site.organization("acme", &olivia);
    site.member("acme", &olivia, &mia, "member");
    site.repository("acme", &olivia, "secret", "private");
    let wish = json!({
        "name": "ci", "owner": "acme", "repositories": ["secret"], "permissions": { "contents": "read" },
    });
    let token = site.token(&mia, &wish);
    site.approve("acme", &olivia, &token);
    let path = format!("/api/jeton/v1/tokens/{}", token.id);
    let more = json!({ "permissions": { "contents": "write" } });
    site.must("PATCH", &path, Some(&mia.client), &more);
    let requests = "/api/v3/orgs/acme/personal-access-token-requests";
    let waits = site.must("GET", requests, Some(&olivia.client), &Value::Null);
    let deny = json!({ "action": "deny", "reason": "Reading will do." });
    let request = format!("{requests}/{}", waits[0]["id"]);
    site.must("POST", &request, Some(&olivia.client), &deny);
    let mut page = Visitor::signed_in(&site, "mia");
    let path = format!("/settings/personal-access-tokens/{}", token.id);
    let shown = page.get(&path).text();
    assert!(
        shown.contains("acme has not approved: Contents: Read and write. acme denied that: Reading will do. Ask again, or"),
        "{shown}"
    );
    let told = page.get("/settings/notifications").text() + &page.get("/notifications").text();
    assert!(
        told.contains("The token keeps what was approved before; you can change"),
        "{told}"
    );
    let asked = page.post(
        &format!("{path}/ask"),
        &[("justification", "The release writes tags.")],
    );
    assert_eq!(asked.status, 303, "{}", asked.text());
    let waits = site.must("GET", requests, Some(&olivia.client), &Value::Null);
    assert_eq!(waits[0]["reason"], "The release writes tags.");
    assert!(!page.get(&path).text().contains("Ask acme again"));
}
