//! What a reviewer looks for among tokens and requests.

use jeton_app::tokens::{TokenEdit, TokenFilter};
use jeton_app::{Call, grants, requests, reviewers, tokens};
use jeton_domain::{OrganizationRole, PermissionKey, Span, Time};

use crate::world::{FETCH, FINE, World, labs, levels, names, word};

/// bob reads labs; bob reads labs and asks for administration on labs and the site besides; ann writes administration everywhere; bob
/// waits with a request for the site.
fn busy() -> World {
    let world = World::new();
    let reads = world.approved("reads");
    let grows = world.approved("grows");
    let more = TokenEdit {
        repositories: names(&["labs", "site"]),
        permissions: Some(levels(&[("contents", "read"), ("administration", "write")])),
        ..TokenEdit::default()
    };
    tokens::edit(
        world.app(),
        &world.own(&world.bob),
        grows.view.row.id,
        &more,
    )
    .unwrap();
    let mut everywhere = labs("everywhere");
    everywhere.repositories = word("all");
    everywhere.permissions = levels(&[("administration", "write")]);
    world.create(&world.ann, &everywhere);
    let mut site = labs("site\",\"administration\":\"write");
    site.repositories = names(&["site"]);
    world.create(&world.bob, &site);
    assert_eq!(
        world.told(reads.secret.expose(), &FETCH, &world.labs),
        (200, "ok")
    );
    world.app().flush_activity().unwrap();
    world
}

fn granted(world: &World, call: &Call, filter: &TokenFilter) -> Vec<String> {
    let (views, total) = grants::active_page(world.app(), call, filter, 0, 100).unwrap();
    assert_eq!(views.len() as u64, total);
    views.into_iter().map(|view| view.row.name).collect()
}

fn asked(world: &World, call: &Call, filter: &TokenFilter) -> Vec<String> {
    let (views, total) = requests::pending_page(world.app(), call, filter, 0, 100).unwrap();
    assert_eq!(views.len() as u64, total);
    views
        .into_iter()
        .map(|view| view.token.row.name.chars().take(5).collect())
        .collect()
}

fn permission(key: &str) -> TokenFilter {
    TokenFilter {
        permission: Some(PermissionKey::parse(key).unwrap()),
        ..TokenFilter::default()
    }
}

fn repository(name: &str) -> TokenFilter {
    TokenFilter {
        repository: Some(name.to_owned()),
        ..TokenFilter::default()
    }
}

fn creators(logins: &[&str]) -> TokenFilter {
    TokenFilter {
        creators: logins.iter().map(|login| (*login).to_owned()).collect(),
        ..TokenFilter::default()
    }
}

#[test]
fn tokens_are_found_by_what_is_in_force_and_not_by_what_they_ask_for() {
    let world = busy();
    let ann = world.owner(&world.ann);
    let found = |filter: &TokenFilter| granted(&world, &ann, filter);
    assert_eq!(
        found(&TokenFilter::default()),
        ["everywhere", "grows", "reads"]
    );
    assert_eq!(found(&permission("contents")), ["grows", "reads"]);
    assert_eq!(found(&permission("administration")), ["everywhere"]);
    assert_eq!(found(&permission("members")), [""; 0]);
    assert_eq!(found(&repository("LABS")), ["everywhere", "grows", "reads"]);
    assert_eq!(found(&repository("Alta3/site")), ["everywhere"]);
    assert_eq!(found(&repository("other/labs")), ["everywhere"]);
    assert_eq!(found(&repository("no such\0")), ["everywhere"]);
    assert_eq!(found(&creators(&["BOB"])), ["grows", "reads"]);
    assert_eq!(found(&creators(&["eve", "ann"])), ["everywhere"]);
    assert_eq!(found(&creators(&["bo", "%", "b_b\0"])), [""; 0]);
    let both = TokenFilter {
        repository: Some("labs".to_owned()),
        ..permission("contents")
    };
    assert_eq!(found(&both), ["grows", "reads"]);
    let oldest = TokenFilter {
        oldest_first: true,
        ..TokenFilter::default()
    };
    assert_eq!(found(&oldest), ["reads", "grows", "everywhere"]);
}

