//! Members of an organization, and outside collaborators.

use jeton_app::organizations::Members;
use jeton_app::{Acting, App, AppError, Call, organizations, users};
use jeton_domain::{ClassicScope, Event, Least, Operation, OrganizationRole, TargetKind};
use jeton_http::{Answer, Field, Form, Input, Method, Names, Route};
use jeton_store::ReadUnit;
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use serde::Deserialize;

use crate::operation::{
    MEMBER, MEMBERS_READ, NO_PERMISSION, departing, keeping_members, person_changing, public,
    reading, scoped, seeing_members,
};
use crate::{paging, shapes};

pub(crate) static LIST: Operation = scoped(
    public(
        "member.list",
        "List the members of an organization; to whoever is none, those whose membership is public: nobody's is.",
        TargetKind::Organization,
        MEMBERS_READ,
    ),
    &[ClassicScope::ReadOrg],
);
pub(crate) static CHECK: Operation = scoped(
    public(
        "member.check",
        "Tell whether a person is a member of an organization; whoever is none is led to what is public.",
        TargetKind::Organization,
        MEMBERS_READ,
    ),
    &[ClassicScope::ReadOrg],
);
pub(crate) static PUBLIC: Operation = scoped(
    public(
        "member.list_public",
        "List the members of an organization whose membership is public: nobody's is.",
        TargetKind::Organization,
        MEMBERS_READ,
    ),
    &[],
);
pub(crate) static MEMBERSHIP: Operation = scoped(
    seeing_members(
        "membership.get",
        "Show what a person is in an organization.",
    ),
    &[ClassicScope::ReadOrg],
);
pub(crate) static OUTSIDE: Operation = scoped(
    seeing_members(
        "outside_collaborator.list",
        "List the people who work in an organization without belonging to it.",
    ),
    &[ClassicScope::ReadOrg],
);
pub(crate) static PUT: Operation = scoped(
    keeping_members(
        "membership.set",
        "Make a member an owner of an organization, or an owner a member; whoever is no member is invited, and is one once they accept. Administrators of the site add people at once. Giving more takes a sign-in that was confirmed lately.",
        &[
            Event::MemberAdd,
            Event::MemberUpdate,
            Event::InvitationCreate,
            Event::InvitationCancel,
        ],
    ),
    &[ClassicScope::AdminOrg],
);
pub(crate) static REMOVE: Operation = scoped(
    keeping_members(
        "membership.remove",
        "Remove a member, with their teams, roles and their tokens' access; an invitation that waits is cancelled instead.",
        &[
            Event::InvitationCancel,
            Event::MemberRemove,
            Event::CollaboratorRemove,
            Event::AccessRevoke,
            Event::RequestCancel,
        ],
    ),
    &[ClassicScope::AdminOrg],
);
pub(crate) static CONVERT: Operation = scoped(
    keeping_members(
        "outside_collaborator.convert",
        "Make a member an outside collaborator: only roles given by name stay.",
        &[
            Event::MemberRemove,
            Event::AccessRevoke,
            Event::RequestCancel,
        ],
    ),
    &[ClassicScope::AdminOrg],
);
pub(crate) static REMOVE_OUTSIDE: Operation = scoped(
    keeping_members(
        "outside_collaborator.remove",
        "Take every role of an outside collaborator and their tokens' access.",
        &[
            Event::CollaboratorRemove,
            Event::AccessRevoke,
            Event::RequestCancel,
        ],
    ),
    &[ClassicScope::AdminOrg],
);
pub(crate) static OWN: Operation = scoped(
    reading(
        "membership.list_own",
        "List the caller's memberships.",
        TargetKind::Own,
        NO_PERMISSION,
        Least::Person,
    ),
    &[ClassicScope::ReadOrg],
);
pub(crate) static OWN_ONE: Operation = scoped(
    reading(
        "membership.get_own",
        "Show what the caller is in an organization, or is invited to be.",
        TargetKind::Own,
        NO_PERMISSION,
        Least::Person,
    ),
    &[ClassicScope::ReadOrg],
);
pub(crate) static JOIN: Operation = person_changing(
    "membership.accept",
    "Accept the invitation into an organization, by its name.",
    TargetKind::Own,
    Least::Person,
    &[
        Event::InvitationAccept,
        Event::MemberAdd,
        Event::TeamAddMember,
    ],
);
pub(crate) static LEAVE: Operation = departing(person_changing(
    "organization.leave",
    "Leave an organization, whatever it requires of its members.",
    TargetKind::Organization,
    MEMBER,
    &[
        Event::MemberRemove,
        Event::CollaboratorRemove,
        Event::AccessRevoke,
        Event::RequestCancel,
    ],
));

const ORG: Names = Names::Organization("org");

