//! Invitations into organizations and to repositories: GitHub's shapes, and answering as we do it.

use jeton_app::invitations::{
    self, Invitation, NewInvitation, OwnRepositoryInvitation, RepositoryInvitation, TeamWish,
    Wanted,
};
use jeton_app::{App, AppError, Call};
use jeton_domain::{
    ClassicScope, Event, Id, InvitationId, InvitationState, Operation, OrganizationRole,
    RepositoryInvitationId, Role, TargetKind, TeamId, UserId,
};
use jeton_http::{Answer, Field, Form, Input, Method, Names, Route};
use jeton_store::invitations::{Invitee, Listed};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::operation::{
    ADMIN, ADMINISTRATION, MEMBERS_READ, OWNER, changing, confirmed, keeping_members,
    person_changing, person_reading, reading, scoped,
};
use crate::repositories::REPOSITORY;
use crate::{forms, paging, shapes};

pub(crate) const fn looking(name: &'static str, sentence: &'static str) -> Operation {
    reading(
        name,
        sentence,
        TargetKind::Organization,
        MEMBERS_READ,
        OWNER,
    )
}

/// Lists the invitations of an organization that wait for an answer.
pub(crate) static LIST: Operation = scoped(
    looking(
        "invitation.list",
        "List the invitations into an organization that wait for an answer.",
    ),
    &[ClassicScope::AdminOrg],
);
/// Lists those that came to nothing.
pub(crate) static FAILED: Operation = scoped(
    looking(
        "invitation.list_failed",
        "List the invitations into an organization that were declined or that nobody answered in time.",
    ),
    &[ClassicScope::AdminOrg],
);
/// Lists the teams of one.
pub(crate) static TEAMS: Operation = scoped(
    looking(
        "invitation.teams",
        "List the teams that who accepts an invitation is put into.",
    ),
    &[ClassicScope::AdminOrg],
);
/// Invites somebody.
pub(crate) static CREATE: Operation = scoped(
    confirmed(keeping_members(
        "invitation.create",
        "Invite somebody into an organization, by account or by e-mail address.",
        &[Event::InvitationCreate],
    )),
    &[ClassicScope::AdminOrg],
);
/// Sends an invitation again.
pub(crate) static RESEND: Operation = confirmed(keeping_members(
    "invitation.resend",
    "Send an invitation again, with a new link and for another week; the earlier link ends.",
    &[Event::InvitationResend],
));
/// Takes one back.
pub(crate) static CANCEL: Operation = scoped(
    keeping_members(
        "invitation.cancel",
        "Cancel an invitation into an organization; its link opens nothing from then on.",
        &[Event::InvitationCancel],
    ),
    &[ClassicScope::AdminOrg],
);

/// Lists one's own.
pub(crate) static OWN: Operation = person_reading(
    "invitation.list_own",
    "List the invitations into organizations that wait for the caller.",
    TargetKind::Own,
    jeton_domain::Least::Person,
);
/// Accepts one.
pub(crate) static ACCEPT: Operation = person_changing(
    "invitation.accept",
    "Accept an invitation into an organization.",
    TargetKind::Own,
    jeton_domain::Least::Person,
    &[
        Event::InvitationAccept,
        Event::MemberAdd,
        Event::TeamAddMember,
    ],
);
/// Declines one.
pub(crate) static DECLINE: Operation = person_changing(
    "invitation.decline",
    "Decline an invitation into an organization.",
    TargetKind::Own,
    jeton_domain::Least::Person,
    &[Event::InvitationDecline],
);

