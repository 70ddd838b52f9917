//! Advisories: nobody keeps any here, and that is said to whoever asks.

use http::StatusCode;
use jeton_http::{Answering, Exchange, Refused};
use serde_json::json;

use crate::answer;

/// No advisory is known of anything. What was asked about is not read.
pub(crate) fn bulk(exchange: Exchange) -> Answering {
    Box::pin(async move {
        let Exchange {
            app, call, payload, ..
        } = exchange;
        payload.drain().await;
        let (work_app, work_call) = (app.clone(), call.clone());
        let refused = match tokio::task::spawn_blocking(move || work_app.admit(&work_call)).await {
            Ok(Ok(())) => return answer::json(StatusCode::OK, &json!({})),
            Ok(Err(error)) => Refused::from_error(&app, call.door, &error, &call.request_id),
            Err(error) => Refused::inside(&error, &call.request_id),
        };
        answer::refused(&app, &call, &refused)
    })
}
