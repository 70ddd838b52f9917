//! A token as its creator sees it.

use std::collections::{BTreeMap, BTreeSet};

use jeton_decide::{Lifetime, Reason, TokenFacts};
use jeton_domain::{
    Allowed, Asked, CredentialKind, Expiry, Grant, Life, Maximum, RepositoryId, RequestId,
    Selection, Standing, Time, TokenId,
};
use jeton_store::activity::{self, LastUse};
use jeton_store::requests::RequestRow;
use jeton_store::secrets::{self, SecretRow};
use jeton_store::tokens::{self, TokenRow};
use jeton_store::{ReadUnit, StoreError, credentials, hand_overs, places, requests};

use crate::app::App;
use crate::authorize::Acting;
use crate::call::Call;
use crate::error::AppError;
use crate::foresight::bearer;
use crate::place;
use crate::refusal::policy_fact;
use crate::users::span;

/// A token with everything that is shown of it.
#[derive(Clone, Debug)]
pub struct TokenView {
    /// As stored.
    pub row: TokenRow,
    /// What is in force.
    pub in_force: Grant,
    /// The creator's name.
    pub creator: String,
    /// The owner's name, and whether it is an organization.
    pub owner: (String, bool),
    /// `owner/name` of every repository that `row` and `in_force` name, wanted or approved, as far as whoever looks sees
    /// them.
    pub names: BTreeMap<RepositoryId, String>,
    /// Its values, newest first.
    pub secrets: Vec<SecretRow>,
    /// When each value was last used, latest first.
    pub uses: Vec<LastUse>,
    /// The request that waits.
    pub pending: Option<RequestId>,
    /// What the owner denied, and the token still wants.
    pub denied: Option<RequestRow>,
    /// The service account that does its work now, by name: it ends, and does until then only what both may.
    pub handed_over: Option<String>,
    /// One word for people.
    pub state: &'static str,
    /// What the word can't say. Of an active token, where its creator or a reviewer looks at it: why its owner's
    /// policy refuses it all the same.
    pub state_sentence: Option<String>,
}

impl TokenView {
    /// When the newest value ends: before its own end, where the token was handed over.
    pub fn expiry(&self) -> Option<Expiry> {
        let handed_over = self.handed_over.is_some();
        let newest = self.secrets.first()?;
        Some(if handed_over {
            newest.end()
        } else {
            newest.expiry
        })
    }

    /// The word, where an active token that its owner's policy refuses is called so.
    pub fn shown_state(&self) -> &'static str {
        match (self.state, &self.state_sentence) {
            ("active", Some(_)) => "refused",
            (state, _) => state,
        }
    }

    /// The names of a selection's repositories.
    pub fn repositories(&self, selection: &Selection) -> Vec<String> {
        match selection {
            Selection::Only(set) => set
                .iter()
                .filter_map(|id| self.names.get(id).cloned())
                .collect(),
            Selection::Public | Selection::All => Vec::new(),
        }
    }

    /// `@owner/name` of the packages that a grant names: none, where it goes by repositories.
    pub fn packages(&self, grant: &Grant) -> Vec<String> {
        let names = grant.packages.names().into_iter().flatten();
        names
            .map(|name| jeton_store::packages::full_name(&self.owner.0, name))
            .collect()
    }

    /// How many of a selection's repositories are not named to whoever looks: a list without them is
    /// not the whole.
    pub fn unnamed(&self, selection: &Selection) -> usize {
        match selection {
            Selection::Only(set) => set.iter().filter(|id| !self.names.contains_key(id)).count(),
            Selection::Public | Selection::All => 0,
        }
    }
}

/// What is shown of a token.
pub(crate) fn view_of(
    unit: &mut ReadUnit<'_>,
    acting: &Acting<'_>,
    row: TokenRow,
) -> Result<TokenView, AppError> {
    let mut view = load(unit, row, acting.now)?;
    hide(unit, acting, std::slice::from_mut(&mut view))?;
    Ok(view)
}

