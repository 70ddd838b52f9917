//! `jeton emergency`: administrators end tokens and sign-ins of others, at once and for good.

use serde_json::{Value, json};

use super::put_text;
use super::words::TargetWord;
use crate::error::ClientError;
use crate::screen::{Column, Form};
use crate::server::{Ask, Door};
use crate::session::Session;

/// What to end, and why.
#[derive(Debug, clap::Args)]
pub struct Emergency {
    /// What to end; may be repeated
    #[arg(long, value_name = "KIND", default_value = "fine-grained")]
    kind: Vec<TargetWord>,
    /// Only what this person made
    #[arg(long, value_name = "LOGIN")]
    user: Option<String>,
    /// Only tokens for this organization's things
    #[arg(long, value_name = "ORG")]
    org: Option<String>,
    /// Only what was made before this moment, such as 2026-11-21T08:00:00Z
    #[arg(long, value_name = "MOMENT")]
    before: Option<String>,
    /// Everything of these kinds, of everybody
    #[arg(long, conflicts_with_all = ["user", "org", "before"])]
    everything: bool,
    /// Why; kept in the log
    #[arg(long, value_name = "TEXT")]
    reason: Option<String>,
    /// Only say what would end
    #[arg(long)]
    look: bool,
    /// Don't ask
    #[arg(long)]
    yes: bool,
}

const COLUMNS: &[Column] = &[
    Column("ID", "/id", Form::Text),
    Column("NAME", "/name", Form::Text),
    Column("MADE BY", "/creator", Form::Text),
    Column("OWNER", "/owner", Form::Text),
    Column("MADE", "/created_at", Form::Moment),
    Column("LAST USED", "/last_used_at", Form::Moment),
];

impl Emergency {
    pub(crate) fn run(self, session: &mut Session<'_>) -> Result<(), ClientError> {
        if !self.everything && self.user.is_none() && self.org.is_none() && self.before.is_none() {
            return Err(ClientError::usage(
                "nothing says whose credentials are to end",
                "--user, --org or --before; or --everything",
            ));
        }
        // What is typed to confirm is what the page asks for: the name of whom it hits, else a word.
        let typed = self.user.clone().or_else(|| self.org.clone());
        let typed = typed.unwrap_or_else(|| "end everything".to_owned());
        let kinds: Vec<&str> = self.kind.iter().map(|kind| kind.wire()).collect();
        let mut body = json!({ "kinds": kinds });
        put_text(&mut body, "user", self.user);
        put_text(&mut body, "organization", self.org);
        put_text(&mut body, "issued_before", self.before);
        let look = Ask::post(Door::Own, &["site", "emergency", "preview"], body.clone());
        let seen = session.ask(&look)?.body;
        if self.look {
            return show(session, &seen);
        }
        session
            .screen
            .note(&format!("This ends {}, for good.", counts(&seen)));
        if !self.yes {
            confirmed(session, &typed)?;
        }
        put_text(&mut body, "reason", self.reason);
        let ask = Ask::post(Door::Own, &["site", "emergency"], body);
        let done = session.ask(&ask)?.body;
        let sentence = format!("Ended: {}.", counts(&done));
        session.screen.done(&done, &sentence)
    }
}

/// Goes on only where what is to be typed was typed.
fn confirmed(session: &mut Session<'_>, typed: &str) -> Result<(), ClientError> {
    if !session.person.is_there() {
        return Err(ClientError::usage(
            "nobody is there to confirm it",
            "say --yes",
        ));
    }
    let answer = session
        .person
        .line(&format!("Type `{typed}` to go on:"))
        .map_err(|error| ClientError::other(format!("terminal: {error}")))?;
    if answer.trim() == typed {
        Ok(())
    } else {
        Err(ClientError::other("nothing was ended"))
    }
}

fn show(session: &mut Session<'_>, seen: &Value) -> Result<(), ClientError> {
    if session.screen.json {
        return session.screen.print_json(seen);
    }
    session
        .screen
        .note(&format!("It would end {}.", counts(seen)));
    match seen.get("tokens").and_then(Value::as_array) {
        Some(tokens) if !tokens.is_empty() => session.screen.list(COLUMNS, tokens),
        _ => Ok(()),
    }
}

fn counts(seen: &Value) -> String {
    let number = |name: &str| seen.get(name).and_then(Value::as_u64).unwrap_or_default();
    let counted =
        |name: &str, one: &str, many: &str| jeton_domain::counted(number(name), one, many);
    format!(
        "{} of {}, and {}",
        counted("tokens_total", "token", "tokens"),
        counted("creators_total", "person", "people"),
        counted("sign_ins_total", "sign-in", "sign-ins")
    )
}
