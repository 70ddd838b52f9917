//! The object behind a tag.

use gix::objs::{Find, Kind, TagRefIter};
use gix::odb::{Handle, Header};
use quick_cache::sync::Cache;

use crate::Oid;
use crate::open::Readable;
use crate::refs::Peeled;

/// How many answers are kept; each takes some 100 bytes.
const MOST_KEPT: usize = 16_384;

/// How long a chain of tags may be.
const MOST_STEPS: usize = 64;

/// What object ids peel to. An answer is a fact about an id's content and never changes, so it is kept
/// without a bound in time, and across repositories: who asks has the id from a reference.
#[derive(Debug)]
pub(crate) struct Peels {
    kept: Cache<Oid, Peeled>,
}

impl Peels {
    pub(crate) fn new() -> Self {
        Self {
            kept: Cache::new(MOST_KEPT),
        }
    }

    /// `objects` is opened at the first need. `None`: the object is missing or unreadable.
    pub(crate) fn peel(
        &self,
        repository: &Readable,
        objects: &mut Option<Handle>,
        id: Oid,
    ) -> Option<Peeled> {
        if let Some(known) = self.kept.get(&id) {
            return Some(known);
        }
        if objects.is_none() {
            *objects = gix::odb::at(repository.path("objects"), gix::hash::Kind::Sha1).ok();
        }
        let peeled = look(objects.as_ref()?, id)?;
        self.kept.insert(id, peeled);
        Some(peeled)
    }
}

fn look(objects: &Handle, id: Oid) -> Option<Peeled> {
    let mut at = id;
    let mut buffer = Vec::new();
    for _ in 0..MOST_STEPS {
        if Header::try_header(objects, &at).ok()??.kind() != Kind::Tag {
            return Some(if at == id {
                Peeled::NoTag
            } else {
                Peeled::To(at)
            });
        }
        let tag = objects.try_find(&at, &mut buffer).ok()??;
        at = TagRefIter::from_bytes(tag.data, gix::hash::Kind::Sha1)
            .target_id()
            .ok()?;
    }
    None
}
