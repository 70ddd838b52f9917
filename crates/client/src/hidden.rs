//! Secrets on their way through the command line.

use std::convert::Infallible;
use std::fmt;
use std::str::FromStr;

use zeroize::Zeroizing;

/// A password or the value of a credential, wiped from memory when dropped.
///
/// SECURITY: no `Display` and no serialisation; `Debug` says nothing. The value is seen only where
/// somebody wrote [`expose`](Self::expose).
#[derive(Clone)]
pub struct Hidden(Zeroizing<String>);

impl Hidden {
    /// The clear value.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl From<String> for Hidden {
    fn from(value: String) -> Self {
        Self(Zeroizing::new(value))
    }
}

impl FromStr for Hidden {
    type Err = Infallible;

    fn from_str(value: &str) -> Result<Self, Infallible> {
        Ok(Self(Zeroizing::new(value.to_owned())))
    }
}

impl fmt::Debug for Hidden {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Hidden(…)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn debug_says_nothing() {
        assert_eq!(
            format!("{:?}", Hidden::from("s3cret".to_owned())),
            "Hidden(…)"
        );
    }
}