/// What is shown of some tokens.
pub(crate) fn views_of(
    unit: &mut ReadUnit<'_>,
    acting: &Acting<'_>,
    rows: Vec<TokenRow>,
) -> Result<Vec<TokenView>, AppError> {
    let mut views = rows
        .into_iter()
        .map(|row| load(unit, row, acting.now))
        .collect::<Result<Vec<_>, _>>()?;
    hide(unit, acting, &mut views)?;
    Ok(views)
}

/// SECURITY: with the names of repositories that whoever looks may not see; not to be shown so.
fn load(unit: &mut ReadUnit<'_>, row: TokenRow, now: Time) -> Result<TokenView, AppError> {
    let in_force = row.in_force();
    let owner = places::owner_by_id(unit, row.wanted.owner)?.map_or_else(
        || ("ghost".to_owned(), true),
        |owner| (owner.login, owner.organization.is_some()),
    );
    let creator =
        credentials::holder(unit, row.creator)?.map_or_else(|| "ghost".to_owned(), |h| h.login);
    let mut ids = BTreeSet::new();
    let approved = row.approved.as_ref().map(|approved| &approved.grant);
    for grant in [&row.wanted, &in_force].into_iter().chain(approved) {
        if let Selection::Only(set) = &grant.selection {
            ids.extend(set.iter().copied());
        }
    }
    let names = places::full_names(unit, ids)?;
    let secrets = secrets::of_token(unit, row.id)?;
    let uses = activity::last_uses(unit, row.id)?;
    let pending = requests::pending_of_token(unit, row.id)?.map(|request| request.id);
    let denied = denied(unit, &row)?;
    let handed_over = match hand_overs::of_token(unit, row.id)? {
        Some(service) => credentials::holder(unit, service)?.map(|holder| holder.login),
        None => None,
    };
    let ends: Vec<_> = secrets
        .iter()
        .map(|secret| (secret.expiry, secret.end()))
        .collect();
    let state = state(row.life, row.standing, &ends, now);
    Ok(TokenView {
        row,
        in_force,
        creator,
        owner,
        names,
        secrets,
        uses,
        pending,
        denied,
        handed_over,
        state,
        state_sentence: (state == "retired").then_some(
            "Its value was replaced by a rotation, and the new one is not known here any more: rotate it again.".to_owned(),
        ),
    })
}

/// One word for a token, of whose values, newest first, the own ends and the moments when they stop are given.
fn state(life: Life, standing: Standing, ends: &[(Expiry, Expiry)], now: Time) -> &'static str {
    let expired = ends.iter().all(|(_, end)| end.is_over_at(now));
    // Only where a newer value is lost, as a backup lost it, is the newest one that is known retired.
    let replaced = ends
        .first()
        .is_some_and(|(expiry, end)| end.is_over_at(now) && !expiry.is_over_at(now));
    match (life, standing) {
        (Life::Revoked { .. }, _) => "revoked",
        (Life::Suspended { .. }, _) => "suspended",
        (Life::Alive, _) if expired && replaced => "retired",
        (Life::Alive, _) if expired => "expired",
        (Life::Alive, Standing::Pending) => "pending",
        (Life::Alive, Standing::Denied) => "denied",
        (Life::Alive, Standing::Cancelled) => "cancelled",
        (Life::Alive, Standing::Withdrawn(_)) => "withdrawn",
        (Life::Alive, Standing::NotNeeded | Standing::Active { .. }) => "active",
    }
}

/// Whether a token wants more than its owner approved. Nothing was approved where nobody was asked.
pub(crate) fn wants_more(row: &TokenRow) -> bool {
    let as_asked = |grant: &Grant| Asked {
        grant: grant.clone(),
        length: Maximum::Unlimited,
    };
    row.approved.as_ref().is_some_and(|approved| {
        !as_asked(&row.wanted)
            .widens(&as_asked(&approved.grant))
            .is_empty()
    })
}

/// The owner's last word on a token, if it was no and still matters: the token has no access for it, or
/// wants what was denied, or has the value that was to live longer.
pub(crate) fn denied(
    unit: &mut ReadUnit<'_>,
    row: &TokenRow,
) -> Result<Option<RequestRow>, StoreError> {
    let Some(newest) = requests::newest_of_token(unit, row.id)? else {
        return Ok(None);
    };
    if newest.state != "denied" {
        return Ok(None);
    }
    let matters = match row.standing {
        Standing::Denied => true,
        Standing::Active { .. } if wants_more(row) => true,
        Standing::Active { .. } if newest.lengthen.is_some() => secrets::of_token(unit, row.id)?
            .first()
            .is_some_and(|secret| secret.created_at <= newest.created_at),
        _ => false,
    };
    Ok(matters.then_some(newest))
}

