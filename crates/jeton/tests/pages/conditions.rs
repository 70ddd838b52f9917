//! The conditions of a token on its form: folded away, told at their fields, kept, tightened at once, loosened by an owner's yes.

use serde_json::{Value, json};

use crate::support::Site;
use crate::support::world::Person;
use crate::visitor::{Visitor, between, seen_in};

const NEW: &str = "/settings/personal-access-tokens/new";
const KEY: &str = "0123456789abcdef0123456789abcdef";
const HOURS: &str = "Europe/Berlin mon-fri 08:00-18:00";

struct World {
    site: Site,
    olivia: Person,
    mia: Person,
}

impl World {
    fn new() -> Self {
        let site = Site::start();
        let (olivia, mia) = (site.person("olivia", false), site.person("mia", false));
        site.organization("acme", &olivia);
        site.member("acme", &olivia, &mia, "member");
        site.repository("acme", &olivia, "labs", "private");
        site.collaborator("acme/labs", &olivia, &mia, "write");
        Self { site, olivia, mia }
    }

    fn tokens(&self) -> Vec<Value> {
        let list = self.site.must(
            "GET",
            "/api/jeton/v1/tokens",
            Some(&self.mia.client),
            &Value::Null,
        );
        list.as_array().unwrap().clone()
    }

    fn token(&self, id: i64) -> Value {
        let path = format!("/api/jeton/v1/tokens/{id}");
        self.site
            .must("GET", &path, Some(&self.mia.client), &Value::Null)
    }
}

fn fields<'a>(more: &[(&'a str, &'a str)]) -> Vec<(&'a str, &'a str)> {
    let mut fields = vec![
        ("step", "make"),
        ("key", KEY),
        ("name", "bound"),
        ("owner", "acme"),
        ("repositories_of", "acme"),
        ("asks", "yes"),
        ("justification", "builds"),
        ("which", "selected"),
        ("repository", "acme/labs"),
        ("permission.contents", "write"),
    ];
    fields.extend(more);
    fields
}

#[test]
fn they_are_typed_shown_to_everybody_who_asks_and_held() {
    let world = World::new();
    let mut mia = Visitor::signed_in(&world.site, "mia");
    let blank = mia.get(NEW).text();
    assert!(
        blank.contains("<details class=\"card\" id=\"conditions-part\"><summary>"),
        "folded away: {blank}"
    );
    let typed = [
        ("addresses", "10.0.0.0/8\r\n192.0.2.7"),
        ("hours", HOURS),
        ("refs", "refs/heads/bot/*"),
        ("no_force", "on"),
    ];
    let looking: Vec<_> = fields(&typed)
        .into_iter()
        .map(|(name, value)| (name, if name == "step" { "look" } else { value }))
        .collect();
    let looked = mia.post(NEW, &looking).text();
    let overview = between(&looked, "id=\"overview\"", "</ul>");
    let lines = [
        "Only from 10.0.0.0/8 or 192.0.2.7/32",
        "Only Mon–Fri 08:00–18:00 Europe/Berlin",
        "Writes only refs/heads/bot/*",
        "No force pushes",
    ];
    for line in lines {
        assert!(overview.contains(line), "{line}: {overview}");
    }
    assert!(looked.contains("id=\"conditions-part\" open>"), "{looked}");
    let made = mia.post(NEW, &fields(&typed));
    assert_eq!(made.status, 200, "{}", made.text());
    let id = world.tokens()[0]["id"].as_i64().unwrap();
    let held = json!([{
        "addresses": { "only": ["10.0.0.0/8", "192.0.2.7/32"] },
        "hours": { "within": { "zone": "Europe/Berlin", "from": 480, "to": 1080, "days": 31 } },
        "refs": { "only": { "patterns": ["refs/heads/bot/*"], "no_force": true, "no_delete": false } },
    }]);
    assert_eq!(world.token(id)["conditions"], held);
    let path = format!("/settings/personal-access-tokens/{id}");
    let mut olivia = Visitor::signed_in(&world.site, "olivia");
    let requests = "/organizations/acme/settings/personal-access-token-requests";
    for page in [mia.get(&path).text(), olivia.get(requests).text()] {
        for line in lines {
            assert!(page.contains(line), "{line}: {page}");
        }
    }
    let edit = mia.get(&format!("{path}/edit")).text();
    for typed in [
        "10.0.0.0/8\n192.0.2.7/32<",
        &format!("value=\"{HOURS}\""),
        "refs/heads/bot/*<",
    ] {
        assert!(edit.contains(typed), "{typed}: {edit}");
    }
}

