//! What keys are used for. Each use has its own sub-key, so that a value made for one never fits another.
//!
//! The labels are append-only: changing one would make every digest made under it unfindable.

/// What free bytes are digested for, by [`Ring::digest`](crate::Ring::digest). Tokens have their own door,
/// [`Ring::token_digest`](crate::Ring::token_digest), which takes parsed values only.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Purpose {
    /// Values of browser sessions.
    Session,
    /// One-time links and codes: set-up, invitation, reset, recovery, device.
    Link,
    /// Authentication of cursors handed out for paging.
    Cursor,
}

impl Purpose {
    /// Every purpose.
    pub const ALL: [Self; 3] = [Self::Session, Self::Link, Self::Cursor];

    pub(crate) const fn label(self) -> &'static str {
        match self {
            Self::Session => "jeton/v1/session",
            Self::Link => "jeton/v1/link",
            Self::Cursor => "jeton/v1/cursor",
        }
    }
}

/// What whole sub-keys are handed out for, by [`Ring::sub_key`](crate::Ring::sub_key).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum KeyUse {
    /// Sealing stored secrets that have to be read again.
    Seal,
    /// Signing checkpoints of the audit log.
    Checkpoint,
}

impl KeyUse {
    pub(crate) const fn label(self) -> &'static str {
        match self {
            Self::Seal => "jeton/v1/seal",
            Self::Checkpoint => "jeton/v1/checkpoint",
        }
    }
}

/// Digests of presented and new tokens.
pub(crate) const TOKEN: &str = "jeton/v1/token-digest";

/// The value by which a database recognises a key.
pub(crate) const CHECK: &str = "jeton/v1/check";

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn no_two_uses_share_a_sub_key() {
        let mut labels = vec![
            TOKEN,
            CHECK,
            KeyUse::Seal.label(),
            KeyUse::Checkpoint.label(),
        ];
        labels.extend(Purpose::ALL.map(Purpose::label));
        assert_eq!(labels.iter().collect::<BTreeSet<_>>().len(), labels.len());
    }
}
