//! `jeton webhook`.

use clap::ValueEnum;
use serde_json::{Value, json};

use super::words::FullName;
use super::{check_changes, put, put_text};
use crate::error::ClientError;
use crate::hidden::Hidden;
use crate::person::{piped, sure};
use crate::screen::{Column, Form};
use crate::server::{Ask, Door};
use crate::session::Session;

/// What a webhook hangs on.
#[derive(Clone, Debug, clap::Args)]
#[group(required = true, multiple = false)]
pub struct HookHome {
    /// An organization: it hears of each of its repositories, too
    #[arg(long, value_name = "ORG")]
    org: Option<String>,
    /// A repository
    #[arg(long, value_name = "OWNER/NAME")]
    repo: Option<FullName>,
}

impl HookHome {
    /// The path of something below it.
    fn path<'a>(&'a self, rest: &[&'a str]) -> Vec<&'a str> {
        let mut path = match (&self.org, &self.repo) {
            (_, Some(repo)) => vec!["repos", &repo.owner, &repo.name, "hooks"],
            (org, None) => vec!["orgs", org.as_deref().unwrap_or_default(), "hooks"],
        };
        path.extend(rest);
        path
    }
}

/// How a body is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum HookForm {
    /// As JSON
    Json,
    /// As a form, with the JSON in its field `payload`
    Form,
}

impl HookForm {
    const fn wire(self) -> &'static str {
        match self {
            Self::Json => "json",
            Self::Form => "form",
        }
    }
}

/// Webhooks: who is told what happens.
#[derive(Debug, clap::Subcommand)]
pub enum Webhook {
    /// List them
    List {
        /// Where it hangs
        #[command(flatten)]
        home: HookHome,
    },
    /// Make one; it is pinged
    Create {
        /// Where it hangs
        #[command(flatten)]
        home: HookHome,
        /// Where deliveries go
        url: String,
        /// What it hears of; may be repeated; `*` for everything
        #[arg(long, value_name = "EVENT", default_value = "push")]
        event: Vec<String>,
        /// How bodies are written
        #[arg(long, default_value = "json")]
        form: HookForm,
        /// Sign with the first line of standard input
        #[arg(long)]
        secret_stdin: bool,
        /// Don't look at the receiver's certificate
        #[arg(long)]
        insecure: bool,
    },
    /// Show one
    Show {
        /// Where it hangs
        #[command(flatten)]
        home: HookHome,
        /// Its number in the list
        id: i64,
    },
    /// Change one
    Edit(HookEdit),
    /// Delete one; what waits for it is dropped
    Delete {
        /// Where it hangs
        #[command(flatten)]
        home: HookHome,
        /// Its number in the list
        id: i64,
        /// Don't ask
        #[arg(long)]
        yes: bool,
    },
    /// List what one was told, the latest first
    Deliveries {
        /// Where it hangs
        #[command(flatten)]
        home: HookHome,
        /// Its number in the list
        id: i64,
        /// Those alone that came to nothing
        #[arg(long)]
        failed: bool,
        /// How many at most
        #[arg(long, default_value_t = 30)]
        limit: usize,
    },
    /// Show one delivery: what was sent, and what was answered
    Delivery {
        /// Where it hangs
        #[command(flatten)]
        home: HookHome,
        /// The webhook's number in the list
        id: i64,
        /// The delivery's number in the list
        delivery: i64,
    },
    /// Tell one the same again
    Redeliver {
        /// Where it hangs
        #[command(flatten)]
        home: HookHome,
        /// The webhook's number in the list
        id: i64,
        /// The delivery's number in the list
        delivery: i64,
    },
    /// Ping one
    Ping {
        /// Where it hangs
        #[command(flatten)]
        home: HookHome,
        /// Its number in the list
        id: i64,
    },
}

