//! Who has which role, and through what; and what somebody would lose.

use jeton_app::{Call, access, organizations, teams};
use jeton_domain::{BasePermission, OrganizationRole, Role, Selection, Standing, Visibility};
use jeton_testkit::{Kit, Organization, Person, Repository, named, operations};

use crate::support::conflict;

struct World {
    kit: Kit,
    owner: Person,
    mia: Person,
    acme: Organization,
    lab: Repository,
}

/// `mia` is a member with a direct role on lab, in the team `night` below `crew`, which maintains lab; `guest` works on
/// it from outside.
fn world() -> World {
    let kit = Kit::new();
    let [owner, mia, guest] = ["owner", "mia", "guest"].map(|login| kit.person(login));
    let acme = kit.organization("acme", &owner);
    kit.member(&acme, &mia, OrganizationRole::Member);
    let lab = kit.repository((acme.account(), "acme"), "lab", Visibility::Private);
    kit.repository((acme.account(), "acme"), "other", Visibility::Private);
    kit.collaborator(&lab, &mia, Role::Triage);
    kit.collaborator(&lab, &guest, Role::Write);
    let world = World {
        kit,
        owner,
        mia,
        acme,
        lab,
    };
    let app = world.kit.app();
    let crew = teams::create(app, &world.owners(), "Crew", None).unwrap();
    teams::create(app, &world.owners(), "Night", Some(crew.row.id)).unwrap();
    teams::add_member(app, &world.owners(), "night", "mia").unwrap();
    teams::put_repository(app, &world.owners(), "crew", "acme", "lab", Role::Maintain).unwrap();
    world
}

impl World {
    fn owners(&self) -> Call {
        self.kit.by(
            &self.owner,
            &operations::OWNER,
            named::organization(&self.acme),
        )
    }

    fn admins(&self) -> Call {
        self.kit.by(
            &self.owner,
            &operations::ADMIN,
            named::repository(&self.lab),
        )
    }

    fn people(&self, search: &str) -> Vec<String> {
        let (found, total) = access::people(self.kit.app(), &self.admins(), search, 0, 30).unwrap();
        assert_eq!(found.len() as u64, total);
        found
            .iter()
            .map(|each| {
                let sources: Vec<_> = each
                    .sources
                    .iter()
                    .map(|source| format!("{} {}", source.role().name(), source.words()))
                    .collect();
                format!(
                    "{} {}{}: {}",
                    each.person.login,
                    each.role.name(),
                    if each.outside { " outside" } else { "" },
                    sources.join("; ")
                )
            })
            .collect()
    }
}

#[test]
fn each_person_is_listed_with_their_role_and_every_source_of_it() {
    let world = world();
    assert_eq!(
        world.people(""),
        [
            "guest write outside: write given directly",
            "mia maintain: maintain team Crew, as a member of Night below it; triage given directly; \
             read base permission of the organization",
            "owner admin: admin owner of the organization; read base permission of the organization",
        ]
    );
    assert_eq!(world.people("MI").len(), 1);
    for nobody in ["%", "_", "zzz", "a' OR 1=1", "\u{202e}", "\0"] {
        assert!(world.people(nobody).is_empty(), "{nobody:?}");
    }
    world.kit.base(&world.acme, BasePermission::None);
    let loner = world.kit.person("loner");
    world
        .kit
        .member(&world.acme, &loner, OrganizationRole::Member);
    assert_eq!(
        world.people("").len(),
        3,
        "who has no role is not listed where members have none by themselves"
    );
    world.kit.base(&world.acme, BasePermission::Write);
    assert_eq!(
        world.people("loner"),
        ["loner write: write base permission of the organization"]
    );
}

