//! People: names, suspension, profiles.

use jeton_app::repositories::{self, Wish};
use jeton_app::users::{self, Fate, NewUser, UserEdit};
use jeton_app::{Named, Password, organizations, site};
use jeton_domain::{OrganizationRole, Selection, Standing, Visibility};
use jeton_testkit::{Kit, Person, named, operations};

use crate::support::{conflict, count, events, fault, is_missing, leads, permitted, refused};

fn new(login: &str) -> NewUser {
    NewUser {
        login: login.to_owned(),
        email: format!("{login}@example.test"),
        password: Password::new("a long enough password"),
        name: String::new(),
        administrator: false,
    }
}

fn rename(login: &str) -> UserEdit {
    UserEdit {
        login: Some(login.to_owned()),
        ..UserEdit::default()
    }
}

/// A call about people, by an administrator.
pub(crate) fn as_administrator(kit: &Kit, administrator: &Person) -> jeton_app::Call {
    kit.by(administrator, &operations::ADMINISTRATOR, Named::Site)
}

#[test]
fn a_name_is_taken_once_whatever_its_case_and_reserved_words_are_nobodys() {
    let kit = Kit::new();
    let root = kit.administrator("root-of-it");
    kit.organization("Acme", &root);
    let call = as_administrator(&kit, &root);
    let made = users::create(kit.app(), &call, &new("Ann")).unwrap();
    assert_eq!(
        (made.row.login.as_str(), made.row.state.as_str()),
        ("Ann", "active")
    );
    assert!(
        made.row.email_verified_at.is_some(),
        "an address set by an administrator counts as verified"
    );
    for taken in ["aNN", "acme"] {
        assert_eq!(
            fault(users::create(kit.app(), &call, &new(taken))),
            ("login", "already_exists")
        );
    }
    for bad in [
        "settings",
        "-rf",
        "a--b",
        "..",
        "аnn",
        &"x".repeat(40),
        "a/b",
    ] {
        assert_eq!(
            fault(users::create(kit.app(), &call, &new(bad))),
            ("login", "invalid"),
            "{bad}"
        );
    }
    let same_address = NewUser {
        login: "other".to_owned(),
        ..new("Ann")
    };
    assert_eq!(
        fault(users::create(kit.app(), &call, &same_address)),
        ("email", "already_exists")
    );
    assert_eq!(events(&kit), ["user.create"]);
}

#[test]
fn only_administrators_make_people() {
    let kit = Kit::new();
    let ann = kit.person("ann");
    let call = kit.by(&ann, &operations::ADMINISTRATOR, Named::Site);
    assert_eq!(
        refused(users::create(kit.app(), &call, &new("bob"))),
        (403, "administrator_needed")
    );
    assert_eq!(count(&kit, "SELECT COUNT(*) FROM accounts"), 1);
}

#[test]
fn a_name_that_was_given_up_comes_back_only_by_an_administrators_release() {
    let kit = Kit::new();
    let root = kit.administrator("root-of-it");
    kit.person("ann");
    let call = as_administrator(&kit, &root);
    users::update(kit.app(), &call, "ann", &rename("anna")).unwrap();
    assert_eq!(
        fault(users::create(kit.app(), &call, &new("Ann"))),
        ("login", "already_exists")
    );
    assert_eq!(
        fault(organizations::create(
            kit.app(),
            &kit.by(&root, &operations::PERSON, Named::Site),
            "ann",
            ""
        )),
        ("login", "already_exists")
    );
    assert!(
        is_missing(site::release_name(kit.app(), &call, "anna")),
        "in use, not given up"
    );
    site::release_name(kit.app(), &call, "ANN").unwrap();
    // The address stays with the person who was renamed.
    let second = NewUser {
        email: "second@example.test".to_owned(),
        ..new("Ann")
    };
    users::create(kit.app(), &call, &second).unwrap();
    assert_eq!(
        events(&kit),
        ["user.rename", "site.release_name", "user.create"]
    );
}

