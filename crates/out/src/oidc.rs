//! Signing in through an outside `OpenID` Connect provider: what it publishes is read, a code is exchanged, and the ID token is
//! verified here, so that everything above this file sees only identities that hold.
//!
//! SECURITY: the provider is the operator's choice, and its answers are still a stranger's: no redirect is followed, every
//! answer has a size and a time, each address that its discovery document names is held against the same rule as the issuer's
//! own, and an ID token counts only when issuer, audience, authorized party, nonce, moment and signature do.
//!
//! Long: one protocol from discovery to a verified identity; no step is safe to read without the others.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, SystemTime};

use jeton_domain::{Span, Time};
use openidconnect::core::{
    CoreAuthDisplay, CoreAuthPrompt, CoreClaimName, CoreClaimType, CoreClient,
    CoreClientAuthMethod, CoreGenderClaim, CoreGrantType, CoreIdTokenClaims, CoreJsonWebKey,
    CoreJweContentEncryptionAlgorithm, CoreJweKeyManagementAlgorithm, CoreJwsSigningAlgorithm,
    CoreResponseMode, CoreResponseType, CoreSubjectIdentifierType,
};
use openidconnect::{
    AdditionalProviderMetadata, AuthType, AuthenticationFlow, AuthorizationCode,
    ClaimsVerificationError, ClientId, ClientSecret, CsrfToken, DiscoveryError,
    EmptyAdditionalClaims, EndpointMaybeSet, EndpointNotSet, EndpointSet, HttpRequest,
    HttpResponse, IssuerUrl, Nonce, OAuth2TokenResponse, PkceCodeChallenge, PkceCodeVerifier,
    ProviderMetadata, RedirectUrl, RequestTokenError, Scope, SignatureVerificationError,
    TokenResponse, UserInfoClaims, http, url,
};
use serde::{Deserialize, Serialize};
use ureq::tls::{RootCerts, TlsConfig};
use zeroize::Zeroizing;

use crate::words::{authorities, whole};

/// Bytes of an answer: key sets with certificates in them are long, and none is this long.
const ANSWER_BYTES: u64 = 512 << 10;
/// Until an answer is there, from the look-up of its name to its last byte.
const ANSWER_TIME: Duration = Duration::from_secs(10);
/// Until a connection is there.
const CONNECT_TIME: Duration = Duration::from_secs(5);
/// How long the provider's document and keys are believed.
const FRESH: Span = Span::from_hours(1);
/// A key that is not known asks for the keys anew, and not more often than this: strangers can name keys.
const ASKED_AGAIN: Span = Span::from_minutes(1);
/// After a failure it is not asked anew for so long: whoever presses the button again waits for nothing.
const FAILED_FOR: Span = Span::from_seconds(5);
/// Requests to the provider at a time: each holds a thread, and a slow provider must not hold them all.
const AT_ONCE: usize = 16;
/// How far the provider's clock may be ahead.
const CLOCK_AHEAD: Span = Span::from_minutes(1);
/// How old an ID token may be: one is made for the code that was just exchanged.
const TOKEN_AGE: Span = Span::from_minutes(10);
/// Bytes of a subject, as `OpenID` Connect bounds it.
const SUBJECT_BYTES: usize = 255;

/// Signatures that are taken. `none` and those under the shared secret are not among them: whoever reads the operator's
/// settings could make either.
const SIGNATURES: [CoreJwsSigningAlgorithm; 9] = [
    CoreJwsSigningAlgorithm::RsaSsaPkcs1V15Sha256,
    CoreJwsSigningAlgorithm::RsaSsaPkcs1V15Sha384,
    CoreJwsSigningAlgorithm::RsaSsaPkcs1V15Sha512,
    CoreJwsSigningAlgorithm::RsaSsaPssSha256,
    CoreJwsSigningAlgorithm::RsaSsaPssSha384,
    CoreJwsSigningAlgorithm::RsaSsaPssSha512,
    CoreJwsSigningAlgorithm::EcdsaP256Sha256,
    CoreJwsSigningAlgorithm::EcdsaP384Sha384,
    CoreJwsSigningAlgorithm::EdDsa,
];

