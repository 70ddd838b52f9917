//! Accounts of an organization that are no person's: nobody signs in to them, its owners make their tokens.

mod foresee;
mod hand_over;
mod keep;
mod tokens;

pub use foresee::{BothRoles, HandOverForeseen, foresee};
pub use hand_over::{HandOver, HandedOver, hand_over, may_hand_over};
pub use keep::{
    NewService, ServiceEdit, ServiceView, create, delete, edit, kept, list, may_resume,
    may_suspend, resume, roles, show, suspend,
};
pub use tokens::{
    Issued, NewServiceToken, RotateServiceToken, ServiceTokenView, kept_token, make_token,
    preview_token, revoke_token, rotate_token, tokens_of,
};
