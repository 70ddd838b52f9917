//! The filters of requests and active tokens: by whose they are, by repository, by permission.

use crate::links::encoded;
use jeton_app::tokens::TokenFilter;
use jeton_domain::{PermissionKey, Scope, catalogue};
use jeton_http::{Field, Form, Input};

/// What is filled in.
#[derive(Clone, Debug, Default)]
pub(crate) struct Filter {
    pub(crate) owner: String,
    pub(crate) repository: String,
    pub(crate) permission: String,
}

/// The parameters of the pages.
pub(crate) const QUERY: &[Field] = &[
    Field::optional("owner", Form::Text, "Only tokens of this person."),
    Field::optional("repository", Form::Text, "Only those for this repository."),
    Field::optional("permission", Form::Text, "Only those with this permission."),
];

impl Filter {
    pub(crate) fn of(input: &Input) -> Self {
        let text = |name| input.query(name).unwrap_or_default().trim().to_owned();
        Self {
            owner: text("owner"),
            repository: text("repository"),
            permission: text("permission"),
        }
    }

    pub(crate) fn is_set(&self) -> bool {
        !self.owner.is_empty() || !self.repository.is_empty() || !self.permission.is_empty()
    }

    /// The query of the filter's first page.
    pub(crate) fn query(&self) -> String {
        [
            ("owner", &self.owner),
            ("repository", &self.repository),
            ("permission", &self.permission),
        ]
        .map(|(name, value)| format!("{name}={}", encoded(value)))
        .join("&")
    }

    /// As the lists take it; nothing for a permission that there is not, which no token has.
    pub(crate) fn read(&self) -> Option<TokenFilter> {
        let said = |text: &String| (!text.is_empty()).then(|| text.clone());
        let permission = match said(&self.permission) {
            Some(key) => Some(PermissionKey::parse(&key)?),
            None => None,
        };
        Some(TokenFilter {
            creators: said(&self.owner).into_iter().collect(),
            repository: said(&self.repository),
            permission,
            ..TokenFilter::default()
        })
    }
}

/// Every permission that a token for an organization's things may hold: key and title.
pub(crate) fn permissions() -> Vec<(&'static str, String)> {
    catalogue()
        .filter(|permission| permission.scope != Scope::Account)
        .map(|permission| (permission.key, permission.full_title()))
        .collect()
}
