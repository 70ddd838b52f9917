//! One request over the operator's socket.

use std::path::Path;

use bytes::Bytes;
use http::{Request, StatusCode};
use http_body_util::{BodyExt, Full};
use hyper_util::rt::TokioIo;
use serde_json::Value;
use tokio::net::UnixStream;

/// Why there is no answer.
#[derive(Debug, thiserror::Error)]
pub(super) enum SocketError {
    /// No server listens there.
    #[error("no server runs on this data folder")]
    Nobody,
    /// The socket is there and can't be used.
    #[error("the server's socket: {0}")]
    Io(std::io::Error),
    /// Not HTTP, or cut.
    #[error("the server's socket: {0}")]
    Http(#[from] hyper::Error),
    /// Something that is no answer.
    #[error("the server's answer can't be read: {0}")]
    Answer(#[from] serde_json::Error),
    /// A request that can't be made.
    #[error(transparent)]
    Request(#[from] http::Error),
}

/// Asks. An empty answer is null.
pub(super) async fn ask(
    socket: &Path,
    method: &str,
    path: &str,
    body: Option<&Value>,
) -> Result<(StatusCode, Value), SocketError> {
    let stream = UnixStream::connect(socket)
        .await
        .map_err(|error| match error.kind() {
            std::io::ErrorKind::NotFound | std::io::ErrorKind::ConnectionRefused => {
                SocketError::Nobody
            }
            _ => SocketError::Io(error),
        })?;
    let (mut sender, connection) =
        hyper::client::conn::http1::handshake(TokioIo::new(stream)).await?;
    let connection = tokio::spawn(connection);
    let bytes = body.map(Value::to_string).unwrap_or_default();
    let request = Request::builder()
        .method(method)
        .uri(path)
        .header("host", "jeton")
        .header("content-type", "application/json")
        .body(Full::new(Bytes::from(bytes)))?;
    let response = sender.send_request(request).await?;
    let status = response.status();
    let bytes = response.into_body().collect().await?.to_bytes();
    drop(sender);
    // What it would say is in the answer's own errors.
    let _ = connection.await;
    let value = if bytes.is_empty() {
        Value::Null
    } else {
        serde_json::from_slice(&bytes)?
    };
    Ok((status, value))
}
