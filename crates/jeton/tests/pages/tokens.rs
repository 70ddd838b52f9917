//! The form of a token with as many repositories as one may have, and asking an owner again.

use serde_json::{Value, json};

use crate::support::Site;
use crate::visitor::{Visitor, between, seen_in};

const NEW: &str = "/settings/personal-access-tokens/new";
/// No page is larger.
const LARGEST: usize = 125_000;
/// More than the form has boxes for.
const MANY: usize = 105;

fn site() -> Site {
    let site = Site::start();
    let olivia = site.person("olivia", false);
    site.organization("acme", &olivia);
    site
}

/// All values of a field of the form that a page shows, as a browser sends them.
fn sent(page: &str) -> Vec<(String, String)> {
    let mut fields: Vec<(String, String)> = page
        .split("name=\"repository\" value=\"")
        .skip(1)
        .map(|rest| rest.split_once('"').unwrap())
        .filter(|(_, rest)| rest.starts_with(" checked"))
        .map(|(name, _)| ("repository".to_owned(), name.to_owned()))
        .collect();
    if page.contains("<textarea id=\"repositories\"") {
        let area = between(page, "<textarea id=\"repositories\"", "</textarea>");
        let (_, text) = area.split_once(">\n").unwrap();
        fields.push(("repositories".to_owned(), text.replace('\n', "\r\n")));
    }
    fields
}

/// How many repositories are chosen in what a browser sends.
fn chosen(fields: &[(String, String)]) -> usize {
    fields.iter().map(|(_, value)| value.lines().count()).sum()
}

fn posted(
    visitor: &mut Visitor<'_>,
    path: &str,
    step: &str,
    chosen: &[(String, String)],
) -> (u16, String) {
    let mut fields = vec![
        ("step", step),
        ("key", "0123456789abcdef0123456789abcdef"),
        ("name", "many"),
        ("owner", "acme"),
        ("repositories_of", "acme"),
        ("which", "selected"),
        ("permission.contents", "read"),
    ];
    fields.extend(chosen.iter().map(|(a, b)| (a.as_str(), b.as_str())));
    let answer = visitor.post(path, &fields);
    (answer.status, answer.text())
}

#[test]
fn a_form_with_a_thousand_repositories_is_no_large_page() {
    let site = site();
    let owner = site.sign_in("olivia");
    for number in 0..60 {
        let name = format!("there-and-offered-{number:03}");
        site.repository("acme", &owner, &name, "private");
    }
    let mut olivia = Visitor::signed_in(&site, "olivia");
    let boxes: Vec<(String, String)> = (0..1000)
        .map(|number| {
            let name = format!("acme/service-of-team-{number:04}");
            ("repository".to_owned(), name)
        })
        .collect();
    // None of them is there: each is a fault.
    for (step, status) in [("look", 200), ("make", 422)] {
        let (answered, text) = posted(&mut olivia, NEW, step, &boxes);
        assert_eq!(answered, status, "{step}");
        assert!(text.len() < LARGEST, "{step}: {} bytes", text.len());
        // What is at fault is listed once it was sent, and moves no field while one chooses.
        let listed = text.contains("1000 things have to be mended");
        assert_eq!(listed, step == "make", "{step}");
        let fields = sent(&text);
        assert_eq!(chosen(&fields), 1000, "{step}");
        // And what this form sends is the same once more.
        let (_, again) = posted(&mut olivia, NEW, "look", &fields);
        assert!(again.len() < LARGEST, "{step}: {} bytes", again.len());
        assert_eq!(sent(&again), fields, "{step}");
    }
}

