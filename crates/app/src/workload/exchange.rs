//! A token of a trusted issuer, exchanged for a job's (RFC 8693).

use std::collections::BTreeMap;

use jeton_domain::{Claims, Event, Job, JobOrigin, PackageSelection, Permissions, Scope};
use jeton_out::workload::{Unverified, Verified};
use jeton_store::workload::{self, IssuerRow, RuleRow};
use jeton_store::{WriteUnit, places, service_accounts};

use super::issuers::about;
use super::weigh::{Resource, Weighed, weigh};
use super::{asker, note};
use crate::app::App;
use crate::authorize::Acting;
use crate::call::Call;
use crate::error::AppError;
use crate::job_tokens::{self, Opened, Opening};
use crate::place;

/// Characters of what the log says of a refused token.
const SAID: usize = 1000;

/// What somebody brings.
#[derive(Clone, Copy, Debug)]
pub struct Exchange<'a> {
    /// The issuer's token.
    pub token: &'a str,
    /// The repository, as `owner/name` or by its address here.
    pub resource: &'a str,
    /// What the job asks for, as `contents:read packages:write`; nothing: all that the rule gives.
    pub scope: Option<&'a str>,
}

/// Why no job was opened, as far as whoever asks may know.
///
/// SECURITY: whoever brings a token that opens nothing hears neither which rules there are nor whether the repository is there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ExchangeRefusal {
    /// The resource is no repository's name.
    Target,
    /// The scope can't be read, and why.
    Scope(String),
    /// Nothing is left of what was asked for.
    Nothing,
    /// The token opens nothing there.
    Grant,
    /// The issuer's keys can't be had now.
    Unavailable,
}

impl ExchangeRefusal {
    /// The word of RFC 6749 and 8707.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Target => "invalid_target",
            Self::Scope(_) | Self::Nothing => "invalid_scope",
            Self::Grant => "invalid_grant",
            Self::Unavailable => "temporarily_unavailable",
        }
    }

    /// What it means, for people.
    pub fn description(&self) -> String {
        match self {
            Self::Target => "The resource is no repository, as in `owner/name`.".to_owned(),
            Self::Scope(why) => format!("The scope can't be taken: {why}."),
            Self::Nothing => {
                "Of what the scope asks for, a job may have nothing here.".to_owned()
            }
            Self::Grant => "The token opens no job for this repository. An owner of the organization finds out why with \
                `jeton workload simulate`, or on its page Workload identity."
                .to_owned(),
            Self::Unavailable => {
                "The issuer's keys can't be had now. Try again in half a minute.".to_owned()
            }
        }
    }
}

/// Exchanges a token for a job's. Each token opens one job.
pub fn exchange(
    app: &App,
    call: &Call,
    asked: &Exchange<'_>,
) -> Result<Result<Opened, ExchangeRefusal>, AppError> {
    app.may_exchange(call)?;
    let Some(resource) = Resource::parse(app, asked.resource) else {
        return refused(app, call, ExchangeRefusal::Target, "the resource is none");
    };
    let scope = match asked.scope.map(read_scope).transpose() {
        Ok(scope) => scope,
        Err(why) => return refused(app, call, ExchangeRefusal::Scope(why), "the scope is none"),
    };
    let grant = |why: &dyn std::fmt::Display| refused(app, call, ExchangeRefusal::Grant, why);
    let token = match Unverified::parse(asked.token) {
        Ok(token) => token,
        Err(fault) => return grant(&fault),
    };
    let issuer = app.store.read(|unit| {
        let organization = resource.organization(unit)?;
        Ok::<_, AppError>(match organization {
            Some(organization) => workload::issuer_by_url(unit, organization, token.issuer())?,
            None => None,
        })
    })?;
    let Some(issuer) = issuer else {
        return grant(&"no such issuer is trusted there");
    };
    let now = app.now();
    // Outside every unit: an issuer may be slow.
    let (keys, news) = asker(app)?.keys(&issuer.url, &token, now);
    note(app, &issuer, news.as_ref())?;
    let keys = match keys {
        Ok(keys) => keys,
        Err(why) => return refused(app, call, ExchangeRefusal::Unavailable, why),
    };
    let verified = match token.verify(&issuer.url, &keys, now) {
        Ok(verified) => verified,
        Err(fault) => return grant(&fault),
    };
    let outcome = app.write(call, |unit, acting| {
        open(unit, acting, &issuer, &verified, &resource, scope.as_ref())
    })?;
    if outcome.is_err() {
        app.count_exchange(call);
    }
    Ok(outcome)
}