/// Lists a repository's invitations.
pub(crate) static REPOSITORY_LIST: Operation = scoped(
    reading(
        "repository_invitation.list",
        "List the invitations to a repository that nobody answered.",
        TargetKind::Repository,
        &[&[jeton_domain::Requirement::new(
            "administration",
            jeton_domain::Level::Read,
        )]],
        ADMIN,
    ),
    &[ClassicScope::Repo, ClassicScope::PublicRepo],
);
/// Changes the role that one offers.
pub(crate) static REPOSITORY_UPDATE: Operation = scoped(
    changing(
        "repository_invitation.update",
        "Change the role that an invitation offers. Offering more takes a sign-in that was confirmed lately.",
        TargetKind::Repository,
        ADMINISTRATION,
        ADMIN,
        &[Event::RepositoryInvitationUpdate],
    ),
    &[ClassicScope::Repo, ClassicScope::PublicRepo],
);
/// Takes one back.
pub(crate) static REPOSITORY_CANCEL: Operation = scoped(
    changing(
        "repository_invitation.cancel",
        "Cancel an invitation to a repository.",
        TargetKind::Repository,
        ADMINISTRATION,
        ADMIN,
        &[Event::RepositoryInvitationCancel],
    ),
    &[ClassicScope::Repo, ClassicScope::PublicRepo],
);
/// Lists one's own.
pub(crate) static REPOSITORY_OWN: Operation = scoped(
    person_reading(
        "repository_invitation.list_own",
        "List the invitations to repositories that wait for the caller.",
        TargetKind::Own,
        jeton_domain::Least::Person,
    ),
    &[ClassicScope::RepoInvite],
);
/// Accepts one.
pub(crate) static REPOSITORY_ACCEPT: Operation = scoped(
    person_changing(
        "repository_invitation.accept",
        "Accept an invitation to a repository.",
        TargetKind::Own,
        jeton_domain::Least::Person,
        &[
            Event::RepositoryInvitationAccept,
            Event::CollaboratorAdd,
            Event::CollaboratorUpdate,
        ],
    ),
    &[ClassicScope::RepoInvite],
);
/// Declines one.
pub(crate) static REPOSITORY_DECLINE: Operation = scoped(
    person_changing(
        "repository_invitation.decline",
        "Decline an invitation to a repository.",
        TargetKind::Own,
        jeton_domain::Least::Person,
        &[Event::RepositoryInvitationDecline],
    ),
    &[ClassicScope::RepoInvite],
);

const ORG: Names = Names::Organization("org");
const BY_ID: &str = "/orgs/{org}/invitations/{invitation_id}";

/// GitHub's.
pub(crate) static ROUTES: &[Route] = &[
    Route::new(
        Method::Get,
        "/orgs/{org}/invitations",
        &LIST,
        ORG,
        |app, call, input| list(app, call, input, Listed::Pending),
    )
    .paged()
    .answers(200, "Invitations"),
    Route::new(
        Method::Get,
        "/orgs/{org}/failed_invitations",
        &FAILED,
        ORG,
        |app, call, input| list(app, call, input, Listed::Failed),
    )
    .paged()
    .answers(200, "Invitations"),
    Route::new(
        Method::Post,
        "/orgs/{org}/invitations",
        &CREATE,
        ORG,
        create,
    )
    .body(&[
        Field::optional("invitee_id", Form::Number, "The number of an account."),
        Field::optional("login", Form::Text, "Or the name of an account."),
        Field::optional("email", Form::Text, "Or an e-mail address."),
        Field::optional(
            "role",
            Form::OneOf(&["admin", "direct_member"]),
            "As what; a member where nothing is said.",
        ),
        Field::optional(
            "team_ids",
            Form::Numbers,
            "Teams that who accepts is put into.",
        ),
    ])
    .answers(201, "Invitation"),
    Route::new(Method::Delete, BY_ID, &CANCEL, ORG, cancel)
        .rule(|unit, acting, input| invitations::may_find(unit, acting, id(input)?).map(drop))
        .answers(204, ""),
    Route::new(
        Method::Get,
        "/orgs/{org}/invitations/{invitation_id}/teams",
        &TEAMS,
        ORG,
        teams,
    )
    .rule(|unit, acting, input| invitations::may_find(unit, acting, id(input)?).map(drop))
    .paged()
    .answers(200, "Teams"),
    Route::new(
        Method::Get,
        "/repos/{owner}/{repo}/invitations",
        &REPOSITORY_LIST,
        REPOSITORY,
        of_repository,
    )
    .paged()
    .answers(200, "RepositoryInvitations"),
    Route::new(
        Method::Patch,
        "/repos/{owner}/{repo}/invitations/{invitation_id}",
        &REPOSITORY_UPDATE,
        REPOSITORY,
        update_repository,
    )
    .body(&[Field::optional(
        "permissions",
        Form::OneOf(&["read", "triage", "write", "maintain", "admin"]),
        "The role that it offers.",
    )])
    .rule(|unit, acting, input| {
        invitations::may_find_repository(unit, acting, repository_id(input)?).map(drop)
    })
    .answers(200, "RepositoryInvitation"),
    Route::new(
        Method::Delete,
        "/repos/{owner}/{repo}/invitations/{invitation_id}",
        &REPOSITORY_CANCEL,
        REPOSITORY,
        cancel_repository,
    )
    .rule(|unit, acting, input| {
        invitations::may_find_repository(unit, acting, repository_id(input)?).map(drop)
    })
    .answers(204, ""),
    Route::new(
        Method::Get,
        "/user/repository_invitations",
        &REPOSITORY_OWN,
        Names::Own,
        own_repositories,
    )
    .paged()
    .answers(200, "RepositoryInvitations"),
    Route::new(
        Method::Patch,
        "/user/repository_invitations/{invitation_id}",
        &REPOSITORY_ACCEPT,
        Names::Own,
        accept_repository,
    )
    .rule(|unit, acting, input| {
        invitations::may_accept_repository(unit, acting, repository_id(input)?).map(drop)
    })
    .answers(204, ""),
    Route::new(
        Method::Delete,
        "/user/repository_invitations/{invitation_id}",
        &REPOSITORY_DECLINE,
        Names::Own,
        decline_repository,
    )
    .rule(|unit, acting, input| {
        invitations::may_answer_repository(unit, acting, repository_id(input)?).map(drop)
    })
    .answers(204, ""),
];

