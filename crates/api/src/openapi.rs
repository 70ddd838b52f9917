//! This door's description for programs: OpenAPI 3.1, made from the tables that the door enforces.
//!
//! A field is described by the form that it is checked against. What an answer holds is known from its example: names
//! and kinds of values, and any value may be missing where there is none.

use std::sync::LazyLock;

use jeton_app::{App, AppError, Call};
use jeton_domain::{Operation, TargetKind};
use jeton_http::{Answer, Field, Form, Input, Method, Names, Route, Table, parameter_name};
use serde_json::{Map, Value, json};

use crate::operation::{NO_PERMISSION, public, scoped};
use crate::operations::kinds;
use crate::{TABLES, examples, least};

pub(crate) static DESCRIBE: Operation = scoped(
    public(
        "operations.openapi",
        "Describe every operation for programs, as OpenAPI 3.1.",
        TargetKind::Site,
        NO_PERMISSION,
    ),
    &[],
);

/// Ours.
pub(crate) static ROUTES: &[Route] = &[Route::new(
    Method::Get,
    "/openapi.json",
    &DESCRIBE,
    Names::Site,
    describe,
)
.answers(200, "OpenAPI")];

fn describe(app: &App, call: &Call, _: &Input) -> Result<Answer, AppError> {
    jeton_app::site::open(app, call)?;
    Ok(Answer::written(DOCUMENT.as_str()))
}

/// The description as it is served. It is the same at every address: that of the server is where it was read.
static DOCUMENT: LazyLock<String> = LazyLock::new(|| document().to_string());

/// The description.
pub fn document() -> Value {
    let mut paths = Map::new();
    let mut named = std::collections::BTreeMap::<&str, usize>::new();
    for table in TABLES {
        let prefix = table.prefixes.first().copied().unwrap_or_default();
        for route in table.routes {
            let times = named.entry(route.operation.name).or_default();
            *times += 1;
            let id = match *times {
                1 => route.operation.name.to_owned(),
                n => format!("{}.{n}", route.operation.name),
            };
            let path = paths.entry(format!("{prefix}{}", route.shown_path()));
            if let Some(methods) = path.or_insert_with(|| json!({})).as_object_mut() {
                let method = route.method.name().to_ascii_lowercase();
                methods.insert(method, operation(table, route, &id));
            }
        }
    }
    json!({
        "openapi": "3.1.0",
        "info": {
            "title": "Jeton",
            "summary": "Personal access tokens, and what they reach.",
            "version": env!("CARGO_PKG_VERSION"),
        },
        "servers": [{ "url": "/" }],
        "paths": paths,
        "components": {
            "schemas": { "Error": error() },
            "securitySchemes": {
                "token": { "type": "http", "scheme": "bearer" },
                "basic": {
                    "type": "http",
                    "scheme": "basic",
                    "description": "The token as password; any user name will do.",
                },
            },
        },
    })
}

fn operation(table: &Table, route: &Route, id: &str) -> Value {
    let operation = route.operation;
    let mut described = json!({
        "operationId": id,
        "summary": operation.sentence,
        "parameters": parameters(route),
        "responses": responses(table, route),
        "security": security(operation),
        "x-jeton-permissions": operation.sets.iter().map(|set| {
            set.iter().map(|need| format!("{}: {}", need.key, need.level.name())).collect()
        }).collect::<Vec<Vec<String>>>(),
        "x-jeton-least": least(operation.least),
        "x-jeton-kinds": kinds(operation),
        "x-jeton-confirm": operation.confirm,
    });
    let fields: Vec<&Field> = route.body.iter().chain(route.settled).collect();
    if !fields.is_empty()
        && let Some(described) = described.as_object_mut()
    {
        let required = route.body.iter().any(|field| field.required);
        let schema = record(&fields, table.strict_fields);
        described.insert(
            "requestBody".to_owned(),
            json!({ "required": required, "content": { "application/json": { "schema": schema } } }),
        );
    }
    described
}

/// What is public takes a credential too, and then shows what that one sees.
fn security(operation: &Operation) -> Value {
    let mut ways = vec![json!({ "token": [] }), json!({ "basic": [] })];
    if operation.reads_public {
        ways.insert(0, json!({}));
    }
    Value::Array(ways)
}

