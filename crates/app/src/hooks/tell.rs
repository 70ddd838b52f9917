//! Telling webhooks of something: noted in the change's own unit, sent after it.

use jeton_domain::{HookEvent, HookEventId, HookId, Id as _, RepositoryId, Time};
use jeton_store::WriteUnit;
use jeton_store::hook_deliveries::{self, HookEventRow};
use serde_json::Value;

use crate::app::Inner;
use crate::error::AppError;

/// Something to be told.
#[derive(Debug)]
pub(crate) struct Told<'a> {
    pub(crate) event: HookEvent,
    /// What happened to it, in GitHub's word.
    pub(crate) action: Option<&'a str>,
    pub(crate) payload: Value,
}

/// Has each of these webhooks told of it, once this unit commits.
pub(crate) fn tell(
    app: &Inner,
    unit: &mut WriteUnit<'_>,
    hooks: impl IntoIterator<Item = HookId>,
    told: &Told<'_>,
    now: Time,
) -> Result<(), AppError> {
    debug_assert!(
        told.action
            .map_or(told.event.actions().is_empty(), |action| told
                .event
                .actions()
                .contains(&action)),
        "`{}` is not declared to tell of {:?}",
        told.event.name(),
        told.action,
    );
    let id: HookEventId = unit.allocate()?;
    hook_deliveries::add_event(
        unit,
        &HookEventRow {
            id,
            guid: guid(app.random()),
            event: told.event.name().to_owned(),
            action: told.action.map(str::to_owned),
            repository: told
                .payload
                .pointer("/repository/id")
                .and_then(Value::as_i64)
                .and_then(RepositoryId::from_i64),
            payload: told.payload.to_string(),
            created_at: now,
        },
    )?;
    for hook in hooks {
        hook_deliveries::add(unit, hook, id, (1, false), (now, now))?;
    }
    Ok(())
}

/// A random UUID (RFC 9562, version 4): receivers know by it what they heard already.
fn guid(random: [u8; 16]) -> String {
    let number = u128::from_be_bytes(random);
    let number = number & !(0xf << 76) | 4 << 76;
    let number = number & !(0x3 << 62) | 2 << 62;
    let text = format!("{number:032x}");
    let parts =
        [0..8, 8..12, 12..16, 16..20, 20..32].map(|part| text.get(part).unwrap_or_default());
    parts.join("-")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_guid_is_a_uuid_of_version_4() {
        assert_eq!(guid([0; 16]), "00000000-0000-4000-8000-000000000000");
        assert_eq!(guid([0xff; 16]), "ffffffff-ffff-4fff-bfff-ffffffffffff");
    }
}
