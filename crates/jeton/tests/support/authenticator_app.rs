//! What an authenticator app shows.

use jeton_domain::Time;
use totp_rs::{Algorithm, Builder, Secret};

/// The code of a moment, by the key that was typed into it, in groups or not.
pub fn code(key: &str, at: Time) -> String {
    let key: String = key.split_whitespace().collect();
    let totp = Builder::new()
        .with_algorithm(Algorithm::SHA1)
        .with_digits(6)
        .with_step_duration(30)
        .with_secret(Secret::try_from_base32(&key).unwrap())
        .build()
        .unwrap();
    totp.generate(u64::try_from(at.seconds()).unwrap())
        .to_string()
}
