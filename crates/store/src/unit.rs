//! Units of work: reading and writing are different types, and each unit is one transaction.

use std::ops::{Deref, DerefMut};

use jeton_domain::{Id, Time};

use crate::connection::Connection;
use crate::feed::{FeedEntry, FeedKey};
use crate::tombstones::{Tombstone, TombstoneEntry};
use crate::{Incarnation, Row, Seq, Sql, StoreError, ToValue, Value};

/// One snapshot of the database. Nothing can be changed through it.
pub struct ReadUnit<'a> {
    connection: &'a mut dyn Connection,
    incarnation: Incarnation,
    seq: Seq,
    failed: bool,
}

/// A change: everything done through it is committed together, under one number, or not at all.
pub struct WriteUnit<'a> {
    read: ReadUnit<'a>,
    pub(crate) feed: Vec<FeedEntry>,
    pub(crate) tombstones: Vec<TombstoneEntry>,
    /// Highest id that was given out here; 0 for none.
    pub(crate) highest_id: i64,
    pub(crate) audit_entries: i64,
}

/// A side write: last use, counters, leases. It takes no number, leaves no feed entry, and carries no authority.
pub struct SideUnit<'a> {
    read: ReadUnit<'a>,
}

impl<'a> ReadUnit<'a> {
    /// Begins inside a transaction; `head` is the statement that gives incarnation and number.
    pub(crate) fn begin(
        connection: &'a mut dyn Connection,
        head: &str,
    ) -> Result<Self, StoreError> {
        let rows = connection.rows(head, &[])?;
        let row = rows
            .first()
            .ok_or_else(|| StoreError::corrupt("the table `head` has no row"))?;
        Ok(Self {
            incarnation: row.get(0)?,
            seq: row.get(1)?,
            connection,
            failed: false,
        })
    }

    /// The number of the last change in this snapshot; in a write unit the number of this change.
    pub fn seq(&self) -> Seq {
        self.seq
    }

    /// The history that the numbers belong to.
    pub fn incarnation(&self) -> Incarnation {
        self.incarnation
    }

    /// The only row of the answer, or none; more than one is a defect of the query.
    pub fn one(
        &mut self,
        sql: impl Into<Sql>,
        args: &[&dyn ToValue],
    ) -> Result<Option<Row>, StoreError> {
        let mut rows = self.all(sql, args)?;
        let row = rows.pop();
        if rows.is_empty() {
            Ok(row)
        } else {
            self.failed = true;
            Err(StoreError::query(
                "more than one row where one was expected",
            ))
        }
    }

    /// All rows of the answer.
    pub fn all(
        &mut self,
        sql: impl Into<Sql>,
        args: &[&dyn ToValue],
    ) -> Result<Vec<Row>, StoreError> {
        let sql = sql.into();
        self.guarded(|connection| connection.rows(sql.text(), &values(args)?))
    }

    /// The first column of the only row: for counts and sums.
    pub fn number(
        &mut self,
        sql: impl Into<Sql>,
        args: &[&dyn ToValue],
    ) -> Result<i64, StoreError> {
        match self.one(sql, args)? {
            Some(row) => row.get(0),
            None => Err(StoreError::query("no row where a number was expected")),
        }
    }

    pub(crate) fn has_failed(&self) -> bool {
        self.failed
    }

    /// PostgreSQL refuses everything after a failed statement; so do we on both engines, lest a use case works on one only.
    fn guarded<T>(
        &mut self,
        work: impl FnOnce(&mut dyn Connection) -> Result<T, StoreError>,
    ) -> Result<T, StoreError> {
        if self.failed {
            return Err(StoreError::Aborted);
        }
        let answer = work(&mut *self.connection);
        self.failed = answer.is_err();
        answer
    }

    fn execute_guarded(&mut self, sql: &Sql, args: &[&dyn ToValue]) -> Result<usize, StoreError> {
        self.guarded(|connection| connection.execute(sql.text(), &values(args)?))
    }

    fn execute_one_guarded(&mut self, sql: &Sql, args: &[&dyn ToValue]) -> Result<(), StoreError> {
        match self.execute_guarded(sql, args)? {
            1 => Ok(()),
            affected => {
                self.failed = true;
                Err(StoreError::Stale { affected })
            }
        }
    }
}

impl<'a> WriteUnit<'a> {
    pub(crate) fn new(read: ReadUnit<'a>) -> Self {
        Self {
            read,
            feed: Vec::new(),
            tombstones: Vec::new(),
            highest_id: 0,
            audit_entries: 0,
        }
    }

    /// Runs a change and gives the number of rows affected.
    pub fn execute(
        &mut self,
        sql: impl Into<Sql>,
        args: &[&dyn ToValue],
    ) -> Result<usize, StoreError> {
        self.read.execute_guarded(&sql.into(), args)
    }

