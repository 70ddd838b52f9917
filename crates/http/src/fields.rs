//! Long: half of it is tests of what each form refuses, and with which words.
//!
//! What a route declares, held against what came: body fields and query parameters. Every fault names
//! what it is about and says what would be taken, in words and never in a library's.

use std::borrow::Cow;

use jeton_app::FieldFault;
use jeton_domain::Time;
use serde_json::{Map, Value};

use crate::route::{Field, Form};

/// Of a name inside an object, in bytes.
const LONGEST_NAME: usize = 100;

/// The word for the query in `resource`.
const QUERY: &str = "Query";

/// What is wrong with a body. `strict`: fields that are not declared are wrong too.
pub(crate) fn body_faults(
    resource: &'static str,
    fields: &[&'static Field],
    body: &Map<String, Value>,
    strict: bool,
) -> Vec<FieldFault> {
    let mut faults = Vec::new();
    for field in fields {
        let name = field.name;
        match body.get(name) {
            None | Some(Value::Null) if field.required => faults.push(fault(
                resource,
                name,
                "missing_field",
                format!("`{name}` is missing. {}", field.sentence),
            )),
            None | Some(Value::Null) => {}
            Some(value) => {
                if let Err(wrong) = check(field.form, value, name) {
                    faults.push(fault(resource, name, "invalid", wrong.told(field)));
                }
            }
        }
    }
    if strict {
        let unknown = body
            .keys()
            .filter(|key| fields.iter().all(|field| field.name != *key));
        faults.extend(unknown.map(|key| {
            let message = format!(
                "`{}` is no field here; {}",
                shown(key),
                known(fields.iter().map(|field| field.name))
            );
            fault(resource, shown(key), "invalid", message)
        }));
    }
    faults
}

/// What is wrong with a query. `strict`: what is not declared, or stands twice, is wrong too, and so
/// is a page that is no number; elsewhere that counts as left out, as clients of GitHub's know it.
/// Where `but` is given, what is not declared is wrong in either case, unless it stands there.
pub(crate) fn query_faults(
    parameters: &[&'static Field],
    query: &[(String, String)],
    strict: bool,
    but: Option<&'static [&'static str]>,
) -> Vec<FieldFault> {
    let mut faults = Vec::new();
    let mut seen: Vec<&str> = Vec::new();
    for (key, value) in query {
        let Some(field) = parameters.iter().find(|field| is_named(field, key)) else {
            let refused = match but {
                Some(ignored) => !ignored.contains(&key.as_str()),
                None => strict,
            };
            if refused {
                let message = format!(
                    "`{}` is no parameter here; {}",
                    shown(key),
                    known(parameters.iter().map(|field| field.name))
                );
                faults.push(fault(QUERY, shown(key), "invalid", message));
            }
            continue;
        };
        let name = field.name;
        if strict && !is_list(field.form) && seen.contains(&name) {
            let message = format!("`{name}` stands twice, and takes one value");
            faults.push(fault(QUERY, name, "invalid", message));
            continue;
        }
        seen.push(name);
        // Digits that no number can hold are a page all the same: one far behind the last.
        let paging = matches!(name, "page" | "per_page");
        let digits = !value.is_empty() && value.bytes().all(|b| b.is_ascii_digit());
        if !(paging && (digits || !strict))
            && let Err(wrong) = check_text(field.form, value, name)
        {
            faults.push(fault(QUERY, name, "invalid", wrong.told(field)));
        }
    }
    faults
}

/// Whether a query's key names a parameter: itself, or with `[]` where it is a list.
pub(crate) fn is_named(field: &Field, key: &str) -> bool {
    key == field.name || is_list(field.form) && key.strip_suffix("[]") == Some(field.name)
}

const fn is_list(form: Form) -> bool {
    matches!(form, Form::Texts | Form::Numbers | Form::List(_))
}

/// What does not fit, and where.
struct Wrong {
    path: String,
    /// What it is instead of what it must be.
    instead: String,
}

impl Wrong {
    fn new(path: &str, must: &str) -> Self {
        Self {
            path: path.to_owned(),
            instead: format!("must be {must}"),
        }
    }

    /// The sentence for a person. A fault of the whole field is followed by what the field is for.
    fn told(&self, field: &Field) -> String {
        let Self { path, instead } = self;
        if path == field.name {
            format!("`{path}` {instead}. {}", field.sentence)
        } else {
            format!("`{path}` {instead}")
        }
    }
}

fn check(form: Form, value: &Value, path: &str) -> Result<(), Wrong> {
    if let Value::String(text) = value {
        check_characters(text, path)?;
    }
    let fits = match form {
        Form::Text => value.is_string(),
        Form::Moment | Form::Name | Form::Read(..) | Form::OneOf(_) => match value.as_str() {
            Some(text) => return check_text(form, text, path),
            None => false,
        },
        Form::Number => value.is_i64(),
        Form::NumberIn(first, last) => value.as_i64().is_some_and(|n| (first..=last).contains(&n)),
        Form::Boolean => value.is_boolean(),
        Form::Object => value.is_object(),
        Form::Just(holds) => value.as_bool() == Some(holds),
        Form::Unset => match value {
            Value::Null => true,
            Value::String(text) => text.is_empty(),
            Value::Array(list) => list.is_empty(),
            Value::Object(map) => map.is_empty(),
            Value::Bool(_) | Value::Number(_) => false,
        },
        Form::Texts => return check_list(Form::Text, value, path),
        Form::Numbers => return check_list(Form::Number, value, path),
        Form::List(item) => return check_list(*item, value, path),
        Form::Record(fields) => return check_record(fields, value, path),
        Form::TextByName => match value.as_object() {
            Some(map) => {
                for (key, value) in map {
                    check_characters(key, path)?;
                    if key.len() > LONGEST_NAME {
                        return Err(Wrong {
                            path: path.to_owned(),
                            instead: format!("holds a name longer than {LONGEST_NAME} bytes"),
                        });
                    }
                    check(Form::Text, value, &format!("{path}.{}", shown(key)))?;
                }
                true
            }
            None => false,
        },
        Form::Variant(words) => return check_variant(words, value, path),
        Form::Either(forms) => {
            return check_either(forms, value, path);
        }
    };
    if fits {
        Ok(())
    } else {
        Err(Wrong::new(path, &takes(form)))
    }
}

/// NUL ends a text for some who read it and not for others: no text may hold it.
fn check_characters(text: &str, path: &str) -> Result<(), Wrong> {
    if text.contains('\0') {
        return Err(Wrong {
            path: path.to_owned(),
            instead: "holds a character that no text may hold".to_owned(),
        });
    }
    Ok(())
}

/// A parameter's value, or a text in a body.
fn check_text(form: Form, text: &str, path: &str) -> Result<(), Wrong> {
    check_characters(text, path)?;
    let fits = match form {
        Form::Number | Form::Numbers => whole_number(text).is_some(),
        Form::NumberIn(first, last) => {
            whole_number(text).is_some_and(|n| (first..=last).contains(&n))
        }
        Form::Boolean => matches!(text, "true" | "false"),
        Form::Moment => Time::parse_bound(text).is_some(),
        Form::Read(_, read) => read(text),
        Form::OneOf(words) => words.contains(&text),
        Form::Name if jeton_token::looks_like_ours(text.as_bytes()) => {
            return Err(Wrong {
                path: path.to_owned(),
                instead: jeton_app::repositories::LIKE_A_TOKEN.to_owned(),
            });
        }
        _ => true,
    };
    if fits {
        Ok(())
    } else {
        let must = match form {
            Form::Numbers => takes(Form::Number),
            other => takes(other),
        };
        Err(Wrong::new(path, &must))
    }
}

fn check_list(item: Form, value: &Value, path: &str) -> Result<(), Wrong> {
    let Some(list) = value.as_array() else {
        return Err(Wrong::new(path, &list_of(item)));
    };
    for (at, value) in list.iter().enumerate() {
        check(item, value, &format!("{path}[{at}]"))?;
    }
    Ok(())
}

fn check_record(fields: &'static [Field], value: &Value, path: &str) -> Result<(), Wrong> {
    let Some(map) = value.as_object() else {
        return Err(Wrong::new(path, &takes(Form::Record(fields))));
    };
    for field in fields {
        let path = format!("{path}.{}", field.name);
        match map.get(field.name) {
            None if field.required => {
                return Err(Wrong {
                    path,
                    instead: "is missing".to_owned(),
                });
            }
            None => {}
            Some(value) => check(field.form, value, &path)?,
        }
    }
    match map
        .keys()
        .find(|key| fields.iter().all(|field| field.name != *key))
    {
        None => Ok(()),
        Some(key) => Err(Wrong {
            path: format!("{path}.{}", shown(key)),
            instead: format!(
                "is no field here; {}",
                known(fields.iter().map(|field| field.name))
            ),
        }),
    }
}

fn check_variant(
    words: &'static [(&'static str, Option<Form>)],
    value: &Value,
    path: &str,
) -> Result<(), Wrong> {
    let must = || Err(Wrong::new(path, &takes(Form::Variant(words))));
    let (word, inner) = match value {
        Value::String(word) => (word, None),
        Value::Object(map) if map.len() == 1 => match map.iter().next() {
            Some((word, inner)) => (word, Some(inner)),
            None => return must(),
        },
        _ => return must(),
    };
    match (words.iter().find(|(known, _)| known == word), inner) {
        (Some((_, None)), None) => Ok(()),
        (Some((_, Some(form))), Some(inner)) => check(*form, inner, &format!("{path}.{word}")),
        _ => must(),
    }
}

