//! Who belongs to an organization, and as what.

use jeton_decide::{Principal, View};
use jeton_domain::{Event, InvitationId, OrganizationId, OrganizationRole};
use jeton_store::access::Members;
use jeton_store::memberships::{self, Person};
use jeton_store::organizations::{self, OrganizationRow};
use jeton_store::tombstones::Tombstone;
use jeton_store::users::UserRow;
use jeton_store::{
    ReadUnit, WriteUnit, access, collaborators, invitations as invitation_rows, places,
    repository_invitations, users,
};

use super::{OrganizationView, reached};
use crate::app::App;
use crate::authorize::Acting;
use crate::call::Call;
use crate::departure::withdraw_tokens;
use crate::error::AppError;
use crate::factors;
use crate::invitations;
use crate::links::LinkUse;
use crate::notices::{self, Notice};
use crate::users::{find, span};

/// A member.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Member {
    /// Who.
    pub person: Person,
    /// As what.
    pub role: OrganizationRole,
    /// They have a second factor; owners are told, nobody else.
    pub second_factor: Option<bool>,
}

/// A membership with its organization.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Membership {
    /// Who.
    pub person: Person,
    /// As what.
    pub role: OrganizationRole,
    /// They are invited, and belong there once they accept.
    pub pending: bool,
    /// Where.
    pub organization: OrganizationView,
}

/// As what the caller belongs to the organization that a request is about, if it is looked at with their own eyes:
/// with anybody's, be it for what a token lacks or for what the organization asks, one sees what everybody sees.
fn own_role(acting: &Acting<'_>) -> Result<Option<OrganizationRole>, AppError> {
    let owner = acting.organization()?;
    Ok(match acting.permit.view() {
        View::Principal => owner.membership,
        View::Anonymous => None,
    })
}

/// A page of members, and how many there are; to whoever is none, those whose membership is public.
pub fn members(
    app: &App,
    call: &Call,
    which: Members<'_>,
    offset: u64,
    count: u32,
) -> Result<(Vec<Member>, u64), AppError> {
    app.read(call, |unit, acting| {
        let owns = may_see_factors(acting, which.lacking)?;
        if own_role(acting)?.is_none() {
            return Ok((Vec::new(), 0));
        }
        let id = acting.organization()?.id.as_organization();
        let page = (span(offset), i64::from(count));
        let (members, total) = access::members(unit, id, which, page)?;
        let members = members
            .into_iter()
            .map(|row| Member {
                person: row.person,
                role: row.role,
                second_factor: owns.then_some(row.second_factor),
            })
            .collect();
        Ok((members, total.unsigned_abs()))
    })
}

/// SECURITY: who has no second factor is who is easiest to attack: owners are told, nobody else. `asked`: the list
/// is to hold those only. Gives whether the caller is one.
pub fn may_see_factors(acting: &Acting<'_>, asked: bool) -> Result<bool, AppError> {
    let owns = own_role(acting)? == Some(OrganizationRole::Owner);
    if asked && !owns {
        return Err(AppError::invalid(
            "Member",
            "filter",
            "is for owners: who has a second factor is told nobody else",
        ));
    }
    Ok(owns)
}

/// A member. Nothing, where the caller is none: then nothing is looked up, whoever is asked about.
pub fn member(app: &App, call: &Call, login: &str) -> Result<Option<Member>, AppError> {
    app.read(call, |unit, acting| {
        let Some((row, role)) = may_see_member(unit, acting, login)? else {
            return Ok(None);
        };
        let owns = may_see_factors(acting, false)?;
        Ok(Some(Member {
            person: person(&row),
            role,
            second_factor: if owns {
                Some(factors::has_second(unit, row.id)?)
            } else {
                None
            },
        }))
    })
}

/// The same, as it is stored.
pub fn may_see_member(
    unit: &mut ReadUnit<'_>,
    acting: &Acting<'_>,
    login: &str,
) -> Result<Option<(UserRow, OrganizationRole)>, AppError> {
    match own_role(acting)? {
        Some(_) => member_row(unit, acting, login).map(Some),
        None => Ok(None),
    }
}