/// What of the provider's document the library leaves aside.
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
struct Further {
    /// RFC 9207: the provider names itself beside each code.
    #[serde(default)]
    authorization_response_iss_parameter_supported: bool,
}

impl AdditionalProviderMetadata for Further {}

type Document = ProviderMetadata<
    Further,
    CoreAuthDisplay,
    CoreClientAuthMethod,
    CoreClaimName,
    CoreClaimType,
    CoreGrantType,
    CoreJweContentEncryptionAlgorithm,
    CoreJweKeyManagementAlgorithm,
    CoreJsonWebKey,
    CoreResponseMode,
    CoreResponseType,
    CoreSubjectIdentifierType,
>;

type Speaker = CoreClient<
    EndpointSet,
    EndpointNotSet,
    EndpointNotSet,
    EndpointNotSet,
    EndpointMaybeSet,
    EndpointMaybeSet,
>;

/// What the operator says of a provider.
#[derive(Clone)]
pub struct Settings {
    /// The issuer, as its tokens name it.
    pub issuer: String,
    /// What this server is called there.
    pub client_id: String,
    /// The secret it was given, if it was given one.
    pub client_secret: Option<Zeroizing<String>>,
    /// Scopes beside `openid`.
    pub scopes: Vec<String>,
    /// Where the provider sends people back to.
    pub redirect: String,
    /// A provider on this machine may be spoken to in clear.
    pub loopback_http: bool,
    /// Certificates (PEM) of the authorities that are believed, instead of the public ones.
    pub authorities: Option<Vec<u8>>,
}

impl std::fmt::Debug for Settings {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Settings")
            .field("issuer", &self.issuer)
            .field("client_id", &self.client_id)
            .field("scopes", &self.scopes)
            .field("redirect", &self.redirect)
            .field("loopback_http", &self.loopback_http)
            .finish_non_exhaustive()
    }
}

/// Why there is no identity.
#[derive(Debug, thiserror::Error)]
pub enum OidcError {
    /// A setting that can't be taken.
    #[error("{0}")]
    Setting(String),
    /// The provider does not answer, or answers what is no answer.
    #[error("the provider can't be asked: {0}")]
    Unavailable(String),
    /// The provider refuses the code: it was used, is over, or is somebody else's.
    #[error("the provider refuses the code: {0}")]
    Code(String),
    /// What the provider says of the person does not hold.
    #[error("the provider's word does not hold: {0}")]
    Identity(String),
}

/// One question to the provider, in the making: what the person's browser carries there.
#[derive(Debug)]
pub struct Question<'a> {
    /// Comes back beside the code.
    pub state: &'a str,
    /// Comes back inside the ID token.
    pub nonce: &'a str,
    /// Proves at the exchange that the question was ours (PKCE).
    pub verifier: &'a str,
    /// The person must show anew who they are, and not only be known there.
    pub anew: bool,
}

/// What came back from the provider by way of the browser.
#[derive(Debug)]
pub struct Returned<'a> {
    /// The code.
    pub code: &'a str,
    /// Whom the provider calls itself beside the code (RFC 9207).
    pub issuer: Option<&'a str>,
    /// The nonce of the question.
    pub nonce: &'a str,
    /// The verifier of the question.
    pub verifier: &'a str,
}

/// Who the provider says it is, verified.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Identity {
    /// The provider.
    pub issuer: String,
    /// The person, there: never another one's.
    pub subject: String,
    /// Their address there.
    pub email: Option<String>,
    /// The provider vouches for the address.
    pub email_verified: bool,
    /// What they like to be called by.
    pub username: Option<String>,
    /// What they call themselves.
    pub name: Option<String>,
    /// How they showed who they are (`amr`).
    pub methods: Vec<String>,
    /// How well (`acr`).
    pub context: Option<String>,
    /// When they showed it, if the provider says so.
    pub authenticated_at: Option<Time>,
}

/// What was read from the provider, and when.
#[derive(Debug)]
struct Published {
    document: Document,
    at: Time,
}

