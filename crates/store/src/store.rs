//! The open database: units of work on it, and who is told of changes.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::connection::{Begin, Connection, Connector};
use crate::dialect::Engine;
use crate::feed::Committed;
use crate::high_water::HighWater;
use crate::opening::Reconciled;
use crate::pool::Pool;
use crate::reserve::Reserve;
use crate::tombstone_file::TombstoneFile;
use crate::tombstones::TombstoneEntry;
use crate::{ReadUnit, Seq, SideUnit, StoreError, WriteUnit};

pub(crate) const HEAD: &str = "SELECT incarnation, seq FROM head WHERE id = 1";
pub(crate) const NEXT: &str =
    "UPDATE head SET seq = seq + 1 WHERE id = 1 RETURNING incarnation, seq";

/// An open database. Cheap to clone.
///
/// Units are synchronous closures, run on the calling thread (never one that drives async tasks), and never nested: a write
/// inside a write would wait for itself.
#[derive(Clone)]
pub struct Store {
    inner: Arc<Inner>,
}

type Subscriber = Box<dyn Fn(&Committed) + Send + Sync>;

struct Inner {
    engine: Engine,
    connector: Box<dyn Connector>,
    pool: Pool,
    /// INVARIANT: held from before the number is taken until subscribers were told, so they hear of changes in order. On both
    /// engines changes wait for one another anyway: the row `head` is held until commit.
    writer: Mutex<Writer>,
    subscribers: Mutex<Vec<Arc<Subscriber>>>,
    reconciled: Reconciled,
    /// Held for one look at the disk, so that a probe does not wait for a writer.
    reserve: Mutex<Option<Reserve>>,
}

struct Writer {
    /// Taken out while a unit runs: one that panics takes its half-done transaction with it.
    connection: Option<Box<dyn Connection>>,
    tombstones: Option<TombstoneFile>,
    high_water: Option<HighWater>,
}

impl Writer {
    fn append(&mut self, entries: &[TombstoneEntry]) -> Result<(), StoreError> {
        self.tombstones
            .as_mut()
            .map_or(Ok(()), |file| file.append(entries))
    }
}

impl Store {
    pub(crate) fn new(
        engine: Engine,
        connector: Box<dyn Connector>,
        pool: Pool,
        connection: Box<dyn Connection>,
        tombstones: Option<TombstoneFile>,
        high_water: Option<HighWater>,
        reconciled: Reconciled,
    ) -> Self {
        Self {
            inner: Arc::new(Inner {
                engine,
                connector,
                pool,
                writer: Mutex::new(Writer {
                    connection: Some(connection),
                    tombstones,
                    high_water,
                }),
                subscribers: Mutex::new(Vec::new()),
                reconciled,
                reserve: Mutex::new(None),
            }),
        }
    }

    pub(crate) fn keep(&mut self, reserve: Option<Reserve>) {
        *self.reserve() = reserve;
    }

    /// Whether the disk has room for changes; where nothing is known of it, yes.
    pub fn room(&self) -> Result<(), StoreError> {
        self.reserve().as_mut().map_or(Ok(()), Reserve::room)
    }