#[test]
fn requests_are_found_by_what_they_ask_for() {
    let world = busy();
    let ann = world.owner(&world.ann);
    let found = |filter: &TokenFilter| asked(&world, &ann, filter);
    assert_eq!(found(&TokenFilter::default()), ["site\"", "grows"]);
    // A name that reads like a permission is none.
    assert_eq!(found(&permission("administration")), ["grows"]);
    assert_eq!(found(&permission("contents")), ["site\"", "grows"]);
    assert_eq!(found(&repository("labs")), ["grows"]);
    assert_eq!(found(&repository("site")), ["site\"", "grows"]);
    assert_eq!(found(&repository("vault")), [""; 0]);
    assert_eq!(found(&creators(&["ann"])), [""; 0]);
    let oldest = TokenFilter {
        oldest_first: true,
        ..TokenFilter::default()
    };
    assert_eq!(found(&oldest), ["grows", "site\""]);
}

#[test]
fn tokens_are_found_by_when_they_were_last_used() {
    let world = busy();
    let ann = world.owner(&world.ann);
    let now = world.app().now();
    let used = |before: Option<Time>, after: Option<Time>| {
        let filter = TokenFilter {
            used_before: before,
            used_after: after,
            ..TokenFilter::default()
        };
        granted(&world, &ann, &filter)
    };
    let (earlier, later) = (
        now.before(Span::from_seconds(60)),
        now.after(Span::from_seconds(60)),
    );
    assert_eq!(used(None, Some(earlier)), ["reads"]);
    assert_eq!(used(None, Some(now)), [""; 0]);
    assert_eq!(used(Some(earlier), None), ["everywhere", "grows"]);
    assert_eq!(used(Some(now), None), ["everywhere", "grows"]);
    assert_eq!(used(Some(later), Some(earlier)), ["reads"]);
}

/// A name that a reviewer may not see finds what a name does that is not there.
#[test]
fn a_filter_tells_a_reviewer_nothing_of_repositories_they_do_not_see() {
    let world = busy();
    let rita = world.kit.person("rita");
    world
        .kit
        .member(&world.alta3, &rita, OrganizationRole::Member);
    reviewers::add(world.app(), &world.owner(&world.ann), "rita").unwrap();
    let rita = world.reviewer(&rita);
    for name in ["labs", "alta3/labs", "no-such-repository"] {
        assert_eq!(
            granted(&world, &rita, &repository(name)),
            ["everywhere"],
            "{name}"
        );
        assert_eq!(asked(&world, &rita, &repository(name)), [""; 0], "{name}");
    }
    assert_eq!(
        asked(&world, &rita, &repository("site")),
        ["site\"", "grows"]
    );
}

#[test]
fn ones_own_tokens_are_found_by_name_owner_and_state() {
    let world = busy();
    let own = world.own(&world.bob);
    let found = |text: &str, state: &str| {
        let (views, total) = tokens::find(world.app(), &own, FINE, text, state, (0, 100)).unwrap();
        assert_eq!(views.len() as u64, total);
        let names: Vec<_> = views
            .into_iter()
            .map(|view| (view.row.name, view.state))
            .collect();
        names
    };
    assert_eq!(found("", "").len(), 3);
    assert_eq!(found("READS", ""), [("reads".to_owned(), "active")]);
    assert_eq!(found("alta3", "pending").len(), 1);
    assert_eq!(found("alta3", "active").len(), 2);
    assert_eq!(found("", "revoked"), []);
    world.kit.advance(Span::from_days(40));
    world.prove(&world.bob);
    assert_eq!(found("", "expired").len(), 3);
    assert_eq!(found("", "active"), []);
    let (page, total) = tokens::find(world.app(), &own, FINE, "s", "", (1, 1)).unwrap();
    assert_eq!((page.len(), total), (1, 3));
}
