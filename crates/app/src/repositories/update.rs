//! Changing a repository: name, visibility, description, default branch.

use jeton_decide::RefChange;
use jeton_domain::{Event, RepositoryName, Visibility};
use jeton_store::repositories::{self, RepositoryRow};
use jeton_store::{ReadUnit, WriteUnit};

use super::create::{check_description, release_former};
use super::{RESOURCE, RepositoryView, new_name, place, view_row};
use crate::app::App;
use crate::authorize::Acting;
use crate::call::Call;
use crate::error::AppError;

/// What is to be changed; what is left out stays.
#[derive(Clone, Debug, Default)]
pub struct RepositoryEdit {
    /// Another name; the old one leads to it until it is used again.
    pub name: Option<String>,
    /// Who sees it without a role.
    pub visibility: Option<Visibility>,
    /// What it is.
    pub description: Option<String>,
    /// The branch that a clone checks out; where there are others, it has to be there.
    pub default_branch: Option<String>,
}

/// Changes a repository.
pub fn update(app: &App, call: &Call, edit: &RepositoryEdit) -> Result<RepositoryView, AppError> {
    let name = edit.name.as_deref().map(new_name).transpose()?;
    if let Some(description) = &edit.description {
        check_description(description)?;
    }
    if let Some(branch) = &edit.default_branch {
        let full = format!("refs/heads/{branch}");
        jeton_repo::hook::check_ref_name(&full)
            .map_err(|fault| AppError::invalid(RESOURCE, "default_branch", fault))?;
    }
    app.write(call, |unit, acting| {
        let row = repositories::by_id(unit, acting.repository()?.id)?
            .ok_or(AppError::Missing("repository"))?;
        let name = name.as_ref().filter(|name| name.as_str() != row.name);
        let more = edit.visibility > Some(row.visibility);
        acting.confirm_if(unit, more || name.is_some())?;
        let branch = edit.default_branch.as_ref();
        if name.is_some() || branch.is_some_and(|branch| *branch != row.default_branch) {
            may_touch_all_refs(unit, acting)?;
        }
        if let Some(name) = name {
            rename(unit, acting, &row, name)?;
        }
        if let Some(visibility) = edit
            .visibility
            .filter(|visibility| *visibility != row.visibility)
        {
            repositories::set_visibility(unit, row.id, visibility)?;
            acting
                .record(Event::RepositoryVisibility)
                .with("visibility", visibility.name())
                .with("previous_visibility", row.visibility.name())
                .write(unit)?;
        }
        describe(unit, acting, &row, edit)?;
        unit.feed(acting.now, "repository.updated", row.id)?;
        let row = repositories::by_id(unit, row.id)?.ok_or(AppError::Missing("repository"))?;
        view_row(unit, acting, row)
    })
}

/// SECURITY: a token that may write some refs only could go round that by what a push can't say: what
/// `HEAD` points to, what the whole is called, that it goes away. No pattern names `HEAD`, so the
/// decision refuses as it refuses any ref that none names.
pub fn may_touch_all_refs(unit: &mut ReadUnit<'_>, acting: &Acting<'_>) -> Result<(), AppError> {
    let head = RefChange {
        name: "HEAD",
        forced: false,
        deleted: false,
        workflows: false,
    };
    acting.require_ref(unit, head)
}

fn rename(
    unit: &mut WriteUnit<'_>,
    acting: &Acting<'_>,
    row: &RepositoryRow,
    name: &RepositoryName,
) -> Result<(), AppError> {
    release_former(unit, acting, row.owner, name)?;
    repositories::rename(unit, row.id, name)
        .map_err(|error| AppError::unless_taken(error, "repositories_name", RESOURCE, "name"))?;
    acting
        .record(Event::RepositoryRename)
        .repository(row.id, &format!("{}/{}", row.owner_login, name.as_str()))
        .with("old_name", row.name.as_str())
        .write(unit)
}

fn describe(
    unit: &mut WriteUnit<'_>,
    acting: &Acting<'_>,
    row: &RepositoryRow,
    edit: &RepositoryEdit,
) -> Result<(), AppError> {
    let description = edit.description.as_deref().unwrap_or(&row.description);
    let branch = edit
        .default_branch
        .as_deref()
        .unwrap_or(&row.default_branch);
    if description == row.description && branch == row.default_branch {
        return Ok(());
    }
    let full = format!("refs/heads/{branch}");
    let data = if branch == row.default_branch {
        None
    } else {
        let data = acting.app.data.open_write(&acting.permit, place(row));
        let data = data.map_err(|error| AppError::Data(error.to_string()))?;
        // A clone would check nothing out.
        if data.tip(&full)?.is_none() && !data.is_empty()? {
            return Err(AppError::invalid(
                RESOURCE,
                "default_branch",
                "names no branch of the repository: push it first",
            ));
        }
        Some(data)
    };
    repositories::describe(unit, row.id, description, branch)?;
    let mut record = acting
        .record(Event::RepositoryUpdate)
        .with("description", description)
        .with("default_branch", branch);
    if description != row.description {
        // None is shown as null.
        let before = Some(row.description.as_str()).filter(|text| !text.is_empty());
        record = record.changed("description", before);
    }
    if branch != row.default_branch {
        record = record.changed("default_branch", row.default_branch.as_str());
    }
    record.write(unit)?;
    match data {
        // Last, so that a failure leaves the row as it was.
        Some(data) => Ok(data.set_head(&full)?),
        None => Ok(()),
    }
}
