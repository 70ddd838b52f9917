//! What a request asks of the decision about things that stand beside the one that its route is about.

use jeton_decide::{Denial, Rates, Reason, Status};
use jeton_store::ReadUnit;

use crate::authorize::{Acting, ask};
use crate::call::{Call, Named};
use crate::error::AppError;
use crate::place::{self, Place};
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
        let user = self.known().map(|known| known.user);
        let place = place::load(unit, &call.named, user, &self.site)?;
        let target = place.target();
        ask(
            &call,
            self.now,
            &self.who,
            &target,
            &self.site,
            Rates::default(),
            None,
        )
        .permitted()
        .map_err(|denial| {
            self.app
                .refusal(unit, &call, self.now, &self.who, &place, denial)
        })?;
        place.by_present_name(call.door)?;
        match place {
            Place::Repository(repository) => Ok(repository),
            _ => Err(AppError::Missing("repository")),
        }
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
