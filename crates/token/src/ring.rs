//! The ring of root keys, its file, and the digests under it.
//!
//! # The key file
//! Text; each line is empty, a comment that begins with `#`, or one root key as `id:base64`: a decimal number below 2³², a
//! colon, and the standard padded base64 of exactly 32 bytes. Blanks around a line do not count. The highest id is the
//! newest key, under which new rows are written. Ids and keys may not repeat.

use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hkdf::Hkdf;
use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::Sha256;
use zeroize::Zeroizing;

use crate::purpose::{CHECK, KeyUse, Purpose, TOKEN};
use crate::{Digest, KeyId, KeyLine, Parsed, Random, RootKey, SubKey};

/// Why a text is no key ring. Lines count from 1; what stands in them is never repeated, because it may be a key.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RingError {
    /// No key at all.
    #[error("the key ring holds no key: it needs at least one line `id:base64`")]
    Empty,
    /// A line without a colon.
    #[error("line {line} of the key ring is not of the form `id:base64`")]
    Form {
        /// The line.
        line: usize,
    },
    /// An id that is no number below 2³².
    #[error(
        "line {line} of the key ring: the id before the colon is no decimal number below 4294967296"
    )]
    Id {
        /// The line.
        line: usize,
    },
    /// Something other than 32 bytes of base64.
    #[error(
        "line {line} of the key ring: what follows the colon is not 32 bytes in padded base64 (44 characters)"
    )]
    Key {
        /// The line.
        line: usize,
    },
    /// Two keys with one id.
    #[error("the key ring holds two keys with the id `{id}`")]
    RepeatedId {
        /// The id.
        id: KeyId,
    },
    /// One key under two ids, as when a line was copied to rotate it.
    #[error(
        "the keys `{first}` and `{second}` of the key ring are the same: draw a fresh key instead of copying one"
    )]
    RepeatedKey {
        /// The lower id.
        first: KeyId,
        /// The higher id.
        second: KeyId,
    },
}

/// One or more root keys, ready for use: every sub-key is derived once, and its HMAC state prepared.
pub struct Ring {
    newest: KeyId,
    // INVARIANT: newest first, ids unique, never empty.
    keys: Vec<Prepared>,
}

struct Prepared {
    id: KeyId,
    token: Hmac<Sha256>,
    session: Hmac<Sha256>,
    link: Hmac<Sha256>,
    cursor: Hmac<Sha256>,
    seal: Zeroizing<[u8; 32]>,
    checkpoint: Zeroizing<[u8; 32]>,
    check: [u8; 32],
}

impl Ring {
    /// A ring of these keys.
    pub fn new(mut roots: Vec<RootKey>) -> Result<Self, RingError> {
        roots.sort_by_key(|root| std::cmp::Reverse(root.id));
        let newest = roots.first().ok_or(RingError::Empty)?.id;
        for (place, root) in roots.iter().enumerate() {
            for older in roots.iter().skip(place + 1) {
                if older.id == root.id {
                    return Err(RingError::RepeatedId { id: root.id });
                }
                if older.bytes == root.bytes {
                    return Err(RingError::RepeatedKey {
                        first: older.id,
                        second: root.id,
                    });
                }
            }
        }
        Ok(Self {
            newest,
            keys: roots.iter().map(Prepared::from_root).collect(),
        })
    }

    /// Reads a key file (its form is at the top of this module).
    pub fn parse(text: &str) -> Result<Self, RingError> {
        let mut roots = Vec::new();
        for (line, content) in (1..).zip(text.lines()) {
            let content = content.trim();
            if content.is_empty() || content.starts_with('#') {
                continue;
            }
            let (id, key) = content.split_once(':').ok_or(RingError::Form { line })?;
            // `u32`'s own reader takes a leading `+`.
            if !id.bytes().all(|byte| byte.is_ascii_digit()) {
                return Err(RingError::Id { line });
            }
            let id = id
                .parse()
                .map(KeyId::new)
                .map_err(|_| RingError::Id { line })?;
            let key = Zeroizing::new(STANDARD.decode(key).map_err(|_| RingError::Key { line })?);
            let bytes = key.as_array().ok_or(RingError::Key { line })?;
            roots.push(RootKey::new(id, *bytes));
        }
        Self::new(roots)
    }

