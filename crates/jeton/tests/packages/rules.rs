//! Who may do what with packages, by which credential.

use serde_json::{Value, json};

use crate::support::Site;
use crate::support::packages::{document, file, integrity, path};
use crate::support::world::{Person, UNKNOWN};

fn fine(site: &Site, person: &Person, name: &str, level: &str, more: &Value) -> String {
    let mut wish =
        json!({ "name": name, "repositories": "all", "permissions": { "packages": level } });
    for (field, value) in more.as_object().into_iter().flatten() {
        wish[field] = value.clone();
    }
    site.token(person, &wish).value
}

const NAME: &str = "@ann/pad";

fn get(site: &Site, token: Option<&str>, name: &str) -> u16 {
    site.npm("GET", &path(name), token, "").status
}

#[test]
fn what_was_published_is_given_back_as_it_was() {
    let site = Site::start();
    let ann = site.person("ann", false);
    let token = fine(&site, &ann, "t", "write", &Value::Null);
    let tarball = file(NAME, "1.0.0");
    let mut put = document(NAME, "1.0.0", &tarball);
    let bundle =
        json!({ "mediaType": "application/vnd.dev.sigstore.bundle+json;version=0.2", "x": [1, 2] });
    put["_attachments"]["@ann/pad-1.0.0.sigstore"] = json!({
        "content_type": "application/vnd.dev.sigstore.bundle+json;version=0.2",
        "data": bundle.to_string(),
        "length": 10,
    });
    put["versions"]["1.0.0"]["_npmUser"] = json!({ "name": "root", "email": "root@example.org" });
    let made = site.npm("PUT", &path(NAME), Some(&token), &put.to_string());
    assert_eq!(made.status, 201, "{}", made.text());
    let full = site.npm("GET", &path(NAME), Some(&token), "");
    assert_eq!(full.header("content-type"), Some("application/json"));
    assert_eq!(full.header("cache-control"), Some("private, no-cache"));
    let shown = full.json();
    let version = &shown["versions"]["1.0.0"];
    for field in [
        "gitHead",
        "_npmVersion",
        "dependencies",
        "scripts",
        "description",
    ] {
        assert_eq!(version[field], put["versions"]["1.0.0"][field], "{field}");
    }
    assert_eq!(version["_npmUser"], json!({ "name": "ann" }));
    assert_eq!(shown["readme"], "# Pads");
    assert_eq!(shown["dist-tags"], json!({ "latest": "1.0.0" }));
    let at = format!("{}/npm/@ann/pad/-/pad-1.0.0.tgz", site.url());
    assert_eq!(version["dist"]["tarball"], json!(at));
    assert_eq!(version["dist"]["integrity"], json!(integrity(&tarball)));
    assert_eq!(
        version["dist"]["signatures"],
        json!([{ "keyid": "k", "sig": "s" }])
    );
    let attested = site.npm(
        "GET",
        "/npm/-/npm/v1/attestations/@ann%2fpad@1.0.0",
        Some(&token),
        "",
    );
    assert_eq!(
        attested.json()["attestations"][0]["bundle"],
        bundle,
        "{}",
        attested.text()
    );
    let got = site.npm("GET", "/npm/@ann/pad/-/pad-1.0.0.tgz", Some(&token), "");
    assert_eq!((got.status, got.body), (200, tarball));
    // The shorter form, and that it is the same still.
    let ask = |tag: &str| {
        let bearer = format!("Bearer {token}");
        let headers = [
            ("authorization", bearer.as_str()),
            (
                "accept",
                "application/vnd.npm.install-v1+json; q=1.0, application/json; q=0.8, */*",
            ),
            ("if-none-match", tag),
        ];
        crate::support::http::send(site.address(), "GET", &path(NAME), &headers, b"")
    };
    let short = ask("\"x\"");
    assert_eq!(
        short.header("content-type"),
        Some("application/vnd.npm.install-v1+json")
    );
    assert_eq!(short.header("vary"), Some("Authorization, Accept"));
    let version = &short.json()["versions"]["1.0.0"];
    assert_eq!(version["hasInstallScript"], json!(true));
    assert_eq!(version["gitHead"], Value::Null);
    let tag = short.header("etag").unwrap().to_owned();
    let again = ask(&tag);
    assert_eq!((again.status, again.body.len()), (304, 0));
    assert_eq!(site.publish(&token, NAME, "1.0.1").status, 201);
    assert_eq!(ask(&tag).status, 200);
}

