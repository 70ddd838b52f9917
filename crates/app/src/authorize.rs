//! The one way to the decision: every door, every use case.

use std::cell::Cell;
use std::sync::Arc;

use jeton_decide::{
    Carrier, Decision, Denial, Facts, Permit, Principal, Rates, Reason, RefChange, Request, Target,
    decide,
};
use jeton_domain::{Event, Operation, RepositoryId, SitePolicy, Time, UserId};
use jeton_store::{ReadUnit, Seq, StoreError, Tombstone, WriteUnit, secrets};

use crate::app::App;
use crate::audit::Record;
use crate::authenticate::{Authenticated, Known, Subject};
use crate::cache::Dated;
use crate::call::{Call, Carried};
use crate::error::AppError;
use crate::place::{self, Place};
use crate::place_within;
use crate::refusal::Refusal;

/// A permit, and what it is about as it was when it was decided.
pub type Permitted = (Permit, Arc<Dated<Place>>);

/// A permitted request inside a unit: who acts, on what, by which permit.
#[derive(Debug)]
pub struct Acting<'a> {
    /// The server.
    pub app: &'a App,
    /// The request.
    pub call: &'a Call,
    /// The moment of the decision, and of everything the use case does.
    pub now: Time,
    /// The proof.
    pub permit: Permit,
    /// Who came.
    pub who: Authenticated,
    /// What it is about.
    pub place: Place,
    /// The site's policy.
    pub site: SitePolicy,
    /// A further operation was permitted that takes a confirmed sign-in: sudo mode slides.
    confirmed: Cell<bool>,
}

impl Acting<'_> {
    /// The person behind the request.
    ///
    /// An operation that anybody may call has none; its use case does not ask.
    pub fn user(&self) -> Result<UserId, AppError> {
        self.known()
            .map(|known| known.user)
            .ok_or(AppError::Missing("person"))
    }

    /// The credential behind the request.
    pub fn known(&self) -> Option<&Known> {
        self.who.live(self.now)
    }

    /// The login of who asks; empty where nobody is known.
    pub fn login(&self) -> &str {
        self.known().map_or("", |known| known.login.as_str())
    }

    /// The organization it is about.
    pub fn organization(&self) -> Result<&place::Owner, AppError> {
        match &self.place {
            Place::Organization(owner) => Ok(owner),
            _ => Err(AppError::Missing("organization")),
        }
    }

    /// Whether the organization's rules refuse the caller whatever they ask of it, but to go.
    pub(crate) fn is_shut_out(&self) -> Result<bool, AppError> {
        let owner = self.organization()?.facts();
        let address = self.call.address;
        Ok(self.known().is_none_or(|known| {
            jeton_decide::refused_by_owner(&known.bearer, owner, address).is_some()
        }))
    }

    /// The repository it is about.
    pub fn repository(&self) -> Result<&place::Repository, AppError> {
        match &self.place {
            Place::Repository(repository) => Ok(repository),
            _ => Err(AppError::Missing("repository")),
        }
    }

    /// What adds power takes a sign-in that was confirmed lately, and what only takes away never does:
    /// where the route alone can't tell, what is wanted is held against what is there. `more`: it
    /// gives somebody more than they have.
    pub fn confirm_if(&self, unit: &mut ReadUnit<'_>, more: bool) -> Result<(), AppError> {
        if !more {
            return Ok(());
        }
        let adding = Operation {
            confirm: true,
            ..*self.call.operation
        };
        self.again(unit, &adding, None)?;
        self.confirmed.set(true);
        Ok(())
    }

    /// Whether a token's ref conditions let the request do to a ref what a push could do.
    pub fn require_ref(
        &self,
        unit: &mut ReadUnit<'_>,
        change: RefChange<'_>,
    ) -> Result<(), AppError> {
        self.again(unit, self.call.operation, Some(change))
    }

    /// Decides the request once more, as `operation`, and for one ref.
    fn again(
        &self,
        unit: &mut ReadUnit<'_>,
        operation: &Operation,
        change: Option<RefChange<'_>>,
    ) -> Result<(), AppError> {
        self.decide_again(unit, operation, &self.place, change)
    }

    pub(crate) fn decide_again(
        &self,
        unit: &mut ReadUnit<'_>,
        operation: &Operation,
        place: &Place,
        change: Option<RefChange<'_>>,
    ) -> Result<(), AppError> {
        let (target, rates) = (place.target(), Rates::default());
        let decision = ask_as(
            operation, self.call, self.now, &self.who, &target, &self.site, rates, change,
        );
        let Err(denial) = decision.permitted() else {
            return Ok(());
        };
        let (app, call) = (self.app, self.call);
        Err(app.refusal(unit, call, self.now, &self.who, place, denial))
    }

    /// Keeps what the decision looked up, so that the next like it is made from memory. `seq`: of the snapshot of a read; a
    /// unit that writes bears the number of a change that may never be.
    pub(crate) fn keep(&self, seq: Seq) {
        self.app.keep_site(&self.site, seq);
        let known = self.known();
        if known.is_some_and(|known| known.within.is_some()) {
            return;
        }
        let user = known.map(|known| known.user);
        let place = self.place.clone();
        self.app
            .keep_place(&self.call.named, user, place, &self.site, seq);
    }

    /// As another request would act, permitted as `permit` says: for the rules that are asked without
    /// doing.
    pub(crate) fn rehearsed<'b>(
        &'b self,
        call: &'b Call,
        permit: Permit,
        who: Authenticated,
        place: Place,
    ) -> Acting<'b> {
        Acting {
            app: self.app,
            call,
            now: self.now,
            permit,
            who,
            place,
            site: self.site.clone(),
            confirmed: Cell::new(false),
        }
    }

    /// Begins an audit entry of this request.
    pub fn record(&self, event: Event) -> Record<'_> {
        Record::new(self, event)
    }
}

