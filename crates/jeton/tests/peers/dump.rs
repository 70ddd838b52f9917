//! OneDev and Omicron's device tokens. Slipped: values were stored in clear. Proved: nobody who holds
//! a dump of the database of a server in use can use anything that stands in it as a credential.

use std::collections::BTreeSet;

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use rusqlite::types::ValueRef;
use serde_json::{Value, json};

use crate::support::http::{basic, send};
use crate::support::world::PASSWORD;
use crate::world::{World, fetch_target};

/// Everything in every table, in each way a value could be written.
pub(crate) fn everything(world: &World) -> BTreeSet<String> {
    let path = world.site.folder().join("data/jeton.db");
    let flags = rusqlite::OpenFlags::SQLITE_OPEN_READ_ONLY;
    let database = rusqlite::Connection::open_with_flags(path, flags).unwrap();
    let tables: Vec<String> = database
        .prepare("SELECT name FROM sqlite_master WHERE type = 'table'")
        .unwrap()
        .query_map([], |row| row.get(0))
        .unwrap()
        .map(Result::unwrap)
        .collect();
    assert!(tables.len() > 20, "{tables:?}");
    let mut found = BTreeSet::new();
    for table in tables {
        let mut rows = database
            .prepare(&format!("SELECT * FROM \"{table}\""))
            .unwrap();
        let columns = rows.column_count();
        let mut rows = rows.query([]).unwrap();
        while let Some(row) = rows.next().unwrap() {
            for column in 0..columns {
                match row.get_ref(column).unwrap() {
                    ValueRef::Text(text) => texts(&String::from_utf8_lossy(text), &mut found),
                    ValueRef::Blob(bytes) => {
                        found.insert(bytes.iter().map(|byte| format!("{byte:02x}")).collect());
                        found.insert(STANDARD.encode(bytes));
                        found.insert(URL_SAFE_NO_PAD.encode(bytes));
                        texts(&String::from_utf8_lossy(bytes), &mut found);
                    }
                    ValueRef::Null | ValueRef::Integer(_) | ValueRef::Real(_) => {}
                }
            }
        }
    }
    found
}

/// The text, and where it is JSON, every text in it.
fn texts(text: &str, found: &mut BTreeSet<String>) {
    found.insert(text.to_owned());
    match serde_json::from_str(text) {
        Ok(Value::Object(fields)) => fields.values().for_each(|v| texts(&v.to_string(), found)),
        Ok(Value::Array(items)) => items.iter().for_each(|v| texts(&v.to_string(), found)),
        Ok(Value::String(inner)) if inner != text => texts(&inner, found),
        _ => {}
    }
}

#[test]
fn a_database_dump_yields_no_usable_credential() {
    let world = World::new();
    let token = world.members("used", "write");
    let body = json!({ "overlap_seconds": 3600 });
    let rotated = world.site.token_call(&world.mia, &token, "rotate", &body);
    let fresh = rotated.json()["token"].as_str().unwrap().to_owned();
    let revoked = world.members("revoked", "read");
    world
        .site
        .token_call(&world.mia, &revoked, "revoke", &Value::Null);
    for value in [&token.value, &fresh] {
        assert_eq!(world.fetch(Some(value), "code").status, 200);
    }
    world
        .machine
        .git_in(
            &world.source,
            &["push", &world.url(&fresh, "code"), "main:refs/heads/more"],
        )
        .succeeded();
    let wrong = json!({ "login": "mia", "password": "a wrong password" });
    world
        .site
        .call("POST", "/api/jeton/v1/sign-in", None, &wrong);
    world.site.app().flush_activity().unwrap();

    let found = everything(&world);
    assert!(
        found.contains("mia@example.org"),
        "the dump holds what is there"
    );
    for secret in [
        &token.value,
        &fresh,
        &revoked.value,
        &world.mia.client,
        &world.olivia.client,
    ] {
        let secret_part = &secret[secret.len() - 36..];
        assert!(
            !found.iter().any(|text| text.contains(secret_part)),
            "a value stands in the dump"
        );
    }
    assert!(!found.iter().any(|text| text.contains(PASSWORD)));

    let plausible: Vec<&String> = found
        .iter()
        .filter(|text| (12..=200).contains(&text.len()) && text.is_ascii())
        .collect();
    assert!(plausible.len() > 60, "{}", plausible.len());
    let address = world.site.address();
    for text in plausible {
        if text.contains(['\r', '\n', '\0']) {
            continue;
        }
        let mut values = vec![text.clone()];
        for prefix in ["jeton_pat_", "jtu_", "jtp_", "jts_"] {
            values.push(format!("{prefix}{text}"));
        }
        for value in values {
            for header in [
                format!("Bearer {value}"),
                basic("mia", &value),
                basic(&value, ""),
            ] {
                for target in ["/api/v3/user".to_owned(), fetch_target("code")] {
                    let answer = send(address, "GET", &target, &[("authorization", &header)], b"");
                    assert!(
                        [400, 401].contains(&answer.status),
                        "`{header}`: {} {}",
                        answer.status,
                        answer.text()
                    );
                }
            }
        }
    }
    // Nor is the stored form of a password one.
    let stored = found
        .iter()
        .find(|text| text.starts_with("$argon2id$"))
        .unwrap();
    let sign_in = json!({ "login": "mia", "password": stored });
    let answer = world
        .site
        .call("POST", "/api/jeton/v1/sign-in", None, &sign_in);
    assert_eq!(answer.status, 401, "{}", answer.text());
}
