//! 'May I, and if not, why?', asked without doing.
//!
//! SECURITY: asked with a token it tells no more than the real request would; asked by the token's
//! creator, signed in, what that person may know.

use jeton_decide::{Check, Decision, Layer, Reason, Request, Verdict, View};
use jeton_domain::{Operation, TokenId};
use jeton_store::{ReadUnit, secrets, tokens};

use crate::app::{App, Resolved};
use crate::authenticate::{Authenticated, Known};
use crate::authorize::Acting;
use crate::call::Call;
use crate::error::AppError;
use crate::place::{self, Place};
use crate::refusal::{Fact, Refusal, words};

/// The layer of the rules that use cases have of their own.
pub const RULE: &str = Layer::Rule.name();

/// What would come of a request.
#[derive(Debug)]
pub struct Explanation {
    /// The operation that the request would be.
    pub operation: &'static Operation,
    /// With exactly what anybody sees, not by the credential.
    pub anonymous_view: bool,
    /// The path names the thing by a name that it had before, and the answer leads to the present one.
    pub moved: bool,
    /// The decision's refusal, if it would refuse.
    pub refusal: Option<Refusal>,
    /// What the use case itself would say against it, where the decision would let it pass.
    pub rule: Option<AppError>,
    /// Layer by layer, for somebody who may know.
    pub layers: Vec<LayerWord>,
}

impl Explanation {
    /// It would be allowed.
    pub fn allowed(&self) -> bool {
        self.refusal.is_none() && self.rule.is_none()
    }
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
    resolved: &Resolved,
    token: Option<TokenId>,
) -> Result<Explanation, AppError> {
    app.read(call, |unit, acting| {
        let asked = Call {
            operation: resolved.operation,
            named: resolved.named.clone(),
            door: resolved.door,
            // It is being explained already.
            asked: String::new(),
            ..call.clone()
        };
        let question = Question {
            acting,
            asked: &asked,
            resolved,
        };
        match token {
            None => {
                let user = acting.known().map(|known| known.user);
                let place = place::load(unit, &asked.named, user, &acting.site)?;
                question.outcome(unit, &acting.who, place, Vec::new())
            }
            Some(id) => question.of_token(unit, id),
        }
    })
}

/// A question on its way to the decision.
struct Question<'a> {
    acting: &'a Acting<'a>,
    asked: &'a Call,
    resolved: &'a Resolved,
}

impl Question<'_> {
    /// About one of the caller's own tokens: only by sign-in.
    fn of_token(&self, unit: &mut ReadUnit<'_>, id: TokenId) -> Result<Explanation, AppError> {
        let acting = self.acting;
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
        let place = place::load(unit, &self.asked.named, Some(asking.user), &acting.site)?;
        let layers = match who.live(acting.now) {
            // What the person does not see either is not admitted to exist.
            Some(known) if visible(known, self.asked, acting, &place) => {
                layers(known, self.asked, acting, &place)
            }
            _ => Vec::new(),
        };
        self.outcome(unit, &who, place, layers)
    }

    fn outcome(
        &self,
        unit: &mut ReadUnit<'_>,
        who: &Authenticated,
        place: Place,
        layers: Vec<LayerWord>,
    ) -> Result<Explanation, AppError> {
        let (acting, asked) = (self.acting, self.asked);
        let mut explanation = Explanation {
            operation: asked.operation,
            anonymous_view: false,
            moved: false,
            refusal: None,
            rule: None,
            layers,
        };
        match decision(acting, asked, who, &place).permitted() {
            Err(denial) => {
                let refusal =
                    Refusal::new(acting.app, unit, asked, acting.now, who, &place, denial)?;
                explanation.refusal = Some(refusal);
            }
            Ok(permit) => {
                explanation.anonymous_view = permit.view() == View::Anonymous;
                if place.by_present_name(asked.door).is_err() {
                    explanation.moved = true;
                    return Ok(explanation);
                }
                // SECURITY: the use case's own check under the permit that the request itself would
                // get, so it tells what the request would tell.
                let acting = acting.rehearsed(asked, permit, who.clone(), place);
                match (self.resolved.rule)(unit, &acting) {
                    Ok(()) => {}
                    Err(AppError::Moved { .. }) => explanation.moved = true,
                    Err(error @ (AppError::Store(_) | AppError::Data(_))) => return Err(error),
                    Err(error) => explanation.rule = Some(error),
                }
            }
        }
        Ok(explanation)
    }
}

fn decision(acting: &Acting<'_>, asked: &Call, who: &Authenticated, place: &Place) -> Decision {
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

fn checks(known: &Known, asked: &Call, acting: &Acting<'_>, place: &Place) -> Vec<Check> {
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

fn visible(known: &Known, asked: &Call, acting: &Acting<'_>, place: &Place) -> bool {
    !checks(known, asked, acting, place)
        .iter()
        .any(|check| check.verdict == Verdict::Refuses(Reason::NotVisible))
}

fn layers(known: &Known, asked: &Call, acting: &Acting<'_>, place: &Place) -> Vec<LayerWord> {
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
