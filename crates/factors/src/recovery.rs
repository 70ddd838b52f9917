//! Recovery codes: a way in for who has lost the rest. Ten of them, each good once.

use std::fmt;

use zeroize::Zeroizing;

/// How many a person has.
pub const RECOVERY_CODES: usize = 10;

/// No `0 1 i l o`, which are taken for each other on paper. 31 characters.
const ALPHABET: &[u8; 31] = b"abcdefghjkmnpqrstuvwxyz23456789";
/// 49 bits: nobody guesses one through a throttle, and the stored digests are keyed.
const LENGTH: usize = 10;
/// Bytes that draw a code: what the alphabet does not divide evenly is thrown away, one in 33.
const DRAWN: usize = 64;
/// Longer than anybody writes one.
const LONGEST: usize = 64;

/// One code. Never printed; shown once, by name.
#[derive(Clone)]
pub struct RecoveryCode(Zeroizing<String>);

impl fmt::Debug for RecoveryCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("RecoveryCode(…)")
    }
}

impl RecoveryCode {
    /// A code of fresh random bytes. Each character is uniform: a byte that would favour the first ones
    /// is passed over. `None` where too many were, which happens less than once in 2¹⁹⁰.
    pub fn draw(random: &[u8; DRAWN]) -> Option<Self> {
        let most = u8::MAX - u8::MAX % 31;
        let code: String = random
            .iter()
            .filter(|byte| **byte < most)
            .filter_map(|byte| ALPHABET.get(usize::from(byte % 31)))
            .take(LENGTH)
            .map(|byte| char::from(*byte))
            .collect();
        (code.len() == LENGTH).then(|| Self(Zeroizing::new(code)))
    }

    /// Reads what was typed: in capitals, with or without the stroke.
    pub fn parse(typed: &str) -> Option<Self> {
        if typed.len() > LONGEST {
            return None;
        }
        let code: String = typed
            .chars()
            .filter(|c| !c.is_whitespace() && *c != '-')
            .map(|c| c.to_ascii_lowercase())
            .collect();
        let well = code.len() == LENGTH && code.bytes().all(|b| ALPHABET.contains(&b));
        well.then(|| Self(Zeroizing::new(code)))
    }

    /// As people read it: `abcde-fghij`.
    pub fn expose(&self) -> String {
        let (first, second) = self.0.split_at(LENGTH / 2);
        format!("{first}-{second}")
    }

    /// What is digested: the code of one person only.
    ///
    /// SECURITY: with whose it is, so that no two rows of one code look alike, and a row that was moved
    /// to another person opens nothing.
    pub fn to_digest(&self, person: i64) -> Zeroizing<Vec<u8>> {
        Zeroizing::new(format!("recovery/{person}/{}", self.0.as_str()).into_bytes())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_is_read_back_however_it_is_written() {
        let mut random = [0; DRAWN];
        for (place, byte) in random.iter_mut().enumerate() {
            *byte = u8::try_from(place).unwrap().wrapping_mul(7);
        }
        let code = RecoveryCode::draw(&random).unwrap();
        let shown = code.expose();
        assert_eq!(shown.len(), 11);
        assert_eq!(format!("{code:?}"), "RecoveryCode(…)");
        for typed in [
            shown.clone(),
            shown.to_uppercase(),
            shown.replace('-', ""),
            format!("  {} ", shown.replace('-', " ")),
        ] {
            let read = RecoveryCode::parse(&typed).unwrap();
            assert_eq!(read.to_digest(7), code.to_digest(7), "{typed}");
        }
        assert_ne!(code.to_digest(7), code.to_digest(8));
    }

    #[test]
    fn what_is_no_code_is_refused() {
        let long = "a".repeat(1 << 20);
        for typed in [
            "",
            "abcde",
            "abcde-fghi0",
            "abcde-fghjkm",
            "abcdé-fghjk",
            "123456",
            &long,
        ] {
            assert!(RecoveryCode::parse(typed).is_none(), "{typed:.20}");
        }
    }

    #[test]
    fn bytes_that_would_favour_some_characters_are_passed_over() {
        assert!(RecoveryCode::draw(&[u8::MAX; DRAWN]).is_none());
        assert!(RecoveryCode::draw(&[248; DRAWN]).is_none());
        let code = RecoveryCode::draw(&[247; DRAWN]).unwrap();
        assert_eq!(code.expose(), "99999-99999");
    }
}
