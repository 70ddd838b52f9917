//! Pages of lists that are at hand whole.

use jeton_http::Input;

/// The items of the page that is asked for.
pub(crate) fn slice<'a, T>(input: &Input, items: &'a [T]) -> &'a [T] {
    let page = input.page();
    let from = usize::try_from(page.offset())
        .unwrap_or(usize::MAX)
        .min(items.len());
    let to = from.saturating_add(page.size as usize).min(items.len());
    items.get(from..to).unwrap_or_default()
}
