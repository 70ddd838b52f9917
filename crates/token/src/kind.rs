//! The kinds of token and the shape of each.

/// A kind of token, told by the prefix of its value.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Kind {
    /// A fine-grained personal access token, `jeton_pat_`.
    FineGrained,
    /// A classic personal access token, `jtp_`.
    Classic,
    /// A child or job token, `jts_`; the stored row tells the two apart.
    Short,
    /// A person's signed-in client, `jtu_`.
    Client,
    /// An OAuth user token, `jto_`.
    OAuth,
    /// An OAuth refresh token, `jtr_`.
    Refresh,
}

impl Kind {
    /// Every kind.
    pub const ALL: [Self; 6] = [
        Self::FineGrained,
        Self::Classic,
        Self::Short,
        Self::Client,
        Self::OAuth,
        Self::Refresh,
    ];

    /// What every value of this kind begins with.
    pub const fn prefix(self) -> &'static str {
        match self {
            Self::FineGrained => "jeton_pat_",
            Self::Classic => "jtp_",
            Self::Short => "jts_",
            Self::Client => "jtu_",
            Self::OAuth => "jto_",
            Self::Refresh => "jtr_",
        }
    }

    /// How many characters (and bytes) a value of this kind has, prefix and checksum included.
    pub const fn length(self) -> usize {
        match self {
            Self::FineGrained => 92,
            Self::Classic | Self::Short | Self::Client | Self::OAuth => 40,
            Self::Refresh => 80,
        }
    }

    /// The name under which the kind is stored and shown to programs. Never changes.
    pub const fn name(self) -> &'static str {
        match self {
            Self::FineGrained => "fine_grained",
            Self::Classic => "classic",
            Self::Short => "short",
            Self::Client => "client",
            Self::OAuth => "oauth",
            Self::Refresh => "refresh",
        }
    }

    /// The kind of that [`name`](Self::name).
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.name() == name)
    }

    /// The kind whose prefix `bytes` begin with, and what follows the prefix.
    pub(crate) fn split(bytes: &[u8]) -> Option<(Self, &[u8])> {
        Self::ALL
            .into_iter()
            .find_map(|kind| Some((kind, bytes.strip_prefix(kind.prefix().as_bytes())?)))
    }
}

/// A regular expression that finds values of this kind in text, for scanners. It uses classes, counts and `\b` only,
/// so that engines without look-around take it. A match is one only if the checksum holds too.
pub const fn pattern(kind: Kind) -> &'static str {
    match kind {
        Kind::FineGrained => r"\bjeton_pat_[0-9A-Za-z]{22}_[0-9A-Za-z]{59}\b",
        Kind::Classic => r"\bjtp_[0-9A-Za-z]{36}\b",
        Kind::Short => r"\bjts_[0-9A-Za-z]{36}\b",
        Kind::Client => r"\bjtu_[0-9A-Za-z]{36}\b",
        Kind::OAuth => r"\bjto_[0-9A-Za-z]{36}\b",
        Kind::Refresh => r"\bjtr_[0-9A-Za-z]{76}\b",
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn kinds_are_told_apart() {
        for kind in Kind::ALL {
            assert_eq!(Kind::named(kind.name()), Some(kind));
            assert_eq!(
                Kind::split(kind.prefix().as_bytes()),
                Some((kind, &b""[..]))
            );
            let begins = Kind::ALL
                .iter()
                .filter(|other| kind.prefix().starts_with(other.prefix()));
            assert_eq!(
                begins.count(),
                1,
                "{kind:?}: one prefix begins with another"
            );
        }
        let patterns: BTreeSet<_> = Kind::ALL.map(pattern).into();
        assert_eq!(patterns.len(), Kind::ALL.len());
        assert_eq!(Kind::named("Classic"), None);
        assert_eq!(Kind::split(b"ghp_"), None);
    }
}
