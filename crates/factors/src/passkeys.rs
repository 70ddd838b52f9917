//! Passkeys: WebAuthn by a well-kept library, with the choices that this server makes.
//!
//! A passkey stands alone: the device asks for a finger, a face or a code each time (user verification), and
//! a device that did not is refused. So it is two factors in one, and may be the only thing shown.

use serde::{Deserialize, Serialize};
use serde_json::Value;
use webauthn_rs::prelude::{
    DiscoverableAuthentication, Passkey, PasskeyAuthentication, PasskeyRegistration,
    PublicKeyCredential, RegisterPublicKeyCredential, Url, Uuid, Webauthn, WebauthnBuilder,
    WebauthnError,
};

/// A longer answer is none: those of real devices take a few kilobytes.
const LONGEST: usize = 64 << 10;

/// Why a passkey does not hold.
#[derive(Debug, thiserror::Error)]
pub enum PasskeyFault {
    /// Passkeys belong to a host name, and the server is reached by a number or by nothing that is one.
    #[error("passkeys need a server that is reached by a host name")]
    NoHost,
    /// What came is no answer of a browser.
    #[error("the browser's answer can't be read")]
    Unreadable,
    /// What is stored is no passkey or challenge, or one for something else.
    #[error("a stored passkey or challenge can't be read")]
    Stored,
    /// The answer does not fit the challenge, the server or the passkey.
    #[error("the passkey was refused: {0}")]
    Refused(WebauthnError),
    /// It is another person's passkey, or another passkey than was asked for.
    #[error("the passkey belongs to somebody else")]
    Foreign,
}

/// Whose passkey.
#[derive(Clone, Copy, Debug)]
pub struct Person<'a> {
    /// Their number: what the device files the passkey under.
    pub id: i64,
    /// Their name.
    pub login: &'a str,
    /// What they call themselves.
    pub name: &'a str,
}

/// A passkey as it is stored.
#[derive(Clone, Debug)]
pub struct StoredPasskey {
    /// Whose.
    pub person: i64,
    /// What the library keeps of it: its id, its public key, its counter.
    pub key: String,
}

/// A passkey that was just made.
#[derive(Clone, Debug)]
pub struct NewPasskey {
    /// By which it is found. One belongs to one person only: who stores it sees to that.
    pub credential_id: Vec<u8>,
    /// What to store.
    pub key: String,
}

/// What came of a passkey that was shown.
#[derive(Clone, Debug)]
pub struct Used {
    /// What to store in its place, with the counter that it showed.
    pub key: String,
}

/// What the server keeps while a browser answers. Good once.
#[derive(Clone, Debug, Serialize, Deserialize)]
enum State {
    Making(PasskeyRegistration),
    Of(PasskeyAuthentication),
    OfAnybody(DiscoverableAuthentication),
}

/// The kept side of a question.
#[derive(Clone, Debug)]
pub struct Challenge(State);

impl Challenge {
    /// As text, to be kept.
    pub fn to_text(&self) -> Result<String, PasskeyFault> {
        serde_json::to_string(&self.0).map_err(|_| PasskeyFault::Stored)
    }

    /// Read back.
    pub fn from_text(text: &str) -> Result<Self, PasskeyFault> {
        serde_json::from_str(text)
            .map(Self)
            .map_err(|_| PasskeyFault::Stored)
    }
}

/// A question: what the browser is asked, and what is kept.
#[derive(Clone, Debug)]
pub struct Asked {
    /// For the browser, as its `parse…OptionsFromJSON` takes it.
    pub options: Value,
    /// For the server.
    pub challenge: Challenge,
}

/// A browser's answer to a question about a passkey that is there.
#[derive(Debug)]
pub struct Answer(PublicKeyCredential);

impl Answer {
    /// Reads what came.
    pub fn parse(text: &str) -> Result<Self, PasskeyFault> {
        read(text).map(Self)
    }

    /// Which passkey it says that it is. Nothing is proved by it.
    pub fn credential_id(&self) -> &[u8] {
        self.0.get_credential_id()
    }

    /// Whose it says that it is; `None` where it says nothing.
    fn person(&self) -> Option<&[u8]> {
        self.0.get_user_unique_id()
    }
}

/// Passkeys of one server.
#[derive(Debug)]
pub struct Passkeys {
    webauthn: Webauthn,
}

/// Under which a device files a person's passkeys. It says no more than the number.
fn handle(person: i64) -> Uuid {
    Uuid::from_u128(u128::from(person.unsigned_abs()))
}

fn read<T: for<'a> Deserialize<'a>>(text: &str) -> Result<T, PasskeyFault> {
    if text.len() > LONGEST {
        return Err(PasskeyFault::Unreadable);
    }
    serde_json::from_str(text).map_err(|_| PasskeyFault::Unreadable)
}

fn stored(text: &str) -> Result<Passkey, PasskeyFault> {
    serde_json::from_str(text).map_err(|_| PasskeyFault::Stored)
}

