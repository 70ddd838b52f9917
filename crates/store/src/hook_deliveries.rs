//! What webhooks are told, and what came of it.

use jeton_domain::{HookDeliveryId, HookEventId, HookId, RepositoryId, Time};

use crate::{ReadUnit, Row, SideUnit, Sql, StoreError, WriteUnit};

/// Something that webhooks are told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HookEventRow {
    /// Which.
    pub id: HookEventId,
    /// The name that every try carries.
    pub guid: String,
    /// What kind of thing it is.
    pub event: String,
    /// What happened to it.
    pub action: Option<String>,
    /// Of which repository it tells, if of one.
    pub repository: Option<RepositoryId>,
    /// The body, as JSON.
    pub payload: String,
    /// When.
    pub created_at: Time,
}

/// How a try ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DeliveryOutcome {
    /// The receiver took it (2xx).
    Delivered,
    /// The receiver answered something else.
    Refused,
    /// No answer came.
    Unreachable,
    /// The address may not be spoken to.
    Forbidden,
    /// The webhook was deleted or switched off before.
    Dropped,
}

impl DeliveryOutcome {
    /// The stored word.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Delivered => "delivered",
            Self::Refused => "refused",
            Self::Unreachable => "unreachable",
            Self::Forbidden => "forbidden",
            Self::Dropped => "dropped",
        }
    }

    fn parse(word: &str) -> Option<Self> {
        [
            Self::Delivered,
            Self::Refused,
            Self::Unreachable,
            Self::Forbidden,
            Self::Dropped,
        ]
        .into_iter()
        .find(|outcome| outcome.name() == word)
    }
}

/// A try, without what was sent and answered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DeliveryRow {
    /// Which.
    pub id: HookDeliveryId,
    /// To whom.
    pub hook: HookId,
    /// What.
    pub event: HookEventId,
    /// Its name, as every try carries it.
    pub guid: String,
    /// What kind of thing it tells of.
    pub event_name: String,
    /// What happened to it.
    pub action: Option<String>,
    /// Of which repository it tells, if of one.
    pub repository: Option<RepositoryId>,
    /// It was tried before.
    pub redelivery: bool,
    /// Which try this is, from 1.
    pub attempt: i64,
    /// Since when it waits.
    pub created_at: Time,
    /// When it is tried.
    pub due_at: Time,
    /// When it was over.
    pub delivered_at: Option<Time>,
    /// How long it took, in milliseconds.
    pub duration_ms: Option<i64>,
    /// What the receiver answered.
    pub status_code: Option<i64>,
    /// How it ended.
    pub outcome: Option<DeliveryOutcome>,
    /// Why, where it came to nothing.
    pub fault: Option<String>,
}

/// What was sent and answered.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct DeliveryTexts {
    /// Where it went.
    pub url: Option<String>,
    /// The request's headers, as a JSON object.
    pub request_headers: Option<String>,
    /// The request's body before it was signed, as JSON.
    pub payload: String,
    /// The answer's headers, as a JSON object.
    pub response_headers: Option<String>,
    /// How the answer's body begins.
    pub response_body: Option<String>,
}

const COLUMNS: &str = "d.id, d.hook_id, d.event_id, e.guid, e.event, e.action, d.redelivery, d.attempt, d.created_at, \
     d.due_at, d.delivered_at, d.duration_ms, d.status_code, d.outcome, d.fault, e.repository_id";
const FROM: &str = "FROM hook_deliveries d JOIN hook_events e ON e.id = d.event_id";

fn read(row: &Row) -> Result<DeliveryRow, StoreError> {
    Ok(DeliveryRow {
        id: row.get(0)?,
        hook: row.get(1)?,
        event: row.get(2)?,
        guid: row.get(3)?,
        event_name: row.get(4)?,
        action: row.get(5)?,
        redelivery: row.get(6)?,
        attempt: row.get(7)?,
        created_at: row.get(8)?,
        due_at: row.get(9)?,
        delivered_at: row.get(10)?,
        duration_ms: row.get(11)?,
        status_code: row.get(12)?,
        outcome: row
            .get::<Option<String>>(13)?
            .map(|_| row.word(13, DeliveryOutcome::parse))
            .transpose()?,
        fault: row.get(14)?,
        repository: row.get(15)?,
    })
}

/// Notes what is to be told, once for all webhooks.
pub fn add_event(unit: &mut WriteUnit<'_>, row: &HookEventRow) -> Result<(), StoreError> {
    unit.execute_one(
        "INSERT INTO hook_events (id, guid, event, action, repository_id, payload, created_at) \
         VALUES ($1, $2, $3, $4, $5, $6, $7)",
        &[
            &row.id,
            &row.guid,
            &row.event,
            &row.action,
            &row.repository,
            &row.payload,
            &row.created_at,
        ],
    )
}