    fn reserve(&self) -> MutexGuard<'_, Option<Reserve>> {
        // INVARIANT: what is remembered of the file is one flag, so a poisoned lock is sound.
        self.inner
            .reserve
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }

    fn admit(&self, taking: bool) -> Result<(), StoreError> {
        let mut reserve = self.reserve();
        reserve
            .as_mut()
            .map_or(Ok(()), |reserve| reserve.admit(taking))
    }

    /// The engine below.
    pub fn engine(&self) -> Engine {
        self.inner.engine
    }

    /// What opening found out of step.
    pub fn reconciled(&self) -> Reconciled {
        self.inner.reconciled
    }

    /// Calls `subscriber` after each commit of a write, before the write returns, in the order of commits. It must be quick,
    /// must not panic, and must not write.
    pub fn subscribe(&self, subscriber: Box<dyn Fn(&Committed) + Send + Sync>) {
        self.inner
            .subscribers
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .push(Arc::new(subscriber));
    }

    /// Runs `work` on one snapshot.
    pub fn read<T, E: From<StoreError>>(
        &self,
        work: impl FnOnce(&mut ReadUnit<'_>) -> Result<T, E>,
    ) -> Result<T, E> {
        let connector = self.inner.connector.as_ref();
        let mut lent = self.inner.pool.lend(connector)?;
        if let Err(error) = lent.connection()?.begin(Begin::Read) {
            if !matches!(error, StoreError::Unavailable { .. }) {
                return Err(error.into());
            }
            // The server was restarted since the connection was used: one fresh try.
            self.inner.pool.forget_idle();
            lent.replace(connector)?;
            lent.connection()?.begin(Begin::Read)?;
        }
        let connection = lent.connection()?;
        let answer = match ReadUnit::begin(connection, HEAD) {
            Ok(mut unit) => work(&mut unit),
            Err(error) => Err(error.into()),
        };
        // Nothing was changed, so how the transaction ends matters to the connection only.
        if lent.connection()?.rollback().is_ok() {
            lent.give_back();
        }
        answer
    }

    /// Runs `work` as one change: committed whole, under the next number, or not at all.
    ///
    /// After [`StoreError::UnknownOutcome`] and [`StoreError::Unprotected`] the change may be, or is, there.
    pub fn write<T, E: From<StoreError>>(
        &self,
        work: impl FnOnce(&mut WriteUnit<'_>) -> Result<T, E>,
    ) -> Result<T, E> {
        let mut writer = self.writer();
        let mut connection = self.begin(&mut writer)?;
        let done = {
            let unit = ReadUnit::begin(connection.as_mut(), NEXT).map(WriteUnit::new);
            unit.map_err(E::from).and_then(|mut unit| {
                let answer = work(&mut unit)?;
                if unit.has_failed() {
                    return Err(StoreError::Aborted.into());
                }
                let committed = Committed {
                    incarnation: unit.incarnation(),
                    seq: unit.seq(),
                    entries: std::mem::take(&mut unit.feed),
                    certain: true,
                };
                let tombstones = std::mem::take(&mut unit.tombstones);
                self.admit(takes_away(&tombstones))?;
                Ok((answer, committed, tombstones, unit.highest_id))
            })
        };
        let (answer, mut committed, mut tombstones, highest_id) = match done {
            Ok(done) => done,
            Err(error) => {
                if connection.rollback().is_ok() {
                    writer.connection = Some(connection);
                }
                return Err(error);
            }
        };
        match connection.commit() {
            Ok(()) => {
                writer.connection = Some(connection);
                if let Some(water) = &mut writer.high_water {
                    water.note(committed.incarnation, committed.seq, highest_id);
                }
                self.tell(&committed);
                writer.append(&tombstones)?;
                Ok(answer)
            }
            // Taken as done, so that nothing goes on being trusted; the broken connection is dropped.
            Err(error @ StoreError::UnknownOutcome { .. }) => {
                committed.certain = false;
                self.tell(&committed);
                tombstones.retain(|entry| !entry.what.gives_back());
                if let Err(unprotected) = writer.append(&tombstones) {
                    tracing::error!(%unprotected, "after a commit of unknown outcome");
                }
                Err(error.into())
            }
            Err(error) => {
                writer.connection = Some(connection);
                // A quota, say, that the look before did not show: the next try has room.
                if matches!(error, StoreError::Full)
                    && takes_away(&tombstones)
                    && let Some(reserve) = self.reserve().as_mut()
                {
                    reserve.release();
                }
                Err(error.into())
            }
        }
    }

    /// Runs `work` as a side write: one transaction without a number, for what carries no authority.
    pub fn side<T, E: From<StoreError>>(
        &self,
        work: impl FnOnce(&mut SideUnit<'_>) -> Result<T, E>,
    ) -> Result<T, E> {
        self.admit(false)?;
        let mut writer = self.writer();
        let mut connection = self.begin(&mut writer)?;
        let done = match ReadUnit::begin(connection.as_mut(), HEAD).map(SideUnit::new) {
            Ok(mut unit) => work(&mut unit).and_then(|answer| {
                if unit.has_failed() {
                    Err(StoreError::Aborted.into())
                } else {
                    Ok(answer)
                }
            }),
            Err(error) => Err(error.into()),
        };
        let ended = if done.is_ok() {
            connection.commit()
        } else {
            connection.rollback()
        };
        match ended {
            Ok(()) => writer.connection = Some(connection),
            Err(error) => {
                // An error of the work says more than one of the rollback.
                done?;
                return Err(error.into());
            }
        }
        done
    }

    /// The number of the last change.
    pub fn seq(&self) -> Result<Seq, StoreError> {
        self.read(|unit| Ok(unit.seq()))
    }

    fn writer(&self) -> MutexGuard<'_, Writer> {
        // INVARIANT: a panic inside a unit leaves `connection` empty, which is a sound state.
        self.inner
            .writer
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }

    fn begin(&self, writer: &mut Writer) -> Result<Box<dyn Connection>, StoreError> {
        if let Some(mut connection) = writer.connection.take() {
            match connection.begin(Begin::Write) {
                Ok(()) => return Ok(connection),
                // The server was restarted since: fall through to one fresh try.
                Err(StoreError::Unavailable { .. }) => {}
                Err(error) => {
                    writer.connection = Some(connection);
                    return Err(error);
                }
            }
        }
        let mut connection = self.inner.connector.writer()?;
        connection.begin(Begin::Write)?;
        Ok(connection)
    }

    fn tell(&self, committed: &Committed) {
        let subscribers = self
            .inner
            .subscribers
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone();
        for subscriber in subscribers {
            subscriber(committed);
        }
    }
}

fn takes_away(tombstones: &[TombstoneEntry]) -> bool {
    tombstones.iter().any(|entry| !entry.what.gives_back())
}

impl std::fmt::Debug for Store {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Store")
            .field("engine", &self.inner.engine)
            .finish_non_exhaustive()
    }
}
