//! Publishing a version: what came in is checked by the door, and decided, written down and kept here.

use std::collections::BTreeMap;

use jeton_decide::{PackageLink, Status};
use jeton_domain::{Event, PackageId, Role, UserId, Visibility, is_package_tag};
use jeton_repo::{Incoming, PackageFileError};
use jeton_store::package_versions::NewVersion;
use jeton_store::packages::NewPackage;
use jeton_store::{ReadUnit, WriteUnit, package_roles, package_versions, packages, places};

use super::operations::{PUBLISH, SET_VISIBILITY};
use super::{RESOURCE, changed, link};
use crate::app::App;
use crate::authorize::Acting;
use crate::call::Call;
use crate::error::AppError;
use crate::package_place::{Package, link as link_of};
use crate::place::Place;

/// Versions of one package, those that are there.
const MOST_VERSIONS: i64 = 5_000;
/// Characters of the documents of all versions of one package together: they are shown in one answer.
const MOST_MANIFESTS: i64 = 32 << 20;
/// Tags of one package.
const MOST_TAGS: usize = 100;

/// A version as its publisher sent it. What it says of its own file was compared with the file.
#[derive(Debug)]
pub struct Publication {
    /// Its number.
    pub version: String,
    /// The document of the version, as JSON: what stands in its package.json, and what was put beside that.
    pub manifest: String,
    /// The repository that the document names.
    pub repository: Option<String>,
    /// Why it should not be used, from the start.
    pub deprecated: Option<String>,
    /// What it says of itself.
    pub readme: String,
    /// The tags that are to lead to it.
    pub tags: Vec<String>,
    /// Who is to see it without a role, where the publisher says so.
    pub access: Option<Visibility>,
    /// Signatures of where it was built, as JSON.
    pub attestations: Option<String>,
    /// The file.
    pub file: Incoming,
    /// SHA-512 of the file in hexadecimal.
    pub digest: String,
    /// SHA-512 of the file as npm writes it.
    pub integrity: String,
    /// SHA-1 of the file in hexadecimal.
    pub shasum: String,
    /// Size of the file.
    pub bytes: u64,
}

/// What was published.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Published {
    /// The package.
    pub id: PackageId,
    /// `@owner/name`.
    pub name: String,
    /// It was made by this.
    pub first: bool,
}

/// Begins to take a file in, from whoever may publish there as far as the path alone tells.
pub fn receive(app: &App, call: &Call) -> Result<Incoming, AppError> {
    let (permit, _) = app.permit(call)?;
    app.data()
        .receive_package_file(&permit)
        .map_err(|error| file_fault(&error))
}

pub(super) fn file_fault(error: &PackageFileError) -> AppError {
    if error.is_full() {
        AppError::DataFull(error.to_string())
    } else {
        AppError::Data(error.to_string())
    }
}

/// Publishes a version.
pub fn publish(app: &App, call: &Call, new: &Publication) -> Result<Published, AppError> {
    app.write(call, |unit, acting| {
        let user = acting.user()?;
        let package = acting.package()?;
        let name = package.name.clone();
        let (id, made) = if let Some(id) = package.id {
            link::check(unit, acting, package, new.repository.as_deref())?;
            check_access(package, new.access)?;
            (id, None)
        } else {
            let (id, repository) = make(unit, acting, package, new, user)?;
            (id, Some(repository))
        };
        let first = made.is_some();
        let record = |event| {
            let record = acting.record(event).with("package_id", id.get());
            match made.iter().flatten().next() {
                Some(repository) => {
                    let name = format!("{}/{}", package.owner.login, repository.name);
                    record.repository(repository.id, &name)
                }
                None => record,
            }
        };
        if package_versions::was_given(unit, package.owner.id, &name, &new.version)? {
            return Err(AppError::conflict(
                "version_taken",
                format!(
                    "Version {} of `{}` was published before, and a version is never published twice, also where it was \
                     removed.",
                    new.version,
                    package.full_name()
                ),
            ));
        }
        room(unit, id, new)?;
        let bytes = i64::try_from(new.bytes).unwrap_or(i64::MAX);
        let version = NewVersion {
            version: &new.version,
            manifest: &new.manifest,
            attestations: new.attestations.as_deref(),
            deprecated: new.deprecated.as_deref(),
            digest: &new.digest,
            integrity: &new.integrity,
            shasum: &new.shasum,
            bytes,
            publisher: user,
        };
        package_versions::insert(unit, id, &version, acting.now)?;
        set_tags(unit, id, new)?;
        packages::set_readme(unit, id, &new.readme)?;
        changed(unit, acting, id, "package.published")?;
        if first {
            record(Event::PackagePublish).write(unit)?;
        }
        record(Event::PackageVersionPublish)
            .with("version", new.version.as_str())
            .with("integrity", new.integrity.as_str())
            .write(unit)?;
        // Last: what refuses comes before it. Where the commit fails, the file is nobody's, found by nobody, and swept later.
        app.data()
            .keep_package_file(&acting.permit, id, &new.digest, &new.file)
            .map_err(|error| file_fault(&error))?;
        Ok(Published {
            id,
            name: package.full_name(),
            first,
        })
    })
}

