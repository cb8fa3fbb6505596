//! Inclusion and consistency proofs (RFC 6962 §2.1.1, §2.1.2), checked by the algorithms of RFC 9162 §2.1.3.2 and
//! §2.1.4.2. Makers of proofs get the leaf hashes; checkers need only the proof. Hashes are listed bottom to top.

use crate::Hash;
use crate::tree::{empty_root, node_hash, root_of};

#[cfg(test)]
pub(crate) mod reference;

/// Why a proof cannot be made or does not hold.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ProofError {
    /// The tree asked for is larger than the leaves given.
    #[error("a tree of {size} leaves was asked for, but only {leaves} are here")]
    NotEnoughLeaves {
        /// Tree size asked for.
        size: u64,
        /// Leaves given.
        leaves: u64,
    },
    /// The index lies outside the tree.
    #[error("entry {index} is not in a tree of {size}")]
    OutOfRange {
        /// 0-based index asked for.
        index: u64,
        /// Tree size.
        size: u64,
    },
    /// The newer tree is the smaller one.
    #[error("the tree shrank from {old} to {new} entries")]
    Shrunk {
        /// Size of the older tree.
        old: u64,
        /// Size of the newer tree.
        new: u64,
    },
    /// The proof has too few or too many hashes for these sizes.
    #[error("the proof has the wrong number of hashes ({found})")]
    Length {
        /// Hashes in the proof.
        found: usize,
    },
    /// The proof leads to another root than the one given.
    #[error("the proof does not lead to the given root")]
    Mismatch,
}

/// Proof that leaf `index` is in the tree of the first `size` of `leaves` (leaf hashes). Costs `size` hashes.
pub fn inclusion(leaves: &[Hash], index: u64, size: u64) -> Result<Vec<Hash>, ProofError> {
    let mut rest = first(leaves, size)?;
    if index >= size {
        return Err(ProofError::OutOfRange { index, size });
    }
    let mut index = index as usize;
    let mut path = Vec::new();
    while rest.len() > 1 {
        let (left, right) = split(rest);
        if index < left.len() {
            path.push(root_of(right));
            rest = left;
        } else {
            path.push(root_of(left));
            index -= left.len();
            rest = right;
        }
    }
    path.reverse();
    Ok(path)
}

/// Checks that `leaf` (a leaf hash) is entry `index` of the tree of `size` entries with that `root`.
pub fn verify_inclusion(
    leaf: &Hash,
    index: u64,
    size: u64,
    proof: &[Hash],
    root: &Hash,
) -> Result<(), ProofError> {
    if index >= size {
        return Err(ProofError::OutOfRange { index, size });
    }
    let (mut node, mut last, mut hash) = (index, size - 1, *leaf);
    for sibling in proof {
        if last == 0 {
            return Err(ProofError::Length { found: proof.len() });
        }
        if node & 1 == 1 || node == last {
            hash = node_hash(sibling, &hash);
            while node & 1 == 0 && node != 0 {
                node >>= 1;
                last >>= 1;
            }
        } else {
            hash = node_hash(&hash, sibling);
        }
        node >>= 1;
        last >>= 1;
    }
    match (last == 0, hash == *root) {
        (false, _) => Err(ProofError::Length { found: proof.len() }),
        (true, false) => Err(ProofError::Mismatch),
        (true, true) => Ok(()),
    }
}

/// Proof that the tree of the first `new` of `leaves` extends the tree of the first `old` of them. Empty if the
/// sizes are equal or `old` is 0: every tree extends the empty one. Costs `new` hashes.
pub fn consistency(leaves: &[Hash], old: u64, new: u64) -> Result<Vec<Hash>, ProofError> {
    let mut rest = first(leaves, new)?;
    if old > new {
        return Err(ProofError::Shrunk { old, new });
    }
    if old == 0 || old == new {
        return Ok(Vec::new());
    }
    let mut old = old as usize;
    let mut path = Vec::new();
    // Whether `rest` still starts at entry 0, that is, whether the checker knows its old root without being told.
    let mut from_start = true;
    while old != rest.len() {
        let (left, right) = split(rest);
        if old <= left.len() {
            path.push(root_of(right));
            rest = left;
        } else {
            path.push(root_of(left));
            old -= left.len();
            rest = right;
            from_start = false;
        }
    }
    if !from_start {
        path.push(root_of(rest));
    }
    path.reverse();
    Ok(path)
}

/// Checks that the newer tree contains the older one as its first `old_size` entries.
pub fn verify_consistency(
    old_size: u64,
    old_root: &Hash,
    new_size: u64,
    new_root: &Hash,
    proof: &[Hash],
) -> Result<(), ProofError> {
    if old_size > new_size {
        return Err(ProofError::Shrunk { old: old_size, new: new_size });
    }
    let wrong_length = ProofError::Length { found: proof.len() };
    if old_size == new_size || old_size == 0 {
        return match () {
            () if !proof.is_empty() => Err(wrong_length),
            () if old_size == new_size && old_root != new_root => Err(ProofError::Mismatch),
            () if old_size == 0 && *old_root != empty_root() => Err(ProofError::Mismatch),
            () => Ok(()),
        };
    }
    let mut siblings = proof.iter();
    let skipped = (old_size - 1).trailing_ones();
    let (mut node, mut last) = ((old_size - 1) >> skipped, (new_size - 1) >> skipped);
    // An old tree that is one perfect subtree is itself the first hash and is left out of the proof.
    let start = if node == 0 { Some(old_root) } else { siblings.next() };
    let Some(start) = start else { return Err(wrong_length) };
    let (mut older, mut newer) = (*start, *start);
    for sibling in siblings {
        if last == 0 {
            return Err(wrong_length);
        }
        if node & 1 == 1 || node == last {
            older = node_hash(sibling, &older);
            newer = node_hash(sibling, &newer);
            while node & 1 == 0 && node != 0 {
                node >>= 1;
                last >>= 1;
            }
        } else {
            newer = node_hash(&newer, sibling);
        }
        node >>= 1;
        last >>= 1;
    }
    match (last == 0, older == *old_root && newer == *new_root) {
        (false, _) => Err(wrong_length),
        (true, false) => Err(ProofError::Mismatch),
        (true, true) => Ok(()),
    }
}

/// The first `size` leaves, or that there are fewer.
fn first(leaves: &[Hash], size: u64) -> Result<&[Hash], ProofError> {
    usize::try_from(size)
        .ok()
        .and_then(|size| leaves.get(..size))
        .ok_or(ProofError::NotEnoughLeaves { size, leaves: leaves.len() as u64 })
}

/// Splits two or more leaves after the largest power of two below their number (RFC 6962 §2.1).
fn split(leaves: &[Hash]) -> (&[Hash], &[Hash]) {
    let left = 1usize << (usize::BITS - 1 - leaves.len().saturating_sub(1).max(1).leading_zeros());
    leaves.split_at(left)
}

#[cfg(test)]
mod tests;