/// Nothing is done; the decision is asked all the same, and the address counted.
fn refused<T>(
    app: &App,
    call: &Call,
    refusal: ExchangeRefusal,
    why: impl std::fmt::Display,
) -> Result<Result<T, ExchangeRefusal>, AppError> {
    app.permit(call)?;
    app.count_exchange(call);
    tracing::info!(%why, request = call.request_id, "a workload's token opens nothing");
    Ok(Err(refusal))
}

/// Reads `contents:read packages:write`.
fn read_scope(text: &str) -> Result<Permissions, String> {
    let mut pairs = Vec::new();
    for word in text.split_ascii_whitespace() {
        pairs.push(
            word.split_once(':')
                .ok_or("a permission is written `key:level`, as in `contents:read`")?,
        );
    }
    if pairs.is_empty() {
        return Err("it is empty".to_owned());
    }
    let read = Permissions::parse(pairs).map_err(|fault| {
        jeton_domain::plain(&fault.to_string())
            .chars()
            .take(200)
            .collect::<String>()
    })?;
    let stranger = read
        .iter()
        .map(|(key, _)| key)
        .find(|key| key.permission().scope != Scope::Repository);
    match stranger {
        Some(key) => Err(format!("`{}` is not about a repository", key.name())),
        None => Ok(read),
    }
}

/// Decides with what holds in this unit, uses the token up, and opens the job.
fn open(
    unit: &mut WriteUnit<'_>,
    acting: &Acting<'_>,
    found: &IssuerRow,
    verified: &Verified,
    resource: &Resource,
    scope: Option<&Permissions>,
) -> Result<Result<Opened, ExchangeRefusal>, AppError> {
    // It may have been deleted since.
    let Some(issuer) = workload::issuer(unit, found.organization, found.id)? else {
        return Ok(Err(ExchangeRefusal::Grant));
    };
    let refuse = |unit: &mut WriteUnit<'_>, refusal: ExchangeRefusal, why: &str| {
        log_refusal(unit, acting, &issuer, (verified, resource), why)?;
        Ok(Err(refusal))
    };
    if workload::was_used(unit, &verified.once)? {
        return refuse(
            unit,
            ExchangeRefusal::Grant,
            "the token opened a job before",
        );
    }
    let weighed = weigh(unit, &issuer, &verified.claims, resource)?;
    let met = weighed
        .iter()
        .find_map(|one| one.verdict.as_ref().ok().map(|job| (&one.row, job)));
    let Some((rule, job)) = met else {
        return refuse(unit, ExchangeRefusal::Grant, &reasons(&weighed));
    };
    let account = service_accounts::by_id(unit, issuer.opener.as_user())?
        .filter(|account| account.organization == issuer.organization)
        .filter(|account| account.state == "active");
    let Some(account) = account else {
        let why = format!("the service account `{}` may not act", issuer.opener_login);
        return refuse(unit, ExchangeRefusal::Grant, &why);
    };
    let Some(most) = rule.rule.gives(scope, job.fork) else {
        let why = format!(
            "the rule `{}` gives nothing of what is asked for",
            rule.name
        );
        return refuse(unit, ExchangeRefusal::Nothing, &why);
    };
    let Some(place) = places::repository_by_id(unit, job.repository)? else {
        return refuse(unit, ExchangeRefusal::Grant, "the repository is gone");
    };
    let repository = place::repository_of(unit, place, None, &acting.site)?;
    let Some(most) = job_tokens::left(unit, &repository, &most, job.fork)? else {
        let why = "jobs of this repository may have nothing of what is asked for";
        return refuse(unit, ExchangeRefusal::Nothing, why);
    };
    workload::use_once(unit, &verified.once, verified.over)?;
    let said = said(&verified.claims, rule);
    let opening = Opening {
        name: Some(rule.name.clone()),
        opener: account.id,
        origin: JobOrigin::Workload,
        reference: job.reference.clone(),
        environment: job.environment.clone(),
        asked: None,
        most: Some(most),
        packages: PackageSelection::ByRepository,
        length: rule.rule.length,
        last: jeton_domain::Expiry::Never,
        conditions: Vec::new(),
        with: None,
        fork: job.fork,
        claims: Some(written(&said)?),
    };
    let opened = job_tokens::add(unit, acting, &repository, &opening)?;
    log_exchange(unit, acting, &issuer, (rule, job), &said, &opened)?;
    Ok(Ok(opened))
}

