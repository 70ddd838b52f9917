//! What a receiver knows our deliveries by.

use std::fmt::Write as _;

use hmac::{Hmac, KeyInit, Mac};
use sha1::Sha1;
use sha2::Sha256;

/// The values of the headers `X-Hub-Signature` (HMAC with SHA-1) and `X-Hub-Signature-256` (with SHA-256), over the body
/// as it is sent.
///
/// SHA-1 is there for receivers that know nothing else: HMAC with it is not broken, and GitHub sends both.
pub fn signatures(secret: &[u8], body: &[u8]) -> [String; 2] {
    [
        signed::<Hmac<Sha1>>("sha1", secret, body),
        signed::<Hmac<Sha256>>("sha256", secret, body),
    ]
}

fn signed<M: Mac + KeyInit>(name: &str, secret: &[u8], body: &[u8]) -> String {
    // A key of any length is taken.
    let Ok(mut mac) = <M as KeyInit>::new_from_slice(secret) else {
        return String::new();
    };
    mac.update(body);
    let mut said = format!("{name}=");
    for byte in mac.finalize().into_bytes() {
        let _ = write!(said, "{byte:02x}");
    }
    said
}

#[cfg(test)]
mod tests {
    use super::*;

    /// GitHub's own example for whoever writes a receiver, and RFC 2202's second case.
    #[test]
    fn the_signatures_are_those_that_others_reckon() {
        let [_, sha256] = signatures(b"It's a Secret to Everybody", b"Hello, World!");
        assert_eq!(
            sha256,
            "sha256=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17"
        );
        let [sha1, _] = signatures(b"Jefe", b"what do ya want for nothing?");
        assert_eq!(sha1, "sha1=effcdf6ae5eb2fa2d27416d5f184df9c259a7c79");
    }
}