impl App {
    /// Decides a request from the caches, where everything it needs is there.
    pub fn permit(&self, call: &Call) -> Result<Permitted, AppError> {
        self.permit_ref(call, None)
    }

    /// As [`App::permit`], from memory alone, on a thread that must not block. `None` where that is not
    /// enough: the long way decides then.
    pub fn permit_at_once(&self, call: &Call) -> Option<Result<Permitted, AppError>> {
        self.at_once(call, |permit, place, _| Some((permit, Arc::clone(place))))
    }

    /// As [`App::read`], from memory alone, as [`App::permit_at_once`] decides. `work` has a permit, what it is about and
    /// whether anybody is known, and says nothing where memory holds too little: then nothing is counted either.
    pub(crate) fn at_once<T>(
        &self,
        call: &Call,
        work: impl FnOnce(Permit, &Arc<Dated<Place>>, Option<&Known>) -> Option<T>,
    ) -> Option<Result<T, AppError>> {
        let now = self.now();
        let site = self.site_policy.get(&self.changes)?;
        let who = match &call.carried {
            Carried::Value(presented) => Authenticated::Known(self.cached_credential(presented)?),
            Carried::Nothing | Carried::Faulty(_) => Authenticated::Nobody,
        };
        // A first use and a newer key are written down first.
        if let Some(known) = who.known() {
            let settled = match known.subject {
                Subject::Token { used, .. } => used || call.operation.about_itself,
                Subject::SignIn { .. } => false,
            } && !known.older_key;
            if !settled || known.alive(now).is_err() {
                return None;
            }
        }
        // That of the first request of every operation of Git's too, which leads nobody anywhere.
        let known = who.live(now);
        if known.is_some_and(|known| known.within.is_some()) {
            return None;
        }
        let place = self.cached_place(&call.named, known.map(|known| known.user))?;
        let rates = self.rates(call, &who, now);
        match ask(
            call,
            now,
            &who,
            &place.value.target(),
            &site.value,
            rates,
            None,
        ) {
            Decision::Allow(permit) => {
                if let Err(moved) = place.value.by_present_name(call.door) {
                    self.count_request(call, &who, now);
                    return Some(Err(moved));
                }
                let done = work(permit, &place, who.live(now))?;
                self.count_request(call, &who, now);
                if let Authenticated::Known(dated) = &who {
                    self.activity.used(call, dated, now);
                }
                Some(Ok(done))
            }
            Decision::Deny(denial) if who.known().is_none() => {
                self.count_request(call, &who, now);
                let refusal = Refusal::of_nobody(call, &place.value, denial);
                Some(Err(AppError::Refused(Box::new(refusal))))
            }
            // The facts of a credential in words need the database; the long way counts the request.
            Decision::Deny(_) => None,
        }
    }

