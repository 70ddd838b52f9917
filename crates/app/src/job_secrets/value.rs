//! A value in the clear, for as long as it is needed.

use jeton_domain::LONGEST_JOB_SECRET;
use zeroize::Zeroizing;

/// What a job is given. It can't be printed, and is wiped when it goes.
#[derive(Clone, PartialEq, Eq)]
pub struct SecretValue(Zeroizing<String>);

impl std::fmt::Debug for SecretValue {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("SecretValue(…)")
    }
}

/// Why a value is none that a job could have.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(super) enum ValueFault {
    #[error("holds more than {LONGEST_JOB_SECRET} bytes")]
    TooLong,
    #[error("holds what is no text in UTF-8; encode it first, in base64 for one")]
    NoText,
    #[error("holds a zero byte, which no variable can")]
    Zero,
}

impl SecretValue {
    /// Takes what was typed.
    pub fn typed(text: impl Into<String>) -> Self {
        Self(Zeroizing::new(text.into()))
    }

    /// Takes what was opened.
    pub(super) fn opened(bytes: Vec<u8>) -> Result<Self, ValueFault> {
        let bytes = Zeroizing::new(bytes);
        let text = std::str::from_utf8(&bytes).map_err(|_| ValueFault::NoText)?;
        let value = Self::typed(text);
        value.check()?;
        Ok(value)
    }

    pub(super) fn check(&self) -> Result<(), ValueFault> {
        if self.0.len() > LONGEST_JOB_SECRET {
            Err(ValueFault::TooLong)
        } else if self.0.contains('\0') {
            Err(ValueFault::Zero)
        } else {
            Ok(())
        }
    }

    /// In the clear.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_is_text_of_a_length() {
        assert_eq!(
            SecretValue::typed("x".repeat(LONGEST_JOB_SECRET)).check(),
            Ok(())
        );
        let longer = SecretValue::opened(vec![b'x'; LONGEST_JOB_SECRET + 1]);
        assert_eq!(longer, Err(ValueFault::TooLong));
        assert_eq!(SecretValue::opened(vec![0xff]), Err(ValueFault::NoText));
        assert_eq!(SecretValue::opened(vec![b'a', 0]), Err(ValueFault::Zero));
    }

    #[test]
    fn a_value_can_not_be_printed() {
        assert_eq!(
            format!("{:?}", SecretValue::typed("s3cret")),
            "SecretValue(…)"
        );
    }
}
