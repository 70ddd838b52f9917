//! What stands around pages that are the same below the settings of an organization, of a repository, and one's own.

use jeton_app::{AppError, Named};

use crate::review::Menu;
use crate::{Visit, repositories};

/// The menu of an organization, the head of a repository, the menu of one's own settings, or that of the site's administration.
#[derive(Debug)]
pub(crate) struct Around {
    pub(crate) menu: Option<Menu>,
    pub(crate) head: Option<repositories::Head>,
    /// Which of one's own settings this is.
    pub(crate) own: Option<&'static str>,
    /// Which of the site's pages this is.
    pub(crate) site: Option<&'static str>,
    /// The address of the first of these pages.
    pub(crate) root: String,
    /// Whose settings they are.
    pub(crate) home: Named,
}

impl Around {
    /// Around the pages at `below`, such as `/hooks`, in the settings of what the path names. `own`: where they are among
    /// one's own.
    pub(crate) fn of(
        visit: &Visit<'_>,
        below: &'static str,
        own: &'static str,
    ) -> Result<Self, AppError> {
        if matches!(visit.call.named, Named::Own) {
            return Ok(Self::own(own));
        }
        if matches!(visit.call.named, Named::Repository(..)) {
            let tab = below.trim_start_matches('/');
            let head = repositories::Head::from(&repositories::view(visit)?, tab);
            return Ok(Self {
                root: format!("/{}/settings{below}", head.full_name()),
                home: Named::Repository(head.owner.clone(), head.name.clone()),
                menu: None,
                head: Some(head),
                own: None,
                site: None,
            });
        }
        let menu = Menu::of(visit, below)?;
        Ok(Self {
            root: menu.path(below),
            home: Named::Organization(menu.org.clone()),
            menu: Some(menu),
            head: None,
            own: None,
            site: None,
        })
    }

    /// Around a page among one's own settings.
    pub(crate) fn own(path: &'static str) -> Self {
        Self {
            menu: None,
            head: None,
            own: Some(path),
            site: None,
            root: path.to_owned(),
            home: Named::Own,
        }
    }

    /// Around a page of the site's administration.
    pub(crate) fn site(path: &'static str) -> Self {
        Self {
            own: None,
            site: Some(path),
            home: Named::Site,
            ..Self::own(path)
        }
    }

    /// The address of another page of the organization's settings.
    pub(crate) fn settings(&self, below: &str) -> String {
        self.menu
            .as_ref()
            .map_or_else(|| self.root.clone(), |menu| menu.path(below))
    }

    /// What people call it.
    pub(crate) fn name(&self) -> String {
        match &self.home {
            Named::Repository(owner, name) => format!("{owner}/{name}"),
            Named::Organization(org) => org.clone(),
            // No page is called by a number, nor is one kept in a package.
            Named::Package(..)
            | Named::NewPackage(..)
            | Named::Site
            | Named::Own
            | Named::OrganizationNumber(_)
            | Named::RepositoryNumber(_) => String::new(),
        }
    }
}
