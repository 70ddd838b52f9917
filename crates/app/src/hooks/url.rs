//! Where a webhook may send to, as far as the address alone tells.

use url::Url;

use super::RESOURCE;
use crate::app::Inner;
use crate::error::AppError;

/// Characters of an address.
const LONGEST: usize = 2048;

/// Reads an address: http or https, with a host, without a name, password or fragment.
pub(super) fn check(_: &Inner, text: &str) -> Result<Url, AppError> {
    let url = text.parse::<Url>().ok().filter(|url| {
        matches!(url.scheme(), "http" | "https")
            && url.host().is_some()
            && url.username().is_empty()
            && url.password().is_none()
            && url.fragment().is_none()
            && text.len() <= LONGEST
    });
    url.ok_or_else(|| {
        AppError::invalid(
            RESOURCE,
            "url",
            format!(
                "takes an address such as https://example.com/hook: http or https, without a password, at most {LONGEST} characters"
            ),
        )
    })
}