/// What is to change in a webhook; what is not said stays.
#[derive(Debug, clap::Args)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "flags of a command, one thing each"
)]
pub struct HookEdit {
    /// Where it hangs
    #[command(flatten)]
    home: HookHome,
    /// Its number in the list
    id: i64,
    /// Where deliveries go
    #[arg(long)]
    url: Option<String>,
    /// What it hears of: all of it; may be repeated
    #[arg(long, value_name = "EVENT")]
    event: Vec<String>,
    /// What it hears of besides; may be repeated
    #[arg(long, value_name = "EVENT")]
    add_event: Vec<String>,
    /// What it hears of no more; may be repeated
    #[arg(long, value_name = "EVENT")]
    remove_event: Vec<String>,
    /// How bodies are written
    #[arg(long)]
    form: Option<HookForm>,
    /// Sign with the first line of standard input
    #[arg(long, conflicts_with = "no_secret")]
    secret_stdin: bool,
    /// Sign no more
    #[arg(long)]
    no_secret: bool,
    /// Don't look at the receiver's certificate
    #[arg(long, conflicts_with = "secure")]
    insecure: bool,
    /// Look at the receiver's certificate
    #[arg(long)]
    secure: bool,
    /// Switch it on
    #[arg(long, conflicts_with = "off")]
    on: bool,
    /// Switch it off
    #[arg(long)]
    off: bool,
}

const COLUMNS: &[Column] = &[
    Column("ID", "/id", Form::Text),
    Column("ADDRESS", "/config/url", Form::Text),
    Column("EVENTS", "/events", Form::Text),
    Column("ON", "/active", Form::Flag),
    Column("LAST", "/last_response/message", Form::Text),
];

const FIELDS: &[Column] = &[
    Column("ID", "/id", Form::Text),
    Column("Address", "/config/url", Form::Text),
    Column("Form", "/config/content_type", Form::Text),
    Column("Secret", "/config/secret", Form::Text),
    Column("Hears of", "/events", Form::Text),
    Column("On", "/active", Form::Flag),
    Column("Last", "/last_response/message", Form::Text),
    Column("Made", "/created_at", Form::Moment),
    Column("Changed", "/updated_at", Form::Moment),
];

const DELIVERIES: &[Column] = &[
    Column("ID", "/id", Form::Text),
    Column("EVENT", "/event", Form::Text),
    Column("ACTION", "/action", Form::Text),
    Column("OUTCOME", "/status", Form::Text),
    Column("AGAIN", "/redelivery", Form::Flag),
    Column("AT", "/delivered_at", Form::Moment),
    Column("SECONDS", "/duration", Form::Text),
    Column("GUID", "/guid", Form::Text),
];

const DELIVERY: &[Column] = &[
    Column("Event", "/event", Form::Text),
    Column("Action", "/action", Form::Text),
    Column("Outcome", "/status", Form::Text),
    Column("At", "/delivered_at", Form::Moment),
    Column("Seconds", "/duration", Form::Text),
    Column("Guid", "/guid", Form::Text),
    Column("Address", "/url", Form::Text),
];