#[test]
fn what_is_wrong_stands_at_its_field_and_makes_nothing() {
    let world = World::new();
    let mut mia = Visitor::signed_in(&world.site, "mia");
    let many: Vec<String> = (0..101).map(|n| format!("10.{n}.0.0/16")).collect();
    let many = many.join("\n");
    let wild = "refs/heads/x\n".repeat(101);
    for (field, value, words) in [
        (
            "addresses",
            "10.0.0.0/99",
            "“10.0.0.0/99” is no network such as 192.0.2.0/24.",
        ),
        ("addresses", "localhost", "“localhost” is no network"),
        (
            "addresses",
            many.as_str(),
            "Names no network, or more than 100.",
        ),
        (
            "hours",
            "always",
            "Hours are written “Europe/Berlin mon-fri 08:00-18:00”.",
        ),
        (
            "hours",
            "Mars/Olympus mon 08:00-09:00",
            "Has hours that can",
        ),
        ("hours", "UTC mon 08:00-08:00", "Has hours that can"),
        (
            "refs",
            "main",
            "“main” is none: a ref pattern begins with “refs/”",
        ),
        (
            "refs",
            wild.as_str(),
            "Names no ref pattern, or more than 100.",
        ),
        ("refs", "refs/heads/<b>", ""),
    ] {
        let wrong = mia.post(NEW, &fields(&[(field, value)]));
        let text = wrong.text();
        if words.is_empty() {
            // A name like any other, which no page takes for its own words.
            assert!(!text.contains("<b>"), "{text}");
            continue;
        }
        assert_eq!(wrong.status, 422, "{field} {value}: {text}");
        let fault = between(&text, &format!("id=\"{field}-fault\""), "</p>");
        assert!(fault.contains(words), "{words}: {fault}");
        assert!(text.contains("id=\"conditions-part\" open>"), "{field}");
        assert!(
            text.contains(&format!("href=\"#{field}\"")),
            "told at the top: {field}"
        );
    }
    // Other faults are told with it.
    let both = mia
        .post(NEW, &fields(&[("hours", "x"), ("name", "")]))
        .text();
    assert!(both.contains("2 things have to be mended"), "{both}");
    let names: Vec<Value> = world
        .tokens()
        .iter()
        .map(|t| t["conditions"].clone())
        .collect();
    assert!(names.len() <= 1, "only the odd name made one: {names:?}");
}

