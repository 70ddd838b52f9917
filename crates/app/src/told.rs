//! What every answer tells of who asked, whatever became of the request: their credential, if it lives, and what is left
//! of their limit.

use jeton_domain::{Scopes, Time, UserId};
use jeton_token::Kind;

use crate::app::App;
use crate::authenticate::Authenticated;
use crate::call::{Call, Carried, Shape};
use crate::rates::RateState;

/// What the headers of an answer tell of who asked.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Told {
    /// Whose credential it is, if it lives.
    pub(crate) person: Option<UserId>,
    /// The credential lives, is a token, and no sign-in.
    pub token: bool,
    /// What scopes it holds, where its kind has such.
    pub scopes: Option<Scopes>,
    /// When the token's value ends. Of a sign-in nothing is said: its end slides.
    pub expires_at: Option<Time>,
    /// What is left in this hour of the limit that the request counted against, where there is one: the person's, or of
    /// who carried nothing that lives the address's.
    pub rate: Option<RateState>,
}

impl App {
    /// What is told of who asked. May look into the database.
    ///
    /// To be asked once the request was decided: before, it would depend on who came earlier.
    pub fn told(&self, call: &Call) -> Told {
        let Carried::Value(presented) = &call.carried else {
            return self.told_of_nobody(call);
        };
        // A sign-in is in no cache, and where no limit holds there is nothing to tell of it.
        let sign_in = matches!(
            presented.shape(),
            Shape::Session | Shape::Token(Kind::Client)
        );
        if sign_in && !self.rate_table.limits_people() {
            return Told::default();
        }
        self.authenticate(&call.carried)
            .map_or_else(|_| Told::default(), |who| self.told_of(call, &who))
    }

    /// As [`App::told`], from memory alone, on a thread that must not block. Nothing, where that is not enough.
    pub fn told_at_once(&self, call: &Call) -> Option<Told> {
        match &call.carried {
            Carried::Value(presented) => {
                let who = Authenticated::Known(self.cached_credential(presented)?);
                Some(self.told_of(call, &who))
            }
            Carried::Nothing | Carried::Faulty(_) => Some(self.told_of_nobody(call)),
        }
    }

    fn told_of(&self, call: &Call, who: &Authenticated) -> Told {
        let Some(known) = who.live(self.now()) else {
            return self.told_of_nobody(call);
        };
        let token = known.token().is_some();
        Told {
            person: Some(known.user),
            token,
            scopes: match &known.bearer.token {
                Some(held) if known.bearer.kind.has_scopes() => Some(held.scopes),
                _ => None,
            },
            expires_at: known.ends().moment().filter(|_| token),
            rate: self.rate_left(known.user),
        }
    }

    fn told_of_nobody(&self, call: &Call) -> Told {
        Told {
            rate: self.rate_left_to_address(call),
            ..Told::default()
        }
    }
}
