//! The first branch that is pushed becomes the default one, where the one that is noted was never made: else a clone
//! checks nothing out, and every read of the default branch finds nothing.

use jeton_domain::Event;
use jeton_store::audit::AuditEntry;
use jeton_store::push_intents::Outcome;
use jeton_store::repositories;
use serde_json::json;

use super::outcomes::Ended;
use crate::app::App;
use crate::audit::log;
use crate::error::AppError;
use crate::git::data_place;
use crate::hooks::raise::About;
use crate::place::Repository;

const BRANCHES: &str = "refs/heads/";

/// After a push, whose refs are where `ended` says. `operation`: what was asked for.
pub(super) fn adopt(
    app: &App,
    operation: &'static str,
    repository: &Repository,
    ended: &[Ended],
) -> Result<(), AppError> {
    let pushed = ended.iter().find_map(|ended| {
        let intent = &ended.intent;
        let made =
            ended.outcome == Outcome::Updated && intent.new_object.bytes().any(|b| b != b'0');
        let branch = intent.ref_name.strip_prefix(BRANCHES)?;
        made.then_some((intent, branch))
    });
    let Some((intent, branch)) = pushed else {
        return Ok(());
    };
    let upkeep = app
        .data
        .upkeep(data_place(repository))
        .map_err(|error| AppError::Data(error.to_string()))?;
    // Nearly every push finds it there: the database is not asked then.
    if !upkeep.is_head_unborn()? {
        return Ok(());
    }
    app.store.write(|unit| {
        let Some(row) = repositories::by_id(unit, repository.id)? else {
            return Ok(());
        };
        // Another push may have been first.
        if !upkeep.is_head_unborn()? {
            return Ok(());
        }
        repositories::describe(unit, row.id, &row.description, branch)?;
        let now = app.now();
        unit.feed(now, "repository.updated", row.id)?;
        let entry = AuditEntry {
            event: Event::RepositoryUpdate,
            operation,
            at: now,
            actor: Some(intent.actor),
            organization: row
                .owner_is_organization
                .then(|| row.owner.as_organization()),
            user: None,
            token: intent.token,
            repository: Some(row.id),
            data: json!({
                "repo": row.full_name(),
                "default_branch": branch,
                "request_id": intent.push,
            }),
            salt: app.random(),
        };
        let about = About {
            changed: vec![("default_branch", json!(row.default_branch))],
            ..About::default()
        };
        log(app, unit, &entry, &about)?;
        // Last, so that a failure leaves the row as it was.
        upkeep.settle_head(&intent.ref_name)?;
        Ok::<_, AppError>(())
    })
}
