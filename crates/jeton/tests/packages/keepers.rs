//! Who keeps a package: by npm's `owner`, as raw requests.

use serde_json::{Value, json};

use crate::support::Site;
use crate::support::packages::path;
use crate::support::world::Person;

const NAME: &str = "@acme/pad";

struct World {
    site: Site,
    admin: String,
    write: String,
}

/// olivia owns acme, mia is a member without a role, eve is nobody there.
fn world() -> World {
    let site = Site::start();
    let olivia = site.person("olivia", false);
    let (mia, _eve) = (site.person("mia", false), site.person("eve", false));
    site.organization("acme", &olivia);
    let base = json!({ "default_repository_permission": "none" });
    site.must("PATCH", "/api/v3/orgs/acme", Some(&olivia.client), &base);
    site.member("acme", &olivia, &mia, "member");
    let token = |person: &Person, level: &str| {
        let wish = json!({ "name": level, "owner": "acme", "repositories": "all",
            "permissions": { "packages": level } });
        site.token(person, &wish).value
    };
    let (admin, write) = (token(&olivia, "admin"), token(&olivia, "write"));
    assert_eq!(site.publish(&admin, NAME, "1.0.0").status, 201);
    World { site, admin, write }
}

impl World {
    fn document(&self, token: &str) -> Value {
        self.site.npm("GET", &path(NAME), Some(token), "").json()
    }

    /// Says who keeps it, as npm does.
    fn keep(&self, token: &str, names: &[&str]) -> (u16, String) {
        let rev = self.document(&self.admin)["_rev"].clone();
        let people: Vec<Value> = names
            .iter()
            .map(|name| json!({ "name": name, "email": "x@example.org" }))
            .collect();
        let body = json!({ "_id": NAME, "_rev": rev, "maintainers": people });
        let at = format!("{}/-rev/{}", path(NAME), rev.as_str().unwrap());
        let said = self.site.npm("PUT", &at, Some(token), &body.to_string());
        (said.status, said.text())
    }

    fn kept(&self, token: &str) -> Vec<String> {
        let document = self.document(token);
        let people = document["maintainers"].as_array().cloned();
        let names = people.into_iter().flatten();
        names
            .map(|one| one["name"].as_str().unwrap().to_owned())
            .collect()
    }
}

#[test]
fn who_is_added_publishes_and_who_is_left_out_does_no_more() {
    let world = world();
    let mia = world.site.sign_in("mia");
    let scopes = ["write:packages"];
    let theirs = world.site.classic(&mia, "mine", &scopes).value;
    let publishes = |version: &str| world.site.publish(&theirs, NAME, version).status;
    assert_eq!(publishes("1.1.0"), 404);
    assert_eq!(world.kept(&world.admin), ["olivia"]);
    assert_eq!(world.keep(&world.admin, &["olivia", "mia"]).0, 200);
    assert_eq!(world.kept(&world.admin), ["olivia", "mia"]);
    assert_eq!(publishes("1.1.0"), 201);
    // Who publishes gives nobody a role.
    assert_eq!(world.keep(&world.write, &["olivia"]).0, 403);
    assert_eq!(world.keep(&theirs, &["mia"]).0, 403);
    assert_eq!(world.keep(&world.admin, &["olivia"]).0, 200);
    assert_eq!(publishes("1.2.0"), 404);
    assert_eq!(world.kept(&world.admin), ["olivia"]);
}

#[test]
fn keepers_are_told_to_who_publishes_alone() {
    let world = world();
    let olivia = world.site.sign_in("olivia");
    let read = world
        .site
        .classic(&olivia, "read", &["read:packages"])
        .value;
    assert_eq!(world.kept(&world.write), ["olivia"]);
    assert_eq!(world.kept(&read), Vec::<String>::new());
    // Whichever of them asks first.
    assert_eq!(world.kept(&world.write), ["olivia"]);
    let set = json!({ "access": "public" }).to_string();
    let at = "/npm/-/package/@acme%2fpad/access";
    let opened = world.site.npm("POST", at, Some(&world.admin), &set);
    assert_eq!(opened.status, 200, "{}", opened.text());
    let open = world.site.npm("GET", &path(NAME), None, "");
    assert_eq!(
        (open.status, &open.json()["maintainers"]),
        (200, &Value::Null)
    );
}

