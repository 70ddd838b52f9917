//! Whose things a token of the caller may reach.

use jeton_domain::Maximum;
use jeton_store::places;

use crate::app::App;
use crate::call::Call;
use crate::error::AppError;
use crate::place;
use crate::tokens::wish;

/// An owner that may be chosen.
#[derive(Clone, Debug)]
pub struct OwnerChoice {
    /// Its name.
    pub login: String,
    /// An organization, or oneself.
    pub organization: bool,
    /// Asks for approval of this person's tokens.
    pub approval_required: bool,
    /// Its maximum.
    pub maximum: Maximum,
}

/// Oneself, and organizations where one is a member or an outside collaborator and that allow
/// fine-grained tokens. The others are not offered.
pub fn owners(app: &App, call: &Call) -> Result<Vec<OwnerChoice>, AppError> {
    app.read(call, |unit, acting| {
        let user = acting.user()?;
        let mut choices = Vec::new();
        for id in places::owners_near(unit, user)? {
            let Some(found) = places::owner_by_id(unit, id)? else {
                continue;
            };
            let owner = place::owner_of(unit, found, Some(user), &acting.site)?;
            if owner.policy.fine_grained_allowed && wish::may_own(&owner, user) {
                choices.push(OwnerChoice {
                    approval_required: owner.asks_for_approval(),
                    login: owner.login,
                    organization: owner.organization,
                    maximum: owner.policy.fine_grained_maximum,
                });
            }
        }
        Ok(choices)
    })
}
