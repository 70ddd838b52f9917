//! Requests that waited too long are over: a token that waited with one may be asked for again.

use jeton_domain::{Event, Maximum, Span, Standing, Time};
use jeton_store::audit::AuditEntry;
use jeton_store::requests::RequestRow;
use jeton_store::{ReadUnit, WriteUnit, organizations, places, requests, secrets, tokens};
use serde_json::json;

use crate::app::App;
use crate::audit::log;
use crate::error::AppError;
use crate::hooks::raise::About;
use crate::notices::{self, Notice};
use crate::place::site_policy;

/// Requests of an organization that one round ends; the next round ends more.
const A_ROUND: i64 = 500;

impl App {
    /// Ends the requests that waited longer than their organization lets them.
    pub(crate) fn expire_requests(&self) -> Result<(), AppError> {
        let now = self.now();
        if self.store.read(|unit| overdue(unit, now))?.is_empty() {
            return Ok(());
        }
        let done = self.store.write(|unit| {
            // Read again where nobody can come between.
            for request in overdue(unit, now)? {
                self.expire(unit, &request, now)?;
            }
            Ok::<_, AppError>(())
        });
        self.settle();
        done
    }

    fn expire(
        &self,
        unit: &mut WriteUnit<'_>,
        request: &RequestRow,
        now: Time,
    ) -> Result<(), AppError> {
        requests::decide(unit, request.id, "expired", now, None, "")?;
        let found = tokens::find(unit, request.token)?;
        if let Some(token) = &found
            && token.standing == Standing::Pending
        {
            let (from, to) = (Standing::Pending, Standing::Cancelled);
            let why = Some("request_expired");
            tokens::set_standing(unit, token.id, from, to, now, None, why)?;
        }
        unit.feed(now, "token.request_expired", request.token)?;
        let owner = places::owner_by_id(unit, request.organization.into())?;
        let organization = owner.map_or_else(|| "ghost".to_owned(), |owner| owner.login);
        let entry = AuditEntry {
            event: Event::RequestExpire,
            operation: "requests.expire",
            at: now,
            actor: None,
            organization: Some(request.organization),
            user: Some(request.creator),
            token: Some(request.token),
            repository: None,
            data: json!({
                "org": organization,
                "user_programmatic_access_id": request.token.get(),
                "user_programmatic_access_name": request.token_name,
                "user_programmatic_access_request_id": request.id.get(),
            }),
            salt: self.random(),
        };
        log(self, unit, &entry, &About::default())?;
        // Whose token has ended was told so, and has nothing to ask for again.
        let values = secrets::of_token(unit, request.token)?;
        if found.is_none() || values.iter().all(|value| value.end().is_over_at(now)) {
            return Ok(());
        }
        let notice = Notice::RequestExpired {
            organization,
            id: request.token.get(),
            token: request.token_name.clone(),
        };
        notices::tell(unit, self, now, request.creator, &notice)
    }
}

/// What waits longer than the policy that holds where it was asked lets it.
fn overdue(unit: &mut ReadUnit<'_>, now: Time) -> Result<Vec<RequestRow>, AppError> {
    let site = site_policy(unit)?;
    let mut rows = Vec::new();
    // No policy ends what waits for less than a day.
    for organization in requests::waited_long(unit, now.before(Span::from_days(1)))? {
        let Some(row) = organizations::by_id(unit, organization)? else {
            continue;
        };
        if let Maximum::Days(days) = site.over(&row.policy).pending_maximum {
            let before = now.before(Span::from_days(days));
            rows.extend(requests::waiting_since(
                unit,
                organization,
                before,
                A_ROUND,
            )?);
        }
    }
    Ok(rows)
}
