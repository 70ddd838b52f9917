//! What a token's holder reads of it at each turn of its life, and what the pages offer then.

use std::io::Write as _;
use std::process::{Command, Stdio};

use jeton_domain::Span;
use serde_json::json;

use crate::support::Site;
use crate::support::world::{Person, Token};
use crate::visitor::{Visitor, between, unescaped};

const NEW: &str = "/settings/personal-access-tokens/new";

struct Office {
    site: Site,
    olivia: Person,
    mia: Person,
}

/// `olivia` owns acme, `mia` belongs to it and has tokens.
fn office() -> Office {
    let site = Site::start();
    let olivia = site.person("olivia", false);
    let mia = site.person("mia", false);
    site.organization("acme", &olivia);
    site.member("acme", &olivia, &mia, "member");
    site.repository("acme", &olivia, "labs", "private");
    Office { site, olivia, mia }
}

impl Office {
    fn token(&self, name: &str, days: u32) -> Token {
        let wish = json!({
            "name": name, "owner": "acme", "repositories": ["labs"], "permissions": { "contents": "write" },
            "expires_in": days, "conditions": [{
                "addresses": { "only": ["127.0.0.0/8"] },
                "refs": { "only": { "patterns": ["refs/heads/bot/*"], "no_force": true, "no_delete": false } },
            }],
        });
        let token = self.site.token(&self.mia, &wish);
        self.site.approve("acme", &self.olivia, &token);
        token
    }

    fn policy(&self, change: &serde_json::Value) {
        let path = "/api/jeton/v1/orgs/acme/policy";
        self.site
            .must("PATCH", path, Some(&self.olivia.client), change);
    }
}

fn page_of(token: &Token) -> String {
    format!("/settings/personal-access-tokens/{}", token.id)
}

#[test]
fn a_holder_reads_what_holds_now_and_what_is_over() {
    let office = office();
    let token = office.token("ci", 30);
    let mut mia = Visitor::signed_in(&office.site, "mia");
    let path = page_of(&token);
    let rotate = format!("{path}/rotate");
    let shown = mia.get(&path).text();
    assert!(shown.contains("What it may do now"), "{shown}");
    let conditions = between(&shown, "<h3>Conditions</h3><ul>", "</ul>");
    for held in ["127.0.0.0/8", "refs/heads/bot/*"] {
        assert!(conditions.contains(held), "{conditions}");
    }
    assert!(mia.get(&rotate).text().contains("work side by side"));

    assert_eq!(mia.post(&format!("{path}/suspend"), &[]).status, 303);
    let shown = mia.get(&path).text();
    for words in [
        "What it may do once it is resumed",
        "What uses it is refused until you resume it.",
    ] {
        assert!(shown.contains(words), "{words}: {shown}");
    }
    let form = mia.get(&rotate).text();
    assert!(
        form.contains("no value of it works until you resume it."),
        "{form}"
    );
    let made = mia.post(&rotate, &[("overlap", "86400")]).text();
    assert!(
        made.contains("The token is suspended: neither value works until you resume it."),
        "{made}"
    );
    assert_eq!(mia.post(&format!("{path}/resume"), &[]).status, 303);
    assert_eq!(mia.post(&format!("{path}/finish"), &[]).status, 303);

    office.site.later(Span::from_days(31));
    let mut mia = Visitor::signed_in(&office.site, "mia");
    let shown = mia.get(&path).text();
    for words in [
        "What it may do with a new value",
        "Its value has ended",
        "Expired on",
    ] {
        assert!(shown.contains(words), "{words}: {shown}");
    }
    let form = mia.get(&rotate).text();
    assert!(form.contains("No value of it works now"), "{form}");
    assert!(!form.contains("name=\"overlap\""), "{form}");

    assert_eq!(mia.post(&format!("{path}/revoke"), &[]).status, 303);
    let shown = mia.get(&path).text();
    for words in ["What it could do", "It is over for good.", "Revoked on"] {
        assert!(shown.contains(words), "{words}: {shown}");
    }
    for gone in ["Expire", "<h3>Value", "End the earlier value"] {
        assert!(!shown.contains(gone), "{gone}: {shown}");
    }
    let list = mia.get("/settings/personal-access-tokens").text();
    assert!(list.contains("Revoked on"), "{list}");
    assert_eq!(mia.get(&rotate).status, 409);
}

