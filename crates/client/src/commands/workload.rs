//! `jeton workload`: issuers whose word about jobs an organization trusts, their rules, and what would come of a token.

use std::path::PathBuf;
use std::str::FromStr;

use jeton_domain::Span;
use serde_json::{Map, Value, json};

use super::words::{FullName, PermissionWord, length};
use super::{put, put_text};
use crate::error::ClientError;
use crate::person::{piped, sure};
use crate::screen::{Column, Form};
use crate::server::{Ask, Door};
use crate::session::Session;

/// Workload identity: jobs that get a token by somebody else's word.
#[derive(Debug, clap::Subcommand)]
pub enum Workload {
    /// Issuers whose word about jobs an organization trusts
    #[command(subcommand)]
    Issuer(WorkloadIssuer),
    /// The rules of an issuer
    #[command(subcommand)]
    Rule(WorkloadRule),
    /// Say which rule a token meets, and why not the others; nothing is opened
    Simulate {
        /// The organization
        org: String,
        /// The repository that a job's token is wanted for
        #[arg(long, value_name = "OWNER/NAME")]
        repo: FullName,
        /// A file that holds claims as JSON; without it, a token is read from standard input
        #[arg(long, value_name = "FILE")]
        claims: Option<PathBuf>,
    },
}

/// Issuers.
#[derive(Debug, clap::Subcommand)]
pub enum WorkloadIssuer {
    /// List them, with what came of asking for their keys
    List {
        /// The organization
        org: String,
    },
    /// Trust one; nothing comes of it before it has a rule
    Add {
        /// The organization
        org: String,
        /// Its address, to the letter as its tokens name it
        url: String,
        /// What it is called here
        #[arg(long)]
        name: String,
        /// The service account that opens its jobs
        #[arg(long, value_name = "LOGIN")]
        service_account: String,
    },
    /// Give one another name or service account
    Edit {
        /// The organization
        org: String,
        /// Its number in the list
        issuer: i64,
        /// What it is called here
        #[arg(long)]
        name: Option<String>,
        /// The service account that opens its jobs
        #[arg(long, value_name = "LOGIN")]
        service_account: Option<String>,
    },
    /// Trust one no more; its rules go with it
    Delete {
        /// The organization
        org: String,
        /// Its number in the list
        issuer: i64,
        /// Don't ask
        #[arg(long)]
        yes: bool,
    },
}

/// Rules.
#[derive(Debug, clap::Subcommand)]
pub enum WorkloadRule {
    /// List them, in the order in which they are tried
    List {
        /// The organization
        org: String,
        /// The issuer's number in the list
        issuer: i64,
    },
    /// Show one
    Show {
        /// The organization
        org: String,
        /// The issuer's number in the list
        issuer: i64,
        /// Its number in the list
        rule: i64,
    },
    /// Make one
    Create {
        /// The organization
        org: String,
        /// The issuer's number in the list
        issuer: i64,
        /// What it says
        #[command(flatten)]
        words: Box<RuleWords>,
    },
    /// Change one; what is not named stays
    Edit {
        /// The organization
        org: String,
        /// The issuer's number in the list
        issuer: i64,
        /// Its number in the list
        rule: i64,
        /// What changes
        #[command(flatten)]
        words: Box<RuleWords>,
    },
    /// Delete one
    Delete {
        /// The organization
        org: String,
        /// The issuer's number in the list
        issuer: i64,
        /// Its number in the list
        rule: i64,
        /// Don't ask
        #[arg(long)]
        yes: bool,
    },
}

/// `CLAIM=PATTERN`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ClaimWord {
    name: String,
    pattern: String,
}

impl FromStr for ClaimWord {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text.split_once('=') {
            Some((name, pattern)) if !name.is_empty() && !pattern.is_empty() => Ok(Self {
                name: name.to_owned(),
                pattern: pattern.to_owned(),
            }),
            _ => Err("a claim is written CLAIM=PATTERN, as in ref=refs/heads/*"),
        }
    }
}

