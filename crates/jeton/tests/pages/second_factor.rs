//! What owners and administrators read about second factors before they ask everybody for one.

use serde_json::{Value, json};

use crate::support::Site;
use crate::support::http::{Answer, basic, send};
use crate::support::world::{Person, Token};
use crate::visitor::{Visitor, between};

const SECURITY: &str = "/organizations/acme/settings/security";
const POLICY: &str = "/organizations/acme/settings/personal-access-tokens";

/// `olivia` owns acme, `mia` belongs to it, `otto` works there from outside, `ada` administers the site.
fn office() -> (Site, Person) {
    let site = Site::start();
    site.person("ada", true);
    let olivia = site.person("olivia", false);
    let mia = site.person("mia", false);
    let otto = site.person("otto", false);
    site.organization("acme", &olivia);
    site.member("acme", &olivia, &mia, "member");
    site.repository("acme", &olivia, "secret", "private");
    site.collaborator("acme/secret", &olivia, &otto, "read");
    (site, olivia)
}

/// Mia, and a token of hers for the repository, approved.
fn mias_token(site: &Site, olivia: &Person) -> (Person, Token) {
    let mia = site.sign_in("mia");
    let wish = json!({
        "name": "ci",
        "owner": "acme",
        "repositories": ["secret"],
        "permissions": { "contents": "read" },
    });
    let token = site.token(&mia, &wish);
    site.approve("acme", olivia, &token);
    (mia, token)
}

/// The bytes of a key as an authenticator app takes it.
fn decoded(key: &str) -> Vec<u8> {
    let letters = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
    let (mut bytes, mut held, mut bits) = (Vec::new(), 0_u32, 0);
    for letter in key.bytes().filter(u8::is_ascii_alphanumeric) {
        let value = letters.iter().position(|one| *one == letter).unwrap();
        held = held << 5 | u32::try_from(value).unwrap();
        bits += 5;
        if bits >= 8 {
            bits -= 8;
            bytes.push(u8::try_from(held >> bits & 0xff).unwrap());
        }
    }
    bytes
}

/// Sets an authenticator app up.
fn authenticator(site: &Site, person: &Person) {
    let path = "/api/jeton/v1/factors/authenticator";
    let begun = site.must("POST", path, Some(&person.client), &json!({}));
    let key = decoded(begun["key"].as_str().unwrap());
    let seed = jeton_factors::Seed::from_stored(&key).unwrap();
    let code = seed.code(site.app().now().seconds()).unwrap();
    let code = json!({ "code": code });
    site.must("PUT", path, Some(&person.client), &code);
}

/// Acme asks everybody for a second factor, or asks no more.
fn asks_for_two(site: &Site, olivia: &Person, on: bool) {
    let path = "/api/jeton/v1/orgs/acme/policy";
    let asked = json!({ "two_factor_required": on });
    site.must("PATCH", path, Some(&olivia.client), &asked);
}

