//! Invitations into organizations: who is invited joins, once, and nobody else does.

use jeton_app::invitations::{self, Invitation, NewInvitation, TeamWish, Wanted};
use jeton_app::{AppError, Call, LinkCode, LinkUse, Named, organizations, teams};
use jeton_domain::{InvitationState, OrganizationRole, Span, Visibility};
use jeton_store::invitations::Listed;
use jeton_testkit::{Kit, Organization, Person, named, operations};

use crate::support::{conflict, count, events, fault, is_forbidden, is_missing, permitted};

struct World {
    kit: Kit,
    owner: Person,
    guest: Person,
    acme: Organization,
}

fn world() -> World {
    let kit = Kit::with_mail();
    let owner = kit.person("owner");
    let guest = kit.person("guest");
    let acme = kit.organization("acme", &owner);
    World {
        kit,
        owner,
        guest,
        acme,
    }
}

fn by_login(login: &str) -> NewInvitation {
    NewInvitation {
        who: Wanted::Login(login.to_owned()),
        role: OrganizationRole::Member,
        teams: vec![],
    }
}

fn by_email(email: &str) -> NewInvitation {
    NewInvitation {
        who: Wanted::Email(email.to_owned()),
        ..by_login("")
    }
}

const CODE: &str = "00112233445566778899aabbccddeeff00112233";

impl World {
    fn owners(&self) -> Call {
        self.kit.by(
            &self.owner,
            &operations::OWNER,
            named::organization(&self.acme),
        )
    }

    fn own(&self, person: &Person) -> Call {
        self.kit.by(person, &operations::OWN, Named::Own)
    }

    fn anybody(&self) -> Call {
        self.kit.anonymous(&operations::SITE, Named::Site)
    }

    fn invite(&self, new: &NewInvitation) -> Invitation {
        invitations::invite(self.kit.app(), &self.owners(), new).unwrap()
    }

    /// Puts a link in the place of the one that was mailed.
    fn with_code(&self, invitation: &Invitation, code: &str) {
        let code = LinkCode::parse(code).unwrap();
        let link = self
            .kit
            .app()
            .link_digest(LinkUse::OrganizationInvitation, &code)
            .unwrap();
        self.kit
            .store()
            .write(|unit| {
                unit.execute_one(
                    "UPDATE organization_invitations SET digest = $2, key_id = $3 WHERE id = $1",
                    &[&invitation.row.id, &link.digest, &link.key],
                )
            })
            .unwrap();
    }

    fn is_member(&self, person: &Person) -> bool {
        let call = self
            .kit
            .by(person, &operations::MEMBER, named::organization(&self.acme));
        permitted(&self.kit, &call)
    }

    fn listed(&self, which: Listed) -> Vec<String> {
        let (found, total) =
            invitations::list(self.kit.app(), &self.owners(), which, 0, 30).unwrap();
        assert_eq!(found.len() as u64, total);
        found
            .iter()
            .map(|each| format!("{} {}", invitations::invited(&each.row), each.state.name()))
            .collect()
    }
}

#[test]
fn who_is_invited_by_login_joins_with_role_and_teams() {
    let world = world();
    let (app, kit) = (world.kit.app(), &world.kit);
    teams::create(app, &world.owners(), "Crew", None).unwrap();
    let made = world.invite(&NewInvitation {
        role: OrganizationRole::Owner,
        teams: vec![TeamWish::Slug("crew".to_owned())],
        ..by_login("GUEST")
    });
    assert_eq!(made.state, InvitationState::Pending);
    assert!(!world.is_member(&world.guest));
    assert_eq!(world.listed(Listed::Pending), ["guest pending"]);
    let own = invitations::own(app, &world.own(&world.guest)).unwrap();
    assert_eq!(own, std::slice::from_ref(&made));
    let accepted = invitations::accept(app, &world.own(&world.guest), made.row.id).unwrap();
    assert_eq!(accepted.state, InvitationState::Accepted);
    let owns = kit.by(
        &world.guest,
        &operations::OWNER,
        named::organization(&world.acme),
    );
    assert!(permitted(kit, &owns));
    assert_eq!(count(kit, "SELECT COUNT(*) FROM team_members"), 1);
    assert_eq!(
        events(kit),
        [
            "team.create",
            "org.invite_member",
            "org.accept_invitation",
            "org.add_member",
            "team.add_member"
        ]
    );
    assert_eq!(
        conflict(invitations::accept(
            app,
            &world.own(&world.guest),
            made.row.id
        )),
        "invitation_over",
        "once"
    );
    assert!(world.listed(Listed::Pending).is_empty());
}

