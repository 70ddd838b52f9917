//! Making an account by oneself: with an invitation's link, or where the site is open.

use jeton_app::invitations::{self, NewInvitation, Wanted};
use jeton_app::users::{self, SignUp};
use jeton_app::{AppError, Call, LinkCode, LinkUse, Named, Password, site, tokens};
use jeton_domain::{OrganizationRole, Registration, SitePolicy, Span};
use jeton_testkit::{Kit, Organization, Person, named, operations};

use crate::support::{conflict, count, events, fault, is_forbidden, is_missing};

const CODE: &str = "00112233445566778899aabbccddeeff00112233";

struct World {
    kit: Kit,
    owner: Person,
    acme: Organization,
}

fn world(registration: Registration) -> World {
    let kit = Kit::with_mail();
    let owner = kit.administrator("owner");
    let acme = kit.organization("acme", &owner);
    let policy = SitePolicy {
        registration,
        ..SitePolicy::default()
    };
    let call = kit.by(&owner, &operations::ADMINISTRATOR, Named::Site);
    site::put_policy(kit.app(), &call, &policy).unwrap();
    World { kit, owner, acme }
}

impl World {
    fn anybody(&self) -> Call {
        self.kit.anonymous(&operations::SITE, Named::Site)
    }

    /// Invites and puts a known link in the place of the one that was mailed.
    fn invite(&self, who: Wanted) -> jeton_domain::InvitationId {
        let call = self.kit.by(
            &self.owner,
            &operations::OWNER,
            named::organization(&self.acme),
        );
        let new = NewInvitation {
            who,
            role: OrganizationRole::Member,
            teams: vec![],
        };
        let made = invitations::invite(self.kit.app(), &call, &new).unwrap();
        let code = LinkCode::parse(CODE).unwrap();
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
                    &[&made.row.id, &link.digest, &link.key],
                )
            })
            .unwrap();
        made.row.id
    }

    fn sign_up(&self, new: &SignUp) -> Result<users::SignedUp, AppError> {
        users::sign_up(self.kit.app(), &self.anybody(), new)
    }
}

fn zoe(code: Option<&str>) -> SignUp {
    SignUp {
        code: code.map(str::to_owned),
        login: "zoe".to_owned(),
        email: "zoe@example.test".to_owned(),
        name: String::new(),
        password: Password::new("a long enough password"),
    }
}

fn by_email() -> Wanted {
    Wanted::Email("zoe@example.test".to_owned())
}

#[test]
fn an_invitation_leads_a_stranger_to_account_address_and_membership_in_one_go() {
    let world = world(Registration::Invitation);
    world.invite(by_email());
    let made = world
        .sign_up(&SignUp {
            email: "another@example.test".to_owned(),
            ..zoe(Some(CODE))
        })
        .unwrap();
    assert_eq!(made.organization.as_deref(), Some("acme"));
    assert!(made.verified);
    let row = &made.view.row;
    assert_eq!(
        row.email.as_deref(),
        Some("zoe@example.test"),
        "the address that the link was sent to, whatever was typed"
    );
    assert!(row.email_verified_at.is_some() && !row.administrator);
    assert_eq!(made.view.organizations, ["acme"]);
    assert_eq!(
        events(&world.kit)[1..],
        ["user.create", "org.accept_invitation", "org.add_member"]
    );
    let again = SignUp {
        login: "zoe2".to_owned(),
        ..zoe(Some(CODE))
    };
    assert_eq!(
        conflict(world.sign_up(&again)),
        "invitation_over",
        "replayed"
    );
    assert_eq!(
        count(
            &world.kit,
            "SELECT COUNT(*) FROM accounts WHERE kind = 'user'"
        ),
        2
    );
}

#[test]
fn without_a_link_nobody_signs_up_where_people_are_invited() {
    let world = world(Registration::Invitation);
    assert!(is_forbidden(world.sign_up(&zoe(None))));
    for junk in ["", "x", "../../setup", &"0".repeat(40)] {
        assert!(is_missing(world.sign_up(&zoe(Some(junk)))), "{junk:?}");
    }
}

#[test]
fn a_link_for_an_account_makes_none() {
    let world = world(Registration::Open);
    world.kit.person("guest");
    world.invite(Wanted::Login("guest".to_owned()));
    assert!(is_forbidden(world.sign_up(&zoe(Some(CODE)))));
}

#[test]
fn an_expired_and_a_cancelled_link_make_no_account() {
    let world = world(Registration::Invitation);
    let id = world.invite(by_email());
    world.kit.advance(Span::from_days(7));
    assert_eq!(conflict(world.sign_up(&zoe(Some(CODE)))), "invitation_over");
    let call = world.kit.by(
        &world.owner,
        &operations::OWNER,
        named::organization(&world.acme),
    );
    invitations::cancel(world.kit.app(), &call, id).unwrap();
    assert_eq!(conflict(world.sign_up(&zoe(Some(CODE)))), "invitation_over");
    assert_eq!(
        count(
            &world.kit,
            "SELECT COUNT(*) FROM accounts WHERE login_key = 'zoe'"
        ),
        0
    );
}

