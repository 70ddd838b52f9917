//! Packages on their pages: listed, shown, opened to others, removed; and what is hidden is not there.

use serde_json::json;

use crate::support::Site;
use crate::support::packages::{document, file, path};
use crate::visitor::Visitor;

const LIST: &str = "/orgs/acme/packages";
const PAD: &str = "/orgs/acme/packages/npm/pad";

/// olivia owns acme, where mia is a member and eve is none; `@acme/pad` is olivia's work, and mia has no role on it.
fn site() -> Site {
    let site = Site::start();
    let olivia = site.person("olivia", false);
    let (mia, _) = (site.person("mia", false), site.person("eve", false));
    site.organization("acme", &olivia);
    let base = json!({ "default_repository_permission": "none" });
    site.must("PATCH", "/api/v3/orgs/acme", Some(&olivia.client), &base);
    site.member("acme", &olivia, &mia, "member");
    let wish = json!({ "name": "t", "owner": "acme", "repositories": "all", "permissions": { "packages": "write" } });
    let token = site.token(&olivia, &wish).value;
    for version in ["1.0.0", "1.1.0"] {
        let mut put = document("@acme/pad", version, &file("@acme/pad", version));
        put["versions"][version]["deprecated"] = json!("<b>old\u{202e}");
        let made = site.npm("PUT", &path("@acme/pad"), Some(&token), &put.to_string());
        assert_eq!(made.status, 201, "{}", made.text());
    }
    site
}

#[test]
fn who_sees_one_finds_how_it_is_installed_and_who_does_not_finds_nothing() {
    let site = site();
    let mut olivia = Visitor::signed_in(&site, "olivia");
    let listed = olivia.get(LIST);
    assert!(listed.text().contains("@acme/pad"), "{}", listed.text());
    let shown = olivia.get(PAD);
    assert_eq!(shown.status, 200);
    let registry = format!("@acme:registry={}/npm/", site.url());
    for words in [
        "npm install @acme/pad",
        &registry,
        "1.0.0",
        "latest",
        "&#60;b&#62;old",
        "Delete the package",
        "href=\"/olivia\"",
    ] {
        assert!(shown.text().contains(words), "no `{words}`");
    }
    assert!(!shown.text().contains('\u{202e}'));
    for (login, list) in [("mia", 200), ("eve", 200)] {
        let mut other = Visitor::signed_in(&site, login);
        let listed = other.get(LIST);
        assert_eq!(listed.status, list);
        assert!(listed.text().contains("No packages to see"), "{login}");
        assert_eq!(other.get(PAD).status, 404, "{login}");
        let sent = other.post(&format!("{PAD}/delete"), &[("confirm", "@acme/pad")]);
        assert_eq!(sent.status, 404, "{login}");
    }
    let mut nobody = Visitor::new(&site);
    assert_eq!(nobody.get(LIST).status, 200);
    assert!(matches!(nobody.get(PAD).status, 303 | 404));
    for nothing in [
        "/orgs/acme/packages/npm/none",
        "/users/mia/packages/npm/pad",
    ] {
        assert_eq!(olivia.get(nothing).status, 404);
    }
}

#[test]
fn it_is_opened_closed_and_removed_by_who_may() {
    let site = site();
    let mut olivia = Visitor::signed_in(&site, "olivia");
    let set = format!("{PAD}/visibility");
    assert_eq!(
        olivia.post(&set, &[("visibility", "everybody")]).status,
        422
    );
    let made = olivia.post(&set, &[("visibility", "public")]);
    assert_eq!(made.header("location"), Some(PAD), "{}", made.text());
    let mut nobody = Visitor::new(&site);
    let shown = nobody.get(PAD);
    assert_eq!(shown.status, 200);
    assert!(shown.text().contains("npm install @acme/pad"));
    for hidden in ["Delete", "olivia</a> <span"] {
        assert!(!shown.text().contains(hidden), "{hidden}");
    }
    let mut mia = Visitor::signed_in(&site, "mia");
    assert!(mia.get(LIST).text().contains("@acme/pad"));
    assert_eq!(mia.post(&set, &[("visibility", "private")]).status, 403);
    let delete = format!("{PAD}/delete");
    assert_eq!(mia.post(&delete, &[("confirm", "@acme/pad")]).status, 403);
    let slip = olivia.post(&delete, &[("confirm", "pad")]);
    assert_eq!(slip.status, 422);
    assert!(slip.text().contains("to delete it"), "{}", slip.text());
    // One version, and with the other the package.
    let page = olivia.get(PAD).text();
    let version = crate::visitor::between(&page, &format!("{PAD}/versions/"), "/delete");
    let gone = olivia.post(&format!("{PAD}/versions/{version}/delete"), &[]);
    assert_eq!(gone.header("location"), Some(PAD), "{}", gone.text());
    assert!(!olivia.get(PAD).text().contains("1.1.0"));
    let again = olivia.post(&format!("{PAD}/versions/{version}/delete"), &[]);
    assert_eq!(again.status, 404);
    let gone = olivia.post(&delete, &[("confirm", "@acme/pad")]);
    assert_eq!(gone.header("location"), Some(LIST), "{}", gone.text());
    assert_eq!(olivia.get(PAD).status, 404);
}
