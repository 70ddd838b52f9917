//! Operations of this door, put together from the few forms that they have.

use jeton_domain::{
    Access, ClassicScope, Event, Kinds, Least, Level, Operation, OrganizationRole, Requirement,
    Role, TargetKind,
};

/// No permission is needed.
pub(crate) const NO_PERMISSION: &[&[Requirement]] = &[&[]];
/// No permission opens it: a person's own sign-in is needed.
pub(crate) const NO_TOKEN: &[&[Requirement]] = &[];
/// `metadata: read`
pub(crate) const METADATA: &[&[Requirement]] = &[&[Requirement::new("metadata", Level::Read)]];
/// `administration: read`
pub(crate) const ADMINISTRATION_READ: &[&[Requirement]] =
    &[&[Requirement::new("administration", Level::Read)]];
/// `administration: write`
pub(crate) const ADMINISTRATION: &[&[Requirement]] =
    &[&[Requirement::new("administration", Level::Write)]];
/// `members: read`
pub(crate) const MEMBERS_READ: &[&[Requirement]] = &[&[Requirement::new("members", Level::Read)]];
/// `members: write`
const MEMBERS_WRITE: &[&[Requirement]] = &[&[Requirement::new("members", Level::Write)]];
/// `organization_administration: read`
pub(crate) const SETTINGS_READ: &[&[Requirement]] =
    &[&[Requirement::new("organization_administration", Level::Read)]];
/// `organization_administration: write`
pub(crate) const SETTINGS_WRITE: &[&[Requirement]] = &[&[Requirement::new(
    "organization_administration",
    Level::Write,
)]];

/// `contents: write`
pub(crate) const CONTENTS_WRITE: &[&[Requirement]] =
    &[&[Requirement::new("contents", Level::Write)]];
/// The same; with what a guarded path takes besides.
pub(crate) const CONTENTS_OR_WORKFLOWS: &[&[Requirement]] = &[
    &[Requirement::new("contents", Level::Write)],
    &[
        Requirement::new("contents", Level::Write),
        Requirement::new("workflows", Level::Write),
    ],
];
/// `contents: read`
pub(crate) const CONTENTS_READ: &[&[Requirement]] = &[&[Requirement::new("contents", Level::Read)]];

pub(crate) const OWNER: Least = Least::Organization(OrganizationRole::Owner);
pub(crate) const REVIEWER: Least = Least::Reviewer;
pub(crate) const MEMBER: Least = Least::Organization(OrganizationRole::Member);
pub(crate) const ADMIN: Least = Least::Repository(Role::Admin);

/// Looks, with a sign-in or a fine-grained token.
pub(crate) const fn reading(
    name: &'static str,
    sentence: &'static str,
    target: TargetKind,
    sets: &'static [&'static [Requirement]],
    least: Least,
) -> Operation {
    Operation {
        name,
        sentence,
        target,
        access: Access::Read,
        reads_public: false,
        sets,
        scopes: &[],
        least,
        kinds: match target {
            // A job is of one repository, and whatever is about something else is not its affair.
            TargetKind::Repository | TargetKind::Package => Kinds::SIGN_INS_AND_GRANTS.and_jobs(),
            TargetKind::Site | TargetKind::Own | TargetKind::Organization => {
                Kinds::SIGN_INS_AND_GRANTS
            }
        },
        confirm: false,
        about_itself: false,
        departs: false,
        events: &[],
    }
}

/// The same, looking at nothing but the credential that asks: no use of it.
pub(crate) const fn about_itself(mut operation: Operation) -> Operation {
    operation.about_itself = true;
    operation
}

/// The same, for going away: an owner's rules hold nobody back.
pub(crate) const fn departing(mut operation: Operation) -> Operation {
    operation.departs = true;
    operation
}

/// The same, open to classic tokens and OAuth applications as well, with any one of the scopes; with none where
/// the list is empty.
pub(crate) const fn scoped(mut operation: Operation, scopes: &'static [ClassicScope]) -> Operation {
    operation.scopes = scopes;
    operation.kinds = operation.kinds.and_scoped();
    operation
}

/// The same, open to jobs as well: for what is about nobody's things.
pub(crate) const fn with_jobs(mut operation: Operation) -> Operation {
    operation.kinds = operation.kinds.and_jobs();
    operation
}

