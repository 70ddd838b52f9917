//! From what a client calls something to its id.

use crate::{Oid, is_hidden};

use super::read::Stored;
use super::{Objects, ObjectsError};

/// The fewest digits that stand for an id.
const FEWEST_DIGITS: usize = 4;

impl Objects<'_> {
    /// The object that a name means: an id of forty digits, `HEAD`, a reference's whole name, a branch, a tag, a
    /// reference's name without `refs/`, the beginning of an id; the first of these that is there. Git's
    /// expressions (`main~1`, `@{-1}`, `:path`) mean nothing.
    pub fn named(&self, name: &str) -> Result<Option<Stored>, ObjectsError> {
        if let Ok(id) = Oid::from_hex(name.as_bytes()) {
            return self.find(id);
        }
        if let Some(id) = self.reference(name)? {
            return self.look(id);
        }
        self.beginning(name)
    }

    /// The commit that a name means, as [`Self::named`], tags followed.
    pub fn commit_named(&self, name: &str) -> Result<Option<Oid>, ObjectsError> {
        match self.named(name)? {
            Some(stored) => self.peeled(stored.id),
            None => Ok(None),
        }
    }

    /// An object that a client names by its id, if it may be seen.
    pub fn find(&self, id: Oid) -> Result<Option<Stored>, ObjectsError> {
        match self.look(id)? {
            Some(stored) if !self.is_hidden_object(id)? => Ok(Some(stored)),
            _ => Ok(None),
        }
    }

    /// What a reference points to that clients see.
    pub fn reference(&self, name: &str) -> Result<Option<Oid>, ObjectsError> {
        if name == "HEAD" {
            return Ok(self.repository.seen_tip(name)?);
        }
        let full = [
            name.starts_with("refs/").then(|| name.to_owned()),
            Some(format!("refs/heads/{name}")),
            Some(format!("refs/tags/{name}")),
            Some(format!("refs/{name}")),
        ];
        let full: Vec<String> = full
            .into_iter()
            .flatten()
            .filter(|name| !is_hidden(name))
            .collect();
        let tips = self.repository.tips(full.iter().map(String::as_str))?;
        Ok(full
            .iter()
            .find_map(|name| tips.get(name.as_str()).copied()))
    }

    fn beginning(&self, name: &str) -> Result<Option<Stored>, ObjectsError> {
        let digits = (FEWEST_DIGITS..40).contains(&name.len())
            && name.bytes().all(|b| b.is_ascii_hexdigit());
        if !digits {
            return Ok(None);
        }
        let Ok(prefix) = gix::hash::Prefix::from_hex(name) else {
            return Ok(None);
        };
        let found = self
            .store()?
            .lookup_prefix(prefix, None)
            .map_err(|error| ObjectsError::Store(error.to_string()))?;
        match found {
            Some(Ok(id)) => self.find(id),
            // None, or several.
            Some(Err(())) | None => Ok(None),
        }
    }
}
