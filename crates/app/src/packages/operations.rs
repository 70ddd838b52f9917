//! What can be done with packages: one operation for each, whatever request carries it.

use jeton_domain::{
    Access, ClassicScope, Event, Kinds, Least, Level, Operation, Requirement, Role, TargetKind,
};

const READ: &[&[Requirement]] = &[&[Requirement::new("packages", Level::Read)]];
const NONE: &[&[Requirement]] = &[&[]];
const WRITE: &[&[Requirement]] = &[&[Requirement::new("packages", Level::Write)]];
const ADMIN: &[&[Requirement]] = &[&[Requirement::new("packages", Level::Admin)]];

/// Seeing a package. Lists ask this of each of their items.
pub static GET: Operation = Operation {
    name: "package.get",
    sentence: "Shows a package, its versions and tags, and gives its files.",
    target: TargetKind::Package,
    access: Access::Read,
    reads_public: true,
    sets: READ,
    scopes: &[ClassicScope::ReadPackages],
    least: Least::Repository(Role::Read),
    kinds: Kinds::SIGN_INS_AND_GRANTS.and_scoped().and_jobs(),
    confirm: false,
    about_itself: false,
    departs: false,
    events: &[],
};

/// The versions of a package, and one of them, as GitHub's operations list and show them.
pub static VERSIONS: Operation = Operation {
    name: "package.versions",
    sentence: "Lists the versions of a package.",
    ..GET
};
/// One version.
pub static VERSION: Operation = Operation {
    name: "package.version",
    sentence: "Shows a version of a package.",
    ..GET
};
/// The packages of an organization.
pub static OF_ORGANIZATION: Operation = Operation {
    name: "package.list_organization",
    sentence: "Lists the packages of an organization that the caller sees.",
    target: TargetKind::Organization,
    scopes: &[],
    least: Least::Anyone,
    ..GET
};
/// The packages of a person.
pub static OF_USER: Operation = Operation {
    name: "package.list_user",
    sentence: "Lists the packages of a person that the caller sees.",
    target: TargetKind::Site,
    sets: NONE,
    ..OF_ORGANIZATION
};
/// One's own packages.
pub static OWN: Operation = Operation {
    name: "package.list_own",
    sentence: "Lists the caller's own packages.",
    target: TargetKind::Own,
    reads_public: false,
    least: Least::Person,
    ..OF_USER
};
/// One of one's own: what the path names is decided besides, as any package is.
pub static GET_OWN: Operation = Operation {
    name: "package.get_own",
    sentence: "Shows a package of the caller's own: what `package.get` takes on it is asked for besides.",
    ..OWN
};

/// The same, of versions of one's own.
pub static OWN_VERSIONS: Operation = Operation {
    name: "package.own_versions",
    sentence: "Lists the versions of a package of the caller's own: what `package.get` takes on it is asked for besides.",
    ..OWN
};
/// One version of one's own.
pub static OWN_VERSION: Operation = Operation {
    name: "package.own_version",
    sentence: "Shows a version of a package of the caller's own: what `package.get` takes on it is asked for besides.",
    ..OWN
};

const fn changing(
    name: &'static str,
    sentence: &'static str,
    events: &'static [Event],
) -> Operation {
    Operation {
        name,
        sentence,
        access: Access::Write,
        reads_public: false,
        sets: WRITE,
        scopes: &[ClassicScope::WritePackages],
        least: Least::Repository(Role::Write),
        events,
        ..GET
    }
}

const fn administering(
    name: &'static str,
    sentence: &'static str,
    events: &'static [Event],
) -> Operation {
    Operation {
        sets: ADMIN,
        scopes: &[ClassicScope::DeletePackages],
        least: Least::Repository(Role::Admin),
        ..changing(name, sentence, events)
    }
}

/// Publishing a version, of a package that is there or is made by it.
pub static PUBLISH: Operation = changing(
    "package.publish",
    "Publishes a version of a package; the first one makes the package.",
    &[Event::PackagePublish, Event::PackageVersionPublish],
);
/// Saying that versions should not be used.
pub static DEPRECATE: Operation = changing(
    "package.deprecate",
    "Says why versions of a package should not be used, or takes that back.",
    &[Event::PackageDeprecate],
);
/// Setting a tag.
pub static TAG: Operation = changing(
    "package.tag",
    "Sets a tag of a package to a version.",
    &[Event::PackageTag],
);
/// Taking a tag away.
pub static UNTAG: Operation = changing(
    "package.untag",
    "Takes a tag of a package away.",
    &[Event::PackageTag],
);
/// Removing versions, or the package.
pub static REMOVE: Operation = Operation {
    // It can't be taken back.
    confirm: true,
    ..administering(
        "package.remove",
        "Removes versions of a package; with the last one, or asked for so, the package.",
        &[Event::PackageVersionDestroy, Event::PackageDestroy],
    )
};
/// Removing versions, or a package, of one's own.
pub static REMOVE_OWN: Operation = Operation {
    name: "package.remove_own",
    sentence: "Removes a package of the caller's own, or a version: what `package.remove` takes on it is asked for besides.",
    access: Access::Write,
    events: REMOVE.events,
    confirm: true,
    ..OWN
};
/// Bringing back what was removed: nothing does.
pub static RESTORE: Operation = administering(
    "package.restore",
    "Says that what was removed does not come back.",
    &[],
);
/// The same, of one's own.
pub static RESTORE_OWN: Operation = Operation {
    name: "package.restore_own",
    sentence: "Says that what was removed of the caller's own does not come back.",
    events: &[],
    confirm: false,
    ..REMOVE_OWN
};
/// Choosing who sees it without a role.
pub static SET_VISIBILITY: Operation = administering(
    "package.set_visibility",
    "Chooses who sees a package that belongs to no repository.",
    &[Event::PackageVisibility],
);
/// Giving a team a role.
pub static SET_TEAM: Operation = administering(
    "package.set_team",
    "Gives a team a role on a package that belongs to no repository, or takes it away.",
    &[Event::PackageAccess],
);
/// Saying who keeps it.
pub static SET_KEEPERS: Operation = administering(
    "package.set_keepers",
    "Gives people the role write on a package that belongs to no repository, or takes it away.",
    &[Event::PackageAccess],
);
/// Seeing who has a role.
pub static COLLABORATORS: Operation = Operation {
    name: "package.collaborators",
    sentence: "Shows who has a role on a package, to those who may publish it.",
    access: Access::Read,
    events: &[],
    ..changing("", "", &[])
};
