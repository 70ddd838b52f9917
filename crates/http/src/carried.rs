//! The one extractor: what a request carries as a credential (`semantics` section 6, carriers).
//!
//! The kind of a token survives every carrier, because the carrier only yields bytes that are parsed
//! in one place. Cookies and every header but `Authorization` carry nothing at an API or Git door.

use base64::Engine as _;
use base64::alphabet::STANDARD;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use http::header::AUTHORIZATION;
use http::{HeaderMap, Uri};
use jeton_app::{Carried, Presented};
use jeton_decide::CarrierFault;
use jeton_token::{Ring, holds_whole, looks_like_ours, parse};
use percent_encoding::percent_decode;
use zeroize::Zeroizing;

/// Clients pad or don't.
const BASE64: GeneralPurpose = GeneralPurpose::new(
    &STANDARD,
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent),
);

/// The password that marks the user name as the token.
const TOKEN_IS_USER: &[u8] = b"x-oauth-basic";

/// What the request carries.
///
/// SECURITY: nothing that was presented and can't be read comes out as [`Carried::Nothing`].
pub(crate) fn carried(headers: &HeaderMap, uri: &Uri, ring: &Ring) -> Carried {
    if in_url(uri) {
        return Carried::Faulty(CarrierFault::InUrl);
    }
    let mut values = headers.get_all(AUTHORIZATION).into_iter();
    let Some(value) = values.next() else {
        return Carried::Nothing;
    };
    if values.next().is_some() {
        return Carried::Faulty(CarrierFault::Two);
    }
    match from_authorization(value.as_bytes(), ring) {
        Ok(presented) => Carried::Value(presented),
        Err(fault) => Carried::Faulty(fault),
    }
}

/// What a request of an OAuth client carries: its own name and secret as `Basic`, which are nobody's credential. Whatever
/// else it carries counts as everywhere.
pub(crate) fn client_carried(headers: &HeaderMap, uri: &Uri, ring: &Ring) -> Carried {
    let mut values = headers.get_all(AUTHORIZATION).into_iter();
    // SECURITY: a token of ours that comes as Basic is a credential here too, and one that fails is told so.
    let is_client = match (values.next(), values.next()) {
        (Some(_), None) => basic(headers).is_some_and(|(name, secret)| {
            !looks_like_ours(name.as_bytes()) && !looks_like_ours(secret.as_bytes())
        }),
        _ => false,
    };
    if is_client && !in_url(uri) {
        Carried::Nothing
    } else {
        carried(headers, uri, ring)
    }
}

/// Name and secret of an OAuth client.
pub(crate) fn basic(headers: &HeaderMap) -> Option<(String, Zeroizing<String>)> {
    let value = headers.get(AUTHORIZATION)?.as_bytes();
    let (scheme, encoded) = value.split_at_checked(6)?;
    if !scheme.eq_ignore_ascii_case(b"basic ") {
        return None;
    }
    let decoded = Zeroizing::new(BASE64.decode(encoded.trim_ascii()).ok()?);
    let text = std::str::from_utf8(&decoded).ok()?;
    let (name, secret) = text.split_once(':')?;
    Some((name.to_owned(), Zeroizing::new(secret.to_owned())))
}

/// One of our tokens in the path, the query or, in the absolute form, beside the host, encoded or not:
/// logs and histories keep those.
fn in_url(uri: &Uri) -> bool {
    let authority = uri.authority().map(http::uri::Authority::as_str);
    let path = uri.path_and_query().map(http::uri::PathAndQuery::as_str);
    authority.into_iter().chain(path).any(holds_token)
}

/// Whether one of our tokens stands in an address, or in a piece of one.
///
/// A cut or mangled value counts where a word begins. A whole one counts anywhere: its checksum tells it from
/// a name. What was encoded twice is found too: something on the way may decode it once.
pub fn holds_token(text: &str) -> bool {
    holds_ours(text.as_bytes(), DECODINGS)
}

/// How often an address is decoded.
const DECODINGS: usize = 2;

