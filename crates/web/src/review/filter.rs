//! The filters of requests and active tokens: by whose they are, by repository, by permission.

use jeton_app::tokens::TokenView;
use jeton_domain::{Grant, PermissionKey, catalogue};
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

    /// Whether a token fits. Of repositories only those are looked at whose names the reader may see.
    pub(crate) fn admits(&self, token: &TokenView, grant: &Grant) -> bool {
        let same = |a: &str, b: &str| a.eq_ignore_ascii_case(b);
        let by = self.owner.is_empty() || same(&token.creator, &self.owner);
        let permission = self.permission.is_empty()
            || PermissionKey::parse(&self.permission)
                .is_some_and(|key| grant.permissions.level(key).is_some());
        let repository = self.repository.is_empty()
            || match &grant.selection {
                jeton_domain::Selection::All => true,
                selection => token.repositories(selection).iter().any(|name| {
                    same(name, &self.repository)
                        || name
                            .split_once('/')
                            .is_some_and(|(_, name)| same(name, &self.repository))
                }),
            };
        by && permission && repository
    }
}

/// Every permission that a token for an organization's things may hold: key and title.
pub(crate) fn permissions() -> Vec<(&'static str, &'static str)> {
    catalogue()
        .filter(|permission| permission.scope != jeton_domain::Scope::Account)
        .map(|permission| (permission.key, permission.title))
        .collect()
}