    /// As [`App::permit`], for one ref of a push.
    pub fn permit_ref(
        &self,
        call: &Call,
        ref_change: Option<RefChange<'_>>,
    ) -> Result<Permitted, AppError> {
        let now = self.now();
        let site = self.site()?;
        let who = self.authenticate(&call.carried)?;
        let place = self.place_for(&call.named, who.live(now))?;
        let permit = match self.decided(call, now, &who, &place.value, &site.value, ref_change) {
            Ok(permit) => permit,
            Err(denial) => {
                return Err(self.refusal_from_caches(call, now, &who, &place.value, denial));
            }
        };
        place.value.by_present_name(call.door)?;
        self.note_use(call, &who, now, call.operation.confirm)?;
        Ok((permit, place))
    }

    /// The door's own question, before a handler sees anything of the request: what is refused here
    /// goes no further, and what passes is decided again where it counts.
    pub fn admit(&self, call: &Call) -> Result<(), AppError> {
        let now = self.now();
        let who = self.authenticate(&call.carried)?;
        let rates = self.rates(call, &who, now);
        self.answer_from_caches(call, now, &who, rates, None, |denial| {
            self.count_request(call, &who, now);
            self.count_refusal(call, &who, denial, now);
        })?
        .value
        .by_present_name(call.door)
    }

    /// Decides a running transfer's request again: counts and notes nothing. `repository`: what it began
    /// on. One that was renamed meanwhile is the same.
    pub(crate) fn permit_again(
        &self,
        call: &Call,
        repository: Option<RepositoryId>,
        ref_change: Option<RefChange<'_>>,
    ) -> Result<(), AppError> {
        let now = self.now();
        let who = self.authenticate(&call.carried)?;
        let place =
            self.answer_from_caches(call, now, &who, Rates::default(), ref_change, |_| {})?;
        repository.map_or(Ok(()), |id| place.value.still(id))
    }

    fn answer_from_caches(
        &self,
        call: &Call,
        now: Time,
        who: &Authenticated,
        rates: Rates,
        ref_change: Option<RefChange<'_>>,
        denied: impl FnOnce(Denial),
    ) -> Result<Arc<Dated<Place>>, AppError> {
        let site = self.site()?;
        let place = self.place_for(&call.named, who.live(now))?;
        match ask(
            call,
            now,
            who,
            &place.value.target(),
            &site.value,
            rates,
            ref_change,
        ) {
            Decision::Allow(_) => Ok(place),
            Decision::Deny(denial) => {
                denied(denial);
                Err(self.refusal_from_caches(call, now, who, &place.value, denial))
            }
        }
    }

    /// A denial in words. Of nobody there is nothing to be looked up.
    fn refusal_from_caches(
        &self,
        call: &Call,
        now: Time,
        who: &Authenticated,
        place: &Place,
        denial: Denial,
    ) -> AppError {
        if who.known().is_none() {
            return AppError::Refused(Box::new(Refusal::of_nobody(call, place, denial)));
        }
        self.store
            .read(|unit| Ok::<_, StoreError>(self.refusal(unit, call, now, who, place, denial)))
            .unwrap_or_else(AppError::Store)
    }

