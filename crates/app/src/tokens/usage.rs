//! What a token was used for.

use jeton_domain::{Span, TokenId};
use jeton_store::activity::{self, HourlyCount};

use crate::app::App;
use crate::call::Call;
use crate::error::AppError;
use crate::tokens::view::{TokenView, own, own_view};

/// The most hours that are shown: what is kept.
const MOST_HOURS: u32 = 24 * 366;

/// A token's use.
#[derive(Clone, Debug)]
pub struct Usage {
    /// The token, with the last use of each of its values.
    pub view: TokenView,
    /// By hour, operation and verdict.
    pub hours: Vec<HourlyCount>,
}

/// The use of one of the caller's tokens in the last `hours` hours.
pub fn usage(app: &App, call: &Call, id: TokenId, hours: u32) -> Result<Usage, AppError> {
    app.read(call, |unit, acting| own(unit, acting, id))?;
    // What was counted a moment ago belongs to the answer.
    app.flush_activity()?;
    app.read(call, |unit, acting| {
        let from = acting
            .now
            .before(Span::from_hours(i64::from(hours.min(MOST_HOURS))))
            .hour();
        let hours = activity::hours(unit, id, from)?;
        Ok(Usage {
            view: own_view(unit, acting, id)?,
            hours,
        })
    })
}
