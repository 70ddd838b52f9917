//! The one place where this crate reads the machine's clock: to be compared with the times that the
//! file system wrote, which know nothing of a clock given as an argument.

use std::time::SystemTime;

/// The moment by which the file system stamps files.
#[expect(
    clippy::disallowed_methods,
    reason = "compared with file times only, never with a `Time` of the product"
)]
pub(crate) fn file_time() -> SystemTime {
    SystemTime::now()
}