/// A person's membership; owners see one that waits for an answer too.
pub fn membership(app: &App, call: &Call, login: &str) -> Result<Membership, AppError> {
    app.read(call, |unit, acting| {
        let (row, role, pending) = may_see_membership(unit, acting, login)?;
        let view = membership_view(unit, acting, &row, role)?;
        Ok(Membership { pending, ..view })
    })
}

/// Somebody with a membership, or, for owners, with an invitation by their login that waits: as what, and whether it waits.
pub fn may_see_membership(
    unit: &mut ReadUnit<'_>,
    acting: &Acting<'_>,
    login: &str,
) -> Result<(UserRow, OrganizationRole, bool), AppError> {
    let row = find(unit, login)?;
    let owner = acting.organization()?;
    if let Some(role) = places::membership(unit, owner.id.as_organization(), row.id)? {
        return Ok((row, role, false));
    }
    if owner.membership == Some(OrganizationRole::Owner)
        && let Some(waiting) = invitations::waiting_for_member(unit, acting, row.id)?
    {
        return Ok((row, waiting.role, true));
    }
    Err(AppError::Missing("member"))
}

/// The caller's memberships, as far as a token reaches them.
///
/// `pending`: only those that wait for the caller's word, or only the others; both, where nothing is said.
pub fn own_memberships(
    app: &App,
    call: &Call,
    pending: Option<bool>,
) -> Result<Vec<Membership>, AppError> {
    app.read(call, |unit, acting| {
        let mut memberships = own_places(unit, acting)?;
        memberships.retain(|membership| pending.is_none_or(|wanted| membership.pending == wanted));
        Ok(memberships)
    })
}

/// The caller's place in one organization, or the one that waits for their word.
pub fn own_membership(app: &App, call: &Call, login: &str) -> Result<Membership, AppError> {
    app.read(call, |unit, acting| own_place(unit, acting, login))
}

/// The caller's membership of that organization, had or offered.
pub fn own_place(
    unit: &mut ReadUnit<'_>,
    acting: &Acting<'_>,
    login: &str,
) -> Result<Membership, AppError> {
    own_places(unit, acting)?
        .into_iter()
        .find(|one| one.organization.row.login.eq_ignore_ascii_case(login))
        .ok_or(AppError::Missing("membership"))
}

fn own_places(unit: &mut ReadUnit<'_>, acting: &Acting<'_>) -> Result<Vec<Membership>, AppError> {
    let row = users::by_id(unit, acting.user()?)?.ok_or(AppError::Missing("user"))?;
    let mut places: Vec<_> = reached(unit, acting)?
        .into_iter()
        .map(|(organization, role)| (organization, role, false))
        .collect();
    // What is offered is the person's own affair: no token reaches it.
    if acting
        .known()
        .is_some_and(|known| known.bearer.token.is_none())
    {
        for invitation in invitations::waiting(unit, acting)? {
            let known = |(row, ..): &(OrganizationRow, _, _)| row.id == invitation.organization;
            if !places.iter().any(known)
                && let Some(found) = organizations::by_id(unit, invitation.organization)?
            {
                places.push((found, invitation.role, true));
            }
        }
    }
    let membership = |(organization, role, pending): (OrganizationRow, _, bool)| Membership {
        person: person(&row),
        role,
        pending,
        organization: OrganizationView {
            effective: acting.site.over(&organization.policy),
            membership: (!pending).then_some(role),
            row: organization,
        },
    };
    Ok(places.into_iter().map(membership).collect())
}

/// The invitation that the caller takes up by saying yes to an organization; nothing where they belong there already.
pub fn may_join(
    unit: &mut ReadUnit<'_>,
    acting: &Acting<'_>,
    login: &str,
) -> Result<Option<InvitationId>, AppError> {
    let place = own_place(unit, acting, login)?;
    if !place.pending {
        return Ok(None);
    }
    let waiting = invitations::waiting(unit, acting)?;
    let mut ids = waiting
        .iter()
        .filter(|row| row.organization == place.organization.row.id)
        .map(|row| row.id);
    let id = ids.next().ok_or(AppError::Missing("membership"))?;
    invitations::may_accept(unit, acting, id)?;
    Ok(Some(id))
}

