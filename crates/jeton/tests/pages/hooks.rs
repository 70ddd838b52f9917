//! Webhooks on their pages: made, changed, looked at, tried, deleted.

use serde_json::{Value, json};

use crate::support::Site;
use crate::support::world::Person;
use crate::visitor::{Visitor, seen_in};

const ORGANIZATION: &str = "/organizations/acme/settings/hooks";
const REPOSITORY: &str = "/acme/labs/settings/hooks";

struct World {
    site: Site,
    olivia: Person,
}

impl World {
    fn new() -> Self {
        let site = Site::start();
        let olivia = site.person("olivia", false);
        let mia = site.person("mia", false);
        site.organization("acme", &olivia);
        site.member("acme", &olivia, &mia, "member");
        site.repository("acme", &olivia, "labs", "private");
        site.fill("acme/labs", &olivia.client);
        site.collaborator("acme/labs", &olivia, &mia, "write");
        Self { site, olivia }
    }

    fn over_rest(&self, path: &str) -> Value {
        let path = format!("/api/v3/{path}");
        self.site
            .must("GET", &path, Some(&self.olivia.client), &Value::Null)
    }
}

fn wish<'a>(url: &'a str, events: &[&'a str]) -> Vec<(&'a str, &'a str)> {
    let mut fields = vec![
        ("url", url),
        ("content_type", "json"),
        ("secret", "s3cret-of-olivia"),
        ("which", "some"),
        ("active", "on"),
    ];
    fields.extend(events.iter().map(|event| ("event", *event)));
    fields
}

#[test]
fn one_is_made_changed_and_deleted_and_its_secret_is_on_no_page() {
    let world = World::new();
    let mut olivia = Visitor::signed_in(&world.site, "olivia");
    for (root, at) in [(ORGANIZATION, "orgs/acme"), (REPOSITORY, "repos/acme/labs")] {
        let empty = olivia.get(root).text();
        assert!(empty.contains("Nobody is told"), "{empty}");
        let form = olivia.get(&format!("{root}/new")).text();
        assert!(form.contains("value=\"push\" checked"), "{form}");
        assert_eq!(form.contains("value=\"membership\""), root == ORGANIZATION);
        assert!(!form.contains("value=\"ping\""), "{form}");
        let fields = wish("https://ci.example.org/told", &["push", "member"]);
        let made = olivia.post(&format!("{root}/new"), &fields);
        assert_eq!(made.status, 303, "{}", made.text());
        let page = made.header("location").unwrap().to_owned();
        let shown = olivia.get(&page);
        assert_eq!(shown.status, 200);
        for words in [
            "https://ci.example.org/told",
            "push, member",
            "1 delivery waits",
            "with a secret",
        ] {
            assert!(shown.text().contains(words), "{words}: {}", shown.text());
        }
        let list = olivia.get(root).text();
        assert!(list.contains("https://ci.example.org/told"), "{list}");
        // The same from whoever has no box for it: it stays when the form is saved.
        let hook = world.over_rest(&format!("{at}/hooks"))[0]["id"].clone();
        let patch = format!("/api/v3/{at}/hooks/{hook}");
        let more = json!({ "add_events": ["pull_request"] });
        let client = Some(world.olivia.client.as_str());
        world.site.must("PATCH", &patch, client, &more);
        let edit = format!("{page}/edit");
        let form = olivia.get(&edit).text();
        assert!(
            form.contains("of which nothing is told here: pull_request"),
            "{form}"
        );
        let seen = seen_in(&form);
        let mut fields = wish("https://ci.example.org/other", &["push"]);
        fields.retain(|(name, _)| *name != "secret");
        fields.push(("seen", &seen));
        let saved = olivia.post(&edit, &fields);
        assert_eq!(saved.status, 303, "{}", saved.text());
        let now = world.over_rest(&format!("{at}/hooks/{hook}"));
        assert_eq!(now["events"], json!(["push", "pull_request"]));
        assert_eq!(now["config"]["url"], "https://ci.example.org/other");
        assert_eq!(
            now["config"]["secret"], "********",
            "it stays where none is typed"
        );
        // Somebody else was faster.
        let late = olivia.post(&edit, &fields);
        assert_eq!(late.status, 409);
        assert!(
            late.text()
                .contains("Address: https://ci.example.org/other"),
            "{}",
            late.text()
        );
        let seen = olivia.seen(&edit);
        let mut fields = wish("https://ci.example.org/other", &["push"]);
        fields.extend([("unsigned", "on"), ("seen", seen.as_str())]);
        assert_eq!(olivia.post(&edit, &fields).status, 303);
        let now = world.over_rest(&format!("{at}/hooks/{hook}"));
        assert_eq!(now["config"].get("secret"), None);
        for path in [root, &page, &edit] {
            assert!(
                !olivia.get(path).text().contains("s3cret-of-olivia"),
                "{path}"
            );
        }
        let deleted = olivia.post(&format!("{page}/delete"), &[]);
        assert_eq!(deleted.header("location"), Some(root));
        assert_eq!(olivia.get(&page).status, 404);
        assert_eq!(world.over_rest(&format!("{at}/hooks")), json!([]));
    }
}

