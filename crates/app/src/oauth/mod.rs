//! OAuth: what applications may do for people. A person consents, in the web flow or for a device; the application is
//! given a token with scopes, which is decided as a classic token is; and each organization says for itself whether an
//! application reaches its things.

mod approvals;
mod client;
mod consents;
mod device;
mod issue;
mod known;
mod refresh;
mod registered;
mod revoke;
mod web_flow;

pub use approvals::{Approval, approvals, ask, decide as decide_application, may_ask, may_decide};
pub use client::{ClientProof, OauthRefusal, prove};
pub use consents::{Consent, consents, may_take_back, take_back};
pub use device::{DEVICE_LIVES, DeviceCodes, DeviceQuestion, answer, begin, fetch, look};
pub(crate) use registered::end_all_of;

pub use issue::Issued;
pub use known::ensure as ensure_known;
pub use refresh::refresh;
pub use registered::{
    ApplicationEdit, ApplicationView, MOST_SECRETS, NewApplication, NewSecret, add_secret, delete,
    edit, end_secret, keeper, list, may_add_secret, may_end_secret, own, register, show,
};
pub use revoke::{Checked, check, end_grant, end_token, reset, revoke};
pub use web_flow::{
    AuthorizeRequest, CODE_LIVES, Exchange, Led, OrganizationSay, Question, consent, exchange,
    question,
};

/// The resource named in field errors.
const RESOURCE: &str = "OauthApplication";
