//! `jeton token rotate`.

use serde_json::{Value, json};

use super::{Found, hand_over};
use crate::commands::put;
use crate::commands::words::{ExpiresWord, length};
use crate::error::ClientError;
use crate::screen::{Column, Form};
use crate::server::{Ask, Door};
use crate::session::{Session, idempotency_key};

/// Give a token a new value. The value alone goes to standard output.
#[derive(Debug, clap::Args)]
pub struct Rotate {
    /// Name or number
    token: String,
    /// How long the new value lives: days, a date, or none [default: as long as the old one did]
    #[arg(long, value_name = "DAYS|DATE|none")]
    expires: Option<ExpiresWord>,
    /// How long the old value works on, as 24h or 0
    #[arg(long, value_name = "LENGTH", value_parser = length, conflicts_with = "until_first_use")]
    overlap: Option<jeton_domain::Span>,
    /// The old value ends when the new one is used first
    #[arg(long)]
    until_first_use: bool,
    /// End the older of two values at once, where a rotation is going on already
    #[arg(long)]
    replace: bool,
    /// Print the value without the explanations around it
    #[arg(long)]
    value_only: bool,
}

impl Rotate {
    pub(crate) fn run(self, session: &mut Session<'_>) -> Result<(), ClientError> {
        let found = Found::find(session, &self.token)?;
        let mut body = json!({});
        if let (Value::Object(fields), Some(ExpiresWord(field, value))) = (&mut body, self.expires)
        {
            fields.insert(field.to_owned(), value);
        }
        put(
            &mut body,
            "overlap_seconds",
            self.overlap.map(|span| json!(span.seconds())),
        );
        put(
            &mut body,
            "until",
            self.until_first_use.then(|| json!("first_use")),
        );
        put(
            &mut body,
            "replace",
            self.replace.then_some(Value::Bool(true)),
        );
        let ask = Ask::post(Door::Own, &["tokens", &found.id, "rotate"], body)
            .idempotent(idempotency_key()?);
        let made = session.ask(&ask)?.body;
        let ends = Column("", "/old_ends_at", Form::Moment).cell(&made);
        if !self.value_only && !session.screen.json {
            let end_it = format!("jeton token finish {}", found.id);
            session.screen.note(&if ends.is_empty() {
                format!("The old value of {found} has ended.")
            } else if self.until_first_use {
                format!(
                    "The old value of {found} works until the new one is used, at the latest until {ends} (UTC), \
                     or until: {end_it}"
                )
            } else {
                format!("The old value of {found} works until {ends} (UTC), or until: {end_it}")
            });
            session
                .screen
                .note("Copy the new value now: it is shown this once and stored nowhere.");
        }
        let asked = Column("", "/requested_expires_at", Form::Moment).cell(&made);
        if !asked.is_empty() && !self.value_only && !session.screen.json {
            let then = if asked == "never" {
                "without end".to_owned()
            } else {
                format!("until {asked}")
            };
            session.screen.note(&format!(
                "A longer life than was approved waits for approval: the new value works until {} (UTC), and \
                 {then} once the owner approves that",
                Column("", "/expires_at", Form::Moment).cell(&made)
            ));
        }
        hand_over(session, &made, self.value_only)
    }
}
