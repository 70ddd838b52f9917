//! Arguments and results in the only four shapes that both engines share.

use jeton_domain::Time;

use crate::StoreError;

/// A cell: what a statement takes and gives.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Value {
    /// SQL's NULL.
    Null,
    /// Ids, times (µs), counts, and 0/1 for truth.
    Int(i64),
    /// Text and JSON.
    Text(String),
    /// Digests and other bytes.
    Bytes(Vec<u8>),
}

/// What can be an argument of a statement.
pub trait ToValue {
    /// The cell.
    fn to_value(&self) -> Value;
}

/// What a cell can be read as. `None` for a cell of another shape or outside the type's range.
pub trait FromValue: Sized {
    /// Reads the cell.
    fn from_value(value: &Value) -> Option<Self>;
}

/// One row of an answer, detached from the connection.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row {
    cells: Vec<Value>,
}

impl Row {
    pub(crate) fn new(cells: Vec<Value>) -> Self {
        Self { cells }
    }

    /// Reads column `index`, counted from zero; a cell of another shape is [`StoreError::Corrupt`].
    pub fn get<T: FromValue>(&self, index: usize) -> Result<T, StoreError> {
        let cell = self.cells.get(index).ok_or_else(|| {
            StoreError::query(format!(
                "no column {index} in a row of {}",
                self.cells.len()
            ))
        })?;
        T::from_value(cell).ok_or_else(|| {
            let shape = match cell {
                Value::Null => "NULL",
                Value::Int(_) => "integer",
                Value::Text(_) => "text",
                Value::Bytes(_) => "bytes",
            };
            StoreError::corrupt(format!(
                "column {index} ({shape}) is no {}",
                std::any::type_name::<T>()
            ))
        })
    }

    /// Reads column `index` as text and turns it into a word of the domain; an unknown word is [`StoreError::Corrupt`].
    pub fn word<T>(
        &self,
        index: usize,
        parse: impl FnOnce(&str) -> Option<T>,
    ) -> Result<T, StoreError> {
        let text: String = self.get(index)?;
        parse(&text).ok_or_else(|| {
            StoreError::corrupt(format!("column {index} holds the unknown word `{text}`"))
        })
    }
}

impl ToValue for Value {
    fn to_value(&self) -> Value {
        self.clone()
    }
}

impl<T: ToValue + ?Sized> ToValue for &T {
    fn to_value(&self) -> Value {
        (**self).to_value()
    }
}

impl<T: ToValue> ToValue for Option<T> {
    fn to_value(&self) -> Value {
        self.as_ref().map_or(Value::Null, ToValue::to_value)
    }
}

impl<T: FromValue> FromValue for Option<T> {
    fn from_value(value: &Value) -> Option<Self> {
        match value {
            Value::Null => Some(None),
            other => T::from_value(other).map(Some),
        }
    }
}

impl ToValue for i64 {
    fn to_value(&self) -> Value {
        Value::Int(*self)
    }
}

impl FromValue for i64 {
    fn from_value(value: &Value) -> Option<Self> {
        match value {
            Value::Int(number) => Some(*number),
            _ => None,
        }
    }
}

impl ToValue for u32 {
    fn to_value(&self) -> Value {
        Value::Int(i64::from(*self))
    }
}

impl FromValue for u32 {
    fn from_value(value: &Value) -> Option<Self> {
        i64::from_value(value).and_then(|number| Self::try_from(number).ok())
    }
}

impl ToValue for bool {
    fn to_value(&self) -> Value {
        Value::Int(i64::from(*self))
    }
}

impl FromValue for bool {
    fn from_value(value: &Value) -> Option<Self> {
        match value {
            Value::Int(0) => Some(false),
            Value::Int(1) => Some(true),
            _ => None,
        }
    }
}

impl ToValue for str {
    fn to_value(&self) -> Value {
        Value::Text(self.to_owned())
    }
}

impl ToValue for String {
    fn to_value(&self) -> Value {
        Value::Text(self.clone())
    }
}

impl FromValue for String {
    fn from_value(value: &Value) -> Option<Self> {
        match value {
            Value::Text(text) => Some(text.clone()),
            _ => None,
        }
    }
}

impl ToValue for [u8] {
    fn to_value(&self) -> Value {
        Value::Bytes(self.to_vec())
    }
}

impl ToValue for Vec<u8> {
    fn to_value(&self) -> Value {
        Value::Bytes(self.clone())
    }
}

impl FromValue for Vec<u8> {
    fn from_value(value: &Value) -> Option<Self> {
        match value {
            Value::Bytes(bytes) => Some(bytes.clone()),
            _ => None,
        }
    }
}

impl<const N: usize> ToValue for [u8; N] {
    fn to_value(&self) -> Value {
        Value::Bytes(self.to_vec())
    }
}

impl<const N: usize> FromValue for [u8; N] {
    fn from_value(value: &Value) -> Option<Self> {
        match value {
            Value::Bytes(bytes) => bytes.as_slice().try_into().ok(),
            _ => None,
        }
    }
}

impl ToValue for Time {
    fn to_value(&self) -> Value {
        Value::Int(self.micros())
    }
}

impl FromValue for Time {
    fn from_value(value: &Value) -> Option<Self> {
        i64::from_value(value).map(Self::from_micros)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(value: impl ToValue) -> Row {
        Row::new(vec![value.to_value()])
    }

    #[test]
    fn a_cell_is_read_only_as_what_it_is() {
        assert_eq!(row(7_i64).get::<i64>(0).unwrap(), 7);
        assert!(row(true).get::<bool>(0).unwrap());
        assert!(matches!(
            row(2_i64).get::<bool>(0),
            Err(StoreError::Corrupt { .. })
        ));
        assert!(matches!(
            row(-1_i64).get::<u32>(0),
            Err(StoreError::Corrupt { .. })
        ));
        assert!(matches!(
            row("x").get::<i64>(0),
            Err(StoreError::Corrupt { .. })
        ));
        assert!(matches!(
            row(Value::Null).get::<i64>(0),
            Err(StoreError::Corrupt { .. })
        ));
        assert_eq!(row(Value::Null).get::<Option<i64>>(0).unwrap(), None);
        assert_eq!(row([1_u8; 32]).get::<[u8; 32]>(0).unwrap(), [1; 32]);
        assert!(matches!(
            row([1_u8; 31]).get::<[u8; 32]>(0),
            Err(StoreError::Corrupt { .. })
        ));
        assert!(matches!(
            row(1_i64).get::<i64>(1),
            Err(StoreError::Query { .. })
        ));
    }

    #[test]
    fn an_unknown_word_is_corrupt_and_never_a_default() {
        let parse = |word: &str| (word == "known").then_some(1);
        assert_eq!(row("known").word(0, parse).unwrap(), 1);
        assert!(matches!(
            row("other").word(0, parse),
            Err(StoreError::Corrupt { .. })
        ));
    }
}
