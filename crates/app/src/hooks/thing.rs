//! The things that webhooks are told of, on their way to GitHub's shapes.

use jeton_domain::{Expiry, Grant, OrganizationRole, Permissions, Time};
use jeton_store::memberships::Person;
use jeton_store::organizations::OrganizationRow;
use jeton_store::repositories::RepositoryRow;
use jeton_store::requests::RequestRow;
use jeton_store::teams::TeamRow;
use jeton_store::tokens::TokenRow;
use serde_json::Value;

use crate::invitations::Invitation;

pub use jeton_repo::PushedCommit;

/// Shapes a thing as GitHub does. The text: where people reach the server, no slash at the end.
pub type Shape = fn(&str, Thing<'_>) -> Value;

/// A token as an organization that it reaches, or wants to, may know it.
#[derive(Clone, Debug)]
pub struct ToldToken {
    /// The token.
    pub row: TokenRow,
    /// What it reaches there, or wants to.
    pub grant: Grant,
    /// Who made it.
    pub creator: Person,
    /// When its newest value ends.
    pub ends: Option<Expiry>,
    /// When it was last used.
    pub last_used: Option<Time>,
    /// The repositories that it chose.
    pub repositories: Vec<RepositoryRow>,
}

/// A token that asks an organization.
#[derive(Clone, Debug)]
pub struct AskingToken<'a> {
    /// What it asks for.
    pub request: &'a RequestRow,
    /// The token.
    pub token: &'a ToldToken,
    /// What it did not have before.
    pub added: Permissions,
    /// What it had less of.
    pub upgraded: Permissions,
}

/// Something with a shape of GitHub's.
#[derive(Clone, Copy, Debug)]
pub enum Thing<'a> {
    /// A person, or what is left of one.
    Person(&'a Person),
    /// An organization.
    Organization(&'a OrganizationRow),
    /// What a person is in an organization.
    Membership(&'a OrganizationRow, &'a Person, OrganizationRole),
    /// A repository.
    Repository(&'a RepositoryRow),
    /// A team, and the one above it.
    Team(&'a OrganizationRow, &'a TeamRow, Option<&'a TeamRow>),
    /// An invitation into an organization.
    Invitation(&'a Invitation),
    /// A token that asks an organization.
    Request(&'a AskingToken<'a>),
    /// A token that has access to an organization, or had.
    Token(&'a ToldToken),
    /// A commit that was pushed.
    Pushed(&'a RepositoryRow, &'a PushedCommit),
}
