//! Makes one copy of the decision for each fault, as modules of one file, so that all are compiled at once.

#![expect(
    clippy::disallowed_methods,
    reason = "a build script is told its folders by variables"
)]

use std::error::Error;
use std::fmt::Write as _;
use std::ops::Range;
use std::path::Path;

#[allow(
    dead_code,
    unreachable_pub,
    reason = "the tests read the rest of the table"
)]
mod faults {
    include!("faults.rs");
}

/// Files that are copied; facts and reasons are only words and stay the real ones, so that every copy
/// takes the same facts.
const COPIED: [&str; 6] = [
    "decision.rs",
    "list.rs",
    "permit.rs",
    "steps.rs",
    "thing.rs",
    "view.rs",
];

fn main() -> Result<(), Box<dyn Error>> {
    let decide = Path::new(env!("CARGO_MANIFEST_DIR")).join("../decide/src");
    println!("cargo::rerun-if-changed=faults.rs");
    println!("cargo::rerun-if-changed=build.rs");
    println!("cargo::rerun-if-changed={}", decide.display());
    let sources: Vec<(&str, String)> = COPIED
        .into_iter()
        .map(|file| std::fs::read_to_string(decide.join(file)).map(|text| (file, text)))
        .collect::<Result<_, _>>()?;
    let mut all = String::new();
    // Number 0 is a copy without any fault: it must never be caught.
    writeln!(all, "{}", copy(0, &sources, None)?)?;
    for (at, fault) in faults::FAULTS.iter().enumerate() {
        writeln!(all, "{}", copy(at + 1, &sources, Some(fault))?)?;
    }
    writeln!(
        all,
        "/// The faulty deciders, in the order of the table; the first has no fault."
    )?;
    writeln!(all, "pub static COPIES: &[crate::Decider] = &[")?;
    for number in 0..=faults::FAULTS.len() {
        writeln!(all, "    copy_{number:02}::DECIDER,")?;
    }
    writeln!(all, "];")?;
    std::fs::write(Path::new(&std::env::var("OUT_DIR")?).join("copies.rs"), all)?;
    Ok(())
}

fn copy(
    number: usize,
    sources: &[(&str, String)],
    fault: Option<&faults::Fault>,
) -> Result<String, Box<dyn Error>> {
    let mut module = format!("mod copy_{number:02} {{\n");
    let mut planted = fault.is_none();
    for (file, text) in sources {
        let mut text = text
            .split("#[cfg(test)]\nmod tests")
            .next()
            .unwrap_or_default()
            .to_owned();
        if let Some(fault) = fault.filter(|fault| fault.file == *file) {
            let places = places(&text, fault.before);
            let [place] = places.as_slice() else {
                return Err(format!(
                    "fault `{}`: its text stands {} times in `{file}`, not once:\n{}",
                    fault.says,
                    places.len(),
                    fault.before
                )
                .into());
            };
            text.replace_range(place.clone(), fault.after);
            planted = true;
        }
        let text = text
            .replace("crate::facts::", "jeton_decide::")
            .replace("crate::reason::", "jeton_decide::")
            .replace("crate::", "super::");
        let name = file.trim_end_matches(".rs");
        writeln!(module, "pub(crate) mod {name} {{\n{text}\n}}")?;
    }
    if !planted {
        return Err(format!(
            "fault `{}` names a file that is not copied",
            fault.map_or("", |fault| fault.says)
        )
        .into());
    }
    module.push_str("asked!();\n}\n");
    Ok(module)
}

/// Where `wanted` stands in `text`, whatever the spaces and line ends between: the formatter moves them.
fn places(text: &str, wanted: &str) -> Vec<Range<usize>> {
    let wanted: Vec<char> = wanted.chars().filter(|c| !c.is_whitespace()).collect();
    let dense: Vec<(usize, char)> = text
        .char_indices()
        .filter(|(_, c)| !c.is_whitespace())
        .collect();
    dense
        .windows(wanted.len().max(1))
        .filter(|window| window.iter().map(|(_, c)| c).eq(&wanted))
        .filter_map(|window| match (window.first(), window.last()) {
            (Some((from, _)), Some((last, c))) => Some(*from..last + c.len_utf8()),
            _ => None,
        })
        .collect()
}
