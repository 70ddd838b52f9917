//! From where a request comes: the peer, or what a configured proxy says of it.

use std::net::IpAddr;

use http::HeaderMap;
use ipnet::IpNet;

/// Which header a configured proxy speaks through. Just one is read: a proxy that sets the one
/// passes on what its client wrote into the other.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ForwardedBy {
    /// `X-Forwarded-For` and `X-Forwarded-Proto`.
    #[default]
    XForwarded,
    /// `Forwarded` (RFC 7239).
    Forwarded,
}

/// The proxies that are believed.
#[derive(Clone, Debug, Default)]
pub struct Proxies {
    /// Their addresses.
    pub trusted: Vec<IpNet>,
    /// How they speak.
    pub by: ForwardedBy,
}

/// The other end of a connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Peer {
    /// Its address; none on the operator's own socket.
    pub address: Option<IpAddr>,
    /// The connection is TLS, or never leaves the machine's kernel.
    pub sealed: bool,
}

/// The client behind a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Client {
    /// Its address, if it is known.
    pub(crate) address: Option<IpAddr>,
    /// What it sent could be read on the way.
    pub(crate) in_clear: bool,
}

impl Proxies {
    fn believes(&self, address: IpAddr) -> bool {
        let address = address.to_canonical();
        self.trusted.iter().any(|net| net.contains(&address))
    }

    /// The client behind a request from `peer`.
    ///
    /// SECURITY: forwarded addresses are believed from configured peers only (law 13), and from right
    /// to left: the first one that is no proxy of ours is the client, whatever stands before it.
    pub(crate) fn client(&self, peer: Peer, headers: &HeaderMap) -> Client {
        let Some(address) = peer.address.map(|address| address.to_canonical()) else {
            return Client {
                address: None,
                in_clear: !peer.sealed,
            };
        };
        if !self.believes(address) {
            return Client {
                address: Some(address),
                in_clear: !peer.sealed && !address.is_loopback(),
            };
        }
        let told = match self.by {
            ForwardedBy::XForwarded => Told::from_x_forwarded(headers),
            ForwardedBy::Forwarded => Told::from_forwarded(headers),
        };
        let mut client = Some(address);
        for told in told.addresses.into_iter().rev() {
            client = told;
            if told.is_none_or(|address| !self.believes(address)) {
                break;
            }
        }
        let local = client.is_some_and(|address| address.is_loopback());
        // What the proxy says of its own client decides; what it says nothing of is believed to have
        // come in clear, unless it never left this machine.
        Client {
            address: client,
            in_clear: !told.https && !local,
        }
    }
}

/// What a proxy tells: addresses from left to right, `None` for what is no address.
struct Told {
    addresses: Vec<Option<IpAddr>>,
    https: bool,
}

impl Told {
    fn from_x_forwarded(headers: &HeaderMap) -> Self {
        let addresses = list(headers, "x-forwarded-for")
            .map(|entry| entry.and_then(address))
            .collect();
        let https = list(headers, "x-forwarded-proto")
            .last()
            .flatten()
            .is_some_and(|p| p.eq_ignore_ascii_case("https"));
        Self { addresses, https }
    }

    fn from_forwarded(headers: &HeaderMap) -> Self {
        let (mut addresses, mut https) = (Vec::new(), false);
        for element in list(headers, "forwarded") {
            let element = element.unwrap_or_default();
            let pair = |name: &str| {
                element.split(';').find_map(|pair| {
                    let (key, value) = pair.split_once('=')?;
                    key.trim()
                        .eq_ignore_ascii_case(name)
                        .then(|| value.trim().trim_matches('"'))
                })
            };
            addresses.push(pair("for").and_then(address));
            https = pair("proto").is_some_and(|proto| proto.eq_ignore_ascii_case("https"));
        }
        Self { addresses, https }
    }
}

/// The entries of a header that is a list, over all its lines.
fn list<'a>(headers: &'a HeaderMap, name: &'static str) -> impl Iterator<Item = Option<&'a str>> {
    headers
        .get_all(name)
        .into_iter()
        .flat_map(|value| match value.to_str() {
            Ok(text) => text.split(',').map(|entry| Some(entry.trim())).collect(),
            Err(_) => vec![None],
        })
}

/// An address with or without port, brackets or scope.
fn address(text: &str) -> Option<IpAddr> {
    if let Ok(address) = text.parse::<IpAddr>() {
        return Some(address.to_canonical());
    }
    if let Ok(with_port) = text.parse::<std::net::SocketAddr>() {
        return Some(with_port.ip().to_canonical());
    }
    let bare = text.strip_prefix('[')?.strip_suffix(']')?;
    bare.parse::<IpAddr>()
        .ok()
        .map(|address| address.to_canonical())
}

#[cfg(test)]
mod tests {
    use http::{HeaderName, HeaderValue};

    use super::*;

    type Pairs<'a> = &'a [(&'static str, &'a str)];

    fn headers(pairs: Pairs<'_>) -> HeaderMap {
        pairs
            .iter()
            .map(|(name, value)| {
                (
                    HeaderName::from_static(name),
                    HeaderValue::from_str(value).unwrap(),
                )
            })
            .collect::<Vec<_>>()
            .into_iter()
            .fold(HeaderMap::new(), |mut map, (name, value)| {
                map.append(name, value);
                map
            })
    }

