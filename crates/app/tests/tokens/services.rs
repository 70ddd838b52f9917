//! Tokens of service accounts: a lost answer is asked for again, and their owners are told what a person would be told of theirs.

use jeton_app::service_accounts::{
    self, HandOver, Issued, NewService, NewServiceToken, RotateServiceToken,
};
use jeton_app::tokens::ExpiryWish;
use jeton_app::{AppError, Presented, leaks, users};
use jeton_domain::{OrganizationRole, Span, TokenId};

use crate::letters::{anybody, letters, page, world};
use crate::outcome::{conflict, count, fault, refused};
use crate::world::{FETCH, World, levels, word};

fn with_service() -> World {
    let world = world();
    let new = NewService {
        login: "ci".to_owned(),
        role: Some("write".to_owned()),
        ..NewService::default()
    };
    service_accounts::create(world.app(), &world.owner(&world.ann), &new).unwrap();
    letters(&world.kit);
    world
}

fn deploys() -> NewServiceToken {
    NewServiceToken {
        name: "deploys".to_owned(),
        repositories: word("all"),
        permissions: levels(&[("contents", "read")]),
        ..NewServiceToken::default()
    }
}

fn make(world: &World, new: &NewServiceToken, key: Option<&str>) -> Result<Issued, AppError> {
    let owner = world.owner(&world.ann);
    service_accounts::make_token(world.app(), &owner, "ci", new, key)
}

fn rotate(
    world: &World,
    id: TokenId,
    how: &RotateServiceToken,
    key: &str,
) -> Result<Issued, AppError> {
    let owner = world.owner(&world.ann);
    service_accounts::rotate_token(world.app(), &owner, ("ci", id), how, Some(key))
}

fn hand_over(
    world: &World,
    id: TokenId,
    overlap: u32,
) -> Result<service_accounts::HandedOver, AppError> {
    let wish = HandOver {
        service_account: "ci".to_owned(),
        name: None,
        overlap_seconds: Some(overlap),
    };
    let owner = world.owner(&world.ann);
    service_accounts::hand_over(world.app(), &owner, id, &wish, Some("over"))
}

#[test]
fn a_lost_answer_is_asked_for_again_and_its_value_ends() {
    let world = with_service();
    let first = make(&world, &deploys(), Some("k")).unwrap();
    let second = make(&world, &deploys(), Some("k")).unwrap();
    assert!(!first.again && second.again);
    assert_eq!(first.view.row.id, second.view.row.id);
    assert_eq!(count(&world.kit, "SELECT COUNT(*) FROM tokens"), 1);
    let told = refused(world.git(first.secret.expose(), &FETCH, &world.labs));
    assert_eq!(told, (401, "retired"));
    let other = NewServiceToken {
        description: "x".to_owned(),
        ..deploys()
    };
    let body = ("Idempotency-Key", "invalid");
    assert_eq!(fault(make(&world, &other, Some("k"))), body);
    let value = second.secret.expose();
    world.git(value, &FETCH, &world.labs).unwrap();
    let used = conflict(make(&world, &deploys(), Some("k")));
    assert_eq!(used, "idempotency_used");

    let id = second.view.row.id;
    let how = RotateServiceToken::default();
    let first = rotate(&world, id, &how, "r").unwrap();
    let second = rotate(&world, id, &how, "r").unwrap();
    let ends = |issued: &Issued| issued.view.secrets.last().unwrap().end();
    assert_eq!(ends(&first), ends(&second), "the overlap does not grow");
    let told = refused(world.git(first.secret.expose(), &FETCH, &world.labs));
    assert_eq!(told, (401, "retired"));
    world.git(value, &FETCH, &world.labs).unwrap();
    let other = RotateServiceToken {
        expires_in: Some(ExpiryWish::Days(7)),
        ..how.clone()
    };
    assert_eq!(fault(rotate(&world, id, &other, "r")), body);
    // A key is its person's: another owner's makes a rotation of its own, which the overlap refuses.
    let olga = world.kit.person("olga");
    world
        .kit
        .member(&world.alta3, &olga, OrganizationRole::Owner);
    let theirs = world.owner(&olga);
    let rotated = service_accounts::rotate_token(world.app(), &theirs, ("ci", id), &how, Some("r"));
    assert_eq!(conflict(rotated), "overlap");
    service_accounts::revoke_token(world.app(), &world.owner(&world.ann), "ci", id).unwrap();
    assert_eq!(conflict(rotate(&world, id, &how, "r")), "life");
}

