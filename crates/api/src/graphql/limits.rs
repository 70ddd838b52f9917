//! How much one document may ask.

use std::collections::BTreeMap;

use async_graphql::parser::parse_query;
use async_graphql::parser::types::{ExecutableDocument, Selection, SelectionSet};

/// Fields inside of each other; what asks for the schema itself goes fifteen deep.
pub(super) const DEPTH: usize = 20;
/// Directives at one field.
pub(super) const DIRECTIVES: usize = 8;
/// What one document may cost.
pub(super) const COST: usize = 15_000;
/// What it costs to look something up, beside one for each item that comes.
pub(super) const LOOK: usize = 20;
/// What a change costs.
pub(super) const CHANGE: usize = 3_000;
/// So many files that are counted cost one.
pub(super) const FILES_FOR_ONE: usize = 20;
/// Items that a list gives when nothing is said, and at most.
pub(super) const ITEMS: i32 = 30;
pub(super) const MOST_ITEMS: i32 = 100;

/// Bytes of a document.
const LONGEST: usize = 32 << 10;
/// Brackets that a document opens.
const BRACKETS: usize = 500;
/// Fields, with those of fragments counted wherever they are spread.
const FIELDS: usize = 2_000;

/// Reads a document before anything is looked up, or says why it is none that is answered.
///
/// SECURITY: the parser calls itself for each bracket inside of another, and what walks a document walks a fragment again
/// at each place where it is spread. Both are bounded here, by counts that no way of writing gets around.
pub(super) fn read(query: &str) -> Result<ExecutableDocument, String> {
    if query.len() > LONGEST {
        return Err(format!("A document may have {LONGEST} bytes."));
    }
    let opened = query
        .bytes()
        .filter(|byte| matches!(byte, b'{' | b'[' | b'('));
    if opened.count() > BRACKETS {
        return Err(format!("A document may open {BRACKETS} brackets."));
    }
    let document = parse_query(query).map_err(|error| {
        // What the library says repeats the line, however long it is.
        let place = error.positions().next().unwrap_or_default();
        format!(
            "Parse error on line {}, column {}.",
            place.line, place.column
        )
    })?;
    let mut spread = Spread {
        document: &document,
        known: BTreeMap::new(),
    };
    let operations = document.operations.iter();
    let fields = operations.fold(0_usize, |sum, (_, operation)| {
        sum.saturating_add(spread.fields(&operation.node.selection_set.node))
    });
    if fields > FIELDS {
        return Err(format!("A document may ask for {FIELDS} fields."));
    }
    Ok(document)
}

/// Counts fields where they are asked for.
struct Spread<'a> {
    document: &'a ExecutableDocument,
    /// Of each fragment; while it is counted, more than may be asked for, so that one inside of itself is refused.
    known: BTreeMap<&'a str, usize>,
}

impl<'a> Spread<'a> {
    fn fields(&mut self, set: &'a SelectionSet) -> usize {
        set.items.iter().fold(0, |sum: usize, item| {
            sum.saturating_add(match &item.node {
                Selection::Field(field) => {
                    1_usize.saturating_add(self.fields(&field.node.selection_set.node))
                }
                Selection::InlineFragment(inline) => self.fields(&inline.node.selection_set.node),
                Selection::FragmentSpread(spread) => self.fragment(&spread.node.fragment_name.node),
            })
        })
    }

    fn fragment(&mut self, name: &'a str) -> usize {
        if let Some(count) = self.known.get(name) {
            return *count;
        }
        let found = self.document.fragments.iter();
        let Some((_, fragment)) = found.into_iter().find(|(known, _)| known.as_str() == name)
        else {
            return 0;
        };
        self.known.insert(name, FIELDS + 1);
        // An empty one is walked all the same.
        let count = self
            .fields(&fragment.node.selection_set.node)
            .saturating_add(1);
        self.known.insert(name, count);
        count
    }
}

/// How many items of a list to give: the first of them, or an error where more are asked for than come at once.
pub(super) fn items(first: Option<i32>) -> async_graphql::Result<u32> {
    let first = first.unwrap_or(ITEMS);
    match u32::try_from(first) {
        Ok(count) if first <= MOST_ITEMS => Ok(count),
        _ => Err(super::typed(
            "EXCESSIVE_PAGINATION",
            format!("`first` is from 0 to {MOST_ITEMS}."),
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn documents_that_ask_too_much_are_not_read() {
        assert!(read("{ viewer { login } }").is_ok());
        let nested = |open: &str, close: &str| {
            let (open, close) = (open.repeat(499), close.repeat(499));
            read(&format!("{{ a(b: {open}1{close}) }}"))
        };
        // As deep as may be is no danger to the stack.
        std::thread::Builder::new()
            .stack_size(2 << 20)
            .spawn(move || {
                let _ = nested("[", "]");
                let _ = nested("{a:", "}");
                let _ = read(&format!("{}a{}", "{a".repeat(500), "}".repeat(500)));
            })
            .unwrap()
            .join()
            .unwrap();
        for (query, why) in [
            ("{".repeat(501), "brackets"),
            (format!("{{ a(b: {}", "[".repeat(30_000)), "brackets"),
            (format!("{{ a(b: \"{}\") }}", "(".repeat(501)), "brackets"),
            (format!("{{ {} }}", "a ".repeat(2_001)), "fields"),
            (" ".repeat(LONGEST + 1), "bytes"),
            ("{ a".to_owned(), "Parse error"),
            (String::new(), "Parse error"),
            ("\0".to_owned(), "Parse error"),
        ] {
            let said = read(&query).unwrap_err();
            assert!(said.contains(why), "{said}");
        }
    }

    #[test]
    fn fragments_count_wherever_they_are_spread() {
        let mut query = "query { ...f0 } fragment f20 on Query { a }".to_owned();
        for each in 0..20 {
            let next = each + 1;
            query = format!("{query} fragment f{each} on Query {{ ...f{next} ...f{next} }}");
        }
        assert!(read(&query).unwrap_err().contains("fields"));
        let itself = "query { ...f } fragment f on Query { a { ...f } }";
        assert!(read(itself).unwrap_err().contains("fields"));
        assert!(read("query { ...f } fragment f on Query { a { b } }").is_ok());
        assert!(
            read("query { ...nothing }").is_ok(),
            "said by who knows the schema"
        );
    }

    #[test]
    fn a_list_gives_at_most_a_hundred() {
        assert_eq!(items(None).unwrap(), 30);
        assert_eq!(items(Some(0)).unwrap(), 0);
        assert_eq!(items(Some(100)).unwrap(), 100);
        for first in [-1, 101, i32::MAX, i32::MIN] {
            assert!(items(Some(first)).is_err(), "{first}");
        }
    }
}