    /// A read: one snapshot for decision and answer.
    pub fn read<T>(
        &self,
        call: &Call,
        work: impl FnOnce(&mut ReadUnit<'_>, &Acting<'_>) -> Result<T, AppError>,
    ) -> Result<T, AppError> {
        let now = self.now();
        let (answer, who) = self.store.read(|unit| {
            let acting = self.acting(unit, unit.seq(), call, now)?;
            let answer = work(unit, &acting)?;
            Ok::<_, AppError>((answer, acting.who))
        })?;
        self.note_use(call, &who, now, call.operation.confirm)?;
        Ok(answer)
    }

    /// A change: the decision is made inside the unit that changes, so no cache can permit it. When
    /// it returns, the change is committed, every cache knows, and transfers that lost their permit
    /// are cut.
    pub fn write<T>(
        &self,
        call: &Call,
        work: impl FnOnce(&mut WriteUnit<'_>, &Acting<'_>) -> Result<T, AppError>,
    ) -> Result<T, AppError> {
        let now = self.now();
        let changed = self.store.write(|unit| {
            let before = Seq(unit.seq().0 - 1);
            let acting = self.acting(unit, before, call, now)?;
            let answer = work(unit, &acting)?;
            let confirmed = call.operation.confirm || acting.confirmed.get();
            Ok::<_, AppError>((answer, acting.who, confirmed))
        });
        // Also where the outcome of the commit is unknown: it is taken as done.
        self.settle();
        let (answer, who, confirmed) = changed?;
        if let Err(error) = self.note_use(call, &who, now, confirmed) {
            // The change is there, and its answer may hold a value that is shown once: a use that
            // could not be noted does not take it away.
            tracing::error!(%error, request = %call.request_id, "the use of a credential could not be noted");
        }
        Ok(answer)
    }

