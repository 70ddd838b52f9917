//! The bodies of `info/refs`, laid out as git lays them out.

use bytes::Bytes;

use super::Advertiser;
use super::snapshot::Snapshot;
use crate::Oid;
use crate::pack_line;
use crate::protocol::{Protocol, Service};
use crate::refs::{Head, Peeled};
use crate::system::Git;

/// For a fetch with protocol version 0. `None`: no pkt-line can hold it.
pub(super) fn upload_pack_v0(snapshot: &Snapshot, git: &Git) -> Option<Bytes> {
    snapshot
        .upload_v0
        .get_or_init(|| upload_pack(snapshot, git, Protocol::V0))
        .clone()
}

/// The same with version 1.
pub(super) fn upload_pack_v1(snapshot: &Snapshot, git: &Git) -> Option<Bytes> {
    snapshot
        .upload_v1
        .get_or_init(|| upload_pack(snapshot, git, Protocol::V1))
        .clone()
}

fn upload_pack(snapshot: &Snapshot, git: &Git, protocol: Protocol) -> Option<Bytes> {
    let known = git.capabilities();
    let mut capabilities = known.upload_before.clone();
    let head = match &snapshot.head {
        Head::Branch {
            name,
            tip: Some(tip),
        } => {
            capabilities.extend_from_slice(b" symref=HEAD:");
            capabilities.extend_from_slice(name.as_bytes());
            Some(*tip)
        }
        Head::Branch { tip: None, .. } => None,
        Head::Detached(id) => Some(*id),
    };
    capabilities.extend_from_slice(&known.upload_after);

    let mut body = Body::new(
        Service::UploadPack,
        protocol,
        snapshot.references.len(),
        &capabilities,
    );
    if protocol == Protocol::V1 {
        body.bytes.extend_from_slice(&known.version_1);
    }
    let mut told = |id: Oid, name: &str, peeled: Option<Peeled>| -> Option<()> {
        body.reference(id, name, b"")?;
        match peeled {
            Some(Peeled::To(behind)) => body.reference(behind, name, b"^{}"),
            _ => Some(()),
        }
    };
    if let Some(id) = head {
        told(id, "HEAD", snapshot.head_peeled)?;
    }
    for reference in &snapshot.references {
        told(reference.target, &reference.name, reference.peeled)?;
    }
    Some(body.end_or(&known.upload_empty))
}

/// For a push.
pub(super) fn receive_pack(snapshot: &Snapshot, git: &Git) -> Option<Bytes> {
    let told = || {
        let capabilities = &git.capabilities().receive;
        let mut body = Body::new(
            Service::ReceivePack,
            Protocol::V0,
            snapshot.references.len(),
            capabilities,
        );
        for reference in &snapshot.references {
            body.reference(reference.target, &reference.name, b"")?;
        }
        Some(body.end_or(&git.capabilities().receive_empty))
    };
    snapshot.receive.get_or_init(told).clone()
}

/// Lines of references, the first of which carries the capabilities.
struct Body<'a> {
    bytes: Vec<u8>,
    capabilities: Option<&'a [u8]>,
}

impl<'a> Body<'a> {
    fn new(
        service: Service,
        protocol: Protocol,
        references: usize,
        capabilities: &'a [u8],
    ) -> Self {
        let mut bytes = Vec::with_capacity(512 + 80 * references);
        bytes.extend_from_slice(Advertiser::service_header(service, protocol));
        Self {
            bytes,
            capabilities: Some(capabilities),
        }
    }

    fn reference(&mut self, id: Oid, name: &str, suffix: &[u8]) -> Option<()> {
        let mut hex = [0; 40];
        let _ = id.hex_to_buf(&mut hex);
        let fits = match self.capabilities.take() {
            None => pack_line::push(
                &mut self.bytes,
                &[&hex, b" ", name.as_bytes(), suffix, b"\n"],
            ),
            Some(all) => pack_line::push(
                &mut self.bytes,
                &[&hex, b" ", name.as_bytes(), suffix, b"\0", all, b"\n"],
            ),
        };
        fits.then_some(())
    }

    /// Ends the body; where no reference was told, with what git says then.
    fn end_or(mut self, empty: &[u8]) -> Bytes {
        match self.capabilities {
            Some(_) => self.bytes.extend_from_slice(empty),
            None => pack_line::flush(&mut self.bytes),
        }
        Bytes::from(self.bytes)
    }
}