fn parameters(route: &Route) -> Vec<Value> {
    let in_path = route.path.split('/').filter_map(|part| {
        let name = parameter_name(part)?;
        let kind = if name.ends_with("_id") {
            "integer"
        } else {
            "string"
        };
        Some(json!({ "name": name, "in": "path", "required": true, "schema": { "type": kind } }))
    });
    let in_query = route.parameters().map(|field| {
        json!({
            "name": field.name,
            "in": "query",
            "required": field.required,
            "description": field.sentence,
            "schema": schema(&field.form),
        })
    });
    in_path.chain(in_query).collect()
}

fn responses(table: &Table, route: &Route) -> Value {
    let (status, shape) = route.answer;
    let mut right = json!({ "description": if shape.is_empty() { "Done." } else { shape } });
    if !route.files.is_empty() {
        let files = route.files.iter();
        let content: Map<_, _> = files
            .map(|media| ((*media).to_owned(), json!({})))
            .collect();
        right = json!({ "description": "A file.", "content": content });
    } else if let Some(found) = examples::answer(route.operation.name)
        && let Some(right) = right.as_object_mut()
    {
        let mut schema = Shape(found).value();
        // What a body sets is shown as the body sets it.
        let setting = match route.body {
            [] => table.routes.iter().find(|other| {
                other.answer.1 == shape && !shape.is_empty() && !other.body.is_empty()
            }),
            _ => Some(route),
        };
        for field in setting.into_iter().flat_map(|setting| setting.body) {
            if matches!(field.form, Form::Variant(_)) {
                show_as_set(&mut schema, field);
            }
        }
        // As GitHub's: a form, for who does not ask for JSON.
        let content = if route.operation.name.starts_with("oauth.") {
            json!({ "application/json": { "schema": schema }, "application/x-www-form-urlencoded": {} })
        } else {
            json!({ "application/json": { "schema": schema } })
        };
        right.insert("content".to_owned(), content);
    }
    // What Git's door says is for people who read it in a terminal.
    let content = match table.door {
        jeton_app::Door::Git => json!({ "text/plain": {} }),
        _ => json!({ "application/json": { "schema": { "$ref": "#/components/schemas/Error" } } }),
    };
    let refused = json!({ "description": "Refused, with the reason.", "content": content });
    let mut all = Map::new();
    all.insert(status.to_string(), right);
    if let Some(status) = route.also {
        all.insert(status.to_string(), json!({ "description": "Done." }));
    }
    all.insert("default".to_owned(), refused);
    Value::Object(all)
}

/// Has each property of a field's name be what the field takes, too: an example shows but one of its kinds.
fn show_as_set(schema: &mut Value, field: &Field) {
    let Some(properties) = schema.get_mut("properties").and_then(Value::as_object_mut) else {
        return;
    };
    for (name, each) in properties {
        if name == field.name {
            *each = json!({ "anyOf": [each.take(), self::schema(&field.form)] });
        } else {
            show_as_set(each, field);
        }
    }
}

fn error() -> Value {
    json!({
        "type": "object",
        "required": ["message", "status"],
        "properties": {
            "message": { "type": "string" },
            "documentation_url": { "type": "string" },
            "status": { "type": "string" },
            "reason": { "type": "string", "description": "A stable word." },
            "errors": { "type": "array", "items": { "type": "object" } },
        },
    })
}

fn record(fields: &[&Field], strict: bool) -> Value {
    let properties: Map<String, Value> = fields
        .iter()
        .map(|field| {
            let mut schema = schema(&field.form);
            if let Some(schema) = schema.as_object_mut() {
                schema.insert("description".to_owned(), json!(field.sentence));
            }
            (field.name.to_owned(), schema)
        })
        .collect();
    let needed = fields.iter().filter(|field| field.required);
    json!({
        "type": "object",
        "properties": properties,
        "required": needed.map(|field| field.name).collect::<Vec<_>>(),
        "additionalProperties": !strict,
    })
}

/// What a field or parameter takes.
fn schema(form: &Form) -> Value {
    match form {
        Form::Text | Form::Name => json!({ "type": "string" }),
        Form::Moment => json!({ "type": "string", "description": "A moment in ISO 8601." }),
        Form::Read(words, _) => json!({ "type": "string", "title": words }),
        Form::Number => json!({ "type": "integer" }),
        Form::NumberIn(from, to) => json!({ "type": "integer", "minimum": from, "maximum": to }),
        Form::Boolean => json!({ "type": "boolean" }),
        Form::Texts => json!({ "type": "array", "items": { "type": "string" } }),
        Form::Numbers => json!({ "type": "array", "items": { "type": "integer" } }),
        Form::List(each) => json!({ "type": "array", "items": schema(each) }),
        Form::Record(fields) => record(&fields.iter().collect::<Vec<_>>(), true),
        Form::TextByName => {
            json!({ "type": "object", "additionalProperties": { "type": "string" } })
        }
        Form::Variant(words) => {
            let ways = words.iter().map(|(word, form)| match form {
                None => json!({ "const": word }),
                Some(form) => json!({
                    "type": "object",
                    "properties": { *word: schema(form) },
                    "required": [word],
                    "additionalProperties": false,
                }),
            });
            json!({ "oneOf": ways.collect::<Vec<_>>() })
        }
        Form::Either(forms) => json!({ "anyOf": forms.iter().map(schema).collect::<Vec<_>>() }),
        Form::OneOf(words) => json!({ "type": "string", "enum": words }),
        Form::Object => json!({ "type": "object" }),
        Form::Just(value) => json!({ "const": value }),
        Form::Unset => json!({ "enum": ["", [], {}, null] }),
    }
}

