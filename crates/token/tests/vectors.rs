//! The published vectors, read by the crate that has to obey them.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "functions that tests share"
)]

use std::fmt::Write as _;

use jeton_token::{
    InstanceHint, KeyId, KeyUse, Kind, Malformed, Purpose, Random, Ring, hashed, looks_like_ours,
    make, parse, pattern,
};
use serde_json::Value;

fn vectors() -> Value {
    serde_json::from_str(include_str!("../vectors.json")).unwrap()
}

fn list<'a>(of: &'a Value, field: &str) -> &'a [Value] {
    let list = of[field].as_array().unwrap();
    assert!(!list.is_empty(), "{field}");
    list
}

fn text<'a>(of: &'a Value, field: &str) -> &'a str {
    of[field]
        .as_str()
        .unwrap_or_else(|| panic!("{field} in {of}"))
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut hex, byte| {
        write!(hex, "{byte:02x}").unwrap();
        hex
    })
}

fn ring(vectors: &Value) -> Ring {
    let lines: Vec<String> = list(vectors, "ring")
        .iter()
        .map(|key| format!("{}:{}", key["id"], text(key, "key")))
        .collect();
    Ring::parse(&lines.join("\n")).unwrap()
}

fn key_id(number: &str) -> KeyId {
    KeyId::new(number.parse().unwrap())
}

/// Makes `make` draw the body that a vector names: a byte below 62 is drawn as the character with that value.
struct Script(Vec<u8>);

impl Random for Script {
    fn fill(&mut self, bytes: &mut [u8]) {
        // 255 is what rejection sampling throws away: what is not scripted is never drawn.
        bytes.fill(255);
        // The public name of a fine-grained value is drawn apart from the rest.
        let part = if self.0.len() == 71 { 18 } else { self.0.len() };
        for (place, byte) in bytes.iter_mut().zip(self.0.drain(..part)) {
            *place = byte;
        }
    }
}

fn script(body: &str) -> Script {
    let alphabet: Vec<char> = ('0'..='9').chain('A'..='Z').chain('a'..='z').collect();
    let value = |character| {
        alphabet
            .iter()
            .position(|symbol| *symbol == character)
            .unwrap()
    };
    Script(
        body.chars()
            .map(|character| u8::try_from(value(character)).unwrap())
            .collect(),
    )
}

#[test]
fn kinds_are_as_published() {
    let vectors = vectors();
    let kinds = list(&vectors, "kinds");
    assert_eq!(kinds.len(), Kind::ALL.len());
    for (kind, row) in Kind::ALL.into_iter().zip(kinds) {
        assert_eq!(kind.name(), text(row, "name"));
        assert_eq!(kind.prefix(), text(row, "prefix"));
        assert_eq!(kind.length() as u64, row["length"]);
        assert_eq!(pattern(kind), text(row, "pattern"));
    }
}

#[test]
fn valid_values_are_made_read_and_digested() {
    let vectors = vectors();
    let ring = ring(&vectors);
    for row in list(&vectors, "valid") {
        let kind = Kind::named(text(row, "kind")).unwrap();
        let value = text(row, "value");
        let instance = InstanceHint::parse(row["instance"].as_str().unwrap_or("none")).unwrap();
        assert_eq!(
            make(kind, &instance, &mut script(text(row, "body"))).expose(),
            value
        );
        assert!(value.ends_with(text(row, "checksum")));
        assert!(looks_like_ours(value.as_bytes()));

        let parsed = parse(value.as_bytes()).unwrap();
        assert_eq!(parsed.kind(), kind);
        assert_eq!(
            parsed.instance().map(|hint| hint.to_string()).as_deref(),
            row["instance"].as_str()
        );
        assert_eq!(
            parsed.public_name().map(|name| name.to_string()).as_deref(),
            row["public_name"].as_str()
        );
        assert_eq!(hashed(&parsed), text(row, "hashed"));
        let digests = row["token_digest"].as_object().unwrap();
        assert_eq!(digests.len(), ring.key_ids().count());
        for (id, digest) in digests {
            assert_eq!(
                hex(ring.token_digest(key_id(id), &parsed).unwrap().as_bytes()),
                *digest,
                "{value}"
            );
        }
    }
}

#[test]
fn every_kind_has_several_vectors() {
    let vectors = vectors();
    for kind in Kind::ALL {
        let rows = list(&vectors, "valid")
            .iter()
            .filter(|row| row["kind"] == kind.name());
        assert!(rows.count() >= 5, "{kind:?}");
    }
}

#[test]
fn invalid_values_are_refused_for_the_published_reason() {
    let vectors = vectors();
    let mut seen = std::collections::BTreeSet::new();
    for row in list(&vectors, "invalid") {
        let reason = match parse(text(row, "value").as_bytes()).unwrap_err() {
            Malformed::Prefix => "prefix",
            Malformed::Length => "length",
            Malformed::Shape => "shape",
            Malformed::Alphabet => "alphabet",
            Malformed::Checksum => "checksum",
        };
        assert_eq!(reason, text(row, "reason"), "{}", text(row, "note"));
        seen.insert(reason);
    }
    assert_eq!(seen.len(), 5);
}

#[test]
fn digests_and_sub_keys_are_as_published() {
    let vectors = vectors();
    let ring = ring(&vectors);
    for row in list(&vectors, "digests") {
        let purpose = match text(row, "purpose") {
            "session" => Purpose::Session,
            "link" => Purpose::Link,
            "cursor" => Purpose::Cursor,
            other => panic!("{other}"),
        };
        let digest = ring
            .digest(
                purpose,
                key_id(&row["key_id"].to_string()),
                text(row, "input").as_bytes(),
            )
            .unwrap();
        assert_eq!(hex(digest.as_bytes()), text(row, "digest"));
    }
    for row in list(&vectors, "ring") {
        let id = key_id(&row["id"].to_string());
        assert_eq!(hex(&ring.check_value(id).unwrap()), text(row, "check"));
        assert_eq!(
            hex(ring.sub_key(KeyUse::Seal, id).unwrap().expose()),
            text(row, "seal")
        );
        assert_eq!(
            hex(ring.sub_key(KeyUse::Checkpoint, id).unwrap().expose()),
            text(row, "checkpoint")
        );
    }
    assert_eq!(ring.newest(), KeyId::new(7));
}
