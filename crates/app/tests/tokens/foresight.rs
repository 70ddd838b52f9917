//! What is foretold of a change of policy, held against what the change then does.

use std::collections::BTreeMap;

use jeton_app::foresight::{self, Preview, Window};
use jeton_app::tokens::{self, ExpiryWish, NewClassicToken, NewToken};
use jeton_app::{organizations, site};
use jeton_domain::{
    Maximum, OrganizationPolicy, OrganizationRole, Role, Rule, SitePolicy, Span, Standing,
    Visibility,
};
use jeton_testkit::{Kit, Token, named, operations};
use serde_json::{Map, Value, json};

use crate::outcome::{events, refused};
use crate::world::{FETCH, World, labs};

const ALL: Window = Window {
    offset: 0,
    count: 100,
};

#[expect(clippy::needless_pass_by_value, reason = "made where it is given")]
fn settings(value: Value) -> Map<String, Value> {
    value.as_object().unwrap().clone()
}

fn foretold(world: &World, value: Value) -> Preview<OrganizationPolicy> {
    let call = world.owner(&world.ann);
    foresight::organization(world.app(), &call, &settings(value), ALL).unwrap()
}

/// Tokens of a member, of an outside collaborator, with short and long lives, used from two places.
struct Busy {
    world: World,
    tokens: Vec<(Token, &'static str)>,
}

impl Busy {
    fn new() -> Self {
        let world = World::new();
        let guest = world.kit.person("guest");
        world.kit.collaborator(&world.labs, &guest, Role::Write);
        let only = || Kit::only([&world.labs]);
        let reads: &[(&str, &str)] = &[("contents", "read"), ("metadata", "read")];
        let owner = world.alta3.account();
        let active = Standing::Active {
            since: world.app().now(),
        };
        let make = |person, standing| world.kit.token(person, owner, only(), reads, standing);
        let tokens = vec![
            (make(&world.bob, active), "192.0.2.7"),
            (make(&world.bob, active), "198.51.100.9"),
            (make(&guest, active), "192.0.2.7"),
            (make(&world.bob, Standing::Pending), "192.0.2.7"),
            (make(&world.bob, Standing::NotNeeded), "192.0.2.7"),
        ];
        let busy = Self { world, tokens };
        busy.try_all();
        busy.world.app().flush_activity().unwrap();
        busy
    }

    /// What each token is told when it comes from where it comes from.
    fn try_all(&self) -> BTreeMap<i64, Option<&'static str>> {
        self.tokens
            .iter()
            .map(|(token, address)| {
                let named = named::repository(&self.world.labs);
                let mut call = self.world.kit.with_token(token, &FETCH, named);
                call.address = address.parse().ok();
                let told = match self.world.app().read(&call, |_, _| Ok(())) {
                    Ok(()) => None,
                    other => Some(refused(other).1),
                };
                (token.id.get(), told)
            })
            .collect()
    }
}

#[test]
fn who_is_foretold_to_be_refused_is_refused_and_nobody_else() {
    for change in [
        json!({ "fine_grained_allowed": false }),
        json!({ "fine_grained_maximum": { "days": 29 } }),
        json!({ "fine_grained_maximum": { "days": 30 } }),
        json!({ "outside_collaborators_allowed": false }),
        json!({ "addresses": { "only": ["192.0.2.0/24"] } }),
        json!({ "addresses": { "only": ["192.0.2.0/24"] }, "outside_collaborators_allowed": false }),
        json!({ "classic_allowed": false }),
        json!({ "members_create_repositories": false }),
    ] {
        let busy = Busy::new();
        let before = busy.try_all();
        let preview = foretold(&busy.world, change.clone());
        assert_eq!(busy.try_all(), before, "looking ahead changes nothing");
        let call = busy.world.owner(&busy.world.ann);
        let view = organizations::patch_policy(busy.world.app(), &call, &settings(change.clone()))
            .unwrap();
        assert_eq!(view.own, preview.wished, "{change}");
        let really: BTreeMap<i64, &str> = busy
            .try_all()
            .into_iter()
            .filter(|(id, told)| *told != before[id])
            .filter_map(|(id, told)| Some((id, told?)))
            .collect();
        let said: BTreeMap<i64, &str> = preview
            .tokens
            .page
            .iter()
            .map(|token| (token.id.get(), token.reason.code()))
            .collect();
        assert_eq!(said, really, "{change}");
        assert_eq!(preview.tokens.total, really.len() as u64, "{change}");
        assert_eq!(
            preview.tokens.reasons.values().sum::<u64>(),
            preview.tokens.total
        );
    }
}

