//! The conditions of a list's filter, with their arguments.

use std::fmt::Write as _;

use crate::ToValue;
use crate::sql::in_list;

/// Conditions that hold together. Pieces are written in source; what varies travels as an argument.
#[derive(Default)]
pub(crate) struct Conditions<'a> {
    text: String,
    args: Vec<&'a dyn ToValue>,
}

impl<'a> Conditions<'a> {
    /// A condition without an argument.
    pub(crate) fn and(&mut self, piece: &str) {
        if !self.text.is_empty() {
            self.text.push_str(" AND ");
        }
        self.text.push_str(piece);
    }

    /// A condition in which `?` stands for the argument, every time it is there; none without one.
    pub(crate) fn narrow<T: ToValue>(&mut self, piece: &str, arg: Option<&'a T>) {
        if let Some(arg) = arg {
            let place = self.arg(arg);
            self.and(&piece.replace('?', &place));
        }
    }

    /// A condition in which `?` stands for a list. An empty list holds for nothing.
    pub(crate) fn among<T: ToValue + 'a>(
        &mut self,
        piece: &str,
        args: impl IntoIterator<Item = &'a T>,
    ) {
        let first = self.args.len();
        self.args
            .extend(args.into_iter().map(|arg| arg as &dyn ToValue));
        let list = in_list(first + 1, self.args.len() - first);
        self.and(&piece.replace('?', &list));
    }

    /// Takes an argument in and gives its place, as `$1`.
    pub(crate) fn arg<T: ToValue>(&mut self, arg: &'a T) -> String {
        self.args.push(arg);
        let mut place = String::new();
        // Writing to a `String` can't fail.
        let _ = write!(place, "${}", self.args.len());
        place
    }

    /// All of them; what always holds where there is none.
    pub(crate) fn text(&self) -> &str {
        if self.text.is_empty() {
            "1 = 1"
        } else {
            &self.text
        }
    }

    pub(crate) fn args(&self) -> &[&'a dyn ToValue] {
        &self.args
    }
}
