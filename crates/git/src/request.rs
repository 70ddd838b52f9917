//! The request of a streaming route: its media type, its encoding, and its body on the way to git.

use std::io;

use bytes::Bytes;
use http::StatusCode;
use http::header::{CONTENT_ENCODING, CONTENT_TYPE};
use jeton_app::Call;
use jeton_http::{BodyError, Input, Payload};
use jeton_repo::{Protocol, Service};
use tokio::io::AsyncWriteExt as _;

use crate::admit::{Refusal, say};
use crate::unpack::{Unpack, UnpackError};

/// How much of a body is read and thrown away after git has stopped reading, so that the client gets
/// to read the answer.
const THROWN_AWAY: u64 = 256 << 20;

/// Why a body did not reach git whole.
#[derive(Debug, thiserror::Error)]
pub(crate) enum FeedError {
    #[error(transparent)]
    Body(#[from] BodyError),
    #[error(transparent)]
    Unpack(#[from] UnpackError),
    #[error("the body is larger than {0} bytes")]
    TooLarge(u64),
    #[error("git does not take the body: {0}")]
    Pipe(#[from] io::Error),
}

impl FeedError {
    /// What it is answered with, while there is still a status line to write.
    pub(crate) fn response(&self, call: &Call) -> Refusal {
        let status = match self {
            Self::Body(BodyError::TooSlow) => StatusCode::REQUEST_TIMEOUT,
            Self::Body(BodyError::TooLarge { .. }) | Self::TooLarge(_) => {
                StatusCode::PAYLOAD_TOO_LARGE
            }
            Self::Unpack(UnpackError::Ratio | UnpackError::NoGzip)
            | Self::Body(BodyError::Broken) => StatusCode::BAD_REQUEST,
            Self::Pipe(_) => StatusCode::INTERNAL_SERVER_ERROR,
        };
        say(
            call,
            status,
            &format!("The request can't be taken: {self}."),
        )
    }
}

/// A request's body, unpacked.
#[derive(Debug)]
pub(crate) struct Source {
    payload: Payload,
    unpack: Option<Unpack>,
    /// Read by nobody yet.
    ahead: Vec<Bytes>,
    passed: u64,
    /// 0 is no bound.
    limit: u64,
    on_piece: Option<Watch>,
}

/// What looks at the body.
struct Watch(Box<Look>);

type Look = dyn FnMut(&[u8]) + Send;

impl std::fmt::Debug for Watch {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Watch")
    }
}

impl Source {
    /// Nothing is said of it: that comes after the decision ([`Source::ready`]).
    pub(crate) fn new(payload: Payload, limit: u64) -> Self {
        Self {
            payload,
            unpack: None,
            ahead: Vec::new(),
            passed: 0,
            limit,
            on_piece: None,
        }
    }

    /// Looks at each piece on its way to git.
    pub(crate) fn watched(mut self, on_piece: impl FnMut(&[u8]) + Send + 'static) -> Self {
        self.on_piece = Some(Watch(Box::new(on_piece)));
        self
    }

    /// Checks what the head says of the body.
    pub(crate) fn ready(
        &mut self,
        call: &Call,
        input: &Input,
        service: Service,
    ) -> Result<(), Refusal> {
        let expected = format!("application/x-{}-request", service.name());
        if input
            .header(CONTENT_TYPE)
            .is_none_or(|media| media != expected.as_bytes())
        {
            let sentence = format!("The body must be `{expected}`.");
            return Err(say(call, StatusCode::UNSUPPORTED_MEDIA_TYPE, &sentence));
        }
        match input.header(CONTENT_ENCODING) {
            None | Some(b"identity") => {}
            Some(b"gzip" | b"x-gzip") => self.unpack = Some(Unpack::new()),
            Some(_) => {
                return Err(say(
                    call,
                    StatusCode::UNSUPPORTED_MEDIA_TYPE,
                    "The body may be packed with gzip only.",
                ));
            }
        }
        Ok(())
    }

    /// The next piece; nothing at the end.
    pub(crate) async fn piece(&mut self) -> Result<Option<Bytes>, FeedError> {
        loop {
            let unpacked = match &mut self.unpack {
                Some(unpack) => unpack.next()?,
                None => None,
            };
            let piece = match unpacked {
                Some(piece) => piece,
                None => match (self.payload.piece().await?, &mut self.unpack) {
                    (Some(piece), Some(unpack)) => {
                        unpack.take(piece);
                        continue;
                    }
                    (Some(piece), None) => piece,
                    (None, Some(unpack)) => match unpack.finish()? {
                        Some(rest) => rest,
                        None => return Ok(None),
                    },
                    (None, None) => return Ok(None),
                },
            };
            self.passed += piece.len() as u64;
            if self.limit > 0 && self.passed > self.limit {
                return Err(FeedError::TooLarge(self.limit));
            }
            return Ok(Some(piece));
        }
    }

    /// Puts pieces back that were read to look at.
    pub(crate) fn give_back(&mut self, piece: Bytes) {
        self.ahead.push(piece);
    }

    /// Reads on for a little, so that the client reads the answer.
    pub(crate) async fn drain(self) {
        self.payload.drain().await;
    }

    /// Hands the body to git. Dropping the pipe early is no danger: a pack without its last bytes, or
    /// a list of commands without its flush, is refused by git.
    pub(crate) async fn feed(mut self, mut git: jeton_repo::Input) -> Result<(), FeedError> {
        let mut ahead = std::mem::take(&mut self.ahead).into_iter();
        loop {
            let piece = match ahead.next() {
                Some(piece) => piece,
                None => match self.piece().await? {
                    Some(piece) => piece,
                    None => break,
                },
            };
            if let Some(Watch(look)) = &mut self.on_piece {
                look(&piece);
            }
            match git.write_all(&piece).await {
                Ok(()) => {}
                Err(error) if error.kind() == io::ErrorKind::BrokenPipe => {
                    drop(git);
                    self.throw_away().await;
                    return Ok(());
                }
                Err(error) => return Err(error.into()),
            }
        }
        Ok(git.shutdown().await?)
    }

    /// Git has read enough and is answering.
    async fn throw_away(mut self) {
        let mut thrown = 0;
        while let Ok(Some(piece)) = self.payload.piece().await {
            thrown += piece.len() as u64;
            if thrown > THROWN_AWAY {
                break;
            }
        }
    }
}

/// The version that the client asks for.
pub(crate) fn protocol(call: &Call, input: &Input) -> Result<Protocol, Refusal> {
    Protocol::parse(input.header(http::HeaderName::from_static("git-protocol")))
        .map_err(|error| say(call, StatusCode::BAD_REQUEST, &format!("{error}.")))
}
