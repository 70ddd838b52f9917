//! What is wrong with a form, beside its fields.

use jeton_app::AppError;

use crate::words::quoted;

/// What is wrong with a form, by field.
#[derive(Clone, Debug, Default)]
pub(crate) struct Faults(Vec<(String, String)>);

impl Faults {
    /// The faults of fields that an error tells; any other error goes on to its own page.
    pub(crate) fn of(error: AppError) -> Result<Self, AppError> {
        match error {
            AppError::Invalid(faults) => Ok(Self(
                faults
                    .into_iter()
                    .map(|fault| {
                        let message = sentence(&fault.field, &fault.message);
                        (fault.field.to_string(), message)
                    })
                    .collect(),
            )),
            other => Err(other),
        }
    }

    /// One fault of one field.
    pub(crate) fn one(field: &str, message: impl Into<String>) -> Self {
        Self(vec![(field.to_owned(), quoted(&message.into()))])
    }

    /// The same, with another one.
    pub(crate) fn and(mut self, field: &str, message: impl Into<String>) -> Self {
        self.0.extend(Self::one(field, message).0);
        self
    }

    /// The same, with what is wrong with a field in the page's own words, if anything is.
    pub(crate) fn say(mut self, field: &str, message: &str) -> Self {
        for (name, said) in &mut self.0 {
            if name == field {
                message.clone_into(said);
            }
        }
        self
    }

    /// The same, each at the field that the page shows it at.
    pub(crate) fn moved(mut self, to: impl Fn(&str) -> &str) -> Self {
        for (field, _) in &mut self.0 {
            *field = to(field).to_owned();
        }
        self
    }

    /// Nothing is wrong.
    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// What is wrong with a field; empty, if nothing is.
    pub(crate) fn at(&self, field: &str) -> &str {
        self.0
            .iter()
            .find(|(name, _)| name == field)
            .map_or("", |(_, message)| message)
    }

    /// What is wrong with when something ends, in whichever way it was said.
    pub(crate) fn at_expiry(&self) -> &str {
        match self.at("expires_in") {
            "" => self.at("expires_at"),
            fault => fault,
        }
    }

    /// All faults, in the order of the fields.
    pub(crate) fn all(&self) -> &[(String, String)] {
        &self.0
    }

    /// Only what is wrong with fields that were filled in: a form that is not yet finished is not scolded for it.
    pub(crate) fn only(mut self, shown: impl Fn(&str) -> bool) -> Self {
        self.0.retain(|(field, _)| shown(field));
        self
    }
}

/// Beside its field a fault needs not name it: "`name` must not be empty" → "Must not be empty."
fn sentence(field: &str, message: &str) -> String {
    let named = format!("`{field}` ");
    let bare = message.strip_prefix(&named).unwrap_or(message);
    let mut characters = bare.chars();
    let Some(first) = characters.next() else {
        return String::new();
    };
    let dot = if bare.ends_with(['.', '!', '?']) {
        ""
    } else {
        "."
    };
    quoted(&format!(
        "{}{}{dot}",
        first.to_uppercase(),
        characters.as_str()
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fault_reads_as_a_sentence_beside_its_field() {
        assert_eq!(sentence("name", "`name` is taken"), "Is taken.");
        assert_eq!(sentence("name", "you have 500."), "You have 500.");
        let told = sentence("repositories", "`acme/lab` does not exist");
        assert_eq!(told, "“acme/lab” does not exist.");
    }
}