/// The caller's own personal token; another's is as if it were not there, and so is what an application was given.
pub fn own(
    unit: &mut ReadUnit<'_>,
    acting: &Acting<'_>,
    id: TokenId,
) -> Result<TokenRow, AppError> {
    let user = acting.user()?;
    tokens::find(unit, id)?
        .filter(|row| row.creator == user && row.kind.is_personal())
        .ok_or(AppError::Missing("token"))
}

/// The caller's own token that was not ended for ever.
pub(super) fn not_revoked(
    unit: &mut ReadUnit<'_>,
    acting: &Acting<'_>,
    id: TokenId,
) -> Result<TokenRow, AppError> {
    let row = own(unit, acting, id)?;
    if matches!(row.life, Life::Revoked { .. }) {
        return Err(AppError::conflict(
            "life",
            "The token is revoked and does not come back; make a new one.",
        ));
    }
    Ok(row)
}

/// The same, whose work did not go over to a service account: it ends, and nothing prolongs it.
pub fn kept_on(
    unit: &mut ReadUnit<'_>,
    acting: &Acting<'_>,
    id: TokenId,
) -> Result<TokenRow, AppError> {
    let row = not_revoked(unit, acting, id)?;
    if hand_overs::of_token(unit, row.id)?.is_some() {
        return Err(AppError::conflict(
            "state",
            "The token was handed over to a service account, and ends.",
        ));
    }
    Ok(row)
}

/// Leaves out the names of repositories that the request may not see now. A name may have changed
/// since its repository was chosen, the person may have lost their role on it, and a token that looks
/// may be confined to others.
fn hide(
    unit: &mut ReadUnit<'_>,
    acting: &Acting<'_>,
    views: &mut [TokenView],
) -> Result<(), AppError> {
    let ids: BTreeSet<RepositoryId> = views
        .iter()
        .flat_map(|view| view.names.keys().copied())
        .collect();
    if ids.is_empty() {
        return Ok(());
    }
    let seen = crate::repositories::seen(unit, acting)?;
    let owners = places::owners_and_visibilities(unit, ids)?;
    let seen = |id: &RepositoryId| {
        owners
            .get(id)
            .is_some_and(|(owner, visibility)| seen.admits(*id, *owner, *visibility))
    };
    for view in views {
        view.names.retain(|id, _| seen(id));
    }
    Ok(())
}

/// One of the caller's own tokens, as they may see it.
pub(crate) fn own_view(
    unit: &mut ReadUnit<'_>,
    acting: &Acting<'_>,
    id: TokenId,
) -> Result<TokenView, AppError> {
    let row = own(unit, acting, id)?;
    let mut view = view_of(unit, acting, row)?;
    refuse(unit, acting, &mut view)?;
    Ok(view)
}

/// Some of the caller's own tokens, as they may see them.
fn own_views(
    unit: &mut ReadUnit<'_>,
    acting: &Acting<'_>,
    rows: Vec<TokenRow>,
) -> Result<Vec<TokenView>, AppError> {
    let mut views = views_of(unit, acting, rows)?;
    for view in &mut views {
        refuse(unit, acting, view)?;
    }
    Ok(views)
}

/// Says of an active token why its owner's policy refuses it, from wherever it comes.
pub(crate) fn refuse(
    unit: &mut ReadUnit<'_>,
    acting: &Acting<'_>,
    view: &mut TokenView,
) -> Result<(), AppError> {
    if view.state == "active" {
        view.state_sentence = refusal(unit, acting, view, None)?;
    }
    Ok(())
}

