//! The order of the steps, and the floor.

use jeton_domain::{Access, Least};

use crate::facts::{Bearer, Carrier, Credential, Facts, Request, Target};
use crate::permit::{Permit, View};
use crate::reason::{Layer, Reason, Status};
use crate::{steps, view};

/// What came out.
#[derive(Clone, Debug)]
pub enum Decision {
    /// Yes, and the proof of it.
    Allow(Permit),
    /// No, and why.
    Deny(Denial),
}

/// A refusal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Denial {
    /// The first step that refused.
    pub reason: Reason,
    /// What it is answered with.
    ///
    /// SECURITY: with [`Status::NotFound`] the reason is for the log and for those who may know
    /// that the thing exists; the answer must be the same as for a thing that does not.
    pub status: Status,
}

impl Decision {
    /// The permit, or the refusal.
    pub fn permitted(self) -> Result<Permit, Denial> {
        match self {
            Self::Allow(permit) => Ok(permit),
            Self::Deny(denial) => Err(denial),
        }
    }
}

/// Decides one action on one resource.
pub fn decide(request: &Request<'_>, facts: &Facts<'_>) -> Decision {
    let live = match facts.credential {
        Credential::Live(bearer) => Some(bearer),
        Credential::None | Credential::Failed(_) => None,
    };
    match view_of(request, facts) {
        Ok(view) => Decision::Allow(Permit::new(
            request.operation,
            live.map(|b| b.principal),
            live.and_then(|b| b.token.as_ref()).map(|t| t.id),
            view,
            &facts.target,
            request.now,
        )),
        Err(reason) => Decision::Deny(Denial {
            reason,
            status: status(&reason, facts, live.is_some()),
        }),
    }
}

fn view_of(request: &Request<'_>, facts: &Facts<'_>) -> Result<View, Reason> {
    // 1
    if let Carrier::Faulty(fault) = facts.carrier {
        return Err(fault.into());
    }
    let bearer = match facts.credential {
        Credential::Live(bearer) => bearer,
        // 2: never delays a good credential.
        Credential::None | Credential::Failed(_) if facts.rates.address_exceeded => {
            return Err(Reason::AddressRate);
        }
        // 3: a credential that fails never becomes anonymous.
        Credential::Failed(failure) => return Err(failure.into()),
        Credential::None => return anonymous(request, facts),
    };
    // 4 to 7: about the credential alone; the floor does not lift them.
    steps::suspension(bearer)?;
    if facts.rates.principal_exceeded {
        return Err(Reason::PrincipalRate);
    }
    steps::conditions(bearer, request)?;
    steps::kind(bearer, request.operation)?;
    // 8 to 13, above the floor: a credential never sees less than nobody would.
    match guarded(bearer, request, facts) {
        Ok(()) => Ok(View::Principal),
        Err(_) if open_to_all(request, facts, true) => Ok(View::Anonymous),
        Err(reason) => Err(reason),
    }
}

/// 8 to 13.
fn guarded(bearer: &Bearer, request: &Request<'_>, facts: &Facts<'_>) -> Result<(), Reason> {
    steps::visible(bearer, facts)?;
    steps::reached(bearer, facts, request.operation)?;
    steps::policy(bearer, facts, request)?;
    steps::permission(bearer, facts, request.operation)?;
    steps::role(bearer, facts, request.operation)?;
    steps::rules(bearer, request)
}

fn anonymous(request: &Request<'_>, facts: &Facts<'_>) -> Result<View, Reason> {
    if open_to_all(request, facts, false) {
        Ok(View::Anonymous)
    } else if request.operation.reads_public && facts.anonymous_allowed {
        // Hidden and missing are one answer.
        Err(Reason::NotVisible)
    } else {
        Err(Reason::PersonNeeded)
    }
}

/// Whether a request without any credential may do this: an operation of the site that is anybody's
/// (signing in), or one that reads what nobody in particular may read, where this is such a thing.
fn open_to_all(request: &Request<'_>, facts: &Facts<'_>, live: bool) -> bool {
    let anybodys = request.operation.least == Least::Anyone && matches!(facts.target, Target::Site);
    let public = request.operation.reads_public
        && request.operation.access == Access::Read
        && view::anonymous_sees(facts, live);
    anybodys || public
}

/// 401, 403 and 404 by one table.
fn status(reason: &Reason, facts: &Facts<'_>, live: bool) -> Status {
    match reason {
        Reason::TwoCredentials | Reason::UndecodableBasic | Reason::TokenInUrl => {
            Status::BadRequest
        }
        Reason::UnknownScheme | Reason::MalformedToken => Status::Unauthorized,
        _ => match reason.layer() {
            Layer::Carrier => Status::BadRequest,
            Layer::Rate => Status::TooMany,
            Layer::Credential => Status::Unauthorized,
            // What the token does not reach is not there for it, unless anybody could see it.
            Layer::Token if view::anonymous_sees(facts, live) => Status::Forbidden,
            Layer::Visibility | Layer::Token => Status::NotFound,
            Layer::Suspension
            | Layer::Conditions
            | Layer::Kind
            | Layer::Policy
            | Layer::Permission
            | Layer::Role
            | Layer::Rule => Status::Forbidden,
        },
    }
}
