//! Values that nobody shall read, taken out of a stream of bytes: `***` stands in their place.
//!
//! The streams stay streams: what can't be the beginning of a value goes on at once, and no more is held back than the
//! longest value. An automaton of Aho and Corasick finds all values in one pass; a library's tells where values are,
//! not how much of the end could still become one, which is what a stream has to know.

mod forms;

use std::collections::{BTreeSet, VecDeque};

pub(crate) use forms::{LEAST, is_masked};

use crate::error::ClientError;

/// What stands in the place of a value.
const MASK: &[u8] = b"***";
/// The most that all forms of all values may come to, in bytes; the automaton takes 24 times that.
const MOST: usize = 32 << 20;
/// The state in which nothing has begun. It is nobody's child, so as a child or sibling it means none.
const ROOT: usize = 0;

/// A beginning that values share.
#[derive(Clone, Copy, Default)]
struct Node {
    byte: u8,
    /// The first of those that are one byte longer; they hang together by `sibling`.
    child: u32,
    sibling: u32,
    /// The longest shorter end of this that is a beginning too.
    fall: u32,
    /// Its length.
    depth: u32,
    /// The longest value that ends here; 0, where none does.
    ends: u32,
}

/// All values, in the forms in which they are looked for.
pub(crate) struct Values {
    nodes: Vec<Node>,
    /// The children of the root, by byte.
    first: Vec<u32>,
}

impl Values {
    /// Those that are long enough. INVARIANT: a node's children are longer than it, so that the widths fit: there are at
    /// most [`MOST`] nodes.
    pub(crate) fn of<'a>(values: impl IntoIterator<Item = &'a str>) -> Result<Self, ClientError> {
        let forms: BTreeSet<Vec<u8>> = values.into_iter().flat_map(forms::of).collect();
        if forms.iter().map(Vec::len).sum::<usize>() > MOST {
            return Err(ClientError::other(
                "the secrets are too large to be masked in what the command says",
            ));
        }
        let mut made = Self {
            nodes: vec![Node::default()],
            first: vec![0; 256],
        };
        for form in &forms {
            made.add(form);
        }
        made.link();
        Ok(made)
    }

    fn node(&self, at: usize) -> Node {
        self.nodes.get(at).copied().unwrap_or_default()
    }

    fn child(&self, of: usize, byte: u8) -> usize {
        if of == ROOT {
            return wide(self.first.get(usize::from(byte)).copied());
        }
        let mut at = wide(Some(self.node(of).child));
        while at != ROOT && self.node(at).byte != byte {
            at = wide(Some(self.node(at).sibling));
        }
        at
    }

    fn add(&mut self, form: &[u8]) {
        let mut at = ROOT;
        for &byte in form {
            let mut next = self.child(at, byte);
            if next == ROOT {
                next = self.nodes.len();
                let above = self.node(at);
                self.nodes.push(Node {
                    byte,
                    sibling: above.child,
                    depth: above.depth.saturating_add(1),
                    ..Node::default()
                });
                if let Some(above) = self.nodes.get_mut(at) {
                    above.child = narrow(next);
                }
                if at == ROOT
                    && let Some(place) = self.first.get_mut(usize::from(byte))
                {
                    *place = narrow(next);
                }
            }
            at = next;
        }
        if let Some(last) = self.nodes.get_mut(at) {
            last.ends = last.depth;
        }
    }

    /// Shorter ones first: a fall leads to one that is shorter.
    fn link(&mut self) {
        let mut waiting = VecDeque::from([ROOT]);
        while let Some(above) = waiting.pop_front() {
            let mut at = wide(Some(self.node(above).child));
            while at != ROOT {
                let node = self.node(at);
                let fall = match above {
                    ROOT => ROOT,
                    above => self.next(wide(Some(self.node(above).fall)), node.byte),
                };
                let ends = node.ends.max(self.node(fall).ends);
                if let Some(node) = self.nodes.get_mut(at) {
                    node.fall = narrow(fall);
                    node.ends = ends;
                }
                waiting.push_back(at);
                at = wide(Some(node.sibling));
            }
        }
    }

    /// The longest end of what was read that is a beginning.
    fn next(&self, mut at: usize, byte: u8) -> usize {
        loop {
            match self.child(at, byte) {
                ROOT if at == ROOT => return ROOT,
                ROOT => at = wide(Some(self.node(at).fall)),
                found => return found,
            }
        }
    }
}

