//! Sending what is queued: leased, tried again with growing pauses, never sent twice.

use jeton_domain::{Clean as _, Id as _, Span, Time};
use jeton_out::mail::{Letter, Mailer, Outcome};
use jeton_store::jobs::Job;
use jeton_store::{jobs, users};

use super::tell::{MAIL, MailJob};
use super::{Notice, render};
use crate::app::App;
use crate::error::AppError;
use crate::invitations;
use crate::links::LinkCode;
use crate::seal::SealedIn;

/// How long a worker may take for one letter: more than a mail server's slowest answers take together.
const LEASE: Span = Span::from_minutes(15);

/// Minutes to the next try, after the first, the second, and so on; the last stands for all that follow.
const PAUSES: [i64; 8] = [1, 2, 5, 15, 60, 120, 240, 360];

/// Characters of a mail server's words that are kept.
const LONGEST_FAULT: usize = 300;

/// After so many tries nobody waits for the letter any more: about three days.
const MOST_TRIES: i64 = 18;

/// A mail server's words as they are kept: it may say anything, at any length.
fn fault(why: &impl std::fmt::Display) -> String {
    jeton_domain::plain(&why.to_string())
        .chars()
        .take(LONGEST_FAULT)
        .collect()
}

/// How a letter ended: the stored word.
enum End {
    /// It is over; why, where it came to nothing.
    Over(&'static str, Option<String>),
    /// It is tried again then, because of that.
    At(Time, String),
}

impl App {
    /// Whether mail goes out from here at all.
    pub fn sends_mail(&self) -> bool {
        self.mailer.is_some()
    }

    /// Takes over what an earlier run was at when it ended. Before anything is sent.
    ///
    /// On a full disk the server starts all the same: their leases run out.
    pub fn take_over_mail(&self) {
        if let Err(error) = self.store.side(jobs::release) {
            tracing::warn!(%error, "letters of an earlier run could not be taken over");
        }
    }

    /// Sends what is due, for as long as `go_on` says so. Gives how many letters were tried.
    pub fn deliver_mail(&self, go_on: &dyn Fn() -> bool) -> Result<usize, AppError> {
        let Some(mailer) = &self.mailer else {
            return Ok(0);
        };
        let mut tried = 0;
        while go_on() {
            let now = self.now();
            if !self.store.read(|unit| jobs::any_due(unit, now))? {
                break;
            }
            let leased = self
                .store
                .side(|unit| jobs::lease(unit, now, now.after(LEASE)))?;
            let Some(job) = leased else { break };
            tried += 1;
            let end = self.work(mailer, &job)?;
            let now = self.now();
            self.store.side(|unit| match &end {
                End::Over(outcome, why) => {
                    jobs::finish(unit, job.id, outcome, why.as_deref(), now).map(|_| ())
                }
                End::At(due, why) => jobs::put_off(unit, job.id, *due, why),
            })?;
        }
        Ok(tried)
    }

    fn work(&self, mailer: &Mailer, job: &Job) -> Result<End, AppError> {
        let number = job.id.get();
        if job.handed_at.is_some() {
            // INVARIANT: a letter that may have been delivered is not sent again.
            tracing::warn!(
                job = number,
                "a letter was being handed over when the server ended; it may not have been delivered, and is not sent again"
            );
            return Ok(End::Over("unknown", None));
        }
        let parsed: Option<MailJob> = (job.kind == MAIL)
            .then(|| serde_json::from_str(&job.payload).ok())
            .flatten();
        let Some(mail) = parsed else {
            tracing::error!(job = number, "a job can't be read and is dropped");
            return Ok(End::Over("unreadable", None));
        };
        if mail.until.is_some_and(|until| until.is_over_at(self.now())) {
            return Ok(End::Over("late", None));
        }
        let Some(letter) = self.letter(job, &mail)? else {
            return Ok(End::Over("not_needed", None));
        };
        let outcome = mailer.send(&letter, || {
            let now = self.now();
            match self.store.side(|unit| jobs::hand_over(unit, job.id, now)) {
                Ok(true) => Ok(()),
                Ok(false) => Err("somebody else has it".to_owned()),
                Err(error) => Err(error.to_string()),
            }
        });
        Ok(self.ended(job, &outcome))
    }

    fn ended(&self, job: &Job, outcome: &Outcome) -> End {
        let number = job.id.get();
        match outcome {
            Outcome::Sent => End::Over("sent", None),
            Outcome::Never(why) => {
                tracing::warn!(job = number, %why, "a letter was refused and is not sent");
                End::Over("refused", Some(fault(why)))
            }
            Outcome::Unknown(why) => {
                tracing::warn!(
                    job = number,
                    %why,
                    "no answer came after a letter was handed over; it is not sent again"
                );
                End::Over("unknown", Some(fault(why)))
            }
            Outcome::Later(why) if job.attempts >= MOST_TRIES => {
                tracing::error!(job = number, %why, tries = job.attempts, "a letter could not be sent for days and is dropped");
                End::Over("gave_up", Some(fault(why)))
            }
            Outcome::Later(why) => {
                tracing::warn!(job = number, %why, tries = job.attempts, "a letter could not be sent and is tried again later");
                let tries = usize::try_from(job.attempts - 1).unwrap_or_default();
                let pause = PAUSES.get(tries).or(PAUSES.last()).copied().unwrap_or(360);
                End::At(self.now().after(Span::from_minutes(pause)), fault(why))
            }
        }
    }

    /// The letter as it is to be sent now; none where nobody is to get it any more.
    fn letter(&self, job: &Job, mail: &MailJob) -> Result<Option<Letter>, AppError> {
        let person = match mail.user {
            Some(user) => {
                let row = self.store.read(|unit| users::by_id(unit, user))?;
                match row.filter(|row| row.state == "active") {
                    Some(row) => Some(row),
                    None => return Ok(None),
                }
            }
            None => None,
        };
        let own = || {
            let person = person.as_ref()?;
            person.email_verified_at?;
            person.email.clone()
        };
        let Some(address) = mail.address.clone().or_else(own) else {
            return Ok(None);
        };
        let number = job.id.get();
        let code = match &job.sealed {
            Some(sealed) => {
                let plain = self.unseal(SealedIn::Job, number, sealed)?;
                std::str::from_utf8(&plain).ok().and_then(LinkCode::parse)
            }
            None => None,
        };
        let mut notice = mail.notice.clone();
        let waits = match (&mut notice, &code) {
            (Notice::OrganizationInvitation { .. }, Some(code)) => invitations::opens(self, code)?,
            (
                Notice::RepositoryInvitation {
                    invitation,
                    role,
                    owner,
                    repository,
                    ..
                },
                _,
            ) => match invitations::still_offers(self, *invitation, role)? {
                Some(row) => {
                    // As it is called by now.
                    (*owner, *repository) = (row.owner_login, row.name);
                    true
                }
                None => false,
            },
            _ => true,
        };
        if !waits {
            return Ok(None);
        }
        let words = notice.words(code.as_ref());
        let login = person.as_ref().map(|person| person.login.plain());
        let site = self.public_url();
        let link = format!("{site}{}", words.path);
        let name = format!("{}.{number}", self.instance().as_str());
        let mut letter = Letter::new(&name, address, self.now());
        letter.text = render::text(&words, login.as_deref(), &link, site);
        letter.html = render::html(&words, login.as_deref(), &link, site);
        letter.subject = words.subject;
        Ok(Some(letter))
    }
}
