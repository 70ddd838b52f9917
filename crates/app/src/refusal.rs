//! A refusal in words. The same structured reason feeds the answer, the log and `explain`.
//!
//! SECURITY: three kinds of words, kept apart. What concerns the credential alone may stand on every
//! answer. What concerns the thing may stand only where the answer admits that the thing exists.
//! On a 404 only the first kind is said, so that its bytes are the same for hidden and missing.

use std::net::IpAddr;

use jeton_decide::{Bearer, Denial, Failure, Layer, Reason, Status, TokenFacts};
use jeton_domain::{
    Clean, CredentialKind, Event, Maximum, Operation, Requirement, Selection, SitePolicy, Time,
    WithdrawReason, counted,
};
use jeton_store::requests::RequestRow;
use jeton_store::tokens::TokenRow;
use jeton_store::{ReadUnit, StoreError, places, tokens};
use serde_json::{Map, Value, json};

use crate::app::App;
use crate::authenticate::{Authenticated, Known, Subject};
use crate::call::{Call, Door};
use crate::fix::{Fix, fix, is_forced};
use crate::place::{Owner, Place, owner_of, site_policy};
use crate::tokens::{denied, wants_more};

/// A refusal with what may be said of it.
#[derive(Clone, Debug)]
pub struct Refusal {
    /// The decision's word.
    pub denial: Denial,
    /// The operation that was asked for.
    pub operation: &'static str,
    /// Alternative permission sets that would do, for the header.
    pub accepted: &'static [&'static [Requirement]],
    /// Facts about the credential alone: they depend on token and owner, never on the thing named.
    pub facts: Vec<Fact>,
    /// What exactly is missing, in a sentence. Not for a 404.
    pub missing: Option<String>,
    /// What mends it. On a 404 it hangs on the credential alone.
    pub fix: Fix,
    /// The matched credential's own end, if a stored digest matched: `expired`, `revoked`, `retired`.
    pub ended: Option<&'static str>,
    /// A live or once live credential came.
    pub presented: bool,
}

/// What the facts about a credential are called, and what each says. Append only: programs rely on them.
/// What else is said is the word of a [`Reason`], where an owner's policy refuses the token.
pub const FACTS: &[(&str, &str)] = &[
    (
        "expired",
        "The value's time is over; the sentence says since when.",
    ),
    ("revoked", "The token was revoked."),
    ("retired", "The value was replaced by a rotation."),
    ("pending", "The owner has not approved the token yet."),
    ("denied", "The owner denied the token's request."),
    ("cancelled", "The token's request was taken back."),
    ("withdrawn", "The owner withdrew the token's access."),
    ("reach", "Which repositories the token reaches, in words."),
    ("explain", "The command that says why."),
];

/// Whether a fact may be called so.
fn is_known(code: &str) -> bool {
    FACTS
        .iter()
        .chain(Reason::CODES)
        .any(|(known, _)| *known == code)
}

/// A fact about a credential.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fact {
    /// Its stable word.
    pub code: &'static str,
    /// The sentence.
    pub sentence: String,
}

impl Refusal {
    /// A refusal of a request that no stored credential came with. Needs nothing but itself.
    pub(crate) fn of_nobody(call: &Call, place: &Place, denial: Denial) -> Self {
        let hides = denial.status == Status::NotFound;
        Self {
            denial,
            operation: call.operation.name,
            accepted: if hides { &[] } else { call.operation.sets },
            facts: Vec::new(),
            missing: if hides {
                None
            } else {
                Some(words(&denial.reason, call, None, place))
            },
            fix: Fix::default(),
            ended: None,
            presented: false,
        }
    }

    /// Puts a refusal into words, from the snapshot at hand.
    pub(crate) fn new(
        app: &App,
        unit: &mut ReadUnit<'_>,
        call: &Call,
        now: Time,
        who: &Authenticated,
        place: &Place,
        denial: Denial,
    ) -> Result<Self, StoreError> {
        let bare = Self::of_nobody(call, place, denial);
        let Some(known) = who.known() else {
            return Ok(bare);
        };
        let hides = denial.status == Status::NotFound;
        let refused = refused_widening(unit, known)?;
        let site = site_policy(unit)?;
        let may_ask = may_ask(unit, known, &site)?;
        Ok(Self {
            facts: facts(unit, call, known, now, &site, may_ask, refused.as_ref())?,
            missing: if hides {
                None
            } else {
                Some(words(&denial.reason, call, Some(known), place))
            },
            fix: fix(
                app,
                &denial,
                known,
                place,
                &site,
                may_ask,
                refused.as_ref().map(|(token, _)| &token.wanted),
            ),
            ended: known
                .alive(now)
                .err()
                .map(|failure| Reason::from(failure).code()),
            presented: true,
            ..bare
        })
    }

