//! Secrets that have to be read again: sealed at rest (AES-256-GCM), each bound to its row.
//!
//! A sealed value is the number of its key (4 bytes, most significant first), a nonce (12 bytes), and the
//! ciphertext with its tag. The associated data names the table and the row, so that a value which was
//! copied to another row opens there no more than under another key.

use aes_gcm::aead::{Aead as _, KeyInit as _, Payload};
use aes_gcm::{Aes256Gcm, Nonce};
use jeton_token::{KeyId, KeyUse};
use zeroize::Zeroizing;

use crate::app::Inner;
use crate::error::AppError;

const KEY_BYTES: usize = 4;
const NONCE_BYTES: usize = 12;

/// Where a sealed value lies. Append only: the words are part of what every stored value is bound to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum SealedIn {
    /// The secret part of a job.
    Job,
    /// The seed of a person's authenticator; the row is the person.
    AuthenticatorSeed,
    /// What a webhook's deliveries are signed with; the row is the webhook.
    HookSecret,
    /// What a job is given; the row is the secret.
    JobSecret,
    /// The private half of a pair that secrets are sealed with on their way here; the row is the pair.
    SealingKey,
}

impl SealedIn {
    /// All of them.
    pub const ALL: [Self; 5] = [
        Self::Job,
        Self::AuthenticatorSeed,
        Self::HookSecret,
        Self::JobSecret,
        Self::SealingKey,
    ];

    const fn word(self) -> &'static str {
        match self {
            Self::Job => "jobs",
            Self::AuthenticatorSeed => "authenticator_seeds",
            Self::HookSecret => "hooks",
            Self::JobSecret => "job_secrets",
            Self::SealingKey => "sealing_keys",
        }
    }
}

impl Inner {
    /// Seals what has to be read again, under the newest key, for one row.
    pub fn seal(&self, place: SealedIn, row: i64, plain: &[u8]) -> Result<Vec<u8>, AppError> {
        let key = self.ring.newest();
        let nonce: [u8; NONCE_BYTES] = self.random();
        let sealed = self
            .cipher(key)?
            .encrypt(
                &Nonce::from(nonce),
                Payload {
                    msg: plain,
                    aad: &bound_to(key, place, row),
                },
            )
            .map_err(|_| AppError::Data("a secret could not be sealed".to_owned()))?;
        let mut value = Vec::with_capacity(KEY_BYTES + NONCE_BYTES + sealed.len());
        value.extend_from_slice(&key.get().to_be_bytes());
        value.extend_from_slice(&nonce);
        value.extend_from_slice(&sealed);
        Ok(value)
    }

    /// Opens what was sealed for this row. Anything else is a defect of the data, and is refused.
    pub fn unseal(
        &self,
        place: SealedIn,
        row: i64,
        sealed: &[u8],
    ) -> Result<Zeroizing<Vec<u8>>, AppError> {
        let broken = || {
            AppError::Data(format!(
                "the sealed value of row {row} in `{}` does not open",
                place.word()
            ))
        };
        let (key, rest) = sealed.split_first_chunk::<KEY_BYTES>().ok_or_else(broken)?;
        let (nonce, sealed) = rest.split_first_chunk::<NONCE_BYTES>().ok_or_else(broken)?;
        let key = KeyId::new(u32::from_be_bytes(*key));
        let payload = Payload {
            msg: sealed,
            aad: &bound_to(key, place, row),
        };
        self.cipher(key)?
            .decrypt(&Nonce::from(*nonce), payload)
            .map(Zeroizing::new)
            .map_err(|_| broken())
    }

    fn cipher(&self, key: KeyId) -> Result<Aes256Gcm, AppError> {
        let sub_key = self
            .ring
            .sub_key(KeyUse::Seal, key)
            .ok_or_else(|| AppError::Data(format!("the key `{key}` is missing")))?;
        Ok(Aes256Gcm::new(sub_key.expose().into()))
    }
}

/// INVARIANT: no two places give the same bytes: the numbers have a fixed length, and the word is last.
fn bound_to(key: KeyId, place: SealedIn, row: i64) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(48);
    bytes.extend_from_slice(&key.get().to_be_bytes());
    bytes.extend_from_slice(&row.to_be_bytes());
    bytes.extend_from_slice(place.word().as_bytes());
    bytes
}
