//! What only classic tokens have: their scopes, on the form and on the token's page.

mod draft;
pub(crate) mod edit;
mod form;
pub(crate) mod new;
mod overview;
mod scopes;
pub(crate) mod show;
