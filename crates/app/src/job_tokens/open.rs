//! Opening a job: what it may do is settled once, and asked again at each use.

use std::collections::BTreeMap;

use jeton_decide::Principal;
use jeton_domain::{
    Conditions, CredentialKind, Event, Expiry, Grant, JobOrigin, LONGEST_JOB, PackageSelection,
    PermissionKey, Permissions, RepositoryId, Selection, Span, TokenId, TokenName, USUAL_JOB,
    UserId, reading,
};
use jeton_store::children::{self, Parent};
use jeton_store::job_tokens::{self, JobRow};
use jeton_store::tokens::TokenRow;
use jeton_store::{ReadUnit, WriteUnit, service_accounts, tokens};
use jeton_token::{Kind, Secret};
use serde::Deserialize;

use super::ceiling::allowed;
use super::list::{JobView, view_of};
use crate::app::App;
use crate::authenticate::{Known, Subject};
use crate::authorize::Acting;
use crate::call::Call;
use crate::error::{AppError, Faults};
use crate::place::Repository;
use crate::tokens::add_value;

const RESOURCE: &str = "Job";
/// Open jobs of one repository.
const MOST: i64 = 1_000;
const LONGEST_WORD: usize = 255;

/// A job as it is asked for.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NewJob {
    /// What it is called.
    #[serde(default)]
    pub name: Option<String>,
    /// The reference that it runs for.
    #[serde(default, rename = "ref")]
    pub reference: Option<String>,
    /// The environment that it runs for.
    #[serde(default)]
    pub environment: Option<String>,
    /// Levels by key; all that jobs may do there, if not said.
    #[serde(default)]
    pub permissions: Option<BTreeMap<String, String>>,
    /// Seconds.
    #[serde(default)]
    pub expires_in: Option<u32>,
    /// It runs what a fork brought.
    #[serde(default)]
    pub fork: bool,
}

/// A job just opened. Its token's value is shown once.
#[derive(Debug)]
pub struct Opened {
    /// The job.
    pub view: JobView,
    /// The value.
    pub secret: Secret,
}

/// A job that was asked for, by whatever way.
#[derive(Clone, Debug)]
pub(crate) struct Opening {
    /// What it is called.
    pub(crate) name: Option<String>,
    /// The account that it acts for.
    pub(crate) opener: UserId,
    /// How it came to be.
    pub(crate) origin: JobOrigin,
    /// The reference and the environment that it runs for.
    pub(crate) reference: Option<String>,
    pub(crate) environment: Option<String>,
    /// What it asks for; nothing: all that it may have.
    pub(crate) asked: Option<Permissions>,
    /// What whoever asks may have at most, besides what the repository's jobs may.
    pub(crate) most: Option<Permissions>,
    /// Which of the repository's packages it reaches.
    pub(crate) packages: PackageSelection,
    /// How long it lasts at most.
    pub(crate) length: Span,
    /// It ends then, whatever its length.
    pub(crate) last: Expiry,
    /// Under which conditions its token is used.
    pub(crate) conditions: Vec<Conditions>,
    /// What it was opened with, and ends with.
    pub(crate) with: Option<Parent>,
    /// It runs what a fork brought.
    pub(crate) fork: bool,
    /// What an identity provider said.
    pub(crate) claims: Option<String>,
}

/// Whether one job more may be opened. A job opens none: each ends with what it was opened with.
pub fn may_open(unit: &mut ReadUnit<'_>, acting: &Acting<'_>) -> Result<(), AppError> {
    if matches!(acting.permit.principal(), Some(Principal::Job { .. })) {
        return Err(AppError::Forbidden("A job opens no job.".to_owned()));
    }
    // SECURITY: a job is bound by one account's roles, and such a token by two.
    if acting.known().is_some_and(|known| known.within.is_some()) {
        return Err(AppError::Forbidden(
            "The token was handed over to a service account: let that one's token open jobs."
                .to_owned(),
        ));
    }
    room(unit, acting.repository()?.id, acting)
}

fn room(
    unit: &mut ReadUnit<'_>,
    repository: RepositoryId,
    acting: &Acting<'_>,
) -> Result<(), AppError> {
    if job_tokens::count_open(unit, repository, acting.now)? >= MOST {
        return Err(AppError::Forbidden(format!(
            "{MOST} jobs of this repository are open; end some first."
        )));
    }
    Ok(())
}

