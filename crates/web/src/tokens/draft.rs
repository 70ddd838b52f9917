//! A token as a form holds it: what was filled in, well or not, until the server takes it.

use std::collections::{BTreeMap, BTreeSet};
use std::hash::{DefaultHasher, Hash as _, Hasher as _};

use jeton_app::AppError;
use jeton_app::tokens::{NewToken, PackagesWish, RepositoriesWish, TokenEdit, TokenView};
use jeton_domain::{Expiry, Level, Scope, Selection, catalogue};

use super::bounds::Bounds;
use super::expiry;
use crate::{Values, seen, words};

/// The most selected repositories that are told by name where somebody else changed them.
const NAMED: usize = 20;

/// Which repositories, in the form's words.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Which {
    #[default]
    Public,
    All,
    Selected,
}

impl Which {
    pub(crate) const fn word(self) -> &'static str {
        match self {
            Self::Public => "public",
            Self::All => "all",
            Self::Selected => "selected",
        }
    }

    const fn title(self) -> &'static str {
        match self {
            Self::Public => "Public repositories",
            Self::All => "All repositories",
            Self::Selected => "Only selected repositories",
        }
    }

    fn parse(word: &str) -> Self {
        match word {
            "" | "public" => Self::Public,
            "all" => Self::All,
            // With a word that is none the named ones count, so that none is silently left out.
            _ => Self::Selected,
        }
    }
}

/// What can't be left open once it was begun.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Missing {
    Nothing,
    /// Selected ones, and none is.
    Repositories,
    /// A date, and none is chosen.
    Date,
}

/// What a form holds.
#[derive(Clone, Debug, Default)]
pub(crate) struct Draft {
    pub(crate) name: String,
    pub(crate) description: String,
    /// Empty: oneself.
    pub(crate) owner: String,
    pub(crate) justification: String,
    /// Days, `none`, or `date`; empty: the owner's default.
    pub(crate) expires: String,
    /// Where `date` is chosen.
    pub(crate) expires_at: String,
    pub(crate) which: Which,
    /// `owner/name`: all that are selected, in boxes and in the text.
    pub(crate) repositories: BTreeSet<String>,
    /// Those that stand in a text, one a line, as it was typed.
    pub(crate) rest: String,
    /// Packages by name, one a line, as they were typed; nothing: those of the repositories.
    pub(crate) packages: String,
    /// Of which owner they were chosen; empty: not said.
    pub(crate) chosen_of: String,
    /// Level words by key; `none` left out.
    pub(crate) permissions: BTreeMap<String, String>,
    /// Under which conditions.
    pub(crate) bounds: Bounds,
    /// What repositories are searched for.
    pub(crate) search: String,
    /// The owner is the reader: nobody reads why the access is needed, and what was typed waits for another owner.
    pub(crate) own: bool,
    /// It comes from a prefilled link.
    pub(crate) linked: bool,
    /// It was sent to be made or saved, and had faults: they are told at the top until there are none.
    pub(crate) sent: bool,
    /// The form asked why the access is needed: `no`, where it said that nobody has to approve it.
    pub(crate) asks: String,
}

/// A form's field for a permission begins so.
pub(crate) const PERMISSION: &str = "permission.";

/// Selected repositories that have a box each. A thousand boxes would be a page of 200 KB, fetched again at each change;
/// as a text they are 30 KB, and more easily read.
const BOXES: usize = 100;

fn lines(text: &str) -> impl Iterator<Item = &str> {
    text.lines().map(str::trim).filter(|line| !line.is_empty())
}

