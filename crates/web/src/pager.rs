//! The pages of a list: where one is, and the ways to the ones beside it.

use jeton_http::Input;
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};

/// Where in a list a page is.
#[derive(Clone, Debug)]
pub(crate) struct Pager {
    page: u64,
    last: u64,
    /// What else stands in the query: filters that are kept from page to page.
    kept: String,
}

impl Pager {
    /// `kept`: names and values of the filters that are in force.
    pub(crate) fn new(input: &Input, total: u64, kept: &[(&str, &str)]) -> Self {
        let page = input.page();
        let kept = kept.iter().filter(|(_, value)| !value.is_empty()).fold(
            String::new(),
            |text, (name, value)| {
                let value = utf8_percent_encode(value, NON_ALPHANUMERIC);
                format!("{text}{name}={value}&")
            },
        );
        Self {
            page: u64::from(page.number),
            last: total.div_ceil(u64::from(page.size.max(1))).max(1),
            kept,
        }
    }

    /// There is more than one page.
    pub(crate) const fn is_shown(&self) -> bool {
        self.last > 1
    }

    /// Which page of how many.
    pub(crate) fn words(&self) -> String {
        format!("Page {} of {}", self.page.min(self.last), self.last)
    }

    /// The page before; empty where there is none.
    pub(crate) fn before(&self) -> String {
        match self.page.min(self.last + 1) {
            0 | 1 => String::new(),
            page => format!("?{}page={}", self.kept, page - 1),
        }
    }

    /// The page after; empty where there is none.
    pub(crate) fn after(&self) -> String {
        if self.page < self.last {
            format!("?{}page={}", self.kept, self.page + 1)
        } else {
            String::new()
        }
    }
}
