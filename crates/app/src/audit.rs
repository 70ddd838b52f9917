//! Writing the audit log: each change leaves one entry in its own commit.

use jeton_decide::PackageLink;
use jeton_domain::{
    AccountId, Clean, Event, Grant, OrganizationId, RepositoryId, Selection, TokenId, UserId,
};

use jeton_store::audit::AuditEntry;
use jeton_store::repositories::RepositoryRow;
use jeton_store::teams::TeamRow;
use jeton_store::{ReadUnit, WriteUnit, secrets};
use serde_json::{Map, Value, json};

use crate::app::Inner;
use crate::authenticate::Subject;
use crate::authorize::Acting;
use crate::error::AppError;
use crate::hooks::raise::{About, raise};

/// The field for the numbers of the repositories that a token selects.
pub(crate) const REPOSITORIES: &str = "repository_ids";

/// An entry in the making.
#[derive(Debug)]
pub struct Record<'a> {
    acting: &'a Acting<'a>,
    event: Event,
    /// Who did it, where the request carries nothing that says so.
    actor: Option<UserId>,
    organization: Option<OrganizationId>,
    user: Option<UserId>,
    token: Option<TokenId>,
    repository: Option<RepositoryId>,
    data: Map<String, Value>,
    /// What webhooks are told of it and the log is not.
    about: About<'a>,
}

impl<'a> Record<'a> {
    pub(crate) fn new(acting: &'a Acting<'a>, event: Event) -> Self {
        let mut record = Self {
            acting,
            event,
            actor: None,
            organization: None,
            user: None,
            token: None,
            repository: None,
            data: Map::new(),
            about: About::default(),
        };
        // What the target says, the entry need not.
        if let Some(owner) = acting.place.owner().filter(|owner| owner.organization) {
            record.organization = Some(owner.id.as_organization());
            record.data.insert("org".to_owned(), json!(owner.login));
        }
        if let crate::place::Place::Repository(repository) = &acting.place {
            record.repository = Some(repository.id);
            record.data.insert(
                "repo".to_owned(),
                json!(format!("{}/{}", repository.owner.login, repository.name)),
            );
        }
        if let crate::place::Place::Package(package) = &acting.place {
            record
                .data
                .insert("package".to_owned(), json!(package.full_name()));
            if let (PackageLink::Repository(id), Some(name)) = (package.link, &package.repository) {
                // SECURITY: who may not read of the repository reads nothing of its packages.
                record = record.repository(id, &format!("{}/{name}", package.owner.login));
            }
        }
        record
    }

    /// The organization it concerns.
    #[must_use]
    pub fn organization(mut self, id: OrganizationId, login: &str) -> Self {
        self.organization = Some(id);
        self.with("org", login)
    }

    /// The person it concerns.
    #[must_use]
    pub fn user(mut self, id: UserId, login: &str) -> Self {
        self.user = Some(id);
        self.with("user", login)
    }

    /// The token it was done to.
    #[must_use]
    pub fn token(mut self, id: TokenId, name: &str) -> Self {
        self.token = Some(id);
        self.with("user_programmatic_access_id", id.get())
            .with("user_programmatic_access_name", name)
    }

    /// The newest value of the token it was done to, by which a value that turned up is looked for. An entry
    /// of what was done *with* a token names that one's value instead.
    pub fn newest_value(self, unit: &mut ReadUnit<'_>, id: TokenId) -> Result<Self, AppError> {
        Ok(match secrets::of_token(unit, id)?.first() {
            Some(secret) => self.with("hashed_token", secret.hashed.as_str()),
            None => self,
        })
    }

    /// Whose token or sign-in it is: the entry stands in their own log too, whoever did it.
    #[must_use]
    pub fn creator(mut self, id: UserId) -> Self {
        self.user = Some(id);
        self
    }

    /// The repository it concerns.
    #[must_use]
    pub fn repository(mut self, id: RepositoryId, full_name: &str) -> Self {
        self.repository = Some(id);
        self.with("repo", full_name)
    }

    /// The repository it concerns, in the log of its organization too.
    #[must_use]
    pub fn of(mut self, row: &RepositoryRow) -> Self {
        if row.owner_is_organization {
            self = self.organization(row.owner.as_organization(), &row.owner_login);
        }
        self.repository(row.id, &row.full_name())
    }

