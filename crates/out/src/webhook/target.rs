//! Where a webhook leads, as far as its address tells.

use url::{Host, Url};

use super::{Allowed, Forbidden};

/// Bytes of an address.
pub const LONGEST_URL: usize = 2048;

/// Why something is no address for a webhook.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BadTarget {
    /// It can't be read.
    #[error("is no address that begins with `https://` or `http://`")]
    NoAddress,
    /// More than [`LONGEST_URL`].
    #[error("is longer than {LONGEST_URL} bytes")]
    Long,
    /// `user:password@` stands in it.
    #[error("holds a user or a password; give the webhook a secret instead")]
    Credential,
    /// `#…` stands in it: it is never sent.
    #[error("holds a fragment (`#…`), which is never sent")]
    Fragment,
    /// It leads where nothing is sent.
    #[error(transparent)]
    Forbidden(#[from] Forbidden),
}

/// A webhook's address that can be sent to, unless its name turns out to lead elsewhere.
#[derive(Clone, PartialEq, Eq)]
pub struct Target(Url);

/// SECURITY: many receivers are known by a secret in their path.
impl std::fmt::Debug for Target {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Target({}…)", self.0.origin().ascii_serialization())
    }
}

impl Target {
    /// Reads an address. A name in it is looked up when something is sent, not now.
    pub fn parse(text: &str, allowed: &Allowed) -> Result<Self, BadTarget> {
        if text.len() > LONGEST_URL {
            return Err(BadTarget::Long);
        }
        let url = Url::parse(text).map_err(|_| BadTarget::NoAddress)?;
        // What the library writes out is longer than what was given where it has to escape.
        if url.as_str().len() > 3 * LONGEST_URL || !matches!(url.scheme(), "https" | "http") {
            return Err(BadTarget::NoAddress);
        }
        if !url.username().is_empty() || url.password().is_some() {
            return Err(BadTarget::Credential);
        }
        if url.fragment().is_some() {
            return Err(BadTarget::Fragment);
        }
        let port = url.port_or_known_default().ok_or(BadTarget::NoAddress)?;
        match url.host().ok_or(BadTarget::NoAddress)? {
            Host::Ipv4(ip) => allowed.vet((ip, port).into())?,
            Host::Ipv6(ip) => allowed.vet((ip, port).into())?,
            Host::Domain(name) => allowed.vet_name(name, port)?,
        }
        // The other library that has to read it.
        let _: ureq::http::Uri = url.as_str().parse().map_err(|_| BadTarget::NoAddress)?;
        Ok(Self(url))
    }

    /// The address itself.
    pub fn into_url(self) -> Url {
        self.0
    }

    /// The address, written out.
    pub fn as_str(&self) -> &str {
        self.0.as_str()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(text: &str) -> Option<BadTarget> {
        Target::parse(text, &Allowed::default()).err()
    }

    #[test]
    fn only_http_and_https_without_credentials_and_fragments() {
        for (text, why) in [
            ("https://ci.example.org/hook?a=b", None),
            ("http://ci.example.org:8080", None),
            ("https://1.1.1.1/", None),
            ("https://bücher.example.org/ä", None),
            ("", Some(BadTarget::NoAddress)),
            ("ci.example.org", Some(BadTarget::NoAddress)),
            ("//ci.example.org", Some(BadTarget::NoAddress)),
            ("https://", Some(BadTarget::NoAddress)),
            ("https://[::1", Some(BadTarget::NoAddress)),
            ("https://a b/", Some(BadTarget::NoAddress)),
            ("ftp://ci.example.org", Some(BadTarget::NoAddress)),
            ("file:///etc/passwd", Some(BadTarget::NoAddress)),
            ("gopher://ci.example.org", Some(BadTarget::NoAddress)),
            ("javascript:alert(1)", Some(BadTarget::NoAddress)),
            ("https://user@ci.example.org", Some(BadTarget::Credential)),
            ("https://:p@ci.example.org", Some(BadTarget::Credential)),
            ("https://ci.example.org/#x", Some(BadTarget::Fragment)),
            (
                "https://ci.example.org:22/",
                Some(Forbidden::Port(22).into()),
            ),
        ] {
            assert_eq!(refused(text), why, "{text}");
        }
        let long = format!("https://ci.example.org/{}", "a".repeat(LONGEST_URL));
        assert_eq!(refused(&long), Some(BadTarget::Long));
    }

    #[test]
    fn a_private_address_is_refused_at_once_in_whatever_way_it_is_written() {
        for text in [
            "http://127.0.0.1/",
            "http://127.1/",
            "http://0x7f.1/",
            "http://2130706433/",
            "http://017700000001/",
            "http://0/",
            "http://１２７.0.0.1/",
            "http://[::1]/",
            "http://[::ffff:10.0.0.1]/",
            "http://[::ffff:a00:1]/",
            "http://[64:ff9b::10.0.0.1]/",
            "http://169.254.169.254/latest/meta-data/",
            "http://localhost/",
            "http://LOCALHOST:8377/",
            "http://localhost./",
            "http://anything.localhost/",
        ] {
            assert_eq!(refused(text), Some(Forbidden::Private.into()), "{text}");
        }
    }

    #[test]
    fn a_name_is_taken_as_it_is_and_its_path_is_not_shown() {
        let target = Target::parse("https://ci.example.org/secret", &Allowed::default()).unwrap();
        assert_eq!(target.as_str(), "https://ci.example.org/secret");
        assert_eq!(format!("{target:?}"), "Target(https://ci.example.org…)");
    }
}
