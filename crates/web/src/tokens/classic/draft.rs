//! A classic token as its form holds it: what was filled in, well or not, until the server takes it.

use std::collections::BTreeSet;

use jeton_app::tokens::{ClassicEdit, NewClassicToken, TokenView};
use jeton_domain::ClassicScope;

use super::super::expiry;
use crate::{Values, seen};

/// What a form holds.
#[derive(Clone, Debug, Default)]
pub(super) struct Draft {
    pub(super) name: String,
    pub(super) description: String,
    /// Days, `none`, or `date`; empty: the default.
    pub(super) expires: String,
    /// Where `date` is chosen.
    pub(super) expires_at: String,
    /// Names of the scopes that are ticked by themselves; what lies within them comes with them.
    pub(super) scopes: BTreeSet<String>,
    /// What a link asks for and is no scope: told, and left out.
    pub(super) unknown: Vec<String>,
    /// It was sent to be made or saved, and had faults.
    pub(super) sent: bool,
}

impl Draft {
    /// From a form.
    pub(super) fn from_form(form: &[(String, String)]) -> Self {
        let mut draft = Self::default();
        for (name, value) in form {
            let text = value.clone();
            match name.as_str() {
                "name" => draft.name = text,
                "description" => draft.description = text,
                "expires" => draft.expires = text,
                "expires_at" => draft.expires_at = text,
                "scope" => {
                    draft.scopes.insert(text);
                }
                "sent" => draft.sent = value == "yes",
                _ => {}
            }
        }
        draft
    }

    /// From a prefilled link, as GitHub's are: `description` is what it calls the note. It only fills in the form.
    pub(super) fn from_link(query: &[(String, String)]) -> Self {
        let mut draft = Self::default();
        for (name, value) in query {
            match name.as_str() {
                "description" => draft.name.clone_from(value),
                "expires_in" => draft.expires.clone_from(value),
                "scopes" => {
                    let names = value.split([',', ' ']).filter(|name| !name.is_empty());
                    for name in names.map(str::to_owned) {
                        if ClassicScope::parse(&name).is_some() {
                            draft.scopes.insert(name);
                        } else {
                            draft.unknown.push(name);
                        }
                    }
                }
                _ => {}
            }
        }
        draft
    }

    /// From a token, to be changed.
    pub(super) fn from_token(view: &TokenView) -> Self {
        let scopes = view.row.scopes.normalised();
        Self {
            name: view.row.name.clone(),
            description: view.row.description.clone(),
            scopes: scopes.map(|entry| entry.name.to_owned()).collect(),
            ..Self::default()
        }
    }

    fn names(&self) -> Vec<String> {
        self.scopes.iter().cloned().collect()
    }

    /// As the use case takes it.
    pub(super) fn wish(&self) -> NewClassicToken {
        let (expires_in, expires_at) = expiry::wish(&self.expires, &self.expires_at);
        NewClassicToken {
            name: self.name.clone(),
            description: self.description.clone(),
            scopes: self.names(),
            expires_in,
            expires_at,
        }
    }

    /// As the use case takes a change: everything that the form holds. Scopes that are the same are left alone: a scope
    /// that came into the table later is not taken on by saving another name.
    pub(super) fn edit(&self, now: &Self) -> ClassicEdit {
        ClassicEdit {
            name: Some(self.name.clone()),
            description: Some(self.description.clone()),
            scopes: (self.scopes != now.scopes).then(|| self.names()),
        }
    }

    /// What a change is made from: everything that its form holds.
    pub(super) fn values(&self) -> Values {
        let mut values = seen::values([
            ("Token name", self.name.clone()),
            ("Description", self.description.clone()),
        ]);
        let held = self.scopes.iter();
        values.extend(held.map(|name| seen::chosen(format!("Scope {name}"))));
        values
    }

    /// A date is to be chosen, and none is.
    pub(super) fn lacks_date(&self) -> bool {
        self.expires == "date" && self.expires_at.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pairs(list: &[(&str, &str)]) -> Vec<(String, String)> {
        let own = |(a, b): &(&str, &str)| ((*a).to_owned(), (*b).to_owned());
        list.iter().map(own).collect()
    }

    #[test]
    fn a_link_fills_in_what_it_names_and_tells_what_is_no_scope() {
        let draft = Draft::from_link(&pairs(&[
            ("description", "old tool"),
            ("scopes", "repo, root gist"),
            ("expires_in", "none"),
            ("name", "x"),
            ("step", "make"),
        ]));
        assert_eq!(
            (draft.name.as_str(), draft.expires.as_str()),
            ("old tool", "none")
        );
        assert_eq!(draft.names(), ["gist", "repo"]);
        assert_eq!(draft.unknown, ["root"]);
    }

    #[test]
    fn a_change_of_the_name_names_no_scopes() {
        let now = Draft::from_form(&pairs(&[("name", "a"), ("scope", "repo")]));
        let named = Draft::from_form(&pairs(&[("name", "b"), ("scope", "repo")]));
        assert_eq!(named.edit(&now).scopes, None);
        let fewer = Draft::from_form(&pairs(&[("name", "a")]));
        assert_eq!(fewer.edit(&now).scopes, Some(Vec::new()));
    }
}