#[test]
fn levels_and_scopes_are_those_that_each_operation_takes_whatever_carries_it() {
    let site = Site::start();
    let ann = site.person("ann", false);
    let admin = fine(&site, &ann, "a", "admin", &Value::Null);
    let write = fine(&site, &ann, "w", "write", &Value::Null);
    let read = fine(&site, &ann, "r", "read", &Value::Null);
    let scoped = |name, scopes: &[&str]| site.classic(&ann, name, scopes).value;
    let classic_read = scoped("cr", &["read:packages"]);
    let classic_write = scoped("cw", &["write:packages", "repo"]);
    let classic_delete = scoped("cd", &["write:packages", "delete:packages"]);
    let repo = scoped("c", &["repo", "workflow"]);
    // Nobody who may not publish does; a package of their own that is not there is not there.
    assert_eq!(site.publish(&read, NAME, "1.0.0").status, 403);
    assert_eq!(site.publish(&classic_read, NAME, "1.0.0").status, 403);
    assert_eq!(site.publish(&repo, NAME, "1.0.0").status, 404);
    assert_eq!(site.publish(&write, NAME, "1.0.0").status, 201);
    assert_eq!(site.publish(&classic_write, NAME, "1.1.0").status, 201);
    for token in [&read, &write, &classic_read, &classic_write] {
        assert_eq!(get(&site, Some(token), NAME), 200);
    }
    // `repo` is no scope of packages.
    assert_eq!(get(&site, Some(&repo), NAME), 404);
    let revision = site.npm("GET", &path(NAME), Some(&read), "").json()["_rev"].clone();
    let revision = revision.as_str().unwrap();
    let mut left = site.npm("GET", &path(NAME), Some(&read), "").json();
    left["versions"].as_object_mut().unwrap().remove("1.1.0");
    left["dist-tags"] = json!({ "latest": "1.0.0" });
    let rev = format!("{}/-rev/{revision}", path(NAME));
    // Removing a version is no writing, though a PUT carries it.
    for (token, status) in [
        (&read, 403),
        (&write, 403),
        (&classic_write, 403),
        (&classic_read, 403),
        (&repo, 404),
    ] {
        for (method, at) in [
            ("PUT", rev.clone()),
            ("DELETE", rev.clone()),
            ("DELETE", "/npm/@ann/pad/-/pad-1.0.0.tgz/-rev/1".to_owned()),
        ] {
            let said = site.npm(method, &at, Some(token), &left.to_string());
            assert_eq!(said.status, status, "{method} {at}: {}", said.text());
            // npm takes a 404 for what is gone already.
            if token == &classic_write {
                assert!(said.text().contains("delete:packages"), "{}", said.text());
            }
        }
        let body = json!({ "access": "public" }).to_string();
        let said = site.npm(
            "POST",
            "/npm/-/package/@ann%2fpad/access",
            Some(token),
            &body,
        );
        assert_eq!(said.status, status, "{}", said.text());
    }
    assert_eq!(
        site.npm("PUT", &rev, Some(&classic_delete), &left.to_string())
            .status,
        200
    );
    // What was seen before is old now.
    assert_eq!(
        site.npm("PUT", &rev, Some(&admin), &left.to_string())
            .status,
        409
    );
    // No version that was ever given comes again.
    let again = site.publish(&admin, NAME, "1.1.0");
    assert_eq!(
        (again.status, &again.json()["reason"]),
        (409, &json!("version_taken"))
    );
    // A document that says nothing of versions removes none.
    let revision = site.npm("GET", &path(NAME), Some(&read), "").json()["_rev"].clone();
    let rev = format!("{}/-rev/{}", path(NAME), revision.as_str().unwrap());
    for body in [
        json!({ "name": NAME }),
        json!({ "name": NAME, "versions": {} }),
    ] {
        assert_eq!(
            site.npm("PUT", &rev, Some(&admin), &body.to_string())
                .status,
            422
        );
    }
    assert_eq!(site.npm("DELETE", &rev, Some(&admin), "").status, 200);
    assert_eq!(get(&site, Some(&admin), NAME), 404);
    assert_eq!(site.publish(&admin, NAME, "1.0.0").status, 409);
    assert_eq!(site.publish(&admin, NAME, "2.0.0").status, 201);
}