#[test]
fn an_owner_sees_by_name_who_would_lose_access_then_asks_for_a_second_factor() {
    let (site, olivia) = office();
    let mut page = Visitor::signed_in(&site, "olivia");
    let shown = page.get(SECURITY).text();
    assert!(shown.contains("3 people have no second factor"), "{shown}");
    for (login, role) in [
        ("mia", "Member"),
        ("olivia", "Owner"),
        ("otto", "Outside collaborator"),
    ] {
        let row = between(&shown, &format!("/orgs/acme/people/{login}\">"), "</li>");
        assert!(row.contains(role), "{row}");
    }
    assert!(shown.contains("they would lose access at once"), "{shown}");
    assert!(shown.contains("Nobody is removed."), "{shown}");
    let version = between(&shown, "name=\"version\" value=\"", "\"");
    let form = |version: &str, choice: &str, step: &str| {
        [
            ("version", version.to_owned()),
            ("two_factor_required", choice.to_owned()),
            ("step", step.to_owned()),
        ]
    };
    let send = |page: &mut Visitor<'_>, fields: &[(&str, String)]| {
        let fields: Vec<_> = fields.iter().map(|(k, v)| (*k, v.as_str())).collect();
        page.post(SECURITY, &fields)
    };
    let seen = send(&mut page, &form(&version, "yes", "look"));
    assert_eq!(seen.status, 200);
    assert!(
        seen.text().contains(
            "3 people would be refused here, and 0 tokens that work today of theirs with them."
        ),
        "{}",
        seen.text()
    );
    // Who asks has one.
    let own = send(&mut page, &form(&version, "yes", "save"));
    assert_eq!(own.status, 422, "{}", own.text());
    assert!(own.text().contains("Is asked of you too"), "{}", own.text());
    assert_eq!(send(&mut page, &form(&version, "", "save")).status, 422);
    authenticator(&site, &olivia);
    let shown = page.get(SECURITY).text();
    assert!(shown.contains("2 people have no second factor"), "{shown}");
    assert_eq!(send(&mut page, &form(&version, "yes", "save")).status, 303);
    let mut mia = Visitor::signed_in(&site, "mia");
    let refused = mia.get("/orgs/acme/people");
    assert_eq!(refused.status, 403);
    assert!(refused.text().contains("two-factor"), "{}", refused.text());
    let shown = page.get(SECURITY).text();
    assert!(shown.contains("A second factor is required."), "{shown}");
    assert!(shown.contains("They are refused here until they have one"));
    let stale = send(&mut page, &form(&version, "no", "save"));
    assert_eq!(stale.status, 409);
    assert!(
        stale.text().contains("Somebody changed the organization"),
        "{}",
        stale.text()
    );
    assert_eq!(mia.get("/orgs/acme/people").status, 403, "not saved");
    assert_eq!(mia.get(SECURITY).status, 403);
}

#[test]
fn an_owner_with_a_second_factor_reads_whose_token_is_refused_for_want_of_one() {
    let (site, olivia) = office();
    let (_, token) = mias_token(&site, &olivia);
    let mut page = Visitor::signed_in(&site, "olivia");
    authenticator(&site, &olivia);
    let active = format!("{POLICY}/active");
    assert!(!page.get(&active).text().contains("refused"));
    asks_for_two(&site, &olivia, true);
    for path in [active, format!("{POLICY}/{}", token.id)] {
        let shown = page.get(&path).text();
        assert!(shown.contains(">refused</span>"), "{path}: {shown}");
        let why = "acme requires two-factor authentication, and mia has none.";
        assert!(shown.contains(why), "{path}: {shown}");
    }
}

#[test]
fn who_has_no_second_factor_is_refused_over_git_and_rest_as_on_pages() {
    let (site, olivia) = office();
    let (mia, token) = mias_token(&site, &olivia);
    let basic = basic("mia", &token.value);
    let fetch = || {
        let path = "/acme/secret.git/info/refs?service=git-upload-pack";
        send(
            site.address(),
            "GET",
            path,
            &[("authorization", &basic)],
            b"",
        )
    };
    let rest = |credential: &str| {
        site.call(
            "GET",
            "/api/v3/repos/acme/secret",
            Some(credential),
            &Value::Null,
        )
    };
    let mut page = Visitor::signed_in(&site, "mia");
    let mut answers = || -> [Answer; 4] {
        [
            fetch(),
            rest(&token.value),
            rest(&mia.client),
            page.get("/acme/secret"),
        ]
    };
    let statuses = |answers: &[Answer; 4]| answers.each_ref().map(|answer| answer.status);
    assert_eq!(statuses(&answers()), [200; 4]);
    authenticator(&site, &olivia);
    asks_for_two(&site, &olivia, true);
    let refused = answers();
    assert_eq!(statuses(&refused), [403; 4]);
    let told = refused.each_ref().map(Answer::text);
    for text in &told {
        assert!(
            text.contains("acme requires two-factor authentication: add a passkey"),
            "{text}"
        );
    }
    let shown = &told[3];
    assert!(
        shown.contains("href=\"/settings/security\">Add a second factor"),
        "{shown}"
    );
    // One's own settings stay open: there it is mended, for every door at once.
    authenticator(&site, &mia);
    assert_eq!(statuses(&answers()), [200; 4]);
}

