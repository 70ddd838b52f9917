//! The database as a whole: opening it, units of work on it, and who is told of changes.

use std::collections::HashSet;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use jeton_domain::Time;

use crate::connection::{Begin, Connection, Connector};
use crate::dialect::Engine;
use crate::feed::Committed;
use crate::migrations::{self, MIGRATIONS, Migration};
use crate::pool::Pool;
use crate::postgres::PostgresServer;
use crate::sqlite::SqliteFile;
use crate::tombstone_file::{self, TombstoneFile};
use crate::tombstones::TombstoneEntry;
use crate::{Incarnation, OpenError, ReadUnit, Seq, SideUnit, StoreError, WriteUnit};

const HEAD: &str = "SELECT incarnation, seq FROM head WHERE id = 1";
const NEXT: &str = "UPDATE head SET seq = seq + 1 WHERE id = 1 RETURNING incarnation, seq";

/// Ids skipped after a restored backup: more than were given out since it was made, so that none is given twice.
const RESTORE_SKIP: i64 = 1_000_000;

/// How a database is opened.
#[derive(Debug, Clone)]
pub struct Options {
    /// Now, for the record of migrations.
    pub now: Time,
    /// A fresh random number, used if a history begins: in a new database, and after a restored backup.
    pub incarnation: Incarnation,
    /// The tombstone file; without it a restored backup brings revoked credentials back.
    pub tombstones: Option<PathBuf>,
    /// Most connections for reading at once.
    pub readers: usize,
    /// How long a unit waits for a lock or a connection before [`StoreError::Busy`].
    pub patience: Duration,
    /// SQLite's `max_page_count`: the stand-in for a full disk in tests.
    #[doc(hidden)]
    pub max_pages: Option<u32>,
    /// Applied after the real ones, in tests.
    #[doc(hidden)]
    pub extra_migration: Option<(i64, &'static str)>,
}

impl Options {
    /// Eight readers, five seconds of patience, no tombstone file.
    pub fn new(now: Time, incarnation: Incarnation) -> Self {
        Self {
            now,
            incarnation,
            tombstones: None,
            readers: 8,
            patience: Duration::from_secs(5),
            max_pages: None,
            extra_migration: None,
        }
    }
}

/// What opening found out of step between database and tombstone file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Reconciled {
    /// Entries appended to the file: a crash came between commit and append.
    pub appended: usize,
    /// Entries done again in the database: it was restored from a backup. A new incarnation began.
    pub replayed: usize,
}

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
}

struct Writer {
    /// Taken out while a unit runs: one that panics takes its half-done transaction with it.
    connection: Option<Box<dyn Connection>>,
    tombstones: Option<TombstoneFile>,
}

impl Store {
    /// Opens a SQLite file, or makes it, and brings it to this version's schema.
    pub fn open_sqlite(path: &Path, options: &Options) -> Result<Self, OpenError> {
        let place = path.display().to_string();
        let mut file = SqliteFile::prepare(path, options.patience, options.max_pages)?;
        let mut connection = file
            .writer()
            .map_err(|error| OpenError::at(&place, error))?;
        migrations::apply(
            connection.as_mut(),
            Engine::Sqlite,
            &place,
            &migrations(options),
            options.now,
        )?;
        drop(connection);
        file.learn_names()?;
        Self::finish(Engine::Sqlite, Box::new(file), &place, options)
    }

    /// Connects to a PostgreSQL database (`postgres://user@host/database`) and brings it to this version's schema.
    pub fn open_postgres(url: &str, options: &Options) -> Result<Self, OpenError> {
        let server = PostgresServer::prepare(url, options.patience)?;
        let place = server.place();
        let mut connection = server
            .writer()
            .map_err(|error| OpenError::at(&place, error))?;
        migrations::apply(
            connection.as_mut(),
            Engine::Postgres,
            &place,
            &migrations(options),
            options.now,
        )?;
        Self::finish(Engine::Postgres, Box::new(server), &place, options)
    }

