//! Work to be done after a commit: recorded in the change's own unit, taken by lease, done at least once.

use jeton_domain::Time;

use crate::{JobId, ReadUnit, Row, SideUnit, Sql, StoreError, WriteUnit};

/// A leased job.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Job {
    /// Its id; a job that is done twice has the same, so that the work can be made idempotent.
    pub id: JobId,
    /// The stored word for what is to be done.
    pub kind: String,
    /// What it needs, as JSON.
    pub payload: String,
    /// How often it was leased, this time included.
    pub attempts: i64,
    /// What must not be read, sealed.
    pub sealed: Option<Vec<u8>>,
    /// When an earlier try was about to hand its work to somebody outside, of which no outcome is known.
    pub handed_at: Option<Time>,
}

impl Job {
    fn read(row: &Row) -> Result<Self, StoreError> {
        Ok(Self {
            id: row.get(0)?,
            kind: row.get(1)?,
            payload: row.get(2)?,
            attempts: row.get(3)?,
            sealed: row.get(4)?,
            handed_at: row.get(5)?,
        })
    }
}

/// Records work that is to be done if, and only if, this unit commits.
pub fn add(
    unit: &mut WriteUnit<'_>,
    kind: &'static str,
    payload: &str,
    due_at: Time,
) -> Result<JobId, StoreError> {
    let id: JobId = unit.allocate()?;
    unit.execute_one(
        "INSERT INTO jobs (id, kind, payload, due_at) VALUES ($1, $2, $3, $4)",
        &[&id, &kind, &payload, &due_at],
    )?;
    Ok(id)
}

/// Takes the job that is due longest, for as long as until `until`; none if nothing is due, or another node was quicker.
pub fn lease(unit: &mut SideUnit<'_>, now: Time, until: Time) -> Result<Option<Job>, StoreError> {
    // The condition stands twice: on PostgreSQL two nodes can choose the same row, and the outer one is looked at again
    // after the wait for its lock.
    unit.one(
        "UPDATE jobs SET leased_until = $2, attempts = attempts + 1 WHERE id = (SELECT id FROM jobs \
         WHERE done_at IS NULL AND due_at <= $1 AND (leased_until IS NULL OR leased_until <= $1) \
         ORDER BY due_at, id LIMIT 1) AND done_at IS NULL AND (leased_until IS NULL OR leased_until <= $1) \
         RETURNING id, kind, payload, attempts, sealed, handed_at",
        &[&now, &until],
    )?
    .as_ref()
    .map(Job::read)
    .transpose()
}

/// Keeps what the job needs and nobody may read.
pub fn keep_sealed(unit: &mut WriteUnit<'_>, id: JobId, sealed: &[u8]) -> Result<(), StoreError> {
    unit.execute_one(
        "UPDATE jobs SET sealed = $2 WHERE id = $1 AND done_at IS NULL",
        &[&id, &sealed],
    )
}

/// Writes down that the work is about to be handed to somebody outside. False where it was before, or is done: then it
/// must not be.
pub fn hand_over(unit: &mut SideUnit<'_>, id: JobId, now: Time) -> Result<bool, StoreError> {
    Ok(unit.execute(
        "UPDATE jobs SET handed_at = $2 WHERE id = $1 AND handed_at IS NULL AND done_at IS NULL",
        &[&id, &now],
    )? == 1)
}

/// It is over, with that outcome, and what it needed is dropped. `fault`: why, where it came to nothing. False if somebody
/// else finished it after this lease ran out.
pub fn finish(
    unit: &mut SideUnit<'_>,
    id: JobId,
    outcome: &'static str,
    fault: Option<&str>,
    now: Time,
) -> Result<bool, StoreError> {
    Ok(unit.execute(
        "UPDATE jobs SET done_at = $2, outcome = $3, fault = $4, payload = '', sealed = NULL WHERE id = $1 AND done_at IS NULL",
        &[&id, &now, &outcome, &fault],
    )? == 1)
}

