//! Keys on their way in and out of the ring. None of them can be printed, cloned or serialised.

use std::fmt;

use zeroize::Zeroizing;

/// The number of a root key, stored beside everything made under it.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct KeyId(u32);

impl KeyId {
    /// The id of that number.
    pub const fn new(number: u32) -> Self {
        Self(number)
    }

    /// The number.
    pub const fn get(self) -> u32 {
        self.0
    }
}

impl fmt::Display for KeyId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl fmt::Debug for KeyId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "KeyId({})", self.0)
    }
}

/// One root key: 32 random bytes from which every sub-key is derived. Wiped from memory when dropped.
pub struct RootKey {
    pub(crate) id: KeyId,
    pub(crate) bytes: Zeroizing<[u8; 32]>,
}

impl RootKey {
    /// A root key from bytes that somebody drew at random.
    pub fn new(id: KeyId, bytes: [u8; 32]) -> Self {
        Self {
            id,
            bytes: Zeroizing::new(bytes),
        }
    }
}

impl fmt::Debug for RootKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "RootKey({})", self.id)
    }
}

/// A sub-key for a use that needs the key itself. Wiped from memory when dropped.
pub struct SubKey(pub(crate) Zeroizing<[u8; 32]>);

impl SubKey {
    /// The key's bytes, for the cipher or signer that they were derived for.
    pub fn expose(&self) -> &[u8; 32] {
        &self.0
    }
}

impl fmt::Debug for SubKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SubKey(…)")
    }
}

/// A line for the key file, with a fresh root key in it. Wiped from memory when dropped.
pub struct KeyLine(pub(crate) Zeroizing<String>);

impl KeyLine {
    /// The line, ended by a line feed. Only the key file may hold it.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for KeyLine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("KeyLine(…)")
    }
}
