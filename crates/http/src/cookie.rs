//! Cookies of this server: how each is set, dropped and read.

use http::HeaderMap;
use http::header::COOKIE;

/// One cookie. No script reads it, and every path of the server gets it.
#[derive(Clone, Copy, Debug)]
pub struct Cookie {
    name: &'static str,
    /// Its name over TLS: with `__Host-` a browser takes it from this very host alone, never from a neighbour.
    name_over_tls: &'static str,
    /// How long a browser keeps it.
    seconds: i64,
}

/// What holds a session. The session itself may be over long before the cookie.
pub static SESSION: Cookie = Cookie::new("jeton_session", "__Host-jeton", 365 * 86_400);

impl Cookie {
    /// One that is kept for so many seconds, and sent where another site's link leads here.
    pub const fn new(name: &'static str, name_over_tls: &'static str, seconds: i64) -> Self {
        Self {
            name,
            name_over_tls,
            seconds,
        }
    }

    /// A `Set-Cookie` value that keeps it.
    pub fn set(&self, public_url: &str, value: &str) -> String {
        self.header(public_url, value, self.seconds)
    }

    /// A `Set-Cookie` value that drops it.
    pub fn dropped(&self, public_url: &str) -> String {
        self.header(public_url, "", 0)
    }

    fn header(&self, public_url: &str, value: &str, seconds: i64) -> String {
        let secure = if is_secure(public_url) {
            "; Secure"
        } else {
            ""
        };
        format!(
            "{}={value}; Path=/; Max-Age={seconds}; HttpOnly; SameSite=Lax{secure}",
            self.name_at(public_url)
        )
    }

    fn name_at(&self, public_url: &str) -> &'static str {
        if is_secure(public_url) {
            self.name_over_tls
        } else {
            self.name
        }
    }

    /// Its value; the first one, as browsers send the most particular first.
    pub(crate) fn of<'a>(&self, headers: &'a HeaderMap, public_url: &str) -> Option<&'a [u8]> {
        let name = self.name_at(public_url).as_bytes();
        headers
            .get_all(COOKIE)
            .into_iter()
            .flat_map(|value| value.as_bytes().split(|byte| *byte == b';'))
            .find_map(|pair| {
                let pair = pair.trim_ascii();
                let at = pair.iter().position(|byte| *byte == b'=')?;
                let (key, value) = pair.split_at(at);
                (key == name).then(|| value.get(1..).unwrap_or_default())
            })
    }
}

fn is_secure(public_url: &str) -> bool {
    public_url.starts_with("https:")
}

#[cfg(test)]
mod tests {
    use super::*;

    const STEP: Cookie = Cookie::new("jeton_step", "__Host-jeton_step", 600);

    #[test]
    fn it_is_read_among_others_and_by_the_name_of_its_scheme() {
        let mut headers = HeaderMap::new();
        for line in [
            "a=b; jeton_session=xyz ;__Host-jeton=tls",
            "jeton_session=other",
        ] {
            headers.append(COOKIE, line.parse().unwrap());
        }
        let http = SESSION.of(&headers, "http://localhost");
        let https = SESSION.of(&headers, "https://jeton.example");
        assert_eq!((http, https), (Some(&b"xyz"[..]), Some(&b"tls"[..])));
        assert_eq!(STEP.of(&headers, "http://localhost"), None);
    }

    #[test]
    fn it_is_kept_and_dropped_with_the_same_attributes() {
        assert_eq!(
            STEP.set("https://jeton.example", "v"),
            "__Host-jeton_step=v; Path=/; Max-Age=600; HttpOnly; SameSite=Lax; Secure"
        );
        assert_eq!(
            SESSION.dropped("http://localhost"),
            "jeton_session=; Path=/; Max-Age=0; HttpOnly; SameSite=Lax"
        );
    }
}
