//! Answers of streaming handlers.

use http::header::CONTENT_TYPE;
use http::{HeaderValue, StatusCode};
use jeton_app::{App, Call};
use jeton_http::{Body, Refused, Response};
use serde_json::Value;

/// Any status with JSON.
pub(crate) fn json(status: StatusCode, value: &Value) -> Response {
    let mut response = Response::new(Body::whole(value.to_string()));
    *response.status_mut() = status;
    let media = HeaderValue::from_static("application/json; charset=utf-8");
    response.headers_mut().insert(CONTENT_TYPE, media);
    response
}

/// A refusal, which leads to the page of the operation.
pub(crate) fn refused(app: &App, call: &Call, refused: &Refused) -> Response {
    let url = format!(
        "{}/docs/operations/{}",
        app.public_url(),
        call.operation.name
    );
    refused.response(call.door, &url)
}