    fn finish(
        engine: Engine,
        connector: Box<dyn Connector>,
        place: &str,
        options: &Options,
    ) -> Result<Self, OpenError> {
        let mut connection = connector
            .writer()
            .map_err(|error| OpenError::at(place, error))?;
        connection
            .begin(Begin::Write)
            .map_err(|error| OpenError::at(place, error))?;
        connection
            .execute(
                "INSERT INTO head (id, incarnation, seq) VALUES (1, $1, 0) ON CONFLICT (id) DO NOTHING",
                &[crate::Value::Int(options.incarnation.0)],
            )
            .map_err(|error| OpenError::at(place, error))?;
        let mut reconciled = Reconciled::default();
        let mut missing_in_file = Vec::new();
        let mut tombstones = None;
        if let Some(path) = &options.tombstones {
            let (file, in_file) = TombstoneFile::open(path)?;
            let mut unit = ReadUnit::begin(connection.as_mut(), HEAD)?;
            let stored = TombstoneEntry::stored(&mut unit)?;
            let known: HashSet<String> = stored.iter().map(tombstone_file::text).collect();
            let written: HashSet<String> = in_file.iter().map(tombstone_file::text).collect();
            missing_in_file.extend(
                stored
                    .into_iter()
                    .filter(|entry| !written.contains(&tombstone_file::text(entry))),
            );
            let forgotten: Vec<TombstoneEntry> = in_file
                .into_iter()
                .filter(|entry| !known.contains(&tombstone_file::text(entry)))
                .collect();
            reconciled = Reconciled {
                appended: missing_in_file.len(),
                replayed: forgotten.len(),
            };
            if !forgotten.is_empty() {
                replay(connection.as_mut(), &forgotten, options.incarnation)?;
            }
            tombstones = Some(file);
        }
        connection.commit()?;
        if let Some(file) = &mut tombstones {
            file.append(&missing_in_file)?;
        }
        if reconciled != Reconciled::default() {
            tracing::warn!(
                reconciled.appended,
                reconciled.replayed,
                "database and tombstone file were brought together"
            );
        }
        Ok(Self {
            inner: Arc::new(Inner {
                engine,
                connector,
                pool: Pool::new(options.readers, options.patience),
                writer: Mutex::new(Writer {
                    connection: Some(connection),
                    tombstones,
                }),
                subscribers: Mutex::new(Vec::new()),
                reconciled,
            }),
        })
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
                Ok((answer, committed, std::mem::take(&mut unit.tombstones)))
            })
        };
        let (answer, mut committed, mut tombstones) = match done {
            Ok(done) => done,
            Err(error) => {
                if connection.rollback().is_ok() {
                    writer.connection = Some(connection);
                }
                return Err(error);
            }
        };
        let outcome = connection.commit();
        match &outcome {
            Ok(()) => writer.connection = Some(connection),
            Err(StoreError::UnknownOutcome { .. }) => {
                drop(connection);
                committed.certain = false;
                tombstones.retain(|entry| !entry.what.gives_back());
            }
            Err(_) => {
                writer.connection = Some(connection);
                outcome?;
                return Err(StoreError::Aborted.into());
            }
        }
        self.tell(&committed);
        if let Some(file) = &mut writer.tombstones {
            let appended = file.append(&tombstones);
            if outcome.is_ok() {
                appended?;
            }
        }
        drop(writer);
        outcome?;
        Ok(answer)
    }

    /// Runs `work` as a side write: one transaction without a number, for what carries no authority.
    pub fn side<T, E: From<StoreError>>(
        &self,
        work: impl FnOnce(&mut SideUnit<'_>) -> Result<T, E>,
    ) -> Result<T, E> {
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

fn migrations(options: &Options) -> Vec<Migration> {
    let extra = options.extra_migration.map(|(version, text)| Migration {
        version,
        name: "extra",
        text,
    });
    MIGRATIONS.iter().copied().chain(extra).collect()
}

/// Does again what a restored backup forgot, and begins a new history after it.
fn replay(
    connection: &mut dyn Connection,
    forgotten: &[TombstoneEntry],
    incarnation: Incarnation,
) -> Result<(), StoreError> {
    let last = forgotten
        .iter()
        .map(|entry| entry.seq)
        .max()
        .unwrap_or(Seq(0));
    let head = "UPDATE head SET seq = seq + 1 WHERE id = 1 RETURNING incarnation, seq";
    let mut unit = WriteUnit::new(ReadUnit::begin(connection, head)?);
    unit.execute_one(
        "UPDATE head SET incarnation = $1, seq = CASE WHEN seq > $2 THEN seq ELSE $2 + 1 END WHERE id = 1",
        &[&incarnation, &last],
    )?;
    unit.execute("UPDATE ids SET next = next + $1", &[&RESTORE_SKIP])?;
    for entry in forgotten {
        entry.what.replay(&mut unit, entry.at)?;
        entry.insert(&mut unit)?;
    }
    Ok(())
}

impl std::fmt::Debug for Store {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Store")
            .field("engine", &self.inner.engine)
            .finish_non_exhaustive()
    }
}
