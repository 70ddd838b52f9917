//! Notices: what people are told of things that happened to what is theirs, on a page and by mail.
//!
//! A use case calls [`tell`] in the unit of its change, so that there is a notice exactly where the change is. The words
//! are made from the stored facts when the notice is shown or sent.

mod deliver;
mod digest;
mod inbox;
mod kind;
mod queue;
mod remind;
mod render;
mod tell;
mod words;

pub use jeton_store::NoticeId;

pub use inbox::{Choices, Item, Listed, choices, choose, list, mark_all_read, mark_read};
pub use kind::{DigestLine, Notice, Topic};
pub use queue::{Queue, QueuedLetter, queue, retry};
pub(crate) use remind::stage;
pub(crate) use tell::{
    ADDRESS_LINK, RESET_LINK, reviewers, tell, tell_keepers, tell_with, write_to,
};
pub(crate) use words::NO_LONGER_NEEDED;
pub use words::Words;
