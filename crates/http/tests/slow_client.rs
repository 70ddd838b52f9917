//! A client that asks for much and reads nothing costs the server a bounded amount of memory.
#![allow(missing_docs, clippy::unwrap_used, reason = "a test")]

use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::pin::Pin;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::Bytes;
use http_body::Frame;
use jeton_app::Door;
use jeton_http::{
    Answering, Body, Exchange, Handler, Method, NO_PREFIX, Names, Response, Route, Table,
};
use jeton_testkit::operations;

use crate::support::Server;

mod support;

const PIECE: usize = 64 << 10;
/// So much is there to be taken.
const ALL: usize = 256 << 20;
/// What the kernel's buffers between two sockets of one machine hold, and a handful of pieces.
const BOUND: usize = 32 << 20;

static TAKEN: AtomicUsize = AtomicUsize::new(0);

static TABLE: Table = Table {
    door: Door::Git,
    prefixes: NO_PREFIX,
    strict_fields: false,
    routes: &[Route::with(
        Method::Get,
        "/much",
        &operations::SITE,
        Names::Site,
        Handler::Streaming(much),
    )],
};

fn much(_: Exchange) -> Answering {
    Box::pin(async { Response::new(Body::stream(Box::pin(Much))) })
}

struct Much;

impl http_body::Body for Much {
    type Data = Bytes;
    type Error = std::io::Error;

    fn poll_frame(
        self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, std::io::Error>>> {
        let more = TAKEN.fetch_add(PIECE, Ordering::SeqCst) < ALL;
        Poll::Ready(more.then(|| Ok(Frame::data(vec![7; PIECE].into()))))
    }
}

/// What has been taken once no more is.
fn stood_still() -> usize {
    let mut before = 0;
    loop {
        std::thread::sleep(Duration::from_millis(200));
        let taken = TAKEN.load(Ordering::SeqCst);
        if taken == before {
            return taken;
        }
        before = taken;
    }
}

#[test]
fn what_nobody_reads_is_not_taken() {
    let server = Server::start(vec![&TABLE]);
    let mut client = TcpStream::connect(server.address).unwrap();
    client
        .write_all(b"GET /much HTTP/1.1\r\nHost: x\r\n\r\n")
        .unwrap();
    let mut first = [0; 12];
    client.read_exact(&mut first).unwrap();
    assert_eq!(&first, b"HTTP/1.1 200");
    let taken = stood_still();
    assert!(
        (PIECE..BOUND).contains(&taken),
        "{taken} bytes were taken from the body"
    );
}
