//! An organization's requests for access by token: list, show, approve, deny, one or many.

use jeton_domain::{
    Access, Event, Kinds, Least, Level, Life, Operation, OrganizationRole, RequestId, Requirement,
    Standing, TargetKind,
};
use jeton_store::requests::RequestRow;

use jeton_store::{ReadUnit, WriteUnit, requests, tokens};

use crate::app::App;
use crate::authorize::Acting;
use crate::call::Call;
use crate::error::AppError;
use crate::tokens::{TokenView, lengthen, view_of};
use crate::users::span;

/// Approving adds power, so a sign-in must be confirmed; denying never asks. Which of the two a
/// review is, its body says.
pub static APPROVE: Operation = Operation {
    name: "requests.approve",
    sentence: "Approve requests of tokens for access to the organization.",
    target: TargetKind::Organization,
    access: Access::Write,
    reads_public: false,
    sets: &[&[Requirement::new(
        "organization_personal_access_token_requests",
        Level::Write,
    )]],
    least: Least::Organization(OrganizationRole::Owner),
    kinds: Kinds::SIGN_INS_AND_FINE_GRAINED,
    confirm: true,
    event: Some(Event::AccessGrant),
};

/// The most requests in one review.
pub const MOST: usize = 100;
const LONGEST_REASON: usize = 1024;

/// A request with the token that asks.
#[derive(Clone, Debug)]
pub struct RequestView {
    /// The request.
    pub request: RequestRow,
    /// The token.
    pub token: TokenView,
}

/// A reviewer's word on some requests.
#[derive(Clone, Debug)]
pub struct Review {
    /// Yes or no.
    pub approve: bool,
    /// Why; told to the creators.
    pub reason: String,
}

/// The requests that wait, newest first.
pub fn pending(app: &App, call: &Call) -> Result<Vec<RequestView>, AppError> {
    app.read(call, |unit, acting| {
        let organization = acting.organization()?.id.as_organization();
        let rows = requests::pending(unit, organization)?;
        views_of(unit, acting, rows)
    })
}

/// A page of them, and how many there are.
pub fn pending_page(
    app: &App,
    call: &Call,
    offset: u64,
    count: u32,
) -> Result<(Vec<RequestView>, u64), AppError> {
    app.read(call, |unit, acting| {
        let organization = acting.organization()?.id.as_organization();
        let (rows, total) =
            requests::pending_page(unit, organization, span(offset), i64::from(count))?;
        Ok((views_of(unit, acting, rows)?, total.unsigned_abs()))
    })
}

fn views_of(
    unit: &mut ReadUnit<'_>,
    acting: &Acting<'_>,
    rows: Vec<RequestRow>,
) -> Result<Vec<RequestView>, AppError> {
    let mut views = Vec::new();
    for request in rows {
        if let Some(row) = tokens::find(unit, request.token)? {
            views.push(RequestView {
                token: view_of(unit, row, acting.now)?,
                request,
            });
        }
    }
    Ok(views)
}

/// One request of the organization, decided or not.
pub fn show(app: &App, call: &Call, id: RequestId) -> Result<RequestView, AppError> {
    app.read(call, |unit, acting| {
        let request = by_id(unit, acting, id)?;
        let row = tokens::find(unit, request.token)?.ok_or(AppError::Missing("token"))?;
        Ok(RequestView {
            token: view_of(unit, row, acting.now)?,
            request,
        })
    })
}

/// A request of the organization, decided or not.
pub fn by_id(
    unit: &mut ReadUnit<'_>,
    acting: &Acting<'_>,
    id: RequestId,
) -> Result<RequestRow, AppError> {
    let organization = acting.organization()?.id.as_organization();
    requests::find(unit, organization, id)?.ok_or(AppError::Missing("request"))
}

/// A request of the organization that waits.
pub fn may_review(
    unit: &mut ReadUnit<'_>,
    acting: &Acting<'_>,
    id: RequestId,
) -> Result<RequestRow, AppError> {
    let request = by_id(unit, acting, id)?;
    if request.state == "pending" {
        Ok(request)
    } else {
        Err(not_pending())
    }
}

/// Decides requests, all of them or none.
pub fn review(app: &App, call: &Call, ids: &[RequestId], review: &Review) -> Result<(), AppError> {
    if ids.len() > MOST {
        return Err(AppError::invalid(
            "Request",
            "pat_request_ids",
            format!("names more than {MOST} requests"),
        ));
    }
    if review.reason.chars().nth(LONGEST_REASON).is_some() {
        return Err(AppError::invalid(
            "Request",
            "reason",
            format!("is longer than {LONGEST_REASON} characters"),
        ));
    }
    if review.reason.contains('\0') {
        return Err(AppError::invalid(
            "Request",
            "reason",
            "holds a character that no text may hold",
        ));
    }
    app.write(call, |unit, acting| {
        if review.approve {
            acting.require(unit, &APPROVE)?;
        }
        for id in ids {
            let request = may_review(unit, acting, *id)?;
            decide(unit, acting, &request, review)?;
        }
        Ok(())
    })
}

fn decide(
    unit: &mut WriteUnit<'_>,
    acting: &Acting<'_>,
    request: &RequestRow,
    review: &Review,
) -> Result<(), AppError> {
    let row = tokens::find(unit, request.token)?.ok_or(AppError::Missing("token"))?;
    let state = if review.approve { "approved" } else { "denied" };
    let by = acting.user()?;
    // INVARIANT: of two reviewers the one whose conditional update meets `pending` wins.
    requests::decide(
        unit,
        request.id,
        state,
        acting.now,
        Some(by),
        &review.reason,
    )
    .map_err(|error| {
        AppError::faster(error, "not_pending", "Somebody decided the request before.")
    })?;
    let reason = Some(review.reason.as_str()).filter(|reason| !reason.is_empty());
    let mut lengthened = None;
    if review.approve {
        if matches!(row.life, Life::Revoked { .. }) {
            return Err(not_pending());
        }
        tokens::set_approved(unit, row.id, Some(&request.asked))?;
        let active = Standing::Active { since: acting.now };
        tokens::set_standing(
            unit,
            row.id,
            row.standing,
            active,
            acting.now,
            Some(by),
            reason,
        )?;
        if let Some(end) = request.lengthen
            && lengthen(unit, acting, &row, end)?
        {
            lengthened = Some(end);
        }
    } else if row.standing == Standing::Pending {
        tokens::set_standing(
            unit,
            row.id,
            Standing::Pending,
            Standing::Denied,
            acting.now,
            Some(by),
            reason,
        )?;
    }
    unit.feed(
        acting.now,
        if review.approve {
            "token.approved"
        } else {
            "token.denied"
        },
        row.id,
    )?;
    let event = if review.approve {
        Event::AccessGrant
    } else {
        Event::RequestDeny
    };
    let mut record = acting
        .record(event)
        .token(row.id, &row.name)
        .creator(row.creator)
        .with("user_programmatic_access_request_id", request.id.get())
        .with("reason", review.reason.as_str());
    if let Some(end) = lengthened {
        record = record.with("token_expires_at", end.text());
    }
    record.write(unit)
}

fn not_pending() -> AppError {
    AppError::conflict("not_pending", "The request is not pending any more.")
}
