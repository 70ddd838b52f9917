//! Organizations and their policy, under the site's.

use jeton_app::{Named, organizations, repositories, site};
use jeton_domain::{
    Maximum, OrganizationPolicy, OrganizationRole, Rule, Selection, SitePolicy, Standing,
    Visibility,
};
use jeton_testkit::{Kit, named, operations};
use serde_json::json;

use crate::support::{conflict, count, events, fault, is_forbidden, leads, permitted, refused};

#[test]
fn whom_the_site_lets_makes_an_organization_and_owns_it() {
    let kit = Kit::new();
    let root = kit.administrator("root-of-it");
    let ann = kit.person("ann");
    let call = kit.by(&ann, &operations::PERSON, Named::Site);
    let made = organizations::create(kit.app(), &call, "Acme", "Acme Inc.").unwrap();
    assert_eq!(made.membership, Some(OrganizationRole::Owner));
    assert_eq!(
        fault(organizations::create(kit.app(), &call, "ACME", "")),
        ("login", "already_exists")
    );
    assert_eq!(
        fault(organizations::create(kit.app(), &call, "orgs", "")),
        ("login", "invalid")
    );
    let strict = SitePolicy {
        users_create_organizations: false,
        ..SitePolicy::default()
    };
    site::put_policy(
        kit.app(),
        &kit.by(&root, &operations::ADMINISTRATOR, Named::Site),
        &strict,
    )
    .unwrap();
    assert!(is_forbidden(organizations::create(
        kit.app(),
        &call,
        "second",
        ""
    )));
    let call = kit.by(&root, &operations::PERSON, Named::Site);
    assert!(organizations::create(kit.app(), &call, "second", "").is_ok());
    assert_eq!(
        events(&kit),
        ["org.create", "site.update_policy", "org.create"]
    );
}

#[test]
fn an_organization_goes_only_when_it_is_empty_and_its_tokens_lose_their_standing() {
    let kit = Kit::new();
    let ann = kit.person("ann");
    let acme = kit.organization("acme", &ann);
    let lab = kit.repository((acme.account(), "acme"), "lab", Visibility::Private);
    let token = kit.token(
        &ann,
        acme.account(),
        Selection::All,
        &[("metadata", "read")],
        Standing::NotNeeded,
    );
    let call = kit.by(&ann, &operations::OWNER, named::organization(&acme));
    assert_eq!(
        conflict(organizations::delete(kit.app(), &call)),
        "owns_repositories"
    );
    repositories::delete(
        kit.app(),
        &kit.by(&ann, &operations::ADMIN, named::repository(&lab)),
    )
    .unwrap();
    organizations::delete(kit.app(), &call).unwrap();
    assert_eq!(refused(kit.app().permit(&call)), (404, "not_visible"));
    assert!(
        permitted(&kit, &kit.with_token(&token, &operations::OWN, Named::Own)),
        "its life goes on"
    );
    assert_eq!(
        count(
            &kit,
            "SELECT COUNT(*) FROM tokens WHERE standing = 'withdrawn'"
        ),
        1
    );
    assert_eq!(count(&kit, "SELECT COUNT(*) FROM memberships"), 0);
    assert_eq!(
        events(&kit),
        [
            "repo.destroy",
            "personal_access_token.access_revoked",
            "org.delete"
        ]
    );
}

