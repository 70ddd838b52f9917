//! What a webhook is told to do: where it sends, in which form, signed with what.

use jeton_domain::{ALL_HOOK_EVENTS, hears};
use jeton_store::hooks::{HookContentType, HookOwner, HookRow};
use jeton_store::{ReadUnit, hooks};
use zeroize::Zeroizing;

use super::{RESOURCE, url};
use crate::app::Inner;
use crate::error::{AppError, FieldFault};
use crate::seal::SealedIn;

/// What stands for a secret wherever a webhook is shown. Sent back, it leaves the secret as it is.
pub const HIDDEN: &str = "********";
/// Bytes of a secret.
pub const LONGEST_SECRET: usize = 1024;
/// Webhooks of one owner that hear of the same thing.
const MOST: usize = 20;

/// What deliveries are signed with, as typed. Never shown, and stored sealed.
#[derive(Clone, PartialEq, Eq)]
pub struct HookSecret(Zeroizing<String>);

impl std::fmt::Debug for HookSecret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("HookSecret(…)")
    }
}

impl HookSecret {
    /// Takes what was typed.
    pub fn new(typed: impl Into<String>) -> Self {
        Self(Zeroizing::new(typed.into()))
    }
}

/// What is said of where deliveries go, and how. What is not said is left open.
#[derive(Clone, Debug, Default)]
pub struct HookConfig {
    /// Where.
    pub url: Option<String>,
    /// In which form.
    pub content_type: Option<HookContentType>,
    /// Signed with what. Empty: not signed; [`HIDDEN`]: as before.
    pub secret: Option<HookSecret>,
    /// Whether the receiver's certificate must hold.
    pub verifies_tls: Option<bool>,
}

impl HookConfig {
    /// Puts what is said into a row. True if there is another secret, or none any more.
    pub(super) fn put(&self, app: &Inner, row: &mut HookRow) -> Result<bool, AppError> {
        if let Some(url) = &self.url {
            row.url.clone_from(url);
        }
        if let Some(content_type) = self.content_type {
            row.content_type = content_type;
        }
        if let Some(verifies_tls) = self.verifies_tls {
            row.verifies_tls = verifies_tls;
        }
        let Some(HookSecret(secret)) = &self.secret else {
            return Ok(false);
        };
        if secret.as_str() == HIDDEN {
            return Ok(false);
        }
        if secret.len() > LONGEST_SECRET {
            return Err(AppError::invalid(
                RESOURCE,
                "config.secret",
                format!("takes at most {LONGEST_SECRET} bytes"),
            ));
        }
        let had_one = row.secret.is_some();
        row.secret = if secret.is_empty() {
            None
        } else {
            Some(app.seal(SealedIn::HookSecret, row.id.get(), secret.as_bytes())?)
        };
        Ok(had_one || row.secret.is_some())
    }
}

/// Whether a webhook may be so, beside the others of its owner.
pub(super) fn check(app: &Inner, unit: &mut ReadUnit<'_>, row: &HookRow) -> Result<(), AppError> {
    AppError::together([
        url::check(app, &row.url).map(drop).map_err(in_config),
        beside_others(unit, row),
    ])
}

/// The address is a field inside `config`.
fn in_config(error: AppError) -> AppError {
    let AppError::Invalid(mut faults) = error else {
        return error;
    };
    for fault in faults.iter_mut().filter(|fault| fault.field == "url") {
        fault.field = "config.url".into();
        fault.message = fault.message.replacen("`url`", "`config.url`", 1);
    }
    AppError::Invalid(faults)
}

fn beside_others(unit: &mut ReadUnit<'_>, row: &HookRow) -> Result<(), AppError> {
    let mut others = hooks::of_owner(unit, row.owner)?;
    others.retain(|other| other.id != row.id);
    let fault = |field: &'static str, message: String| {
        Err(AppError::Invalid(vec![FieldFault {
            resource: RESOURCE,
            field: field.into(),
            code: "custom",
            message,
        }]))
    };
    let twin = others.iter().any(|other| {
        other.url == row.url
            && other.content_type == row.content_type
            && overlap(&other.events, &row.events)
    });
    if twin {
        let there = match row.owner {
            HookOwner::Organization(_) => "organization",
            HookOwner::Repository(_) => "repository",
        };
        return fault("config", format!("Hook already exists on this {there}"));
    }
    match crowded(&others, &row.events) {
        Some(event) => fault(
            "events",
            format!("The \"{event}\" event cannot have more than {MOST} hooks"),
        ),
        None => Ok(()),
    }
}

/// Whether somebody would be told of the same thing twice.
fn overlap(some: &[String], others: &[String]) -> bool {
    some.iter().any(|event| hears(others, event)) || others.iter().any(|event| hears(some, event))
}

/// An event that too many hear of already for one more.
fn crowded<'a>(others: &'a [HookRow], events: &'a [String]) -> Option<&'a String> {
    let all = events.iter().any(|event| event == ALL_HOOK_EVENTS);
    let theirs = others.iter().flat_map(|other| &other.events);
    events.iter().chain(theirs.filter(|_| all)).find(|event| {
        let hearing = others.iter().filter(|other| hears(&other.events, event));
        hearing.count() >= MOST
    })
}