/// Says yes to what an organization offers the caller. Who belongs there already stays what they are.
pub fn join(app: &App, call: &Call, login: &str) -> Result<Membership, AppError> {
    app.write(call, |unit, acting| {
        if let Some(id) = may_join(unit, acting, login)? {
            let (row, user) = invitations::may_accept(unit, acting, id)?;
            invitations::admit(unit, acting, row, &user)?;
        }
        own_place(unit, acting, login)
    })
}

/// Changes what a member is. Who is none is invited, and belongs there once they accept; one invitation waits at a
/// time. Administrators of the site who own the organization add people at once: they make the accounts too.
pub fn put_member(
    app: &App,
    call: &Call,
    login: &str,
    role: OrganizationRole,
) -> Result<Membership, AppError> {
    let code = app.new_link_code();
    let link = app.link_digest(LinkUse::OrganizationInvitation, &code)?;
    app.write(call, |unit, acting| {
        let row = find(unit, login)?;
        let id = acting.organization()?.id.as_organization();
        let now = places::membership(unit, id, row.id)?;
        if now.is_none() && !administrates(acting) {
            let waiting = invitations::waiting_for_member(unit, acting, row.id)?;
            acting.confirm_if(unit, Some(role) > waiting.map(|waiting| waiting.role))?;
            invitations::invite_member(unit, acting, &row, role, (&code, link))?;
            let view = membership_view(unit, acting, &row, role)?;
            return Ok(Membership {
                pending: true,
                ..view
            });
        }
        acting.confirm_if(unit, Some(role) > now)?;
        let event = match now {
            Some(now) if now == role => return membership_view(unit, acting, &row, role),
            Some(_) => {
                keep_an_owner(unit, acting, &row)?;
                Event::MemberUpdate
            }
            None => Event::MemberAdd,
        };
        memberships::set(unit, id, row.id, role, acting.now)?;
        invitation_rows::cancel_for_account(unit, id, row.id, acting.now)?;
        unit.feed(acting.now, "member.set", row.id)?;
        unit.feed(acting.now, "member.set", id)?;
        acting
            .record(event)
            .user(row.id, &row.login)
            .with("permission", role.name())
            .with("old_permission", now.map(OrganizationRole::name))
            .write(unit)?;
        membership_view(unit, acting, &row, role)
    })
}

/// The caller administers the site.
fn administrates(acting: &Acting<'_>) -> bool {
    acting.known().is_some_and(|known| {
        matches!(
            known.bearer.principal,
            Principal::User {
                administrator: true,
                ..
            }
        )
    })
}

/// Removes a member, or takes back the invitation of somebody who is to be one.
pub fn end_or_cancel_membership(app: &App, call: &Call, login: &str) -> Result<(), AppError> {
    app.write(call, |unit, acting| {
        let (row, _, pending) = may_end_membership(unit, acting, login)?;
        if pending {
            return invitations::cancel_member(unit, acting, row.id);
        }
        depart(unit, acting, &row, "removed")
    })
}

/// A member who can go, or somebody whose invitation can be taken back.
pub fn may_end_membership(
    unit: &mut ReadUnit<'_>,
    acting: &Acting<'_>,
    login: &str,
) -> Result<(UserRow, OrganizationRole, bool), AppError> {
    let found = may_see_membership(unit, acting, login)?;
    keep_an_owner(unit, acting, &found.0)?;
    Ok(found)
}

/// Removes a member: their teams, their direct roles and their tokens' standing go with them.
pub fn remove_member(app: &App, call: &Call, login: &str) -> Result<(), AppError> {
    app.write(call, |unit, acting| {
        let row = may_remove_member(unit, acting, login)?;
        depart(unit, acting, &row, "removed")
    })
}

/// A member who can go.
pub fn may_remove_member(
    unit: &mut ReadUnit<'_>,
    acting: &Acting<'_>,
    login: &str,
) -> Result<UserRow, AppError> {
    let (row, _) = member_row(unit, acting, login)?;
    keep_an_owner(unit, acting, &row)?;
    Ok(row)
}

