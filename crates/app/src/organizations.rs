//! Organizations: made by whom the site lets, run by their owners.

mod losses;
mod members;
mod outside;
mod policy;

use jeton_decide::{Principal, View};
use jeton_domain::{
    Access, AccountId, BasePermission, ClassicScope, Event, Kinds, Least, Level, Login, Operation,
    OrganizationPolicy, OrganizationRole, PermissionKey, Requirement, TargetKind, WithdrawReason,
    counted,
};
use jeton_store::accounts::AccountKind;
use jeton_store::memberships::Person;
use jeton_store::organizations::OrganizationRow;
use jeton_store::{
    ReadUnit, WriteUnit, accounts, applications, invitations, memberships, organizations,
    repositories, requests, teams, tokens,
};

use crate::app::App;
use crate::authorize::Acting;
use crate::call::{Call, Named};
use crate::error::{AppError, name_fault};
use crate::job_secrets::{self, SecretOwner};
use crate::oauth;
use crate::repositories::{page_of, refusing};
use crate::tokens as token_cases;
use crate::users::{Profile, check_free, check_name, may_find_profile, rename as rename_account};
use crate::walked::Walked;

pub use jeton_store::access::Members;
pub use losses::{
    Losses, MembersCounted, RoleLoss, losses_of_collaborator, losses_of_leaving, losses_of_member,
    losses_of_outside_collaborator, members_counted, repositories_left,
};
pub(crate) use members::person;
pub use members::{
    Member, Membership, end_or_cancel_membership, join, leave, may_end_membership, may_join,
    may_leave, may_remove_member, may_see_factors, may_see_member, may_see_membership, member,
    member_row, members, membership, own_membership, own_memberships, own_place, put_member,
    remove_member,
};
pub use outside::{
    OutsideCollaborator, convert_member, may_remove_outside_collaborator, outside_collaborators,
    remove_outside_collaborator,
};
use policy::change as change_policy;
pub use policy::{PolicyView, patch_policy, patch_policy_as_seen, policy};
pub(crate) use policy::{ask_of_oneself, keep_oneself_in, maximum_fault, overlay};

const RESOURCE: &str = "Organization";

/// Seeing who belongs to an organization: what a list that speaks of several asks of each of them.
pub(crate) static SEE_MEMBERS: Operation = Operation {
    name: "organization.see_members",
    sentence: "Sees who belongs to an organization.",
    target: TargetKind::Organization,
    access: Access::Read,
    reads_public: false,
    sets: &[&[Requirement::new("members", Level::Read)]],
    scopes: &[ClassicScope::ReadOrg],
    least: Least::Organization(OrganizationRole::Member),
    kinds: Kinds::SIGN_INS_AND_GRANTS.and_scoped(),
    confirm: false,
    about_itself: false,
    departs: false,
    events: &[],
};

/// An organization as the caller may see it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OrganizationView {
    /// What is stored.
    pub row: OrganizationRow,
    /// The caller's place in it, as far as their credential lets it be seen.
    pub membership: Option<OrganizationRole>,
    /// What holds there, the site's word applied.
    pub effective: OrganizationPolicy,
}

impl OrganizationView {
    /// What everybody may know of it.
    pub fn profile(&self) -> Profile {
        let row = &self.row;
        Profile {
            id: row.id.get(),
            login: row.login.clone(),
            name: row.name.clone(),
            organization: true,
            administrator: false,
            created_at: row.created_at,
        }
    }
}

/// Makes an organization; the caller becomes its owner.
pub fn create(
    app: &App,
    call: &Call,
    login: &str,
    name: &str,
) -> Result<OrganizationView, AppError> {
    let login = Login::parse(login).map_err(name_fault(RESOURCE, "login"))?;
    check_name(RESOURCE, name)?;
    app.write(call, |unit, acting| {
        let user = acting.user()?;
        may_create(acting)?;
        check_free(unit, &login, RESOURCE)?;
        let id = organizations::create(
            unit,
            &login,
            name,
            &OrganizationPolicy::default(),
            acting.now,
        )
        .map_err(|error| AppError::unless_taken(error, "accounts_login", RESOURCE, "login"))?;
        memberships::set(unit, id, user, OrganizationRole::Owner, acting.now)?;
        unit.feed(acting.now, "organization.created", id)?;
        unit.feed(acting.now, "member.added", user)?;
        acting
            .record(Event::OrganizationCreate)
            .organization(id, login.as_str())
            .write(unit)?;
        view(unit, acting, id, Some(OrganizationRole::Owner))
    })
}

/// Whether the site lets the caller make organizations.
pub fn may_create(acting: &Acting<'_>) -> Result<(), AppError> {
    let administrator = matches!(
        acting.permit.principal(),
        Some(Principal::User {
            administrator: true,
            ..
        })
    );
    if administrator || acting.site.users_create_organizations {
        Ok(())
    } else {
        Err(AppError::Forbidden(
            "Only administrators of this site create organizations.".to_owned(),
        ))
    }
}