#[test]
fn whoever_regenerates_what_a_policy_refuses_reads_what_the_old_value_is_worth() {
    let office = office();
    let token = office.token("ci", 90);
    let mut mia = Visitor::signed_in(&office.site, "mia");
    let rotate = format!("{}/rotate", page_of(&token));
    let form = mia.get(&rotate).text();
    assert!(
        form.contains("As long as the value before: 90 days ("),
        "{form}"
    );
    office.policy(&json!({ "fine_grained_maximum": { "days": 30 } }));
    let form = mia.get(&rotate).text();
    assert!(
        form.contains("As long as acme lets it: 30 days ("),
        "{form}"
    );
    let made = mia.post(&rotate, &[("overlap", "86400")]);
    assert_eq!(made.status, 200, "{}", made.text());
    let text = made.text();
    assert!(
        text.contains("The earlier value is of no use: acme lets tokens live at most 30 days"),
        "{text}"
    );
    assert!(!text.contains("The earlier value works until"), "{text}");
    // Again, while the one before goes on: the page says which box to tick.
    let again = mia.post(&rotate, &[("overlap", "86400")]);
    assert_eq!(again.status, 409);
    assert!(again.text().contains("Choose below to end it"));
    let ended = [("overlap", "86400"), ("replace", "yes")];
    let works = mia.post(&rotate, &ended).text();
    assert!(works.contains("The earlier value works until"), "{works}");
}

#[test]
fn a_link_fills_the_form_in_and_what_it_asks_in_vain_is_said() {
    let office = office();
    let mut mia = Visitor::signed_in(&office.site, "mia");
    let mut open = |query: &str| {
        let page = mia.get(&format!("{NEW}?{query}"));
        assert_eq!(page.status, 200, "{query}");
        page.text()
    };
    let fault = |page: &str, field: &str| between(page, &format!("id=\"{field}-fault\""), "</p>");
    let said = |page: &str, field: &str| {
        let fault = fault(page, field);
        fault.split_once('>').unwrap().1.to_owned()
    };
    // A permission on repositories: the person chooses which, and nothing is wrong yet.
    let page = open("name=ci&contents=read");
    assert!(page.contains("value=\"selected\" checked"), "{page}");
    assert_eq!(said(&page, "repositories"), "");
    assert_eq!(said(&page, "permissions"), "");
    assert!(
        page.contains("Choose at least one repository: then you see here what the token will be.")
    );
    // So with any permission, since a token for public repositories takes none.
    for query in ["emails=read", "target_name=acme&members=read"] {
        let page = open(query);
        assert_eq!(said(&page, "permissions"), "", "{query}");
        assert!(page.contains("value=\"selected\" checked"), "{query}");
    }
    // By its name alone a repository is the owner's.
    let page = open("target_name=acme&repositories=LABS&contents=read");
    assert!(page.contains("1 selected"), "{page}");
    assert_eq!(page.matches("name=\"repository\"").count(), 1, "{page}");
    // What can't be is said.
    let page = open("target_name=acme&repositories=labs&emails=read");
    assert!(said(&page, "permissions").contains("emails"), "{page}");
    for (query, kept) in [("expires_in=-1", "-1"), ("expires_in=30.5", "30.5")] {
        let page = open(query);
        assert!(!said(&page, "expires").is_empty(), "{query}");
        let option = format!("<option value=\"{kept}\" selected>");
        assert!(page.contains(&option), "{query}: {page}");
    }
    let page = open("expires_in=367&target_name=acme");
    assert_eq!(said(&page, "expires"), "Takes 1 to 366 days.");
    // Why the access is needed waits for an owner who reads it.
    let fields = [
        ("step", "look"),
        ("owner", "mia"),
        ("name", "ci"),
        ("justification", "The class"),
    ];
    let page = mia.post(NEW, &fields).text();
    assert!(
        page.contains("type=\"hidden\" name=\"justification\" value=\"The class\""),
        "{page}"
    );
    assert!(!page.contains("id=\"justification\""), "{page}");
    assert!(
        page.contains("Reads public repositories"),
        "nothing is wrong: {page}"
    );
    // Begun, and not yet wrong.
    let fields = [("step", "look"), ("expires", "date"), ("name", "ci")];
    let page = mia.post(NEW, &fields).text();
    assert_eq!(said(&page, "expires"), "");
    assert!(page.contains("Choose a date: then you see"), "{page}");
    let fields = [("step", "make"), ("expires", "date"), ("name", "ci")];
    let sent = mia.post(NEW, &fields);
    assert_eq!(sent.status, 422);
    assert_eq!(said(&sent.text(), "expires"), "Choose a date.");
    assert!(sent.text().contains("One thing has to be mended"));
}

