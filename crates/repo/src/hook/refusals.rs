//! What is said of the references of a push that are refused one by one.

/// The most names that one reason is put before.
const MOST_NAMES: usize = 5;

/// The most reasons that are said: many hold the name they concern.
const MOST_REASONS: usize = 100;

/// Reasons, each once, with what it concerns.
#[derive(Debug, Default)]
pub(super) struct Refusals {
    reasons: Vec<Reason>,
    refused: usize,
}

#[derive(Debug)]
struct Reason {
    text: String,
    /// The first of them.
    names: Vec<String>,
    more: usize,
}

impl Refusals {
    pub(super) fn add(&mut self, name: &str, text: String) {
        self.refused += 1;
        match self.reasons.iter_mut().find(|reason| reason.text == text) {
            Some(known) if known.names.len() < MOST_NAMES => known.names.push(name.to_owned()),
            Some(known) => known.more += 1,
            None => self.reasons.push(Reason {
                text,
                names: vec![name.to_owned()],
                more: 0,
            }),
        }
    }

    /// How many references were refused.
    pub(super) fn number(&self) -> usize {
        self.refused
    }

    /// The lines for the pusher: where there are several, each reason after what it concerns.
    pub(super) fn text(&self) -> String {
        if let ([reason], 1) = (self.reasons.as_slice(), self.refused) {
            return reason.text.clone();
        }
        let mut lines = Vec::new();
        for reason in self.reasons.iter().take(MOST_REASONS) {
            let names = reason.names.join(", ");
            lines.push(match reason.more {
                0 => format!("{names}:"),
                more => format!("{names} and {more} more:"),
            });
            lines.push(reason.text.clone());
        }
        let unsaid = self.reasons.len().saturating_sub(MOST_REASONS);
        if unsaid > 0 {
            lines.push(format!("and {unsaid} more reasons for further refs"));
        }
        lines.join("\n")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_reason_is_said_once() {
        let mut refusals = Refusals::default();
        refusals.add("refs/heads/a", "closed".into());
        assert_eq!(refusals.text(), "closed");
        for n in 0..7 {
            refusals.add(&format!("refs/heads/b{n}"), "closed".into());
        }
        refusals.add("refs/jeton/x", "kept".into());
        assert_eq!(refusals.number(), 9);
        assert_eq!(
            refusals.text(),
            "refs/heads/a, refs/heads/b0, refs/heads/b1, refs/heads/b2, refs/heads/b3 and 3 more:\n\
             closed\nrefs/jeton/x:\nkept"
        );
        for n in 0..200 {
            refusals.add("refs/x/y", format!("reason {n}"));
        }
        assert!(
            refusals
                .text()
                .ends_with("\nand 102 more reasons for further refs")
        );
    }
}
