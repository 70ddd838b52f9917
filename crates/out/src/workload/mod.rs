//! Somebody else's signed word about a job: a token of an `OpenID` Connect issuer that an organization here trusts, and the keys
//! that the issuer publishes.
//!
//! SECURITY: an organization's owner chooses the issuer, and whoever brings a token chooses when it is asked. So each address is
//! held against the rule that webhooks' are held against; no redirect is followed; each answer has a size and the whole a time;
//! an issuer is asked by one request at a time, and not again at once.

mod issuers;
mod keys;
mod token;

pub use issuers::{Issuers, News, Settings};
pub use keys::Keys;
pub use token::{LONGEST_TOKEN, TokenFault, Unverified, Verified, read_claims};
