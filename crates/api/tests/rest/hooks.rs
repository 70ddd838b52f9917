//! What webhooks are told, over real connections to a receiver.

use jeton_api::shape;
use jeton_app::hooks::{Among, Hooks};
use jeton_app::{Named, SealedIn};
use jeton_domain::{HookId, Id, OrganizationId, Selection, Span, Standing};
use jeton_out::webhook::{Allowed, Sender, signatures};
use jeton_store::hook_deliveries::{self, DeliveryOutcome, DeliveryRow};
use jeton_store::hooks::{self, HookContentType, HookOwner, HookRow};
use jeton_testkit::{NOW, Person, Receiver, Token, operations};
use serde_json::json;

use crate::server::Server;

const SECRET: &[u8] = b"it is a secret";

/// A server that may speak to loopback, with an organization of mona's.
struct World {
    server: Server,
    mona: Person,
}

impl World {
    fn new() -> Self {
        let server = Server::start();
        let allowed = Allowed::new(vec!["127.0.0.0/8".parse().unwrap()]);
        server.kit.app().set_hooks(Hooks {
            sender: Sender::new(allowed, None).unwrap(),
            shape,
        });
        let mona = server.kit.person("mona");
        server.kit.organization("acme", &mona);
        Self { server, mona }
    }

    /// A webhook of the organization or of one of its repositories, for these events.
    fn hook(&self, repository: Option<&str>, receiver: &Receiver, events: &[&str]) -> HookRow {
        let path = match repository {
            Some(name) => format!("/api/v3/repos/acme/{name}"),
            None => "/api/v3/orgs/acme".to_owned(),
        };
        let id = self.server.get(&self.mona, &path).body["id"]
            .as_i64()
            .unwrap();
        let owner = match repository {
            Some(_) => HookOwner::Repository(Id::from_i64(id).unwrap()),
            None => HookOwner::Organization(Id::from_i64(id).unwrap()),
        };
        let app = self.server.kit.app();
        let mut made = None;
        self.server
            .kit
            .store()
            .write(|unit| {
                let id: HookId = unit.allocate()?;
                let secret = app.seal(SealedIn::HookSecret, id.get(), SECRET).unwrap();
                let row = HookRow {
                    id,
                    owner,
                    url: receiver.url("/hear"),
                    content_type: HookContentType::Json,
                    secret: Some(secret),
                    verifies_tls: true,
                    events: events.iter().map(|event| (*event).to_owned()).collect(),
                    active: true,
                    created_by: self.mona.id.into(),
                    created_at: NOW,
                    updated_at: NOW,
                    failures: 0,
                    rests_until: None,
                };
                hooks::insert(unit, &row)?;
                made = Some(row);
                Ok::<_, jeton_store::StoreError>(())
            })
            .unwrap();
        made.unwrap()
    }

    fn deliver(&self) -> usize {
        self.server.kit.app().deliver_hooks(&|| true).unwrap()
    }

    fn deliveries(&self, hook: &HookRow) -> Vec<DeliveryRow> {
        let mut rows = self
            .server
            .kit
            .store()
            .read(|unit| hook_deliveries::of_hook(unit, hook.id, Among::All, None, 1000))
            .unwrap();
        rows.reverse();
        rows
    }

    fn ping(&self, hook: &HookRow) {
        let home = match hook.owner {
            HookOwner::Organization(_) => "orgs/acme".to_owned(),
            HookOwner::Repository(id) => {
                let all = self.server.get(&self.mona, "/api/v3/orgs/acme/repos").body;
                let rows = all.as_array().unwrap();
                let row = rows.iter().find(|row| row["id"] == id.get()).unwrap();
                format!("repos/{}", row["full_name"].as_str().unwrap())
            }
        };
        let path = format!("/api/v3/{home}/hooks/{}/pings", hook.id.get());
        let got = self.server.by(&self.mona, "POST", &path, json!({}));
        assert_eq!(got.status, 204, "{got:?}");
    }
}

