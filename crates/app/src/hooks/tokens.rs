//! What organizations are told of tokens that reach them, beyond what stands in their log: one ends soon, one is used from
//! another network.

use std::collections::HashSet;
use std::net::IpAddr;
use std::sync::{Mutex, PoisonError};

use ipnet::IpNet;
use jeton_domain::{HookEvent, HookId, OrganizationId, SecretId, Span, Time, TokenId};
use jeton_store::tokens::TokenRow;
use jeton_store::{ReadUnit, StoreError, WriteUnit, places, token_places, tokens};
use serde_json::{Map, Value, json};

use super::Thing;
use super::payload::{self, Facts, told_token};
use super::raise::listening;
use super::tell::{Told, tell};
use crate::app::{App, Inner};
use crate::error::AppError;

/// Networks of secrets that were looked up already: what is here is asked of the database no more.
const KNOWN: usize = 1 << 16;

/// Of one token so many new networks are told in a day: one that is used from everywhere tells nothing by it.
const TOLD_A_DAY: i64 = 5;

/// Which networks secrets were used from, as far as this run of the server has looked.
#[derive(Debug, Default)]
pub(crate) struct KnownPlaces(Mutex<HashSet<(SecretId, IpNet)>>);

/// A use of a token since the last look.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Used {
    pub(crate) secret: SecretId,
    pub(crate) address: IpAddr,
    pub(crate) at: Time,
}

/// Whom an address stands for: /24, or /48 of version 6, as providers give them to one place.
fn network(address: IpAddr) -> Option<IpNet> {
    let address = address.to_canonical();
    let bits = if address.is_ipv4() { 24 } else { 48 };
    IpNet::new(address, bits)
        .ok()
        .map(|network| network.trunc())
}

/// Tells the organization that a token reaches that a value of it ends soon. `days`: in how many.
pub(crate) fn expiring(
    app: &Inner,
    unit: &mut WriteUnit<'_>,
    token: TokenId,
    days: i64,
    now: Time,
) -> Result<(), AppError> {
    let Some(row) = tokens::find(unit, token)? else {
        return Ok(());
    };
    let more = [("days", days.into())];
    raise(app, unit, &row, "expiring", more, now)
}

impl App {
    /// Notes where tokens were used from, and tells of networks that are new.
    pub(crate) fn note_places(&self, used: &[Used]) -> Result<(), AppError> {
        for (used, network) in self.unseen(used) {
            let name = network.to_string();
            let found = self.store.read(|unit| reaching(unit, used.secret, &name))?;
            if let Some(token) = found {
                self.note_place(token, &name, used.at)?;
            }
            let mut known = self.known_places();
            if known.len() >= KNOWN {
                known.clear();
            }
            known.insert((used.secret, network));
        }
        Ok(())
    }

    /// Notes one, and tells of it where it is new and anybody listens. Where the server ends between both, nobody is told.
    fn note_place(&self, token: TokenId, network: &str, at: Time) -> Result<(), AppError> {
        let ((all, today), new) = self.store.side(|unit| {
            let known = token_places::count(unit, token, at.before(Span::from_days(1)))?;
            let new = token_places::note(unit, token, network, at)?;
            Ok::<_, StoreError>((known, new))
        })?;
        // Where it is used first is no other place.
        if !new || all == 0 || today >= TOLD_A_DAY + i64::from(all == today) {
            return Ok(());
        }
        let row = self.store.read(|unit| {
            let row = tokens::find(unit, token)?;
            match row {
                Some(row) if hear(unit, &row)?.is_some() => Ok(Some(row)),
                _ => Ok::<_, AppError>(None),
            }
        })?;
        let Some(row) = row else { return Ok(()) };
        let more = [("used_at", at.iso().into())];
        self.store
            .write(|unit| raise(self, unit, &row, "new_place", more, at))
    }

    fn unseen(&self, used: &[Used]) -> Vec<(Used, IpNet)> {
        let known = self.known_places();
        let networks = used
            .iter()
            .filter_map(|used| Some((*used, network(used.address)?)));
        networks
            .filter(|(used, network)| !known.contains(&(used.secret, *network)))
            .collect()
    }

    fn known_places(&self) -> std::sync::MutexGuard<'_, HashSet<(SecretId, IpNet)>> {
        self.token_places
            .0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }
}

/// The token of a secret, where it has access to an organization and was not used from there before.
fn reaching(
    unit: &mut ReadUnit<'_>,
    secret: SecretId,
    network: &str,
) -> Result<Option<TokenId>, AppError> {
    let Some(token) = token_places::token_of(unit, secret)? else {
        return Ok(None);
    };
    let Some(row) = tokens::find(unit, token)? else {
        return Ok(None);
    };
    let new = reached(unit, &row)?.is_some() && !token_places::is_known(unit, token, network)?;
    Ok(new.then_some(token))
}

/// The organization that a token has access to.
fn reached(unit: &mut ReadUnit<'_>, row: &TokenRow) -> Result<Option<OrganizationId>, AppError> {
    if !row.standing.grants() {
        return Ok(None);
    }
    let owner = places::owner_by_id(unit, row.wanted.owner)?;
    let organization = owner.filter(|owner| owner.organization.is_some());
    Ok(organization.map(|owner| owner.id.as_organization()))
}

/// Whom what becomes of a token is told, and of which organization; nothing where nobody listens.
fn hear(
    unit: &mut ReadUnit<'_>,
    row: &TokenRow,
) -> Result<Option<(OrganizationId, Vec<HookId>)>, AppError> {
    let Some(organization) = reached(unit, row)? else {
        return Ok(None);
    };
    let hooks = listening(unit, HookEvent::Token, Some(organization), None)?;
    Ok((!hooks.is_empty()).then_some((organization, hooks)))
}

/// SECURITY: never an address: the log of the organization shows its own requests', not each use of a token.
fn raise<const N: usize>(
    app: &Inner,
    unit: &mut WriteUnit<'_>,
    row: &TokenRow,
    action: &'static str,
    more: [(&str, Value); N],
    now: Time,
) -> Result<(), AppError> {
    let Some((organization, hooks)) = hear(unit, row)? else {
        return Ok(());
    };
    let (shape, url) = (payload::shape(app)?, app.public_url());
    let token = told_token(unit, row, row.in_force())?;
    let mut facts = Facts::at(unit, Some(organization), None)?;
    facts.sender = Some(token.creator.clone());
    let mut fields: Map<String, Value> = more
        .into_iter()
        .map(|(name, value)| (name.to_owned(), value))
        .collect();
    fields.insert("action".to_owned(), json!(action));
    let shaped = shape(url, Thing::Token(&token));
    fields.insert("personal_access_token".to_owned(), shaped);
    let mut payload = Value::Object(fields);
    facts.put(shape, url, &mut payload);
    let told = Told {
        event: HookEvent::Token,
        action: Some(action),
        payload,
    };
    tell(app, unit, hooks, &told, now)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_of_one_place_are_one_network() {
        let of = |text: &str| network(text.parse().unwrap()).unwrap().to_string();
        assert_eq!(of("192.0.2.7"), "192.0.2.0/24");
        assert_eq!(of("::ffff:192.0.2.9"), "192.0.2.0/24");
        assert_eq!(of("2001:db8:1:2:3::4"), "2001:db8:1::/48");
    }
}
