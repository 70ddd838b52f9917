//! Answering invitations, and making an account on the way.

pub(crate) mod by_link;
pub(crate) mod join;
pub(crate) mod organization;
pub(crate) mod repository;
