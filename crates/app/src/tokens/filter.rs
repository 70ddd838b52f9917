//! Which tokens a reviewer looks for.

use jeton_domain::{PermissionKey, RepositoryName, Time, TokenId};
use jeton_store::token_filter::{self, Reaches};
use jeton_store::{ReadUnit, places};

use crate::authorize::Acting;
use crate::error::AppError;

/// What is looked for. Each that is said narrows further.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TokenFilter {
    /// Made by one of these, by login.
    pub creators: Vec<String>,
    /// One of these.
    pub tokens: Vec<TokenId>,
    /// For this repository: `name` or `owner/name`.
    pub repository: Option<String>,
    /// With this permission, at any level.
    pub permission: Option<PermissionKey>,
    /// Not used at or after this moment.
    pub used_before: Option<Time>,
    /// Used after this moment.
    pub used_after: Option<Time>,
    /// The oldest first, and not the newest.
    pub oldest_first: bool,
}

impl TokenFilter {
    /// As the store takes it.
    pub(crate) fn ready(
        &self,
        unit: &mut ReadUnit<'_>,
        acting: &Acting<'_>,
    ) -> Result<token_filter::TokenFilter, AppError> {
        let fold = |login: &String| login.to_ascii_lowercase().replace('\0', "");
        Ok(token_filter::TokenFilter {
            creators: self.creators.iter().map(fold).collect(),
            tokens: self.tokens.clone(),
            repository: match &self.repository {
                Some(name) => Some(reaches(unit, acting, name)?),
                None => None,
            },
            permission: self.permission,
            used_before: self.used_before,
            used_after: self.used_after,
            oldest_first: self.oldest_first,
        })
    }
}

/// SECURITY: a name that whoever looks may not see is as one that is not there, so that nobody learns by a filter
/// what exists.
fn reaches(unit: &mut ReadUnit<'_>, acting: &Acting<'_>, name: &str) -> Result<Reaches, AppError> {
    let owner = acting.organization()?;
    let short = match name.split_once('/') {
        Some((login, short)) if login.eq_ignore_ascii_case(&owner.login) => short,
        Some(_) => return Ok(Reaches::All),
        None => name,
    };
    let Ok(short) = RepositoryName::parse(short) else {
        return Ok(Reaches::All);
    };
    let named = places::repository(unit, &owner.login.to_ascii_lowercase(), &short.key())?;
    let Some(place) = named.filter(|place| !place.moved) else {
        return Ok(Reaches::All);
    };
    let seen = crate::repositories::seen(unit, acting)?;
    Ok(if seen.admits(place.id, owner.id, place.visibility) {
        Reaches::One(place.id)
    } else {
        Reaches::All
    })
}
