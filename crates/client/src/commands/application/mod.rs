//! `jeton app`: OAuth applications that you or an organization registered, and which ones an organization lets in.

mod access;
mod found;
mod secret;

pub use access::Access;
pub use secret::Secret;

pub(super) use found::named;

use serde_json::{Value, json};

use super::{check_changes, put, put_text};
use crate::error::ClientError;
use crate::person::sure;
use crate::screen::{Column, Form};
use crate::server::Ask;
use crate::session::Session;
use found::{Keeper, found, number};

/// OAuth applications that you or an organization registered. One is named by its number, its client id or its name.
#[derive(Debug, clap::Subcommand)]
pub enum Application {
    /// List them
    List {
        /// Those of an organization, instead of your own
        #[arg(long)]
        org: Option<String>,
    },
    /// Register one
    Create {
        /// What people call it
        name: String,
        /// For an organization, instead of yourself
        #[arg(long)]
        org: Option<String>,
        /// What it says of itself
        #[command(flatten)]
        said: Said,
        /// It runs on people's machines or in their browsers and can keep no secret
        #[arg(long)]
        public: bool,
    },
    /// Show one with its secrets, without their values
    Show {
        /// Which
        app: String,
        /// Of an organization, instead of your own
        #[arg(long)]
        org: Option<String>,
    },
    /// Change one
    Edit {
        /// Which
        app: String,
        /// Of an organization, instead of your own
        #[arg(long)]
        org: Option<String>,
        /// Another name
        #[arg(long)]
        name: Option<String>,
        /// What it says of itself
        #[command(flatten)]
        said: Said,
    },
    /// Delete one: all that it was given ends
    Delete {
        /// Which
        app: String,
        /// Of an organization, instead of your own
        #[arg(long)]
        org: Option<String>,
        /// Don't ask
        #[arg(long)]
        yes: bool,
    },
    /// What one proves itself with: two at a time, so that it can be changed without an outage
    #[command(subcommand)]
    Secret(Secret),
    /// Which applications reach an organization's things
    #[command(subcommand)]
    Access(Access),
}

/// What an application says of itself.
#[derive(Debug, clap::Args)]
pub struct Said {
    /// What it is
    #[arg(long)]
    description: Option<String>,
    /// Where one reads about it
    #[arg(long)]
    url: Option<String>,
    /// Where a browser may be led back to; may be repeated, and is the whole list
    #[arg(long, value_name = "ADDRESS")]
    callback: Vec<String>,
    /// Whether it may use the device flow
    #[arg(long, value_name = "yes|no", value_parser = yes_or_no)]
    device_flow: Option<bool>,
    /// Whether its tokens live for 8 hours and are refreshed
    #[arg(long, value_name = "yes|no", value_parser = yes_or_no)]
    expiring: Option<bool>,
}

fn yes_or_no(word: &str) -> Result<bool, String> {
    match word {
        "yes" => Ok(true),
        "no" => Ok(false),
        _ => Err("takes yes or no".to_owned()),
    }
}

impl Said {
    fn put(self, body: &mut Value) {
        put_text(body, "description", self.description);
        put_text(body, "url", self.url);
        let callbacks = (!self.callback.is_empty()).then(|| json!(self.callback));
        put(body, "callbacks", callbacks);
        put(body, "device_flow", self.device_flow.map(Value::Bool));
        put(body, "expiring", self.expiring.map(Value::Bool));
    }
}

const COLUMNS: &[Column] = &[
    Column("ID", "/id", Form::Text),
    Column("NAME", "/name", Form::Text),
    Column("CLIENT ID", "/client_id", Form::Text),
    Column("TOKENS", "/tokens", Form::Text),
];

const FIELDS: &[Column] = &[
    Column("Number", "/id", Form::Text),
    Column("Name", "/name", Form::Text),
    Column("Client id", "/client_id", Form::Text),
    Column("Description", "/description", Form::Text),
    Column("Homepage", "/url", Form::Text),
    Column("Callbacks", "/callbacks", Form::Text),
    Column("Keeps a secret", "/confidential", Form::Text),
    Column("Device flow", "/device_flow", Form::Text),
    Column("Expiring tokens", "/expiring", Form::Text),
    Column("Living tokens", "/tokens", Form::Text),
    Column("Registered", "/created_at", Form::Moment),
];

const SECRETS: &[Column] = &[
    Column("SECRET", "/id", Form::Text),
    Column("MADE", "/created_at", Form::Moment),
];

impl Application {
    pub(crate) fn run(self, session: &mut Session<'_>) -> Result<(), ClientError> {
        match self {
            Self::List { org } => {
                let list = Keeper(org.as_deref()).path(&[]);
                let items = session.whole(&list.get())?;
                session.screen.list(COLUMNS, &items)
            }
            Self::Create {
                name,
                org,
                said,
                public,
            } => create(session, org.as_deref(), &name, said, public),
            Self::Show { app, org } => {
                let one = found(session, Keeper(org.as_deref()), &app)?;
                show(session, &one)
            }
            Self::Edit {
                app,
                org,
                name,
                said,
            } => {
                let mut body = json!({});
                put_text(&mut body, "name", name);
                said.put(&mut body);
                check_changes(&body)?;
                let keeper = Keeper(org.as_deref());
                let id = number(session, keeper, &app)?;
                session.change(
                    &keeper.path(&[&id]).patch(body),
                    "The application is changed.",
                )
            }
            Self::Delete { app, org, yes } => {
                let keeper = Keeper(org.as_deref());
                let one = found(session, keeper, &app)?;
                let text = |name: &str| one.get(name).map(found::text).unwrap_or_default();
                let (id, name, tokens) = (text("id"), text("name"), text("tokens"));
                let question = format!(
                    "Delete {name}? Tokens of it that live now, and end with it: {tokens}."
                );
                sure(session.person, yes, &question)?;
                session.change(
                    &keeper.path(&[&id]).delete(),
                    &format!("{name} is deleted; its tokens are refused from now on."),
                )
            }
            Self::Secret(command) => command.run(session),
            Self::Access(command) => command.run(session),
        }
    }
}

fn create(
    session: &mut Session<'_>,
    org: Option<&str>,
    name: &str,
    said: Said,
    public: bool,
) -> Result<(), ClientError> {
    let mut body = json!({ "name": name, "confidential": !public });
    said.put(&mut body);
    let ask: Ask = Keeper(org).path(&[]).post(body);
    let made = session.ask(&ask)?.body;
    if !session.screen.json {
        session.screen.note("The application is registered.");
        if !public {
            session
                .screen
                .note("Make what it proves itself with: jeton app secret add");
        }
    }
    show(session, &made)
}

fn show(session: &mut Session<'_>, one: &Value) -> Result<(), ClientError> {
    session.screen.one(FIELDS, one)?;
    let secrets = one.get("secrets").and_then(Value::as_array);
    match secrets {
        Some(secrets) if !session.screen.json && !secrets.is_empty() => {
            session.screen.data("")?;
            session.screen.list(SECRETS, secrets)
        }
        _ => Ok(()),
    }
}
