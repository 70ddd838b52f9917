//! Licences and sources of the packages that we use.

use super::Violation;
use crate::graph::{Graph, Package};

/// Where packages may come from: the registry as cargo names it.
pub(crate) const REGISTRY: &str = "registry+https://github.com/rust-lang/crates.io-index";

/// Licences that ask for no more than notices. A new one is added after reading it.
const ALLOWED: [&str; 12] = [
    "MIT",
    "MIT-0",
    "Apache-2.0",
    "BSD-2-Clause",
    "BSD-3-Clause",
    "ISC",
    "Zlib",
    "0BSD",
    "Unicode-3.0",
    "CC0-1.0",
    "CDLA-Permissive-2.0",
    // Asks for the source of its own files where they are changed; we use them as they are (WebAuthn).
    "MPL-2.0",
];

pub(super) fn check(graph: &Graph) -> Vec<Violation> {
    let mut found = Vec::new();
    if graph.packages.is_empty() {
        found.push(Violation::new("cargo metadata", "names no package"));
    }
    for package in graph.packages.values() {
        let Some(source) = &package.source else {
            continue;
        };
        if source != REGISTRY {
            found.push(Violation::new(
                label(package),
                format!("comes from `{source}`"),
            ));
        }
        match package.licence.as_deref() {
            None => found.push(Violation::new(label(package), "names no licence")),
            Some(licence) if !allows(licence) => {
                found.push(Violation::new(
                    label(package),
                    format!("licence `{licence}`"),
                ));
            }
            Some(_) => {}
        }
    }
    found
}

fn label(package: &Package) -> String {
    format!("{} {}", package.name, package.version)
}

/// Whether an SPDX expression can be met with allowed licences; the old `MIT/Apache-2.0` means `OR`.
fn allows(expression: &str) -> bool {
    let spaced = expression
        .replace('/', " OR ")
        .replace('(', " ( ")
        .replace(')', " ) ");
    let words: Vec<&str> = spaced.split_whitespace().collect();
    let mut rest = words.as_slice();
    either(&mut rest) == Some(true) && rest.is_empty()
}

/// `a OR b`; `None` where the expression is not well formed.
fn either(rest: &mut &[&str]) -> Option<bool> {
    let mut met = both(rest)?;
    while take(rest, "OR") {
        met |= both(rest)?;
    }
    Some(met)
}

/// `a AND b` binds closer.
fn both(rest: &mut &[&str]) -> Option<bool> {
    let mut met = one(rest)?;
    while take(rest, "AND") {
        met &= one(rest)?;
    }
    Some(met)
}

fn one(rest: &mut &[&str]) -> Option<bool> {
    if take(rest, "(") {
        let met = either(rest)?;
        return take(rest, ")").then_some(met);
    }
    let (name, after) = rest.split_first()?;
    *rest = after;
    if take(rest, "WITH") {
        // An exception only gives more rights.
        let (_, after) = rest.split_first()?;
        *rest = after;
    }
    Some(ALLOWED.contains(name))
}

fn take(rest: &mut &[&str], word: &str) -> bool {
    match rest.split_first() {
        Some((first, after)) if *first == word => {
            *rest = after;
            true
        }
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn expressions_are_met_or_not() {
        for fine in [
            "MIT",
            "MIT/Apache-2.0",
            "GPL-3.0-only OR MIT",
            "(MIT OR Apache-2.0) AND Unicode-3.0",
            "Apache-2.0 WITH LLVM-exception OR GPL-2.0-only",
            "Apache-2.0 AND ISC",
        ] {
            assert!(allows(fine), "{fine}");
        }
        for refused in [
            "",
            "GPL-3.0-only",
            "MIT AND GPL-3.0-only",
            "(MIT OR ISC) AND SSPL-1.0",
            "MIT OR",
            "(MIT",
            "MIT)",
            "MIT Apache-2.0",
        ] {
            assert!(!allows(refused), "{refused}");
        }
    }

    #[test]
    fn a_foreign_licence_or_source_is_found() {
        let mut graph = Graph::of(&["jeton-app: +a, +b, +c"]);
        assert_eq!(check(&graph), []);
        graph.packages.get_mut("a").unwrap().licence = Some("AGPL-3.0-only".into());
        graph.packages.get_mut("b").unwrap().licence = None;
        graph.packages.get_mut("c").unwrap().source = Some("git+https://example.org/c".into());
        assert_eq!(check(&graph).len(), 3);
    }
}
