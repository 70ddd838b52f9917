//! `jeton token child`, `tree` and `end-child`: what is made from a token, shown and ended.

use jeton_domain::{Span, plain};
use serde_json::{Value, json};

use super::{Found, OPTIONS, hand_over};
use crate::commands::words::length;
use crate::commands::{put, put_text};
use crate::error::ClientError;
use crate::screen::{Column, Form};
use crate::server::{Ask, Door};
use crate::session::Session;
use crate::values::permissions;

use super::wishes::Power;

/// Make a child of the credential in use: never more than that, for a day at most. It dies with it. Its value alone goes
/// to standard output.
#[derive(Debug, clap::Args)]
pub struct Child {
    /// What it is called; one that says from what it comes, if not said
    #[arg(long)]
    name: Option<String>,
    /// Whose things it reaches [default: as what it is made from, or yourself]
    #[arg(long, value_name = "LOGIN")]
    owner: Option<String>,
    /// How long it lives, at most a day [default: 1h]
    #[arg(long, value_name = "LENGTH", value_parser = length)]
    lasts: Option<Span>,
    #[command(flatten)]
    power: Power,
}

impl Child {
    pub(crate) fn run(self, session: &mut Session<'_>) -> Result<(), ClientError> {
        let mut body = json!({});
        put_text(&mut body, "name", self.name);
        put_text(&mut body, "owner", self.owner);
        let seconds = self.lasts.map(|lasts| json!(lasts.seconds()));
        put(&mut body, "expires_in", seconds);
        self.power.write(&mut body)?;
        let ask = Ask::post(Door::Own, &["token", "children"], body);
        let made = session.ask(&ask).map_err(in_options)?.body;
        if !session.screen.json {
            session.screen.note(&line(&made));
        }
        hand_over(session, &made, true)
    }
}

fn in_options(error: ClientError) -> ClientError {
    error
        .in_options(&[("expires_in", "--lasts")])
        .in_options(OPTIONS)
}

/// Shows what was made from a token, and what was made from that; from the credential in use where none is named.
pub(super) fn tree(session: &mut Session<'_>, named: Option<&str>) -> Result<(), ClientError> {
    let trees = match named {
        Some(named) => {
            let found = Found::find(session, named)?;
            session.get(Door::Own, &["tokens", &found.id, "children"])?
        }
        None => session.get(Door::Own, &["token", "children"])?,
    };
    if session.screen.json {
        return session.screen.print_json(&trees);
    }
    let mut lines = Vec::new();
    branches(&trees, 0, &mut lines);
    if lines.is_empty() {
        session.screen.note("There are none.");
    }
    lines.iter().try_for_each(|line| session.screen.data(line))
}

/// Deeper ones stand further to the right.
fn branches(trees: &Value, depth: usize, lines: &mut Vec<String>) {
    for tree in trees.as_array().into_iter().flatten() {
        lines.push(format!("{}{}", "  ".repeat(depth), line(tree)));
        if let Some(below) = tree.get("children") {
            branches(below, depth.saturating_add(1), lines);
        }
    }
}

/// `12  from ci  contents: read  1 repository  until 2026-11-21 09:00`.
fn line(token: &Value) -> String {
    let said = |pointer: &'static str, form| Column("", pointer, form).cell(token);
    let held = permissions(token.get("permissions").unwrap_or(&Value::Null)).join(", ");
    let until = format!("until {}", said("/expires_at", Form::Moment));
    [
        said("/id", Form::Text),
        said("/name", Form::Text),
        plain(&held),
        said("", Form::Reach),
        until,
    ]
    .into_iter()
    .filter(|part| !part.is_empty())
    .collect::<Vec<_>>()
    .join("  ")
}

/// Ends a child, and all that was made from it. A person ends those of all their tokens, a token those of its own.
pub(super) fn end(session: &mut Session<'_>, id: i64) -> Result<(), ClientError> {
    let number = id.to_string();
    let path = if session.uses_sign_in() {
        vec!["children", &number]
    } else {
        vec!["token", "children", &number]
    };
    session.change(
        &Ask::delete(Door::Own, &path),
        &format!("The child {id} has ended, with all that was made from it."),
    )
}
