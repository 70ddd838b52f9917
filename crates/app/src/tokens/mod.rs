//! A person's own tokens: fine-grained and classic ones.

mod ask;
pub mod children;
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
pub use classic::{
    ClassicEdit, ClassicForeseen, ClassicPreview, NewClassicToken, create as create_classic,
    edit as edit_classic, editable as may_edit_classic, foresee as foresee_classic,
    preview as preview_classic,
};
pub(crate) use classic::{Settled, make as make_classic, nothing_of, settle as settle_classic};
pub use create::{Created, Preview, create, may_create, preview};
pub(crate) use create::{
    add_value, approve_oneself, asked, name_taken, owner_login, preview_of, replace_unseen,
    tell_reviewers,
};
pub use edit::{Foreseen, TokenEdit, edit, editable, foresee};
pub use filter::TokenFilter;
pub(crate) use idempotency::Idempotency;
pub use life::{delete, may_resume, may_suspend, resume, revoke, suspend};
pub(crate) use life::{end, withdraw};
pub use oneself::{OneselfView, oneself};
pub use owners::{OwnerChoice, owners};
pub(crate) use rotate::lengthen;
pub use rotate::{RotateToken, Rotated, finish, may_finish, rotate};
pub use usage::{Usage, usage};
pub use view::{TokenView, find, kept_on, list, own, show};
pub(crate) use view::{denied, refusal, refuse, view_of, views_of, wants_more};
pub use wish::{ExpiryWish, NewToken, PackagesWish, RepositoriesWish};
pub(crate) use wish::{
    check_text, choose_repositories, expiry_wish, may_own, read_permissions, wished,
};