#[test]
fn the_form_says_what_else_a_permission_needs_and_who_approves() {
    let office = office();
    let mut mia = Visitor::signed_in(&office.site, "mia");
    let fields = [
        ("step", "look"),
        ("owner", "acme"),
        ("which", "all"),
        ("permission.contents", "read"),
    ];
    let page = mia.post(NEW, &fields).text();
    let asked = "acme has to approve it before it reaches anything private.";
    assert!(page.contains(asked), "{page}");
    assert!(
        page.contains("together with administration: write and members: read"),
        "{page}"
    );
    let rule = json!({ "name": "readers", "permissions": { "contents": "read" }, "repositories": "all",
        "maximum": { "days": 366 }, "who": "members" });
    let path = "/api/jeton/v1/orgs/acme/approval-rules";
    office
        .site
        .must("POST", path, Some(&office.olivia.client), &rule);
    let page = mia
        .post(NEW, &[fields.as_slice(), &[("name", "ci")]].concat())
        .text();
    assert!(!page.contains(asked), "{page}");
    assert!(
        page.contains("The rule “readers” of acme approves it at once."),
        "{page}"
    );
    // Nobody had to approve it when the page was opened: no request goes out by a button that says otherwise.
    office.policy(&json!({ "approval_required": false }));
    let wide = [
        ("owner", "acme"),
        ("which", "all"),
        ("permission.contents", "write"),
        ("name", "ci"),
    ];
    let open = [wide.as_slice(), &[("step", "look")]].concat();
    let page = mia.post(NEW, &open).text();
    assert!(page.contains("name=\"asks\" value=\"no\""), "{page}");
    office.policy(&json!({ "approval_required": true }));
    let sent = [wide.as_slice(), &[("step", "make"), ("asks", "no")]].concat();
    let told = mia.post(NEW, &sent);
    assert_eq!(told.status, 422);
    assert!(
        told.text()
            .contains("acme has to approve this token. Say why you need it, and press again."),
        "{}",
        told.text()
    );
    let knowing = [wide.as_slice(), &[("step", "make"), ("asks", "yes")]].concat();
    assert_eq!(mia.post(NEW, &knowing).status, 200);
}

/// What a shell says to lines of a page, with something typed into it.
fn pasted(lines: &str, typed: &str, variables: &[(&str, &str)]) -> String {
    let folder = tempfile::tempdir().unwrap();
    let mut shell = Command::new("bash")
        .args(["-e", "-c", lines])
        .current_dir(folder.path())
        .env_clear()
        .envs(std::env::var("PATH").map(|path| ("PATH", path)))
        .env("HOME", folder.path())
        .env("GIT_TERMINAL_PROMPT", "0")
        .envs(variables.iter().copied())
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut input = shell.stdin.take().unwrap();
    writeln!(input, "{typed}").unwrap();
    drop(input);
    let done = shell.wait_with_output().unwrap();
    let (out, err) = (
        String::from_utf8(done.stdout).unwrap(),
        String::from_utf8(done.stderr).unwrap(),
    );
    assert!(done.status.success(), "{lines}: {out}{err}");
    out + &err
}

#[test]
fn what_the_page_of_a_value_says_to_type_works_when_it_is_pasted() {
    let office = office();
    let mut olivia = Visitor::signed_in(&office.site, "olivia");
    let form = [
        ("step", "make"),
        ("name", "ci"),
        ("owner", "acme"),
        ("which", "selected"),
        ("repository", "acme/labs"),
        ("permission.contents", "read"),
    ];
    let made = olivia.post(NEW, &form).text();
    let value = between(&made, "<code id=\"value\">", "<");
    let lines: Vec<String> = made
        .split("<pre tabindex=\"0\"><code>")
        .skip(1)
        .map(|rest| unescaped(rest.split_once("</code>").unwrap().0))
        .collect();
    let [git, curl, ci] = lines.as_slice() else {
        panic!("{lines:?}");
    };
    assert!(git.starts_with("git clone http"), "{git}");
    assert!(pasted(curl, &value, &[]).contains("\"login\":\"olivia\""));
    let cloned = pasted(ci, "", &[("TOKEN", &value)]);
    assert!(cloned.contains("cloned an empty repository"), "{cloned}");
    // The shell takes nothing of the value into the arguments of a program.
    assert!(ci.contains("'!f() { echo username=x; echo \"password=$TOKEN\"; }; f'"));
}