#[test]
fn hidden_and_missing_are_the_same_bytes_and_a_failed_credential_is_401_everywhere() {
    let site = Site::start();
    let (ann, bob) = (site.person("ann", false), site.person("bob", false));
    let own = fine(&site, &ann, "t", "admin", &Value::Null);
    assert_eq!(site.publish(&own, NAME, "1.0.0").status, 201);
    let theirs = fine(&site, &bob, "t", "admin", &Value::Null);
    let classic = site
        .classic(&bob, "c", &["write:packages", "delete:packages"])
        .value;
    let session = bob.client.clone();
    for token in [None, Some(theirs.as_str()), Some(&classic), Some(&session)] {
        for (method, tail) in [
            ("GET", ""),
            ("GET", "/1.0.0"),
            ("GET", "/-/pad-1.0.0.tgz"),
            ("PUT", "/-rev/1"),
            ("DELETE", "/-rev/1"),
        ] {
            let ask = |name: &str| {
                site.npm(method, &format!("/npm/@ann%2f{name}{tail}"), token, "{}")
                    .bytes()
            };
            let (hidden, missing) = (ask("pad"), ask("nil"));
            assert!(matches!(hidden.0, 404 | 401), "{hidden:?}");
            assert_eq!(hidden.0, missing.0);
            assert_eq!(
                hidden.2.replace("pad", "nil"),
                missing.2.replace("pad", "nil")
            );
        }
    }
    let body = json!({ "access": "public" }).to_string();
    assert_eq!(
        site.npm(
            "POST",
            "/npm/-/package/@ann%2fpad/access",
            Some(&own),
            &body
        )
        .status,
        200
    );
    assert_eq!(get(&site, None, NAME), 200);
    assert_eq!(get(&site, Some(&classic), NAME), 200);
    for at in [
        "/npm/@ann%2fpad",
        "/npm/-/ping",
        "/npm/-/whoami",
        "/npm/nowhere",
        "/npm/-/v1/search",
    ] {
        assert_eq!(site.npm("GET", at, Some(UNKNOWN), "").status, 401, "{at}");
    }
}