/// Has a webhook told of it, at `due_at`. `attempt`: from 1; `again`: it was told before.
pub fn add(
    unit: &mut WriteUnit<'_>,
    hook: HookId,
    event: HookEventId,
    (attempt, again): (i64, bool),
    (now, due_at): (Time, Time),
) -> Result<HookDeliveryId, StoreError> {
    let id: HookDeliveryId = unit.allocate()?;
    unit.execute_one(
        "INSERT INTO hook_deliveries (id, hook_id, event_id, redelivery, attempt, created_at, due_at) \
         VALUES ($1, $2, $3, $4, $5, $6, $7)",
        &[&id, &hook, &event, &again, &attempt, &now, &due_at],
    )?;
    Ok(id)
}

/// The try that comes next: of webhooks that do not rest, of each one at a time and in the order of commits; among them
/// whichever waits longest.
///
/// Webhooks are looked at and not what waits for them: of one that rests, a hundred thousand may.
///
/// Of a repository or an organization two are told at a time, of an account with all its repositories four, and of all that
/// one person made, in however many organizations, four: receivers that hang hold up nobody else's.
const NEXT: &str = "WITH busy AS (SELECT g.organization_id, g.repository_id, COALESCE(g.organization_id, r.owner_id) AS account, \
     g.created_by AS maker, g.id \
     FROM hook_deliveries o JOIN hooks g ON g.id = o.hook_id LEFT JOIN repositories r ON r.id = g.repository_id \
     WHERE o.leased_until > $1) \
     SELECT MIN((SELECT MIN(d.id) FROM hook_deliveries d WHERE d.hook_id = h.id AND d.delivered_at IS NULL \
     AND d.due_at <= $1)) FROM hooks h LEFT JOIN repositories p ON p.id = h.repository_id \
     WHERE (h.rests_until IS NULL OR h.rests_until <= $1) \
     AND NOT EXISTS (SELECT b.id FROM busy b WHERE b.id = h.id) \
     AND (SELECT COUNT(*) FROM busy b WHERE b.organization_id = h.organization_id OR b.repository_id = h.repository_id) < 2 \
     AND (SELECT COUNT(*) FROM busy b WHERE b.account = COALESCE(h.organization_id, p.owner_id)) < 4 \
     AND (SELECT COUNT(*) FROM busy b WHERE b.maker = h.created_by) < 4";

/// Whether any try is due.
pub fn any_due(unit: &mut ReadUnit<'_>, now: Time) -> Result<bool, StoreError> {
    let next: Option<i64> = unit
        .one(NEXT, &[&now])?
        .map_or(Ok(None), |row| row.get(0))?;
    Ok(next.is_some())
}

/// Takes the try that comes next, until `until`.
pub fn lease(
    unit: &mut SideUnit<'_>,
    now: Time,
    until: Time,
) -> Result<Option<HookDeliveryId>, StoreError> {
    // The condition on the lease stands twice, as for jobs: two nodes can choose the same row.
    let sql = Sql::built(format!(
        "UPDATE hook_deliveries SET leased_until = $2 WHERE id = ({NEXT}) \
         AND delivered_at IS NULL AND (leased_until IS NULL OR leased_until <= $1) RETURNING id"
    ));
    unit.one(sql, &[&now, &until])?
        .map(|row| row.get(0))
        .transpose()
}

/// Lets go of what an earlier run had leased.
pub fn release(unit: &mut SideUnit<'_>) -> Result<usize, StoreError> {
    unit.execute(
        "UPDATE hook_deliveries SET leased_until = NULL WHERE delivered_at IS NULL AND leased_until IS NOT NULL",
        &[],
    )
}

/// What a try ended in.
#[derive(Clone, Debug)]
pub struct Ended<'a> {
    /// How.
    pub outcome: DeliveryOutcome,
    /// Why, where it came to nothing.
    pub fault: Option<&'a str>,
    /// What the receiver answered.
    pub status_code: Option<i64>,
    /// Milliseconds.
    pub duration_ms: i64,
    /// Where it went.
    pub url: &'a str,
    /// The request's headers, as a JSON object.
    pub request_headers: &'a str,
    /// The answer's headers, as a JSON object.
    pub response_headers: Option<&'a str>,
    /// How the answer's body begins.
    pub response_body: Option<&'a str>,
}

/// Notes what came of a try. False if somebody else did after its lease ran out.
pub fn finish(
    unit: &mut WriteUnit<'_>,
    id: HookDeliveryId,
    ended: &Ended<'_>,
    now: Time,
) -> Result<bool, StoreError> {
    Ok(unit.execute(
        "UPDATE hook_deliveries SET delivered_at = $2, outcome = $3, fault = $4, status_code = $5, duration_ms = $6, \
         url = $7, request_headers = $8, response_headers = $9, response_body = $10, leased_until = NULL \
         WHERE id = $1 AND delivered_at IS NULL",
        &[
            &id,
            &now,
            &ended.outcome.name(),
            &ended.fault,
            &ended.status_code,
            &ended.duration_ms,
            &ended.url,
            &ended.request_headers,
            &ended.response_headers,
            &ended.response_body,
        ],
    )? == 1)
}

