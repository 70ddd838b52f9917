//! `jeton token create`.

use serde_json::{Value, json};

use super::hand_over;
use super::wishes::Wishes;
use crate::commands::put_text;
use crate::commands::words::ExpiresWord;
use crate::error::{ClientError, Refusal};
use crate::person::sure;
use crate::server::{Ask, Door};
use crate::session::{Session, idempotency_key};

/// Make a token. Its value alone goes to standard output.
#[derive(Debug, clap::Args)]
pub struct Create {
    /// Its name, unique among yours
    name: String,
    /// Whose things it reaches: yourself, or an organization
    #[arg(long, value_name = "LOGIN")]
    owner: Option<String>,
    /// How long it lives: days, a date, or none [default: 30 days, or the owner's maximum]
    #[arg(long, value_name = "DAYS|DATE|none")]
    expires: Option<ExpiresWord>,
    #[command(flatten)]
    wishes: Wishes,
    /// Print the value without the explanations around it
    #[arg(long)]
    value_only: bool,
    /// Show the overview and make nothing
    #[arg(long)]
    preview: bool,
    /// Don't ask
    #[arg(long)]
    yes: bool,
}

impl Create {
    pub(crate) fn run(self, session: &mut Session<'_>) -> Result<(), ClientError> {
        let mut body = json!({ "name": self.name });
        put_text(&mut body, "owner", self.owner);
        if let (Value::Object(fields), Some(ExpiresWord(field, value))) = (&mut body, self.expires)
        {
            fields.insert(field.to_owned(), value);
        }
        self.wishes.write(&mut body)?;

        let preview = session
            .ask(&Ask::post(Door::Own, &["tokens", "preview"], body.clone()))?
            .body;
        let faults = preview
            .get("faults")
            .and_then(Value::as_array)
            .is_some_and(|faults| !faults.is_empty());
        if self.preview && session.screen.json {
            return session.screen.print_json(&preview);
        }
        // With `--json` standard error holds at most one line: the error.
        if !(faults || self.value_only || session.screen.json) {
            overview(session, &preview);
        }
        if faults {
            // The preview answers with success and names them; asking for the token would be refused
            // with the same words, after a password.
            let refused =
                json!({ "message": "Validation Failed", "errors": preview.get("faults") });
            return Err(ClientError::Refused(Box::new(Refusal::read(
                422, &refused, None,
            ))));
        }
        if self.preview {
            return Ok(());
        }
        if session.person.is_there() {
            let button = preview
                .pointer("/overview/button")
                .and_then(Value::as_str)
                .unwrap_or("Generate token");
            sure(
                session.person,
                self.yes,
                &format!("{}?", jeton_domain::plain(button)),
            )?;
        }
        let ask = Ask::post(Door::Own, &["tokens"], body).idempotent(idempotency_key()?);
        let made = session.ask(&ask)?.body;
        hand_over(session, &made, self.value_only)
    }
}

/// The lines that a person reads before the token is made; the server wrote them.
fn overview(session: &mut Session<'_>, preview: &Value) {
    session.screen.note("Overview:");
    for part in ["repositories", "account", "expiry", "button"] {
        if let Some(line) = preview
            .pointer(&format!("/overview/{part}"))
            .and_then(Value::as_str)
        {
            let line = if part == "button" {
                format!("[{line}]")
            } else {
                line.to_owned()
            };
            session.screen.note(&format!("  {line}"));
        }
    }
}
