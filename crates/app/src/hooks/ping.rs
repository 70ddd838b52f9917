//! A ping: what a webhook is told when it was made, or when somebody tries it.

use jeton_domain::{HookEvent, Time, UserId};
use jeton_store::WriteUnit;
use jeton_store::hooks::HookRow;
use serde_json::json;

use super::tell::{Told, tell};
use crate::app::Inner;
use crate::error::AppError;

/// Has one webhook told that it is there.
pub(super) fn ping(
    app: &Inner,
    unit: &mut WriteUnit<'_>,
    hook: &HookRow,
    sender: UserId,
    now: Time,
) -> Result<(), AppError> {
    let told = Told {
        event: HookEvent::Ping,
        action: None,
        payload: json!({
            "zen": "What is asked once is answered once.",
            "hook_id": hook.id,
            "sender": { "id": sender },
        }),
    };
    tell(app, unit, [hook.id], &told, now)
}
