//! A request's body on a thread that may block, as it comes.

use std::io::{self, Read};

use bytes::{Buf as _, Bytes};
use jeton_http::{BodyError, Payload};
use tokio::sync::mpsc::{Receiver, Sender, channel};

/// Pieces that wait to be read.
const AHEAD: usize = 4;

/// The body as something to read from.
#[derive(Debug)]
pub(crate) struct Body {
    pieces: Receiver<Result<Bytes, BodyError>>,
    piece: Bytes,
}

/// Hands pieces on.
pub(crate) type Feed = Sender<Result<Bytes, BodyError>>;

/// The two ends.
pub(crate) fn pipe() -> (Feed, Body) {
    let (feed, pieces) = channel(AHEAD);
    let piece = Bytes::new();
    (feed, Body { pieces, piece })
}

/// Hands a payload on until it ends, or until nobody reads any more: then it is given back.
pub(crate) async fn feed(mut payload: Payload, feed: Feed) -> Option<Payload> {
    loop {
        let piece = match payload.piece().await {
            Ok(Some(piece)) => Ok(piece),
            Ok(None) => return None,
            Err(error) => Err(error),
        };
        let broke = piece.is_err();
        if feed.send(piece).await.is_err() {
            return Some(payload);
        }
        if broke {
            return None;
        }
    }
}

impl Read for Body {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        while self.piece.is_empty() {
            match self.pieces.blocking_recv() {
                Some(Ok(piece)) => self.piece = piece,
                Some(Err(error)) => return Err(io::Error::other(error)),
                None => return Ok(0),
            }
        }
        let count = into.len().min(self.piece.len());
        let (target, _) = into.split_at_mut(count);
        self.piece.copy_to_slice(target);
        Ok(count)
    }
}
