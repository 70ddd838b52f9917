//! Cases that people wrote: `cases/*.yaml`, a world in words, what must come out, and the sentence of the
//! rule. Each file is a list of flat mappings of text, the part of YAML that needs no reader's manual:
//!
//! ```yaml
//! - name: a pending token looks as if the repository did not exist
//!   rule: "…"
//!   standing: pending
//!   expect: deny standing_pending 404
//! ```
//!
//! What a case does not say is as in the plain world: a member's active fine-grained token fetches a private
//! repository of its organization, on Saturday at noon, and may.

use jeton_model::{Verdict, World};

use crate::case_words::{plain, set};

/// A case.
#[derive(Debug)]
pub struct Case {
    /// What it shows.
    pub name: String,
    /// The sentence of the rule.
    pub rule: String,
    /// The world.
    pub world: World,
    /// What must come out.
    pub expect: Verdict,
}

/// Reads the cases of one file; a fault names the line.
pub fn read(text: &str) -> Result<Vec<Case>, String> {
    let mut blocks: Vec<Vec<(usize, &str, &str)>> = Vec::new();
    for (number, line) in text.lines().enumerate() {
        let trimmed = line.trim();
        if trimmed.is_empty() || trimmed.starts_with('#') {
            continue;
        }
        let (begins, pair) = match line.strip_prefix("- ").or_else(|| line.strip_prefix("  ")) {
            Some(pair) => (line.starts_with("- "), pair),
            None => {
                return Err(format!(
                    "line {}: neither `- ` nor two spaces begin it",
                    number + 1
                ));
            }
        };
        let Some((key, value)) = pair.split_once(':') else {
            return Err(format!("line {}: no `:`", number + 1));
        };
        if begins {
            blocks.push(Vec::new());
        }
        let Some(block) = blocks.last_mut() else {
            return Err(format!("line {}: before the first case", number + 1));
        };
        block.push((number + 1, key.trim(), value.trim().trim_matches('"')));
    }
    blocks.iter().map(|block| case(block)).collect()
}

fn case(block: &[(usize, &str, &str)]) -> Result<Case, String> {
    let mut case = Case {
        name: String::new(),
        rule: String::new(),
        world: plain()?,
        expect: Verdict::Allow {
            anonymous_view: false,
        },
    };
    let mut expected = false;
    for (number, key, value) in block {
        let set = match *key {
            "name" => {
                (*value).clone_into(&mut case.name);
                Some(())
            }
            "rule" => {
                (*value).clone_into(&mut case.rule);
                Some(())
            }
            "expect" => {
                expected = true;
                verdict(value).map(|verdict| case.expect = verdict)
            }
            _ => set(&mut case.world, key, value),
        };
        set.ok_or_else(|| format!("line {number}: `{key}: {value}` says nothing here"))?;
    }
    if case.name.is_empty() || case.rule.is_empty() || !expected {
        return Err(format!(
            "`{}`: a case has `name`, `rule` and `expect`",
            case.name
        ));
    }
    Ok(case)
}

fn verdict(value: &str) -> Option<Verdict> {
    match value.split(' ').collect::<Vec<_>>().as_slice() {
        ["allow"] => Some(Verdict::Allow {
            anonymous_view: false,
        }),
        ["allow", "as", "anybody"] => Some(Verdict::Allow {
            anonymous_view: true,
        }),
        ["deny", code, status] => {
            let known = jeton_decide::Reason::CODES
                .iter()
                .find(|(known, _)| known == code)?;
            Some(Verdict::Deny {
                code: known.0,
                status: status.parse().ok()?,
            })
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_case_can_not_say_is_refused_with_its_line() {
        let fault = |text: &str| read(text).unwrap_err();
        assert!(
            fault("- name: a\n  rule: b\n  standing: lost\n  expect: allow\n")
                .starts_with("line 3")
        );
        assert!(fault("- name: a\n  rule: b\n  expect: deny nonsense 404\n").starts_with("line 3"));
        assert!(fault("- name: a\n  expect: allow\n").contains("`rule`"));
        assert_eq!(read("# nothing\n").unwrap().len(), 0);
    }
}
