//! What a page says before and after something is done is what is done.

use serde_json::json;

use crate::support::Site;
use crate::visitor::{Visitor, between};

/// What the page says that a form leads to.
fn led(visitor: &mut Visitor<'_>, path: &str, fields: &[(&str, &str)]) -> (String, String) {
    let done = visitor.post(path, fields);
    assert_eq!(done.status, 303, "{}", done.text());
    let to = done.header("location").unwrap().to_owned();
    let said = done
        .headers
        .iter()
        .filter(|(name, _)| name == "set-cookie")
        .find_map(|(_, value)| value.strip_prefix("jeton_said="))
        .map(|value| value.split(';').next().unwrap_or_default().to_owned());
    (to, said.unwrap_or_default())
}

#[test]
fn a_member_without_a_role_by_name_is_not_called_an_outside_collaborator() {
    let site = Site::start();
    let olivia = site.person("olivia", false);
    let mia = site.person("mia", false);
    let noa = site.person("noa", false);
    site.organization("acme", &olivia);
    site.member("acme", &olivia, &mia, "member");
    site.member("acme", &olivia, &noa, "member");
    site.repository("acme", &olivia, "lab", "private");
    site.collaborator("acme/lab", &olivia, &noa, "push");
    let mut owner = Visitor::signed_in(&site, "olivia");
    let gone = "No role was given to mia by name: nothing stays";
    let text = owner.get("/orgs/acme/people/mia").text();
    assert!(text.contains(gone), "{text}");
    let stays = owner.get("/orgs/acme/people/noa").text();
    assert!(stays.contains("Only roles given by name stay."), "{stays}");
    assert!(!stays.contains("nothing stays"), "{stays}");
    // Whoever is none has no page of them.
    site.person("eve", false);
    let eve = Visitor::signed_in(&site, "eve").get("/orgs/acme/people");
    assert_eq!(eve.status, 403);
    let convert = |owner: &mut Visitor<'_>, login: &str| {
        led(owner, &format!("/orgs/acme/people/{login}/convert"), &[])
    };
    let (outside, people) = ("/orgs/acme/outside-collaborators", "/orgs/acme/people");
    assert_eq!(
        convert(&mut owner, "mia"),
        (people.into(), "member_converted_to_nobody".into())
    );
    assert_eq!(
        convert(&mut owner, "noa"),
        (outside.into(), "member_converted".into())
    );
    let text = owner.get(outside).text();
    assert!(text.contains(">noa<") && !text.contains(">mia<"), "{text}");
}

#[test]
fn an_administrator_reads_whose_organizations_a_suspension_leaves_alone_and_stops_not_themself() {
    let site = Site::start();
    let ada = site.person("ada", true);
    site.person("bob", true);
    let olivia = site.person("olivia", false);
    site.organization("acme", &olivia);
    let mut visitor = Visitor::signed_in(&site, "ada");
    let path = "/admin/users/olivia";
    let before = visitor.get(path).text();
    assert!(
        before.contains("Nobody else can act as an owner of acme"),
        "{before}"
    );
    assert_eq!(
        led(&mut visitor, path, &[("action", "suspend")]).0,
        path.to_owned()
    );
    let after = visitor.get(path).text();
    assert!(
        after.contains("Nobody can act as an owner of acme now."),
        "{after}"
    );
    let (path, refusal) = (
        "/admin/users/ada",
        "You can&#39;t suspend yourself: ask another administrator.",
    );
    let own = visitor.get(path).text();
    assert!(own.contains("You can't suspend yourself"), "{own}");
    assert!(!own.contains("value=\"suspend\""), "{own}");
    let refused = visitor.post(path, &[("action", "suspend")]);
    assert_eq!(refused.status, 409, "{}", refused.text());
    assert!(refused.text().contains(refusal), "{}", refused.text());
    let rest = site.call(
        "POST",
        "/api/jeton/v1/users/ada/suspend",
        Some(&ada.client),
        &json!({}),
    );
    assert_eq!(rest.status, 409, "{}", rest.text());
    assert!(rest.text().contains("You can't suspend yourself"));
    assert_eq!(visitor.get(path).status, 200, "they go on");
}

#[test]
fn a_repository_is_not_called_like_a_token_and_a_team_says_what_its_name_lacks() {
    let site = Site::start();
    let olivia = site.person("olivia", false);
    site.organization("acme", &olivia);
    site.repository("acme", &olivia, "lab", "private");
    let mut visitor = Visitor::signed_in(&site, "olivia");
    let words = "Looks like a token of this server, which no address may hold.";
    let name = "jtu_2jBmQ7xT4wZk9LpR3sVn";
    let made = [("owner", "acme"), ("name", name), ("visibility", "private")];
    let refused = visitor.post("/new", &made);
    assert_eq!(refused.status, 422, "{}", refused.text());
    assert!(refused.text().contains(words), "{}", refused.text());
    let settings = "/acme/lab/settings";
    let seen = visitor.seen(settings);
    let renamed = [
        ("name", name),
        ("description", ""),
        ("default_branch", "main"),
        ("visibility", "private"),
        ("seen", &seen),
    ];
    let refused = visitor.post(settings, &renamed);
    assert_eq!(refused.status, 422, "{}", refused.text());
    assert!(refused.text().contains(words), "{}", refused.text());
    assert_eq!(visitor.get(settings).status, 200);
    for name in ["Разработка", "🔥"] {
        let refused = visitor.post("/orgs/acme/teams", &[("name", name)]);
        assert_eq!(refused.status, 422, "{}", refused.text());
        let text = refused.text();
        let words = "Needs a letter from a to z or a digit, since its address is made of it.";
        assert!(text.contains(words), "{text}");
        assert!(text.contains(&format!("value=\"{name}\"")), "{text}");
    }
}

#[test]
fn an_emergency_that_names_only_kinds_is_told_what_it_lacks_when_it_looks() {
    let site = Site::start();
    site.person("ada", true);
    let mut ada = Visitor::signed_in(&site, "ada");
    let fresh = ada.get("/admin/tokens");
    assert_eq!(fresh.status, 200);
    assert!(!fresh.text().contains("role=\"alert\""), "{}", fresh.text());
    let path = "/admin/tokens?user=&organization=&before=&kind=session";
    let looked = ada.get(path);
    assert_eq!(looked.status, 422);
    let fault = between(&looked.text(), "role=\"alert\">", "</p>");
    assert!(fault.contains("or a person or an organization"), "{fault}");
}

#[test]
fn a_server_without_an_administrator_says_how_one_comes_to_be() {
    let site = Site::start();
    let words = "This server has no administrator yet. On its machine, “jeton admin setup-code” prints a link";
    for path in ["/login", "/join"] {
        let text = Visitor::new(&site).get(path).text();
        assert!(text.contains(words), "{path}: {text}");
    }
    site.person("ada", true);
    for path in ["/login", "/join"] {
        let text = Visitor::new(&site).get(path).text();
        assert!(!text.contains("no administrator"), "{path}: {text}");
    }
}
