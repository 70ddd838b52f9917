//! Answers of Git's door: whole ones, and streams that git writes.

use std::io;
use std::pin::{Pin, pin};
use std::task::{Context, Poll, ready};

use bytes::{Bytes, BytesMut};
use http::header::{CACHE_CONTROL, CONTENT_TYPE};
use http::{HeaderValue, StatusCode};
use http_body::Frame;
use jeton_app::{App, Call, Stream};
use jeton_http::{Body, Response};
use jeton_repo::{Ending, Output, Transfer};
use tokio::io::AsyncReadExt as _;
use tokio::task::JoinHandle;

use crate::admit;
use crate::request::{FeedError, Source};

/// Read from git at a time: a pkt-line is 65,520 bytes at the most.
const PIECE: usize = 64 << 10;

type Fed = Result<(), (FeedError, jeton_repo::Input)>;

/// An answer with that media type.
pub(crate) fn answer(media: &str, body: Body) -> Response {
    let mut response = Response::new(body);
    let headers = response.headers_mut();
    if let Ok(media) = HeaderValue::from_str(media) {
        headers.insert(CONTENT_TYPE, media);
    }
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-cache, max-age=0, must-revalidate"));
    response
}

/// What is done when git is gone: a push's outcome goes into the log.
pub(crate) type Afterwards = JoinHandle<()>;

/// Streams a running git. The status line is written when git has produced its first output, so that a
/// git which fails at once is answered with a status that says so.
pub(crate) async fn stream(
    app: &App,
    call: &Call,
    media: &str,
    before: &'static [u8],
    transfer: Transfer,
    source: Option<Source>,
    kept: Kept,
) -> Response {
    let (input, output) = transfer.split();
    let feeding = source.map(|source| Feeding(tokio::spawn(source.feed(input))));
    let mut transferring = Transferring { output, feeding, kept, buffer: BytesMut::new(), ahead: None };
    match transferring.piece().await {
        Ok(first) => {
            let first = first.unwrap_or_default();
            let first = if before.is_empty() { first } else { [before, &first[..]].concat().into() };
            transferring.ahead = (!first.is_empty()).then_some(first);
            answer(media, Body::stream(Box::pin(transferring)))
        }
        Err(error) => {
            let failed = Failed::of(&error);
            // Git is cut, and what remains to be done is done, before the client hears of it.
            drop(transferring);
            match failed {
                Failed::Feed(error) => error,
                Failed::Git(Ending::Cut) => admit::cut(app, call).await,
                Failed::Git(Ending::TooLong | Ending::Idle) => {
                    admit::say(call, StatusCode::SERVICE_UNAVAILABLE, "Git took too long to answer.")
                }
                Failed::Git(ending) => {
                    tracing::warn!(request = %call.request_id, %ending, "git failed");
                    admit::say(call, StatusCode::BAD_REQUEST, "Git could not answer this request.")
                }
                Failed::Other => {
                    tracing::error!(request = %call.request_id, %error, "a transfer failed");
                    admit::say(call, StatusCode::INTERNAL_SERVER_ERROR, "Something went wrong on the server.")
                }
            }
        }
    }
}