const FILTER: Field = Field::optional(
    "filter",
    Form::OneOf(&["all", "2fa_disabled"]),
    "`2fa_disabled`: only who has no second factor; for owners.",
);

fn may_filter(_: &mut ReadUnit<'_>, acting: &Acting<'_>, input: &Input) -> Result<(), AppError> {
    organizations::may_see_factors(acting, lacking(input)).map(drop)
}

fn lacking(input: &Input) -> bool {
    input.query("filter") == Some("2fa_disabled")
}

/// GitHub's.
pub(crate) static ROUTES: &[Route] = &[
    Route::new(Method::Get, "/orgs/{org}/members", &LIST, ORG, list)
        .query(&[
            FILTER,
            Field::optional(
                "role",
                Form::OneOf(&["all", "admin", "member"]),
                "Only these.",
            ),
        ])
        .paged()
        .rule(may_filter)
        .answers(200, "Users"),
    Route::new(
        Method::Get,
        "/orgs/{org}/members/{username}",
        &CHECK,
        ORG,
        check,
    )
    .rule(|unit, acting, input| organizations::may_see_member(unit, acting, login(input)).map(drop))
    .or_answers(302)
    .answers(204, ""),
    Route::new(
        Method::Get,
        "/orgs/{org}/public_members",
        &PUBLIC,
        ORG,
        list_public,
    )
    .paged()
    .answers(200, "Users"),
    Route::new(
        Method::Delete,
        "/orgs/{org}/members/{username}",
        &REMOVE,
        ORG,
        remove,
    )
    .rule(|unit, acting, input| {
        organizations::may_remove_member(unit, acting, login(input)).map(drop)
    })
    .answers(204, ""),
    Route::new(
        Method::Get,
        "/orgs/{org}/memberships/{username}",
        &MEMBERSHIP,
        ORG,
        membership,
    )
    .rule(|unit, acting, input| {
        organizations::may_see_membership(unit, acting, login(input)).map(drop)
    })
    .answers(200, "Membership"),
    Route::new(
        Method::Put,
        "/orgs/{org}/memberships/{username}",
        &PUT,
        ORG,
        put,
    )
    .body(&[Field::optional(
        "role",
        Form::OneOf(&["admin", "member"]),
        "As what; member where nothing is said.",
    )])
    .rule(|unit, _, input| users::find(unit, login(input)).map(drop))
    .answers(200, "Membership"),
    Route::new(
        Method::Delete,
        "/orgs/{org}/memberships/{username}",
        &REMOVE,
        ORG,
        end,
    )
    .rule(|unit, acting, input| {
        organizations::may_end_membership(unit, acting, login(input)).map(drop)
    })
    .answers(204, ""),
    Route::new(
        Method::Get,
        "/orgs/{org}/outside_collaborators",
        &OUTSIDE,
        ORG,
        outside,
    )
    .query(&[FILTER])
    .paged()
    .rule(may_filter)
    .answers(200, "Users"),
    Route::new(
        Method::Put,
        "/orgs/{org}/outside_collaborators/{username}",
        &CONVERT,
        ORG,
        convert,
    )
    .rule(|unit, acting, input| {
        organizations::may_remove_member(unit, acting, login(input)).map(drop)
    })
    .answers(204, ""),
    Route::new(
        Method::Delete,
        "/orgs/{org}/outside_collaborators/{username}",
        &REMOVE_OUTSIDE,
        ORG,
        remove_outside,
    )
    .rule(|unit, acting, input| {
        organizations::may_remove_outside_collaborator(unit, acting, login(input)).map(drop)
    })
    .answers(204, ""),
    Route::new(Method::Get, "/user/memberships/orgs", &OWN, Names::Own, own)
        .query(&[Field::optional(
            "state",
            Form::OneOf(&["active", "pending"]),
            "Only those that one has, or only those that one is invited to.",
        )])
        .paged()
        .narrowed()
        .answers(200, "Memberships"),
    Route::new(
        Method::Get,
        "/user/memberships/orgs/{org}",
        &OWN_ONE,
        Names::Own,
        own_one,
    )
    .rule(|unit, acting, input| organizations::own_place(unit, acting, input.path("org")).map(drop))
    .answers(200, "Membership"),
    Route::new(
        Method::Patch,
        "/user/memberships/orgs/{org}",
        &JOIN,
        Names::Own,
        join,
    )
    .body(&[Field::needed(
        "state",
        Form::OneOf(&["active"]),
        "What the membership is to be.",
    )])
    .rule(|unit, acting, input| organizations::may_join(unit, acting, input.path("org")).map(drop))
    .answers(200, "Membership"),
];

/// Ours.
pub(crate) static OWN_ROUTES: &[Route] =
    &[
        Route::new(Method::Post, "/orgs/{org}/leave", &LEAVE, ORG, leave)
            .rule(|unit, acting, _| organizations::may_leave(unit, acting).map(drop))
            .answers(204, ""),
    ];

