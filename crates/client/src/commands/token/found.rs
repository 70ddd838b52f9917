//! Which token a person means.

use std::fmt;

use serde_json::Value;

use crate::error::ClientError;
use crate::server::{Ask, Door};
use crate::session::Session;
use crate::values::text;

/// What stands before a number that shall not be read as a name.
const NUMBER: &str = "id:";

/// A token as a person named it.
#[derive(Debug)]
pub(super) struct Found {
    pub(super) id: String,
    pub(super) name: String,
    pub(super) classic: bool,
    /// The request that waits; null where none does.
    pub(super) pending: Value,
}

impl Found {
    /// By name or by number.
    ///
    /// SECURITY: a name may consist of digits. What fits the name of one token and the number of another is
    /// refused: the wrong one must not be ended, nor the right one stay alive.
    pub(super) fn find(session: &mut Session<'_>, named: &str) -> Result<Self, ClientError> {
        let tokens = session.all(Ask::get(Door::Own, &["tokens"]), usize::MAX)?;
        let found: Vec<Self> = tokens.iter().map(Self::read).collect();
        let by_number = |number: &str| found.iter().position(|token| token.id == number);
        let by_name = found.iter().position(|token| token.name == named);
        let by_number = by_number(named.strip_prefix(NUMBER).unwrap_or(named));
        let found_at = match (by_name, by_number) {
            (Some(one), Some(other)) if one != other => {
                return Err(two(named, found.get(one), found.get(other)));
            }
            (one, other) => one.or(other),
        };
        found_at
            .and_then(|at| found.into_iter().nth(at))
            .ok_or_else(|| ClientError::Missing {
                message: format!("none of your tokens is called `{named}`"),
                hint: "jeton token list shows them",
            })
    }

    fn read(token: &Value) -> Self {
        let field = |name: &str| token.get(name).map(text).unwrap_or_default();
        Self {
            id: field("id"),
            name: field("name"),
            classic: field("kind") == "classic",
            pending: token.get("pending_request").cloned().unwrap_or_default(),
        }
    }
}

/// With its number: names are given anew, numbers are not.
impl fmt::Display for Found {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "`{}` ({})", self.name, self.id)
    }
}

fn two(named: &str, by_name: Option<&Found>, by_number: Option<&Found>) -> ClientError {
    let said = |token: Option<&Found>| token.map(ToString::to_string).unwrap_or_default();
    let number = |token: Option<&Found>| token.map(|token| token.id.clone()).unwrap_or_default();
    // What was said is taken by both; the bare number is not, behind the prefix.
    let (one, other) = (number(by_name), number(by_number));
    let other = match named.strip_prefix(NUMBER) {
        Some(_) => other,
        None => format!("{NUMBER}{other}"),
    };
    ClientError::usage(
        format!(
            "`{named}` is the name of the token {} and the number of the token {}",
            said(by_name),
            said(by_number)
        ),
        format!("say which by its number: {NUMBER}{one} or {other}"),
    )
}
