//! Reviewers who are not owners: what they decide, and what they never do.

use jeton_app::requests::{self, RequestView, Review};
use jeton_app::tokens::TokenFilter;
use jeton_app::{App, AppError, Call, grants, organizations, reviewers, teams};
use jeton_domain::{OrganizationRole, Role};
use jeton_testkit::Person;

use crate::outcome::{events, fault, is_forbidden, refused};
use crate::world::{FETCH, World, labs};

/// `ann` owns alta3, `rita` reviews its tokens, `bob` asks.
fn world() -> (World, Person) {
    let world = World::new();
    let rita = world.kit.person("rita");
    world
        .kit
        .member(&world.alta3, &rita, OrganizationRole::Member);
    (world, rita)
}

fn look(app: &App, call: &Call) -> Result<(Vec<RequestView>, u64), AppError> {
    requests::pending_page(app, call, &TokenFilter::default(), 0, 100)
}

fn approve(
    world: &World,
    person: &Person,
    view: &jeton_app::tokens::TokenView,
) -> Result<(), AppError> {
    let review = Review {
        approve: true,
        reason: "fine".to_owned(),
    };
    let id = view.pending.unwrap();
    requests::review(world.app(), &world.reviewer(person), &[id], &review)
}

#[test]
fn a_reviewer_lists_approves_and_withdraws() {
    let (world, rita) = world();
    let created = world.create(&world.bob, &labs("t"));
    let pending = || look(world.app(), &world.reviewer(&rita));
    assert_eq!(refused(pending()), (403, "membership_too_low"));
    reviewers::add(world.app(), &world.owner(&world.ann), "rita").unwrap();
    assert_eq!(pending().unwrap().1, 1);
    approve(&world, &rita, &created.view).unwrap();
    let value = created.secret.expose();
    assert_eq!(world.told(value, &FETCH, &world.labs), (200, "ok"));
    let id = created.view.row.id;
    grants::revoke_one(world.app(), &world.reviewer(&rita), id).unwrap();
    assert_eq!(
        world.told(value, &FETCH, &world.labs),
        (404, "standing_withdrawn")
    );
    // Nothing else of an owner's.
    assert_eq!(
        refused(organizations::policy(world.app(), &world.owner(&rita))),
        (403, "membership_too_low")
    );
}

#[test]
fn taking_the_role_away_acts_at_once() {
    let (world, rita) = world();
    let ann = world.owner(&world.ann);
    let created = world.create(&world.bob, &labs("t"));
    reviewers::add(world.app(), &ann, "rita").unwrap();
    reviewers::add(world.app(), &ann, "rita").unwrap();
    assert!(
        requests::pending_page(
            world.app(),
            &world.reviewer(&rita),
            &TokenFilter::default(),
            0,
            100
        )
        .is_ok()
    );
    // It takes power away: no confirmation.
    world.kit.advance(jeton_domain::Span::from_days(1));
    reviewers::remove(world.app(), &world.owner(&world.ann), "RITA").unwrap();
    assert_eq!(
        refused(approve(&world, &rita, &created.view)),
        (403, "membership_too_low")
    );
    let log = events(&world.kit);
    let of_reviewers: Vec<_> = log.iter().filter(|e| e.contains("reviewer")).collect();
    assert_eq!(
        of_reviewers,
        ["org.add_token_reviewer", "org.remove_token_reviewer"]
    );
}

#[test]
fn a_reviewer_never_decides_on_their_own_request() {
    let (world, rita) = world();
    reviewers::add(world.app(), &world.owner(&world.ann), "rita").unwrap();
    world.kit.collaborator(&world.labs, &rita, Role::Read);
    let own = world.create(&rita, &labs("own"));
    let other = world.create(&world.bob, &labs("other"));
    assert!(is_forbidden(approve(&world, &rita, &own.view)));
    let both = [own.view.pending.unwrap(), other.view.pending.unwrap()];
    let deny = Review {
        approve: false,
        reason: String::new(),
    };
    let all = requests::review(world.app(), &world.reviewer(&rita), &both, &deny);
    assert!(is_forbidden(all));
    let one = requests::review_one(world.app(), &world.reviewer(&rita), both[0], &deny);
    assert!(is_forbidden(one));
    assert_eq!(
        world.waiting(&world.reviewer(&world.ann)).len(),
        2,
        "nothing was decided"
    );
    approve(&world, &world.ann, &own.view).unwrap();
    approve(&world, &rita, &other.view).unwrap();
}

#[test]
fn a_team_reviews_with_the_teams_below_it() {
    let (world, rita) = world();
    let (app, ann) = (world.app(), world.owner(&world.ann));
    let above = teams::create(app, &ann, "security", None).unwrap();
    teams::create(app, &ann, "on-call", Some(above.row.id)).unwrap();
    teams::add_member(app, &ann, "on-call", "rita").unwrap();
    let may = || look(app, &world.reviewer(&rita)).is_ok();
    assert!(!may());
    reviewers::add_team(app, &ann, "security").unwrap();
    assert!(may());
    let list = reviewers::list(app, &ann).unwrap();
    assert_eq!(
        (list.people.len(), list.teams[0].handle.as_str()),
        (0, "security")
    );
    teams::delete(app, &ann, "security").unwrap();
    assert!(!may(), "the team that reviewed is gone");
}

#[test]
fn only_members_review_and_whoever_leaves_reviews_no_more() {
    let (world, rita) = world();
    let (app, ann) = (world.app(), world.owner(&world.ann));
    assert_eq!(
        fault(reviewers::add(app, &ann, "eve")),
        ("login", "invalid")
    );
    reviewers::add(app, &ann, "rita").unwrap();
    organizations::remove_member(app, &ann, "rita").unwrap();
    assert_eq!(
        refused(look(app, &world.reviewer(&rita))),
        (403, "membership_too_low")
    );
    // Coming back, they are a member and nothing more.
    world
        .kit
        .member(&world.alta3, &rita, OrganizationRole::Member);
    assert_eq!(
        refused(look(app, &world.reviewer(&rita))),
        (403, "membership_too_low")
    );
}

#[test]
fn only_an_owner_names_reviewers() {
    let (world, rita) = world();
    reviewers::add(world.app(), &world.owner(&world.ann), "rita").unwrap();
    assert_eq!(
        refused(reviewers::add(world.app(), &world.owner(&rita), "bob")),
        (403, "membership_too_low")
    );
    assert_eq!(
        refused(reviewers::remove(world.app(), &world.owner(&rita), "rita")),
        (403, "membership_too_low")
    );
}