fn wide(at: Option<u32>) -> usize {
    at.and_then(|at| usize::try_from(at).ok()).unwrap_or(ROOT)
}

fn narrow(at: usize) -> u32 {
    u32::try_from(at).unwrap_or(0)
}

/// One stream on its way through.
pub(crate) struct Mask<'a> {
    values: &'a Values,
    state: usize,
    /// What may still become part of a value, and where it begins and ends in the stream.
    held: VecDeque<u8>,
    from: u64,
    to: u64,
    /// What belongs to values: from, to; in order, apart from each other.
    covered: VecDeque<(u64, u64)>,
    /// The last byte that went out was of a value.
    inside: bool,
}

impl<'a> Mask<'a> {
    pub(crate) fn new(values: &'a Values) -> Self {
        Self {
            values,
            state: ROOT,
            held: VecDeque::new(),
            from: 0,
            to: 0,
            covered: VecDeque::new(),
            inside: false,
        }
    }

    /// Takes what came, and puts to `out` what can go on.
    pub(crate) fn take(&mut self, bytes: &[u8], out: &mut Vec<u8>) {
        for &byte in bytes {
            self.state = self.values.next(self.state, byte);
            self.held.push_back(byte);
            self.to = self.to.saturating_add(1);
            let ends = self.values.node(self.state).ends;
            if ends > 0 {
                self.cover(self.to.saturating_sub(u64::from(ends)));
            }
        }
        let open = u64::from(self.values.node(self.state).depth);
        self.let_go(self.to.saturating_sub(open), out);
    }

    /// The stream is over: what is left is no value any more.
    pub(crate) fn end(&mut self, out: &mut Vec<u8>) {
        self.let_go(self.to, out);
        self.state = ROOT;
    }

    /// From there to here lies a value.
    fn cover(&mut self, mut from: u64) {
        while let Some(&(earlier, end)) = self.covered.back() {
            if end < from {
                break;
            }
            from = from.min(earlier);
            self.covered.pop_back();
        }
        self.covered.push_back((from, self.to));
    }

