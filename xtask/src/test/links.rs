//! Links between the documents of the project lead somewhere; addresses of other sites are not asked.

use std::collections::BTreeSet;
use std::path::Path;

use super::tally::Tally;
use crate::error::Error;
use crate::process::root;
use crate::tree::Tree;

pub(super) fn run() -> Result<Tally, Error> {
    let tree = Tree::load()?;
    let mut tally = Tally::default();
    for (path, text) in tree.with_ending(".md") {
        let broken: Vec<String> = links(text)
            .into_iter()
            .filter_map(|link| trouble(&tree, path, &link, &|file| root().join(file).exists()))
            .chain(
                named(text)
                    .filter(|file| !root().join(file).exists())
                    .map(|file| format!("`{file}` is not there")),
            )
            .collect();
        for what in &broken {
            println!("failed: {path}: {what}");
        }
        tally += Tally::of(
            usize::from(broken.is_empty()),
            usize::from(!broken.is_empty()),
        );
    }
    Ok(tally)
}

/// The lines that are prose: without fenced code.
fn prose(text: &str) -> impl Iterator<Item = &str> {
    let mut fenced = false;
    text.lines().filter(move |line| {
        let fence = line.trim_start().starts_with("```");
        fenced ^= fence;
        !fenced && !fence
    })
}

/// The targets of `[text](target)`, outside code.
fn links(text: &str) -> Vec<String> {
    let mut found = Vec::new();
    for line in prose(text) {
        let outside: String = line.split('`').step_by(2).collect::<Vec<_>>().join("`");
        let mut rest = outside.as_str();
        while let Some((_, after)) = rest.split_once("](") {
            let Some((target, after)) = after.split_once(')') else {
                break;
            };
            let target = target.split_whitespace().next().unwrap_or_default();
            found.push(target.to_owned());
            rest = after;
        }
    }
    found
}

/// Folders whose files are named in back-ticks, from the root.
const FOLDERS: [&str; 5] = ["crates/", "docs/", "cases/", "xtask/", "bench/"];

/// The files that stand in back-ticks, outside fenced code.
fn named(text: &str) -> impl Iterator<Item = &str> {
    prose(text)
        .flat_map(|line| line.split('`').skip(1).step_by(2))
        .filter(|word| FOLDERS.iter().any(|folder| word.starts_with(folder)))
        // Patterns and commands.
        .filter(|word| {
            !word.contains(|c: char| c.is_whitespace() || "*{<…".contains(c))
                && !word.contains("NNNN")
        })
}

fn trouble(tree: &Tree, path: &str, link: &str, exists: &dyn Fn(&str) -> bool) -> Option<String> {
    if link.contains("://") || link.starts_with("mailto:") {
        return None;
    }
    let (file, anchor) = link.split_once('#').unwrap_or((link, ""));
    let file = if file.is_empty() {
        path.to_owned()
    } else {
        beside(path, file)?
    };
    let Some(text) = tree.files.get(&file) else {
        return (!exists(&file)).then(|| format!("`{link}` leads nowhere"));
    };
    let is_document = Path::new(&file).extension().is_some_and(|end| end == "md");
    if !anchor.is_empty() && is_document && !anchors(text).contains(anchor) {
        return Some(format!("`{link}`: no such heading"));
    }
    None
}

/// The path that a link in `path` means, from the root; one that leaves the project is given as it stands and not found.
fn beside(path: &str, link: &str) -> Option<String> {
    let mut parts: Vec<&str> = match link.strip_prefix('/') {
        Some(_) => Vec::new(),
        None => Path::new(path).parent()?.to_str()?.split('/').collect(),
    };
    for part in link.split('/') {
        match part {
            "" | "." => {}
            ".." => {
                if parts.pop().is_none() {
                    return Some(link.to_owned());
                }
            }
            name => parts.push(name),
        }
    }
    parts.retain(|part| !part.is_empty());
    Some(parts.join("/"))
}

/// The names under which headings can be reached.
fn anchors(text: &str) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    for line in prose(text).filter(|line| line.starts_with('#')) {
        let name: String = line
            .trim_start_matches('#')
            .trim()
            .to_lowercase()
            .chars()
            .filter(|c| c.is_alphanumeric() || matches!(c, ' ' | '-' | '_'))
            .map(|c| if c == ' ' { '-' } else { c })
            .collect();
        // A heading that comes again is numbered.
        let mut numbered = name.clone();
        let mut number = 0;
        while !found.insert(numbered) {
            number += 1;
            numbered = format!("{name}-{number}");
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn links_that_lead_nowhere_are_found() {
        let text = "See [a](guide/a.md), [b](guide/b.md \"title\") and [top](#the-top).\n\
            [out](https://example.org/x) `[no](code.md)` ![picture](p.png)\n\
            ```text\n[no](fence.md)\n```\n# The `top`!\n[bad](#bottom) [up](../x.md) [folder](guide)\n\
            [heading](guide/a.md#second-part-1) [wrong](guide/a.md#third)\n";
        let tree = Tree::of(&[
            ("docs/index.md", text),
            (
                "docs/guide/a.md",
                "# Second part\n\n## Second part\n[back](../index.md#the-top)\n",
            ),
        ]);
        let exists = |file: &str| file == "docs/guide" || file == "docs/p.png";
        let broken: Vec<String> = links(text)
            .into_iter()
            .filter(|link| trouble(&tree, "docs/index.md", link, &exists).is_some())
            .collect();
        assert_eq!(
            broken,
            ["guide/b.md", "#bottom", "../x.md", "guide/a.md#third"]
        );
        assert_eq!(
            trouble(&tree, "docs/guide/a.md", "../index.md#the-top", &exists),
            None
        );
        assert!(trouble(&tree, "README.md", "../../etc/passwd", &exists).is_some());
    }

    #[test]
    fn files_in_back_ticks_are_named() {
        let text = "`crates/a/src/b.rs` and `docs/x.md`, `http/c.rs`, `crates/*/src`, `bench/run it`\n\
                    ```text\n`docs/fence.md`\n```\n`cases/`\n";
        let found: Vec<&str> = named(text).collect();
        assert_eq!(found, ["crates/a/src/b.rs", "docs/x.md", "cases/"]);
    }
}
