//! A page that was left open while somebody else changed what its form shows: nothing is undone unknowingly, and
//! what the page can't show whole is not taken away by saving it.

use serde_json::{Value, json};

use crate::support::Site;
use crate::support::world::Person;
use crate::visitor::{Visitor, between, seen_in, unescaped};

type Fields<'a> = &'a [(&'a str, &'a str)];

struct Office {
    site: Site,
    ada: Person,
    olivia: Person,
}

/// `olivia` and `noa` own acme, `mia` belongs to it, `ada` administers the site.
fn office() -> Office {
    let site = Site::with(&[("mail.from", "jeton@example.org")]);
    let ada = site.person("ada", true);
    let olivia = site.person("olivia", false);
    let noa = site.person("noa", false);
    let mia = site.person("mia", false);
    site.organization("acme", &olivia);
    site.member("acme", &olivia, &noa, "admin");
    site.member("acme", &olivia, &mia, "member");
    site.repository("acme", &olivia, "secret", "public");
    site.repository("acme", &olivia, "lab", "private");
    Office { site, ada, olivia }
}

impl Office {
    fn get(&self, path: &str) -> Value {
        let client = Some(self.olivia.client.as_str());
        self.site.must("GET", path, client, &Value::Null)
    }

    fn team(&self, name: &str, parent: Option<&Value>) -> Value {
        let body = parent.map_or_else(
            || json!({ "name": name }),
            |parent| json!({ "name": name, "parent_team_id": parent["id"] }),
        );
        let client = Some(self.olivia.client.as_str());
        self.site
            .must("POST", "/api/v3/orgs/acme/teams", client, &body)
    }
}

fn with<'a>(fields: Fields<'a>, seen: &'a str) -> Vec<(&'a str, &'a str)> {
    [fields, &[("seen", seen)]].concat()
}

