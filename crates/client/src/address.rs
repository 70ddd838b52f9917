//! A server's address, as people type it.

use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use ureq::http::Uri;

use crate::error::ClientError;

/// Scheme, host and port of a server; no path, no user name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Address {
    text: String,
    clear: bool,
    loopback: bool,
}

impl Address {
    /// Reads an address. A bare host means https.
    pub(crate) fn parse(text: &str) -> Result<Self, ClientError> {
        let fault = |why: &str| {
            ClientError::usage(
                format!("`{text}` is no server address: {why}"),
                "write it as https://jeton.example.org",
            )
        };
        let full = if text.contains("://") {
            text.to_owned()
        } else {
            format!("https://{text}")
        };
        let uri: Uri = full.parse().map_err(|_| fault("it can't be read"))?;
        let scheme = uri.scheme_str().unwrap_or_default();
        if scheme != "http" && scheme != "https" {
            return Err(fault("only http and https are spoken"));
        }
        let authority = uri
            .authority()
            .ok_or_else(|| fault("the host is missing"))?;
        if authority.as_str().contains('@') {
            return Err(fault("it may not hold a user name or password"));
        }
        if !matches!(uri.path(), "" | "/") || uri.query().is_some() {
            return Err(fault("it may not hold a path"));
        }
        if authority.host().is_empty() {
            return Err(fault("the host is missing"));
        }
        Ok(Self {
            text: format!("{scheme}://{}", authority.as_str().to_ascii_lowercase()),
            clear: scheme == "http",
            loopback: is_loopback(authority.host()),
        })
    }

    /// `http://127.0.0.1:8377`.
    pub(crate) fn as_str(&self) -> &str {
        &self.text
    }

    /// `127.0.0.1:8377`.
    pub(crate) fn authority(&self) -> &str {
        self.text
            .split_once("://")
            .map_or(self.text.as_str(), |(_, authority)| authority)
    }

    /// Whether it is spoken to in clear text.
    pub(crate) const fn is_clear(&self) -> bool {
        self.clear
    }

    /// Whether the machine speaks to itself.
    pub(crate) const fn is_loopback(&self) -> bool {
        self.loopback
    }

    /// SECURITY: a credential in clear text on a network is everybody's. Only the person can decide
    /// that this network does not matter.
    pub(crate) fn check_clear_text(&self, insecure: bool) -> Result<(), ClientError> {
        if self.clear && !self.loopback && !insecure {
            return Err(ClientError::usage(
                format!(
                    "`{self}` is plain http to another machine: everybody on the way could read the credential"
                ),
                "use https, or say --insecure-http if you know that nobody is on the way",
            ));
        }
        Ok(())
    }
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

fn is_loopback(host: &str) -> bool {
    let host = host.to_ascii_lowercase();
    if host == "localhost" || host.ends_with(".localhost") {
        return true;
    }
    match host
        .trim_start_matches('[')
        .trim_end_matches(']')
        .parse::<IpAddr>()
    {
        Ok(IpAddr::V4(v4)) => Ipv4Addr::is_loopback(&v4),
        Ok(IpAddr::V6(v6)) => v6 == Ipv6Addr::LOCALHOST,
        Err(_) => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_read_as_typed() {
        for (typed, read) in [
            ("jeton.example.org", "https://jeton.example.org"),
            ("https://Jeton.Example.org/", "https://jeton.example.org"),
            ("http://127.0.0.1:8377", "http://127.0.0.1:8377"),
            ("http://[::1]:1", "http://[::1]:1"),
        ] {
            assert_eq!(Address::parse(typed).unwrap().as_str(), read);
        }
        for bad in [
            "",
            "ftp://x",
            "https://mona@x",
            "https://u:p@x",
            "https://x/path",
            "https://x/?q",
            "https://",
            "a b",
        ] {
            assert!(Address::parse(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn clear_text_stays_on_the_machine() {
        for fine in [
            "https://x",
            "http://127.0.0.1",
            "http://127.9.9.9:1",
            "http://localhost:8377",
            "http://[::1]:2",
            "http://a.localhost",
        ] {
            assert!(
                Address::parse(fine)
                    .unwrap()
                    .check_clear_text(false)
                    .is_ok(),
                "{fine}"
            );
        }
        for clear in [
            "http://x",
            "http://10.0.0.1",
            "http://localhost.example.org",
            "http://[::2]",
            "http://127.0.0.1.nip.io",
        ] {
            let address = Address::parse(clear).unwrap();
            let error = address.check_clear_text(false).unwrap_err();
            assert_eq!(error.exit().code(), 2, "{clear}");
            assert!(error.hints().join(" ").contains("--insecure-http"));
            assert!(address.check_clear_text(true).is_ok());
        }
    }
}