#[test]
fn an_invitation_is_nobodys_but_the_inviteds() {
    let world = world();
    let app = world.kit.app();
    let other = world.kit.person("other");
    let made = world.invite(&by_login("guest"));
    let id = made.row.id;
    assert!(is_missing(invitations::accept(app, &world.own(&other), id)));
    assert!(is_missing(invitations::decline(
        app,
        &world.own(&other),
        id
    )));
    assert!(
        invitations::own(app, &world.own(&other))
            .unwrap()
            .is_empty()
    );
    world.with_code(&made, CODE);
    let foreign = invitations::accept_by_code(app, &world.own(&other), CODE);
    match foreign {
        Err(AppError::Forbidden(sentence)) => assert_eq!(
            sentence,
            "This invitation is for `guest`, and you are signed in as `other`. Sign in as `guest` to accept it."
        ),
        other => panic!("{other:?}"),
    }
    assert!(!world.is_member(&other));
    let opened = invitations::open(app, &world.own(&other), CODE).unwrap();
    assert!(!opened.mine && !opened.may_sign_up);
    invitations::accept_by_code(app, &world.own(&world.guest), CODE).unwrap();
    assert!(world.is_member(&world.guest));
    let opened = invitations::open(app, &world.own(&world.guest), CODE).unwrap();
    assert!(opened.mine && opened.member);
    assert_eq!(opened.invitation.state, InvitationState::Accepted);
}

#[test]
fn one_by_address_is_accepted_only_where_the_address_is_verified() {
    let world = world();
    let (app, kit) = (world.kit.app(), &world.kit);
    let made = world.invite(&by_email("Guest@Example.test"));
    world.with_code(&made, CODE);
    kit.store()
        .write(|unit| {
            unit.execute(
                "UPDATE users SET email_verified_at = NULL WHERE account_id = $1",
                &[&world.guest.id],
            )?;
            unit.feed(jeton_testkit::NOW, "test", world.guest.id)
        })
        .unwrap();
    assert!(
        invitations::own(app, &world.own(&world.guest))
            .unwrap()
            .is_empty()
    );
    assert!(is_missing(invitations::accept(
        app,
        &world.own(&world.guest),
        made.row.id
    )));
    assert!(is_forbidden(invitations::accept_by_code(
        app,
        &world.own(&world.guest),
        CODE
    )));
    kit.store()
        .write(|unit| {
            unit.execute(
                "UPDATE users SET email_verified_at = 1 WHERE account_id = $1",
                &[&world.guest.id],
            )?;
            unit.feed(jeton_testkit::NOW, "test", world.guest.id)
        })
        .unwrap();
    let opened = invitations::open(app, &world.anybody(), CODE).unwrap();
    assert!(opened.may_sign_up && !opened.mine);
    invitations::accept_by_code(app, &world.own(&world.guest), CODE).unwrap();
    assert!(world.is_member(&world.guest));
}

#[test]
fn an_address_is_answered_alike_whether_an_account_has_it() {
    let world = world();
    let app = world.kit.app();
    let known = invitations::invite(app, &world.owners(), &by_email("owner@example.test"));
    let unknown = invitations::invite(app, &world.owners(), &by_email("nobody@example.test"));
    let shown = |made: Result<Invitation, AppError>| {
        let row = made.unwrap().row;
        (row.role, row.expires_at, row.inviter_login)
    };
    assert_eq!(shown(known), shown(unknown), "even that of a member");
    let bad = "|no address|a@b\r\nBcc: c@d|a@b,c@d|<a@b>|a\u{200b}@b|a@b\u{202e}";
    for email in bad.split('|') {
        assert_eq!(
            fault(invitations::invite(app, &world.owners(), &by_email(email))),
            ("email", "invalid"),
            "{email:?}"
        );
    }
}

