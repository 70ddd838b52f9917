//! A listening server for one test, and requests to it.

use jeton_api::TABLES;
use jeton_http::{Limits, Listener, Proxies, Service, Setup, Stopper};
use jeton_testkit::{Kit, Person, Token};
use serde_json::Value;

pub(crate) struct Server {
    pub(crate) kit: Kit,
    address: std::net::SocketAddr,
    _stopper: Stopper,
}

/// An answer, whole.
#[derive(Debug)]
pub(crate) struct Got {
    pub(crate) status: u16,
    pub(crate) body: Value,
    headers: ureq::http::HeaderMap,
}

impl Got {
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).map(|value| value.to_str().unwrap())
    }

    /// A field that is text.
    pub(crate) fn text(&self, field: &str) -> &str {
        self.body[field]
            .as_str()
            .unwrap_or_else(|| panic!("no `{field}` in {self:?}"))
    }

    /// One field of every item of a list.
    pub(crate) fn each(&self, field: &str) -> Vec<&str> {
        self.body
            .as_array()
            .unwrap_or_else(|| panic!("no list: {self:?}"))
            .iter()
            .map(|item| item[field].as_str().unwrap())
            .collect()
    }
}

impl Server {
    pub(crate) fn start() -> Self {
        let kit = Kit::with_mail();
        let setup = Setup {
            app: kit.app().clone(),
            tables: TABLES.to_vec(),
            proxies: Proxies::default(),
            limits: Limits::default(),
            states: vec![],
            face: None,
        };
        let service = Service::new(setup).unwrap();
        let routes = service.routes();
        kit.app()
            .set_resolver(move |method, path| routes.resolve(method, path));
        let (stopper, stop) = Stopper::new();
        let listener = kit
            .runtime()
            .block_on(tokio::net::TcpListener::bind("127.0.0.1:0"))
            .unwrap();
        let address = listener.local_addr().unwrap();
        kit.runtime()
            .spawn(service.listen(Listener::Clear(listener), stop));
        Self {
            kit,
            address,
            _stopper: stopper,
        }
    }

    pub(crate) fn address(&self) -> std::net::SocketAddr {
        self.address
    }

    /// A request with a value, or none.
    pub(crate) fn ask(&self, value: Option<&str>, method: &str, path: &str, body: Value) -> Got {
        let mut request = ureq::http::Request::builder()
            .method(method)
            .uri(format!("http://{}{path}", self.address));
        if let Some(value) = value {
            request = request.header("authorization", format!("Bearer {value}"));
        }
        let agent: ureq::Agent = ureq::Agent::config_builder()
            .http_status_as_error(false)
            .max_redirects(0)
            .allow_non_standard_methods(true)
            .build()
            .into();
        let response = if body.is_null() {
            agent.run(request.body(()).unwrap())
        } else {
            agent.run(
                request
                    .header("content-type", "application/json")
                    .body(body.to_string())
                    .unwrap(),
            )
        };
        let mut response = response.unwrap();
        let text = response.body_mut().read_to_string().unwrap();
        let body = if text.is_empty() {
            Value::Null
        } else {
            serde_json::from_str(&text).unwrap()
        };
        Got {
            status: response.status().as_u16(),
            body,
            headers: response.headers().clone(),
        }
    }

    pub(crate) fn by(&self, person: &Person, method: &str, path: &str, body: Value) -> Got {
        self.ask(Some(person.value()), method, path, body)
    }

    pub(crate) fn get(&self, person: &Person, path: &str) -> Got {
        self.by(person, "GET", path, Value::Null)
    }

    pub(crate) fn with_token(&self, token: &Token, method: &str, path: &str, body: Value) -> Got {
        self.ask(Some(token.value()), method, path, body)
    }

    pub(crate) fn nobody(&self, method: &str, path: &str) -> Got {
        self.ask(None, method, path, Value::Null)
    }
}
