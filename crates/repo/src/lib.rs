//! Git data by id: where a repository lies, how it is made and removed, what its references are, and
//! how the system's `git` is run on it.
//!
//! Nothing here knows names, people or HTTP. A repository is opened with a [`jeton_decide::Permit`]
//! only ([`Data::open_read`], [`Data::open_write`]); what the server's own upkeep needs without one
//! is in [`Upkeep`] and reads no content.
//!
//! Two roads lead to an answer: references are advertised in-process ([`Advertiser`]), packs come
//! from a child of [`Runner`], whose streams are a [`Transfer`] that a revocation can cut
//! ([`Transfers`]). A push passes one seam, the hooks ([`hook`]).

pub mod hook;
pub mod shim;

mod advertise;
mod aftermath;
mod children;
mod clock;
mod environment;
mod layout;
mod objects;
mod open;
mod pack_line;
mod package_files;
mod places;
mod probe;
mod protocol;
mod pushed;
mod questions;
mod reading;
mod refs;
mod sending;
mod sweep;
mod system;
mod upkeep;

pub use advertise::{Advertised, Advertiser, LsRefs, Peek};
pub use children::{
    Archive, Ending, EndingWatch, Input, Limits, Output, Registration, Runner, Shim, StartError,
    StreamKey, Transfer, Transfers,
};
pub use layout::{Data, LayoutError, Place, Shard};
pub use objects::{
    Change, ChangeKind, Changes, Commit, Distance, Entry, HistoryFilter, Listing, MOST_CHANGES,
    Mode, NewObject, ObjectKind, Objects, ObjectsError, PathFault, Put, Signature, Stored, Tag,
    TreePath, submodule_url,
};
pub use open::{OpenError, Readable, Writable};
pub use package_files::{Incoming, PackageFileError};
pub use protocol::{Protocol, Service, UnknownProtocol};
pub use pushed::{MOST_PUSHED, Pushed, PushedCommit};
pub use questions::{AskError, Questions};
pub use refs::{Head, Reference, RefsError, Size};
pub use sending::Sent;
pub use sweep::Swept;
pub use system::{Git, GitError};
pub use upkeep::Upkeep;

/// The id of a Git object. Shown as forty hexadecimal digits.
pub type Oid = gix::ObjectId;

/// The part of every repository's name space that no client sees or writes, itself included.
pub const HIDDEN_REFS: &str = "refs/jeton";

/// Whether a reference lies in the hidden part.
pub(crate) fn is_hidden(name: &str) -> bool {
    name.strip_prefix(HIDDEN_REFS)
        .is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}
