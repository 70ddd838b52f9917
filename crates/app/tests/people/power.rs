//! What adds power takes a sign-in that was confirmed lately; what only takes power away never does.

use jeton_app::repositories::{self, RepositoryEdit};
use jeton_app::teams::{self, TeamEdit, TeamPlace};
use jeton_app::users::{self, UserEdit};
use jeton_app::{AppError, Call, Named, Password, collaborators, organizations, site};
use jeton_domain::{
    Allowed, BasePermission, Maximum, OrganizationRole, Role, Rule, SitePolicy, Span, Visibility,
};
use jeton_testkit::{Kit, Organization, Person, Repository, named, operations};
use serde_json::json;

use crate::support::{events, fault, refused};

struct World {
    kit: Kit,
    root: Person,
    acme: Organization,
    lab: Repository,
}

impl World {
    /// `root` owns acme and administers the site; `bob` is a member.
    fn new() -> Self {
        let kit = Kit::new();
        let (root, bob) = (kit.administrator("root-of-it"), kit.person("bob"));
        let acme = kit.organization("acme", &root);
        kit.member(&acme, &bob, OrganizationRole::Member);
        let lab = kit.repository((acme.account(), "acme"), "lab", Visibility::Internal);
        Self {
            kit,
            root,
            acme,
            lab,
        }
    }

    fn owners(&self) -> Call {
        self.kit.by(
            &self.root,
            &operations::OWNER,
            named::organization(&self.acme),
        )
    }

    fn administrators(&self) -> Call {
        self.kit
            .by(&self.root, &operations::ADMINISTRATOR, Named::Site)
    }

    /// Whoever administers the repository.
    fn admins(&self) -> Call {
        self.kit
            .by(&self.root, &operations::ADMIN, named::repository(&self.lab))
    }

    fn base(&self, base: BasePermission) -> Result<(), AppError> {
        let edit = organizations::OrganizationEdit {
            base: Some(base),
            ..Default::default()
        };
        organizations::update(self.kit.app(), &self.owners(), &edit).map(drop)
    }

    fn member(&self, role: OrganizationRole) -> Result<(), AppError> {
        organizations::put_member(self.kit.app(), &self.owners(), "bob", role).map(drop)
    }

    fn collaborator(&self, role: Role) -> Result<(), AppError> {
        collaborators::put(self.kit.app(), &self.admins(), "bob", role).map(drop)
    }

    fn team(&self, role: Role) -> Result<(), AppError> {
        teams::put_repository(self.kit.app(), &self.owners(), "low", "acme", "lab", role)
    }

    fn stands(&self, place: TeamPlace) -> Result<(), AppError> {
        let edit = TeamEdit { name: None, place };
        teams::update(self.kit.app(), &self.owners(), "low", &edit).map(drop)
    }

    fn policy(&self, settings: &serde_json::Value) -> Result<(), AppError> {
        let settings = settings.as_object().unwrap();
        organizations::patch_policy(self.kit.app(), &self.owners(), settings).map(drop)
    }

    fn site(&self, policy: &SitePolicy) -> Result<(), AppError> {
        site::put_policy(self.kit.app(), &self.administrators(), policy).map(drop)
    }

    fn bob(&self, edit: &UserEdit) -> Result<(), AppError> {
        users::update(self.kit.app(), &self.administrators(), "bob", edit).map(drop)
    }

    fn repository(&self, edit: &RepositoryEdit) -> Result<(), AppError> {
        repositories::update(self.kit.app(), &self.admins(), edit).map(drop)
    }

    fn visibility(&self, visibility: Visibility) -> Result<(), AppError> {
        self.repository(&RepositoryEdit {
            visibility: Some(visibility),
            ..RepositoryEdit::default()
        })
    }
}

fn administrator(yes: bool) -> UserEdit {
    UserEdit {
        administrator: Some(yes),
        ..UserEdit::default()
    }
}

fn named_so(name: &str) -> UserEdit {
    UserEdit {
        name: Some(name.to_owned()),
        ..UserEdit::default()
    }
}

/// A change that a person makes.
type Change = fn(&World) -> Result<(), AppError>;

/// What gives more, and then what takes away again.
const PAIRS: &[(&str, Change, Change)] = &[
    (
        "base permission",
        |w| w.base(BasePermission::Write),
        |w| w.base(BasePermission::None),
    ),
    (
        "place in the organization",
        |w| w.member(OrganizationRole::Owner),
        |w| w.member(OrganizationRole::Member),
    ),
    (
        "role by name",
        |w| w.collaborator(Role::Admin),
        |w| w.collaborator(Role::Read),
    ),
    (
        "role of a team",
        |w| w.team(Role::Maintain),
        |w| w.team(Role::Triage),
    ),
    (
        "policy",
        |w| w.policy(&json!({ "approval_required": false, "fine_grained_maximum": "unlimited" })),
        |w| {
            w.policy(&json!({
                "approval_required": true,
                "fine_grained_maximum": { "days": 7 },
                "fine_grained_allowed": false,
                "outside_collaborators_allowed": false,
                "addresses": { "only": ["192.0.2.0/24"] },
            }))
        },
    ),
    (
        "the site's policy",
        |w| {
            w.site(&SitePolicy {
                fine_grained_maximum: Rule::Force(Maximum::Unlimited),
                ..SitePolicy::default()
            })
        },
        |w| {
            w.site(&SitePolicy {
                anonymous_allowed: false,
                fine_grained_maximum: Rule::Force(Maximum::Days(7)),
                addresses: Rule::Force(Allowed::Only(vec!["192.0.2.7/32".parse().unwrap()])),
                ..SitePolicy::default()
            })
        },
    ),
    (
        "administration of the site",
        |w| w.bob(&administrator(true)),
        |w| w.bob(&administrator(false)),
    ),
    (
        "visibility",
        |w| w.visibility(Visibility::Public),
        |w| w.visibility(Visibility::Private),
    ),
];

