//! Making a webhook.

use jeton_domain::{Event, HookEvent, choose_hook_events};
use jeton_store::hooks;
use jeton_store::hooks::{HookContentType, HookRow};

use super::list::{HookView, view};
use super::settings::{HookConfig, check};
use super::{RESOURCE, may_aim, on, owner, ping, record};
use crate::app::App;
use crate::authorize::Acting;
use crate::call::Call;
use crate::error::AppError;

/// A webhook to be made.
#[derive(Clone, Debug, Default)]
pub struct NewHook {
    /// Where it sends, and how: a form, unsigned, with the certificate verified, where nothing is said.
    pub config: HookConfig,
    /// What it hears of; pushes, where nothing is said.
    pub events: Option<Vec<String>>,
    /// It is told anything; yes, if not said.
    pub active: Option<bool>,
}

/// Makes a webhook of the organization or repository that the call is about. It is told so by a ping.
pub fn register(app: &App, call: &Call, new: &NewHook) -> Result<HookView, AppError> {
    app.write(call, |unit, acting| {
        may_register(acting)?;
        let owner = owner(acting)?;
        let chosen = new.events.clone();
        let chosen = chosen.unwrap_or_else(|| vec![HookEvent::Push.name().to_owned()]);
        let mut row = HookRow {
            id: unit.allocate()?,
            owner,
            url: String::new(),
            content_type: HookContentType::Form,
            secret: None,
            verifies_tls: true,
            events: choose_hook_events(chosen.iter().map(String::as_str), on(owner))
                .map_err(|fault| AppError::invalid(RESOURCE, "events", fault))?,
            active: new.active.unwrap_or(true),
            created_by: acting.user()?.into(),
            created_at: acting.now,
            updated_at: acting.now,
            failures: 0,
            rests_until: None,
        };
        new.config.put(app, &mut row)?;
        check(app, unit, &row)?;
        hooks::insert(unit, &row)?;
        record(acting, &row, Event::HookCreate)
            .with("events", row.events.clone())
            .with("active", row.active)
            .write(unit)?;
        let mut made = view(unit, acting, row)?;
        if made.row.active {
            ping::ping(app, unit, &made, acting.user()?, acting.now)?;
            made.waiting += 1;
        }
        Ok(made)
    })
}

/// Whether whoever asks may have webhooks hear of what the call is about.
pub fn may_register(acting: &Acting<'_>) -> Result<(), AppError> {
    may_aim(acting)
}
