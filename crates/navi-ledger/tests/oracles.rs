//! Two implementations that share no code with ours say the same for every size from 0 to 600: `ct-merkle`, and
//! `tlog_tiles`, a port of Go's `sumdb/tlog`.
#![expect(clippy::indexing_slicing, clippy::unwrap_used, reason = "tests fail by panicking")]

use ct_merkle::mem_backed_tree::MemoryBackedTree;
use navi_ledger::{Hash, proof, tree};
use sha2::Sha256;
use tlog_tiles::{HashReader, check_record, check_tree, prove_record, prove_tree, stored_hashes, tree_hash};

const MOST: u64 = 600;

fn entry(index: u64) -> Vec<u8> {
    format!("entry {index}").into_bytes()
}

/// Hashes in the order in which tlog stores them.
#[derive(Default)]
struct Stored(Vec<tlog_tiles::Hash>);

impl HashReader for Stored {
    fn read_hashes(&self, indexes: &[u64]) -> Result<Vec<tlog_tiles::Hash>, tlog_tiles::Error> {
        Ok(indexes.iter().map(|i| self.0[*i as usize]).collect())
    }
}

fn theirs(hashes: &[Hash]) -> Vec<tlog_tiles::Hash> {
    hashes.iter().map(|hash| tlog_tiles::Hash(*hash)).collect()
}

fn ours(hashes: &[tlog_tiles::Hash]) -> Vec<Hash> {
    hashes.iter().map(|hash| hash.0).collect()
}

/// Indices that meet every shape of a tree, without trying all 180,000 pairs with three implementations.
fn sample(size: u64) -> impl Iterator<Item = u64> {
    let edges = [0, 1, 2, 255, 256, 257, 511, 512, 513, size / 2, size / 3, size.saturating_sub(2), size - 1];
    let mut found: Vec<u64> = edges.into_iter().filter(|i| *i < size).chain((0..size).step_by(37)).collect();
    found.sort_unstable();
    found.dedup();
    found.into_iter()
}

#[test]
fn roots_and_proofs_are_those_of_two_other_implementations() {
    let leaves: Vec<Hash> = (0..MOST).map(|i| tree::leaf_hash(&entry(i))).collect();
    let (mut ct, mut tlog) = (MemoryBackedTree::<Sha256, Vec<u8>>::new(), Stored::default());
    let mut frontier = tree::Frontier::new();
    let mut roots = vec![tree::empty_root()];
    for size in 0..=MOST {
        let root = frontier.root();
        assert_eq!(root, tree::root_of(&leaves[..size as usize]), "{size}");
        assert_eq!(ct.root().as_bytes().as_slice(), root, "ct-merkle, {size}");
        assert_eq!(tree_hash(size, &tlog).unwrap().0, root, "tlog, {size}");
        if size > 0 {
            roots.push(root);
            proofs(size, &leaves, &roots, &ct, &tlog);
        }
        if size < MOST {
            ct.push(entry(size));
            let more = stored_hashes(size, &entry(size), &tlog).unwrap();
            tlog.0.extend(more);
            frontier.push(leaves[size as usize]);
        }
    }
}

fn proofs(size: u64, leaves: &[Hash], roots: &[Hash], ct: &MemoryBackedTree<Sha256, Vec<u8>>, tlog: &Stored) {
    let root = roots[size as usize];
    for index in sample(size) {
        let (what, leaf) = (format!("{index} in {size}"), leaves[index as usize]);
        let made = proof::inclusion(leaves, index, size).unwrap();
        assert_eq!(made.concat(), ct.prove_inclusion(index as usize).as_bytes(), "ct-merkle, {what}");
        let other = prove_record(size, index, tlog).unwrap();
        assert_eq!(ours(&other), made, "tlog, {what}");
        proof::verify_inclusion(&leaf, index, size, &ours(&other), &root).unwrap();
        check_record(&theirs(&made), size, tlog_tiles::Hash(root), index, tlog_tiles::Hash(leaf)).unwrap();
    }
    for old in sample(size).filter(|old| *old > 0) {
        let (what, old_root) = (format!("{old} to {size}"), roots[old as usize]);
        let made = proof::consistency(leaves, old, size).unwrap();
        assert_eq!(
            made.concat(),
            ct.prove_consistency((size - old) as usize).as_bytes(),
            "ct-merkle, {what}"
        );
        let other = prove_tree(size, old, tlog).unwrap();
        assert_eq!(ours(&other), made, "tlog, {what}");
        proof::verify_consistency(old, &old_root, size, &root, &ours(&other)).unwrap();
        let (old_hash, new_hash) = (tlog_tiles::Hash(old_root), tlog_tiles::Hash(root));
        check_tree(&theirs(&made), size, new_hash, old, old_hash).unwrap();
    }
}

/// Every way to spoil a proof is refused by all of us.
#[test]
fn a_spoilt_proof_is_refused_by_ours_and_by_theirs() {
    let leaves: Vec<Hash> = (0..MOST).map(|i| tree::leaf_hash(&entry(i))).collect();
    for size in [2, 3, 7, 8, 255, 256, 257, 511, 512, 600] {
        let root = tree::root_of(&leaves[..size as usize]);
        for index in sample(size) {
            let leaf = leaves[index as usize];
            let good = proof::inclusion(&leaves, index, size).unwrap();
            let mut other = leaf;
            other[index as usize % 32] ^= 1;
            assert!(
                proof::verify_inclusion(&other, index, size, &good, &root).is_err(),
                "leaf {index} in {size}"
            );
            for spoilt in spoilt(&good) {
                let what = format!("{index} in {size}");
                assert!(proof::verify_inclusion(&leaf, index, size, &spoilt, &root).is_err(), "{what}");
                let (root, leaf) = (tlog_tiles::Hash(root), tlog_tiles::Hash(leaf));
                assert!(check_record(&theirs(&spoilt), size, root, index, leaf).is_err(), "{what}");
            }
        }
        for old in sample(size).filter(|old| *old > 0 && *old < size) {
            let old_root = tree::root_of(&leaves[..old as usize]);
            for spoilt in spoilt(&proof::consistency(&leaves, old, size).unwrap()) {
                let what = format!("{old} to {size}");
                assert!(proof::verify_consistency(old, &old_root, size, &root, &spoilt).is_err(), "{what}");
                let (new_hash, old_hash) = (tlog_tiles::Hash(root), tlog_tiles::Hash(old_root));
                assert!(check_tree(&theirs(&spoilt), size, new_hash, old, old_hash).is_err(), "{what}");
            }
        }
    }
}

fn spoilt(good: &[Hash]) -> Vec<Vec<Hash>> {
    let mut found = vec![[good, &[[7; 32]]].concat()];
    for at in 0..good.len() {
        let mut flipped = good.to_vec();
        flipped[at][at % 32] ^= 1;
        let mut shorter = good.to_vec();
        shorter.remove(at);
        found.extend([flipped, shorter]);
        if at > 0 && good[at] != good[at - 1] {
            let mut swapped = good.to_vec();
            swapped.swap(at, at - 1);
            found.push(swapped);
        }
    }
    found
}
