//! Classic tokens in their pages: made, shown once, changed, rotated and ended, beside those of the other kind.

use serde_json::{Value, json};

use crate::support::Site;
use crate::support::world::Person;
use crate::visitor::{Visitor, between, seen_in, unescaped};

const LIST: &str = "/settings/tokens";
const NEW: &str = "/settings/tokens/new";
const KEY: &str = "0123456789abcdef0123456789abcdef";

struct Office {
    site: Site,
    olivia: Person,
    mia: Person,
}

/// `olivia` owns acme with a private and a public repository, `mia` belongs to it.
fn office() -> Office {
    let site = Site::start();
    let olivia = site.person("olivia", false);
    let mia = site.person("mia", false);
    site.organization("acme", &olivia);
    site.member("acme", &olivia, &mia, "member");
    site.repository("acme", &olivia, "labs", "private");
    site.repository("acme", &olivia, "site", "public");
    Office { site, olivia, mia }
}

impl Office {
    fn policy(&self, change: &Value) {
        let path = "/api/jeton/v1/orgs/acme/policy";
        self.site
            .must("PATCH", path, Some(&self.olivia.client), change);
    }

    /// What acme's private repository answers to a value.
    fn labs(&self, value: &str) -> u16 {
        let path = "/api/v3/repos/acme/labs";
        self.site
            .call("GET", path, Some(value), &Value::Null)
            .status
    }
}

fn wish<'a>(step: &'a str, name: &'a str, scopes: &[&'a str]) -> Vec<(&'a str, &'a str)> {
    let mut fields = vec![("step", step), ("key", KEY), ("name", name)];
    fields.extend(scopes.iter().map(|scope| ("scope", *scope)));
    fields
}

fn value_of(page: &str) -> String {
    between(page, "<code id=\"value\">", "</code>")
}

/// The boxes that are ticked, and whether they can be changed.
fn ticked(page: &str) -> Vec<(String, bool)> {
    page.split("name=\"scope\" value=\"")
        .skip(1)
        .filter_map(|rest| {
            let (name, rest) = rest.split_once('"')?;
            let marks = rest.split_once('>')?.0;
            marks
                .contains(" checked")
                .then(|| (name.to_owned(), !marks.contains(" disabled")))
        })
        .collect()
}

