//! SQLite behind [`Connection`].

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use rusqlite::config::DbConfig;
use rusqlite::types::{ToSqlOutput, ValueRef};
use rusqlite::{CachedStatement, ErrorCode, OpenFlags};

use crate::connection::{Begin, Connection, Connector};
use crate::{OpenError, Row, StoreError, Value};

/// Statements kept ready per connection; above the number of texts in this crate.
const STATEMENTS: usize = 512;

/// Pages that the write-ahead log keeps before it is moved into the database: 4 MB.
const CHECKPOINT_PAGES: u32 = 1000;

/// Opens connections to one file.
pub(crate) struct SqliteFile {
    path: PathBuf,
    patience: Duration,
    /// Stand-in for a full disk, in tests.
    max_pages: Option<u32>,
    /// SQLite reports a unique violation as `table.column, table.column`; we speak of the index.
    unique_names: Arc<HashMap<String, String>>,
}

struct SqliteConnection {
    inner: rusqlite::Connection,
    unique_names: Arc<HashMap<String, String>>,
}

impl SqliteFile {
    /// Opens the file, or makes it, and checks that it can be used.
    pub(crate) fn prepare(
        path: &Path,
        patience: Duration,
        max_pages: Option<u32>,
    ) -> Result<Self, OpenError> {
        let place = path.display().to_string();
        let file = Self {
            path: path.to_owned(),
            patience,
            max_pages,
            unique_names: Arc::default(),
        };
        #[cfg(unix)]
        close_to_others(path).map_err(|source| OpenError::Unavailable {
            place: place.clone(),
            what: format!("its mode can't be made 0600: {source}"),
        })?;
        let connection = file
            .open_raw()
            .map_err(|error| first_contact(&place, &error))?;
        let read_only = connection
            .is_readonly("main")
            .map_err(|error| first_contact(&place, &error))?;
        if read_only {
            return Err(OpenError::ReadOnly { place });
        }
        let mode: String = connection
            .query_row("PRAGMA journal_mode = WAL", [], |row| row.get(0))
            .map_err(|error| first_contact(&place, &error))?;
        if mode != "wal" {
            return Err(OpenError::Unavailable {
                place,
                what: "its file system does not allow a write-ahead log".to_owned(),
            });
        }
        Ok(file)
    }

    /// Learns the names of the unique indexes, once the migrations are applied.
    pub(crate) fn learn_names(&mut self) -> Result<(), StoreError> {
        let connection = self
            .open_raw()
            .map_err(|error| map_error(&error, &HashMap::new()))?;
        self.unique_names = Arc::new(
            unique_names(&connection).map_err(|error| map_error(&error, &HashMap::new()))?,
        );
        Ok(())
    }

    fn open_raw(&self) -> rusqlite::Result<rusqlite::Connection> {
        let flags = OpenFlags::SQLITE_OPEN_READ_WRITE
            | OpenFlags::SQLITE_OPEN_CREATE
            | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let connection = rusqlite::Connection::open_with_flags(&self.path, flags)?;
        connection.busy_timeout(self.patience)?;
        connection.set_prepared_statement_cache_capacity(STATEMENTS);
        // "text" in double quotes is an identifier, as on PostgreSQL, never a string by mistake.
        connection.set_db_config(DbConfig::SQLITE_DBCONFIG_DQS_DML, false)?;
        connection.set_db_config(DbConfig::SQLITE_DBCONFIG_DQS_DDL, false)?;
        connection.set_db_config(DbConfig::SQLITE_DBCONFIG_DEFENSIVE, true)?;
        // One plan for every value that is bound: without it a statement is prepared anew for each other value of a limit.
        connection.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true)?;
        // FULL: an acknowledged commit survives a power cut. What is deleted is written over where it lay: sealed secrets among it.
        connection.execute_batch(&format!(
            "PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON; PRAGMA trusted_schema = OFF; PRAGMA secure_delete = ON; \
             PRAGMA wal_autocheckpoint = {CHECKPOINT_PAGES};"
        ))?;
        if let Some(pages) = self.max_pages {
            connection.query_row(&format!("PRAGMA max_page_count = {pages}"), [], |_| Ok(()))?;
        }
        Ok(connection)
    }

    fn connect(&self) -> Result<SqliteConnection, StoreError> {
        let inner = self
            .open_raw()
            .map_err(|error| map_error(&error, &self.unique_names))?;
        Ok(SqliteConnection {
            inner,
            unique_names: Arc::clone(&self.unique_names),
        })
    }
}