/// One organization. Whoever looks with anonymous eyes sees what everybody may know.
pub fn show(app: &App, call: &Call) -> Result<OrganizationView, AppError> {
    app.read(call, |unit, acting| {
        let owner = acting.organization()?;
        let membership = match acting.permit.view() {
            View::Principal if sees_inside(acting, owner.id) => owner.membership,
            View::Principal | View::Anonymous => None,
        };
        view(unit, acting, owner.id.as_organization(), membership)
    })
}

/// Whether the credential opens what the organization tells its members alone: a token without power there shows what
/// everybody may know.
fn sees_inside(acting: &Acting<'_>, organization: AccountId) -> bool {
    let Some(known) = acting.known() else {
        return false;
    };
    match &known.bearer.token {
        None => true,
        Some(token) if known.bearer.kind.has_scopes() => {
            token.scopes.has_any(&[ClassicScope::ReadOrg])
        }
        Some(token) => {
            let administration = PermissionKey::parse("organization_administration");
            token.grant.owner == organization
                && administration.is_some_and(|key| token.grant.permissions.cover(key, Level::Read))
        }
    }
}

/// The organizations that the caller belongs to, as far as a token reaches them.
pub fn of_oneself(app: &App, call: &Call) -> Result<Vec<OrganizationView>, AppError> {
    app.read(call, |unit, acting| {
        let mut views = Vec::new();
        for (row, role) in reached(unit, acting)? {
            let effective = acting.site.over(&row.policy);
            views.push(OrganizationView {
                row,
                membership: Some(role),
                effective,
            });
        }
        Ok(views)
    })
}

/// A page of the organizations that a person belongs to and of which the request may see who does, and how many they
/// are. Membership is public nowhere.
pub fn of_person(
    app: &App,
    call: &Call,
    login: &str,
    offset: u64,
    count: u32,
) -> Result<(Vec<OrganizationRow>, u64), AppError> {
    app.read(call, |unit, acting| {
        let account = may_find_profile(unit, acting, login)?;
        let mut found = Vec::new();
        if account.kind == AccountKind::User {
            for (row, _) in organizations::of_user(unit, account.id.as_user())? {
                let named = Named::Organization(row.login.clone());
                if acting.may(unit, &SEE_MEMBERS, named)? {
                    found.push(row);
                }
            }
        }
        let total = found.len() as u64;
        Ok((page_of(found, offset, count), total))
    })
}

/// Organizations behind a number: what everybody may know of them.
pub fn everywhere(
    app: &App,
    call: &Call,
    after: i64,
    count: u32,
) -> Result<Walked<OrganizationRow>, AppError> {
    app.read(call, |unit, acting| {
        acting.may_know_people()?;
        let rows = organizations::after(unit, after, i64::from(count) + 1)?;
        Ok(Walked::new(rows, count, |row| row.id.get()))
    })
}

/// The members whose membership everybody may know: none, as nobody can make theirs public.
pub fn public_members(app: &App, call: &Call) -> Result<Vec<Person>, AppError> {
    app.read(call, |_, acting| {
        acting.organization()?;
        Ok(Vec::new())
    })
}

/// SECURITY: a token with an owner says nothing of its creator's memberships elsewhere than with that one, and there
/// only once the owner let it; what has scopes, nothing of organizations whose rules refuse it.
fn reached(
    unit: &mut ReadUnit<'_>,
    acting: &Acting<'_>,
) -> Result<Vec<(OrganizationRow, OrganizationRole)>, AppError> {
    let mut found = organizations::of_user(unit, acting.user()?)?;
    let Some(known) = acting.known() else {
        return Ok(Vec::new());
    };
    if known.bearer.kind.has_scopes() {
        let refusing = refusing(unit, acting, &known.bearer)?;
        found.retain(|(row, _)| !refusing.contains(&row.id.into()));
    } else if let Some(token) = &known.bearer.token {
        found.retain(|(row, _)| token.standing.grants() && token.grant.owner == row.id.into());
    }
    Ok(found)
}

/// What is to be changed; what is left out stays.
#[derive(Clone, Debug, Default)]
pub struct OrganizationEdit {
    /// What people call it.
    pub name: Option<String>,
    /// What every member has on every repository.
    pub base: Option<BasePermission>,
    /// Whether members make repositories.
    pub creation: Option<Creation>,
}

