//! The conditions of a token as its form holds them: one set, as it was typed. Sets that a client gave beside it are shown in
//! words, and stay or go whole.

use std::collections::BTreeSet;
use std::fmt::Display;

use jeton_app::{AppError, FieldFault};
use jeton_domain::{Allowed, Conditions, Hours, RefPattern, RefRules};

use crate::words::no_network;
use crate::{Values, seen};

/// A form's boxes for sets beside the first are called so.
const OTHER: &str = "other_condition";

/// What a form holds of conditions.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Bounds {
    /// Networks, one a line.
    pub(crate) addresses: String,
    /// As `Europe/Berlin mon-fri 08:00-18:00`.
    pub(crate) hours: String,
    /// Patterns, one a line.
    pub(crate) refs: String,
    pub(crate) no_force: bool,
    pub(crate) no_delete: bool,
    /// The sets beside the one that is typed, as the token has them.
    others: Vec<Conditions>,
    /// Which of them stay, by their place.
    kept: BTreeSet<usize>,
}

/// A set beside the one that is typed.
#[derive(Debug)]
pub(super) struct Other {
    pub(super) place: usize,
    pub(super) words: String,
    pub(super) kept: bool,
}

fn lines(items: impl IntoIterator<Item = impl Display>) -> String {
    let items: Vec<String> = items.into_iter().map(|item| item.to_string()).collect();
    items.join("\n")
}

impl Bounds {
    /// Of a token that wants these.
    pub(super) fn of(conditions: &[Conditions]) -> Self {
        let Some((first, others)) = conditions.split_first() else {
            return Self::default();
        };
        let mut bounds = Self {
            addresses: match &first.addresses {
                Allowed::Unrestricted => String::new(),
                Allowed::Only(networks) => lines(networks),
            },
            hours: first.hours.typed(),
            others: others.to_vec(),
            kept: (0..others.len()).collect(),
            ..Self::default()
        };
        if let RefRules::Only {
            patterns,
            no_force,
            no_delete,
        } = &first.refs
        {
            (bounds.no_force, bounds.no_delete) = (*no_force, *no_delete);
            let names: Vec<&str> = patterns.iter().map(RefPattern::as_str).collect();
            // What a box says already need not be typed.
            let said = names == [RefPattern::EVERY] && (*no_force || *no_delete);
            bounds.refs = if said { String::new() } else { lines(names) };
        }
        bounds
    }

    /// Takes a field of the form, if it is one of these.
    pub(super) fn take(&mut self, name: &str, value: &str) {
        match name {
            "addresses" => value.clone_into(&mut self.addresses),
            "hours" => value.clone_into(&mut self.hours),
            "refs" => value.clone_into(&mut self.refs),
            "no_force" => self.no_force = value == "on",
            "no_delete" => self.no_delete = value == "on",
            OTHER => self.kept.extend(value.parse::<usize>()),
            _ => {}
        }
    }

    /// Takes over which sets there are beside the one that is typed: a form says only which of them stay.
    pub(super) fn beside(&mut self, now: &Self) {
        self.others.clone_from(&now.others);
    }

    /// The sets beside the one that is typed.
    pub(super) fn others(&self) -> Vec<Other> {
        let sets = self.others.iter().enumerate();
        sets.map(|(place, set)| Other {
            place,
            words: set.phrases().join(", "),
            kept: self.kept.contains(&place),
        })
        .collect()
    }

    /// Whether anything is filled in.
    pub(super) fn is_there(&self) -> bool {
        let typed = [&self.addresses, &self.hours, &self.refs];
        typed.iter().any(|text| !text.trim().is_empty())
            || self.no_force
            || self.no_delete
            || !self.others.is_empty()
    }

    /// All sets; or what of the typed one can't be read, each part at its field.
    ///
    /// SECURITY: where a part can't be read there is no set: without that part it would be looser than what was meant.
    pub(super) fn read(&self) -> Result<Vec<Conditions>, AppError> {
        let mut faults = Vec::new();
        let mut wrong = |field: &'static str, why: String| {
            faults.push(FieldFault {
                resource: "PersonalAccessToken",
                field: field.into(),
                code: "invalid",
                message: why,
            });
        };
        let addresses = Allowed::read(&self.addresses)
            .map_err(|word| wrong("addresses", no_network(word)))
            .unwrap_or_default();
        let hours = match self.hours.trim() {
            "" => Hours::Always,
            typed => Hours::read(typed)
                .map_err(|why| wrong("hours", why.to_owned()))
                .unwrap_or_default(),
        };
        let mut patterns = Vec::new();
        for word in self.refs.split_whitespace() {
            match RefPattern::try_from(word.to_owned()) {
                Ok(pattern) => patterns.push(pattern),
                Err(why) => {
                    let shown: String = jeton_domain::plain(word).chars().take(80).collect();
                    wrong("refs", format!("`{shown}` is none: {why}"));
                    break;
                }
            }
        }
        if patterns.is_empty() && (self.no_force || self.no_delete) {
            patterns.extend(RefPattern::parse(RefPattern::EVERY));
        }
        let refs = if patterns.is_empty() {
            RefRules::Unrestricted
        } else {
            RefRules::Only {
                patterns,
                no_force: self.no_force,
                no_delete: self.no_delete,
            }
        };
        if !faults.is_empty() {
            return Err(AppError::Invalid(faults));
        }
        let typed = Conditions {
            addresses,
            hours,
            refs,
        };
        let others = self.others.iter().enumerate();
        let kept = others
            .filter(|(place, _)| self.kept.contains(place))
            .map(|(_, set)| set.clone());
        Ok(std::iter::once(typed)
            .filter(|set| !set.is_none())
            .chain(kept)
            .collect())
    }

    /// What a change is made from.
    pub(super) fn values(&self) -> Values {
        let mut values = seen::values([
            ("Networks", self.addresses.clone()),
            ("Hours", self.hours.clone()),
            ("Branches and tags", self.refs.clone()),
        ]);
        let ticked = [
            ("No force pushes", self.no_force),
            ("No deletions", self.no_delete),
        ];
        let ticked = ticked.into_iter().filter(|(_, is)| *is);
        values.extend(ticked.map(|(title, _)| seen::chosen(title.to_owned())));
        let others = self.others().into_iter().filter(|other| other.kept);
        values.extend(others.map(|other| seen::chosen(format!("Condition “{}”", other.words))));
        values
    }
}