/// What a rule says.
#[derive(Debug, clap::Args)]
pub struct RuleWords {
    /// Its name
    #[arg(long)]
    name: Option<String>,
    /// Where it stands: the lowest is tried first
    #[arg(long)]
    order: Option<i64>,
    /// Whom its tokens are made for: this, and nobody beside
    #[arg(long)]
    audience: Option<String>,
    /// What a claim looks like, as CLAIM=PATTERN; may be repeated, and one of the patterns of a claim is enough
    #[arg(long = "claim", value_name = "CLAIM=PATTERN")]
    claims: Vec<ClaimWord>,
    /// A repository that it opens jobs for; may be repeated
    #[arg(
        long = "repo",
        value_name = "NAME",
        conflicts_with = "repository_claim"
    )]
    repositories: Vec<String>,
    /// The claim that names the repository as owner/name
    #[arg(long, value_name = "CLAIM")]
    repository_claim: Option<String>,
    /// The claim that says which ref a job is about
    #[arg(long, value_name = "CLAIM")]
    ref_claim: Option<String>,
    /// The claim that says which environment it deploys to
    #[arg(long, value_name = "CLAIM")]
    environment_claim: Option<String>,
    /// What a job for somebody else's change gets: refused or `read_only`
    #[arg(long, value_name = "WORD")]
    forks: Option<String>,
    /// How such a job is known, as CLAIM=PATTERN; may be repeated
    #[arg(long = "fork-claim", value_name = "CLAIM=PATTERN")]
    fork_claims: Vec<ClaimWord>,
    /// A permission, as KEY=LEVEL; KEY alone means read; may be repeated
    #[arg(long = "permission", short = 'p', value_name = "KEY=LEVEL")]
    permissions: Vec<PermissionWord>,
    /// How long a job's token lives: 30m, 1h
    #[arg(long, value_name = "LENGTH", value_parser = length)]
    lives: Option<Span>,
}

const ISSUERS: &[Column] = &[
    Column("ID", "/id", Form::Text),
    Column("NAME", "/name", Form::Text),
    Column("ADDRESS", "/url", Form::Text),
    Column("SERVICE ACCOUNT", "/service_account", Form::Text),
    Column("KEYS READ", "/keys_read_at", Form::Moment),
    Column("FAULT", "/fault", Form::Text),
];

const RULES: &[Column] = &[
    Column("ID", "/id", Form::Text),
    Column("ORDER", "/order", Form::Text),
    Column("NAME", "/name", Form::Text),
    Column("AUDIENCE", "/audience", Form::Text),
    Column("PERMISSIONS", "/permissions", Form::Permissions),
    Column("SECONDS", "/seconds", Form::Text),
];

const RULE: &[Column] = &[
    Column("ID", "/id", Form::Text),
    Column("Name", "/name", Form::Text),
    Column("Order", "/order", Form::Text),
    Column("Audience", "/audience", Form::Text),
    Column("Repositories", "/repositories", Form::Text),
    Column("Repository claim", "/repository_claim", Form::Text),
    Column("Ref claim", "/ref_claim", Form::Text),
    Column("Environment claim", "/environment_claim", Form::Text),
    Column("Forks", "/forks", Form::Text),
    Column("Permissions", "/permissions", Form::Permissions),
    Column("Seconds", "/seconds", Form::Text),
    Column("Made", "/created_at", Form::Moment),
];

const JOB: &[Column] = &[
    Column("Ref", "/ref", Form::Text),
    Column("Environment", "/environment", Form::Text),
    Column("Fork", "/fork", Form::Flag),
    Column("Permissions", "/permissions", Form::Permissions),
    Column("Seconds", "/seconds", Form::Text),
];

