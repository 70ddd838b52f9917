//! What was made from a token, on its page: a tree, of which each part can be ended, and all of it.

use serde_json::{Value, json};

use crate::support::Site;
use crate::support::world::Person;
use crate::visitor::{Visitor, between};

struct World {
    site: Site,
    olivia: Person,
    mia: Person,
}

impl World {
    fn new() -> Self {
        let site = Site::start();
        let (olivia, mia) = (site.person("olivia", false), site.person("mia", false));
        site.organization("acme", &olivia);
        site.member("acme", &olivia, &mia, "member");
        for name in ["labs", "demo"] {
            site.repository("acme", &olivia, name, "private");
            site.collaborator(&format!("acme/{name}"), &olivia, &mia, "push");
        }
        Self { site, olivia, mia }
    }

    fn child(&self, of: &str, wish: &Value) -> Value {
        let path = "/api/jeton/v1/token/children";
        self.site.must("POST", path, Some(of), wish)
    }

    fn lives(&self, child: &Value) -> bool {
        let value = child["token"].as_str();
        let path = "/api/v3/repos/acme/labs";
        match self.site.call("GET", path, value, &Value::Null).status {
            200 => true,
            401 => false,
            other => panic!("{other}"),
        }
    }
}

#[test]
fn the_tree_is_shown_to_who_holds_it_and_to_who_reviews_it_and_its_holder_ends_it() {
    let world = World::new();
    let wish = json!({
        "name": "agent", "owner": "acme", "repositories": ["labs", "demo"],
        "permissions": { "contents": "write" },
    });
    let token = world.site.token(&world.mia, &wish);
    world.site.approve("acme", &world.olivia, &token);
    let page = format!("/settings/personal-access-tokens/{}", token.id);
    let end = format!("{page}/children/end");
    let mut mia = Visitor::signed_in(&world.site, "mia");
    assert!(!mia.get(&page).text().contains("Made from it"));
    let narrow = json!({
        "name": "reads <labs>", "repositories": ["labs"], "permissions": { "contents": "read" },
        "conditions": [{ "addresses": { "only": ["127.0.0.0/8"] } }],
    });
    let first = world.child(&token.value, &narrow);
    let below = world.child(
        first["token"].as_str().unwrap(),
        &json!({ "name": "below" }),
    );
    let wide = world.child(&token.value, &json!({ "name": "wide" }));
    let shown = mia.get(&page).text();
    for words in [
        "reads &#60;labs&#62;",
        "acme/labs",
        "Contents: Read-only",
        "127.0.0.0/8",
        "works until",
        "<li class=\"box-row depth-1\">",
        "acme/labs, acme/demo",
    ] {
        assert!(shown.contains(words), "{words}: {shown}");
    }
    for child in [&first, &below, &wide] {
        assert!(!shown.contains(child["token"].as_str().unwrap()));
    }
    let grant = format!(
        "/organizations/acme/settings/personal-access-tokens/{}",
        token.id
    );
    let mut olivia = Visitor::signed_in(&world.site, "olivia");
    let reviewed = olivia.get(&grant).text();
    assert!(reviewed.contains("reads &#60;labs&#62;") && reviewed.contains("below"));
    assert!(!reviewed.contains("End it"), "{reviewed}");
    // Nobody else ends it, and it is known by no other token's address.
    let id = first["id"].to_string();
    assert_eq!(olivia.post(&end, &[("child", &id)]).status, 404);
    assert_eq!(olivia.post(&end, &[("child", "all")]).status, 404);
    for wrong in ["", "x", "-1", "99999"] {
        assert_eq!(mia.post(&end, &[("child", wrong)]).status, 404, "{wrong}");
    }
    assert!(world.lives(&first) && world.lives(&below) && world.lives(&wide));
    let ended = mia.post(&end, &[("child", &id)]);
    assert_eq!(ended.header("location"), Some(page.as_str()));
    assert_eq!(
        [&first, &below, &wide].map(|child| world.lives(child)),
        [false, false, true]
    );
    world.child(&token.value, &json!({ "name": "another" }));
    let ended = mia.post(&end, &[("child", "all")]);
    assert_eq!(ended.header("location"), Some(page.as_str()));
    assert!(!world.lives(&wide));
    let shown = mia.get(&page).text();
    assert!(!shown.contains("Made from it"), "{shown}");
    assert!(
        world.lives(&json!({ "token": token.value })),
        "itself goes on"
    );
}

#[test]
fn a_classic_tokens_children_stand_on_its_page() {
    let world = World::new();
    let token = world.site.classic(&world.mia, "old", &["repo"]);
    let wish = json!({
        "name": "reads", "owner": "acme", "repositories": ["labs"], "permissions": { "contents": "read" },
    });
    let child = world.child(&token.value, &wish);
    let mut mia = Visitor::signed_in(&world.site, "mia");
    let page = format!("/settings/tokens/{}", token.id);
    let shown = mia.get(&page).text();
    let end = between(&shown, "action=\"", "/children/end\"");
    assert!(shown.contains("Made from it"), "{shown}");
    assert!(end.ends_with(&page), "{end}");
    let ended = mia.post(&format!("{page}/children/end"), &[("child", "all")]);
    assert_eq!(ended.header("location"), Some(page.as_str()));
    assert!(!world.lives(&child));
}
