//! `jeton admin tls init`: which hosts a certificate can be for, and what to do with it.

use std::io::{self, Write};
use std::net::{IpAddr, Ipv6Addr};

use serde_json::Value;

use crate::config::Config;

/// Bytes of a name in the DNS, and of one label of it.
const NAME: usize = 253;
const LABEL: usize = 63;

/// The port of https, which addresses leave out.
const HTTPS: u16 = 443;

/// Whether a certificate can be for it: an address, or a name as the DNS has it; the first label may be `*`.
pub(super) fn check_host(host: &str) -> Result<(), &'static str> {
    if host.parse::<IpAddr>().is_ok() {
        return Ok(());
    }
    if host.is_empty() {
        return Err("is empty: give a host name or an address, as `git.example.org` is");
    }
    if host.contains("://") || host.contains('/') {
        return Err("is more than a host: give the name alone, as `git.example.org` is");
    }
    if !host.is_ascii() {
        return Err("has letters beyond ASCII: write it as the DNS has it, `xn--…`");
    }
    if host.contains(':') {
        return Err("is no address; a host is given without a port");
    }
    let name = host.strip_prefix("*.").unwrap_or(host);
    let labels = || name.split('.');
    let fits = |label: &str| {
        (1..=LABEL).contains(&label.len())
            && !label.starts_with('-')
            && !label.ends_with('-')
            && label
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
    };
    // A name that ends in a number is read as an address everywhere, and it is none.
    let number = |label: &str| label.bytes().all(|byte| byte.is_ascii_digit());
    if host.len() <= NAME && labels().all(fits) && !labels().next_back().is_some_and(number) {
        Ok(())
    } else {
        Err("is neither a host name, as `git.example.org` is, nor an address")
    }
}

/// What is said of a certificate that was made.
pub(super) struct Words<'a> {
    pub(super) config: &'a Config,
    pub(super) hosts: &'a [String],
    /// The settings that were given, with a space before each word.
    pub(super) typed: &'a str,
}

impl Words<'_> {
    /// The commands for the server and its clients. `answer` holds the paths.
    pub(super) fn say(&self, out: &mut dyn Write, answer: &Value) -> io::Result<()> {
        let path = |name: &str| {
            let path = answer.get(name).and_then(Value::as_str);
            crate::typed::word(path.unwrap_or_default())
        };
        let authority = path("authority");
        writeln!(out, "Made a certificate for {}.\n", self.hosts.join(", "))?;
        writeln!(out, "Start the server with it:")?;
        writeln!(
            out,
            "  jeton serve{} --tls-certificate {} --tls-key {}\n",
            self.typed,
            path("certificate"),
            path("key")
        )?;
        // Never in place of the authorities that a client trusts for all other servers.
        writeln!(
            out,
            "Let clients trust it, for this server and beside all others:"
        )?;
        for address in self.addresses() {
            let key = crate::typed::word(&format!("http.{address}/.sslCAInfo"));
            writeln!(out, "  git config --global {key} {authority}")?;
        }
        writeln!(out, "  curl --cacert {authority} …")?;
        writeln!(
            out,
            "  export JETON_CACERT={authority}  # jeton; `--cacert` at `jeton login` is kept with the sign-in"
        )?;
        writeln!(
            out,
            "  export NODE_EXTRA_CA_CERTS={authority}  # npm and node"
        )
    }

    /// Where clients reach the server, without a slash at the end: by its public address, or by its port.
    fn addresses(&self) -> Vec<String> {
        if let Some(url) = self.config.public_url.as_deref()
            && url.starts_with("https://")
        {
            return vec![url.trim_end_matches('/').to_owned()];
        }
        let port = match self.config.listen.port() {
            HTTPS => String::new(),
            port => format!(":{port}"),
        };
        let address = |host: &String| {
            if host.parse::<Ipv6Addr>().is_ok() {
                format!("https://[{host}]{port}")
            } else {
                format!("https://{host}{port}")
            }
        };
        self.hosts.iter().map(address).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_host_is_told_apart() {
        for host in [
            "git.example.org",
            "localhost",
            "127.0.0.1",
            "::1",
            "*.example.org",
            "xn--bcher-kva.example",
            "a-1.b2",
            "3com.example",
        ] {
            assert_eq!(check_host(host), Ok(()), "{host}");
        }
        for (host, why) in [
            ("", "is empty"),
            ("https://git.example.org", "is more than a host"),
            ("a/b", "is more than a host"),
            ("git.example.org:8377", "without a port"),
            ("[::1]", "is no address"),
            ("bücher.example", "xn--"),
            ("bad name", "is neither"),
            ("-x", "is neither"),
            ("x-.example", "is neither"),
            ("a..b", "is neither"),
            ("a_b", "is neither"),
            ("*", "is neither"),
            ("a.*.b", "is neither"),
            ("300.1.1.1", "is neither"),
            (&"a".repeat(64), "is neither"),
            (&"a.".repeat(127), "is neither"),
        ] {
            let said = check_host(host).unwrap_err();
            assert!(said.contains(why), "{host}: {said}");
        }
    }
}
