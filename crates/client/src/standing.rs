//! What becomes of a token, in words: codes are for programs.

use jeton_domain::Time;
use serde_json::Value;

use crate::values::{is_classic, minutes, permissions, reach, text};

/// A kind of credential.
pub(crate) fn kind(code: &str) -> String {
    match code {
        "fine_grained" => "fine-grained token".to_owned(),
        "classic" => "classic token".to_owned(),
        "sign_in" => "sign-in".to_owned(),
        code => code.replace('_', " "),
    }
}

/// What the owner says of a token.
pub(crate) fn standing(code: &str) -> String {
    match code {
        "not_needed" => "no approval needed",
        "active" => "approved",
        "pending" => "waits for approval",
        code => code,
    }
    .to_owned()
}

/// Why a token or request is what it is. A denial's reason is its owner's own text; the others are codes.
pub(crate) fn reason(item: &Value) -> String {
    let field = |name| item.get(name).map(text).unwrap_or_default();
    let reason = field("standing_reason");
    let said = match (field("standing").as_str(), reason.as_str()) {
        ("withdrawn" | "cancelled", "owner") => "an owner withdrew the access",
        ("withdrawn" | "cancelled", "member_removed") => "its creator is no member any more",
        ("cancelled", "creator") => "its creator took the request back",
        ("cancelled", "token_ended") => "the token has ended",
        ("cancelled", "edited") => "the token was changed",
        ("cancelled", "rotated") => "the token got a new value",
        ("cancelled", "asked") => "it was asked for anew",
        _ => return reason,
    };
    said.to_owned()
}

/// Which repositories it reaches now, where they are not those that it is to reach.
pub(crate) fn in_force_for(token: &Value) -> String {
    let now = token.pointer("/in_force/repositories");
    match now {
        Some(now) if token.get("repositories") != Some(now) => text(now),
        _ => String::new(),
    }
}

/// What a token can do now, beside what it is to do. Nothing, where the credential is no token.
pub(crate) fn in_force(token: &Value) -> String {
    let Some(now) = token.get("in_force").filter(|now| now.is_object()) else {
        return String::new();
    };
    let word = |name: &str| token.get(name).and_then(Value::as_str);
    let refused = token
        .get("policy")
        .and_then(Value::as_array)
        .is_some_and(|sentences| !sentences.is_empty());
    let owner = token.pointer("/owner/login").and_then(Value::as_str);
    let nothing = || match owner {
        Some(owner) => format!("nothing of {owner}'s"),
        None => "nothing".to_owned(),
    };
    if matches!(
        word("state"),
        Some("revoked" | "suspended" | "expired" | "retired")
    ) {
        return format!(
            "nothing: the token is {}",
            word("state").unwrap_or_default()
        );
    }
    if refused {
        return format!("{}: the policy refuses the token", nothing());
    }
    // What its scopes say of it, and nobody approves.
    if is_classic(token) {
        return String::new();
    }
    let waits = !matches!(word("standing"), None | Some("not_needed" | "active"));
    let held = now.get("permissions").map(permissions).unwrap_or_default();
    match (waits, held.is_empty()) {
        (true, _) => nothing(),
        (false, true) => reach(now),
        (false, false) => format!("{}; {}", held.join(", "), reach(now)),
    }
}

/// That an older value works on, and until when. Nothing, where none does.
pub(crate) fn older_value(token: &Value, now: Time) -> Option<String> {
    let secrets = token.get("secrets").and_then(Value::as_array)?;
    // The newest comes first.
    let older = secrets.iter().skip(1).find(|secret| works(secret, now))?;
    let end = ["retires_at", "expires_at"]
        .into_iter()
        .filter_map(|end| older.get(end).and_then(Value::as_str))
        .min();
    let first_use = older.get("until_first_use") == Some(&Value::Bool(true));
    Some(match (end, first_use) {
        (Some(end), true) => format!(
            "works until the new one is used, at the latest until {} (UTC)",
            minutes(end)
        ),
        (Some(end), false) => format!("works until {} (UTC)", minutes(end)),
        (None, true) => "works until the new one is used".to_owned(),
        (None, false) => "works".to_owned(),
    })
}

fn works(secret: &Value, now: Time) -> bool {
    let end = |name: &str| {
        secret
            .get(name)
            .and_then(Value::as_str)
            .and_then(Time::parse_iso)
    };
    end("retired_at").is_none()
        && ["retires_at", "expires_at"]
            .into_iter()
            .filter_map(end)
            .all(|end| end > now)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn codes_are_words_and_an_owners_own_words_stay() {
        let said = |standing: &str, why: &str| {
            reason(&json!({"standing": standing, "standing_reason": why}))
        };
        for (standing, code) in [
            ("withdrawn", "owner"),
            ("withdrawn", "member_removed"),
            ("cancelled", "token_ended"),
            ("cancelled", "creator"),
        ] {
            let said = said(standing, code);
            assert!(said.contains(' ') && !said.contains('_'), "{code}: {said}");
        }
        assert_eq!(said("denied", "owner"), "owner");
        assert_eq!(reason(&json!({"standing": "active"})), "");
    }

    #[test]
    fn what_is_in_force_is_said_where_it_is_less() {
        let token = |state: &str, standing: &str, policy: &Value| {
            in_force(&json!({
                "state": state, "standing": standing, "policy": policy, "owner": {"login": "beta"},
                "in_force": {"permissions": {"repository": {"contents": "read"}}, "repository_selection": "subset",
                    "unnamed_repositories": 1, "repositories": ["a/b"]},
            }))
        };
        assert_eq!(
            token("active", "active", &json!([])),
            "contents: read; 2 repositories"
        );
        assert_eq!(token("pending", "pending", &json!([])), "nothing of beta's");
        assert_eq!(
            token("active", "active", &json!(["beta takes none."])),
            "nothing of beta's: the policy refuses the token"
        );
        assert_eq!(
            token("expired", "active", &Value::Null),
            "nothing: the token is expired"
        );
        assert_eq!(in_force(&json!({"kind": "sign_in"})), "");
        let names = |wanted: &Value| {
            in_force_for(&json!({"repositories": wanted, "in_force": {"repositories": ["a/b"]}}))
        };
        assert_eq!(names(&json!(["a/b", "a/c"])), "a/b");
        assert_eq!(names(&json!(["a/b"])), "", "it is said already");
    }

    #[test]
    fn an_older_value_is_told_while_it_works() {
        let now = Time::parse_iso("2026-11-21T08:00:00Z").unwrap();
        let token = |older: &Value| {
            older_value(
                &json!({"secrets": [{"expires_at": "2027-01-01T00:00:00Z"}, older]}),
                now,
            )
        };
        let long = "2026-12-01T08:00:00Z";
        assert_eq!(
            token(&json!({"retires_at": "2026-11-22T08:00:00Z", "expires_at": long})).unwrap(),
            "works until 2026-11-22 08:00 (UTC)"
        );
        assert_eq!(
            token(&json!({"retires_at": "2026-11-22T08:00:00Z", "expires_at": long, "until_first_use": true})).unwrap(),
            "works until the new one is used, at the latest until 2026-11-22 08:00 (UTC)"
        );
        for over in [
            json!({"retires_at": "2026-11-21T08:00:00Z", "expires_at": long}),
            json!({"retires_at": "2026-11-22T08:00:00Z", "retired_at": "2026-11-21T07:00:00Z"}),
            json!({"expires_at": "2026-11-21T07:00:00Z"}),
        ] {
            assert_eq!(token(&over), None, "{over}");
        }
        assert_eq!(older_value(&json!({"secrets": [{}]}), now), None);
    }
}
