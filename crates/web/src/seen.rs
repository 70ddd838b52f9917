//! What a form was filled from, so that nobody undoes unknowingly what somebody else changed since.
//!
//! A form that shows what is there and saves all of it carries the values that it was filled from, each with what
//! the page calls it. They come back with it and are held against the values now. Where they differ nothing is
//! saved: the page comes again with what was typed and says what changed (409). The values now go with it, so that
//! pressing again saves knowingly. A form that doesn't say what it was filled from is held to have seen nothing.
//!
//! This is against a page that was left open, and no lock: looking and saving are two units.

use std::collections::BTreeMap;

use jeton_domain::Clean;
use jeton_http::Input;
use serde_json::json;

/// The values of a form in the page's words, in its order. What can be chosen and is not, is left out.
pub(crate) type Values = Vec<(String, String)>;

/// Values of fields, each with what the page calls it.
pub(crate) fn values<const N: usize>(fields: [(&str, String); N]) -> Values {
    fields
        .map(|(title, value)| (title.to_owned(), value))
        .to_vec()
}

/// One of several that can be chosen, and is.
pub(crate) fn chosen(title: String) -> (String, String) {
    (title, "chosen".to_owned())
}

/// What goes with a form.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Seen {
    /// What the hidden field holds.
    pub(crate) field: String,
    /// What somebody else changed since the form was filled, a sentence each.
    pub(crate) changed: Vec<String>,
}

impl Seen {
    /// For a form that is filled now.
    pub(crate) fn of(values: &Values) -> Self {
        let values: BTreeMap<_, _> = values.iter().cloned().collect();
        Self {
            field: json!(values).to_string(),
            changed: Vec::new(),
        }
    }

    /// For a form that comes again without being saved: it was filled when it was.
    pub(crate) fn kept(input: &Input) -> Self {
        Self {
            field: input.field("seen").to_owned(),
            changed: Vec::new(),
        }
    }

    /// For a form that was sent to be saved.
    pub(crate) fn sent(input: &Input, now: &Values) -> Self {
        Self {
            changed: changes(input.field("seen"), now),
            ..Self::of(now)
        }
    }

    pub(crate) const fn is_stale(&self) -> bool {
        !self.changed.is_empty()
    }
}

/// What was seen comes back from the browser: it is told, and never believed.
fn changes(seen: &str, now: &Values) -> Vec<String> {
    let Ok(seen) = serde_json::from_str::<BTreeMap<String, String>>(seen) else {
        let sentence = |(title, is): &(String, String)| format!("{title}: {}.", word(Some(is)));
        return now.iter().map(sentence).collect();
    };
    let is: BTreeMap<&String, &String> = now.iter().map(|(title, is)| (title, is)).collect();
    let gone = seen.keys().filter(|title| !is.contains_key(title));
    now.iter()
        .map(|(title, _)| title)
        .chain(gone)
        .filter(|title| seen.get(*title) != is.get(title).copied())
        .map(|title| {
            let (was, is) = (seen.get(title), is.get(title).copied());
            format!("{}: {} instead of {}.", title.plain(), word(is), word(was))
        })
        .collect()
}

fn word(value: Option<&String>) -> String {
    match value.map(|value| value.plain()) {
        None => "not chosen".to_owned(),
        Some(value) if value.is_empty() => "nothing".to_owned(),
        Some(value) => value,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn values<const N: usize>(fields: [(&str, &str); N]) -> Values {
        super::values(fields.map(|(title, value)| (title, value.to_owned())))
    }

    #[test]
    fn what_changed_is_said_field_by_field_and_nothing_else() {
        let was = values([
            ("Name", "Acme"),
            ("About", "x\r\n\"y\""),
            ("secret", "chosen"),
        ]);
        let seen = Seen::of(&was).field;
        assert_eq!(changes(&seen, &was), Vec::<String>::new());
        let now = values([("Name", "Ajax"), ("About", ""), ("lab", "chosen")]);
        let lines = [
            "Name: Ajax instead of Acme.",
            "About: nothing instead of x  \"y\".",
            "lab: chosen instead of not chosen.",
            "secret: not chosen instead of chosen.",
        ];
        assert_eq!(changes(&seen, &now), lines);
    }

    #[test]
    fn a_form_that_does_not_say_what_it_was_filled_from_saw_nothing() {
        let now = values([("Name", "Acme"), ("About", "")]);
        for seen in ["", "x", "[]", "{\"Name\":1}"] {
            assert_eq!(
                changes(seen, &now),
                ["Name: Acme.", "About: nothing."],
                "{seen}"
            );
        }
        assert_eq!(changes("{}", &values([("Name", "Acme")])).len(), 1);
    }
}
