//! A stream, read in one of the ways in which programs write: each finds the values that are written its way.

use std::collections::VecDeque;

use super::automaton::{Automaton, ROOT};
use super::escapes::{self, Step};

/// The characters in the shortest line of base64 that the next one goes on with.
const LINE: usize = 40;

/// How what is written is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Way {
    /// As it stands.
    Itself,
    /// With backslashes.
    Backslash,
    /// As in HTML.
    Entity,
    /// As in an address.
    Percent,
    /// As in a form.
    Form,
    /// With quotes of shells.
    Quote,
    /// Base64 in either alphabet, its lines joined.
    Base64,
}

impl Way {
    /// Those by which a value is written with escapes.
    pub(super) const ESCAPED: [Self; 5] = [
        Self::Backslash,
        Self::Entity,
        Self::Percent,
        Self::Form,
        Self::Quote,
    ];

    /// Whether an escape begins with this.
    pub(super) fn begins(self, byte: u8) -> bool {
        match self {
            Self::Itself | Self::Base64 => false,
            Self::Backslash => byte == b'\\',
            Self::Entity => byte == b'&',
            Self::Percent => byte == b'%',
            Self::Form => byte == b'%' || byte == b'+',
            Self::Quote => byte == b'\'',
        }
    }

    pub(super) fn step(self, text: &[u8]) -> Step {
        match self {
            Self::Itself | Self::Base64 => Step::Plain,
            Self::Backslash => escapes::backslash(text),
            Self::Entity => escapes::entity(text),
            Self::Percent => escapes::percent(text),
            Self::Form => escapes::form(text),
            Self::Quote => escapes::quote(text),
        }
    }
}

/// Where a line of base64 is.
#[derive(Clone, Copy)]
enum Line {
    /// So many characters of base64 stand before this.
    After(usize),
    /// A line of base64 has ended, and nothing of the next one came.
    Joined,
}

impl Line {
    /// What ends a line, and what indents the next one, is no part of it. Only long ones are joined, so that the end of
    /// an ordinary line is shown at once.
    fn begins(self, byte: u8) -> bool {
        match self {
            Self::After(count) => count >= LINE && b"\r\n\\".contains(&byte),
            Self::Joined => b"\r\n\\ \t".contains(&byte),
        }
    }

    fn step(self, text: &[u8]) -> Step {
        match text {
            [first, ..] if !self.begins(*first) => Step::Plain,
            // As JSON writes them.
            [b'\\'] => Step::More,
            [b'\\', b'r' | b'n', ..] => Step::Escape(2, Vec::new()),
            [b'\\', ..] => Step::Plain,
            _ => Step::Escape(1, Vec::new()),
        }
    }

    fn after(self, byte: u8) -> Self {
        match self {
            _ if !(byte.is_ascii_alphanumeric() || b"+/-_".contains(&byte)) => Self::After(0),
            Self::After(count) => Self::After(count.saturating_add(1)),
            Self::Joined => Self::After(1),
        }
    }
}

/// Of the stream, read one way.
pub(super) struct Reading {
    pub(super) way: Way,
    state: usize,
    /// What may become an escape, and where it begins in the stream.
    pending: Vec<u8>,
    at: u64,
    /// The bytes that were read, counted from wherever this began.
    count: u64,
    /// How much further on in the stream a byte stands than in what was read: from which byte on, how much. Escapes make
    /// the difference grow; those before what may become a value are forgotten, but for the sum.
    shifts: VecDeque<(u64, u64)>,
    shift: u64,
    line: Line,
}

impl Reading {
    pub(super) fn new(way: Way) -> Self {
        Self {
            way,
            state: ROOT,
            pending: Vec::new(),
            at: 0,
            count: 0,
            shifts: VecDeque::new(),
            shift: 0,
            line: Line::After(0),
        }
    }

