//! 'May I, and if not, why?', asked without doing.
//!
//! SECURITY: asked with a token it tells no more than the real request would; asked by the token's
//! creator, signed in, what that person may know.

use jeton_decide::{Check, Decision, Denial, Permit, Reason, Request, Verdict};
use jeton_domain::{Operation, TokenId};
use jeton_store::{ReadUnit, secrets, tokens};

use crate::app::App;
use crate::authenticate::{Authenticated, Known};
use crate::authorize::Acting;
use crate::call::{Call, Named};
use crate::error::AppError;
use crate::place;
use crate::refusal::{Fact, Refusal, words};

/// What would come of a request.
#[derive(Debug)]
pub struct Explanation {
    /// The operation that the request would be.
    pub operation: &'static Operation,
    /// It would be allowed.
    pub allowed: bool,
    /// With exactly what anybody sees, not by the credential.
    pub anonymous_view: bool,
    /// The refusal, if it would be refused.
    pub refusal: Option<Refusal>,
    /// Layer by layer, for somebody who may know.
    pub layers: Vec<LayerWord>,
}

/// One layer's say in words.
#[derive(Debug)]
pub struct LayerWord {
    /// The layer's stable word.
    pub layer: &'static str,
    /// It lets the request pass.
    pub passes: bool,
    /// The reason's code and sentence.
    pub reason: Option<Fact>,
}

/// Asks about a request with the credential that asks, or with one of the person's own tokens.
pub fn explain(
    app: &App,
    call: &Call,
    operation: &'static Operation,
    named: &Named,
    token: Option<TokenId>,
) -> Result<Explanation, AppError> {
    app.read(call, |unit, acting| {
        let asked = Call {
            operation,
            named: named.clone(),
            ..call.clone()
        };
        match token {
            None => plain(unit, acting, &asked),
            Some(id) => of_token(unit, acting, &asked, id),
        }
    })
}

fn plain(
    unit: &mut ReadUnit<'_>,
    acting: &Acting<'_>,
    asked: &Call,
) -> Result<Explanation, AppError> {
    let user = acting.known().map(|known| known.user);
    let place = place::load(unit, &asked.named, user, &acting.site)?;
    let decision = decision(acting, asked, &acting.who, &place);
    outcome(
        unit,
        acting,
        asked,
        &acting.who,
        &place,
        decision,
        Vec::new(),
    )
}

/// About one of the caller's own tokens: only by sign-in.
fn of_token(
    unit: &mut ReadUnit<'_>,
    acting: &Acting<'_>,
    asked: &Call,
    id: TokenId,
) -> Result<Explanation, AppError> {
    let asking = acting.known().ok_or(AppError::Missing("token"))?;
    if !asking.bearer.kind.is_sign_in() {
        return Err(AppError::Forbidden(
            "Asking about a token needs its creator's sign-in.".to_owned(),
        ));
    }
    let row = tokens::find(unit, id)?
        .filter(|row| row.creator == asking.user)
        .ok_or(AppError::Missing("token"))?;
    let secret = secrets::of_token(unit, row.id)?
        .into_iter()
        .next()
        .ok_or(AppError::Missing("token"))?;
    let who = App::stand_in(unit, row, secret)?.ok_or(AppError::Missing("token"))?;
    let place = place::load(unit, &asked.named, Some(asking.user), &acting.site)?;
    let decision = decision(acting, asked, &who, &place);
    let layers = match who.live(acting.now) {
        // What the person does not see either is not admitted to exist.
        Some(known) if visible(known, asked, acting, &place) => {
            layers(known, asked, acting, &place)
        }
        _ => Vec::new(),
    };
    outcome(unit, acting, asked, &who, &place, decision, layers)
}

fn decision(
    acting: &Acting<'_>,
    asked: &Call,
    who: &Authenticated,
    place: &place::Place,
) -> Decision {
    crate::authorize::ask(
        asked,
        acting.now,
        who,
        &place.target(),
        &acting.site,
        jeton_decide::Rates::default(),
        None,
    )
}

fn request<'a>(asked: &'a Call, acting: &Acting<'_>) -> Request<'a> {
    Request {
        operation: asked.operation,
        now: acting.now,
        address: asked.address,
        ref_change: None,
    }
}

fn checks(known: &Known, asked: &Call, acting: &Acting<'_>, place: &place::Place) -> Vec<Check> {
    let who = jeton_decide::Credential::Live(&known.bearer);
    let facts = jeton_decide::Facts {
        carrier: jeton_decide::Carrier::Fine,
        rates: jeton_decide::Rates::default(),
        credential: who,
        anonymous_allowed: acting.site.anonymous_allowed,
        target: place.target(),
    };
    jeton_decide::explain(&known.bearer, &request(asked, acting), &facts)
}

fn visible(known: &Known, asked: &Call, acting: &Acting<'_>, place: &place::Place) -> bool {
    !checks(known, asked, acting, place)
        .iter()
        .any(|check| check.verdict == Verdict::Refuses(Reason::NotVisible))
}

fn layers(
    known: &Known,
    asked: &Call,
    acting: &Acting<'_>,
    place: &place::Place,
) -> Vec<LayerWord> {
    checks(known, asked, acting, place)
        .into_iter()
        .map(|check| LayerWord {
            layer: check.layer.name(),
            passes: check.verdict == Verdict::Passes,
            reason: match check.verdict {
                Verdict::Passes => None,
                Verdict::Refuses(reason) => Some(Fact {
                    code: reason.code(),
                    sentence: words(&reason, asked, Some(known), place),
                }),
            },
        })
        .collect()
}

fn outcome(
    unit: &mut ReadUnit<'_>,
    acting: &Acting<'_>,
    asked: &Call,
    who: &Authenticated,
    place: &place::Place,
    decision: Decision,
    layers: Vec<LayerWord>,
) -> Result<Explanation, AppError> {
    let result: Result<Permit, Denial> = decision.permitted();
    let (anonymous_view, refusal) = match &result {
        Ok(permit) => (permit.view() == jeton_decide::View::Anonymous, None),
        Err(denial) => (
            false,
            Some(Refusal::new(
                acting.app, unit, asked, acting.now, who, place, *denial,
            )?),
        ),
    };
    Ok(Explanation {
        operation: asked.operation,
        allowed: result.is_ok(),
        anonymous_view,
        refusal,
        layers,
    })
}