/// What is known of the provider.
#[derive(Debug, Default)]
struct Memory {
    published: Option<Arc<Published>>,
    /// When it last could not be read, and why.
    failed: Option<(Time, String)>,
}

/// A provider.
#[derive(Debug)]
pub struct Provider {
    settings: Settings,
    issuer: IssuerUrl,
    redirect: RedirectUrl,
    agent: ureq::Agent,
    memory: Mutex<Memory>,
    running: AtomicUsize,
}

impl Provider {
    /// A provider as the operator describes it. Asks nobody yet.
    pub fn new(settings: Settings) -> Result<Self, OidcError> {
        let issuer = IssuerUrl::new(settings.issuer.clone())
            .map_err(|_| OidcError::Setting(format!("`{}` is no address", settings.issuer)))?;
        may_be_asked(issuer.url(), settings.loopback_http).map_err(OidcError::Setting)?;
        let redirect = RedirectUrl::new(settings.redirect.clone())
            .map_err(|_| OidcError::Setting(format!("`{}` is no address", settings.redirect)))?;
        let mut tls = TlsConfig::builder();
        if let Some(pem) = &settings.authorities {
            tls = tls.root_certs(RootCerts::Specific(Arc::new(
                authorities(pem).map_err(OidcError::Setting)?,
            )));
        }
        let agent = ureq::Agent::config_builder()
            .tls_config(tls.build())
            .proxy(None)
            .max_redirects(0)
            .max_redirects_will_error(false)
            .http_status_as_error(false)
            .timeout_global(Some(ANSWER_TIME))
            .timeout_connect(Some(CONNECT_TIME))
            .max_idle_connections(2)
            .user_agent("jeton")
            .build()
            .into();
        Ok(Self {
            settings,
            issuer,
            redirect,
            agent,
            memory: Mutex::new(Memory::default()),
            running: AtomicUsize::new(0),
        })
    }

    /// The issuer, as its tokens name it.
    pub fn issuer(&self) -> &str {
        &self.settings.issuer
    }

    /// Where to send the person's browser.
    pub fn question(&self, now: Time, question: &Question<'_>) -> Result<String, OidcError> {
        let published = self.published(now, FRESH)?;
        let speaker = self.speaker(&published);
        let verifier = PkceCodeVerifier::new(question.verifier.to_owned());
        let (state, nonce) = (question.state.to_owned(), question.nonce.to_owned());
        let mut asked = speaker
            .authorize_url(
                AuthenticationFlow::<CoreResponseType>::AuthorizationCode,
                || CsrfToken::new(state),
                || Nonce::new(nonce),
            )
            .set_pkce_challenge(PkceCodeChallenge::from_code_verifier_sha256(&verifier));
        for scope in self
            .settings
            .scopes
            .iter()
            .filter(|scope| *scope != "openid")
        {
            asked = asked.add_scope(Scope::new(scope.clone()));
        }
        if question.anew {
            asked = asked
                .add_prompt(CoreAuthPrompt::Login)
                .set_max_age(Duration::ZERO);
        }
        Ok(asked.url().0.into())
    }

    /// Exchanges the code, and verifies what the provider says of the person.
    pub fn identity(&self, now: Time, returned: &Returned<'_>) -> Result<Identity, OidcError> {
        let published = self.published(now, FRESH)?;
        self.check_issuer(&published, returned.issuer)?;
        let speaker = self.speaker(&published);
        let exchanged = speaker
            .exchange_code(AuthorizationCode::new(returned.code.to_owned()))
            .map_err(|error| OidcError::Unavailable(whole(&error)))?
            .set_pkce_verifier(PkceCodeVerifier::new(returned.verifier.to_owned()))
            .request(&|request| self.send(request))
            .map_err(|error| match error {
                RequestTokenError::ServerResponse(said) => OidcError::Code(said.to_string()),
                RequestTokenError::Request(fault) => OidcError::Unavailable(fault.to_string()),
                other => OidcError::Unavailable(whole(&other)),
            })?;
        let token = exchanged
            .id_token()
            .ok_or_else(|| OidcError::Identity("there is no ID token".to_owned()))?;
        let nonce = Nonce::new(returned.nonce.to_owned());
        let claims = match Self::verified(&speaker, token, &nonce, now) {
            Err(ClaimsVerificationError::SignatureVerification(
                SignatureVerificationError::NoMatchingKey,
            )) => {
                // The provider may have a new key since.
                let published = self.published(now, ASKED_AGAIN)?;
                Self::verified(&self.speaker(&published), token, &nonce, now).cloned()
            }
            other => other.cloned(),
        }
        .map_err(|error| OidcError::Identity(whole(&error)))?;
        self.check_party(&claims)?;
        let identity = self.told(&claims)?;
        if identity.email.is_some() && identity.username.is_some() {
            return Ok(identity);
        }
        self.completed(&speaker, exchanged.access_token(), identity)
    }