fn to_store(key: &Passkey) -> Result<String, PasskeyFault> {
    serde_json::to_string(key).map_err(|_| PasskeyFault::Stored)
}

/// The inner object, without the words that only some browsers' callers know.
fn options(question: impl Serialize) -> Result<Value, PasskeyFault> {
    let mut whole = serde_json::to_value(question).map_err(|_| PasskeyFault::Stored)?;
    whole
        .get_mut("publicKey")
        .map(Value::take)
        .ok_or(PasskeyFault::Stored)
}

impl Passkeys {
    /// For the server that people reach by this address. They belong to its host name and its origin: where
    /// those change, every passkey is lost.
    pub fn new(public_url: &str) -> Result<Self, PasskeyFault> {
        let url = Url::parse(public_url).map_err(|_| PasskeyFault::NoHost)?;
        let host = url.domain().ok_or(PasskeyFault::NoHost)?.to_owned();
        let webauthn = WebauthnBuilder::new(&host, &url)
            .map(|builder| builder.rp_name("Jeton"))
            .and_then(WebauthnBuilder::build)
            .map_err(|_| PasskeyFault::NoHost)?;
        Ok(Self { webauthn })
    }

    /// Asks a browser to make a passkey. A device that holds one of `has` makes no second.
    pub fn make(&self, person: Person<'_>, has: &[StoredPasskey]) -> Result<Asked, PasskeyFault> {
        let known = has
            .iter()
            .map(|passkey| stored(&passkey.key).map(|key| key.cred_id().clone()))
            .collect::<Result<Vec<_>, _>>()?;
        let (question, state) = self
            .webauthn
            .start_passkey_registration(handle(person.id), person.login, person.name, Some(known))
            .map_err(PasskeyFault::Refused)?;
        let mut options = options(question)?;
        // Where the device can, it files whose the passkey is, so that it can be the only thing shown.
        if let Some(selection) = options
            .get_mut("authenticatorSelection")
            .and_then(Value::as_object_mut)
        {
            selection.insert("residentKey".to_owned(), "preferred".into());
        }
        Ok(Asked {
            options,
            challenge: Challenge(State::Making(state)),
        })
    }

    /// The passkey that a browser made.
    pub fn made(&self, challenge: &Challenge, answer: &str) -> Result<NewPasskey, PasskeyFault> {
        let State::Making(state) = &challenge.0 else {
            return Err(PasskeyFault::Stored);
        };
        let answer: RegisterPublicKeyCredential = read(answer)?;
        let key = self
            .webauthn
            .finish_passkey_registration(&answer, state)
            .map_err(PasskeyFault::Refused)?;
        Ok(NewPasskey {
            credential_id: key.cred_id().clone(),
            key: to_store(&key)?,
        })
    }

    /// Asks for one of a person's passkeys.
    pub fn ask(&self, has: &[StoredPasskey]) -> Result<Asked, PasskeyFault> {
        let keys = has
            .iter()
            .map(|passkey| stored(&passkey.key))
            .collect::<Result<Vec<_>, _>>()?;
        let (question, state) = self
            .webauthn
            .start_passkey_authentication(&keys)
            .map_err(PasskeyFault::Refused)?;
        Ok(Asked {
            options: options(question)?,
            challenge: Challenge(State::Of(state)),
        })
    }

    /// Asks for any passkey of this server that the device holds: it says whose it is.
    pub fn ask_anybody(&self) -> Result<Asked, PasskeyFault> {
        let (question, state) = self
            .webauthn
            .start_discoverable_authentication()
            .map_err(PasskeyFault::Refused)?;
        Ok(Asked {
            options: options(question)?,
            challenge: Challenge(State::OfAnybody(state)),
        })
    }

    /// Whether the answer proves the passkey that is stored under its id, for this question.
    ///
    /// SECURITY: a counter that did not go on is a copied key and is refused. Whose the passkey is comes from
    /// the stored row; an answer that names another person is refused, and one that names nobody too
    /// where nobody was asked for in particular.
    pub fn answered(
        &self,
        challenge: Challenge,
        answer: &Answer,
        passkey: &StoredPasskey,
    ) -> Result<Used, PasskeyFault> {
        let mut key = stored(&passkey.key)?;
        let own = handle(passkey.person);
        let named = answer.person();
        if named.is_some_and(|named| named != own.as_bytes()) {
            return Err(PasskeyFault::Foreign);
        }
        let result = match challenge.0 {
            State::Making(_) => return Err(PasskeyFault::Stored),
            State::Of(state) => self
                .webauthn
                .finish_passkey_authentication(&answer.0, &state),
            State::OfAnybody(state) => {
                if named.is_none() {
                    return Err(PasskeyFault::Foreign);
                }
                self.webauthn
                    .finish_discoverable_authentication_v2(&answer.0, state, &key)
            }
        }
        .map_err(PasskeyFault::Refused)?;
        if !result.user_verified() || key.update_credential(&result).is_none() {
            return Err(PasskeyFault::Foreign);
        }
        Ok(Used {
            key: to_store(&key)?,
        })
    }
}