#[test]
fn a_ping_comes_with_githubs_headers_and_signatures() {
    let (world, receiver) = (World::new(), Receiver::start());
    let hook = world.hook(None, &receiver, &["push"]);
    world.ping(&hook);
    assert_eq!(world.deliver(), 1);
    let heard = receiver.wait(1).remove(0);
    assert_eq!(heard.path, "/hear");
    let body = heard.json();
    assert_eq!(body["hook_id"], hook.id.get());
    assert_eq!(body["hook"]["config"]["secret"], "********");
    assert_eq!(body["hook"]["events"], json!(["push"]));
    assert_eq!(body["organization"]["login"], "acme");
    assert_eq!(body["sender"]["login"], "mona");
    assert!(body["zen"].is_string());
    let [sha1, sha256] = signatures(SECRET, &heard.body);
    let row = world.deliveries(&hook).remove(0);
    let organization = body["organization"]["id"].to_string();
    for (name, value) in [
        ("User-Agent", "GitHub-Hookshot/jeton"),
        ("Accept", "*/*"),
        ("Content-Type", "application/json"),
        ("X-GitHub-Event", "ping"),
        ("X-GitHub-Delivery", row.guid.as_str()),
        ("X-GitHub-Hook-ID", &hook.id.get().to_string()),
        ("X-GitHub-Hook-Installation-Target-Type", "organization"),
        ("X-GitHub-Hook-Installation-Target-ID", &organization),
        ("X-GitHub-Enterprise-Host", "127.0.0.1:8377"),
        ("X-Hub-Signature", &sha1),
        ("X-Hub-Signature-256", &sha256),
    ] {
        assert_eq!(heard.header(name), Some(value), "{name}");
    }
    assert_eq!(row.outcome, Some(DeliveryOutcome::Delivered));
    assert_eq!(
        (row.status_code, row.attempt, row.redelivery),
        (Some(200), 1, false)
    );
    let texts = world
        .server
        .kit
        .store()
        .read(|unit| hook_deliveries::texts(unit, row.id))
        .unwrap()
        .unwrap();
    assert_eq!(texts.response_body.as_deref(), Some("heard"));
    // What it was signed with, and the signatures, are kept nowhere.
    let kept = format!("{texts:?}");
    assert!(
        kept.contains("X-GitHub-Delivery") && !kept.contains("ignature"),
        "{kept}"
    );
}

#[test]
fn what_fails_is_tried_again_by_the_same_name_until_it_is_given_up() {
    let (world, receiver) = (World::new(), Receiver::start());
    let hook = world.hook(None, &receiver, &["*"]);
    receiver.answers(503);
    world.ping(&hook);
    let pauses = [1, 5, 15, 60, 180, 360];
    for (number, minutes) in pauses.into_iter().enumerate() {
        assert_eq!(world.deliver(), 1, "try {number}");
        world
            .server
            .kit
            .advance(Span::from_micros(minutes * 60_000_000 - 1));
        assert_eq!(world.deliver(), 0, "before {minutes} minutes");
        world.server.kit.advance(Span::from_micros(1));
    }
    assert_eq!(world.deliver(), 1);
    world.server.kit.advance(Span::from_days(1));
    assert_eq!(world.deliver(), 0, "given up");
    let rows = world.deliveries(&hook);
    assert_eq!(rows.len(), 7);
    for (number, row) in rows.iter().enumerate() {
        assert_eq!(row.guid, rows[0].guid);
        assert_eq!(row.outcome, Some(DeliveryOutcome::Refused));
        assert_eq!(row.status_code, Some(503));
        assert_eq!(row.attempt, i64::try_from(number).unwrap() + 1);
        assert_eq!(row.redelivery, number > 0);
    }
    let names: Vec<_> = receiver.heard();
    assert!(
        names
            .iter()
            .all(|heard| heard.header("X-GitHub-Delivery") == Some(&rows[0].guid))
    );
}

#[test]
fn one_that_fails_rests_and_what_waits_comes_in_order_once_it_is_back() {
    let (world, receiver) = (World::new(), Receiver::start());
    let hook = world.hook(None, &receiver, &["*"]);
    receiver.answers(500);
    for _ in 0..20 {
        world.ping(&hook);
    }
    assert_eq!(world.deliver(), 1, "the others wait with it");
    receiver.answers(200);
    world.server.kit.advance(Span::from_minutes(1));
    assert_eq!(world.deliver(), 20);
    let guid = |row: &DeliveryRow| row.guid.clone();
    let told: Vec<_> = world.deliveries(&hook).iter().map(guid).collect();
    let heard = receiver.heard();
    let names: Vec<_> = heard
        .iter()
        .map(|heard| heard.header("X-GitHub-Delivery").unwrap().to_owned())
        .collect();
    assert_eq!(names, told, "the first again, after all others");
}

