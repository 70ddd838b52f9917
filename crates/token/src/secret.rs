//! Fresh values: the only place where a clear token exists on purpose.

use std::fmt;

use zeroize::Zeroizing;

use crate::characters::{InstanceHint, Random, ascii, draw};
use crate::checksum::{self, checksum};
use crate::{Kind, Parsed};

/// The clear value of a token, shown once and kept nowhere. Wiped from memory when dropped.
///
/// SECURITY: `Debug` shows the kind only; there is no `Display`, no `Clone` and no serialisation, so that a log line
/// or an answer can hold the value only where somebody wrote [`expose`](Self::expose).
pub struct Secret {
    kind: Kind,
    // INVARIANT: a well-formed value of `kind`.
    value: Zeroizing<Vec<u8>>,
}

impl Secret {
    /// The kind of the value.
    pub const fn kind(&self) -> Kind {
        self.kind
    }

    /// The clear value. Each call is a place where it leaves the house.
    pub fn expose(&self) -> &str {
        ascii(&self.value)
    }

    /// The value as [`parse`](crate::parse) would give it back: what is digested for the new row.
    pub fn parsed(&self) -> Parsed<'_> {
        Parsed::well_formed(self.kind, &self.value)
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Secret({}…)", self.kind.prefix())
    }
}

/// How many characters of a fine-grained value name the secret.
const PUBLIC_NAME: usize = 18;

/// A fresh value of that kind. Only fine-grained values carry the instance's hint.
pub fn make(kind: Kind, instance: &InstanceHint, random: &mut dyn Random) -> Secret {
    // The whole length at once: growing would leave copies of the secret behind in freed memory.
    let mut value = Zeroizing::new(Vec::with_capacity(kind.length()));
    value.extend_from_slice(kind.prefix().as_bytes());
    if kind == Kind::FineGrained {
        value.extend_from_slice(instance.as_str().as_bytes());
        extend(&mut value, PUBLIC_NAME, random);
        value.push(b'_');
    }
    let covered_end = kind.length() - checksum::LENGTH;
    let missing = covered_end.saturating_sub(value.len());
    extend(&mut value, missing, random);
    let sum = checksum(value.get(kind.prefix().len()..).unwrap_or_default());
    value.extend_from_slice(&sum);
    Secret { kind, value }
}

fn extend(value: &mut Vec<u8>, characters: usize, random: &mut dyn Random) {
    let start = value.len();
    value.resize(start + characters, b'0');
    draw(value.get_mut(start..).unwrap_or_default(), random);
}
