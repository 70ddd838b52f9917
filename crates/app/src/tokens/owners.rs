//! Whose things a token of the caller may reach.

use jeton_domain::Maximum;

use crate::app::App;
use crate::call::Call;
use crate::error::AppError;
use crate::factors;
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
    /// Requires a second factor, and the person has none: it is shown and can't be chosen.
    pub factor_missing: bool,
    /// Its maximum.
    pub maximum: Maximum,
}

/// Oneself, and organizations where one is a member or an outside collaborator and that allow
/// fine-grained tokens. The others are not offered.
pub fn owners(app: &App, call: &Call) -> Result<Vec<OwnerChoice>, AppError> {
    app.read(call, |unit, acting| {
        let user = acting.user()?;
        let second_factor = factors::has_second(unit, user)?;
        let near = place::owners_near(unit, user, &acting.site)?;
        Ok(near
            .into_iter()
            .filter(|owner| owner.policy.fine_grained_allowed && wish::may_own(owner, user))
            .map(|owner| OwnerChoice {
                approval_required: owner.asks_for_approval(),
                factor_missing: owner.policy.two_factor_required && !second_factor,
                login: owner.login,
                organization: owner.organization,
                maximum: owner.policy.fine_grained_maximum,
            })
            .collect())
    })
}
