//! Opening: bringing a database to this version's schema, and into step with the tombstone file.

use std::collections::HashSet;
use std::path::{Path, PathBuf};
use std::time::Duration;

use jeton_domain::Time;

use crate::connection::{Begin, Connection, Connector};
use crate::dialect::Engine;
use crate::high_water::{HighWater, Mark};
use crate::migrations::{self, MIGRATIONS, Migration};
use crate::pool::Pool;
use crate::postgres::PostgresServer;
use crate::reserve::Reserve;
use crate::sqlite::SqliteFile;
use crate::store::{HEAD, NEXT};
use crate::tombstone_file::{self, TombstoneFile};
use crate::tombstones::TombstoneEntry;
use crate::{
    Incarnation, OpenError, ReadUnit, Seq, Store, StoreError, WriteUnit, oauth_codes,
    registry_questions,
};

/// Ids skipped after a restored backup, beyond the highest that is known to be given out: where the file that knows it was
/// lost too, more than were given out since the backup was made.
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
    /// Bytes kept beside a SQLite file for what takes power away on a full disk; 0 for none.
    pub reserve: u64,
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
    /// Eight readers, five seconds of patience, no tombstone file, no reserve.
    pub fn new(now: Time, incarnation: Incarnation) -> Self {
        Self {
            now,
            incarnation,
            tombstones: None,
            reserve: 0,
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
    /// Entries done again in the database: it was restored from a backup.
    pub replayed: usize,
    /// The database was restored from a backup, as what it lacks shows. A new incarnation began, and
    /// numbers were skipped.
    pub restored: bool,
}

impl Store {
    /// Opens a SQLite file, or makes it, and brings it to this version's schema.
    pub fn open_sqlite(path: &Path, options: &Options) -> Result<Self, OpenError> {
        let place = path.display().to_string();
        let reserve = (options.reserve > 0).then(|| Reserve::open(path, options.reserve));
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
        let mut store = Self::finish(Engine::Sqlite, Box::new(file), &place, options)?;
        store.keep(reserve);
        Ok(store)
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
        let at = |error| OpenError::at(place, error);
        let mut connection = connector.writer().map_err(at)?;
        connection.begin(Begin::Write).map_err(at)?;
        // The update takes the row that every change holds until it commits: on PostgreSQL the last change of a
        // killed server may still be committing, and all that a start looks at must come after it.
        connection
            .execute(
                "INSERT INTO head (id, incarnation, seq) VALUES (1, $1, 0) ON CONFLICT (id) DO UPDATE SET seq = head.seq",
                &[crate::Value::Int(options.incarnation.0)],
            )
            .map_err(at)?;
        let mut reconciled = Reconciled::default();
        let (mut tombstones, mut high_water) = (None, None);
        if let Some(path) = &options.tombstones {
            let (mut file, written) = TombstoneFile::open(path)?;
            let (mut water, mark) = HighWater::open(path)?;
            let (to_append, found, begun) =
                replay_forgotten(connection.as_mut(), written, mark, options.incarnation)?;
            connection.commit()?;
            file.append(&to_append)?;
            if let Some(seq) = begun {
                water.note(options.incarnation, seq, 0);
            }
            reconciled = found;
            tombstones = Some(file);
            high_water = Some(water);
        } else {
            connection.commit()?;
        }
        if reconciled != Reconciled::default() {
            tracing::warn!(
                reconciled.appended,
                reconciled.replayed,
                reconciled.restored,
                "database and tombstone file were brought together"
            );
        }
        let pool = Pool::new(options.readers, options.patience);
        Ok(Self::new(
            engine, connector, pool, connection, tombstones, high_water, reconciled,
        ))
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

/// Compares what the file has (`written`), and how far the database had come (`mark`), with what it shows. Gives the
/// entries that the file lacks, what was done, and the number at which a new history begins, if one does.
fn replay_forgotten(
    connection: &mut dyn Connection,
    written: Vec<TombstoneEntry>,
    mark: Option<Mark>,
    incarnation: Incarnation,
) -> Result<(Vec<TombstoneEntry>, Reconciled, Option<Seq>), StoreError> {
    let mut unit = ReadUnit::begin(connection, HEAD)?;
    let (at, seq) = (unit.incarnation(), unit.seq());
    let shown = TombstoneEntry::stored(&mut unit)?;
    let in_file: HashSet<String> = written.iter().map(tombstone_file::text).collect();
    let in_database: HashSet<String> = shown.iter().map(tombstone_file::text).collect();
    let lacking = |known: &HashSet<String>, entries: Vec<TombstoneEntry>| -> Vec<TombstoneEntry> {
        entries
            .into_iter()
            .filter(|entry| !known.contains(&tombstone_file::text(entry)))
            .collect()
    };
    let mut forgotten = lacking(&in_database, written);
    // What was appended late stands out of order; numbers rise from one history to the next.
    forgotten.sort_by_key(|entry| (entry.seq, entry.n, entry.at));
    // Within one history numbers only rise, and the mark follows a commit: ahead of the database, or in another history,
    // it was made after what the database is a copy of.
    let behind = mark.is_some_and(|mark| mark.incarnation != at || mark.seq > seq);
    let restored = behind || !forgotten.is_empty();
    let mut begun = None;
    if restored {
        let last = forgotten.iter().map(|entry| entry.seq);
        let last = last.chain(mark.map(|mark| mark.seq)).max();
        let last = last.unwrap_or(seq);
        let given = mark.map_or(0, |mark| mark.id);
        begun = Some(replay(connection, &forgotten, last, given, incarnation)?);
    }
    let to_append = lacking(&in_file, shown);
    let reconciled = Reconciled {
        appended: to_append.len(),
        replayed: forgotten.len(),
        restored,
    };
    Ok((to_append, reconciled, begun))
}

/// Does again what a restored backup forgot, and begins a new history after it, at the number that is given back.
fn replay(
    connection: &mut dyn Connection,
    forgotten: &[TombstoneEntry],
    last: Seq,
    given: i64,
    incarnation: Incarnation,
) -> Result<Seq, StoreError> {
    let mut unit = WriteUnit::new(ReadUnit::begin(connection, NEXT)?);
    unit.execute_one(
        "UPDATE head SET incarnation = $1, seq = CASE WHEN seq > $2 THEN seq ELSE $2 + 1 END WHERE id = 1",
        &[&incarnation, &last],
    )?;
    unit.execute(
        "UPDATE ids SET next = CASE WHEN next > $1 THEN next ELSE $1 END + $2",
        &[&given, &RESTORE_SKIP],
    )?;
    // SECURITY: a code that was used after the backup was made would be unused again.
    oauth_codes::forget_all(&mut unit)?;
    registry_questions::forget_all(&mut unit)?;
    for entry in forgotten {
        entry.what.replay(&mut unit, entry.at)?;
        entry.insert(&mut unit)?;
    }
    Ok(unit.seq().max(Seq(last.0 + 1)))
}
