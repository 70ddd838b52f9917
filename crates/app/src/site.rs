//! The site's policy, and the names that were given up.

use jeton_domain::{Event, Login, Rule, SitePolicy};
use jeton_store::accounts::{Account, AccountKind};
use jeton_store::{Engine, ReadUnit, accounts, settings, tokens};
use serde_json::Value;

use crate::app::App;
use crate::authorize::Acting;
use crate::call::Call;
use crate::error::AppError;
use crate::organizations::{ask_of_oneself, keep_oneself_in, maximum_fault};
use crate::rates::RateState;
use crate::requests;
use crate::users::span;

const RESOURCE: &str = "SitePolicy";

/// The policy.
pub fn policy(app: &App, call: &Call) -> Result<SitePolicy, AppError> {
    app.read(call, |_, acting| Ok(acting.site.clone()))
}

/// Replaces the policy. It holds for every request from here on; no token is deleted.
pub fn put_policy(app: &App, call: &Call, policy: &SitePolicy) -> Result<SitePolicy, AppError> {
    put(app, call, policy, None)
}

/// The same for somebody who saw the policy as `seen`: if it is another now, nothing is changed.
pub fn put_policy_as_seen(
    app: &App,
    call: &Call,
    policy: &SitePolicy,
    seen: &SitePolicy,
) -> Result<SitePolicy, AppError> {
    put(app, call, policy, Some(seen))
}

fn put(
    app: &App,
    call: &Call,
    policy: &SitePolicy,
    seen: Option<&SitePolicy>,
) -> Result<SitePolicy, AppError> {
    check(policy)?;
    let text = |policy: &SitePolicy| {
        serde_json::to_value(policy)
            .map_err(|error| AppError::Data(format!("the site's policy: {error}")))
    };
    app.write(call, |unit, acting| {
        if seen.is_some_and(|seen| *seen != acting.site) {
            return Err(AppError::conflict(
                "policy_changed",
                "Somebody else changed the policy meanwhile; look again.",
            ));
        }
        if *policy == acting.site {
            return Ok(policy.clone());
        }
        let own = jeton_store::organizations::policies(unit)?;
        let only: Vec<_> = own.iter().map(|(_, policy)| policy.clone()).collect();
        acting.confirm_if(unit, policy.allows_more_than(&acting.site, &only))?;
        if policy.addresses != acting.site.addresses
            && let Rule::Force(addresses) = &policy.addresses
        {
            keep_oneself_in(acting, addresses, RESOURCE)?;
        }
        ask_of_oneself(
            acting,
            policy.two_factor_required == Rule::Force(true)
                && acting.site.two_factor_required != Rule::Force(true),
            RESOURCE,
        )?;
        let (old, new): (Value, Value) = (text(&acting.site)?, text(policy)?);
        settings::set(unit, "policy", &new.to_string())?;
        unit.feed(acting.now, "site.policy", jeton_store::FeedKey::Site)?;
        acting
            .record(Event::SitePolicyUpdate)
            .with("policy", new)
            .with("old_policy", old)
            .write(unit)?;
        for (id, own) in own {
            let (old, new) = (acting.site.over(&own), policy.over(&own));
            requests::approve_unneeded(unit, acting, id.as_organization(), &old, &new)?;
        }
        Ok(policy.clone())
    })
}

/// What could be written but not meant.
pub(crate) fn check(policy: &SitePolicy) -> Result<(), AppError> {
    for (field, rule) in [
        ("fine_grained_maximum", &policy.fine_grained_maximum),
        ("classic_maximum", &policy.classic_maximum),
        ("pending_maximum", &policy.pending_maximum),
    ] {
        if let Rule::Force(maximum) = rule
            && let Some(fault) = maximum_fault(*maximum)
        {
            return Err(AppError::invalid(RESOURCE, field, fault));
        }
    }
    Ok(())
}

/// Lets a name that was given up be taken again.
pub fn release_name(app: &App, call: &Call, login: &str) -> Result<(), AppError> {
    app.write(call, |unit, acting| {
        let login = may_release_name(unit, login)?;
        accounts::release_name(unit, &login)?;
        unit.feed(acting.now, "name.released", jeton_store::FeedKey::Site)?;
        acting
            .record(Event::NameRelease)
            .with("name", login.key())
            .write(unit)
    })
}

/// A name that was given up.
pub fn may_release_name(unit: &mut ReadUnit<'_>, login: &str) -> Result<Login, AppError> {
    let login = Login::parse(login).map_err(|_| AppError::Missing("name"))?;
    match accounts::freed_by(unit, &login)? {
        Some(_) => Ok(login),
        None => Err(AppError::Missing("name")),
    }
}

/// The site in numbers.
#[derive(Clone, Copy, Debug)]
pub struct Numbers {
    /// People.
    pub people: u64,
    /// Organizations.
    pub organizations: u64,
    /// Tokens that are neither revoked nor deleted.
    pub tokens: u64,
    /// Which database it is.
    pub engine: &'static str,
}

/// The site in numbers.
pub fn numbers(app: &App, call: &Call) -> Result<Numbers, AppError> {
    app.read(call, |unit, acting| {
        Ok(Numbers {
            people: accounts::count(unit, AccountKind::User)?.unsigned_abs(),
            organizations: accounts::count(unit, AccountKind::Organization)?.unsigned_abs(),
            tokens: tokens::count_all_living(unit)?.unsigned_abs(),
            engine: match acting.app.engine() {
                Engine::Sqlite => "SQLite",
                Engine::Postgres => "PostgreSQL",
            },
        })
    })
}

/// A page of the organizations, and how many there are.
pub fn organizations(
    app: &App,
    call: &Call,
    offset: u64,
    count: u32,
) -> Result<(Vec<Account>, u64), AppError> {
    app.read(call, |unit, _| {
        let kind = AccountKind::Organization;
        let page = accounts::page_at(unit, kind, span(offset), i64::from(count))?;
        Ok((page, accounts::count(unit, kind)?.unsigned_abs()))
    })
}

/// What is open to everybody and says nothing of anybody: counted and logged as every request is.
pub fn open(app: &App, call: &Call) -> Result<(), AppError> {
    app.read(call, |_, _| Ok(()))
}

/// The version of GitHub's server whose shapes are spoken: by it clients choose how to sign in, and receivers what to expect.
pub const SPOKEN: &str = "3.19.0";

/// What everybody may read; where the site closes anonymous access, whoever has a live credential.
pub fn readable(app: &App, call: &Call) -> Result<(), AppError> {
    app.read(call, |_, acting| acting.may_know_people())
}

/// What is left of the caller's limit in this hour: their own, or without a credential their address's.
/// Nothing where there is no limit.
pub fn rate_state(app: &App, call: &Call) -> Result<Option<RateState>, AppError> {
    let user = app.read(call, |_, acting| Ok(acting.known().map(|known| known.user)))?;
    Ok(app.rate_state_of(call, user))
}

/// Whether there is a limit to be seen.
pub fn may_see_rate_state(acting: &Acting<'_>) -> Result<(), AppError> {
    let user = acting.known().map(|known| known.user);
    match acting.app.rate_state_of(acting.call, user) {
        Some(_) => Ok(()),
        None => Err(AppError::Missing("limit")),
    }
}