#[test]
fn what_is_wrong_stands_beside_its_field_with_what_was_typed() {
    let world = World::new();
    let mut olivia = Visitor::signed_in(&world.site, "olivia");
    let new = format!("{ORGANIZATION}/new");
    let wrong = olivia.post(&new, &wish("ftp://<b>", &["team"]));
    assert_eq!(wrong.status, 422);
    let text = wrong.text();
    assert!(text.contains("value=\"ftp://&#60;b&#62;\""), "{text}");
    assert!(text.contains("value=\"team\" checked"), "{text}");
    assert!(!text.contains("id=\"url-fault\" data-live></p>"), "{text}");
    assert!(!text.contains("s3cret-of-olivia"), "{text}");
    let none = olivia.post(&new, &wish("https://ci.example.org/", &[]));
    assert_eq!(none.status, 422);
    assert!(
        none.text().contains("Takes one event at least."),
        "{}",
        none.text()
    );
    let good = wish("https://ci.example.org/", &["team"]);
    assert_eq!(olivia.post(&new, &good).status, 303);
    let twin = olivia.post(&new, &good);
    assert_eq!(twin.status, 422);
    assert!(
        twin.text()
            .contains("Hook already exists on this organization"),
        "{}",
        twin.text()
    );
}

#[test]
fn a_delivery_is_shown_as_text_and_can_be_had_again() {
    let mut world = World::new();
    let places = [(ORGANIZATION, "orgs/acme"), (REPOSITORY, "repos/acme/labs")];
    let hooks = places.map(|(_, at)| world.site.hook(&world.olivia, at));
    world.site.stop();
    world.site.all_delivered();
    world.site.restart();
    let mut olivia = Visitor::signed_in(&world.site, "olivia");
    for ((root, at), hook) in places.into_iter().zip(hooks) {
        let id = world.site.delivery(&world.olivia, at, hook);
        let page = olivia.get(&format!("{root}/{hook}")).text();
        assert!(
            page.contains("delivered") && page.contains("ping"),
            "{page}"
        );
        let path = format!("{root}/{hook}/deliveries/{id}");
        let shown = olivia.get(&path);
        assert_eq!(shown.status, 200);
        let text = shown.text();
        assert!(
            text.contains("&#60;script&#62;") && !text.contains("<script>alert"),
            "{text}"
        );
        assert!(text.contains("Content-Type: application/json"), "{text}");
        assert!(text.contains("hook_id"), "{text}");
        let again = olivia.post(&format!("{path}/redeliver"), &[]);
        assert_eq!(
            again.header("location"),
            Some(format!("{root}/{hook}").as_str())
        );
        let page = olivia.get(&format!("{root}/{hook}")).text();
        assert!(
            page.contains(">again</span>") && page.contains(">waits</span>"),
            "{page}"
        );
        assert_eq!(
            olivia.post(&format!("{path}/redeliver"), &[]).status,
            409,
            "it waits"
        );
        assert_eq!(olivia.post(&format!("{root}/{hook}/ping"), &[]).status, 303);
    }
    let [_, hook] = hooks;
    let test = format!("{REPOSITORY}/{hook}/test");
    assert_eq!(olivia.post(&test, &[]).status, 303);
    let page = olivia.get(&format!("{REPOSITORY}/{hook}")).text();
    assert!(page.contains(">push</a>"), "{page}");
    // Below the other one it is not there.
    let id = world.site.delivery(&world.olivia, "repos/acme/labs", hook);
    for wrong in [
        format!("{ORGANIZATION}/{hook}"),
        format!("{ORGANIZATION}/{hook}/edit"),
        format!("{ORGANIZATION}/{}/deliveries/{id}", hooks[0]),
        format!("{REPOSITORY}/{}/deliveries/{id}", hooks[0]),
    ] {
        assert_eq!(olivia.get(&wrong).status, 404, "{wrong}");
    }
}

#[test]
fn who_keeps_none_sees_none() {
    let world = World::new();
    let hook = world.site.hook(&world.olivia, "repos/acme/labs");
    let mut mia = Visitor::signed_in(&world.site, "mia");
    for path in [
        ORGANIZATION.to_owned(),
        format!("{ORGANIZATION}/new"),
        REPOSITORY.to_owned(),
        format!("{REPOSITORY}/{hook}"),
        format!("{REPOSITORY}/{hook}/edit"),
    ] {
        let answer = mia.get(&path);
        assert_eq!(answer.status, 403, "{path}");
        assert!(!answer.text().contains("ci.example.org"), "{path}");
    }
    for (path, fields) in [
        (
            format!("{REPOSITORY}/new"),
            wish("https://x.example.org/", &["push"]),
        ),
        (format!("{REPOSITORY}/{hook}/ping"), vec![]),
        (format!("{REPOSITORY}/{hook}/delete"), vec![]),
    ] {
        assert_eq!(mia.post(&path, &fields).status, 403, "{path}");
    }
    assert!(!mia.get("/acme/labs").text().contains("settings/hooks"));
}
