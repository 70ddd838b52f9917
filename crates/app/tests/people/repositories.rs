//! Repositories: made, listed, renamed, deleted; rows and folders.

use std::path::PathBuf;

use jeton_app::repositories::{self, NewRepository, RepositoryEdit, Wish};
use jeton_app::{Call, Named, collaborators};
use jeton_domain::{
    BasePermission, OrganizationPolicy, OrganizationRole, Role, Selection, Standing, Visibility,
};
use jeton_testkit::{Kit, Repository, named, operations};

use crate::support::{count, events, fault, is_forbidden, leads, permitted, refused};

fn new(name: &str) -> NewRepository {
    NewRepository {
        begun: false,
        team: None,
        name: name.to_owned(),
        visibility: Visibility::Private,
        description: String::new(),
    }
}

fn folder(kit: &Kit, id: jeton_domain::RepositoryId) -> PathBuf {
    let id = id.get();
    kit.folder().join(format!(
        "git/repos/0/{:02x}/{:02x}/{id}.git",
        (id >> 16) & 0xff,
        (id >> 8) & 0xff
    ))
}

fn names(kit: &Kit, call: &Call) -> Vec<String> {
    let list = match &call.named {
        Named::Own => repositories::of_oneself(kit.app(), call, &Wish::page(0, 100)).unwrap(),
        _ => repositories::of_organization(kit.app(), call, &Wish::page(0, 100)).unwrap(),
    };
    assert_eq!(list.items.len() as u64, list.total);
    list.items
        .into_iter()
        .map(|view| view.row.full_name())
        .collect()
}

#[test]
fn a_repository_is_made_in_ones_own_name_space_with_its_folder() {
    let kit = Kit::new();
    let ann = kit.person("ann");
    let call = kit.by(&ann, &operations::OWN, Named::Own);
    let view = repositories::create(kit.app(), &call, &new("Lab")).unwrap();
    assert_eq!(
        (view.row.full_name().as_str(), view.role),
        ("ann/Lab", Some(Role::Admin))
    );
    assert!(folder(&kit, view.row.id).join("HEAD").exists());
    assert_eq!(
        fault(repositories::create(kit.app(), &call, &new("lAB"))),
        ("name", "already_exists")
    );
    for bad in [
        "",
        "..",
        "-x",
        ".git",
        "x.git",
        "x.lock",
        "a/b",
        "a%2fb",
        "é",
        &"x".repeat(101),
    ] {
        assert_eq!(
            fault(repositories::create(kit.app(), &call, &new(bad))),
            ("name", "invalid"),
            "{bad}"
        );
    }
    assert_eq!(events(&kit), ["repo.create"]);
    let long = NewRepository {
        description: "x".repeat(351),
        ..new("other")
    };
    assert_eq!(
        fault(repositories::create(kit.app(), &call, &long)),
        ("description", "invalid")
    );
}

#[test]
fn members_make_repositories_where_the_policy_lets_them() {
    let kit = Kit::new();
    let (owner, member, stranger) = (
        kit.person("owner"),
        kit.person("member"),
        kit.person("stranger"),
    );
    let acme = kit.organization("acme", &owner);
    kit.member(&acme, &member, OrganizationRole::Member);
    let by = |person| kit.by(person, &operations::MEMBER, named::organization(&acme));
    assert!(repositories::create(kit.app(), &by(&member), &new("one")).is_ok());
    assert_eq!(
        refused(repositories::create(kit.app(), &by(&stranger), &new("x"))),
        (403, "membership_too_low")
    );
    kit.policy(
        &acme,
        &OrganizationPolicy {
            members_create_repositories: false,
            ..OrganizationPolicy::default()
        },
    );
    assert!(is_forbidden(repositories::create(
        kit.app(),
        &by(&member),
        &new("two")
    )));
    assert!(repositories::create(kit.app(), &by(&owner), &new("two")).is_ok());
}