#[test]
fn strangers_the_unknown_and_the_stale_are_refused() {
    let world = world();
    for (names, status, words) in [
        (&["olivia", "eve"][..], 403, "no member of"),
        (&["olivia", "nobody"], 404, ""),
        (&["olivia", "acme"], 404, ""),
        (&["../x"], 404, ""),
        (&[""], 404, ""),
    ] {
        let (said, text) = world.keep(&world.admin, names);
        assert_eq!(said, status, "{names:?}: {text}");
        assert!(text.contains(words), "{names:?}: {text}");
    }
    let many = vec!["mia"; 101];
    assert_eq!(world.keep(&world.admin, &many).0, 403);
    assert_eq!(world.kept(&world.admin), ["olivia"]);
    let at = format!("{}/-rev/1-0000000000000000", path(NAME));
    let stale = json!({ "_id": NAME, "maintainers": [] }).to_string();
    let said = world.site.npm("PUT", &at, Some(&world.admin), &stale);
    assert_eq!(
        (said.status, &said.json()["reason"]),
        (409, &json!("changed"))
    );
    for lie in [
        json!({ "_id": NAME, "maintainers": "mia" }),
        json!({ "_id": NAME, "maintainers": [{ "email": "x" }] }),
        json!({ "_id": NAME, "maintainers": ["mia"] }),
        json!({ "_id": "@acme/other", "maintainers": [] }),
    ] {
        let said = world
            .site
            .npm("PUT", &at, Some(&world.admin), &lie.to_string());
        let told = said.text();
        assert!(matches!(said.status, 400 | 422), "{lie}: {told}");
    }
}

#[test]
fn a_persons_package_stays_theirs_and_a_repositorys_is_kept_there() {
    let site = Site::start();
    let ann = site.person("ann", false);
    site.person("bob", false);
    let wish =
        json!({ "name": "t", "repositories": "all", "permissions": { "packages": "admin" } });
    let token = site.token(&ann, &wish).value;
    assert_eq!(site.publish(&token, "@ann/pad", "1.0.0").status, 201);
    let keep = |name: &str, names: &[&str]| {
        let rev = site.npm("GET", &path(name), Some(&token), "").json()["_rev"].clone();
        let people: Vec<Value> = names.iter().map(|one| json!({ "name": one })).collect();
        let body = json!({ "_id": name, "maintainers": people }).to_string();
        let at = format!("{}/-rev/{}", path(name), rev.as_str().unwrap());
        site.npm("PUT", &at, Some(&token), &body)
    };
    assert_eq!(keep("@ann/pad", &["ann", "bob"]).status, 200);
    let refused = keep("@ann/pad", &["bob"]);
    assert_eq!(refused.status, 403);
    let words = refused.text();
    assert!(words.contains("is `ann`'s"), "{words}");
    let made = json!({ "name": "labs" });
    site.must("POST", "/api/v3/user/repos", Some(&ann.client), &made);
    site.package_of("ann/labs", &token);
    let held = keep("@ann/labs", &["ann", "bob"]);
    assert_eq!(held.status, 403);
    assert!(held.text().contains("change it there"), "{}", held.text());
}

#[test]
fn a_token_in_the_address_of_a_sign_out_ends_with_it_and_nothing_else_does() {
    let site = Site::start();
    let ann = site.person("ann", false);
    let token = |name: &str| {
        site.classic(&ann, name, &["write:packages", "delete:packages"])
            .value
    };
    let (gone, stays) = (token("gone"), token("stays"));
    let who = |token: &str| site.npm("GET", "/npm/-/whoami", Some(token), "").status;
    let out = |value: &str, by: Option<&str>| {
        site.npm("DELETE", &format!("/npm/-/user/token/{value}"), by, "")
    };
    // Whatever asks: the value in the address is what ends.
    assert_eq!(out(&gone, Some(&stays)).status, 200);
    assert_eq!((who(&gone), who(&stays)), (401, 200));
    assert_eq!(out(&gone, None).status, 401);
    for junk in ["x", "jtp_000000000000000000000000000000000000", "%00"] {
        let said = out(junk, Some(&stays));
        assert!(matches!(said.status, 401 | 404), "{junk}: {}", said.text());
        assert!(!said.text().contains("jtp_"), "{}", said.text());
    }
    assert_eq!(who(&stays), 200);
    // One that is refused where it is shown, and a sign-in of a program's, end no less.
    let elsewhere = json!({
        "name": "elsewhere", "owner": "ann", "repositories": "all", "permissions": { "packages": "read" },
        "conditions": [{ "addresses": { "only": ["192.0.2.0/24"] } }],
    });
    let made = site.must(
        "POST",
        "/api/jeton/v1/tokens",
        Some(&ann.client),
        &elsewhere,
    );
    let bound = made["token"].as_str().unwrap();
    let refused = site.npm("GET", "/npm/-/whoami", Some(bound), "");
    assert_eq!(refused.status, 403, "{}", refused.text());
    let bob = site.person("bob", false);
    for value in [bound, &bob.client] {
        assert_eq!(out(value, None).status, 200);
        assert_eq!((who(value), out(value, None).status), (401, 401));
    }
    // Everywhere else such an address is refused.
    let said = site.npm("GET", &format!("/npm/@ann/{stays}"), None, "");
    assert_eq!(said.status, 400, "{}", said.text());
}
