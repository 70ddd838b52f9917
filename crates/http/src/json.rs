//! JSON bodies, read strictly: UTF-8, one object, no name twice, at most 128 levels deep.

use std::fmt;

use http::HeaderMap;
use http::header::{CONTENT_ENCODING, CONTENT_TYPE};
use serde::de::{
    Deserialize, DeserializeSeed, Deserializer, Error as _, MapAccess, SeqAccess, Visitor,
};
use serde_json::{Map, Value};

/// Why a body is no JSON object that we take.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum JsonFault {
    /// Another media type, character set or encoding.
    Media(String),
    /// Not JSON, not UTF-8, a name twice, too deep.
    Parsing(String),
    /// JSON, but no object.
    NoObject,
    /// A page's form that can't be read.
    Form(String),
}

/// Reads a body. An empty one is an object without fields.
pub(crate) fn object(headers: &HeaderMap, bytes: &[u8]) -> Result<Map<String, Value>, JsonFault> {
    if bytes.is_empty() {
        return Ok(Map::new());
    }
    check_media(headers, bytes)?;
    let text = std::str::from_utf8(bytes)
        .map_err(|_| JsonFault::Parsing("the body is not UTF-8".to_owned()))?;
    match serde_json::from_str::<Strict>(text) {
        Ok(Strict(Value::Object(map))) => Ok(map),
        Ok(_) => Err(JsonFault::NoObject),
        Err(error) => Err(JsonFault::Parsing(
            jeton_domain::plain(&error.to_string())
                .chars()
                .take(200)
                .collect(),
        )),
    }
}

fn check_media(headers: &HeaderMap, bytes: &[u8]) -> Result<(), JsonFault> {
    if let Some(encoding) = headers.get(CONTENT_ENCODING)
        && !encoding.as_bytes().eq_ignore_ascii_case(b"identity")
    {
        return Err(JsonFault::Media(
            "an encoded body is not taken here".to_owned(),
        ));
    }
    let Some(media) = headers.get(CONTENT_TYPE) else {
        return Ok(());
    };
    let media = media.to_str().unwrap_or_default().to_ascii_lowercase();
    let mut parts = media.split(';').map(str::trim);
    let kind = parts.next().unwrap_or_default();
    // `curl -d '{…}'` calls its JSON a form; what looks like an object is taken for one.
    let form =
        kind == "application/x-www-form-urlencoded" && bytes.trim_ascii_start().starts_with(b"{");
    if !(kind == "application/json"
        || kind.starts_with("application/") && kind.ends_with("+json")
        || form)
    {
        return Err(JsonFault::Media(
            "the body must be `application/json`".to_owned(),
        ));
    }
    match parts
        .find_map(|part| part.strip_prefix("charset="))
        .map(|charset| charset.trim_matches('"'))
    {
        None | Some("utf-8" | "utf8") => Ok(()),
        Some(_) => Err(JsonFault::Media("the body must be UTF-8".to_owned())),
    }
}

/// A value in which no object holds a name twice: two readers could take different ones.
struct Strict(Value);

impl<'de> Deserialize<'de> for Strict {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(StrictVisitor).map(Self)
    }
}

impl<'de> DeserializeSeed<'de> for StrictVisitor {
    type Value = Value;
    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        deserializer.deserialize_any(self)
    }
}

#[derive(Clone, Copy)]
struct StrictVisitor;

impl<'de> Visitor<'de> for StrictVisitor {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON value")
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_i64<E>(self, value: i64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_u64<E>(self, value: u64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_f64<E>(self, value: f64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_str<E>(self, value: &str) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_string<E>(self, value: String) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut access: A) -> Result<Value, A::Error> {
        let mut list = Vec::new();
        while let Some(value) = access.next_element_seed(self)? {
            list.push(value);
        }
        Ok(Value::Array(list))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut access: A) -> Result<Value, A::Error> {
        let mut map = Map::new();
        while let Some(name) = access.next_key::<String>()? {
            let value = access.next_value_seed(self)?;
            if map.contains_key(&name) {
                return Err(A::Error::custom("a name stands twice in one object"));
            }
            map.insert(name, value);
        }
        Ok(Value::Object(map))
    }
}

#[cfg(test)]
mod tests {
    use http::HeaderValue;

    use super::*;

    fn read(media: &str, bytes: &[u8]) -> Result<Map<String, Value>, JsonFault> {
        let mut headers = HeaderMap::new();
        if !media.is_empty() {
            headers.insert(CONTENT_TYPE, HeaderValue::from_str(media).unwrap());
        }
        object(&headers, bytes)
    }

    #[test]
    fn objects_are_read_whatever_clients_call_them() {
        let bytes = br#"{"a":[1,-2,2.5,null,true,{"b":"\u00e9"}]}"#;
        for media in [
            "",
            "application/json",
            "application/json; charset=utf-8",
            "Application/JSON;charset=\"UTF-8\"",
            "application/vnd.github+json",
            "application/x-www-form-urlencoded",
        ] {
            assert_eq!(
                Value::Object(read(media, bytes).unwrap()),
                serde_json::from_slice::<Value>(bytes).unwrap()
            );
        }
        assert_eq!(read("text/html", b""), Ok(Map::new()));
    }

    #[test]
    fn what_is_no_object_in_utf_8_is_refused() {
        for bytes in [
            &b"{"[..],
            b"{}x",
            b"nonsense",
            b"{\"a\":\"\xff\"}",
            b"\xff\xfe{\0}\0",
            b"{\"a\":1,\"a\":2}",
            b"{\"x\":{\"a\":1,\"a\":1}}",
            b"{'a':1}",
            b"{\"a\":NaN}",
            b"\xef\xbb\xbf{}",
            b" ",
        ] {
            assert!(
                matches!(read("", bytes), Err(JsonFault::Parsing(_))),
                "{bytes:?}"
            );
        }
        let deep = format!("{{\"a\":{}{}}}", "[".repeat(200), "]".repeat(200));
        assert!(matches!(
            read("", deep.as_bytes()),
            Err(JsonFault::Parsing(_))
        ));
        for bytes in [&b"[]"[..], b"1", b"null", b"\"a\""] {
            assert_eq!(read("", bytes), Err(JsonFault::NoObject));
        }
        for media in [
            "text/plain",
            "application/xml",
            "multipart/form-data",
            "application/json; charset=utf-16",
        ] {
            assert!(
                matches!(read(media, b"{}"), Err(JsonFault::Media(_))),
                "{media}"
            );
        }
        assert!(matches!(
            read("application/x-www-form-urlencoded", b"a=b"),
            Err(JsonFault::Media(_))
        ));
    }
}
