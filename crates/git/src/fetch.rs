//! `git-upload-pack`: references and packs for a fetch.

use bytes::BytesMut;
use jeton_http::{Answering, Body, Exchange, Response};
use jeton_repo::{Advertised, LsRefs, Peek, Protocol, Service};

use crate::admit::{self, Begun, Opened, Refusal};
use crate::advertise::door;
use crate::answer::{Kept, answer, stream};
use crate::request::Source;

/// The longest request for a fetch, unpacked, in bytes: some hundred thousand object names.
const MOST_BYTES: u64 = 64 << 20;

const MEDIA: &str = "application/x-git-upload-pack-result";

/// Serves the route.
pub(crate) fn upload_pack(exchange: Exchange) -> Answering {
    Box::pin(async { fetched(exchange).await.unwrap_or_else(Refusal::response) })
}

async fn fetched(exchange: Exchange) -> Result<Response, Refusal> {
    let door = door(&exchange)?;
    let Exchange {
        app,
        call,
        input,
        payload,
        ..
    } = exchange;
    let mut source = Source::new(payload, MOST_BYTES);
    let begun = admit::begin_on(&app, &call, &input, &mut source, Service::UploadPack).await;
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
    let Opened::Read(repository) = opened else {
        return Err(admit::say(
            &call,
            http::StatusCode::FORBIDDEN,
            "This is no fetch.",
        ));
    };
    if protocol == Protocol::V2
        && let Some(request) = ls_refs(&call, &mut source).await?
        && let Advertised::Ready(body) = door.parts.advertiser.ls_refs(&repository, &request).await
    {
        return Ok(answer(MEDIA, Body::whole(body)));
    }
    let started = door
        .parts
        .serving
        .runner
        .upload_pack(&repository, protocol, transfer.registration)
        .await;
    let running = match started {
        Ok(running) => running,
        Err(error) => return Err(admit::not_started(&app, &call, error).await),
    };
    let kept = Kept {
        _watch: transfer.stream,
        afterwards: None,
    };
    Ok(stream(&app, &call, MEDIA, b"", running, Some(source), kept).await)
}

/// Whether the body asks for references. What was read to see it goes back to the source.
async fn ls_refs(call: &jeton_app::Call, source: &mut Source) -> Result<Option<LsRefs>, Refusal> {
    let mut seen = BytesMut::new();
    let found = loop {
        let piece = source.piece().await.map_err(|error| error.response(call))?;
        let ended = piece.is_none();
        if let Some(piece) = piece {
            seen.extend_from_slice(&piece);
        }
        match LsRefs::peek(&seen, ended) {
            Peek::LsRefs(request) => break Some(request),
            Peek::NeedMore if !ended => {}
            Peek::NeedMore | Peek::Other => break None,
        }
    };
    source.give_back(seen.freeze());
    Ok(found)
}
