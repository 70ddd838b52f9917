//! Which addresses may be spoken to: whoever keeps a webhook must not reach through this server what they can't reach
//! themself.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, UdpSocket};

use ipnet::{IpNet, Ipv4Net};

use super::Forbidden;

/// Networks that the operator lets webhooks reach beside the public ones.
#[derive(Clone, Debug, Default)]
pub struct Allowed(Vec<IpNet>);

impl Allowed {
    /// These networks and addresses.
    pub fn new(networks: Vec<IpNet>) -> Self {
        Self(networks)
    }

    /// Nothing but what is public.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    fn holds(&self, address: IpAddr) -> bool {
        let plain = address.to_canonical();
        self.0
            .iter()
            .any(|network| network.contains(&plain) || network.contains(&address))
    }

    /// Refuses an address that may not be spoken to. Nothing is sent to find out.
    pub fn vet(&self, address: SocketAddr) -> Result<(), Forbidden> {
        let ip = address.ip();
        if self.holds(ip) {
            return Ok(());
        }
        if !is_public(ip) {
            return Err(Forbidden::Private);
        }
        check_port(address.port())?;
        // SECURITY: this server may have a public address, and trusts some of what comes from itself.
        if is_own(address) {
            return Err(Forbidden::Own);
        }
        Ok(())
    }

    /// The same for a name that was not looked up yet: what can be told without.
    pub(super) fn vet_name(&self, name: &str, port: u16) -> Result<(), Forbidden> {
        let name = name.strip_suffix('.').unwrap_or(name);
        let here = name == "localhost" || name.ends_with(".localhost");
        let loopback = [
            IpAddr::from(Ipv4Addr::LOCALHOST),
            IpAddr::from(Ipv6Addr::LOCALHOST),
        ];
        if here && !loopback.iter().any(|address| self.holds(*address)) {
            return Err(Forbidden::Private);
        }
        if self.is_empty() {
            check_port(port)?;
        }
        Ok(())
    }
}

/// The well-known ports speak other protocols, where the words of a delivery could be commands.
fn check_port(port: u16) -> Result<(), Forbidden> {
    match port {
        80 | 443 | 1024.. => Ok(()),
        _ => Err(Forbidden::Port(port)),
    }
}

/// Whether an address is one that anybody on the Internet means the same machine by. What is in no list is not.
fn is_public(address: IpAddr) -> bool {
    match address.to_canonical() {
        IpAddr::V4(v4) => is_public_v4(v4),
        IpAddr::V6(v6) => is_public_v6(v6),
    }
}

const fn net(a: u8, b: u8, c: u8, bits: u8) -> Ipv4Net {
    Ipv4Net::new_assert(Ipv4Addr::new(a, b, c, 0), bits)
}

/// IANA's registry of special addresses (RFC 6890 and what came after), multicast and class E.
const NOT_PUBLIC: [Ipv4Net; 15] = [
    net(0, 0, 0, 8),
    net(10, 0, 0, 8),
    // Shared by carriers.
    net(100, 64, 0, 10),
    net(127, 0, 0, 8),
    // Link-local, where clouds keep what they tell a machine of itself.
    net(169, 254, 0, 16),
    net(172, 16, 0, 12),
    // Protocol assignments.
    net(192, 0, 0, 24),
    net(192, 0, 2, 24),
    // Relays of 6to4.
    net(192, 88, 99, 24),
    net(192, 168, 0, 16),
    // Benchmarks.
    net(198, 18, 0, 15),
    // Documentation.
    net(198, 51, 100, 24),
    net(203, 0, 113, 24),
    net(224, 0, 0, 4),
    net(240, 0, 0, 4),
];

fn is_public_v4(address: Ipv4Addr) -> bool {
    !NOT_PUBLIC.iter().any(|network| network.contains(&address))
}

/// Global unicast without its special blocks, and public IPv4 addresses behind a translator.
fn is_public_v6(address: Ipv6Addr) -> bool {
    let v4 = |high: u16, low: u16| Ipv4Addr::from_bits(u32::from(high) << 16 | u32::from(low));
    match address.segments() {
        // NAT64, where the names of a machine that has IPv6 only lead; 6to4.
        [0x64, 0xff9b, 0, 0, 0, 0, high, low] | [0x2002, high, low, ..] => {
            is_public_v4(v4(high, low))
        }
        // Protocol assignments, Teredo among them; documentation.
        [0x2001, 0..=0x1ff | 0xdb8, ..] | [0x3fff, 0..=0xfff, ..] => false,
        [first, ..] => (0x2000..=0x3fff).contains(&first),
    }
}

