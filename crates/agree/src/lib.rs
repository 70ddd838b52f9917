//! Two deciders, written by different hands, asked about the same random worlds: the shipped one
//! (`jeton-decide`) and the naive one (`jeton-model`). A proof, never shipped.
//!
//! [`Worlds`] makes worlds from a seed, [`facts`] tells them to the shipped decision in its own types,
//! [`compare`] asks both, [`lists`] does the same for lists, [`cases`] reads worlds that people wrote.

mod aims;
mod case_targets;
mod case_values;
mod case_words;
pub mod cases;
mod cast;
mod changes;
pub mod compare;
mod credentials;
pub mod facts;
mod grants;
mod list_worlds;
pub mod lists;
pub mod open;
mod operations;
mod packages;
mod policies;
mod random;
mod tally;
mod words;
mod worlds;

pub use tally::Tally;
pub use worlds::Worlds;