#[test]
fn more_takes_a_confirmed_sign_in_and_less_never_does() {
    for (what, more, less) in PAIRS {
        let world = World::new();
        teams::create(world.kit.app(), &world.owners(), "low", None).unwrap();
        let before = events(&world.kit);
        world.kit.advance(Span::from_hours(3));
        assert_eq!(
            refused(more(&world)),
            (403, "confirmation_needed"),
            "{what}"
        );
        assert_eq!(events(&world.kit), before, "{what}: nothing happened");
        world.prove();
        more(&world).unwrap_or_else(|error| panic!("{what}: {error:?}"));
        world.kit.advance(Span::from_hours(3));
        less(&world).unwrap_or_else(|error| panic!("{what}: {error:?}"));
        assert!(
            refused(more(&world)).1 == "confirmation_needed",
            "{what}: what was taken is not given back so"
        );
    }
}

impl World {
    fn prove(&self) {
        let (now, id) = (self.kit.app().now(), self.root.sign_in);
        self.kit
            .store()
            .write(|unit| {
                jeton_store::sign_ins::prove(unit, id, now)?;
                unit.feed(now, "test", id)
            })
            .unwrap();
    }
}

#[test]
fn what_is_neither_more_nor_less_needs_no_confirmation() {
    let world = World::new();
    world.kit.advance(Span::from_hours(3));
    world.bob(&named_so("Robert")).unwrap();
    let named = organizations::OrganizationEdit {
        name: Some("Acme".to_owned()),
        ..Default::default()
    };
    organizations::update(world.kit.app(), &world.owners(), &named).unwrap();
    world
        .repository(&RepositoryEdit {
            description: Some("what it is".to_owned()),
            visibility: Some(Visibility::Internal),
            ..RepositoryEdit::default()
        })
        .unwrap();
    world.member(OrganizationRole::Member).unwrap();
}

#[test]
fn whoever_could_take_an_account_over_confirms() {
    let world = World::new();
    world.kit.advance(Span::from_hours(3));
    let edits = [
        UserEdit {
            password: Some(Password::new("another long password")),
            ..UserEdit::default()
        },
        UserEdit {
            email: Some("mine@example.test".to_owned()),
            ..UserEdit::default()
        },
        UserEdit {
            login: Some("robert".to_owned()),
            ..UserEdit::default()
        },
    ];
    for edit in edits {
        assert_eq!(
            refused(world.bob(&edit)),
            (403, "confirmation_needed"),
            "{edit:?}"
        );
    }
}

#[test]
fn a_team_rises_with_a_confirmation_and_falls_without() {
    let world = World::new();
    let app = world.kit.app();
    let team = |name, parent| {
        teams::create(app, &world.owners(), name, parent)
            .unwrap()
            .row
            .id
    };
    let top = team("top", None);
    let middle = team("middle", Some(top));
    let other = team("other", None);
    team("low", Some(middle));
    world.kit.advance(Span::from_hours(3));
    assert_eq!(
        refused(world.stands(TeamPlace::Below(other))),
        (403, "confirmation_needed"),
        "another team's roles"
    );
    world.stands(TeamPlace::Below(top)).unwrap();
    assert_eq!(
        refused(world.stands(TeamPlace::Below(middle))),
        (403, "confirmation_needed")
    );
    world.stands(TeamPlace::Top).unwrap();
    assert_eq!(
        refused(world.stands(TeamPlace::Below(top))),
        (403, "confirmation_needed")
    );
}

#[test]
fn the_sites_rule_for_addresses_can_not_leave_its_maker_out() {
    let world = World::new();
    let only = |network: &str| SitePolicy {
        addresses: Rule::Force(Allowed::Only(vec![network.parse().unwrap()])),
        ..SitePolicy::default()
    };
    assert_eq!(
        fault(world.site(&only("198.51.100.0/24"))),
        ("addresses", "invalid")
    );
    assert_eq!(events(&world.kit), Vec::<String>::new());
    // From an address that it names it can be set, and mended from anywhere.
    let there = Call {
        address: "198.51.100.9".parse().ok(),
        ..world.administrators()
    };
    site::put_policy(world.kit.app(), &there, &only("198.51.100.0/24")).unwrap();
    assert_eq!(
        refused(world.kit.app().permit(&world.owners())),
        (403, "owner_address")
    );
    let stricter = SitePolicy {
        tokens_per_user: 7,
        ..only("198.51.100.0/24")
    };
    world.site(&stricter).unwrap();
    world.site(&SitePolicy::default()).unwrap();
    world.kit.app().permit(&world.owners()).unwrap();
}
