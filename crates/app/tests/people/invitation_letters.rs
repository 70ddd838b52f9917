//! The letters of invitations: none leaves with a dead link, and none is promised where none can leave.

use jeton_app::collaborators;
use jeton_app::invitations::{self, NewInvitation, Wanted};
use jeton_app::repositories::{self, RepositoryEdit};
use jeton_app::{Call, Named};
use jeton_domain::{OrganizationRole, Role, Visibility};
use jeton_store::invitations::Listed;
use jeton_testkit::{Kit, Organization, Person, named, operations};

use crate::support::{conflict, count};

/// `owner` owns acme, `guest` belongs to nothing.
struct World {
    kit: Kit,
    owner: Person,
    guest: Person,
    acme: Organization,
}

impl World {
    fn of(kit: Kit) -> Self {
        let owner = kit.person("owner");
        let guest = kit.person("guest");
        let acme = kit.organization("acme", &owner);
        Self {
            kit,
            owner,
            guest,
            acme,
        }
    }

    fn owners(&self) -> Call {
        let acme = named::organization(&self.acme);
        self.kit.by(&self.owner, &operations::OWNER, acme)
    }
}

fn new(who: Wanted) -> NewInvitation {
    NewInvitation {
        who,
        role: OrganizationRole::Member,
        teams: vec![],
    }
}

fn by_email(email: &str) -> NewInvitation {
    new(Wanted::Email(email.to_owned()))
}

fn by_login(login: &str) -> NewInvitation {
    new(Wanted::Login(login.to_owned()))
}

#[test]
fn no_letter_leaves_whose_link_opens_nothing_any_more() {
    let world = World::of(Kit::with_mail());
    let app = world.kit.app();
    let invite = |new: &NewInvitation| invitations::invite(app, &world.owners(), new).unwrap();
    let sent_again = invite(&by_email("zoe@example.org"));
    invitations::resend(app, &world.owners(), sent_again.row.id).unwrap();
    let taken_back = invite(&by_email("yan@example.org"));
    invitations::cancel(app, &world.owners(), taken_back.row.id).unwrap();
    let declined = invite(&by_login("guest"));
    invitations::decline(
        app,
        &world.kit.by(&world.guest, &operations::OWN, Named::Own),
        declined.row.id,
    )
    .unwrap();
    assert_eq!(app.deliver_mail(&|| true).unwrap(), 4);
    let letters: Vec<String> = std::fs::read_dir(world.kit.mail())
        .unwrap()
        .map(|entry| std::fs::read_to_string(entry.unwrap().path()).unwrap())
        .collect();
    assert_eq!(letters.len(), 1, "{letters:?}");
    assert!(letters[0].contains("zoe@example.org"), "{letters:?}");
    let text = letters[0].replace("=\r\n", "");
    let (_, rest) = text.split_once("/invitations/").unwrap();
    let code: String = rest.chars().take_while(char::is_ascii_hexdigit).collect();
    let opened = invitations::open(
        app,
        &world.kit.anonymous(&operations::SITE, Named::Site),
        &code,
    )
    .unwrap();
    assert_eq!(opened.invitation.row.id, sent_again.row.id);
    let over = "SELECT COUNT(*) FROM jobs WHERE outcome = 'not_needed'";
    assert_eq!(count(&world.kit, over), 3);
}

#[test]
fn without_mail_only_an_account_is_invited() {
    let world = World::of(Kit::new());
    let (kit, call) = (&world.kit, world.owners());
    let invite = |new: &NewInvitation| invitations::invite(kit.app(), &call, new);
    assert_eq!(conflict(invite(&by_email("zoe@example.org"))), "no_mail");
    let list = || invitations::list(kit.app(), &call, Listed::Pending, 0, 9).unwrap();
    assert_eq!(list().1, 0);
    // One from a time when there was mail is not sent again either.
    let made = invite(&by_login("guest")).unwrap();
    kit.store()
        .write(|unit| {
            unit.execute_one(
                "UPDATE organization_invitations SET user_id = NULL, email = 'zoe@x', email_key = 'zoe@x' WHERE id = $1",
                &[&made.row.id],
            )
        })
        .unwrap();
    let again = invitations::resend(kit.app(), &call, made.row.id);
    assert_eq!(conflict(again), "no_mail");
}

#[test]
fn a_letter_about_a_role_leaves_only_while_that_role_is_offered() {
    let world = World::of(Kit::with_mail());
    let (kit, app) = (&world.kit, world.kit.app());
    let owner = (world.acme.account(), "acme");
    let [_, taken_back, lowered, renamed] =
        ["kept", "taken-back", "lowered", "renamed"].map(|name| {
            let lab = kit.repository(owner, name, Visibility::Private);
            let call = kit.by(&world.owner, &operations::ADMIN, named::repository(&lab));
            collaborators::put(app, &call, "guest", Role::Admin).unwrap();
            call
        });
    let (waiting, _) = invitations::of_repository(app, &taken_back, 0, 9).unwrap();
    invitations::cancel_repository(app, &taken_back, waiting[0].row.id).unwrap();
    collaborators::put(app, &lowered, "guest", Role::Read).unwrap();
    // Another repository has the name by now.
    let edit = RepositoryEdit {
        name: Some("elsewhere".to_owned()),
        ..RepositoryEdit::default()
    };
    repositories::update(app, &renamed, &edit).unwrap();
    kit.repository(owner, "renamed", Visibility::Private);
    assert_eq!(app.deliver_mail(&|| true).unwrap(), 5);
    let mut letters: Vec<String> = std::fs::read_dir(kit.mail())
        .unwrap()
        .map(|entry| std::fs::read_to_string(entry.unwrap().path()).unwrap())
        .map(|letter| letter.replace("=\r\n", ""))
        .collect();
    letters.sort_by_key(|letter| letter.contains("role read"));
    let offers = |name: &str, role: &str| {
        letters
            .iter()
            .filter(|letter| letter.contains(name) && letter.contains(&format!("role {role}")))
            .count()
    };
    assert_eq!(letters.len(), 3, "{letters:?}");
    assert_eq!(offers("acme/kept", "admin"), 1, "{letters:?}");
    assert_eq!(offers("acme/lowered", "read"), 1, "{letters:?}");
    assert_eq!(offers("acme/elsewhere", "admin"), 1, "{letters:?}");
}