/// As at GitHub: else a member could make one and not push to it, or not even see it.
#[test]
fn who_makes_a_repository_in_an_organization_keeps_it() {
    let kit = Kit::new();
    let (owner, member) = (kit.person("owner"), kit.person("member"));
    let acme = kit.organization("acme", &owner);
    kit.member(&acme, &member, OrganizationRole::Member);
    kit.base(&acme, BasePermission::None);
    let at = named::organization(&acme);
    let by = |person| kit.by(person, &operations::MEMBER, at.clone());
    let made = repositories::create(kit.app(), &by(&member), &new("one")).unwrap();
    assert_eq!(made.role, Some(Role::Admin));
    assert_eq!(events(&kit), ["repo.create", "repo.add_member"]);
    let push = || {
        let one = Named::Repository("acme".to_owned(), "one".to_owned());
        kit.by(&member, &operations::WRITE, one)
    };
    assert!(permitted(&kit, &push()));
    let permissions = [("administration", "write")];
    let token = kit.token(
        &member,
        acme.account(),
        Selection::All,
        &permissions,
        Standing::NotNeeded,
    );
    let call = kit.with_token(&token, &operations::MEMBER, at.clone());
    repositories::create(kit.app(), &call, &new("two")).unwrap();
    let direct = "SELECT COUNT(*) FROM collaborators WHERE role = 'admin'";
    assert_eq!(count(&kit, direct), 2, "the role is the person's");
    let before = events(&kit).len();
    repositories::create(kit.app(), &by(&owner), &new("three")).unwrap();
    assert_eq!(events(&kit).len(), before + 1, "owners hold it already");
    // It goes with its person, as every role by name.
    jeton_app::organizations::remove_member(
        kit.app(),
        &kit.by(&owner, &operations::OWNER, at.clone()),
        "member",
    )
    .unwrap();
    assert_eq!(count(&kit, "SELECT COUNT(*) FROM collaborators"), 0);
    assert!(!permitted(&kit, &push()));
}

#[test]
fn a_token_makes_repositories_only_where_it_reaches_all() {
    let kit = Kit::new();
    let ann = kit.person("ann");
    let acme = kit.organization("acme", &ann);
    let lab = kit.repository((acme.account(), "acme"), "lab", Visibility::Private);
    let make = |selection, named| {
        let permissions = [("administration", "write")];
        let token = kit.token(
            &ann,
            acme.account(),
            selection,
            &permissions,
            Standing::NotNeeded,
        );
        let operation = if named == Named::Own {
            &operations::OWN
        } else {
            &operations::MEMBER
        };
        repositories::create(
            kit.app(),
            &kit.with_token(&token, operation, named),
            &new("made"),
        )
    };
    assert!(is_forbidden(make(
        Kit::only([&lab]),
        named::organization(&acme)
    )));
    assert!(
        is_forbidden(make(Selection::All, Named::Own)),
        "a token for acme makes nothing of its creator's own"
    );
    assert!(make(Selection::All, named::organization(&acme)).is_ok());
}

#[test]
fn a_list_shows_what_single_reads_show() {
    let kit = Kit::new();
    let (ann, bob) = (kit.person("ann"), kit.person("bob"));
    let acme = kit.organization("acme", &bob);
    let made: Vec<Repository> = [
        ("private", Visibility::Private),
        ("internal", Visibility::Internal),
        ("public", Visibility::Public),
        ("given", Visibility::Private),
    ]
    .into_iter()
    .map(|(name, visibility)| kit.repository((acme.account(), "acme"), name, visibility))
    .collect();
    let at = named::organization(&acme);
    let check = |who: &str, list: &Call, single: &dyn Fn(&Repository) -> Call| {
        let listed = names(&kit, list);
        for repository in &made {
            let name = format!("acme/{}", repository.name);
            let seen = repositories::show(kit.app(), &single(repository)).is_ok();
            assert_eq!(listed.contains(&name), seen, "{who}: {name}");
        }
        listed
    };
    let get = &repositories::GET;
    let nobody = check(
        "nobody",
        &kit.anonymous(&operations::ORGANIZATION, at.clone()),
        &|repository| kit.anonymous(get, named::repository(repository)),
    );
    assert_eq!(nobody, ["acme/public"]);
    let stranger = || {
        check(
            "ann",
            &kit.by(&ann, &operations::ORGANIZATION, at.clone()),
            &|repository| kit.by(&ann, get, named::repository(repository)),
        )
    };
    assert_eq!(stranger(), ["acme/internal", "acme/public"]);
    kit.collaborator(&made[3], &ann, Role::Read);
    assert_eq!(
        stranger(),
        ["acme/given", "acme/public"],
        "from outside, internal is not seen"
    );
    kit.member(&acme, &ann, OrganizationRole::Member);
    assert_eq!(stranger().len(), 4);
    kit.base(&acme, BasePermission::None);
    assert_eq!(stranger(), ["acme/given", "acme/internal", "acme/public"]);
    // Tokens: of the organization for one repository; pending; of another owner.
    for (selection, owner, standing, expected) in [
        (
            Kit::only([&made[3]]),
            acme.account(),
            Standing::NotNeeded,
            vec!["acme/given", "acme/public"],
        ),
        (
            Selection::All,
            acme.account(),
            Standing::NotNeeded,
            vec!["acme/given", "acme/internal", "acme/public"],
        ),
        (
            Selection::All,
            acme.account(),
            Standing::Pending,
            vec!["acme/public"],
        ),
        (
            Selection::All,
            ann.account(),
            Standing::NotNeeded,
            vec!["acme/public"],
        ),
    ] {
        let token = kit.token(&ann, owner, selection, &[("metadata", "read")], standing);
        let listed = check(
            "token",
            &kit.with_token(&token, &operations::ORGANIZATION, at.clone()),
            &|repository| kit.with_token(&token, get, named::repository(repository)),
        );
        assert_eq!(listed, expected);
        let list = repositories::of_organization(
            kit.app(),
            &kit.with_token(&token, &operations::ORGANIZATION, at.clone()),
            &Wish::page(0, 1),
        );
        assert_eq!(list.unwrap().total, expected.len() as u64);
    }
}

