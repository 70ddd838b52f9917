//! Sealing a secret with a server's public key, before it leaves this machine: libsodium's `crypto_box_seal`.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use crypto_box::PublicKey;
use crypto_box::aead::OsRng;

/// Seals a value with a public key in base64. In base64 too; nothing, where the key is none.
pub fn sealed(public_key: &str, value: &[u8]) -> Option<String> {
    let key: [u8; 32] = STANDARD.decode(public_key).ok()?.try_into().ok()?;
    let sealed = PublicKey::from(key).seal(&mut OsRng, value).ok()?;
    Some(STANDARD.encode(sealed))
}

#[cfg(test)]
mod tests {
    use crypto_box::SecretKey;

    use super::*;

    #[test]
    fn what_is_sealed_opens_with_the_other_half_alone() {
        let pair = SecretKey::from_bytes([7; 32]);
        let public = STANDARD.encode(pair.public_key().as_bytes());
        let sealed = STANDARD
            .decode(sealed(&public, b"s3cret").unwrap())
            .unwrap();
        assert_eq!(pair.unseal(&sealed).unwrap(), b"s3cret");
        assert!(SecretKey::from_bytes([8; 32]).unseal(&sealed).is_err());
        for none in ["", "AAAA", "not base64", &STANDARD.encode([1; 33])] {
            assert_eq!(super::sealed(none, b"s3cret"), None, "{none:?}");
        }
    }
}
