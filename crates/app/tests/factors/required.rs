//! An organization that asks for a second factor refuses everything of whoever has none: sign-ins and
//! tokens, members and outside collaborators, at once and until they have one.

use jeton_app::organizations;
use jeton_app::repositories::{self, Wish};
use jeton_domain::{
    OrganizationPolicy, OrganizationRole, Role, Rule, Selection, Standing, Visibility,
};
use jeton_testkit::{Kit, Organization, Person, Repository, Token, named, operations};
use serde_json::json;

use crate::outcome::{fault, permitted, refused};
use crate::world::{Someone, kit};

struct World {
    kit: Kit,
    owner: Person,
    mia: Person,
    otto: Person,
    organization: Organization,
    repository: Repository,
    tokens: [Token; 2],
}

/// Mia is a member, otto works from outside; each has a token that was approved.
fn world() -> World {
    let kit = kit();
    let [owner, mia, otto] = ["olivia", "mia", "otto"].map(|login| kit.person(login));
    let organization = kit.organization("alta3", &owner);
    kit.member(&organization, &mia, OrganizationRole::Member);
    let repository = kit.repository(
        (organization.id.into(), "alta3"),
        "labs",
        Visibility::Private,
    );
    kit.collaborator(&repository, &mia, Role::Write);
    kit.collaborator(&repository, &otto, Role::Write);
    let active = Standing::Active {
        since: kit.app().now(),
    };
    let tokens = [&mia, &otto].map(|person| {
        kit.token(
            person,
            organization.id.into(),
            Selection::All,
            &[("metadata", "read"), ("contents", "write")],
            active,
        )
    });
    World {
        kit,
        owner,
        mia,
        otto,
        organization,
        repository,
        tokens,
    }
}

impl World {
    fn require(&self, on: bool) {
        let policy = OrganizationPolicy {
            two_factor_required: on,
            ..OrganizationPolicy::default()
        };
        self.kit.policy(&self.organization, &policy);
    }

    /// Mia's sign-in and token, otto's sign-in and token: whether each may write.
    fn may(&self) -> [bool; 4] {
        let named = named::repository(&self.repository);
        let write = &operations::WRITE;
        [
            self.kit.by(&self.mia, write, named.clone()),
            self.kit.with_token(&self.tokens[0], write, named.clone()),
            self.kit.by(&self.otto, write, named.clone()),
            self.kit.with_token(&self.tokens[1], write, named),
        ]
        .map(|call| permitted(&self.kit, &call))
    }

    fn patch(&self) -> Result<organizations::PolicyView, jeton_app::AppError> {
        let call = self.kit.by(
            &self.owner,
            &operations::OWNER,
            named::organization(&self.organization),
        );
        let settings = json!({"two_factor_required": true});
        organizations::patch_policy(self.kit.app(), &call, settings.as_object().unwrap())
    }
}

fn someone(person: &Person) -> Someone {
    Someone {
        value: person.value().to_owned(),
    }
}

#[test]
fn every_credential_of_whoever_has_no_second_factor_is_refused() {
    let world = world();
    assert_eq!(world.may(), [true; 4]);
    world.require(true);
    assert_eq!(world.may(), [false; 4]);
    let named = named::repository(&world.repository);
    for call in [
        world.kit.by(&world.mia, &operations::READ, named.clone()),
        world
            .kit
            .with_token(&world.tokens[1], &operations::WRITE, named),
        world.kit.by(
            &world.mia,
            &operations::MEMBER,
            named::organization(&world.organization),
        ),
    ] {
        let Err(jeton_app::AppError::Refused(refusal)) = world.kit.app().permit(&call) else {
            panic!("not refused");
        };
        assert_eq!(refusal.denial.reason.code(), "two_factor_required");
        assert_eq!(refusal.denial.status.code(), 403);
        let said = refusal.missing.clone().unwrap();
        assert!(said.contains("alta3 requires two-factor"), "{said}");
        let fix = refusal.fix.url.clone().unwrap();
        assert_eq!(fix, "http://localhost:8377/settings/security");
    }
    // One's own affairs stay open, so that one can add one.
    let (seed, _) = someone(&world.mia).authenticator(&world.kit);
    assert!(!seed.expose().is_empty());
    assert_eq!(world.may(), [true, true, false, false], "at once");
    someone(&world.otto).passkey(&world.kit, &mut crate::world::device());
    assert_eq!(world.may(), [true; 4], "a passkey alone is two-factor");
    // And at once no more.
    let sudo = someone(&world.mia).sudo(&world.kit);
    jeton_app::factors::remove_authenticator(world.kit.app(), &sudo).unwrap();
    assert_eq!(world.may(), [false, false, true, true]);
    world.require(false);
    assert_eq!(world.may(), [true; 4]);
}

#[test]
fn a_list_leaves_out_what_a_second_factor_is_needed_for() {
    let world = world();
    let call = || {
        world
            .kit
            .by(&world.mia, &operations::OWN, jeton_app::Named::Own)
    };
    let names = || {
        let list = repositories::of_oneself(world.kit.app(), &call(), &Wish::page(0, 30)).unwrap();
        list.total
    };
    assert_eq!(names(), 1);
    world.require(true);
    assert_eq!(names(), 0);
    someone(&world.mia).authenticator(&world.kit);
    assert_eq!(names(), 1);
}

