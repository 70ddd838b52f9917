//! Changing a webhook.

use jeton_domain::{Event, HookId, choose_hook_events, hears};
use jeton_store::hooks::{HookContentType, HookRow};
use jeton_store::{WriteUnit, hook_deliveries, hooks};

use super::list::{HookView, view};
use super::settings::{HookConfig, check};
use super::{RESOURCE, kept, may_aim, on, record};
use crate::app::App;
use crate::authorize::Acting;
use crate::call::Call;
use crate::error::AppError;

/// What is said of where deliveries go, and how.
#[derive(Clone, Debug, Default)]
pub enum ConfigEdit {
    /// Nothing.
    #[default]
    Keep,
    /// This, and what is not said stays.
    Merge(HookConfig),
    /// This, and what is not said is as in a new webhook: a secret that is not named is gone. The address stays
    /// where none is given.
    Replace(HookConfig),
}

/// What is to change; what is not said stays.
#[derive(Clone, Debug, Default)]
pub struct HookEdit {
    /// Where it sends, and how.
    pub config: ConfigEdit,
    /// What it hears of: all of it.
    pub events: Option<Vec<String>>,
    /// What it hears of besides.
    pub add_events: Vec<String>,
    /// What it hears of no more.
    pub remove_events: Vec<String>,
    /// Whether it is told anything.
    pub active: Option<bool>,
}

/// Changes a webhook. That it sends elsewhere, hears of more, or looks at no certificate takes a sign-in that was
/// confirmed lately.
pub fn edit(app: &App, call: &Call, id: HookId, edit: &HookEdit) -> Result<HookView, AppError> {
    app.write(call, |unit, acting| {
        let before = kept(unit, acting, id)?;
        let mut row = before.clone();
        let other_secret = match &edit.config {
            ConfigEdit::Keep => false,
            ConfigEdit::Merge(config) => config.put(app, &mut row)?,
            ConfigEdit::Replace(config) => {
                row.content_type = HookContentType::Form;
                row.verifies_tls = true;
                let other = config.put(app, &mut row)?;
                if config.secret.is_none() {
                    row.secret = None;
                }
                other || row.secret.is_none() && before.secret.is_some()
            }
        };
        row.events = chosen(&before, edit)?;
        row.active = edit.active.unwrap_or(row.active);
        if row == before {
            return view(unit, acting, row);
        }
        check(app, unit, &row)?;
        if adds(&before, &row) {
            may_aim(acting)?;
            acting.confirm_if(unit, true)?;
        }
        row.updated_at = acting.now;
        hooks::update(unit, &row)?;
        if !row.active {
            hook_deliveries::drop_of_hook(unit, row.id, acting.now)?;
        }
        note(unit, acting, (&before, &row), other_secret)?;
        let row = kept(unit, acting, id)?;
        view(unit, acting, row)
    })
}

fn chosen(before: &HookRow, edit: &HookEdit) -> Result<Vec<String>, AppError> {
    let (add, remove) = (&edit.add_events, &edit.remove_events);
    if edit.events.is_none() && add.is_empty() && remove.is_empty() {
        return Ok(before.events.clone());
    }
    let events = edit.events.as_ref().unwrap_or(&before.events);
    let names = events
        .iter()
        .filter(|name| !remove.contains(name))
        .chain(add)
        .map(String::as_str);
    choose_hook_events(names, on(before.owner))
        .map_err(|fault| AppError::invalid(RESOURCE, "events", fault))
}

/// Whether more leaves the house than before, or goes elsewhere, or less safely.
fn adds(before: &HookRow, after: &HookRow) -> bool {
    after.url != before.url
        || before.verifies_tls && !after.verifies_tls
        || after.active && !before.active
        || after
            .events
            .iter()
            .any(|event| !hears(&before.events, event))
}

fn note(
    unit: &mut WriteUnit<'_>,
    acting: &Acting<'_>,
    (before, after): (&HookRow, &HookRow),
    other_secret: bool,
) -> Result<(), AppError> {
    let elsewhere = after.url != before.url;
    let otherwise =
        after.content_type != before.content_type || after.verifies_tls != before.verifies_tls;
    if elsewhere || otherwise || other_secret {
        record(acting, after, Event::HookConfig)
            .with("url_changed", elsewhere)
            .with("secret_changed", other_secret)
            .with("content_type", after.content_type.name())
            .with("verifies_tls", after.verifies_tls)
            .write(unit)?;
    }
    if after.events != before.events {
        record(acting, after, Event::HookEvents)
            .with("events", after.events.clone())
            .with("events_were", before.events.clone())
            .write(unit)?;
    }
    if after.active != before.active {
        record(acting, after, Event::HookActive)
            .with("active", after.active)
            .write(unit)?;
    }
    Ok(())
}