#[test]
fn a_member_makes_one_uses_it_changes_it_and_ends_it() {
    let office = office();
    let mut mia = Visitor::signed_in(&office.site, "mia");
    assert!(mia.get(LIST).text().contains("You have no classic tokens"));
    let made = mia.post(NEW, &wish("make", "old tool", &["repo", "workflow"]));
    assert_eq!(made.status, 200, "{}", made.text());
    assert_eq!(made.header("cache-control"), Some("private, no-store"));
    let text = made.text();
    let value = value_of(&text);
    assert!(value.starts_with("jtp_") && value.len() == 40, "{value}");
    assert!(text.contains("/OWNER/REPOSITORY.git"), "{text}");
    let user = office
        .site
        .call("GET", "/api/v3/user", Some(&value), &Value::Null);
    assert_eq!(user.status, 200);
    assert_eq!(user.header("x-oauth-scopes"), Some("repo, workflow"));
    assert_eq!(office.labs(&value), 200);

    // It stands in its own list and in no other.
    let page = format!("{LIST}/1");
    let list = mia.get(LIST).text();
    assert!(list.contains(&format!("title\" href=\"{page}\"")), "{list}");
    assert!(list.contains("<strong>repo, workflow</strong>"), "{list}");
    let other = mia.get("/settings/personal-access-tokens").text();
    assert!(other.contains("You have no tokens"), "{other}");
    for path in [NEW, LIST, &page] {
        assert!(!mia.get(path).text().contains(&value), "{path}");
    }
    let shown = mia.get(&page).text();
    for words in [
        "What it may do now",
        "Everything you may do with 1 repository that not everybody sees and 1 that everybody sees",
        "<strong>repo:status</strong>",
    ] {
        assert!(shown.contains(words), "{words}: {shown}");
    }

    // Without `repo` it reaches nothing private; nothing else is sent than what is ticked.
    let edit = format!("{page}/edit");
    let form = mia.get(&edit).text();
    assert!(ticked(&form).contains(&("repo".to_owned(), true)));
    assert!(ticked(&form).contains(&("public_repo".to_owned(), false)));
    let seen = seen_in(&form);
    let mut fields = wish("look", "old tool", &["workflow"]);
    fields.push(("seen", &seen));
    let looked = mia.post(&edit, &fields).text();
    assert!(looked.contains("It loses repo."), "{looked}");
    assert_eq!(office.labs(&value), 200, "looking changes nothing");
    fields[0] = ("step", "save");
    let saved = mia.post(&edit, &fields);
    assert_eq!(saved.status, 303, "{}", saved.text());
    assert_eq!(saved.header("location"), Some(page.as_str()));
    assert_eq!(office.labs(&value), 404);
    // The form of before holds what is there no more.
    let stale = mia.post(&edit, &fields);
    assert_eq!(stale.status, 409, "{}", stale.text());
    assert!(
        stale
            .text()
            .contains("Scope repo: not chosen instead of chosen.")
    );

    // A new value while the old one goes on, then the end.
    let rotate = format!("{page}/rotate");
    let form = mia.get(&rotate).text();
    assert!(form.contains("Tokens (classic)</a>"), "{form}");
    let renewed = value_of(
        &mia.post(&rotate, &[("key", KEY), ("overlap", "3600")])
            .text(),
    );
    let status = |value: &str| {
        let user = office
            .site
            .call("GET", "/api/v3/user", Some(value), &Value::Null);
        user.status
    };
    assert_eq!((status(&value), status(&renewed)), (200, 200));
    let back = |answer: crate::support::http::Answer, to: &str| {
        assert_eq!(answer.status, 303, "{}", answer.text());
        assert_eq!(answer.header("location"), Some(to));
    };
    back(mia.post(&format!("{page}/finish"), &[]), &page);
    assert_eq!((status(&value), status(&renewed)), (401, 200));
    back(mia.post(&format!("{page}/suspend"), &[]), &page);
    assert_eq!(status(&renewed), 403);
    back(mia.post(&format!("{page}/resume"), &[]), &page);
    assert_eq!(status(&renewed), 200);
    back(mia.post(&format!("{page}/revoke"), &[]), &page);
    assert_eq!(status(&renewed), 401);
    assert!(mia.get(&page).text().contains("What it could do"));
    back(mia.post(&format!("{page}/delete"), &[]), LIST);
    assert_eq!(mia.get(&page).status, 404);
}

#[test]
fn a_link_fills_the_form_in_and_the_form_says_what_comes_of_it() {
    let office = office();
    office.policy(&json!({ "classic_allowed": false }));
    let mut mia = Visitor::signed_in(&office.site, "mia");
    let link = format!("{NEW}?description=ci&scopes=public_repo,gist,root&expires_in=90");
    let form = mia.get(&link).text();
    assert!(form.contains("name=\"name\" value=\"ci\""), "{form}");
    assert!(form.contains("<option value=\"90\" selected>"), "{form}");
    let names: Vec<String> = ticked(&form).into_iter().map(|(name, _)| name).collect();
    assert_eq!(names, ["public_repo", "gist"]);
    let fault = between(&form, "id=\"scopes-fault\" data-live>", "</p>");
    assert_eq!(
        fault,
        "The link asks for “root”, which is no scope and was left out."
    );
    for words in [
        "On this server nothing asks for gist.",
        "<strong>Not at acme.</strong> acme allows no classic tokens.",
    ] {
        assert!(form.contains(words), "{words}: {form}");
    }
    // Nothing was made by a link.
    assert!(mia.get(LIST).text().contains("You have no classic tokens"));

    // The other form takes what the link to it carries, without a fault.
    office.policy(&json!({ "classic_allowed": true }));
    let looked = mia.post(NEW, &wish("look", "ci", &["repo", "user"])).text();
    let names: Vec<String> = ticked(&looked)
        .into_iter()
        .filter(|(_, free)| *free)
        .map(|(name, _)| name)
        .collect();
    assert_eq!(
        names,
        ["repo", "user"],
        "what comes with them can't be taken off"
    );
    let nearest = between(&looked, "comes near with less", "Fill in its form");
    assert!(
        nearest.contains("administration: write, contents: write"),
        "{nearest}"
    );
    let href = unescaped(&between(&nearest, "href=\"", "\""));
    assert!(href.starts_with("/settings/personal-access-tokens/new?target_name=acme&name=ci"));
    let other = mia.get(&href).text();
    assert!(other.contains("name=\"name\" value=\"ci\""), "{other}");
    let fault = between(&other, "id=\"permissions-fault\" data-live>", "</p>");
    assert_eq!(fault, "");
    assert!(
        other.contains("<option value=\"acme\" selected>"),
        "{other}"
    );
}

