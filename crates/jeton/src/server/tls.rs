//! TLS: reading certificate and key, and a local authority for those who have none.

use std::fs::OpenOptions;
use std::io::Write;
use std::net::IpAddr;
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::sync::{Arc, PoisonError, RwLock, RwLockReadGuard};

use jeton_domain::{Span, Time};
use rcgen::{
    BasicConstraints, CertificateParams, DistinguishedName, DnType, ExtendedKeyUsagePurpose, IsCa,
    Issuer, KeyPair, KeyUsagePurpose,
};
use rustls::ServerConfig;
use rustls::pki_types::pem::{self, PemObject};
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::server::{ClientHello, ResolvesServerCert};
use rustls::sign::CertifiedKey;

use crate::config::TlsFiles;

/// Why there is no TLS.
#[derive(Debug, thiserror::Error)]
pub enum TlsError {
    /// A file that can't be read as PEM.
    #[error("`{setting}`: `{path}`: {message}")]
    File {
        /// The setting that names it.
        setting: &'static str,
        /// The file.
        path: PathBuf,
        /// Why.
        message: String,
    },
    /// Certificate and key do not go together, or are of a kind that is not taken.
    #[error(
        "`tls.certificate` and `tls.key`: `{certificate}` and `{key}` can't be used together: {source}"
    )]
    Pair {
        /// The certificate.
        certificate: PathBuf,
        /// The key.
        key: PathBuf,
        /// Why.
        source: rustls::Error,
    },
    /// There is one already.
    #[error(
        "`{0}` is there already; remove it first if a new authority is wanted, and every client must trust the new one"
    )]
    Exists(PathBuf),
    /// It could not be made.
    #[error("a certificate could not be made: {0}")]
    Make(#[from] rcgen::Error),
    /// The system refuses.
    #[error("`{path}`: {source}")]
    Io {
        /// What was touched.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
}

/// The listener's side of TLS.
#[derive(Debug)]
pub(crate) struct Tls {
    pub(crate) config: Arc<ServerConfig>,
    /// Where the configuration takes its certificate from.
    pub(crate) certificate: Arc<Certificate>,
}

/// The certificate that new connections get. Its files may change while the server runs.
#[derive(Debug)]
pub(crate) struct Certificate {
    files: TlsFiles,
    current: RwLock<Arc<CertifiedKey>>,
}

impl ResolvesServerCert for Certificate {
    fn resolve(&self, _: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        Some(Arc::clone(&self.current()))
    }
}

impl Certificate {
    fn current(&self) -> RwLockReadGuard<'_, Arc<CertifiedKey>> {
        // One assignment can't be half done.
        self.current.read().unwrap_or_else(PoisonError::into_inner)
    }

    /// Reads the files again. A pair that can't be used, as between two writes of a renewal, changes nothing.
    pub(crate) fn reload(&self) {
        match read(&self.files) {
            Ok(pair) if pair.cert == self.current().cert => {}
            Ok(pair) => {
                *self.current.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(pair);
                tracing::info!(
                    certificate = %self.files.certificate.display(),
                    "a renewed certificate is in use"
                );
            }
            Err(error) => {
                tracing::warn!(%error, "the certificate can't be read again; the one before stays in use");
            }
        }
    }
}

/// Reads certificate and key for the listener.
pub(crate) fn load(files: &TlsFiles) -> Result<Tls, TlsError> {
    let certificate = Arc::new(Certificate {
        files: files.clone(),
        current: RwLock::new(Arc::new(read(files)?)),
    });
    let mut config =
        ServerConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()))
            .with_safe_default_protocol_versions()
            .map_err(|source| pair(files, source))?
            .with_no_client_auth()
            .with_cert_resolver(Arc::clone(&certificate) as _);
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    Ok(Tls {
        config: Arc::new(config),
        certificate,
    })
}

fn read(files: &TlsFiles) -> Result<CertifiedKey, TlsError> {
    let bad = |setting, path: &Path, message: String| TlsError::File {
        setting,
        path: path.to_owned(),
        message,
    };
    let (certificate, private) = ("tls.certificate", "tls.key");
    let chain: Vec<CertificateDer<'static>> = CertificateDer::pem_file_iter(&files.certificate)
        .and_then(Iterator::collect)
        .map_err(|error| bad(certificate, &files.certificate, said(error)))?;
    if chain.is_empty() {
        let none = "holds no certificate".to_owned();
        return Err(bad(certificate, &files.certificate, none));
    }
    let key = PrivateKeyDer::from_pem_file(&files.key)
        .map_err(|error| bad(private, &files.key, said(error)))?;
    CertifiedKey::from_der(chain, key, &rustls::crypto::ring::default_provider())
        .map_err(|source| pair(files, source))
}

fn said(error: pem::Error) -> String {
    match error {
        pem::Error::Io(error) => error.to_string(),
        pem::Error::NoItemsFound => "holds none in PEM".to_owned(),
        other => other.to_string(),
    }
}

fn pair(files: &TlsFiles, source: rustls::Error) -> TlsError {
    TlsError::Pair {
        certificate: files.certificate.clone(),
        key: files.key.clone(),
        source,
    }
}