/// Ours.
pub(crate) static OWN_ROUTES: &[Route] = &[
    Route::new(
        Method::Post,
        "/orgs/{org}/invitations/{invitation_id}/resend",
        &RESEND,
        ORG,
        resend,
    )
    .rule(|unit, acting, input| invitations::may_resend(unit, acting, id(input)?).map(drop))
    .answers(200, "Invitation"),
    Route::new(Method::Get, "/invitations", &OWN, Names::Own, own)
        .paged()
        .answers(200, "Invitations"),
    Route::new(
        Method::Post,
        "/invitations/{invitation_id}/accept",
        &ACCEPT,
        Names::Own,
        accept,
    )
    .rule(|unit, acting, input| invitations::may_accept(unit, acting, id(input)?).map(drop))
    .answers(200, "Invitation"),
    Route::new(
        Method::Post,
        "/invitations/{invitation_id}/decline",
        &DECLINE,
        Names::Own,
        decline,
    )
    .rule(|unit, acting, input| invitations::may_answer(unit, acting, id(input)?).map(drop))
    .answers(204, ""),
];

fn id(input: &Input) -> Result<InvitationId, AppError> {
    InvitationId::from_i64(input.id("invitation_id")?).ok_or(AppError::Missing("invitation"))
}

fn repository_id(input: &Input) -> Result<RepositoryInvitationId, AppError> {
    RepositoryInvitationId::from_i64(input.id("invitation_id")?)
        .ok_or(AppError::Missing("invitation"))
}