/// What the log keeps of a token: whom it speaks of, which one it is, and what the rule looked at.
fn said(claims: &Claims, rule: &RuleRow) -> BTreeMap<String, String> {
    let looked_at = rule.rule.claims.keys().map(jeton_domain::ClaimName::as_str);
    claims.shown(["sub", "jti"].into_iter().chain(looked_at))
}

fn written(said: &BTreeMap<String, String>) -> Result<String, AppError> {
    serde_json::to_string(said).map_err(|error| AppError::Data(format!("claims: {error}")))
}

/// Why no rule was met: the first reason of each, as many as there is room for.
fn reasons(weighed: &[Weighed]) -> String {
    if weighed.is_empty() {
        return "the issuer has no rule".to_owned();
    }
    let all: Vec<String> = weighed
        .iter()
        .filter_map(|one| {
            let first = one.verdict.as_ref().err()?.first()?;
            Some(format!("rule `{}`: {first}", one.row.name))
        })
        .collect();
    all.join("; ")
}

fn log_exchange(
    unit: &mut WriteUnit<'_>,
    acting: &Acting<'_>,
    issuer: &IssuerRow,
    (rule, job): (&RuleRow, &Job),
    said: &BTreeMap<String, String>,
    opened: &Opened,
) -> Result<(), AppError> {
    let row = &opened.view.row;
    let organization = places::owner_by_id(unit, issuer.organization.into())?
        .ok_or(AppError::Missing("organization"))?;
    let record = about(acting.record(Event::WorkloadExchange), issuer)
        .organization(issuer.organization, &organization.login)
        .repository(job.repository, &opened.view.repository)
        .token(row.token, &row.name)
        .with("workload_rule_id", rule.id.get())
        .with("workload_rule", rule.name.as_str())
        .with("service_account", issuer.opener_login.as_str())
        .with("fork", job.fork)
        .with(
            "claims",
            said.iter()
                .map(|(name, text)| (name.clone(), text.clone().into()))
                .collect::<serde_json::Map<_, _>>(),
        );
    record.write(unit)
}

/// A token that is its issuer's and opens nothing: an entry, as long as there are not too many of one issuer's. Anybody who can have
/// a public issuer make a token can have one written.
fn log_refusal(
    unit: &mut WriteUnit<'_>,
    acting: &Acting<'_>,
    issuer: &IssuerRow,
    (verified, resource): (&Verified, &Resource),
    why: &str,
) -> Result<(), AppError> {
    tracing::info!(
        issuer = %issuer.url,
        why,
        request = acting.call.request_id,
        "a workload's token opens nothing"
    );
    if !acting.app.may_log_refusal(issuer.id) {
        return Ok(());
    }
    let organization = places::owner_by_id(unit, issuer.organization.into())?
        .ok_or(AppError::Missing("organization"))?;
    let subject = verified.claims.shown(["sub"]).remove("sub");
    about(acting.record(Event::WorkloadRefuse), issuer)
        .organization(issuer.organization, &organization.login)
        .with("resource", resource.full_name())
        .with("subject", subject)
        .with("reason", why.chars().take(SAID).collect::<String>())
        .write(unit)
}