    /// The sentences that a person reads: what is missing, then the facts.
    pub fn sentences(&self) -> Vec<String> {
        let mut sentences = Vec::new();
        // What is wrong with the credential, its own facts say better; so does a fact of the same reason.
        let code = self.denial.reason.code();
        let told = self.facts.iter().any(|fact| fact.code == code)
            || self.denial.reason.layer() == Layer::Credential && !self.facts.is_empty();
        if !told {
            sentences.extend(self.missing.clone());
        }
        sentences.extend(self.facts.iter().map(|fact| fact.sentence.clone()));
        sentences
    }

    /// The facts as fields of a JSON answer.
    pub fn fields(&self) -> Map<String, Value> {
        let mut fields = Map::new();
        if !self.facts.is_empty() {
            let facts: Vec<_> = self
                .facts
                .iter()
                .map(|f| json!({ "code": f.code, "message": f.sentence }))
                .collect();
            fields.insert("credential".to_owned(), Value::Array(facts));
        }
        fields
    }
}

/// What may be said of a credential on every answer.
fn facts(
    unit: &mut ReadUnit<'_>,
    call: &Call,
    known: &Known,
    now: Time,
    site: &SitePolicy,
    may_ask: bool,
    refused: Option<&(TokenRow, RequestRow)>,
) -> Result<Vec<Fact>, StoreError> {
    let mut facts = Vec::new();
    let mut fact = |code, sentence: String| {
        debug_assert!(is_known(code), "the fact `{code}` stands in no table");
        facts.push(Fact { code, sentence });
    };
    if let Err(failure) = known.alive(now) {
        match failure {
            Failure::Expired { at } => {
                fact("expired", format!("This token expired on {}.", at.iso()));
            }
            Failure::Revoked => fact(
                "revoked",
                "This token was revoked and does not come back.".to_owned(),
            ),
            Failure::Retired => {
                fact(
                    "retired",
                    "This value was replaced when the token was rotated; use the new one."
                        .to_owned(),
                );
            }
            Failure::Unknown => {}
        }
    }
    let (Subject::Token { token, name, .. }, Some(held)) = (&known.subject, &known.bearer.token)
    else {
        return Ok(facts);
    };
    let place = places::owner_by_id(unit, held.grant.owner)?;
    let owner = place
        .as_ref()
        .map_or("its owner", |owner| owner.login.as_str());
    if known.alive(now).is_ok() {
        let standing = match held.standing {
            jeton_domain::Standing::Pending => Some(format!(
                "The token `{name}` waits for approval by {owner}; until then it reads only what everybody may."
            )),
            jeton_domain::Standing::Denied => {
                Some(format!("{owner} denied the request of the token `{name}`."))
            }
            jeton_domain::Standing::Cancelled => {
                Some(format!("The request of the token `{name}` was taken back."))
            }
            jeton_domain::Standing::Withdrawn(_) if may_ask => Some(format!(
                "{owner} withdrew the access of the token `{name}`; its creator may ask again."
            )),
            jeton_domain::Standing::Withdrawn(WithdrawReason::MemberRemoved) => Some(format!(
                "The access of the token `{name}` ended when its creator left {owner}; without a place there they can't ask again."
            )),
            jeton_domain::Standing::Withdrawn(_) => Some(format!(
                "{owner} withdrew the access of the token `{name}`."
            )),
            jeton_domain::Standing::NotNeeded | jeton_domain::Standing::Active { .. } => None,
        };
        if let Some(sentence) = standing {
            fact(held.standing.name(), sentence);
        }
        let mut kept_out = false;
        if let Some(found) = place.clone() {
            let owner = owner_of(unit, found, Some(known.user), site)?;
            if let Some((code, sentence)) = policy_fact(&known.bearer, &owner, call.address, site) {
                kept_out = true;
                fact(code, sentence);
            }
        }
        if held.standing.grants() {
            let reach = reach(&known.bearer, held, owner);
            let sentence = if kept_out {
                format!("The token `{name}` is for {reach}, and reaches nothing until then.")
            } else {
                format!("The token `{name}` reaches {reach}.")
            };
            fact("reach", sentence);
            if let Some((_, request)) = refused {
                let why = match request.reason.plain() {
                    empty if empty.is_empty() => String::new(),
                    reason => format!(": {reason}"),
                };
                fact(
                    "denied",
                    format!("{owner} denied what more the token `{name}` asked for{why}"),
                );
            }
        }
    }
    // What was asked is the asker's own word: it is the same for hidden and missing.
    if !call.asked.is_empty() {
        let (asked, id) = (&call.asked, token.get());
        fact(
            "explain",
            format!("To see why: jeton explain {asked} --token-id {id}"),
        );
    }
    Ok(facts)
}