#[test]
fn repositories_follow_a_renamed_person_and_the_old_path_leads_to_them() {
    let kit = Kit::new();
    let root = kit.administrator("root-of-it");
    let ann = kit.person("ann");
    kit.repository((ann.account(), "ann"), "lab", Visibility::Public);
    let at = |owner: &str| {
        kit.by(
            &ann,
            &operations::READ,
            Named::Repository(owner.to_owned(), "lab".to_owned()),
        )
    };
    assert!(permitted(&kit, &at("ann")));
    users::update(
        kit.app(),
        &as_administrator(&kit, &root),
        "ann",
        &rename("anna"),
    )
    .unwrap();
    assert!(permitted(&kit, &at("anna")));
    // Twice: the second time it comes from memory.
    for _ in 0..2 {
        assert_eq!(leads(kit.app().permit(&at("ann"))), "anna/lab");
    }
    let nobody = kit.anonymous(&operations::SITE, Named::Site);
    assert_eq!(leads(users::profile(kit.app(), &nobody, "ANN")), "anna");
    let listed = repositories::of_user(kit.app(), &nobody, "ann", &Wish::page(0, 30));
    assert_eq!(leads(listed), "anna");
    // What acts on people takes their present name.
    let call = as_administrator(&kit, &root);
    assert!(is_missing(users::suspend(kit.app(), &call, "ann")));
    // Who is deleted had no name.
    users::update(kit.app(), &call, "anna", &rename("annie")).unwrap();
    assert_eq!(leads(kit.app().permit(&at("ann"))), "annie/lab");
    assert_eq!(leads(kit.app().permit(&at("anna"))), "annie/lab");
    users::delete(kit.app(), &call, "annie", &Fate::Delete).unwrap();
    for name in ["ann", "anna", "annie"] {
        let named = Named::Repository(name.to_owned(), "lab".to_owned());
        let gone = kit.by(&root, &operations::READ, named);
        assert_eq!(refused(kit.app().permit(&gone)), (404, "not_visible"));
        assert!(is_missing(users::profile(kit.app(), &nobody, name)));
    }
}

#[test]
fn suspension_refuses_every_credential_and_revokes_none() {
    let kit = Kit::new();
    let root = kit.administrator("root-of-it");
    let ann = kit.person("ann");
    let token = kit.token(
        &ann,
        ann.account(),
        Selection::All,
        &[("metadata", "read")],
        Standing::NotNeeded,
    );
    let own = [
        kit.by(&ann, &operations::OWN, Named::Own),
        kit.with_token(&token, &operations::OWN, Named::Own),
    ];
    assert!(own.iter().all(|call| permitted(&kit, call)));
    users::suspend(kit.app(), &as_administrator(&kit, &root), "ann").unwrap();
    for call in &own {
        assert_eq!(refused(kit.app().permit(call)), (403, "account_suspended"));
    }
    assert_eq!(
        conflict(users::suspend(
            kit.app(),
            &as_administrator(&kit, &root),
            "ann"
        )),
        "state"
    );
    users::resume(kit.app(), &as_administrator(&kit, &root), "ann").unwrap();
    assert!(own.iter().all(|call| permitted(&kit, call)));
    assert_eq!(events(&kit), ["user.suspend", "user.unsuspend"]);
    assert_eq!(
        count(
            &kit,
            "SELECT COUNT(*) FROM tombstones WHERE kind IN ('user_suspended', 'user_resumed')"
        ),
        2
    );
}

