//! Editing a token: narrowing acts at once, widening waits.

use std::collections::{BTreeMap, BTreeSet};

use jeton_domain::{
    Asked, Conditions, Event, Expiry, Grant, Maximum, OrganizationRole, Span, Standing, Time,
    TokenId, TokenName, Widening,
};
use jeton_store::secrets::SecretRow;
use jeton_store::tokens::TokenRow;
use jeton_store::{ReadUnit, WriteUnit, places, requests, secrets, tokens};
use serde::Deserialize;

use crate::app::App;
use crate::approval::{self, Rules};
use crate::authorize::Acting;
use crate::call::Call;
use crate::error::{AppError, Faults};
use crate::place;
use crate::tokens::create::{approve_oneself, asked, open_request, owner_login};
use crate::tokens::view::{TokenView, kept_on, own_view};
use crate::tokens::wish::{self, PackagesWish, RESOURCE, RepositoriesWish};

/// What is to change; what is not said stays.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TokenEdit {
    /// Another name.
    pub name: Option<String>,
    /// Another description.
    pub description: Option<String>,
    /// Why the owner should approve it.
    pub justification: Option<String>,
    /// Other repositories.
    pub repositories: Option<RepositoriesWish>,
    /// Other packages: the whole list.
    pub packages: Option<PackagesWish>,
    /// Other permissions: the whole set.
    pub permissions: Option<BTreeMap<String, String>>,
    /// Other conditions: the whole list.
    pub conditions: Option<Vec<Conditions>>,
}

/// Edits one of the caller's tokens.
pub fn edit(app: &App, call: &Call, id: TokenId, edit: &TokenEdit) -> Result<TokenView, AppError> {
    app.write(call, |unit, acting| {
        let old = editable(unit, acting, id)?;
        let new = edited(unit, acting, &old, edit)?;
        let as_asked = |grant: &Grant| Asked {
            grant: grant.clone(),
            length: Maximum::Unlimited,
        };
        let ways = as_asked(&new.wanted).widens(&as_asked(&old.wanted));
        acting.confirm_if(unit, !ways.is_empty())?;
        let name = TokenName::parse(&new.name)
            .map_err(|fault| AppError::invalid(RESOURCE, "name", fault))?;
        tokens::update_wanted(unit, &new, &name.key())
            .map_err(|error| AppError::unless_taken(error, "tokens_name", RESOURCE, "name"))?;
        if new.wanted != old.wanted {
            let (created, expiry) = longest(unit, &new, acting.now)?;
            let mut wanted = asked(&new, created, expiry);
            let had = asked(&old, created, expiry);
            let waiting = requests::pending_of_token(unit, id)?;
            // A longer life that is being asked for goes on being asked for.
            let lengthen = waiting.as_ref().and_then(|request| request.lengthen);
            if let (Some(_), Some(request)) = (lengthen, &waiting) {
                wanted.length = wanted.length.or(request.asked.length);
            }
            let change = Change {
                old: &old,
                new: &new,
                had,
                wanted,
                lengthen,
                why: "edited",
            };
            settle(unit, acting, &change)?;
        } else if (&new.name, &new.justification) != (&old.name, &old.justification)
            && let Some(waiting) = requests::pending_of_token(unit, id)?
        {
            // A reviewer never approves words that they did not read.
            cancel_pending(unit, acting, &old, "edited")?;
            ask_instead(unit, acting, &new, &waiting.asked, waiting.lengthen)?;
        }
        unit.feed(acting.now, "token.edited", id)?;
        acting
            .record(Event::TokenUpdate)
            .token(id, &new.name)
            .reaches(&new.wanted)
            .with("pat_field_changed", fields(&old, &new))
            .write(unit)?;
        own_view(unit, acting, id)
    })
}

/// A token with permissions of the caller's that was not ended for ever.
pub fn editable(
    unit: &mut ReadUnit<'_>,
    acting: &Acting<'_>,
    id: TokenId,
) -> Result<TokenRow, AppError> {
    let row = kept_on(unit, acting, id)?;
    if row.kind.has_scopes() {
        return Err(AppError::conflict(
            "kind",
            "The token is a classic one: it has scopes, and no permissions or repositories.",
        ));
    }
    Ok(row)
}

/// What would come of an edit.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Foreseen {
    /// Nothing would change in what the token may do.
    pub same: bool,
    /// In which ways it asks for more than it asked before: that takes a confirmed sign-in.
    pub widens: BTreeSet<Widening>,
    /// In which ways it asks for more than was approved: it keeps what it has until the owner approves the rest.
    pub asks: BTreeSet<Widening>,
    /// A request that waits now would be taken back, and another put in its place.
    pub replaces: bool,
}

