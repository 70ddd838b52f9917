//! The last six characters of every value: they catch typos and junk before any look-up, and defend against nothing.

use crate::characters::ALPHABET;

/// How many characters the checksum has: the least that hold 32 bits in base62.
pub(crate) const LENGTH: usize = 6;

/// CRC-32/IEEE of `covered` in base62, most significant character first, padded with `0`.
///
/// `covered` is what stands between the prefix and the checksum, an inner `_` included.
pub(crate) fn checksum(covered: &[u8]) -> [u8; LENGTH] {
    let mut rest = crc32fast::hash(covered);
    let mut characters = [b'0'; LENGTH];
    for character in characters.iter_mut().rev() {
        let digit = rest % 62;
        rest /= 62;
        if let Some(symbol) = ALPHABET.get(digit as usize) {
            *character = *symbol;
        }
    }
    characters
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `CBF43926` is the check value that catalogues of CRCs give for CRC-32/IEEE over `123456789`.
    #[test]
    fn it_is_the_ieee_polynomial_in_base62() {
        assert_eq!(crc32fast::hash(b"123456789"), 0xcbf4_3926);
        // 0xcbf43926 = 3421780262 = 3·62⁵ + 45·62⁴ + 35·62³ + 27·62² + 22·62 + 14
        assert_eq!(&checksum(b"123456789"), b"3jZRME");
        assert_eq!(&checksum(b""), b"000000");
    }
}
