//! Requests at the pages' door: the form before the decision, and refusals as pages.

use http::header::{ACCEPT, AUTHORIZATION, COOKIE, USER_AGENT};
use http::{HeaderMap, Request, Uri};
use hyper::body::Incoming;
use jeton_app::{App, Call, Carried, Door, Named};
use jeton_token::Ring;

use super::head::user_agent;
use super::{Failed, Handling, Inner};
use crate::answer::Answer;
use crate::base::{Addresses, Base};
use crate::body::Response;
use crate::browser::{self, Faced, Posted};
use crate::client::Peer;
use crate::input::Input;
use crate::refusal::Refused;
use crate::route::Method;
use crate::site::NOWHERE;

/// What a page about a refusal needs to know of its request, kept before the request is taken apart.
pub(super) struct Visit {
    token: bool,
    method: Method,
    uri: Uri,
    headers: HeaderMap,
}

impl Visit {
    pub(super) fn of(method: Option<Method>, request: &Request<Incoming>) -> Self {
        let mut headers = HeaderMap::new();
        for name in [COOKIE, USER_AGENT] {
            for value in request.headers().get_all(&name) {
                headers.append(&name, value.clone());
            }
        }
        Self {
            token: browser::holds_authorization(request.headers()),
            method: method.unwrap_or(Method::Get),
            uri: request.uri().clone(),
            headers,
        }
    }
}

impl Inner {
    /// Puts a refusal at the pages' door into a page.
    pub(super) async fn faced(
        &self,
        visit: Visit,
        peer: Peer,
        mut response: Response,
        request_id: &str,
    ) -> Response {
        let extensions = response.extensions_mut();
        let (refused, posted) = (
            extensions.remove::<Refused>(),
            extensions.remove::<Posted>(),
        );
        let (Some(refused), Some(face)) = (refused, self.face) else {
            return response;
        };
        let carried = browser::carried(&visit.headers, self.app.public_url(), self.app.ring());
        let path = visit
            .uri
            .path_and_query()
            .map_or("/", |path| path.as_str())
            .to_owned();
        let faced = Faced {
            form_key: form_key(&carried, self.app.ring()),
            call: Call {
                operation: &NOWHERE,
                named: Named::Site,
                carried,
                door: Door::Web,
                address: self.proxies.client(peer, &visit.headers).address,
                user_agent: user_agent(&visit.headers),
                request_id: request_id.to_owned(),
                asked: String::new(),
            },
            refused: refused.clone(),
            token: visit.token,
            method: visit.method,
            path,
            form: posted.map(|posted| posted.0).unwrap_or_default(),
        };
        let app = self.app.clone();
        match tokio::task::spawn_blocking(move || face(&app, &faced)).await {
            Ok(answer) => {
                let base = Base::of(
                    Addresses::of(&self.app),
                    &HeaderMap::new(),
                    &mut visit.uri.clone(),
                );
                let mut response = answer.response(&base, &visit.uri, None);
                for (name, value) in &refused.headers {
                    response.headers_mut().insert(name, value.clone());
                }
                response
            }
            Err(error) => self.refused(Door::Git, &Refused::inside(&error, request_id)),
        }
    }
}

/// As [`super::json_request`]. The form is read first: what a refusal keeps of it can be sent again.
pub(super) fn page(
    handler: Handling,
    app: &App,
    call: &Call,
    input: &mut Input,
    bytes: &[u8],
) -> Result<Answer, Failed> {
    if input.route.method != Method::Get {
        let mut form = browser::form(&input.headers, bytes).map_err(Failed::Body)?;
        let fits =
            matches!(call.carried, Carried::Nothing) || browser::fits(&form, &input.form_key);
        form.retain(|(name, _)| name != browser::FORM_KEY);
        input.form = form;
        if !fits {
            return Err(Failed::Form(
                "The form was made for another sign-in: somebody signed in or out in this browser meanwhile. Open the \
                 page again.",
            ));
        }
    }
    // A page that shows nothing but what its session is uses it too: a session that is looked at goes on.
    app.permit(call).map_err(Failed::App)?;
    handler(app, call, input).map_err(Failed::App)
}

/// What forms of the answer carry.
pub(super) fn form_key(carried: &Carried, ring: &Ring) -> String {
    match carried {
        Carried::Value(presented) => presented.form_key(ring).unwrap_or_default(),
        Carried::Nothing | Carried::Faulty(_) => String::new(),
    }
}

/// Whether an answer is for eyes.
pub(super) fn reads_pages(headers: &HeaderMap) -> bool {
    !headers.contains_key(AUTHORIZATION)
        && headers
            .get(ACCEPT)
            .and_then(|value| value.to_str().ok())
            .is_some_and(|accept| accept.contains("text/html"))
}
