//! Inviting: what owners do.

use jeton_domain::{
    Event, INVITATION_LIVES, InvitationId, InvitationState, OrganizationId, OrganizationRole,
    TeamId, UserId,
};
use jeton_store::invitations::{self, InvitationRow, Invitee, Listed};
use jeton_store::tombstones::Tombstone;
use jeton_store::users::UserRow;
use jeton_store::{ReadUnit, StoreError, WriteUnit, places, teams, users};

use super::{Invitation, MOST, RESOURCE, WINDOW, over, tell};
use crate::app::App;
use crate::audit::Record;
use crate::authorize::Acting;
use crate::call::Call;
use crate::error::{AppError, FieldFault};
use crate::links::{LinkCode, LinkDigest, LinkUse};
use crate::repositories::page_of;
use crate::teams::by_slug;
use crate::users::{check_email, span};

/// Most teams of one invitation.
const MOST_TEAMS: usize = 100;

/// Whom to invite.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Wanted {
    /// The account of this name.
    Login(String),
    /// The account of this number.
    Number(UserId),
    /// Whoever has this address.
    Email(String),
}

/// A team that who accepts is to be put into.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TeamWish {
    /// By its number.
    Number(TeamId),
    /// By its name in paths.
    Slug(String),
}

/// Somebody to be invited.
#[derive(Clone, Debug)]
pub struct NewInvitation {
    /// Whom.
    pub who: Wanted,
    /// As what.
    pub role: OrganizationRole,
    /// Into which teams.
    pub teams: Vec<TeamWish>,
}

/// Invites somebody. Whether an account has an address is not told: one by address is answered alike.
pub fn invite(app: &App, call: &Call, new: &NewInvitation) -> Result<Invitation, AppError> {
    if let Wanted::Email(email) = &new.who {
        check_email(email)?;
    }
    let code = app.new_link_code();
    let link = app.link_digest(LinkUse::OrganizationInvitation, &code)?;
    app.write(call, |unit, acting| {
        let organization = acting.organization()?.id.as_organization();
        let invitee = invitee(unit, organization, &new.who)?;
        let teams = wished_teams(unit, organization, &new.teams)?;
        make(unit, acting, new, (&invitee, &teams), (&code, link))
    })
}

/// Makes one and sends its link.
fn make(
    unit: &mut WriteUnit<'_>,
    acting: &Acting<'_>,
    new: &NewInvitation,
    (invitee, teams): (&Invitee, &[TeamId]),
    (code, link): (&LinkCode, LinkDigest),
) -> Result<Invitation, AppError> {
    let organization = acting.organization()?.id.as_organization();
    check_rate(unit, acting, organization)?;
    invitations::expire(unit, organization, acting.now)?;
    let id = invitations::insert(
        unit,
        &invitations::NewInvitation {
            organization,
            invitee,
            role: new.role,
            teams,
            inviter: acting.user()?,
            digest: link.digest,
            key: link.key,
            now: acting.now,
            expires_at: acting.now.after(INVITATION_LIVES),
        },
    )
    .map_err(|error| invited_already(error, &new.who))?;
    let made = find(unit, acting, id)?;
    record(acting, Event::InvitationCreate, &made.row)
        .with("permission", new.role.name())
        .with("teams", slugs(&made))
        .write(unit)?;
    tell::invited(unit, acting, &made.row, code)?;
    Ok(made)
}

/// The invitation by their account that waits for a person in the organization that the request is about.
pub(crate) fn waiting_for_member(
    unit: &mut ReadUnit<'_>,
    acting: &Acting<'_>,
    user: UserId,
) -> Result<Option<InvitationRow>, AppError> {
    let organization = acting.organization()?.id.as_organization();
    let waiting = invitations::waiting_for(unit, user, None, acting.now)?;
    Ok(waiting
        .into_iter()
        .find(|row| row.organization == organization))
}

/// Invites a person by their account. One that waits for them with the same role stays as it is; one with another role is
/// taken back, and its teams go over to the new one.
pub(crate) fn invite_member(
    unit: &mut WriteUnit<'_>,
    acting: &Acting<'_>,
    user: &UserRow,
    role: OrganizationRole,
    link: (&LinkCode, LinkDigest),
) -> Result<(), AppError> {
    let mut teams = Vec::new();
    if let Some(waiting) = waiting_for_member(unit, acting, user.id)? {
        if waiting.role == role {
            return Ok(());
        }
        teams = teams::of_invitation(unit, waiting.id)?
            .into_iter()
            .map(|team| team.id)
            .collect();
        take_back(unit, acting, &waiting)?;
    }
    let new = NewInvitation {
        who: Wanted::Login(user.login.clone()),
        role,
        teams: Vec::new(),
    };
    let invitee = Invitee::Person {
        id: user.id,
        login: user.login.clone(),
    };
    make(unit, acting, &new, (&invitee, &teams), link).map(drop)
}

