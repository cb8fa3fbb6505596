//! Tiles (C2SP tlog-tiles): where a tree's hashes lie in files of up to 256, and which nodes a proof needs.
//!
//! A proof is made from a plan: the ranges of leaves whose hashes it lists, cut into perfect subtrees ([`Node`]), each of
//! which lies in one tile. So a proof costs a few tiles however large the tree is. Nothing here trusts a tile: whoever
//! verifies checks the finished proof against a signed root, or hashes every leaf.

use crate::Hash;
use crate::proof::ProofError;
use crate::tree::{node_hash, root_of};

/// Hashes in a full tile.
pub const WIDTH: u64 = 256;
/// Tree levels that one tile spans.
const HEIGHT: u32 = 8;

/// One tile: hashes `index * 256 ..` of tile level `level`, the first `width` of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Tile {
    /// 0: hashes of leaves; each further level: roots of full tiles below. At most 7.
    pub level: u8,
    /// Position in its level, from 0.
    pub index: u64,
    /// 1 to 256; under 256 the tile is partial.
    pub width: u16,
}

/// Why a text names no tile.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is not the path of a tile (C2SP tlog-tiles)")]
pub struct NotATile(pub String);

impl Tile {
    /// The widest tile at this place in a tree of `size` leaves; `None` beyond its edge.
    #[must_use]
    pub fn in_tree(level: u8, index: u64, size: u64) -> Option<Self> {
        let hashes = size.checked_shr(u32::from(level) * HEIGHT).unwrap_or(0);
        let width = hashes.saturating_sub(index.checked_mul(WIDTH)?).min(WIDTH);
        (level <= 7 && width > 0).then_some(Self { level, index, width: width as u16 })
    }

    /// Whether it can still grow.
    #[must_use]
    pub fn is_full(self) -> bool {
        u64::from(self.width) == WIDTH
    }

    /// Path after `tile/`: `0/x001/x234/067`, `1/003.p/12`.
    #[must_use]
    pub fn path(self) -> String {
        format!("{}/{}{}", self.level, grouped(self.index), partial(self.width))
    }

    /// Reads what [`path`](Self::path) wrote.
    ///
    /// # Errors
    /// [`NotATile`], also for a second spelling of a path (`000/067`, width 0 or 256 written out).
    pub fn parse(path: &str) -> Result<Self, NotATile> {
        let bad = || NotATile(path.to_owned());
        let (level, rest) = path.split_once('/').ok_or_else(bad)?;
        let (index, width) = position(rest).ok_or_else(bad)?;
        let tile = Self { level: level.parse().map_err(|_| bad())?, index, width };
        if tile.level <= 7 && tile.path() == path { Ok(tile) } else { Err(bad()) }
    }
}

/// A bundle of leaves, as tlog-tiles serves them: up to 256, each after its length in two big-endian bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Leaves {
    /// Position: leaves `index * 256 ..`.
    pub index: u64,
    /// 1 to 256.
    pub width: u16,
}

impl Leaves {
    /// Path after `tile/entries/`.
    #[must_use]
    pub fn path(self) -> String {
        format!("{}{}", grouped(self.index), partial(self.width))
    }

    /// Reads what [`path`](Self::path) wrote.
    ///
    /// # Errors
    /// [`NotATile`].
    pub fn parse(path: &str) -> Result<Self, NotATile> {
        let (index, width) = position(path).ok_or_else(|| NotATile(path.to_owned()))?;
        let leaves = Self { index, width };
        if leaves.path() == path { Ok(leaves) } else { Err(NotATile(path.to_owned())) }
    }

    /// The bundle's bytes. `None`: a leaf is over 65,535 bytes.
    #[must_use]
    pub fn encode<'a>(leaves: impl IntoIterator<Item = &'a [u8]>) -> Option<Vec<u8>> {
        let mut bytes = Vec::new();
        for leaf in leaves {
            bytes.extend_from_slice(&u16::try_from(leaf.len()).ok()?.to_be_bytes());
            bytes.extend_from_slice(leaf);
        }
        Some(bytes)
    }

    /// The leaves in a bundle's bytes; `None`: they break off.
    #[must_use]
    pub fn decode(mut bytes: &[u8]) -> Option<Vec<&[u8]>> {
        let mut leaves = Vec::new();
        while !bytes.is_empty() {
            let (length, rest) = bytes.split_first_chunk::<2>()?;
            let (leaf, rest) = rest.split_at_checked(usize::from(u16::from_be_bytes(*length)))?;
            leaves.push(leaf);
            bytes = rest;
        }
        Some(leaves)
    }
}

/// Groups of three digits, all but the last after an `x`.
fn grouped(index: u64) -> String {
    let mut path = format!("{:03}", index % 1000);
    let mut rest = index / 1000;
    while rest > 0 {
        path = format!("x{:03}/{path}", rest % 1000);
        rest /= 1000;
    }
    path
}

