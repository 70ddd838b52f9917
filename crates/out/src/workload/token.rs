//! A token: read, and verified.

use std::collections::BTreeSet;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jeton_domain::{Claims, Span, Time};
use openidconnect::core::CoreJwsSigningAlgorithm;
use serde_json::{Map, Value};
use sha2::{Digest, Sha256};

use super::keys::Keys;

/// Bytes of a token: those of build servers have two thousand.
pub const LONGEST_TOKEN: usize = 16 << 10;

/// How far the issuer's clock may be from ours.
const LEEWAY: Span = Span::from_seconds(60);
/// The longest that a token may live.
const LONGEST_LIFE: Span = Span::from_hours(24);
/// Characters of a word of the token that are said again.
const SHOWN: usize = 80;

/// Why a token is not believed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TokenFault {
    /// More than [`LONGEST_TOKEN`].
    #[error("it is longer than {LONGEST_TOKEN} bytes")]
    Long,
    /// It is no signed token in its compact form.
    #[error("it is no signed token: {0}")]
    Form(&'static str),
    /// A signature that is not taken: `none` and those under a shared secret among them.
    #[error("it is signed by `{0}`; RS256, PS256, ES256 and EdDSA are taken")]
    Algorithm(String),
    /// Its head brings or asks for what nobody here follows.
    #[error("its head has `{0}`, which is not taken")]
    Head(&'static str),
    /// The issuer publishes no key by this name.
    #[error("the issuer publishes no key `{0}`")]
    NoKey(String),
    /// The signature is none of the issuer's.
    #[error("its signature does not hold")]
    Signature,
    /// It speaks for somebody else.
    #[error("it comes from `{0}`")]
    Issuer(String),
    /// A claim that must be there is not, or is not what it must be.
    #[error("its `{0}` is missing, or is none")]
    Claim(&'static str),
    /// It is over.
    #[error("it ended at {}", .0.iso())]
    Over(Time),
    /// It is not good yet.
    #[error("it begins at {}: are both clocks right?", .0.iso())]
    Early(Time),
    /// It lives too long.
    #[error("it lives longer than a day")]
    LongLived,
}

/// A token that nobody has verified: whoever brought it may have written each word of it.
#[derive(Debug)]
pub struct Unverified<'a> {
    /// What the signature is over: head and claims, as they came.
    signed: &'a str,
    signature: Vec<u8>,
    algorithm: CoreJwsSigningAlgorithm,
    key_id: Option<String>,
    claims: Map<String, Value>,
}

/// What an issuer says, verified.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Verified {
    /// Its claims.
    pub claims: Claims,
    /// Is the same for each token that is the same: by it a second use is known.
    pub once: [u8; 32],
    /// From when on it is nothing more, with all leeway.
    pub over: Time,
}

impl<'a> Unverified<'a> {
    /// Reads a token in its compact form. Says nothing of whether it is true.
    pub fn parse(text: &'a str) -> Result<Self, TokenFault> {
        if text.len() > LONGEST_TOKEN {
            return Err(TokenFault::Long);
        }
        let mut parts = text.split('.');
        let (Some(head), Some(body), Some(signature), None) =
            (parts.next(), parts.next(), parts.next(), parts.next())
        else {
            return Err(TokenFault::Form("it has not three parts"));
        };
        let signed = text
            .get(..head.len() + 1 + body.len())
            .ok_or(TokenFault::Form("it has not three parts"))?;
        let bytes = |part: &str| {
            URL_SAFE_NO_PAD
                .decode(part)
                .map_err(|_| TokenFault::Form("a part is no base64url"))
        };
        let object = |part: &str| {
            serde_json::from_slice::<Map<String, Value>>(&bytes(part)?)
                .map_err(|_| TokenFault::Form("a part is no JSON object"))
        };
        let head = object(head)?;
        // SECURITY: what the token says of where its own key is to be found is whoever's word that wrote it.
        for name in ["crit", "jwk", "jku", "x5u"] {
            if head.contains_key(name) {
                return Err(TokenFault::Head(name));
            }
        }
        // SECURITY: what says that it is something else (a sign-out, an event) is no identity, however well it is signed.
        let says = head
            .get("typ")
            .map(|said| said.as_str().unwrap_or_default());
        let fits = |said: &str| {
            ["JWT", "at+jwt"]
                .iter()
                .any(|kind| said.eq_ignore_ascii_case(kind))
        };
        if !says.is_none_or(fits) {
            return Err(TokenFault::Form("its `typ` is neither `JWT` nor `at+jwt`"));
        }
        let algorithm = match head.get("alg").and_then(Value::as_str) {
            Some("RS256") => CoreJwsSigningAlgorithm::RsaSsaPkcs1V15Sha256,
            Some("PS256") => CoreJwsSigningAlgorithm::RsaSsaPssSha256,
            Some("ES256") => CoreJwsSigningAlgorithm::EcdsaP256Sha256,
            Some("EdDSA") => CoreJwsSigningAlgorithm::EdDsa,
            other => return Err(TokenFault::Algorithm(short(other.unwrap_or_default()))),
        };
        let key_id = match head.get("kid") {
            None => None,
            Some(Value::String(name)) => Some(name.clone()),
            Some(_) => return Err(TokenFault::Form("its `kid` is no text")),
        };
        Ok(Self {
            signed,
            signature: bytes(signature)?,
            algorithm,
            key_id,
            claims: object(body)?,
        })
    }

