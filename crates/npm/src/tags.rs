//! Tags.

use http::StatusCode;
use jeton_app::{App, AppError, Call, packages};
use jeton_http::{Answer, Answering, BodyError, Exchange, Input, Payload, Refused};
use serde_json::json;

use crate::answer;

/// Bytes of a body that is one word.
const MOST_WORD: usize = 1024;

pub(crate) fn list(app: &App, call: &Call, _: &Input) -> Result<Answer, AppError> {
    packages::tags(app, call).map(|tags| Answer::ok(&tags))
}

pub(crate) fn remove(app: &App, call: &Call, input: &Input) -> Result<Answer, AppError> {
    packages::untag(app, call, input.path("tag"))?;
    Ok(Answer::ok(&json!({ "ok": true })))
}

/// The body is a version as a JSON text.
pub(crate) fn put(exchange: Exchange) -> Answering {
    Box::pin(async move {
        let Exchange {
            app,
            call,
            input,
            mut payload,
            ..
        } = exchange;
        let said = word(&mut payload).await;
        let (work_app, work_call) = (app.clone(), call.clone());
        let tag = input.path("tag").to_owned();
        let work = move || {
            work_app.admit(&work_call)?;
            let version = match said {
                Ok(bytes) => serde_json::from_slice::<String>(&bytes).map_err(|_| {
                    AppError::invalid("Package", "version", "must be a version as a JSON text")
                })?,
                Err(error) => return Ok(Err(error)),
            };
            packages::tag(&work_app, &work_call, &tag, &version).map(Ok)
        };
        let refused = match tokio::task::spawn_blocking(work).await {
            Ok(Ok(Ok(()))) => return answer::json(StatusCode::CREATED, &json!({ "ok": true })),
            Ok(Ok(Err(error))) => Refused::from_body(&error),
            Ok(Err(error)) => Refused::from_error(&app, call.door, &error, &call.request_id),
            Err(error) => Refused::inside(&error, &call.request_id),
        };
        answer::refused(&app, &call, &refused)
    })
}

async fn word(payload: &mut Payload) -> Result<Vec<u8>, BodyError> {
    let mut whole = Vec::new();
    while let Some(piece) = payload.piece().await? {
        whole.extend_from_slice(&piece);
        if whole.len() > MOST_WORD {
            return Err(BodyError::TooLarge { limit: MOST_WORD });
        }
    }
    Ok(whole)
}