#[test]
fn who_lacks_the_required_factor_is_offered_nothing_there_and_may_go() {
    let (site, olivia) = office();
    let (mia, token) = mias_token(&site, &olivia);
    let mut page = Visitor::signed_in(&site, "mia");
    assert!(
        !page
            .get("/settings/security")
            .text()
            .contains("a second factor.")
    );
    authenticator(&site, &olivia);
    asks_for_two(&site, &olivia, true);
    let security = page.get("/settings/security").text();
    assert!(
        security.contains("<strong>acme</strong> requires a second factor. Until you add one, you and your tokens are refused there."),
        "{security}"
    );
    let shown = "disabled>acme (requires two-factor authentication)</option>";
    for form in ["/settings/personal-access-tokens/new", "/new"] {
        let text = page.get(form).text();
        assert!(text.contains(shown), "{form}: {text}");
    }
    let wish = json!({ "name": "two", "owner": "acme", "repositories": ["secret"],
        "permissions": { "contents": "read" } });
    let path = "/api/jeton/v1/tokens";
    let refused = site.call("POST", path, Some(&mia.client), &wish);
    assert_eq!(refused.status, 422, "{}", refused.text());
    assert_eq!(refused.json()["errors"][0]["field"], "owner");
    assert!(refused.text().contains("requires a second factor"));
    // Her list says which one is of no use, and finds it.
    let rotate = format!("/settings/personal-access-tokens/{}/rotate", token.id);
    let form = page.get(&rotate).text();
    assert!(
        form.contains("acme lets tokens live at most 366 days."),
        "{form}"
    );
    let list = "/settings/personal-access-tokens?state=";
    for (state, there) in [("refused", true), ("active", false), ("retired", false)] {
        let text = page.get(&format!("{list}{state}")).text();
        assert_eq!(text.contains("1 token</div>"), there, "{state}: {text}");
    }
    let made = page.post(&rotate, &[("overlap", "86400")]).text();
    let refused =
        "The token is refused, with the new value too: acme requires two-factor authentication";
    assert!(made.contains(refused), "{made}");
    // Neither the missing factor nor the network from which she comes keeps her.
    let asked = json!({ "addresses": { "only": ["127.0.0.1/32"] } });
    site.must(
        "PATCH",
        "/api/jeton/v1/orgs/acme/policy",
        Some(&olivia.client),
        &asked,
    );
    let leave = "/settings/organizations/acme/leave";
    let told = page.get(leave);
    assert_eq!(told.status, 200, "{}", told.text());
    assert!(told.text().contains("Access of tokens"), "{}", told.text());
    // SECURITY: nothing of what she is shut out of is named to her on the way out.
    let kept = "1 repository, not named to you as long as the organization&#39;s rules refuse you";
    assert!(told.text().contains(kept), "{}", told.text());
    let path = "/api/jeton/v1/orgs/acme/leave";
    let preview = site.must("GET", path, Some(&mia.client), &Value::Null);
    for text in [told.text(), preview.to_string()] {
        assert!(!text.contains("acme/secret"), "{text}");
    }
    let front = page.get("/acme").text();
    assert!(
        front.contains("acme requires a second factor, and you have none"),
        "{front}"
    );
    assert_eq!(page.get("/orgs/acme/people").status, 403);
    assert_eq!(page.post(leave, &[]).status, 303);
    assert!(!page.get("/settings/organizations").text().contains("acme"));
    let left = page
        .get(&format!("/settings/personal-access-tokens/{}", token.id))
        .text();
    assert!(left.contains("You belong to acme no more"), "{left}");
    assert!(!left.contains("Ask acme again"), "{left}");
}

#[test]
fn who_has_one_factor_reads_what_removing_it_takes() {
    let (site, olivia) = office();
    let mut page = Visitor::signed_in(&site, "olivia");
    assert!(
        !page
            .get("/settings/security")
            .text()
            .contains("You have one second factor")
    );
    authenticator(&site, &olivia);
    asks_for_two(&site, &olivia, true);
    let text = page.get("/settings/security").text();
    for said in [
        "You have one second factor. Without it your password alone signs you in, and your recovery codes are worth nothing.",
        "<strong>acme</strong> requires a second factor. Without the one that you have, you and your tokens are refused there.",
    ] {
        assert!(text.contains(said), "{said}: {text}");
    }
}