#[test]
fn a_package_of_a_repository_is_reached_as_that_is() {
    let site = Site::start();
    let (ann, bob) = (site.person("ann", false), site.person("bob", false));
    site.organization("acme", &ann);
    site.member("acme", &ann, &bob, "member");
    site.repository("acme", &ann, "labs", "private");
    site.repository("acme", &ann, "open", "public");
    let name = "@acme/pad";
    let of = |version: &str, repository: &str| {
        let mut put = document(name, version, &file(name, version));
        let url = format!("git+{}/{repository}.git", site.url());
        put["versions"][version]["repository"] = json!({ "type": "git", "url": url });
        put.to_string()
    };
    let owners = json!({ "owner": "acme", "repositories": ["labs"] });
    let labs = fine(&site, &ann, "labs", "admin", &owners);
    let others = json!({ "owner": "acme", "repositories": ["open"] });
    let open = fine(&site, &ann, "open", "admin", &others);
    let all = fine(&site, &ann, "all", "admin", &json!({ "owner": "acme" }));
    // Of a repository that is another's, or is not there, in one sentence.
    let elsewhere = site.npm("PUT", &path(name), Some(&all), &of("1.0.0", "ann/x"));
    let nowhere = site.npm("PUT", &path(name), Some(&all), &of("1.0.0", "acme/x"));
    for said in [&elsewhere, &nowhere] {
        assert_eq!(said.status, 403, "{}", said.text());
        assert!(
            said.text().contains("has to be a repository of `acme`"),
            "{}",
            said.text()
        );
    }
    // A token for another repository publishes nothing of this one, and nothing of none.
    assert_eq!(
        site.npm("PUT", &path(name), Some(&open), &of("1.0.0", "acme/labs"))
            .status,
        403
    );
    let homeless = site.publish(&labs, name, "1.0.0");
    assert_eq!(homeless.status, 403);
    let words = homeless.text();
    assert!(
        words.contains("names no repository of this server"),
        "{words}"
    );
    let made = site.npm("PUT", &path(name), Some(&labs), &of("1.0.0", "acme/labs"));
    assert_eq!(made.status, 201, "{}", made.text());
    assert_eq!(get(&site, Some(&labs), name), 200);
    assert_eq!(get(&site, Some(&open), name), 404);
    // It stays where it is.
    let moved = site.npm("PUT", &path(name), Some(&all), &of("1.0.1", "acme/open"));
    assert_eq!(moved.status, 403, "{}", moved.text());
    assert!(
        moved.text().contains("belongs to `acme/labs`"),
        "{}",
        moved.text()
    );
    let body = json!({ "access": "public" }).to_string();
    let said = site.npm(
        "POST",
        "/npm/-/package/@acme%2fpad/access",
        Some(&all),
        &body,
    );
    assert_eq!(said.status, 403, "{}", said.text());
    // Members have what they have on the repository.
    let theirs = fine(&site, &bob, "b", "admin", &json!({ "owner": "acme" }));
    let waits = site.npm("GET", &path(name), Some(&theirs), "");
    assert_eq!(waits.status, 404, "{}", waits.text());
    let classic = site.classic(&bob, "c", &["write:packages"]).value;
    assert_eq!(get(&site, Some(&classic), name), 200);
    assert_eq!(
        site.npm(
            "PUT",
            &path(name),
            Some(&classic),
            &of("1.1.0", "acme/labs")
        )
        .status,
        403
    );
    site.must(
        "PUT",
        "/api/v3/repos/acme/labs/collaborators/bob",
        Some(&ann.client),
        &json!({ "permission": "push" }),
    );
    let made = site.npm(
        "PUT",
        &path(name),
        Some(&classic),
        &of("1.1.0", "acme/labs"),
    );
    assert_eq!(made.status, 201, "{}", made.text());
    // The right that is taken away is gone at once, from memory too.
    site.must(
        "PATCH",
        "/api/v3/orgs/acme",
        Some(&ann.client),
        &json!({ "default_repository_permission": "none" }),
    );
    site.must(
        "DELETE",
        "/api/v3/repos/acme/labs/collaborators/bob",
        Some(&ann.client),
        &Value::Null,
    );
    assert_eq!(get(&site, Some(&classic), name), 404);
}

#[test]
fn what_was_read_before_is_decided_anew_each_time() {
    let site = Site::start();
    let (ann, bob) = (site.person("ann", false), site.person("bob", false));
    let (own, other) = (
        fine(&site, &ann, "t", "admin", &Value::Null),
        fine(&site, &bob, "t", "read", &Value::Null),
    );
    let reads =
        json!({ "name": "ending", "repositories": "all", "permissions": { "packages": "read" } });
    let ending = site.token(&ann, &reads);
    for version in ["1.0.0", "1.1.0"] {
        assert_eq!(site.publish(&own, NAME, version).status, 201);
    }
    let fetch = |token: Option<&str>| {
        let answer = site.npm("GET", "/npm/@ann/pad/-/pad-1.1.0.tgz", token, "");
        (answer.status, answer.body == file(NAME, "1.1.0"))
    };
    // Twice: of the second time memory knows.
    for _ in 0..2 {
        assert_eq!(fetch(Some(&own)), (200, true));
        assert_eq!(fetch(Some(&ending.value)), (200, true));
        assert_eq!(fetch(Some(&other)).0, 404);
        assert_eq!(fetch(None).0, 404);
    }
    let end = format!("/api/jeton/v1/tokens/{}/revoke", ending.id);
    site.must("POST", &end, Some(&ann.client), &Value::Null);
    assert_eq!(fetch(Some(&ending.value)).0, 401);
    let access = |word: &str| {
        let set = json!({ "access": word }).to_string();
        site.npm("POST", "/npm/-/package/@ann%2fpad/access", Some(&own), &set)
    };
    assert_eq!(access("public").status, 200);
    assert_eq!(fetch(Some(&other)), (200, true));
    assert_eq!(fetch(None), (200, true));
    assert_eq!(access("restricted").status, 200);
    assert_eq!(fetch(Some(&other)).0, 404);
    assert_eq!(fetch(None).0, 404);
    let removed = "/npm/@ann/pad/-/pad-1.1.0.tgz/-rev/1";
    assert_eq!(site.npm("DELETE", removed, Some(&own), "").status, 200);
    assert_eq!(fetch(Some(&own)).0, 404);
}