#[test]
fn each_token_is_told_with_its_maker_its_last_use_and_how_far_it_is_hit() {
    let busy = Busy::new();
    let preview = foretold(
        &busy.world,
        json!({ "addresses": { "only": ["192.0.2.0/24"] } }),
    );
    let [token] = preview.tokens.page.as_slice() else {
        panic!("{preview:?}");
    };
    assert_eq!(token.id, busy.tokens[1].0.id);
    assert_eq!(
        (token.creator.as_str(), token.owner.as_str()),
        ("bob", "alta3")
    );
    assert_eq!(token.used_from.as_deref(), Some("198.51.100.9"));
    assert_eq!(token.used_at, Some(busy.world.app().now()));
    assert!(!token.stops, "from elsewhere it works on");
    let preview = foretold(&busy.world, json!({ "fine_grained_allowed": false }));
    assert!(preview.tokens.page.iter().all(|token| token.stops));
    assert_eq!((preview.tokens.total, preview.tokens.people), (4, 2));
    assert!(!preview.confirm, "it only takes");
}

#[test]
fn the_list_comes_in_pages_and_the_counts_are_of_the_whole() {
    let busy = Busy::new();
    let call = busy.world.owner(&busy.world.ann);
    let change = settings(json!({ "fine_grained_allowed": false }));
    let mut ids = Vec::new();
    for offset in 0..5 {
        let window = Window { offset, count: 1 };
        let preview = foresight::organization(busy.world.app(), &call, &change, window).unwrap();
        assert_eq!(preview.tokens.total, 4);
        ids.extend(preview.tokens.page.iter().map(|token| token.id));
    }
    let whole = foretold(&busy.world, json!({ "fine_grained_allowed": false }));
    let all: Vec<_> = whole.tokens.page.iter().map(|token| token.id).collect();
    assert_eq!(ids, all);
}

#[test]
fn a_token_in_rotation_stops_only_where_both_of_its_values_would() {
    let world = World::new();
    let created = world.approved("t");
    let id = created.view.row.id;
    let rotate = jeton_app::tokens::RotateToken {
        expires_in: Some(ExpiryWish::Days(7)),
        ..Default::default()
    };
    jeton_app::tokens::rotate(world.app(), &world.own(&world.bob), id, &rotate, None).unwrap();
    let preview = foretold(&world, json!({ "fine_grained_maximum": { "days": 10 } }));
    assert_eq!(
        (preview.tokens.page.len(), preview.tokens.page[0].stops),
        (1, false)
    );
    let preview = foretold(&world, json!({ "fine_grained_maximum": { "days": 5 } }));
    assert!(preview.tokens.page[0].stops);
}

#[test]
fn requests_that_wait_are_granted_where_approval_is_asked_for_no_more() {
    let world = World::new();
    let guest = world.kit.person("guest");
    world.kit.collaborator(&world.labs, &guest, Role::Read);
    let waiting = world.create(&world.bob, &labs("t"));
    let long = NewToken {
        expires_in: Some(ExpiryWish::Days(90)),
        ..labs("long")
    };
    let long = world.create(&world.bob, &long);
    let stranger = world.create(&guest, &labs("t"));
    let change = json!({ "approval_required": false, "fine_grained_maximum": { "days": 60 } });
    let preview = foretold(&world, change.clone());
    assert_eq!(preview.approved, 1);
    assert!(preview.confirm);
    assert_eq!(world.waiting(&world.owner(&world.ann)).len(), 3);
    let call = world.owner(&world.ann);
    organizations::patch_policy(world.app(), &call, &settings(change)).unwrap();
    let value = waiting.secret.expose();
    assert_eq!(world.told(value, &FETCH, &world.labs), (200, "ok"));
    let remaining: Vec<_> = world
        .waiting(&call)
        .iter()
        .map(|view| view.token.row.id)
        .collect();
    // Nobody there made the guest a member; the long one would be refused anyway.
    assert_eq!(remaining, [stranger.view.row.id, long.view.row.id]);
    let told = events(&world.kit);
    assert_eq!(told.last().unwrap(), "personal_access_token.access_granted");
}

