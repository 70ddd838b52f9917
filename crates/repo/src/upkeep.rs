//! What the server's own upkeep does to a repository, without anybody's permit.

use std::collections::HashMap;

use crate::Oid;
use crate::layout::{Data, Place};
use crate::open::{OpenError, Readable};
use crate::refs::RefsError;

/// A repository as the server's own upkeep sees it: what its references point to and how large it is,
/// never what it holds, but for [what a push brought](crate::Pushed). For open intents of the log, quotas and figures; no door has a use for it.
#[derive(Clone, Debug)]
pub struct Upkeep(Readable);

impl Data {
    /// Looks at a repository on the server's own account.
    pub fn upkeep(&self, place: Place) -> Result<Upkeep, OpenError> {
        self.open(place).map(Upkeep)
    }
}

impl Upkeep {
    /// What references point to, those that are there. Blocking.
    pub fn tips<'n>(
        &self,
        names: impl IntoIterator<Item = &'n str>,
    ) -> Result<HashMap<&'n str, Oid>, RefsError> {
        self.0.tips(names)
    }

    /// Whether HEAD names a branch that was never made, so that a clone checks nothing out. Blocking.
    pub fn is_head_unborn(&self) -> Result<bool, RefsError> {
        let Some(branch) = self.0.head_name()? else {
            return Ok(false);
        };
        Ok(self.0.tips([branch.as_str()])?.is_empty())
    }

    /// Makes HEAD name `branch` (full name) where it does not; whether it had to.
    ///
    /// A change of the default branch writes HEAD before its row is committed.
    pub fn settle_head(&self, branch: &str) -> Result<bool, RefsError> {
        let astray = !self.0.is_head(branch)?;
        if astray {
            self.0.write_head(branch)?;
        }
        Ok(astray)
    }

    pub(crate) fn readable(&self) -> &Readable {
        &self.0
    }
}