/// The fault of the form that the value comes nearest to: inside it, if there is one, else the choice.
fn check_either(forms: &'static [Form], value: &Value, path: &str) -> Result<(), Wrong> {
    let mut inside = None;
    for form in forms {
        match check(*form, value, path) {
            Ok(()) => return Ok(()),
            Err(wrong) if wrong.path != path => inside = Some(wrong),
            Err(_) => {}
        }
    }
    Err(inside.unwrap_or_else(|| Wrong::new(path, &takes(Form::Either(forms)))))
}

impl std::fmt::Display for Form {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&takes(*self))
    }
}

/// What a form takes, in words.
fn takes(form: Form) -> String {
    let choice = |words: Vec<String>| {
        if let [only] = words.as_slice() {
            format!("`{only}`")
        } else {
            format!("one of `{}`", words.join("`, `"))
        }
    };
    match form {
        Form::Text | Form::Name => "a text".to_owned(),
        Form::Moment => "a date or a moment in ISO 8601, such as `2026-12-24T18:00:00Z`".to_owned(),
        Form::Read(what, _) => what.to_owned(),
        Form::Number => "a whole number".to_owned(),
        Form::NumberIn(first, last) => format!("a whole number from {first} to {last}"),
        Form::Boolean => "`true` or `false`".to_owned(),
        Form::Object => "an object".to_owned(),
        Form::Just(holds) => format!("`{holds}`"),
        Form::Unset => "left out".to_owned(),
        Form::Texts => list_of(Form::Text),
        Form::Numbers => list_of(Form::Number),
        Form::List(item) => list_of(*item),
        Form::Record(fields) => {
            let names: Vec<&str> = fields.iter().map(|field| field.name).collect();
            format!("an object of `{}`", names.join("`, `"))
        }
        Form::TextByName => "an object whose values are texts".to_owned(),
        Form::Variant(words) => choice(
            words
                .iter()
                .map(|(word, inner)| match inner {
                    None => format!("\"{word}\""),
                    Some(_) => format!("{{\"{word}\": …}}"),
                })
                .collect(),
        ),
        Form::Either(forms) => {
            let all: Vec<String> = forms.iter().map(|form| takes(*form)).collect();
            all.join(", or ")
        }
        Form::OneOf(words) => choice(words.iter().map(|word| (*word).to_owned()).collect()),
    }
}

