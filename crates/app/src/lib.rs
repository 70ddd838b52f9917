//! The use cases: one function each, called by every door. Facts are loaded from one snapshot, the
//! decision is asked, the work is done with a permit, logged, and committed together.

mod activity;
mod app;
mod audit;
mod authenticate;
mod authorize;
mod beside;
mod bulk;
mod cache;
mod call;
mod credentials;
mod edge;
mod error;
mod fix;
mod passwords;
mod place;
mod rates;
mod refusal;
mod streams;
mod told;

pub mod admin;
pub mod audit_log;
pub mod collaborators;
mod departure;
pub mod explain;
pub mod git;
pub mod grants;
mod housekeeping;
pub mod leaks;
pub mod organizations;
pub mod repositories;
pub mod requests;
pub mod setup;
pub mod sign_in;
pub mod site;
pub mod teams;
pub mod tokens;
pub mod users;

pub use app::{App, Inner, Parts, Resolved};
pub use audit::Record;
pub use authenticate::{Authenticated, Known, Subject};
pub use authorize::{Acting, Permitted};
pub use cache::Dated;
pub use call::{Call, Carried, Door, Named, Presented};
pub use edge::{Clock, Entropy};
pub use error::{AppError, FieldFault};
pub use fix::Fix;
pub use housekeeping::Retention;
pub use passwords::Password;
pub use place::{Owner, Place, Repository};
pub use rates::{Limits, RateState};
pub use refusal::{FACTS, Refusal};
pub use streams::{Stream, Streams};
pub use told::Told;
