//! The outside provider, from its settings.

use jeton_app::oidc::Outside;
use jeton_out::oidc::{Provider, Settings};

use super::StartError;
use crate::config::Oidc;

/// Where the provider sends people back to, below the server's own address.
const CALLBACK: &str = "/login/oidc/callback";

/// The provider, and whom to let in through it. Asks nobody yet: a provider that is down keeps no server from starting.
pub(super) fn outside(settings: &Oidc, url: &str) -> Result<Outside, StartError> {
    let wrong = |setting, message: String| StartError::Oidc { setting, message };
    let authorities = settings
        .ca_file
        .as_ref()
        .map(|file| {
            std::fs::read(file)
                .map_err(|error| wrong("ca_file", format!("`{}`: {error}", file.display())))
        })
        .transpose()?;
    let provider = Provider::new(Settings {
        issuer: settings.issuer.clone(),
        client_id: settings.client_id.clone(),
        client_secret: settings.client_secret.clone(),
        scopes: settings.scopes.clone(),
        redirect: format!("{url}{CALLBACK}"),
        loopback_http: settings.loopback_http,
        authorities,
    })
    .map_err(|error| wrong("issuer", error.to_string()))?;
    Ok(Outside {
        provider,
        name: settings.name.clone(),
        create_accounts: settings.create_accounts,
        connect_by_address: settings.connect_by_address,
        domains: settings.domains.clone(),
        two_factors: settings.two_factors.clone(),
    })
}
