//! The conditions of a token, in words.

use jeton_domain::{Allowed, Conditions, Hours, RefPattern, RefRules};
use serde_json::Value;

use crate::values::text;

const DAYS: [&str; 7] = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"];

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
            Ok(one) => set(&one),
            // A newer server knows more of them; whatever they are, they are shown.
            Err(_) => text(one),
        },
    )
    .filter(|words| !words.is_empty())
    .collect::<Vec<_>>()
    .join("; and ")
}

fn set(one: &Conditions) -> String {
    let mut parts = Vec::new();
    match &one.addresses {
        Allowed::Unrestricted => {}
        Allowed::Only(networks) if networks.is_empty() => parts.push("from nowhere".to_owned()),
        Allowed::Only(networks) => parts.push(format!("from {}", joined(networks, " or "))),
    }
    if let Hours::Within {
        zone,
        from,
        to,
        days,
    } = &one.hours
    {
        parts.push(format!(
            "{} {}–{} {zone}",
            on(*days),
            clock(*from),
            clock(*to)
        ));
    }
    if let RefRules::Only {
        patterns,
        no_force,
        no_delete,
    } = &one.refs
    {
        let patterns: Vec<_> = patterns.iter().map(RefPattern::as_str).collect();
        parts.push(if patterns.is_empty() {
            "writes no ref".to_owned()
        } else {
            format!("writes only {}", joined(&patterns, " or "))
        });
        parts.extend(no_force.then(|| "no force".to_owned()));
        parts.extend(no_delete.then(|| "no deletion".to_owned()));
    }
    parts.join(", ")
}

fn joined(items: &[impl ToString], with: &str) -> String {
    items
        .iter()
        .map(ToString::to_string)
        .collect::<Vec<_>>()
        .join(with)
}

/// Minutes after midnight.
fn clock(minutes: u16) -> String {
    format!("{:02}:{:02}", minutes / 60, minutes % 60)
}

/// Bits as `Mon–Fri, Sun`; Monday is bit 0.
fn on(days: u8) -> String {
    let mut spans: Vec<(&str, &str, usize)> = Vec::new();
    for (at, day) in DAYS.into_iter().enumerate() {
        if days & (1 << at) == 0 {
            continue;
        }
        match spans.last_mut() {
            Some((_, last, end)) if *end + 1 == at => (*last, *end) = (day, at),
            _ => spans.push((day, day, at)),
        }
    }
    let spans: Vec<_> = spans
        .into_iter()
        .map(|(first, last, _)| {
            if first == last {
                first.to_owned()
            } else {
                format!("{first}–{last}")
            }
        })
        .collect();
    spans.join(", ")
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
            "from 10.0.0.0/8 or 192.0.2.1/32, Mon–Fri 08:00–18:00 Europe/Berlin"
        );
        assert_eq!(
            of(&json!({"conditions": [office, bot]}))
                .split_once("; and ")
                .unwrap()
                .1,
            "writes only refs/heads/bot/*, no force, no deletion"
        );
        for (bits, words) in [
            (0b111_1111, "Mon–Sun"),
            (0b000_0101, "Mon, Wed"),
            (0b110_0011, "Mon–Tue, Sat–Sun"),
        ] {
            assert_eq!(on(bits), words);
        }
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
        assert_eq!(both(&bound, &bound), "from 10.0.0.0/8");
        assert_eq!(
            both(&json!([]), &bound),
            "none; in force now: from 10.0.0.0/8"
        );
    }
}