/// A job as it is shown.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct JobRow {
    /// Which.
    pub id: JobId,
    /// What it needs, as JSON; empty once it is over.
    pub payload: String,
    /// How often it was tried.
    pub attempts: i64,
    /// When it is tried next, or was last.
    pub due_at: Time,
    /// When it was over.
    pub done_at: Option<Time>,
    /// How.
    pub outcome: Option<String>,
    /// Why it was put off, or came to nothing.
    pub fault: Option<String>,
}

const SHOWN: &str = "SELECT id, payload, attempts, due_at, done_at, outcome, fault FROM jobs";
/// Came to nothing, though somebody waited for it.
const FAILED: &str =
    "done_at IS NOT NULL AND outcome IN ('refused', 'gave_up', 'unknown', 'unreadable')";

fn shown(row: &Row) -> Result<JobRow, StoreError> {
    Ok(JobRow {
        id: row.get(0)?,
        payload: row.get(1)?,
        attempts: row.get(2)?,
        due_at: row.get(3)?,
        done_at: row.get(4)?,
        outcome: row.get(5)?,
        fault: row.get(6)?,
    })
}

/// The first jobs that wait, the next to be tried first, and how many there are.
pub fn waiting(unit: &mut ReadUnit<'_>, count: i64) -> Result<(Vec<JobRow>, i64), StoreError> {
    let sql = Sql::built(format!(
        "{SHOWN} WHERE done_at IS NULL ORDER BY due_at, id LIMIT $1"
    ));
    let rows = unit
        .all(sql, &[&count])?
        .iter()
        .map(shown)
        .collect::<Result<_, _>>()?;
    let total = unit.number("SELECT COUNT(*) FROM jobs WHERE done_at IS NULL", &[])?;
    Ok((rows, total))
}

/// The last jobs that came to nothing, and how many there are.
pub fn failed(unit: &mut ReadUnit<'_>, count: i64) -> Result<(Vec<JobRow>, i64), StoreError> {
    let sql = Sql::built(format!(
        "{SHOWN} WHERE {FAILED} ORDER BY done_at DESC, id DESC LIMIT $1"
    ));
    let rows = unit
        .all(sql, &[&count])?
        .iter()
        .map(shown)
        .collect::<Result<_, _>>()?;
    let total = unit.number(
        Sql::built(format!("SELECT COUNT(*) FROM jobs WHERE {FAILED}")),
        &[],
    )?;
    Ok((rows, total))
}

/// A job that waits and is not being done: it is due now. False where it is over, or somebody is at it.
pub fn hurry(unit: &mut WriteUnit<'_>, id: JobId, now: Time) -> Result<bool, StoreError> {
    Ok(unit.execute(
        "UPDATE jobs SET due_at = $2 WHERE id = $1 AND done_at IS NULL AND (leased_until IS NULL OR leased_until <= $2)",
        &[&id, &now],
    )? == 1)
}

/// Lets go of what an earlier run had leased: it is gone, and nobody waits for its leases to end.
pub fn release(unit: &mut SideUnit<'_>) -> Result<usize, StoreError> {
    unit.execute(
        "UPDATE jobs SET leased_until = NULL WHERE done_at IS NULL AND leased_until IS NOT NULL",
        &[],
    )
}

/// Whether anything is due.
pub fn any_due(unit: &mut ReadUnit<'_>, now: Time) -> Result<bool, StoreError> {
    Ok(!unit
        .all(
            "SELECT id FROM jobs WHERE done_at IS NULL AND due_at <= $1 AND (leased_until IS NULL OR leased_until <= $1) \
             ORDER BY due_at, id LIMIT 1",
            &[&now],
        )?
        .is_empty())
}

/// It failed because of `fault`, nobody outside has it, and it is to be tried again at `due_at`.
pub fn put_off(
    unit: &mut SideUnit<'_>,
    id: JobId,
    due_at: Time,
    fault: &str,
) -> Result<(), StoreError> {
    unit.execute_one(
        "UPDATE jobs SET due_at = $2, leased_until = NULL, handed_at = NULL, fault = $3 WHERE id = $1 AND done_at IS NULL",
        &[&id, &due_at, &fault],
    )
}

/// Drops what was done before `before`.
pub fn forget(unit: &mut SideUnit<'_>, before: Time) -> Result<usize, StoreError> {
    unit.execute("DELETE FROM jobs WHERE done_at < $1", &[&before])
}
