//! What a kit makes.

use jeton_app::{App, Carried, Presented};
use jeton_domain::{AccountId, OrganizationId, RepositoryId, SecretId, SignInId, TokenId, UserId};
use jeton_token::Secret;

/// A person with one signed-in client, just confirmed.
#[derive(Clone, Debug)]
pub struct Person {
    /// Which.
    pub id: UserId,
    /// Their name.
    pub login: String,
    /// The client.
    pub sign_in: SignInId,
    pub(crate) value: String,
}

impl Person {
    /// The client's value, as it travels.
    pub fn value(&self) -> &str {
        &self.value
    }

    /// The client's value, as a door hands it over.
    pub fn carried(&self, app: &App) -> Carried {
        carried(app, &self.value)
    }

    /// The account.
    pub fn account(&self) -> AccountId {
        self.id.into()
    }
}

/// An organization.
#[derive(Clone, Debug)]
pub struct Organization {
    /// Which.
    pub id: OrganizationId,
    /// Its name.
    pub login: String,
}

impl Organization {
    /// The account.
    pub fn account(&self) -> AccountId {
        self.id.into()
    }
}

/// A repository.
#[derive(Clone, Debug)]
pub struct Repository {
    /// Which.
    pub id: RepositoryId,
    /// Its owner's name.
    pub owner: String,
    /// Its name.
    pub name: String,
}

/// A fine-grained token with one secret.
#[derive(Clone, Debug)]
pub struct Token {
    /// Which.
    pub id: TokenId,
    /// Its secret's id.
    pub secret: SecretId,
    pub(crate) value: String,
}

impl Token {
    /// The value, as it travels.
    pub fn value(&self) -> &str {
        &self.value
    }

    /// The value, as a door hands it over.
    pub fn carried(&self, app: &App) -> Carried {
        carried(app, &self.value)
    }
}

pub(crate) fn text(secret: &Secret) -> String {
    secret.expose().to_owned()
}

fn carried(app: &App, value: &str) -> Carried {
    let parsed = jeton_token::parse(value.as_bytes()).unwrap();
    Carried::Value(Presented::new(app.ring(), &parsed))
}