fn partial(width: u16) -> String {
    if u64::from(width) == WIDTH { String::new() } else { format!(".p/{width}") }
}

fn position(path: &str) -> Option<(u64, u16)> {
    let (groups, width) = match path.split_once(".p/") {
        Some((groups, width)) => (groups, width.parse().ok().filter(|w| (1..256).contains(w))?),
        None => (path, 256),
    };
    let mut index = 0u64;
    for group in groups.split('/') {
        let digits = group.strip_prefix('x').unwrap_or(group);
        if digits.len() != 3 || !digits.bytes().all(|b| b.is_ascii_digit()) {
            return None;
        }
        index = index.checked_mul(1000)?.checked_add(digits.parse().ok()?)?;
    }
    Some((index, width))
}

/// A perfect subtree: leaves `index << level .. (index + 1) << level`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Node {
    /// Height above the leaves.
    pub level: u32,
    /// Position among the subtrees of its height.
    pub index: u64,
}

impl Node {
    /// Level and index of the tile that holds it, or from whose hashes it is made.
    #[must_use]
    pub fn tile(self) -> (u8, u64) {
        let within = self.level % HEIGHT;
        ((self.level / HEIGHT) as u8, (self.index << within) / WIDTH)
    }

    /// Its hash, from the hashes of [`tile`](Self::tile); `None` when they are too few.
    #[must_use]
    pub fn hash(self, tile: &[Hash]) -> Option<Hash> {
        let count = 1usize << (self.level % HEIGHT);
        let start = ((self.index << (self.level % HEIGHT)) % WIDTH) as usize;
        tile.get(start..start + count).map(root_of)
    }
}

/// What a proof is made of: one entry a hash, bottom to top, each the perfect subtrees of a range, left to right.
pub type Plan = Vec<Vec<Node>>;

/// Plan of the proof that leaf `index` is in the tree of `size` leaves (RFC 6962 §2.1.1).
///
/// # Errors
/// [`ProofError::OutOfRange`].
pub fn plan_inclusion(index: u64, size: u64) -> Result<Plan, ProofError> {
    if index >= size {
        return Err(ProofError::OutOfRange { index, size });
    }
    let (mut begin, mut end) = (0, size);
    let mut path = Vec::new();
    while end - begin > 1 {
        let middle = begin + split(end - begin);
        if index < middle {
            path.push(nodes(middle, end));
            end = middle;
        } else {
            path.push(nodes(begin, middle));
            begin = middle;
        }
    }
    path.reverse();
    Ok(path)
}

/// Plan of the proof that the tree of `new` leaves extends that of `old` (RFC 6962 §2.1.2).
///
/// # Errors
/// [`ProofError::Shrunk`].
pub fn plan_consistency(old: u64, new: u64) -> Result<Plan, ProofError> {
    if old > new {
        return Err(ProofError::Shrunk { old, new });
    }
    if old == 0 || old == new {
        return Ok(Vec::new());
    }
    let (mut begin, mut end) = (0, new);
    let mut path = Vec::new();
    while old != end {
        let middle = begin + split(end - begin);
        if old <= middle {
            path.push(nodes(middle, end));
            end = middle;
        } else {
            path.push(nodes(begin, middle));
            begin = middle;
        }
    }
    if begin > 0 {
        path.push(nodes(begin, end));
    }
    path.reverse();
    Ok(path)
}

/// Carries a plan out. `hash_of` gives the hash of a node, for example by [`Node::hash`]; its error ends the work.
///
/// # Errors
/// Whatever `hash_of` answers.
pub fn carry_out<E>(
    plan: &[Vec<Node>],
    mut hash_of: impl FnMut(Node) -> Result<Hash, E>,
) -> Result<Vec<Hash>, E> {
    let mut proof = Vec::with_capacity(plan.len());
    for range in plan {
        let mut hashes = range.iter().rev();
        let Some(last) = hashes.next() else { continue };
        let mut whole = hash_of(*last)?;
        for left in hashes {
            whole = node_hash(&hash_of(*left)?, &whole);
        }
        proof.push(whole);
    }
    Ok(proof)
}

/// The perfect subtrees of leaves `begin..end`, left to right, largest first. `begin` is a multiple of the largest.
fn nodes(begin: u64, end: u64) -> Vec<Node> {
    let mut found = Vec::new();
    let mut at = begin;
    while at < end {
        let level = (end - at).ilog2();
        found.push(Node { level, index: at >> level });
        at += 1 << level;
    }
    found
}