fn login(input: &Input) -> &str {
    input.path("username")
}

fn list(app: &App, call: &Call, input: &Input) -> Result<Answer, AppError> {
    let page = input.page();
    let role = match input.query("role") {
        Some("admin") => Some(OrganizationRole::Owner),
        Some("member") => Some(OrganizationRole::Member),
        _ => None,
    };
    let which = Members {
        role,
        search: "",
        lacking: lacking(input),
    };
    let (members, total) = organizations::members(app, call, which, page.offset(), page.size)?;
    let items: Vec<_> = members
        .iter()
        .map(|member| shapes::person(app.public_url(), &member.person))
        .collect();
    Ok(Answer::page(input, &items, total))
}

fn check(app: &App, call: &Call, input: &Input) -> Result<Answer, AppError> {
    if organizations::member(app, call, login(input))?.is_some() {
        return Ok(Answer::empty());
    }
    let name = |name| utf8_percent_encode(input.path(name), NON_ALPHANUMERIC);
    let (url, org, username) = (app.public_url(), name("org"), name("username"));
    Ok(Answer::found(&format!(
        "{url}/api/v3/orgs/{org}/public_members/{username}"
    )))
}

fn list_public(app: &App, call: &Call, input: &Input) -> Result<Answer, AppError> {
    let people = organizations::public_members(app, call)?;
    Ok(shapes::people(app, input, &people, people.len() as u64))
}

fn remove(app: &App, call: &Call, input: &Input) -> Result<Answer, AppError> {
    organizations::remove_member(app, call, login(input))?;
    Ok(Answer::empty())
}

fn end(app: &App, call: &Call, input: &Input) -> Result<Answer, AppError> {
    organizations::end_or_cancel_membership(app, call, login(input))?;
    Ok(Answer::empty())
}

fn membership(app: &App, call: &Call, input: &Input) -> Result<Answer, AppError> {
    let membership = organizations::membership(app, call, login(input))?;
    Ok(Answer::ok(&shapes::membership(
        app.public_url(),
        &membership,
    )))
}

#[derive(Deserialize)]
struct Put {
    role: Option<String>,
}

fn put(app: &App, call: &Call, input: &Input) -> Result<Answer, AppError> {
    let body: Put = input.read("Membership")?;
    let role = body
        .role
        .as_deref()
        .and_then(OrganizationRole::parse)
        .unwrap_or(OrganizationRole::Member);
    let membership = organizations::put_member(app, call, login(input), role)?;
    Ok(Answer::ok(&shapes::membership(
        app.public_url(),
        &membership,
    )))
}

fn outside(app: &App, call: &Call, input: &Input) -> Result<Answer, AppError> {
    let page = input.page();
    let (people, total) =
        organizations::outside_collaborators(app, call, lacking(input), page.offset(), page.size)?;
    let people: Vec<_> = people.into_iter().map(|each| each.person).collect();
    Ok(shapes::people(app, input, &people, total))
}

fn convert(app: &App, call: &Call, input: &Input) -> Result<Answer, AppError> {
    organizations::convert_member(app, call, login(input))?;
    Ok(Answer::empty())
}

fn remove_outside(app: &App, call: &Call, input: &Input) -> Result<Answer, AppError> {
    organizations::remove_outside_collaborator(app, call, login(input))?;
    Ok(Answer::empty())
}

fn own(app: &App, call: &Call, input: &Input) -> Result<Answer, AppError> {
    let pending = input.query("state").map(|state| state == "pending");
    let memberships = organizations::own_memberships(app, call, pending)?;
    let page = paging::slice(input, &memberships);
    let items: Vec<_> = page
        .iter()
        .map(|membership| shapes::membership(app.public_url(), membership))
        .collect();
    Ok(Answer::page(input, &items, memberships.len() as u64))
}

fn own_one(app: &App, call: &Call, input: &Input) -> Result<Answer, AppError> {
    let found = organizations::own_membership(app, call, input.path("org"))?;
    Ok(Answer::ok(&shapes::membership(app.public_url(), &found)))
}

/// Only this can be said, and it has to be.
#[derive(Deserialize)]
#[expect(dead_code, reason = "read to be there; the table says what it may be")]
struct Join {
    state: String,
}

fn join(app: &App, call: &Call, input: &Input) -> Result<Answer, AppError> {
    let _: Join = input.read("Membership")?;
    let joined = organizations::join(app, call, input.path("org"))?;
    Ok(Answer::ok(&shapes::membership(app.public_url(), &joined)))
}

fn leave(app: &App, call: &Call, _: &Input) -> Result<Answer, AppError> {
    organizations::leave(app, call)?;
    Ok(Answer::empty())
}
