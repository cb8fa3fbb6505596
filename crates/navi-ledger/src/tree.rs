//! The Merkle tree of RFC 6962 §2.1: hashes of leaves and nodes, roots, and the compact range that lets a writer
//! append without reading the tree. Stores nothing; proofs are in [`crate::proof`].

use crate::Hash;
use sha2::{Digest, Sha256};

/// Largest tree size that [`Frontier`] accepts. No log comes near it; it keeps the arithmetic free of overflow.
const MAX_SIZE: u64 = 1 << 62;

/// Hash of a leaf: `SHA-256(0x00 ‖ bytes)` (RFC 6962 §2.1).
pub fn leaf_hash(bytes: &[u8]) -> Hash {
    Sha256::new().chain_update([0u8]).chain_update(bytes).finalize().into()
}

/// Hash of an inner node: `SHA-256(0x01 ‖ left ‖ right)` (RFC 6962 §2.1).
pub fn node_hash(l: &Hash, r: &Hash) -> Hash {
    Sha256::new().chain_update([1u8]).chain_update(l).chain_update(r).finalize().into()
}

/// Root of the tree with no leaves: `SHA-256("")` (RFC 6962 §2.1).
pub fn empty_root() -> Hash {
    Sha256::digest(b"").into()
}

/// Merkle tree hash over leaf *hashes* (not leaf bytes), in log order; [`empty_root`] for none.
pub fn root_of(leaves: &[Hash]) -> Hash {
    let mut frontier = Frontier::new();
    leaves.iter().for_each(|leaf| frontier.push(*leaf));
    frontier.root()
}

/// Why stored bytes are not a [`Frontier`].
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TreeError {
    /// The byte count does not fit the size written in the first eight bytes.
    #[error("compact range of size {size} needs {expected} bytes, got {found}")]
    Length {
        /// Tree size the bytes claim.
        size: u64,
        /// Bytes a compact range of that size has.
        expected: usize,
        /// Bytes given.
        found: usize,
    },
    /// Fewer than the eight bytes of the size.
    #[error("compact range has no size: {found} bytes, at least 8 needed")]
    NoSize {
        /// Bytes given.
        found: usize,
    },
    /// The size is beyond any log.
    #[error("compact range claims {size} leaves, more than a log can hold")]
    TooLarge {
        /// Tree size the bytes claim.
        size: u64,
    },
}

/// Compact range of a tree: its size and the roots of the perfect subtrees along its right edge, largest first.
///
/// There is one subtree per set bit of the size, so it stays under 2 KiB for every log. Appending costs two hashes
/// on average.
#[derive(Clone, Default, PartialEq, Eq, Debug)]
pub struct Frontier {
    size: u64,
    peaks: Vec<Hash>,
}

impl Frontier {
    /// The empty tree.
    pub fn new() -> Self {
        Self::default()
    }

    /// Number of leaves.
    pub fn size(&self) -> u64 {
        self.size
    }

    /// Appends one leaf hash at index [`size`](Self::size).
    pub fn push(&mut self, leaf: Hash) {
        self.push_subtree(0, leaf);
    }

    /// Appends every leaf of `other`, whose leaves come directly after ours.
    ///
    /// Our size must be a multiple of the power of two at or above `other`'s size (a whole number of blocks),
    /// otherwise the subtrees of `other` are not subtrees of the whole.
    pub fn push_block(&mut self, other: &Frontier) {
        let levels = (0..u64::BITS).rev().filter(|level| other.size >> level & 1 == 1);
        for (level, peak) in levels.zip(&other.peaks) {
            self.push_subtree(level, *peak);
        }
    }

    /// Appends a perfect subtree of 2^level leaves; the size must be a multiple of that.
    fn push_subtree(&mut self, level: u32, root: Hash) {
        debug_assert!(self.size.trailing_zeros() >= level, "block at {} is not aligned", self.size);
        let mut root = root;
        let mut carry = self.size >> level;
        while carry & 1 == 1 {
            let Some(left) = self.peaks.pop() else { break };
            root = node_hash(&left, &root);
            carry >>= 1;
        }
        self.peaks.push(root);
        self.size += 1 << level;
    }