/// Why a package that belongs to no repository can't be made by who makes some.
fn homeless(app: &App, package: &Package) -> AppError {
    AppError::Forbidden(format!(
        "package.json names no repository of this server, and a package that belongs to none is made by members, with a token \
         for all repositories or for that package by name. Say where it belongs: `\"repository\": {{ \"type\": \"git\", \"url\": \
         \"git+{}/{}/NAME.git\" }}`.",
        app.public_url(),
        package.owner.login
    ))
}

/// Makes the package that a first version is of, once it is decided that it may be where it is to be; with the repository that
/// it belongs to.
fn make(
    unit: &mut WriteUnit<'_>,
    acting: &Acting<'_>,
    package: &Package,
    new: &Publication,
    user: UserId,
) -> Result<(PackageId, Option<places::RepositoryPlace>), AppError> {
    let repository = link::wanted(unit, acting, package, new.repository.as_deref())?;
    let mut place = settled(unit, acting, package, repository.as_ref())?;
    let member = place.sources.membership.is_some();
    acting
        .again_about(unit, &PUBLISH, &Place::Package(place.clone()))
        .map_err(|error| match error {
            AppError::Refused(refusal)
                if repository.is_none() && refusal.denial.status == Status::NotFound =>
            {
                homeless(acting.app, package)
            }
            other => other,
        })?;
    let visibility = if repository.is_some() {
        check_access(&place, new.access)?;
        Visibility::Private
    } else {
        let wanted = new.access.unwrap_or(Visibility::Private);
        if wanted != Visibility::Private {
            // What shows something to everybody takes what showing it later takes, which a member who makes it has.
            if member {
                place.sources.direct = place.sources.direct.max(Some(Role::Admin));
            }
            acting.again_about(unit, &SET_VISIBILITY, &Place::Package(place.clone()))?;
        }
        wanted
    };
    let new = NewPackage {
        owner: package.owner.id,
        name: &package.name,
        repository: repository.as_ref().map(|repository| repository.id),
        visibility,
        creator: user,
    };
    let id = packages::insert(unit, &new, acting.now)?;
    // Whoever is no member keeps the role that they were given, and no more.
    if repository.is_none() && member {
        package_roles::set_person(unit, id, user, Role::Admin, acting.now)?;
    }
    Ok((id, repository))
}

/// The package as it will be: of its repository, or of nobody but its owner, with what that gives the caller there. Members
/// may make a package where they may make a repository.
fn settled(
    unit: &mut ReadUnit<'_>,
    acting: &Acting<'_>,
    package: &Package,
    repository: Option<&places::RepositoryPlace>,
) -> Result<Package, AppError> {
    let known = acting.known();
    let own = settled_for(unit, package, repository, known.map(|known| known.user))?;
    let Some(other) = known.and_then(|known| known.within) else {
        return Ok(own);
    };
    // What was handed over makes what both may make.
    let other = settled_for(unit, package, repository, Some(other))?;
    match Place::Package(own).within(&Place::Package(other)) {
        Place::Package(both) => Ok(both),
        _ => Err(AppError::Missing("package")),
    }
}

