//! One request, from its head to its answer.

mod asked;
mod head;
mod pages;
mod room;
mod routes;
mod unserved;

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use http::header::{AUTHORIZATION, CONNECTION, CONTENT_LENGTH, TRANSFER_ENCODING};
use http::request::Parts;
use http::{HeaderMap, HeaderValue, Request, StatusCode};
use hyper::body::Incoming;
use jeton_app::{App, AppError, Call, Carried, Door, Told};
use jeton_domain::Operation;
use tokio::sync::Semaphore;

use crate::answer::Answer;
use crate::base::{Addresses, At, Base};
use crate::body::{BodyError, Payload, Response};
use crate::browser::{self, Face, Posted};
use crate::carried::{basic, carried, client_carried};
use crate::client::{Client, Peer, Proxies};
use crate::codes::Code;
use crate::dress::Dress;
use crate::input::Input;
use crate::json::JsonFault;
use crate::moved::Moved;
use crate::refusal::Refused;
use crate::route::{Carries, Handler, Method, ROOM, Table};
use crate::streaming::{Exchange, State};
use crate::table::{Found, Served, Tables, check};
use crate::{edge, json, negotiate, path};
use asked::{Asked, asked};
use head::{parse_query, user_agent};
use pages::{Visit, form_key, page, reads_pages};
pub use routes::Routes;
use unserved::log_unserved;

/// What a listener allows a client to take.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// Bytes of a request's head.
    pub head_bytes: usize,
    /// Until the head of a request is there, the wait for it on a kept connection included.
    pub head_time: Duration,
    /// Bytes of a JSON body.
    pub body_bytes: usize,
    /// Until the next piece of any body is there, and until a client takes the next piece of an answer.
    pub body_idle: Duration,
    /// Until a JSON body is there.
    pub body_time: Duration,
    /// Connections at a time.
    pub connections: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            head_bytes: 64 << 10,
            head_time: Duration::from_secs(15),
            body_bytes: 1 << 20,
            body_idle: Duration::from_secs(30),
            body_time: Duration::from_secs(30),
            connections: 4096,
        }
    }
}

/// What is made into a [`Service`].
#[derive(Debug)]
pub struct Setup {
    /// The use cases.
    pub app: App,
    /// Every route that is to be served.
    pub tables: Vec<&'static Table>,
    /// Which proxies are believed.
    pub proxies: Proxies,
    /// Limits.
    pub limits: Limits,
    /// What streaming doors need of their own.
    pub states: Vec<State>,
    /// Puts refusals at the pages' door into pages.
    pub face: Option<Face>,
}

/// The only thing that answers requests, and it serves nothing but its tables (law 2). Cheap to clone.
#[derive(Clone, Debug)]
pub struct Service {
    inner: Arc<Inner>,
}

#[derive(Debug)]
struct Inner {
    app: App,
    tables: Arc<Tables>,
    proxies: Proxies,
    limits: Limits,
    states: Arc<[State]>,
    face: Option<Face>,
    /// Where the reference of operations is.
    documentation_url: String,
    /// Makes request ids of several runs different.
    run: u32,
    requests: AtomicU64,
    /// Places for large bodies.
    room: Semaphore,
}

/// Tables that can't be served.
#[derive(Debug, thiserror::Error)]
#[error("the route tables are wrong: {}", .0.join("; "))]
pub struct BadTables(Vec<String>);

impl Service {
    /// Puts a service together.
    pub fn new(setup: Setup) -> Result<Self, BadTables> {
        let faults = check(&setup.tables);
        if !faults.is_empty() {
            return Err(BadTables(faults));
        }
        let tables = Tables::new(&setup.tables).map_err(|fault| BadTables(vec![fault]))?;
        Ok(Self {
            inner: Arc::new(Inner {
                documentation_url: format!("{}/docs/operations", setup.app.public_url()),
                run: u32::from_be_bytes(setup.app.random()),
                app: setup.app,
                tables: Arc::new(tables),
                proxies: setup.proxies,
                limits: setup.limits,
                states: setup.states.into(),
                face: setup.face,
                requests: AtomicU64::new(0),
                room: Semaphore::new(room::AT_ONCE),
            }),
        })
    }

