//! What can go wrong between a use case and its rows, told apart by what the caller can do about it.

/// An error of a unit or of one of its statements.
///
/// Both engines are mapped to the same variants with the same constraint names, so no caller needs to know which one runs.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StoreError {
    /// Somebody else held the database, or every connection was in use, for longer than the configured patience. Nothing changed.
    #[error("the database is busy")]
    Busy,
    /// The database can be read only. Nothing changed.
    #[error("the database is read-only")]
    ReadOnly,
    /// No space is left. Nothing changed.
    #[error("the database has no space left")]
    Full,
    /// A row with the same key exists. `constraint` is the name of the unique index, or `<table>_pkey`.
    #[error("a row with the same key exists (`{constraint}`)")]
    Conflict {
        /// Name of the unique index as the migration gives it.
        constraint: String,
    },
    /// A value is outside what the table allows. `constraint` is the name of the check, or `table.column` where a value is missing.
    #[error("a value is not allowed by `{constraint}`")]
    Check {
        /// Name of the check as the migration gives it.
        constraint: String,
    },
    /// A foreign key points to nothing, or a row that others point to was to go. SQLite gives no name, so none is given.
    #[error("a row that is pointed to does not exist, or is still pointed to")]
    Reference,
    /// `execute_one` changed another number of rows than one: the row is gone, or its state changed before.
    #[error("the row changed before, or is gone ({affected} rows affected)")]
    Stale {
        /// Number of rows that the statement changed; the unit is rolled back.
        affected: usize,
    },
    /// An earlier statement of this unit failed, so nothing of it can be committed (PostgreSQL's rule, kept on both engines).
    #[error("an earlier statement of this unit failed")]
    Aborted,
    /// What is stored can't be read as what it should be.
    #[error("the database holds something unreadable: {what}")]
    Corrupt {
        /// For the operator's log.
        what: String,
    },
    /// The database can't be reached. Nothing changed.
    #[error("the database can't be reached: {what}")]
    Unavailable {
        /// For the operator's log.
        what: String,
    },
    /// The connection broke while committing: the change may or may not be there. Subscribers were told as if it were.
    #[error("it is unknown whether the change was made: {what}")]
    UnknownOutcome {
        /// For the operator's log.
        what: String,
    },
    /// The change is committed, but its tombstone could not be appended: a restored backup could undo it. Tried again at
    /// the next write and at the next start.
    #[error("the change is made, but could not be protected against a restored backup: {what}")]
    Unprotected {
        /// For the operator's log.
        what: String,
    },
    /// A statement is wrong: a defect of this crate.
    #[error("a query failed: {what}")]
    Query {
        /// For the operator's log.
        what: String,
    },
}

impl StoreError {
    /// Whether this is a conflict on the unique index `name`.
    pub fn is_conflict_on(&self, name: &str) -> bool {
        matches!(self, Self::Conflict { constraint } if constraint == name)
    }

    pub(crate) fn corrupt(what: impl Into<String>) -> Self {
        Self::Corrupt { what: what.into() }
    }

    pub(crate) fn query(what: impl Into<String>) -> Self {
        Self::Query { what: what.into() }
    }
}

/// Why a database could not be opened. Each text says what to do.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum OpenError {
    /// A later version of Jeton changed this database.
    #[error(
        "the database is from a newer version (schema {found}; this version knows up to {known}): upgrade Jeton, or restore \
         a backup made by this version"
    )]
    Newer {
        /// Highest migration in the database.
        found: i64,
        /// Highest migration of this program.
        known: i64,
    },
    /// A migration that is already applied reads differently now.
    #[error(
        "migration {version} was applied with another text than this version has: use the version of Jeton that made this \
         database, or restore a backup"
    )]
    Changed {
        /// Number of the migration.
        version: i64,
    },
    /// A migration could not be applied; nothing of it remains.
    #[error("migration {version} could not be applied: {source}")]
    Migration {
        /// Number of the migration.
        version: i64,
        /// The engine's reason.
        source: StoreError,
    },
    /// Another program holds the database.
    #[error("the database `{place}` is locked by another program: stop it, then start again")]
    Locked {
        /// File or server.
        place: String,
    },
    /// The file, its folder or the server allows reading only.
    #[error(
        "the database `{place}` is read-only: make the file and its folder writable for this user"
    )]
    ReadOnly {
        /// File or server.
        place: String,
    },
    /// The file is something else.
    #[error("`{place}` is not a Jeton database: give another path, or move the file away")]
    NotADatabase {
        /// File.
        place: String,
    },
    /// No space for the write-ahead log or the first tables.
    #[error("no space left for the database `{place}`: free some and start again")]
    Full {
        /// File or server.
        place: String,
    },
    /// The server does not answer, or is just starting or stopping.
    #[error("the database `{place}` can't be reached: {what}; try again when it is up")]
    Away {
        /// Server and database.
        place: String,
        /// Why.
        what: String,
    },
    /// The file can't be opened, or the server lets nobody in.
    #[error("the database `{place}` can't be opened: {what}")]
    Unavailable {
        /// File or server, without password.
        place: String,
        /// The engine's reason.
        what: String,
    },
    /// A server runs on it.
    #[error(
        "the database `{place}` is already in use by another Jeton server: stop that one first, or give each server a \
         database of its own; two on one would miss each other's revocations"
    )]
    Claimed {
        /// Database and server.
        place: String,
    },
    /// The database's URL can't be read.
    #[error("the URL of the database can't be used: {what}")]
    Url {
        /// What is wrong; without the password.
        what: String,
    },
    /// The URL leaves open whether the connection is encrypted.
    #[error(
        "the URL of the database says `sslmode={mode}`, which can end in clear text: write `sslmode=verify-full` (and \
         `sslrootcert=FILE` for an authority of your own), or `sslmode=disable` for a connection in clear"
    )]
    Encryption {
        /// As the URL has it.
        mode: String,
    },
    /// The authorities that the URL names can't be read.
    #[error("the authorities for the database (`sslrootcert`) in `{path}` can't be used: {what}")]
    Authorities {
        /// The file.
        path: String,
        /// Why.
        what: String,
    },
    /// The server is older than Jeton supports.
    #[error("PostgreSQL {found} is too old: version 15 or later is needed")]
    OldServer {
        /// As the server reports it.
        found: String,
    },
    /// The database does not store text as UTF-8.
    #[error("the database stores text as `{found}`: create it with encoding UTF8")]
    Encoding {
        /// As the server reports it.
        found: String,
    },
    /// The tombstone file has a bad line that is not the torn last one.
    #[error(
        "line {line} of the tombstone file `{place}` is damaged: restore the file from a backup; without it, credentials \
         revoked since the last backup of the database could come back"
    )]
    Tombstones {
        /// The file.
        place: String,
        /// Counted from one.
        line: usize,
    },
    /// The tombstone file can't be read or written.
    #[error("the tombstone file `{place}` can't be used: {source}")]
    TombstoneFile {
        /// The file.
        place: String,
        /// The system's reason.
        source: std::io::Error,
    },
    /// Anything else.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl OpenError {
    /// Gives the general errors of a first contact their texts for operators.
    pub(crate) fn at(place: &str, error: StoreError) -> Self {
        let place = place.to_owned();
        match error {
            StoreError::Busy => Self::Locked { place },
            StoreError::ReadOnly => Self::ReadOnly { place },
            StoreError::Full => Self::Full { place },
            StoreError::Unavailable { what } => Self::Unavailable { place, what },
            other => Self::Store(other),
        }
    }
}
