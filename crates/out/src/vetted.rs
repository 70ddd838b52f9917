//! Connections to addresses that somebody on this server chose.

use std::time::Duration;

use ureq::config::Config;
use ureq::http::Uri;
use ureq::tls::TlsConfig;
use ureq::unversioned::resolver::{DefaultResolver, ResolvedSocketAddrs, Resolver};
use ureq::unversioned::transport::{Connector as _, NextTimeout, RustlsConnector, TcpConnector};

use crate::webhook::Allowed;

/// Until a request is over, from the look-up of its name to the last byte of the answer: as long as GitHub's webhooks wait.
const WHOLE_TIME: Duration = Duration::from_secs(10);
/// Until a connection is there.
const CONNECT_TIME: Duration = Duration::from_secs(5);
/// Bytes of an answer's head that are read.
const HEAD_BYTES: usize = 64 << 10;

/// Asks and tells as strangers choose: within bounds of time and size, and nobody but whom `allowed` lets it.
pub(crate) fn agent(tls: TlsConfig, allowed: &Allowed) -> ureq::Agent {
    let config = ureq::Agent::config_builder()
        .tls_config(tls)
        .proxy(None)
        .max_redirects(0)
        .max_redirects_will_error(false)
        .http_status_as_error(false)
        .timeout_global(Some(WHOLE_TIME))
        .timeout_connect(Some(CONNECT_TIME))
        .max_response_header_size(HEAD_BYTES)
        // SECURITY: a kept connection would answer for an address that was vetted for another request.
        .max_idle_connections(0)
        .build();
    let connector = ().chain(TcpConnector::default()).chain(RustlsConnector::default());
    ureq::Agent::with_parts(config, connector, Vetting(allowed.clone()))
}

/// Looks names up, and gives the addresses that may be spoken to: the connection is made to these, and no name is asked
/// again. Where one of them may not, none may: which is taken would be the receiver's choice.
#[derive(Debug)]
struct Vetting(Allowed);

impl Resolver for Vetting {
    fn resolve(
        &self,
        uri: &Uri,
        config: &Config,
        timeout: NextTimeout,
    ) -> Result<ResolvedSocketAddrs, ureq::Error> {
        let found = DefaultResolver::default().resolve(uri, config, timeout)?;
        for address in &found {
            self.0
                .vet(*address)
                .map_err(|why| ureq::Error::Other(Box::new(why)))?;
        }
        Ok(found)
    }
}