    /// Root over all leaves pushed so far; [`empty_root`] for none.
    pub fn root(&self) -> Hash {
        let mut peaks = self.peaks.iter().rev();
        match peaks.next() {
            None => empty_root(),
            Some(last) => peaks.fold(*last, |right, left| node_hash(left, &right)),
        }
    }

    /// Stored form: the size as 8 bytes big-endian, then the subtree roots, largest first, 32 bytes each.
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(8 + 32 * self.peaks.len());
        bytes.extend_from_slice(&self.size.to_be_bytes());
        self.peaks.iter().for_each(|peak| bytes.extend_from_slice(peak));
        bytes
    }

    /// Reads what [`to_bytes`](Self::to_bytes) wrote. The hashes are taken as they are: whoever stores them compares
    /// [`root`](Self::root) with a signed checkpoint.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, TreeError> {
        let Some((size, rest)) = bytes.split_first_chunk::<8>() else {
            return Err(TreeError::NoSize { found: bytes.len() });
        };
        let size = u64::from_be_bytes(*size);
        if size > MAX_SIZE {
            return Err(TreeError::TooLarge { size });
        }
        let (peaks, tail) = rest.as_chunks::<32>();
        if peaks.len() != size.count_ones() as usize || !tail.is_empty() {
            let expected = 8 + 32 * size.count_ones() as usize;
            return Err(TreeError::Length { size, expected, found: bytes.len() });
        }
        Ok(Self { size, peaks: peaks.to_vec() })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::proof::reference::{ROOTS, reference_leaves};

    #[test]
    fn roots_of_the_eight_reference_leaves_are_those_of_the_certificate_transparency_vectors() {
        let leaves = reference_leaves();
        for (size, root) in ROOTS.iter().enumerate() {
            assert_eq!(hex::encode(root_of(&leaves[..size])), *root, "size {size}");
        }
    }

    #[test]
    fn stored_frontier_continues_where_it_stopped() {
        let leaves: Vec<Hash> = (0..300u32).map(|i| leaf_hash(&i.to_be_bytes())).collect();
        let mut frontier = Frontier::new();
        for (i, leaf) in leaves.iter().enumerate() {
            frontier = Frontier::from_bytes(&frontier.to_bytes()).unwrap();
            assert_eq!(frontier.size(), i as u64);
            frontier.push(*leaf);
            assert_eq!(frontier.root(), root_of(&leaves[..=i]));
        }
    }

    #[test]
    fn blocks_append_like_their_leaves() {
        let leaves: Vec<Hash> = (0..70u32).map(|i| leaf_hash(&i.to_be_bytes())).collect();
        let mut whole = Frontier::new();
        for block in leaves.chunks(16) {
            let mut part = Frontier::new();
            block.iter().for_each(|leaf| part.push(*leaf));
            whole.push_block(&part);
        }
        assert_eq!(whole.size(), 70);
        assert_eq!(whole.root(), root_of(&leaves));
    }

    #[test]
    fn bytes_that_are_no_frontier_are_refused() {
        let mut three = Frontier::new();
        (0..3u8).for_each(|i| three.push([i; 32]));
        let bytes = three.to_bytes();
        assert_eq!(Frontier::from_bytes(&bytes[..7]), Err(TreeError::NoSize { found: 7 }));
        let length = TreeError::Length { size: 3, expected: 72, found: 71 };
        assert_eq!(Frontier::from_bytes(&bytes[..71]), Err(length));
        assert!(Frontier::from_bytes(&[bytes.as_slice(), &[0]].concat()).is_err());
        assert_eq!(Frontier::from_bytes(&[0xff; 8]), Err(TreeError::TooLarge { size: u64::MAX }));
        assert_eq!(Frontier::from_bytes(&[0; 8]), Ok(Frontier::new()));
    }
}