/// The path of something of an organization's.
fn path<'a>(org: &'a str, rest: &[&'a str]) -> Vec<&'a str> {
    [&["orgs", org, "workload"], rest].concat()
}

impl Workload {
    pub(crate) fn run(self, session: &mut Session<'_>) -> Result<(), ClientError> {
        match self {
            Self::Issuer(command) => command.run(session),
            Self::Rule(command) => command.run(session),
            Self::Simulate { org, repo, claims } => {
                let mut body = json!({ "repository": format!("{}/{}", repo.owner, repo.name) });
                if let Some(file) = claims {
                    let text = std::fs::read_to_string(&file).map_err(ClientError::file(&file))?;
                    let read: Map<String, Value> = serde_json::from_str(&text).map_err(|_| {
                        ClientError::usage(
                            "the file holds no JSON object",
                            "claims are written {\"iss\": \"https://…\", \"sub\": \"…\"}",
                        )
                    })?;
                    put(&mut body, "claims", Some(Value::Object(read)));
                } else {
                    let token = piped(session.person, "token")?;
                    put_text(&mut body, "token", Some(token.expose().to_owned()));
                }
                let ask = Ask::post(Door::Own, &path(&org, &["simulate"]), body);
                let found = session.ask(&ask)?.body;
                if session.screen.json {
                    return session.screen.print_json(&found);
                }
                told(session, &found)
            }
        }
    }
}

/// What would come of a token, in sentences.
fn told(session: &mut Session<'_>, found: &Value) -> Result<(), ClientError> {
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let at = |pointer: &str| found.pointer(pointer).cloned().unwrap_or(Value::Null);
    let opens = at("/opens") == Value::Bool(true);
    let outcome = if opens {
        "A job is opened."
    } else {
        "No job is opened."
    };
    session.screen.data(outcome)?;
    if at("/issuer_id").is_null() {
        let issuer = text(&at("/issuer"));
        return session.screen.block(
            "Why",
            Some(&json!(format!(
                "The organization trusts no issuer `{issuer}`."
            ))),
        );
    }
    for (title, pointer) in [
        ("Keys", "/token/keys"),
        ("Signature", "/token/signature"),
        ("Time", "/token/time"),
        ("Use", "/token/used"),
    ] {
        session.screen.block(title, Some(&at(pointer)))?;
    }
    for rule in at("/rules").as_array().into_iter().flatten() {
        let name = format!("Rule {}", text(rule.get("name").unwrap_or(&Value::Null)));
        let reasons: Vec<String> = rule
            .get("reasons")
            .and_then(Value::as_array)
            .into_iter()
            .flatten()
            .map(|reason| text(reason.get("message").unwrap_or(&Value::Null)))
            .collect();
        let words = if reasons.is_empty() {
            "is met".to_owned()
        } else {
            reasons.join("\n")
        };
        session.screen.block(&name, Some(&json!(words)))?;
    }
    match at("/job") {
        Value::Null => Ok(()),
        job => session.screen.one(JOB, &job),
    }
}

impl WorkloadIssuer {
    fn run(self, session: &mut Session<'_>) -> Result<(), ClientError> {
        match self {
            Self::List { org } => {
                session.show_whole(&Ask::get(Door::Own, &path(&org, &["issuers"])), ISSUERS)
            }
            Self::Add {
                org,
                url,
                name,
                service_account,
            } => {
                let body = json!({ "name": name, "url": url, "service_account": service_account });
                let ask = Ask::post(Door::Own, &path(&org, &["issuers"]), body);
                session.change(
                    &ask,
                    &format!("{org} trusts {url}. It opens nothing without a rule."),
                )
            }
            Self::Edit {
                org,
                issuer,
                name,
                service_account,
            } => {
                let number = issuer.to_string();
                let at = path(&org, &["issuers", &number]);
                let there = session.get(Door::Own, &at)?;
                let mut body = kept(&there, &["name", "url", "service_account"]);
                put_text(&mut body, "name", name);
                put_text(&mut body, "service_account", service_account);
                session.change(
                    &Ask::put(Door::Own, &at, body),
                    &format!("Issuer {issuer} is changed."),
                )
            }
            Self::Delete { org, issuer, yes } => {
                let number = issuer.to_string();
                sure(
                    session.person,
                    yes,
                    &format!("Trust issuer {issuer} no more, and delete its rules?"),
                )?;
                session.change(
                    &Ask::delete(Door::Own, &path(&org, &["issuers", &number])),
                    &format!("Issuer {issuer} is trusted no more."),
                )
            }
        }
    }
}

/// What is there of these fields, to be sent again.
fn kept(there: &Value, fields: &[&str]) -> Value {
    let mut body = json!({});
    for name in fields {
        put(&mut body, name, there.get(name).cloned());
    }
    body
}

impl WorkloadRule {
    fn run(self, session: &mut Session<'_>) -> Result<(), ClientError> {
        match self {
            Self::List { org, issuer } => {
                let at = path(&org, &["issuers", &issuer.to_string(), "rules"]).join("/");
                let segments: Vec<&str> = at.split('/').collect();
                session.show_whole(&Ask::get(Door::Own, &segments), RULES)
            }
            Self::Show { org, issuer, rule } => {
                let (issuer, rule) = (issuer.to_string(), rule.to_string());
                let at = path(&org, &["issuers", &issuer, "rules", &rule]);
                let found = session.get(Door::Own, &at)?;
                session.screen.one(RULE, &found)?;
                if !session.screen.json {
                    for (title, name) in [("Claims", "claims"), ("Fork claims", "fork_claims")] {
                        session.screen.block(title, found.get(name))?;
                    }
                }
                Ok(())
            }
            Self::Create { org, issuer, words } => {
                let issuer = issuer.to_string();
                let mut body = json!({});
                words.put_into(&mut body);
                let ask = Ask::post(Door::Own, &path(&org, &["issuers", &issuer, "rules"]), body);
                session.change(&ask, "The rule is made.")
            }
            Self::Edit {
                org,
                issuer,
                rule,
                words,
            } => {
                let (issuer, number) = (issuer.to_string(), rule.to_string());
                let at = path(&org, &["issuers", &issuer, "rules", &number]);
                let there = session.get(Door::Own, &at)?;
                let mut body = kept(
                    &there,
                    &[
                        "name",
                        "order",
                        "audience",
                        "claims",
                        "repository_claim",
                        "ref_claim",
                        "environment_claim",
                        "forks",
                        "fork_claims",
                        "permissions",
                        "seconds",
                    ],
                );
                // One of both is said: the other one stands for itself.
                if there.get("repository_claim").is_none_or(Value::is_null) {
                    put(
                        &mut body,
                        "repositories",
                        there.get("repositories").cloned(),
                    );
                }
                words.put_into(&mut body);
                session.change(
                    &Ask::put(Door::Own, &at, body),
                    &format!("Rule {rule} is changed."),
                )
            }
            Self::Delete {
                org,
                issuer,
                rule,
                yes,
            } => {
                let (issuer, number) = (issuer.to_string(), rule.to_string());
                sure(session.person, yes, &format!("Delete rule {rule}?"))?;
                let at = path(&org, &["issuers", &issuer, "rules", &number]);
                session.change(
                    &Ask::delete(Door::Own, &at),
                    &format!("Rule {rule} is deleted."),
                )
            }
        }
    }
}

fn by_name(words: Vec<ClaimWord>) -> Option<Value> {
    let mut claims: Map<String, Value> = Map::new();
    for word in words {
        let list = claims.entry(word.name).or_insert_with(|| json!([]));
        if let Some(list) = list.as_array_mut() {
            list.push(json!(word.pattern));
        }
    }
    (!claims.is_empty()).then_some(Value::Object(claims))
}

impl RuleWords {
    fn put_into(self, body: &mut Value) {
        put_text(body, "name", self.name);
        put(body, "order", self.order.map(Value::from));
        put_text(body, "audience", self.audience);
        put(body, "claims", by_name(self.claims));
        if !self.repositories.is_empty() {
            put(body, "repositories", Some(json!(self.repositories)));
            put(body, "repository_claim", Some(Value::Null));
        }
        if let Some(claim) = self.repository_claim {
            put(body, "repository_claim", Some(json!(claim)));
            put(body, "repositories", Some(Value::Null));
        }
        put_text(body, "ref_claim", self.ref_claim);
        put_text(body, "environment_claim", self.environment_claim);
        put_text(body, "forks", self.forks);
        put(body, "fork_claims", by_name(self.fork_claims));
        if !self.permissions.is_empty() {
            let levels = self.permissions.into_iter();
            let levels: Map<String, Value> =
                levels.map(|word| (word.key, json!(word.level))).collect();
            put(body, "permissions", Some(Value::Object(levels)));
        }
        put(
            body,
            "seconds",
            self.lives.map(|span| json!(span.seconds())),
        );
    }
}
