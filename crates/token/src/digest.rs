//! The stored forms of a value.

use std::fmt;
use std::hash::{Hash, Hasher};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use sha2::Sha256;
use sha2::digest::Digest as _;
use subtle::ConstantTimeEq as _;

use crate::Parsed;

/// HMAC-SHA-256 of a value under a sub-key of the ring: what the database stores and looks up.
///
/// Equality takes the same time wherever two digests differ. Looking one up in a map or an index does not, and need not:
/// without the key nobody can choose values whose digests come near a stored one, so what such timing tells about
/// stored digests helps to find no value.
#[derive(Clone, Copy)]
pub struct Digest([u8; 32]);

impl Digest {
    /// A digest read back from storage.
    pub const fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// The 32 bytes to store.
    pub const fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

impl PartialEq for Digest {
    fn eq(&self, other: &Self) -> bool {
        self.0.ct_eq(&other.0).into()
    }
}

impl Eq for Digest {}

impl Hash for Digest {
    fn hash<H: Hasher>(&self, state: &mut H) {
        // A fixed length needs no length prefix.
        state.write(&self.0);
    }
}

impl fmt::Debug for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Enough to tell two apart in a failing test, too little to search a database dump with.
        let [first, second, ..] = self.0;
        write!(f, "Digest({first:02x}{second:02x}…)")
    }
}

/// The audit log's `hashed_token`: base64 (RFC 4648 §4, padded) of the plain SHA-256 of the whole value.
///
/// SECURITY: unkeyed, so that an auditor who holds a value can find it in the log. Write it only for a value that matched
/// a stored secret, and never look a credential up by it: then writing a log row mints nothing.
pub fn hashed(value: &Parsed<'_>) -> String {
    STANDARD.encode(Sha256::digest(value.value()))
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn equality_sees_every_byte_and_debug_almost_none() {
        let digest = Digest::from_bytes([0xab; 32]);
        for place in 0..32 {
            let mut bytes = *digest.as_bytes();
            bytes[place] ^= 1;
            assert_ne!(digest, Digest::from_bytes(bytes));
        }
        assert_eq!(format!("{digest:?}"), "Digest(abab…)");
        let set: HashSet<Digest> = [digest, Digest::from_bytes([0; 32]), digest].into();
        assert_eq!(set.len(), 2);
        assert!(set.contains(&Digest::from_bytes([0xab; 32])));
    }
}
