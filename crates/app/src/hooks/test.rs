//! Trying a repository's webhook with a push: that of the latest commit of the default branch.

use jeton_domain::{Event, HookEvent, HookId, hears};
use jeton_store::repositories;
use serde_json::json;

use super::redeliver::may_ping;
use super::tell::{Told, tell};
use super::{awake, record};
use crate::app::App;
use crate::call::Call;
use crate::contents::Reading;
use crate::error::AppError;

/// Has a repository's webhook told of its latest push once more. One that hears of none is told nothing, nor is there
/// anything to tell of a repository to which nobody pushed.
pub fn test_push(app: &App, call: &Call, id: HookId) -> Result<(), AppError> {
    app.write(call, |unit, acting| {
        let hook = may_ping(unit, acting, id)?;
        if !hears(&hook.events, HookEvent::Push.name()) {
            return Ok(());
        }
        let row = repositories::by_id(unit, acting.repository()?.id)?
            .ok_or(AppError::Missing("repository"))?;
        let reference = format!("refs/heads/{}", row.default_branch);
        let reading = Reading::of(app, &acting.permit, &acting.place)?;
        let Some(tip) = reading.data.tip(&reference)? else {
            return Ok(());
        };
        let before = reading.objects.commit(tip)?.parents.first().copied();
        let told = Told {
            event: HookEvent::Push,
            action: None,
            payload: json!({
                "ref": reference,
                "before": before.map_or_else(|| "0".repeat(40), |id| id.to_string()),
                "after": tip.to_string(),
                "repository": { "id": row.id, "name": row.name, "full_name": row.full_name() },
                "sender": { "id": acting.user()?, "login": acting.login() },
            }),
        };
        awake(unit, &hook)?;
        tell(app, unit, [hook.id], &told, acting.now)?;
        record(acting, &hook, Event::HookPing).write(unit)
    })
}