/// Looks at what everybody may see, without a credential too.
pub(crate) const fn public(
    name: &'static str,
    sentence: &'static str,
    target: TargetKind,
    sets: &'static [&'static [Requirement]],
) -> Operation {
    Operation {
        reads_public: true,
        ..reading(name, sentence, target, sets, Least::Anyone)
    }
}

/// Looks at what a repository holds; at that of a public one without a credential too.
pub(crate) const fn seeing_contents(
    name: &'static str,
    sentence: &'static str,
    sets: &'static [&'static [Requirement]],
) -> Operation {
    let seen = Operation {
        least: Least::Repository(Role::Read),
        ..public(name, sentence, TargetKind::Repository, sets)
    };
    scoped(seen, &[])
}

/// Changes what a repository holds. `events`: those of a push, where it moves a reference.
pub(crate) const fn writing_contents(
    name: &'static str,
    sentence: &'static str,
    sets: &'static [&'static [Requirement]],
    events: &'static [Event],
) -> Operation {
    let write = Least::Repository(Role::Write);
    let changing = changing(name, sentence, TargetKind::Repository, sets, write, events);
    scoped(changing, &[ClassicScope::Repo, ClassicScope::PublicRepo])
}

/// What the log holds of each reference that is moved.
pub(crate) const PUSHES: &[Event] = &[Event::GitPushIntent, Event::GitPush];

/// Changes something, with a sign-in or a fine-grained token.
pub(crate) const fn changing(
    name: &'static str,
    sentence: &'static str,
    target: TargetKind,
    sets: &'static [&'static [Requirement]],
    least: Least,
    events: &'static [Event],
) -> Operation {
    Operation {
        access: Access::Write,
        events,
        ..reading(name, sentence, target, sets, least)
    }
}

/// What an OAuth application does in its own name: it proves itself to the use case, and carries nobody's credential.
pub(crate) const fn of_clients(
    name: &'static str,
    sentence: &'static str,
    events: &'static [Event],
) -> Operation {
    let site = TargetKind::Site;
    scoped(
        changing(name, sentence, site, NO_PERMISSION, Least::Anyone, events),
        &[],
    )
}

/// Looks, with a person's own sign-in only.
pub(crate) const fn person_reading(
    name: &'static str,
    sentence: &'static str,
    target: TargetKind,
    least: Least,
) -> Operation {
    Operation {
        kinds: Kinds::SIGN_INS,
        ..reading(name, sentence, target, NO_TOKEN, least)
    }
}

/// Changes something, with a person's own sign-in only.
pub(crate) const fn person_changing(
    name: &'static str,
    sentence: &'static str,
    target: TargetKind,
    least: Least,
    events: &'static [Event],
) -> Operation {
    Operation {
        kinds: Kinds::SIGN_INS,
        ..changing(name, sentence, target, NO_TOKEN, least, events)
    }
}

/// Looks at who belongs to an organization, as a member.
pub(crate) const fn seeing_members(name: &'static str, sentence: &'static str) -> Operation {
    reading(
        name,
        sentence,
        TargetKind::Organization,
        MEMBERS_READ,
        MEMBER,
    )
}

/// Changes who belongs to an organization, as an owner.
pub(crate) const fn keeping_members(
    name: &'static str,
    sentence: &'static str,
    events: &'static [Event],
) -> Operation {
    changing(
        name,
        sentence,
        TargetKind::Organization,
        MEMBERS_WRITE,
        OWNER,
        events,
    )
}

/// Looks at an organization's settings, as an owner.
pub(crate) const fn seeing_settings(name: &'static str, sentence: &'static str) -> Operation {
    reading(
        name,
        sentence,
        TargetKind::Organization,
        SETTINGS_READ,
        OWNER,
    )
}

/// Changes an organization's settings, as an owner.
pub(crate) const fn changing_settings(
    name: &'static str,
    sentence: &'static str,
    events: &'static [Event],
) -> Operation {
    changing(
        name,
        sentence,
        TargetKind::Organization,
        SETTINGS_WRITE,
        OWNER,
        events,
    )
}

/// The same, for a sign-in that was confirmed lately: it adds power, or can't be taken back.
pub(crate) const fn confirmed(mut operation: Operation) -> Operation {
    operation.confirm = true;
    operation
}
