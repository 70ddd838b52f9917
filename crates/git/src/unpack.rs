//! gzip bodies, unpacked piece by piece with a bound on what a byte may become.

use std::io::Write as _;

use bytes::Bytes;
use flate2::write::GzDecoder;

/// How many bytes one byte may become. git's requests are object names in hexadecimal, which pack to
/// about a half; deflate reaches 1,032.
const RATIO: u64 = 100;
/// Small bodies may have any ratio.
const FREE: u64 = 1 << 20;
/// Unpacked at a time: one piece of output is about a megabyte at the most.
const STEP: usize = 1024;

/// Why a body can't be unpacked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum UnpackError {
    #[error("the body is no whole gzip")]
    NoGzip,
    #[error("the body unpacks to more than {RATIO} times its size")]
    Ratio,
}

/// Unpacks one body.
pub(crate) struct Unpack {
    gzip: GzDecoder<Vec<u8>>,
    packed: Bytes,
    taken: u64,
    given: u64,
    finished: bool,
}

impl std::fmt::Debug for Unpack {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Unpack")
            .field("taken", &self.taken)
            .field("given", &self.given)
            .finish_non_exhaustive()
    }
}

impl Unpack {
    pub(crate) fn new() -> Self {
        Self {
            gzip: GzDecoder::new(Vec::new()),
            packed: Bytes::new(),
            taken: 0,
            given: 0,
            finished: false,
        }
    }

    /// Takes the next packed piece; only after [`Unpack::next`] had nothing more.
    pub(crate) fn take(&mut self, piece: Bytes) {
        self.packed = piece;
    }

    /// The next unpacked piece, while the packed one lasts.
    pub(crate) fn next(&mut self) -> Result<Option<Bytes>, UnpackError> {
        while !self.packed.is_empty() {
            let step = self.packed.split_to(self.packed.len().min(STEP));
            self.taken += step.len() as u64;
            // Bytes after the stream's end are refused too: `write` takes none of them.
            self.gzip
                .write_all(&step)
                .map_err(|_| UnpackError::NoGzip)?;
            if let Some(piece) = self.unpacked()? {
                return Ok(Some(piece));
            }
        }
        Ok(None)
    }

    /// What is left at the end of the body.
    pub(crate) fn finish(&mut self) -> Result<Option<Bytes>, UnpackError> {
        if self.finished {
            return Ok(None);
        }
        self.finished = true;
        self.gzip.try_finish().map_err(|_| UnpackError::NoGzip)?;
        self.unpacked()
    }

    fn unpacked(&mut self) -> Result<Option<Bytes>, UnpackError> {
        let piece = std::mem::take(self.gzip.get_mut());
        self.given += piece.len() as u64;
        if self.given > FREE && self.given > self.taken.saturating_mul(RATIO) {
            return Err(UnpackError::Ratio);
        }
        Ok((!piece.is_empty()).then(|| piece.into()))
    }
}

#[cfg(test)]
mod tests {
    use flate2::Compression;
    use flate2::write::GzEncoder;

    use super::*;

    fn pack(bytes: &[u8]) -> Vec<u8> {
        let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
        encoder.write_all(bytes).unwrap();
        encoder.finish().unwrap()
    }

    fn unpack(packed: &[u8], pieces: usize) -> Result<(Vec<u8>, usize), UnpackError> {
        let (mut unpack, mut whole, mut largest) = (Unpack::new(), Vec::new(), 0);
        for piece in packed.chunks(pieces) {
            unpack.take(Bytes::copy_from_slice(piece));
            while let Some(bytes) = unpack.next()? {
                largest = largest.max(bytes.len());
                whole.extend_from_slice(&bytes);
            }
        }
        while let Some(bytes) = unpack.finish()? {
            whole.extend_from_slice(&bytes);
        }
        Ok((whole, largest))
    }

    #[test]
    fn what_was_packed_comes_out() {
        let text: Vec<u8> = (0..200_000_u32)
            .flat_map(|n| (n.wrapping_mul(2_654_435_761)).to_string().into_bytes())
            .collect();
        let packed = pack(&text);
        for pieces in [1, 7, 1000, 1 << 20] {
            assert!(unpack(&packed, pieces).unwrap().0 == text, "{pieces}");
        }
        assert_eq!(unpack(&pack(b""), 3).unwrap().0, b"");
        assert_eq!(unpack(&pack(&[0; 5000]), 3).unwrap().0, [0; 5000]);
    }

    #[test]
    fn a_bomb_is_stopped_before_it_takes_room() {
        let bomb = pack(&vec![0; 64 << 20]);
        assert_eq!(unpack(&bomb, 1 << 20), Err(UnpackError::Ratio));
        let mut half = Unpack::new();
        half.take(bomb.into());
        let mut seen = 0;
        while let Ok(Some(piece)) = half.next() {
            seen += piece.len();
        }
        assert!(seen < 3 << 20, "{seen} bytes came out");
    }

    #[test]
    fn what_is_no_whole_gzip_is_refused() {
        let packed = pack(b"0011command=ls-refs\n0000");
        assert_eq!(
            unpack(b"0011command=ls-refs\n0000", 100),
            Err(UnpackError::NoGzip)
        );
        assert_eq!(
            unpack(&packed[..packed.len() - 5], 100),
            Err(UnpackError::NoGzip)
        );
        assert_eq!(unpack(b"", 100), Err(UnpackError::NoGzip));
        let mut wrong = packed.clone();
        let last = wrong.len() - 6;
        wrong[last] ^= 1;
        assert_eq!(unpack(&wrong, 100), Err(UnpackError::NoGzip));
        let trailing = [packed, b"more".to_vec()].concat();
        assert_eq!(unpack(&trailing, 1000), Err(UnpackError::NoGzip));
    }
}
