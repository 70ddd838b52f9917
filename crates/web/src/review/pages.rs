//! Pages of a list, and its filters in the links between them.

use jeton_http::{Input, Page};
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};

/// Where in a list one is.
#[derive(Clone, Debug)]
pub(crate) struct Pages {
    pub(crate) number: u32,
    pub(crate) last: u32,
    pub(crate) before: Option<String>,
    pub(crate) after: Option<String>,
}

impl Pages {
    /// `total` items under the filters of the request.
    pub(crate) fn of(input: &Input, total: u64) -> Self {
        let Page { number, size } = input.page();
        let last = u32::try_from(total.div_ceil(u64::from(size.max(1))))
            .unwrap_or(u32::MAX)
            .max(1);
        let link = |to: u32| format!("?{}", with(input, &[("page", &to.to_string())]));
        Self {
            number,
            last,
            before: (number > 1).then(|| link(number.min(last + 1) - 1)),
            after: (number < last).then(|| link(number + 1)),
        }
    }

    pub(crate) fn needed(&self) -> bool {
        self.last > 1
    }
}

/// The query of a page with some parameters in the place of what they were.
pub(crate) fn with(input: &Input, changed: &[(&str, &str)]) -> String {
    let kept = input
        .queries()
        .iter()
        .filter(|(name, value)| !value.is_empty() && changed.iter().all(|(known, _)| known != name))
        .map(|(name, value)| (name.as_str(), value.as_str()));
    kept.chain(changed.iter().copied())
        .map(|(name, value)| format!("{}={}", encoded(name), encoded(value)))
        .collect::<Vec<_>>()
        .join("&")
}

fn encoded(text: &str) -> String {
    utf8_percent_encode(text, NON_ALPHANUMERIC).to_string()
}
