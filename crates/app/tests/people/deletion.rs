//! Deleting people: what goes with them, what is handed over, what the logs tell.

use jeton_app::users::{self, Fate};
use jeton_app::{AppError, Named, repositories};
use jeton_domain::{OrganizationRole, Selection, Standing, Visibility};
use jeton_testkit::{Kit, Person, Repository, named, operations};

use crate::support::{count, events, fault, is_missing, permitted, refused};
use crate::users::as_administrator;

#[test]
fn deletion_waits_for_the_hand_over_of_what_others_depend_on() {
    let kit = Kit::new();
    let root = kit.administrator("root-of-it");
    let ann = kit.person("ann");
    let acme = kit.organization("acme", &ann);
    let beta = kit.organization("beta", &ann);
    let call = as_administrator(&kit, &root);
    let refused = users::delete(kit.app(), &call, "ann", &Fate::Delete);
    let Err(AppError::Conflict { code, message }) = refused else {
        panic!("not refused");
    };
    assert_eq!(code, "last_owner");
    assert!(message.contains("acme, beta"), "{message}");
    assert!(message.contains("make somebody else an owner"), "{message}");
    kit.member(&acme, &root, OrganizationRole::Owner);
    kit.member(&beta, &root, OrganizationRole::Owner);
    for (name, counted) in [("lab", "1 repository:"), ("notes", "2 repositories:")] {
        kit.repository((ann.account(), "ann"), name, Visibility::Private);
        let refused = users::delete(kit.app(), &call, "ann", &Fate::Unsaid);
        let Err(AppError::Invalid(faults)) = refused else {
            panic!("{refused:?}");
        };
        let message = &faults[0].message;
        for part in [counted, "repositories=delete", "repositories_to="] {
            assert!(message.contains(part), "{message}");
        }
    }
    assert!(events(&kit).is_empty(), "a refused change leaves nothing");
    users::suspend(kit.app(), &call, "ann").unwrap();
}

/// Ann owns `lab`, called `old` before, and `site`, which is public; Bob may write to the lab.
struct Estate {
    kit: Kit,
    root: Person,
    ann: Person,
    bob: Person,
    lab: Repository,
}

impl Estate {
    fn new() -> Self {
        let kit = Kit::new();
        let root = kit.administrator("root-of-it");
        let (ann, bob) = (kit.person("ann"), kit.person("bob"));
        let old = kit.repository((ann.account(), "ann"), "old", Visibility::Private);
        kit.repository((ann.account(), "ann"), "site", Visibility::Public);
        let named = Named::Repository("ann".to_owned(), "old".to_owned());
        let edit = repositories::RepositoryEdit {
            name: Some("lab".to_owned()),
            ..repositories::RepositoryEdit::default()
        };
        repositories::update(kit.app(), &kit.by(&ann, &operations::ADMIN, named), &edit).unwrap();
        kit.collaborator(&old, &bob, jeton_domain::Role::Write);
        let lab = Repository {
            name: "lab".to_owned(),
            ..old
        };
        Self {
            kit,
            root,
            ann,
            bob,
            lab,
        }
    }

    fn delete(&self, fate: &Fate) -> Result<(), AppError> {
        let call = as_administrator(&self.kit, &self.root);
        users::delete(self.kit.app(), &call, "ann", fate)
    }

    fn reads(&self, person: &Person, owner: &str, name: &str) -> bool {
        let named = Named::Repository(owner.to_owned(), name.to_owned());
        permitted(&self.kit, &self.kit.by(person, &operations::READ, named))
    }

    fn folders(&self) -> usize {
        self.kit.app().data().places().unwrap().len()
    }
}

#[test]
fn a_deleted_persons_repositories_can_go_with_them() {
    let estate = Estate::new();
    assert_eq!(estate.folders(), 2);
    assert!(estate.reads(&estate.bob, "ann", "lab"));
    estate.delete(&Fate::Delete).unwrap();
    assert_eq!(estate.folders(), 0, "the data is in the trash");
    assert!(!estate.reads(&estate.bob, "ann", "lab"));
    assert!(!estate.reads(&estate.bob, "ann", "site"));
    let log = events(&estate.kit);
    let count_of = |event: &str| log.iter().filter(|e| *e == event).count();
    assert_eq!(count_of("repo.destroy"), 2);
    for (rows, number) in [
        (
            "SELECT COUNT(*) FROM tombstones WHERE kind = 'repository_deleted'",
            2,
        ),
        (
            "SELECT COUNT(*) FROM tombstones WHERE kind = 'collaborator_removed'",
            1,
        ),
        (
            "SELECT COUNT(*) FROM repositories WHERE state = 'active'",
            0,
        ),
        (
            "SELECT COUNT(*) FROM audit WHERE event = 'repo.destroy' AND repository_id IS NOT NULL",
            2,
        ),
    ] {
        assert_eq!(count(&estate.kit, rows), number, "{rows}");
    }
}