/// What is left to read of an answer's shape: names, and kinds of values in words.
struct Shape<'a>(&'a str);

impl Shape<'_> {
    /// Takes a word that comes next, if it does.
    fn takes(&mut self, word: &str) -> bool {
        self.0 = self.0.trim_start();
        match self.0.strip_prefix(word) {
            Some(rest) => {
                self.0 = rest;
                true
            }
            None => false,
        }
    }

    /// A value. Where there is none, it is null.
    fn value(&mut self) -> Value {
        if self.takes("text") {
            json!({ "type": ["string", "null"] })
        } else if self.takes("number") {
            json!({ "type": ["number", "null"] })
        } else if self.takes("true or false") {
            json!({ "type": ["boolean", "null"] })
        } else if self.takes("[") {
            self.list()
        } else if self.takes("{") {
            self.fields()
        } else {
            // Nothing was there.
            self.takes("null");
            json!({})
        }
    }

    fn list(&mut self) -> Value {
        let mut list = json!({ "type": ["array", "null"] });
        while !self.takes("]") && !self.0.is_empty() {
            if self.takes("…") || self.takes(",") {
                continue;
            }
            let each = self.value();
            if let Some(list) = list.as_object_mut() {
                list.insert("items".to_owned(), each);
            }
        }
        list
    }

    fn fields(&mut self) -> Value {
        let mut fields = Map::new();
        while !self.takes("}") && !self.0.is_empty() {
            if self.takes("…") || self.takes(",") {
                continue;
            }
            if !self.takes("\"") {
                break;
            }
            let Some((name, rest)) = self.0.split_once("\":") else {
                break;
            };
            self.0 = rest;
            let name = name.to_owned();
            fields.insert(name, self.value());
        }
        json!({ "type": ["object", "null"], "properties": fields })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_operation_is_described_once_under_a_name_of_its_own() {
        let document = document();
        let mut ids = std::collections::BTreeSet::new();
        let paths = document["paths"].as_object().unwrap();
        for (path, methods) in paths {
            for (method, described) in methods.as_object().unwrap() {
                let id = described["operationId"].as_str().unwrap();
                assert!(ids.insert(id.to_owned()), "{method} {path}: {id}");
                for parameter in path.split('/').filter_map(|part| {
                    part.strip_prefix('{')
                        .and_then(|part| part.strip_suffix('}'))
                }) {
                    let parameters = described["parameters"].as_array().unwrap();
                    assert!(
                        parameters.iter().any(|known| known["name"] == parameter),
                        "{method} {path}: {parameter}"
                    );
                }
            }
        }
        let routes = TABLES.iter().map(|table| table.routes.len()).sum::<usize>();
        assert_eq!(ids.len(), routes);
    }

    #[test]
    fn an_answers_shape_is_read_to_its_end() {
        let mut shape =
            Shape("[{\n  \"a\": text,\n  \"b\": [number, …],\n  \"c\": {…},\n  \"d\": null\n}, …]");
        let read = shape.value();
        assert_eq!(shape.0.trim(), "");
        assert_eq!(
            read,
            json!({
                "type": ["array", "null"],
                "items": {
                    "type": ["object", "null"],
                    "properties": {
                        "a": { "type": ["string", "null"] },
                        "b": { "type": ["array", "null"], "items": { "type": ["number", "null"] } },
                        "c": { "type": ["object", "null"], "properties": {} },
                        "d": {},
                    },
                },
            })
        );
        for route in TABLES.iter().flat_map(|table| table.routes) {
            if let Some(found) = examples::answer(route.operation.name) {
                let mut shape = Shape(found);
                shape.value();
                assert_eq!(shape.0.trim(), "", "{}", route.operation.name);
            }
        }
    }
}