    /// Another way to read what this one has read so far. INVARIANT: it has met no escape.
    pub(super) fn turn(&self, way: Way) -> Self {
        Self {
            state: self.state,
            at: self.at,
            count: self.count,
            ..Self::new(way)
        }
    }

    /// Whether both will go on alike, as long as no escape comes.
    pub(super) fn is_as(&self, other: &Self) -> bool {
        self.pending.is_empty() && self.shifts.is_empty() && self.state == other.state
    }

    /// Takes the next byte of the stream; says from where to where values lie.
    pub(super) fn take(&mut self, byte: u8, texts: &Automaton, found: &mut impl FnMut(u64, u64)) {
        if self.pending.is_empty() && !self.begins(byte) {
            self.at = self.at.saturating_add(1);
            self.read(byte, texts, found);
            return;
        }
        self.pending.push(byte);
        while let Some(&first) = self.pending.first() {
            match self.step(&self.pending) {
                Step::More => return,
                Step::Plain => {
                    self.pending.remove(0);
                    self.at = self.at.saturating_add(1);
                    self.read(first, texts, found);
                }
                Step::Escape(length, bytes) => {
                    self.pending.drain(..length.min(self.pending.len()));
                    self.escape(length, &bytes, texts, found);
                }
            }
        }
    }

    fn begins(&self, byte: u8) -> bool {
        match self.way {
            Way::Base64 => self.line.begins(byte),
            way => way.begins(byte),
        }
    }

    fn step(&self, text: &[u8]) -> Step {
        match self.way {
            Way::Base64 => self.line.step(text),
            way => way.step(text),
        }
    }

    fn escape(
        &mut self,
        length: usize,
        bytes: &[u8],
        texts: &Automaton,
        found: &mut impl FnMut(u64, u64),
    ) {
        let more = length.saturating_sub(bytes.len());
        let more = u64::try_from(more).unwrap_or_default();
        let before = self.shifts.back().map_or(self.shift, |&(_, shift)| shift);
        let length = u64::try_from(length).unwrap_or_default();
        self.at = self.at.saturating_add(length);
        for &byte in bytes {
            self.read(byte, texts, found);
        }
        self.shifts
            .push_back((self.count, before.saturating_add(more)));
        if self.way == Way::Base64 {
            self.line = Line::Joined;
        }
        self.forget(texts);
    }

    /// A byte, whose writing ends here.
    fn read(&mut self, byte: u8, texts: &Automaton, found: &mut impl FnMut(u64, u64)) {
        let byte = if self.way == Way::Base64 {
            self.line = self.line.after(byte);
            match byte {
                b'-' => b'+',
                b'_' => b'/',
                byte => byte,
            }
        } else {
            byte
        };
        self.state = texts.next(self.state, byte);
        self.count = self.count.saturating_add(1);
        if !self.shifts.is_empty() {
            self.forget(texts);
        }
        let ends = texts.node(self.state).ends;
        if ends > 0 {
            found(self.origin(ends), self.at);
        }
    }

    fn forget(&mut self, texts: &Automaton) {
        let open = self.count.saturating_sub(self.depth(texts));
        while let Some(&(from, shift)) = self.shifts.front() {
            if from > open {
                return;
            }
            self.shift = shift;
            self.shifts.pop_front();
        }
    }

    fn depth(&self, texts: &Automaton) -> u64 {
        u64::from(texts.node(self.state).depth)
    }

    /// Where in the stream the last so many bytes begin.
    fn origin(&self, last: u32) -> u64 {
        let first = self.count.saturating_sub(u64::from(last));
        let shifts = self.shifts.partition_point(|&(from, _)| from <= first);
        let shift = shifts.checked_sub(1).and_then(|at| self.shifts.get(at));
        first.saturating_add(shift.map_or(self.shift, |&(_, shift)| shift))
    }

    /// Where in the stream that begins what may still become a value.
    pub(super) fn open(&self, texts: &Automaton) -> u64 {
        match texts.node(self.state).depth {
            0 => self.at,
            depth => self.origin(depth),
        }
    }
}
