//! A new root key: what was sealed under an earlier one is sealed anew.

use jeton_store::sealed_values::{self, SealedTable, SealedValue};

use crate::app::{App, Inner};
use crate::error::AppError;
use crate::seal::SealedIn;

/// How many are sealed anew in one go.
const AT_ONCE: i64 = 100;

/// How much is sealed, and how much of it under an earlier root key than the newest.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct SealedCounts {
    /// Secrets.
    pub secrets: i64,
    /// Secrets under an earlier key.
    pub secrets_left: i64,
    /// Pairs of keys.
    pub pairs: i64,
    /// Pairs under an earlier key.
    pub pairs_left: i64,
}

impl Inner {
    /// Seals under the newest key, and says which that is.
    pub(super) fn seal_value(
        &self,
        place: SealedIn,
        row: i64,
        plain: &[u8],
    ) -> Result<SealedValue, AppError> {
        Ok(SealedValue {
            bytes: self.seal(place, row, plain)?,
            root_key: self.ring.newest().get(),
        })
    }

    fn resealed(&self, place: SealedIn, row: i64, before: &SealedValue) -> Option<SealedValue> {
        let opened = self.unseal(place, row, &before.bytes);
        match opened.and_then(|plain| self.seal_value(place, row, &plain)) {
            Ok(anew) => Some(anew),
            Err(error) => {
                // It stays as it is, and is counted as left.
                tracing::error!(%error, "a value could not be sealed under the newest key");
                None
            }
        }
    }
}

/// What a table's values are sealed as.
const fn place(table: SealedTable) -> SealedIn {
    match table {
        SealedTable::JobSecrets => SealedIn::JobSecret,
        SealedTable::SealingKeys => SealedIn::SealingKey,
    }
}

impl App {
    /// Seals anew, under the newest root key, what lies under an earlier one.
    pub fn reseal_secrets(&self) -> Result<SealedCounts, AppError> {
        let newest = self.ring.newest().get();
        for table in SealedTable::ALL {
            let mut after = 0;
            loop {
                let rows = self.store.read(|unit| {
                    sealed_values::sealed_otherwise(unit, table, newest, after, AT_ONCE)
                })?;
                let Some((last, _)) = rows.last() else { break };
                after = *last;
                for (id, before) in &rows {
                    if let Some(anew) = self.resealed(place(table), *id, before) {
                        self.store
                            .side(|unit| sealed_values::reseal(unit, table, *id, &anew))?;
                    }
                }
            }
        }
        self.sealed_secrets()
    }

    /// How much is sealed, and how much of it is left to be sealed anew.
    pub fn sealed_secrets(&self) -> Result<SealedCounts, AppError> {
        let newest = self.ring.newest().get();
        let ((secrets, secrets_left), (pairs, pairs_left)) = self.store.read(|unit| {
            let mut count = |table| sealed_values::count(unit, table, newest);
            Ok::<_, AppError>((
                count(SealedTable::JobSecrets)?,
                count(SealedTable::SealingKeys)?,
            ))
        })?;
        Ok(SealedCounts {
            secrets,
            secrets_left,
            pairs,
            pairs_left,
        })
    }
}