/// An invitation in GitHub's shape.
pub(crate) fn shape(url: &str, invitation: &Invitation) -> Value {
    let row = &invitation.row;
    let (login, email) = match &row.invitee {
        Invitee::Person { login, .. } => (Some(login), None),
        Invitee::Address(email) => (None, Some(email)),
    };
    let failed = match invitation.state {
        InvitationState::Expired => Some("Invitation expired."),
        InvitationState::Declined => Some("Invitation declined."),
        _ => None,
    };
    let at = format!(
        "{url}/api/v3/orgs/{}/invitations/{}",
        row.organization_login,
        row.id.get()
    );
    json!({
        "id": row.id.get(),
        "node_id": format!("OI_{}", row.id.get()),
        "login": login,
        "email": email,
        "role": match row.role {
            OrganizationRole::Owner => "admin",
            OrganizationRole::Member => "direct_member",
        },
        "state": invitation.state.name(),
        "organization": row.organization_login,
        "created_at": row.created_at.iso(),
        "sent_at": row.sent_at.iso(),
        "expires_at": row.expires_at.iso(),
        "failed_at": failed.map(|_| row.expires_at.iso()),
        "failed_reason": failed,
        "inviter": shapes::simple_user(url, row.inviter, &row.inviter_login),
        "team_count": invitation.teams.len(),
        "invitation_teams_url": format!("{at}/teams"),
        "invitation_source": "member",
    })
}

fn list(app: &App, call: &Call, input: &Input, which: Listed) -> Result<Answer, AppError> {
    let page = input.page();
    let (found, total) = invitations::list(app, call, which, page.offset(), page.size)?;
    Ok(listed(app, input, &found, total))
}

/// A page of invitations.
pub(crate) fn listed(app: &App, input: &Input, found: &[Invitation], total: u64) -> Answer {
    let items: Vec<_> = found
        .iter()
        .map(|each| shape(app.public_url(), each))
        .collect();
    Answer::page(input, &items, total)
}

#[derive(Deserialize)]
struct Create {
    invitee_id: Option<i64>,
    login: Option<String>,
    email: Option<String>,
    role: Option<String>,
    #[serde(default)]
    team_ids: Vec<i64>,
}

impl Create {
    fn read(self) -> Result<NewInvitation, AppError> {
        const RESOURCE: &str = "OrganizationInvitation";
        let who = match (self.invitee_id, self.login, self.email) {
            (Some(id), None, None) => Wanted::Number(
                UserId::from_i64(id).ok_or_else(|| AppError::missing(RESOURCE, "invitee_id"))?,
            ),
            (None, Some(login), None) => Wanted::Login(login),
            (None, None, Some(email)) => Wanted::Email(email),
            (None, None, None) => {
                return Err(AppError::invalid(
                    RESOURCE,
                    "invitee_id",
                    "is missing: say whom to invite, by `invitee_id`, `login` or `email`",
                ));
            }
            _ => {
                return Err(AppError::invalid(
                    RESOURCE,
                    "invitee_id",
                    "stands beside another: `invitee_id`, `login` and `email` are three ways to say one thing",
                ));
            }
        };
        let role = match self.role.as_deref() {
            Some("admin") => OrganizationRole::Owner,
            _ => OrganizationRole::Member,
        };
        let teams = forms::ids::<TeamId>(&self.team_ids)
            .map_err(|_| AppError::missing(RESOURCE, "team_ids"))?;
        Ok(NewInvitation {
            who,
            role,
            teams: teams.into_iter().map(TeamWish::Number).collect(),
        })
    }
}

fn create(app: &App, call: &Call, input: &Input) -> Result<Answer, AppError> {
    let body: Create = input.read("OrganizationInvitation")?;
    let made = invitations::invite(app, call, &body.read()?)?;
    Ok(Answer::created(&shape(app.public_url(), &made)))
}

fn cancel(app: &App, call: &Call, input: &Input) -> Result<Answer, AppError> {
    invitations::cancel(app, call, id(input)?)?;
    Ok(Answer::empty())
}

fn teams(app: &App, call: &Call, input: &Input) -> Result<Answer, AppError> {
    let teams = invitations::teams_of(app, call, id(input)?)?;
    let items: Vec<_> = paging::slice(input, &teams)
        .iter()
        .map(|team| shapes::team_row(app.public_url(), input.path("org"), team))
        .collect();
    Ok(Answer::page(input, &items, teams.len() as u64))
}

fn resend(app: &App, call: &Call, input: &Input) -> Result<Answer, AppError> {
    let sent = invitations::resend(app, call, id(input)?)?;
    Ok(Answer::ok(&shape(app.public_url(), &sent)))
}

