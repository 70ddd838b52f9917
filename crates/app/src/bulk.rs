//! Many things by their numbers in one request: all of them or none.

use std::collections::BTreeSet;

/// Each of them once, in the order given: a number that stands twice is meant once.
pub(crate) fn once<T: Copy + Ord>(ids: &[T]) -> Vec<T> {
    let mut seen = BTreeSet::new();
    ids.iter().copied().filter(|id| seen.insert(*id)).collect()
}

/// Numbers as a sentence names them: `7`, `7 and 9`, `7, 9 and 12`.
pub(crate) fn listed(numbers: &[i64]) -> String {
    let words: Vec<String> = numbers.iter().map(ToString::to_string).collect();
    match words.split_last() {
        Some((last, [])) => last.clone(),
        Some((last, rest)) => format!("{} and {last}", rest.join(", ")),
        None => String::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_stands_twice_is_meant_once_and_numbers_are_named_in_order() {
        assert_eq!(once(&[3, 1, 3, 2, 1]), [3, 1, 2]);
        assert_eq!(listed(&[7]), "7");
        assert_eq!(listed(&[7, 9]), "7 and 9");
        assert_eq!(listed(&[7, 9, 12]), "7, 9 and 12");
    }
}
