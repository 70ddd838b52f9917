//! `jeton token edit`.

use serde_json::{Value, json};

use super::scopes::ScopeWords;
use super::wishes::Wishes;
use super::{CLASSIC, FIELDS, FINE_GRAINED, Found};
use crate::commands::{check_changes, put, put_text};
use crate::error::ClientError;
use crate::server::{Ask, Door};
use crate::session::Session;

/// Change a token. What is named replaces what was there: name all repositories, all permissions and all
/// conditions that it shall have, or all scopes of a classic one.
#[derive(Debug, clap::Args)]
pub struct Edit {
    /// Name or number
    token: String,
    /// Another name
    #[arg(long)]
    name: Option<String>,
    #[command(flatten)]
    scopes: ScopeWords,
    /// Take all scopes off: it reads what everybody reads
    #[arg(long, conflicts_with = "scopes")]
    no_scopes: bool,
    #[command(flatten)]
    wishes: Wishes,
    /// Reach packages by their repositories, and none by name
    #[arg(long, conflicts_with = "packages")]
    no_packages: bool,
    /// Take all conditions off
    #[arg(long, conflicts_with_all = ["addresses", "hours", "refs", "no_force", "no_delete"])]
    no_conditions: bool,
}

/// What a classic token has not.
const FINE_GRAINED_ONLY: [&str; 5] = [
    "justification",
    "repositories",
    "packages",
    "permissions",
    "conditions",
];

impl Edit {
    pub(crate) fn run(self, session: &mut Session<'_>) -> Result<(), ClientError> {
        let mut body = json!({});
        put_text(&mut body, "name", self.name);
        self.wishes.write(&mut body)?;
        put(
            &mut body,
            "packages",
            self.no_packages.then(|| json!("by_repository")),
        );
        let fine_grained = FINE_GRAINED_ONLY
            .iter()
            .any(|field| body.get(field).is_some());
        self.scopes.write(&mut body);
        put(&mut body, "scopes", self.no_scopes.then(|| json!([])));
        let found = Found::find(session, &self.token)?;
        put(
            &mut body,
            "conditions",
            self.no_conditions.then(|| json!([])),
        );
        check_changes(&body)?;
        // What only one kind has goes where it is known, whatever kind the token is: the refusal there names the matter.
        let scopes = body.get("scopes").is_some();
        let tokens = if scopes || (found.classic && !fine_grained && !self.no_conditions) {
            CLASSIC
        } else {
            FINE_GRAINED
        };
        let changed = session
            .ask(&Ask::patch(Door::Own, &[tokens, &found.id], body))?
            .body;
        let waiting = changed.get("pending_request").unwrap_or(&Value::Null);
        // A request is never changed: one that waits under another number was made by this edit.
        if !waiting.is_null() && *waiting != found.pending {
            session.screen.note(if found.pending.is_null() {
                "What the token gained waits for an owner's approval; what it lost is lost now."
            } else {
                "The request that waited is made anew, and waits for an owner's approval."
            });
        }
        session.screen.one(FIELDS, &without_value(changed))
    }
}

/// An edited token has no value to show; if a server sent one, it is not for the screen.
fn without_value(mut token: Value) -> Value {
    if let Value::Object(fields) = &mut token {
        fields.remove("token");
    }
    token
}
