//! What a hook and the server say to each other: fields of bytes, each after its length in four bytes.
//!
//! Question: nonce, hook, quarantine folder (empty: none), the lines of the push. Answer: verdict
//! (`accept` or `refuse`), text for the pusher.

use std::io::{self, Read, Write};

/// The longest field, in bytes. Some 100,000 references in one push.
const MOST_BYTES: u32 = 16 * 1024 * 1024;

pub(super) const PRE_RECEIVE: &[u8] = b"pre-receive";
pub(super) const UPDATE: &[u8] = b"update";
pub(super) const ACCEPT: &[u8] = b"accept";
pub(super) const REFUSE: &[u8] = b"refuse";

pub(super) fn write(to: &mut impl Write, fields: &[&[u8]]) -> io::Result<()> {
    let mut message = Vec::new();
    for field in fields {
        let length = u32::try_from(field.len())
            .ok()
            .filter(|length| *length <= MOST_BYTES);
        let length = length.ok_or_else(|| io::Error::other("a push with too many references"))?;
        message.extend_from_slice(&length.to_le_bytes());
        message.extend_from_slice(field);
    }
    to.write_all(&message)
}

pub(super) fn read(from: &mut impl Read) -> io::Result<Vec<u8>> {
    let mut length = [0; 4];
    from.read_exact(&mut length)?;
    let length = u32::from_le_bytes(length);
    if length > MOST_BYTES {
        return Err(io::Error::other("a field is too long"));
    }
    // Read as it comes: a length alone takes no memory.
    let mut field = Vec::new();
    from.take(u64::from(length)).read_to_end(&mut field)?;
    if field.len() != length as usize {
        return Err(io::ErrorKind::UnexpectedEof.into());
    }
    Ok(field)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_are_read_as_written_and_nothing_else() {
        let mut bytes = Vec::new();
        write(&mut bytes, &[b"one", b"", b"three"]).unwrap();
        let mut from = bytes.as_slice();
        assert_eq!(read(&mut from).unwrap(), b"one");
        assert_eq!(read(&mut from).unwrap(), b"");
        assert_eq!(read(&mut from).unwrap(), b"three");
        assert!(read(&mut from).is_err());
        assert!(read(&mut &bytes[..6]).is_err());
        assert!(read(&mut &[0xff; 8][..]).is_err());
        assert!(write(&mut Vec::new(), &[&vec![0; MOST_BYTES as usize + 1]]).is_err());
    }
}