/// A receiver that has no use for one event may want the next.
#[test]
fn one_that_refuses_an_event_is_told_the_others_meanwhile() {
    let (world, receiver) = (World::new(), Receiver::start());
    let hook = world.hook(None, &receiver, &["*"]);
    receiver.answers(400);
    world.ping(&hook);
    assert_eq!(world.deliver(), 1);
    receiver.answers(200);
    world.ping(&hook);
    assert_eq!(world.deliver(), 1, "the other, at once");
    world.server.kit.advance(Span::from_minutes(1));
    assert_eq!(world.deliver(), 1, "the first, again");
    // Whoever asks for a pause is given one.
    receiver.answers(429);
    world.ping(&hook);
    world.ping(&hook);
    assert_eq!(world.deliver(), 1);
}

#[test]
fn one_that_hangs_holds_up_nobody_else() {
    let (world, hangs, other) = (World::new(), Receiver::start(), Receiver::start());
    hangs.answers(0);
    let slow = world.hook(None, &hangs, &["*"]);
    let quick = world.hook(None, &other, &["*"]);
    for _ in 0..5 {
        world.ping(&slow);
        world.ping(&quick);
    }
    let app = world.server.kit.app().clone();
    let workers: Vec<_> = (0..2)
        .map(|_| {
            let app = app.clone();
            std::thread::spawn(move || app.deliver_hooks(&|| true).unwrap())
        })
        .collect();
    other.wait(5);
    assert_eq!(hangs.heard().len(), 1, "one at a time");
    let outcome = world.deliveries(&slow)[0].outcome;
    assert_eq!(outcome, None, "it hangs still");
    let tried: usize = workers
        .into_iter()
        .map(|worker| worker.join().unwrap())
        .sum();
    assert_eq!(tried, 6);
    let first = world.deliveries(&slow).remove(0);
    assert_eq!(first.outcome, Some(DeliveryOutcome::Unreachable));
    assert_eq!(
        first.fault.as_deref(),
        Some("no answer came within ten seconds")
    );
}

#[test]
fn nothing_goes_to_one_that_is_switched_off_or_deleted() {
    let (world, receiver) = (World::new(), Receiver::start());
    let (off, gone) = (
        world.hook(None, &receiver, &["*"]),
        world.hook(None, &receiver, &["*"]),
    );
    world.ping(&off);
    world.ping(&gone);
    world
        .server
        .kit
        .store()
        .write(|unit| {
            hooks::update(
                unit,
                &HookRow {
                    active: false,
                    ..off.clone()
                },
            )?;
            hooks::delete(unit, gone.id, NOW)
        })
        .unwrap();
    assert_eq!(world.deliver(), 2);
    for hook in [off, gone] {
        let rows = world.deliveries(&hook);
        assert_eq!(rows.len(), 1);
        assert_eq!(rows[0].outcome, Some(DeliveryOutcome::Dropped));
    }
    assert!(receiver.heard().is_empty());
}

#[test]
fn where_it_may_not_lead_nothing_is_sent_and_that_is_said() {
    let (world, receiver) = (World::new(), Receiver::start());
    let mut hook = world.hook(None, &receiver, &["*"]);
    hook.url = "http://169.254.169.254/latest/meta-data/".to_owned();
    world
        .server
        .kit
        .store()
        .write(|unit| hooks::update(unit, &hook))
        .unwrap();
    world.ping(&hook);
    world.deliver();
    let row = world.deliveries(&hook).remove(0);
    assert_eq!(row.outcome, Some(DeliveryOutcome::Forbidden));
    assert_eq!(
        row.fault.as_deref(),
        Some("the address leads to a private network, which the operator does not allow")
    );
}

#[test]
fn what_was_being_sent_when_the_server_ended_is_sent_again() {
    let (world, receiver) = (World::new(), Receiver::start());
    let hook = world.hook(None, &receiver, &["*"]);
    world.ping(&hook);
    // As a worker that is killed after it took it.
    let now = world.server.kit.app().now();
    let taken = world
        .server
        .kit
        .store()
        .side(|unit| hook_deliveries::lease(unit, now, now.after(Span::from_seconds(60))))
        .unwrap();
    assert!(taken.is_some());
    assert_eq!(world.deliver(), 0);
    world.server.kit.app().take_over_deliveries();
    assert_eq!(world.deliver(), 1);
    assert_eq!(receiver.wait(1).len(), 1);
}