impl Webhook {
    pub(crate) fn run(self, session: &mut Session<'_>) -> Result<(), ClientError> {
        match self {
            Self::List { home } => {
                session.show_all(Ask::get(Door::GitHub, &home.path(&[])), COLUMNS)
            }
            Self::Create {
                home,
                url,
                event,
                form,
                secret_stdin,
                insecure,
            } => {
                let mut config = json!({ "url": url, "content_type": form.wire() });
                put(&mut config, "insecure_ssl", insecure.then(|| json!("1")));
                let secret = secret_stdin.then(|| secret(session)).transpose()?;
                put_text(
                    &mut config,
                    "secret",
                    secret.map(|secret| secret.expose().to_owned()),
                );
                let body = json!({ "config": config, "events": event });
                let reply = session.ask(&Ask::post(Door::GitHub, &home.path(&[]), body))?;
                let id = reply
                    .body
                    .get("id")
                    .map_or_else(String::new, Value::to_string);
                session.screen.done(
                    &reply.body,
                    &format!("Webhook {id} is made, and is pinged."),
                )
            }
            Self::Show { home, id } => {
                let found = session.get(Door::GitHub, &home.path(&[&id.to_string()]))?;
                session.screen.one(FIELDS, &found)
            }
            Self::Edit(edit) => edit.run(session),
            Self::Delete { home, id, yes } => {
                sure(session.person, yes, &format!("Delete webhook {id}?"))?;
                session.change(
                    &Ask::delete(Door::GitHub, &home.path(&[&id.to_string()])),
                    &format!("Webhook {id} is deleted."),
                )
            }
            Self::Deliveries {
                home,
                id,
                failed,
                limit,
            } => {
                let ask = Ask::get(Door::GitHub, &home.path(&[&id.to_string(), "deliveries"]))
                    .query("status", failed.then_some("failure"));
                let items = session.all(ask, limit)?;
                session.screen.list(DELIVERIES, &items)
            }
            Self::Delivery { home, id, delivery } => {
                let numbers = (id.to_string(), delivery.to_string());
                let path = home.path(&[&numbers.0, "deliveries", &numbers.1]);
                let found = session.get(Door::GitHub, &path)?;
                session.screen.one(DELIVERY, &found)?;
                if !session.screen.json {
                    for (title, pointer) in [
                        ("Sent", "/request/payload"),
                        ("Answered", "/response/payload"),
                    ] {
                        session.screen.block(title, found.pointer(pointer))?;
                    }
                }
                Ok(())
            }
            Self::Redeliver { home, id, delivery } => {
                let numbers = (id.to_string(), delivery.to_string());
                let path = home.path(&[&numbers.0, "deliveries", &numbers.1, "attempts"]);
                session.change(
                    &Ask::post(Door::GitHub, &path, json!({})),
                    &format!("Delivery {delivery} is made again."),
                )
            }
            Self::Ping { home, id } => session.change(
                &Ask::post(
                    Door::GitHub,
                    &home.path(&[&id.to_string(), "pings"]),
                    json!({}),
                ),
                &format!("Webhook {id} is pinged."),
            ),
        }
    }
}

impl HookEdit {
    fn run(self, session: &mut Session<'_>) -> Result<(), ClientError> {
        let id = self.id.to_string();
        let mut config = json!({});
        put_text(&mut config, "url", self.url);
        let form = self.form.map(|form| form.wire().to_owned());
        put_text(&mut config, "content_type", form);
        let tls = match (self.insecure, self.secure) {
            (true, _) => Some("1"),
            (_, true) => Some("0"),
            _ => None,
        };
        put_text(&mut config, "insecure_ssl", tls.map(str::to_owned));
        let mut body = json!({});
        let list = |events: Vec<String>| (!events.is_empty()).then(|| json!(events));
        put(&mut body, "events", list(self.event));
        put(&mut body, "add_events", list(self.add_event));
        put(&mut body, "remove_events", list(self.remove_event));
        let switched = (self.on || self.off).then_some(self.on);
        put(&mut body, "active", switched.map(Value::Bool));
        let secret = match (self.secret_stdin, self.no_secret) {
            (true, _) => Some(secret(session)?.expose().to_owned()),
            (_, true) => Some(String::new()),
            _ => None,
        };
        put_text(&mut config, "secret", secret);
        let done = format!("Webhook {id} is changed.");
        // What is not named stays, at the configuration's own address alone.
        let configured = check_changes(&config).is_ok();
        if configured {
            let path = self.home.path(&[&id, "config"]);
            let ask = Ask::patch(Door::GitHub, &path, config);
            if check_changes(&body).is_err() {
                return session.change(&ask, &done);
            }
            session.ask(&ask)?;
        }
        check_changes(&body)?;
        session.change(
            &Ask::patch(Door::GitHub, &self.home.path(&[&id]), body),
            &done,
        )
    }
}

/// What deliveries are signed with: never an argument, which others on the machine see.
fn secret(session: &mut Session<'_>) -> Result<Hidden, ClientError> {
    piped(session.person, "secret")
}
