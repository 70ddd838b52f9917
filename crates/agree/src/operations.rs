//! Operations of every shape: each target, each least role, sets that are alternatives, whole,
//! empty or none at all, open to all kinds or few, with and without confirmation. They are not those of
//! the doors, whose tables grow; the walk test looks at the doors.

#![allow(
    clippy::needless_pass_by_value,
    reason = "constants are made from constants"
)]

use jeton_domain::{
    Access, ClassicScope, CredentialKind, Kinds, Least, Level, Operation, OrganizationRole,
    Requirement, Role, TargetKind,
};

use Access::{Read, Write};
use Least::{Administrator, Anyone, Organization as Place, Person, Repository as Has, Reviewer};
use OrganizationRole::{Member, Owner};
use TargetKind::{Organization, Own, Package, Repository, Site};

type Sets = &'static [&'static [Requirement]];

const fn read(key: &'static str) -> Requirement {
    Requirement::new(key, Level::Read)
}

const fn write(key: &'static str) -> Requirement {
    Requirement::new(key, Level::Write)
}

const EVERY: Kinds = Kinds::of(&CredentialKind::ALL);
const PEOPLE: Kinds = Kinds::SIGN_INS;
const USUAL: Kinds = Kinds::SIGN_INS_AND_GRANTS;
const TOKENS: Kinds = Kinds::of(&[
    CredentialKind::FineGrained,
    CredentialKind::Classic,
    CredentialKind::Child,
    CredentialKind::Job,
    CredentialKind::OauthUser,
]);
const FINE: Kinds = Kinds::of(&[CredentialKind::FineGrained]);

const FREE: Sets = &[&[]];
const CLOSED: Sets = &[];
const EMAILS: Sets = &[&[read("emails")]];
const MEMBERS: Sets = &[&[read("members")]];
const INSTALL: Sets = &[&[read("packages")]];
const PUBLISH: Sets = &[&[write("packages")]];
const REMOVE: Sets = &[&[Requirement::new("packages", Level::Admin)]];
const METADATA: Sets = &[&[read("metadata")]];
const CONTENTS: Sets = &[&[read("contents")]];
const PUSH: Sets = &[&[write("contents")]];
const ADMINISTER: Sets = &[&[write("administration")]];
const SEE_SETTINGS: Sets = &[&[read("administration")]];
const GOVERN: Sets = &[&[write("organization_administration")]];
const REVIEW: Sets = &[&[write("organization_personal_access_token_requests")]];

const fn op(
    name: &'static str,
    (target, access): (TargetKind, Access),
    sets: Sets,
    least: Least,
    kinds: Kinds,
) -> Operation {
    Operation {
        name,
        sentence: "",
        target,
        access,
        reads_public: false,
        sets,
        scopes: &[],
        least,
        kinds,
        confirm: false,
        about_itself: false,
        departs: false,
        events: &[],
    }
}

const fn public(operation: Operation) -> Operation {
    Operation {
        reads_public: true,
        ..operation
    }
}

const fn confirmed(operation: Operation) -> Operation {
    Operation {
        confirm: true,
        ..operation
    }
}

const fn scoped(operation: Operation, scopes: &'static [ClassicScope]) -> Operation {
    Operation {
        scopes,
        ..operation
    }
}

const fn departing(operation: Operation) -> Operation {
    Operation {
        departs: true,
        ..operation
    }
}

