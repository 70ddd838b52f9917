//! What a request says besides who and what: path parameters, query, body.

use http::HeaderMap;
use jeton_app::AppError;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};
use zeroize::Zeroizing;

use crate::cookie::Cookie;
use crate::fields::{body_faults, fault, is_named, query_faults, whole_number};
use crate::route::{Field, Route};

/// The parts of a request that a handler reads.
#[derive(Debug)]
pub struct Input {
    pub(crate) path: Vec<(&'static str, String)>,
    pub(crate) query: Vec<(String, String)>,
    pub(crate) body: Map<String, Value>,
    /// A page's form, as it was filled in.
    pub(crate) form: Vec<(String, String)>,
    /// What forms of the answer carry.
    pub(crate) form_key: String,
    pub(crate) headers: HeaderMap,
    /// Name and secret of an OAuth client, where its route takes such.
    pub(crate) basic: Option<(String, Zeroizing<String>)>,
    /// What the route declares.
    pub(crate) route: &'static Route,
    /// Fields and parameters that the route does not know are refused: a misspelt restriction must
    /// not vanish.
    pub(crate) strict: bool,
    /// The client's wishes for form and version of the answer are heard.
    pub(crate) negotiates: bool,
    /// It came to the registry's own host.
    pub(crate) at_registry: bool,
}

/// Which page of a list is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Page {
    /// From 1.
    pub number: u32,
    /// Items on a page: 1 to 100, 30 where nothing is asked for.
    pub size: u32,
}

impl Page {
    /// How many items stand on the pages before.
    pub const fn offset(self) -> u64 {
        (self.number as u64 - 1) * self.size as u64
    }
}

const PAGE_SIZE: u32 = 30;
const PAGE_SIZE_LIMIT: u32 = 100;

impl Input {
    /// Whether the request came to the registry's own host, and not to the server's.
    pub const fn at_registry(&self) -> bool {
        self.at_registry
    }

    /// A path parameter, decoded. Empty for a name that the route's path does not have; a test over
    /// every table sees to it that handlers ask for none such.
    pub fn path(&self, name: &str) -> &str {
        self.path
            .iter()
            .find(|(n, _)| *n == name)
            .map_or("", |(_, value)| value)
    }

    /// A path parameter that is an id: positive, below 2^53. Anything else names nothing.
    pub fn id(&self, name: &'static str) -> Result<i64, AppError> {
        whole_number(self.path(name)).ok_or(AppError::Missing(name))
    }

    /// The first query parameter of that name, decoded. A parameter that the route does not declare is
    /// not there, so that the declaration can't be forgotten.
    pub fn query(&self, name: &str) -> Option<&str> {
        self.query_all(name).next()
    }

