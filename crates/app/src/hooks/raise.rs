//! Where webhooks begin: each entry of the log is held against those who listen, in the unit that writes it.

use jeton_domain::{Event, Grant, HookEvent, HookId, OrganizationId, RepositoryId};
use jeton_store::audit::AuditEntry;
use jeton_store::hooks::{self, HookOwner, HookRow};
use jeton_store::teams::TeamRow;
use jeton_store::{ReadUnit, WriteUnit, organizations};
use serde_json::Value;

use super::on;
use super::payload::{self, payload};
use super::tell::{Told, tell};
use crate::app::Inner;
use crate::error::AppError;

/// What an entry says to webhooks beyond what it says to the log.
#[derive(Debug, Default)]
pub(crate) struct About<'a> {
    /// The team it concerns.
    pub(crate) team: Option<&'a TeamRow>,
    /// What was so before.
    pub(crate) changed: Vec<(&'static str, Value)>,
    /// What a token had in force before the change.
    pub(crate) held: Option<Grant>,
}

/// Has all webhooks told that hear of an entry, once this unit commits. Where none listens, this is one look at an index.
pub(crate) fn raise(
    app: &Inner,
    unit: &mut WriteUnit<'_>,
    entry: &AuditEntry<'_>,
    about: &About<'_>,
) -> Result<(), AppError> {
    for event in heard_as(entry.event) {
        let hooks = listening(unit, *event, entry.organization, entry.repository)?;
        if hooks.is_empty() {
            continue;
        }
        let shape = payload::shape(app)?;
        if let Some((action, payload)) = payload(app, shape, unit, (entry, *event), about)? {
            let told = Told {
                event: *event,
                action,
                payload,
            };
            tell(app, unit, hooks, &told, entry.at)?;
        }
    }
    Ok(())
}

/// Those that hear of an event there.
pub(super) fn listening(
    unit: &mut ReadUnit<'_>,
    event: HookEvent,
    organization: Option<OrganizationId>,
    repository: Option<RepositoryId>,
) -> Result<Vec<HookId>, AppError> {
    if organization.is_none() && repository.is_none() {
        return Ok(Vec::new());
    }
    let rows = hooks::listening(unit, organization, repository)?;
    let mut heard = Vec::new();
    for row in rows.into_iter().filter(|row| hears(row, event)) {
        if may_hear(unit, &row, event, organization)? {
            heard.push(row.id);
        }
    }
    Ok(heard)
}

/// SECURITY: an organization's teams are its members' affair. Who administers one of its repositories from outside is told of
/// none by a webhook either.
fn may_hear(
    unit: &mut ReadUnit<'_>,
    row: &HookRow,
    event: HookEvent,
    organization: Option<OrganizationId>,
) -> Result<bool, AppError> {
    if !matches!(event, HookEvent::Team | HookEvent::TeamAdd)
        || !matches!(row.owner, HookOwner::Repository(_))
    {
        return Ok(true);
    }
    let theirs = organizations::of_user(unit, row.created_by.as_user())?;
    Ok(theirs.iter().any(|(row, _)| Some(row.id) == organization))
}

/// Whether one hears of it.
pub(super) fn hears(row: &HookRow, event: HookEvent) -> bool {
    event.is_heard(on(row.owner)) && jeton_domain::hears(&row.events, event.name())
}

/// What webhooks call it, where they hear of it. What came by Git is told by itself: it is read outside the unit. That a webhook
/// is gone is told to itself alone.
const fn heard_as(event: Event) -> &'static [HookEvent] {
    match event {
        Event::RepositoryCreate
        | Event::RepositoryUpdate
        | Event::RepositoryRename
        | Event::RepositoryTransfer
        | Event::RepositoryDestroy => &[HookEvent::Repository],
        Event::RepositoryVisibility => &[HookEvent::Repository, HookEvent::Public],
        Event::CollaboratorAdd | Event::CollaboratorUpdate | Event::CollaboratorRemove => {
            &[HookEvent::Member]
        }
        Event::TeamCreate
        | Event::TeamUpdate
        | Event::TeamDestroy
        | Event::TeamRemoveRepository => &[HookEvent::Team],
        Event::TeamAddRepository => &[HookEvent::Team, HookEvent::TeamAdd],
        Event::TeamAddMember | Event::TeamRemoveMember => &[HookEvent::Membership],
        Event::MemberAdd
        | Event::MemberRemove
        | Event::InvitationCreate
        | Event::OrganizationRename
        | Event::OrganizationDelete => &[HookEvent::Organization],
        Event::RequestCreate
        | Event::RequestDeny
        | Event::RequestCancel
        | Event::RequestExpire
        | Event::AccessGrant => &[HookEvent::TokenRequest],
        Event::AccessRevoke => &[HookEvent::Token],
        _ => &[],
    }
}
