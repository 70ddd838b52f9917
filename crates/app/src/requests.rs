//! An organization's requests for access by token: list, show, approve, deny, one or many.

use jeton_domain::{
    Event, Life, OrganizationId, OrganizationPolicy, OrganizationRole, RequestId, Standing,
    is_plain,
};
use jeton_store::requests::RequestRow;
use jeton_store::tokens::TokenRow;

use jeton_store::{ReadUnit, WriteUnit, places, requests, tokens};

use crate::app::App;
use crate::authorize::Acting;
use crate::bulk::{listed, once};
use crate::call::Call;
use crate::difference::Difference;
use crate::error::AppError;
use crate::notices::{self, Notice};
use crate::repositories::{List, of_grant};
use crate::tokens::{TokenFilter, TokenView, lengthen, owner_login, refusal, view_of, views_of};
use crate::users::span;

/// The most requests in one review.
pub const MOST: usize = 100;
const LONGEST_REASON: usize = 1024;

/// A request with the token that asks.
#[derive(Clone, Debug)]
pub struct RequestView {
    /// The request.
    pub request: RequestRow,
    /// The token that asks.
    pub token: TokenView,
    /// What it asks for, against what it has while it waits.
    pub difference: Difference,
    /// While it waits: why the organization's policy would refuse the token, approved or not.
    pub refused: Option<String>,
    /// It waits, and somebody else than the caller has to decide.
    pub for_others: bool,
}

impl RequestView {
    fn new(
        unit: &mut ReadUnit<'_>,
        acting: &Acting<'_>,
        request: RequestRow,
        token: TokenView,
    ) -> Result<Self, AppError> {
        let waits = request.state == "pending";
        // What was approved since is no measure for what was asked then.
        let approved = token.row.approved.as_ref().filter(|_| waits);
        Ok(Self {
            difference: Difference::new(approved, &request.asked),
            refused: if waits {
                refusal(unit, acting, &token, request.lengthen)?
            } else {
                None
            },
            for_others: waits && !may_decide(acting, &request)?,
            request,
            token,
        })
    }
}

/// A reviewer's word on some requests.
#[derive(Clone, Debug)]
pub struct Review {
    /// Yes or no.
    pub approve: bool,
    /// Why; told to the creators.
    pub reason: String,
}

/// A page of the requests that wait, the newest first if not said otherwise, and how many there are.
pub fn pending_page(
    app: &App,
    call: &Call,
    filter: &TokenFilter,
    offset: u64,
    count: u32,
) -> Result<(Vec<RequestView>, u64), AppError> {
    app.read(call, |unit, acting| {
        let organization = acting.organization()?.id.as_organization();
        let filter = filter.ready(unit, acting)?;
        let (rows, total) =
            requests::pending_page(unit, organization, &filter, span(offset), i64::from(count))?;
        Ok((request_views(unit, acting, rows)?, total.unsigned_abs()))
    })
}

fn request_views(
    unit: &mut ReadUnit<'_>,
    acting: &Acting<'_>,
    rows: Vec<RequestRow>,
) -> Result<Vec<RequestView>, AppError> {
    let (mut asking, mut found) = (Vec::new(), Vec::new());
    for request in rows {
        if let Some(row) = tokens::find(unit, request.token)? {
            asking.push(row);
            found.push(request);
        }
    }
    let views = views_of(unit, acting, asking)?.into_iter().zip(found);
    views
        .map(|(token, request)| RequestView::new(unit, acting, request, token))
        .collect()
}

/// One request of the organization, decided or not.
pub fn show(app: &App, call: &Call, id: RequestId) -> Result<RequestView, AppError> {
    app.read(call, |unit, acting| {
        let request = by_id(unit, acting, id)?;
        // What was asked and decided is shown when the token is gone too.
        let row =
            tokens::find_also_deleted(unit, request.token)?.ok_or(AppError::Missing("token"))?;
        let token = view_of(unit, acting, row)?;
        RequestView::new(unit, acting, request, token)
    })
}

