//! S2 in a browser: an organization opens up, with letters that a real mail server received.

use serde_json::{Value, json};

use super::hand::Hand;
use super::office::Office;
use super::sink::{Letter, Sink, sink};
use crate::support::world::PASSWORD;

/// The letter to an address whose text holds these words, once it came.
#[track_caller]
fn letter(sink: &Sink, to: &str, words: &str) -> Letter {
    for _ in 0..600 {
        let found = sink.letters().into_iter().find(|letter| {
            letter.to.iter().any(|address| address.contains(to)) && letter.parts().0.contains(words)
        });
        if let Some(letter) = found {
            return letter;
        }
        std::thread::sleep(std::time::Duration::from_millis(50));
    }
    let got: Vec<String> = sink
        .letters()
        .iter()
        .map(|l| format!("{:?}: {}", l.to, l.parts().0))
        .collect();
    panic!(
        "no letter to {to} says `{words}`, but:\n{}",
        got.join("\n----\n")
    );
}

/// The one address in a letter that leads to a page of ours.
#[track_caller]
fn link(office: &Office, letter: &Letter) -> String {
    let text = letter.parts().0;
    let site = office.at("/");
    let (_, rest) = text
        .split_once(&site)
        .unwrap_or_else(|| panic!("no link in: {text}"));
    let path: String = rest.chars().take_while(|c| !c.is_whitespace()).collect();
    format!("{site}{path}")
}

fn story(hand: Hand) {
    let Some(sink) = sink("plain") else {
        return;
    };
    let (Some(owner), Some(other)) = (hand.browser(), hand.browser()) else {
        return;
    };
    let port = sink.port.to_string();
    let office = Office::with(&[
        ("mail.from", "Jeton <jeton@example.org>"),
        ("mail.host", "localhost"),
        ("mail.port", &port),
        ("mail.security", "none"),
    ]);
    let lena = office.person("lena", false);
    office.person("ines", false);
    office.organization("alta3", &lena);
    office.repository("alta3", &lena, "labs", "private");
    office.enter(&owner, "lena");

    // The policy: looked at before it is saved.
    owner.open(&office.at("/organizations/alta3/settings/personal-access-tokens"));
    hand.fill(&owner, "Days", "90");
    hand.press(&owner, "See what it would do");
    owner.must_read("What this change does");
    owner.is_sound();
    hand.press(&owner, "Save the policy");
    assert!(
        owner.eventually(|| !owner.reads("What this change does")),
        "{}",
        owner.text()
    );
    assert_eq!(owner.value_of("Days"), "90");

    // A stranger is invited by e-mail, and becomes a member on the way through the link.
    owner.open(&office.at("/orgs/alta3/people"));
    hand.fill(&owner, "Login or e-mail address", "zoe@example.org");
    hand.press(&owner, "Send the invitation");
    let invitation = letter(&sink, "zoe@example.org", "/invitations/");
    let invitation = link(&office, &invitation);
    other.open(&invitation);
    assert_eq!(other.heading(), "Join alta3");
    other.is_sound();
    hand.fill(&other, "Login", "lena");
    hand.fill(&other, "Password", PASSWORD);
    hand.press(&other, "Make the account and join");
    assert!(
        other.eventually(|| other.asks("Login") && other.error_of("Login").is_some()),
        "{}",
        other.text()
    );
    hand.fill(&other, "Login", "zoe");
    hand.fill(&other, "Password", PASSWORD);
    hand.press(&other, "Make the account and join");
    assert!(
        other.eventually(|| other.offers("Your account: zoe")),
        "{}",
        other.text()
    );
    let members = office.must(
        "GET",
        "/api/v3/orgs/alta3/members",
        Some(&lena.client),
        &Value::Null,
    );
    assert!(members.to_string().contains("\"zoe\""), "{members}");
    // The link is spent.
    other.open(&invitation);
    assert!(!other.offers("Join alta3"));

    // A contributor is given a role on one repository, is told, and accepts.
    owner.open(&office.at("/alta3/labs/settings/access"));
    hand.fill(&owner, "Login", "ines");
    hand.choose(&owner, "Role", "write");
    hand.press(&owner, "Give the role");
    owner.must_read("Cancel the invitation");
    let offer = letter(&sink, "ines@example.org", "labs");
    let offer = link(&office, &offer);
    other.devtools("Network.clearBrowserCookies", &json!({}));
    office.enter(&other, "ines");
    other.open(&offer);
    hand.press(&other, "Accept the role");
    assert!(
        other.eventually(|| !other.offers("Accept the role")),
        "{}",
        other.text()
    );
    owner.reload();
    owner.must_read("outside");
    assert!(!owner.offers("Cancel the invitation of ines"));

    // A request with its reason: denied with a reason, which the one who asked reads.
    let zoe = office.sign_in("zoe");
    let token = office.token(
        &zoe,
        &json!({ "name": "release-bot", "owner": "alta3", "repositories": "all", "expires_in": 30,
            "justification": "Nightly builds", "permissions": { "contents": "write" } }),
    );
    letter(&sink, "lena@example.org", "release-bot");
    owner.open(&office.at("/organizations/alta3/settings/personal-access-token-requests"));
    owner.must_read("“Nightly builds”");
    hand.press(&owner, "release-bot");
    hand.fill(&owner, "Reason", "Choose the repositories, please");
    hand.press(&owner, "Deny");
    let verdict = letter(&sink, "zoe@example.org", "Choose the repositories, please");
    other.devtools("Network.clearBrowserCookies", &json!({}));
    office.enter(&other, "zoe");
    other.open(&link(&office, &verdict));
    other.must_read("Choose the repositories, please");
    let hidden = office.call(
        "GET",
        "/api/v3/repos/alta3/labs",
        Some(&token.value),
        &Value::Null,
    );
    assert_eq!(hidden.status, 404);
}

#[test]
fn an_organization_opens_up_with_a_mouse() {
    story(Hand::Mouse);
}

#[test]
fn an_organization_opens_up_without_scripts() {
    story(Hand::NoScripts);
}

#[test]
fn an_organization_opens_up_with_the_keyboard_alone() {
    story(Hand::Keyboard);
}

#[test]
fn an_organization_opens_up_on_a_telephone() {
    story(Hand::Telephone);
}