/// What a token reaches, in words.
fn reach(bearer: &Bearer, held: &TokenFacts, owner: &str) -> String {
    if bearer.kind.has_scopes() {
        return if held.scopes.is_empty() {
            "what everybody may see: it holds no scope".to_owned()
        } else {
            format!("what its user may, within its scopes ({})", held.scopes)
        };
    }
    if let Some(names) = held.grant.packages.names() {
        let packages = counted(names.len() as u64, "package", "packages");
        return format!(
            "{packages} of {owner} by name, and {}",
            repositories(held, owner)
        );
    }
    repositories(held, owner)
}

fn repositories(held: &TokenFacts, owner: &str) -> String {
    match &held.grant.selection {
        Selection::Public => "public repositories only".to_owned(),
        Selection::All => format!("all repositories of {owner}"),
        Selection::Only(set) => format!("{} of {owner}'s repositories", set.len()),
    }
}

/// Whether a token's creator may ask its owner for access: whoever has left may not.
pub(crate) fn may_ask(
    unit: &mut ReadUnit<'_>,
    known: &Known,
    site: &SitePolicy,
) -> Result<bool, StoreError> {
    let Some(held) = &known.bearer.token else {
        return Ok(false);
    };
    let Some(found) = places::owner_by_id(unit, held.grant.owner)? else {
        return Ok(false);
    };
    let owner = owner_of(unit, found, Some(known.user), site)?;
    Ok(crate::tokens::may_own(&owner, known.user))
}

/// A token that goes on with less than it wants, since the owner denied the rest.
fn refused_widening(
    unit: &mut ReadUnit<'_>,
    known: &Known,
) -> Result<Option<(TokenRow, RequestRow)>, StoreError> {
    let Subject::Token { token, .. } = &known.subject else {
        return Ok(None);
    };
    let row = tokens::find(unit, *token)?.filter(|row| row.standing.grants() && wants_more(row));
    let Some(row) = row else { return Ok(None) };
    let denied = denied(unit, &row)?;
    Ok(denied.map(|request| (row, request)))
}

/// Why the owner's policy refuses a token from this address whatever it is used for.
///
/// SECURITY: the owner is the token's own, so that nothing of this hangs on what was asked for.
pub(crate) fn policy_fact(
    bearer: &Bearer,
    owner: &Owner,
    address: Option<IpAddr>,
    site: &SitePolicy,
) -> Option<(&'static str, String)> {
    let reason = jeton_decide::refused_by_owner(bearer, owner.facts(), address)?;
    let login = &owner.login;
    let sentence = match (reason, owner.policy.maximum(bearer.kind)) {
        (Reason::LifetimeTooLong, Maximum::Days(days)) => format!(
            "{login} lets tokens live at most {days} days, and this one lives longer: rotate it with a shorter life."
        ),
        _ => by_policy(&reason, login)?,
    };
    let whose = if is_forced(&reason, bearer.kind, site) {
        " The site's administrators set this for everybody."
    } else {
        ""
    };
    Some((reason.code(), format!("{sentence}{whose}")))
}

/// What an owner's policy says against a credential.
fn by_policy(reason: &Reason, owner: &str) -> Option<String> {
    Some(match reason {
        Reason::FineGrainedForbidden => format!("{owner} allows no fine-grained tokens."),
        Reason::ClassicForbidden => format!("{owner} allows no classic tokens."),
        Reason::ApplicationNotApproved => {
            format!(
                "{owner} has not approved the application that this token was given to: an owner can."
            )
        }
        Reason::OutsideCollaboratorForbidden => {
            format!("{owner} allows no tokens of outside collaborators.")
        }
        Reason::OwnerAddress => format!("{owner} does not accept requests from this address."),
        Reason::LifetimeTooLong => format!("The token lives longer than {owner} allows."),
        Reason::TwoFactorRequired => format!(
            "{owner} requires two-factor authentication: add a passkey or an authenticator app to your account."
        ),
        _ => return None,
    })
}

