//! A provider that says what a test wants it to say, over real connections and with real signatures: what no honest one can be
//! made to do.

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use openidconnect::core::{CoreEdDsaPrivateSigningKey, CoreJwsSigningAlgorithm};
use openidconnect::{JsonWebKeyId, PrivateSigningKey};
use serde_json::{Value, json};

/// What it does at the next question.
#[derive(Clone, Debug)]
pub(crate) struct Script {
    /// The ID token's claims.
    pub(crate) claims: Value,
    /// The ID token's header; nothing: an honest one.
    pub(crate) header: Option<Value>,
    /// The key that signs, by a number; nothing: no signature at all.
    pub(crate) signs: Option<u8>,
    /// Keys that are published, by numbers.
    pub(crate) publishes: Vec<u8>,
    /// Fields of the discovery document that are otherwise.
    pub(crate) document: Value,
    /// What the person's own page says.
    pub(crate) userinfo: Value,
    /// The code that is good.
    pub(crate) code: String,
    /// Answers of another kind, by path: status, headers, body.
    pub(crate) instead: BTreeMap<String, (u16, String, Vec<u8>)>,
}

#[derive(Debug)]
pub(crate) struct Provider {
    pub(crate) issuer: String,
    pub(crate) script: Arc<Mutex<Script>>,
    /// Each request: its path, and its body.
    pub(crate) asked: Arc<Mutex<Vec<(String, String)>>>,
}

fn key(number: u8) -> CoreEdDsaPrivateSigningKey {
    // The fixed head of such a key, and 32 bytes that make it this one.
    let mut der = vec![
        0x30, 0x2e, 0x02, 0x01, 0x00, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x04, 0x22, 0x04,
        0x20,
    ];
    der.extend([number; 32]);
    let pem = format!(
        "-----BEGIN PRIVATE KEY-----\n{}\n-----END PRIVATE KEY-----\n",
        STANDARD.encode(der)
    );
    CoreEdDsaPrivateSigningKey::from_ed25519_pem(
        &pem,
        Some(JsonWebKeyId::new(format!("k{number}"))),
    )
    .unwrap()
}

impl Provider {
    pub(crate) fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let issuer = format!("http://{}", listener.local_addr().unwrap());
        let script = Arc::new(Mutex::new(Script {
            claims: json!({}),
            header: None,
            signs: Some(1),
            publishes: vec![1],
            document: json!({}),
            userinfo: json!({"sub": "ada-1"}),
            code: "good".to_owned(),
            instead: BTreeMap::new(),
        }));
        let asked = Arc::new(Mutex::new(Vec::new()));
        let (base, plan, log) = (issuer.clone(), Arc::clone(&script), Arc::clone(&asked));
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                let (base, plan, log) = (base.clone(), Arc::clone(&plan), Arc::clone(&log));
                std::thread::spawn(move || answer(stream.unwrap(), &base, &plan, &log));
            }
        });
        Self {
            issuer,
            script,
            asked,
        }
    }

    pub(crate) fn set(&self, change: impl FnOnce(&mut Script)) {
        change(&mut self.script.lock().unwrap());
    }

    /// How often a path was asked.
    pub(crate) fn count(&self, path: &str) -> usize {
        let asked = self.asked.lock().unwrap();
        asked.iter().filter(|(asked, _)| asked == path).count()
    }
}

fn answer(stream: TcpStream, base: &str, plan: &Mutex<Script>, log: &Mutex<Vec<(String, String)>>) {
    let mut reader = BufReader::new(stream.try_clone().unwrap());
    let mut stream = stream;
    loop {
        let mut line = String::new();
        if reader.read_line(&mut line).unwrap_or(0) == 0 {
            return;
        }
        let path = line.split(' ').nth(1).unwrap().to_owned();
        let mut length = 0;
        loop {
            let mut header = String::new();
            reader.read_line(&mut header).unwrap();
            if header == "\r\n" {
                break;
            }
            if let Some(value) = header.to_lowercase().strip_prefix("content-length:") {
                length = value.trim().parse().unwrap();
            }
        }
        let mut body = vec![0; length];
        reader.read_exact(&mut body).unwrap();
        let body = String::from_utf8(body).unwrap();
        log.lock().unwrap().push((path.clone(), body.clone()));
        let script = plan.lock().unwrap().clone();
        let instead = script.instead.get(&path).cloned();
        let (status, headers, said) = instead.unwrap_or_else(|| {
            let (status, said) = say(&script, base, &path, &body);
            let json = "Content-Type: application/json\r\n".to_owned();
            (status, json, said.to_string().into_bytes())
        });
        let head = format!(
            "HTTP/1.1 {status} X\r\n{headers}Content-Length: {}\r\n\r\n",
            said.len()
        );
        if stream.write_all(head.as_bytes()).is_err() || stream.write_all(&said).is_err() {
            return;
        }
    }
}

fn say(script: &Script, base: &str, path: &str, body: &str) -> (u16, Value) {
    match path {
        "/.well-known/openid-configuration" => {
            let mut document = json!({
                "issuer": base,
                "authorization_endpoint": format!("{base}/authorize"),
                "token_endpoint": format!("{base}/token"),
                "jwks_uri": format!("{base}/keys"),
                "userinfo_endpoint": format!("{base}/me"),
                "response_types_supported": ["code"],
                "subject_types_supported": ["public"],
                "id_token_signing_alg_values_supported": ["EdDSA"],
                "authorization_response_iss_parameter_supported": true,
            });
            for (name, value) in script.document.as_object().unwrap() {
                document[name] = value.clone();
            }
            (200, document)
        }
        "/keys" => {
            let keys: Vec<Value> = script
                .publishes
                .iter()
                .map(|number| serde_json::to_value(key(*number).as_verification_key()).unwrap())
                .collect();
            (200, json!({ "keys": keys }))
        }
        "/token"
            if body
                .split('&')
                .any(|field| field == format!("code={}", script.code)) =>
        {
            (
                200,
                json!({
                    "access_token": "a", "token_type": "Bearer", "expires_in": 60, "id_token": token(script),
                }),
            )
        }
        "/token" => (400, json!({ "error": "invalid_grant" })),
        "/me" => (200, script.userinfo.clone()),
        _ => (404, json!({})),
    }
}

pub(crate) fn token(script: &Script) -> String {
    let number = script.signs.unwrap_or(1);
    let honest = json!({ "alg": "EdDSA", "typ": "JWT", "kid": format!("k{number}") });
    let header = script.header.clone().unwrap_or(honest);
    let part = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
    let signed = format!("{}.{}", part(&header), part(&script.claims));
    let signature = script.signs.map_or_else(Vec::new, |number| {
        let key = key(number);
        key.sign(&CoreJwsSigningAlgorithm::EdDsa, signed.as_bytes())
            .unwrap()
    });
    format!("{signed}.{}", URL_SAFE_NO_PAD.encode(signature))
}