/// What would come of an edit, as [`edit`] does it. Changes nothing.
pub fn foresee(
    app: &App,
    call: &Call,
    id: TokenId,
    edit: &TokenEdit,
) -> Result<Foreseen, AppError> {
    app.read(call, |unit, acting| {
        let old = editable(unit, acting, id)?;
        let new = edited(unit, acting, &old, edit)?;
        let as_asked = |grant: &Grant| Asked {
            grant: grant.clone(),
            length: Maximum::Unlimited,
        };
        let (had, wanted) = (as_asked(&old.wanted), as_asked(&new.wanted));
        let found =
            places::owner_by_id(unit, new.wanted.owner)?.ok_or(AppError::Missing("owner"))?;
        let owner = place::owner_of(unit, found, Some(acting.user()?), &acting.site)?;
        let asks = if !owner.asks_for_approval() {
            BTreeSet::new()
        } else if let Some(approved) = &old.approved {
            wanted.widens(&as_asked(&approved.grant))
        } else {
            wanted.widens(&had)
        };
        Ok(Foreseen {
            same: old.wanted == new.wanted,
            widens: wanted.widens(&had),
            asks,
            replaces: requests::pending_of_token(unit, id)?.is_some() && old != new,
        })
    })
}

fn fields(old: &TokenRow, new: &TokenRow) -> Vec<String> {
    [
        ("name", old.name != new.name),
        ("description", old.description != new.description),
        ("justification", old.justification != new.justification),
        ("repositories", old.wanted.selection != new.wanted.selection),
        ("packages", old.wanted.packages != new.wanted.packages),
        (
            "permissions",
            old.wanted.permissions != new.wanted.permissions,
        ),
        ("conditions", old.wanted.conditions != new.wanted.conditions),
    ]
    .into_iter()
    .filter(|(_, changed)| *changed)
    .map(|(field, _)| field.to_owned())
    .collect()
}

fn edited(
    unit: &mut ReadUnit<'_>,
    acting: &Acting<'_>,
    old: &TokenRow,
    edit: &TokenEdit,
) -> Result<TokenRow, AppError> {
    let mut faults = Faults::default();
    let mut new = old.clone();
    let found = places::owner_by_id(unit, old.wanted.owner)?.ok_or(AppError::Missing("owner"))?;
    let owner = place::owner_of(unit, found, Some(acting.user()?), &acting.site)?;
    if let Some(name) = &edit.name
        && let Some(name) = faults.take(RESOURCE, "name", TokenName::parse(name))
    {
        name.as_str().clone_into(&mut new.name);
    }
    if let Some(description) = &edit.description {
        wish::check_text(&mut faults, "description", description);
        new.description.clone_from(description);
    }
    if let Some(justification) = &edit.justification {
        wish::check_text(&mut faults, "justification", justification);
        wish::check_reader(&mut faults, &owner, justification);
        // Kept where the owner has a say, as with a new token.
        if owner.asks_for_approval() || old.standing != Standing::NotNeeded {
            new.justification.clone_from(justification);
        }
    }
    if let Some(repositories) = &edit.repositories
        && let Some(selection) =
            wish::choose_repositories(unit, acting, &owner, Some(repositories), &mut faults)?
    {
        new.wanted.selection = selection;
    }
    if let Some(packages) = &edit.packages
        && let Some(packages) = wish::choose_packages(&owner, Some(packages), &mut faults)
    {
        new.wanted.packages = packages;
    }
    if let Some(permissions) = &edit.permissions
        && let Some(read) = wish::read_permissions(permissions, None, &mut faults)
    {
        new.wanted.permissions = read;
    }
    if let Some(conditions) = &edit.conditions {
        wish::check_conditions(conditions, &mut faults);
        new.wanted.conditions.clone_from(conditions);
    }
    // A changed selection must still fit the permissions that stay.
    let Grant {
        selection,
        packages,
        permissions,
        ..
    } = &new.wanted;
    match permissions.check_owner(owner.organization, selection, packages) {
        Ok(()) => wish::check_use(permissions, packages, &mut faults),
        Err(fault) => faults.push(fault.into()),
    }
    faults.check()?;
    Ok(new)
}

/// A change of what a token asks for, by an edit or by a rotation.
pub(crate) struct Change<'a> {
    pub(crate) old: &'a TokenRow,
    pub(crate) new: &'a TokenRow,
    /// What the token had before, as if it had been asked for.
    pub(crate) had: Asked,
    /// What it asks for now.
    pub(crate) wanted: Asked,
    /// When the newest value is to end, once that is approved.
    pub(crate) lengthen: Option<Expiry>,
    /// Why a request that waits is taken back.
    pub(crate) why: &'static str,
}

