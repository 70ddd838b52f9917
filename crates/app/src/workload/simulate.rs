//! Which rule a token would meet, and why not the others.

use jeton_domain::Permissions;
use jeton_out::workload::{Unverified, read_claims};
use jeton_store::workload::{self, IssuerRow};
use serde_json::{Map, Value};

use super::issuers::organization;
use super::weigh::{Resource, Weighed, weigh};
use super::{asker, note};
use crate::app::App;
use crate::call::Call;
use crate::error::AppError;

const RESOURCE: &str = "Simulation";

/// What an owner asks about.
#[derive(Clone, Copy, Debug)]
pub enum Asked<'a> {
    /// A token, whoever made it.
    Token(&'a str),
    /// What a token would say.
    Claims(&'a Map<String, Value>),
}

/// What holds of a token beside its claims; where something does not, why.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Checks {
    /// The issuer's keys were there.
    pub keys: Result<(), String>,
    /// One of them signed it.
    pub signature: Result<(), String>,
    /// It is good now.
    pub time: Result<(), String>,
    /// It was not used before.
    pub unused: Result<(), String>,
}

impl Checks {
    /// Whether all of them hold.
    pub fn hold(&self) -> bool {
        [&self.keys, &self.signature, &self.time, &self.unused]
            .iter()
            .all(|check| check.is_ok())
    }
}

/// What would come of a token.
#[derive(Clone, Debug)]
pub struct Simulation {
    /// Whom it says it comes from.
    pub says: String,
    /// The trusted issuer that this is; nothing else is looked at where it is none.
    pub issuer: Option<IssuerRow>,
    /// What holds of the token; nothing, where only claims were given.
    pub checks: Option<Checks>,
    /// Each rule with what it says, in the order in which they are tried.
    pub rules: Vec<Weighed>,
}

impl Simulation {
    /// The rule that the claims meet: the first.
    pub fn met(&self) -> Option<&Weighed> {
        self.rules.iter().find(|weighed| weighed.verdict.is_ok())
    }

    /// What the job would get that asks for all it can have.
    pub fn given(&self) -> Option<Permissions> {
        let met = self.met()?;
        let job = met.verdict.as_ref().ok()?;
        met.row.rule.gives(None, job.fork)
    }

    /// Whether a job would be opened.
    pub fn opens(&self) -> bool {
        self.given().is_some() && self.checks.as_ref().is_none_or(Checks::hold)
    }
}

/// Says what would come of a token or of claims, for a repository as `owner/name`. Uses nothing up.
pub fn simulate(
    app: &App,
    call: &Call,
    asked: Asked<'_>,
    repository: &str,
) -> Result<Simulation, AppError> {
    let invalid = |field, why: String| AppError::invalid(RESOURCE, field, why);
    let resource = Resource::parse(app, repository)
        .ok_or_else(|| invalid("repository", "is no `owner/name`".to_owned()))?;
    let token = match asked {
        Asked::Token(text) => {
            let read = Unverified::parse(text)
                .map_err(|fault| invalid("token", format!("can't be taken: {fault}")))?;
            Some(read)
        }
        Asked::Claims(_) => None,
    };
    let (says, claims) = match (asked, &token) {
        (Asked::Claims(claims), _) => {
            let says = claims.get("iss").and_then(Value::as_str);
            (says.unwrap_or_default(), read_claims(claims))
        }
        (Asked::Token(_), Some(token)) => (token.issuer(), token.claims()),
        (Asked::Token(_), None) => return Err(AppError::Missing("token")),
    };
    let issuer = app.read(call, |unit, acting| {
        Ok(workload::issuer_by_url(unit, organization(acting)?, says)?)
    })?;
    let Some(issuer) = issuer else {
        return Ok(Simulation {
            says: jeton_domain::plain(says).chars().take(200).collect(),
            issuer: None,
            checks: None,
            rules: Vec::new(),
        });
    };
    let checks = match &token {
        Some(token) => Some(check(app, &issuer, token)?),
        None => None,
    };
    let rules = app
        .store
        .read(|unit| weigh(unit, &issuer, &claims, &resource))?;
    Ok(Simulation {
        says: issuer.url.clone(),
        issuer: Some(issuer),
        checks,
        rules,
    })
}

fn check(app: &App, issuer: &IssuerRow, token: &Unverified<'_>) -> Result<Checks, AppError> {
    let now = app.now();
    let (keys, news) = asker(app)?.keys(&issuer.url, token, now);
    note(app, issuer, news.as_ref())?;
    let said = |fault: jeton_out::workload::TokenFault| fault.to_string();
    let verified = match &keys {
        Ok(keys) => token.verify(&issuer.url, keys, now).ok(),
        Err(_) => None,
    };
    let used = match &verified {
        Some(verified) => app
            .store
            .read(|unit| workload::was_used(unit, &verified.once))?,
        None => false,
    };
    Ok(Checks {
        signature: match &keys {
            Ok(keys) => token.check_signature(keys).map_err(said),
            Err(_) => Err("there is no key to hold it against".to_owned()),
        },
        keys: keys.map(drop),
        time: token.check_time(now).map_err(said),
        unused: if used {
            Err("it opened a job before".to_owned())
        } else {
            Ok(())
        },
    })
}
