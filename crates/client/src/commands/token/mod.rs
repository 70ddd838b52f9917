//! `jeton token`: a person's own tokens, fine-grained and classic.

mod bounds;
mod child;
mod create;
mod edit;
mod found;
mod rotate;
mod scopes;
mod wishes;

use serde_json::{Value, json};

pub use child::Child;
pub use create::Create;
pub use edit::Edit;
pub use rotate::Rotate;

use found::Found;
pub(crate) use wishes::Power;

use crate::commands::login::SELF;
use crate::commands::put_text;
use crate::error::ClientError;
use crate::screen::{Column, Form};
use crate::server::{Ask, Door};
use crate::session::Session;
use crate::values::is_classic;
use crate::{edge, standing};

/// Your personal access tokens, fine-grained and classic. A token is named by its name or by its number; what fits two of them is refused.
#[derive(Debug, clap::Subcommand)]
pub enum Token {
    /// Make a token; its value is printed once
    Create(Box<Create>),
    /// List your tokens
    List {
        /// Classic ones only
        #[arg(long)]
        classic: bool,
    },
    /// Show a token
    Show {
        /// Name or number
        token: String,
    },
    /// Change a token; what it gains waits for approval where that is asked for
    Edit(Box<Edit>),
    /// Give a token a new value; the old one works on for a while
    Rotate(Rotate),
    /// End the older value of a rotation now
    Finish {
        /// Name or number
        token: String,
    },
    /// Refuse a token until it is resumed
    Suspend {
        /// Name or number
        token: String,
    },
    /// Let a suspended token work again
    Resume {
        /// Name or number
        token: String,
    },
    /// End a token for good; it stays in the list
    Revoke {
        /// Name or number
        token: String,
    },
    /// End a token for good and take it off the list
    Delete {
        /// Name or number
        token: String,
    },
    /// When, from where and for what a token was used
    Activity {
        /// Name or number
        token: String,
        /// How far back, in hours
        #[arg(long, default_value_t = 168)]
        hours: u32,
    },
    /// What the credential in use says of itself: that of `JETON_TOKEN`, or the sign-in
    #[command(name = "self")]
    Itself,
    /// Ask again for access that was denied, withdrawn or cancelled
    Request {
        /// Name or number
        token: String,
        /// Why it is needed; read by the owners
        #[arg(long, value_name = "TEXT")]
        justification: Option<String>,
    },
    /// Make a child of the credential in use: narrower, shorter, and over when that is
    Child(Box<Child>),
    /// What was made from a token, and what was made from that
    Tree {
        /// Name or number; the credential in use where it is left out
        token: Option<String>,
    },
    /// End a child, and all that was made from it
    #[command(name = "end-child")]
    EndChild {
        /// Its number in the tree
        id: i64,
    },
    /// Take a request for access back
    #[command(name = "cancel-request")]
    CancelRequest {
        /// Name or number
        token: String,
    },
}

/// Where each kind is made and changed.
const FINE_GRAINED: &str = "tokens";
const CLASSIC: &str = "classic-tokens";

/// The options that stand for fields of a token.
pub(crate) const OPTIONS: &[(&str, &str)] = &[
    ("expires_in", "--expires"),
    ("expires_at", "--expires"),
    ("owner", "--owner"),
    ("description", "--description"),
    ("justification", "--justification"),
    ("repositories", "--repository"),
    ("packages", "--package"),
    ("permissions", "--permission"),
    ("scopes", "--scope"),
    ("conditions", "--address, --hours, --ref"),
    ("conditions[0].addresses", "--address"),
    ("conditions[0].hours", "--hours"),
    ("conditions[0].refs", "--ref"),
    ("overlap_seconds", "--overlap"),
];

const COLUMNS: &[Column] = &[
    Column("ID", "/id", Form::Text),
    Column("NAME", "/name", Form::Text),
    Column("OWNER", "/owner/login", Form::Text),
    Column("STATE", "/state", Form::Text),
    Column("PERMISSIONS", "/permissions", Form::Permissions),
    Column("SCOPES", "", Form::Scopes),
    Column("REACHES", "", Form::Reach),
    Column("LAST USED", "/last_used_at", Form::Moment),
    Column("EXPIRES", "/expires_at", Form::Moment),
];

