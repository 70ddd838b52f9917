//! The pages of a list: where one is, and the ways to the ones beside it.

use jeton_http::Input;

use crate::links::with;

/// Where in a list a page is.
#[derive(Clone, Debug)]
pub(crate) struct Pager {
    label: &'static str,
    number: u64,
    last: u64,
    before: Option<String>,
    after: Option<String>,
}

impl Pager {
    /// `total`: how many there are under the filters of the request, which the links keep.
    pub(crate) fn new(input: &Input, total: u64) -> Self {
        Self::of(input, "page", "Pages", total)
    }

    /// The page of a list that is there as a whole.
    pub(crate) fn cut<T>(input: &Input, list: Vec<T>) -> (Vec<T>, Self) {
        let pager = Self::new(input, list.len() as u64);
        let page = input.page();
        let skipped = usize::try_from(page.offset()).unwrap_or(usize::MAX);
        let shown = list.into_iter().skip(skipped).take(page.size as usize);
        (shown.collect(), pager)
    }

    /// Of a list that stands beside another on its page: where it is stands in a parameter of its own.
    pub(crate) fn of(
        input: &Input,
        parameter: &'static str,
        label: &'static str,
        total: u64,
    ) -> Self {
        let page = input.page_of(parameter);
        let number = u64::from(page.number);
        let last = total.div_ceil(u64::from(page.size.max(1))).max(1);
        let link = |to: u64| format!("?{}", with(input, &[(parameter, &to.to_string())]));
        Self {
            label,
            number,
            last,
            before: (number > 1).then(|| link(number.min(last + 1) - 1)),
            after: (number < last).then(|| link(number + 1)),
        }
    }

    /// What the list of pages is called.
    pub(crate) const fn label(&self) -> &'static str {
        self.label
    }

    /// There is more than one page.
    pub(crate) const fn is_shown(&self) -> bool {
        self.last > 1
    }

    /// Which page of how many.
    pub(crate) fn words(&self) -> String {
        format!("Page {} of {}", self.number.min(self.last), self.last)
    }

    /// The page before.
    pub(crate) fn before(&self) -> Option<&str> {
        self.before.as_deref()
    }

    /// The page after.
    pub(crate) fn after(&self) -> Option<&str> {
        self.after.as_deref()
    }
}