    fn verified<'t>(
        speaker: &Speaker,
        token: &'t openidconnect::core::CoreIdToken,
        nonce: &Nonce,
        now: Time,
    ) -> Result<&'t CoreIdTokenClaims, ClaimsVerificationError> {
        let moment = moment(now);
        let (oldest, newest) = (now.before(TOKEN_AGE), now.after(CLOCK_AHEAD));
        let verifier = speaker
            .id_token_verifier()
            .set_allowed_algs(SIGNATURES)
            // None beside this server: a token that another one can present is another one's.
            .set_other_audience_verifier_fn(|_| false)
            .set_time_fn(move || moment.into())
            .set_issue_time_verifier_fn(move |issued| {
                let issued = Time::from_micros(issued.timestamp_micros());
                if issued < oldest {
                    Err("the ID token was made too long ago".to_owned())
                } else if issued > newest {
                    Err("the ID token was made in the future: are both clocks right?".to_owned())
                } else {
                    Ok(())
                }
            });
        token.claims(&verifier, nonce)
    }

    /// SECURITY: where somebody has a provider of theirs bring a code of ours, or ours bring theirs, the name beside the code
    /// is not the one that was asked (mix-up).
    fn check_issuer(&self, published: &Published, named: Option<&str>) -> Result<(), OidcError> {
        let names_itself = published
            .document
            .additional_metadata()
            .authorization_response_iss_parameter_supported;
        match named {
            Some(named) if named != self.settings.issuer => Err(OidcError::Identity(format!(
                "the code comes from `{}`",
                named.chars().take(200).collect::<String>()
            ))),
            None if names_itself => Err(OidcError::Identity(
                "nothing says whom the code comes from, and this provider always says so"
                    .to_owned(),
            )),
            _ => Ok(()),
        }
    }

    fn check_party(&self, claims: &CoreIdTokenClaims) -> Result<(), OidcError> {
        match claims.authorized_party() {
            Some(party) if party.as_str() != self.settings.client_id => Err(OidcError::Identity(
                "the ID token was made for another client".to_owned(),
            )),
            _ => Ok(()),
        }
    }

    fn told(&self, claims: &CoreIdTokenClaims) -> Result<Identity, OidcError> {
        let subject = claims.subject().as_str();
        if !(1..=SUBJECT_BYTES).contains(&subject.len())
            || !subject.bytes().all(|byte| (b' '..=b'~').contains(&byte))
        {
            return Err(OidcError::Identity(
                "the subject is none that OpenID Connect allows".to_owned(),
            ));
        }
        Ok(Identity {
            issuer: self.settings.issuer.clone(),
            subject: subject.to_owned(),
            email: claims.email().map(|email| email.to_string()),
            email_verified: claims.email_verified() == Some(true),
            username: claims.preferred_username().map(|name| name.to_string()),
            name: claims
                .name()
                .and_then(|name| name.get(None))
                .map(|name| name.to_string()),
            methods: claims
                .auth_method_refs()
                .map(|methods| methods.iter().map(|method| method.to_string()).collect())
                .unwrap_or_default(),
            context: claims.auth_context_ref().map(|context| context.to_string()),
            authenticated_at: claims
                .auth_time()
                .map(|at| Time::from_micros(at.timestamp_micros())),
        })
    }

    /// Many providers keep address and name out of the ID token. What they say of them elsewhere counts if it is of the same
    /// subject.
    fn completed(
        &self,
        speaker: &Speaker,
        access: &openidconnect::AccessToken,
        mut identity: Identity,
    ) -> Result<Identity, OidcError> {
        let subject = openidconnect::SubjectIdentifier::new(identity.subject.clone());
        let Ok(asked) = speaker.user_info(access.clone(), Some(subject)) else {
            return Ok(identity);
        };
        let more: UserInfoClaims<EmptyAdditionalClaims, CoreGenderClaim> = asked
            .request(&|request| self.send(request))
            .map_err(|error| OidcError::Identity(whole(&error)))?;
        if identity.email.is_none() {
            identity.email = more.email().map(|email| email.to_string());
            identity.email_verified = more.email_verified() == Some(true);
        }
        if identity.username.is_none() {
            identity.username = more.preferred_username().map(|name| name.to_string());
        }
        if identity.name.is_none() {
            identity.name = more
                .name()
                .and_then(|name| name.get(None))
                .map(|name| name.to_string());
        }
        Ok(identity)
    }

    fn speaker(&self, published: &Published) -> Speaker {
        let settings = &self.settings;
        let secret = settings
            .client_secret
            .as_ref()
            .map(|secret| ClientSecret::new(secret.to_string()));
        let ways = published
            .document
            .token_endpoint_auth_methods_supported()
            .map_or(&[][..], Vec::as_slice);
        let in_body = !ways.contains(&CoreClientAuthMethod::ClientSecretBasic)
            && ways.contains(&CoreClientAuthMethod::ClientSecretPost);
        CoreClient::from_provider_metadata(
            published.document.clone(),
            ClientId::new(settings.client_id.clone()),
            secret,
        )
        .set_redirect_uri(self.redirect.clone())
        .set_auth_type(if in_body {
            AuthType::RequestBody
        } else {
            AuthType::BasicAuth
        })
    }

    /// What the provider publishes, not older than `age`.
    fn published(&self, now: Time, age: Span) -> Result<Arc<Published>, OidcError> {
        {
            let memory = self.memory.lock().unwrap_or_else(PoisonError::into_inner);
            if let Some(held) = memory.published.as_ref()
                && now < held.at.after(age)
            {
                return Ok(Arc::clone(held));
            }
            if let Some((at, why)) = memory.failed.as_ref()
                && now < at.after(FAILED_FOR)
            {
                return Err(OidcError::Unavailable(why.clone()));
            }
        }
        // Outside the lock: one slow answer holds nobody else up. Two who ask at once both ask.
        let read = self.read();
        let mut memory = self.memory.lock().unwrap_or_else(PoisonError::into_inner);
        match read {
            Ok(document) => {
                let fresh = Arc::new(Published { document, at: now });
                *memory = Memory {
                    published: Some(Arc::clone(&fresh)),
                    failed: None,
                };
                Ok(fresh)
            }
            Err(why) => {
                memory.failed = Some((now, why.clone()));
                Err(OidcError::Unavailable(why))
            }
        }
    }

    fn read(&self) -> Result<Document, String> {
        let document =
            Document::discover(&self.issuer, &|request| self.send(request)).map_err(|error| {
                match error {
                    DiscoveryError::Request(fault) => fault.to_string(),
                    other => whole(&other),
                }
            })?;
        // The browser is sent there; the others are asked by `send`, which looks at each.
        may_be_asked(
            document.authorization_endpoint().url(),
            self.settings.loopback_http,
        )?;
        Ok(document)
    }

    fn send(&self, request: HttpRequest) -> Result<HttpResponse, Unsent> {
        let said = request.uri().to_string();
        let to = url::Url::parse(&said).map_err(|_| Unsent::Address(said))?;
        may_be_asked(&to, self.settings.loopback_http).map_err(Unsent::Address)?;
        let _place = Place::take(&self.running).ok_or(Unsent::Crowd)?;
        let (parts, body) = request.into_parts();
        let answer = if parts.method == http::Method::GET {
            self.agent.run(http::Request::from_parts(parts, ()))
        } else {
            self.agent.run(http::Request::from_parts(parts, body))
        };
        let mut answer = answer.map_err(|error| Unsent::Failed(to.to_string(), error))?;
        let body = answer
            .body_mut()
            .with_config()
            .limit(ANSWER_BYTES)
            .read_to_vec()
            .map_err(|error| Unsent::Failed(to.to_string(), error))?;
        let (parts, _) = answer.into_parts();
        Ok(http::Response::from_parts(parts, body))
    }
}