impl Draft {
    /// From a form.
    pub(crate) fn from_form(form: &[(String, String)]) -> Self {
        let mut draft = Self::default();
        for (name, value) in form {
            let text = value.clone();
            match name.as_str() {
                "name" => draft.name = text,
                "description" => draft.description = text,
                "owner" => draft.owner = text,
                "justification" => draft.justification = text,
                "expires" => draft.expires = text,
                "expires_at" => draft.expires_at = text,
                "which" => draft.which = Which::parse(value),
                "search" => draft.search = text,
                "sent" => draft.sent = value == "yes",
                "asks" => draft.asks = text,
                "repository" => {
                    draft.repositories.insert(text);
                }
                "repositories" => {
                    draft.repositories.extend(lines(value).map(str::to_owned));
                    draft.rest = text;
                }
                "packages" => draft.packages = text,
                "repositories_of" => draft.chosen_of = text,
                _ => {
                    if let Some(key) = name.strip_prefix(PERMISSION)
                        && !matches!(value.as_str(), "" | "none")
                    {
                        draft.permissions.insert(key.to_owned(), text);
                    }
                    draft.bounds.take(name, value);
                }
            }
        }
        draft
    }

    /// From a prefilled link (`semantics` section 3): it only fills in the form.
    pub(crate) fn from_link(query: &[(String, String)]) -> Self {
        let mut draft = Self {
            linked: true,
            ..Self::default()
        };
        let mut says_which = false;
        for (name, value) in query {
            let text = value.clone();
            match name.as_str() {
                "name" => draft.name = text,
                "description" => draft.description = text,
                "target_name" => draft.owner = text,
                "expires_in" => draft.expires = text,
                "repositories" => {
                    says_which = true;
                    draft.which = match value.as_str() {
                        "all" => Which::All,
                        "public" => Which::Public,
                        _ => Which::Selected,
                    };
                    if draft.which == Which::Selected {
                        let names = value.split(',').map(str::trim).filter(|n| !n.is_empty());
                        draft.repositories.extend(names.map(str::to_owned));
                    }
                }
                // One that is asked for and not there is told, as a fault of the permissions.
                _ if catalogue().any(|permission| permission.key == name)
                    || matches!(value.as_str(), "read" | "write" | "admin") =>
                {
                    draft.permissions.insert(name.clone(), text);
                }
                // Parameters that others add to links, of campaigns and the like.
                _ => {}
            }
        }
        // A token for public repositories takes no permission: the person is led to choose some.
        if !says_which && !draft.permissions.is_empty() {
            draft.which = Which::Selected;
        }
        draft
    }

    /// From a token, to be changed or made once more.
    pub(crate) fn from_token(view: &TokenView) -> Self {
        let wanted = &view.row.wanted;
        Self {
            name: view.row.name.clone(),
            description: view.row.description.clone(),
            owner: view.owner.0.clone(),
            justification: view.row.justification.clone(),
            expires: match view.expiry() {
                Some(Expiry::Never) => "none".to_owned(),
                _ => String::new(),
            },
            expires_at: String::new(),
            which: match &wanted.selection {
                Selection::Public => Which::Public,
                Selection::All => Which::All,
                Selection::Only(_) => Which::Selected,
            },
            repositories: view.repositories(&wanted.selection).into_iter().collect(),
            rest: String::new(),
            packages: view.packages(wanted).join("\n"),
            chosen_of: String::new(),
            permissions: wanted
                .permissions
                .iter()
                .map(|(key, level)| (key.name().to_owned(), level.name().to_owned()))
                .collect(),
            bounds: Bounds::of(&wanted.conditions),
            search: String::new(),
            own: false,
            linked: false,
            sent: false,
            asks: String::new(),
        }
    }

    /// What was begun and not chosen yet.
    pub(crate) fn missing(&self) -> Missing {
        if self.which == Which::Selected && self.repositories.is_empty() {
            Missing::Repositories
        } else if self.expires == "date" && self.expires_at.is_empty() {
            Missing::Date
        } else {
            Missing::Nothing
        }
    }

    /// Whether a repository is selected.
    pub(crate) fn has(&self, full_name: &str) -> bool {
        let mut names = self.repositories.iter();
        names.any(|name| name.eq_ignore_ascii_case(full_name))
    }

