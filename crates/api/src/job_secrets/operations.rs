//! Operations on secrets: the same of repositories, of organizations and of persons.

use jeton_domain::{ClassicScope, Event, Least, Level, Operation, Requirement, Role, TargetKind};

use crate::operation::{OWNER, changing, confirmed, reading, scoped};

type Sets = &'static [&'static [Requirement]];

const REPOSITORY_READ: Sets = &[&[Requirement::new("secrets", Level::Read)]];
const REPOSITORY_WRITE: Sets = &[&[Requirement::new("secrets", Level::Write)]];
const ORGANIZATION_READ: Sets = &[&[Requirement::new("organization_secrets", Level::Read)]];
const ORGANIZATION_WRITE: Sets = &[&[Requirement::new("organization_secrets", Level::Write)]];
const ORGANIZATION_SELECT: Sets = &[&[
    Requirement::new("organization_secrets", Level::Write),
    Requirement::new("metadata", Level::Read),
]];
const PERSON_READ: Sets = &[&[Requirement::new("codespaces_user_secrets", Level::Read)]];
const PERSON_WRITE: Sets = &[&[Requirement::new("codespaces_user_secrets", Level::Write)]];
const PERSON_SELECT: Sets = &[&[
    Requirement::new("codespaces_user_secrets", Level::Write),
    Requirement::new("metadata", Level::Read),
]];

const WRITER: Least = Least::Repository(Role::Write);
const KEY_EVENTS: &[Event] = &[Event::SealingKeyRotate];

/// What is done with the secrets of one kind of owner.
#[derive(Debug)]
pub struct SecretOperations {
    /// All of them.
    pub list: Operation,
    /// What to seal them with.
    pub public_key: Operation,
    /// One of them.
    pub get: Operation,
    /// Setting one.
    pub put: Operation,
    /// Deleting one.
    pub delete: Operation,
    /// Replacing the pair of keys.
    pub rotate_key: Operation,
}

/// What is done with the repositories that a secret is for.
#[derive(Debug)]
pub struct SelectionOperations {
    /// All of them.
    pub list: Operation,
    /// Choosing them anew.
    pub set: Operation,
    /// One more.
    pub select: Operation,
    /// One less.
    pub unselect: Operation,
}

const fn repository_reading(name: &'static str, sentence: &'static str) -> Operation {
    let target = TargetKind::Repository;
    let operation = reading(name, sentence, target, REPOSITORY_READ, WRITER);
    scoped(operation, &[ClassicScope::Repo])
}

const fn repository_changing(
    name: &'static str,
    sentence: &'static str,
    events: &'static [Event],
) -> Operation {
    let target = TargetKind::Repository;
    let operation = changing(name, sentence, target, REPOSITORY_WRITE, WRITER, events);
    scoped(operation, &[ClassicScope::Repo])
}

const fn organization_reading(name: &'static str, sentence: &'static str) -> Operation {
    let target = TargetKind::Organization;
    let operation = reading(name, sentence, target, ORGANIZATION_READ, OWNER);
    scoped(operation, &[ClassicScope::AdminOrg])
}

const fn organization_changing(
    name: &'static str,
    sentence: &'static str,
    sets: Sets,
    events: &'static [Event],
) -> Operation {
    let target = TargetKind::Organization;
    let operation = changing(name, sentence, target, sets, OWNER, events);
    scoped(operation, &[ClassicScope::AdminOrg])
}

const fn person_seeing(name: &'static str, sentence: &'static str) -> Operation {
    let least = Least::Person;
    let operation = reading(name, sentence, TargetKind::Own, PERSON_READ, least);
    scoped(operation, &[ClassicScope::CodespaceSecrets])
}

const fn person_setting(
    name: &'static str,
    sentence: &'static str,
    sets: Sets,
    events: &'static [Event],
) -> Operation {
    let least = Least::Person;
    let operation = changing(name, sentence, TargetKind::Own, sets, least, events);
    scoped(operation, &[ClassicScope::CodespaceSecrets])
}

/// Of repositories.
pub static REPOSITORY_SECRETS: SecretOperations = SecretOperations {
    list: repository_reading(
        "repository_secret.list",
        "List the secrets of a repository: names and moments, never values.",
    ),
    public_key: repository_reading(
        "repository_secret.public_key",
        "Show what secrets of a repository are sealed with on their way here.",
    ),
    get: repository_reading(
        "repository_secret.get",
        "Show a secret of a repository: its name and moments, never its value.",
    ),
    put: confirmed(repository_changing(
        "repository_secret.put",
        "Set a secret of a repository, sealed with its public key.",
        &[Event::RepositorySecretCreate, Event::RepositorySecretUpdate],
    )),
    delete: repository_changing(
        "repository_secret.delete",
        "Delete a secret of a repository for good.",
        &[Event::RepositorySecretRemove],
    ),
    rotate_key: confirmed(changing(
        "repository_secret.rotate_key",
        "Replace the pair of keys that secrets of a repository are sealed with; the earlier one is taken for a day yet.",
        TargetKind::Repository,
        REPOSITORY_WRITE,
        WRITER,
        KEY_EVENTS,
    )),
};

