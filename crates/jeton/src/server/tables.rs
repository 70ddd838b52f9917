//! Every route that this program serves (law 2): what is not named here does not exist.

use jeton_http::{SITE, Table};

/// For the network.
pub static TABLES: &[&Table] = &[&SITE, &jeton_git::TABLE];

/// For the operator's socket.
pub static ADMIN_TABLES: &[&Table] = &[&crate::admin::TABLE];
