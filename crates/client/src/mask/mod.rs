//! Values that nobody shall read, taken out of a stream of bytes: `***` stands in their place.
//!
//! The streams stay streams: what can't be the beginning of a value goes on at once, and no more is held back than the
//! longest value takes as it is written; a sign that begins an escape (`%`, `&`) waits for what follows it. The stream is
//! read in several ways at once, so that a value needs no form for each way in which its characters can be written;
//! base64 alone has forms of its own.

mod automaton;
mod escapes;
mod forms;
mod reading;

use std::collections::{BTreeSet, VecDeque};

pub(crate) use forms::{LEAST, is_masked};

use crate::error::ClientError;
use automaton::Automaton;
use reading::{Reading, Way};

/// What stands in the place of a value.
const MASK: &[u8] = b"***";
/// The most that all forms of all values may come to, in bytes; the automata take 24 times that.
const MOST: usize = 32 << 20;
/// What is in no value, because it is in no text, and in no escape; so it ends whatever has begun.
const NOWHERE: u8 = 0xff;

/// All values, in the forms in which they are looked for.
pub(crate) struct Values {
    plain: Automaton,
    base64: Automaton,
}

impl Values {
    /// Those that are long enough.
    pub(crate) fn of<'a>(values: impl IntoIterator<Item = &'a str>) -> Result<Self, ClientError> {
        let (mut plain, mut base64) = (BTreeSet::new(), BTreeSet::new());
        for value in values {
            let forms = forms::of(value);
            plain.extend(forms.plain);
            base64.extend(forms.base64);
        }
        if plain.iter().chain(&base64).map(Vec::len).sum::<usize>() > MOST {
            return Err(ClientError::other(
                "the secrets are too large to be masked in what the command says",
            ));
        }
        Ok(Self {
            plain: Automaton::of(&plain),
            base64: Automaton::of(&base64),
        })
    }
}

/// One stream on its way through.
pub(crate) struct Mask<'a> {
    values: &'a Values,
    itself: Reading,
    base64: Reading,
    /// Those that have met an escape, and differ from the stream itself in what may become a value.
    escaped: Vec<Reading>,
    /// What may still become part of a value, and where it begins and ends in the stream.
    held: VecDeque<u8>,
    from: u64,
    to: u64,
    covered: Covered,
    /// The last byte that went out was of a value.
    inside: bool,
}

impl<'a> Mask<'a> {
    pub(crate) fn new(values: &'a Values) -> Self {
        Self {
            values,
            itself: Reading::new(Way::Itself),
            base64: Reading::new(Way::Base64),
            escaped: Vec::new(),
            held: VecDeque::new(),
            from: 0,
            to: 0,
            covered: Covered::default(),
            inside: false,
        }
    }

    /// Takes what came, and puts to `out` what can go on.
    pub(crate) fn take(&mut self, bytes: &[u8], out: &mut Vec<u8>) {
        for &byte in bytes {
            self.held.push_back(byte);
            self.to = self.to.saturating_add(1);
            self.read(byte);
        }
        self.let_go(self.open(), out);
    }

    /// The stream is over: what is left is no value any more.
    pub(crate) fn end(&mut self, out: &mut Vec<u8>) {
        self.read(NOWHERE);
        self.let_go(self.to, out);
    }

    fn read(&mut self, byte: u8) {
        let (plain, covered) = (&self.values.plain, &mut self.covered);
        let mut found = |from, to| covered.add(from, to);
        for way in Way::ESCAPED {
            if way.begins(byte) && self.escaped.iter().all(|reading| reading.way != way) {
                self.escaped.push(self.itself.turn(way));
            }
        }
        for reading in &mut self.escaped {
            reading.take(byte, plain, &mut found);
        }
        self.itself.take(byte, plain, &mut found);
        self.base64.take(byte, &self.values.base64, &mut found);
        let itself = &self.itself;
        self.escaped.retain(|reading| !reading.is_as(itself));
    }

    /// Where that begins what may still become a value.
    fn open(&self) -> u64 {
        let plain = self.escaped.iter().chain([&self.itself]);
        let plain = plain.map(|reading| reading.open(&self.values.plain)).min();
        let base64 = self.base64.open(&self.values.base64);
        plain.map_or(base64, |plain| plain.min(base64))
    }

    fn let_go(&mut self, until: u64, out: &mut Vec<u8>) {
        while self.from < until {
            let Some(byte) = self.held.pop_front() else {
                return;
            };
            let value = self.covered.holds(self.from);
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

/// What belongs to values: from, to; in order, apart from each other.
#[derive(Default)]
struct Covered(VecDeque<(u64, u64)>);

impl Covered {
    /// Readings that wait for the end of an escape find theirs later than others.
    fn add(&mut self, mut from: u64, mut to: u64) {
        let mut later = Vec::new();
        while let Some(&(begin, end)) = self.0.back() {
            if end < from {
                break;
            }
            self.0.pop_back();
            if begin > to {
                later.push((begin, end));
            } else {
                (from, to) = (from.min(begin), to.max(end));
            }
        }
        self.0.push_back((from, to));
        self.0.extend(later.into_iter().rev());
    }

    /// Whether this one is. Nothing before it is asked for any more.
    fn holds(&mut self, at: u64) -> bool {
        while self.0.front().is_some_and(|&(_, end)| end <= at) {
            self.0.pop_front();
        }
        self.0.front().is_some_and(|&(begin, _)| begin <= at)
    }
}

#[cfg(test)]
mod tests;