    /// `snapshot`: the number of the change up to which the unit sees the database now.
    fn acting<'a>(
        &'a self,
        unit: &mut ReadUnit<'_>,
        snapshot: Seq,
        call: &'a Call,
        now: Time,
    ) -> Result<Acting<'a>, AppError> {
        let site = place::site_policy(unit)?;
        let who = self.authenticate_in(unit, snapshot, &call.carried)?;
        let place = place_within::load_for(unit, &call.named, who.live(now), &site)?;
        let permit = match self.decided(call, now, &who, &place, &site, None) {
            Ok(permit) => permit,
            Err(denial) => return Err(self.refusal(unit, call, now, &who, &place, denial)),
        };
        place.by_present_name(call.door)?;
        Ok(Acting {
            app: self,
            call,
            now,
            permit,
            who,
            place,
            site,
            confirmed: Cell::new(false),
        })
    }

    fn decided(
        &self,
        call: &Call,
        now: Time,
        who: &Authenticated,
        place: &Place,
        site: &SitePolicy,
        ref_change: Option<RefChange<'_>>,
    ) -> Result<Permit, Denial> {
        let rates = self.rates(call, who, now);
        self.count_request(call, who, now);
        match ask(call, now, who, &place.target(), site, rates, ref_change) {
            Decision::Allow(permit) => {
                self.activity.count(call, who.known(), "allow", now);
                Ok(permit)
            }
            Decision::Deny(denial) => {
                self.count_refusal(call, who, denial, now);
                Err(denial)
            }
        }
    }

    fn count_refusal(&self, call: &Call, who: &Authenticated, denial: Denial, now: Time) {
        self.activity
            .count(call, who.known(), denial.reason.code(), now);
        if denial.reason == Reason::Retired {
            self.activity.late(call, who.known(), now);
        }
        self.count_failure(call, who, denial, now);
        tracing::debug!(
            request = %call.request_id,
            operation = call.operation.name,
            reason = denial.reason.code(),
            "refused"
        );
    }

    /// A denial in words, as the error it ends as.
    pub(crate) fn refusal(
        &self,
        unit: &mut ReadUnit<'_>,
        call: &Call,
        now: Time,
        who: &Authenticated,
        place: &Place,
        denial: Denial,
    ) -> AppError {
        match Refusal::new(self, unit, call, now, who, place, denial) {
            Ok(refusal) => AppError::Refused(Box::new(refusal)),
            Err(error) => AppError::Store(error),
        }
    }

    /// Notes that a credential was used. Its first use is written at once, because it ends the
    /// secret it replaces and closes the door to a repeated rotation; everything else in batches.
    /// `confirmed`: it was used for something that takes sudo mode.
    fn note_use(
        &self,
        call: &Call,
        who: &Authenticated,
        now: Time,
        confirmed: bool,
    ) -> Result<(), AppError> {
        let Some(known) = who.live(now) else {
            return Ok(());
        };
        if known.older_key
            && let Carried::Value(presented) = &call.carried
        {
            self.redigest(presented, known, now)?;
        }
        match known.subject {
            Subject::Token {
                token,
                secret,
                used: false,
                ..
            } if !call.operation.about_itself => {
                let ended = self.store.write(|unit| {
                    if !secrets::note_first_use(unit, secret, now)? {
                        return Ok::<_, StoreError>(());
                    }
                    for older in secrets::of_token(unit, token)? {
                        let waits = older.until_first_use && older.retired_at.is_none();
                        if older.id < secret && waits {
                            secrets::retire(unit, older.id, now, secrets::FIRST_USE)?;
                            unit.tombstone(now, &Tombstone::SecretRetired(older.id))?;
                        }
                    }
                    unit.feed(now, "token.first_use", token)
                });
                self.settle();
                ended?;
            }
            Subject::SignIn { .. } => self.slide(known, now, confirmed)?,
            Subject::Token { .. } => {}
        }
        self.activity.seen(call, known, now);
        Ok(())
    }

    /// A sign-in that is used lives on; so does its sudo mode, where that was needed.
    pub(crate) fn slide(&self, known: &Known, now: Time, confirmed: bool) -> Result<(), AppError> {
        let Subject::SignIn { id, seen } = known.subject else {
            return Ok(());
        };
        // To the hour, but at once where sudo mode slides.
        if confirmed || seen.hour() != now.hour() {
            let expires = now.after(crate::sign_in::unused(known.bearer.kind));
            self.store
                .side(|unit| jeton_store::sign_ins::slide(unit, id, now, expires, confirmed))?;
        }
        Ok(())
    }
}

/// Asks the decision.
pub(crate) fn ask(
    call: &Call,
    now: Time,
    who: &Authenticated,
    target: &Target<'_>,
    site: &SitePolicy,
    rates: Rates,
    ref_change: Option<RefChange<'_>>,
) -> Decision {
    let operation = call.operation;
    ask_as(operation, call, now, who, target, site, rates, ref_change)
}

/// Asks the decision about a request that is more than its route says.
#[expect(
    clippy::too_many_arguments,
    reason = "what a decision is made from, each of its own type"
)]
pub(crate) fn ask_as(
    operation: &Operation,
    call: &Call,
    now: Time,
    who: &Authenticated,
    target: &Target<'_>,
    site: &SitePolicy,
    rates: Rates,
    ref_change: Option<RefChange<'_>>,
) -> Decision {
    let facts = Facts {
        carrier: match call.carried {
            Carried::Faulty(fault) => Carrier::Faulty(fault),
            Carried::Nothing | Carried::Value(_) => Carrier::Fine,
        },
        rates,
        credential: who.credential(now),
        anonymous_allowed: site.anonymous_allowed,
        target: *target,
    };
    decide(
        &Request {
            operation,
            now,
            address: call.address,
            ref_change,
        },
        &facts,
    )
}

/// The person a permit was given to.
pub(crate) fn person(permit: &Permit) -> Option<UserId> {
    match permit.principal() {
        Some(Principal::User { id, .. } | Principal::Job { opener: id, .. }) => Some(id),
        Some(Principal::Service { id }) => Some(id.as_user()),
        _ => None,
    }
}
