//! The automaton of Aho and Corasick: it finds all texts in one pass. A library's tells where they are, not how much of the
//! end could still become one, which is what a stream has to know.

use std::collections::{BTreeSet, VecDeque};

/// The state in which nothing has begun. It is nobody's child, so as a child or sibling it means none.
pub(super) const ROOT: usize = 0;

/// A beginning that texts share.
#[derive(Clone, Copy, Default)]
pub(super) struct Node {
    byte: u8,
    /// The first of those that are one byte longer; they hang together by `sibling`.
    child: u32,
    sibling: u32,
    /// The longest shorter end of this that is a beginning too.
    fall: u32,
    /// Its length.
    pub(super) depth: u32,
    /// The longest text that ends here; 0, where none does.
    pub(super) ends: u32,
}

/// The texts that are looked for.
pub(super) struct Automaton {
    nodes: Vec<Node>,
    /// The children of the root, by byte.
    first: Vec<u32>,
}

impl Automaton {
    /// INVARIANT: a node's children are longer than it, so that the widths fit: there are no more nodes than bytes in
    /// the texts, of which `MOST` are taken.
    pub(super) fn of(texts: &BTreeSet<Vec<u8>>) -> Self {
        let mut made = Self {
            nodes: vec![Node::default()],
            first: vec![0; 256],
        };
        for text in texts {
            made.add(text);
        }
        made.link();
        made
    }

    pub(super) fn node(&self, at: usize) -> Node {
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

    fn add(&mut self, text: &[u8]) {
        let mut at = ROOT;
        for &byte in text {
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
    pub(super) fn next(&self, mut at: usize, byte: u8) -> usize {
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