    /// The routes, without the service around them.
    pub fn routes(&self) -> Routes {
        Routes(Arc::clone(&self.inner.tables))
    }

    pub(crate) fn limits(&self) -> &Limits {
        &self.inner.limits
    }

    /// Answers one request.
    pub(crate) async fn answer(&self, peer: Peer, mut request: Request<Incoming>) -> Response {
        let inner = &*self.inner;
        let request_id = format!(
            "{:08X}:{:X}",
            inner.run,
            inner.requests.fetch_add(1, Ordering::Relaxed)
        );
        let method = Method::parse(request.method().as_str());
        let mut dress = Dress {
            request_id: HeaderValue::from_str(&request_id).unwrap_or(HeaderValue::from_static("-")),
            door: Door::Git,
            private: method != Some(Method::Get) || request.headers().contains_key(AUTHORIZATION),
            accepted: None,
            accepted_scopes: None,
            lists: false,
            told: None,
        };
        if let Some(refused) = edge::refusal(&request) {
            let Found::Nothing(door) = inner.tables.nothing(request.uri().path()) else {
                return dress.on(inner.refused(Door::Git, &refused));
            };
            dress.door = door;
            let mut response = dress.on(inner.refused(door, &refused));
            // What else comes on this connection may be meant for somebody else.
            let close = HeaderValue::from_static("close");
            response.headers_mut().insert(CONNECTION, close);
            return response;
        }
        let mut uri = request.uri().clone();
        let base = Base::of(Addresses::of(&inner.app), request.headers(), &mut uri);
        *request.uri_mut() = uri;
        let query = parse_query(request.uri().query().unwrap_or_default());
        let found = match path::decoded(request.uri().path()) {
            Some(path) => inner.tables.find(method, &path, &query),
            None => inner.tables.nothing(request.uri().path()),
        };
        let found = inner.told_there(found, &base, request.headers());
        let visit = Visit::of(method, &request);
        let mut response = match found {
            Found::Route(served, parameters) => {
                dress.door = served.door;
                dress.accepted.clone_from(&served.accepted);
                dress.accepted_scopes.clone_from(&served.accepted_scopes);
                dress.lists = served.route.narrowed;
                let asked = Asked::new(served, base, &request);
                let mut response = inner
                    .serve(
                        served,
                        parameters,
                        query,
                        peer,
                        request,
                        &asked,
                        &request_id,
                        &mut dress,
                    )
                    .await;
                if let Some(moved) = response.extensions_mut().remove::<Moved>() {
                    let refused = moved.refused(served.route, &asked.uri, &asked.base);
                    response = inner.refused_at(served.route.operation, served.door, &refused);
                }
                tracing::debug!(
                    request = request_id,
                    operation = served.route.operation.name,
                    method = served.route.method.name(),
                    route = served.route.path,
                    status = response.status().as_u16(),
                    "answered"
                );
                response
            }
            Found::Unselected(door) => {
                let sentence =
                    "Only Git's smart protocol is spoken here, and this client asked for another.";
                let refused = Refused::new(StatusCode::FORBIDDEN, sentence);
                let refused = refused.reason(Code::DumbProtocol);
                inner
                    .unserved(door, refused, peer, request, &request_id, &mut dress)
                    .await
            }
            Found::Nothing(door) => {
                let refused = Refused::not_found();
                log_unserved(&request, &request_id);
                inner
                    .unserved(door, refused, peer, request, &request_id, &mut dress)
                    .await
            }
        };
        if dress.door == Door::Web {
            // A page about a refusal has the head of the one who looks, also where there is no page.
            dress.private |= response.extensions().get::<Refused>().is_some();
            response = inner.faced(visit, peer, response, &request_id).await;
        }
        dress.on(response)
    }
}