fn holds_ours(text: &[u8], decodings: usize) -> bool {
    looks_like_ours(text)
        || holds_whole(text)
        || decodings > 0 && text.contains(&b'%') && {
            let decoded = Zeroizing::new(percent_decode(text).collect::<Vec<u8>>());
            holds_ours(&decoded, decodings - 1)
        }
}

fn from_authorization(value: &[u8], ring: &Ring) -> Result<Presented, CarrierFault> {
    let value = value.trim_ascii();
    let (scheme, rest) = match value.iter().position(u8::is_ascii_whitespace) {
        Some(at) => value.split_at(at),
        None => (value, &b""[..]),
    };
    let rest = rest.trim_ascii();
    if scheme.eq_ignore_ascii_case(b"bearer") || scheme.eq_ignore_ascii_case(b"token") {
        // Two headers that something on the way has joined.
        if rest.contains(&b',') {
            return Err(CarrierFault::Two);
        }
        present(rest, ring)
    } else if scheme.eq_ignore_ascii_case(b"basic") {
        from_basic(rest, ring)
    } else {
        Err(CarrierFault::Scheme)
    }
}

fn from_basic(encoded: &[u8], ring: &Ring) -> Result<Presented, CarrierFault> {
    if encoded.contains(&b',') {
        return Err(CarrierFault::Two);
    }
    let decoded = Zeroizing::new(
        BASE64
            .decode(encoded)
            .map_err(|_| CarrierFault::Undecodable)?,
    );
    let colon = decoded
        .iter()
        .position(|byte| *byte == b':')
        .ok_or(CarrierFault::Undecodable)?;
    let (user, password) = decoded.split_at(colon);
    let password = password.get(1..).unwrap_or_default();
    if password.is_empty() || password == TOKEN_IS_USER {
        return present(user, ring);
    }
    if user.is_empty() {
        return Err(CarrierFault::Malformed);
    }
    if user != password && looks_like_ours(user) && looks_like_ours(password) {
        return Err(CarrierFault::Two);
    }
    // A password that is no token at all ends here too: passwords are never taken as Basic.
    present(password, ring)
}

fn present(value: &[u8], ring: &Ring) -> Result<Presented, CarrierFault> {
    let parsed = parse(value).map_err(|_| CarrierFault::Malformed)?;
    Ok(Presented::new(ring, &parsed))
}

#[cfg(test)]
mod tests {
    use http::HeaderValue;
    use jeton_token::{InstanceHint, KeyId, Kind, Random, RootKey, Secret, make};

    use jeton_app::Shape;

    use super::*;

    struct Counter(u8);
    impl Random for Counter {
        fn fill(&mut self, bytes: &mut [u8]) {
            for byte in bytes {
                self.0 = self.0.wrapping_mul(5).wrapping_add(77);
                *byte = self.0 >> 1;
            }
        }
    }

    fn ring() -> Ring {
        Ring::new(vec![RootKey::new(KeyId::new(1), [7; 32])]).unwrap()
    }

    fn token(kind: Kind, seed: u8) -> Secret {
        make(
            kind,
            &InstanceHint::parse("test").unwrap(),
            &mut Counter(seed),
        )
    }

    fn basic(pair: &str) -> String {
        format!(
            "Basic {}",
            base64::engine::general_purpose::STANDARD.encode(pair)
        )
    }

    fn ask(values: &[&str], uri: &str) -> Carried {
        let mut headers = HeaderMap::new();
        for value in values {
            headers.append(AUTHORIZATION, HeaderValue::from_str(value).unwrap());
        }
        carried(&headers, &uri.parse().unwrap(), &ring())
    }

    fn word(carried: &Carried) -> String {
        match carried {
            Carried::Nothing => "nothing".to_owned(),
            Carried::Faulty(fault) => format!("{fault:?}"),
            Carried::Value(presented) => match presented.shape() {
                Shape::Token(kind) => kind.name().to_owned(),
                Shape::Session => "session".to_owned(),
            },
        }
    }

