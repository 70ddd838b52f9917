//! Jobs of a repository, and what jobs may do at most: of a repository, an organization, the site.

pub(crate) mod ceiling;
pub(crate) mod list;

/// Below the settings of a repository.
const BELOW: &str = "/jobs";
/// What they may do: below the settings of a repository or an organization, and of the site.
pub(crate) const PERMISSIONS: &str = "/job-permissions";
/// The same, of the site.
pub(crate) const OF_SITE: &str = "/admin/job-permissions";
