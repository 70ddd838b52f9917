//! Pictures of accounts: where `avatar_url` leads, for anybody and for every number.

use serde_json::Value;

use crate::support::Site;
use crate::support::http::{Answer, send};

fn asked(site: &Site, path: &str) -> Answer {
    send(site.address(), "GET", path, &[], b"")
}

#[test]
fn an_account_has_a_picture_and_a_number_that_is_nobodys_has_one_too() {
    let site = Site::start();
    let olivia = site.person("olivia", false);
    site.organization("acme", &olivia);
    let path = |of: &str| {
        let shown = site.must("GET", of, Some(&olivia.client), &Value::Null);
        let url = shown["avatar_url"].as_str().unwrap();
        url.strip_prefix(site.url()).unwrap().to_owned()
    };
    let (mine, theirs) = (path("/api/v3/user"), path("/api/v3/orgs/acme"));
    let mut pictures = Vec::new();
    // Clients name a size, which a drawing has none of.
    for path in [
        &format!("{mine}?s=40&v=4"),
        &theirs,
        "/-/avatars/9007199254740991",
    ] {
        let picture = asked(&site, path);
        assert_eq!(picture.status, 200, "{path}: {}", picture.text());
        for (name, value) in [
            ("content-type", "image/svg+xml"),
            ("cache-control", "public, max-age=604800"),
            ("x-content-type-options", "nosniff"),
            ("cross-origin-resource-policy", "cross-origin"),
        ] {
            assert_eq!(picture.header(name), Some(value), "{path}");
        }
        assert!(picture.text().starts_with("<svg "), "{path}");
        pictures.push(picture.body);
    }
    pictures.dedup();
    assert_eq!(pictures.len(), 3, "each has its own");
    assert_eq!(asked(&site, &mine).body, pictures[0]);
}

#[test]
fn what_is_no_number_has_no_picture() {
    let site = Site::start();
    for number in [
        "0",
        "-1",
        "01",
        "+1",
        "1.5",
        "x",
        "9007199254740992",
        "99999999999999999999",
        "",
    ] {
        let answer = asked(&site, &format!("/-/avatars/{number}"));
        assert_eq!(answer.status, 404, "{number}");
    }
}