/// Takes back what waits for a person.
pub(crate) fn cancel_member(
    unit: &mut WriteUnit<'_>,
    acting: &Acting<'_>,
    user: UserId,
) -> Result<(), AppError> {
    let waiting = waiting_for_member(unit, acting, user)?;
    take_back(unit, acting, &waiting.ok_or(AppError::Missing("member"))?)
}

fn take_back(
    unit: &mut WriteUnit<'_>,
    acting: &Acting<'_>,
    row: &InvitationRow,
) -> Result<(), AppError> {
    invitations::settle(unit, row.id, InvitationState::Cancelled, acting.now)
        .map_err(|error| AppError::faster(error, "invitation_over", ANSWERED))?;
    unit.tombstone(acting.now, &Tombstone::InvitationEnded(row.id))?;
    record(acting, Event::InvitationCancel, row).write(unit)
}

/// What the field is called that names whom.
const fn field(who: &Wanted) -> &'static str {
    match who {
        Wanted::Login(_) => "login",
        Wanted::Number(_) => "invitee_id",
        Wanted::Email(_) => "email",
    }
}

fn invitee(
    unit: &mut ReadUnit<'_>,
    organization: OrganizationId,
    who: &Wanted,
) -> Result<Invitee, AppError> {
    let found = match who {
        Wanted::Login(login) => users::by_login(unit, &login.trim().to_ascii_lowercase())?,
        Wanted::Number(id) => users::by_id(unit, *id)?,
        // SECURITY: not looked up: the answer would tell whether somebody has the address.
        Wanted::Email(email) => return Ok(Invitee::Address(email.clone())),
    };
    let found = found.ok_or_else(|| AppError::missing(RESOURCE, field(who)))?;
    if places::membership(unit, organization, found.id)?.is_some() {
        return Err(AppError::invalid(
            RESOURCE,
            field(who),
            "names somebody who is a member already",
        ));
    }
    Ok(Invitee::Person {
        id: found.id,
        login: found.login,
    })
}

fn wished_teams(
    unit: &mut ReadUnit<'_>,
    organization: OrganizationId,
    wished: &[TeamWish],
) -> Result<Vec<TeamId>, AppError> {
    if wished.len() > MOST_TEAMS {
        return Err(AppError::invalid(
            RESOURCE,
            "team_ids",
            format!("names more than {MOST_TEAMS} teams"),
        ));
    }
    let mut ids = std::collections::BTreeSet::new();
    for team in wished {
        let found = match team {
            TeamWish::Number(id) => teams::by_id(unit, organization, *id)?,
            TeamWish::Slug(slug) if slug.contains('\0') => None,
            TeamWish::Slug(slug) => teams::by_slug(unit, organization, slug)?,
        };
        ids.insert(
            found
                .ok_or_else(|| AppError::missing(RESOURCE, "team_ids"))?
                .id,
        );
    }
    Ok(ids.into_iter().collect())
}

fn check_rate(
    unit: &mut ReadUnit<'_>,
    acting: &Acting<'_>,
    organization: OrganizationId,
) -> Result<(), AppError> {
    if invitations::sent_since(unit, organization, acting.now.before(WINDOW))? < MOST {
        return Ok(());
    }
    Err(AppError::conflict(
        "conflict",
        format!("{MOST} invitations were sent within a day; go on tomorrow"),
    ))
}

fn invited_already(error: StoreError, who: &Wanted) -> AppError {
    if error.is_conflict_on("organization_invitations_person")
        || error.is_conflict_on("organization_invitations_address")
    {
        AppError::Invalid(vec![FieldFault {
            resource: RESOURCE,
            field: field(who).into(),
            code: "already_exists",
            message: format!(
                "`{}` names somebody who is invited already; send that invitation again, or cancel it first",
                field(who)
            ),
        }])
    } else {
        AppError::Store(error)
    }
}

fn slugs(invitation: &Invitation) -> Vec<String> {
    let teams = invitation.teams.iter();
    teams.map(|team| team.slug.clone()).collect()
}

/// The entry of an event about an invitation.
pub(super) fn record<'a>(acting: &'a Acting<'_>, event: Event, row: &InvitationRow) -> Record<'a> {
    let record = acting
        .record(event)
        .organization(row.organization, &row.organization_login)
        .with("invitation_id", row.id.get());
    match &row.invitee {
        Invitee::Person { id, login } => record.user(*id, login),
        Invitee::Address(email) => record.with("email", email.as_str()),
    }
}

fn find(
    unit: &mut ReadUnit<'_>,
    acting: &Acting<'_>,
    id: InvitationId,
) -> Result<Invitation, AppError> {
    let row = may_find(unit, acting, id)?;
    Invitation::new(unit, row, acting.now)
}

