//! What people were told, their address, and a forgotten password, page by page.

use std::path::Path;
use std::time::{Duration, Instant};

use serde_json::json;

use crate::support::Site;
use crate::support::world::Person;
use crate::visitor::{PASSWORD, Visitor, between};

/// A server whose letters go into a folder.
pub struct Post {
    pub folder: tempfile::TempDir,
    pub site: Site,
}

pub fn post() -> Post {
    let folder = tempfile::tempdir().unwrap();
    let place = folder.path().display().to_string();
    let site = Site::with(&[("mail.from", "jeton@example.org"), ("mail.folder", &place)]);
    Post { folder, site }
}

/// Waits for a letter with that in it, and gives the link's path.
pub fn link(folder: &Path, before: &str) -> String {
    let end = Instant::now() + Duration::from_secs(20);
    loop {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            let text = std::fs::read_to_string(&path).unwrap_or_default();
            let text = text.replace("=\r\n", "");
            if let Some((_, rest)) = text.split_once(before) {
                let code: String = rest.chars().take_while(char::is_ascii_hexdigit).collect();
                std::fs::remove_file(&path).unwrap();
                return format!("{before}{code}");
            }
        }
        assert!(Instant::now() < end, "no letter with `{before}` came");
        std::thread::sleep(Duration::from_millis(50));
    }
}

#[test]
fn an_administrator_sees_which_letters_wait_and_why_and_has_one_tried_again() {
    let post = post();
    let site = &post.site;
    site.person("ada", true);
    let olivia = site.person("olivia", false);
    site.organization("acme", &olivia);
    let mut ada = Visitor::signed_in(site, "ada");
    let end = Instant::now() + Duration::from_secs(20);
    let waits = |ada: &mut Visitor<'_>, words: &str| loop {
        let text = ada.get("/admin/jobs").text();
        if text.contains(words) {
            return text;
        }
        assert!(Instant::now() < end, "no `{words}`: {text}");
        std::thread::sleep(Duration::from_millis(50));
    };
    waits(&mut ada, "Nothing waits");
    // Letters have nowhere to go from here on.
    let place = post.folder.path().to_owned();
    std::fs::remove_dir_all(&place).unwrap();
    let body = json!({ "email": "zoe@example.org" });
    let path = "/api/v3/orgs/acme/invitations";
    site.must("POST", path, Some(&olivia.client), &body);
    let text = waits(&mut ada, "1 try so far");
    assert!(text.contains("1 letter waits."), "{text}");
    assert!(text.contains("<bdi>zoe@example.org</bdi>"), "{text}");
    assert!(
        !text.contains("acme"),
        "what happens there is its owners' business"
    );
    let retry = format!("/admin/jobs/{}/retry", between(&text, "/admin/jobs/", "/"));
    let mut other = Visitor::signed_in(site, "olivia");
    assert_eq!(other.post(&retry, &[]).status, 403);
    // It is tried again by itself soon: nothing slow stands between these two.
    std::fs::create_dir(&place).unwrap();
    assert_eq!(ada.post(&retry, &[]).status, 303);
    waits(&mut ada, "Nothing waits");
    link(&place, "/invitations/");
    assert_eq!(ada.post(&retry, &[]).status, 404, "it is over");
}

/// Lets anybody make an account.
pub fn open_to_everybody(site: &Site, boss: &Person) {
    let path = "/api/jeton/v1/site/policy";
    let mut policy = site.must("GET", path, Some(&boss.client), &json!(null));
    policy["registration"] = json!("open");
    site.must("PUT", path, Some(&boss.client), &policy);
}

#[test]
fn the_sign_in_page_leads_to_an_account_where_anybody_may_make_one() {
    let site = Site::start();
    let boss = site.person("ada", true);
    let link = "href=\"/join\"";
    let mut nobody = Visitor::new(&site);
    assert!(!nobody.get("/login").text().contains(link));
    open_to_everybody(&site, &boss);
    assert!(nobody.get("/login").text().contains(link));
    let wrong = [("login", "ada"), ("password", "wrong")];
    let again = nobody.send("POST", "/login", &wrong);
    assert_eq!(again.status, 422);
    assert!(again.text().contains(link), "{}", again.text());
    assert!(nobody.get("/join").text().contains("href=\"/login\""));
    let mut ada = Visitor::signed_in(&site, "ada");
    assert!(
        ada.get("/settings/security")
            .text()
            .contains("href=\"/settings/connections\"")
    );
}