/// Whether a packet to it would stay on this machine. The system is asked for the way; nothing is sent.
fn is_own(address: SocketAddr) -> bool {
    let any: SocketAddr = match address {
        SocketAddr::V4(_) => (Ipv4Addr::UNSPECIFIED, 0).into(),
        SocketAddr::V6(_) => (Ipv6Addr::UNSPECIFIED, 0).into(),
    };
    UdpSocket::bind(any)
        .and_then(|socket| {
            socket.connect(address)?;
            socket.local_addr()
        })
        // Where there is no way to it, no connection comes about either.
        .is_ok_and(|here| here.ip() == address.ip())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(address: &str) -> Option<Forbidden> {
        let ip: IpAddr = address.parse().unwrap();
        Allowed::default().vet(SocketAddr::new(ip, 443)).err()
    }

    #[test]
    fn each_kind_of_address_that_is_not_public_is_refused() {
        for address in [
            "0.0.0.0",
            "0.1.2.3",
            "10.0.0.1",
            "10.255.255.255",
            "100.64.0.1",
            "100.127.255.255",
            "127.0.0.1",
            "127.255.255.254",
            "169.254.0.1",
            "169.254.169.254",
            "172.16.0.1",
            "172.31.255.255",
            "192.0.0.8",
            "192.0.2.1",
            "192.88.99.1",
            "192.168.0.1",
            "198.18.0.1",
            "198.19.255.255",
            "198.51.100.1",
            "203.0.113.1",
            "224.0.0.1",
            "239.255.255.250",
            "240.0.0.1",
            "255.255.255.255",
            "::",
            "::1",
            "::7f00:1",
            "::a00:1",
            "::ffff:127.0.0.1",
            "::ffff:10.0.0.1",
            "64:ff9b::7f00:1",
            "64:ff9b::a9fe:a9fe",
            "64:ff9b:1::808:808",
            "100::1",
            "2001::1",
            "2001:0:7f00:1::1",
            "2001:2::1",
            "2001:10::1",
            "2001:db8::1",
            "2002:7f00:1::1",
            "2002:a00:1::1",
            "2002:c0a8:101::1",
            "3fff::1",
            "3fff:fff::1",
            "4000::1",
            "fc00::1",
            "fd00:ec2::254",
            "fe80::1",
            "fec0::1",
            "ff02::1",
            "ffff::1",
        ] {
            assert_eq!(refused(address), Some(Forbidden::Private), "{address}");
        }
    }

    #[test]
    fn public_addresses_are_not_refused_up_to_the_edges_of_those_that_are() {
        for address in [
            "1.1.1.1",
            "9.255.255.255",
            "11.0.0.0",
            "100.63.255.255",
            "100.128.0.0",
            "126.255.255.255",
            "128.0.0.0",
            "169.253.255.255",
            "172.15.255.255",
            "172.32.0.0",
            "192.0.1.1",
            "192.0.3.1",
            "192.167.255.255",
            "198.17.255.255",
            "198.20.0.0",
            "223.255.255.255",
            "::ffff:1.1.1.1",
            "64:ff9b::101:101",
            "2001:200::1",
            "2001:4860:4860::8888",
            "2002:101:101::1",
            "2606:4700::1111",
            "3ffe:ffff::1",
        ] {
            assert_eq!(refused(address), None, "{address}");
        }
    }

    #[test]
    fn what_the_operator_allows_is_spoken_to_however_it_is_written() {
        let allowed = Allowed::new(vec![
            "10.1.0.0/16".parse().unwrap(),
            "fd00:1::/32".parse().unwrap(),
        ]);
        let may = |address: &str| allowed.vet(address.parse().unwrap()).is_ok();
        assert!(may("10.1.2.3:443"));
        assert!(may("[::ffff:10.1.2.3]:443"));
        assert!(may("[fd00:1::5]:25"));
        assert!(!may("10.2.0.1:443"));
        assert!(!may("[fd00:2::5]:443"));
        assert!(!may("127.0.0.1:443"));
    }

    #[test]
    fn ports_of_other_protocols_are_refused() {
        let vet = |port| {
            Allowed::default()
                .vet(SocketAddr::new([1, 1, 1, 1].into(), port))
                .err()
        };
        for port in [1, 22, 25, 53, 79, 81, 442, 444, 1023] {
            assert_eq!(vet(port), Some(Forbidden::Port(port)));
        }
        for port in [80, 443, 1024, 8080, 65535] {
            assert_eq!(vet(port), None);
        }
    }

    #[test]
    fn an_address_of_this_machine_is_known_as_such() {
        assert!(is_own("127.0.0.1:9".parse().unwrap()));
        assert!(!is_own("192.0.2.1:9".parse().unwrap()));
    }
}