/// All of them.
pub(crate) static OPERATIONS: &[Operation] = &[
    public(op("site.get", (Site, Read), FREE, Anyone, EVERY)),
    public(op("site.page", (Site, Read), FREE, Anyone, PEOPLE)),
    public(op("site.keys", (Site, Read), CLOSED, Anyone, EVERY)),
    op("site.report", (Site, Write), FREE, Anyone, EVERY),
    op("site.sign_in", (Site, Write), CLOSED, Anyone, EVERY),
    op("site.accounts", (Site, Read), FREE, Person, EVERY),
    op("site.emails", (Site, Read), EMAILS, Person, EVERY),
    op(
        "site.repositories.create",
        (Site, Write),
        ADMINISTER,
        Person,
        EVERY,
    ),
    op("site.status", (Site, Read), FREE, Administrator, EVERY),
    op(
        "site.settings.get",
        (Site, Read),
        CLOSED,
        Administrator,
        PEOPLE,
    ),
    confirmed(op(
        "site.settings.set",
        (Site, Write),
        CLOSED,
        Administrator,
        PEOPLE,
    )),
    confirmed(op(
        "site.organizations.create",
        (Site, Write),
        CLOSED,
        Person,
        PEOPLE,
    )),
    op("own.get", (Own, Read), FREE, Person, EVERY),
    op("own.token", (Own, Read), FREE, Person, TOKENS),
    scoped(
        op("own.emails", (Own, Read), EMAILS, Person, EVERY),
        &[ClassicScope::UserEmail],
    ),
    op(
        "own.profile",
        (Own, Write),
        &[&[write("profile")]],
        Person,
        USUAL,
    ),
    scoped(
        op(
            "own.repositories.create",
            (Own, Write),
            ADMINISTER,
            Person,
            EVERY,
        ),
        &[ClassicScope::Repo, ClassicScope::PublicRepo],
    ),
    scoped(
        op(
            "own.either",
            (Own, Read),
            &[&[read("emails")], &[write("profile")]],
            Person,
            EVERY,
        ),
        &[ClassicScope::UserEmail],
    ),
    scoped(
        op(
            "own.both",
            (Own, Write),
            &[&[read("emails"), write("profile")]],
            Person,
            EVERY,
        ),
        &[ClassicScope::User],
    ),
    op("own.members", (Own, Read), MEMBERS, Person, EVERY),
    scoped(
        op("own.memberships", (Own, Read), FREE, Person, EVERY),
        &[ClassicScope::ReadOrg],
    ),
    op("own.tokens.list", (Own, Read), CLOSED, Person, PEOPLE),
    confirmed(op(
        "own.tokens.create",
        (Own, Write),
        CLOSED,
        Person,
        PEOPLE,
    )),
    public(op(
        "organization.get",
        (Organization, Read),
        FREE,
        Anyone,
        EVERY,
    )),
    public(op(
        "organization.page",
        (Organization, Read),
        MEMBERS,
        Person,
        USUAL,
    )),
    op(
        "organization.members.list",
        (Organization, Read),
        MEMBERS,
        Place(Member),
        USUAL,
    ),
    confirmed(op(
        "organization.members.set",
        (Organization, Write),
        &[&[write("members")]],
        Place(Owner),
        USUAL,
    )),
    scoped(
        op(
            "organization.repositories.create",
            (Organization, Write),
            ADMINISTER,
            Place(Member),
            EVERY,
        ),
        &[ClassicScope::Repo, ClassicScope::PublicRepo],
    ),
    op(
        "organization.requests.list",
        (Organization, Read),
        &[&[read("organization_personal_access_token_requests")]],
        Reviewer,
        EVERY,
    ),
    confirmed(op(
        "organization.requests.review",
        (Organization, Write),
        REVIEW,
        Reviewer,
        USUAL,
    )),
    op(
        "organization.tokens.withdraw",
        (Organization, Write),
        &[&[write("organization_personal_access_tokens")]],
        Reviewer,
        EVERY,
    ),
    scoped(
        op(
            "organization.log",
            (Organization, Read),
            &[
                &[read("organization_administration")],
                &[read("members"), read("organization_personal_access_tokens")],
            ],
            Place(Owner),
            EVERY,
        ),
        &[ClassicScope::AdminOrg, ClassicScope::ReadAuditLog],
    ),
    scoped(
        op(
            "organization.policy.get",
            (Organization, Read),
            &[&[read("organization_administration")]],
            Place(Member),
            EVERY,
        ),
        &[ClassicScope::ReadOrg],
    ),
    confirmed(op(
        "organization.policy.set",
        (Organization, Write),
        GOVERN,
        Place(Owner),
        PEOPLE,
    )),
    scoped(
        op(
            "organization.delete",
            (Organization, Write),
            &[&[write("organization_administration"), write("members")]],
            Place(Owner),
            EVERY,
        ),
        &[ClassicScope::AdminOrg],
    ),
    departing(op(
        "organization.leave",
        (Organization, Write),
        FREE,
        Place(Member),
        EVERY,
    )),
    op(
        "organization.follow",
        (Organization, Write),
        FREE,
        Person,
        EVERY,
    ),
    op(
        "organization.closed",
        (Organization, Read),
        CLOSED,
        Person,
        EVERY,
    ),
    op(
        "organization.emails",
        (Organization, Read),
        EMAILS,
        Person,
        EVERY,
    ),
    op(
        "organization.unheard_of",
        (Organization, Read),
        &[&[read("unheard_of")]],
        Person,
        EVERY,
    ),
    op(
        "organization.inspect",
        (Organization, Read),
        CLOSED,
        Administrator,
        PEOPLE,
    ),
    op(
        "organization.misfit",
        (Organization, Read),
        FREE,
        Has(Role::Read),
        EVERY,
    ),
    public(op(
        "repository.get",
        (Repository, Read),
        METADATA,
        Has(Role::Read),
        EVERY,
    )),
    public(op(
        "repository.readme",
        (Repository, Read),
        FREE,
        Anyone,
        EVERY,
    )),
    public(op(
        "repository.page",
        (Repository, Read),
        METADATA,
        Has(Role::Read),
        PEOPLE,
    )),
    public(op(
        "repository.feed",
        (Repository, Read),
        METADATA,
        Has(Role::Read),
        FINE,
    )),
    scoped(
        public(op(
            "repository.closed_page",
            (Repository, Read),
            CLOSED,
            Has(Role::Read),
            EVERY,
        )),
        &[ClassicScope::PublicRepo],
    ),
    public(confirmed(op(
        "repository.export",
        (Repository, Read),
        CONTENTS,
        Has(Role::Read),
        USUAL,
    ))),
    public(op(
        "git.fetch",
        (Repository, Read),
        CONTENTS,
        Has(Role::Read),
        USUAL,
    )),
    public(op(
        "archive.get",
        (Repository, Read),
        CONTENTS,
        Has(Role::Read),
        EVERY,
    )),
    op(
        "git.push",
        (Repository, Write),
        PUSH,
        Has(Role::Write),
        USUAL,
    ),
    scoped(
        op(
            "refs.create",
            (Repository, Write),
            PUSH,
            Has(Role::Write),
            EVERY,
        ),
        &[ClassicScope::Repo, ClassicScope::PublicRepo],
    ),
    op(
        "repository.star",
        (Repository, Write),
        FREE,
        Has(Role::Read),
        EVERY,
    ),
    op("repository.watch", (Repository, Write), FREE, Person, EVERY),
    scoped(
        op(
            "repository.labels.set",
            (Repository, Write),
            CONTENTS,
            Has(Role::Triage),
            EVERY,
        ),
        &[ClassicScope::Repo, ClassicScope::PublicRepo],
    ),
    scoped(
        op(
            "repository.traffic",
            (Repository, Read),
            SEE_SETTINGS,
            Has(Role::Write),
            EVERY,
        ),
        &[ClassicScope::Repo],
    ),
    op(
        "repository.settings.get",
        (Repository, Read),
        SEE_SETTINGS,
        Has(Role::Maintain),
        USUAL,
    ),
    scoped(
        op(
            "repository.settings.set",
            (Repository, Write),
            ADMINISTER,
            Has(Role::Admin),
            EVERY,
        ),
        &[ClassicScope::Repo, ClassicScope::PublicRepo],
    ),
    scoped(
        op(
            "repository.topics.set",
            (Repository, Write),
            &[&[write("administration")], &[write("contents")]],
            Has(Role::Maintain),
            EVERY,
        ),
        &[ClassicScope::PublicRepo],
    ),
    scoped(
        op(
            "repository.teams.list",
            (Repository, Read),
            &[&[read("administration"), read("members")]],
            Has(Role::Read),
            EVERY,
        ),
        &[ClassicScope::ReadRepoHook],
    ),
    confirmed(op(
        "repository.delete",
        (Repository, Write),
        ADMINISTER,
        Has(Role::Admin),
        USUAL,
    )),
    confirmed(op(
        "repository.transfer",
        (Repository, Write),
        &[&[write("administration"), write("contents")]],
        Has(Role::Admin),
        PEOPLE,
    )),
    scoped(
        op(
            "repository.govern",
            (Repository, Write),
            GOVERN,
            Has(Role::Admin),
            EVERY,
        ),
        &[ClassicScope::AdminRepoHook],
    ),
    scoped(
        op(
            "repository.emails",
            (Repository, Read),
            EMAILS,
            Has(Role::Read),
            EVERY,
        ),
        &[ClassicScope::DeleteRepo],
    ),
    op(
        "repository.closed",
        (Repository, Read),
        CLOSED,
        Has(Role::Read),
        EVERY,
    ),
    op(
        "repository.impossible",
        (Repository, Read),
        &[&[Requirement::new("contents", Level::Admin)]],
        Has(Role::Read),
        EVERY,
    ),
    op(
        "repository.inspect",
        (Repository, Read),
        CLOSED,
        Administrator,
        PEOPLE,
    ),
    op(
        "repository.misfit",
        (Repository, Write),
        FREE,
        Place(Member),
        EVERY,
    ),
    scoped(
        public(op(
            "package.get",
            (Package, Read),
            INSTALL,
            Has(Role::Read),
            EVERY,
        )),
        &[ClassicScope::ReadPackages],
    ),
    scoped(
        op(
            "package.publish",
            (Package, Write),
            PUBLISH,
            Has(Role::Write),
            EVERY,
        ),
        &[ClassicScope::WritePackages],
    ),
    scoped(
        op(
            "package.remove",
            (Package, Write),
            REMOVE,
            Has(Role::Admin),
            EVERY,
        ),
        &[ClassicScope::DeletePackages],
    ),
    op(
        "package.look",
        (Package, Read),
        METADATA,
        Has(Role::Read),
        EVERY,
    ),
];

/// The one of this name.
pub(crate) fn operation(name: &str) -> Option<&'static Operation> {
    OPERATIONS.iter().find(|operation| operation.name == name)
}