#[test]
fn what_is_listed_is_what_the_decision_sees() {
    let world = world();
    for base in [
        BasePermission::None,
        BasePermission::Read,
        BasePermission::Admin,
    ] {
        world.kit.base(&world.acme, base);
        let (found, _) = access::people(world.kit.app(), &world.admins(), "", 0, 30).unwrap();
        for each in found {
            let (_, role) = jeton_app::collaborators::permission(
                world.kit.app(),
                &world.admins(),
                &each.person.login,
            )
            .unwrap();
            assert_eq!(role, Some(each.role), "{}", each.person.login);
            assert_eq!(
                each.sources.iter().map(access::Source::role).max(),
                role,
                "{}",
                each.person.login
            );
        }
    }
}

#[test]
fn a_persons_repositories_are_listed_with_every_source() {
    let world = world();
    let of = |login: &str| -> Vec<(String, Role, usize)> {
        let (found, total) =
            access::of_person(world.kit.app(), &world.owners(), login, 0, 30).unwrap();
        assert_eq!(found.len() as u64, total);
        found
            .into_iter()
            .map(|each| (each.row.name, each.role, each.sources.len()))
            .collect()
    };
    assert_eq!(
        of("mia"),
        [
            ("lab".to_owned(), Role::Maintain, 3),
            ("other".to_owned(), Role::Read, 1)
        ]
    );
    assert_eq!(of("guest"), [("lab".to_owned(), Role::Write, 1)]);
    world.kit.base(&world.acme, BasePermission::None);
    assert_eq!(of("mia"), [("lab".to_owned(), Role::Maintain, 2)]);
    assert_eq!(of("owner").len(), 2);
    let stranger = access::of_person(world.kit.app(), &world.owners(), "nobody", 0, 30);
    assert!(crate::support::is_missing(stranger));
}

#[test]
fn what_somebody_would_lose_is_said_and_is_what_they_lose() {
    let world = world();
    let app = world.kit.app();
    let active = Standing::Active {
        since: jeton_testkit::NOW,
    };
    for standing in [active, Standing::Pending] {
        world.kit.token(
            &world.mia,
            world.acme.account(),
            Selection::All,
            &[("contents", "read")],
            standing,
        );
    }
    let losses = organizations::losses_of_member(app, &world.owners(), "mia").unwrap();
    assert_eq!(losses.teams, ["Night"]);
    assert_eq!(
        (
            losses.repositories_total,
            losses.tokens.len(),
            losses.requests
        ),
        (2, 1, 1)
    );
    assert_eq!(losses.blocked, None);
    let leaving = world.kit.by(
        &world.mia,
        &operations::MEMBER,
        named::organization(&world.acme),
    );
    assert_eq!(
        organizations::losses_of_leaving(app, &leaving).unwrap(),
        losses
    );
    let owner = organizations::losses_of_member(app, &world.owners(), "owner").unwrap();
    assert_eq!(
        owner.blocked.as_deref(),
        Some("`owner` is the last owner of acme; make somebody else an owner first")
    );
    assert_eq!(
        conflict(organizations::remove_member(app, &world.owners(), "owner")),
        "last_owner",
        "as it was said"
    );
    organizations::remove_member(app, &world.owners(), "mia").unwrap();
    assert!(world.people("mia").is_empty());
    let guest = organizations::losses_of_collaborator(app, &world.admins(), "guest").unwrap();
    assert_eq!((guest.keeps, guest.tokens.len()), (None, 0));
}

#[test]
fn members_are_searched_by_a_part_of_their_login() {
    let world = world();
    let found = |search: &str, role| {
        let (found, total) = {
            let which = organizations::Members {
                role,
                search,
                lacking: false,
            };
            organizations::members(world.kit.app(), &world.owners(), which, 0, 30)
        }
        .unwrap();
        assert_eq!(found.len() as u64, total);
        found
            .into_iter()
            .map(|member| member.person.login)
            .collect::<Vec<_>>()
    };
    assert_eq!(found("", None), ["mia", "owner"]);
    assert_eq!(found("I", None), ["mia"]);
    assert_eq!(found("", Some(OrganizationRole::Owner)), ["owner"]);
    assert!(found("%", None).is_empty());
}