impl Inner {
    /// What was found, or as which door tells that there is nothing.
    fn told_there<'t>(&self, found: Found<'t>, base: &Base<'_>, headers: &HeaderMap) -> Found<'t> {
        match (found, base.door()) {
            // At a host of its own everything is said as the door there says it.
            (Found::Nothing(_), Some(door)) => Found::Nothing(door),
            // Whoever reads pages is told in a page that there is none.
            (Found::Nothing(Door::Git), None) if self.face.is_some() && reads_pages(headers) => {
                Found::Nothing(Door::Web)
            }
            (found, _) => found,
        }
    }

    fn refused(&self, door: Door, refused: &Refused) -> Response {
        refused.response(door, &self.documentation_url)
    }

    /// The same, of a request whose operation is known: the answer leads to the operation's own page. That hangs on the route
    /// alone, so it tells nothing of what is hidden.
    fn refused_at(&self, operation: &Operation, door: Door, refused: &Refused) -> Response {
        match door {
            Door::Api | Door::Npm => {
                let url = format!("{}/{}", self.documentation_url, operation.name);
                refused.response(door, &url)
            }
            Door::Git | Door::Web | Door::Admin => self.refused(door, refused),
        }
    }

    #[expect(
        clippy::too_many_arguments,
        reason = "the parts of one request, for one caller"
    )]
    async fn serve(
        &self,
        served: &Served,
        path: Vec<(&'static str, String)>,
        query: Vec<(String, String)>,
        peer: Peer,
        request: Request<Incoming>,
        asked: &Asked<'_>,
        request_id: &str,
        dress: &mut Dress,
    ) -> Response {
        if served.door == Door::Web && browser::holds_authorization(request.headers()) {
            // One that fails is told so here too; one that lives has no business here.
            let sentence = "Pages take a browser's session; tokens are for the API and for Git.";
            let refused = Refused::new(StatusCode::FORBIDDEN, sentence).reason(Code::TokenAtPage);
            return self
                .unserved(Door::Web, refused, peer, request, request_id, dress)
                .await;
        }
        let (mut parts, incoming) = request.into_parts();
        let sessions_too = served.route.carries == Carries::SessionsToo;
        let carried = match served.door {
            _ if served.route.carries == Carries::Nothing => Carried::Nothing,
            // An address with a token in it is refused here as everywhere.
            _ if served.route.carries == Carries::Client => {
                client_carried(&parts.headers, &parts.uri, self.app.ring())
            }
            // An address with a token in it is refused here as everywhere.
            door if door == Door::Web || sessions_too => {
                match carried(&parts.headers, &parts.uri, self.app.ring()) {
                    Carried::Nothing => {
                        browser::carried(&parts.headers, self.app.public_url(), self.app.ring())
                    }
                    faulty => faulty,
                }
            }
            _ => carried(&parts.headers, &parts.uri, self.app.ring()),
        };
        dress.private = dress.private
            || served.door == Door::Web && served.route.carries != Carries::Nothing
            || sessions_too && !matches!(carried, Carried::Nothing);
        let own = served.route.carries == Carries::Client && matches!(carried, Carried::Nothing);
        let basic = if own { basic(&parts.headers) } else { None };
        parts.headers.remove(AUTHORIZATION);
        let client = self.proxies.client(peer, &parts.headers);
        if client.in_clear && tells_secrets(&carried, served) {
            let refused = Refused::in_clear(request_id);
            return self.refused_at(served.route.operation, served.door, &refused);
        }
        let call = Self::call(served, &path, carried, client, &parts, request_id);
        let input = Input {
            path,
            query,
            body: serde_json::Map::new(),
            form: Vec::new(),
            form_key: form_key(&call.carried, self.app.ring()),
            headers: parts.headers,
            basic,
            route: served.route,
            strict: served.strict,
            negotiates: served.negotiates,
            at_registry: asked.base.at() == At::Registry,
        };
        if served.door == Door::Web
            && served.route.method != Method::Get
            && !browser::is_own(&input.headers, self.app.public_url())
        {
            let sentence =
                "The form was sent from another site. Open the page here and send it again.";
            return self.refused(Door::Web, &Refused::foreign_form(sentence));
        }
        let payload = Payload::new(incoming, self.limits.body_idle);
        match served.route.handler {
            Handler::Streaming(handler) => {
                let (app, states) = (self.app.clone(), Arc::clone(&self.states));
                // Without a credential there is nothing to tell at these doors, and they are asked so before each
                // operation of Git's.
                let told_of = match call.carried {
                    Carried::Nothing => None,
                    Carried::Value(_) | Carried::Faulty(_) => Some(call.clone()),
                };
                let response = handler(Exchange {
                    app,
                    call,
                    input,
                    payload,
                    states,
                })
                .await;
                if let Some(call) = told_of {
                    dress.told = self.told(call, response.status()).await;
                }
                response
            }
            // What is wrong with a request is told by the longer way.
            Handler::Quick { at_once, blocking } => match is_plain(&input)
                .then(|| at_once(&self.app, &call, &input))
                .flatten()
            {
                Some(result) => {
                    let response = self.response(result, &call, asked);
                    // What was answered at once is in memory.
                    dress.told = self.app.told_at_once(&call);
                    self.settled(response, &call, dress)
                }
                None => {
                    self.blocking(blocking, call, input, payload, asked, dress)
                        .await
                }
            },
            Handler::Blocking(handler) => {
                self.blocking(handler, call, input, payload, asked, dress)
                    .await
            }
        }
    }

    fn call(
        served: &Served,
        path: &[(&'static str, String)],
        carried: Carried,
        client: Client,
        parts: &Parts,
        request_id: &str,
    ) -> Call {
        let named = served.named(path);
        Call {
            operation: served.route.operation,
            asked: asked(served, &named, parts),
            named,
            carried,
            door: served.door,
            address: client.address,
            user_agent: user_agent(&parts.headers),
            request_id: request_id.to_owned(),
        }
    }

    /// Reads the body, then runs the handler on a thread that may block.
    async fn blocking(
        &self,
        handler: Handling,
        call: Call,
        mut input: Input,
        mut payload: Payload,
        asked: &Asked<'_>,
        dress: &mut Dress,
    ) -> Response {
        let mut limit = self.limits.body_bytes;
        // Kept until the answer is there.
        let mut _room = None;
        if input.route.roomy {
            match self.make_room(&call, asked, dress).await {
                Ok(room) => _room = Some(room),
                Err(refused) => {
                    payload.drain().await;
                    return *refused;
                }
            }
            limit = limit.saturating_mul(ROOM);
        }
        let read = payload.whole(limit, self.limits.body_time).await;
        let bytes = match read {
            Ok(bytes) => bytes,
            Err(error) => {
                if matches!(error, BodyError::TooLarge { .. }) {
                    payload.drain().await;
                }
                return self.refused_at(call.operation, call.door, &Refused::from_body(&error));
            }
        };
        let app = self.app.clone();
        let work = move || {
            let result = match call.door {
                Door::Web => page(handler, &app, &call, &mut input, &bytes),
                _ => json_request(handler, &app, &call, &mut input, &bytes),
            };
            (result, app.told(&call), call, input.form)
        };
        match tokio::task::spawn_blocking(work).await {
            Ok((result, told, call, form)) => {
                dress.told = Some(told);
                let mut response = match result {
                    Ok(answer) => self.response(Ok(answer), &call, asked),
                    Err(Failed::App(error)) => self.response(Err(error), &call, asked),
                    Err(Failed::Manner(refused)) => {
                        self.refused_at(call.operation, call.door, &refused)
                    }
                    Err(Failed::Body(fault)) => {
                        self.refused_at(call.operation, call.door, &Refused::from_json(&fault))
                    }
                    Err(Failed::Form(sentence)) => {
                        self.refused(call.door, &Refused::foreign_form(sentence))
                    }
                };
                if call.door == Door::Web {
                    response.extensions_mut().insert(Posted(form));
                }
                self.settled(response, &call, dress)
            }
            Err(error) => {
                let id = dress.request_id.to_str().unwrap_or_default();
                self.refused(dress.door, &Refused::inside(&error, id))
            }
        }
    }

    /// What a streamed answer tells of the credential. Mostly it is in memory; a first use took it from
    /// there. What failed as a credential has nothing to tell, and is not looked up a second time.
    async fn told(&self, call: Call, status: StatusCode) -> Option<Told> {
        let told = self.app.told_at_once(&call);
        if told.is_some() || status == StatusCode::UNAUTHORIZED {
            return told;
        }
        let app = self.app.clone();
        let work = move || app.told(&call);
        tokio::task::spawn_blocking(work).await.ok()
    }

    /// An answer, once what it says of its request counts.
    fn settled(&self, response: Response, call: &Call, dress: &mut Dress) -> Response {
        if response.status() == StatusCode::NOT_MODIFIED {
            dress.told = dress.told.map(|told| self.app.unchanged(call, told));
        }
        response
    }

    fn response(
        &self,
        result: Result<Answer, AppError>,
        call: &Call,
        asked: &Asked<'_>,
    ) -> Response {
        match result {
            Ok(answer) => answer.response(&asked.base, &asked.uri, asked.known.as_ref()),
            Err(error) => {
                let refused = Refused::from_error(&self.app, call.door, &error, &call.request_id);
                self.refused_at(call.operation, call.door, &refused)
            }
        }
    }
}

type Handling = fn(&App, &Call, &Input) -> Result<Answer, AppError>;

/// Why a request whose body was read has no answer of its handler.
enum Failed {
    /// The decision, or the use case.
    App(AppError),
    /// What the client wants the answer to be.
    Manner(Box<Refused>),
    /// The body.
    Body(JsonFault),
    /// The form was not made for who sends it.
    Form(&'static str),
}

/// SECURITY: default deny at the door. No handler sees a request that the decision refuses, so one that
/// forgot to ask lets nobody in, and nobody learns what a body should hold. The operator's socket has its
/// own authority: who may open it.
/// Whether a request asks for what the route says in a manner that we speak, and brings nothing along.
fn is_plain(input: &Input) -> bool {
    let headers = &input.headers;
    let brings = headers.contains_key(TRANSFER_ENCODING)
        || headers
            .get(CONTENT_LENGTH)
            .is_some_and(|length| length != "0");
    let speaks = !input.negotiates || negotiate::refusal(headers).is_none();
    !brings && speaks && input.check_query().is_ok()
}

fn json_request(
    handler: Handling,
    app: &App,
    call: &Call,
    input: &mut Input,
    bytes: &[u8],
) -> Result<Answer, Failed> {
    if call.door != Door::Admin {
        app.admit(call).map_err(Failed::App)?;
    }
    if input.negotiates
        && let Some(refused) = negotiate::refusal(&input.headers)
    {
        return Err(Failed::Manner(Box::new(refused)));
    }
    input.check_query().map_err(Failed::App)?;
    input.body = if input.route.carries == Carries::Client
        && browser::is_form(&input.headers)
        && !bytes.trim_ascii_start().starts_with(b"{")
    {
        browser::fields(&input.headers, bytes).map_err(Failed::Body)?
    } else {
        json::object(&input.headers, bytes).map_err(Failed::Body)?
    };
    input.check_bare().map_err(Failed::App)?;
    handler(app, call, input).map_err(Failed::App)
}

/// Whether a request tells something that nobody on the way may read: a credential, or a body that
/// may hold a password or a token.
fn tells_secrets(carried: &Carried, served: &Served) -> bool {
    !matches!(carried, Carried::Nothing)
        || matches!(served.door, Door::Api | Door::Npm) && served.route.method != Method::Get
}