#[test]
fn ones_own_list_is_of_what_one_has_to_do_with() {
    let kit = Kit::new();
    let (ann, bob) = (kit.person("ann"), kit.person("bob"));
    let acme = kit.organization("acme", &bob);
    kit.member(&acme, &ann, OrganizationRole::Member);
    kit.repository((acme.account(), "acme"), "lab", Visibility::Private);
    kit.repository((ann.account(), "ann"), "own", Visibility::Private);
    kit.repository((bob.account(), "bob"), "public", Visibility::Public);
    let given = kit.repository((bob.account(), "bob"), "given", Visibility::Private);
    kit.collaborator(&given, &ann, Role::Read);
    let call = kit.by(&ann, &operations::OWN, Named::Own);
    assert_eq!(names(&kit, &call), ["acme/lab", "ann/own", "bob/given"]);
    kit.base(&acme, BasePermission::None);
    assert_eq!(names(&kit, &call), ["ann/own", "bob/given"]);
    let page = repositories::of_oneself(kit.app(), &call, &Wish::page(1, 1)).unwrap();
    assert_eq!(
        (page.items[0].row.full_name().as_str(), page.total),
        ("bob/given", 2)
    );
}

#[test]
fn an_owner_that_limits_addresses_leaves_the_lists_of_who_comes_from_elsewhere() {
    let kit = Kit::new();
    let ann = kit.person("ann");
    let acme = kit.organization("acme", &ann);
    kit.repository((acme.account(), "acme"), "lab", Visibility::Private);
    let call = kit.by(&ann, &operations::OWN, Named::Own);
    assert_eq!(names(&kit, &call), ["acme/lab"]);
    let only = jeton_domain::Allowed::Only(vec!["198.51.100.0/24".parse().unwrap()]);
    kit.policy(
        &acme,
        &OrganizationPolicy {
            addresses: only,
            ..OrganizationPolicy::default()
        },
    );
    assert!(names(&kit, &call).is_empty());
}

#[test]
fn an_old_name_leads_to_the_renamed_repository_until_it_is_used_again() {
    let kit = Kit::new();
    let ann = kit.person("ann");
    let lab = kit.repository((ann.account(), "ann"), "lab", Visibility::Private);
    let admin = kit.by(&ann, &operations::ADMIN, named::repository(&lab));
    let edit = RepositoryEdit {
        name: Some("Lab2".to_owned()),
        ..RepositoryEdit::default()
    };
    repositories::update(kit.app(), &admin, &edit).unwrap();
    let old = kit.by(&ann, &operations::READ, named::repository(&lab));
    assert_eq!(leads(repositories::show(kit.app(), &old)), "ann/Lab2");
    assert_eq!(leads(kit.app().permit(&old)), "ann/Lab2");
    assert_eq!(leads(kit.app().permit(&old)), "ann/Lab2");
    // Nothing is done by it, whatever one may do.
    let updated = repositories::update(kit.app(), &admin, &edit);
    assert_eq!(leads(updated), "ann/Lab2");
    assert_eq!(leads(repositories::delete(kit.app(), &admin)), "ann/Lab2");
    let people = collaborators::put(kit.app(), &admin, "ann", Role::Read);
    assert_eq!(leads(people), "ann/Lab2");
    let own = kit.by(&ann, &operations::OWN, Named::Own);
    let again = repositories::create(kit.app(), &own, &new("lab")).unwrap();
    let (permit, _) = kit.app().permit(&old).unwrap();
    assert_eq!(
        permit.repository(),
        Some(again.row.id),
        "the name is the new one's, in caches too"
    );
    // To a stranger the old name says nothing.
    let stranger = kit.person("stranger");
    let call = kit.by(&stranger, &operations::READ, named::repository(&lab));
    assert_eq!(refused(kit.app().permit(&call)), (404, "not_visible"));
    assert_eq!(events(&kit), ["repo.rename", "repo.create"]);
}

