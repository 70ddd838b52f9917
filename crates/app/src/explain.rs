//! 'May I, and if not, why?', asked without doing.
//!
//! SECURITY: asked with a token it tells no more than the real request would; asked by the token's
//! creator, signed in, what that person may know.

use jeton_decide::{
    Bearer, CarrierFault, Check, Decision, Layer, Reason, RefChange, Request, Verdict, View,
};
use jeton_domain::{Conditions, CredentialKind, Operation, RefRules, Selection, TokenId};
use jeton_repo::hook::check_ref_name;
use jeton_store::tokens::TokenRow;
use jeton_store::{ReadUnit, secrets, tokens};

use crate::app::{App, Resolved};
use crate::authenticate::{Authenticated, Known};
use crate::authorize::Acting;
use crate::call::{Call, Carried};
use crate::error::AppError;
use crate::fix::fix_of;
use crate::place::Place;
use crate::place_within;
use crate::refusal::{Fact, Refusal, may_ask, words};
use crate::tokens::view_of;

/// The layer of the rules that use cases have of their own.
pub const RULE: &str = Layer::Rule.name();

/// The check of the conditions on refs, in the list of layers.
const REFS: &str = "refs";
/// The operation that writes refs by name.
const PUSH: &str = "git.push";
/// The most repositories that a command is written out with.
const MOST_NAMES: usize = 50;

/// What is asked beside the request's method and address.
#[derive(Clone, Copy, Debug, Default)]
pub struct About<'a> {
    /// One of the person's own tokens, instead of the credential that asks, or that one itself.
    pub token: Option<TokenId>,
    /// The ref that a push would write, by its full name.
    pub ref_name: Option<&'a str>,
    /// The address holds a token.
    pub token_in_url: bool,
}

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
    /// What it says where it lets the request pass.
    pub note: Option<String>,
}

/// Asks about a request with the credential that asks, or with one of the person's own tokens.
pub fn explain(
    app: &App,
    call: &Call,
    resolved: &Resolved,
    about: &About<'_>,
) -> Result<Explanation, AppError> {
    if let Some(name) = about.ref_name {
        check_ref(resolved, name)?;
    }
    app.read(call, |unit, acting| {
        let asked = Call {
            operation: resolved.operation,
            named: resolved.named.clone(),
            door: resolved.door,
            // It is being explained already.
            asked: String::new(),
            carried: if about.token_in_url {
                Carried::Faulty(CarrierFault::InUrl)
            } else {
                call.carried.clone()
            },
            ..call.clone()
        };
        let question = Question {
            acting,
            asked: &asked,
            resolved,
            change: about.ref_name.map(|name| RefChange {
                name,
                forced: false,
                deleted: false,
                workflows: false,
            }),
        };
        let oneself = acting.known().and_then(Known::token);
        match about.token.filter(|id| oneself != Some(*id)) {
            None => {
                let place =
                    place_within::load_for(unit, &asked.named, acting.known(), &acting.site)?;
                question.outcome(unit, &acting.who, place, Vec::new())
            }
            Some(id) => question.of_token(unit, id),
        }
    })
}

/// A ref that a push could name at all.
fn check_ref(resolved: &Resolved, name: &str) -> Result<(), AppError> {
    let invalid = |fault: String| Err(AppError::invalid("Explain", "ref", fault));
    if resolved.operation.name != PUSH {
        return invalid("goes with `push`".to_owned());
    }
    if !name.starts_with("refs/") {
        return invalid("is a whole name, as `refs/heads/main`".to_owned());
    }
    check_ref_name(name).or_else(|fault| invalid(format!("can't be pushed: {fault}")))
}

/// A question on its way to the decision.
struct Question<'a> {
    acting: &'a Acting<'a>,
    asked: &'a Call,
    resolved: &'a Resolved,
    change: Option<RefChange<'a>>,
}