#[test]
fn the_legacy_sign_in_takes_a_token_and_never_an_accounts_password() {
    let site = Site::start();
    let (ann, bob) = (site.person("ann", false), site.person("bob", false));
    let token = fine(&site, &ann, "t", "read", &Value::Null);
    let other = fine(&site, &bob, "t", "read", &Value::Null);
    let sign_in = |password: &str| {
        let body = json!({ "name": "ann", "password": password, "type": "user" }).to_string();
        site.npm("PUT", "/npm/-/user/org.couchdb.user:ann", None, &body)
    };
    let said = sign_in(&token);
    assert_eq!((said.status, &said.json()["token"]), (201, &json!(token)));
    assert!(said.header("cache-control").unwrap().contains("no-store"));
    assert_eq!(sign_in(&other).status, 403);
    assert_eq!(sign_in(UNKNOWN).status, 401);
    // Nor a program's sign-in, which reaches everything: it would lie in a file of npm's.
    let refused = sign_in(&ann.client);
    assert_eq!(refused.status, 403);
    assert!(refused.text().contains("npm takes a token"));
    let refused = sign_in(crate::support::world::PASSWORD);
    assert_eq!(refused.status, 403);
    assert!(
        refused.text().contains("never that of an account"),
        "{}",
        refused.text()
    );
    let who = site.npm("GET", "/npm/-/whoami", Some(&token), "");
    assert_eq!(who.json(), json!({ "username": "ann" }));
    assert_eq!(site.npm("GET", "/npm/-/whoami", None, "").status, 401);
}

#[test]
fn every_change_leaves_its_entry() {
    let site = Site::start();
    let ann = site.person("ann", false);
    site.organization("acme", &ann);
    let token = fine(&site, &ann, "t", "admin", &json!({ "owner": "acme" }));
    let name = "@acme/pad";
    assert_eq!(site.publish(&token, name, "1.0.0").status, 201);
    assert_eq!(site.publish(&token, name, "1.1.0").status, 201);
    let tag = "/npm/-/package/@acme%2fpad/dist-tags/next";
    assert_eq!(site.npm("PUT", tag, Some(&token), "\"1.0.0\"").status, 201);
    assert_eq!(site.npm("DELETE", tag, Some(&token), "").status, 200);
    let old = json!({ "name": name, "versions": { "1.0.0": { "deprecated": "old" } } });
    assert_eq!(
        site.npm("PUT", &path(name), Some(&token), &old.to_string())
            .status,
        200
    );
    let file = "/npm/@acme/pad/-/pad-1.0.0.tgz/-rev/1";
    assert_eq!(site.npm("DELETE", file, Some(&token), "").status, 200);
    assert_eq!(site.npm("DELETE", file, Some(&token), "").status, 200);
    assert_eq!(
        site.npm("GET", "/npm/@acme/pad/-/pad-1.0.0.tgz", Some(&token), "")
            .status,
        404
    );
    let log = site.must(
        "GET",
        "/api/v3/orgs/acme/audit-log?per_page=100",
        Some(&ann.client),
        &Value::Null,
    );
    let mut actions: Vec<&str> = log
        .as_array()
        .unwrap()
        .iter()
        .filter_map(|entry| entry["action"].as_str())
        .filter(|action| action.starts_with("package."))
        .collect();
    actions.reverse();
    assert_eq!(
        actions,
        [
            "package.package_published",
            "package.package_version_published",
            "package.package_version_published",
            "package.tag_changed",
            "package.tag_changed",
            "package.deprecation_changed",
            "package.package_version_deleted",
        ]
    );
}