#[test]
fn tighter_acts_at_once_and_looser_waits_for_the_owner() {
    let world = World::new();
    let wish = json!({
        "name": "bound", "owner": "acme", "repositories": ["labs"], "permissions": { "contents": "write" },
        "conditions": [
            { "addresses": { "only": ["127.0.0.0/8"] } },
            { "refs": { "only": { "patterns": ["refs/heads/a"], "no_force": false, "no_delete": true } } },
        ],
    });
    let token = world.site.token(&world.mia, &wish);
    world.site.approve("acme", &world.olivia, &token);
    let mut mia = Visitor::signed_in(&world.site, "mia");
    let path = format!("/settings/personal-access-tokens/{}/edit", token.id);
    let save = |mia: &mut Visitor<'_>, more: &[(&str, &str)]| {
        let shown = mia.get(&path).text();
        let seen = seen_in(&shown);
        let mut sent = vec![
            ("step", "save"),
            ("seen", seen.as_str()),
            ("name", "bound"),
            ("which", "selected"),
            ("repositories_of", "acme"),
            ("repository", "acme/labs"),
            ("permission.contents", "write"),
        ];
        sent.extend(more);
        mia.post(&path, &sent)
    };
    let shown = mia.get(&path).text();
    assert!(
        between(
            &shown,
            "name=\"other_condition\" value=\"0\" checked",
            "</label>"
        )
        .contains("writes only refs/heads/a, no deletion"),
        "{shown}"
    );
    let before = world.token(token.id)["conditions"].clone();
    // Nothing is touched: the same conditions.
    let untouched = save(
        &mut mia,
        &[("addresses", "127.0.0.0/8"), ("other_condition", "0")],
    );
    assert_eq!(untouched.status, 303, "{}", untouched.text());
    assert_eq!(world.token(token.id)["conditions"], before);
    // Hours beside the network: nobody is asked.
    let tighter = [
        ("addresses", "127.0.0.0/8"),
        ("hours", "UTC sat 00:00-24:00"),
        ("other_condition", "0"),
    ];
    assert_eq!(save(&mut mia, &tighter).status, 303);
    let now = world.token(token.id);
    assert_eq!(now["pending_request"], Value::Null, "{now}");
    assert_eq!(now["conditions"], now["in_force"]["conditions"], "{now}");
    assert_eq!(now["conditions"][0]["hours"]["within"]["days"], 32);
    // The other set goes: what was approved holds until an owner says yes.
    let looser = [
        ("addresses", "127.0.0.0/8"),
        ("hours", "UTC sat 00:00-24:00"),
    ];
    assert_eq!(save(&mut mia, &looser).status, 303);
    let now = world.token(token.id);
    assert!(now["pending_request"].is_i64(), "{now}");
    assert_eq!(now["conditions"].as_array().unwrap().len(), 1);
    assert_eq!(
        now["in_force"]["conditions"].as_array().unwrap().len(),
        2,
        "{now}"
    );
    // What somebody else changed meanwhile is told, and nothing is undone unknowingly.
    let old = mia.get(&path).text();
    let seen = seen_in(&old);
    let change = json!({ "conditions": [{ "addresses": { "only": ["127.0.0.1/32"] } }] });
    let at = format!("/api/jeton/v1/tokens/{}", token.id);
    world
        .site
        .must("PATCH", &at, Some(&world.mia.client), &change);
    let stale = mia.post(
        &path,
        &[
            ("step", "save"),
            ("seen", &seen),
            ("name", "bound"),
            ("which", "selected"),
            ("repository", "acme/labs"),
            ("permission.contents", "write"),
            ("addresses", "127.0.0.0/8"),
        ],
    );
    assert_eq!(stale.status, 409, "{}", stale.text());
    assert!(
        stale
            .text()
            .contains("Networks: 127.0.0.1/32 instead of 127.0.0.0/8."),
        "{}",
        stale.text()
    );
}

#[test]
fn a_form_that_can_not_be_read_never_loosens_a_token() {
    let world = World::new();
    let wish = json!({
        "name": "bound", "conditions": [{ "addresses": { "only": ["127.0.0.0/8"] } }],
    });
    let token = world.site.token(&world.mia, &wish);
    let mut mia = Visitor::signed_in(&world.site, "mia");
    let path = format!("/settings/personal-access-tokens/{}/edit", token.id);
    let seen = seen_in(&mia.get(&path).text());
    let wrong = mia.post(
        &path,
        &[
            ("step", "save"),
            ("seen", &seen),
            ("name", "bound"),
            ("which", "public"),
            ("addresses", "127.0.0.0/8 and"),
        ],
    );
    assert_eq!(wrong.status, 422, "{}", wrong.text());
    assert_eq!(
        world.token(token.id)["conditions"][0]["addresses"],
        wish["conditions"][0]["addresses"]
    );
}
