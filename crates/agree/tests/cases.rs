//! The cases that people wrote, asked of both deciders.

use std::path::Path;

use jeton_agree::cases;
use jeton_agree::compare::{Answers, compare};

#[test]
fn both_deciders_say_what_the_cases_say() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../cases");
    let (mut count, mut wrong) = (0, Vec::new());
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_none_or(|ending| ending != "yaml") {
            continue;
        }
        let file = path.file_name().unwrap().to_string_lossy().into_owned();
        let read = cases::read(&std::fs::read_to_string(&path).unwrap())
            .unwrap_or_else(|fault| panic!("{file}: {fault}"));
        for case in read {
            count += 1;
            let naive = jeton_model::decide(&case.world);
            if naive != case.expect {
                wrong.push(format!(
                    "{file}: {}: the naive decider says {naive:?}",
                    case.name
                ));
            }
            match compare(&case.world) {
                // Where a reading is open the shipped decision is known to differ.
                Answers::Agree(_) | Answers::Open(_) => {}
                Answers::Differ(text) => wrong.push(format!("{file}: {}: {text}", case.name)),
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(count >= 100, "only {count} cases were found");
}
