//! Published vectors, another implementation, and every way a proof can be wrong.

use super::reference::{CONSISTENCY, INCLUSION, ROOTS, reference_leaves, unhex};
use super::*;
use crate::tree::leaf_hash;
use ct_merkle::mem_backed_tree::MemoryBackedTree;
use proptest::prelude::*;
use sha2::Sha256;

fn leaves(size: u64) -> Vec<Hash> {
    (0..size).map(|i| leaf_hash(&i.to_be_bytes())).collect()
}

fn roots(leaves: &[Hash]) -> Vec<Hash> {
    (0..=leaves.len()).map(|size| root_of(&leaves[..size])).collect()
}

#[test]
fn published_inclusion_proofs_are_made_and_hold() {
    let leaves = reference_leaves();
    for (index, size, hashes) in INCLUSION {
        let expected: Vec<Hash> = hashes.iter().map(|hash| unhex(hash)).collect();
        assert_eq!(inclusion(&leaves, index, size), Ok(expected.clone()), "{index} in {size}");
        let root = unhex(ROOTS[size as usize]);
        assert_eq!(verify_inclusion(&leaves[index as usize], index, size, &expected, &root), Ok(()));
    }
}

#[test]
fn published_consistency_proofs_are_made_and_hold() {
    let leaves = reference_leaves();
    for (old, new, hashes) in CONSISTENCY {
        let expected: Vec<Hash> = hashes.iter().map(|hash| unhex(hash)).collect();
        assert_eq!(consistency(&leaves, old, new), Ok(expected.clone()), "{old} to {new}");
        let (old_root, new_root) = (unhex(ROOTS[old as usize]), unhex(ROOTS[new as usize]));
        assert_eq!(verify_consistency(old, &old_root, new, &new_root, &expected), Ok(()));
    }
}

#[test]
fn every_root_and_proof_up_to_200_equals_that_of_ct_merkle() {
    let leaves = leaves(200);
    let roots = roots(&leaves);
    let mut oracle = MemoryBackedTree::<Sha256, Vec<u8>>::new();
    for size in 0..=200u64 {
        assert_eq!(oracle.root().as_bytes().as_slice(), roots[size as usize], "root of {size}");
        for index in 0..size {
            let ours = inclusion(&leaves, index, size).unwrap();
            assert_eq!(ours.concat(), oracle.prove_inclusion(index as usize).as_bytes(), "{index} in {size}");
            let leaf = &leaves[index as usize];
            assert_eq!(verify_inclusion(leaf, index, size, &ours, &roots[size as usize]), Ok(()));
        }
        for old in 1..size {
            let ours = consistency(&leaves, old, size).unwrap();
            let theirs = oracle.prove_consistency((size - old) as usize);
            assert_eq!(ours.concat(), theirs.as_bytes(), "{old} to {size}");
            let (old_root, new_root) = (&roots[old as usize], &roots[size as usize]);
            assert_eq!(verify_consistency(old, old_root, size, new_root, &ours), Ok(()));
        }
        oracle.push(size.to_be_bytes().to_vec());
    }
}

#[test]
fn inclusion_holds_for_no_other_index_size_leaf_or_length() {
    let leaves = leaves(20);
    let roots = roots(&leaves);
    for size in 1..=20u64 {
        let root = &roots[size as usize];
        for index in 0..size {
            let leaf = &leaves[index as usize];
            let proof = inclusion(&leaves, index, size).unwrap();
            for other in (0..size).filter(|other| *other != index) {
                assert!(
                    verify_inclusion(leaf, other, size, &proof, root).is_err(),
                    "{index} as {other} of {size}"
                );
                assert!(verify_inclusion(&leaves[other as usize], index, size, &proof, root).is_err());
            }
            assert!(verify_inclusion(&[0; 32], index, size, &proof, root).is_err());
            assert!(verify_inclusion(leaf, index, size, &proof, &[0; 32]).is_err());
            let longer = [proof.as_slice(), &[[0; 32]]].concat();
            assert!(verify_inclusion(leaf, index, size, &longer, root).is_err());
            if let Some((_, shorter)) = proof.split_last() {
                assert!(verify_inclusion(leaf, index, size, shorter, root).is_err());
            }
        }
    }
}

