//! What a classic token would be, said while one chooses and on its page.

use jeton_app::tokens::{ClassicForeseen, ClassicPreview};
use jeton_domain::{Overview, Permissions, Scopes};

use super::scopes::listed;
use crate::links::encoded;
use crate::words;

/// What such a token reaches, who refuses it, and what would do instead.
#[derive(Debug)]
pub(super) struct Prospect {
    pub(super) overview: Option<Overview>,
    /// Owners that refuse it, each with the reason.
    pub(super) refusing: Vec<(String, String)>,
    /// Scopes of it that open nothing on this server.
    pub(super) idle: String,
    /// A fine-grained token that comes near.
    pub(super) nearest: Option<Nearest>,
}

/// The form of a fine-grained token, filled in.
#[derive(Debug)]
pub(super) struct Nearest {
    pub(super) owner: String,
    /// `contents: write, metadata: read`.
    pub(super) permissions: String,
    pub(super) href: String,
}

impl Prospect {
    /// Of one that is not made yet; `name` and `expires` as the form has them.
    pub(super) fn of_preview(preview: &ClassicPreview, name: &str, expires: &str) -> Self {
        Self::new(
            preview.overview.clone(),
            &preview.refusing,
            preview.scopes,
            Nearest::new(&preview.nearest, name, expires),
        )
    }

    /// Of one that is there, or of what a change makes of it.
    pub(super) fn of_token(foreseen: &ClassicForeseen, name: &str) -> Self {
        Self::new(
            Some(foreseen.overview.clone()),
            &foreseen.refusing,
            foreseen.scopes,
            Nearest::new(&foreseen.nearest, name, ""),
        )
    }

    fn new(
        overview: Option<Overview>,
        refusing: &[(String, String)],
        scopes: Scopes,
        nearest: Option<Nearest>,
    ) -> Self {
        Self {
            overview,
            refusing: refusing
                .iter()
                .map(|(owner, sentence)| (owner.clone(), words::quoted(sentence)))
                .collect(),
            idle: listed(idle(scopes)),
            nearest,
        }
    }
}

/// Those that open nothing here, nor anything within them.
fn idle(scopes: Scopes) -> Scopes {
    let idle: Vec<_> = scopes
        .normalised()
        .filter(|entry| !entry.used)
        .map(|entry| entry.scope)
        .collect();
    Scopes::of(&idle, 0)
}

impl Nearest {
    /// None where the scopes open nothing that a permission opens.
    fn new(nearest: &(String, Permissions), name: &str, expires: &str) -> Option<Self> {
        let (owner, permissions) = nearest;
        if permissions.is_empty() {
            return None;
        }
        let levels: Vec<(&str, &str)> = permissions
            .iter()
            .map(|(key, level)| (key.name(), level.name()))
            .collect();
        let mut query = vec![("target_name", owner.as_str())];
        query.extend(
            [("name", name), ("expires_in", expires)]
                .into_iter()
                .filter(|(_, value)| !matches!(*value, "" | "date")),
        );
        // It comes with the others and can't be asked for.
        query.extend(levels.iter().copied().filter(|(key, _)| *key != "metadata"));
        let query: Vec<String> = query
            .into_iter()
            .map(|(name, value)| format!("{name}={}", encoded(value)))
            .collect();
        Some(Self {
            owner: owner.clone(),
            permissions: levels
                .iter()
                .map(|(key, level)| format!("{key}: {level}"))
                .collect::<Vec<_>>()
                .join(", "),
            href: format!("{}?{}", super::super::new::PATH, query.join("&")),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_nearest_is_a_link_that_fills_in_the_other_form() {
        let nearest = ("acme".to_owned(), Scopes::parse("repo").unwrap().nearest());
        let found = Nearest::new(&nearest, "a & b", "90").unwrap();
        assert_eq!(
            found.href,
            "/settings/personal-access-tokens/new?target_name=acme&name=a%20%26%20b&expires_in=90&administration=write&contents=write"
        );
        assert_eq!(
            found.permissions,
            "administration: write, contents: write, metadata: read"
        );
        let none = ("acme".to_owned(), Permissions::none());
        assert!(Nearest::new(&none, "a", "date").is_none());
    }

    #[test]
    fn what_opens_nothing_is_named_and_the_rest_is_not() {
        let scopes = Scopes::parse("repo gist write:packages").unwrap();
        assert_eq!(listed(idle(scopes)), "gist");
    }
}