    fn repositories_wish(&self) -> RepositoriesWish {
        match self.which {
            Which::Public | Which::All => RepositoriesWish::Word(self.which.word().to_owned()),
            Which::Selected => RepositoriesWish::Names(self.repositories.iter().cloned().collect()),
        }
    }

    fn packages_wish(&self) -> PackagesWish {
        let mut names = lines(&self.packages).map(str::to_owned).peekable();
        if names.peek().is_none() {
            PackagesWish::Word("by_repository".to_owned())
        } else {
            PackagesWish::Names(names.collect())
        }
    }

    /// As the use case takes it; or what of the conditions can't be read.
    pub(crate) fn wish(&self) -> Result<NewToken, AppError> {
        Ok(NewToken {
            conditions: self.bounds.read()?,
            ..self.glance()
        })
    }

    /// As it is looked at while it is filled in: where the conditions can't be read, without them.
    pub(crate) fn glance(&self) -> NewToken {
        let (expires_in, expires_at) = expiry::wish(&self.expires, &self.expires_at);
        NewToken {
            name: self.name.clone(),
            description: self.description.clone(),
            owner: (!self.owner.is_empty()).then(|| self.owner.clone()),
            justification: if self.own {
                String::new()
            } else {
                self.justification.clone()
            },
            expires_in,
            expires_at,
            repositories: Some(self.repositories_wish()),
            packages: Some(self.packages_wish()),
            permissions: self.permissions.clone(),
            conditions: self.bounds.read().unwrap_or_default(),
        }
    }

    /// What a change is made from: everything that its form holds.
    pub(crate) fn values(&self) -> Values {
        let mut values = seen::values([
            ("Token name", self.name.clone()),
            ("Description", self.description.clone()),
            ("Justification", self.justification.clone()),
            ("Repository access", self.which.title().to_owned()),
            ("Packages by name", self.packages.clone()),
        ]);
        values.extend(self.picked());
        let held = catalogue().filter_map(|permission| {
            let level = Level::parse(self.permissions.get(permission.key)?)?;
            Some((permission.full_title(), words::level(level).to_owned()))
        });
        values.extend(held);
        values.extend(self.bounds.values());
        values
    }

    /// The selected repositories: each by name, or where they are many, their number and a mark of which, so that what goes
    /// with the form stays small.
    fn picked(&self) -> Values {
        let names = &self.repositories;
        if names.len() <= NAMED {
            let chosen = |name: &String| seen::chosen(format!("Repository {name}"));
            return names.iter().map(chosen).collect();
        }
        let mut mark = DefaultHasher::new();
        names.hash(&mut mark);
        let which = format!("{} ({:08x})", names.len(), mark.finish() & 0xffff_ffff);
        seen::values([("Selected repositories", which)])
    }

    /// Whether the same repositories are chosen.
    pub(crate) fn reaches_as(&self, other: &Self) -> bool {
        let names = |draft: &Self| -> BTreeSet<String> {
            let lower = |name: &String| name.to_ascii_lowercase();
            draft.repositories.iter().map(lower).collect()
        };
        self.which == other.which && (self.which != Which::Selected || names(self) == names(other))
    }

    /// As the use case takes a change of the token that `now` was filled from: everything that the form holds. Repositories
    /// that are the same are left alone: the form names only those that the person sees.
    pub(crate) fn edit(&self, now: &Self) -> Result<TokenEdit, AppError> {
        Ok(TokenEdit {
            name: Some(self.name.clone()),
            description: Some(self.description.clone()),
            justification: Some(self.justification.clone()),
            repositories: (!self.reaches_as(now)).then(|| self.repositories_wish()),
            packages: Some(self.packages_wish()),
            permissions: Some(self.permissions.clone()),
            conditions: Some(self.bounds.read()?),
        })
    }

