//! What every answer tells of the live credential that came with the request, whatever became of it.

use jeton_domain::{Scopes, Time};
use jeton_token::Kind;

use crate::app::App;
use crate::authenticate::Authenticated;
use crate::call::{Carried, Shape};
use crate::rates::RateState;

/// What the headers of an answer tell of a live credential.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Told {
    /// It is a token, and no sign-in.
    pub token: bool,
    /// What scopes it holds, where its kind has such.
    pub scopes: Option<Scopes>,
    /// When the token's value ends. Of a sign-in nothing is said: its end slides.
    pub expires_at: Option<Time>,
    /// What its person has left in this hour, where there is a limit.
    pub rate: Option<RateState>,
}

impl App {
    /// What is told of a carried credential, if it lives. May look into the database.
    ///
    /// To be asked once the request was decided: before, it would depend on who came earlier.
    pub fn told(&self, carried: &Carried) -> Option<Told> {
        let Carried::Value(presented) = carried else {
            return None;
        };
        // A sign-in is in no cache, and where no limit holds there is nothing to tell of it.
        let sign_in = matches!(
            presented.shape(),
            Shape::Session | Shape::Token(Kind::Client)
        );
        if sign_in && !self.rate_table.limits_people() {
            return None;
        }
        self.told_of(&self.authenticate(carried).ok()?)
    }

    /// As [`App::told`], from memory alone, on a thread that must not block.
    pub fn told_at_once(&self, carried: &Carried) -> Option<Told> {
        let Carried::Value(presented) = carried else {
            return None;
        };
        self.told_of(&Authenticated::Known(self.cached_credential(presented)?))
    }

    fn told_of(&self, who: &Authenticated) -> Option<Told> {
        let known = who.live(self.now())?;
        let token = known.token().is_some();
        Some(Told {
            token,
            scopes: match &known.bearer.token {
                Some(held) if known.bearer.kind.has_scopes() => Some(held.scopes),
                _ => None,
            },
            expires_at: known.expiry.moment().filter(|_| token),
            rate: self.rate_left(known.user),
        })
    }
}
