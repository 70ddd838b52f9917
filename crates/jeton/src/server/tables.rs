//! Every route that this program serves (law 2): what is not named here does not exist.

use std::sync::LazyLock;

use jeton_http::{SITE, Table};

/// For the network: the doors that take tokens.
pub static TABLES: LazyLock<Vec<&'static Table>> = LazyLock::new(|| {
    [&SITE, &jeton_git::TABLE, &jeton_npm::TABLE]
        .into_iter()
        .chain(jeton_api::TABLES.iter().copied())
        .collect()
});

/// For the network: the pages, which take a browser's session and no token.
pub static PAGES: &[&Table] = jeton_web::TABLES;

/// For the operator's socket.
pub static ADMIN_TABLES: &[&Table] = &[&crate::admin::TABLE];
