//! Lists that stand beside another on their page: how many there are is said, and each is gone through to its end,
//! wherever the other is.

use jeton_domain::Span;
use serde_json::json;

use crate::support::Site;
use crate::support::world::Person;
use crate::visitor::Visitor;

fn site() -> (Site, Person) {
    let site = Site::with(&[("mail.from", "jeton@example.org")]);
    let olivia = site.person("olivia", false);
    site.organization("acme", &olivia);
    (site, olivia)
}

/// What the rows below a heading say of three, two on a page: `heading` with their number, then page by page; a way
/// on leads along `way`.
fn three(visitor: &mut Visitor<'_>, path: &str, heading: &str, way: &str, words: [&str; 3]) {
    let mut on = |query: &str| {
        let page = visitor.get(&format!("{path}?per_page=2{query}"));
        assert_eq!(page.status, 200, "{}", page.text());
        let text = page.text();
        let title = format!("{heading} <span class=\"count\">3</span></h2>");
        let (_, rest) = text.split_once(&title).expect(&text);
        rest.split("<h2").next().unwrap().to_owned()
    };
    let next = format!("per%5Fpage=2&#38;{way}=2\" rel=\"next\"");
    let first = on("");
    assert!(first.contains(&next), "{first}");
    // The other list is somewhere else by now, and both places are kept.
    let second = on(&format!("&page=7&{way}=2"));
    assert!(second.contains("Page 2 of 2"), "{second}");
    assert!(second.contains(&format!("page=7&#38;{way}=1\" rel=\"prev\"")));
    let on_both = words.map(|word| (first.contains(word), second.contains(word)));
    assert_eq!(
        on_both
            .iter()
            .filter(|seen| **seen == (true, false))
            .count(),
        2
    );
    assert_eq!(
        on_both
            .iter()
            .filter(|seen| **seen == (false, true))
            .count(),
        1
    );
}

#[test]
fn an_administrator_of_a_repository_goes_through_all_its_invitations() {
    let (site, olivia) = site();
    site.repository("acme", &olivia, "secret", "private");
    let logins = ["una", "vera", "willa"];
    for login in logins {
        site.person_unsigned(login);
        let path = format!("/api/v3/repos/acme/secret/collaborators/{login}");
        let role = json!({ "permission": "pull" });
        site.must("PUT", &path, Some(&olivia.client), &role);
    }
    let mut visitor = Visitor::signed_in(&site, "olivia");
    let path = "/acme/secret/settings/access";
    three(&mut visitor, path, "Invitations", "invited", logins);
}

#[test]
fn an_owner_goes_through_all_invitations_that_came_to_nothing() {
    let (site, olivia) = site();
    let emails = ["una@example.org", "vera@example.org", "willa@example.org"];
    for email in emails {
        let path = "/api/v3/orgs/acme/invitations";
        let body = json!({ "email": email });
        site.must("POST", path, Some(&olivia.client), &body);
    }
    site.later(Span::from_days(8));
    let mut visitor = Visitor::signed_in(&site, "olivia");
    let path = "/orgs/acme/invitations";
    three(&mut visitor, path, "Came to nothing", "failed", emails);
}

#[test]
fn an_owner_goes_through_all_repositories_of_a_team() {
    let (site, olivia) = site();
    let client = Some(olivia.client.as_str());
    let body = json!({ "name": "core" });
    site.must("POST", "/api/v3/orgs/acme/teams", client, &body);
    let names = ["alpha", "beta", "gamma"];
    for name in names {
        site.repository("acme", &olivia, name, "private");
        let path = format!("/api/v3/orgs/acme/teams/core/repos/acme/{name}");
        let role = json!({ "permission": "write" });
        site.must("PUT", &path, client, &role);
    }
    let mut visitor = Visitor::signed_in(&site, "olivia");
    let path = "/orgs/acme/teams/core";
    three(&mut visitor, path, "Repositories", "repositories", names);
}
