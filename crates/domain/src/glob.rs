//! Wild cards in patterns that name things.

/// Where a run ends in a path.
pub(crate) const PATH: &[u8] = b"/";

/// Where a run ends in a claim: many subjects are parts between colons, with paths in them.
pub(crate) const CLAIM: &[u8] = b"/:";

/// Whether a pattern names a text: `*` stands for any run in which no byte of `ends` stands, `**` for any run. Only the latest `*` and the latest `**` are ever lengthened: whatever an earlier one
/// could take besides, the later one takes as well.
///
/// SECURITY: so it takes at most the square of the text's length in steps; one that tried every
/// wild card again would take that to the power of their number, and pushes name the text.
pub(crate) fn matches(mut pattern: &[u8], mut text: &[u8], ends: &[u8]) -> bool {
    // For each kind of wild card: what follows it in the pattern, and the text that it has not taken.
    let mut run: Option<(&[u8], &[u8])> = None;
    let mut deep: Option<(&[u8], &[u8])> = None;
    while let [head, tail @ ..] = text {
        match pattern {
            [b'*', b'*', rest @ ..] => {
                (run, deep) = (None, Some((rest, text)));
                pattern = rest;
                continue;
            }
            [b'*', rest @ ..] => {
                run = Some((rest, text));
                pattern = rest;
                continue;
            }
            [first, rest @ ..] if first == head => {
                (pattern, text) = (rest, tail);
                continue;
            }
            _ => {}
        }
        (pattern, text) = match (run, deep) {
            (Some((rest, [taken, left @ ..])), _) if !ends.contains(taken) => {
                run = Some((rest, left));
                (rest, left)
            }
            (_, Some((rest, [_, left @ ..]))) => {
                (run, deep) = (None, Some((rest, left)));
                (rest, left)
            }
            _ => return false,
        };
    }
    pattern.iter().all(|wild| *wild == b'*')
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Says the meaning, and takes for ever.
    fn meant(pattern: &[u8], text: &[u8], ends: &[u8]) -> bool {
        match pattern {
            [] => text.is_empty(),
            [b'*', b'*', rest @ ..] => (0..=text.len()).any(|n| meant(rest, &text[n..], ends)),
            [b'*', rest @ ..] => {
                let run = text
                    .iter()
                    .position(|b| ends.contains(b))
                    .unwrap_or(text.len());
                (0..=run).any(|n| meant(rest, &text[n..], ends))
            }
            [first, rest @ ..] => text
                .split_first()
                .is_some_and(|(head, tail)| head == first && meant(rest, tail, ends)),
        }
    }

    fn words(letters: &[u8], longest: usize) -> Vec<Vec<u8>> {
        let mut words = vec![Vec::new()];
        let mut last = words.clone();
        for _ in 0..longest {
            last = last
                .iter()
                .flat_map(|word| letters.iter().map(|letter| [word, &[*letter][..]].concat()))
                .collect();
            words.extend(last.iter().cloned());
        }
        words
    }

    #[test]
    fn every_short_pattern_names_what_it_means() {
        let texts = words(b"a:/", 5);
        for pattern in words(b"a/*", 6) {
            for (text, ends) in texts.iter().flat_map(|text| [(text, PATH), (text, CLAIM)]) {
                assert_eq!(
                    matches(&pattern, text, ends),
                    meant(&pattern, text, ends),
                    "{} on {}",
                    pattern.escape_ascii(),
                    text.escape_ascii()
                );
            }
        }
    }
}