#[test]
fn a_change_of_case_is_no_other_name_and_a_taken_one_is_refused() {
    let kit = Kit::new();
    let ann = kit.person("ann");
    let lab = kit.repository((ann.account(), "ann"), "lab", Visibility::Private);
    kit.repository((ann.account(), "ann"), "other", Visibility::Private);
    let admin = kit.by(&ann, &operations::ADMIN, named::repository(&lab));
    let named_so = |name: &str| RepositoryEdit {
        name: Some(name.to_owned()),
        ..RepositoryEdit::default()
    };
    assert_eq!(
        fault(repositories::update(kit.app(), &admin, &named_so("OTHER"))),
        ("name", "already_exists")
    );
    assert_eq!(
        repositories::update(kit.app(), &admin, &named_so("LAB"))
            .unwrap()
            .row
            .name,
        "LAB"
    );
    assert_eq!(count(&kit, "SELECT COUNT(*) FROM repository_names"), 0);
    // There and back again.
    repositories::update(kit.app(), &admin, &named_so("elsewhere")).unwrap();
    let elsewhere = kit.by(
        &ann,
        &operations::ADMIN,
        Named::Repository("ann".to_owned(), "elsewhere".to_owned()),
    );
    repositories::update(kit.app(), &elsewhere, &named_so("lab")).unwrap();
    repositories::show(kit.app(), &admin).unwrap();
}

#[test]
fn visibility_holds_at_once_and_so_does_the_default_branch() {
    let kit = Kit::new();
    let ann = kit.person("ann");
    let lab = kit.repository((ann.account(), "ann"), "lab", Visibility::Public);
    let nobody = kit.anonymous(&operations::READ, named::repository(&lab));
    assert!(permitted(&kit, &nobody));
    let admin = kit.by(&ann, &operations::ADMIN, named::repository(&lab));
    let edit = RepositoryEdit {
        visibility: Some(Visibility::Private),
        default_branch: Some("trunk".to_owned()),
        ..RepositoryEdit::default()
    };
    repositories::update(kit.app(), &admin, &edit).unwrap();
    assert_eq!(refused(kit.app().permit(&nobody)), (404, "not_visible"));
    let head = std::fs::read_to_string(folder(&kit, lab.id).join("HEAD")).unwrap();
    assert_eq!(head, "ref: refs/heads/trunk\n");
    assert_eq!(events(&kit), ["repo.access", "repo.update"]);
    for bad in ["", "a..b", "-x ", "x.lock", "a b"] {
        let edit = RepositoryEdit {
            default_branch: Some(bad.to_owned()),
            ..RepositoryEdit::default()
        };
        assert_eq!(
            fault(repositories::update(kit.app(), &admin, &edit)),
            ("default_branch", "invalid"),
            "{bad}"
        );
    }
}

/// A clone checks the default branch out: one that is not there leaves it with nothing.
#[test]
fn the_default_branch_of_a_repository_with_commits_is_one_that_is_there() {
    let kit = Kit::new();
    let ann = kit.person("ann");
    let lab = kit.repository((ann.account(), "ann"), "lab", Visibility::Private);
    let admin = kit.by(&ann, &operations::ADMIN, named::repository(&lab));
    let folder = folder(&kit, lab.id);
    for branch in ["main", "next"] {
        let object = format!("{}\n", "1".repeat(40));
        std::fs::create_dir_all(folder.join("refs/heads")).unwrap();
        std::fs::write(folder.join("refs/heads").join(branch), object).unwrap();
    }
    let choose = |branch: &str| {
        let edit = RepositoryEdit {
            default_branch: Some(branch.to_owned()),
            ..RepositoryEdit::default()
        };
        repositories::update(kit.app(), &admin, &edit)
    };
    assert_eq!(fault(choose("nope")), ("default_branch", "invalid"));
    let head = || std::fs::read_to_string(folder.join("HEAD")).unwrap();
    assert_eq!(head(), "ref: refs/heads/main\n");
    assert!(events(&kit).is_empty(), "what is refused changes nothing");
    choose("next").unwrap();
    assert_eq!(head(), "ref: refs/heads/next\n");
}