/// Where the form shows a fault that is found of a set: that of the typed one at its fields.
pub(super) fn at(field: &str) -> &str {
    match field {
        "conditions[0].addresses" => "addresses",
        "conditions[0].hours" => "hours",
        "conditions[0].refs" => "refs",
        other if other.starts_with("conditions") => "conditions",
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn typed(fields: &[(&str, &str)]) -> Bounds {
        let mut bounds = Bounds::default();
        for (name, value) in fields {
            bounds.take(name, value);
        }
        bounds
    }

    fn set(json: &serde_json::Value) -> Conditions {
        serde_json::from_value(json.clone()).unwrap()
    }

    #[test]
    fn a_set_comes_back_as_it_was_typed() {
        let bounds = typed(&[
            ("addresses", "10.0.0.0/8\r\n192.0.2.7"),
            ("hours", " Europe/Berlin mon-fri 08:00-18:00 "),
            ("refs", "refs/heads/bot/*"),
            ("no_force", "on"),
        ]);
        let read = bounds.read().unwrap();
        let wanted = serde_json::json!({
            "addresses": { "only": ["10.0.0.0/8", "192.0.2.7/32"] },
            "hours": { "within": { "zone": "Europe/Berlin", "from": 480, "to": 1080, "days": 31 } },
            "refs": { "only": { "patterns": ["refs/heads/bot/*"], "no_force": true, "no_delete": false } },
        });
        assert_eq!(read, [set(&wanted)]);
        assert_eq!(Bounds::of(&read).read().unwrap(), read);
    }

    #[test]
    fn boxes_alone_are_for_every_ref_and_nothing_typed_asks_for_nothing() {
        assert!(
            typed(&[("addresses", " \n"), ("hours", "")])
                .read()
                .unwrap()
                .is_empty()
        );
        let boxes = typed(&[("no_delete", "on")]).read().unwrap();
        let every = serde_json::json!({ "refs": { "only": {
            "patterns": ["refs/**"], "no_force": false, "no_delete": true,
        } } });
        assert_eq!(boxes, [set(&every)]);
        assert_eq!(Bounds::of(&boxes).refs, "");
        // Without a box it says that some refs are written alone, and has to be seen.
        let named = typed(&[("refs", "refs/**")]).read().unwrap();
        assert_eq!(Bounds::of(&named).read().unwrap(), named);
    }

    #[test]
    fn what_cannot_be_read_is_told_at_its_field_and_makes_no_looser_set() {
        let bounds = typed(&[
            ("addresses", "10.0.0.0/8 here"),
            ("hours", "office hours"),
            ("refs", "main"),
        ]);
        let Err(AppError::Invalid(faults)) = bounds.read() else {
            panic!("it can't be read");
        };
        let fields: Vec<&str> = faults.iter().map(|fault| fault.field.as_ref()).collect();
        assert_eq!(fields, ["addresses", "hours", "refs"]);
        assert!(faults[0].message.contains("`here`"), "{faults:?}");
    }

    #[test]
    fn sets_beside_it_stay_as_long_as_their_box_is_ticked() {
        let sets = [
            set(&serde_json::json!({ "addresses": { "only": ["10.0.0.0/8"] } })),
            set(&serde_json::json!({ "refs": { "only": {
                "patterns": ["refs/heads/a"], "no_force": false, "no_delete": false,
            } } })),
            set(&serde_json::json!({ "addresses": { "only": ["10.1.0.0/16"] } })),
        ];
        let now = Bounds::of(&sets);
        assert_eq!(now.read().unwrap(), sets);
        let mut sent = typed(&[("addresses", "10.0.0.0/8"), (OTHER, "1"), (OTHER, "7")]);
        sent.beside(&now);
        assert_eq!(sent.read().unwrap(), [sets[0].clone(), sets[2].clone()]);
        assert_ne!(sent.values(), now.values());
    }
}