/// The caller leaves.
pub fn leave(app: &App, call: &Call) -> Result<(), AppError> {
    app.write(call, |unit, acting| {
        let row = may_leave(unit, acting)?;
        depart(unit, acting, &row, "left")
    })
}

/// The caller, if they can go.
pub fn may_leave(unit: &mut ReadUnit<'_>, acting: &Acting<'_>) -> Result<UserRow, AppError> {
    let row = users::by_id(unit, acting.user()?)?.ok_or(AppError::Missing("user"))?;
    keep_an_owner(unit, acting, &row)?;
    Ok(row)
}

fn depart(
    unit: &mut WriteUnit<'_>,
    acting: &Acting<'_>,
    row: &UserRow,
    how: &str,
) -> Result<(), AppError> {
    let owner = acting.organization()?;
    let id = owner.id.as_organization();
    end_membership(unit, acting, row, how)?;
    repository_invitations::cancel_for(unit, owner.id, row.id, acting.now)?;
    for repository in collaborators::with_owner(unit, owner.id, row.id)? {
        collaborators::remove(unit, repository, row.id)?;
        unit.feed(acting.now, "collaborator.removed", repository)?;
    }
    // Replayed after a restore, it takes the direct roles too.
    unit.tombstone(
        acting.now,
        &Tombstone::MembershipRemoved {
            organization: id,
            user: row.id,
        },
    )?;
    Ok(())
}

/// Ends the membership of somebody who [can go](may_remove_member) with teams and tokens, and says how it
/// ended. Direct roles stay.
pub(super) fn end_membership(
    unit: &mut WriteUnit<'_>,
    acting: &Acting<'_>,
    row: &UserRow,
    how: &str,
) -> Result<(), AppError> {
    let id = acting.organization()?.id.as_organization();
    memberships::remove(unit, id, row.id)?;
    invitation_rows::cancel_for(unit, id, row.id, acting.now)?;
    unit.feed(acting.now, "member.removed", row.id)?;
    unit.feed(acting.now, "member.removed", id)?;
    acting
        .record(Event::MemberRemove)
        .user(row.id, &row.login)
        .with("reason", how)
        .write(unit)?;
    withdraw_tokens(unit, acting, id, row.id)?;
    if acting.user().ok() == Some(row.id) {
        return Ok(());
    }
    let notice = Notice::RemovedFromOrganization {
        organization: acting.organization()?.login.clone(),
    };
    notices::tell(unit, acting.app, acting.now, row.id, &notice)
}

/// The last owner who can act stays one: nobody could make another.
fn keep_an_owner(
    unit: &mut ReadUnit<'_>,
    acting: &Acting<'_>,
    row: &UserRow,
) -> Result<(), AppError> {
    let owner = acting.organization()?;
    let id: OrganizationId = owner.id.as_organization();
    let owns = places::membership(unit, id, row.id)? == Some(OrganizationRole::Owner);
    if owns && memberships::other_active_owners(unit, id, row.id)? == 0 {
        return Err(AppError::conflict(
            "last_owner",
            format!(
                "`{}` is the last owner of {}; make somebody else an owner first",
                row.login, owner.login
            ),
        ));
    }
    Ok(())
}

/// A person with what they are in the organization; who is nothing there is missing.
pub fn member_row(
    unit: &mut ReadUnit<'_>,
    acting: &Acting<'_>,
    login: &str,
) -> Result<(UserRow, OrganizationRole), AppError> {
    let row = find(unit, login)?;
    let id = acting.organization()?.id.as_organization();
    let role = places::membership(unit, id, row.id)?.ok_or(AppError::Missing("member"))?;
    Ok((row, role))
}

fn membership_view(
    unit: &mut ReadUnit<'_>,
    acting: &Acting<'_>,
    row: &UserRow,
    role: OrganizationRole,
) -> Result<Membership, AppError> {
    let owner = acting.organization()?;
    let organization = super::view(unit, acting, owner.id.as_organization(), owner.membership)?;
    Ok(Membership {
        person: person(row),
        role,
        pending: false,
        organization,
    })
}

/// A person as lists show them.
pub(crate) fn person(row: &UserRow) -> Person {
    Person {
        id: row.id,
        login: row.login.clone(),
        administrator: row.administrator,
    }
}