#[test]
fn a_policy_is_changed_in_part_and_the_site_may_force_its_own() {
    let kit = Kit::new();
    let root = kit.administrator("root-of-it");
    let ann = kit.person("ann");
    let acme = kit.organization("acme", &ann);
    let call = kit.by(&ann, &operations::OWNER, named::organization(&acme));
    let patch = |value: serde_json::Value| {
        organizations::patch_policy(kit.app(), &call, value.as_object().unwrap())
    };
    let view = patch(json!({ "approval_required": false, "fine_grained_maximum": { "days": 90 } }))
        .unwrap();
    let expected = OrganizationPolicy {
        approval_required: false,
        fine_grained_maximum: Maximum::Days(90),
        ..OrganizationPolicy::default()
    };
    assert_eq!((&view.own, view.version), (&expected, 2));
    assert_eq!(
        patch(json!({ "approval_required": false }))
            .unwrap()
            .version,
        2,
        "nothing changed"
    );
    for (bad, field) in [
        (
            json!({ "fine_grained_maximum": { "days": 0 } }),
            "fine_grained_maximum",
        ),
        (
            json!({ "fine_grained_maximum": 90 }),
            "fine_grained_maximum",
        ),
        (json!({ "approval_required": "no" }), "approval_required"),
        (json!({ "aproval_required": true }), "body"),
        (
            json!({ "addresses": { "only": ["nonsense"] } }),
            "addresses",
        ),
    ] {
        assert_eq!(fault(patch(bad)), (field, "invalid"));
    }
    let forced = SitePolicy {
        approval_required: Rule::Force(true),
        ..SitePolicy::default()
    };
    site::put_policy(
        kit.app(),
        &kit.by(&root, &operations::ADMINISTRATOR, Named::Site),
        &forced,
    )
    .unwrap();
    let view = organizations::policy(kit.app(), &call).unwrap();
    assert!(!view.own.approval_required && view.effective.approval_required);
    assert_eq!(view.forced, ["approval_required"]);
    assert_eq!(
        events(&kit),
        [
            "org.update_token_policy",
            "personal_access_token.auto_approve_grant_requests_enabled",
            "personal_access_token.expiration_limit_set",
            "site.update_policy"
        ]
    );
}

#[test]
fn a_rule_for_addresses_can_not_lock_its_maker_out() {
    let kit = Kit::new();
    let ann = kit.person("ann");
    let acme = kit.organization("acme", &ann);
    let call = kit.by(&ann, &operations::OWNER, named::organization(&acme));
    let patch = |networks: serde_json::Value| {
        let body = json!({ "addresses": { "only": networks } });
        organizations::patch_policy(kit.app(), &call, body.as_object().unwrap())
    };
    assert_eq!(fault(patch(json!([]))), ("addresses", "invalid"));
    assert_eq!(
        fault(patch(json!(["198.51.100.0/24"]))),
        ("addresses", "invalid")
    );
    patch(json!(["192.0.2.0/24"])).unwrap();
    let elsewhere = jeton_app::Call {
        address: "198.51.100.9".parse().ok(),
        ..call
    };
    assert_eq!(
        refused(kit.app().permit(&elsewhere)),
        (403, "owner_address")
    );
}

#[test]
fn a_policy_change_deletes_no_token_and_refuses_it_at_the_next_use() {
    let kit = Kit::new();
    let ann = kit.person("ann");
    let acme = kit.organization("acme", &ann);
    let lab = kit.repository((acme.account(), "acme"), "lab", Visibility::Private);
    let token = kit.token(
        &ann,
        acme.account(),
        Selection::All,
        &[("metadata", "read")],
        Standing::NotNeeded,
    );
    let read = kit.with_token(&token, &operations::READ, named::repository(&lab));
    assert!(permitted(&kit, &read));
    let call = kit.by(&ann, &operations::OWNER, named::organization(&acme));
    let set = |value: serde_json::Value| {
        organizations::patch_policy(kit.app(), &call, value.as_object().unwrap()).unwrap();
    };
    set(json!({ "fine_grained_allowed": false }));
    assert_eq!(
        refused(kit.app().permit(&read)),
        (403, "fine_grained_forbidden")
    );
    set(json!({ "fine_grained_allowed": true, "fine_grained_maximum": { "days": 7 } }));
    assert_eq!(refused(kit.app().permit(&read)), (403, "lifetime_too_long"));
    set(json!({ "fine_grained_maximum": "unlimited" }));
    assert!(permitted(&kit, &read));
    assert_eq!(
        count(
            &kit,
            "SELECT COUNT(*) FROM tokens WHERE revoked_at IS NULL AND standing = 'not_needed'"
        ),
        1
    );
}