/// A question that brought no answer.
#[derive(Debug, thiserror::Error)]
enum Unsent {
    #[error("{0}")]
    Address(String),
    #[error("too many are asking it at once")]
    Crowd,
    #[error("`{0}`: {1}")]
    Failed(String, ureq::Error),
}

/// A place among the requests that run.
struct Place<'a>(&'a AtomicUsize);

impl<'a> Place<'a> {
    fn take(running: &'a AtomicUsize) -> Option<Self> {
        let place = Self(running);
        // Given back by the drop in either case.
        (place.0.fetch_add(1, Ordering::Relaxed) < AT_ONCE).then_some(place)
    }
}

impl Drop for Place<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

/// https, or in clear to this machine where the operator says so.
pub(crate) fn may_be_asked(address: &url::Url, loopback_http: bool) -> Result<(), String> {
    let here = match address.host() {
        Some(url::Host::Domain(name)) => name == "localhost",
        Some(url::Host::Ipv4(ip)) => ip.is_loopback(),
        Some(url::Host::Ipv6(ip)) => ip.is_loopback(),
        None => false,
    };
    if !address.username().is_empty() || address.password().is_some() {
        return Err("an address of the provider holds a credential".to_owned());
    }
    match address.scheme() {
        "https" => Ok(()),
        "http" if here && loopback_http => Ok(()),
        _ => Err(format!("`{address}` is no https address")),
    }
}

