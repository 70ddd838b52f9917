//! What repositories and packages have in common: an owner, a visibility, roles, and a repository by which tokens and jobs
//! reach it.

use jeton_domain::{Grant, RepositoryId, RoleSources, Selection, Visibility};

use crate::facts::{OwnerFacts, PackageLink, Target};

/// A repository, or a package.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Thing<'a> {
    /// Of a package.
    name: Option<&'a str>,
    pub(crate) link: PackageLink,
    pub(crate) owner: OwnerFacts<'a>,
    pub(crate) visibility: Visibility,
    pub(crate) sources: RoleSources,
}

/// The repository or package that a target is.
pub(crate) fn thing<'a>(target: &Target<'a>) -> Option<Thing<'a>> {
    match target {
        Target::Repository(repository) => Some(Thing {
            name: None,
            link: PackageLink::Repository(repository.id),
            owner: repository.owner,
            visibility: repository.visibility,
            sources: repository.sources,
        }),
        Target::Package(package) => Some(Thing {
            name: Some(package.name),
            link: package.link,
            owner: package.owner,
            visibility: package.visibility,
            sources: package.sources,
        }),
        Target::Site | Target::Own(_) | Target::Organization(_) | Target::Missing => None,
    }
}

/// The account whose things a target is about.
pub(crate) fn owner<'a>(target: &Target<'a>) -> Option<OwnerFacts<'a>> {
    match target {
        Target::Organization(organization) => Some(organization.owner),
        Target::Repository(repository) => Some(repository.owner),
        Target::Package(package) => Some(package.owner),
        Target::Site | Target::Own(_) | Target::Missing => None,
    }
}

impl Thing<'_> {
    /// Whether it is, or belongs to, the repository of a job.
    pub(crate) fn is_of(&self, own: RepositoryId) -> bool {
        match self.link {
            PackageLink::Nothing => false,
            PackageLink::Repository(id) => own == id,
            PackageLink::Unsaid => true,
        }
    }

    /// Whether a token reaches it: a package by its name where the token names packages, all else by repositories.
    pub(crate) fn selected_by(&self, grant: &Grant) -> bool {
        if let (Some(name), Some(named)) = (self.name, grant.packages.names()) {
            return named.contains(name);
        }
        match (self.link, &grant.selection) {
            (PackageLink::Repository(id), selection) => selection.covers(id),
            (PackageLink::Unsaid, Selection::Only(chosen)) => !chosen.is_empty(),
            (PackageLink::Nothing | PackageLink::Unsaid, selection) => *selection == Selection::All,
        }
    }
}
