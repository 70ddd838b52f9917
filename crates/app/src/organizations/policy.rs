//! An organization's policy for tokens: its own word, and what holds under the site's.

use jeton_domain::{Allowed, CredentialKind, Event, Maximum, OrganizationPolicy, Rule, SitePolicy};
use jeton_store::organizations::OrganizationRow;
use jeton_store::{ReadUnit, WriteUnit, organizations};
use serde_json::{Map, Value};

use super::RESOURCE;
use crate::app::App;
use crate::authorize::Acting;
use crate::call::Call;
use crate::error::{AppError, Faults};
use crate::requests;

/// A policy, seen from all sides.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PolicyView {
    /// The organization's own word.
    pub own: OrganizationPolicy,
    /// What holds.
    pub effective: OrganizationPolicy,
    /// Settings that the site decides.
    pub forced: Vec<&'static str>,
    /// Counts the changes.
    pub version: i64,
}

/// The policy.
pub fn policy(app: &App, call: &Call) -> Result<PolicyView, AppError> {
    app.read(call, view)
}

/// Changes the settings that are named. Where that ends the need for approval, the requests that waited for
/// one are granted with it. No token is deleted: one that the policy refuses now fails
/// with a sentence that says why.
pub fn patch_policy(
    app: &App,
    call: &Call,
    settings: &Map<String, Value>,
) -> Result<PolicyView, AppError> {
    patch(app, call, settings, None)
}

/// The same for somebody who saw the policy as version `seen`: if it is another now, nothing is changed.
pub fn patch_policy_as_seen(
    app: &App,
    call: &Call,
    settings: &Map<String, Value>,
    seen: i64,
) -> Result<PolicyView, AppError> {
    patch(app, call, settings, Some(seen))
}

fn patch(
    app: &App,
    call: &Call,
    settings: &Map<String, Value>,
    seen: Option<i64>,
) -> Result<PolicyView, AppError> {
    app.write(call, |unit, acting| {
        let owner = acting.organization()?;
        let id = owner.id.as_organization();
        let row = organizations::by_id(unit, id)?.ok_or(AppError::Missing("organization"))?;
        if seen.is_some_and(|seen| seen != row.policy_version) {
            return Err(AppError::conflict(
                "policy_changed",
                "Somebody else changed the policy meanwhile; look again.",
            ));
        }
        let new = overlay(&row.policy, settings)?;
        change(unit, acting, &row, &new)?;
        view(unit, acting)
    })
}

/// Puts another policy in the place of an organization's.
pub(super) fn change(
    unit: &mut WriteUnit<'_>,
    acting: &Acting<'_>,
    row: &OrganizationRow,
    new: &OrganizationPolicy,
) -> Result<(), AppError> {
    if *new == row.policy {
        return Ok(());
    }
    acting.confirm_if(unit, new.allows_more_than(&row.policy))?;
    keep_oneself_in(acting, &acting.site.over(new).addresses, RESOURCE)?;
    ask_of_oneself(
        acting,
        new.two_factor_required && !row.policy.two_factor_required,
        RESOURCE,
    )?;
    organizations::set_policy(unit, row.id, new, row.policy_version).map_err(|error| {
        AppError::faster(
            error,
            "policy_changed",
            "Somebody else changed the policy meanwhile; look again.",
        )
    })?;
    unit.feed(acting.now, "organization.policy", row.id)?;
    acting
        .record(Event::PolicyUpdate)
        .with("policy", as_map(new)?)
        .with("old_policy", as_map(&row.policy)?)
        .write(unit)?;
    log_settings(unit, acting, &row.policy, new)?;
    let (old, new) = (acting.site.over(&row.policy), acting.site.over(new));
    requests::approve_unneeded(unit, acting, row.id, &old, &new)
}

/// Beside the entry for the change as a whole, the names by which GitHub's log tells of single settings.
fn log_settings(
    unit: &mut WriteUnit<'_>,
    acting: &Acting<'_>,
    old: &OrganizationPolicy,
    new: &OrganizationPolicy,
) -> Result<(), AppError> {
    let fine_grained = CredentialKind::FineGrained.title();
    let classic = CredentialKind::Classic.title();
    for (kind, was, is) in [
        (
            fine_grained,
            old.fine_grained_allowed,
            new.fine_grained_allowed,
        ),
        (classic, old.classic_allowed, new.classic_allowed),
    ] {
        let event = if is {
            Event::RestrictionDisable
        } else {
            Event::RestrictionEnable
        };
        if was != is {
            acting.record(event).with(KIND, kind).write(unit)?;
        }
    }
    if old.two_factor_required != new.two_factor_required {
        let event = if new.two_factor_required {
            Event::TwoFactorRequire
        } else {
            Event::TwoFactorRequireNot
        };
        acting.record(event).write(unit)?;
    }
    if old.approval_required != new.approval_required {
        let event = if new.approval_required {
            Event::AutoApprovalDisable
        } else {
            Event::AutoApprovalEnable
        };
        acting.record(event).write(unit)?;
    }
    for (kind, was, is) in [
        (
            fine_grained,
            old.fine_grained_maximum,
            new.fine_grained_maximum,
        ),
        (classic, old.classic_maximum, new.classic_maximum),
    ] {
        if was == is {
            continue;
        }
        let record = match days(is) {
            Some(days) => acting
                .record(Event::LimitSet)
                .with("token_expiration", days)
                // An owner's own tokens are under it too.
                .with("exempt_administrators", false),
            None => acting.record(Event::LimitUnset),
        };
        record
            .with(KIND, kind)
            .with("old_token_expiration", days(was))
            .write(unit)?;
    }
    Ok(())
}

