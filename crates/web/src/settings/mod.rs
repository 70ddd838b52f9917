//! A person's own settings: the menu beside every page of theirs, and the profile.

pub(crate) mod emails;
pub(crate) mod notices;
mod profile;
mod security;
mod sessions;

use jeton_http::Route;

use crate::tokens::{CLASSIC, FINE_GRAINED, entry};

/// An entry of the menu.
#[derive(Debug)]
pub(crate) struct Item {
    pub(crate) path: &'static str,
    pub(crate) title: &'static str,
    /// Under 'Developer settings'.
    pub(crate) developer: bool,
}

impl Item {
    /// Whether it leads to this page.
    pub(crate) fn is_at(&self, path: &str) -> bool {
        self.path == path
    }
}

const fn item(path: &'static str, title: &'static str) -> Item {
    Item {
        path,
        title,
        developer: false,
    }
}

/// The menu.
pub(crate) const MENU: &[Item] = &[
    item("/settings/profile", "Profile"),
    item(emails::PATH, "E-mail"),
    item("/settings/security", "Password and authentication"),
    item("/settings/sessions", "Sessions"),
    item(crate::oidc::PATH, "Connected accounts"),
    item(crate::oauth::consents::PATH, "Applications"),
    item(notices::PATH, "Notifications"),
    item("/settings/organizations", "Organizations"),
    item("/settings/repositories", "Repositories"),
    item(crate::secrets::OWN, "Secrets for jobs"),
    item("/settings/security-log", "Security log"),
    Item {
        developer: true,
        ..item(entry::PATH, "Personal access tokens")
    },
    Item {
        developer: true,
        ..item(FINE_GRAINED.root, FINE_GRAINED.title)
    },
    Item {
        developer: true,
        ..item(CLASSIC.root, CLASSIC.title)
    },
    Item {
        developer: true,
        ..item(crate::oauth::registered::OWN, "OAuth applications")
    },
];

pub(crate) static ROUTES: &[Route] = profile::ROUTES;
pub(crate) static SECURITY: &[Route] = security::ROUTES;
pub(crate) static SESSIONS: &[Route] = sessions::ROUTES;