#[test]
fn after_thirty_days_it_is_forgotten_and_what_waits_for_three_is_dropped() {
    let (world, receiver) = (World::new(), Receiver::start());
    let (told, waits) = (
        world.hook(None, &receiver, &["*"]),
        world.hook(None, &Receiver::start(), &["*"]),
    );
    world.ping(&told);
    assert_eq!(world.deliver(), 1);
    world.ping(&waits);
    let forget = || {
        let kept = jeton_app::Retention {
            organization: Span::from_days(180),
            user: Span::from_days(90),
        };
        world.server.kit.app().forget(kept).unwrap();
    };
    world.server.kit.advance(Span::from_days(3));
    forget();
    assert_eq!(world.deliveries(&waits)[0].outcome, None);
    world.server.kit.advance(Span::from_seconds(1));
    forget();
    assert_eq!(
        world.deliveries(&waits)[0].outcome,
        Some(DeliveryOutcome::Dropped)
    );
    world.server.kit.advance(Span::from_days(27));
    forget();
    assert!(world.deliveries(&told).is_empty());
    assert_eq!(world.deliveries(&waits).len(), 1);
}

impl World {
    fn acme(&self) -> OrganizationId {
        let acme = self.server.get(&self.mona, "/api/v3/orgs/acme");
        Id::from_i64(acme.body["id"].as_i64().unwrap()).unwrap()
    }

    fn actions(receiver: &Receiver) -> Vec<String> {
        let heard = receiver.heard();
        heard
            .iter()
            .map(|heard| match heard.event() {
                (event, action) if action.is_empty() => event,
                (event, action) => format!("{event}.{action}"),
            })
            .collect()
    }
}

#[test]
fn an_organization_hears_that_a_token_with_access_ends_soon() {
    let (world, receiver) = (World::new(), Receiver::start());
    let kit = &world.server.kit;
    let ann = kit.person("ann");
    let owner = world.acme();
    let since = kit.app().now();
    for standing in [
        Standing::Active { since },
        Standing::Pending,
        Standing::Denied,
    ] {
        kit.token(
            &ann,
            owner.into(),
            Selection::All,
            &[("contents", "read")],
            standing,
        );
    }
    // Of her own things no organization hears.
    kit.token(
        &ann,
        ann.id.into(),
        Selection::All,
        &[("contents", "read")],
        Standing::NotNeeded,
    );
    world.hook(None, &receiver, &["personal_access_token"]);
    kit.advance(Span::from_days(23));
    kit.app().housekeep().unwrap();
    kit.app().housekeep().unwrap();
    assert_eq!(world.deliver(), 1);
    let told = receiver.wait(1).remove(0);
    assert_eq!(
        told.event(),
        ("personal_access_token".to_owned(), "expiring".to_owned())
    );
    let body = told.json();
    assert_eq!(body["days"], 7);
    assert_eq!(body["personal_access_token"]["owner"]["login"], "ann");
    assert_eq!(body["organization"]["login"], "acme");
    assert!(body["personal_access_token"]["token_expires_at"].is_string());
}

