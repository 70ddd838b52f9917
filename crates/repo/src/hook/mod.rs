//! The one seam that every push passes: git's hooks `pre-receive` and `update`, asked over a private
//! socket.
//!
//! Git runs the executables of a folder of ours, which hand their questions to the server
//! ([`client`]). The server knows which push asks by a value that it put into that git's environment
//! and that is good for this push only ([`HookServer::expect`]).
//!
//! All checks are asked in `pre-receive`, those of single references too. Git asks `update` only for a
//! push of which some references are refused and others are not.

pub mod client;

mod command;
mod folder;
mod forced;
mod guarded;
mod names;
mod refusals;
mod server;
mod wire;

pub use command::{CommandError, RefCommand};
pub use forced::{ForcedError, is_forced};
pub use guarded::{GuardedFault, GuardedPaths, changes_guarded};
pub use names::{RefNameFault, check_ref_name};
pub use server::{HookError, HookServer, Push, PushChecks, PushId, Ticket, Verdict};

/// Where the socket is.
const SOCKET_VARIABLE: &str = "JETON_HOOK_SOCKET";
/// Which push it is.
const NONCE_VARIABLE: &str = "JETON_HOOK_NONCE";