#[test]
fn consistency_holds_for_no_other_roots_or_length() {
    let leaves = leaves(20);
    let roots = roots(&leaves);
    for new in 0..=20u64 {
        for old in 0..=new {
            let (old_root, new_root) = (&roots[old as usize], &roots[new as usize]);
            let proof = consistency(&leaves, old, new).unwrap();
            assert_eq!(verify_consistency(old, old_root, new, new_root, &proof), Ok(()), "{old} to {new}");
            assert!(verify_consistency(old, &[0; 32], new, new_root, &proof).is_err(), "{old} to {new}");
            if old > 0 {
                assert!(verify_consistency(old, old_root, new, &[0; 32], &proof).is_err(), "{old} to {new}");
            }
            let longer = [proof.as_slice(), &[[0; 32]]].concat();
            assert!(verify_consistency(old, old_root, new, new_root, &longer).is_err());
            if let Some((_, shorter)) = proof.split_last() {
                assert!(verify_consistency(old, old_root, new, new_root, shorter).is_err());
            }
        }
    }
}

#[test]
fn what_is_not_there_cannot_be_proved() {
    let leaves = leaves(4);
    assert_eq!(inclusion(&leaves, 0, 5), Err(ProofError::NotEnoughLeaves { size: 5, leaves: 4 }));
    assert_eq!(inclusion(&leaves, 4, 4), Err(ProofError::OutOfRange { index: 4, size: 4 }));
    assert_eq!(inclusion(&[], 0, 0), Err(ProofError::OutOfRange { index: 0, size: 0 }));
    assert_eq!(consistency(&leaves, 3, 5), Err(ProofError::NotEnoughLeaves { size: 5, leaves: 4 }));
    assert_eq!(consistency(&leaves, 4, 3), Err(ProofError::Shrunk { old: 4, new: 3 }));
    let shrunk = Err(ProofError::Shrunk { old: 4, new: 3 });
    assert_eq!(verify_consistency(4, &[0; 32], 3, &[0; 32], &[]), shrunk);
    let outside = Err(ProofError::OutOfRange { index: 1, size: 1 });
    assert_eq!(verify_inclusion(&[0; 32], 1, 1, &[], &[0; 32]), outside);
}

proptest! {
    #[test]
    fn a_changed_bit_in_a_proof_is_found(size in 2u64..90, pick: u64, at: u64, bit in 0u8..8) {
        let leaves = leaves(size);
        let root = root_of(&leaves);
        let small = 1 + pick % (size - 1);
        let flip = |mut proof: Vec<Hash>| {
            let at = (at % (proof.len() as u64 * 32)) as usize;
            proof[at / 32][at % 32] ^= 1 << bit;
            proof
        };
        let proof = flip(inclusion(&leaves, small, size).unwrap());
        let found = verify_inclusion(&leaves[small as usize], small, size, &proof, &root);
        prop_assert_eq!(found, Err(ProofError::Mismatch));
        let proof = flip(consistency(&leaves, small, size).unwrap());
        let old_root = root_of(&leaves[..small as usize]);
        prop_assert_eq!(verify_consistency(small, &old_root, size, &root, &proof), Err(ProofError::Mismatch));
    }

    #[test]
    fn arbitrary_numbers_and_hashes_never_panic(
        index: u64, size: u64, proof in prop::collection::vec(any::<[u8; 32]>(), 0..70), root: [u8; 32]
    ) {
        prop_assert!(verify_inclusion(&[1; 32], index, size, &proof, &root).is_err());
        if index != size {
            prop_assert!(verify_consistency(index, &root, size, &[2; 32], &proof).is_err());
        }
    }
}