/// Two have the form of a page open. The first saves; the second is told `told` and nothing is saved, nor is it by
/// a form that doesn't say what it was filled from; pressed again, it is. Gives the page that told it.
fn two(
    office: &Office,
    (path, kept): (&str, &str),
    (first, firsts): (&str, Fields<'_>),
    (second, seconds): (&str, Fields<'_>),
    told: &[&str],
) -> String {
    let mut first = Visitor::signed_in(&office.site, first);
    let mut second = Visitor::signed_in(&office.site, second);
    let (early, late) = (first.seen(path), second.seen(path));
    let saved = first.post(path, &with(firsts, &early));
    assert_eq!(saved.status, 303, "{}", saved.text());
    let meanwhile = office.get(kept);
    let stale = second.post(path, &with(seconds, &late));
    assert_eq!(stale.status, 409, "{}", stale.text());
    let text = stale.text();
    let note =
        "Somebody changed this since you opened the page.</strong> Nothing of yours was saved.";
    let list = between(&text, note, "</ul>");
    let lines: Vec<&str> = list
        .split("<li>")
        .skip(1)
        .map(|line| line.trim_end_matches("</li>"))
        .collect();
    assert_eq!(lines, told);
    assert_eq!(second.post(path, seconds).status, 409, "nothing was seen");
    assert_eq!(office.get(kept), meanwhile, "nothing was saved");
    let again = second.post(path, &with(seconds, &seen_in(&text)));
    assert_eq!(again.status, 303, "knowingly: {}", again.text());
    assert_ne!(office.get(kept), meanwhile);
    text
}

#[test]
fn an_owner_undoes_no_setting_of_the_organization_that_another_owner_changed() {
    let office = office();
    let path = "/organizations/acme/settings";
    let text = two(
        &office,
        (path, "/api/v3/orgs/acme"),
        (
            "noa",
            &[("name", "acme"), ("base", "none"), ("told", "none false")],
        ),
        (
            "olivia",
            &[
                ("name", "Ajax"),
                ("base", "read"),
                ("members_create", "yes"),
            ],
        ),
        &[
            "Name: acme instead of nothing.",
            "Base permission: none instead of read.",
            "Members make repositories: no instead of yes.",
        ],
    );
    assert!(text.contains("name=\"name\" value=\"Ajax\""), "{text}");
    assert!(text.contains("value=\"read\" checked"), "{text}");
    assert!(text.contains("name=\"members_create\" value=\"yes\" checked"));
    let now = office.get("/api/v3/orgs/acme");
    assert_eq!(now["default_repository_permission"], "read");
    let mut mia = Visitor::signed_in(&office.site, "mia");
    assert_eq!(
        mia.post(path, &[("name", "x"), ("base", "read")]).status,
        403
    );
}

#[test]
fn an_owner_reads_what_members_lose_before_it_is_saved() {
    let office = office();
    let path = "/organizations/acme/settings";
    let mut olivia = Visitor::signed_in(&office.site, "olivia");
    let seen = olivia.seen(path);
    let fields = [("name", "Ajax"), ("base", "none")];
    let before = office.get("/api/v3/orgs/acme");
    let told = olivia.post(path, &with(&fields, &seen));
    assert_eq!(told.status, 200, "{}", told.text());
    let text = told.text();
    for line in [
        "Base permission: none instead of read. For 1 member who is no owner on 2 repositories, only teams and roles of \
         their own give more than that from then on; their 0 tokens with access can do no more than they.",
        "Only owners make repositories: 1 member who is no owner can&#39;t any more",
        "Nothing is saved yet.",
        "name=\"name\" value=\"Ajax\"",
        "value=\"none\" checked",
    ] {
        assert!(text.contains(line), "{line}: {text}");
    }
    assert_eq!(office.get("/api/v3/orgs/acme"), before, "nothing was saved");
    // What was said of another change is said again.
    let word = unescaped(&between(&text, "name=\"told\" value=\"", "\""));
    let other = [
        ("name", "Ajax"),
        ("base", "none"),
        ("members_create", "yes"),
        ("told", &word),
    ];
    assert_eq!(olivia.post(path, &with(&other, &seen)).status, 200);
    let knowing = [("name", "Ajax"), ("base", "none"), ("told", &word)];
    assert_eq!(olivia.post(path, &with(&knowing, &seen)).status, 303);
    let now = office.get("/api/v3/orgs/acme");
    assert_eq!(now["default_repository_permission"], "none");
    // What gives needs no word.
    let seen = olivia.seen(path);
    let more = [
        ("name", "Ajax"),
        ("base", "read"),
        ("members_create", "yes"),
    ];
    assert_eq!(olivia.post(path, &with(&more, &seen)).status, 303);
}

#[test]
fn an_administrator_of_a_repository_does_not_publish_again_what_another_made_private() {
    let office = office();
    let path = "/acme/secret/settings";
    let sent = |about, visibility| {
        [
            ("name", "secret"),
            ("description", about),
            ("default_branch", "main"),
            ("visibility", visibility),
        ]
    };
    let text = two(
        &office,
        (path, "/api/v3/repos/acme/secret"),
        ("noa", &sent("", "private")),
        ("olivia", &sent("<b>new</b>", "public")),
        &["Visibility: private instead of public."],
    );
    assert!(
        text.contains("value=\"&#60;b&#62;new&#60;/b&#62;\""),
        "{text}"
    );
    assert!(text.contains("value=\"public\" checked"), "{text}");
    let mut mia = Visitor::signed_in(&office.site, "mia");
    assert_eq!(mia.post(path, &sent("x", "public")).status, 403);
}

#[test]
fn an_owner_does_not_widen_again_a_rule_that_another_owner_narrowed() {
    let office = office();
    office.team("core", None);
    let rules = "/organizations/acme/settings/approval-rules";
    let wide = [
        ("name", "read"),
        ("who", "members"),
        ("which", "names"),
        ("repositories", "acme/lab\nacme/secret"),
        ("days", "30"),
        ("permission.contents", "read"),
        ("permission.administration", "read"),
    ];
    let mut olivia = Visitor::signed_in(&office.site, "olivia");
    assert_eq!(olivia.post(rules, &wide).status, 303);
    let list = olivia.get(rules).text();
    let path = format!("{rules}/{}", between(&list, &format!("{rules}/"), "\""));
    let mut narrow = wide[..6].to_vec();
    narrow[1] = ("who", "teams");
    narrow[3] = ("repositories", "acme/secret");
    narrow[4] = ("days", "7");
    narrow.push(("teams", "core"));
    let mut renamed = wide;
    renamed[0] = ("name", "reading");
    let text = two(
        &office,
        (&path, "/api/jeton/v1/orgs/acme/approval-rules"),
        ("noa", &narrow),
        ("olivia", &renamed),
        &[
            "Whose requests: teams instead of every member.",
            "Longest life: 7 days instead of 30 days.",
            "Team core: chosen instead of not chosen.",
            "Administration (repositories): not chosen instead of up to read.",
            "Repository acme/lab: not chosen instead of chosen.",
        ],
    );
    assert!(text.contains("name=\"name\" value=\"reading\""), "{text}");
    assert!(text.contains("acme/lab\nacme/secret</textarea>"), "{text}");
}

#[test]
fn a_token_that_was_narrowed_in_another_tab_is_not_widened_by_renaming_it() {
    let office = office();
    let wish = json!({ "name": "ci", "owner": "acme", "repositories": ["lab", "secret"],
        "permissions": { "contents": "read" } });
    let id = office.site.token(&office.olivia, &wish).id;
    let path = format!("/settings/personal-access-tokens/{id}/edit");
    let kept = format!("/api/jeton/v1/tokens/{id}");
    let narrow = [
        ("step", "save"),
        ("name", "ci"),
        ("which", "selected"),
        ("repository", "acme/secret"),
        ("permission.contents", "read"),
    ];
    let mut renamed = narrow.to_vec();
    renamed[1] = ("name", "nightly");
    renamed.push(("repository", "acme/lab"));
    let text = two(
        &office,
        (&path, &kept),
        ("olivia", &narrow),
        ("olivia", &renamed),
        &["Repository acme/lab: not chosen instead of chosen."],
    );
    assert!(text.contains("name=\"name\" value=\"nightly\""), "{text}");
    assert!(text.contains("value=\"acme/lab\" checked"), "{text}");
    // Looked at on the way, the form still says what it was filled from, and not what is there by now.
    let mut olivia = Visitor::signed_in(&office.site, "olivia");
    let mut look = renamed;
    look[0] = ("step", "look");
    let fresh = seen_in(&text);
    let later = olivia.post(&path, &with(&look, &fresh));
    assert_eq!((later.status, seen_in(&later.text())), (200, fresh.clone()));
    let stale = olivia.post(&path, &with(&narrow, &seen_in(&later.text())));
    assert_eq!(stale.status, 409, "{}", stale.text());
}

#[test]
fn an_owner_does_not_move_back_a_team_that_another_owner_moved() {
    let office = office();
    office.team("top", None);
    office.team("core", None);
    let text = two(
        &office,
        ("/orgs/acme/teams/core", "/api/v3/orgs/acme/teams"),
        ("noa", &[("name", "core"), ("parent", "top")]),
        ("olivia", &[("name", "Kernel"), ("parent", "")]),
        &["Stands below: top instead of no other team."],
    );
    assert!(text.contains("name=\"name\" value=\"Kernel\""), "{text}");
    assert!(
        text.contains("<option value=\"top\">top</option>"),
        "{text}"
    );
    let mut mia = Visitor::signed_in(&office.site, "mia");
    let sent = [("name", "mine"), ("parent", "")];
    assert_eq!(mia.post("/orgs/acme/teams/kernel", &sent).status, 403);
}

#[test]
fn an_owner_reads_what_the_site_decides_and_keeps_the_organizations_own_word() {
    let office = office();
    let (site, path) = (&office.site, "/api/jeton/v1/site/policy");
    let ada = Some(office.ada.client.as_str());
    let mut policy = site.must("GET", path, ada, &Value::Null);
    let mut decide = |rule: Value| {
        policy["members_create_repositories"] = rule;
        site.must("PUT", path, ada, &policy);
    };
    let own = |value: bool| {
        let found = office.get("/api/v3/orgs/acme");
        assert_eq!(found["members_can_create_repositories"], value);
    };
    let settings = "/organizations/acme/settings";
    let mut olivia = Visitor::signed_in(site, "olivia");
    own(true);
    let before = olivia.seen(settings);
    for (decided, words) in [(false, "only owners do"), (true, "they do")] {
        decide(json!({ "force": decided }));
        let page = olivia.get(settings).text();
        let sentence = format!("Whether members make repositories, the site decides: {words}.");
        assert!(page.contains(&sentence), "{page}");
        assert!(!page.contains("name=\"members_create\""), "{page}");
        let name = format!("Acme {words}");
        let sent = [("name", name.as_str()), ("base", "read")];
        let saved = olivia.post(settings, &with(&sent, &seen_in(&page)));
        assert_eq!(saved.status, 303, "{}", saved.text());
        own(decided);
    }
    let sent = [("name", "x"), ("base", "read")];
    let stale = olivia.post(settings, &with(&sent, &before));
    assert_eq!(stale.status, 409, "the site decided meanwhile");
    decide(json!("leave"));
    own(true);
    let page = olivia.get(settings).text();
    assert!(page.contains("name=\"members_create\" value=\"yes\" checked"));
}

#[test]
fn among_more_than_a_hundred_teams_each_keeps_its_parent_and_can_be_named() {
    let office = office();
    for number in 0..100 {
        office.team(&format!("Team {number}"), None);
    }
    let top = office.team("Zz top", None);
    office.team("Core", Some(&top));
    let path = "/orgs/acme/teams/core";
    let mut olivia = Visitor::signed_in(&office.site, "olivia");
    let page = olivia.get(path).text();
    // As a browser sends what stands there.
    let parent = between(&page, "id=\"parent\" name=\"parent\" value=\"", "\"");
    let seen = seen_in(&page);
    let wrong = [("name", "Kernel"), ("parent", "nobody"), ("seen", &seen)];
    let refused = olivia.post(path, &wrong);
    assert_eq!(refused.status, 422);
    let text = refused.text();
    assert!(
        text.contains("Names no team of this organization.")
            && text.contains("name=\"parent\" value=\"nobody\"")
            && text.contains("name=\"name\" value=\"Kernel\""),
        "{text}"
    );
    let renamed = [("name", "Kernel"), ("parent", &parent), ("seen", &seen)];
    assert_eq!(olivia.post(path, &renamed).status, 303);
    let team = office.get("/api/v3/orgs/acme/teams/kernel");
    assert_eq!(team["parent"]["slug"], "zz-top", "{team}");
    // An invitation names teams that are not among the first hundred, too.
    let people = "/orgs/acme/people";
    assert!(olivia.get(people).text().contains("Further teams"));
    let wish = |teams| {
        [
            ("who", "zoe@example.org"),
            ("role", "member"),
            ("team", teams),
        ]
    };
    let wrong = olivia.post(people, &wish("zz-top nobody"));
    assert_eq!(wrong.status, 422, "{}", wrong.text());
    assert!(
        wrong
            .text()
            .contains("name=\"team\" value=\"zz-top nobody\"")
    );
    assert_eq!(olivia.post(people, &wish("zz-top kernel")).status, 303);
    let list = olivia.get("/orgs/acme/invitations").text();
    assert!(list.contains("teams: Kernel, Zz top"), "{list}");
}