/// Why a token's owner's policy refuses it, or would if its newest value ended at another moment.
pub(crate) fn refusal(
    unit: &mut ReadUnit<'_>,
    acting: &Acting<'_>,
    view: &TokenView,
    end: Option<Expiry>,
) -> Result<Option<String>, AppError> {
    let creator = view.row.creator;
    let (Some(secret), Some(found), Some(holder)) = (
        view.secrets.first(),
        places::owner_by_id(unit, view.row.wanted.owner)?,
        credentials::holder(unit, creator)?,
    ) else {
        return Ok(None);
    };
    let mut owner = place::owner_of(unit, found, Some(creator), &acting.site)?;
    // From where it comes is not known here.
    owner.policy.addresses = Allowed::Unrestricted;
    let bearer = bearer(
        view.row.kind,
        creator,
        // Whoever looks may be another, with a second factor or without.
        holder.two_factor,
        TokenFacts {
            id: view.row.id,
            suspended: false,
            standing: view.row.standing,
            grant: view.in_force.clone(),
            scopes: view.row.scopes,
            lifetime: Lifetime {
                created: secret.created_at,
                expiry: end.unwrap_or(secret.expiry),
            },
        },
    );
    let refused = policy_fact(&bearer, &owner, None, &acting.site);
    let others = acting.known().is_some_and(|known| known.user != creator);
    Ok(refused.map(|(code, sentence)| {
        if others && code == Reason::TwoFactorRequired.code() {
            // The holder's sentence speaks of the reader's own account.
            let (owner, login) = (&owner.login, &view.creator);
            format!("{owner} requires two-factor authentication, and {login} has none.")
        } else {
            sentence
        }
    }))
}

/// A page of the caller's tokens of some kinds, newest first, and how many there are.
pub fn list(
    app: &App,
    call: &Call,
    kinds: &[CredentialKind],
    offset: u64,
    count: u32,
) -> Result<(Vec<TokenView>, u64), AppError> {
    app.read(call, |unit, acting| {
        let (rows, total) =
            tokens::page_of_creator(unit, acting.user()?, kinds, span(offset), i64::from(count))?;
        Ok((own_views(unit, acting, rows)?, total.unsigned_abs()))
    })
}

/// A page of those of the caller's tokens of a kind that are in a state and hold a text in their name, or in their owner's or a
/// classic scope's, newest first, and how many there are. An empty word narrows nothing; `refused` is an active token that its owner's policy
/// refuses, which is not found as an active one.
pub fn find(
    app: &App,
    call: &Call,
    kind: CredentialKind,
    text: &str,
    wanted: &str,
    (offset, count): (u64, u32),
) -> Result<(Vec<TokenView>, u64), AppError> {
    let text = text.to_lowercase();
    let refused = wanted == "refused";
    let stored = if refused { "active" } else { wanted };
    let skipped = usize::try_from(offset).unwrap_or(usize::MAX);
    app.read(call, |unit, acting| {
        let mut lines = tokens::lines_of_creator(unit, acting.user()?, kind)?;
        lines.retain(|line| {
            (wanted.is_empty() || state(line.life, line.standing, &line.ends, acting.now) == stored)
                && (line.name.to_lowercase().contains(&text)
                    || if kind == CredentialKind::Classic {
                        line.scopes.to_string().contains(&text)
                    } else {
                        line.owner.to_lowercase().contains(&text)
                    })
        });
        let shown = |lines: &[tokens::TokenLine], unit: &mut ReadUnit<'_>| {
            let mut rows = Vec::new();
            for line in lines {
                rows.extend(tokens::find(unit, line.id)?);
            }
            own_views(unit, acting, rows)
        };
        if stored == "active" {
            // Whether the policy refuses it, no line says.
            let mut views = shown(&lines, unit)?;
            views.retain(|view| view.state_sentence.is_some() == refused);
            let total = views.len() as u64;
            let page = views.into_iter().skip(skipped).take(count as usize);
            return Ok((page.collect(), total));
        }
        let page: Vec<_> = lines
            .iter()
            .skip(skipped)
            .take(count as usize)
            .cloned()
            .collect();
        Ok((shown(&page, unit)?, lines.len() as u64))
    })
}

/// One of the caller's tokens.
pub fn show(app: &App, call: &Call, id: TokenId) -> Result<TokenView, AppError> {
    app.read(call, |unit, acting| own_view(unit, acting, id))
}