impl Question<'_> {
    /// About one of the caller's own tokens, or of what was made with them: only by sign-in.
    fn of_token(&self, unit: &mut ReadUnit<'_>, id: TokenId) -> Result<Explanation, AppError> {
        let acting = self.acting;
        let asking = acting.known().ok_or(AppError::Missing("token"))?;
        if !asking.bearer.kind.is_sign_in() {
            return Err(AppError::Forbidden(
                "Asking about a token needs its creator's sign-in.".to_owned(),
            ));
        }
        let row = tokens::find(unit, id)?
            .filter(|row| row.creator == asking.user && row.kind != CredentialKind::OauthUser)
            .ok_or(AppError::Missing("token"))?;
        let secret = secrets::of_token(unit, row.id)?
            .into_iter()
            .next()
            .ok_or(AppError::Missing("token"))?;
        let who = App::stand_in(unit, row.clone(), secret)?.ok_or(AppError::Missing("token"))?;
        let known = who.known();
        let place = place_within::load_for(unit, &self.asked.named, known, &acting.site)?;
        let known = who.live(acting.now).filter(|known| {
            // What the person does not see either is not admitted to exist.
            self.checks(known, &place)
                .iter()
                .all(|check| check.verdict != Verdict::Refuses(Reason::NotVisible))
        });
        // A token in the address is refused before anything else is looked at.
        let Some(known) = known.filter(|_| !self.in_url()) else {
            return self.outcome(unit, &who, place, Vec::new());
        };
        let layers = self.layers(known, &place);
        let mut explanation = self.outcome(unit, &who, place.clone(), layers)?;
        if let Some(refusal) = &mut explanation.refusal {
            let reason = refusal.denial.reason;
            if refusal.missing.is_none() {
                refusal.missing = Some(words(&reason, self.asked, Some(known), &place));
                let may_ask = may_ask(unit, known, &acting.site)?;
                refusal.fix = fix_of(acting.app, &reason, known, &place, may_ask);
            }
            if reason == Reason::NotSelected {
                refusal.fix.command = self.selecting(unit, row, &place)?;
            }
        }
        Ok(explanation)
    }

    fn in_url(&self) -> bool {
        matches!(self.asked.carried, Carried::Faulty(CarrierFault::InUrl))
    }

    /// The edit that selects the repository beside those that the token wants already.
    fn selecting(
        &self,
        unit: &mut ReadUnit<'_>,
        row: TokenRow,
        place: &Place,
    ) -> Result<Option<String>, AppError> {
        let Place::Repository(repository) = place else {
            return Ok(None);
        };
        let id = row.id.get();
        if row.wanted.selection.covers(repository.id) {
            // It waits for its owner's word, or was denied it.
            return Ok(Some(format!("jeton token show {id}")));
        }
        let view = view_of(unit, self.acting, row)?;
        // The edit says all that is selected: what its creator does not see now would fall out of it.
        if view.unnamed(&view.row.wanted.selection) > 0 {
            return Ok(Some(format!("jeton token show {id}")));
        }
        let mut names = match &view.row.wanted.selection {
            Selection::Only(_) => view.repositories(&view.row.wanted.selection),
            Selection::Public | Selection::All => Vec::new(),
        };
        if names.len() >= MOST_NAMES {
            return Ok(None);
        }
        names.push(repository.name.clone());
        let words: Vec<String> = names
            .iter()
            .map(|name| {
                let name = name
                    .rsplit_once('/')
                    .map_or(name.as_str(), |(_, name)| name);
                format!("-r {name}")
            })
            .collect();
        Ok(Some(format!("jeton token edit {id} {}", words.join(" "))))
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
        // What is so by the credential alone: the same for what is hidden and what is missing.
        if let Some(known) = who.live(acting.now).filter(|_| !self.in_url()) {
            let layers = &mut explanation.layers;
            if layers.is_empty() {
                // To the token itself, which could not ask where they don't hold.
                layers.extend(bounds(&known.bearer).map(|note| LayerWord {
                    layer: Layer::Conditions.name(),
                    passes: true,
                    reason: None,
                    note: Some(note),
                }));
            }
            if asked.operation.name == PUSH {
                layers.extend(self.of_refs(&known.bearer));
            }
        }
        match self.decision(who, &place).permitted() {
            Err(denial) if self.in_url() => {
                explanation.refusal = Some(Refusal::of_nobody(asked, &place, denial));
            }
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
                    Err(
                        error @ (AppError::Store(_) | AppError::Data(_) | AppError::DataFull(_)),
                    ) => return Err(error),
                    Err(error) => explanation.rule = Some(error),
                }
            }
        }
        Ok(explanation)
    }

    fn decision(&self, who: &Authenticated, place: &Place) -> Decision {
        crate::authorize::ask(
            self.asked,
            self.acting.now,
            who,
            &place.target(),
            &self.acting.site,
            jeton_decide::Rates::default(),
            self.change,
        )
    }

    fn checks(&self, known: &Known, place: &Place) -> Vec<Check> {
        let facts = jeton_decide::Facts {
            carrier: jeton_decide::Carrier::Fine,
            rates: jeton_decide::Rates::default(),
            credential: jeton_decide::Credential::Live(&known.bearer),
            anonymous_allowed: self.acting.site.anonymous_allowed,
            target: place.target(),
        };
        let request = Request {
            operation: self.asked.operation,
            now: self.acting.now,
            address: self.asked.address,
            ref_change: self.change,
        };
        jeton_decide::explain(&known.bearer, &request, &facts)
    }

    fn layers(&self, known: &Known, place: &Place) -> Vec<LayerWord> {
        self.checks(known, place)
            .into_iter()
            .map(|check| LayerWord {
                layer: check.layer.name(),
                passes: check.verdict == Verdict::Passes,
                reason: match check.verdict {
                    Verdict::Passes => None,
                    Verdict::Refuses(reason) => Some(Fact {
                        code: reason.code(),
                        sentence: words(&reason, self.asked, Some(known), place),
                    }),
                },
                note: match check.layer {
                    Layer::Conditions => bounds(&known.bearer),
                    _ => None,
                },
            })
            .collect()
    }

    /// Which refs the token writes, whether one was named or not: a push learns it ref by ref.
    fn of_refs(&self, bearer: &Bearer) -> Option<LayerWord> {
        let sets = || conditions_of(bearer);
        let rules: Vec<String> = sets().filter_map(|set| in_words(&set.refs)).collect();
        if rules.is_empty() {
            return None;
        }
        let passes = self.change.is_none_or(|change| {
            sets().all(|set| set.check_ref(change.name, false, false).is_ok())
        });
        let told = format!("The token {}.", rules.join("; and "));
        let (reason, note) = if passes {
            (None, Some(told))
        } else {
            let code = Reason::RefForbidden.code();
            let sentence = told;
            (Some(Fact { code, sentence }), None)
        };
        Some(LayerWord {
            layer: REFS,
            passes,
            reason,
            note,
        })
    }
}

