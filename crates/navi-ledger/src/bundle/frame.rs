//! Frames of a compressed bundle: a skippable Zstandard frame as label, then one ordinary Zstandard frame.
//!
//! The label is 64 bytes: magic `0x184D2A50` and length 56 (both 32-bit little-endian, RFC 8878 §3.1.2), then `NVB1`,
//! first entry (u64), number of entries (u32), length of the frame that follows (u64), all little-endian, and the
//! SHA-256 of the label so far and of that frame.

use super::Section;
use crate::Hash;
use sha2::{Digest, Sha256};
use std::io::{self, Read, Write};

/// First bytes of a label, and so of a compressed bundle.
pub(super) const MAGIC: [u8; 4] = 0x184D_2A50_u32.to_le_bytes();
/// Length of a label's content, and the mark it begins with.
const CONTENT: [u8; 4] = 56_u32.to_le_bytes();
const MARK: &[u8; 4] = b"NVB1";
/// Length of a whole label.
const LABEL_BYTES: usize = 64;
/// Longest compressed frame in bytes.
const MAX_FRAME_BYTES: u64 = 1 << 30;

/// What stands before a frame.
struct Label {
    first: u64,
    count: u32,
    length: u64,
    sha256: Hash,
}

impl Label {
    /// The label of a frame with these compressed bytes.
    fn of(first: u64, count: u32, compressed: &[u8]) -> Self {
        let mut label = Self { first, count, length: compressed.len() as u64, sha256: [0; 32] };
        label.sha256 = label.hash(compressed);
        label
    }

    /// The label without its hash.
    fn head(&self) -> Vec<u8> {
        [
            MAGIC.as_slice(),
            &CONTENT,
            MARK,
            &self.first.to_le_bytes(),
            &self.count.to_le_bytes(),
            &self.length.to_le_bytes(),
        ]
        .concat()
    }

    /// The hash covers the label too, so that a damaged label is not taken for the label of another frame.
    fn hash(&self, compressed: &[u8]) -> Hash {
        Sha256::new().chain_update(self.head()).chain_update(compressed).finalize().into()
    }

    fn parse(bytes: &[u8]) -> Option<Self> {
        let (magic, rest) = bytes.split_first_chunk::<4>()?;
        let (content, rest) = rest.split_first_chunk::<4>()?;
        let (mark, rest) = rest.split_first_chunk::<4>()?;
        let (first, rest) = rest.split_first_chunk::<8>()?;
        let (count, rest) = rest.split_first_chunk::<4>()?;
        let (length, rest) = rest.split_first_chunk::<8>()?;
        let label = Self {
            first: u64::from_le_bytes(*first),
            count: u32::from_le_bytes(*count),
            length: u64::from_le_bytes(*length),
            sha256: Hash::try_from(rest).ok()?,
        };
        let whole = *magic == MAGIC && *content == CONTENT && mark == MARK && label.length <= MAX_FRAME_BYTES;
        whole.then_some(label)
    }
}

/// Compresses one section and writes it with its label.
pub(super) fn write(to: &mut impl Write, section: Section, plain: &[u8]) -> io::Result<()> {
    let compressed = zstd::bulk::compress(plain, zstd::DEFAULT_COMPRESSION_LEVEL)?;
    if compressed.len() as u64 > MAX_FRAME_BYTES {
        return Err(io::Error::new(io::ErrorKind::FileTooLarge, "a frame would exceed 1 GiB"));
    }
    let (first, count) = section.label();
    // A section never holds more entries than a block, so the count fits.
    let label = Label::of(first, u32::try_from(count).map_err(io::Error::other)?, &compressed);
    to.write_all(&label.head())?;
    to.write_all(&label.sha256)?;
    to.write_all(&compressed)
}

/// What stood where a section's frame was expected.
pub(super) enum Found {
    /// The frame, whole: its compressed bytes.
    Frame(Vec<u8>),
    /// The input ended.
    End,
    /// The whole frame of other entries.
    Other { first: u64, count: u32 },
    /// A frame that is damaged, and how.
    Damaged(&'static str),
}

/// Reads the label and the compressed bytes of `section`.
pub(super) fn read(from: &mut impl Read, section: Section) -> io::Result<Found> {
    let mut bytes = Vec::with_capacity(LABEL_BYTES);
    from.by_ref().take(LABEL_BYTES as u64).read_to_end(&mut bytes)?;
    if bytes.is_empty() {
        return Ok(Found::End);
    }
    let Some(label) = Label::parse(&bytes) else { return Ok(Found::Damaged("its label is damaged")) };
    let mut compressed = Vec::new();
    from.by_ref().take(label.length).read_to_end(&mut compressed)?;
    Ok(match () {
        () if (compressed.len() as u64) < label.length => Found::Damaged("it is cut off"),
        () if label.hash(&compressed) != label.sha256 => {
            Found::Damaged("its bytes do not match their SHA-256")
        }
        () if (label.first, u64::from(label.count)) != section.label() => {
            Found::Other { first: label.first, count: label.count }
        }
        () => Found::Frame(compressed),
    })
}