#[test]
fn the_sites_word_reaches_what_was_cached() {
    let kit = Kit::new();
    let root = kit.administrator("root-of-it");
    let lab = kit.repository((root.account(), "root-of-it"), "lab", Visibility::Public);
    let nobody = kit.anonymous(&operations::READ, named::repository(&lab));
    assert!(permitted(&kit, &nobody));
    let closed = SitePolicy {
        anonymous_allowed: false,
        ..SitePolicy::default()
    };
    site::put_policy(
        kit.app(),
        &kit.by(&root, &operations::ADMINISTRATOR, Named::Site),
        &closed,
    )
    .unwrap();
    assert_eq!(refused(kit.app().permit(&nobody)), (401, "person_needed"));
}

#[test]
fn a_token_tells_of_no_membership_but_its_owners() {
    let kit = Kit::new();
    let ann = kit.person("ann");
    let acme = kit.organization("acme", &ann);
    kit.organization("secret", &ann);
    let logins = |call: jeton_app::Call| -> Vec<String> {
        organizations::of_oneself(kit.app(), &call)
            .unwrap()
            .into_iter()
            .map(|view| view.row.login)
            .collect()
    };
    assert_eq!(
        logins(kit.by(&ann, &operations::OWN, Named::Own)),
        ["acme", "secret"]
    );
    let token = kit.token(
        &ann,
        acme.account(),
        Selection::All,
        &[],
        Standing::NotNeeded,
    );
    assert_eq!(
        logins(kit.with_token(&token, &operations::OWN, Named::Own)),
        ["acme"]
    );
    let pending = kit.token(&ann, acme.account(), Selection::All, &[], Standing::Pending);
    assert!(logins(kit.with_token(&pending, &operations::OWN, Named::Own)).is_empty());
}

#[test]
fn a_rename_moves_the_paths_and_the_old_name_leads_there_until_another_takes_it() {
    let kit = Kit::new();
    let root = kit.administrator("root-of-it");
    let ann = kit.person("ann");
    let acme = kit.organization("acme", &ann);
    let lab = kit.repository((acme.account(), "acme"), "lab", Visibility::Private);
    let before = kit.by(&ann, &operations::READ, named::repository(&lab));
    assert!(permitted(&kit, &before));
    let call = kit.by(&ann, &operations::OWNER, named::organization(&acme));
    organizations::rename(kit.app(), &call, "Acme2").unwrap();
    assert_eq!(leads(kit.app().permit(&before)), "Acme2/lab");
    assert_eq!(leads(kit.app().permit(&before)), "Acme2/lab");
    // Nothing is done by it, whatever one may do.
    let again = organizations::rename(kit.app(), &call, "acme3");
    assert_eq!(leads(again), "Acme2");
    assert_eq!(leads(organizations::delete(kit.app(), &call)), "Acme2");
    // Hidden stays hidden.
    let stranger = kit.person("stranger");
    for owner in ["acme", "nosuch"] {
        let named = Named::Repository(owner.to_owned(), "lab".to_owned());
        let call = kit.by(&stranger, &operations::READ, named);
        assert_eq!(refused(kit.app().permit(&call)), (404, "not_visible"));
    }
    let after = kit.by(
        &ann,
        &operations::READ,
        Named::Repository("acme2".to_owned(), "lab".to_owned()),
    );
    assert!(permitted(&kit, &after));
    let again = kit.by(&ann, &operations::PERSON, Named::Site);
    assert_eq!(
        fault(organizations::create(kit.app(), &again, "acme", "")),
        ("login", "already_exists")
    );
    // Released, the name leads nowhere; taken, to who has it now, in caches too.
    let administrator = kit.by(&root, &operations::ADMINISTRATOR, Named::Site);
    site::release_name(kit.app(), &administrator, "acme").unwrap();
    assert_eq!(refused(kit.app().permit(&before)), (404, "not_visible"));
    let bob = kit.person("bob");
    let call = kit.by(&bob, &operations::PERSON, Named::Site);
    organizations::create(kit.app(), &call, "acme", "").unwrap();
    assert_eq!(refused(kit.app().permit(&before)), (404, "not_visible"));
    let named = Named::Organization("acme".to_owned());
    let call = kit.by(&bob, &operations::OWNER, named);
    let new = repositories::NewRepository {
        begun: false,
        team: None,
        name: "lab".to_owned(),
        visibility: Visibility::Public,
        description: String::new(),
    };
    let theirs = repositories::create(kit.app(), &call, &new).unwrap();
    let (permit, _) = kit.app().permit(&before).unwrap();
    assert_eq!(permit.repository(), Some(theirs.row.id));
}