/// The field that says of which kind of token an entry speaks.
const KIND: &str = "token_type";

/// As the log says a maximum: in days, nothing where there is none.
fn days(maximum: Maximum) -> Option<u32> {
    match maximum {
        Maximum::Days(days) => Some(days),
        Maximum::Unlimited => None,
    }
}

/// SECURITY: whoever sets the rule for addresses must be within it, or nobody there could mend it.
pub(crate) fn keep_oneself_in(
    acting: &Acting<'_>,
    addresses: &Allowed,
    resource: &'static str,
) -> Result<(), AppError> {
    if addresses.allow(acting.call.address) {
        return Ok(());
    }
    Err(AppError::invalid(
        resource,
        "addresses",
        "leaves out the address that this request comes from: set it from one that it lets in",
    ))
}

/// SECURITY: whoever asks others for a second factor has one, or would be kept out by their own word.
/// `asks`: the change is what asks.
pub(crate) fn ask_of_oneself(
    acting: &Acting<'_>,
    asks: bool,
    resource: &'static str,
) -> Result<(), AppError> {
    let has = acting.known().is_some_and(|known| known.bearer.two_factor);
    if !asks || has {
        return Ok(());
    }
    Err(AppError::invalid(
        resource,
        "two_factor_required",
        "is asked of you too: add a passkey or an authenticator app to your own account first",
    ))
}

fn view(unit: &mut ReadUnit<'_>, acting: &Acting<'_>) -> Result<PolicyView, AppError> {
    let id = acting.organization()?.id.as_organization();
    let row = organizations::by_id(unit, id)?.ok_or(AppError::Missing("organization"))?;
    Ok(PolicyView {
        effective: acting.site.over(&row.policy),
        forced: forced(&acting.site),
        own: row.policy,
        version: row.policy_version,
    })
}

fn forced(site: &SitePolicy) -> Vec<&'static str> {
    fn is<T>(rule: &Rule<T>) -> bool {
        matches!(rule, Rule::Force(_))
    }
    [
        ("fine_grained_allowed", is(&site.fine_grained_allowed)),
        ("classic_allowed", is(&site.classic_allowed)),
        ("approval_required", is(&site.approval_required)),
        ("fine_grained_maximum", is(&site.fine_grained_maximum)),
        ("classic_maximum", is(&site.classic_maximum)),
        (
            "outside_collaborators_allowed",
            is(&site.outside_collaborators_allowed),
        ),
        (
            "members_create_repositories",
            is(&site.members_create_repositories),
        ),
        ("two_factor_required", is(&site.two_factor_required)),
        ("addresses", is(&site.addresses)),
        ("pending_maximum", is(&site.pending_maximum)),
    ]
    .into_iter()
    .filter_map(|(name, forced)| forced.then_some(name))
    .collect()
}

fn as_map(policy: &OrganizationPolicy) -> Result<Map<String, Value>, AppError> {
    match serde_json::to_value(policy) {
        Ok(Value::Object(map)) => Ok(map),
        _ => Err(AppError::Data(
            "a policy can't be written as JSON".to_owned(),
        )),
    }
}

/// The policy with the named settings changed, each fault beside its field.
pub(crate) fn overlay(
    own: &OrganizationPolicy,
    settings: &Map<String, Value>,
) -> Result<OrganizationPolicy, AppError> {
    let base = as_map(own)?;
    let (mut whole, mut faults) = (base.clone(), Faults::default());
    for (name, value) in settings {
        let Some((_, field)) = NAMES
            .iter()
            .map(|n| (n, *n))
            .find(|(n, _)| **n == name.as_str())
        else {
            let name: String = jeton_domain::plain(name).chars().take(80).collect();
            faults.add(
                RESOURCE,
                "body",
                format!("has `{name}`, which is no setting of a policy"),
            );
            continue;
        };
        let mut one = base.clone();
        one.insert(name.clone(), value.clone());
        match serde_json::from_value::<OrganizationPolicy>(Value::Object(one)) {
            Ok(_) => {
                whole.insert(name.clone(), value.clone());
            }
            Err(error) => faults.add(RESOURCE, field, jeton_domain::plain(&error.to_string())),
        }
    }
    let new = serde_json::from_value::<OrganizationPolicy>(Value::Object(whole))
        .unwrap_or_else(|_| own.clone());
    for (field, maximum) in [
        ("fine_grained_maximum", new.fine_grained_maximum),
        ("classic_maximum", new.classic_maximum),
        ("pending_maximum", new.pending_maximum),
    ] {
        if let Some(fault) = maximum_fault(maximum) {
            faults.add(RESOURCE, field, fault);
        }
    }
    faults.check()?;
    Ok(new)
}

/// What is wrong with a maximum that could be written but not meant.
pub(crate) fn maximum_fault(maximum: Maximum) -> Option<&'static str> {
    match maximum {
        Maximum::Days(0) => Some("needs at least one day"),
        Maximum::Days(days) if days > 36_525 => {
            Some("is more than a hundred years: choose `unlimited`")
        }
        Maximum::Days(_) | Maximum::Unlimited => None,
    }
}

/// The settings.
const NAMES: [&str; 10] = [
    "fine_grained_allowed",
    "classic_allowed",
    "approval_required",
    "fine_grained_maximum",
    "classic_maximum",
    "outside_collaborators_allowed",
    "members_create_repositories",
    "two_factor_required",
    "addresses",
    "pending_maximum",
];