    /// Whom it says it comes from.
    pub fn issuer(&self) -> &str {
        self.claims
            .get("iss")
            .and_then(Value::as_str)
            .unwrap_or_default()
    }

    /// What it says, for whoever wants to know what would come of it if it were true.
    pub fn claims(&self) -> Claims {
        read_claims(&self.claims)
    }

    /// Whether one of these keys is the one that it says it was signed with; without a name, one that holds.
    pub(super) fn finds_key(&self, keys: &Keys) -> bool {
        match &self.key_id {
            Some(name) => keys.named(name).next().is_some(),
            None => self.check_signature(keys).is_ok(),
        }
    }

    /// Whether one of the issuer's keys signed it.
    pub fn check_signature(&self, keys: &Keys) -> Result<(), TokenFault> {
        let holds = |key: &super::keys::Key| {
            // SECURITY: the key says which signatures are made with it; of one that could make others than the token names, or
            // of another type, nothing holds.
            key.verifies(&self.algorithm, self.signed.as_bytes(), &self.signature)
        };
        match &self.key_id {
            Some(name) => {
                let mut named = keys.named(name).peekable();
                if named.peek().is_none() {
                    return Err(TokenFault::NoKey(short(name)));
                }
                named.any(holds)
            }
            None => keys.all().any(holds),
        }
        .then_some(())
        .ok_or(TokenFault::Signature)
    }

    /// Whether it is good at this moment.
    pub fn check_time(&self, now: Time) -> Result<(), TokenFault> {
        self.over(now).map(drop)
    }

    /// Until when it is good, if it is.
    fn over(&self, now: Time) -> Result<Time, TokenFault> {
        let ends = self.moment("exp")?.ok_or(TokenFault::Claim("exp"))?;
        let made = self.moment("iat")?.ok_or(TokenFault::Claim("iat"))?;
        let begins = self.moment("nbf")?.unwrap_or(made).max(made);
        let over = ends.after(LEEWAY);
        if over.is_over_at(now) {
            return Err(TokenFault::Over(ends));
        }
        if begins > now.after(LEEWAY) {
            return Err(TokenFault::Early(begins));
        }
        if ends.since(made) > LONGEST_LIFE {
            return Err(TokenFault::LongLived);
        }
        Ok(over)
    }

    fn moment(&self, name: &'static str) -> Result<Option<Time>, TokenFault> {
        // Seconds of the year 9999, which no clock will show.
        const LAST: f64 = 253_402_300_799.0;
        match self.claims.get(name) {
            None => Ok(None),
            Some(value) => match value.as_f64() {
                #[expect(clippy::cast_possible_truncation, reason = "held against both bounds")]
                Some(seconds) if (0.0..=LAST).contains(&seconds) => {
                    Ok(Some(Time::from_seconds(seconds as i64)))
                }
                _ => Err(TokenFault::Claim(name)),
            },
        }
    }

    /// What its issuer says, if it is its issuer's word and good now. Whom it is for, a rule looks at.
    pub fn verify(&self, issuer: &str, keys: &Keys, now: Time) -> Result<Verified, TokenFault> {
        if self.issuer() != issuer {
            return Err(TokenFault::Issuer(short(self.issuer())));
        }
        self.check_signature(keys)?;
        let over = self.over(now)?;
        let mut once = Sha256::new();
        once.update(issuer);
        match self.claims.get("jti") {
            Some(Value::String(id)) if !id.is_empty() => once.update(format!("\njti\n{id}")),
            // Without the signature: of some kinds others that hold can be made of one.
            None => once.update(format!("\ntoken\n{}", self.signed)),
            Some(_) => return Err(TokenFault::Claim("jti")),
        }
        Ok(Verified {
            claims: self.claims(),
            once: once.finalize().into(),
            over,
        })
    }
}

/// What rules look at of a token's claims.
pub fn read_claims(claims: &Map<String, Value>) -> Claims {
    let text = |value: &Value| match value {
        Value::String(text) => Some(text.clone()),
        Value::Number(_) | Value::Bool(_) => Some(value.to_string()),
        Value::Null | Value::Array(_) | Value::Object(_) => None,
    };
    Claims::new(claims.iter().map(|(name, value)| {
        let texts: BTreeSet<String> = match value {
            Value::Array(list) => list.iter().filter_map(text).collect(),
            one => text(one).into_iter().collect(),
        };
        (name.clone(), texts)
    }))
}

fn short(text: &str) -> String {
    jeton_domain::plain(text).chars().take(SHOWN).collect()
}
