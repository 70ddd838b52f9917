//! Listening: connections, TLS, limits, and an end without broken answers.

use std::io;
use std::sync::Arc;
use std::time::Duration;

use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::graceful::GracefulShutdown;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, UnixListener};
use tokio::sync::{Semaphore, watch};
use tokio::time::timeout;
use tokio_rustls::TlsAcceptor;

use crate::client::Peer;
use crate::service::Service;
use crate::stall::Stall;

/// How long a TLS handshake may take.
const HANDSHAKE: Duration = Duration::from_secs(10);
/// How long to wait where no connection can be taken, for lack of descriptors for example.
const PAUSE: Duration = Duration::from_millis(50);

/// Where connections come from.
#[derive(Debug)]
pub enum Listener {
    /// TCP, in clear.
    Clear(TcpListener),
    /// TCP with TLS.
    Tls(TcpListener, Arc<rustls::ServerConfig>),
    /// A Unix socket, for processes of these users only.
    Unix(UnixListener, Vec<u32>),
}

/// When to end.
#[derive(Clone, Debug)]
pub struct Stop {
    state: watch::Receiver<Ending>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Ending {
    Running,
    Finishing,
    Over,
}

/// Ends listeners.
#[derive(Debug)]
pub struct Stopper {
    state: watch::Sender<Ending>,
}

impl Stopper {
    /// A pair.
    pub fn new() -> (Self, Stop) {
        let (sender, receiver) = watch::channel(Ending::Running);
        (Self { state: sender }, Stop { state: receiver })
    }

    /// No new connections; those that are there finish their request.
    pub fn finish(&self) {
        self.state.send_if_modified(|state| {
            let changes = *state == Ending::Running;
            if changes {
                *state = Ending::Finishing;
            }
            changes
        });
    }

    /// Every connection ends now.
    pub fn cut(&self) {
        self.state.send_replace(Ending::Over);
    }
}

impl Stop {
    async fn at_least(&mut self, ending: Ending) {
        // The stopper's own end is an end too.
        let _ = self
            .state
            .wait_for(|state| *state as u8 >= ending as u8)
            .await;
    }
}

impl Service {
    /// Serves a listener until it is told to stop, and then until the last connection is done or cut.
    pub async fn listen(self, listener: Listener, mut stop: Stop) {
        let slots = Arc::new(Semaphore::new(self.limits().connections));
        let graceful = GracefulShutdown::new();
        let mut finish = stop.clone();
        loop {
            let accepted = async {
                let slot = Arc::clone(&slots).acquire_owned().await;
                (listener.accept().await, slot)
            };
            let (accepted, slot) = tokio::select! {
                accepted = accepted => accepted,
                () = finish.at_least(Ending::Finishing) => break,
            };
            let (Ok(slot), Ok(connection)) = (slot, accepted) else {
                tokio::time::sleep(PAUSE).await;
                continue;
            };
            let Some(connection) = connection else {
                continue;
            };
            let (service, watcher, stop) = (self.clone(), graceful.watcher(), stop.clone());
            tokio::spawn(async move {
                connection.serve(service, watcher, stop).await;
                drop(slot);
            });
        }
        drop(listener);
        tokio::select! {
            () = graceful.shutdown() => {}
            () = stop.at_least(Ending::Over) => {}
        }
    }

    async fn connection<S>(
        self,
        stream: S,
        peer: Peer,
        watcher: hyper_util::server::graceful::Watcher,
        mut stop: Stop,
    ) where
        S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
    {
        let limits = *self.limits();
        let mut builder = http1::Builder::new();
        builder
            .timer(TokioTimer::new())
            .header_read_timeout(limits.head_time)
            .max_header_size(limits.head_bytes)
            // hyper takes no less.
            .max_buf_size(limits.head_bytes.max(8192))
            // Not `pipeline_flush`: with it hyper takes from a body without bound while the client reads
            // slowly, so that a clone would lie in memory whole.
            .max_headers(100);
        let answer = service_fn(move |request| {
            let service = self.clone();
            async move { Ok::<_, std::convert::Infallible>(service.answer(peer, request).await) }
        });
        let connection = watcher.watch(
            builder.serve_connection(TokioIo::new(Stall::new(stream, limits.body_idle)), answer),
        );
        tokio::select! {
            // What went wrong is the client's to know: it went away, or sent no HTTP.
            result = connection => if let Err(error) = result {
                tracing::debug!(%error, "a connection ended");
            },
            () = stop.at_least(Ending::Over) => {}
        }
    }
}

/// A connection before its first request.
enum Connection {
    Clear(tokio::net::TcpStream, Peer),
    Tls(tokio::net::TcpStream, Peer, TlsAcceptor),
    Unix(tokio::net::UnixStream, Peer),
}

impl Connection {
    async fn serve(
        self,
        service: Service,
        watcher: hyper_util::server::graceful::Watcher,
        stop: Stop,
    ) {
        match self {
            Self::Clear(stream, peer) => service.connection(stream, peer, watcher, stop).await,
            Self::Tls(stream, peer, acceptor) => {
                match timeout(HANDSHAKE, acceptor.accept(stream)).await {
                    Ok(Ok(stream)) => service.connection(stream, peer, watcher, stop).await,
                    Ok(Err(error)) => tracing::debug!(%error, "a TLS handshake failed"),
                    Err(_) => tracing::debug!("a TLS handshake took too long"),
                }
            }
            Self::Unix(stream, peer) => service.connection(stream, peer, watcher, stop).await,
        }
    }
}

impl Listener {
    /// The next connection; none, where it came from somebody who may not.
    async fn accept(&self) -> io::Result<Option<Connection>> {
        match self {
            Self::Clear(listener) | Self::Tls(listener, _) => {
                let (stream, address) = listener.accept().await?;
                // Answers are written whole; waiting for more would only delay them.
                let _ = stream.set_nodelay(true);
                let address = Some(address.ip());
                Ok(Some(match self {
                    Self::Tls(_, config) => {
                        let acceptor = TlsAcceptor::from(Arc::clone(config));
                        Connection::Tls(
                            stream,
                            Peer {
                                address,
                                sealed: true,
                            },
                            acceptor,
                        )
                    }
                    _ => Connection::Clear(
                        stream,
                        Peer {
                            address,
                            sealed: false,
                        },
                    ),
                }))
            }
            Self::Unix(listener, users) => {
                let (stream, _) = listener.accept().await?;
                // SECURITY: the socket's file mode keeps others out; the kernel's word on the peer is
                // asked all the same, because the folder could have been opened up.
                let user = stream.peer_cred()?.uid();
                let peer = Peer {
                    address: None,
                    sealed: true,
                };
                Ok(users
                    .contains(&user)
                    .then_some(Connection::Unix(stream, peer)))
            }
        }
    }
}
