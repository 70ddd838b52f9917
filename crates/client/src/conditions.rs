//! The conditions of a token, in words.

use jeton_domain::Conditions;
use serde_json::Value;

use crate::values::text;

/// Those of a token or a request: what is asked for, and what is in force beside it where that differs.
/// Nothing, where there is none of either.
pub(crate) fn of(item: &Value) -> String {
    let wanted = item.get("conditions").filter(|value| !value.is_null());
    let Some(wanted) = wanted.map(words) else {
        return String::new();
    };
    // What is in force are those that are asked for, and those that were approved and still hold.
    match item.pointer("/in_force/conditions").map(words) {
        Some(now) if now != wanted => {
            format!("{}; in force now: {}", or_none(wanted), or_none(now))
        }
        _ => wanted,
    }
}

fn or_none(words: String) -> String {
    if words.is_empty() {
        "none".to_owned()
    } else {
        words
    }
}

/// All of these must hold.
fn words(conditions: &Value) -> String {
    let sets = conditions.as_array().into_iter().flatten();
    sets.map(
        |one| match serde_json::from_value::<Conditions>(one.clone()) {
            Ok(one) => one.phrases().join(", "),
            // A newer server knows more of them; whatever they are, they are shown.
            Err(_) => text(one),
        },
    )
    .filter(|words| !words.is_empty())
    .collect::<Vec<_>>()
    .join("; and ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn conditions_are_said_in_words() {
        let hours =
            json!({"within": {"zone": "Europe/Berlin", "from": 480, "to": 1080, "days": 31}});
        let office = json!({"addresses": {"only": ["10.0.0.0/8", "192.0.2.1/32"]}, "hours": hours});
        let bot = json!({"refs": {"only": {"patterns": ["refs/heads/bot/*"], "no_force": true, "no_delete": true}}});
        assert_eq!(
            of(&json!({"conditions": [office]})),
            "only from 10.0.0.0/8 or 192.0.2.1/32, only Mon–Fri 08:00–18:00 Europe/Berlin"
        );
        assert_eq!(
            of(&json!({"conditions": [office, bot]}))
                .split_once("; and ")
                .unwrap()
                .1,
            "writes only refs/heads/bot/*, no force pushes, no deletion of branches and tags"
        );
        assert_eq!(
            of(&json!({"conditions": [{"moon": "full"}]})),
            "moon full",
            "what is not known here is shown as it came"
        );
        assert_eq!(of(&json!({})), "");
        assert_eq!(
            of(&json!({"conditions": [], "in_force": {"conditions": []}})),
            ""
        );
    }

    #[test]
    fn what_is_in_force_stands_beside_what_is_asked_for() {
        let bound = json!([{"addresses": {"only": ["10.0.0.0/8"]}}]);
        let both = |wanted: &Value, now: &Value| {
            of(&json!({"conditions": wanted, "in_force": {"conditions": now}}))
        };
        assert_eq!(both(&bound, &bound), "only from 10.0.0.0/8");
        assert_eq!(
            both(&json!([]), &bound),
            "none; in force now: only from 10.0.0.0/8"
        );
    }
}
