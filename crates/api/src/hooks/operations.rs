//! Operations on webhooks: the same of organizations and of repositories.

use jeton_domain::{ClassicScope, Event, Level, Operation, Requirement, TargetKind};

use crate::operation::{ADMIN, OWNER, changing, confirmed, reading, scoped};

type Sets = &'static [&'static [Requirement]];

const ORGANIZATION_READ: Sets = &[&[Requirement::new("organization_hooks", Level::Read)]];
const ORGANIZATION_WRITE: Sets = &[&[Requirement::new("organization_hooks", Level::Write)]];
const REPOSITORY_READ: Sets = &[&[Requirement::new("repository_hooks", Level::Read)]];
const REPOSITORY_WRITE: Sets = &[&[Requirement::new("repository_hooks", Level::Write)]];

const OF_ORGANIZATIONS: &[ClassicScope] = &[ClassicScope::AdminOrgHook];
const READS: &[ClassicScope] = &[
    ClassicScope::ReadRepoHook,
    ClassicScope::Repo,
    ClassicScope::PublicRepo,
];
const WRITES: &[ClassicScope] = &[
    ClassicScope::WriteRepoHook,
    ClassicScope::Repo,
    ClassicScope::PublicRepo,
];
const DELETES: &[ClassicScope] = &[
    ClassicScope::AdminRepoHook,
    ClassicScope::Repo,
    ClassicScope::PublicRepo,
];

const CHANGES: &[Event] = &[Event::HookConfig, Event::HookEvents, Event::HookActive];

/// What is done with the webhooks of one kind of owner.
#[derive(Debug)]
pub struct HookOperations {
    /// All of them.
    pub list: Operation,
    /// Making one.
    pub create: Operation,
    /// One of them.
    pub get: Operation,
    /// Changing one.
    pub update: Operation,
    /// Deleting one.
    pub delete: Operation,
    /// Where one sends.
    pub config: Operation,
    /// Changing that.
    pub update_config: Operation,
    /// What one was told.
    pub deliveries: Operation,
    /// One try.
    pub delivery: Operation,
    /// Having it again.
    pub redeliver: Operation,
    /// Trying one.
    pub ping: Operation,
}

const fn organization_reading(name: &'static str, sentence: &'static str) -> Operation {
    let target = TargetKind::Organization;
    scoped(
        reading(name, sentence, target, ORGANIZATION_READ, OWNER),
        OF_ORGANIZATIONS,
    )
}

const fn organization_changing(
    name: &'static str,
    sentence: &'static str,
    events: &'static [Event],
) -> Operation {
    let target = TargetKind::Organization;
    scoped(
        changing(name, sentence, target, ORGANIZATION_WRITE, OWNER, events),
        OF_ORGANIZATIONS,
    )
}

const fn repository_reading(name: &'static str, sentence: &'static str) -> Operation {
    let target = TargetKind::Repository;
    scoped(
        reading(name, sentence, target, REPOSITORY_READ, ADMIN),
        READS,
    )
}

const fn repository_changing(
    name: &'static str,
    sentence: &'static str,
    sets: Sets,
    scopes: &'static [ClassicScope],
    events: &'static [Event],
) -> Operation {
    let target = TargetKind::Repository;
    scoped(
        changing(name, sentence, target, sets, ADMIN, events),
        scopes,
    )
}

/// Of organizations.
pub static ORGANIZATION: HookOperations = HookOperations {
    list: organization_reading("org_hook.list", "List the webhooks of an organization."),
    create: confirmed(organization_changing(
        "org_hook.create",
        "Make a webhook of an organization.",
        &[Event::HookCreate],
    )),
    get: organization_reading("org_hook.get", "Show a webhook of an organization."),
    update: organization_changing(
        "org_hook.update",
        "Change a webhook of an organization. Sending elsewhere, or more, takes a sign-in that was confirmed lately.",
        CHANGES,
    ),
    delete: organization_changing(
        "org_hook.delete",
        "Delete a webhook of an organization.",
        &[Event::HookDestroy],
    ),
    config: organization_reading(
        "org_hook.get_config",
        "Show where a webhook of an organization sends, and how.",
    ),
    update_config: organization_changing(
        "org_hook.update_config",
        "Change where a webhook of an organization sends, and how; what is not said stays. Sending elsewhere takes a sign-in that was confirmed lately.",
        &[Event::HookConfig],
    ),
    deliveries: organization_reading(
        "org_hook.list_deliveries",
        "List what a webhook of an organization was told, the latest first.",
    ),
    delivery: organization_reading(
        "org_hook.get_delivery",
        "Show one delivery of a webhook of an organization: what was sent, and what was answered.",
    ),
    redeliver: organization_changing(
        "org_hook.redeliver",
        "Tell a webhook of an organization the same again, at once.",
        &[Event::HookRedeliver],
    ),
    ping: organization_changing(
        "org_hook.ping",
        "Ping a webhook of an organization.",
        &[Event::HookPing],
    ),
};

/// Of repositories.
pub static REPOSITORY: HookOperations = HookOperations {
    list: repository_reading("repository_hook.list", "List the webhooks of a repository."),
    create: confirmed(repository_changing(
        "repository_hook.create",
        "Make a webhook of a repository.",
        REPOSITORY_WRITE,
        WRITES,
        &[Event::HookCreate],
    )),
    get: repository_reading("repository_hook.get", "Show a webhook of a repository."),
    update: repository_changing(
        "repository_hook.update",
        "Change a webhook of a repository. Sending elsewhere, or more, takes a sign-in that was confirmed lately.",
        REPOSITORY_WRITE,
        WRITES,
        CHANGES,
    ),
    delete: repository_changing(
        "repository_hook.delete",
        "Delete a webhook of a repository.",
        REPOSITORY_WRITE,
        DELETES,
        &[Event::HookDestroy],
    ),
    config: repository_reading(
        "repository_hook.get_config",
        "Show where a webhook of a repository sends, and how.",
    ),
    update_config: repository_changing(
        "repository_hook.update_config",
        "Change where a webhook of a repository sends, and how; what is not said stays. Sending elsewhere takes a sign-in that was confirmed lately.",
        REPOSITORY_WRITE,
        WRITES,
        &[Event::HookConfig],
    ),
    deliveries: repository_reading(
        "repository_hook.list_deliveries",
        "List what a webhook of a repository was told, the latest first.",
    ),
    delivery: repository_reading(
        "repository_hook.get_delivery",
        "Show one delivery of a webhook of a repository: what was sent, and what was answered.",
    ),
    redeliver: repository_changing(
        "repository_hook.redeliver",
        "Tell a webhook of a repository the same again, at once.",
        REPOSITORY_WRITE,
        WRITES,
        &[Event::HookRedeliver],
    ),
    // To read is enough, as at GitHub: it goes where its keeper wants it to.
    ping: repository_changing(
        "repository_hook.ping",
        "Ping a webhook of a repository.",
        REPOSITORY_READ,
        READS,
        &[Event::HookPing],
    ),
};

/// Repositories have this one besides.
pub static REPOSITORY_TEST: Operation = repository_changing(
    "repository_hook.test",
    "Tell a webhook of a repository of the latest commit of the default branch, as if it were pushed now.",
    REPOSITORY_READ,
    READS,
    &[Event::HookPing],
);