#[test]
fn a_token_that_is_renamed_keeps_the_repositories_that_its_holder_can_not_see_now() {
    let (site, olivia) = office();
    let (_, token) = mias_token(&site, &olivia);
    authenticator(&site, &olivia);
    asks_for_two(&site, &olivia, true);
    let mut page = Visitor::signed_in(&site, "mia");
    let path = format!("/settings/personal-access-tokens/{}", token.id);
    let edit = format!("{path}/edit");
    let seen = page.seen(&edit);
    let mut form = vec![
        ("step", "save"),
        ("seen", seen.as_str()),
        ("name", "nightly"),
        ("which", "selected"),
        ("permission.contents", "read"),
        ("permission.metadata", "read"),
    ];
    let renamed = page.post(&edit, &form);
    assert_eq!(renamed.status, 303, "{}", renamed.text());
    // Who chooses others is told what goes.
    form[0] = ("step", "look");
    form[3] = ("which", "public");
    let told = page.post(&edit, &form).text();
    assert!(
        told.contains("1 repository that you can&#39;t see any longer is taken off with it."),
        "{told}"
    );
    asks_for_two(&site, &olivia, false);
    let shown = page.get(&path).text();
    assert!(
        shown.contains("nightly") && shown.contains("<li>acme/secret</li>"),
        "{shown}"
    );
}

#[test]
fn owners_see_who_has_a_second_factor_in_lists_and_members_do_not() {
    let (site, olivia) = office();
    let mut page = Visitor::signed_in(&site, "olivia");
    authenticator(&site, &olivia);
    let all = page.get("/orgs/acme/people").text();
    assert_eq!(all.matches(">Two-factor<").count(), 1, "{all}");
    assert_eq!(all.matches(">No second factor<").count(), 1, "{all}");
    let some = page.get("/orgs/acme/people?second_factor=none").text();
    assert!(
        some.contains("\"/mia\"") && !some.contains("class=\"title\" href=\"/olivia\""),
        "{some}"
    );
    let outside = "/orgs/acme/outside-collaborators?second_factor=none";
    assert!(
        page.get(outside)
            .text()
            .contains("class=\"title\" href=\"/otto\"")
    );
    let mut mia = Visitor::signed_in(&site, "mia");
    for path in ["/orgs/acme/people?second_factor=none", outside] {
        let text = mia.get(path).text();
        assert!(!text.contains("actor"), "{path}: {text}");
    }
    let both = mia.get("/orgs/acme/people?second_factor=none").text();
    assert!(
        both.contains("class=\"title\" href=\"/olivia\""),
        "not filtered: {both}"
    );
    let mia = site.sign_in("mia");
    for list in ["members", "outside_collaborators"] {
        let path = format!("/api/v3/orgs/acme/{list}?filter=2fa_disabled");
        let found = site.must("GET", &path, Some(&olivia.client), &Value::Null);
        assert_eq!(found.as_array().unwrap().len(), 1, "{path}: {found}");
        let refused = site.call("GET", &path, Some(&mia.client), &Value::Null);
        assert_eq!(refused.status, 422, "{path}");
        assert_eq!(refused.json()["errors"][0]["field"], "filter");
    }
}