#[test]
fn nobody_is_invited_twice_or_where_they_belong() {
    let world = world();
    let app = world.kit.app();
    let invite = |new: &NewInvitation| invitations::invite(app, &world.owners(), new);
    world.invite(&by_login("guest"));
    assert_eq!(
        fault(invite(&by_login("Guest"))),
        ("login", "already_exists")
    );
    world.invite(&by_email("zoe@example.test"));
    assert_eq!(
        fault(invite(&by_email("ZOE@example.test"))),
        ("email", "already_exists")
    );
    assert_eq!(fault(invite(&by_login("owner"))), ("login", "invalid"));
    for nobody in ["nobody-there", "", "a\0b", "\u{202e}guest", "<b>"] {
        assert_eq!(
            fault(invite(&by_login(nobody))),
            ("login", "missing"),
            "{nobody:?}"
        );
    }
    let team = NewInvitation {
        teams: vec![TeamWish::Slug("nothing".to_owned())],
        ..by_login("guest")
    };
    assert_eq!(fault(invite(&team)), ("team_ids", "missing"));
}

#[test]
fn an_invitation_expires_at_its_very_moment_and_can_be_sent_again() {
    let world = world();
    let (app, kit) = (world.kit.app(), &world.kit);
    let made = world.invite(&by_login("guest"));
    world.with_code(&made, CODE);
    kit.advance(Span::from_days(7));
    assert_eq!(
        conflict(invitations::accept(
            app,
            &world.own(&world.guest),
            made.row.id
        )),
        "invitation_over"
    );
    assert_eq!(
        conflict(invitations::decline_by_code(app, &world.anybody(), CODE)),
        "invitation_over"
    );
    assert!(!world.is_member(&world.guest));
    assert_eq!(world.listed(Listed::Failed), ["guest expired"]);
    let sent = invitations::resend(app, &world.owners(), made.row.id).unwrap();
    assert_eq!(sent.state, InvitationState::Pending);
    assert!(
        is_missing(invitations::open(app, &world.anybody(), CODE)),
        "the earlier link leads nowhere"
    );
    invitations::accept(app, &world.own(&world.guest), made.row.id).unwrap();
    assert!(world.is_member(&world.guest));
}

#[test]
fn what_was_cancelled_between_opening_and_pressing_opens_nothing() {
    let world = world();
    let app = world.kit.app();
    let made = world.invite(&by_login("guest"));
    world.with_code(&made, CODE);
    let opened = invitations::open(app, &world.own(&world.guest), CODE).unwrap();
    assert!(opened.mine);
    invitations::cancel(app, &world.owners(), made.row.id).unwrap();
    for result in [
        invitations::accept_by_code(app, &world.own(&world.guest), CODE),
        invitations::accept(app, &world.own(&world.guest), made.row.id),
    ] {
        assert_eq!(conflict(result), "invitation_over");
    }
    assert_eq!(
        conflict(invitations::cancel(app, &world.owners(), made.row.id)),
        "invitation_over"
    );
    assert_eq!(
        conflict(invitations::resend(app, &world.owners(), made.row.id)),
        "invitation_over",
        "what was taken back is not sent again"
    );
    assert!(!world.is_member(&world.guest));
    assert!(world.listed(Listed::Pending).is_empty() && world.listed(Listed::Failed).is_empty());
    assert_eq!(
        count(
            &world.kit,
            "SELECT COUNT(*) FROM tombstones WHERE kind = 'invitation_ended'"
        ),
        1
    );
}