#[test]
fn a_deleted_repository_leaves_every_selection_and_an_emptied_one_stays_empty() {
    let kit = Kit::new();
    let (ann, guest) = (kit.person("ann"), kit.person("guest"));
    let acme = kit.organization("acme", &ann);
    let lab = kit.repository((acme.account(), "acme"), "lab", Visibility::Private);
    let other = kit.repository((acme.account(), "acme"), "other", Visibility::Private);
    kit.collaborator(&lab, &guest, Role::Read);
    let metadata = [("metadata", "read")];
    let token = kit.token(
        &ann,
        acme.account(),
        Kit::only([&lab]),
        &metadata,
        Standing::NotNeeded,
    );
    let guests = kit.token(
        &guest,
        acme.account(),
        Selection::All,
        &metadata,
        Standing::Active {
            since: jeton_testkit::NOW,
        },
    );
    let read =
        |repository| kit.with_token(&token, &operations::READ, named::repository(repository));
    assert!(permitted(&kit, &read(&lab)));
    repositories::delete(
        kit.app(),
        &kit.by(&ann, &operations::ADMIN, named::repository(&lab)),
    )
    .unwrap();
    assert_eq!(refused(kit.app().permit(&read(&lab))), (404, "not_visible"));
    assert_eq!(
        refused(kit.app().permit(&read(&other))),
        (404, "not_selected")
    );
    assert!(!folder(&kit, lab.id).exists());
    assert_eq!(count(&kit, "SELECT COUNT(*) FROM token_repositories"), 0);
    assert_eq!(
        count(
            &kit,
            "SELECT COUNT(*) FROM tokens WHERE standing = 'withdrawn'"
        ),
        1,
        "the guest's last tie"
    );
    // The name is free, and its new holder is in no old selection.
    let call = kit.by(&ann, &operations::MEMBER, named::organization(&acme));
    repositories::create(kit.app(), &call, &new("lab")).unwrap();
    assert_eq!(
        refused(kit.app().permit(&read(&lab))),
        (404, "not_selected")
    );
    let _ = guests;
}

#[test]
fn the_sweep_at_start_brings_rows_and_folders_together() {
    let kit = Kit::new();
    let ann = kit.person("ann");
    let call = kit.by(&ann, &operations::OWN, Named::Own);
    let kept = repositories::create(kit.app(), &call, &new("kept"))
        .unwrap()
        .row
        .id;
    let lost = repositories::create(kit.app(), &call, &new("lost"))
        .unwrap()
        .row
        .id;
    std::fs::remove_dir_all(folder(&kit, lost)).unwrap();
    let stray = jeton_domain::RepositoryId::try_from(900).unwrap();
    std::fs::create_dir_all(folder(&kit, stray)).unwrap();
    // As after a backup was restored that is older than the repository.
    let later = jeton_domain::RepositoryId::try_from(901).unwrap();
    let (init, at) = (["init", "--quiet", "--bare"], folder(&kit, later));
    std::fs::create_dir_all(&at).unwrap();
    let git = |args: &[&str]| {
        let done = std::process::Command::new("git")
            .arg("-C")
            .arg(&at)
            .args(args)
            .env("GIT_CONFIG_GLOBAL", "/dev/null")
            .output()
            .unwrap();
        assert!(done.status.success(), "{args:?}");
        String::from_utf8(done.stdout).unwrap().trim().to_owned()
    };
    git(&init);
    let tree = git(&["hash-object", "-t", "tree", "-w", "/dev/null"]);
    let who = ["-c", "user.name=Ann", "-c", "user.email=ann@example.test"];
    let commit = git(&[&who[..], &["commit-tree", "-m", "later", &tree]].concat());
    git(&["update-ref", "refs/heads/main", &commit]);
    // As if a push and a change of the default branch had been cut.
    std::fs::write(folder(&kit, kept).join("HEAD.lock"), "").unwrap();
    std::fs::create_dir(folder(&kit, kept).join("objects/tmp_objdir-incoming-x")).unwrap();
    std::fs::write(folder(&kit, kept).join("HEAD"), "ref: refs/heads/other\n").unwrap();
    let swept = kit.app().housekeep_start().unwrap();
    assert_eq!(
        swept,
        repositories::Swept {
            made: 1,
            discarded: 1,
            set_aside: 1,
            removed: 2,
            turned: 1
        }
    );
    let head = std::fs::read_to_string(folder(&kit, kept).join("HEAD")).unwrap();
    assert_eq!(head, "ref: refs/heads/main\n");
    assert!(
        folder(&kit, kept).exists()
            && folder(&kit, lost).join("HEAD").exists()
            && !folder(&kit, stray).exists()
            && !folder(&kit, later).exists()
    );
    let aside = kit.folder().join("git/aside/901.git");
    assert_eq!(
        std::fs::read_to_string(aside.join("refs/heads/main")).unwrap(),
        format!("{commit}\n")
    );
    assert_eq!(
        kit.app().housekeep_start().unwrap(),
        repositories::Swept::default()
    );
}