#[test]
fn repositories_beyond_the_boxes_go_through_every_step_of_the_form() {
    let site = site();
    let owner = site.sign_in("olivia");
    let names: Vec<String> = (0..MANY).map(|number| format!("r{number:03}")).collect();
    for name in &names {
        site.repository("acme", &owner, name, "private");
    }
    let mut olivia = Visitor::signed_in(&site, "olivia");
    let full: Vec<String> = names.iter().map(|name| format!("acme/{name}")).collect();
    let link = format!("{NEW}?target_name=acme&repositories={}", full.join(","));
    let mut fields = sent(&olivia.get(&link).text());
    assert_eq!(chosen(&fields), MANY);
    assert!(fields.len() < MANY, "the rest is one text");
    // A slip with the radio buttons, and back.
    let slip: Vec<_> = fields
        .iter()
        .cloned()
        .chain([("which".to_owned(), "all".to_owned())])
        .collect();
    fields = sent(&posted(&mut olivia, NEW, "look", &slip).1);
    assert_eq!(chosen(&fields), MANY);
    // One box less, which makes no room for what stands in the text.
    let gone = fields.remove(0).1;
    fields = sent(&posted(&mut olivia, NEW, "look", &fields).1);
    assert_eq!(chosen(&fields), MANY - 1);
    let (status, text) = posted(&mut olivia, NEW, "make", &fields);
    assert_eq!(status, 200, "{text}");
    let held = |site: &Site| {
        let made = site.must(
            "GET",
            "/api/jeton/v1/tokens",
            Some(&owner.client),
            &Value::Null,
        );
        let mut held: Vec<String> = made[0]["repositories"]
            .as_array()
            .unwrap_or_else(|| panic!("{made}"))
            .iter()
            .map(|one| one.as_str().unwrap().to_owned())
            .collect();
        held.sort();
        held
    };
    let mut wanted = full.clone();
    wanted.retain(|name| *name != gone);
    assert_eq!(held(&site), wanted);
    // Changing it begins with the same ones, and a line that is added is one more.
    let path = "/settings/personal-access-tokens/1/edit";
    let page = olivia.get(path).text();
    let mut fields = sent(&page);
    assert_eq!(chosen(&fields), MANY - 1);
    let text = &mut fields.last_mut().unwrap().1;
    text.push_str("\r\n ");
    text.push_str(&gone);
    text.push_str(" \r\n\r\n");
    fields.push(("seen".to_owned(), seen_in(&page)));
    let (status, text) = posted(&mut olivia, path, "save", &fields);
    assert_eq!(status, 303, "{text}");
    assert_eq!(held(&site), full);
}

#[test]
fn another_owner_takes_none_of_the_others_repositories() {
    let site = site();
    let owner = site.sign_in("olivia");
    site.organization("beta", &owner);
    let mut olivia = Visitor::signed_in(&site, "olivia");
    let fields = |of: &str, text: &str| {
        [
            ("repositories_of", of),
            ("repositories", text),
            ("owner", "beta"),
        ]
        .map(|(a, b)| (a.to_owned(), b.to_owned()))
    };
    let moved = posted(&mut olivia, NEW, "look", &fields("acme", "acme/a\r\nb")).1;
    assert_eq!(sent(&moved), [("repositories".to_owned(), "b".to_owned())]);
    // What one types into the form of this owner stays as it is, half typed too, and is a fault.
    let typed = posted(&mut olivia, NEW, "look", &fields("beta", "be/\r\n")).1;
    assert_eq!(sent(&typed)[0].1, "be/\r\n");
    assert!(between(&typed, "id=\"repositories-fault\" data-live>", "</p>").contains("be/"));
}

#[test]
fn a_text_that_is_refused_when_asking_again_stays_on_the_page() {
    let site = site();
    let owner = site.sign_in("olivia");
    let mia = site.person("mia", false);
    site.member("acme", &owner, &mia, "member");
    site.repository("acme", &owner, "labs", "private");
    let wish = json!({ "name": "ci", "owner": "acme", "repositories": "all",
        "justification": "First", "permissions": { "contents": "read" } });
    let token = site.token(&mia, &wish);
    let mut visitor = Visitor::signed_in(&site, "mia");
    let path = format!("/settings/personal-access-tokens/{}", token.id);
    assert_eq!(
        visitor.post(&format!("{path}/cancel-request"), &[]).status,
        303
    );
    let ask = format!("{path}/ask");
    let long = "y".repeat(1025);
    for (text, told) in [
        (long.as_str(), "longer than 1024"),
        ("zero\u{200b}width", "does not print"),
    ] {
        let answer = visitor.post(&ask, &[("justification", text)]);
        assert_eq!(answer.status, 422);
        let page = answer.text();
        assert!(page.contains("Ask acme again"), "{page}");
        let fault = between(&page, "id=\"justification-fault\" data-live>", "</p>");
        assert!(fault.contains(told), "{fault}");
        assert!(page.contains(&format!("{text}</textarea>")), "{told}");
        assert!(page.contains("aria-invalid=\"true\""), "{told}");
    }
    // Nothing was asked, and the reason of before stands.
    let page = visitor.get(&path).text();
    assert!(page.contains("cancelled") && page.contains("First</textarea>"));
    let list = "/settings/personal-access-tokens?state=";
    assert!(
        visitor
            .get(&format!("{list}cancelled"))
            .text()
            .contains(&path)
    );
    assert!(!visitor.get(&format!("{list}denied")).text().contains(&path));
    let asked = visitor.post(&ask, &[("justification", "Because")]);
    assert_eq!(asked.status, 303);
    assert!(visitor.get(&path).text().contains("pending"));
}