#[test]
fn an_organization_hears_of_a_token_that_is_used_from_another_network_and_not_from_which() {
    let (world, receiver) = (World::new(), Receiver::start());
    let kit = &world.server.kit;
    let ann = kit.person("ann");
    let owner = world.acme();
    let since = kit.app().now();
    let reaches = kit.token(
        &ann,
        owner.into(),
        Selection::All,
        &[("contents", "read")],
        Standing::Active { since },
    );
    let own = kit.token(
        &ann,
        ann.id.into(),
        Selection::All,
        &[("contents", "read")],
        Standing::NotNeeded,
    );
    world.hook(None, &receiver, &["personal_access_token"]);
    let used = |token: &Token, address: &str| {
        let mut call = kit.with_token(token, &operations::SITE, Named::Site);
        call.address = Some(address.parse().unwrap());
        kit.app().permit(&call).unwrap();
        kit.app().flush_activity().unwrap();
        world.deliver()
    };
    assert_eq!(used(&reaches, "192.0.2.7"), 0, "the first is no other");
    assert_eq!(used(&reaches, "192.0.2.200"), 0, "the same network");
    assert_eq!(
        used(&own, "192.0.2.7") + used(&own, "198.51.100.1"),
        0,
        "reaches no organization"
    );
    assert_eq!(used(&reaches, "198.51.100.1"), 1);
    assert_eq!(
        used(&reaches, "198.51.100.2") + used(&reaches, "192.0.2.9"),
        0,
        "known"
    );
    let told = receiver.wait(1).remove(0);
    assert_eq!(
        told.event(),
        ("personal_access_token".to_owned(), "new_place".to_owned())
    );
    let text = told.json().to_string();
    assert_eq!(
        told.json()["personal_access_token"]["token_id"],
        reaches.id.get()
    );
    assert!(
        !text.contains("198.51") && !text.contains("192.0.2"),
        "{text}"
    );
    for number in 0..10 {
        used(&reaches, &format!("203.0.{number}.1"));
    }
    assert_eq!(
        World::actions(&receiver).len(),
        5,
        "no more than five a day"
    );
    kit.advance(Span::from_days(2));
    assert_eq!(used(&reaches, "203.0.113.1"), 1);
}

#[test]
fn a_change_that_does_not_come_about_tells_nobody() {
    let (world, receiver) = (World::new(), Receiver::start());
    world.hook(None, &receiver, &["*"]);
    let post = |name: &str| {
        let body = json!({ "name": name });
        world
            .server
            .by(&world.mona, "POST", "/api/v3/orgs/acme/teams", body)
            .status
    };
    assert_eq!(post("crew"), 201);
    assert_eq!(post("Crew"), 422);
    assert_eq!(
        world
            .server
            .nobody("POST", "/api/v3/orgs/acme/teams")
            .status,
        401
    );
    assert_eq!(world.deliver(), 1);
    assert_eq!(World::actions(&receiver), ["team.created"]);
}

#[test]
fn a_webhook_hears_what_it_chose_and_one_of_a_repository_nothing_of_people() {
    let (world, receiver) = (World::new(), Receiver::start());
    let make = |name: &str| {
        let body = json!({ "name": name, "visibility": "private" });
        let made = world
            .server
            .by(&world.mona, "POST", "/api/v3/orgs/acme/repos", body);
        assert_eq!(made.status, 201);
    };
    make("code");
    let other = Receiver::start();
    world.hook(Some("code"), &receiver, &["*"]);
    world.hook(None, &other, &["membership"]);
    make("hidden");
    let body = json!({ "name": "crew" });
    world
        .server
        .by(&world.mona, "POST", "/api/v3/orgs/acme/teams", body);
    let path = "/api/v3/orgs/acme/teams/crew/memberships/mona";
    world.server.by(&world.mona, "PUT", path, json!({}));
    let path = "/api/v3/orgs/acme/teams/crew/repos/acme/code";
    world
        .server
        .by(&world.mona, "PUT", path, json!({ "permission": "pull" }));
    let body = json!({ "description": "x" });
    world
        .server
        .by(&world.mona, "PATCH", "/api/v3/repos/acme/hidden", body);
    world.deliver();
    assert_eq!(
        World::actions(&receiver),
        ["team.added_to_repository", "team_add"]
    );
    assert_eq!(World::actions(&other), ["membership.added"]);
}

#[test]
fn what_can_not_be_signed_is_not_sent() {
    let (world, receiver) = (World::new(), Receiver::start());
    let mut hook = world.hook(None, &receiver, &["*"]);
    // As of another webhook's row.
    let app = world.server.kit.app();
    hook.secret = Some(
        app.seal(SealedIn::HookSecret, hook.id.get() + 1, SECRET)
            .unwrap(),
    );
    let store = world.server.kit.store();
    store.write(|unit| hooks::update(unit, &hook)).unwrap();
    world.ping(&hook);
    assert_eq!(world.deliver(), 1);
    let row = world.deliveries(&hook).remove(0);
    assert_eq!(row.outcome, Some(DeliveryOutcome::Unreachable));
    assert_eq!(
        row.fault.as_deref(),
        Some("the secret does not open; set it anew")
    );
    assert!(receiver.heard().is_empty());
}
