//! What organizations say to applications. None is let in at first, so that OAuth is no way round a ban on classic
//! tokens: a member asks, an owner decides.

use jeton_domain::{ApplicationId, Event};
use jeton_store::applications::{self, ApplicationRow};
use jeton_store::{ReadUnit, Tombstone, WriteUnit, memberships};

use super::registered::kept_by;
use crate::app::App;
use crate::authorize::Acting;
use crate::call::Call;
use crate::error::AppError;
use crate::notices::{self, Notice};

pub use jeton_store::applications::Approval;

/// The applications that the organization was asked about, what waits first.
pub fn approvals(app: &App, call: &Call) -> Result<Vec<Approval>, AppError> {
    app.read(call, |unit, acting| {
        let organization = acting.organization()?.id.as_organization();
        Ok(applications::asked(unit, organization)?)
    })
}

/// Asks the owners of the organization to let an application in. Asking twice, or about what they decided, asks nothing.
pub fn ask(app: &App, call: &Call, client_id: &str) -> Result<(), AppError> {
    app.write(call, |unit, acting| {
        let row = may_ask(unit, acting, client_id)?;
        let owner = acting.organization()?;
        let (organization, login) = (owner.id.as_organization(), owner.login.clone());
        let user = acting.user()?;
        if !applications::ask(unit, organization, row.id, user, acting.now)? {
            return Ok(());
        }
        acting
            .record(Event::ApplicationAsk)
            .user(user, acting.login())
            .with("oauth_application_id", row.id.get())
            .with("oauth_application_name", row.name.as_str())
            .write(unit)?;
        let notice = Notice::ApplicationAsked {
            organization: login,
            application: row.name.clone(),
            member: acting.login().to_owned(),
            keeper: kept_by(unit, &row)?,
        };
        for reviewer in memberships::active_owners(unit, organization)? {
            if reviewer != user {
                notices::tell(unit, app, acting.now, reviewer, &notice)?;
            }
        }
        Ok(())
    })
}

/// An application by its client id.
pub fn may_ask(
    unit: &mut ReadUnit<'_>,
    _: &Acting<'_>,
    client_id: &str,
) -> Result<ApplicationRow, AppError> {
    applications::by_client_id(unit, client_id)?.ok_or(AppError::Missing("application"))
}

/// Lets an application in, or keeps it out. To let it in takes a sign-in that was confirmed lately.
pub fn decide(
    app: &App,
    call: &Call,
    application: ApplicationId,
    approve: bool,
) -> Result<(), AppError> {
    app.write(call, |unit, acting| {
        acting.confirm_if(unit, approve)?;
        let row = may_decide(unit, acting, application)?;
        let organization = acting.organization()?.id.as_organization();
        let user = acting.user()?;
        applications::decide(unit, organization, row.id, approve, user, acting.now)?;
        if !approve {
            kept_out(unit, acting, &row)?;
        }
        unit.feed(acting.now, "organization.applications", organization)?;
        let event = if approve {
            Event::ApplicationApprove
        } else {
            Event::ApplicationDeny
        };
        acting
            .record(event)
            .with("oauth_application_id", row.id.get())
            .with("oauth_application_name", row.name.as_str())
            .write(unit)
    })
}

/// An application by its number.
pub fn may_decide(
    unit: &mut ReadUnit<'_>,
    _: &Acting<'_>,
    application: ApplicationId,
) -> Result<ApplicationRow, AppError> {
    applications::by_id(unit, application)?.ok_or(AppError::Missing("application"))
}

fn kept_out(
    unit: &mut WriteUnit<'_>,
    acting: &Acting<'_>,
    row: &ApplicationRow,
) -> Result<(), AppError> {
    let organization = acting.organization()?.id.as_organization();
    unit.tombstone(
        acting.now,
        &Tombstone::ApplicationDenied {
            organization,
            application: row.id,
        },
    )?;
    Ok(())
}
