//! What the server does by itself, now and then.

use jeton_domain::Span;
use jeton_store::{
    StoreError, Tombstone, activity, audit, children, hook_deliveries, hooks, jobs, link_codes,
    notices, oauth_codes, registry_questions, secrets, token_places, workload,
};

use crate::app::App;
use crate::error::AppError;

/// How long the digests of retired values are kept, so that their use can be reported.
const RETIRED_KEPT: Span = Span::from_days(90);

/// How long hourly counts are kept: what is shown of them at most.
const COUNTS_KEPT: Span = Span::from_days(366);

/// How long people find what they were told on their page.
const NOTICES_KEPT: Span = Span::from_days(366);

/// How long it is known of jobs and links that they were, after they were over.
const JOBS_KEPT: Span = Span::from_days(30);

/// How long what webhooks were told is kept, and what came of it.
const DELIVERIES_KEPT: Span = Span::from_days(30);

/// How long something waits for a webhook that can't be told.
const DELIVERIES_WAIT: Span = Span::from_days(3);

/// How long a used code of OAuth's is known, so that one that comes again ends what was made with it.
const CODES_KEPT: Span = Span::from_days(1);

/// How long the bodies of audit entries are kept. Their leaves stay, so that the log can be proved.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Retention {
    /// Entries about organizations.
    pub organization: Span,
    /// All others.
    pub user: Span,
}

impl App {
    /// Empties audit entries that are older than they are kept, and what was deleted from disk.
    pub fn forget(&self, retention: Retention) -> Result<(), AppError> {
        let now = self.now();
        self.store.side(|unit| {
            audit::forget(unit, true, now.before(retention.organization))?;
            audit::forget(unit, false, now.before(retention.user))?;
            notices::forget(unit, now.before(NOTICES_KEPT))?;
            jobs::forget(unit, now.before(JOBS_KEPT))?;
            oauth_codes::forget(unit, now.before(CODES_KEPT))?;
            registry_questions::forget(unit, now.before(CODES_KEPT))?;
            hook_deliveries::drop_waiting(unit, now.before(DELIVERIES_WAIT), now)?;
            token_places::forget(unit)?;
            workload::forget(unit, now)?;
            children::forget(unit, now.before(JOBS_KEPT), now)?;
            hook_deliveries::forget(unit, now.before(DELIVERIES_KEPT))?;
            hooks::end_orphans(unit, now)?;
            link_codes::forget(unit, now.before(JOBS_KEPT))
        })?;
        self.destroy_orphaned_secrets()?;
        self.sweep_package_files()?;
        self.data
            .sweep_trash()
            .map_err(|error| AppError::Data(error.to_string()))?;
        Ok(())
    }

    /// Ends overlaps whose time is over, requests that waited too long and tokens that lay unused, seals anew what lies under an
    /// earlier root key, and forgets values retired long ago and old counts.
    pub fn housekeep(&self) -> Result<(), AppError> {
        self.expire_requests()?;
        let now = self.now();
        let before = now.before(RETIRED_KEPT);
        let due = self.store.read(|unit| {
            Ok::<_, StoreError>(
                !secrets::overdue(unit, now)?.is_empty() || secrets::any_retired(unit, before)?,
            )
        })?;
        if due {
            let done = self.store.write(|unit| {
                // Read again where nobody can come between.
                for secret in secrets::overdue(unit, now)? {
                    let at = secret.retires_at.unwrap_or(now);
                    secrets::retire(unit, secret.id, at, secrets::OVERLAP_OVER)?;
                    unit.tombstone(now, &Tombstone::SecretRetired(secret.id))?;
                    unit.feed(now, "token.overlap_over", secret.token)?;
                }
                for secret in secrets::forget_retired(unit, before)? {
                    unit.feed(now, "token.value_forgotten", secret)?;
                }
                Ok::<_, StoreError>(())
            });
            self.settle();
            done?;
        }
        self.destroy_retired_pairs()?;
        self.reseal_secrets()?;
        self.end_unused()?;
        self.remind()?;
        self.send_digests()?;
        self.store
            .side(|unit| activity::forget(unit, now.before(COUNTS_KEPT)))?;
        Ok(())
    }
}
