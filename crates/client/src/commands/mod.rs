//! One file per noun; each holds its arguments and what it does with them.

pub(crate) mod application;
pub(crate) mod audit;
pub(crate) mod authorization;
pub(crate) mod emergency;
pub(crate) mod explain;
pub(crate) mod grant;
pub(crate) mod invitation;
pub(crate) mod job;
pub(crate) mod login;
pub(crate) mod org;
pub(crate) mod policy;
pub(crate) mod repo;
pub(crate) mod request;
pub(crate) mod review;
pub(crate) mod scopes;
pub(crate) mod secret;
pub(crate) mod service;
pub(crate) mod setup;
pub(crate) mod setup_git;
pub(crate) mod sign_in;
pub(crate) mod team;
pub(crate) mod token;
pub(crate) mod user;
pub(crate) mod webhook;
pub(crate) mod words;
pub(crate) mod workload;

use serde_json::Value;

use crate::error::ClientError;

/// Puts a text into a request's body where one was given.
pub(crate) fn put_text(body: &mut Value, name: &str, text: Option<String>) {
    put(body, name, text.map(Value::String));
}

/// Puts a value into a request's body where one was given.
pub(crate) fn put(body: &mut Value, name: &str, value: Option<Value>) {
    if let (Value::Object(fields), Some(value)) = (body, value) {
        fields.insert(name.to_owned(), value);
    }
}

/// A change that changes nothing is a mistake of typing.
pub(crate) fn check_changes(body: &Value) -> Result<(), ClientError> {
    match body.as_object() {
        Some(fields) if fields.is_empty() => Err(ClientError::usage(
            "nothing is to be changed",
            "--help shows what can be",
        )),
        _ => Ok(()),
    }
}
