//! What people are told: one row for each person and event.

use jeton_domain::{Time, UserId};

use crate::{NoticeId, ReadUnit, Row, SideUnit, Sql, StoreError, WriteUnit};

/// A notice as it is stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NoticeRow {
    /// Its id.
    pub id: NoticeId,
    /// Who is told.
    pub user: UserId,
    /// The stored word for what happened.
    pub kind: String,
    /// What is known of it, as JSON.
    pub facts: String,
    /// When it happened.
    pub created_at: Time,
    /// When the person said that they read it.
    pub read_at: Option<Time>,
}

/// A notice to be added.
#[derive(Clone, Copy, Debug)]
pub struct NewNotice<'a> {
    /// Who is told.
    pub user: UserId,
    /// The stored word for what it is about.
    pub topic: &'a str,
    /// The stored word for what happened.
    pub kind: &'a str,
    /// What is known of it, as JSON.
    pub facts: &'a str,
    /// When it happened.
    pub now: Time,
    /// When it goes into a digest, if it does.
    pub digest_at: Option<Time>,
}

fn read(row: &Row) -> Result<NoticeRow, StoreError> {
    Ok(NoticeRow {
        id: row.get(0)?,
        user: row.get(1)?,
        kind: row.get(2)?,
        facts: row.get(3)?,
        created_at: row.get(4)?,
        read_at: row.get(5)?,
    })
}

/// Adds a notice.
pub fn insert(unit: &mut WriteUnit<'_>, new: &NewNotice<'_>) -> Result<NoticeId, StoreError> {
    let id: NoticeId = unit.allocate()?;
    unit.execute_one(
        "INSERT INTO notices (id, user_id, topic, kind, facts, created_at, digest_at) \
         VALUES ($1, $2, $3, $4, $5, $6, $7)",
        &[
            &id,
            &new.user,
            &new.topic,
            &new.kind,
            &new.facts,
            &new.now,
            &new.digest_at,
        ],
    )?;
    Ok(id)
}

/// Which of a person's notices.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Filter<'a> {
    /// Only those that were not read.
    pub unread: bool,
    /// Only those about that.
    pub topic: Option<&'a str>,
}

/// A page of a person's notices, newest first, and how many there are.
pub fn page(
    unit: &mut ReadUnit<'_>,
    user: UserId,
    filter: Filter<'_>,
    offset: i64,
    count: i64,
) -> Result<(Vec<NoticeRow>, i64), StoreError> {
    const WHERE: &str =
        "user_id = $1 AND ($2 = 0 OR read_at IS NULL) AND (CAST($3 AS TEXT) IS NULL OR topic = $3)";
    let (unread, topic) = (i64::from(filter.unread), filter.topic);
    let sql = Sql::built(format!(
        "SELECT id, user_id, kind, facts, created_at, read_at FROM notices WHERE {WHERE} \
         ORDER BY id DESC LIMIT $4 OFFSET $5"
    ));
    let rows = unit.all(sql, &[&user, &unread, &topic, &count, &offset])?;
    let sql = Sql::built(format!("SELECT COUNT(*) FROM notices WHERE {WHERE}"));
    let total = unit.number(sql, &[&user, &unread, &topic])?;
    Ok((rows.iter().map(read).collect::<Result<_, _>>()?, total))
}

/// How many a person has not read.
pub fn count_unread(unit: &mut ReadUnit<'_>, user: UserId) -> Result<i64, StoreError> {
    unit.number(
        "SELECT COUNT(*) FROM notices WHERE user_id = $1 AND read_at IS NULL",
        &[&user],
    )
}

/// One of a person's notices.
pub fn find(
    unit: &mut ReadUnit<'_>,
    user: UserId,
    id: NoticeId,
) -> Result<Option<NoticeRow>, StoreError> {
    unit.one(
        "SELECT id, user_id, kind, facts, created_at, read_at FROM notices WHERE id = $1 AND user_id = $2",
        &[&id, &user],
    )?
    .as_ref()
    .map(read)
    .transpose()
}

/// Marks a person's notice as read; false where it is none of theirs, or was read before.
pub fn mark_read(
    unit: &mut SideUnit<'_>,
    user: UserId,
    id: NoticeId,
    now: Time,
) -> Result<bool, StoreError> {
    Ok(unit.execute(
        "UPDATE notices SET read_at = $3 WHERE id = $1 AND user_id = $2 AND read_at IS NULL",
        &[&id, &user, &now],
    )? == 1)
}

/// Marks all of a person's notices up to one as read: what came since the list was shown stays unread.
pub fn mark_all_read(
    unit: &mut SideUnit<'_>,
    user: UserId,
    up_to: NoticeId,
    now: Time,
) -> Result<usize, StoreError> {
    unit.execute(
        "UPDATE notices SET read_at = $3 WHERE user_id = $1 AND id <= $2 AND read_at IS NULL",
        &[&user, &up_to, &now],
    )
}

/// People for whom a digest is due.
pub fn due_digests(unit: &mut ReadUnit<'_>, now: Time) -> Result<Vec<UserId>, StoreError> {
    unit.all(
        "SELECT DISTINCT user_id FROM notices WHERE digest_at IS NOT NULL AND digest_at <= $1 ORDER BY user_id",
        &[&now],
    )?
    .iter()
    .map(|row| row.get(0))
    .collect()
}

/// Takes what waits for a person's digest: none of it waits any more.
pub fn take_digest(
    unit: &mut WriteUnit<'_>,
    user: UserId,
    now: Time,
) -> Result<Vec<NoticeRow>, StoreError> {
    let mut rows: Vec<NoticeRow> = unit
        .all(
            "UPDATE notices SET digest_at = NULL WHERE user_id = $1 AND digest_at IS NOT NULL AND digest_at <= $2 \
             RETURNING id, user_id, kind, facts, created_at, read_at",
            &[&user, &now],
        )?
        .iter()
        .map(read)
        .collect::<Result<_, _>>()?;
    rows.sort_by_key(|row| row.id);
    Ok(rows)
}

/// Drops what happened before `before`.
pub fn forget(unit: &mut SideUnit<'_>, before: Time) -> Result<usize, StoreError> {
    unit.execute("DELETE FROM notices WHERE created_at < $1", &[&before])
}

/// Drops all that a person was told, and how they wanted it.
pub fn forget_person(unit: &mut WriteUnit<'_>, user: UserId) -> Result<(), StoreError> {
    unit.execute("DELETE FROM notices WHERE user_id = $1", &[&user])?;
    unit.execute("DELETE FROM notice_choices WHERE user_id = $1", &[&user])?;
    Ok(())
}

/// Whether a person wants to be told of requests once a day, and not at once.
pub fn wants_daily(unit: &mut ReadUnit<'_>, user: UserId) -> Result<bool, StoreError> {
    Ok(unit.number(
        "SELECT COUNT(*) FROM notice_choices WHERE user_id = $1 AND requests = 'daily'",
        &[&user],
    )? == 1)
}

/// Sets it.
pub fn choose_daily(unit: &mut WriteUnit<'_>, user: UserId, daily: bool) -> Result<(), StoreError> {
    let word = if daily { "daily" } else { "at_once" };
    unit.execute_one(
        "INSERT INTO notice_choices (user_id, requests) VALUES ($1, $2) \
         ON CONFLICT (user_id) DO UPDATE SET requests = excluded.requests",
        &[&user, &word],
    )
}