#[test]
fn who_has_an_account_with_the_address_is_led_to_it() {
    let world = world(Registration::Invitation);
    world.kit.person("zoe");
    world.invite(by_email());
    let other = SignUp {
        login: "other".to_owned(),
        ..zoe(Some(CODE))
    };
    assert_eq!(conflict(world.sign_up(&other)), "account_exists");
}

#[test]
fn closed_is_closed_to_links_too() {
    let world = world(Registration::Closed);
    world.invite(by_email());
    assert!(is_forbidden(world.sign_up(&zoe(Some(CODE)))));
    assert!(is_forbidden(world.sign_up(&zoe(None))));
    let opened = invitations::open(world.kit.app(), &world.anybody(), CODE).unwrap();
    assert!(!opened.may_sign_up);
}

#[test]
fn where_all_may_sign_up_an_address_is_no_oracle_and_proves_nothing_yet() {
    let world = world(Registration::Open);
    let taken = world
        .sign_up(&SignUp {
            email: "owner@example.test".to_owned(),
            ..zoe(None)
        })
        .unwrap();
    assert!(!taken.verified, "another's address is taken from nobody");
    let free = world
        .sign_up(&SignUp {
            login: "yan".to_owned(),
            email: "free@example.test".to_owned(),
            ..zoe(None)
        })
        .unwrap();
    assert_eq!(taken.verified, free.verified);
    assert_eq!(
        fault(world.sign_up(&zoe(None))),
        ("login", "already_exists"),
        "logins are known to all"
    );
    for (login, email, field) in [
        ("-x", "a@example.test", "login"),
        ("settings", "a@example.test", "login"),
        ("a\u{202e}b", "a@example.test", "login"),
        ("<b>", "a@example.test", "login"),
        ("fine", "no address", "email"),
        ("fine", "a@b\r\nBcc: c@d", "email"),
    ] {
        let new = SignUp {
            login: login.to_owned(),
            email: email.to_owned(),
            ..zoe(None)
        };
        assert_eq!(
            fault(world.sign_up(&new)),
            (field, "invalid"),
            "{login:?} {email:?}"
        );
    }
    for name in ["a\u{202e}b", "zero\u{200b}width", "line\nend"] {
        let new = SignUp {
            login: "fine".to_owned(),
            name: name.to_owned(),
            ..zoe(None)
        };
        assert_eq!(fault(world.sign_up(&new)), ("name", "invalid"), "{name:?}");
    }
    let short = SignUp {
        login: "fine".to_owned(),
        password: Password::new("short"),
        ..zoe(None)
    };
    assert_eq!(fault(world.sign_up(&short)), ("password", "invalid"));
    // Every fault at once: none is hidden by another.
    let all = SignUp {
        login: String::new(),
        email: String::new(),
        ..short
    };
    let Err(AppError::Invalid(faults)) = world.sign_up(&all) else {
        panic!("an account of nothing");
    };
    let fields: Vec<_> = faults.iter().map(|fault| fault.field.as_ref()).collect();
    assert_eq!(fields, ["login", "email", "password"]);
}

#[test]
fn an_address_that_nobody_proved_makes_no_token() {
    let world = world(Registration::Open);
    let person = world.kit.person("person");
    let make = |name: &str| {
        let call = world.kit.by(&person, &operations::OWN, Named::Own);
        let new = tokens::NewToken {
            name: name.to_owned(),
            ..tokens::NewToken::default()
        };
        tokens::create(world.kit.app(), &call, &new, None).map(drop)
    };
    make("one").unwrap();
    world
        .kit
        .store()
        .write(|unit| {
            jeton_store::users::claim_email(unit, person.id, "new@example.test")?;
            unit.feed(jeton_testkit::NOW, "test", person.id)
        })
        .unwrap();
    assert!(is_forbidden(make("two")));
}

#[test]
fn one_address_makes_only_so_many_accounts_in_an_hour() {
    let world = world(Registration::Open);
    let try_one = || {
        world.sign_up(&SignUp {
            login: "owner".to_owned(),
            ..zoe(None)
        })
    };
    // A taken login costs a hash, as any other.
    for _ in 0..60 {
        assert_eq!(fault(try_one()), ("login", "already_exists"));
    }
    assert!(matches!(try_one(), Err(AppError::TooMany { .. })));
    world.kit.advance(Span::from_hours(1));
    assert_eq!(fault(try_one()), ("login", "already_exists"));
}
