//! What is closed to fine-grained tokens, and why.

use askama::Template;
use jeton_app::{App, AppError, Call};
use jeton_domain::{Least, Operation};
use jeton_http::{Answer, Input};

use super::operations::Row;
use super::{catalogue, visit};
use crate::Frame;

/// Why no fine-grained token may call an operation.
pub(super) fn why(operation: &Operation) -> &'static str {
    let name = operation.name;
    let begins = |words: &[&str]| words.iter().any(|word| name.starts_with(word));
    if begins(&["token.", "classic_token."]) {
        "A token that could make or change tokens could make a wider one. Their owner's sign-in manages them."
    } else if begins(&["sign_in", "user.change_password", "setup"]) {
        "It is about signing in. A token that could do it would turn into more than it was given."
    } else if begins(&["audit.own", "audit.site"]) {
        "It shows what was done everywhere, and a token reaches one owner's things."
    } else if operation.least == Least::Administrator || begins(&["site.", "user."]) {
        "It administers the whole site. Administrators do that signed in, and no token carries it."
    } else if begins(&["organization.", "policy.", "membership.", "organization_"]) {
        "It decides about the organization itself, or who belongs to it. Its owners do that signed in."
    } else {
        "It takes a person's own sign-in: a token stands for less than a person, and no permission opens this."
    }
}

/// All that is closed.
pub(super) fn all() -> impl Iterator<Item = &'static catalogue::Entry> {
    catalogue::all()
        .iter()
        .filter(|entry| !catalogue::open_to_tokens(entry.operation))
}

/// Operations that are closed for one reason.
#[derive(Debug)]
struct Group {
    why: &'static str,
    rows: Vec<Row>,
}

#[derive(Template)]
#[template(path = "docs/closed.html")]
struct Page {
    frame: Frame,
    here: &'static str,
    groups: Vec<Group>,
}

pub(super) fn list(app: &App, call: &Call, input: &Input) -> Result<Answer, AppError> {
    let visit = visit(app, call, input)?;
    let mut groups: Vec<Group> = Vec::new();
    for entry in all() {
        let (why, row) = (why(entry.operation), Row::of(entry));
        match groups.iter_mut().find(|group| group.why == why) {
            Some(group) => group.rows.push(row),
            None => groups.push(Group {
                why,
                rows: vec![row],
            }),
        }
    }
    visit.page(
        200,
        &Page {
            frame: visit.frame("Closed to fine-grained tokens"),
            here: "/docs/closed",
            groups,
        },
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_no_token_may_do_is_told_and_nothing_else() {
        let closed: Vec<&str> = all().map(|entry| entry.operation.name).collect();
        for name in [
            "token.create",
            "token.rotate",
            "sign_in.confirm",
            "user.change_password",
        ] {
            assert!(closed.contains(&name), "{name}");
        }
        for name in [
            "repository.get",
            "git.fetch",
            "git.push",
            "requests.review",
            "token.self",
        ] {
            assert!(!closed.contains(&name), "{name}");
        }
    }
}
