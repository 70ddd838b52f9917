//! What a request asks of the decision about things that stand beside the one that its route is about.

use jeton_decide::{Denial, Rates, Reason, Status};
use jeton_domain::Operation;
use jeton_store::ReadUnit;

use crate::authorize::{Acting, ask, ask_as};
use crate::call::{Call, Named};
use crate::error::AppError;
use crate::place::{self, Place};
use crate::place_within;
use crate::refusal::Refusal;
use crate::repositories::REACH;

impl Acting<'_> {
    /// A repository that the request names beside what it is about, where the request reaches it: by its
    /// present name, and decided as a request for that repository is.
    pub fn beside(
        &self,
        unit: &mut ReadUnit<'_>,
        owner: &str,
        name: &str,
    ) -> Result<place::Repository, AppError> {
        let call = Call {
            operation: &REACH,
            named: Named::Repository(owner.to_owned(), name.to_owned()),
            ..self.call.clone()
        };
        let place = self.let_beside(unit, &call)?;
        place.by_present_name(call.door)?;
        match place {
            Place::Repository(repository) => Ok(repository),
            _ => Err(AppError::Missing("repository")),
        }
    }

    /// Asks for what another operation on the same thing takes, where a request does that too.
    pub(crate) fn also(
        &self,
        unit: &mut ReadUnit<'_>,
        operation: &'static Operation,
    ) -> Result<(), AppError> {
        let call = self.call.to(operation, self.call.named.clone());
        self.let_beside(unit, &call).map(drop)
    }

    /// Whether the same credential may do `operation` to what a list speaks of: each of its items is decided as a
    /// request for it is.
    pub(crate) fn may(
        &self,
        unit: &mut ReadUnit<'_>,
        operation: &'static Operation,
        named: Named,
    ) -> Result<bool, AppError> {
        let call = self.call.to(operation, named);
        Ok(self.asked_beside(unit, &call)?.1.is_ok())
    }

    /// Decides the request once more, as `operation`, about what it turned out to be about.
    pub(crate) fn again_about(
        &self,
        unit: &mut ReadUnit<'_>,
        operation: &Operation,
        place: &Place,
    ) -> Result<(), AppError> {
        self.decide_again(unit, operation, place, None)
    }

    /// Whether the request would be let in to do `operation` with this.
    pub(crate) fn would(&self, operation: &Operation, place: &Place) -> bool {
        let (target, rates) = (place.target(), Rates::default());
        ask_as(
            operation, self.call, self.now, &self.who, &target, &self.site, rates, None,
        )
        .permitted()
        .is_ok()
    }

    fn let_beside(&self, unit: &mut ReadUnit<'_>, call: &Call) -> Result<Place, AppError> {
        let (place, decided) = self.asked_beside(unit, call)?;
        match decided {
            Ok(()) => Ok(place),
            Err(denial) => {
                let (app, who) = (self.app, &self.who);
                Err(app.refusal(unit, call, self.now, who, &place, denial))
            }
        }
    }

    /// Asks the decision about another request with the same credential. It counts as none of its own.
    fn asked_beside(
        &self,
        unit: &mut ReadUnit<'_>,
        call: &Call,
    ) -> Result<(Place, Result<(), Denial>), AppError> {
        let place = place_within::load_for(unit, &call.named, self.known(), &self.site)?;
        let target = place.target();
        let rates = Rates::default();
        let decision = ask(call, self.now, &self.who, &target, &self.site, rates, None);
        let decided = decision.permitted().map(drop);
        Ok((place, decided))
    }

    /// Asks for a credential where the site keeps what everybody may read to those who have one, for what
    /// lies beside the things that the decision knows: people.
    pub fn may_know_people(&self) -> Result<(), AppError> {
        if self.site.anonymous_allowed || self.known().is_some() {
            return Ok(());
        }
        let denial = Denial {
            reason: Reason::PersonNeeded,
            status: Status::Unauthorized,
        };
        let refusal = Refusal::of_nobody(self.call, &self.place, denial);
        Err(AppError::Refused(Box::new(refusal)))
    }
}