#[test]
fn who_declines_is_asked_no_more_until_invited_again() {
    let world = world();
    let app = world.kit.app();
    let made = world.invite(&by_login("guest"));
    invitations::decline(app, &world.own(&world.guest), made.row.id).unwrap();
    assert_eq!(
        conflict(invitations::accept(
            app,
            &world.own(&world.guest),
            made.row.id
        )),
        "invitation_over"
    );
    assert_eq!(world.listed(Listed::Failed), ["guest declined"]);
    world.invite(&by_login("guest"));
    let by_mail = world.invite(&by_email("stranger@example.test"));
    world.with_code(&by_mail, CODE);
    invitations::decline_by_code(app, &world.anybody(), CODE).unwrap();
    assert_eq!(
        events(&world.kit).last().map(String::as_str),
        Some("org.decline_invitation")
    );
}

#[test]
fn of_two_who_press_at_once_one_joins() {
    let world = world();
    let made = world.invite(&by_login("guest"));
    let (app, id) = (world.kit.app(), made.row.id);
    let calls = [world.own(&world.guest), world.own(&world.guest)];
    let joined = std::thread::scope(|scope| {
        calls
            .iter()
            .map(|call| scope.spawn(move || invitations::accept(app, call, id).is_ok()))
            .collect::<Vec<_>>()
            .into_iter()
            .map(|thread| usize::from(thread.join().unwrap()))
            .sum::<usize>()
    });
    assert_eq!(joined, 1);
    let added = events(&world.kit);
    assert_eq!(added.iter().filter(|e| *e == "org.add_member").count(), 1);
}

#[test]
fn a_member_who_is_removed_finds_no_invitation_left() {
    let world = world();
    let app = world.kit.app();
    let by_mail = world.invite(&by_email("guest@example.test"));
    let made = world.invite(&by_login("guest"));
    invitations::accept(app, &world.own(&world.guest), made.row.id).unwrap();
    organizations::remove_member(app, &world.owners(), "guest").unwrap();
    assert!(
        invitations::own(app, &world.own(&world.guest))
            .unwrap()
            .is_empty()
    );
    assert_eq!(
        conflict(invitations::accept(
            app,
            &world.own(&world.guest),
            by_mail.row.id
        )),
        "invitation_over"
    );
    assert!(!world.is_member(&world.guest));
}

#[test]
fn with_the_organization_go_its_invitations() {
    let world = world();
    let app = world.kit.app();
    let made = world.invite(&by_login("guest"));
    organizations::delete(app, &world.owners()).unwrap();
    assert!(
        invitations::own(app, &world.own(&world.guest))
            .unwrap()
            .is_empty()
    );
    assert_eq!(
        conflict(invitations::accept(
            app,
            &world.own(&world.guest),
            made.row.id
        )),
        "invitation_over"
    );
}

#[test]
fn the_inviters_own_place_matters_no_more_once_it_is_sent() {
    let world = world();
    let (app, kit) = (world.kit.app(), &world.kit);
    let second = kit.person("second");
    kit.member(&world.acme, &second, OrganizationRole::Owner);
    let made = world.invite(&by_login("guest"));
    let call = kit.by(
        &second,
        &operations::OWNER,
        named::organization(&world.acme),
    );
    organizations::remove_member(app, &call, "owner").unwrap();
    invitations::accept(app, &world.own(&world.guest), made.row.id).unwrap();
    assert!(world.is_member(&world.guest));
}

#[test]
fn junk_is_no_link() {
    let world = world();
    for junk in [
        "",
        "x",
        "../..",
        "\0",
        &"0".repeat(39),
        &"0".repeat(40),
        &"A".repeat(40),
    ] {
        assert!(is_missing(invitations::open(
            world.kit.app(),
            &world.anybody(),
            junk
        )));
    }
}

