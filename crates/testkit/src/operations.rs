//! Operations for calling use cases without a route table: one for each kind of target. A test of
//! what a route asks for takes the route's own operation instead.

use jeton_domain::{Access, Kinds, Least, Operation, OrganizationRole, Role, TargetKind};

const fn any(name: &'static str, target: TargetKind, access: Access, least: Least) -> Operation {
    Operation {
        name,
        sentence: "Stands for a route in tests.",
        target,
        access,
        reads_public: matches!(access, Access::Read),
        sets: &[&[]],
        scopes: &[],
        least,
        kinds: Kinds::SIGN_INS_AND_GRANTS.and_scoped(),
        confirm: false,
        about_itself: false,
        departs: false,
        events: jeton_domain::Event::ALL,
    }
}

/// Anybody, about the server.
pub static SITE: Operation = any("test.site", TargetKind::Site, Access::Read, Least::Anyone);
/// Anybody, changing something of the server's.
pub static SITE_WRITE: Operation = any(
    "test.site_write",
    TargetKind::Site,
    Access::Write,
    Least::Anyone,
);
/// A person, about the server.
pub static PERSON: Operation = any(
    "test.person",
    TargetKind::Site,
    Access::Write,
    Least::Person,
);
/// An administrator.
pub static ADMINISTRATOR: Operation = any(
    "test.administrator",
    TargetKind::Site,
    Access::Write,
    Least::Administrator,
);
/// A person, about themself.
pub static OWN: Operation = any("test.own", TargetKind::Own, Access::Write, Least::Person);
/// Anybody, looking at an organization.
pub static ORGANIZATION: Operation = any(
    "test.organization",
    TargetKind::Organization,
    Access::Read,
    Least::Anyone,
);
/// A member.
pub static MEMBER: Operation = any(
    "test.member",
    TargetKind::Organization,
    Access::Write,
    Least::Organization(OrganizationRole::Member),
);
/// An owner.
pub static OWNER: Operation = any(
    "test.owner",
    TargetKind::Organization,
    Access::Write,
    Least::Organization(OrganizationRole::Owner),
);
/// Whoever reads a repository.
pub static READ: Operation = any(
    "test.read",
    TargetKind::Repository,
    Access::Read,
    Least::Repository(Role::Read),
);
/// Whoever pushes to a repository.
pub static WRITE: Operation = any(
    "test.write",
    TargetKind::Repository,
    Access::Write,
    Least::Repository(Role::Write),
);
/// Whoever administers a repository.
pub static ADMIN: Operation = any(
    "test.admin",
    TargetKind::Repository,
    Access::Write,
    Least::Repository(Role::Admin),
);