#[test]
fn only_who_has_one_asks_others_for_one() {
    let world = world();
    assert_eq!(fault(world.patch()), ("two_factor_required", "invalid"));
    someone(&world.owner).authenticator(&world.kit);
    assert!(world.patch().unwrap().effective.two_factor_required);
    let log = crate::outcome::events(&world.kit);
    assert!(
        log.contains(&"org.enable_two_factor_requirement".to_owned()),
        "{log:?}"
    );
    // An owner who gave theirs up is refused as everybody is.
    let sudo = someone(&world.owner).sudo(&world.kit);
    jeton_app::factors::remove_authenticator(world.kit.app(), &sudo).unwrap();
    assert_eq!(refused(world.patch()), (403, "two_factor_required"));
}

#[test]
fn the_site_may_force_it_and_a_stored_policy_without_the_word_asks_for_none() {
    let old = json!({
        "fine_grained_allowed": true, "classic_allowed": true, "approval_required": true,
        "fine_grained_maximum": {"days": 366}, "classic_maximum": "unlimited",
        "outside_collaborators_allowed": true, "members_create_repositories": true,
        "addresses": "unrestricted",
    });
    let old: OrganizationPolicy = serde_json::from_value(old).unwrap();
    assert_eq!(old, OrganizationPolicy::default());
    let world = world();
    let administrator = world.kit.administrator("boss");
    let call = || {
        world.kit.by(
            &administrator,
            &operations::ADMINISTRATOR,
            jeton_app::Named::Site,
        )
    };
    let site = jeton_app::site::policy(world.kit.app(), &call()).unwrap();
    let forced = jeton_domain::SitePolicy {
        two_factor_required: Rule::Force(true),
        ..site
    };
    let put = || jeton_app::site::put_policy(world.kit.app(), &call(), &forced);
    assert_eq!(fault(put()), ("two_factor_required", "invalid"));
    someone(&administrator).authenticator(&world.kit);
    put().unwrap();
    assert_eq!(world.may(), [false; 4]);
    let names = repositories::of_oneself(
        world.kit.app(),
        &world
            .kit
            .by(&world.mia, &operations::OWN, jeton_app::Named::Own),
        &Wish::page(0, 30),
    );
    assert_eq!(names.unwrap().total, 0);
}

#[test]
fn an_owner_is_told_who_would_be_refused_before_it_is_asked_for() {
    let world = world();
    let (app, kit) = (world.kit.app(), &world.kit);
    let named = || named::organization(&world.organization);
    let owners = || kit.by(&world.owner, &operations::OWNER, named());
    let settings = json!({"two_factor_required": true});
    let look = || {
        let window = jeton_app::foresight::Window {
            offset: 0,
            count: 30,
        };
        jeton_app::foresight::organization(app, &owners(), settings.as_object().unwrap(), window)
            .unwrap()
    };
    let people = |seen: &jeton_app::foresight::LockedOut| {
        assert_eq!(seen.total, seen.people.len() as u64);
        let each = seen.people.iter();
        each.map(|one| (one.login.clone(), one.role.is_some()))
            .collect::<Vec<_>>()
    };
    let all = [("mia", true), ("olivia", true), ("otto", false)];
    let all = all.map(|(login, member)| (login.to_owned(), member));
    let seen = look();
    assert_eq!(people(&seen.locked_out), all);
    assert_eq!(seen.tokens.total, 2);
    let listed = jeton_app::foresight::without_second_factor(app, &owners()).unwrap();
    assert_eq!(people(&listed), all);
    someone(&world.mia).authenticator(kit);
    assert_eq!(people(&look().locked_out), all[1..]);
    // Who is refused already would not be by the change.
    world.require(true);
    someone(&world.owner).authenticator(kit);
    assert_eq!(look().locked_out.total, 0);
    let listed = jeton_app::foresight::without_second_factor(app, &owners()).unwrap();
    assert_eq!(people(&listed), all[2..]);
}

#[test]
fn who_has_a_second_factor_is_told_owners_and_nobody_else() {
    let world = world();
    let (app, kit) = (world.kit.app(), &world.kit);
    let by =
        |person, operation| kit.by(person, operation, named::organization(&world.organization));
    let owners = || by(&world.owner, &operations::OWNER);
    let members = || by(&world.mia, &operations::MEMBER);
    someone(&world.mia).authenticator(kit);
    let list = |call: &jeton_app::Call, lacking| {
        let which = organizations::Members {
            lacking,
            ..organizations::Members::default()
        };
        let (members, total) = organizations::members(app, call, which, 0, 30)?;
        assert_eq!(members.len() as u64, total);
        let members = members.into_iter();
        Ok::<_, jeton_app::AppError>(
            members
                .map(|member| (member.person.login, member.second_factor))
                .collect::<Vec<_>>(),
        )
    };
    let row = |login: &str, second| (login.to_owned(), second);
    assert_eq!(
        list(&owners(), false).unwrap(),
        [row("mia", Some(true)), row("olivia", Some(false))]
    );
    assert_eq!(list(&owners(), true).unwrap(), [row("olivia", Some(false))]);
    assert_eq!(
        list(&members(), false).unwrap(),
        [row("mia", None), row("olivia", None)]
    );
    assert_eq!(fault(list(&members(), true)), ("filter", "invalid"));
    let outside = |call: &jeton_app::Call, lacking| {
        organizations::outside_collaborators(app, call, lacking, 0, 30).map(|(people, _)| {
            people
                .into_iter()
                .map(|one| one.second_factor)
                .collect::<Vec<_>>()
        })
    };
    assert_eq!(outside(&owners(), true).unwrap(), [Some(false)]);
    assert_eq!(outside(&members(), false).unwrap(), [None]);
    assert_eq!(fault(outside(&members(), true)), ("filter", "invalid"));
    someone(&world.otto).authenticator(kit);
    assert_eq!(outside(&owners(), true).unwrap(), []);
    let listed = jeton_app::foresight::without_second_factor(app, &members());
    assert_eq!(fault(listed.map(drop)), ("filter", "invalid"));
}
