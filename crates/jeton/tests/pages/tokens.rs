//! Asking an owner again for what a token wants.

use serde_json::json;

use crate::support::Site;
use crate::visitor::{Visitor, between};

fn site() -> Site {
    let site = Site::start();
    let olivia = site.person("olivia", false);
    site.organization("acme", &olivia);
    site
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
