//! What a person lets applications have of theirs, and taking it back.

use jeton_domain::{ApplicationId, Scopes, Time};
use jeton_store::applications::{self, ApplicationRow};
use jeton_store::{ReadUnit, activity, tokens};

use super::revoke::end_all;
use super::web_flow::{OrganizationSay, says};
use crate::app::App;
use crate::authorize::Acting;
use crate::call::Call;
use crate::error::AppError;

/// An application that the caller let in.
#[derive(Debug)]
pub struct Consent {
    /// Which.
    pub application: ApplicationRow,
    /// What it may have.
    pub scopes: Scopes,
    /// Since when.
    pub since: Time,
    /// How many tokens of it live.
    pub tokens: usize,
    /// When one of them was last used.
    pub used_at: Option<Time>,
    /// The caller's organizations, and what each says to it.
    pub organizations: Vec<OrganizationSay>,
}

/// The applications that the caller let in, by name.
pub fn consents(app: &App, call: &Call) -> Result<Vec<Consent>, AppError> {
    app.read(call, |unit, acting| {
        let user = acting.user()?;
        let mut found = Vec::new();
        for row in applications::authorizations(unit, user)? {
            let living = tokens::of_application(unit, row.application.id, Some(user))?;
            let mut used_at = None;
            for token in &living {
                let last = activity::last_uses(unit, token.id)?
                    .first()
                    .map(|last| last.at);
                used_at = used_at.max(last);
            }
            found.push(Consent {
                organizations: says(unit, user, row.application.id)?,
                application: row.application,
                scopes: row.scopes,
                since: row.created_at,
                tokens: living.len(),
                used_at,
            });
        }
        Ok(found)
    })
}

/// Takes back what the caller let an application have: its tokens end with it.
pub fn take_back(app: &App, call: &Call, application: ApplicationId) -> Result<(), AppError> {
    app.write(call, |unit, acting| {
        let row = may_take_back(unit, acting, application)?;
        end_all(unit, acting, &row, acting.user()?)
    })
}

/// An application that the caller let in.
pub fn may_take_back(
    unit: &mut ReadUnit<'_>,
    acting: &Acting<'_>,
    application: ApplicationId,
) -> Result<ApplicationRow, AppError> {
    applications::authorizations(unit, acting.user()?)?
        .into_iter()
        .map(|row| row.application)
        .find(|row| row.id == application)
        .ok_or(AppError::Missing("application"))
}
