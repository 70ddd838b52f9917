//! What no route serves.

use http::Request;
use hyper::body::Incoming;
use jeton_app::{Call, Carried, Door, Named};

use super::Inner;
use super::head::user_agent;
use crate::body::Response;
use crate::carried::{carried, holds_token};
use crate::client::Peer;
use crate::dress::Dress;
use crate::refusal::Refused;
use crate::site::NOWHERE;

impl Inner {
    /// What no route serves gets `refused`, but for a credential that fails: that is told so wherever it
    /// comes, and counts against its address.
    pub(super) async fn unserved(
        &self,
        door: Door,
        refused: Refused,
        peer: Peer,
        request: Request<Incoming>,
        request_id: &str,
        dress: &mut Dress,
    ) -> Response {
        dress.door = door;
        let carried = carried(request.headers(), request.uri(), self.app.ring());
        if matches!(carried, Carried::Nothing) {
            return self.refused(door, &refused);
        }
        let client = self.proxies.client(peer, request.headers());
        if client.in_clear {
            return self.refused(door, &Refused::in_clear(request_id));
        }
        let call = Call {
            operation: &NOWHERE,
            named: Named::Site,
            carried,
            door,
            address: client.address,
            user_agent: user_agent(request.headers()),
            request_id: request_id.to_owned(),
            asked: String::new(),
        };
        let app = self.app.clone();
        let work = move || {
            let admitted = app.admit(&call);
            (admitted, app.told(&call))
        };
        match tokio::task::spawn_blocking(work).await {
            Ok((admitted, told)) => {
                dress.told = Some(told);
                let refused = admitted.err().map_or(refused, |error| {
                    Refused::from_error(&self.app, door, &error, request_id)
                });
                self.refused(door, &refused)
            }
            Err(error) => self.refused(door, &Refused::inside(&error, request_id)),
        }
    }
}

/// Says what was asked for and is not here, for whoever wonders what a client wants. Nothing of an address that holds a
/// token.
pub(super) fn log_unserved(request: &Request<Incoming>, request_id: &str) {
    const SHOWN: usize = 200;
    let path = request.uri().path();
    if tracing::enabled!(tracing::Level::DEBUG) && !holds_token(path) {
        let path: String = jeton_domain::plain(path).chars().take(SHOWN).collect();
        let method = request.method().as_str();
        tracing::debug!(request = request_id, method, path, "not served");
    }
}