/// Of the organization, as far as they are for one repository.
pub(super) static REPOSITORY_ORGANIZATION: Operation = repository_reading(
    "repository_secret.list_organization",
    "List the secrets of the organization that are for a repository too: names and moments, never values.",
);

/// Of organizations.
pub static ORGANIZATION_SECRETS: SecretOperations = SecretOperations {
    list: organization_reading(
        "org_secret.list",
        "List the secrets of an organization: names and moments, never values.",
    ),
    public_key: organization_reading(
        "org_secret.public_key",
        "Show what secrets of an organization are sealed with on their way here.",
    ),
    get: organization_reading(
        "org_secret.get",
        "Show a secret of an organization: its name and moments, never its value.",
    ),
    put: confirmed(organization_changing(
        "org_secret.put",
        "Set a secret of an organization, sealed with its public key, and say for which repositories it is.",
        ORGANIZATION_WRITE,
        &[
            Event::OrganizationSecretCreate,
            Event::OrganizationSecretUpdate,
        ],
    )),
    delete: organization_changing(
        "org_secret.delete",
        "Delete a secret of an organization for good.",
        ORGANIZATION_WRITE,
        &[Event::OrganizationSecretRemove],
    ),
    rotate_key: confirmed(changing(
        "org_secret.rotate_key",
        "Replace the pair of keys that secrets of an organization are sealed with; the earlier one is taken for a day yet.",
        TargetKind::Organization,
        ORGANIZATION_WRITE,
        OWNER,
        KEY_EVENTS,
    )),
};

/// For which repositories those of organizations are.
pub static ORGANIZATION_SELECTION: SelectionOperations = SelectionOperations {
    list: organization_reading(
        "org_secret.repositories",
        "List the repositories that a secret of an organization is for.",
    ),
    set: organization_changing(
        "org_secret.set_repositories",
        "Choose the repositories that a secret of an organization is for. One more takes a sign-in that was confirmed lately.",
        ORGANIZATION_WRITE,
        &[Event::OrganizationSecretUpdate],
    ),
    select: confirmed(organization_changing(
        "org_secret.select",
        "Have a secret of an organization be for one more repository.",
        ORGANIZATION_SELECT,
        &[Event::OrganizationSecretUpdate],
    )),
    unselect: organization_changing(
        "org_secret.unselect",
        "Have a secret of an organization be for a repository no more.",
        ORGANIZATION_SELECT,
        &[Event::OrganizationSecretUpdate],
    ),
};

/// Of persons.
pub static PERSON_SECRETS: SecretOperations = SecretOperations {
    list: person_seeing(
        "user_secret.list",
        "List the caller's own secrets: names and moments, never values.",
    ),
    public_key: person_seeing(
        "user_secret.public_key",
        "Show what the caller's own secrets are sealed with on their way here.",
    ),
    get: person_seeing(
        "user_secret.get",
        "Show one of the caller's own secrets: its name and moments, never its value.",
    ),
    put: confirmed(person_setting(
        "user_secret.put",
        "Set a secret of one's own for the jobs that one opens in some repositories, sealed with one's public key.",
        PERSON_WRITE,
        &[Event::UserSecretCreate, Event::UserSecretUpdate],
    )),
    delete: person_setting(
        "user_secret.delete",
        "Delete one of the caller's own secrets for good.",
        PERSON_WRITE,
        &[Event::UserSecretRemove],
    ),
    rotate_key: confirmed(changing(
        "user_secret.rotate_key",
        "Replace the pair of keys that the caller's own secrets are sealed with; the earlier one is taken for a day yet.",
        TargetKind::Own,
        PERSON_WRITE,
        Least::Person,
        KEY_EVENTS,
    )),
};

/// For which repositories those of persons are.
pub static PERSON_SELECTION: SelectionOperations = SelectionOperations {
    list: person_seeing(
        "user_secret.repositories",
        "List the repositories that one of the caller's own secrets is for.",
    ),
    set: person_setting(
        "user_secret.set_repositories",
        "Choose the repositories that one of the caller's own secrets is for. One more takes a sign-in that was confirmed lately.",
        PERSON_WRITE,
        &[Event::UserSecretUpdate],
    ),
    select: confirmed(person_setting(
        "user_secret.select",
        "Have one of the caller's own secrets be for one more repository.",
        PERSON_SELECT,
        &[Event::UserSecretUpdate],
    )),
    unselect: person_setting(
        "user_secret.unselect",
        "Have one of the caller's own secrets be for a repository no more.",
        PERSON_SELECT,
        &[Event::UserSecretUpdate],
    ),
};
