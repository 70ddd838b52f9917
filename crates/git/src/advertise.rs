//! `info/refs`: what there is, told in-process where it can be.

use http::StatusCode;
use jeton_http::{Answering, Body, Exchange, Response};
use jeton_repo::{Advertised, Advertiser, Protocol, Service};

use crate::admit::{self, Opened, Refusal};
use crate::answer::{Kept, answer, stream};
use crate::door::GitDoor;
use crate::request::protocol;

/// For a fetch.
pub(crate) fn fetch(exchange: Exchange) -> Answering {
    Box::pin(advertise(exchange, Service::UploadPack))
}

/// For a push.
pub(crate) fn push(exchange: Exchange) -> Answering {
    Box::pin(advertise(exchange, Service::ReceivePack))
}

async fn advertise(exchange: Exchange, service: Service) -> Response {
    told(&exchange, service)
        .await
        .unwrap_or_else(Refusal::response)
}

async fn told(exchange: &Exchange, service: Service) -> Result<Response, Refusal> {
    let (app, call) = (&exchange.app, &exchange.call);
    let door = door(exchange)?;
    let opened = admit::admit(app, call).await?;
    let protocol = protocol(call, &exchange.input)?;
    let media = format!("application/x-{}-advertisement", service.name());
    let advertiser = &door.parts.advertiser;
    let told = match &opened {
        Opened::Read(repository) => advertiser.upload_pack(repository, protocol).await,
        Opened::Write(repository) => advertiser.receive_pack(repository).await,
    };
    if let Advertised::Ready(body) = told {
        return Ok(answer(&media, Body::whole(body)));
    }
    let (opened, transfer) = admit::begin(app, call).await?;
    let runner = &door.parts.serving.runner;
    let started = match &opened {
        Opened::Read(repository) => {
            runner
                .advertise_upload_pack(repository, protocol, transfer.registration)
                .await
        }
        Opened::Write(repository) => {
            runner
                .advertise_receive_pack(repository, transfer.registration)
                .await
        }
    };
    let running = match started {
        Ok(running) => running,
        Err(error) => return Err(admit::not_started(app, call, error).await),
    };
    // A push knows no version but 0.
    let spoken = if service == Service::UploadPack {
        protocol
    } else {
        Protocol::V0
    };
    let before = Advertiser::service_header(service, spoken);
    let kept = Kept {
        _watch: transfer.stream,
        afterwards: None,
    };
    Ok(stream(app, call, &media, before, running, None, kept).await)
}

/// The door's state. Without it the binary is wired wrongly, which its start would have shown.
pub(crate) fn door(exchange: &Exchange) -> Result<GitDoor, Refusal> {
    exchange.state::<GitDoor>().cloned().ok_or_else(|| {
        admit::say(
            &exchange.call,
            StatusCode::INTERNAL_SERVER_ERROR,
            "Something went wrong on the server.",
        )
    })
}
