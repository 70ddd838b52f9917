//! The URL of a PostgreSQL server, and whether what is said to it is encrypted.
//!
//! | `sslmode` | means |
//! |---|---|
//! | not given | in clear on this machine (Unix socket, loopback), `verify-full` to any other |
//! | `disable` | in clear, because the URL says so |
//! | `require`, `verify-ca`, `verify-full` | encrypted, and the server's certificate must be valid for the host's name |
//! | `allow`, `prefer` | refused: both go on in clear where the server does not encrypt |
//!
//! `sslrootcert=FILE` names the authorities to trust (PEM); without it those of the public web are.

use std::net::IpAddr;
use std::path::Path;
use std::sync::Arc;

use percent_encoding::percent_decode_str;
use postgres::Config;
use postgres::config::{Host, SslMode};
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject as _;
use rustls::{ClientConfig, RootCertStore};
use tokio_postgres_rustls::MakeRustlsConnect;

use crate::OpenError;
use crate::postgres::describe;

/// Where a server is, and how it is spoken to.
pub(crate) struct Address {
    pub(crate) config: Config,
    /// Without it the connection is in clear.
    pub(crate) tls: Option<MakeRustlsConnect>,
}

impl Address {
    /// Reads a URL.
    ///
    /// SECURITY: to another machine no connection is in clear unless the URL says `sslmode=disable`, and none that is
    /// encrypted trusts whoever answers.
    pub(crate) fn read(url: &str) -> Result<Self, OpenError> {
        let (base, query) = url.split_once('?').unwrap_or((url, ""));
        let (mut mode, mut authorities, mut rest) = (None, None, Vec::new());
        for pair in query.split('&').filter(|pair| !pair.is_empty()) {
            match pair.split_once('=') {
                Some(("sslmode", value)) => mode = Some(decoded(value)?),
                Some(("sslrootcert", value)) => authorities = Some(decoded(value)?),
                _ => rest.push(pair),
            }
        }
        let known = format!("{base}?{}", rest.join("&"));
        let mut config: Config =
            known
                .parse()
                .map_err(|error: postgres::Error| OpenError::Url {
                    what: describe(&error),
                })?;
        let encrypted = match mode.as_deref() {
            None => !on_this_machine(&config),
            Some("disable") => false,
            Some("require" | "verify-ca" | "verify-full") => true,
            Some(other) => {
                return Err(OpenError::Encryption {
                    mode: other.to_owned(),
                });
            }
        };
        let tls = if encrypted {
            config.ssl_mode(SslMode::Require);
            Some(MakeRustlsConnect::new(client(authorities.as_deref())?))
        } else {
            config.ssl_mode(SslMode::Disable);
            None
        };
        Ok(Self { config, tls })
    }

    /// Server and database, without the password.
    pub(crate) fn place(&self) -> String {
        let host = match self.config.get_hosts().first() {
            Some(Host::Tcp(name)) => name.clone(),
            #[cfg(unix)]
            Some(Host::Unix(path)) => path.display().to_string(),
            None => "localhost".to_owned(),
        };
        format!(
            "{} on {host}",
            self.config.get_dbname().unwrap_or("the default database")
        )
    }
}

/// Whether every address that may be tried is a Unix socket or loopback.
fn on_this_machine(config: &Config) -> bool {
    let addresses = config.get_hostaddrs();
    if !addresses.is_empty() {
        return addresses.iter().all(IpAddr::is_loopback);
    }
    config.get_hosts().iter().all(|host| match host {
        Host::Tcp(name) => {
            name == "localhost" || name.parse::<IpAddr>().is_ok_and(|ip| ip.is_loopback())
        }
        #[cfg(unix)]
        Host::Unix(_) => true,
    })
}

fn decoded(value: &str) -> Result<String, OpenError> {
    percent_decode_str(value)
        .decode_utf8()
        .map(std::borrow::Cow::into_owned)
        .map_err(|_| OpenError::Url {
            what: "a value after `?` is no UTF-8".to_owned(),
        })
}

fn client(authorities: Option<&str>) -> Result<ClientConfig, OpenError> {
    let mut roots = RootCertStore::empty();
    match authorities {
        None | Some("system") => roots.extend(webpki_roots::TLS_SERVER_ROOTS.iter().cloned()),
        Some(file) => {
            let failed = |what: String| OpenError::Authorities {
                path: file.to_owned(),
                what,
            };
            let found: Vec<CertificateDer<'static>> =
                CertificateDer::pem_file_iter(Path::new(file))
                    .and_then(Iterator::collect)
                    .map_err(|error| failed(error.to_string()))?;
            if found.is_empty() {
                return Err(failed("it holds no certificate".to_owned()));
            }
            for certificate in found {
                roots
                    .add(certificate)
                    .map_err(|error| failed(error.to_string()))?;
            }
        }
    }
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let builder = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(|error| OpenError::Url {
            what: error.to_string(),
        })?;
    Ok(builder.with_root_certificates(roots).with_no_client_auth())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn encrypted(url: &str) -> bool {
        let address = Address::read(url).unwrap_or_else(|error| panic!("{url}: {error}"));
        let mode = if address.tls.is_some() {
            SslMode::Require
        } else {
            SslMode::Disable
        };
        assert_eq!(address.config.get_ssl_mode(), mode, "{url}");
        address.tls.is_some()
    }

    #[test]
    fn another_machine_is_spoken_to_in_clear_only_where_the_url_says_so() {
        for clear in [
            "postgres://a@localhost/b",
            "postgres://a@127.0.0.1/b",
            "postgres://a@[::1]:5433/b",
            "postgres://a@%2Frun%2Fpostgresql/b",
            "postgres:///b?host=/run/postgresql",
            "postgres://a@db.example/b?sslmode=disable",
            "postgres://a@db.example/b?hostaddr=127.0.0.1",
        ] {
            assert!(!encrypted(clear), "{clear}");
        }
        for sealed in [
            "postgres://a@db.example/b",
            "postgres://a@10.0.0.1/b",
            "postgres://a@localhost,db.example/b",
            "postgres://a@localhost/b?hostaddr=10.0.0.1",
            "postgres://a@localhost/b?sslmode=require",
            "postgres://a@localhost/b?connect_timeout=3&sslmode=verify-ca",
            "postgres://a@localhost/b?sslmode=verify-full&sslrootcert=system",
        ] {
            assert!(encrypted(sealed), "{sealed}");
        }
    }

    #[test]
    fn what_could_end_in_clear_or_is_unknown_is_refused() {
        for (url, says) in [
            ("postgres://a@h/b?sslmode=prefer", "`sslmode=prefer`"),
            ("postgres://a@h/b?sslmode=allow", "verify-full"),
            ("postgres://a@h/b?sslmode=", "`sslmode=`"),
            (
                "postgres://a@h/b?sslmode=require&sslrootcert=%2Fnone.pem",
                "`/none.pem`",
            ),
            ("postgres://a@h/b?sslcert=x", "sslcert"),
        ] {
            let error = Address::read(url).err().map(|error| error.to_string());
            assert!(
                error.as_ref().is_some_and(|error| error.contains(says)),
                "{url}: {error:?}"
            );
        }
    }
}
