//! The operator's door: a table served on a Unix socket in the data folder, and the commands that use
//! it. Its callers carry no credential; that the kernel says they are the server's own user, or root,
//! is what lets them in.

mod certificate;
mod command;
mod routes;
mod socket;

pub use command::{Admin, AdminError, Given, run};
pub use routes::TABLE;
pub(crate) use routes::{setup_command, setup_link};
