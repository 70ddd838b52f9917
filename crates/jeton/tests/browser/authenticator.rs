//! A virtual authenticator: what a fingerprint reader or a security key is to a real browser.

use fantoccini::wd::WebDriverCompatibleCommand;
use serde_json::{Value, json};

use super::driver::Browser;

/// An authenticator plugged into a browser.
#[derive(Clone, Debug)]
pub struct Authenticator(String);

impl Browser {
    /// Plugs in an authenticator that keeps passkeys and recognises its person.
    pub fn authenticator(&self) -> Authenticator {
        let id = self.command(
            "webauthn/authenticator",
            json!({
                "protocol": "ctap2",
                "transport": "internal",
                "hasResidentKey": true,
                "hasUserVerification": true,
                "isUserConsenting": true,
                "isUserVerified": true,
            }),
        );
        Authenticator(id.as_str().unwrap().to_owned())
    }

    /// The passkeys that it holds, private keys included: to carry one to another browser, as a thief would.
    pub fn passkeys(&self, authenticator: &Authenticator) -> Vec<Value> {
        let path = format!("webauthn/authenticator/{}/credentials", authenticator.0);
        let found = self
            .wait(self.client().issue_cmd(Plain(http::Method::GET, path)))
            .unwrap();
        found.as_array().cloned().unwrap_or_default()
    }

    /// Puts a passkey into it.
    pub fn implant(&self, authenticator: &Authenticator, passkey: &Value) {
        let path = format!("webauthn/authenticator/{}/credential", authenticator.0);
        self.command(&path, passkey.clone());
    }

    /// Takes a passkey out of it.
    pub fn forget(&self, authenticator: &Authenticator, credential: &str) {
        let path = format!(
            "webauthn/authenticator/{}/credentials/{credential}",
            authenticator.0
        );
        self.wait(self.client().issue_cmd(Plain(http::Method::DELETE, path)))
            .unwrap();
    }

    /// Whether the authenticator recognises the person in front of it.
    pub fn recognised(&self, authenticator: &Authenticator, recognised: bool) {
        let path = format!("webauthn/authenticator/{}/uv", authenticator.0);
        self.command(&path, json!({ "isUserVerified": recognised }));
    }
}

/// A command without a body.
#[derive(Debug)]
struct Plain(http::Method, String);

impl WebDriverCompatibleCommand for Plain {
    fn endpoint(
        &self,
        base: &url::Url,
        session: Option<&str>,
    ) -> Result<url::Url, url::ParseError> {
        base.join(&format!("session/{}/{}", session.unwrap(), self.1))
    }

    fn method_and_body(&self, _url: &url::Url) -> (http::Method, Option<String>) {
        (self.0.clone(), None)
    }
}