#[test]
fn owners_are_told_when_a_token_of_a_service_account_ends() {
    let world = with_service();
    let (olga, otto) = (world.kit.person("olga"), world.kit.person("otto"));
    for owner in [&olga, &otto] {
        world
            .kit
            .member(&world.alta3, owner, OrganizationRole::Owner);
    }
    let root = world.kit.administrator("zoe");
    let administrator = world.kit.by(
        &root,
        &jeton_testkit::operations::ADMINISTRATOR,
        jeton_app::Named::Site,
    );
    users::suspend(world.app(), &administrator, "otto").unwrap();
    make(&world, &deploys(), None).unwrap();
    letters(&world.kit);
    let told = |days: u32| {
        world.kit.advance(Span::from_days(days));
        for _ in 0..2 {
            world.app().housekeep().unwrap();
        }
        letters(&world.kit)
            .into_iter()
            .map(|(to, subject, _)| (to, subject))
            .collect::<Vec<_>>()
    };
    let both = |subject: &str| {
        ["ann@example.test", "olga@example.test"].map(|to| (to.to_owned(), subject.to_owned()))
    };
    assert!(told(22).is_empty());
    let subject = "The token \"deploys\" of ci expires in 7 days";
    assert_eq!(told(1), both(subject));
    assert_eq!(page(&world, &world.ann)[0], subject);
    assert_eq!(page(&world, &olga)[0], subject);
    assert!(page(&world, &world.bob).is_empty(), "a member is not");
    assert_eq!(
        told(4),
        both("The token \"deploys\" of ci expires in 3 days")
    );
    assert_eq!(
        told(2),
        both("The token \"deploys\" of ci expires in 1 day")
    );
    assert_eq!(told(1), both("The token \"deploys\" of ci has expired"));
    assert!(told(1).is_empty());
}

#[test]
fn owners_are_told_of_a_value_that_leaked_and_not_of_what_they_end() {
    let world = with_service();
    let issued = make(&world, &deploys(), None).unwrap();
    let value = jeton_token::parse(issued.secret.expose().as_bytes()).unwrap();
    let value = Presented::new(world.app().ring(), &value);
    leaks::report(world.app(), &anybody(&world), &[value]).unwrap();
    let sent = letters(&world.kit);
    let heads: Vec<_> = sent
        .iter()
        .map(|(to, subject, _)| (to.as_str(), subject.as_str()))
        .collect();
    assert_eq!(
        heads,
        [(
            "ann@example.test",
            "The token \"deploys\" of ci was revoked"
        )]
    );
    let body = &sent[0].2;
    assert!(body.contains("reported as known to others"), "{body}");
    assert!(body.contains("/organizations/alta3/settings/service-accounts/ci"));
    let other = NewServiceToken {
        name: "other".to_owned(),
        ..deploys()
    };
    let made = make(&world, &other, None).unwrap();
    let owner = world.owner(&world.ann);
    service_accounts::revoke_token(world.app(), &owner, "ci", made.view.row.id).unwrap();
    let third = NewServiceToken {
        name: "third".to_owned(),
        ..deploys()
    };
    make(&world, &third, None).unwrap();
    service_accounts::delete(world.app(), &owner, "ci").unwrap();
    assert!(letters(&world.kit).is_empty());
}

#[test]
fn a_leaver_is_told_when_an_owner_hands_their_token_over() {
    let world = with_service();
    let token = world.approved("nightly");
    let id = token.view.row.id;
    letters(&world.kit);
    let first = hand_over(&world, id, 3600).unwrap();
    let second = hand_over(&world, id, 3600).unwrap();
    assert!(
        !first.issued.again && second.issued.again,
        "asked for again"
    );
    assert_eq!(first.old_ends_at, second.old_ends_at);
    assert_eq!(
        (first.leaver.as_str(), second.leaver.as_str()),
        ("bob", "bob")
    );
    let told = refused(world.git(first.issued.secret.expose(), &FETCH, &world.labs));
    assert_eq!(told, (401, "retired"));
    let sent = letters(&world.kit);
    let heads: Vec<_> = sent
        .iter()
        .map(|(to, subject, _)| (to.as_str(), subject.as_str()))
        .collect();
    assert_eq!(
        heads,
        [(
            "bob@example.test",
            "Your token \"nightly\" was handed over to ci"
        )]
    );
    let body = &sent[0].2;
    for words in [
        "ann handed what your token \"nightly\" runs for alta3 over",
        "it may do only what both you and ci may",
        &format!("/settings/personal-access-tokens/{}", id.get()),
    ] {
        assert!(body.contains(words), "{words}: {body}");
    }
    assert!(page(&world, &world.bob)[0].contains("was handed over"));
    // Who hands their own over knows.
    let own = world.create(&world.ann, &crate::world::labs("own"));
    letters(&world.kit);
    let wish = HandOver {
        service_account: "ci".to_owned(),
        name: None,
        overlap_seconds: None,
    };
    let owner = world.owner(&world.ann);
    service_accounts::hand_over(world.app(), &owner, own.view.row.id, &wish, None).unwrap();
    assert!(letters(&world.kit).is_empty());
}
