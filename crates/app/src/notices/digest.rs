//! Requests of a day in one letter, for those who want it so.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;

use jeton_domain::{Id as _, RequestId, Time, UserId};
use jeton_store::{WriteUnit, notices, requests};

use super::kind::{DigestLine, Notice};
use super::tell::{MailJob, reviewers, write_job};
use crate::app::{App, Inner};
use crate::error::AppError;

/// The most requests that a letter names.
const MOST: usize = 20;

impl App {
    /// Sends the digests that are due.
    pub(crate) fn send_digests(&self) -> Result<(), AppError> {
        let now = self.now();
        for user in self.store.read(|unit| notices::due_digests(unit, now))? {
            self.store.write(|unit| digest(unit, self, now, user))?;
        }
        Ok(())
    }
}

fn digest(unit: &mut WriteUnit<'_>, app: &Inner, now: Time, user: UserId) -> Result<(), AppError> {
    let mut lines = Vec::new();
    let mut decides = BTreeMap::new();
    for row in notices::take_digest(unit, user, now)? {
        let Some(Notice::TokenRequested {
            organization,
            request,
            token,
            creator,
            ..
        }) = Notice::read(&row.kind, &row.facts)
        else {
            continue;
        };
        // What somebody decided since waits for nobody; and who decides no more is told nothing more.
        let waits_in = match RequestId::from_i64(request) {
            Some(id) => requests::waits_in(unit, id)?,
            None => None,
        };
        let waits = match waits_in {
            Some(organization) => match decides.entry(organization) {
                Entry::Occupied(known) => *known.get(),
                Entry::Vacant(free) => *free.insert(reviewers(unit, organization)?.contains(&user)),
            },
            None => false,
        };
        if waits {
            lines.push(DigestLine {
                organization,
                token,
                creator,
            });
        }
    }
    if lines.is_empty() {
        return Ok(());
    }
    let more = lines.len().saturating_sub(MOST);
    lines.truncate(MOST);
    let notice = Notice::RequestDigest {
        requests: lines,
        more: i64::try_from(more).unwrap_or(i64::MAX),
    };
    write_job(
        unit,
        app,
        now,
        &MailJob::new(Some(user), None, &notice, now),
        None,
    )
}