#[test]
fn a_role_on_a_repository_is_offered_and_taken_up_or_not() {
    let world = world();
    let (app, kit) = (world.kit.app(), &world.kit);
    let lab = kit.repository((world.acme.account(), "acme"), "lab", Visibility::Private);
    let admins = || kit.by(&world.owner, &operations::ADMIN, named::repository(&lab));
    let push = kit.by(&world.guest, &operations::WRITE, named::repository(&lab));
    let put = |role| jeton_app::collaborators::put(app, &admins(), "guest", role).unwrap();
    let invited = put(jeton_domain::Role::Triage).unwrap();
    assert!(!permitted(kit, &push));
    let again = put(jeton_domain::Role::Write).unwrap();
    assert_eq!(again.row.id, invited.row.id, "one waits at a time");
    assert_eq!(again.row.role, jeton_domain::Role::Write);
    let other = kit.person("other");
    let id = invited.row.id;
    assert!(is_missing(invitations::accept_repository(
        app,
        &world.own(&other),
        id
    )));
    let own = invitations::own_repositories(app, &world.own(&world.guest)).unwrap();
    assert_eq!(own[0].repository.full_name(), "acme/lab");
    invitations::accept_repository(app, &world.own(&world.guest), id).unwrap();
    assert!(permitted(kit, &push));
    assert_eq!(
        conflict(invitations::accept_repository(
            app,
            &world.own(&world.guest),
            id
        )),
        "invitation_over"
    );
    assert!(
        put(jeton_domain::Role::Admin).is_none(),
        "at once from here on"
    );
    jeton_app::collaborators::remove(app, &admins(), "guest").unwrap();
    let invited = put(jeton_domain::Role::Read).unwrap();
    invitations::decline_repository(app, &world.own(&world.guest), invited.row.id).unwrap();
    let invited = put(jeton_domain::Role::Read).unwrap();
    kit.advance(Span::from_days(7));
    assert_eq!(
        conflict(invitations::accept_repository(
            app,
            &world.own(&world.guest),
            invited.row.id
        )),
        "invitation_over"
    );
    assert!(!permitted(kit, &push));
    assert_eq!(
        events(kit),
        [
            "repository_invitation.create",
            "repository_invitation.update",
            "repository_invitation.accept",
            "repo.add_member",
            "repo.update_member",
            "repo.remove_member",
            "repository_invitation.create",
            "repository_invitation.reject",
            "repository_invitation.create"
        ]
    );
}

#[test]
fn members_have_a_role_at_once_and_a_deleted_repository_invites_nobody() {
    let world = world();
    let (app, kit) = (world.kit.app(), &world.kit);
    let member = kit.person("member");
    kit.member(&world.acme, &member, OrganizationRole::Member);
    let lab = kit.repository((world.acme.account(), "acme"), "lab", Visibility::Private);
    let admins = kit.by(&world.owner, &operations::ADMIN, named::repository(&lab));
    let role = jeton_domain::Role::Maintain;
    assert!(
        jeton_app::collaborators::put(app, &admins, "member", role)
            .unwrap()
            .is_none()
    );
    let invited = jeton_app::collaborators::put(app, &admins, "guest", role)
        .unwrap()
        .unwrap();
    jeton_app::repositories::delete(app, &admins).unwrap();
    assert_eq!(
        conflict(invitations::accept_repository(
            app,
            &world.own(&world.guest),
            invited.row.id
        )),
        "invitation_over"
    );
    assert!(
        invitations::own_repositories(app, &world.own(&world.guest))
            .unwrap()
            .is_empty()
    );
}

#[test]
fn where_a_second_factor_is_asked_for_nobody_enters_without_one() {
    let world = world();
    let (app, kit) = (world.kit.app(), &world.kit);
    let made = world.invite(&by_login("guest"));
    world.with_code(&made, CODE);
    let policy = jeton_domain::OrganizationPolicy {
        two_factor_required: true,
        ..jeton_domain::OrganizationPolicy::default()
    };
    kit.policy(&world.acme, &policy);
    for result in [
        invitations::accept(app, &world.own(&world.guest), made.row.id),
        invitations::accept_by_code(app, &world.own(&world.guest), CODE),
    ] {
        assert_eq!(conflict(result), "second_factor_needed");
    }
    assert!(!world.is_member(&world.guest));
    kit.policy(&world.acme, &jeton_domain::OrganizationPolicy::default());
    invitations::accept(app, &world.own(&world.guest), made.row.id).unwrap();
    assert!(world.is_member(&world.guest));
}