    /// All values of a query parameter; one whose form is a list may stand more than once, as `name` or
    /// `name[]`.
    pub fn query_all<'a>(&'a self, name: &str) -> impl Iterator<Item = &'a str> + use<'a> {
        let declared = self.route.parameters().find(|field| field.name == name);
        self.query
            .iter()
            .filter(move |(key, _)| declared.is_some_and(|field| is_named(field, key)))
            .map(|(_, value)| value.as_str())
    }

    /// A query parameter that is a whole number.
    pub fn query_number(&self, name: &'static str) -> Result<Option<i64>, AppError> {
        let Some(text) = self.query(name) else {
            return Ok(None);
        };
        match whole_number(text) {
            Some(number) => Ok(Some(number)),
            None => Err(AppError::invalid("Query", name, "must be a whole number")),
        }
    }

    /// The query against what the route declares, before a handler runs.
    pub(crate) fn check_query(&self) -> Result<(), AppError> {
        if self.query.is_empty() {
            return Ok(());
        }
        let parameters: Vec<&'static Field> = self.route.parameters().collect();
        let faults = query_faults(
            &parameters,
            &self.query,
            self.strict,
            self.route.refuses_but,
        );
        if faults.is_empty() {
            Ok(())
        } else {
            Err(AppError::Invalid(faults))
        }
    }

    /// A body where the route declares none: its fields are as unknown as any.
    pub(crate) fn check_bare(&self) -> Result<(), AppError> {
        if !self.route.body.is_empty() || self.body.is_empty() {
            return Ok(());
        }
        self.check_body("Body")
    }

    /// The body against what the route declares.
    fn check_body(&self, resource: &'static str) -> Result<(), AppError> {
        let Route { body, settled, .. } = self.route;
        let declared: Vec<&'static Field> = body.iter().chain(*settled).collect();
        let faults = body_faults(resource, &declared, &self.body, self.strict);
        if faults.is_empty() {
            Ok(())
        } else {
            Err(AppError::Invalid(faults))
        }
    }

    /// `page` and `per_page`. What is out of range counts as the nearest; zero, and what is no number,
    /// as left out.
    pub fn page(&self) -> Page {
        self.page_of("page")
    }

    /// The same of a list whose place stands in a parameter of its own, beside another list.
    pub fn page_of(&self, parameter: &str) -> Page {
        let number = |name: &str| {
            let text = self.query(name)?;
            let digits = !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
            // Digits that no number can hold are a number all the same: a large one.
            digits.then(|| text.parse::<u32>().unwrap_or(u32::MAX))
        };
        Page {
            number: number(parameter).unwrap_or(1).max(1),
            size: number("per_page")
                .filter(|n| *n > 0)
                .unwrap_or(PAGE_SIZE)
                .min(PAGE_SIZE_LIMIT),
        }
    }

    /// The first value of a header, as bytes. `Authorization` is not among them.
    pub fn header(&self, name: http::HeaderName) -> Option<&[u8]> {
        self.headers.get(name).map(http::HeaderValue::as_bytes)
    }

    /// The name and secret that an OAuth client gave as `Basic`.
    pub const fn basic(&self) -> Option<&(String, Zeroizing<String>)> {
        self.basic.as_ref()
    }

    /// The value of a cookie, if it is text.
    pub fn cookie(&self, cookie: &Cookie, public_url: &str) -> Option<&str> {
        std::str::from_utf8(cookie.of(&self.headers, public_url)?).ok()
    }

    /// The first value of a form's field; empty where it is not there.
    pub fn field(&self, name: &str) -> &str {
        self.form
            .iter()
            .find(|(key, _)| key == name)
            .map_or("", |(_, value)| value)
    }

    /// Every value of a form's field.
    pub fn form_all<'a, 'n>(
        &'a self,
        name: &'n str,
    ) -> impl Iterator<Item = &'a str> + use<'a, 'n> {
        self.form
            .iter()
            .filter(move |(key, _)| key == name)
            .map(|(_, value)| value.as_str())
    }

    /// All fields of a form, in its order.
    pub fn form(&self) -> &[(String, String)] {
        &self.form
    }

    /// All parameters of a page's query, in their order, whether the route declares them or not.
    pub fn queries(&self) -> &[(String, String)] {
        &self.query
    }

    /// What the forms of the answer carry in their field `csrf`; empty where nobody is signed in.
    pub fn form_key(&self) -> &str {
        &self.form_key
    }

    /// The body's fields; none where there was no body.
    pub fn body(&self) -> &Map<String, Value> {
        &self.body
    }

    /// The body as a type, after each field was held against what the route declares. What does not
    /// fit is a fault of its field; `resource` is the word for the thing in the answer, as in
    /// `Repository`.
    pub fn read<T: DeserializeOwned>(&self, resource: &'static str) -> Result<T, AppError> {
        self.check_body(resource)?;
        // Null counts as left out, everywhere.
        let given: Map<String, Value> = self
            .body
            .iter()
            .filter(|(_, value)| !value.is_null())
            .map(|(name, value)| (name.clone(), value.clone()))
            .collect();
        T::deserialize(&given).map_err(|error| {
            // What the library says names its own types: it is for whoever mends the declaration.
            tracing::debug!(%error, resource, "a body fits its declaration and not its type");
            let (name, sentence) = self
                .culprit::<T>()
                .map_or(("body", "See the operation's fields."), |field| {
                    (field.name, field.sentence)
                });
            let message = format!("`{name}` can't be taken. {sentence}");
            AppError::Invalid(vec![fault(resource, name, "invalid", message)])
        })
    }

    /// The field without which the rest could be read; nothing, where it is none alone.
    fn culprit<T: DeserializeOwned>(&self) -> Option<&'static Field> {
        let rest = |without: &str| -> Map<String, Value> {
            let fields = self.route.body.iter().map(|field| field.name);
            fields
                .filter(|name| *name != without)
                .filter_map(|name| Some((name.to_owned(), self.body.get(name)?.clone())))
                .filter(|(_, value)| !value.is_null())
                .collect()
        };
        self.route
            .body
            .iter()
            .find(|field| T::deserialize(&rest(field.name)).is_ok())
    }

    /// The header `Idempotency-Key`: 1 to 255 printable characters.
    pub fn idempotency_key(&self) -> Result<Option<&str>, AppError> {
        let mut values = self.headers.get_all("idempotency-key").into_iter();
        let Some(value) = values.next() else {
            return Ok(None);
        };
        if values.next().is_some() {
            return Err(AppError::invalid(
                "Header",
                "Idempotency-Key",
                "stands more than once",
            ));
        }
        match value.to_str() {
            Ok(key) if (1..=255).contains(&key.len()) => Ok(Some(key)),
            _ => Err(AppError::invalid(
                "Header",
                "Idempotency-Key",
                "is not 1 to 255 printable characters",
            )),
        }
    }
}
