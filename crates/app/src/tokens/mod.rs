//! A person's own fine-grained tokens.

mod ask;
mod create;
mod edit;
mod idempotency;
mod life;
mod oneself;
mod owners;
mod rotate;
mod usage;
mod view;
mod wish;

pub use ask::{ask_again, cancel_request};
pub use create::{Created, Preview, create, preview};
pub use edit::{TokenEdit, WIDEN, edit};
pub use life::{delete, resume, revoke, suspend};
pub(crate) use life::{end, withdraw};
pub use oneself::{OneselfView, oneself};
pub use owners::{OwnerChoice, owners};
pub use rotate::{RotateToken, Rotated, finish, rotate};
pub use usage::{Usage, usage};
pub(crate) use view::view_of;
pub use view::{TokenView, list, show};
pub use wish::{ExpiryWish, NewToken, RepositoriesWish};