/// What is missing, in one sentence.
pub(crate) fn words(reason: &Reason, call: &Call, known: Option<&Known>, place: &Place) -> String {
    let owner = place
        .owner()
        .map_or("the owner", |owner| owner.login.as_str());
    match reason {
        Reason::PermissionMissing { sets } => format!("This needs {}, and the token does not have it.", alternatives(sets)),
        Reason::ScopeNeeded { scopes } => {
            let names: Vec<String> = scopes.iter().map(|scope| format!("`{}`", scope.name())).collect();
            format!("This needs the scope {}, and the token does not have it.", names.join(" or "))
        }
        Reason::RoleTooLow { has, needs } => {
            let who = known.map_or("you", |k| k.login.as_str());
            let has = has.map_or("no role".to_owned(), |role| format!("the role {}", role.name()));
            let thing = match place {
                Place::Package(_) => "package",
                _ => "repository",
            };
            if known.is_some_and(|known| known.within.is_some()) {
                return format!(
                    "This needs the role {} on the {thing}. The token was handed over, and until it ends may do only what both \
                     {who} and the service account may: {has}.",
                    needs.name()
                );
            }
            format!("This needs the role {} on the {thing}, and {who} has {has}.", needs.name())
        }
        Reason::MembershipTooLow { needs } => match needs {
            jeton_domain::OrganizationRole::Member => format!("This needs to be a member of {owner}."),
            jeton_domain::OrganizationRole::Owner if call.operation.least == jeton_domain::Least::Reviewer => {
                format!("This needs to be an owner of {owner}, or a reviewer of its tokens: ask one of them to do it.")
            }
            jeton_domain::OrganizationRole::Owner => format!("This needs to be an owner of {owner}: ask one of them to do it."),
        },
        Reason::KindClosed { kind } => kind_closed(call.operation, *kind),
        Reason::ConfirmationNeeded => {
            "This adds power: confirm your access first (`jeton confirm`, or POST /api/jeton/v1/confirm).".to_owned()
        }
        Reason::WorkflowNeeded if known.is_some_and(|known| known.bearer.kind.has_scopes()) => {
            "What comes with it changes files that tell a build server what to run: that needs the scope `workflow`, and the token does not have it.".to_owned()
        }
        Reason::WorkflowNeeded => {
            "What comes with it changes files that tell a build server what to run: that needs `workflows: write`, and the token does not have it.".to_owned()
        }
        Reason::OtherOwner => format!("The token reaches things of another owner than {owner}."),
        // What is done to all refs at once, and not to one.
        Reason::RefForbidden
            if call.door == Door::Api && !call.operation.events.contains(&Event::GitPush) =>
        {
            "The token may write some refs only, so it neither changes the default branch nor renames or deletes the repository.".to_owned()
        }
        other => by_policy(other, owner).unwrap_or_else(|| {
            let code = other.code();
            let words = Reason::CODES.iter().find(|(c, _)| *c == code).map_or("Refused.", |(_, words)| *words);
            words.to_owned()
        }),
    }
}

/// What is closed to a kind of credential, in the words that people know it by, and what is not.
fn kind_closed(operation: &Operation, kind: CredentialKind) -> String {
    let does = operation
        .sentence
        .split(['.', ';', ':'])
        .next()
        .unwrap_or_default();
    let mut letters = does.chars();
    let does: String = letters
        .next()
        .into_iter()
        .flat_map(char::to_lowercase)
        .chain(letters)
        .collect();
    let title = kind.title();
    if operation.kinds.has(CredentialKind::Client) {
        format!("A {title} may not {does}: that takes a person's own sign-in.")
    } else {
        format!("A {title} may not {does}.")
    }
}

/// `contents: write`, or `a: read and b: write`, or `x: read`.
fn alternatives(sets: &[&[Requirement]]) -> String {
    if sets.is_empty() {
        return "a person's own sign-in".to_owned();
    }
    sets.iter()
        .map(|set| {
            set.iter()
                .map(|r| format!("`{}: {}`", r.key, r.level.name()))
                .collect::<Vec<_>>()
                .join(" and ")
        })
        .collect::<Vec<_>>()
        .join(", or ")
}
