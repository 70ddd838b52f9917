//! Whether the ring and the database belong together, asked once at start.

use std::fmt;

use subtle::ConstantTimeEq as _;

use crate::{KeyId, Ring};

/// The keys that the ring holds and the database has not seen: their check values are to be stored before their first
/// use.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct NewKeys {
    /// Id and check value of each, oldest first.
    pub rows: Vec<(KeyId, [u8; 32])>,
}

/// Why the server may not start with this ring on that database. To start all the same would answer 401 to everybody, and
/// every Git client would erase the credential that it has stored.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RingRefusal {
    /// The database knows keys that the ring lacks.
    #[error(
        "the key ring lacks {}, which this database was written under: put the missing `id:base64` lines back into the \
         key file from its backup, or point the server at the data that belongs to this key file; nothing was changed",
        Ids(.ids)
    )]
    Missing {
        /// The keys, ascending.
        ids: Vec<KeyId>,
    },
    /// The ring holds other keys under the same ids.
    #[error(
        "{} of the key ring differ{} from what this database was written under: the key file was altered or belongs \
         to other data; restore it from its backup, and give a fresh key an id of its own; nothing was changed",
        Ids(.ids), if .ids.len() == 1 { "s" } else { "" }
    )]
    Different {
        /// The keys, ascending.
        ids: Vec<KeyId>,
    },
}

/// `key `3`` or `keys `3`, `5``.
struct Ids<'a>(&'a [KeyId]);

impl fmt::Display for Ids<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.0.len() == 1 { "key" } else { "keys" })?;
        for (place, id) in self.0.iter().enumerate() {
            write!(f, "{} `{id}`", if place == 0 { "" } else { "," })?;
        }
        Ok(())
    }
}

impl Ring {
    /// Compares the ring with the check values that the database has stored.
    pub fn verify(&self, stored: &[(KeyId, [u8; 32])]) -> Result<NewKeys, RingRefusal> {
        let (mut missing, mut different) = (Vec::new(), Vec::new());
        for (id, expected) in stored {
            match self.check_value(*id) {
                None => missing.push(*id),
                Some(actual) if bool::from(actual.ct_eq(expected)) => {}
                Some(_) => different.push(*id),
            }
        }
        missing.sort_unstable();
        different.sort_unstable();
        if !different.is_empty() {
            return Err(RingRefusal::Different { ids: different });
        }
        if !missing.is_empty() {
            return Err(RingRefusal::Missing { ids: missing });
        }
        let mut rows: Vec<_> = self
            .key_ids()
            .filter(|id| stored.iter().all(|(known, _)| known != id))
            .filter_map(|id| Some((id, self.check_value(id)?)))
            .collect();
        rows.reverse();
        Ok(NewKeys { rows })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::RootKey;

    fn ring(keys: &[(u32, u8)]) -> Ring {
        Ring::new(
            keys.iter()
                .map(|(id, byte)| RootKey::new(KeyId::new(*id), [*byte; 32]))
                .collect(),
        )
        .unwrap()
    }

    #[test]
    fn new_keys_are_named_and_known_ones_pass() {
        let first = ring(&[(1, 1)]).verify(&[]).unwrap();
        assert_eq!(first.rows.len(), 1);
        assert_eq!(ring(&[(1, 1)]).verify(&first.rows), Ok(NewKeys::default()));
        let grown = ring(&[(3, 3), (1, 1), (2, 2)]).verify(&first.rows).unwrap();
        assert_eq!(
            grown.rows.iter().map(|row| row.0.get()).collect::<Vec<_>>(),
            [2, 3]
        );
    }

    #[test]
    fn a_missing_or_altered_key_is_refused_with_the_way_out() {
        let stored = ring(&[(1, 1), (2, 2), (3, 3)]).verify(&[]).unwrap().rows;
        for (keys, refusal, says) in [
            (
                &[(3, 3)][..],
                RingRefusal::Missing {
                    ids: vec![KeyId::new(1), KeyId::new(2)],
                },
                "lacks keys `1`, `2`, which",
            ),
            (
                &[(1, 1), (2, 2)],
                RingRefusal::Missing {
                    ids: vec![KeyId::new(3)],
                },
                "lacks key `3`, which",
            ),
            (
                &[(1, 1), (2, 9), (3, 3)],
                RingRefusal::Different {
                    ids: vec![KeyId::new(2)],
                },
                "key `2` of the key ring differs from",
            ),
            (
                &[(1, 2), (2, 1)],
                RingRefusal::Different {
                    ids: vec![KeyId::new(1), KeyId::new(2)],
                },
                "keys `1`, `2` of the key ring differ from",
            ),
        ] {
            let refused = ring(keys).verify(&stored).unwrap_err();
            assert_eq!(refused, refusal);
            assert!(refused.to_string().contains(says), "{refused}");
            assert!(refused.to_string().contains("backup"));
        }
    }

    #[test]
    fn one_flipped_bit_of_a_check_value_is_seen() {
        let ring = ring(&[(1, 1)]);
        for place in 0..32 {
            let mut check = ring.check_value(KeyId::new(1)).unwrap();
            check[place] ^= 0x80;
            assert!(matches!(
                ring.verify(&[(KeyId::new(1), check)]),
                Err(RingRefusal::Different { .. })
            ));
        }
    }
}
