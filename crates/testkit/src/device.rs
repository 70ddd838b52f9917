//! A device that holds passkeys, in software: what a browser would hand over, byte for byte, and what a
//! dishonest one would.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ring::digest::{SHA256, digest};
use ring::rand::SystemRandom;
use ring::signature::{ECDSA_P256_SHA256_ASN1_SIGNING, EcdsaKeyPair, KeyPair as _};
use serde_json::{Value, json};

struct Held {
    id: Vec<u8>,
    person: Vec<u8>,
    key: EcdsaKeyPair,
    counter: u32,
}

/// A device and the browser that it is plugged into.
pub struct Device {
    /// Where the browser stands: what it says that the page's origin is.
    pub origin: String,
    /// The device asked for a finger or a code.
    pub verifies: bool,
    /// It counts its uses; many don't.
    pub counts: bool,
    /// It says whose passkey it shows.
    pub says_who: bool,
    held: Vec<Held>,
}

impl std::fmt::Debug for Device {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Device")
            .field("origin", &self.origin)
            .field("passkeys", &self.held.len())
            .finish_non_exhaustive()
    }
}

const PRESENT: u8 = 0x01;
const VERIFIED: u8 = 0x04;
const ATTESTED: u8 = 0x40;

fn coded(bytes: &[u8]) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}

fn decoded(value: &Value) -> Vec<u8> {
    URL_SAFE_NO_PAD.decode(value.as_str().unwrap()).unwrap()
}

impl Device {
    /// An honest one, at an origin.
    pub fn at(origin: &str) -> Self {
        Self {
            origin: origin.to_owned(),
            verifies: true,
            counts: true,
            says_who: true,
            held: Vec::new(),
        }
    }

    fn client_data(&self, what: &str, options: &Value) -> Vec<u8> {
        json!({
            "type": what,
            "challenge": options["challenge"],
            "origin": self.origin,
            "crossOrigin": false,
        })
        .to_string()
        .into_bytes()
    }

    fn data(&self, host: &str, more: u8, counter: u32) -> Vec<u8> {
        let verified = if self.verifies { VERIFIED } else { 0 };
        let mut data = digest(&SHA256, host.as_bytes()).as_ref().to_vec();
        data.push(PRESENT | verified | more);
        data.extend(counter.to_be_bytes());
        data
    }

    /// Makes a passkey: the answer that a browser sends.
    pub fn make(&mut self, options: &Value) -> String {
        let random = SystemRandom::new();
        let document =
            EcdsaKeyPair::generate_pkcs8(&ECDSA_P256_SHA256_ASN1_SIGNING, &random).unwrap();
        let key =
            EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_ASN1_SIGNING, document.as_ref(), &random)
                .unwrap();
        let point = key.public_key().as_ref().to_vec();
        let id = digest(&SHA256, &point).as_ref().to_vec();
        let mut data = self.data(options["rp"]["id"].as_str().unwrap(), ATTESTED, 0);
        data.extend([0; 16]);
        data.extend(u16::try_from(id.len()).unwrap().to_be_bytes());
        data.extend(&id);
        // COSE: {1: 2, 3: -7, -1: 1, -2: x, -3: y}
        let (x, y) = point.split_at(1).1.split_at(32);
        data.extend([0xa5, 0x01, 0x02, 0x03, 0x26, 0x20, 0x01, 0x21, 0x58, 0x20]);
        data.extend(x);
        data.extend([0x22, 0x58, 0x20]);
        data.extend(y);
        let mut object = vec![0xa3, 0x63];
        object.extend(b"fmt\x64none\x67attStmt\xa0\x68authData\x58");
        object.push(u8::try_from(data.len()).unwrap());
        object.extend(data);
        let client = self.client_data("webauthn.create", options);
        self.held.push(Held {
            id: id.clone(),
            person: decoded(&options["user"]["id"]),
            key,
            counter: 0,
        });
        json!({
            "id": coded(&id),
            "rawId": coded(&id),
            "type": "public-key",
            "authenticatorAttachment": "platform",
            "response": {
                "clientDataJSON": coded(&client),
                "attestationObject": coded(&object),
                "transports": ["internal"],
            },
            "clientExtensionResults": {},
        })
        .to_string()
    }

    /// Shows the newest of its passkeys that is asked for; where none is named, the newest of all.
    pub fn show(&mut self, options: &Value) -> String {
        let named: Vec<Vec<u8>> = options["allowCredentials"]
            .as_array()
            .into_iter()
            .flatten()
            .map(|one| decoded(&one["id"]))
            .collect();
        let place = self
            .held
            .iter()
            .rposition(|held| named.is_empty() || named.contains(&held.id))
            .expect("a passkey that was asked for");
        self.show_one(place, options)
    }

    /// Shows one of its passkeys, by the order in which they were made, whatever was asked for.
    pub fn show_one(&mut self, place: usize, options: &Value) -> String {
        let host = options["rpId"].as_str().unwrap().to_owned();
        let client = self.client_data("webauthn.get", options);
        let counts = self.counts;
        let held = &mut self.held[place];
        if counts {
            held.counter += 1;
        }
        let counter = held.counter;
        let data = self.data(&host, 0, counter);
        let held = &self.held[place];
        let signed = [&data, digest(&SHA256, &client).as_ref()].concat();
        let signature = held.key.sign(&SystemRandom::new(), &signed).unwrap();
        let mut response = json!({
            "clientDataJSON": coded(&client),
            "authenticatorData": coded(&data),
            "signature": coded(signature.as_ref()),
        });
        if self.says_who {
            response["userHandle"] = coded(&held.person).into();
        }
        json!({
            "id": coded(&held.id),
            "rawId": coded(&held.id),
            "type": "public-key",
            "response": response,
            "clientExtensionResults": {},
        })
        .to_string()
    }

    /// Sets the counter of a passkey back, as a copy of it would.
    pub fn set_back(&mut self, place: usize, counter: u32) {
        self.held[place].counter = counter;
    }
}

/// The bytes of a value as browsers write them.
pub fn bytes(text: &str) -> Vec<u8> {
    URL_SAFE_NO_PAD.decode(text).unwrap()
}