    #[test]
    fn the_kind_survives_every_carrier() {
        for kind in Kind::ALL {
            let secret = token(kind, 3);
            let value = secret.expose();
            for carrier in [
                format!("Bearer {value}"),
                format!("bearer   {value} "),
                format!("BEARER {value}"),
                format!("token {value}"),
                format!("Token {value}"),
                basic(&format!("anybody:{value}")),
                basic(&format!("x:{value}")).replace("Basic", "bASIC"),
                basic(&format!("{value}:")),
                basic(&format!("{value}:x-oauth-basic")),
                basic(&format!("{value}:{value}")),
                basic(&format!("a:{value}"))
                    .trim_end_matches('=')
                    .to_owned(),
            ] {
                assert_eq!(word(&ask(&[&carrier], "/")), kind.name(), "{carrier}");
            }
        }
    }

    #[test]
    fn what_is_presented_and_can_t_be_read_is_never_nothing() {
        let (one, other) = (token(Kind::FineGrained, 3), token(Kind::FineGrained, 9));
        let (one, other) = (one.expose(), other.expose());
        let cut = &one[..60];
        let mistyped = one.replace('_', "-");
        for (fault, carrier) in [
            ("Two", basic(&format!("{one}:{other}"))),
            ("Two", format!("Bearer {one}, Bearer {other}")),
            ("Two", format!("{}, {}", basic("a:b"), basic("c:d"))),
            ("Undecodable", "Basic ???".to_owned()),
            ("Undecodable", basic("no colon")),
            ("Undecodable", "Basic".to_owned()),
            ("Malformed", basic(":")),
            ("Malformed", basic(&format!(":{one}"))),
            ("Malformed", basic("ada:correct horse battery staple")),
            ("Malformed", basic("ada:")),
            ("Malformed", basic("ada:x-oauth-basic")),
            ("Malformed", basic(&format!("{one}:something else"))),
            ("Malformed", basic(&format!("ada:{cut}"))),
            ("Malformed", format!("Bearer {cut}")),
            ("Malformed", format!("Bearer {mistyped}")),
            ("Malformed", format!("Bearer {one}x")),
            ("Malformed", format!("Bearer {one} x")),
            ("Malformed", "Bearer".to_owned()),
            (
                "Malformed",
                "Bearer ghp_0123456789012345678901234567890123456789".to_owned(),
            ),
            ("Scheme", one.to_owned()),
            ("Scheme", String::new()),
            ("Scheme", format!("Digest {one}")),
            ("Scheme", "Negotiate abc".to_owned()),
            ("Scheme", format!("Bearer:{one}")),
        ] {
            assert_eq!(word(&ask(&[&carrier], "/")), fault, "{carrier}");
        }
        let bearer = format!("Bearer {one}");
        assert_eq!(word(&ask(&[&bearer, &bearer], "/")), "Two");
        assert_eq!(word(&ask(&[&bearer, "Basic x"], "/")), "Two");
        assert_eq!(word(&ask(&[], "/")), "nothing");
    }

    #[test]
    fn a_token_in_the_address_is_refused_however_it_is_written() {
        let secret = token(Kind::Classic, 3);
        let value = secret.expose();
        let encoded = value.replace("jtp_", "%6Atp%5F");
        for uri in [
            format!("/api/v3/user?access_token={value}"),
            format!("/{value}/labs/info/refs"),
            format!("/api/v3/user?x={encoded}"),
            format!("/a/{encoded}"),
            format!("/api/v3/user?token={}", &value[..30]),
            format!("http://x:{value}@git.example.org/api/v3/user"),
            format!("http://{encoded}@git.example.org/"),
            // Encoded twice, and inside a word.
            format!("/users/{}", value.replace("jtp_", "jtp%255f")),
            format!("/api/v3/user?x=%2520{value}"),
            format!("/users/x{value}"),
            format!("/users/%78{value}"),
        ] {
            assert_eq!(word(&ask(&[], &uri)), "InUrl", "{uri}");
            assert_eq!(
                word(&ask(&[&format!("token {value}")], &uri)),
                "InUrl",
                "{uri}"
            );
        }
    }

    #[test]
    fn bytes_that_are_no_text_are_malformed() {
        let mut headers = HeaderMap::new();
        headers.append(
            AUTHORIZATION,
            HeaderValue::from_bytes(b"Bearer \xff\xfe").unwrap(),
        );
        assert_eq!(
            word(&carried(&headers, &Uri::from_static("/"), &ring())),
            "Malformed"
        );
    }
}