#[test]
fn the_sites_policy_is_foretold_for_every_owner() {
    let busy = Busy::new();
    let world = &busy.world;
    let root = world.kit.administrator("olga");
    let mine = world
        .kit
        .repository((world.bob.account(), "bob"), "mine", Visibility::Private);
    let own = world.kit.token(
        &world.bob,
        world.bob.account(),
        Kit::only([&mine]),
        &[("contents", "read"), ("metadata", "read")],
        Standing::NotNeeded,
    );
    let call = world
        .kit
        .by(&root, &operations::ADMINISTRATOR, jeton_app::Named::Site);
    let wished = SitePolicy {
        fine_grained_maximum: Rule::Force(Maximum::Days(7)),
        approval_required: Rule::Force(false),
        ..SitePolicy::default()
    };
    let preview = foresight::site(world.app(), &call, &wished, ALL).unwrap();
    let owners: Vec<_> = preview
        .tokens
        .page
        .iter()
        .map(|token| token.owner.as_str())
        .collect();
    assert_eq!(owners, ["alta3", "alta3", "alta3", "alta3", "bob"]);
    assert_eq!(preview.tokens.page[4].id, own.id);
    // What asks for 30 days is of no use under a week, and waits on.
    assert_eq!(preview.approved, 0);
    let lenient = SitePolicy {
        approval_required: Rule::Force(false),
        ..SitePolicy::default()
    };
    let preview = foresight::site(world.app(), &call, &lenient, ALL).unwrap();
    assert_eq!((preview.tokens.total, preview.approved), (0, 1));
    site::put_policy(world.app(), &call, &lenient).unwrap();
    assert!(world.waiting(&world.owner(&world.ann)).is_empty());
}

#[test]
fn what_ends_soon_is_listed_the_next_first() {
    let world = World::new();
    let week = NewToken {
        expires_in: Some(ExpiryWish::Days(7)),
        ..labs("week")
    };
    let month = world.approved("month").view.row.id;
    let week = world.create(&world.bob, &week);
    world.review(&week.view, true).unwrap();
    let waiting = world.create(&world.bob, &labs("waiting"));
    let call = world.owner(&world.ann);
    let list = |days| {
        let (page, total) = foresight::expiring(world.app(), &call, days, ALL).unwrap();
        assert_eq!(page.len() as u64, total);
        page.iter().map(|token| token.id).collect::<Vec<_>>()
    };
    assert_eq!(list(6), []);
    assert_eq!(list(8), [week.view.row.id]);
    assert_eq!(list(31), [week.view.row.id, month]);
    assert!(waiting.view.pending.is_some());
    // Rotated, it goes on.
    let rotate = jeton_app::tokens::RotateToken {
        expires_in: Some(ExpiryWish::Days(30)),
        ..Default::default()
    };
    let own = world.own(&world.bob);
    jeton_app::tokens::rotate(world.app(), &own, month, &rotate, None).unwrap();
    world.kit.advance(Span::from_days(2));
    assert_eq!(list(29), [week.view.row.id, month]);
    assert_eq!(list(27), [week.view.row.id]);
    // Over is over.
    world.kit.advance(Span::from_days(6));
    assert_eq!(list(30), [month]);
}

#[test]
fn only_an_owner_looks_ahead() {
    let world = World::new();
    let call = world.owner(&world.bob);
    let change = Map::new();
    assert_eq!(
        refused(foresight::organization(world.app(), &call, &change, ALL)),
        (403, "membership_too_low")
    );
    assert_eq!(
        refused(foresight::expiring(world.app(), &call, 30, ALL)),
        (403, "membership_too_low")
    );
    world
        .kit
        .member(&world.alta3, &world.bob, OrganizationRole::Owner);
    assert!(foresight::organization(world.app(), &call, &change, ALL).is_ok());
}

#[test]
fn a_hundred_thousand_tokens_are_walked_in_one_pass() {
    let world = World::new();
    let template = world.approved("template").view.row.id.get();
    assert_eq!(template, 1);
    let many = "WITH RECURSIVE n(i) AS (SELECT 2 UNION ALL SELECT i + 1 FROM n WHERE i < 100000)";
    let tokens = format!(
        "{many} INSERT INTO tokens (id, kind, creator_id, name, name_key, owner_id, selection, permissions, conditions, \
         standing, standing_at, approved, created_at) SELECT i, kind, creator_id, 'n' || i, 'n' || i, owner_id, selection, \
         permissions, conditions, standing, standing_at, approved, created_at FROM n, tokens WHERE id = 1"
    );
    let secrets = format!(
        "{many} INSERT INTO secrets (id, token_id, kind, digest, key_id, hashed, created_at, expires_at) \
         SELECT i, i, s.kind, CAST(printf('%032d', i) AS BLOB), s.key_id, 'h' || i, s.created_at, s.expires_at \
         FROM n, secrets s WHERE s.id = 1"
    );
    world
        .store()
        .write(|unit| {
            unit.execute(jeton_store::Sql::built(tokens), &[])?;
            unit.execute(jeton_store::Sql::built(secrets), &[])
        })
        .unwrap();
    let preview = foretold(&world, json!({ "fine_grained_maximum": { "days": 7 } }));
    assert_eq!(
        (preview.tokens.total, preview.tokens.page.len()),
        (100_000, 100)
    );
}