    /// The selected repositories that are shown as boxes; where they are too many, the others move to the text.
    pub(crate) fn boxes(&mut self) -> Vec<String> {
        let typed: BTreeSet<&str> = lines(&self.rest).collect();
        let mut boxes: Vec<String> = self
            .repositories
            .iter()
            .filter(|name| !typed.contains(name.as_str()))
            .cloned()
            .collect();
        for name in boxes.split_off(boxes.len().min(BOXES)) {
            if !self.rest.is_empty() && !self.rest.ends_with('\n') {
                self.rest.push('\n');
            }
            self.rest.push_str(&name);
        }
        boxes
    }

    /// Names the repositories in full, and leaves out what can't go with the owner that was chosen: with another owner
    /// the choices of the one before would be faults that nobody made.
    pub(crate) fn fit(&mut self, owner: &str, organization: bool) {
        let prefix = format!("{}/", owner.to_ascii_lowercase());
        let fits =
            |name: &str| !name.contains('/') || name.to_ascii_lowercase().starts_with(&prefix);
        // What one types for this owner is not taken away while it is typed: it is a fault, and stays.
        if self.rest.is_empty() || !self.chosen_of.eq_ignore_ascii_case(owner) {
            self.repositories.retain(|name| fits(name));
            let kept: Vec<&str> = lines(&self.rest).filter(|name| fits(name)).collect();
            self.rest = kept.join("\n");
        }
        if !self.chosen_of.eq_ignore_ascii_case(owner) {
            let scope = format!("@{prefix}");
            let kept: Vec<&str> = lines(&self.packages)
                .filter(|name| {
                    !name.starts_with('@') || name.to_ascii_lowercase().starts_with(&scope)
                })
                .collect();
            self.packages = kept.join("\n");
        }
        let typed: BTreeSet<&str> = lines(&self.rest).collect();
        let full = |name: &String| {
            if name.contains('/') || typed.contains(name.as_str()) {
                name.clone()
            } else {
                format!("{owner}/{name}")
            }
        };
        self.repositories = self.repositories.iter().map(full).collect();
        if self.linked {
            // What a link asks for in vain is said beside the permissions.
            return;
        }
        let other = if organization {
            Scope::Account
        } else {
            Scope::Organization
        };
        self.permissions.retain(|key, _| {
            !catalogue().any(|permission| permission.key == key && permission.scope == other)
        });
    }
}

#[cfg(test)]
mod tests {
    use jeton_app::tokens::ExpiryWish;

    use super::*;

    fn pairs(list: &[(&str, &str)]) -> Vec<(String, String)> {
        let own = |(a, b): &(&str, &str)| ((*a).to_owned(), (*b).to_owned());
        list.iter().map(own).collect()
    }

    #[test]
    fn a_link_fills_in_what_it_names_and_nothing_else() {
        let draft = Draft::from_link(&pairs(&[
            ("name", "ci"),
            ("target_name", "alta3"),
            ("expires_in", "90"),
            ("contents", "read"),
            ("repositories", "alta3/labs, enchilada"),
            ("utm_source", "x"),
            ("csrf", "x"),
        ]));
        assert_eq!(draft.owner, "alta3");
        assert_eq!(draft.which, Which::Selected);
        assert_eq!(draft.repositories.len(), 2);
        assert_eq!(draft.permissions.len(), 1);
        let wish = draft.wish().unwrap();
        assert!(matches!(wish.expires_in, Some(ExpiryWish::Days(90))));
    }

    #[test]
    fn what_is_not_chosen_is_not_sent_and_another_owners_choices_fall() {
        let mut draft = Draft::from_form(&pairs(&[
            ("permission.contents", "read"),
            ("permission.members", "none"),
            ("permission.profile", "write"),
            ("repository", "Alta3/labs"),
            ("repository", "ada/own"),
            ("which", "selected"),
        ]));
        assert_eq!(draft.permissions.len(), 2);
        draft.fit("alta3", true);
        assert_eq!(
            draft.repositories.iter().collect::<Vec<_>>(),
            ["Alta3/labs"]
        );
        assert!(!draft.permissions.contains_key("profile"));
    }
}