    /// A line with a fresh key, to be appended to the key file or to begin one.
    pub fn render_new(id: KeyId, random: &mut dyn Random) -> KeyLine {
        let mut bytes = Zeroizing::new([0; 32]);
        random.fill(bytes.as_mut_slice());
        // `4294967295:`, 44 characters of base64 and a line feed: never grows, so leaves no copy behind.
        let mut line = Zeroizing::new(String::with_capacity(64));
        line.push_str(&id.to_string());
        line.push(':');
        STANDARD.encode_string(bytes.as_slice(), &mut line);
        line.push('\n');
        KeyLine(line)
    }

    /// The key under which new rows are written.
    pub const fn newest(&self) -> KeyId {
        self.newest
    }

    /// All keys, newest first: the order in which to try a presented value.
    pub fn key_ids(&self) -> impl Iterator<Item = KeyId> + '_ {
        self.keys.iter().map(|key| key.id)
    }

    /// The digest of a whole token value. `None`: the ring has no such key.
    pub fn token_digest(&self, key_id: KeyId, value: &Parsed<'_>) -> Option<Digest> {
        Some(finish(&self.key(key_id)?.token, value.value()))
    }

    /// The digest of anything that is no token. `None`: the ring has no such key.
    pub fn digest(&self, purpose: Purpose, key_id: KeyId, bytes: &[u8]) -> Option<Digest> {
        let key = self.key(key_id)?;
        let state = match purpose {
            Purpose::Session => &key.session,
            Purpose::Link => &key.link,
            Purpose::Cursor => &key.cursor,
        };
        Some(finish(state, bytes))
    }

    /// A sub-key for a cipher or signer. `None`: the ring has no such key.
    pub fn sub_key(&self, key_use: KeyUse, key_id: KeyId) -> Option<SubKey> {
        let key = self.key(key_id)?;
        Some(SubKey(match key_use {
            KeyUse::Seal => key.seal.clone(),
            KeyUse::Checkpoint => key.checkpoint.clone(),
        }))
    }

    /// The value by which a database recognises this key; it reveals nothing of the key. `None`: the ring has no such key.
    pub fn check_value(&self, key_id: KeyId) -> Option<[u8; 32]> {
        self.key(key_id).map(|key| key.check)
    }

    fn key(&self, id: KeyId) -> Option<&Prepared> {
        self.keys.iter().find(|key| key.id == id)
    }
}

impl fmt::Debug for Ring {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Ring")?;
        f.debug_list().entries(self.key_ids()).finish()
    }
}

impl Prepared {
    fn from_root(root: &RootKey) -> Self {
        let derive = Hkdf::<Sha256>::new(None, root.bytes.as_slice());
        Self {
            id: root.id,
            token: state(&derive, TOKEN),
            session: state(&derive, Purpose::Session.label()),
            link: state(&derive, Purpose::Link.label()),
            cursor: state(&derive, Purpose::Cursor.label()),
            seal: expand(&derive, KeyUse::Seal.label()),
            checkpoint: expand(&derive, KeyUse::Checkpoint.label()),
            check: *expand(&derive, CHECK),
        }
    }
}

#[expect(
    clippy::expect_used,
    reason = "HKDF-SHA-256 refuses only more than 255 · 32 bytes of output; this asks for 32"
)]
fn expand(derive: &Hkdf<Sha256>, label: &str) -> Zeroizing<[u8; 32]> {
    let mut key = Zeroizing::new([0; 32]);
    derive
        .expand(label.as_bytes(), key.as_mut_slice())
        .expect("32 bytes of output");
    key
}

#[expect(clippy::expect_used, reason = "HMAC takes keys of every length")]
fn state(derive: &Hkdf<Sha256>, label: &str) -> Hmac<Sha256> {
    Hmac::new_from_slice(expand(derive, label).as_slice()).expect("a key of any length")
}

