//! Lists of everything there is, that are walked by numbers and not counted.

/// A part of a list that is walked by numbers.
#[derive(Clone, Debug)]
pub struct Walked<T> {
    /// The part.
    pub items: Vec<T>,
    /// The number behind which the next part begins, if there is more.
    pub next: Option<i64>,
}

impl<T> Walked<T> {
    /// Of one more than is shown, if there are so many.
    pub(crate) fn new(mut items: Vec<T>, count: u32, number: impl Fn(&T) -> i64) -> Self {
        let more = items.len() > count as usize;
        items.truncate(count as usize);
        let next = items.last().filter(|_| more).map(number);
        Self { items, next }
    }
}