/// The conditions of a token, and of all that it was made from: each of them holds.
fn conditions_of(bearer: &Bearer) -> impl Iterator<Item = &Conditions> {
    let tokens = bearer.line().filter_map(|one| one.token.as_ref());
    tokens.flat_map(|token| &token.grant.conditions)
}

/// From where and when a token works.
fn bounds(bearer: &Bearer) -> Option<String> {
    let lines: Vec<String> = conditions_of(bearer)
        .flat_map(|set| {
            let of_requests = Conditions {
                refs: RefRules::Unrestricted,
                ..set.clone()
            };
            of_requests.phrases()
        })
        .collect();
    (!lines.is_empty()).then(|| format!("The token works {}.", lines.join("; and ")))
}

/// Conditions on refs in words.
fn in_words(rules: &RefRules) -> Option<String> {
    let RefRules::Only {
        patterns,
        no_force,
        no_delete,
    } = rules
    else {
        return None;
    };
    let patterns: Vec<String> = patterns
        .iter()
        .map(|pattern| format!("`{}`", pattern.as_str()))
        .collect();
    let mut words = format!("writes only {}", patterns.join(" or "));
    for (holds, word) in [(no_force, ", no force"), (no_delete, ", no deletion")] {
        if *holds {
            words.push_str(word);
        }
    }
    Some(words)
}
