//! Trying a repository's webhook with a push: that of the latest commit of the default branch.

use jeton_domain::{Event, HookEvent, HookId, hears};
use jeton_repo::Pushed;
use jeton_store::push_intents::PushIntent;
use jeton_store::{hooks, repositories};

use super::pushes::told;
use super::record;
use super::redeliver::may_ping;
use super::tell::tell;
use crate::app::App;
use crate::call::Call;
use crate::contents::Reading;
use crate::error::AppError;
use crate::git::data_place;

/// Has a repository's webhook told of its latest push once more. One that hears of none is told nothing, nor is there
/// anything to tell of a repository to which nobody pushed.
pub fn test_push(app: &App, call: &Call, id: HookId) -> Result<(), AppError> {
    // Git is asked before the unit that notes what is told.
    let Some((intent, pushed)) = latest(app, call, id)? else {
        return Ok(());
    };
    app.write(call, |unit, acting| {
        let hook = may_ping(unit, acting, id)?;
        hooks::wake(unit, hook.id)?;
        let told = told(app, unit, (&intent, &pushed), Some(acting.login()))?;
        tell(app, unit, [hook.id], &told, acting.now)?;
        record(acting, &hook, Event::HookPing).write(unit)
    })
}

/// What was pushed last to the default branch, as far as its tip and its first parent tell.
fn latest(app: &App, call: &Call, id: HookId) -> Result<Option<(PushIntent, Pushed)>, AppError> {
    app.read(call, |unit, acting| {
        let hook = may_ping(unit, acting, id)?;
        let repository = acting.repository()?;
        let row = repositories::by_id(unit, repository.id)?;
        let row = row.ok_or(AppError::Missing("repository"))?;
        let name = format!("refs/heads/{}", row.default_branch);
        let reading = Reading::of(app, &acting.permit, &acting.place)?;
        let tip = reading.data.tip(&name)?;
        let Some(tip) = tip.filter(|_| hears(&hook.events, HookEvent::Push.name())) else {
            return Ok(None);
        };
        let before = reading.objects.commit(tip)?.parents.first().copied();
        let upkeep = app
            .data
            .upkeep(data_place(repository))
            .map_err(|error| AppError::Data(error.to_string()))?;
        let pushed = app
            .questions
            .pushed(&upkeep, &name, (before, Some(tip)), true)?;
        let intent = PushIntent {
            repository: repository.id,
            token: None,
            secret: None,
            actor: acting.user()?.into(),
            push: call.request_id.clone(),
            ref_name: name,
            old_object: before.map_or_else(|| "0".repeat(40), |id| id.to_string()),
            new_object: tip.to_string(),
            created_at: acting.now,
        };
        Ok(Some((intent, pushed)))
    })
}