const FIELDS: &[Column] = &[
    Column("Id", "/id", Form::Text),
    Column("Name", "/name", Form::Text),
    Column("Kind", "/kind", Form::Kind),
    Column("Description", "/description", Form::Text),
    Column("Owner", "/owner/login", Form::Text),
    Column("State", "/state", Form::Text),
    Column("Which means", "/state_sentence", Form::Text),
    Column("Justification", "/justification", Form::Text),
    Column("Reason", "", Form::Reason),
    Column("Denied request", "/denied_request/id", Form::Text),
    Column("Denied", "/denied_request/decided_at", Form::Moment),
    Column("Denied because", "/denied_request/reason", Form::Text),
    Column("Waiting request", "/pending_request", Form::Text),
    Column("Permissions", "/permissions", Form::Permissions),
    Column("Scopes", "", Form::Scopes),
    Column("Reaches", "", Form::Reach),
    Column("Repositories", "/repositories", Form::Text),
    Column("Packages by name", "/packages", Form::Text),
    Column("In force", "", Form::InForce),
    Column("In force for", "", Form::InForceFor),
    Column("Conditions", "", Form::Conditions),
    Column("Created", "/created_at", Form::Moment),
    Column("Last used", "/last_used_at", Form::Moment),
    Column("Expires", "/expires_at", Form::Moment),
    Column("Older value", "/older_value", Form::Text),
];

const SECRETS: &[Column] = &[
    Column("VALUE", "/name", Form::Text),
    Column("CREATED", "/created_at", Form::Moment),
    Column("EXPIRES", "/expires_at", Form::Moment),
    Column("RETIRES", "/retires_at", Form::Moment),
    Column("RETIRED", "/retired_at", Form::Moment),
    Column("LAST USED", "/last_used_at", Form::Moment),
];

const HOURS: &[Column] = &[
    Column("HOUR", "/hour", Form::Moment),
    Column("OPERATION", "/operation", Form::Text),
    Column("VERDICT", "/verdict", Form::Text),
    Column("COUNT", "/count", Form::Text),
];

impl Token {
    pub(crate) fn run(self, session: &mut Session<'_>) -> Result<(), ClientError> {
        match self {
            Self::Create(command) => command
                .run(session)
                .map_err(|error| error.in_options(OPTIONS)),
            Self::List { classic } => {
                let kind = classic.then(|| "classic".to_owned());
                let ask = Ask::get(Door::Own, &["tokens"]).query("kind", kind);
                session.show_all(ask, COLUMNS)
            }
            Self::Show { token } => {
                let found = Found::find(session, &token)?;
                let mut shown = session.get(Door::Own, &["tokens", &found.id])?;
                if !session.screen.json {
                    let older = standing::older_value(&shown, edge::now());
                    put_text(&mut shown, "older_value", older);
                }
                session.screen.one(FIELDS, &shown)
            }
            Self::Edit(command) => command
                .run(session)
                .map_err(|error| error.in_options(OPTIONS)),
            Self::Rotate(command) => command
                .run(session)
                .map_err(|error| error.in_options(OPTIONS)),
            Self::Finish { token } => act(
                session,
                &token,
                "finish",
                "The older value of {} has ended.",
            ),
            Self::Suspend { token } => act(
                session,
                &token,
                "suspend",
                "{} is refused until it is resumed.",
            ),
            Self::Resume { token } => act(session, &token, "resume", "{} works again."),
            Self::Revoke { token } => act(session, &token, "revoke", "{} is revoked for good."),
            Self::Delete { token } => {
                let found = Found::find(session, &token)?;
                let ask = Ask::delete(Door::Own, &["tokens", &found.id]);
                session.change(
                    &ask,
                    &format!("{found} is revoked for good, and off the list."),
                )
            }
            Self::Activity { token, hours } => activity(session, &token, hours),
            Self::Itself => {
                let view = session.get(Door::Own, &["token"])?;
                session.screen.one(SELF, &view)
            }
            Self::Request {
                token,
                justification,
            } => {
                let found = Found::find(session, &token)?;
                let mut body = json!({});
                put_text(&mut body, "justification", justification);
                let ask = Ask::post(Door::Own, &["tokens", &found.id, "request"], body);
                session.change(
                    &ask,
                    &format!("Access is asked for again: {found} waits for an owner's approval."),
                )
            }
            Self::Child(command) => command.run(session),
            Self::Tree { token } => child::tree(session, token.as_deref()),
            Self::EndChild { id } => child::end(session, id),
            Self::CancelRequest { token } => act(
                session,
                &token,
                "cancel-request",
                "The request of {} is taken back.",
            ),
        }
    }
}

