//! The small trait that both engines stand behind.

use crate::{Row, StoreError, Value};

/// How a transaction begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Begin {
    /// One snapshot, nothing can be changed.
    Read,
    /// A change; on SQLite it takes the write lock at once.
    Write,
}

/// One connection, used by one thread at a time.
pub(crate) trait Connection: Send {
    /// Runs a statement and gives its rows.
    fn rows(&mut self, sql: &str, args: &[Value]) -> Result<Vec<Row>, StoreError>;

    /// Runs a statement and gives the number of rows it changed.
    fn execute(&mut self, sql: &str, args: &[Value]) -> Result<usize, StoreError>;

    /// Runs several statements without arguments (migrations).
    fn batch(&mut self, sql: &str) -> Result<(), StoreError>;

    /// Begins a transaction.
    fn begin(&mut self, kind: Begin) -> Result<(), StoreError>;

    /// Commits. After [`StoreError::UnknownOutcome`] the connection must not be used again; after any other error nothing
    /// was changed.
    fn commit(&mut self) -> Result<(), StoreError>;

    /// Rolls back. After an error the connection must not be used again.
    fn rollback(&mut self) -> Result<(), StoreError>;
}

/// Makes connections.
pub(crate) trait Connector: Send + Sync {
    /// A connection for read units.
    fn reader(&self) -> Result<Box<dyn Connection>, StoreError>;

    /// A connection for write units.
    fn writer(&self) -> Result<Box<dyn Connection>, StoreError>;
}
