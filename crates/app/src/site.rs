//! The site's policy, and the names that were given up.

use jeton_domain::{Event, Login, Rule, SitePolicy};
use jeton_store::{accounts, settings};
use serde_json::Value;

use crate::app::App;
use crate::call::Call;
use crate::error::AppError;
use crate::organizations::maximum_fault;

const RESOURCE: &str = "SitePolicy";

/// The policy.
pub fn policy(app: &App, call: &Call) -> Result<SitePolicy, AppError> {
    app.read(call, |_, acting| Ok(acting.site.clone()))
}

/// Replaces the policy. It holds for every request from here on; no token is deleted.
pub fn put_policy(app: &App, call: &Call, policy: &SitePolicy) -> Result<SitePolicy, AppError> {
    for (field, rule) in
        [("fine_grained_maximum", &policy.fine_grained_maximum), ("classic_maximum", &policy.classic_maximum)]
    {
        if let Rule::Force(maximum) = rule
            && let Some(fault) = maximum_fault(*maximum)
        {
            return Err(AppError::invalid(RESOURCE, field, fault));
        }
    }
    let text = |policy: &SitePolicy| {
        serde_json::to_value(policy).map_err(|error| AppError::Data(format!("the site's policy: {error}")))
    };
    app.write(call, |unit, acting| {
        let (old, new): (Value, Value) = (text(&acting.site)?, text(policy)?);
        settings::set(unit, "policy", &new.to_string())?;
        unit.feed(acting.now, "site.policy", jeton_store::FeedKey::Site)?;
        acting.record(Event::SitePolicyUpdate).with("policy", new).with("old_policy", old).write(unit)?;
        Ok(policy.clone())
    })
}

/// Lets a name that was given up be taken again.
pub fn release_name(app: &App, call: &Call, login: &str) -> Result<(), AppError> {
    app.write(call, |unit, acting| {
        let login = Login::parse(login).map_err(|_| AppError::Missing("name"))?;
        if accounts::freed_by(unit, &login)?.is_none() {
            return Err(AppError::Missing("name"));
        }
        accounts::release_name(unit, &login)?;
        unit.feed(acting.now, "name.released", jeton_store::FeedKey::Site)?;
        acting.record(Event::NameRelease).with("name", login.key()).write(unit)
    })
}
