//! A credential's view of itself (one call instead of many probes).

use jeton_domain::{CredentialKind, Expiry};
use jeton_store::{places, tokens};

use crate::app::App;
use crate::authenticate::Subject;
use crate::call::Call;
use crate::error::AppError;
use crate::place;
use crate::refusal::policy_fact;
use crate::tokens::view::{TokenView, view_of};

/// What a credential may know of itself.
#[derive(Clone, Debug)]
pub struct OneselfView {
    /// Its kind.
    pub kind: CredentialKind,
    /// The person behind it.
    pub login: String,
    /// When the presented value ends by itself.
    pub expiry: Expiry,
    /// For a token: everything that its creator sees, but the names of repositories that it does
    /// not reach now.
    pub token: Option<TokenView>,
    /// Why the owner's policy refuses it, in sentences.
    pub policy: Vec<String>,
}

/// Tells a live credential what it is. Open to pending and policy-refused tokens.
pub fn oneself(app: &App, call: &Call) -> Result<OneselfView, AppError> {
    app.read(call, |unit, acting| {
        let known = acting.known().ok_or(AppError::Missing("credential"))?;
        let mut policy = Vec::new();
        let token = match (&known.subject, &known.bearer.token) {
            (Subject::Token { token, .. }, Some(_)) => {
                let row = tokens::find(unit, *token)?.ok_or(AppError::Missing("token"))?;
                if let Some(found) = places::owner_by_id(unit, row.wanted.owner)? {
                    let owner = place::owner_of(unit, found, Some(known.user), &acting.site)?;
                    let refused = policy_fact(&known.bearer, &owner, call.address, &acting.site);
                    policy.extend(refused.map(|(_, sentence)| sentence));
                }
                let mut view = view_of(unit, acting, row)?;
                // What it was made from binds it, too.
                let parents = known.bearer.parents.iter();
                for parent in parents.filter_map(|parent| parent.token.as_ref()) {
                    view.in_force.bind(&parent.grant.conditions);
                }
                // SECURITY: a token learns no names of things that it does not reach now, be it that
                // it waits, that they are only asked for, or that its creator lost them.
                if !view.row.standing.grants() || !policy.is_empty() {
                    view.names.clear();
                }
                Some(view)
            }
            _ => None,
        };
        Ok(OneselfView {
            kind: known.bearer.kind,
            login: known.login.clone(),
            expiry: known.ends(),
            token,
            policy,
        })
    })
}
