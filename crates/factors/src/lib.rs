//! How people prove themselves besides a password: passkeys, authenticator codes, recovery codes.
//!
//! Nothing here reads or writes anything: what is stored comes in and goes out as text and bytes, and
//! moments and randomness are arguments. One exception, which the library behind passkeys leaves no
//! other way: it draws the 32 bytes of each passkey challenge from the system's generator itself.

mod authenticator;
mod passkeys;
mod recovery;

pub use authenticator::{CODE_DIGITS, STEP_SECONDS, Seed, SeedFault};
pub use passkeys::{
    Answer, Asked, Challenge, NewPasskey, PasskeyFault, Passkeys, Person, StoredPasskey, Used,
};
pub use recovery::{RECOVERY_CODES, RecoveryCode};