/// Makes the file, where it is missing, readable for its owner only, and closes one that is not. SQLite gives `-wal` and
/// `-shm` the mode of the database; those of an earlier run are closed as well.
#[cfg(unix)]
fn close_to_others(path: &Path) -> std::io::Result<()> {
    use std::io::ErrorKind;
    use std::os::unix::fs::{OpenOptionsExt as _, PermissionsExt as _};

    match std::fs::OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(path)
    {
        // What else can be wrong with the path, SQLite's own words say.
        Ok(_) => return Ok(()),
        Err(error) if error.kind() != ErrorKind::AlreadyExists => return Ok(()),
        Err(_) => {}
    }
    for end in ["", "-wal", "-shm"] {
        let mut file = path.as_os_str().to_owned();
        file.push(end);
        let found = match std::fs::metadata(&file) {
            Ok(found) => found,
            Err(error) if error.kind() == ErrorKind::NotFound => continue,
            Err(error) => return Err(error),
        };
        let mode = found.permissions().mode();
        if found.is_file() && mode & 0o077 != 0 {
            std::fs::set_permissions(&file, std::fs::Permissions::from_mode(mode & 0o700))?;
        }
    }
    Ok(())
}

impl Connector for SqliteFile {
    fn reader(&self) -> Result<Box<dyn Connection>, StoreError> {
        let connection = self.connect()?;
        connection.run_batch("PRAGMA query_only = ON")?;
        Ok(Box::new(connection))
    }

    fn writer(&self) -> Result<Box<dyn Connection>, StoreError> {
        Ok(Box::new(self.connect()?))
    }
}

impl SqliteConnection {
    fn run_batch(&self, sql: &str) -> Result<(), StoreError> {
        self.inner
            .execute_batch(sql)
            .map_err(|error| map_error(&error, &self.unique_names))
    }

    fn prepare<'c>(&'c self, sql: &str, args: &[Value]) -> Result<CachedStatement<'c>, StoreError> {
        let mut statement = self
            .inner
            .prepare_cached(sql)
            .map_err(|error| map_error(&error, &self.unique_names))?;
        let mut used = 0;
        for index in 1..=statement.parameter_count() {
            // SQLite numbers `$n` by first appearance, so the name decides.
            let arg = statement
                .parameter_name(index)
                .and_then(|name| name.strip_prefix('$'))
                .and_then(|number| number.parse::<usize>().ok())
                .and_then(|number| args.get(number.checked_sub(1)?))
                .ok_or_else(|| {
                    StoreError::query(format!("no argument for a parameter of `{sql}`"))
                })?;
            used += 1;
            statement
                .raw_bind_parameter(index, Bound(arg))
                .map_err(|error| map_error(&error, &self.unique_names))?;
        }
        if used != args.len() {
            return Err(StoreError::query(format!(
                "{} arguments for {used} parameters of `{sql}`",
                args.len()
            )));
        }
        Ok(statement)
    }

    fn rows_raw(&self, sql: &str, args: &[Value]) -> Result<Vec<Row>, StoreError> {
        let map = |error| map_error(&error, &self.unique_names);
        let mut statement = self.prepare(sql, args)?;
        let columns = statement.column_count();
        let mut rows = statement.raw_query();
        let mut answer = Vec::new();
        while let Some(row) = rows.next().map_err(map)? {
            let mut cells = Vec::with_capacity(columns);
            for column in 0..columns {
                cells.push(cell(row.get_ref(column).map_err(map)?)?);
            }
            answer.push(Row::new(cells));
        }
        Ok(answer)
    }
}

impl Connection for SqliteConnection {
    fn rows(&mut self, sql: &str, args: &[Value]) -> Result<Vec<Row>, StoreError> {
        self.rows_raw(sql, args)
    }

    fn execute(&mut self, sql: &str, args: &[Value]) -> Result<usize, StoreError> {
        let mut statement = self.prepare(sql, args)?;
        statement
            .raw_execute()
            .map_err(|error| map_error(&error, &self.unique_names))
    }

    fn batch(&mut self, sql: &str) -> Result<(), StoreError> {
        self.run_batch(sql)
    }

    fn begin(&mut self, kind: Begin) -> Result<(), StoreError> {
        let sql = match kind {
            Begin::Read => "BEGIN DEFERRED",
            Begin::Write => "BEGIN IMMEDIATE",
        };
        self.execute(sql, &[]).map(|_| ())
    }

    fn commit(&mut self) -> Result<(), StoreError> {
        let committed = self
            .inner
            .prepare_cached("COMMIT")
            .and_then(|mut statement| statement.raw_execute());
        match committed {
            Ok(_) => Ok(()),
            // The frames may be in the log although their sync failed: a crash now could make them count.
            Err(error) if error.sqlite_error_code() == Some(ErrorCode::SystemIoFailure) => {
                Err(StoreError::UnknownOutcome {
                    what: error.to_string(),
                })
            }
            Err(error) => {
                let mapped = map_error(&error, &self.unique_names);
                if !self.inner.is_autocommit() {
                    self.rollback()?;
                }
                Err(mapped)
            }
        }
    }

    fn rollback(&mut self) -> Result<(), StoreError> {
        // Some errors (a full disk, for one) roll back by themselves.
        if self.inner.is_autocommit() {
            Ok(())
        } else {
            self.execute("ROLLBACK", &[]).map(|_| ())
        }
    }
}

