//! The text of a statement: written in source, or built from pieces written in source.

use std::borrow::Cow;
use std::fmt::Write as _;

/// A statement with parameters `$1`, `$2`, …; the same number may appear twice.
///
/// SECURITY: there is no conversion from `&str` of another life than `'static`, so what a person typed can't become SQL by
/// accident. [`Sql::built`] exists only for lists of variable length and for filters put together from fixed pieces; values
/// always travel as arguments.
#[derive(Debug, Clone)]
pub struct Sql(Cow<'static, str>);

impl Sql {
    /// A statement put together at run time from pieces that are all written in source (see [`in_list`]).
    pub fn built(text: String) -> Self {
        Self(Cow::Owned(text))
    }

    pub(crate) fn text(&self) -> &str {
        &self.0
    }
}

impl From<&'static str> for Sql {
    fn from(text: &'static str) -> Self {
        Self(Cow::Borrowed(text))
    }
}

/// `$first, $first+1, …`: `count` parameters for `IN (…)`.
///
/// For `count` = 0 it is `NULL`, so that `x IN (NULL)` holds for nothing on both engines.
pub fn in_list(first: usize, count: usize) -> String {
    if count == 0 {
        return "NULL".to_owned();
    }
    let mut list = String::new();
    for index in 0..count {
        let separator = if index == 0 { "" } else { ", " };
        // Writing to a `String` can't fail.
        let _ = write!(list, "{separator}${}", first + index);
    }
    list
}

/// A pattern for what holds a text somewhere, to be used with `ESCAPE '!'`.
pub(crate) fn like(text: &str) -> String {
    let text = text.to_lowercase().replace('\0', "");
    let text = text
        .replace('!', "!!")
        .replace('%', "!%")
        .replace('_', "!_");
    format!("%{text}%")
}

#[cfg(test)]
mod tests {
    use super::in_list;

    #[test]
    fn lists_count_from_the_given_number() {
        assert_eq!(in_list(3, 3), "$3, $4, $5");
        assert_eq!(in_list(1, 1), "$1");
        assert_eq!(in_list(1, 0), "NULL");
    }
}
