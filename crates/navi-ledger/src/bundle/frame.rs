//! Frames of a compressed bundle: a skippable Zstandard frame as label, then one ordinary Zstandard frame.
//!
//! The label is 64 bytes: magic `0x184D2A50` and length 56 (both 32-bit little-endian, RFC 8878 §3.1.2), then `NVB1`,
//! first entry (u64), number of entries (u32), length of the frame that follows (u64), all little-endian, and the
//! SHA-256 of that frame.

use super::Section;
use crate::Hash;
use sha2::{Digest, Sha256};
use std::io::{self, Read, Write};

/// First bytes of a label, and so of a compressed bundle.
pub(super) const MAGIC: [u8; 4] = 0x184D_2A50_u32.to_le_bytes();
/// Length of a label's content, and the mark it begins with.
const CONTENT: [u8; 4] = 56_u32.to_le_bytes();
const MARK: &[u8; 4] = b"NVB1";
/// Longest compressed frame in bytes.
const MAX_FRAME_BYTES: u64 = 1 << 30;

/// What stands before a frame.
pub(super) struct Label {
    pub first: u64,
    pub count: u32,
    pub length: u64,
    pub sha256: Hash,
}

impl Label {
    pub fn to_bytes(&self) -> Vec<u8> {
        [
            MAGIC.as_slice(),
            &CONTENT,
            MARK,
            &self.first.to_le_bytes(),
            &self.count.to_le_bytes(),
            &self.length.to_le_bytes(),
            &self.sha256,
        ]
        .concat()
    }

    /// Reads a label; `None` at the end of the input, a reason if it is no label.
    fn read(from: &mut impl Read) -> io::Result<Result<Option<Self>, &'static str>> {
        let mut bytes = Vec::with_capacity(64);
        from.by_ref().take(64).read_to_end(&mut bytes)?;
        if bytes.is_empty() {
            return Ok(Ok(None));
        }
        Ok(Self::parse(&bytes).map(Some).ok_or("its label is damaged"))
    }

    fn parse(bytes: &[u8]) -> Option<Self> {
        let (magic, rest) = bytes.split_first_chunk::<4>()?;
        let (content, rest) = rest.split_first_chunk::<4>()?;
        let (mark, rest) = rest.split_first_chunk::<4>()?;
        let (first, rest) = rest.split_first_chunk::<8>()?;
        let (count, rest) = rest.split_first_chunk::<4>()?;
        let (length, rest) = rest.split_first_chunk::<8>()?;
        let sha256 = Hash::try_from(rest).ok()?;
        let whole = *magic == MAGIC && *content == CONTENT && mark == MARK;
        whole.then_some(Self {
            first: u64::from_le_bytes(*first),
            count: u32::from_le_bytes(*count),
            length: u64::from_le_bytes(*length),
            sha256,
        })
    }
}

/// Compresses one section and writes it with its label.
pub(super) fn write(to: &mut impl Write, section: Section, plain: &[u8]) -> io::Result<()> {
    let compressed = zstd::bulk::compress(plain, zstd::DEFAULT_COMPRESSION_LEVEL)?;
    let (first, count) = section.label();
    let length = compressed.len() as u64;
    if length > MAX_FRAME_BYTES {
        return Err(io::Error::new(io::ErrorKind::FileTooLarge, "a frame would exceed 1 GiB"));
    }
    // A section never holds more entries than a block.
    let count = u32::try_from(count).map_err(io::Error::other)?;
    let label = Label { first, count, length, sha256: Sha256::digest(&compressed).into() };
    to.write_all(&label.to_bytes())?;
    to.write_all(&compressed)
}

/// What stood where a section's frame was expected.
pub(super) enum Found {
    /// The frame, whole: its compressed bytes.
    Frame(Vec<u8>),
    /// The input ended.
    End,
    /// The frame of other entries, starting with this one.
    Other { first: u64, count: u32 },
    /// A frame that is damaged, and how.
    Damaged(&'static str),
}

/// Reads the label and the compressed bytes of `section`.
pub(super) fn read(from: &mut impl Read, section: Section) -> io::Result<Found> {
    let label = match Label::read(from)? {
        Ok(Some(label)) => label,
        Ok(None) => return Ok(Found::End),
        Err(reason) => return Ok(Found::Damaged(reason)),
    };
    if (label.first, u64::from(label.count)) != section.label() {
        return Ok(Found::Other { first: label.first, count: label.count });
    }
    if label.length > MAX_FRAME_BYTES {
        return Ok(Found::Damaged("its label is damaged"));
    }
    let mut compressed = Vec::new();
    from.by_ref().take(label.length).read_to_end(&mut compressed)?;
    Ok(match () {
        () if (compressed.len() as u64) < label.length => Found::Damaged("it is cut off"),
        () if Hash::from(Sha256::digest(&compressed)) != label.sha256 => {
            Found::Damaged("its bytes do not match their SHA-256")
        }
        () => Found::Frame(compressed),
    })
}