/// The largest power of two below two or more leaves.
fn split(count: u64) -> u64 {
    1 << (count - 1).ilog2()
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;

    use super::*;
    use crate::proof;
    use crate::tree::leaf_hash;

    /// Every tile of a tree, as a server would keep them.
    fn tiles(leaves: &[Hash]) -> HashMap<(u8, u64), Vec<Hash>> {
        let mut kept = HashMap::new();
        let mut hashes = leaves.to_vec();
        for level in 0..8 {
            for (index, tile) in hashes.chunks(256).enumerate() {
                kept.insert((level, index as u64), tile.to_vec());
            }
            hashes = hashes.chunks_exact(256).map(root_of).collect();
        }
        kept
    }

    #[test]
    fn proofs_from_tiles_are_those_from_all_leaves() {
        let leaves: Vec<Hash> = (0..66_000u32).map(|i| leaf_hash(&i.to_be_bytes())).collect();
        for size in [257, 66_000] {
            let kept = tiles(&leaves[..size as usize]);
            let from = |plan: &Plan| {
                carry_out(plan, |node| {
                    node.hash(kept.get(&node.tile()).map_or(&[], Vec::as_slice)).ok_or(node)
                })
                .unwrap()
            };
            let index = size / 3;
            let expected = proof::inclusion(&leaves, index, size).unwrap();
            assert_eq!(from(&plan_inclusion(index, size).unwrap()), expected, "{index} in {size}");
            let expected = proof::consistency(&leaves, index, size).unwrap();
            assert_eq!(from(&plan_consistency(index, size).unwrap()), expected, "{index} to {size}");
        }
        assert!(plan_inclusion(7, 7).is_err() && plan_consistency(8, 7).is_err());
    }

    #[test]
    fn small_trees_give_the_same_proofs_everywhere() {
        let leaves: Vec<Hash> = (0..300u32).map(|i| leaf_hash(&i.to_be_bytes())).collect();
        for size in (1..=300).step_by(11) {
            let kept = tiles(&leaves[..size as usize]);
            let from = |plan: &Plan| carry_out(plan, |n| n.hash(&kept[&n.tile()]).ok_or(n)).unwrap();
            for other in (0..size).step_by(3) {
                let expected = proof::inclusion(&leaves, other, size).unwrap();
                assert_eq!(from(&plan_inclusion(other, size).unwrap()), expected);
                let expected = proof::consistency(&leaves, other, size).unwrap();
                assert_eq!(from(&plan_consistency(other, size).unwrap()), expected);
            }
        }
    }

    #[test]
    fn paths_are_those_of_the_specification() {
        let full = |level, index| Tile { level, index, width: 256 };
        assert_eq!(full(0, 1_234_067).path(), "0/x001/x234/067");
        assert_eq!(Tile { level: 1, index: 3, width: 12 }.path(), "1/003.p/12");
        for tile in [full(0, 0), full(7, 999), full(2, 1000), Tile { level: 0, index: 17, width: 255 }] {
            assert_eq!(Tile::parse(&tile.path()), Ok(tile));
        }
        for bad in [
            "",
            "0",
            "0/",
            "8/000",
            "0/0",
            "0/000/067",
            "0/x000/067",
            "0/067.p/0",
            "0/067.p/256",
            "0/067.p/",
            "-1/000",
            "0/x999/x999/x999/x999/x999/x999/x999/999",
            "0/067.p/07",
        ] {
            assert!(Tile::parse(bad).is_err(), "{bad}");
        }
        assert_eq!(Leaves::parse("x001/234.p/9"), Ok(Leaves { index: 1234, width: 9 }));
    }

    #[test]
    fn a_tile_is_as_wide_as_the_tree_allows() {
        assert_eq!(Tile::in_tree(0, 0, 0), None);
        assert_eq!(Tile::in_tree(0, 0, 5), Some(Tile { level: 0, index: 0, width: 5 }));
        assert_eq!(Tile::in_tree(0, 1, 256), None);
        assert_eq!(Tile::in_tree(1, 0, 70_000), Some(Tile { level: 1, index: 0, width: 256 }));
        assert_eq!(Tile::in_tree(1, 1, 70_000), Some(Tile { level: 1, index: 1, width: 17 }));
        assert_eq!(Tile::in_tree(2, 0, 70_000), Some(Tile { level: 2, index: 0, width: 1 }));
        assert_eq!(Tile::in_tree(8, 0, u64::MAX), None);
    }

    #[test]
    fn bundles_of_leaves_break_off_visibly() {
        let leaves: [&[u8]; 3] = [b"", b"one", &[7; 65_535]];
        let bytes = Leaves::encode(leaves).unwrap();
        assert_eq!(Leaves::decode(&bytes).unwrap(), leaves);
        assert_eq!(Leaves::decode(&bytes[..bytes.len() - 1]), None);
        assert_eq!(Leaves::encode([&[0u8; 65_536][..]]), None);
    }
}