fn list_of(item: Form) -> String {
    match item {
        Form::Text => "a list of texts".to_owned(),
        Form::Number => "a list of whole numbers".to_owned(),
        other => format!("a list; each must be {}", takes(other)),
    }
}

/// A number as this server writes it: no sign, no leading zero, below 2^53.
pub(crate) fn whole_number(text: &str) -> Option<i64> {
    let written = text.len() <= 16
        && text.bytes().all(|b| b.is_ascii_digit())
        && (text == "0" || !text.starts_with('0'));
    text.parse()
        .ok()
        .filter(|n| written && (0..1_i64 << 53).contains(n))
}

fn known(names: impl Iterator<Item = &'static str>) -> String {
    let names: Vec<&str> = names.collect();
    match names.as_slice() {
        [] => "there is none".to_owned(),
        [only] => format!("there is `{only}`"),
        many => format!("there are `{}`", many.join("`, `")),
    }
}

/// What was typed, as much of it as an answer gives back.
fn shown(typed: &str) -> String {
    jeton_domain::plain(typed).chars().take(80).collect()
}

/// One fault.
pub(crate) fn fault(
    resource: &'static str,
    field: impl Into<Cow<'static, str>>,
    code: &'static str,
    message: String,
) -> FieldFault {
    FieldFault {
        resource,
        field: field.into(),
        code,
        message,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    const INNER: &[Field] = &[
        Field::optional(
            "only",
            Form::List(&Form::Read("a digit", |t| t.len() == 1)),
            "Which.",
        ),
        Field::needed("from", Form::NumberIn(0, 9), "From when."),
    ];
    const FIELDS: &[Field] = &[
        Field::needed("name", Form::Name, "Its name."),
        Field::optional(
            "kind",
            Form::Either(&[Form::NumberIn(1, 366), Form::OneOf(&["none"])]),
            "Days.",
        ),
        Field::optional("inner", Form::List(&Form::Record(INNER)), "More."),
        Field::optional(
            "rule",
            Form::Variant(&[("leave", None), ("force", Some(Form::Boolean))]),
            "The rule.",
        ),
        Field::optional("levels", Form::TextByName, "Levels."),
        Field::optional("archived", Form::Just(false), "Is it over."),
        Field::optional("licence", Form::Unset, "Which."),
    ];

    fn faults(body: &Value) -> Vec<String> {
        let mut body = body.as_object().unwrap().clone();
        body.entry("name").or_insert(json!("x"));
        let fields: Vec<&Field> = FIELDS.iter().collect();
        body_faults("Thing", &fields, &body, true)
            .into_iter()
            .map(|fault| format!("{}: {}", fault.field, fault.message))
            .collect()
    }

    #[test]
    fn a_fault_names_its_place_and_what_would_be_taken() {
        for (body, said) in [
            (
                json!({ "name": null }),
                "name: `name` is missing. Its name.",
            ),
            (
                json!({ "name": 1 }),
                "name: `name` must be a text. Its name.",
            ),
            (
                json!({ "kind": -1 }),
                "kind: `kind` must be a whole number from 1 to 366, or `none`. Days.",
            ),
            (
                json!({ "kind": 1.5 }),
                "kind: `kind` must be a whole number from 1 to 366, or `none`. Days.",
            ),
            (
                json!({ "inner": {} }),
                "inner: `inner` must be a list; each must be an object of `only`, `from`. More.",
            ),
            (
                json!({ "inner": [{ "from": 1 }, { "from": 10 }] }),
                "inner: `inner[1].from` must be a whole number from 0 to 9",
            ),
            (
                json!({ "inner": [{ "from": 1, "only": ["1", "22"] }] }),
                "inner: `inner[0].only[1]` must be a digit",
            ),
            (
                json!({ "inner": [{}] }),
                "inner: `inner[0].from` is missing",
            ),
            (
                json!({ "inner": [{ "from": 1, "form": 2 }] }),
                "inner: `inner[0].form` is no field here; there are `only`, `from`",
            ),
            (
                json!({ "rule": "force" }),
                "rule: `rule` must be one of `\"leave\"`, `{\"force\": …}`. The rule.",
            ),
            (
                json!({ "rule": { "force": 1 } }),
                "rule: `rule.force` must be `true` or `false`",
            ),
            (
                json!({ "archived": true }),
                "archived: `archived` must be `false`. Is it over.",
            ),
            (
                json!({ "archived": "false" }),
                "archived: `archived` must be `false`. Is it over.",
            ),
            (
                json!({ "licence": "mit" }),
                "licence: `licence` must be left out. Which.",
            ),
            (
                json!({ "levels": { "a": 1 } }),
                "levels: `levels.a` must be a text",
            ),
            (
                json!({ "nmae": 1 }),
                "nmae: `nmae` is no field here; there are `name`, `kind`, `inner`, `rule`, `levels`, `archived`, `licence`",
            ),
            (
                json!({ "name": "jtp_0a1B2c3D4e" }),
                "name: `name` looks like a token of this server, which no address may hold. Its name.",
            ),
        ] {
            assert_eq!(faults(&body), [said]);
        }
        let well = json!({
            "kind": "none", "inner": [{ "from": 0, "only": [] }], "rule": { "force": true },
            "levels": { "contents": "read" }, "archived": false, "licence": "",
        });
        assert_eq!(faults(&well), Vec::<String>::new());
    }

    #[test]
    fn numbers_are_written_in_one_way() {
        for (text, number) in [
            ("0", Some(0)),
            ("7", Some(7)),
            ("9007199254740991", Some(9_007_199_254_740_991)),
            ("9007199254740992", None),
            ("07", None),
            ("00", None),
            ("", None),
            ("+7", None),
            ("-7", None),
            ("7 ", None),
            ("٧", None),
        ] {
            assert_eq!(whole_number(text), number, "{text}");
        }
    }

    #[test]
    fn a_query_is_held_against_what_is_declared() {
        const PARAMETERS: &[Field] = &[
            Field::optional("page", Form::Number, "Which."),
            Field::optional("direction", Form::OneOf(&["asc", "desc"]), "Which way."),
            Field::optional("token_id", Form::Numbers, "Only these."),
            Field::optional("since", Form::Moment, "From when."),
        ];
        let ask = |query: &[(&str, &str)], strict| -> Vec<String> {
            let parameters: Vec<&Field> = PARAMETERS.iter().collect();
            let query: Vec<_> = query
                .iter()
                .map(|(n, v)| ((*n).to_owned(), (*v).to_owned()))
                .collect();
            query_faults(&parameters, &query, strict, None)
                .into_iter()
                .map(|fault| format!("{}: {}", fault.field, fault.message))
                .collect()
        };
        let nothing = Vec::<String>::new();
        let fine = &[
            ("token_id", "1"),
            ("token_id[]", "2"),
            ("since", "2026-01-01"),
        ];
        assert_eq!(ask(fine, true), nothing);
        let unknown = "directoin: `directoin` is no parameter here; there are `page`, `direction`, `token_id`, `since`";
        assert_eq!(ask(&[("directoin", "asc")], true), [unknown]);
        assert_eq!(ask(&[("directoin", "asc")], false), nothing);
        let sideways = ["direction: `direction` must be one of `asc`, `desc`. Which way."];
        assert_eq!(ask(&[("direction", "sideways")], true), sideways);
        assert_eq!(ask(&[("direction", "sideways")], false), sideways);
        assert_eq!(
            ask(&[("token_id", "x")], false),
            ["token_id: `token_id` must be a whole number. Only these."]
        );
        assert_eq!(ask(&[("page", "x")], false), nothing);
        assert_eq!(ask(&[("page", "x")], true).len(), 1);
        let twice = &[("direction", "asc"), ("direction", "desc")];
        assert_eq!(
            ask(twice, true),
            ["direction: `direction` stands twice, and takes one value"]
        );
        assert_eq!(ask(twice, false), nothing);
        assert_eq!(ask(&[("direction[]", "asc")], true).len(), 1);
        // Where a table ignores what is not declared, one list may still refuse all but what it names.
        let parameters: Vec<&Field> = PARAMETERS.iter().collect();
        let refused = |key: &str| {
            let query = [(key.to_owned(), "x".to_owned())];
            query_faults(&parameters, &query, false, Some(&["include"])).len()
        };
        assert_eq!((refused("include"), refused("inclde")), (0, 1));
        assert_eq!(refused("page"), 0, "else as the table says");
    }
}