/// Whether members make repositories, as several fields say it.
#[derive(Clone, Debug, Default)]
pub struct Creation {
    /// What is to hold; where nothing is said, what holds stays.
    pub wanted: Option<bool>,
    /// Each field and what it says: it must hold afterwards, or nothing is changed.
    pub said: Vec<(&'static str, bool)>,
}

/// Changes the shown name, what members have on every repository and whether they make some.
pub fn update(
    app: &App,
    call: &Call,
    edit: &OrganizationEdit,
) -> Result<OrganizationView, AppError> {
    if let Some(name) = &edit.name {
        check_name(RESOURCE, name)?;
    }
    app.write(call, |unit, acting| {
        let owner = acting.organization()?;
        let id = owner.id.as_organization();
        let row = organizations::by_id(unit, id)?.ok_or(AppError::Missing("organization"))?;
        let mut record = acting.record(Event::OrganizationUpdate);
        if let Some(name) = &edit.name {
            accounts::set_display_name(unit, owner.id, name)?;
            record = record.with("name", name.as_str());
        }
        if let Some(base) = edit.base {
            acting.confirm_if(unit, base > row.base)?;
            organizations::set_base_permission(unit, id, base)?;
            record = record
                .with("base_permission", base.name())
                .with("old_base_permission", row.base.name());
        }
        if edit.name.is_some() || edit.base.is_some() {
            record.write(unit)?;
            unit.feed(acting.now, "organization.updated", id)?;
        }
        if let Some(creation) = &edit.creation {
            set_creation(unit, acting, &row, creation)?;
        }
        view(unit, acting, id, owner.membership)
    })
}

/// A restriction that does not come to hold is refused, whoever it is that decides otherwise.
fn set_creation(
    unit: &mut WriteUnit<'_>,
    acting: &Acting<'_>,
    row: &OrganizationRow,
    creation: &Creation,
) -> Result<(), AppError> {
    let mut policy = row.policy.clone();
    if let Some(wanted) = creation.wanted {
        policy.members_create_repositories = wanted;
        change_policy(unit, acting, row, &policy)?;
    }
    let holds = acting.site.over(&policy).members_create_repositories;
    let forced = holds != policy.members_create_repositories;
    let Some((field, _)) = creation.said.iter().find(|(_, said)| *said != holds) else {
        return Ok(());
    };
    let why = match (forced, creation.wanted) {
        (true, _) => "the site decides it for all organizations",
        (false, Some(_)) => "another field of the same request says so",
        (false, None) => {
            "it goes by `members_can_create_repositories`, which is for repositories of every visibility"
        }
    };
    let may = if holds { "may" } else { "may not" };
    Err(AppError::invalid(
        RESOURCE,
        field,
        format!("does not fit, as members {may} make repositories: {why}"),
    ))
}

/// Gives an organization another name; the old one is given up.
pub fn rename(app: &App, call: &Call, login: &str) -> Result<OrganizationView, AppError> {
    let login = Login::parse(login).map_err(name_fault(RESOURCE, "login"))?;
    app.write(call, |unit, acting| {
        let owner = acting.organization()?;
        let id = owner.id.as_organization();
        rename_account(unit, owner.id, &owner.login, &login, RESOURCE, acting.now)?;
        acting
            .record(Event::OrganizationRename)
            .organization(id, login.as_str())
            .with("old_login", owner.login.as_str())
            .write(unit)?;
        unit.feed(acting.now, "organization.renamed", id)?;
        view(unit, acting, id, owner.membership)
    })
}

/// Deletes an organization that has no repository any more. Its tokens' standing is withdrawn.
pub fn delete(app: &App, call: &Call) -> Result<(), AppError> {
    app.write(call, |unit, acting| {
        may_delete(unit, acting)?;
        let owner = acting.organization()?;
        let id = owner.id.as_organization();
        withdraw_all(unit, acting)?;
        oauth::end_all_of(unit, acting, owner.id)?;
        applications::forget_organization(unit, id)?;
        teams::delete_all(unit, id)?;
        invitations::cancel_all(unit, Some(id), None, acting.now)?;
        for user in memberships::all(unit, id)? {
            memberships::remove(unit, id, user)?;
            unit.feed(acting.now, "member.removed", user)?;
        }
        acting.record(Event::OrganizationDelete).write(unit)?;
        job_secrets::end_of_owner(unit, SecretOwner::Organization(id), acting.now)?;
        accounts::delete(unit, owner.id, acting.now)?;
        unit.feed(acting.now, "organization.deleted", id)?;
        Ok(())
    })
}

/// Whether nothing stands in the organization any more that would go with it.
pub fn may_delete(unit: &mut ReadUnit<'_>, acting: &Acting<'_>) -> Result<(), AppError> {
    let owner = acting.organization()?;
    match repositories::count_of_owner(unit, owner.id)? {
        0 => Ok(()),
        left => Err(AppError::conflict(
            "owns_repositories",
            format!(
                "{} has {}; delete what is there first",
                owner.login,
                counted(left.unsigned_abs(), "repository", "repositories")
            ),
        )),
    }
}

fn withdraw_all(unit: &mut WriteUnit<'_>, acting: &Acting<'_>) -> Result<(), AppError> {
    let owner = acting.organization()?;
    for row in tokens::of_owner(unit, owner.id)? {
        if row.standing.grants() || requests::pending_of_token(unit, row.id)?.is_some() {
            token_cases::withdraw(unit, acting, &row, WithdrawReason::Owner)?;
        }
    }
    Ok(())
}

fn view(
    unit: &mut ReadUnit<'_>,
    acting: &Acting<'_>,
    id: jeton_domain::OrganizationId,
    membership: Option<OrganizationRole>,
) -> Result<OrganizationView, AppError> {
    let row = organizations::by_id(unit, id)?.ok_or(AppError::Missing("organization"))?;
    let effective = acting.site.over(&row.policy);
    Ok(OrganizationView {
        row,
        membership,
        effective,
    })
}