fn settled_for(
    unit: &mut ReadUnit<'_>,
    package: &Package,
    repository: Option<&places::RepositoryPlace>,
    user: Option<UserId>,
) -> Result<Package, AppError> {
    let mut place = package.clone();
    place.link = link_of(repository);
    place.repository = repository.map(|repository| repository.name.clone());
    let roles = match (user, repository) {
        (Some(user), Some(repository)) => {
            place.visibility = repository.visibility;
            places::roles(unit, user, repository)?
        }
        (Some(user), None) => match places::owner_by_id(unit, package.owner.id)? {
            Some(owner) => package_roles::by_place(unit, user, &owner)?,
            None => places::Roles::default(),
        },
        // A job has the role of a job, and no other.
        (None, _) => places::Roles::default(),
    };
    place.sources = roles.sources;
    let makes = package.owner.policy.members_create_repositories;
    if repository.is_none() && roles.sources.membership.is_some() && makes {
        place.sources.direct = Some(Role::Write);
    }
    Ok(place)
}

/// A publisher who says who is to see the package is not answered with something else.
fn check_access(package: &Package, wanted: Option<Visibility>) -> Result<(), AppError> {
    let is = package.visibility;
    let fits = match wanted {
        None => true,
        Some(Visibility::Public) => is == Visibility::Public,
        Some(_) => is != Visibility::Public,
    };
    if fits {
        return Ok(());
    }
    let how = match package.link {
        PackageLink::Repository(_) => "as its repository is".to_owned(),
        PackageLink::Nothing | PackageLink::Unsaid => {
            format!(
                "until `npm access set status=… {}` says otherwise",
                package.full_name()
            )
        }
    };
    Err(AppError::Forbidden(format!(
        "The package is {}, {how}: publish it without `access`.",
        is.name()
    )))
}

fn room(unit: &mut ReadUnit<'_>, id: PackageId, new: &Publication) -> Result<(), AppError> {
    if package_versions::count(unit, id)? >= MOST_VERSIONS {
        return Err(AppError::Forbidden(format!(
            "The package has {MOST_VERSIONS} versions; remove some first."
        )));
    }
    let more = i64::try_from(new.manifest.len()).unwrap_or(i64::MAX);
    if package_versions::manifests(unit, id)?.saturating_add(more) > MOST_MANIFESTS {
        return Err(AppError::Forbidden(format!(
            "What the versions of the package say of themselves is more than {} MiB; remove some first.",
            MOST_MANIFESTS >> 20
        )));
    }
    Ok(())
}

/// The tags that lead to the new version. The first version is the latest, whatever it is called.
fn set_tags(unit: &mut WriteUnit<'_>, id: PackageId, new: &Publication) -> Result<(), AppError> {
    let now: BTreeMap<String, String> = package_versions::tags(unit, id)?;
    for tag in &new.tags {
        check_tag(tag)?;
        package_versions::tag(unit, id, tag, &new.version)?;
    }
    if now.is_empty() && !new.tags.iter().any(|tag| tag == "latest") {
        package_versions::tag(unit, id, "latest", &new.version)?;
    }
    check_room_for_tags(unit, id)
}

pub(super) fn check_tag(tag: &str) -> Result<(), AppError> {
    if is_package_tag(tag) {
        Ok(())
    } else {
        Err(AppError::invalid(
            RESOURCE,
            "tag",
            "must be a word of at most 64 letters, digits, `-`, `.` and `_` that begins with a letter, and no version or range",
        ))
    }
}

pub(super) fn check_room_for_tags(unit: &mut ReadUnit<'_>, id: PackageId) -> Result<(), AppError> {
    if package_versions::tags(unit, id)?.len() > MOST_TAGS {
        return Err(AppError::Forbidden(format!(
            "The package has {MOST_TAGS} tags; take some away first."
        )));
    }
    Ok(())
}
