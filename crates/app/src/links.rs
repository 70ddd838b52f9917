//! One-time codes that travel in links: kept as keyed digests only, each for one use.

use jeton_token::{KeyId, Purpose};
use zeroize::Zeroizing;

use crate::app::Inner;
use crate::error::AppError;

/// What a code is for. Append only: the words are part of every stored digest, so that a code made for one use
/// never fits another.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum LinkUse {
    /// Proves that an address is read by the person who gave it.
    Address,
    /// Lets somebody set a new password.
    PasswordReset,
    /// Invites into an organization.
    OrganizationInvitation,
    /// Invites to a repository.
    RepositoryInvitation,
    /// What a device asks with whether somebody answered.
    Device,
    /// What a person types to answer a device.
    DeviceUser,
    /// What an OAuth application fetches a token with.
    Authorization,
    /// What an OAuth application proves itself with.
    ClientSecret,
    /// What npm asks with whether somebody answered.
    Registry,
    /// What the page is found by on which npm's question is answered.
    RegistryPage,
}

impl LinkUse {
    /// All of them.
    pub const ALL: [Self; 10] = [
        Self::Address,
        Self::PasswordReset,
        Self::OrganizationInvitation,
        Self::RepositoryInvitation,
        Self::Device,
        Self::DeviceUser,
        Self::Authorization,
        Self::ClientSecret,
        Self::Registry,
        Self::RegistryPage,
    ];

    const fn word(self) -> &'static str {
        match self {
            Self::Address => "address",
            Self::PasswordReset => "password_reset",
            Self::OrganizationInvitation => "organization_invitation",
            Self::RepositoryInvitation => "repository_invitation",
            Self::Device => "device",
            Self::DeviceUser => "device_user",
            Self::Authorization => "authorization",
            Self::ClientSecret => "client_secret",
            Self::Registry => "registry",
            Self::RegistryPage => "registry_page",
        }
    }
}

/// Bytes of a code: 160 bits, which nobody guesses.
const BYTES: usize = 20;

/// Letters of a code that is typed: no vowels, so that it spells nothing, and none that is taken for another.
const TYPED: &[u8; 20] = b"BCDFGHJKLMNPQRSTVWXZ";
/// How many: 34.5 bits. Guesses are limited, and a code lives for minutes.
const TYPED_LETTERS: usize = 8;

/// A code, in clear. Goes into one mail or onto one page, and is kept nowhere. Wiped from memory when dropped.
#[derive(Clone)]
pub struct LinkCode(Zeroizing<String>);

impl std::fmt::Debug for LinkCode {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("LinkCode(…)")
    }
}

impl LinkCode {
    /// What stands in a path: `None` where it can't be a code at all, so that junk costs no look-up.
    pub fn parse(text: &str) -> Option<Self> {
        let well = text.len() == BYTES * 2
            && text
                .bytes()
                .all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'));
        well.then(|| Self(Zeroizing::new(text.to_owned())))
    }

    /// What a person typed to answer a device, however they wrote it: eight letters of [`TYPED`].
    pub fn typed(text: &str) -> Option<Self> {
        let letters: String = text
            .chars()
            .filter(|c| !matches!(c, '-' | ' '))
            .map(|c| c.to_ascii_uppercase())
            .collect();
        let well = letters.len() == TYPED_LETTERS && letters.bytes().all(|b| TYPED.contains(&b));
        well.then(|| Self(Zeroizing::new(letters)))
    }

    /// The code. Each call is a place where it leaves the house.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

/// A code's stored form.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LinkDigest {
    /// What is stored and looked up.
    pub digest: [u8; 32],
    /// Under which key.
    pub key: u32,
}

impl Inner {
    /// A fresh code.
    pub fn new_link_code(&self) -> LinkCode {
        let bytes = Zeroizing::new(self.random::<BYTES>());
        // The whole length at once: growing would leave copies of the code behind.
        let mut code = Zeroizing::new(String::with_capacity(BYTES * 2));
        for byte in bytes.iter() {
            for half in [byte >> 4, byte & 0xf] {
                code.push(char::from_digit(half.into(), 16).unwrap_or('0'));
            }
        }
        LinkCode(code)
    }

    /// A fresh code for a person to type.
    pub fn new_typed_code(&self) -> LinkCode {
        let mut code = Zeroizing::new(String::with_capacity(TYPED_LETTERS));
        while code.len() < TYPED_LETTERS {
            let [byte] = self.random::<1>();
            // Each letter alike: bytes that would favour the first ones are left out.
            if byte < 240 {
                let letter = TYPED.get(usize::from(byte % 20)).copied().unwrap_or(b'B');
                code.push(char::from(letter));
            }
        }
        LinkCode(code)
    }

    /// What to store of a fresh code.
    pub fn link_digest(&self, for_use: LinkUse, code: &LinkCode) -> Result<LinkDigest, AppError> {
        self.digest_under(self.ring.newest(), for_use, code)
            .ok_or_else(|| AppError::Data("the newest key is missing".to_owned()))
    }

    /// What a code that came back may be stored as: under each key of the ring, newest first.
    pub fn link_digests(&self, for_use: LinkUse, code: &LinkCode) -> Vec<LinkDigest> {
        self.ring
            .key_ids()
            .filter_map(|key| self.digest_under(key, for_use, code))
            .collect()
    }

    fn digest_under(&self, key: KeyId, for_use: LinkUse, code: &LinkCode) -> Option<LinkDigest> {
        // INVARIANT: a word never holds a line end, so no two uses give the same bytes.
        let bytes = Zeroizing::new(format!("{}\n{}", for_use.word(), code.expose()));
        let digest = self.ring.digest(Purpose::Link, key, bytes.as_bytes())?;
        Some(LinkDigest {
            digest: *digest.as_bytes(),
            key: key.get(),
        })
    }
}
