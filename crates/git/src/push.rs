//! `git-receive-pack`: a push, whose hooks ask the use cases for each of its references.

use std::sync::Arc;

use jeton_app::git::{Pushes, Report, Seen};
use jeton_http::{Answering, Exchange, Response};
use jeton_repo::hook::PushId;
use jeton_repo::{EndingWatch, Service};
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

use crate::admit::{self, Begun, Opened, Refusal};
use crate::advertise::door;
use crate::answer::{Afterwards, Kept, stream};
use crate::commands::CommandScan;
use crate::report::ReportScan;
use crate::request::Source;

const MEDIA: &str = "application/x-git-receive-pack-result";

/// Serves the route.
pub(crate) fn receive_pack(exchange: Exchange) -> Answering {
    Box::pin(async { pushed(exchange).await.unwrap_or_else(Refusal::response) })
}

async fn pushed(exchange: Exchange) -> Result<Response, Refusal> {
    let door = door(&exchange)?;
    let Exchange {
        app,
        call,
        input,
        payload,
        ..
    } = exchange;
    let mut source = Source::new(payload, door.parts.push_bytes);
    let begun = admit::begin_on(&app, &call, &input, &mut source, Service::ReceivePack).await;
    let Begun {
        opened,
        transfer,
        protocol,
    } = match begun {
        Ok(begun) => begun,
        Err(refusal) => {
            source.drain().await;
            return Err(refusal);
        }
    };
    let Opened::Write(repository) = opened else {
        return Err(admit::say(
            &call,
            http::StatusCode::FORBIDDEN,
            "This is no push.",
        ));
    };
    let pushes = Arc::clone(&door.parts.serving.pushes);
    let id = pushes.begin(&call, &transfer.repository);
    let expected = Expected {
        pushes: Arc::clone(&pushes),
        id,
        started: false,
    };
    let ticket = match door
        .parts
        .serving
        .hooks
        .expect(id, &repository, app.random())
    {
        Ok(ticket) => ticket,
        Err(error) => return Err(admit::broken(&call, &error)),
    };
    let mut scan = CommandScan::default();
    let source = source.watched(move |piece| {
        let seen = scan.take(piece);
        if seen != Seen::default() {
            pushes.note(id, seen);
        }
    });
    let started = door
        .parts
        .serving
        .runner
        .receive_pack(&repository, protocol, ticket, transfer.registration)
        .await;
    let running = match started {
        Ok(running) => running,
        Err(error) => return Err(admit::not_started(&app, &call, error).await),
    };
    let (report, reported) = oneshot::channel();
    let afterwards = Some(Afterwards {
        scan: ReportScan::default(),
        report,
        done: expected.conclude(running.ending(), reported, call.request_id.clone()),
    });
    let kept = Kept {
        _watch: transfer.stream,
        afterwards,
    };
    Ok(stream(&app, &call, MEDIA, b"", running, Some(source), kept).await)
}

/// A push that the use cases know of and whose git has not started: forgotten if it never does, because
/// the client has left or there is no place for it.
struct Expected {
    pushes: Arc<Pushes>,
    id: PushId,
    started: bool,
}

impl Drop for Expected {
    fn drop(&mut self) {
        // Nothing was asked of the hooks, so there is nothing to write, only to forget.
        if !self.started
            && let Err(error) = self.pushes.end(self.id, &Report::new())
        {
            tracing::error!(%error, "a push that did not begin was not forgotten");
        }
    }
}

impl Expected {
    /// Writes down what became of the push, once git is gone; also when the client has left before.
    fn conclude(
        mut self,
        ending: EndingWatch,
        reported: oneshot::Receiver<Report>,
        request: String,
    ) -> JoinHandle<()> {
        self.started = true;
        let (pushes, id) = (Arc::clone(&self.pushes), self.id);
        tokio::spawn(async move {
            ending.wait().await;
            // Git's last words may still be on their way to the client; where it has left, none come.
            let report = reported.await.unwrap_or_default();
            let ended = match tokio::task::spawn_blocking(move || pushes.end(id, &report)).await {
                Ok(ended) => ended.map_err(|error| error.to_string()),
                Err(error) => Err(error.to_string()),
            };
            if let Err(error) = ended {
                // The intents stay open and are resolved at the next start.
                tracing::error!(request, %error, "a push's outcome could not be written");
            }
        })
    }
}
