//! The registry of packages, as npm, pnpm and yarn speak to it (`semantics` section 18). Who may do what is decided by the use
//! cases, and files come from `repo`; here documents are read as they come, and files are looked through before they count.

mod access;
mod advisories;
mod answer;
mod operations;
mod packument;
mod publish;
mod remove;
mod routes;
mod search;
mod session;
mod tags;
mod tokens;

pub use routes::TABLE;
