//! The formats of Jeton's credentials: make, parse, checksum, digest.
//!
//! Pure: no clock, no environment, no generator of its own; randomness is an argument ([`Random`]). What comes in
//! from outside goes through [`parse`] once, and [`Parsed`] is the proof from then on. What is made goes out through
//! [`Secret::expose`] once. At rest there is only a [`Digest`] under a key of the [`Ring`].
//!
//! `VECTORS.md` beside this crate describes the formats byte by byte; `vectors.json` never changes.

mod characters;
mod checksum;
mod digest;
mod keys;
mod kind;
mod parse;
#[cfg(test)]
mod properties;
mod purpose;
mod ring;
mod secret;
#[cfg(test)]
mod seeded;
mod verify;

pub use characters::{Characters, InstanceHint, NotCharacters, PublicName, Random};
pub use digest::{Digest, hashed};
pub use keys::{KeyId, KeyLine, RootKey, SubKey};
pub use kind::{Kind, pattern};
pub use parse::{Malformed, Parsed, holds_whole, looks_like_ours, parse};
pub use purpose::{KeyUse, Purpose};
pub use ring::{Ring, RingError};
pub use secret::{Secret, make};
pub use verify::{NewKeys, RingRefusal};
