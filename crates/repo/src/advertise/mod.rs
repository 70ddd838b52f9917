//! References told to clients without a child of git: the most frequent request of all.
//!
//! What is told comes from the references as they lie on disk at the moment of the request
//! ([`snapshot`]); how it is told comes from the system's git ([`crate::Git`]). Whatever is not
//! understood here is left to git ([`Advertised::AskGit`]).

mod body;
mod ls_refs;
mod peel;
mod snapshot;

use std::sync::Arc;

use bytes::Bytes;

use crate::open::{Readable, Writable};
use crate::protocol::{Protocol, Service};
use crate::system::Git;

pub use ls_refs::{LsRefs, Peek};
use snapshot::{Snapshot, Snapshots};

/// An answer, or the advice to ask git.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Advertised {
    /// The whole body.
    Ready(Bytes),
    /// Not understood here: run git, which may know better.
    AskGit,
}

/// Answers for references in-process. One for a server.
#[derive(Clone, Debug)]
pub struct Advertiser {
    git: Git,
    snapshots: Arc<Snapshots>,
}

impl Advertiser {
    /// `cache_bytes`: about how much memory references of recently asked repositories may take.
    pub fn new(git: &Git, cache_bytes: u64) -> Self {
        Self {
            git: git.clone(),
            snapshots: Arc::new(Snapshots::new(cache_bytes)),
        }
    }

    /// What stands before git's own lines in the answer of `info/refs`.
    pub const fn service_header(service: Service, protocol: Protocol) -> &'static [u8] {
        match (service, protocol) {
            (Service::UploadPack, Protocol::V2) => b"",
            (Service::UploadPack, _) => b"001e# service=git-upload-pack\n0000",
            (Service::ReceivePack, _) => b"001f# service=git-receive-pack\n0000",
        }
    }

    /// The body of `info/refs` for a fetch, service header included.
    pub async fn upload_pack(&self, repository: &Readable, protocol: Protocol) -> Advertised {
        match protocol {
            // Names no reference and so needs no look at any.
            Protocol::V2 => Advertised::Ready(self.git.capabilities().version_2.clone()),
            Protocol::V0 => self.tell(repository, body::upload_pack_v0).await,
            Protocol::V1 => self.tell(repository, body::upload_pack_v1).await,
        }
    }

    /// The body of `info/refs` for a push, service header included. There is no other version than 0.
    pub async fn receive_pack(&self, repository: &Writable) -> Advertised {
        self.tell(repository, body::receive_pack).await
    }

    /// The answer to the command `ls-refs` of protocol version 2.
    pub async fn ls_refs(&self, repository: &Readable, request: &LsRefs) -> Advertised {
        match self
            .snapshot(repository)
            .await
            .and_then(|snapshot| request.answer(&snapshot))
        {
            Some(body) => Advertised::Ready(body),
            None => Advertised::AskGit,
        }
    }

    async fn tell(
        &self,
        repository: &Readable,
        body: fn(&Snapshot, &Git) -> Option<Bytes>,
    ) -> Advertised {
        match self
            .snapshot(repository)
            .await
            .and_then(|snapshot| body(&snapshot, &self.git))
        {
            Some(body) => Advertised::Ready(body),
            None => Advertised::AskGit,
        }
    }

    /// A few `stat` calls where the repository is known and unchanged; else a reading, on a thread
    /// that may block.
    async fn snapshot(&self, repository: &Readable) -> Option<Arc<Snapshot>> {
        if let Some(snapshot) = self.snapshots.unchanged(repository) {
            return Some(snapshot);
        }
        let (snapshots, repository) = (Arc::clone(&self.snapshots), repository.clone());
        tokio::task::spawn_blocking(move || snapshots.read(&repository))
            .await
            .ok()
            .flatten()
    }
}