/// What `jeton admin tls init` made.
#[derive(Debug)]
pub struct Made {
    /// What clients are to trust.
    pub authority: PathBuf,
    /// For the server.
    pub files: TlsFiles,
}

/// Makes a local authority and a certificate of it for `hosts`. The authority's key is not kept: a
/// new certificate needs a new authority, and nobody can steal what is not there.
pub fn init(folder: &Path, hosts: &[String], now: Time) -> Result<Made, TlsError> {
    let authority = folder.join("authority.pem");
    let files = TlsFiles {
        certificate: folder.join("server.pem"),
        key: folder.join("server.key"),
    };
    for path in [&authority, &files.certificate, &files.key] {
        if path.exists() {
            return Err(TlsError::Exists(path.clone()));
        }
    }
    let io = |path: &Path| {
        let path = path.to_owned();
        move |source| TlsError::Io { path, source }
    };
    std::fs::DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(folder)
        .map_err(io(folder))?;

    // An hour back: clocks differ. 825 days are the most that clients of the larger makers take.
    let from = now.before(Span::from_hours(1));
    let (authority_to, server_to) = (
        now.after(Span::from_days(3650)),
        now.after(Span::from_days(825)),
    );
    let authority_key = KeyPair::generate()?;
    let mut params = CertificateParams::new(Vec::new())?;
    params.distinguished_name = name("Jeton local authority");
    params.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
    hold(&mut params, from, authority_to);
    let authority_certificate = params.self_signed(&authority_key)?;
    let issuer = Issuer::new(params, authority_key);

    let server_key = KeyPair::generate()?;
    let mut params = CertificateParams::new(hosts.to_vec())?;
    params.distinguished_name = name(hosts.first().map_or("Jeton", String::as_str));
    params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
    params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
    params.use_authority_key_identifier_extension = true;
    hold(&mut params, from, server_to);
    let server = params.signed_by(&server_key, &issuer)?;

    write(&files.key, &server_key.serialize_pem(), 0o600)?;
    write(&files.certificate, &server.pem(), 0o644)?;
    write(&authority, &authority_certificate.pem(), 0o644)?;
    Ok(Made { authority, files })
}

/// The hosts that a certificate is made for when none are named.
pub fn local_hosts() -> Vec<String> {
    let loopback = [
        IpAddr::from([127, 0, 0, 1]),
        IpAddr::from(std::net::Ipv6Addr::LOCALHOST),
    ];
    std::iter::once("localhost".to_owned())
        .chain(loopback.iter().map(ToString::to_string))
        .collect()
}

/// From the beginning of one day to the beginning of another.
fn hold(params: &mut CertificateParams, from: Time, to: Time) {
    let day = |at: Time| {
        let date = at.date();
        let mut parts = date.split('-');
        let year = parts
            .next()
            .and_then(|year| year.parse().ok())
            .unwrap_or(1970);
        let mut next = || parts.next().and_then(|part| part.parse().ok()).unwrap_or(1);
        rcgen::date_time_ymd(year, next(), next())
    };
    (params.not_before, params.not_after) = (day(from), day(to));
}

fn name(common: &str) -> DistinguishedName {
    let mut name = DistinguishedName::new();
    name.push(DnType::CommonName, common);
    name
}

fn write(path: &Path, text: &str, mode: u32) -> Result<(), TlsError> {
    let io = |source| TlsError::Io {
        path: path.to_owned(),
        source,
    };
    let mut file = OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(mode)
        .open(path)
        .map_err(io)?;
    file.write_all(text.as_bytes())
        .and_then(|()| file.sync_all())
        .map_err(io)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_made_can_be_served_and_is_made_once() {
        let folder = tempfile::tempdir().unwrap();
        let folder = folder.path().join("tls");
        let now = Time::parse_iso("2026-11-21T08:00:00Z").unwrap();
        let made = init(&folder, &local_hosts(), now).unwrap();
        assert_eq!(
            load(&made.files).unwrap().config.alpn_protocols,
            [b"http/1.1".to_vec()]
        );
        let bits =
            |path: &Path| std::os::unix::fs::MetadataExt::mode(&path.metadata().unwrap()) & 0o777;
        assert_eq!((bits(&folder), bits(&made.files.key)), (0o700, 0o600));
        assert!(matches!(
            init(&folder, &local_hosts(), now),
            Err(TlsError::Exists(_))
        ));
        // A renewal in two writes: between them the pair does not fit, and the old one stays.
        let served = load(&made.files).unwrap().certificate;
        let (before, other) = (served.current().cert.clone(), folder.join("other"));
        let renewed = init(&other, &local_hosts(), now).unwrap().files;
        std::fs::copy(&renewed.certificate, &made.files.certificate).unwrap();
        served.reload();
        assert_eq!(served.current().cert, before);
        std::fs::copy(&renewed.key, &made.files.key).unwrap();
        served.reload();
        assert_ne!(served.current().cert, before);
        let swapped = TlsFiles {
            certificate: made.authority,
            key: made.files.key,
        };
        assert!(matches!(load(&swapped), Err(TlsError::Pair { .. })));
    }
}
