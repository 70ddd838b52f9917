//! What only hidden references lead to does not exist for a client that names it by its id.

use std::ffi::OsString;
use std::time::Duration;

use crate::questions::Bounds;
use crate::{HIDDEN_REFS, Oid};

use super::{Objects, ObjectsError};

/// Bytes of a list of ids, at 41 and a path each.
const LISTED: Bounds = Bounds {
    bytes: 64 << 20,
    time: Duration::from_secs(30),
    cut: false,
};

impl Objects<'_> {
    /// Costs a look into one folder and one file while there are no hidden references, and a walk while
    /// there are.
    pub(super) fn is_hidden_object(&self, id: Oid) -> Result<bool, ObjectsError> {
        if !self.repository.has_hidden_refs()? {
            return Ok(false);
        }
        let hidden = format!("--glob={HIDDEN_REFS}/*");
        let exclude = format!("--exclude={HIDDEN_REFS}/*");
        // What git lists here may be reached by others too, farther back than it looks.
        let only = ["rev-list", "--objects", &hidden, "--not", &exclude, "--all"];
        if !self.lists(&only, id)? {
            return Ok(false);
        }
        Ok(!self.lists(&["rev-list", "--objects", &exclude, "--all"], id)?)
    }

    fn lists(&self, arguments: &[&str], id: Oid) -> Result<bool, ObjectsError> {
        let arguments: Vec<OsString> = arguments.iter().map(OsString::from).collect();
        let listed = self
            .questions
            .ask(&self.repository, &arguments, b"", LISTED)?;
        let id = id.to_string();
        Ok(listed
            .split(|byte| *byte == b'\n')
            .any(|line| line.get(..40) == Some(id.as_bytes())))
    }
}