/// Classic tokens of people near the organization and far from it, each with what it is told there.
struct Classic {
    world: World,
    tokens: Vec<(String, &'static str, String)>,
}

impl Classic {
    fn new() -> Self {
        let world = World::new();
        let guest = world.kit.person("guest");
        world.kit.collaborator(&world.labs, &guest, Role::Write);
        let mut tokens = Vec::new();
        for (person, name, scopes, days) in [
            (&world.bob, "long", &["repo"][..], 90),
            (&world.bob, "short", &["repo", "gist"], 7),
            (&world.bob, "members", &["read:org"], 90),
            (&world.bob, "profile", &["user", "gist"], 90),
            (&world.bob, "nothing", &[], 90),
            (&world.bob, "suspended", &["repo"], 90),
            (&guest, "contractor", &["repo"], 90),
            (&world.eve, "stranger", &["repo"], 90),
        ] {
            let new = NewClassicToken {
                name: name.to_owned(),
                scopes: scopes.iter().map(|&scope| scope.to_owned()).collect(),
                expires_in: Some(ExpiryWish::Days(days)),
                ..NewClassicToken::default()
            };
            let own = world.own(person);
            let made = tokens::create_classic(world.app(), &own, &new, None).unwrap();
            if name == "suspended" {
                tokens::suspend(world.app(), &own, made.view.row.id).unwrap();
            }
            tokens.push((person.login.clone(), name, made.secret.expose().to_owned()));
        }
        Self { world, tokens }
    }

    /// Whose tokens are let fetch the private repository.
    fn works(&self) -> Vec<(&str, &str)> {
        let fetches = |value: &String| self.world.told(value, &FETCH, &self.world.labs).0 == 200;
        let who = self.tokens.iter().filter(|(_, _, value)| fetches(value));
        who.map(|(login, name, _)| (login.as_str(), *name))
            .collect()
    }
}

#[test]
fn whose_classic_tokens_would_be_refused_is_foretold_and_no_name_of_theirs() {
    let forbid = json!({ "classic_allowed": false });
    let shorter = json!({ "classic_maximum": { "days": 30 } });
    let all: &[(&str, u64)] = &[("bob", 3), ("guest", 1)];
    let long: &[(&str, u64)] = &[("bob", 2), ("guest", 1)];
    for (change, holders, reason, left) in [
        (forbid, all, "classic_forbidden", &[][..]),
        (shorter, long, "lifetime_too_long", &[("bob", "short")]),
        (
            json!({ "fine_grained_allowed": false }),
            &[],
            "",
            &[("bob", "long"), ("bob", "short"), ("guest", "contractor")],
        ),
    ] {
        let classic = Classic::new();
        let world = &classic.world;
        assert_eq!(classic.works().len(), 3);
        let preview = foretold(world, change.clone());
        let said = &preview.tokens.classic;
        let told: Vec<(&str, u64)> = said
            .holders
            .iter()
            .map(|(login, count)| (login.as_str(), *count))
            .collect();
        assert_eq!(told, holders, "{change}");
        let total: u64 = holders.iter().map(|(_, count)| count).sum();
        assert_eq!((said.total, said.people), (total, holders.len() as u64));
        let reasons: Vec<(&str, u64)> = said.reasons.iter().map(|(code, n)| (*code, *n)).collect();
        let expected: Vec<(&str, u64)> =
            (total > 0).then_some((reason, total)).into_iter().collect();
        assert_eq!(reasons, expected, "{change}");
        // SECURITY: what a token is called is its holder's own affair.
        assert!(preview.tokens.page.is_empty() && preview.tokens.total == 0);
        let text = format!("{preview:?}");
        for (_, name, _) in &classic.tokens {
            assert!(!text.contains(&format!("\"{name}\"")), "{name}: {text}");
        }
        // What was foretold is what happens.
        let call = world.owner(&world.ann);
        organizations::patch_policy(world.app(), &call, &settings(change.clone())).unwrap();
        assert_eq!(classic.works(), left, "{change}");
        let again = foretold(world, change);
        assert_eq!(again.tokens.classic.total, 0, "refused already");
    }
}

#[test]
fn the_site_is_told_of_each_classic_token_once() {
    let classic = Classic::new();
    let world = &classic.world;
    let wished = SitePolicy {
        classic_allowed: Rule::Force(false),
        ..SitePolicy::default()
    };
    let root = world.kit.administrator("olga");
    let call = world
        .kit
        .by(&root, &operations::ADMINISTRATOR, jeton_app::Named::Site);
    let preview = foresight::site(world.app(), &call, &wished, ALL).unwrap();
    let said = &preview.tokens.classic;
    // Over one's own things each of them works, whatever scopes it holds; the suspended one does not.
    assert_eq!((said.total, said.people), (7, 3));
    assert_eq!(preview.tokens.total, 0);
    world.site_policy(&wished);
    assert_eq!(classic.works(), []);
}
