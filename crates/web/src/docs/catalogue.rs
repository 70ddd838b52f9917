//! Every operation with its routes, in the order of its name: what the doors enforce, put into words.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use jeton_api::examples;
use jeton_app::Door;
use jeton_domain::{CredentialKind, Operation};
use jeton_http::{Route, SITE, Table};

use crate::links::fits;

/// An operation, and where it is asked for.
#[derive(Debug)]
pub(super) struct Entry {
    pub(super) operation: &'static Operation,
    routes: Vec<(&'static Table, &'static Route)>,
    /// What a search looks through: name, sentence, ways and permissions, in small letters.
    searched: String,
}

/// Who may call an operation, for people who look for one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Caller {
    /// Anybody, with nothing.
    Anybody,
    /// A fine-grained token.
    Token,
    /// A person's own sign-in, and nothing less.
    SignIn,
}

impl Caller {
    pub(super) const ALL: [Self; 3] = [Self::Token, Self::SignIn, Self::Anybody];

    pub(super) const fn word(self) -> &'static str {
        match self {
            Self::Anybody => "anybody",
            Self::Token => "token",
            Self::SignIn => "sign-in",
        }
    }

    pub(super) const fn title(self) -> &'static str {
        match self {
            Self::Anybody => "Anybody, without a credential",
            Self::Token => "A fine-grained token",
            Self::SignIn => "A person's sign-in only",
        }
    }

    pub(super) fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|caller| caller.word() == word)
    }

    pub(super) fn may(self, operation: &Operation) -> bool {
        let anybody = operation.reads_public || operation.least == jeton_domain::Least::Anyone;
        match self {
            Self::Anybody => anybody,
            Self::Token => open_to_tokens(operation),
            Self::SignIn => !anybody && !open_to_tokens(operation),
        }
    }
}

/// Whether some fine-grained token may call it.
pub(super) fn open_to_tokens(operation: &Operation) -> bool {
    operation.kinds.has(CredentialKind::FineGrained) && !operation.sets.is_empty()
}

static ALL: LazyLock<Vec<Entry>> = LazyLock::new(|| {
    let mut by_name: BTreeMap<&str, Entry> = BTreeMap::new();
    for table in [&SITE, &jeton_git::TABLE]
        .into_iter()
        .chain(jeton_api::TABLES.iter().copied())
    {
        for route in table.routes {
            by_name
                .entry(route.operation.name)
                .or_insert_with(|| Entry {
                    operation: route.operation,
                    routes: Vec::new(),
                    searched: String::new(),
                })
                .routes
                .push((table, route));
        }
    }
    let mut all: Vec<Entry> = by_name.into_values().collect();
    for entry in &mut all {
        entry.searched = entry.said().to_lowercase();
    }
    all
});

/// All of them.
pub(super) fn all() -> &'static [Entry] {
    &ALL
}

/// The one of that name.
pub(super) fn find(name: &str) -> Option<&'static Entry> {
    ALL.iter().find(|entry| entry.operation.name == name)
}

impl Entry {
    /// Methods and paths.
    pub(super) fn ways(&self) -> Vec<Way> {
        self.routes
            .iter()
            .map(|(table, route)| Way::of(table, route))
            .collect()
    }

    /// The first way, for a list.
    pub(super) fn way(&self) -> String {
        self.routes
            .first()
            .map_or_else(String::new, |(table, route)| {
                format!("{} {}", route.method.name(), path(table, route))
            })
    }

    /// Sets of permissions in words: `contents: read and metadata: read`.
    pub(super) fn sets(&self) -> Vec<String> {
        self.operation
            .sets
            .iter()
            .map(|set| {
                set.iter()
                    .map(|need| format!("{}: {}", need.key, need.level.name()))
                    .collect::<Vec<_>>()
                    .join(" and ")
            })
            .collect()
    }

    /// Whether it takes this permission, at whatever level.
    pub(super) fn takes(&self, key: &str) -> bool {
        self.operation
            .sets
            .iter()
            .flat_map(|set| set.iter())
            .any(|need| need.key == key)
    }