    /// Runs a change that must affect exactly one row, else [`StoreError::Stale`]: the conditional update by which one of two
    /// reviewers wins. To allow for nothing to change, use [`WriteUnit::execute`] and look at the number.
    pub fn execute_one(
        &mut self,
        sql: impl Into<Sql>,
        args: &[&dyn ToValue],
    ) -> Result<(), StoreError> {
        self.read.execute_one_guarded(&sql.into(), args)
    }

    /// A new id, never given before and never again.
    pub fn allocate<I: Id>(&mut self) -> Result<I, StoreError> {
        // The row `*` is where kinds without a row of their own begin; it is raised when a backup is restored.
        let number = self.number(
            "INSERT INTO ids (kind, next) VALUES ($1, (SELECT next FROM ids WHERE kind = '*') + 1) \
             ON CONFLICT (kind) DO UPDATE SET next = ids.next + 1 RETURNING next - 1",
            &[&I::KIND],
        )?;
        self.highest_id = self.highest_id.max(number);
        I::from_i64(number)
            .ok_or_else(|| StoreError::corrupt(format!("no ids are left for `{}`", I::KIND)))
    }

    /// Tells every cache that what it knows about `key` is old. `kind` is the stored word for what happened.
    pub fn feed(
        &mut self,
        at: Time,
        kind: &'static str,
        key: impl Into<FeedKey>,
    ) -> Result<(), StoreError> {
        let entry = FeedEntry::new(self.seq(), self.feed.len(), at, kind, key.into())?;
        self.execute_one(
            "INSERT INTO feed (seq, n, at, kind, key_kind, key_id) VALUES ($1, $2, $3, $4, $5, $6)",
            &[
                &entry.seq,
                &entry.n,
                &entry.at,
                &entry.kind,
                &entry.key.kind(),
                &entry.key.id(),
            ],
        )?;
        self.feed.push(entry);
        Ok(())
    }

    /// Remembers, in the database and after the commit in the file beside it, that power was taken away.
    pub fn tombstone(&mut self, at: Time, tombstone: &Tombstone) -> Result<(), StoreError> {
        let entry = TombstoneEntry::new(
            self.incarnation(),
            self.seq(),
            self.tombstones.len(),
            at,
            tombstone,
        )?;
        entry.insert(self)?;
        self.tombstones.push(entry);
        Ok(())
    }
}

impl<'a> SideUnit<'a> {
    pub(crate) fn new(read: ReadUnit<'a>) -> Self {
        Self { read }
    }

    /// Runs a change and gives the number of rows affected.
    pub fn execute(
        &mut self,
        sql: impl Into<Sql>,
        args: &[&dyn ToValue],
    ) -> Result<usize, StoreError> {
        self.read.execute_guarded(&sql.into(), args)
    }

    /// Runs a change that must affect exactly one row, else [`StoreError::Stale`].
    pub fn execute_one(
        &mut self,
        sql: impl Into<Sql>,
        args: &[&dyn ToValue],
    ) -> Result<(), StoreError> {
        self.read.execute_one_guarded(&sql.into(), args)
    }
}

fn values(args: &[&dyn ToValue]) -> Result<Vec<Value>, StoreError> {
    args.iter()
        .map(|arg| match arg.to_value() {
            // PostgreSQL can't store it, so neither does SQLite.
            Value::Text(text) if text.contains('\0') => Err(StoreError::Check {
                constraint: "text_without_nul".to_owned(),
            }),
            value => Ok(value),
        })
        .collect()
}

impl<'a> Deref for WriteUnit<'a> {
    type Target = ReadUnit<'a>;

    fn deref(&self) -> &Self::Target {
        &self.read
    }
}

impl DerefMut for WriteUnit<'_> {
    fn deref_mut(&mut self) -> &mut Self::Target {
        &mut self.read
    }
}

impl<'a> Deref for SideUnit<'a> {
    type Target = ReadUnit<'a>;

    fn deref(&self) -> &Self::Target {
        &self.read
    }
}

impl DerefMut for SideUnit<'_> {
    fn deref_mut(&mut self) -> &mut Self::Target {
        &mut self.read
    }
}

impl std::fmt::Debug for ReadUnit<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ReadUnit")
            .field("incarnation", &self.incarnation)
            .field("seq", &self.seq)
            .finish_non_exhaustive()
    }
}

impl std::fmt::Debug for WriteUnit<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("WriteUnit")
            .field("read", &self.read)
            .finish_non_exhaustive()
    }
}

impl std::fmt::Debug for SideUnit<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("SideUnit")
            .field("read", &self.read)
            .finish_non_exhaustive()
    }
}