#[test]
fn what_is_wrong_stands_beside_its_field_and_makes_nothing() {
    let office = office();
    let mut mia = Visitor::signed_in(&office.site, "mia");
    let long = "x".repeat(41);
    let scopes = "scope,".repeat(2000);
    for (field, fields) in [
        ("name", wish("make", "", &["repo"])),
        ("name", wish("make", &long, &["repo"])),
        ("scopes", wish("make", "x", &["root"])),
        ("scopes", wish("make", "x", &["<b>repo</b>"])),
        ("scopes", wish("make", "x", &[&scopes])),
    ] {
        let answer = mia.post(NEW, &fields);
        assert_eq!(answer.status, 422, "{fields:?}");
        let text = answer.text();
        let fault = between(&text, &format!("id=\"{field}-fault\" data-live>"), "</p>");
        assert!(!fault.is_empty(), "{field}: {text}");
        assert!(text.contains("One thing has to be mended"), "{field}");
        assert!(!text.contains("<b>repo"), "{text}");
    }
    let mut fields = wish("make", "x", &[]);
    fields.extend([("expires", "date"), ("expires_at", "2020-01-01")]);
    let answer = mia.post(NEW, &fields);
    assert_eq!(answer.status, 422);
    assert_ne!(
        between(&answer.text(), "id=\"expires-fault\" data-live>", "</p>"),
        ""
    );
    assert!(mia.get(LIST).text().contains("You have no classic tokens"));
    // What the site forbids can't be had.
    let admin = office.site.person("root-admin", true);
    let site = "/api/jeton/v1/site/policy";
    let mut policy = office
        .site
        .must("GET", site, Some(&admin.client), &Value::Null);
    policy["classic_allowed"] = json!({ "force": false });
    office.site.must("PUT", site, Some(&admin.client), &policy);
    let answer = mia.post(NEW, &wish("make", "x", &["repo"]));
    assert_eq!(answer.status, 422, "{}", answer.text());
    assert!(answer.text().contains("this site allows no classic tokens"));
}

#[test]
fn each_kind_is_shown_among_its_own_and_anothers_not_at_all() {
    let office = office();
    let classic = office.site.classic(&office.mia, "classic", &["repo"]);
    let wish = json!({ "name": "fine", "repositories": "public" });
    let fine = office.site.token(&office.mia, &wish);
    let mut mia = Visitor::signed_in(&office.site, "mia");
    let fine_pages = "/settings/personal-access-tokens";
    for page in ["", "/edit"] {
        for (asked, home, id) in [(fine_pages, LIST, classic.id), (LIST, fine_pages, fine.id)] {
            let answer = mia.get(&format!("{asked}/{id}{page}"));
            assert_eq!(answer.status, 303, "{asked} {page}");
            let there = format!("{home}/{id}{page}");
            assert_eq!(answer.header("location"), Some(there.as_str()));
            assert_eq!(mia.get(&there).status, 200, "{there}");
        }
    }
    // Saving one kind's form over the other's changes nothing.
    let wrong = format!("{LIST}/{}/edit", fine.id);
    let answer = mia.post(
        &wrong,
        &[("step", "save"), ("name", "x"), ("scope", "repo")],
    );
    assert_eq!(answer.status, 409, "{}", answer.text());
    let mut olivia = Visitor::signed_in(&office.site, "olivia");
    for page in ["", "/edit", "/rotate"] {
        let hers = olivia.get(&format!("{LIST}/{}{page}", classic.id));
        let none = olivia.get(&format!("{LIST}/999{page}"));
        assert_eq!((hers.status, hers.text()), (404, none.text()), "{page}");
    }
    for deed in ["suspend", "resume", "revoke", "delete", "finish"] {
        let answer = olivia.post(&format!("{LIST}/{}/{deed}", classic.id), &[]);
        assert_eq!(answer.status, 404, "{deed}");
    }
    assert_eq!(office.labs(&classic.value), 200);
}

