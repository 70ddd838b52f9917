//! Who asks at the token endpoint, and what is answered where nothing is given.

use jeton_domain::{ApplicationId, Scopes};
use jeton_store::applications::{self, ApplicationRow};
use jeton_store::{ReadUnit, StoreError};
use zeroize::Zeroizing;

use crate::app::App;
use crate::call::Call;
use crate::error::AppError;
use crate::links::{LinkCode, LinkUse};

/// Why a client is given nothing, in the words that GitHub's clients know.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OauthRefusal {
    /// The stable code.
    pub code: &'static str,
    /// What it means, for people.
    pub description: &'static str,
    /// For a device that looks too often: how many seconds it must wait from now on.
    pub interval: Option<i64>,
}

impl OauthRefusal {
    const fn new(code: &'static str, description: &'static str) -> Self {
        Self {
            code,
            description,
            interval: None,
        }
    }

    /// No such client, or not its secret.
    pub const CLIENT: Self = Self::new(
        "incorrect_client_credentials",
        "There is no application of this client id, or the client secret is not its own.",
    );
    /// The code is unknown, was used, is over, or belongs to another client.
    pub const CODE: Self = Self::new(
        "bad_verification_code",
        "The code is incorrect, was used, or is over. Begin again.",
    );
    /// Not where the code was sent.
    pub const CALLBACK: Self = Self::new(
        "redirect_uri_mismatch",
        "The redirect_uri is not the one that the code was asked for with.",
    );
    /// The verifier does not fit the challenge.
    pub const VERIFIER: Self = Self::new(
        "invalid_grant",
        "The code_verifier does not fit the code_challenge that the code was asked for with.",
    );
    /// Nobody answered yet.
    pub const PENDING: Self = Self::new(
        "authorization_pending",
        "Nobody has answered at the verification address yet.",
    );
    /// Somebody said no.
    pub const DENIED: Self = Self::new("access_denied", "The person denied access.");
    /// Time is over.
    pub const EXPIRED: Self = Self::new("expired_token", "The device_code is over. Begin again.");
    /// No such device code of this client.
    pub const DEVICE_CODE: Self = Self::new(
        "incorrect_device_code",
        "The device_code is incorrect, or was used.",
    );
    /// The application does not use the device flow.
    pub const DEVICE_FLOW: Self = Self::new(
        "device_flow_disabled",
        "The device flow is switched off for this application.",
    );
    /// The refresh token does not live.
    pub const REFRESH: Self = Self::new(
        "bad_refresh_token",
        "The refresh token is incorrect, was used, or is over. Sign in again.",
    );
    /// No such way.
    pub const GRANT_TYPE: Self = Self::new(
        "unsupported_grant_type",
        "Takes authorization_code, refresh_token, or urn:ietf:params:oauth:grant-type:device_code.",
    );
    /// The person may not.
    pub const PERSON: Self = Self::new(
        "access_denied",
        "The person's account is suspended or gone.",
    );

    /// Too often: from now on every so many seconds.
    pub(super) const fn slow_down(interval: i64) -> Self {
        Self {
            code: "slow_down",
            description: "Asked too often. Wait longer between two tries.",
            interval: Some(interval),
        }
    }
}

/// What a client says of itself.
#[derive(Clone, Default)]
pub struct ClientProof {
    /// Its public name.
    pub client_id: String,
    /// What it proves itself with.
    pub client_secret: Option<Zeroizing<String>>,
}

impl std::fmt::Debug for ClientProof {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ClientProof")
            .field("client_id", &self.client_id)
            .finish_non_exhaustive()
    }
}

/// Whether a client is who it says. Asked before anything else of its request is looked at: one that fails is told so.
pub fn prove(app: &App, call: &Call, proof: &ClientProof) -> Result<(), AppError> {
    app.read(call, |unit, _| {
        proved(unit, app, proof)?
            .map(drop)
            .ok_or(AppError::BadClient)
    })
}

/// The application that a client says it is; a confidential one must prove it.
pub(super) fn proved(
    unit: &mut ReadUnit<'_>,
    app: &App,
    proof: &ClientProof,
) -> Result<Option<ApplicationRow>, StoreError> {
    let Some(row) = applications::by_client_id(unit, &proof.client_id)? else {
        return Ok(None);
    };
    let proved = !row.confidential || has_secret(unit, app, row.id, proof)?;
    Ok(proved.then_some(row))
}

/// The confidential application that a client proves to be: nothing less asks about tokens.
pub(super) fn confidential(
    unit: &mut ReadUnit<'_>,
    app: &App,
    proof: &ClientProof,
) -> Result<ApplicationRow, AppError> {
    proved(unit, app, proof)?
        .filter(|row| row.confidential)
        .ok_or(AppError::BadClient)
}

fn has_secret(
    unit: &mut ReadUnit<'_>,
    app: &App,
    application: ApplicationId,
    proof: &ClientProof,
) -> Result<bool, StoreError> {
    let secret = proof.client_secret.as_deref();
    let Some(code) = secret.and_then(|text| LinkCode::parse(text)) else {
        return Ok(false);
    };
    for found in app.link_digests(LinkUse::ClientSecret, &code) {
        if applications::has_secret(unit, application, &found.digest)? {
            return Ok(true);
        }
    }
    Ok(false)
}

/// What a client asks for by its scopes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Asked {
    pub(super) scopes: Scopes,
    /// A token that lives for hours and is refreshed.
    pub(super) refreshed: bool,
}

impl Asked {
    /// Reads scopes as a client sends them. A name that nobody knows here is left out, as GitHub does: a client that is newer than
    /// this server gets what there is, and the answer says what that was.
    pub(super) fn read(text: &str) -> Self {
        let mut asked = Self::default();
        for name in text.split([' ', ',']).map(str::trim) {
            if name == OFFLINE {
                asked.refreshed = true;
            } else if let Ok(scopes) = Scopes::parse(name) {
                asked.scopes = asked.scopes.or(scopes);
            }
        }
        asked
    }
}

/// OpenID Connect's word for a refresh token, which `gh auth login --expiring` says.
const OFFLINE: &str = "offline_access";
