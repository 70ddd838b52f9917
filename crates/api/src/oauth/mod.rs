//! OAuth over HTTP: the endpoints that applications call, what they ask of their own tokens, and what people and
//! organizations keep of applications.

pub(crate) mod approvals;
pub(crate) mod endpoints;
pub(crate) mod registered;
pub(crate) mod tokens;