#[test]
fn the_list_is_filtered_by_scope_and_state() {
    let office = office();
    let site = &office.site;
    for (name, scopes) in [("one", ["repo"]), ("two", ["gist"]), ("three", ["repo"])] {
        site.classic(&office.mia, name, &scopes);
    }
    let mut mia = Visitor::signed_in(site, "mia");
    let names = |page: &str| -> Vec<String> {
        let title = format!("class=\"title\" href=\"{LIST}/");
        page.split(&title)
            .skip(1)
            .map(|rest| between(rest, ">", "<"))
            .collect()
    };
    assert_eq!(names(&mia.get(LIST).text()), ["three", "two", "one"]);
    assert_eq!(names(&mia.get(&format!("{LIST}?q=gist")).text()), ["two"]);
    assert_eq!(
        names(&mia.get(&format!("{LIST}?q=mia")).text()),
        Vec::<String>::new()
    );
    assert_eq!(mia.post(&format!("{LIST}/1/suspend"), &[]).status, 303);
    let suspended = mia.get(&format!("{LIST}?state=suspended")).text();
    assert_eq!(names(&suspended), ["one"]);
    let active = mia.get(&format!("{LIST}?state=active&q=repo")).text();
    assert_eq!(names(&active), ["three"]);
    let hostile = mia
        .get(&format!("{LIST}?q=%22%3E%3Cscript%3E&state=%27"))
        .text();
    assert!(!hostile.contains("\"><script>"), "{hostile}");
}

#[test]
fn a_policy_says_what_becomes_of_classic_tokens_before_it_is_saved() {
    const POLICY: &str = "/organizations/acme/settings/personal-access-tokens";
    let office = office();
    let site = &office.site;
    let secret = site.classic(&office.mia, "a name of hers", &["repo"]);
    site.classic(&office.mia, "profile", &["user"]);
    let mut olivia = Visitor::signed_in(site, "olivia");
    let form = olivia.get(POLICY).text();
    assert!(
        form.contains("name=\"classic_allowed\" value=\"yes\" checked"),
        "{form}"
    );
    let version = between(&form, "name=\"version\" value=\"", "\"");
    let seen = seen_in(&form);
    let shown = |text: &str| unescaped(&between(text, "name=\"told\" value=\"", "\""));
    let mut fields = vec![
        ("version", version.as_str()),
        ("seen", seen.as_str()),
        ("classic_allowed", "no"),
        ("step", "save"),
    ];
    // Pressed once, it is told and not saved.
    let told = olivia.post(POLICY, &fields);
    assert_eq!(told.status, 200, "{}", told.text());
    let text = told.text();
    for words in [
        "Classic tokens are refused.",
        "1 classic token that works today would be refused: mia (1).",
        "Nothing is saved yet.",
    ] {
        assert!(text.contains(words), "{words}: {text}");
    }
    assert!(!text.contains("a name of hers"), "{text}");
    assert_eq!(office.labs(&secret.value), 200);
    let said = shown(&text);
    fields.push(("told", said.as_str()));
    let saved = olivia.post(POLICY, &fields);
    assert_eq!(saved.status, 303, "{}", saved.text());
    assert_eq!(office.labs(&secret.value), 403);
    // A life that is no number is told beside its field.
    let now = olivia.get(POLICY).text();
    let version = between(&now, "name=\"version\" value=\"", "\"");
    let wrong = [
        ("version", version.as_str()),
        ("classic_limit", "days"),
        ("classic_days", "soon"),
        ("step", "save"),
    ];
    let answer = olivia.post(POLICY, &wrong);
    assert_eq!(answer.status, 422);
    let fault = between(&answer.text(), "id=\"classic_days-fault\">", "</p>");
    assert_eq!(fault, "Takes a whole number of days.");
    // The site, too, and there it stands over the organization's own.
    let root = site.person("admin-of-all", true);
    let mut admin = Visitor::signed_in(site, &root.login);
    let form = admin.get("/admin/policy").text();
    let seen = seen_in(&form);
    let fields = [
        ("seen", seen.as_str()),
        ("classic", "no"),
        ("classic_limit", "leave"),
        ("anonymous", "yes"),
        ("organizations", "yes"),
        ("registration", "closed"),
        ("tokens", "500"),
        ("step", "look"),
    ];
    let text = admin.post("/admin/policy", &fields).text();
    assert!(
        text.contains("2 classic tokens that work today would be refused: mia (2)."),
        "{text}"
    );
    assert!(!text.contains("a name of hers"), "{text}");
}