#[test]
fn earlier_names_of_owner_and_repository_lead_on_together() {
    let kit = Kit::new();
    let ann = kit.person("ann");
    let acme = kit.organization("acme", &ann);
    let lab = kit.repository((acme.account(), "acme"), "lab", Visibility::Private);
    let owner = |name: &str| {
        let named = Named::Organization(name.to_owned());
        kit.by(&ann, &operations::OWNER, named)
    };
    let at = |operation, owner: &str, name: &str| {
        let named = Named::Repository(owner.to_owned(), name.to_owned());
        kit.by(&ann, operation, named)
    };
    let rename = |owner: &str, from: &str, to: &str| {
        let edit = repositories::RepositoryEdit {
            name: Some(to.to_owned()),
            ..repositories::RepositoryEdit::default()
        };
        let call = at(&operations::ADMIN, owner, from);
        repositories::update(kit.app(), &call, &edit).unwrap();
    };
    rename("acme", "lab", "lab2");
    organizations::rename(kit.app(), &owner("acme"), "acme2").unwrap();
    rename("acme2", "lab2", "lab3");
    organizations::rename(kit.app(), &owner("acme2"), "acme3").unwrap();
    for login in ["acme", "ACME2", "acme3"] {
        for name in ["lab", "LAB2", "lab3"] {
            let asked = kit.app().permit(&at(&operations::READ, login, name));
            if (login, name) == ("acme3", "lab3") {
                assert_eq!(asked.unwrap().0.repository(), Some(lab.id));
            } else {
                assert_eq!(leads(asked), "acme3/lab3", "{login}/{name}");
            }
        }
    }
    // A repository that takes the name leads there by each of its owner's.
    let call = kit.by(
        &ann,
        &operations::OWNER,
        Named::Organization("acme3".to_owned()),
    );
    let new = repositories::NewRepository {
        begun: false,
        team: None,
        name: "lab".to_owned(),
        visibility: Visibility::Private,
        description: String::new(),
    };
    repositories::create(kit.app(), &call, &new).unwrap();
    let asked = kit.app().permit(&at(&operations::READ, "acme", "lab"));
    assert_eq!(leads(asked), "acme3/lab");
}

#[test]
fn everybody_sees_that_an_organization_is_there_and_members_what_holds_in_it() {
    let kit = Kit::new();
    let ann = kit.person("ann");
    let acme = kit.organization("acme", &ann);
    let of = |call| organizations::show(kit.app(), &call).unwrap().membership;
    assert_eq!(
        of(kit.anonymous(&operations::ORGANIZATION, named::organization(&acme))),
        None
    );
    assert_eq!(
        of(kit.by(&ann, &operations::ORGANIZATION, named::organization(&acme))),
        Some(OrganizationRole::Owner)
    );
    // A token of another owner looks with anonymous eyes.
    let own = kit.token(
        &ann,
        ann.account(),
        Selection::All,
        &[],
        Standing::NotNeeded,
    );
    assert_eq!(
        of(kit.with_token(&own, &operations::ORGANIZATION, named::organization(&acme))),
        None
    );
}