#[test]
fn handed_over_repositories_leave_roles_selections_and_old_paths_behind() {
    let estate = Estate::new();
    let (kit, bob) = (&estate.kit, &estate.bob);
    let acme = kit.organization("acme", &estate.root);
    let member = kit.person("member");
    kit.member(&acme, &member, OrganizationRole::Member);
    let lab = &estate.lab;
    let own = kit.token(
        &estate.ann,
        estate.ann.account(),
        Selection::Only([lab.id].into()),
        &[("contents", "read")],
        Standing::NotNeeded,
    );
    // Looked up before, so that caches would have to forget.
    for (owner, name) in [("ann", "lab"), ("ann", "old"), ("acme", "lab")] {
        estate.reads(bob, owner, name);
        estate.reads(&member, owner, name);
    }
    estate.delete(&Fate::HandOver("ACME".to_owned())).unwrap();
    assert!(
        estate.reads(&estate.root, "acme", "lab"),
        "the heir's owner"
    );
    assert!(estate.reads(&member, "acme", "lab"), "the base permission");
    assert!(!estate.reads(bob, "acme", "lab"), "outside roles ended");
    assert!(estate.reads(bob, "acme", "site"), "public as before");
    for old in ["lab", "old", "site"] {
        for person in [&estate.root, bob, &member] {
            assert!(!estate.reads(person, "ann", old), "{old}");
        }
    }
    assert!(!estate.reads(&estate.root, "acme", "old"));
    assert_eq!(estate.folders(), 2, "the data stays where it is");
    let named = Named::Repository("acme".to_owned(), "lab".to_owned());
    assert_eq!(
        refused(
            kit.app()
                .permit(&kit.with_token(&own, &operations::READ, named))
        ),
        (401, "revoked")
    );
    for (rows, number) in [
        ("SELECT COUNT(*) FROM token_repositories", 0),
        ("SELECT COUNT(*) FROM repository_names", 0),
        (
            "SELECT COUNT(*) FROM tombstones WHERE kind = 'collaborator_removed'",
            1,
        ),
        (
            "SELECT COUNT(*) FROM audit WHERE event = 'repo.transfer' AND organization_id IS NOT NULL \
          AND repository_id IS NOT NULL",
            2,
        ),
    ] {
        assert_eq!(count(kit, rows), number, "{rows}");
    }
}

#[test]
fn a_clash_of_names_leaves_everything_where_it_is() {
    let estate = Estate::new();
    let (kit, bob) = (&estate.kit, &estate.bob);
    kit.repository((bob.account(), "bob"), "LAB", Visibility::Private);
    kit.repository((bob.account(), "bob"), "site", Visibility::Private);
    let before = events(kit).len();
    let to = |login: &str| estate.delete(&Fate::HandOver(login.to_owned()));
    let refused = to("bob");
    let Err(AppError::Invalid(faults)) = refused else {
        panic!("{refused:?}");
    };
    let named: Vec<_> = faults.iter().map(|fault| fault.message.as_str()).collect();
    assert!(named.len() == 2 && named[0].contains("`lab`") && named[1].contains("`site`"));
    assert_eq!(fault(to("nobody-there")), ("repositories_to", "missing"));
    assert_eq!(fault(to("ann")), ("repositories_to", "invalid"));
    let eve = kit.person("eve");
    users::suspend(kit.app(), &as_administrator(kit, &estate.root), "eve").unwrap();
    assert_eq!(fault(to("eve")), ("repositories_to", "invalid"));
    assert!(estate.reads(&estate.ann, "ann", "lab"));
    assert_eq!(events(kit).len(), before + 1, "the suspension alone");
    // A name that leads to a renamed repository of the heir's is free.
    users::resume(kit.app(), &as_administrator(kit, &estate.root), "eve").unwrap();
    kit.repository((eve.account(), "eve"), "lab", Visibility::Private);
    let edit = repositories::RepositoryEdit {
        name: Some("mine".to_owned()),
        ..repositories::RepositoryEdit::default()
    };
    let named = Named::Repository("eve".to_owned(), "lab".to_owned());
    repositories::update(kit.app(), &kit.by(&eve, &operations::ADMIN, named), &edit).unwrap();
    to("eve").unwrap();
    assert!(estate.reads(&eve, "eve", "lab") && estate.reads(&eve, "eve", "mine"));
    assert_eq!(
        count(
            kit,
            "SELECT COUNT(*) FROM repositories r JOIN accounts a ON a.id = r.owner_id \
                    WHERE a.login = 'eve' AND r.name = 'lab' AND r.description = ''"
        ),
        1
    );
}