#[test]
fn a_reviewer_reads_of_a_request_marks_it_and_filters() {
    let site = Site::start();
    let olivia = site.person("olivia", false);
    let mia = site.person("mia", false);
    site.organization("acme", &olivia);
    site.member("acme", &olivia, &mia, "member");
    site.repository("acme", &olivia, "lab", "private");
    let wish = json!({ "name": "<b>ci</b>", "owner": "acme", "repositories": "all",
        "permissions": { "contents": "read" }, "justification": "for <script>alert(1)</script>" });
    site.token(&mia, &wish);
    let mut visitor = Visitor::signed_in(&site, "olivia");
    let page = visitor.get("/notifications");
    assert_eq!(page.status, 200, "{}", page.text());
    let text = page.text();
    assert!(
        text.contains("mia asks for access to acme by token")
            && text.contains("&#60;b&#62;ci&#60;/b&#62;"),
        "{text}"
    );
    assert!(!text.contains("<b>ci") && !text.contains("<script>alert"));
    assert!(text.contains("/organizations/acme/settings/personal-access-token-requests/"));
    assert!(
        text.contains("bell-count"),
        "the head tells that something is unread"
    );
    let none = visitor.get("/notifications?topic=tokens").text();
    assert!(none.contains("Nothing fits"));
    assert!(
        visitor
            .get("/notifications?topic=requests&unread=1")
            .text()
            .contains("mia asks")
    );
    let (_, rows) = text.split_once("box-row").unwrap();
    let id = between(rows, "action=\"/notifications/", "/read\"");
    let mut other = Visitor::signed_in(&site, "mia");
    let foreign = other.post(&format!("/notifications/{id}/read"), &[]);
    assert_eq!(foreign.status, 404);
    assert_eq!(
        visitor
            .post(&format!("/notifications/{id}/read"), &[])
            .status,
        303
    );
    assert!(
        visitor
            .get("/notifications?unread=1&topic=requests")
            .text()
            .contains("Nothing fits")
    );
    let newest = visitor.post("/notifications/read", &[("up_to", "9000000")]);
    assert_eq!(newest.status, 303);
    assert!(!visitor.get("/notifications").text().contains("bell-count"));
    assert_eq!(
        visitor
            .post("/notifications/read", &[("up_to", "x")])
            .status,
        404
    );
    assert_eq!(Visitor::new(&site).get("/notifications").status, 303);
}

#[test]
fn the_notice_of_an_invitation_leads_on_once_it_is_answered() {
    let site = Site::start();
    let olivia = site.person("olivia", false);
    site.person("mia", false);
    site.organization("acme", &olivia);
    let user = site.must(
        "GET",
        "/api/v3/users/mia",
        Some(&olivia.client),
        &json!(null),
    );
    let body = json!({ "invitee_id": user["id"] });
    site.must(
        "POST",
        "/api/v3/orgs/acme/invitations",
        Some(&olivia.client),
        &body,
    );
    let mut visitor = Visitor::signed_in(&site, "mia");
    let path = "/orgs/acme/invitation";
    assert!(visitor.get("/notifications").text().contains(path));
    let page = visitor.get(path);
    assert_eq!(page.status, 200);
    let id = between(&page.text(), "name=\"id\" value=\"", "\"");
    let offer = [("id", id.as_str()), ("role", "member")];
    let accept = format!("{path}/accept");
    for _ in 0..2 {
        // In another tab, or pressed twice.
        let joined = visitor.post(&accept, &offer);
        assert_eq!(
            (joined.status, joined.header("location")),
            (303, Some("/acme"))
        );
    }
    let again = visitor.get(path);
    assert_eq!(
        (again.status, again.header("location")),
        (303, Some("/acme"))
    );
    assert_eq!(visitor.get("/acme").status, 200);
}

#[test]
fn an_account_that_has_to_wait_keeps_what_was_typed() {
    let site = Site::start();
    let boss = site.person("ada", true);
    open_to_everybody(&site, &boss);
    let mut nobody = Visitor::new(&site);
    let form = [
        ("login", "ada"),
        ("email", "zoe@example.org"),
        ("name", "Zoë"),
        ("password", PASSWORD),
    ];
    let mut answer = nobody.send("POST", "/join", &form);
    for _ in 0..100 {
        if answer.status != 422 {
            break;
        }
        answer = nobody.send("POST", "/join", &form);
    }
    assert_eq!(answer.status, 429, "{}", answer.text());
    let text = answer.text();
    assert!(text.contains("Too many tries. Try again in"), "{text}");
    for typed in ["ada", "zoe@example.org", "Zoë"] {
        assert!(text.contains(&format!("value=\"{typed}\"")), "{text}");
    }
}