#[test]
fn how_long_a_request_waits_is_set_on_the_page() {
    let (site, olivia) = office();
    let mut page = Visitor::signed_in(&site, "olivia");
    let shown = page.get(POLICY).text();
    let version = between(&shown, "name=\"version\" value=\"", "\"");
    let form = |wait: &'static str, step: &'static str| {
        [
            ("version", version.clone()),
            ("seen", "{}".to_owned()),
            ("pending", "days".to_owned()),
            ("wait", wait.to_owned()),
            ("step", step.to_owned()),
        ]
    };
    let send = |page: &mut Visitor<'_>, fields: &[(&str, String)]| {
        let fields: Vec<_> = fields.iter().map(|(k, v)| (*k, v.as_str())).collect();
        page.post(POLICY, &fields)
    };
    for (wait, words) in [
        ("x", "Takes a whole number"),
        ("0", "Needs at least one day"),
    ] {
        let wrong = send(&mut page, &form(wait, "save"));
        assert_eq!(wrong.status, 422, "{wait}");
        let fault = between(&wrong.text(), "id=\"wait-fault\">", "<");
        assert!(fault.contains(words), "{fault}");
    }
    let seen = send(&mut page, &form("3", "look"));
    assert!(
        seen.text()
            .contains("A request that nobody decides on is over after 3 days."),
        "{}",
        seen.text()
    );
    assert_eq!(send(&mut page, &form("3", "save")).status, 303);
    let path = "/api/jeton/v1/orgs/acme/policy";
    let policy = site.must("GET", path, Some(&olivia.client), &Value::Null);
    assert_eq!(policy["own"]["pending_maximum"], json!({ "days": 3 }));
}

#[test]
fn the_sites_policy_names_who_would_be_refused_and_notices_a_stale_form() {
    let (site, _) = office();
    let mut ada = Visitor::signed_in(&site, "ada");
    let seen = |page: &str| between(page, "name=\"seen\" value=\"", "\"").replace("&#34;", "\"");
    let first = seen(&ada.get("/admin/policy").text());
    let form = |seen: &str, two_factor: &str, wait: &str, step: &str| {
        [
            ("seen", seen.to_owned()),
            ("two_factor", two_factor.to_owned()),
            ("pending", "days".to_owned()),
            ("wait", wait.to_owned()),
            ("anonymous", "yes".to_owned()),
            ("organizations", "yes".to_owned()),
            ("registration", "invitation".to_owned()),
            ("tokens", "500".to_owned()),
            ("step", step.to_owned()),
        ]
    };
    let send = |ada: &mut Visitor<'_>, fields: &[(&str, String)]| {
        let fields: Vec<_> = fields.iter().map(|(k, v)| (*k, v.as_str())).collect();
        ada.post("/admin/policy", &fields)
    };
    let look = send(&mut ada, &form(&first, "yes", "5", "look"));
    assert_eq!(look.status, 200, "{}", look.text());
    assert!(
        look.text()
            .contains("3 people have no second factor and would be refused"),
        "{}",
        look.text()
    );
    assert!(
        look.text().contains("<p>mia, olivia, otto</p>"),
        "{}",
        look.text()
    );
    for change in [
        "Second factor of everybody in an organization: ",
        "How long a request waits: 5 days instead of left to organizations.",
    ] {
        assert!(look.text().contains(change), "{}", look.text());
    }
    // Nobody is locked out by a button pressed too soon.
    let unasked = send(&mut ada, &form(&first, "yes", "5", "save"));
    assert_eq!(unasked.status, 200, "{}", unasked.text());
    assert!(unasked.text().contains("Nothing is saved yet."));
    let wrong = send(&mut ada, &form(&first, "leave", "soon", "save"));
    assert_eq!(wrong.status, 422);
    let beside = between(&wrong.text(), "id=\"wait-fault\">", "</p>");
    assert_eq!(beside, "Takes a whole number.");
    assert_eq!(
        send(&mut ada, &form(&first, "leave", "5", "save")).status,
        303
    );
    let boss = site.sign_in("ada");
    let path = "/api/jeton/v1/site/policy";
    let policy = site.must("GET", path, Some(&boss.client), &Value::Null);
    assert_eq!(policy["pending_maximum"], json!({ "force": { "days": 5 } }));
    // The form was made from what held before.
    for (stale, words) in [
        (
            first.as_str(),
            "How long a request waits: 5 days instead of left to organizations.",
        ),
        ("", "Settings that this page does not show."),
    ] {
        let late = send(&mut ada, &form(stale, "leave", "9", "save"));
        assert_eq!(late.status, 409, "{}", late.text());
        assert!(late.text().contains("Somebody changed the policy"));
        assert!(late.text().contains(words), "{}", late.text());
    }
    let policy = site.must("GET", path, Some(&boss.client), &Value::Null);
    assert_eq!(policy["pending_maximum"], json!({ "force": { "days": 5 } }));
}