fn own(app: &App, call: &Call, input: &Input) -> Result<Answer, AppError> {
    let found = invitations::own(app, call)?;
    let items: Vec<_> = paging::slice(input, &found)
        .iter()
        .map(|each| shape(app.public_url(), each))
        .collect();
    Ok(Answer::page(input, &items, found.len() as u64))
}

fn accept(app: &App, call: &Call, input: &Input) -> Result<Answer, AppError> {
    let accepted = invitations::accept(app, call, id(input)?)?;
    Ok(Answer::ok(&shape(app.public_url(), &accepted)))
}

fn decline(app: &App, call: &Call, input: &Input) -> Result<Answer, AppError> {
    invitations::decline(app, call, id(input)?)?;
    Ok(Answer::empty())
}

/// An invitation to a repository in GitHub's shape. The repository stands there by its name and owner,
/// for who may not see it yet.
fn repository_shape(
    app: &App,
    row: &jeton_store::repository_invitations::RepositoryInvitationRow,
    repository: &jeton_store::repositories::RepositoryRow,
    expired: bool,
) -> Value {
    let (url, full_name) = (app.public_url(), repository.full_name());
    json!({
        "id": row.id.get(),
        "node_id": format!("RI_{}", row.id.get()),
        "repository": shapes::repository_row(url, repository),
        "invitee": shapes::simple_user(url, row.user, &row.login),
        "inviter": shapes::simple_user(url, row.inviter, &row.inviter_login),
        "permissions": row.role.name(),
        "created_at": row.created_at.iso(),
        "expires_at": row.expires_at.iso(),
        "expired": expired,
        "url": format!("{url}/api/v3/repos/{full_name}/invitations/{}", row.id.get()),
        "html_url": format!("{url}/{full_name}/invitations"),
    })
}

/// As its administrators see it.
pub(crate) fn repository_invitation(app: &App, invitation: &RepositoryInvitation) -> Value {
    let expired = invitation.state == InvitationState::Expired;
    repository_shape(app, &invitation.row, &invitation.repository, expired)
}

fn own_shape(app: &App, own: &OwnRepositoryInvitation) -> Value {
    repository_shape(app, &own.row, &own.repository, false)
}

fn of_repository(app: &App, call: &Call, input: &Input) -> Result<Answer, AppError> {
    let page = input.page();
    let (found, total) = invitations::of_repository(app, call, page.offset(), page.size)?;
    let items: Vec<_> = found
        .iter()
        .map(|each| repository_invitation(app, each))
        .collect();
    Ok(Answer::page(input, &items, total))
}

#[derive(Deserialize)]
struct Update {
    permissions: Option<String>,
}

fn update_repository(app: &App, call: &Call, input: &Input) -> Result<Answer, AppError> {
    let body: Update = input.read("RepositoryInvitation")?;
    let role = crate::teams::role(body.permissions.as_deref(), Role::Write)?;
    let changed = invitations::set_repository_role(app, call, repository_id(input)?, role)?;
    Ok(Answer::ok(&repository_invitation(app, &changed)))
}

fn cancel_repository(app: &App, call: &Call, input: &Input) -> Result<Answer, AppError> {
    invitations::cancel_repository(app, call, repository_id(input)?)?;
    Ok(Answer::empty())
}

fn own_repositories(app: &App, call: &Call, input: &Input) -> Result<Answer, AppError> {
    let found = invitations::own_repositories(app, call)?;
    let items: Vec<_> = paging::slice(input, &found)
        .iter()
        .map(|each| own_shape(app, each))
        .collect();
    Ok(Answer::page(input, &items, found.len() as u64))
}

fn accept_repository(app: &App, call: &Call, input: &Input) -> Result<Answer, AppError> {
    invitations::accept_repository(app, call, repository_id(input)?)?;
    Ok(Answer::empty())
}

fn decline_repository(app: &App, call: &Call, input: &Input) -> Result<Answer, AppError> {
    invitations::decline_repository(app, call, repository_id(input)?)?;
    Ok(Answer::empty())
}
