//! Jobs: each has one repository, and one token that ends with it.

mod ceiling;
mod end;
mod list;
mod open;
mod secrets;

pub use ceiling::{CeilingView, ceiling, set_ceiling};
pub use end::{end, may_end};
pub use list::{JobView, list, oneself, show};
pub use open::{NewJob, Opened, may_open, open};
pub use secrets::secrets;

pub(crate) use open::{Opening, add, left};
