//! The decision, step by step, for somebody who may know: which layers would let it pass, and what
//! each of the others misses. Nothing is done.

use crate::facts::{Bearer, Facts, Request};
use crate::reason::{Layer, Reason};
use crate::steps;

/// What one layer says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// It would let the request pass.
    Passes,
    /// It would refuse.
    Refuses(Reason),
}

/// One layer and its say.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Check {
    /// Which layer.
    pub layer: Layer,
    /// What it says.
    pub verdict: Verdict,
}

/// Asks every layer that looks at a live credential, also those behind the first refusal, so that
/// a person can mend everything at once.
///
/// SECURITY: the answer tells that a hidden thing exists. It is for the token's creator signed in,
/// about things that this person sees; for anybody else the decision's own answer is all there is.
pub fn explain(bearer: &Bearer, request: &Request<'_>, facts: &Facts<'_>) -> Vec<Check> {
    let check = |layer, step: Result<(), Reason>| Check {
        layer,
        verdict: step.map_or_else(Verdict::Refuses, |()| Verdict::Passes),
    };
    vec![
        check(Layer::Suspension, steps::suspension(bearer)),
        check(Layer::Conditions, steps::conditions(bearer, request)),
        check(Layer::Kind, steps::kind(bearer, request.operation)),
        check(Layer::Visibility, steps::visible(bearer, facts)),
        check(
            Layer::Token,
            steps::reached(bearer, facts, request.operation),
        ),
        check(Layer::Policy, steps::policy(bearer, facts, request)),
        check(
            Layer::Permission,
            steps::permission(bearer, facts, request.operation),
        ),
        check(Layer::Role, steps::role(bearer, facts, request.operation)),
        check(Layer::Rule, steps::rules(bearer, request)),
    ]
}
