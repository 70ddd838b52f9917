//! A receiver on loopback that says what it is told to, and keeps what it heard.

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair};
use rustls::pki_types::PrivateKeyDer;
use rustls::{ServerConfig, ServerConnection, StreamOwned};

/// A connection, in clear or not.
pub(crate) trait Stream: Read + Write {}
impl<T: Read + Write> Stream for T {}

#[derive(Default)]
struct Kept {
    heard: Mutex<Vec<String>>,
    connections: AtomicUsize,
}

pub(crate) struct Receiver {
    port: u16,
    kept: Arc<Kept>,
    authority: String,
}

impl Receiver {
    /// One that reads the request and answers.
    pub(crate) fn start(say: impl Fn(&mut dyn Stream) + Send + Sync + 'static) -> Self {
        Self::listen(String::new(), move |mut stream, kept| {
            answer(&mut stream, kept, &say);
        })
    }

    /// One that speaks without listening.
    pub(crate) fn start_raw(say: impl Fn(&mut dyn Stream) + Send + Sync + 'static) -> Self {
        Self::listen(String::new(), move |mut stream, _| say(&mut stream))
    }

    /// One that speaks TLS with a certificate for these names, by an authority that nobody knows.
    pub(crate) fn start_tls(
        names: &[&str],
        say: impl Fn(&mut dyn Stream) + Send + Sync + 'static,
    ) -> Self {
        let mut params = CertificateParams::default();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let issuer = CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap();
        let names: Vec<String> = names.iter().map(|name| (*name).to_owned()).collect();
        let key = KeyPair::generate().unwrap();
        let certificate = CertificateParams::new(names)
            .unwrap()
            .signed_by(&key, &issuer)
            .unwrap();
        let key = PrivateKeyDer::try_from(key.serialize_der()).unwrap();
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let config = ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_no_client_auth()
            .with_single_cert(vec![certificate.der().clone()], key)
            .unwrap();
        let config = Arc::new(config);
        Self::listen(issuer.pem(), move |stream, kept| {
            let connection = ServerConnection::new(Arc::clone(&config)).unwrap();
            answer(&mut StreamOwned::new(connection, stream), kept, &say);
        })
    }

    fn listen(authority: String, serve: impl Fn(TcpStream, &Kept) + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let kept = Arc::new(Kept::default());
        let (keeps, serve) = (Arc::clone(&kept), Arc::new(serve));
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                keeps.connections.fetch_add(1, Ordering::SeqCst);
                let (kept, serve) = (Arc::clone(&keeps), Arc::clone(&serve));
                std::thread::spawn(move || serve(stream, &kept));
            }
        });
        Self {
            port,
            kept,
            authority,
        }
    }

    pub(crate) fn port(&self) -> u16 {
        self.port
    }

    pub(crate) fn url(&self, scheme: &str) -> String {
        format!("{scheme}://127.0.0.1:{}", self.port)
    }

    /// The certificate (PEM) of its authority.
    pub(crate) fn authority(&self) -> &str {
        &self.authority
    }

    /// Requests as they came.
    pub(crate) fn heard(&self) -> Vec<String> {
        self.kept.heard.lock().unwrap().clone()
    }

    pub(crate) fn connections(&self) -> usize {
        self.kept.connections.load(Ordering::SeqCst)
    }
}

fn answer(stream: &mut dyn Stream, kept: &Kept, say: &impl Fn(&mut dyn Stream)) {
    let mut heard = Vec::new();
    let mut piece = [0; 4096];
    while !is_whole(&heard) {
        match stream.read(&mut piece) {
            Ok(0) | Err(_) => return,
            Ok(count) => heard.extend_from_slice(&piece[..count]),
        }
    }
    let text = String::from_utf8(heard).unwrap();
    kept.heard.lock().unwrap().push(text);
    say(stream);
    let _ = stream.flush();
}

fn is_whole(request: &[u8]) -> bool {
    let text = String::from_utf8_lossy(request).to_ascii_lowercase();
    let Some((head, body)) = text.split_once("\r\n\r\n") else {
        return false;
    };
    let length = head
        .lines()
        .find_map(|line| line.strip_prefix("content-length: "))
        .map_or(0, |length| length.parse().unwrap());
    body.len() >= length
}