#[test]
fn deletion_ends_everything_that_was_the_persons() {
    let kit = Kit::new();
    let root = kit.administrator("root-of-it");
    let ann = kit.person("ann");
    let acme = kit.organization("acme", &root);
    kit.member(&acme, &ann, OrganizationRole::Member);
    let lab = kit.repository((acme.account(), "acme"), "lab", Visibility::Private);
    kit.collaborator(&lab, &ann, jeton_domain::Role::Write);
    let own = kit.token(
        &ann,
        ann.account(),
        Selection::All,
        &[],
        Standing::NotNeeded,
    );
    let asks = kit.token(
        &ann,
        acme.account(),
        Selection::All,
        &[("contents", "read")],
        Standing::Pending,
    );
    let calls = [
        kit.by(&ann, &operations::OWN, Named::Own),
        kit.with_token(&own, &operations::OWN, Named::Own),
        kit.with_token(&asks, &operations::OWN, Named::Own),
    ];
    assert!(calls.iter().all(|call| permitted(&kit, call)));
    users::delete(
        kit.app(),
        &as_administrator(&kit, &root),
        "ann",
        &Fate::Unsaid,
    )
    .unwrap();
    for call in &calls {
        assert_eq!(refused(kit.app().permit(call)), (401, "revoked"));
    }
    for left in [
        "SELECT COUNT(*) FROM memberships WHERE user_id <> (SELECT account_id FROM users WHERE administrator = 1)",
        "SELECT COUNT(*) FROM collaborators",
        "SELECT COUNT(*) FROM requests WHERE state = 'pending'",
        "SELECT COUNT(*) FROM tokens WHERE revoked_at IS NULL",
        "SELECT COUNT(*) FROM sign_ins s JOIN accounts a ON a.id = s.user_id WHERE s.ended_at IS NULL AND a.state = 'deleted'",
    ] {
        assert_eq!(count(&kit, left), 0, "{left}");
    }
    let log = events(&kit);
    assert_eq!(
        log.iter()
            .filter(|event| *event == "personal_access_token.destroy")
            .count(),
        2
    );
    assert_eq!(
        log.iter()
            .filter(|event| *event == "personal_access_token.request_cancelled")
            .count(),
        1
    );
    assert_eq!(log.last().map(String::as_str), Some("user.delete"));
    assert!(is_missing(users::show(
        kit.app(),
        &as_administrator(&kit, &root),
        "ann"
    )));
}

#[test]
fn an_organizations_log_tells_what_ended_there_with_a_deleted_person() {
    let kit = Kit::new();
    let root = kit.administrator("root-of-it");
    let (ann, olga) = (kit.person("ann"), kit.person("olga"));
    let acme = kit.organization("acme", &olga);
    let beta = kit.organization("beta", &olga);
    kit.member(&acme, &ann, OrganizationRole::Member);
    let lab = kit.repository((beta.account(), "beta"), "lab", Visibility::Private);
    kit.collaborator(&lab, &ann, jeton_domain::Role::Write);
    let since = jeton_testkit::NOW;
    for standing in [Standing::Active { since }, Standing::Pending] {
        let permissions = [("contents", "read")];
        kit.token(&ann, acme.account(), Selection::All, &permissions, standing);
    }
    users::delete(
        kit.app(),
        &as_administrator(&kit, &root),
        "ann",
        &Fate::Unsaid,
    )
    .unwrap();
    let log = |organization| {
        let call = kit.by(&olga, &operations::OWNER, named::organization(organization));
        let wanted = jeton_app::audit_log::Wanted {
            count: 100,
            ..jeton_app::audit_log::Wanted::default()
        };
        let mut log = jeton_app::audit_log::of_organization(kit.app(), &call, &wanted).unwrap();
        log.sort_by(|a, b| a.event.cmp(&b.event));
        log
    };
    let acmes = log(&acme);
    let names: Vec<_> = acmes.iter().map(|entry| entry.event.as_str()).collect();
    assert_eq!(
        names,
        [
            "org.remove_member",
            "personal_access_token.access_revoked",
            "personal_access_token.request_cancelled"
        ]
    );
    let betas = log(&beta);
    assert_eq!(betas.len(), 1, "{betas:?}");
    assert_eq!(betas[0].event, "repo.remove_member");
    for entry in acmes.iter().chain(&betas) {
        let data = entry.data.as_ref().unwrap();
        assert_eq!(entry.actor.as_deref(), Some("root-of-it"), "{data}");
    }
    let why = |entry: &jeton_app::audit_log::Entry, field: &str| {
        entry.data.as_ref().unwrap()[field].clone()
    };
    assert_eq!(why(&acmes[0], "reason"), "account_deleted");
    assert_eq!(why(&acmes[1], "explanation"), "account_deleted");
    assert_eq!(why(&betas[0], "repo"), "beta/lab");
}