/// An invitation of the organization that the request is about.
pub fn may_find(
    unit: &mut ReadUnit<'_>,
    acting: &Acting<'_>,
    id: InvitationId,
) -> Result<InvitationRow, AppError> {
    let organization = acting.organization()?.id.as_organization();
    invitations::of_organization(unit, organization, id)?.ok_or(AppError::Missing("invitation"))
}

/// A page of invitations, and how many there are.
pub fn list(
    app: &App,
    call: &Call,
    which: Listed,
    offset: u64,
    count: u32,
) -> Result<(Vec<Invitation>, u64), AppError> {
    app.read(call, |unit, acting| {
        let organization = acting.organization()?.id.as_organization();
        let now = acting.now;
        let rows = invitations::page(
            unit,
            organization,
            which,
            now,
            span(offset),
            i64::from(count),
        )?;
        let found = rows
            .into_iter()
            .map(|row| Invitation::new(unit, row, now))
            .collect::<Result<_, _>>()?;
        let total = invitations::count(unit, organization, which, now)?;
        Ok((found, total.unsigned_abs()))
    })
}

/// A page of the invitations that wait for an answer and lead into a team, and how many there are.
pub fn of_team(
    app: &App,
    call: &Call,
    slug: &str,
    offset: u64,
    count: u32,
) -> Result<(Vec<Invitation>, u64), AppError> {
    app.read(call, |unit, acting| {
        let team = by_slug(unit, acting, slug)?.id;
        let rows = invitations::into_team(unit, team, acting.now)?;
        let total = rows.len() as u64;
        let page = page_of(rows, offset, count).into_iter();
        let found = page.map(|row| Invitation::new(unit, row, acting.now));
        Ok((found.collect::<Result<_, _>>()?, total))
    })
}

/// The teams of one invitation.
pub fn teams_of(app: &App, call: &Call, id: InvitationId) -> Result<Vec<teams::TeamRow>, AppError> {
    app.read(call, |unit, acting| Ok(find(unit, acting, id)?.teams))
}

/// Takes an invitation back. Its link opens nothing from then on.
pub fn cancel(app: &App, call: &Call, id: InvitationId) -> Result<(), AppError> {
    app.write(call, |unit, acting| {
        let row = may_find(unit, acting, id)?;
        if row.state(acting.now) == InvitationState::Expired {
            // Nothing is left to be taken back; it leaves the list of those that failed.
            invitations::expire(unit, row.organization, acting.now)?;
            return forget_expired(unit, acting, &row);
        }
        still_waits(&row, acting)?;
        take_back(unit, acting, &row)
    })
}

fn forget_expired(
    unit: &mut WriteUnit<'_>,
    acting: &Acting<'_>,
    row: &InvitationRow,
) -> Result<(), AppError> {
    invitations::dismiss(unit, row.id, acting.now)?;
    record(acting, Event::InvitationCancel, row).write(unit)
}

pub(super) const ANSWERED: &str = "The invitation was answered or taken back meanwhile.";

fn still_waits(row: &InvitationRow, acting: &Acting<'_>) -> Result<(), AppError> {
    match row.state(acting.now) {
        InvitationState::Pending => Ok(()),
        state => Err(over(row, state)),
    }
}

/// An invitation that can be sent again: it waits, or nobody answered in time.
pub fn may_resend(
    unit: &mut ReadUnit<'_>,
    acting: &Acting<'_>,
    id: InvitationId,
) -> Result<InvitationRow, AppError> {
    let row = may_find(unit, acting, id)?;
    match row.state(acting.now) {
        InvitationState::Pending | InvitationState::Expired => Ok(row),
        state => Err(over(&row, state)),
    }
}

/// Sends an invitation again, with a new link and for another week. The earlier link ends.
pub fn resend(app: &App, call: &Call, id: InvitationId) -> Result<Invitation, AppError> {
    let code = app.new_link_code();
    let link = app.link_digest(LinkUse::OrganizationInvitation, &code)?;
    app.write(call, |unit, acting| {
        let row = may_resend(unit, acting, id)?;
        check_rate(unit, acting, row.organization)?;
        invitations::expire(unit, row.organization, acting.now)?;
        invitations::resend(
            unit,
            id,
            (link.digest, link.key),
            acting.now,
            acting.now.after(INVITATION_LIVES),
        )
        .map_err(|error| match &row.invitee {
            Invitee::Person { login, .. } => invited_already(error, &Wanted::Login(login.clone())),
            Invitee::Address(email) => invited_already(error, &Wanted::Email(email.clone())),
        })?;
        let sent = find(unit, acting, id)?;
        record(acting, Event::InvitationResend, &sent.row).write(unit)?;
        tell::invited(unit, acting, &sent.row, &code)?;
        Ok(sent)
    })
}
