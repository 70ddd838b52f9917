//! What bodies about webhooks hold.

use jeton_app::AppError;
use jeton_app::hooks::{ConfigEdit, HookConfig, HookContentType, HookEdit, HookSecret, NewHook};
use jeton_http::{Field, Form, Input};
use serde::Deserialize;
use serde_json::Value;

const RESOURCE: &str = "Hook";

const URL: &str = "Where deliveries go: http or https, without a password in it.";
const CONTENT_TYPE: Field = Field::optional(
    "content_type",
    Form::OneOf(&["json", "form"]),
    "How their bodies are written; a form with the JSON in its field `payload`, if not said.",
);
const SECRET: Field = Field::optional(
    "secret",
    Form::Text,
    "What they are signed with, at most 1,024 bytes; it is never shown again. Empty: with nothing.",
);
const INSECURE: Field = Field::optional(
    "insecure_ssl",
    Form::Either(&[Form::OneOf(&["0", "1"]), Form::NumberIn(0, 1)]),
    "`1`: the receiver's certificate need not hold.",
);
const NEW_CONFIG: &[Field] = &[
    Field::needed("url", Form::Text, URL),
    CONTENT_TYPE,
    SECRET,
    INSECURE,
];
/// All that can be said of where deliveries go.
pub(super) const CONFIG: &[Field] = &[
    Field::optional("url", Form::Text, URL),
    CONTENT_TYPE,
    SECRET,
    INSECURE,
];
const NAME: Field = Field::optional(
    "name",
    Form::OneOf(&["web"]),
    "GitHub's word for a webhook.",
);
const ACTIVE: Field = Field::optional(
    "active",
    Form::Boolean,
    "Whether it is told anything; yes, if not said.",
);

/// Of a webhook to be made.
pub(super) const NEW: &[Field] = &[
    Field::needed(
        "config",
        Form::Record(NEW_CONFIG),
        "Where deliveries go, and how.",
    ),
    NAME,
    Field::optional(
        "events",
        Form::Texts,
        "What it hears of; `*` for all; `push`, if not said.",
    ),
    ACTIVE,
];
/// Of a webhook to be changed.
pub(super) const EDITED: &[Field] = &[
    Field::optional(
        "config",
        Form::Record(CONFIG),
        "Where deliveries go, and how: all of it, so that a secret that is not said is gone. `********` keeps it.",
    ),
    NAME,
    Field::optional("events", Form::Texts, "What it hears of: all of it."),
    Field::optional("add_events", Form::Texts, "What it hears of besides."),
    Field::optional("remove_events", Form::Texts, "What it hears of no more."),
    Field::optional("active", Form::Boolean, "Whether it is told anything."),
];

#[derive(Deserialize)]
struct Config {
    url: Option<String>,
    content_type: Option<String>,
    secret: Option<String>,
    insecure_ssl: Option<Value>,
}

impl Config {
    fn read(self) -> HookConfig {
        HookConfig {
            url: self.url,
            content_type: self
                .content_type
                .as_deref()
                .and_then(HookContentType::parse),
            secret: self.secret.map(HookSecret::new),
            // Declared as one of the two, as a word or a number.
            verifies_tls: self.insecure_ssl.map(|value| value != "1" && value != 1),
        }
    }
}

#[derive(Deserialize)]
struct Body {
    config: Option<Config>,
    events: Option<Vec<String>>,
    #[serde(default)]
    add_events: Vec<String>,
    #[serde(default)]
    remove_events: Vec<String>,
    active: Option<bool>,
}

pub(super) fn new(input: &Input) -> Result<NewHook, AppError> {
    let body: Body = input.read(RESOURCE)?;
    Ok(NewHook {
        config: body.config.map(Config::read).unwrap_or_default(),
        events: body.events,
        active: body.active,
    })
}

pub(super) fn edit(input: &Input) -> Result<HookEdit, AppError> {
    let body: Body = input.read(RESOURCE)?;
    Ok(HookEdit {
        config: body.config.map_or(ConfigEdit::Keep, |config| {
            ConfigEdit::Replace(config.read())
        }),
        events: body.events,
        add_events: body.add_events,
        remove_events: body.remove_events,
        active: body.active,
    })
}

pub(super) fn config_edit(input: &Input) -> Result<HookEdit, AppError> {
    let config: Config = input.read(RESOURCE)?;
    Ok(HookEdit {
        config: ConfigEdit::Merge(config.read()),
        ..HookEdit::default()
    })
}