/// Opens a job for the caller.
///
/// SECURITY: a job that a token opens may do no more than that token, unless it is a registered CI system's: that one's
/// jobs may do what the organization lets jobs do.
pub fn open(app: &App, call: &Call, new: &NewJob) -> Result<Opened, AppError> {
    app.write(call, |unit, acting| {
        may_open(unit, acting)?;
        let known = acting.known().ok_or(AppError::Missing("credential"))?;
        let system =
            service_accounts::by_id(unit, known.user)?.is_some_and(|service| service.issues_jobs);
        let wish = read(new)?;
        let most = if system { None } else { narrowed(known) };
        let opening = Opening {
            opener: known.user,
            origin: if system {
                JobOrigin::System
            } else {
                JobOrigin::Person
            },
            most,
            packages: if system {
                PackageSelection::ByRepository
            } else {
                named(known)
            },
            last: known.expiry,
            conditions: conditions(known),
            with: Some(match known.subject {
                Subject::Token { token, secret, .. } => Parent::Token { token, secret },
                Subject::SignIn { id, .. } => Parent::SignIn(id),
            }),
            ..wish
        };
        let repository = acting.repository()?.clone();
        add(unit, acting, &repository, &opening)
    })
}

/// What a credential that opens a job lets it do at most; nothing, where it is not narrowed by permissions.
///
/// What scopes narrow has no permissions that a job could have less of, and opens none.
fn narrowed(known: &Known) -> Option<Permissions> {
    let grants = known.bearer.line().filter(|one| !one.kind.is_sign_in());
    grants
        .map(|one| match &one.token {
            Some(token) if !one.kind.has_scopes() => token.grant.permissions.clone(),
            _ => Permissions::none(),
        })
        .reduce(|held, next| held.and(&next))
}

/// Where a token names packages, what it opens reaches none but these.
fn named(known: &Known) -> PackageSelection {
    let tokens = known.bearer.line().filter_map(|one| one.token.as_ref());
    tokens
        .filter_map(|token| token.grant.packages.names().cloned())
        .reduce(|held, next| held.intersection(&next).cloned().collect())
        .into()
}

/// Where a token is bound to addresses, hours or references, so is what it opens.
fn conditions(known: &Known) -> Vec<Conditions> {
    let tokens = known.bearer.line().filter_map(|one| one.token.as_ref());
    tokens
        .flat_map(|token| token.grant.conditions.iter().cloned())
        .collect()
}

fn read(new: &NewJob) -> Result<Opening, AppError> {
    let mut faults = Faults::default();
    let name = match &new.name {
        Some(name) => faults
            .take(RESOURCE, "name", TokenName::parse(name))
            .map(|name| name.as_str().to_owned()),
        None => None,
    };
    for (field, word) in [("ref", &new.reference), ("environment", &new.environment)] {
        let well = word.as_ref().is_none_or(|word| {
            !word.is_empty()
                && word.chars().count() <= LONGEST_WORD
                && jeton_domain::is_plain(word)
                && !word.contains(['\n', '\t'])
        });
        if !well {
            let fault = format!("takes 1 to {LONGEST_WORD} characters that print");
            faults.add(RESOURCE, field, fault);
        }
    }
    let length = new
        .expires_in
        .map_or(USUAL_JOB, |seconds| Span::from_seconds(i64::from(seconds)));
    if length.seconds() < 1 || length > LONGEST_JOB {
        let fault = format!("takes 1 to {} seconds", LONGEST_JOB.seconds());
        faults.add(RESOURCE, "expires_in", fault);
    }
    let asked = match &new.permissions {
        Some(wish) => {
            let pairs = wish
                .iter()
                .map(|(key, level)| (key.as_str(), level.as_str()));
            match Permissions::parse(pairs) {
                Ok(asked) => Some(asked),
                Err(fault) => {
                    faults.push(fault.into());
                    None
                }
            }
        }
        None => None,
    };
    faults.check()?;
    Ok(Opening {
        name,
        // The caller says who and how.
        opener: UserId::FIRST,
        origin: JobOrigin::Person,
        reference: new.reference.clone(),
        environment: new.environment.clone(),
        asked,
        most: Some(Permissions::none()),
        packages: PackageSelection::ByRepository,
        length,
        last: Expiry::Never,
        conditions: Vec::new(),
        with: None,
        fork: new.fork,
        claims: None,
    })
}

