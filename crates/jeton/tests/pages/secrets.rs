//! Secrets for jobs on their pages: set, replaced, deleted; what is typed as a value stands on none.

use jeton_domain::Span;
use serde_json::{Value, json};

use crate::support::Site;
use crate::support::world::Person;
use crate::visitor::Visitor;

const ORGANIZATION: &str = "/organizations/acme/settings/secrets";
const REPOSITORY: &str = "/acme/labs/settings/secrets";
const OWN: &str = "/settings/secrets";
const TYPED: &str = "typed-by-olivia";

struct World {
    site: Site,
    olivia: Person,
}

impl World {
    fn new() -> Self {
        let site = Site::start();
        let (olivia, mia) = (site.person("olivia", false), site.person("mia", false));
        let eve = site.person("eve", false);
        site.organization("acme", &olivia);
        for member in [&mia, &eve] {
            site.member("acme", &olivia, member, "member");
        }
        site.repository("acme", &olivia, "labs", "private");
        site.collaborator("acme/labs", &olivia, &mia, "write");
        Self { site, olivia }
    }

    fn over_rest(&self, path: &str) -> Value {
        let path = format!("/api/v3/{path}");
        self.site
            .must("GET", &path, Some(&self.olivia.client), &Value::Null)
    }
}

#[test]
fn one_is_set_replaced_and_deleted_and_its_value_is_on_no_page() {
    let world = World::new();
    let mut olivia = Visitor::signed_in(&world.site, "olivia");
    for (root, at, repositories, more) in [
        (REPOSITORY, "repos/acme/labs/actions", "", json!(null)),
        (ORGANIZATION, "orgs/acme/actions", "labs", json!("selected")),
        (OWN, "user/codespaces", "acme/labs", json!("selected")),
    ] {
        let empty = olivia.get(root).text();
        assert!(empty.contains("No secret is kept here"), "{empty}");
        assert_eq!(olivia.get(&format!("{root}/new")).status, 200);
        let fields = [
            ("name", "deploy_key"),
            ("value", TYPED),
            ("visibility", "selected"),
            ("repositories", repositories),
        ];
        let made = olivia.post(&format!("{root}/new"), &fields);
        assert_eq!(made.header("location"), Some(root), "{}", made.text());
        let kept = world.over_rest(&format!("{at}/secrets/DEPLOY_KEY"));
        assert_eq!(kept.get("visibility").unwrap_or(&json!(null)), &more);
        let edit = format!("{root}/DEPLOY_KEY/edit");
        let form = olivia.get(&edit).text();
        assert!(form.contains(repositories), "{form}");
        let again = olivia.post(&edit, &fields[1..]);
        assert_eq!(again.header("location"), Some(root), "{}", again.text());
        if !repositories.is_empty() {
            let chosen = world.over_rest(&format!("{at}/secrets/DEPLOY_KEY/repositories"));
            assert_eq!(chosen["repositories"][0]["full_name"], "acme/labs");
        }
        let list = olivia.get(root).text();
        assert!(list.contains("DEPLOY_KEY"), "{list}");
        for path in [root, edit.as_str()] {
            assert!(!olivia.get(path).text().contains(TYPED), "{path}");
        }
        let before = world.over_rest(&format!("{at}/secrets/public-key"));
        let rotated = olivia.post(&format!("{root}/rotate-key"), &[]);
        assert_eq!(rotated.header("location"), Some(root));
        let after = world.over_rest(&format!("{at}/secrets/public-key"));
        assert_ne!(before["key"], after["key"]);
        let deleted = olivia.post(&format!("{root}/DEPLOY_KEY/delete"), &[]);
        assert_eq!(deleted.header("location"), Some(root));
        assert_eq!(olivia.get(&edit).status, 404);
        let left = world.over_rest(&format!("{at}/secrets"));
        assert_eq!(left, json!({ "total_count": 0, "secrets": [] }));
    }
}

#[test]
fn what_is_wrong_stands_beside_its_field_and_the_value_does_not_come_back() {
    let world = World::new();
    let mut olivia = Visitor::signed_in(&world.site, "olivia");
    for (name, value, visibility, repositories, words) in [
        ("GITHUB_X", TYPED, "all", "", "ay not begin with"),
        ("<b>", TYPED, "all", "", "olds"),
        ("X", "", "all", "", "Type the value"),
        (
            "X",
            TYPED,
            "some",
            "",
            "or which repositories the secret is",
        ),
        ("X", TYPED, "selected", "nothing", "There is no repository"),
        (
            "X",
            TYPED,
            "selected",
            "olivia/labs",
            "There is no repository",
        ),
    ] {
        let fields = [
            ("name", name),
            ("value", value),
            ("visibility", visibility),
            ("repositories", repositories),
        ];
        let wrong = olivia.post(&format!("{ORGANIZATION}/new"), &fields);
        assert_eq!(wrong.status, 422, "{name}");
        let text = wrong.text();
        assert!(text.contains(words), "{words}: {text}");
        assert!(!text.contains(TYPED) && !text.contains("<b>"), "{text}");
    }
}

#[test]
fn a_value_is_typed_by_who_confirmed_lately_and_comes_back_in_no_page_that_asks() {
    let world = World::new();
    world.site.later(Span::from_hours(3));
    let mut olivia = Visitor::signed_in(&world.site, "olivia");
    let new = format!("{REPOSITORY}/new");
    let fields = [("name", "X"), ("value", TYPED)];
    assert_eq!(olivia.post(&new, &fields).status, 303, "just signed in");
    let cookie = olivia.cookie.clone();
    world.site.later(Span::from_hours(3));
    let mut olivia = Visitor::new(&world.site);
    olivia.cookie = cookie;
    let form = olivia.get(&new);
    assert_eq!(form.status, 303, "{}", form.text());
    assert!(form.header("location").unwrap().starts_with("/-/confirm"));
    let asked = olivia.post(&new, &fields);
    assert_eq!(asked.status, 403);
    assert!(asked.text().contains("Confirm access"), "{}", asked.text());
    assert!(!asked.text().contains(TYPED), "{}", asked.text());
    // To look, and to delete, takes no confirmation.
    assert_eq!(olivia.get(REPOSITORY).status, 200);
    assert_eq!(
        olivia.post(&format!("{REPOSITORY}/X/delete"), &[]).status,
        303
    );
}

#[test]
fn who_may_not_keep_them_finds_no_page() {
    let world = World::new();
    let mut mia = Visitor::signed_in(&world.site, "mia");
    assert_eq!(mia.get(REPOSITORY).status, 200, "she writes");
    assert!(mia.get("/acme/labs").text().contains(REPOSITORY));
    assert_eq!(mia.get(ORGANIZATION).status, 403);
    assert_eq!(mia.get(OWN).status, 200);
    let mut eve = Visitor::signed_in(&world.site, "eve");
    assert_eq!(eve.get(REPOSITORY).status, 403);
    assert!(!eve.get("/acme/labs").text().contains(REPOSITORY));
    let set = eve.post(
        &format!("{REPOSITORY}/new"),
        &[("name", "X"), ("value", "x")],
    );
    assert_eq!(set.status, 403);
    let mut nobody = Visitor::new(&world.site);
    assert_eq!(nobody.get(REPOSITORY).status, 303);
}
