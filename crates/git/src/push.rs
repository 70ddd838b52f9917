//! `git-receive-pack`: a push, whose hooks ask the use cases for each of its references.

use jeton_http::{Answering, Exchange, Response};
use jeton_repo::{EndingWatch, Service};
use tokio::task::JoinHandle;

use crate::admit::{self, Opened};
use crate::advertise::door;
use crate::answer::{Kept, stream};
use crate::door::GitDoor;
use crate::request::{Source, protocol};

const MEDIA: &str = "application/x-git-receive-pack-result";

/// Serves the route.
pub(crate) fn receive_pack(exchange: Exchange) -> Answering {
    Box::pin(async {
        match pushed(exchange).await {
            Ok(response) | Err(response) => response,
        }
    })
}

async fn pushed(exchange: Exchange) -> Result<Response, Response> {
    let door = door(&exchange)?;
    let protocol = protocol(&exchange.call, &exchange.input)?;
    let Exchange { app, call, input, payload, .. } = exchange;
    let source = Source::new(&call, &input, payload, Service::ReceivePack, door.parts.push_bytes)?;
    let (opened, transfer) = match admit::begin(&app, &call).await {
        Ok(begun) => begun,
        Err(refusal) => {
            source.drain().await;
            return Err(refusal);
        }
    };
    let Opened::Write(repository) = opened else {
        return Err(admit::say(&call, http::StatusCode::FORBIDDEN, "This is no push."));
    };
    let id = door.parts.pushes.begin(&call, &transfer.repository);
    let ticket = door.parts.hooks.expect(id, &repository, app.random());
    let started = door.parts.runner.receive_pack(&repository, protocol, ticket, transfer.registration).await;
    let running = match started {
        Ok(running) => running,
        Err(error) => {
            // Nothing was asked of the hooks, so nothing is there to be told.
            if let Err(error) = door.parts.pushes.end(id) {
                tracing::error!(request = %call.request_id, %error, "a push that did not begin was not forgotten");
            }
            return Err(admit::not_started(&app, &call, error).await);
        }
    };
    let afterwards = Some(conclude(&door, id, running.ending(), call.request_id.clone()));
    let kept = Kept { watch: transfer.stream, afterwards };
    Ok(stream(&app, &call, MEDIA, b"", running, Some(source), kept).await)
}

/// Writes down what became of the push, once git is gone; also when the client has left before.
fn conclude(door: &GitDoor, id: jeton_repo::hook::PushId, ending: EndingWatch, request: String) -> JoinHandle<()> {
    let pushes = std::sync::Arc::clone(&door.parts.pushes);
    tokio::spawn(async move {
        ending.wait().await;
        let ended = tokio::task::spawn_blocking(move || pushes.end(id)).await;
        match ended {
            Ok(Ok(())) => {}
            // The intents stay open and are resolved at the next start.
            Ok(Err(error)) => tracing::error!(request, %error, "a push's outcome could not be written"),
            Err(error) => tracing::error!(request, %error, "a push's outcome could not be written"),
        }
    })
}