    fn ask(by: ForwardedBy, peer: &str, pairs: Pairs<'_>) -> (String, bool) {
        let proxies = Proxies {
            trusted: vec![
                "10.0.0.0/8".parse().unwrap(),
                "127.0.0.2/32".parse().unwrap(),
            ],
            by,
        };
        let peer = Peer {
            address: Some(peer.parse().unwrap()),
            sealed: false,
        };
        let client = proxies.client(peer, &headers(pairs));
        (
            client
                .address
                .map_or("unknown".to_owned(), |a| a.to_string()),
            client.in_clear,
        )
    }

    #[test]
    fn headers_of_others_are_not_believed() {
        use ForwardedBy::XForwarded;
        let forged = [
            ("x-forwarded-for", "127.0.0.1"),
            ("x-forwarded-proto", "https"),
        ];
        assert_eq!(
            ask(XForwarded, "203.0.113.9", &forged),
            ("203.0.113.9".to_owned(), true)
        );
        assert_eq!(
            ask(XForwarded, "127.0.0.1", &[]),
            ("127.0.0.1".to_owned(), false)
        );
        assert_eq!(
            ask(XForwarded, "::ffff:127.0.0.1", &[]),
            ("127.0.0.1".to_owned(), false)
        );
        assert_eq!(ask(XForwarded, "::1", &forged), ("::1".to_owned(), false));
    }

    #[test]
    fn the_rightmost_that_is_no_proxy_is_the_client() {
        use ForwardedBy::XForwarded;
        let table: [(Pairs<'_>, &str, bool); 13] = [
            (
                &[
                    ("x-forwarded-for", "198.51.100.7"),
                    ("x-forwarded-proto", "https"),
                ],
                "198.51.100.7",
                false,
            ),
            (&[("x-forwarded-for", "198.51.100.7")], "198.51.100.7", true),
            (
                &[
                    ("x-forwarded-for", "198.51.100.7"),
                    ("x-forwarded-proto", "https, http"),
                ],
                "198.51.100.7",
                true,
            ),
            (
                &[
                    ("x-forwarded-for", "1.2.3.4, 198.51.100.7, 10.1.1.1"),
                    ("x-forwarded-proto", "https"),
                ],
                "198.51.100.7",
                false,
            ),
            (
                &[
                    ("x-forwarded-for", "1.2.3.4"),
                    ("x-forwarded-for", "198.51.100.7:4711"),
                    ("x-forwarded-proto", "HTTPS"),
                ],
                "198.51.100.7",
                false,
            ),
            (
                &[
                    ("x-forwarded-for", "127.0.0.1, 198.51.100.7"),
                    ("x-forwarded-proto", "https"),
                ],
                "198.51.100.7",
                false,
            ),
            (
                &[
                    ("x-forwarded-for", "[2001:db8::1]:80"),
                    ("x-forwarded-proto", "https"),
                ],
                "2001:db8::1",
                false,
            ),
            (
                &[
                    ("x-forwarded-for", "::ffff:198.51.100.7"),
                    ("x-forwarded-proto", "https"),
                ],
                "198.51.100.7",
                false,
            ),
            (
                &[
                    ("x-forwarded-for", "1.2.3.4, unknown"),
                    ("x-forwarded-proto", "https"),
                ],
                "unknown",
                false,
            ),
            (
                &[
                    ("x-forwarded-for", "1.2.3.4, "),
                    ("x-forwarded-proto", "http"),
                ],
                "unknown",
                true,
            ),
            (
                &[
                    ("x-forwarded-for", "10.2.2.2, 10.1.1.1"),
                    ("x-forwarded-proto", "https"),
                ],
                "10.2.2.2",
                false,
            ),
            (
                &[("forwarded", "for=1.2.3.4;proto=https")],
                "10.9.9.9",
                true,
            ),
            (&[], "10.9.9.9", true),
        ];
        for (pairs, address, in_clear) in table {
            assert_eq!(
                ask(XForwarded, "10.9.9.9", pairs),
                (address.to_owned(), in_clear),
                "{pairs:?}"
            );
        }
    }

    #[test]
    fn the_standard_header_is_read_where_it_is_configured() {
        use ForwardedBy::Forwarded;
        let table: &[(&str, &str, bool)] = &[
            ("for=198.51.100.7;proto=https", "198.51.100.7", false),
            (
                "for=1.2.3.4;proto=https, for=198.51.100.7;proto=http",
                "198.51.100.7",
                true,
            ),
            (
                "For=\"[2001:db8::1]:4711\";Proto=https",
                "2001:db8::1",
                false,
            ),
            ("for=_hidden;proto=https", "unknown", false),
            ("for=1.2.3.4;proto=https, by=10.0.0.1", "unknown", true),
        ];
        for (value, address, in_clear) in table {
            let forged = ("x-forwarded-for", "9.9.9.9");
            assert_eq!(
                ask(Forwarded, "10.9.9.9", &[("forwarded", value), forged]),
                ((*address).to_owned(), *in_clear),
                "{value}"
            );
        }
    }

    #[test]
    fn a_proxy_beside_the_server_is_asked_too() {
        use ForwardedBy::XForwarded;
        let far = [("x-forwarded-for", "198.51.100.7")];
        assert_eq!(
            ask(XForwarded, "127.0.0.2", &far),
            ("198.51.100.7".to_owned(), true)
        );
        assert_eq!(
            ask(XForwarded, "127.0.0.2", &[]),
            ("127.0.0.2".to_owned(), false)
        );
        let unix = Peer {
            address: None,
            sealed: true,
        };
        assert_eq!(
            Proxies::default().client(unix, &HeaderMap::new()),
            Client {
                address: None,
                in_clear: false
            }
        );
    }
}
