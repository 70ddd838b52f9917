//! The reference of permissions: what each opens, per level.

use askama::Template;
use jeton_app::{App, AppError, Call};
use jeton_domain::{Level, Permission, PermissionKey, Requirement, catalogue};
use jeton_http::{Answer, Input};

use super::operations::Row;
use super::{catalogue as operations, visit};
use crate::Frame;

/// One permission in the list.
#[derive(Debug)]
struct Entry {
    key: &'static str,
    title: &'static str,
    sentence: &'static str,
    scope: &'static str,
    levels: Vec<&'static str>,
    opens: usize,
}

#[derive(Template)]
#[template(path = "docs/permissions.html")]
struct ListPage {
    frame: Frame,
    here: &'static str,
    entries: Vec<Entry>,
}

pub(super) fn list(app: &App, call: &Call, input: &Input) -> Result<Answer, AppError> {
    let visit = visit(app, call, input)?;
    let entries = catalogue()
        .map(|permission| Entry {
            key: permission.key,
            title: permission.title,
            sentence: permission.sentence,
            scope: permission.scope.name(),
            levels: permission.levels.iter().map(|level| level.name()).collect(),
            opens: operations::all()
                .iter()
                .filter(|entry| entry.takes(permission.key))
                .count(),
        })
        .collect();
    visit.page(
        200,
        &ListPage {
            frame: visit.frame("Permissions"),
            here: "/docs/permissions",
            entries,
        },
    )
}

/// What a level adds to those below it.
#[derive(Debug)]
struct Opens {
    level: &'static str,
    rows: Vec<(Row, String)>,
}

#[derive(Template)]
#[template(path = "docs/permission.html")]
struct OnePage {
    frame: Frame,
    here: &'static str,
    key: &'static str,
    title: &'static str,
    sentence: &'static str,
    scope: &'static str,
    levels: Vec<Opens>,
}

pub(super) fn one(app: &App, call: &Call, input: &Input) -> Result<Answer, AppError> {
    let visit = visit(app, call, input)?;
    let key = PermissionKey::parse(input.path("key")).ok_or(AppError::Missing("permission"))?;
    let permission = key.permission();
    visit.page(
        200,
        &OnePage {
            frame: visit.frame(format!("Permission {}", permission.key)),
            here: "/docs/permissions",
            key: permission.key,
            title: permission.title,
            sentence: permission.sentence,
            scope: permission.scope.name(),
            levels: permission
                .levels
                .iter()
                .map(|level| Opens {
                    level: level.name(),
                    rows: opened(permission, *level),
                })
                .collect(),
        },
    )
}

/// What a set asks for besides one permission: `administration: write and members: read`.
pub(crate) fn others(set: &[Requirement], key: &str) -> String {
    let others: Vec<String> = set
        .iter()
        .filter(|need| need.key != key)
        .map(|need| format!("{}: {}", need.key, need.level.name()))
        .collect();
    others.join(" and ")
}

/// The operations of which some set asks for exactly this level, with what else that set asks for.
fn opened(permission: &Permission, level: Level) -> Vec<(Row, String)> {
    operations::all()
        .iter()
        .filter_map(|entry| {
            let set = entry.operation.sets.iter().find(|set| {
                set.iter()
                    .any(|need| need.key == permission.key && need.level == level)
            })?;
            Some((Row::of(entry), others(set, permission.key)))
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whatever_an_operation_asks_for_is_told_at_its_permission() {
        for entry in operations::all() {
            for need in entry.operation.sets.iter().flat_map(|set| set.iter()) {
                let permission = need.permission().unwrap().permission();
                let told = opened(permission, need.level);
                assert!(
                    told.iter().any(|(row, _)| row.name == entry.operation.name),
                    "{}",
                    entry.operation.name
                );
            }
        }
    }
}
