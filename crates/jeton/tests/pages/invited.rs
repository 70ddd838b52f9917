//! Invitations as those read them who make and who answer them: nobody takes an offer that they did not read, and no
//! page promises what does not come.

use serde_json::{Value, json};

use crate::support::Site;
use crate::support::world::{PASSWORD, Person};
use crate::told::{link, open_to_everybody, post};
use crate::visitor::{Visitor, between};

const INVITATIONS: &str = "/api/v3/orgs/acme/invitations";

/// Invites `who` into acme, by login or by address. Gives the invitation's number.
fn invite(site: &Site, owner: &Person, who: &str, role: &str) -> i64 {
    let body = if who.contains('@') {
        json!({ "email": who, "role": role })
    } else {
        let user = format!("/api/v3/users/{who}");
        let user = site.must("GET", &user, Some(&owner.client), &Value::Null);
        json!({ "invitee_id": user["id"], "role": role })
    };
    let made = site.must("POST", INVITATIONS, Some(&owner.client), &body);
    made["id"].as_i64().unwrap()
}

/// The fields of the offer that a page shows.
fn offer(text: &str) -> [(&'static str, String); 2] {
    ["id", "role"].map(|name| {
        let before = format!("name=\"{name}\" value=\"");
        (name, between(text, &before, "\""))
    })
}

fn role_in_acme(site: &Site, person: &Person) -> Option<String> {
    let path = "/api/v3/user/memberships/orgs?state=active";
    let own = site.must("GET", path, Some(&person.client), &Value::Null);
    let role = own.as_array().unwrap().first()?["role"].as_str()?;
    Some(role.to_owned())
}

#[test]
fn the_invited_takes_the_offer_that_the_page_showed_and_no_other() {
    let site = Site::start();
    let olivia = site.person("olivia", false);
    let zoe = site.person("zoe", false);
    site.organization("acme", &olivia);
    let first = invite(&site, &olivia, "zoe", "direct_member");
    let path = "/orgs/acme/invitation";
    let mut visitor = Visitor::signed_in(&site, "zoe");
    let shown = visitor.get(path).text();
    let old = offer(&shown);
    assert_eq!(old, [("id", first.to_string()), ("role", "member".into())]);
    let taken = format!("{INVITATIONS}/{first}");
    site.must("DELETE", &taken, Some(&olivia.client), &Value::Null);
    invite(&site, &olivia, "zoe", "admin");
    let old = old.each_ref().map(|(name, value)| (*name, value.as_str()));
    for (what, fields) in [
        ("accept", &old[..]),
        ("decline", &old[..]),
        ("accept", &[]),
        ("decline", &old[..1]),
    ] {
        let stale = visitor.post(&format!("{path}/{what}"), fields);
        assert_eq!(stale.status, 409, "{what} {fields:?}");
        let text = stale.text();
        for words in [
            "The offer changed since you opened this page.",
            "as an owner: you will administer",
        ] {
            assert!(text.contains(words), "{words}: {text}");
        }
        assert_eq!(offer(&text)[1].1, "owner");
    }
    assert_eq!(role_in_acme(&site, &zoe), None);
    let now = offer(&visitor.get(path).text());
    let now = now.each_ref().map(|(name, value)| (*name, value.as_str()));
    let joined = visitor.post(&format!("{path}/accept"), &now);
    let to = (joined.status, joined.header("location"));
    assert_eq!(to, (303, Some("/acme")));
    assert_eq!(role_in_acme(&site, &zoe).unwrap(), "admin");
}

#[test]
fn the_invited_takes_the_role_on_a_repository_that_the_page_showed() {
    let site = Site::start();
    let olivia = site.person("olivia", false);
    site.person("zoe", false);
    site.organization("acme", &olivia);
    site.repository("acme", &olivia, "lab", "private");
    let role = |permission: &str| {
        let path = "/api/v3/repos/acme/lab/collaborators/zoe";
        let role = json!({ "permission": permission });
        site.must("PUT", path, Some(&olivia.client), &role);
    };
    role("pull");
    let path = "/acme/lab/invitations";
    let mut zoe = Visitor::signed_in(&site, "zoe");
    let old = offer(&zoe.get(path).text());
    let old = old.each_ref().map(|(name, value)| (*name, value.as_str()));
    role("admin");
    for (what, fields) in [("accept", &old[..]), ("decline", &old[..]), ("accept", &[])] {
        let stale = zoe.post(&format!("{path}/{what}"), fields);
        assert_eq!(stale.status, 409, "{what} {fields:?}");
        let text = stale.text();
        assert!(text.contains("The offer changed since"), "{text}");
        assert!(text.contains("<span class=\"pill info\">admin</span>"));
    }
    assert_eq!(zoe.get("/acme/lab").status, 404);
    let now = [old[0], ("role", "admin")];
    for _ in 0..2 {
        // In another tab, or pressed twice.
        let taken = zoe.post(&format!("{path}/accept"), &now);
        let to = (taken.status, taken.header("location"));
        assert_eq!(to, (303, Some("/acme/lab")));
    }
}

#[test]
fn of_two_invitations_each_has_its_page_and_nothing_is_offered_to_who_joined() {
    let post = post();
    let site = &post.site;
    let olivia = site.person("olivia", false);
    let zoe = site.person("zoe", false);
    site.organization("acme", &olivia);
    let (by_login, by_address) = (
        invite(site, &olivia, "zoe", "direct_member"),
        invite(site, &olivia, "zoe@example.org", "admin"),
    );
    let own = |words: &str| {
        let path = "/settings/organizations";
        let text = Visitor::signed_in(site, "zoe").get(path).text();
        text.matches(words).count()
    };
    assert_eq!(own("invites you:"), 2);
    let mut visitor = Visitor::signed_in(site, "zoe");
    for (id, role) in [(by_login, "member"), (by_address, "owner")] {
        let path = format!("/orgs/acme/invitation?id={id}");
        assert_eq!(own(&format!("href=\"{path}\"")), 1);
        let shown = offer(&visitor.get(&path).text());
        assert_eq!(shown, [("id", id.to_string()), ("role", role.into())]);
    }
    let taken = [("id", by_address.to_string()), ("role", "owner".into())];
    let taken = taken
        .each_ref()
        .map(|(name, value)| (*name, value.as_str()));
    let joined = visitor.post("/orgs/acme/invitation/accept", &taken);
    assert_eq!(joined.status, 303, "{}", joined.text());
    assert_eq!(role_in_acme(site, &zoe).unwrap(), "admin");
    assert_eq!(own("invites you:"), 0);
    let list = site.must("GET", INVITATIONS, Some(&olivia.client), &Value::Null);
    assert_eq!(list, json!([]), "who took the one needs the other no more");
}

#[test]
fn who_joined_by_their_account_is_offered_nothing_more_and_tells_nobody_their_address() {
    let post = post();
    let site = &post.site;
    let olivia = site.person("olivia", false);
    let zoe = site.person("zoe", false);
    site.organization("acme", &olivia);
    invite(site, &olivia, "zoe@example.org", "direct_member");
    let code = link(post.folder.path(), "/invitations/");
    invite(site, &olivia, "zoe", "direct_member");
    let own = "/api/jeton/v1/invitations";
    let waiting = || site.must("GET", own, Some(&zoe.client), &Value::Null);
    assert_eq!(waiting().as_array().unwrap().len(), 2);
    let by_account = waiting()[1]["id"].clone();
    let accept = format!("{own}/{by_account}/accept");
    site.must("POST", &accept, Some(&zoe.client), &json!({}));
    assert_eq!(waiting(), json!([]));
    let mut visitor = Visitor::signed_in(site, "zoe");
    let text = visitor.get("/settings/organizations").text();
    assert!(!text.contains("invites you:"), "{text}");
    // Whose the address is would show by its going.
    let list = site.must("GET", INVITATIONS, Some(&olivia.client), &Value::Null);
    assert_eq!(list[0]["email"], "zoe@example.org", "{list}");
    assert_eq!(list.as_array().unwrap().len(), 1);
    let text = visitor.get(&code).text();
    assert!(text.contains("You are a member of acme already."), "{text}");
}

#[test]
fn a_member_who_opens_their_own_link_again_is_told_that_they_belong_there() {
    let post = post();
    let site = &post.site;
    let olivia = site.person("olivia", false);
    site.person("zoe", false);
    site.organization("acme", &olivia);
    invite(site, &olivia, "zoe@example.org", "direct_member");
    let path = link(post.folder.path(), "/invitations/");
    let mut zoe = Visitor::signed_in(site, "zoe");
    assert_eq!(zoe.post(&format!("{path}/accept"), &[]).status, 303);
    let text = zoe.get(&path).text();
    assert!(text.contains("You are a member of acme already."), "{text}");
    assert!(!text.contains("accepted already") && !text.contains("you need another"));
    let text = Visitor::new(site).get(&path).text();
    assert!(text.contains("This invitation was accepted already."));
    assert!(!text.contains("you need another"), "{text}");
}

#[test]
fn a_link_that_was_replaced_says_so_and_looks_like_one_that_never_was() {
    let post = post();
    let site = &post.site;
    let olivia = site.person("olivia", false);
    site.organization("acme", &olivia);
    let id = invite(site, &olivia, "zoe@example.org", "direct_member");
    let old = link(post.folder.path(), "/invitations/");
    let mut owner = Visitor::signed_in(site, "olivia");
    let again = format!("/orgs/acme/invitations/{id}/resend");
    assert_eq!(owner.post(&again, &[]).status, 303);
    let new = link(post.folder.path(), "/invitations/");
    let mut nobody = Visitor::new(site);
    assert_eq!(nobody.get(&new).status, 200);
    let never = "/invitations/00112233445566778899aabbccddeeff00112233";
    let replaced = nobody.get(&old);
    assert_eq!(replaced.status, 404);
    let text = replaced.text();
    assert!(
        text.contains("the newer mail holds the newer link"),
        "{text}"
    );
    let form = [("login", "zoe"), ("password", PASSWORD)];
    for other in [
        nobody.get(never),
        nobody.get("/invitations/x"),
        nobody.send("POST", &old, &form),
        nobody.send("POST", &format!("{old}/decline"), &[]),
    ] {
        assert_eq!((other.status, other.text()), (404, text.clone()));
    }
}

#[test]
fn without_mail_nobody_is_invited_by_address_and_no_page_promises_a_letter() {
    let site = Site::start();
    let boss = site.person("ada", true);
    let olivia = site.person("olivia", false);
    site.person("mia", false);
    site.organization("acme", &olivia);
    let refusal = "This server sends no mail: invite people by their login.";
    let mut owner = Visitor::signed_in(&site, "olivia");
    let people = "/orgs/acme/people";
    let hint = owner.get(people).text();
    assert!(hint.contains(refusal), "{hint}");
    assert!(!hint.contains("or e-mail address") && !hint.contains("makes one on the way"));
    let by_address = [("who", "zoe@example.org"), ("role", "member")];
    let refused = owner.post(people, &by_address);
    assert_eq!(refused.status, 409);
    let text = refused.text();
    assert!(
        text.contains(&format!("id=\"who-fault\">{refusal}")),
        "{text}"
    );
    assert!(text.contains("value=\"zoe@example.org\""), "{text}");
    let body = json!({ "email": "zoe@example.org" });
    let refused = site.call("POST", INVITATIONS, Some(&olivia.client), &body);
    assert_eq!(refused.status, 409, "{}", refused.text());
    assert!(refused.text().contains(refusal), "{}", refused.text());
    let list = || site.must("GET", INVITATIONS, Some(&olivia.client), &Value::Null);
    assert_eq!(list(), json!([]));
    let by_login = [("who", "mia"), ("role", "member")];
    assert_eq!(owner.post(people, &by_login).status, 303);
    assert_eq!(list()[0]["login"], "mia");

    open_to_everybody(&site, &boss);
    let mut zoe = Visitor::new(&site);
    let text = zoe.get("/join").text();
    assert!(text.contains("an administrator of the site confirms it"));
    assert!(!text.contains("link is sent"), "{text}");
    let form = [
        ("login", "zoe"),
        ("email", "zoe@example.org"),
        ("password", PASSWORD),
    ];
    assert_eq!(zoe.send("POST", "/join", &form).status, 303);
    let text = zoe.get("/settings/emails").text();
    assert!(text.contains("This server sends no mail"), "{text}");
    assert!(text.contains("zoe@example.org") && text.contains("not verified"));
    for lie in ["We sent a link", "waits for its link", "Send it again"] {
        assert!(!text.contains(lie), "{lie}: {text}");
    }
}

#[test]
fn where_administrators_make_the_accounts_owner_and_invited_are_told_so() {
    let post = post();
    let site = &post.site;
    let boss = site.person("ada", true);
    let olivia = site.person("olivia", false);
    site.organization("acme", &olivia);
    invite(site, &olivia, "zoe@example.org", "direct_member");
    let path = link(post.folder.path(), "/invitations/");
    let (for_owner, for_guest) = (
        "whoever has none yet asks one of them, then opens the link again",
        "ask one for yours, then open this link again",
    );
    let read = || {
        let owner = Visitor::signed_in(site, "olivia").get("/orgs/acme/people");
        (owner.text(), Visitor::new(site).get(&path).text())
    };
    let (owner, guest) = read();
    assert!(owner.contains("makes one on the way") && !owner.contains(for_owner));
    assert!(guest.contains("Make the account and join") && !guest.contains(for_guest));
    let policy = "/api/jeton/v1/site/policy";
    let mut closed = site.must("GET", policy, Some(&boss.client), &Value::Null);
    closed["registration"] = json!("closed");
    site.must("PUT", policy, Some(&boss.client), &closed);
    let (owner, guest) = read();
    assert!(owner.contains(for_owner) && !owner.contains("makes one on the way"));
    assert!(guest.contains(for_guest), "{guest}");
    assert!(!guest.contains("Make the account and join"));
}

#[test]
fn a_notice_of_an_offer_leads_to_it_whatever_things_are_called_by_now() {
    let site = Site::start();
    let olivia = site.person("olivia", false);
    let zoe = site.person("zoe", false);
    site.organization("acme", &olivia);
    site.repository("acme", &olivia, "lab", "private");
    let client = Some(olivia.client.as_str());
    let role = json!({ "permission": "pull" });
    site.must(
        "PUT",
        "/api/v3/repos/acme/lab/collaborators/zoe",
        client,
        &role,
    );
    invite(&site, &olivia, "zoe", "direct_member");
    let mut visitor = Visitor::signed_in(&site, "zoe");
    let notices = visitor.get("/notifications").text();
    let offers = ["/acme/lab/invitations?id=", "/orgs/acme/invitation?id="]
        .map(|before| format!("{before}{}", between(&notices, before, "\"")));
    let mut owner = Visitor::signed_in(&site, "olivia");
    let seen = owner.seen("/acme/lab/settings");
    let form = [
        ("seen", seen.as_str()),
        ("name", "hidden"),
        ("description", ""),
        ("default_branch", "main"),
        ("visibility", "private"),
    ];
    assert_eq!(owner.post("/acme/lab/settings", &form).status, 303);
    let rename = owner.post("/organizations/acme/settings/rename", &[("login", "ajax")]);
    assert_eq!(rename.status, 303, "{}", rename.text());
    for (path, words) in offers.iter().zip(["ajax/hidden", "Join ajax"]) {
        let shown = visitor.get(path);
        assert_eq!(shown.status, 200, "{path}: {}", shown.text());
        assert!(shown.text().contains(words), "{path}: {}", shown.text());
    }
    // What is nobody's offer says so there, and nothing of it is said elsewhere.
    for dead in ["/no/such/invitations", "/orgs/nosuch/invitation"] {
        let answer = visitor.get(dead);
        assert_eq!(answer.status, 404, "{dead}");
        assert!(
            answer.text().contains("This link opens no invitation"),
            "{dead}"
        );
        assert_eq!(answer.header("set-cookie"), None, "{dead}");
    }
    // An organization that one sees says it there.
    let mut stranger = Visitor::signed_in(&site, "olivia");
    let answer = stranger.get("/orgs/ajax/invitation");
    assert_eq!(
        (answer.status, answer.header("location")),
        (303, Some("/ajax"))
    );
    assert!(role_in_acme(&site, &zoe).is_none());
}
