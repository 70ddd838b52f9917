//! `jeton token create`.

use serde_json::{Value, json};

use super::scopes::{OTHERS, ScopeWords};
use super::wishes::Wishes;
use super::{CLASSIC, FINE_GRAINED, hand_over};
use crate::commands::put_text;
use crate::commands::words::ExpiresWord;
use crate::error::{ClientError, Refusal};
use crate::person::sure;
use crate::server::{Ask, Door};
use crate::session::{Session, idempotency_key};
use crate::values::{permissions, quoted};

/// Make a token. Its value alone goes to standard output.
#[derive(Debug, clap::Args)]
#[expect(clippy::struct_excessive_bools, reason = "each is an option")]
pub struct Create {
    /// Its name, unique among yours
    name: String,
    /// Whose things it reaches: yourself, or an organization
    #[arg(long, value_name = "LOGIN")]
    owner: Option<String>,
    /// How long it lives: days, a date, or none [default: 30 days, or the owner's maximum]
    #[arg(long, value_name = "DAYS|DATE|none")]
    expires: Option<ExpiresWord>,
    /// Make a classic token: it reaches whatever you reach, as far as its scopes go
    #[arg(long, conflicts_with = "owner", conflicts_with_all = OTHERS)]
    classic: bool,
    #[command(flatten)]
    scopes: ScopeWords,
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
        if self.scopes.any() && !self.classic {
            return Err(ClientError::usage(
                "only a classic token has scopes",
                "add --classic, or say --permission instead of --scope",
            ));
        }
        self.scopes.write(&mut body);
        let tokens = if self.classic { CLASSIC } else { FINE_GRAINED };

        let preview = session
            .ask(&Ask::post(Door::Own, &[tokens, "preview"], body.clone()))?
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
            instead(session, &self.name, &preview);
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
        let ask = Ask::post(Door::Own, &[tokens], body).idempotent(idempotency_key()?);
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

/// Of a classic token: who refuses it, and the command for a fine-grained one that comes near.
fn instead(session: &mut Session<'_>, name: &str, preview: &Value) {
    let refusing = preview.get("refused_by").and_then(Value::as_array);
    for refused in refusing.into_iter().flatten() {
        let word = |name: &str| {
            refused
                .get(name)
                .and_then(Value::as_str)
                .unwrap_or_default()
        };
        let line = format!("  Not at {}: {}", word("owner"), word("sentence"));
        session.screen.note(&line);
    }
    let owner = preview.pointer("/nearest/owner").and_then(Value::as_str);
    let held = preview
        .pointer("/nearest/permissions")
        .map(permissions)
        .unwrap_or_default();
    let options: Vec<String> = held
        .iter()
        .filter(|held| *held != "metadata: read")
        .map(|held| format!("-p {}", held.replace(": ", "=")))
        .collect();
    if let (Some(owner), false) = (owner, options.is_empty()) {
        session.screen.note(&format!(
            "A fine-grained token comes near with less: jeton token create {} --owner {owner} --all-repositories {}",
            quoted(name),
            options.join(" ")
        ));
    }
}
