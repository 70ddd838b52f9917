//! A branch under another name.

use jeton_decide::RefChange;
use jeton_repo::{Commit, Oid};
use jeton_store::ReadUnit;

use super::branches::{BRANCHES, Branch, branch};
use super::write::{Change, change, changes, ref_name};
use super::{Reading, rehearse};
use crate::app::App;
use crate::authorize::Acting;
use crate::call::Call;
use crate::error::AppError;
use crate::repositories::{self, RepositoryEdit, SET_DEFAULT, may_touch_all_refs};

const RESOURCE: &str = "Branch";

/// Gives a branch another name. What clones check out follows it.
///
/// The new reference is made and the old one deleted by one push, so both happen or neither. The default branch is
/// never missing: it is made under its new name, then chosen, then deleted under the old one, and where somebody
/// pushes to it meanwhile, all of that is taken back.
pub fn rename_branch(
    app: &App,
    call: &Call,
    from: &str,
    to: &str,
) -> Result<(Branch, Commit), AppError> {
    let new = ref_name("new_name", &format!("{BRANCHES}{to}"))?;
    let old = format!("{BRANCHES}{from}");
    let default = app.read(call, |unit, acting| may_rename_branch(unit, acting, from))?;
    if !default {
        return changes(app, call, |writing| {
            let (tip, renamed) = free(&writing.reading, from, to, &new)?;
            Ok((vec![made(&new, tip), gone(&old, tip)], renamed))
        });
    }
    let (tip, renamed) = change(app, call, |writing| {
        let (tip, renamed) = free(&writing.reading, from, to, &new)?;
        Ok((made(&new, tip), (tip, renamed)))
    })?;
    let choose = |name: &str| {
        let edit = RepositoryEdit {
            default_branch: Some(name.to_owned()),
            ..RepositoryEdit::default()
        };
        let call = call.to(&SET_DEFAULT, call.named.clone());
        repositories::update(app, &call, &edit).map(drop)
    };
    let delete = |name: &str| change(app, call, |_| Ok((gone(name, tip), ())));
    if let Err(error) = choose(to).and_then(|()| delete(&old)) {
        if let Err(error) = choose(from).and_then(|()| delete(&new)) {
            // Both are there, and one of them is the default branch: nothing is lost.
            tracing::error!(request = %call.request_id, %error, "half a renaming of a branch could not be taken back");
        }
        return Err(error);
    }
    Ok(renamed)
}

/// What is asked of who renames a branch, as far as its present name tells. Whether it is the default branch, which
/// takes as much as choosing one.
pub fn may_rename_branch(
    unit: &mut ReadUnit<'_>,
    acting: &Acting<'_>,
    from: &str,
) -> Result<bool, AppError> {
    let name = format!("{BRANCHES}{from}");
    let mut default = false;
    rehearse(acting, |reading| {
        reading
            .data
            .tip(&name)?
            .ok_or(AppError::Missing("branch"))?;
        default = reading.data.is_head(&name)?;
        Ok(())
    })?;
    if default {
        acting.also(unit, &SET_DEFAULT)?;
        may_touch_all_refs(unit, acting)?;
    }
    let deleted = RefChange {
        name: &name,
        forced: false,
        deleted: true,
        workflows: false,
    };
    acting.require_ref(unit, deleted)?;
    Ok(default)
}

/// The branch as it will be, and where it is, if nothing has its new name.
fn free(
    reading: &Reading<'_>,
    from: &str,
    to: &str,
    new: &str,
) -> Result<(Oid, (Branch, Commit)), AppError> {
    let (found, commit) = branch(reading, from)?;
    if reading.data.tip(new)?.is_some() {
        return Err(AppError::taken(RESOURCE, "new_name"));
    }
    let renamed = Branch {
        name: to.to_owned(),
        ..found
    };
    Ok((renamed.commit, (renamed, commit)))
}

fn made(name: &str, tip: Oid) -> Change {
    Change {
        name: name.to_owned(),
        old: None,
        new: Some(tip),
        objects: Vec::new(),
    }
}

fn gone(name: &str, tip: Oid) -> Change {
    Change {
        name: name.to_owned(),
        old: Some(tip),
        new: None,
        objects: Vec::new(),
    }
}
