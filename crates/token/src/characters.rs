//! The 62 characters of a body, how they are drawn, and the short public names made of them.

use std::fmt;

use zeroize::Zeroizing;

/// Digits, capitals, small letters, in the order of their base62 values.
pub(crate) const ALPHABET: &[u8; 62] =
    b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

/// A source of randomness, given by the caller: the system's generator in the binary, a seeded one in tests.
pub trait Random {
    /// Overwrites all of `bytes`. Whoever implements this must not return with predictable bytes.
    fn fill(&mut self, bytes: &mut [u8]);
}

/// Overwrites `place` with independent, uniform characters of the alphabet.
///
/// Six bits of each random byte are taken; 62 and 63 are thrown away, because folding them onto 0 and 1 would make
/// those characters twice as likely.
pub(crate) fn draw(place: &mut [u8], random: &mut dyn Random) {
    let mut noise = Zeroizing::new([0_u8; 96]);
    let mut places = place.iter_mut();
    let mut next = places.next();
    while next.is_some() {
        random.fill(noise.as_mut_slice());
        for byte in noise.iter() {
            let Some(character) = ALPHABET.get(usize::from(byte & 63)) else {
                continue;
            };
            let Some(place) = next else { return };
            *place = *character;
            next = places.next();
        }
    }
}

pub(crate) fn all_in_alphabet(bytes: &[u8]) -> bool {
    bytes.iter().all(u8::is_ascii_alphanumeric)
}

/// The text of bytes that are known to be ASCII.
#[expect(
    clippy::expect_used,
    reason = "every caller holds bytes that were drawn from, or checked against, the alphabet and `_`: all ASCII"
)]
pub(crate) fn ascii(bytes: &[u8]) -> &str {
    std::str::from_utf8(bytes).expect("characters of the alphabet")
}

/// Exactly `N` characters `[0-9A-Za-z]`: a public name, not a secret.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Characters<const N: usize>(
    // INVARIANT: each byte is a character of the alphabet.
    [u8; N],
);

/// The four characters that name an instance in its fine-grained values.
///
/// A convenience for people and scanners that hold a stray value; it proves nothing about where the value came from.
pub type InstanceHint = Characters<4>;

/// The 18 characters that name one *secret* of a fine-grained token. Public: lists and logs may show them. They change
/// at rotation.
pub type PublicName = Characters<18>;

impl<const N: usize> Characters<N> {
    /// The characters as typed, or why they are none.
    pub fn parse(text: &str) -> Result<Self, NotCharacters> {
        Self::checked(text.as_bytes()).ok_or_else(|| NotCharacters {
            given: text.chars().take(80).collect(),
            length: N,
        })
    }

    /// Fresh uniform characters.
    pub fn from_random(random: &mut dyn Random) -> Self {
        let mut bytes = [0; N];
        draw(&mut bytes, random);
        Self(bytes)
    }

    pub(crate) fn checked(bytes: &[u8]) -> Option<Self> {
        all_in_alphabet(bytes).then_some(Self(*bytes.as_array()?))
    }

    /// The characters.
    pub fn as_str(&self) -> &str {
        ascii(&self.0)
    }
}

impl<const N: usize> fmt::Display for Characters<N> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl<const N: usize> fmt::Debug for Characters<N> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// A text that was meant to be an [`InstanceHint`] or a [`PublicName`] and is not.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{given}` is not {length} characters out of 0-9, A-Z and a-z")]
pub struct NotCharacters {
    given: String,
    length: usize,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::seeded::Seeded;

    #[test]
    fn the_alphabet_is_what_the_check_accepts() {
        let accepted: Vec<u8> = (0..=u8::MAX)
            .filter(|byte| all_in_alphabet(&[*byte]))
            .collect();
        assert_eq!(accepted, ALPHABET);
    }

    #[test]
    fn names_have_their_length_and_alphabet() {
        assert_eq!(InstanceHint::parse("aZ09").unwrap().to_string(), "aZ09");
        for wrong in ["", "abc", "abcde", "ab_d", "ab d", "é12", "ab\0d"] {
            let error = InstanceHint::parse(wrong).unwrap_err();
            assert!(
                error.to_string().contains("4 characters"),
                "{wrong}: {error}"
            );
        }
        let name = PublicName::from_random(&mut Seeded::new(1));
        assert_eq!(PublicName::parse(name.as_str()), Ok(name));
        assert_ne!(name, PublicName::from_random(&mut Seeded::new(2)));
    }

    /// Chi-square over 62 symbols: mean 61, standard deviation 11. Folding 62 and 63 onto two characters would give
    /// some 1,900 here, a byte taken modulo 62 some 470.
    #[test]
    fn characters_are_uniform() {
        let mut place = vec![0; 62_000];
        draw(&mut place, &mut Seeded::new(7));
        let expected = 1_000.0;
        let square: f64 = ALPHABET
            .iter()
            .map(|symbol| {
                let seen: u32 = place.iter().map(|byte| u32::from(byte == symbol)).sum();
                (f64::from(seen) - expected).powi(2) / expected
            })
            .sum();
        assert!((20.0..130.0).contains(&square), "chi-square {square}");
    }
}
