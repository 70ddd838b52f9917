//! Packages: published, installed, tagged, deprecated, removed. Their files lie in folders named by their numbers.

mod access;
mod document;
mod file;
mod keepers;
mod kept;
mod link;
mod operations;
mod own_tokens;
mod publish;
mod remove;
mod search;
mod session;
mod show;
mod stray;
mod tags;
mod view;
mod web_sign_in;

use jeton_domain::PackageId;
use jeton_store::packages::{self, PackageRow};
use jeton_store::{ReadUnit, WriteUnit};

use crate::authorize::Acting;
use crate::error::AppError;
use crate::place::Place;

pub use access::{
    Collaborator, collaborators, may_list_of_person, may_set_visibility, of_organization, of_team,
    of_user, remove_team, set_team, set_visibility, visibility,
};
pub use document::Form;
pub use file::{GivenFile, Tarball, tarball, tarball_at_once};
pub use keepers::set_keepers;
pub(crate) use kept::KeptPackages;
pub use kept::Written;
pub use operations::{
    COLLABORATORS, DEPRECATE, GET, GET_OWN, OF_ORGANIZATION, OF_USER, OWN, OWN_VERSION,
    OWN_VERSIONS, PUBLISH, REMOVE, REMOVE_OWN, RESTORE, RESTORE_OWN, SET_KEEPERS, SET_TEAM,
    SET_VISIBILITY, TAG, UNTAG, VERSION, VERSIONS,
};
pub use own_tokens::{end_token, may_end_token, own_tokens};
pub use publish::{Publication, Published, publish, receive};
pub use remove::{Remaining, remove, remove_file, remove_version, remove_versions};
pub use search::{Found, search};
pub use session::{
    OwnProfile, may_change_profile, may_make_token, person, profile, sign_in, sign_out, whoami,
};
pub use show::{Registry, attestations, packument, packument_at_once, version};
pub use tags::{deprecate, tag, tags, untag};
pub use view::{
    PackageView, Whose, find, has_version, list, may_restore, of_repository, version_by_id,
    versions,
};
pub use web_sign_in::{
    AskedBy, Begun, Fetched, Level as SignInLevel, Question, allow, begin as begin_sign_in, deny,
    fetch as fetch_sign_in, look as look_at_sign_in,
};

const RESOURCE: &str = "Package";

/// The package that the request is about.
fn row(unit: &mut ReadUnit<'_>, acting: &Acting<'_>) -> Result<PackageRow, AppError> {
    let id = acting.package()?.id.ok_or(AppError::Missing("package"))?;
    packages::by_id(unit, id)?.ok_or(AppError::Missing("package"))
}

/// Counts a change of a package, and makes old what was kept of it.
fn changed(
    unit: &mut WriteUnit<'_>,
    acting: &Acting<'_>,
    id: PackageId,
    what: &'static str,
) -> Result<(), AppError> {
    packages::touch(unit, id, acting.now)?;
    Ok(unit.feed(acting.now, what, id)?)
}

/// A package as whoever asks finds it, if they may see it.
fn seen(
    unit: &mut ReadUnit<'_>,
    acting: &Acting<'_>,
    id: PackageId,
) -> Result<Option<crate::package_place::Package>, AppError> {
    let Some(found) = packages::place_by_id(unit, id)? else {
        return Ok(None);
    };
    let known = acting.known();
    let mut as_found = |user| {
        crate::package_place::package_of(unit, found.clone(), user, &acting.site)
            .map(Place::Package)
    };
    let mut place = as_found(known.map(|known| known.user))?;
    // What was handed over sees what both see.
    if let Some(other) = known.and_then(|known| known.within) {
        place = place.within(&as_found(Some(other))?);
    }
    let visible = acting.would(&GET, &place);
    Ok(match place {
        Place::Package(package) if visible => Some(package),
        _ => None,
    })
}
