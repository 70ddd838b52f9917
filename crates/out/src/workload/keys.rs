//! The keys that an issuer publishes, as far as any token may be signed with them.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use openidconnect::core::{CoreJsonWebKey, CoreJwsSigningAlgorithm};
use openidconnect::{JsonWebKey as _, JsonWebKeyId};
use serde::Deserialize;
use serde_json::Value;

/// Keys of an issuer that are looked at: the busiest publish a dozen.
const MOST: usize = 64;
/// Bits of an RSA key. Shorter ones are too weak; the library takes no longer ones.
const RSA_BITS: std::ops::RangeInclusive<usize> = 2048..=4096;

/// One key.
#[derive(Clone, Debug)]
pub(super) struct Key(CoreJsonWebKey);

impl Key {
    /// Reads a key that is fit for verifying; nothing of what is for something else, or not known here.
    fn read(value: &Value) -> Option<Self> {
        let text = |name: &str| value.get(name).and_then(Value::as_str);
        // SECURITY: a shared secret is never among published keys, and whatever else is not known is nobody's.
        let fit = match text("kty")? {
            "RSA" => RSA_BITS.contains(&bits(text("n")?)?),
            "EC" => text("crv") == Some("P-256"),
            "OKP" => text("crv") == Some("Ed25519"),
            _ => false,
        };
        let verifies = text("use").is_none_or(|purpose| purpose == "sig")
            && value.get("key_ops").is_none_or(|all| {
                all.as_array()
                    .is_some_and(|all| all.iter().any(|one| one == "verify"))
            });
        if !(fit && verifies) {
            return None;
        }
        CoreJsonWebKey::deserialize(value).ok().map(Self)
    }

    pub(super) fn verifies(
        &self,
        algorithm: &CoreJwsSigningAlgorithm,
        signed: &[u8],
        signature: &[u8],
    ) -> bool {
        // Holds the key's type, its use and the algorithm that it may name against `algorithm` first.
        self.0
            .verify_signature(algorithm, signed, signature)
            .is_ok()
    }
}

/// How many bits a number has.
fn bits(number: &str) -> Option<usize> {
    let bytes = URL_SAFE_NO_PAD.decode(number).ok()?;
    let mut rest = bytes.iter().skip_while(|byte| **byte == 0);
    let first = rest.next()?;
    Some(rest.count() * 8 + 8 - usize::try_from(first.leading_zeros()).ok()?)
}

/// What an issuer publishes.
#[derive(Clone, Debug)]
pub struct Keys(Vec<Key>);

#[derive(Deserialize)]
struct Published {
    keys: Vec<Value>,
}

impl Keys {
    /// Reads a key set (RFC 7517). Keys of kinds that no token here is signed with are left aside.
    pub fn read(json: &[u8]) -> Result<Self, String> {
        let published: Published =
            serde_json::from_slice(json).map_err(|_| "is no set of keys".to_owned())?;
        if published.keys.len() > MOST {
            return Err(format!("holds more than {MOST} keys"));
        }
        let keys: Vec<Key> = published.keys.iter().filter_map(Key::read).collect();
        if keys.is_empty() {
            return Err(
                "holds no key for RS256, PS256, ES256 or EdDSA; an RSA key has 2048 to 4096 bits"
                    .to_owned(),
            );
        }
        Ok(Self(keys))
    }

    pub(super) fn all(&self) -> impl Iterator<Item = &Key> {
        self.0.iter()
    }

    pub(super) fn named(&self, name: &str) -> impl Iterator<Item = &Key> {
        let name = JsonWebKeyId::new(name.to_owned());
        self.0
            .iter()
            .filter(move |key| key.0.key_id() == Some(&name))
    }
}