    /// The person it concerns did it themself, by what they know and not by a credential.
    #[must_use]
    pub fn oneself(mut self, id: UserId, login: &str) -> Self {
        self.actor = Some(id);
        self.with("actor", login).user(id, login)
    }

    /// What a token reaches: its repositories, and packages where it names some.
    #[must_use]
    pub fn reaches(self, grant: &Grant) -> Self {
        let record = self.selects(&grant.selection);
        match grant.packages.names() {
            Some(names) => record.with("packages", names.iter().cloned().collect::<Vec<_>>()),
            None => record,
        }
    }

    /// What a token selects, in GitHub's word.
    ///
    /// SECURITY: of chosen repositories the numbers, not the names: who reads the entry later may not
    /// see what they are called by then. The log is [read](crate::audit_log) with those names that its
    /// reader sees.
    #[must_use]
    pub fn selects(self, selection: &Selection) -> Self {
        let (word, chosen) = match selection {
            Selection::Public => ("none", None),
            Selection::All => ("all", None),
            Selection::Only(chosen) => ("subset", Some(chosen)),
        };
        let record = self.with("repository_selection", word);
        match chosen {
            Some(chosen) => {
                let numbers: Vec<i64> = chosen.iter().map(|id| id.get()).collect();
                record.with(REPOSITORIES, numbers)
            }
            None => record,
        }
    }

    /// The team it concerns: it may be gone when webhooks are told.
    #[must_use]
    pub(crate) fn team(mut self, row: &'a TeamRow) -> Self {
        self.about.team = Some(row);
        self.with("team", row.slug.as_str())
    }

    /// What was so before, for webhooks: each field as `{"from": …}`.
    #[must_use]
    pub(crate) fn changed(mut self, field: &'static str, from: impl Into<Value>) -> Self {
        self.about.changed.push((field, from.into()));
        self
    }

    /// What a token had in force before the change, for webhooks.
    #[must_use]
    pub(crate) fn held(mut self, grant: Grant) -> Self {
        self.about.held = Some(grant);
        self
    }

    /// One more field.
    #[must_use]
    pub fn with(mut self, field: &str, value: impl Into<Value>) -> Self {
        self.data.insert(field.to_owned(), value.into());
        self
    }

    /// Writes the entry. If it can't be written, the change does not happen.
    pub fn write(mut self, unit: &mut WriteUnit<'_>) -> Result<(), AppError> {
        let (acting, call) = (self.acting, self.acting.call);
        debug_assert!(
            call.operation.events.contains(&self.event),
            "`{}` is not declared to leave `{}`",
            call.operation.name,
            self.event.name(),
        );
        let mut put = |field: &str, value: Value| {
            self.data.insert(field.to_owned(), value);
        };
        put("door", json!(call.door.name()));
        put("request_id", json!(call.request_id));
        put("user_agent", json!(call.user_agent.plain()));
        put("address", json!(call.address.map(|a| a.to_string())));
        let known = acting.known();
        if let Some(known) = known {
            put("actor", json!(known.login));
            put("programmatic_access_type", json!(known.bearer.kind.title()));
            if let Subject::Token { token, name, .. } = &known.subject {
                put("token_id", json!(token.get()));
                put("token_name", json!(name));
                put("hashed_token", json!(known.hashed));
            }
        }
        let entry = AuditEntry {
            event: self.event,
            operation: call.operation.name,
            at: acting.now,
            actor: known.map(|k| k.user).or(self.actor).map(AccountId::from),
            organization: self.organization,
            user: self.user,
            token: self
                .token
                .or_else(|| known.and_then(crate::authenticate::Known::token)),
            repository: self.repository,
            data: Value::Object(self.data),
            salt: acting.app.random(),
        };
        log(acting.app, unit, &entry, &self.about)
    }
}

/// Writes an entry down and has those told who hear of it: the one way into the log.
pub(crate) fn log(
    app: &Inner,
    unit: &mut WriteUnit<'_>,
    entry: &AuditEntry<'_>,
    about: &About<'_>,
) -> Result<(), AppError> {
    unit.audit(entry)?;
    raise(app, unit, entry, about)
}