#[test]
fn the_last_administrator_stays_one() {
    let kit = Kit::new();
    let root = kit.administrator("root-of-it");
    let call = as_administrator(&kit, &root);
    let demoted = UserEdit {
        administrator: Some(false),
        ..UserEdit::default()
    };
    assert_eq!(
        conflict(users::suspend(kit.app(), &call, "root-of-it")),
        "last_administrator"
    );
    assert_eq!(
        conflict(users::delete(kit.app(), &call, "root-of-it", &Fate::Unsaid)),
        "last_administrator"
    );
    assert_eq!(
        conflict(users::update(kit.app(), &call, "root-of-it", &demoted)),
        "last_administrator"
    );
    let second = kit.administrator("second");
    users::suspend(kit.app(), &call, "second").unwrap();
    assert_eq!(
        conflict(users::suspend(kit.app(), &call, "root-of-it")),
        "last_administrator",
        "the other can't act"
    );
    users::resume(kit.app(), &call, "second").unwrap();
    let oneself = users::suspend(kit.app(), &call, "root-of-it").unwrap_err();
    let words = "You can't suspend yourself: ask another administrator.";
    assert_eq!(oneself.to_string(), words, "they could not undo it");
    assert!(permitted(&kit, &call));
    users::update(kit.app(), &call, "root-of-it", &demoted).unwrap();
    assert_eq!(
        refused(kit.app().permit(&call)),
        (403, "administrator_needed")
    );
    assert!(permitted(&kit, &as_administrator(&kit, &second)));
}

#[test]
fn another_password_ends_the_sign_ins_that_the_old_one_made() {
    let kit = Kit::new();
    let root = kit.administrator("root-of-it");
    let ann = kit.person("ann");
    let call = kit.by(&ann, &operations::OWN, Named::Own);
    assert!(permitted(&kit, &call));
    let edit = UserEdit {
        password: Some(Password::new("another good password")),
        ..UserEdit::default()
    };
    users::update(kit.app(), &as_administrator(&kit, &root), "ann", &edit).unwrap();
    assert_eq!(refused(kit.app().permit(&call)), (401, "revoked"));
    let short = UserEdit {
        password: Some(Password::new("short")),
        ..UserEdit::default()
    };
    let refused = users::update(kit.app(), &as_administrator(&kit, &root), "ann", &short);
    assert_eq!(fault(refused), ("password", "invalid"));
}

#[test]
fn a_closed_site_shows_no_profile_to_nobody() {
    let kit = Kit::new();
    let ann = kit.administrator("ann");
    let nobody = kit.anonymous(&operations::SITE, Named::Site);
    assert_eq!(
        users::profile(kit.app(), &nobody, "ANN").unwrap().login,
        "ann"
    );
    let closed = jeton_domain::SitePolicy {
        anonymous_allowed: false,
        ..jeton_domain::SitePolicy::default()
    };
    site::put_policy(kit.app(), &as_administrator(&kit, &ann), &closed).unwrap();
    for login in ["ann", "missing"] {
        let shut = (401, "person_needed");
        assert_eq!(refused(users::profile(kit.app(), &nobody, login)), shut);
        let listed = repositories::of_user(kit.app(), &nobody, login, &Wish::page(0, 1));
        assert_eq!(refused(listed), shut);
    }
    assert!(
        users::profile(
            kit.app(),
            &kit.by(&ann, &operations::SITE, Named::Site),
            "ann"
        )
        .is_ok()
    );
}

#[test]
fn the_log_tells_leaving_from_being_removed() {
    let kit = Kit::new();
    let (olga, ann, bob) = (kit.person("olga"), kit.person("ann"), kit.person("bob"));
    let acme = kit.organization("acme", &olga);
    for person in [&ann, &bob] {
        kit.member(&acme, person, OrganizationRole::Member);
    }
    let leaves = kit.by(&ann, &operations::MEMBER, named::organization(&acme));
    organizations::leave(kit.app(), &leaves).unwrap();
    let owner = kit.by(&olga, &operations::OWNER, named::organization(&acme));
    organizations::remove_member(kit.app(), &owner, "bob").unwrap();
    let bodies = kit
        .store()
        .read(|unit| unit.all("SELECT body FROM audit ORDER BY seq, n", &[]))
        .unwrap();
    let reasons: Vec<_> = bodies
        .iter()
        .map(|row| {
            let body: String = row.get(0).unwrap();
            let body: serde_json::Value = serde_json::from_str(&body).unwrap();
            body["data"]["reason"].clone()
        })
        .collect();
    assert_eq!(reasons, ["left", "removed"]);
}