struct Bound<'a>(&'a Value);

impl rusqlite::ToSql for Bound<'_> {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(ToSqlOutput::Borrowed(match self.0 {
            Value::Null => ValueRef::Null,
            Value::Int(number) => ValueRef::Integer(*number),
            Value::Text(text) => ValueRef::Text(text.as_bytes()),
            Value::Bytes(bytes) => ValueRef::Blob(bytes),
        }))
    }
}

fn cell(value: ValueRef<'_>) -> Result<Value, StoreError> {
    Ok(match value {
        ValueRef::Null => Value::Null,
        ValueRef::Integer(number) => Value::Int(number),
        ValueRef::Text(bytes) => Value::Text(
            String::from_utf8(bytes.to_vec())
                .map_err(|_| StoreError::corrupt("text that is no UTF-8"))?,
        ),
        ValueRef::Blob(bytes) => Value::Bytes(bytes.to_vec()),
        ValueRef::Real(_) => return Err(StoreError::query("a floating-point number")),
    })
}

/// `table.column, table.column` → the index's name, for every unique index and primary key.
fn unique_names(connection: &rusqlite::Connection) -> rusqlite::Result<HashMap<String, String>> {
    let mut names = HashMap::new();
    let mut indexes = connection.prepare(
        "SELECT m.name, l.name, l.origin FROM sqlite_schema AS m, pragma_index_list(m.name) AS l \
         WHERE m.type = 'table' AND l.\"unique\" = 1",
    )?;
    let mut columns =
        connection.prepare("SELECT name FROM pragma_index_info($1) ORDER BY seqno")?;
    let mut rows = indexes.query([])?;
    while let Some(row) = rows.next()? {
        let (table, index, origin): (String, String, String) =
            (row.get(0)?, row.get(1)?, row.get(2)?);
        let parts: Vec<String> = columns
            .query_map([&index], |column| column.get::<_, String>(0))?
            .map(|column| column.map(|column| format!("{table}.{column}")))
            .collect::<Result<_, _>>()?;
        let name = if origin == "pk" {
            format!("{table}_pkey")
        } else {
            index
        };
        names.insert(parts.join(", "), name);
    }
    // A primary key of one integer is the row id and has no index.
    let mut keys = connection.prepare(
        "SELECT m.name, i.name FROM sqlite_schema AS m, pragma_table_info(m.name) AS i WHERE m.type = 'table' AND i.pk = 1",
    )?;
    let mut rows = keys.query([])?;
    while let Some(row) = rows.next()? {
        let (table, column): (String, String) = (row.get(0)?, row.get(1)?);
        names
            .entry(format!("{table}.{column}"))
            .or_insert_with(|| format!("{table}_pkey"));
    }
    Ok(names)
}

fn map_error(error: &rusqlite::Error, unique_names: &HashMap<String, String>) -> StoreError {
    let rusqlite::Error::SqliteFailure(code, message) = error else {
        return StoreError::query(error.to_string());
    };
    let message = message.clone().unwrap_or_else(|| error.to_string());
    match code.code {
        ErrorCode::DatabaseBusy
        | ErrorCode::DatabaseLocked
        | ErrorCode::FileLockingProtocolFailed => StoreError::Busy,
        ErrorCode::ReadOnly | ErrorCode::PermissionDenied => StoreError::ReadOnly,
        ErrorCode::DiskFull => StoreError::Full,
        ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase => StoreError::corrupt(message),
        ErrorCode::CannotOpen | ErrorCode::SystemIoFailure | ErrorCode::OutOfMemory => {
            StoreError::Unavailable { what: message }
        }
        ErrorCode::ConstraintViolation => constraint(&message, unique_names),
        _ => StoreError::query(message),
    }
}

/// Reads the name out of SQLite's message, which is the only place where it is.
fn constraint(message: &str, unique_names: &HashMap<String, String>) -> StoreError {
    let after = |prefix: &str| message.strip_prefix(prefix).map(str::to_owned);
    if let Some(columns) = after("UNIQUE constraint failed: ") {
        let constraint = unique_names.get(&columns).cloned().unwrap_or(columns);
        StoreError::Conflict { constraint }
    } else if let Some(constraint) =
        after("CHECK constraint failed: ").or_else(|| after("NOT NULL constraint failed: "))
    {
        StoreError::Check { constraint }
    } else if message.starts_with("FOREIGN KEY constraint failed") {
        StoreError::Reference
    } else {
        StoreError::query(message)
    }
}

fn first_contact(place: &str, error: &rusqlite::Error) -> OpenError {
    if error.sqlite_error_code() == Some(ErrorCode::NotADatabase) {
        return OpenError::NotADatabase {
            place: place.to_owned(),
        };
    }
    OpenError::at(place, map_error(error, &HashMap::new()))
}
