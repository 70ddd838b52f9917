//! Codes of an authenticator app: RFC 6238 with what every app knows: SHA-1, six digits, thirty seconds.

use std::fmt;

use totp_rs::{Algorithm, Builder, Totp};
use zeroize::Zeroizing;

/// Digits of a code.
pub const CODE_DIGITS: usize = 6;
/// How long a code is the present one.
pub const STEP_SECONDS: i64 = 30;
/// So many steps to either side are taken too: for clocks that differ, and for slow fingers.
const SKEW: u16 = 1;
/// 160 bits, as RFC 4226 recommends.
const SEED_BYTES: usize = 20;

/// Why there is no authenticator.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SeedFault {
    /// Stored bytes that are no seed.
    #[error("an authenticator's seed has another length")]
    Length,
    /// The library refuses the parameters.
    #[error("an authenticator can't be made of this seed")]
    Refused,
}

/// What an authenticator app and the server share. Never printed; shown once, by name.
#[derive(Clone)]
pub struct Seed(Zeroizing<[u8; SEED_BYTES]>);

impl fmt::Debug for Seed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Seed(…)")
    }
}

impl Seed {
    /// A seed of fresh random bytes.
    pub fn new(random: [u8; SEED_BYTES]) -> Self {
        Self(Zeroizing::new(random))
    }

    /// A seed read back.
    pub fn from_stored(bytes: &[u8]) -> Result<Self, SeedFault> {
        let bytes: [u8; SEED_BYTES] = bytes.try_into().map_err(|_| SeedFault::Length)?;
        Ok(Self::new(bytes))
    }

    /// The bytes, to be sealed.
    pub fn expose(&self) -> &[u8] {
        self.0.as_slice()
    }

    fn totp(&self) -> Result<Totp, SeedFault> {
        Builder::new()
            .with_algorithm(Algorithm::SHA1)
            .with_digits(6)
            .with_skew(SKEW)
            .with_step_duration(STEP_SECONDS.unsigned_abs())
            .with_secret(self.0.to_vec())
            .build()
            .map_err(|_| SeedFault::Refused)
    }

    /// The seed as people type it: base32 in groups of four.
    pub fn expose_key(&self) -> Result<String, SeedFault> {
        let key = self.totp()?.secret().to_base32();
        let mut grouped = String::with_capacity(key.len() + key.len() / 4);
        for (place, character) in key.chars().enumerate() {
            if place > 0 && place % 4 == 0 {
                grouped.push(' ');
            }
            grouped.push(character);
        }
        Ok(grouped)
    }

    /// The address that an app reads from a picture. A colon would part the label: there is none in it.
    pub fn expose_url(&self, login: &str, host: &str) -> Result<String, SeedFault> {
        let host = host.replace(':', " ");
        Builder::new()
            .with_secret(self.0.to_vec())
            .with_account_name(login)
            .with_issuer(Some(format!("Jeton {host}")))
            .build()
            .and_then(|totp| totp.to_url())
            .map_err(|_| SeedFault::Refused)
    }

    /// The step that a code belongs to, if it is that of now or of one beside it.
    ///
    /// SECURITY: a code is good once. Whoever takes a step remembers it, and takes only later ones:
    /// that is why this says which. `seconds`: since 1970.
    pub fn step(&self, typed: &str, seconds: i64) -> Result<Option<i64>, SeedFault> {
        let Some(code) = digits(typed) else {
            return Ok(None);
        };
        let Ok(seconds) = u64::try_from(seconds) else {
            return Ok(None);
        };
        let found = self.totp()?.check(&code, seconds);
        Ok(found.and_then(|step| i64::try_from(step).ok()))
    }

    /// The code of a moment: what the app would show. For tests and for the demonstration.
    pub fn code(&self, seconds: i64) -> Result<String, SeedFault> {
        let seconds = u64::try_from(seconds).map_err(|_| SeedFault::Refused)?;
        Ok(self.totp()?.generate(seconds).to_string())
    }
}

/// Six digits, however they were grouped.
fn digits(typed: &str) -> Option<String> {
    // A bound on work, far above what anybody types.
    if typed.len() > 64 {
        return None;
    }
    let code: String = typed
        .chars()
        .filter(|c| !c.is_whitespace() && *c != '-')
        .collect();
    (code.len() == CODE_DIGITS && code.bytes().all(|b| b.is_ascii_digit())).then_some(code)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The seed of RFC 6238, appendix B.
    fn rfc() -> Seed {
        Seed::new(*b"12345678901234567890")
    }

    #[test]
    fn codes_are_those_of_the_rfc() {
        // Eight digits there; the last six are ours.
        for (seconds, code) in [
            (59, "287082"),
            (1_111_111_109, "081804"),
            (1_111_111_111, "050471"),
            (1_234_567_890, "005924"),
            (2_000_000_000, "279037"),
        ] {
            assert_eq!(rfc().code(seconds).unwrap(), code);
            assert_eq!(rfc().step(code, seconds).unwrap(), Some(seconds / 30));
        }
    }

    #[test]
    fn a_clock_may_differ_by_one_step_and_no_more() {
        let now = 1_234_567_890;
        let code = rfc().code(now).unwrap();
        let step = now / 30;
        for (shift, taken) in [
            (-60, false),
            (-31, false),
            (-30, true),
            (0, true),
            (29, true),
            (59, true),
            (60, false),
            (90, false),
        ] {
            let expected = taken.then_some(step);
            assert_eq!(rfc().step(&code, now + shift).unwrap(), expected, "{shift}");
        }
    }

    #[test]
    fn what_is_no_code_is_none() {
        let now = 1_234_567_890;
        assert!(rfc().step("005 924", now).unwrap().is_some());
        assert!(rfc().step(" 005-924\n", now).unwrap().is_some());
        let long = "0".repeat(1 << 20);
        for typed in [
            "",
            "5924",
            "+05924",
            "0059240",
            "００５９２４",
            "00592\u{664}",
            "abcdef",
            "005924\0",
            &long,
        ] {
            assert_eq!(rfc().step(typed, now).unwrap(), None, "{typed:.20}");
        }
        assert_eq!(rfc().step("005924", -1).unwrap(), None);
    }

    #[test]
    fn a_seed_is_never_printed_and_comes_back_from_what_was_stored() {
        assert_eq!(format!("{:?}", rfc()), "Seed(…)");
        let again = Seed::from_stored(rfc().expose()).unwrap();
        assert_eq!(again.expose(), rfc().expose());
        assert_eq!(Seed::from_stored(&[0; 19]).unwrap_err(), SeedFault::Length);
        assert_eq!(
            rfc().expose_key().unwrap(),
            "GEZD GNBV GY3T QOJQ GEZD GNBV GY3T QOJQ"
        );
        assert_eq!(
            rfc().expose_url("zed", "jeton.example:8443").unwrap(),
            "otpauth://totp/Jeton%20jeton.example%208443:zed?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ&issuer=Jeton%20jeton.example%208443"
        );
    }
}