/// Makes a job and its token: the least of what the site, the owner and the repository let jobs do, of what whoever asks
/// has, and of what is asked. What was asked for and can't be had is refused by name: a job that lacks what it needs
/// would fail in the middle.
pub(crate) fn add(
    unit: &mut WriteUnit<'_>,
    acting: &Acting<'_>,
    repository: &Repository,
    opening: &Opening,
) -> Result<Opened, AppError> {
    room(unit, repository.id, acting)?;
    let mut most = allowed(unit, repository.owner.id, repository.id)?;
    if let Some(own) = &opening.most {
        most = most.and(own);
    }
    if opening.fork {
        most = reading(&most);
    }
    let permissions = match &opening.asked {
        Some(asked) => {
            refuse_more(asked, &most, opening)?;
            asked.clone()
        }
        None => most,
    };
    let ends = acting.now.after(opening.length);
    let expiry = opening.last.earlier(Expiry::At(ends));
    let ends_at = expiry.moment().unwrap_or(ends);
    let id: TokenId = unit.allocate()?;
    let name = opening
        .name
        .clone()
        .unwrap_or_else(|| format!("job {id} of {}", repository.name))
        .chars()
        .take(40)
        .collect::<String>();
    let wanted = Grant {
        owner: repository.owner.id,
        selection: Selection::Only([repository.id].into()),
        packages: opening.packages.clone(),
        permissions: permissions.clone(),
        conditions: opening.conditions.clone(),
    };
    let by = (opening.opener, name);
    let row = TokenRow::new(id, CredentialKind::Job, by, wanted, acting.now);
    // A key of its own, which no person's token can have: theirs begin with no space.
    tokens::insert(unit, &row, &format!(" {id}"))?;
    let job = JobRow {
        token: id,
        name: row.name.clone(),
        opener: opening.opener,
        repository: repository.id,
        reference: opening.reference.clone(),
        environment: opening.environment.clone(),
        fork: opening.fork,
        origin: opening.origin,
        claims: opening.claims.clone(),
        permissions,
        opened_at: acting.now,
        ends_at,
        ended_at: None,
    };
    job_tokens::insert(unit, &job)?;
    if let Some(with) = opening.with {
        children::insert(unit, id, with, 1)?;
    }
    let secret = add_value(unit, acting, id, Kind::Short, expiry, None)?;
    unit.feed(acting.now, "token.created", id)?;
    let full_name = format!("{}/{}", repository.owner.login, repository.name);
    let mut record = acting
        .record(Event::JobOpen)
        .creator(opening.opener)
        .token(id, &row.name)
        .repository(repository.id, &full_name)
        .with("origin", opening.origin.name())
        .with("ref", opening.reference.clone())
        .with("environment", opening.environment.clone())
        .with("fork", opening.fork)
        .newest_value(unit, id)?;
    if repository.owner.organization {
        let organization = repository.owner.id.as_organization();
        record = record.organization(organization, &repository.owner.login);
    }
    record.write(unit)?;
    let view = view_of(unit, acting, job)?;
    Ok(Opened { view, secret })
}

/// What is left of these permissions for a job of a repository; nothing, where that is no more than seeing that it is there, and
/// more was meant.
pub(crate) fn left(
    unit: &mut ReadUnit<'_>,
    repository: &Repository,
    most: &Permissions,
    fork: bool,
) -> Result<Option<Permissions>, AppError> {
    let mut given = allowed(unit, repository.owner.id, repository.id)?.and(most);
    if fork {
        given = reading(&given);
    }
    let more = |held: &Permissions| held.iter().any(|(key, _)| key != PermissionKey::metadata());
    let meant = more(&given) || (!given.is_empty() && !more(most));
    Ok(meant.then_some(given))
}

fn refuse_more(asked: &Permissions, most: &Permissions, opening: &Opening) -> Result<(), AppError> {
    let mut faults = Faults::default();
    for more in asked.beyond(most) {
        let held = match (&opening.most, opening.fork) {
            (_, true) => "jobs of forks may have",
            (Some(own), false) if !own.cover(more.key, more.wanted) => {
                "whoever opens this job may have"
            }
            _ => "jobs of this repository may have",
        };
        faults.add(RESOURCE, "permissions", more.said(held));
    }
    faults.check()
}
