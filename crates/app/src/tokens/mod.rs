//! A person's own tokens: fine-grained and classic ones.

mod ask;
mod classic;
mod create;
mod edit;
mod filter;
mod idempotency;
mod life;
mod oneself;
mod owners;
mod rotate;
mod unused;
mod usage;
mod view;
mod wish;

pub use ask::{ask_again, cancel_request, may_ask, may_cancel};
pub(crate) use classic::nothing_of;
pub use classic::{
    ClassicEdit, ClassicForeseen, ClassicPreview, NewClassicToken, create as create_classic,
    edit as edit_classic, editable as may_edit_classic, foresee as foresee_classic,
    preview as preview_classic,
};
pub use create::{Created, Preview, create, may_create, preview};
pub(crate) use create::{add_value, owner_login, tell_reviewers};
pub use edit::{Foreseen, TokenEdit, edit, editable, foresee};
pub use filter::TokenFilter;
pub use life::{delete, may_resume, may_suspend, resume, revoke, suspend};
pub(crate) use life::{end, withdraw};
pub use oneself::{OneselfView, oneself};
pub use owners::{OwnerChoice, owners};
pub(crate) use rotate::lengthen;
pub use rotate::{RotateToken, Rotated, finish, may_finish, rotate};
pub use usage::{Usage, usage};
pub use view::{TokenView, find, list, not_revoked, own, show};
pub(crate) use view::{denied, refusal, refuse, view_of, views_of, wants_more};
pub use wish::{ExpiryWish, NewToken, RepositoriesWish};
pub(crate) use wish::{choose_repositories, may_own, read_permissions};