/// What the owner has to say to a change.
pub(crate) fn settle(
    unit: &mut WriteUnit<'_>,
    acting: &Acting<'_>,
    change: &Change<'_>,
) -> Result<(), AppError> {
    let Change {
        old, new, wanted, ..
    } = change;
    cancel_pending(unit, acting, old, change.why)?;
    let found = places::owner_by_id(unit, new.wanted.owner)?.ok_or(AppError::Missing("owner"))?;
    let owner = place::owner_of(unit, found, Some(acting.user()?), &acting.site)?;
    if !owner.organization {
        return Ok(());
    }
    if owner.membership == Some(OrganizationRole::Owner) {
        return match new.standing {
            // It waited for what its creator may say alone by now.
            Standing::Pending => approve_oneself(
                unit,
                acting,
                &TokenRow {
                    standing: Standing::Cancelled,
                    ..(*new).clone()
                },
                wanted,
            ),
            Standing::NotNeeded if !owner.policy.approval_required => Ok(()),
            standing if standing.grants() => approve_oneself(unit, acting, new, wanted),
            _ => Ok(()),
        };
    }
    // What was in force without approval counts as approved: the owner's rule came later.
    let approved = match (&old.approved, old.standing) {
        (Some(approved), _) => Some(approved),
        (None, Standing::NotNeeded) if owner.asks_for_approval() => Some(&change.had),
        (None, _) => None,
    };
    match (approved, old.standing) {
        (Some(approved), standing) if standing.grants() => {
            if standing == Standing::NotNeeded {
                tokens::set_approved(unit, new.id, Some(approved))?;
                let active = Standing::Active { since: acting.now };
                tokens::set_standing(unit, new.id, standing, active, acting.now, None, None)?;
            }
            if wanted.widens(approved).is_empty() {
                return Ok(());
            }
            if owner.asks_for_approval() {
                let id = open_request(unit, acting, new, wanted, change.lengthen)?;
                approval::by_rule(unit, acting, new, id, Rules::Apply)
            } else {
                // The owner asks for no approval any more: more needs nobody.
                tokens::set_approved(unit, new.id, Some(wanted))?;
                Ok(())
            }
        }
        (_, Standing::Pending) => ask_instead(unit, acting, new, wanted, change.lengthen),
        // Not needed still; or denied, cancelled or withdrawn: asking again is an act of its own.
        _ => Ok(()),
    }
}

/// When the longest-living of a token's values was made, and when it ends. Of values that are over
/// the newest counts.
pub(crate) fn longest(
    unit: &mut ReadUnit<'_>,
    row: &TokenRow,
    now: Time,
) -> Result<(Time, Expiry), AppError> {
    let mut secrets = secrets::of_token(unit, row.id)?.into_iter();
    let newest = secrets.next().ok_or(AppError::Missing("secret"))?;
    let length = |secret: &SecretRow| match secret.expiry {
        Expiry::Never => Span::from_micros(i64::MAX),
        Expiry::At(end) => end.since(secret.created_at),
    };
    // SECURITY: during a rotation's overlap what is approved holds for the old value too.
    let longest =
        secrets
            .filter(|secret| !secret.end().is_over_at(now))
            .fold(newest, |longest, secret| {
                if length(&secret) > length(&longest) {
                    secret
                } else {
                    longest
                }
            });
    Ok((longest.created_at, longest.expiry))
}

/// Makes another request in the place of one that was taken back just now. A token that waited with that
/// one waits on.
fn ask_instead(
    unit: &mut WriteUnit<'_>,
    acting: &Acting<'_>,
    row: &TokenRow,
    asked: &Asked,
    lengthen: Option<Expiry>,
) -> Result<(), AppError> {
    let id = open_request(unit, acting, row, asked, lengthen)?;
    if row.standing == Standing::Pending {
        let (from, to) = (Standing::Cancelled, Standing::Pending);
        tokens::set_standing(unit, row.id, from, to, acting.now, None, None)?;
    }
    approval::by_rule(unit, acting, row, id, Rules::Apply)
}

/// Takes a waiting request back, if there is one. A token that waited with it is cancelled.
pub(crate) fn cancel_pending(
    unit: &mut WriteUnit<'_>,
    acting: &Acting<'_>,
    row: &TokenRow,
    reason: &str,
) -> Result<bool, AppError> {
    let Some(pending) = requests::pending_of_token(unit, row.id)? else {
        return Ok(false);
    };
    requests::decide(unit, pending.id, "cancelled", acting.now, None, reason)?;
    if row.standing == Standing::Pending {
        let (from, to) = (Standing::Pending, Standing::Cancelled);
        tokens::set_standing(unit, row.id, from, to, acting.now, None, Some(reason))?;
    }
    let (login, _) = owner_login(unit, row)?;
    acting
        .record(Event::RequestCancel)
        .token(row.id, &row.name)
        .creator(row.creator)
        .organization(row.wanted.owner.as_organization(), &login)
        .with("user_programmatic_access_request_id", pending.id.get())
        .reaches(&pending.asked.grant)
        .write(unit)?;
    Ok(true)
}