/// A copy of the prepared state saves hashing the padded key again: two of four blocks for a 40-character value.
fn finish(state: &Hmac<Sha256>, bytes: &[u8]) -> Digest {
    Digest::from_bytes(
        state
            .clone()
            .chain_update(bytes)
            .finalize()
            .into_bytes()
            .into(),
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::seeded::Seeded;

    fn line(id: u32, seed: u64) -> String {
        Ring::render_new(KeyId::new(id), &mut Seeded::new(seed))
            .expose()
            .to_owned()
    }

    #[test]
    fn what_is_rendered_is_read_and_the_highest_id_is_newest() {
        let text = format!(
            "# keys of demo\n\n{}  {}\r\n# end",
            line(2, 1),
            line(10, 2).trim()
        );
        let ring = Ring::parse(&text).unwrap();
        assert_eq!(ring.newest(), KeyId::new(10));
        assert_eq!(ring.key_ids().map(KeyId::get).collect::<Vec<_>>(), [10, 2]);
        let alone = Ring::parse(&line(2, 1)).unwrap();
        let digest = |ring: &Ring| ring.digest(Purpose::Link, KeyId::new(2), b"code").unwrap();
        assert_eq!(digest(&ring), digest(&alone));
        assert_eq!(alone.digest(Purpose::Link, KeyId::new(10), b"code"), None);
    }

    #[test]
    fn a_bad_key_file_is_refused_by_line_and_never_repeated() {
        let good = line(1, 1);
        let key = good.trim().strip_prefix("1:").unwrap();
        let short = &key[..40];
        for (text, error) in [
            (String::new(), RingError::Empty),
            ("# nothing\n \n".into(), RingError::Empty),
            (format!("{good}{key}"), RingError::Form { line: 2 }),
            (format!("#\n+1:{key}"), RingError::Id { line: 2 }),
            (format!(":{key}"), RingError::Id { line: 1 }),
            (format!("-1:{key}"), RingError::Id { line: 1 }),
            (format!("4294967296:{key}"), RingError::Id { line: 1 }),
            (format!("1:{short}"), RingError::Key { line: 1 }),
            (format!("1: {key}"), RingError::Key { line: 1 }),
            (
                format!("1:{}", key.trim_end_matches('=')),
                RingError::Key { line: 1 },
            ),
            (format!("1:{key}{key}"), RingError::Key { line: 1 }),
            (
                format!("{good}{}", line(1, 2)),
                RingError::RepeatedId { id: KeyId::new(1) },
            ),
            (
                format!("{good}5:{key}"),
                RingError::RepeatedKey {
                    first: KeyId::new(1),
                    second: KeyId::new(5),
                },
            ),
        ] {
            let refused = Ring::parse(&text).unwrap_err();
            assert_eq!(refused, error, "{text}");
            assert!(!refused.to_string().contains(&short[..8]));
        }
    }

    #[test]
    fn purposes_and_keys_separate_digests() {
        let ring = Ring::parse(&format!("{}{}", line(1, 1), line(2, 2))).unwrap();
        let value = crate::make(
            crate::Kind::Classic,
            &crate::InstanceHint::parse("test").unwrap(),
            &mut Seeded::new(3),
        );
        let mut digests = std::collections::HashSet::new();
        let mut count = 0;
        for id in ring.key_ids() {
            digests.insert(ring.token_digest(id, &value.parsed()).unwrap());
            digests.extend(
                Purpose::ALL
                    .map(|purpose| ring.digest(purpose, id, value.expose().as_bytes()).unwrap()),
            );
            count += 4;
        }
        assert_eq!(digests.len(), count);
    }

    #[test]
    fn debug_shows_ids_only() {
        let ring = Ring::parse(&format!("{}{}", line(1, 1), line(2, 2))).unwrap();
        assert_eq!(format!("{ring:?}"), "Ring[KeyId(2), KeyId(1)]");
        assert_eq!(
            format!("{:?}", RootKey::new(KeyId::new(3), [7; 32])),
            "RootKey(3)"
        );
        assert_eq!(
            format!("{:?}", ring.sub_key(KeyUse::Seal, KeyId::new(1))),
            "Some(SubKey(…))"
        );
        assert_eq!(
            format!("{:?}", Ring::render_new(KeyId::new(1), &mut Seeded::new(1))),
            "KeyLine(…)"
        );
    }
}