/// A page of the repositories that a request asks for, as far as the caller sees them.
pub fn repositories(
    app: &App,
    call: &Call,
    id: RequestId,
    offset: u64,
    count: u32,
) -> Result<List, AppError> {
    app.read(call, |unit, acting| {
        let grant = by_id(unit, acting, id)?.asked.grant;
        of_grant(unit, acting, &grant, offset, count)
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
        keep_to_others(acting, std::slice::from_ref(&request))?;
        Ok(request)
    } else {
        Err(not_pending())
    }
}

/// Decides one request.
pub fn review_one(app: &App, call: &Call, id: RequestId, review: &Review) -> Result<(), AppError> {
    check_reason(&review.reason)?;
    app.write(call, |unit, acting| {
        acting.confirm_if(unit, review.approve)?;
        let request = may_review(unit, acting, id)?;
        settle(unit, acting, &request, &Settling::Review(review))
    })
}

/// Decides requests, all of them or none: those that are not there, or do not wait any more, are named.
pub fn review(app: &App, call: &Call, ids: &[RequestId], review: &Review) -> Result<(), AppError> {
    if ids.len() > MOST {
        return Err(AppError::invalid(
            "Request",
            "pat_request_ids",
            format!("names more than {MOST} requests"),
        ));
    }
    check_reason(&review.reason)?;
    app.write(call, |unit, acting| {
        acting.confirm_if(unit, review.approve)?;
        let (mut waiting, mut decided, mut strangers) = (Vec::new(), Vec::new(), Vec::new());
        for id in once(ids) {
            match by_id(unit, acting, id) {
                Ok(request) if request.state == "pending" => waiting.push(request),
                Ok(_) => decided.push(id.get()),
                Err(AppError::Missing(_)) => strangers.push(id.get()),
                Err(error) => return Err(error),
            }
        }
        if !strangers.is_empty() {
            return Err(unknown(&strangers));
        }
        if !decided.is_empty() {
            return Err(AppError::conflict(
                "not_pending",
                format!(
                    "Not pending any more: {}. Nothing was decided.",
                    listed(&decided)
                ),
            ));
        }
        keep_to_others(acting, &waiting)?;
        waiting
            .iter()
            .try_for_each(|request| settle(unit, acting, request, &Settling::Review(review)))
    })
}

/// Numbers that name no request of the organization's.
pub fn unknown(numbers: &[i64]) -> AppError {
    AppError::strangers("Request", "pat_request_ids", numbers, "request")
}

/// SECURITY: nobody but an owner decides on their own request.
fn may_decide(acting: &Acting<'_>, request: &RequestRow) -> Result<bool, AppError> {
    let owns = acting.organization()?.membership == Some(OrganizationRole::Owner);
    Ok(owns || request.creator != acting.user()?)
}

fn keep_to_others(acting: &Acting<'_>, requests: &[RequestRow]) -> Result<(), AppError> {
    let mut own = Vec::new();
    for request in requests {
        if !may_decide(acting, request)? {
            own.push(format!("`{}`", request.token_name));
        }
    }
    if own.is_empty() {
        return Ok(());
    }
    Err(AppError::Forbidden(format!(
        "Your own request can't be decided by you: {}. Ask an owner of {} or another reviewer. Nothing was decided.",
        own.join(", "),
        acting.organization()?.login
    )))
}

fn check_reason(reason: &str) -> Result<(), AppError> {
    if reason.chars().nth(LONGEST_REASON).is_some() {
        return Err(AppError::invalid(
            "Request",
            "reason",
            format!("is longer than {LONGEST_REASON} characters"),
        ));
    }
    // It is read in terminals and in Git's output, by somebody else than its writer.
    if !is_plain(reason) {
        return Err(AppError::invalid(
            "Request",
            "reason",
            "holds a control or formatting character that is not shown",
        ));
    }
    Ok(())
}

/// By what a request is decided.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Settling<'a> {
    /// A reviewer's word.
    Review(&'a Review),
    /// A rule for approval, by its name.
    Rule(&'a str),
    /// The organization asks for approval no more.
    NoLongerNeeded,
}

impl Settling<'_> {
    fn approves(&self) -> bool {
        match self {
            Self::Review(review) => review.approve,
            Self::Rule(_) | Self::NoLongerNeeded => true,
        }
    }

    fn reason(&self) -> String {
        match self {
            Self::Review(review) => review.reason.clone(),
            Self::Rule(name) => format!("Approved by the rule `{name}`."),
            Self::NoLongerNeeded => notices::NO_LONGER_NEEDED.to_owned(),
        }
    }
}

/// Decides a request that waits.
pub(crate) fn settle(
    unit: &mut WriteUnit<'_>,
    acting: &Acting<'_>,
    request: &RequestRow,
    by: &Settling<'_>,
) -> Result<(), AppError> {
    let row = tokens::find(unit, request.token)?.ok_or(AppError::Missing("token"))?;
    let (approve, words) = (by.approves(), by.reason());
    let state = if approve { "approved" } else { "denied" };
    let person = match by {
        Settling::Review(_) => Some(acting.user()?),
        Settling::Rule(_) | Settling::NoLongerNeeded => None,
    };
    // INVARIANT: of two reviewers the one whose conditional update meets `pending` wins.
    requests::decide(unit, request.id, state, acting.now, person, &words).map_err(|error| {
        AppError::faster(error, "not_pending", "Somebody decided the request before.")
    })?;
    let reason = Some(words.as_str()).filter(|reason| !reason.is_empty());
    let mut lengthened = None;
    if approve {
        if matches!(row.life, Life::Revoked { .. }) {
            return Err(not_pending());
        }
        tokens::set_approved(unit, row.id, Some(&request.asked))?;
        let to = Standing::Active { since: acting.now };
        tokens::set_standing(unit, row.id, row.standing, to, acting.now, person, reason)?;
        if let Some(end) = request.lengthen
            && lengthen(unit, acting, &row, end)?
        {
            lengthened = Some(end);
        }
    } else if row.standing == Standing::Pending {
        let (from, to) = (Standing::Pending, Standing::Denied);
        tokens::set_standing(unit, row.id, from, to, acting.now, person, reason)?;
    }
    let (kind, event) = if approve {
        ("token.approved", Event::AccessGrant)
    } else {
        ("token.denied", Event::RequestDeny)
    };
    unit.feed(acting.now, kind, row.id)?;
    let (login, _) = owner_login(unit, &row)?;
    let mut record = acting
        .record(event)
        .token(row.id, &row.name)
        .creator(row.creator)
        .organization(request.organization, &login)
        .with("user_programmatic_access_request_id", request.id.get())
        .reaches(&request.asked.grant)
        .held(row.in_force())
        .with("reason", words.as_str())
        .newest_value(unit, row.id)?;
    match by {
        Settling::Review(_) => {}
        Settling::Rule(name) => record = record.with("automatic", true).with("rule", *name),
        Settling::NoLongerNeeded => record = record.with("automatic", true),
    }
    if let Some(end) = lengthened {
        record = record.with("token_expires_at", end.text());
    }
    record.write(unit)?;
    tell_creator(unit, acting, &row, login, by)
}

/// Who asked is told what was decided, and why.
fn tell_creator(
    unit: &mut WriteUnit<'_>,
    acting: &Acting<'_>,
    row: &TokenRow,
    organization: String,
    settling: &Settling<'_>,
) -> Result<(), AppError> {
    let by = match settling {
        Settling::Review(_) => acting.known().map(|known| known.login.clone()),
        Settling::Rule(_) | Settling::NoLongerNeeded => None,
    };
    let by = by.unwrap_or_default();
    let (id, token) = (row.id.get(), row.name.clone());
    let reason = match settling {
        Settling::Rule(name) => (*name).to_owned(),
        Settling::Review(_) | Settling::NoLongerNeeded => settling.reason(),
    };
    let notice = if settling.approves() {
        Notice::RequestApproved {
            organization,
            id,
            token,
            by,
            reason,
        }
    } else {
        Notice::RequestDenied {
            organization,
            id,
            token,
            by,
            reason,
            keeps: row.standing.grants(),
        }
    };
    notices::tell(unit, acting.app, acting.now, row.creator, &notice)
}

/// The requests of an organization that would need nobody under another policy: those of members, where it
/// asks for approval no more. What the new policy refuses waits on.
pub(crate) fn unneeded(
    unit: &mut ReadUnit<'_>,
    organization: OrganizationId,
    old: &OrganizationPolicy,
    new: &OrganizationPolicy,
) -> Result<Vec<RequestRow>, AppError> {
    if new.approval_required || !old.approval_required || !new.fine_grained_allowed {
        return Ok(Vec::new());
    }
    let mut rows = Vec::new();
    for row in requests::pending(unit, organization)? {
        let fits = row.asked.length.and(new.fine_grained_maximum) == row.asked.length;
        if fits && places::membership(unit, organization, row.creator)?.is_some() {
            rows.push(row);
        }
    }
    Ok(rows)
}

/// Grants what nobody has to be asked about any more.
pub(crate) fn approve_unneeded(
    unit: &mut WriteUnit<'_>,
    acting: &Acting<'_>,
    organization: OrganizationId,
    old: &OrganizationPolicy,
    new: &OrganizationPolicy,
) -> Result<(), AppError> {
    for row in unneeded(unit, organization, old, new)? {
        let found = tokens::find(unit, row.token)?;
        if found.is_some_and(|token| !matches!(token.life, Life::Revoked { .. })) {
            settle(unit, acting, &row, &Settling::NoLongerNeeded)?;
        }
    }
    Ok(())
}

fn not_pending() -> AppError {
    AppError::conflict("not_pending", "The request is not pending any more.")
}
