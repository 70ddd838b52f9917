//! Telling somebody: a row on their page and a job for the mail, in the unit of the change itself.

use jeton_domain::{OrganizationId, Span, Time, UserId};
use jeton_store::{
    JobId, ReadUnit, WriteUnit, jobs, memberships, notices, places, service_accounts,
};
use serde::{Deserialize, Serialize};

use super::kind::{Notice, Topic};
use crate::app::Inner;
use crate::error::AppError;
use crate::links::LinkCode;
use crate::seal::SealedIn;

/// The stored word of the jobs that send mail.
pub(super) const MAIL: &str = "mail";

/// How long the link of a letter that proves an address works.
pub(crate) const ADDRESS_LINK: Span = Span::from_hours(24);
/// How long the link of a letter that sets a new password works.
pub(crate) const RESET_LINK: Span = Span::from_hours(1);

/// When the digests of a day go out, in hours after midnight UTC.
const DIGEST_HOUR: i64 = 6;

/// What a mail job needs. What must not be read lies sealed beside it.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct MailJob {
    /// The person it is for, who must be active when it is sent.
    pub(super) user: Option<UserId>,
    /// The address, where it is not the person's verified one.
    pub(super) address: Option<String>,
    /// After this the letter is of no use.
    pub(super) until: Option<Time>,
    /// What happened.
    pub(super) notice: Notice,
}

impl MailJob {
    pub(super) fn new(
        user: Option<UserId>,
        address: Option<&str>,
        notice: &Notice,
        now: Time,
    ) -> Self {
        let until = match notice {
            Notice::AddressProof { .. } => Some(now.after(ADDRESS_LINK)),
            Notice::PasswordResetLink { .. } => Some(now.after(RESET_LINK)),
            Notice::OrganizationInvitation { until, .. }
            | Notice::RepositoryInvitation { until, .. } => Some(*until),
            Notice::TokenExpiring { at, .. } | Notice::ServiceTokenExpiring { at, .. } => Some(*at),
            _ => None,
        };
        Self {
            user,
            address: address.map(str::to_owned),
            until,
            notice: notice.clone(),
        }
    }
}

/// Tells a person, on their page and by mail.
pub(crate) fn tell(
    unit: &mut WriteUnit<'_>,
    app: &Inner,
    now: Time,
    user: UserId,
    notice: &Notice,
) -> Result<(), AppError> {
    tell_with(unit, app, now, user, notice, None)
}

/// Tells whoever keeps an account's tokens: the person, or the owners of the organization whose service account it is.
pub(crate) fn tell_keepers(
    unit: &mut WriteUnit<'_>,
    app: &Inner,
    now: Time,
    account: UserId,
    notice: &Notice,
) -> Result<(), AppError> {
    let Some(service) = service_accounts::by_id(unit, account)? else {
        return tell(unit, app, now, account, notice);
    };
    let owner = places::owner_by_id(unit, service.organization.into())?;
    let notice = owner.and_then(|owner| notice.of_service(&owner.login, &service.login));
    if let Some(notice) = notice {
        for owner in memberships::active_owners(unit, service.organization)? {
            tell(unit, app, now, owner, &notice)?;
        }
    }
    Ok(())
}

/// The same as [`tell`]; the link of the mail carries a code. The page shows none: who reads it is signed in.
pub(crate) fn tell_with(
    unit: &mut WriteUnit<'_>,
    app: &Inner,
    now: Time,
    user: UserId,
    notice: &Notice,
    code: Option<&LinkCode>,
) -> Result<(), AppError> {
    let (kind, facts) = stored(notice)?;
    let daily = notice.topic() == Topic::Requests && notices::wants_daily(unit, user)?;
    let digest_at = daily.then(|| next_digest(now));
    notices::insert(
        unit,
        &notices::NewNotice {
            user,
            topic: notice.topic().name(),
            kind: &kind,
            facts: &facts,
            now,
            digest_at,
        },
    )?;
    if daily {
        return Ok(());
    }
    let job = MailJob::new(Some(user), None, notice, now);
    write_job(unit, app, now, &job, code)
}

/// Writes a letter to an address, whoever reads it. `user`: whose matter it is, where somebody here is meant; they
/// must be active when it is sent.
pub(crate) fn write_to(
    unit: &mut WriteUnit<'_>,
    app: &Inner,
    now: Time,
    address: &str,
    user: Option<UserId>,
    notice: &Notice,
    code: Option<&LinkCode>,
) -> Result<(), AppError> {
    let job = MailJob::new(user, Some(address), notice, now);
    write_job(unit, app, now, &job, code)
}

/// Without a way to send mail nothing is queued: years of it would go out on the day that one is set up.
pub(super) fn write_job(
    unit: &mut WriteUnit<'_>,
    app: &Inner,
    now: Time,
    job: &MailJob,
    code: Option<&LinkCode>,
) -> Result<(), AppError> {
    if app.mailer.is_none() {
        return Ok(());
    }
    let payload = serde_json::to_string(job)
        .map_err(|error| AppError::Data(format!("a letter can't be written down: {error}")))?;
    let id: JobId = jobs::add(unit, MAIL, &payload, now)?;
    if let Some(code) = code {
        let number = jeton_domain::Id::get(id);
        let sealed = app.seal(SealedIn::Job, number, code.expose().as_bytes())?;
        jobs::keep_sealed(unit, id, &sealed)?;
    }
    Ok(())
}

fn stored(notice: &Notice) -> Result<(String, String), AppError> {
    notice
        .stored()
        .ok_or_else(|| AppError::Data("a notice can't be written down".to_owned()))
}

/// The next moment at which digests go out.
fn next_digest(now: Time) -> Time {
    const DAY: i64 = 24 * 3600;
    let today = now.seconds() - now.seconds() % DAY;
    let at = Time::from_seconds(today).after(Span::from_hours(DIGEST_HOUR));
    if at > now {
        at
    } else {
        at.after(Span::from_days(1))
    }
}

/// Who decides on an organization's requests.
pub(crate) fn reviewers(
    unit: &mut ReadUnit<'_>,
    organization: OrganizationId,
) -> Result<Vec<UserId>, AppError> {
    Ok(jeton_store::reviewers::deciders(unit, organization)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_digest_goes_out_at_the_next_six_o_clock() {
        for (now, at) in [
            ("2026-11-21T05:59:59Z", "2026-11-21T06:00:00Z"),
            ("2026-11-21T06:00:00Z", "2026-11-22T06:00:00Z"),
            ("2026-11-21T23:00:00Z", "2026-11-22T06:00:00Z"),
        ] {
            assert_eq!(next_digest(Time::parse_iso(now).unwrap()).iso(), at);
        }
    }
}