fn act(
    session: &mut Session<'_>,
    token: &str,
    verb: &str,
    sentence: &str,
) -> Result<(), ClientError> {
    let found = Found::find(session, token)?;
    let ask = Ask::post(Door::Own, &["tokens", &found.id, verb], json!({}));
    session.change(&ask, &sentence.replace("{}", &found.to_string()))
}

fn activity(session: &mut Session<'_>, token: &str, hours: u32) -> Result<(), ClientError> {
    let found = Found::find(session, token)?;
    let ask = Ask::get(Door::Own, &["tokens", &found.id, "activity"])
        .query("hours", Some(hours.to_string()));
    let activity = session.ask(&ask)?.body;
    if session.screen.json {
        return session.screen.print_json(&activity);
    }
    let last = |name: &'static str, form| Column("", name, form).cell(&activity);
    let at = last("/last_use/at", Form::Moment);
    session.screen.note(&if at.is_empty() {
        format!("{found} was never used.")
    } else {
        let text = |name| last(name, Form::Text);
        format!(
            "Last used {at} from {} at {}: {}.",
            text("/last_use/address"),
            text("/last_use/door"),
            text("/last_use/operation")
        )
    });
    for (name, columns) in [("secrets", SECRETS), ("hours", HOURS)] {
        if let Some(Value::Array(rows)) = activity.get(name)
            && !rows.is_empty()
        {
            session.screen.list(columns, rows)?;
        }
    }
    Ok(())
}

/// Prints a fresh value: it alone to standard output, so that `TOKEN=$(jeton token create …)` works;
/// everything else beside it.
pub(crate) fn hand_over(
    session: &mut Session<'_>,
    made: &Value,
    value_only: bool,
) -> Result<(), ClientError> {
    if session.screen.json {
        return session.screen.print_json(made);
    }
    let Some(value) = made.get("token").and_then(Value::as_str) else {
        return Err(ClientError::other("the server's answer holds no value"));
    };
    if !value_only {
        explain_use(session, made)?;
    }
    session.screen.data(value)
}

/// How the value is used; what the server says of it comes first.
fn explain_use(session: &mut Session<'_>, made: &Value) -> Result<(), ClientError> {
    let text = |pointer: &str, unknown: &str| {
        let found = made.pointer(pointer).and_then(Value::as_str);
        found.unwrap_or(unknown).to_owned()
    };
    let login = text("/creator", "YOUR-LOGIN");
    // A classic token is for no one owner's things.
    let owner = if is_classic(made) {
        "OWNER".to_owned()
    } else {
        text("/owner/login", "OWNER")
    };
    let host = session.server()?.address.to_string();
    let said = made.get("next").and_then(Value::as_array);
    for sentence in said.into_iter().flatten().filter_map(Value::as_str) {
        session.screen.note(sentence);
    }
    for line in [
        format!(
            "Git asks for it: user name {login}, password the value; as in git clone {host}/{owner}/NAME.git"
        ),
        format!("curl: curl -H \"Authorization: Bearer $TOKEN\" {host}/api/v3/repos/{owner}/NAME"),
        // SECURITY: from the environment. What stands among the arguments, others on the machine can read.
        format!(
            "CI: keep it as a masked secret TOKEN in the environment, and: git -c credential.helper= \
             -c credential.helper='!f() {{ echo username=x; echo \"password=$TOKEN\"; }}; f' \
             clone {host}/{owner}/NAME.git"
        ),
    ] {
        session.screen.note(&line);
    }
    Ok(())
}
