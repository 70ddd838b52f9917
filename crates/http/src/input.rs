//! What a request says besides who and what: path parameters, query, body.

use http::HeaderMap;
use jeton_app::{AppError, FieldFault};
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

use crate::route::{Field, Form};

/// The parts of a request that a handler reads.
#[derive(Debug)]
pub struct Input {
    pub(crate) path: Vec<(&'static str, String)>,
    pub(crate) query: Vec<(String, String)>,
    pub(crate) body: Map<String, Value>,
    pub(crate) headers: HeaderMap,
    pub(crate) fields: &'static [Field],
    /// Fields that the route does not know are refused: a misspelt restriction must not vanish.
    pub(crate) strict: bool,
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

    /// The first query parameter of that name, decoded.
    pub fn query(&self, name: &str) -> Option<&str> {
        self.query
            .iter()
            .find(|(n, _)| n == name)
            .map(|(_, value)| value.as_str())
    }

    /// All values of a query parameter that may stand more than once, as `name` or `name[]`.
    pub fn query_all<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> {
        let is = move |n: &str| n == name || n.strip_suffix("[]") == Some(name);
        self.query
            .iter()
            .filter(move |(n, _)| is(n))
            .map(|(_, value)| value.as_str())
    }

    /// A query parameter that is a whole number.
    pub fn query_number(&self, name: &'static str) -> Result<Option<i64>, AppError> {
        let Some(text) = self.query(name) else {
            return Ok(None);
        };
        match whole_number(text) {
            Some(number) => Ok(Some(number)),
            None => Err(AppError::invalid("Query", name, "is no whole number")),
        }
    }

    /// `page` and `per_page`. What can't be read counts as left out, as with GitHub.
    pub fn page(&self) -> Page {
        let number = |name| self.query(name).and_then(|text| text.parse::<u32>().ok());
        Page {
            number: number("page").unwrap_or(1).max(1),
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

    /// The body's fields; none where there was no body.
    pub fn body(&self) -> &Map<String, Value> {
        &self.body
    }

    /// The body as a type, after each field was held against what the route documents. What does not
    /// fit is a fault of its field; `resource` is the word for the thing in the answer, as in
    /// `Repository`.
    pub fn read<T: DeserializeOwned>(&self, resource: &'static str) -> Result<T, AppError> {
        let faults = self.faults(resource);
        if !faults.is_empty() {
            return Err(AppError::Invalid(faults));
        }
        T::deserialize(&self.body).map_err(|error| {
            AppError::Invalid(vec![fault(
                resource,
                self.culprit::<T>(),
                "invalid",
                jeton_domain::plain(&error.to_string()),
            )])
        })
    }

    /// The field without which the rest could be read; the whole body, where it is none alone.
    fn culprit<T: DeserializeOwned>(&self) -> &'static str {
        let names = || self.fields.iter().map(|field| field.name);
        let rest = |without: &str| -> Map<String, Value> {
            names()
                .filter(|name| *name != without)
                .filter_map(|name| Some((name.to_owned(), self.body.get(name)?.clone())))
                .collect()
        };
        names()
            .find(|name| T::deserialize(&rest(name)).is_ok())
            .unwrap_or("body")
    }

    fn faults(&self, resource: &'static str) -> Vec<FieldFault> {
        let mut faults = Vec::new();
        for field in self.fields {
            let name = field.name;
            match self.body.get(name) {
                None | Some(Value::Null) if field.required => {
                    faults.push(fault(
                        resource,
                        name,
                        "missing_field",
                        format!("`{name}` is missing"),
                    ));
                }
                None | Some(Value::Null) => {}
                Some(value) if fits(field.form, value) => {}
                Some(_) => faults.push(fault(
                    resource,
                    name,
                    "invalid",
                    format!("`{name}` {}", is_not(field.form)),
                )),
            }
        }
        if self.strict {
            let unknown = self
                .body
                .keys()
                .filter(|key| self.fields.iter().all(|field| field.name != *key));
            faults.extend(unknown.map(|key| {
                let key: String = jeton_domain::plain(key).chars().take(80).collect();
                fault(
                    resource,
                    "body",
                    "invalid",
                    format!("`{key}` is no field here"),
                )
            }));
        }
        faults
    }

    /// The header `Idempotency-Key`: 1 to 255 printable characters.
    pub fn idempotency_key(&self) -> Result<Option<&str>, AppError> {
        let Some(value) = self.headers.get("idempotency-key") else {
            return Ok(None);
        };
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

fn whole_number(text: &str) -> Option<i64> {
    let digits = !text.is_empty() && text.len() <= 16 && text.bytes().all(|b| b.is_ascii_digit());
    text.parse()
        .ok()
        .filter(|n| digits && (0..1_i64 << 53).contains(n))
}

fn fits(form: Form, value: &Value) -> bool {
    match form {
        Form::Text | Form::Moment => value.is_string(),
        Form::Number => value.is_i64(),
        Form::Boolean => value.is_boolean(),
        Form::Texts => value
            .as_array()
            .is_some_and(|list| list.iter().all(Value::is_string)),
        Form::Numbers => value
            .as_array()
            .is_some_and(|list| list.iter().all(Value::is_i64)),
        Form::Object => value.is_object(),
        Form::Mixed => true,
        Form::OneOf(words) => value.as_str().is_some_and(|text| words.contains(&text)),
    }
}

fn is_not(form: Form) -> String {
    match form {
        Form::Text => "is no text".to_owned(),
        Form::Moment => "is no moment in ISO 8601".to_owned(),
        Form::Number => "is no whole number".to_owned(),
        Form::Boolean => "is neither true nor false".to_owned(),
        Form::Texts => "is no list of texts".to_owned(),
        Form::Numbers => "is no list of whole numbers".to_owned(),
        Form::Object => "is no object".to_owned(),
        Form::Mixed => "does not fit".to_owned(),
        Form::OneOf(words) => format!("is none of `{}`", words.join("`, `")),
    }
}

fn fault(
    resource: &'static str,
    field: &'static str,
    code: &'static str,
    message: String,
) -> FieldFault {
    FieldFault {
        resource,
        field,
        code,
        message,
    }
}