    fn let_go(&mut self, until: u64, out: &mut Vec<u8>) {
        while self.from < until {
            let Some(byte) = self.held.pop_front() else {
                return;
            };
            while self
                .covered
                .front()
                .is_some_and(|&(_, end)| end <= self.from)
            {
                self.covered.pop_front();
            }
            let value = self.covered.front();
            let value = value.is_some_and(|&(begin, _)| begin <= self.from);
            if !value {
                out.push(byte);
            } else if !self.inside {
                out.extend_from_slice(MASK);
            }
            self.inside = value;
            self.from = self.from.saturating_add(1);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// What comes out where the stream arrives in these pieces.
    fn masked(values: &Values, pieces: &[&[u8]]) -> Vec<u8> {
        let (mut mask, mut out) = (Mask::new(values), Vec::new());
        for piece in pieces {
            mask.take(piece, &mut out);
        }
        mask.end(&mut out);
        out
    }

    /// The slow way: every byte that any form covers, wherever it stands.
    fn slowly(values: &[String], text: &[u8]) -> Vec<u8> {
        let mut covered = vec![false; text.len()];
        for form in values.iter().flat_map(|value| forms::of(value)) {
            for at in 0..text.len() {
                if text[at..].starts_with(&form) {
                    covered[at..at + form.len()].fill(true);
                }
            }
        }
        let mut out = Vec::new();
        for (at, &byte) in text.iter().enumerate() {
            if !covered[at] {
                out.push(byte);
            } else if at == 0 || !covered[at - 1] {
                out.extend_from_slice(MASK);
            }
        }
        out
    }

    #[test]
    fn a_value_is_masked_wherever_it_is_cut() {
        let values = Values::of(["jts_secret", "secretly", "two\nlines of it"]).unwrap();
        let text =
            b"a jts_secretly b jts_secre c \xff\xfe jts_jts_secret lines of it: two\nlines of it";
        let whole = b"a *** b jts_secre c \xff\xfe jts_*** ***: ***";
        for first in 0..=text.len() {
            for second in first..=text.len() {
                let pieces = [&text[..first], &text[first..second], &text[second..]];
                assert_eq!(masked(&values, &pieces), whole, "{first} {second}");
            }
        }
        let bytes: Vec<&[u8]> = text.chunks(1).collect();
        assert_eq!(masked(&values, &bytes), whole);
    }

    #[test]
    fn what_can_be_no_beginning_goes_on_at_once() {
        let values = Values::of(["abcdef"]).unwrap();
        let (mut mask, mut out) = (Mask::new(&values), Vec::new());
        mask.take(b"Name? ", &mut out);
        assert_eq!(out, b"Name? ");
        mask.take(b"xabc", &mut out);
        assert_eq!(out, b"Name? x", "three bytes may become a value");
        mask.take(b"d!", &mut out);
        assert_eq!(out, b"Name? xabcd!");
        mask.take(b"abc", &mut out);
        mask.end(&mut out);
        assert_eq!(out, b"Name? xabcd!abc", "and did not");
    }

    #[test]
    fn no_more_is_held_than_the_longest_value() {
        let long = "a".repeat(1000);
        let values = Values::of([long.as_str()]).unwrap();
        let (mut mask, mut out) = (Mask::new(&values), Vec::new());
        for _ in 0..100 {
            mask.take(&[b'a'; 999], &mut out);
            assert!(mask.held.len() <= 1000 && mask.covered.len() <= 1);
        }
        mask.end(&mut out);
        assert_eq!(out, MASK);
    }

    #[test]
    fn too_much_is_refused() {
        let much = "x".repeat(MOST + 1);
        assert!(Values::of([much.as_str()]).is_err());
    }

    proptest! {
        /// Few letters, so that values overlap, hold one another and begin in one another.
        #[test]
        fn all_cuts_give_what_the_slow_way_gives(
            values in prop::collection::vec("[ab%\n]{1,7}", 1..5),
            text in prop::collection::vec("[abA-Z0-9=%\n]{0,3}", 0..12),
            at in prop::collection::vec(any::<prop::sample::Index>(), 12),
            cuts in prop::collection::vec(any::<prop::sample::Index>(), 0..6),
        ) {
            let mut whole = Vec::new();
            for (piece, at) in text.iter().zip(&at) {
                whole.extend_from_slice(piece.as_bytes());
                let of = &values[at.index(values.len())];
                if let Some(form) = forms::of(of).get(at.index(9)) {
                    whole.extend_from_slice(form);
                }
            }
            let mut cuts: Vec<usize> = cuts.iter().map(|cut| cut.index(whole.len() + 1)).collect();
            cuts.extend([0, whole.len()]);
            cuts.sort_unstable();
            let pieces: Vec<&[u8]> = cuts.windows(2).map(|pair| &whole[pair[0]..pair[1]]).collect();
            let known = Values::of(values.iter().map(String::as_str)).unwrap();
            let out = masked(&known, &pieces);
            prop_assert_eq!(&out, &slowly(&values, &whole));
            for value in values.iter().filter(|value| is_masked(value)) {
                for form in forms::of(value) {
                    prop_assert!(!out.windows(form.len()).any(|part| part == form));
                }
            }
        }
    }
}