#[test]
fn how_to_be_told_is_chosen() {
    let post = post();
    post.site.person("olivia", false);
    let mut visitor = Visitor::signed_in(&post.site, "olivia");
    let path = "/settings/notifications";
    assert!(
        visitor
            .get(path)
            .text()
            .contains("value=\"at_once\" checked")
    );
    assert_eq!(visitor.post(path, &[("requests", "daily")]).status, 303);
    assert!(visitor.get(path).text().contains("value=\"daily\" checked"));
}

#[test]
fn an_address_is_changed_by_a_link_that_a_look_does_not_spend() {
    let post = post();
    post.site.person("olivia", false);
    post.site.person("mia", false);
    let mut visitor = Visitor::signed_in(&post.site, "olivia");
    let wrong = visitor.post("/settings/emails", &[("email", "nobody")]);
    assert_eq!(wrong.status, 422);
    assert!(
        wrong.text().contains("Is no e-mail address."),
        "{}",
        wrong.text()
    );
    let asked = visitor.post("/settings/emails", &[("email", "new@example.test")]);
    assert_eq!(
        (asked.status, asked.header("location")),
        (303, Some("/settings/emails"))
    );
    let page = visitor.get("/settings/emails").text();
    assert!(page.contains("olivia@example.org") && page.contains("waits for its link"));
    let link = link(post.folder.path(), "/-/verify/");
    for _ in 0..2 {
        let look = visitor.get(&link);
        assert_eq!(look.status, 200);
        assert!(look.text().contains("new@example.test"));
    }
    let mut other = Visitor::signed_in(&post.site, "mia");
    assert_eq!(other.get(&link).status, 403);
    assert!(!other.get(&link).text().contains("new@example.test"));
    assert_eq!(other.post(&link, &[]).status, 403);
    let stranger = Visitor::new(&post.site).get(&link);
    assert_eq!(stranger.status, 303);
    assert!(
        stranger
            .header("location")
            .unwrap()
            .starts_with("/login?return_to=")
    );
    assert_eq!(visitor.post(&link, &[]).status, 303);
    assert_eq!(visitor.post(&link, &[]).status, 403, "replayed");
    assert!(
        visitor
            .get("/settings/emails")
            .text()
            .contains("<strong>new@example.test</strong>")
    );
}

#[test]
fn asking_for_another_address_takes_a_confirmed_session() {
    let post = post();
    post.site.person("olivia", false);
    let mut visitor = Visitor::signed_in(&post.site, "olivia");
    post.site.later(jeton_domain::Span::from_hours(3));
    let asked = visitor.post("/settings/emails", &[("email", "new@example.test")]);
    assert_eq!(asked.status, 403);
    assert!(asked.text().contains("Confirm access"));
    assert!(
        !visitor
            .get("/settings/emails")
            .text()
            .contains("new@example.test")
    );
}

#[test]
fn a_forgotten_password_is_set_anew_and_every_session_ends() {
    let post = post();
    post.site.person("olivia", false);
    let mut before = Visitor::signed_in(&post.site, "olivia");
    let mut stranger = Visitor::new(&post.site);
    let page = stranger.get("/password_reset");
    assert_eq!(page.status, 200);
    let known = stranger.send("POST", "/password_reset", &[("login", "olivia")]);
    let unknown = stranger.send("POST", "/password_reset", &[("login", "nobody")]);
    assert_eq!(known.bytes(), unknown.bytes(), "the same whoever was named");
    let link = link(post.folder.path(), "/password_reset/");
    assert!(
        stranger
            .get(&link)
            .text()
            .contains("<strong>olivia</strong>")
    );
    let weak = stranger.send("POST", &link, &[("password", "short")]);
    assert_eq!(weak.status, 422);
    assert!(weak.text().contains("Needs at least 10 characters."));
    let set = stranger.send("POST", &link, &[("password", "another long one")]);
    assert_eq!((set.status, set.header("location")), (303, Some("/login")));
    assert_eq!(stranger.get(&link).status, 403);
    assert_eq!(before.get("/settings/profile").status, 303, "signed out");
    let mut enter = |password: &str| {
        let fields = [("login", "olivia"), ("password", password)];
        stranger.send("POST", "/login", &fields).status
    };
    assert_eq!((enter(PASSWORD), enter("another long one")), (422, 303));
}

#[test]
fn without_mail_the_pages_say_so() {
    let site = Site::start();
    site.person("olivia", false);
    let mut visitor = Visitor::signed_in(&site, "olivia");
    for path in [
        "/password_reset",
        "/settings/emails",
        "/settings/notifications",
    ] {
        assert!(
            visitor
                .get(path)
                .text()
                .contains("This server sends no mail"),
            "{path}"
        );
    }
    assert_eq!(
        visitor
            .post("/password_reset", &[("login", "olivia")])
            .status,
        409
    );
}
