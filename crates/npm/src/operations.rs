//! Operations of the registry that are about no package alone. Those of packages are beside their use cases.

use jeton_app::packages;
use jeton_domain::{
    Access, ClassicScope, Event, Kinds, Least, Level, Operation, OrganizationRole, Requirement,
    TargetKind,
};

const NONE: &[&[Requirement]] = &[&[]];
const ADMIN: &[&[Requirement]] = &[&[Requirement::new("packages", Level::Admin)]];

/// Open to everybody.
const fn open(name: &'static str, sentence: &'static str) -> Operation {
    Operation {
        name,
        sentence,
        target: TargetKind::Site,
        access: Access::Read,
        reads_public: true,
        sets: NONE,
        scopes: &[],
        least: Least::Anyone,
        kinds: Kinds::SIGN_INS_AND_GRANTS.and_scoped().and_jobs(),
        confirm: false,
        about_itself: false,
        departs: false,
        events: &[],
    }
}

pub(crate) static PING: Operation = open("npm.ping", "Says that the registry is there.");
pub(crate) static SEARCH: Operation = open(
    "package.search",
    "Looks for packages among those that the caller sees.",
);
pub(crate) static SIGN_IN: Operation = Operation {
    access: Access::Write,
    reads_public: false,
    ..open(
        "npm.sign_in",
        "Says whether a token, given as a password, is that of the person who is named. Nothing is made.",
    )
};
pub(crate) static LOGIN: Operation = Operation {
    access: Access::Write,
    reads_public: false,
    ..open(
        "npm.login",
        "Begins to sign npm in by the browser: says where a person answers, and where npm waits.",
    )
};
/// What is sent with it as a credential is looked at no further: npm sends what it has, which is over where somebody signs in anew.
pub(crate) static LOGGED_IN: Operation = Operation {
    access: Access::Write,
    reads_public: false,
    events: &[Event::TokenCreate],
    ..open(
        "npm.logged_in",
        "Says what a person answered: nothing yet, or a token for packages, which is given once.",
    )
};
pub(crate) static ADVISORIES: Operation = Operation {
    access: Access::Write,
    reads_public: false,
    ..open("npm.advisories", "Says that no advisories are kept here.")
};
pub(crate) static WHOAMI: Operation = Operation {
    name: "npm.whoami",
    sentence: "Says who asks.",
    target: TargetKind::Own,
    reads_public: false,
    least: Least::Person,
    ..open("", "")
};
pub(crate) static TOKENS: Operation = Operation {
    name: "npm.tokens",
    sentence: "Lists the caller's tokens as npm does: to a token itself alone, to a sign-in one's own.",
    ..WHOAMI
};
pub(crate) static END_TOKEN: Operation = Operation {
    name: "npm.end_token",
    sentence: "Ends a token for ever: a token itself alone, a sign-in one of one's own.",
    access: Access::Write,
    events: &[
        Event::TokenDestroy,
        Event::ChildTokenDestroy,
        Event::JobEnd,
        Event::AccessTokenDestroy,
        Event::AccessRevoke,
        Event::RequestCancel,
    ],
    ..WHOAMI
};
pub(crate) static PROFILE: Operation = Operation {
    name: "npm.profile",
    sentence: "Shows who asks as npm does: name, and the address that stands for them.",
    // A job is nobody.
    kinds: Kinds::SIGN_INS_AND_GRANTS.and_scoped(),
    ..WHOAMI
};
pub(crate) static PERSON: Operation = Operation {
    name: "npm.person",
    sentence: "Shows a person's name, and the address that stands for them.",
    target: TargetKind::Site,
    ..WHOAMI
};
pub(crate) static CHANGE_PROFILE: Operation = Operation {
    access: Access::Write,
    reads_public: false,
    ..open(
        "npm.change_profile",
        "Says where a profile, a password and a second factor are changed: not here.",
    )
};
pub(crate) static MAKE_TOKEN: Operation = Operation {
    name: "npm.make_token",
    sentence: "Says where tokens are made: not here, where a password would be sent for them.",
    ..CHANGE_PROFILE
};
/// The value in the address is what it ends: as its holder, or where that is refused as one that became known.
pub(crate) static SIGN_OUT: Operation = Operation {
    name: "npm.sign_out",
    sentence: "Ends the token or sign-in whose value stands in the address.",
    events: &[
        Event::TokenDestroy,
        Event::ChildTokenDestroy,
        Event::JobEnd,
        Event::AccessTokenDestroy,
        Event::AccessRevoke,
        Event::RequestCancel,
        Event::TokenLeaked,
        Event::UserSignOut,
    ],
    ..CHANGE_PROFILE
};
pub(crate) static OF_TEAM: Operation = Operation {
    name: "package.list_team",
    sentence: "Lists the packages on which a team has a role of its own, to members.",
    reads_public: false,
    scopes: &[ClassicScope::ReadOrg],
    least: Least::Organization(OrganizationRole::Member),
    ..packages::OF_ORGANIZATION
};
/// What the package is, the body says: that is decided by itself.
pub(crate) static KEEP_TEAM: Operation = Operation {
    name: "package.keep_team",
    sentence: "Gives a team a role on a package of its organization, or takes it away: what `package.set_team` takes on the \
               package is asked for besides.",
    access: Access::Write,
    sets: ADMIN,
    scopes: &[ClassicScope::DeletePackages],
    events: &[Event::PackageAccess],
    ..OF_TEAM
};