/// Whatever waits for a webhook comes to nothing.
pub fn drop_of_hook(unit: &mut WriteUnit<'_>, hook: HookId, at: Time) -> Result<(), StoreError> {
    unit.execute(
        "UPDATE hook_deliveries SET delivered_at = $2, outcome = 'dropped', leased_until = NULL \
         WHERE hook_id = $1 AND delivered_at IS NULL",
        &[&hook, &at],
    )?;
    Ok(())
}

/// Whatever waits since before `before` comes to nothing.
pub fn drop_waiting(unit: &mut SideUnit<'_>, before: Time, at: Time) -> Result<usize, StoreError> {
    unit.execute(
        "UPDATE hook_deliveries SET delivered_at = $2, outcome = 'dropped', fault = 'it waited too long', leased_until = NULL \
         WHERE delivered_at IS NULL AND created_at < $1",
        &[&before, &at],
    )
}

/// One try of a webhook.
pub fn by_id(
    unit: &mut ReadUnit<'_>,
    id: HookDeliveryId,
) -> Result<Option<DeliveryRow>, StoreError> {
    let sql = Sql::built(format!("SELECT {COLUMNS} {FROM} WHERE d.id = $1"));
    unit.one(sql, &[&id])?.as_ref().map(read).transpose()
}

/// What was sent and answered in one try.
pub fn texts(
    unit: &mut ReadUnit<'_>,
    id: HookDeliveryId,
) -> Result<Option<DeliveryTexts>, StoreError> {
    let sql = Sql::built(format!(
        "SELECT d.url, d.request_headers, e.payload, d.response_headers, d.response_body {FROM} WHERE d.id = $1"
    ));
    unit.one(sql, &[&id])?
        .map(|row| {
            Ok(DeliveryTexts {
                url: row.get(0)?,
                request_headers: row.get(1)?,
                payload: row.get(2)?,
                response_headers: row.get(3)?,
                response_body: row.get(4)?,
            })
        })
        .transpose()
}

/// Which tries of a webhook are looked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Among {
    /// All, those that wait among them.
    All,
    /// Those that are over.
    Over,
    /// Those that the receiver took.
    Delivered,
    /// Those that came to nothing.
    Failed,
}

impl Among {
    const fn condition(self) -> &'static str {
        match self {
            Self::All => "",
            Self::Over => "AND d.delivered_at IS NOT NULL",
            Self::Delivered => "AND d.outcome = 'delivered'",
            Self::Failed => "AND d.outcome <> 'delivered'",
        }
    }
}

/// Tries of a webhook, the newest first: older than `before`, `count` at most.
pub fn of_hook(
    unit: &mut ReadUnit<'_>,
    hook: HookId,
    among: Among,
    before: Option<HookDeliveryId>,
    count: i64,
) -> Result<Vec<DeliveryRow>, StoreError> {
    let before = before.map_or(i64::MAX, HookDeliveryId::get);
    let condition = among.condition();
    let sql = Sql::built(format!(
        "SELECT {COLUMNS} {FROM} WHERE d.hook_id = $1 AND d.id < $2 {condition} ORDER BY d.id DESC LIMIT $3"
    ));
    unit.all(sql, &[&hook, &before, &count])?
        .iter()
        .map(read)
        .collect()
}

/// Whether a webhook waits to be told this.
pub fn awaits(
    unit: &mut ReadUnit<'_>,
    hook: HookId,
    event: HookEventId,
) -> Result<bool, StoreError> {
    Ok(unit.number(
        "SELECT COUNT(*) FROM hook_deliveries WHERE event_id = $2 AND hook_id = $1 AND delivered_at IS NULL",
        &[&hook, &event],
    )? > 0)
}

/// The last try of a webhook that is over.
pub fn last_of_hook(
    unit: &mut ReadUnit<'_>,
    hook: HookId,
) -> Result<Option<DeliveryRow>, StoreError> {
    let sql = Sql::built(format!(
        "SELECT {COLUMNS} {FROM} WHERE d.hook_id = $1 AND d.delivered_at IS NOT NULL ORDER BY d.id DESC LIMIT 1"
    ));
    unit.one(sql, &[&hook])?.as_ref().map(read).transpose()
}

/// How many tries wait for a webhook.
pub fn waiting(unit: &mut ReadUnit<'_>, hook: HookId) -> Result<i64, StoreError> {
    unit.number(
        "SELECT COUNT(*) FROM hook_deliveries WHERE hook_id = $1 AND delivered_at IS NULL",
        &[&hook],
    )
}

/// Drops tries that were over before `before`, and what they told.
pub fn forget(unit: &mut SideUnit<'_>, before: Time) -> Result<usize, StoreError> {
    let dropped = unit.execute(
        "DELETE FROM hook_deliveries WHERE delivered_at < $1",
        &[&before],
    )?;
    unit.execute(
        "DELETE FROM hook_events WHERE created_at < $1 \
         AND NOT EXISTS (SELECT d.id FROM hook_deliveries d WHERE d.event_id = hook_events.id)",
        &[&before],
    )?;
    Ok(dropped)
}