    /// Kinds of credentials at this door, for people.
    pub(super) fn kinds(&self) -> Vec<&'static str> {
        CredentialKind::ALL
            .into_iter()
            // A session opens pages and nothing else.
            .filter(|kind| *kind != CredentialKind::Session && self.operation.kinds.has(*kind))
            .map(CredentialKind::title)
            .collect()
    }

    fn said(&self) -> String {
        let mut said = format!("{} {}", self.operation.name, self.operation.sentence);
        for (table, route) in &self.routes {
            said = format!("{said} {} {}", route.method.name(), path(table, route));
        }
        format!("{said} {}", self.sets().join(" "))
    }

    /// Whether all these words, folded, stand somewhere in what is said of it.
    pub(super) fn is_about(&self, words: &[String]) -> bool {
        let at = |word: &String| {
            // With a server before it or without.
            let path = match word.split_once("://") {
                Some((_, rest)) => rest.find('/').and_then(|at| rest.get(at..)),
                None => Some(word.as_str()),
            };
            let path = path.filter(|path| path.starts_with('/'));
            let mut routes = self.routes.iter();
            path.is_some_and(|path| routes.any(|(table, route)| is_at(table, route, path)))
        };
        words
            .iter()
            .all(|word| self.searched.contains(word) || at(word))
    }
}

/// Whether an address as it stands in a log, with its prefix or without, is the route's.
fn is_at(table: &Table, route: &Route, address: &str) -> bool {
    let path = address.split_once('?').map_or(address, |(path, _)| path);
    let mut prefixes = table.prefixes.iter();
    fits(route.path, path)
        || prefixes.any(|prefix| {
            path.strip_prefix(prefix)
                .is_some_and(|rest| fits(route.path, rest))
        })
}

/// Where a route is asked for.
fn path(table: &Table, route: &Route) -> String {
    let prefix = table.prefixes.first().copied().unwrap_or_default();
    let selector = route
        .selector
        .map_or_else(String::new, |(name, value)| format!("?{name}={value}"));
    format!("{prefix}{}{selector}", route.path)
}

/// One way to ask for an operation.
#[derive(Debug)]
pub(super) struct Way {
    pub(super) method: &'static str,
    pub(super) path: String,
    pub(super) example: String,
    pub(super) parameters: Vec<Part>,
    pub(super) fields: Vec<Part>,
    pub(super) status: u16,
    pub(super) shape: &'static str,
    /// What an answer holds, in words.
    pub(super) answer: String,
}

/// A field or parameter.
#[derive(Debug)]
pub(super) struct Part {
    pub(super) name: &'static str,
    pub(super) takes: String,
    pub(super) needed: bool,
    pub(super) sentence: &'static str,
}

impl Way {
    fn of(table: &Table, route: &Route) -> Self {
        let part = |field: &jeton_http::Field| Part {
            name: field.name,
            takes: field.form.to_string(),
            needed: field.required,
            sentence: field.sentence,
        };
        Self {
            method: route.method.name(),
            path: path(table, route),
            example: match table.door {
                Door::Api | Door::Git | Door::Npm => examples::example(table, route).command,
                Door::Web | Door::Admin => String::new(),
            },
            parameters: route.parameters().map(part).collect(),
            fields: route.body.iter().chain(route.settled).map(part).collect(),
            status: route.answer.0,
            shape: route.answer.1,
            answer: examples::answer(route.operation.name)
                .unwrap_or_default()
                .to_owned(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_operation_of_the_network_stands_in_the_reference() {
        let tables = [&SITE, &jeton_git::TABLE]
            .into_iter()
            .chain(jeton_api::TABLES.iter().copied());
        for route in tables.flat_map(|table| table.routes) {
            let entry = find(route.operation.name).unwrap();
            assert!(entry.operation.sentence.ends_with('.'));
            assert!(
                entry.ways().iter().all(|way| !way.example.is_empty()),
                "{}",
                route.operation.name
            );
        }
    }

    #[test]
    fn words_are_found_wherever_they_stand() {
        let found = |words: &[&str]| {
            let words: Vec<String> = words.iter().map(|word| (*word).to_owned()).collect();
            all().iter().filter(|entry| entry.is_about(&words)).count()
        };
        assert_eq!(found(&[]), all().len());
        assert!(found(&["contents: write"]) >= 1);
        assert!(found(&["rotate"]) >= 1);
        assert_eq!(found(&["rotate", "nonsense"]), 0);
        // An address as it stands in a log.
        for address in [
            "/orgs/alta3/members",
            "/api/v3/orgs/alta3/members",
            "/api/v3/orgs/alta3/members?page=2",
            "http://localhost:8377/api/v3/orgs/alta3/members",
        ] {
            assert_eq!(found(&[address]), 1, "{address}");
        }
        assert_eq!(found(&["/orgs/alta3/nothing"]), 0);
    }
}