fn moment(now: Time) -> SystemTime {
    let micros = u64::try_from(now.micros()).unwrap_or_default();
    SystemTime::UNIX_EPOCH
        .checked_add(Duration::from_micros(micros))
        .unwrap_or(SystemTime::UNIX_EPOCH)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_https_is_asked_and_this_machine_in_clear_where_that_is_allowed() {
        let may = |address: &str, loopback| {
            may_be_asked(&url::Url::parse(address).unwrap(), loopback).is_ok()
        };
        for (address, closed, loopback) in [
            ("https://id.example.org/realm", true, true),
            ("http://id.example.org", false, false),
            ("http://127.0.0.1:9", false, true),
            ("http://[::1]:9", false, true),
            ("http://localhost:9", false, true),
            ("http://localhost.example.org", false, false),
            ("http://127.0.0.1.example.org", false, false),
            ("http://10.0.0.1", false, false),
            ("ftp://127.0.0.1", false, false),
            ("file:///etc/passwd", false, false),
            ("https://user:secret@id.example.org", false, false),
        ] {
            assert_eq!(
                (may(address, false), may(address, true)),
                (closed, loopback),
                "{address}"
            );
        }
    }

    #[test]
    fn no_more_places_than_there_are() {
        let running = AtomicUsize::new(0);
        let taken: Vec<_> = (0..AT_ONCE)
            .map(|_| Place::take(&running).unwrap())
            .collect();
        assert!(Place::take(&running).is_none());
        drop(taken);
        assert!(Place::take(&running).is_some());
        assert_eq!(running.load(Ordering::Relaxed), 0);
    }

    #[test]
    fn a_secret_is_not_shown() {
        let settings = Settings {
            issuer: "https://id.example.org".to_owned(),
            client_id: "jeton".to_owned(),
            client_secret: Some("hunter2".to_owned().into()),
            scopes: Vec::new(),
            redirect: "https://git.example.org/login/oidc/callback".to_owned(),
            loopback_http: false,
            authorities: None,
        };
        assert!(!format!("{settings:?}").contains("hunter2"));
        assert!(!format!("{:?}", Provider::new(settings).unwrap()).contains("hunter2"));
    }
}
