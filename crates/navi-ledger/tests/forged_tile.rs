//! CVE-2026-56865: a verifier that authenticates downloaded tiles from the wrong one on lets a forged entry through. In a
//! log of 70,000 entries, entry 25,601 and its hash in tile `0/100` are forged; checkpoint and all else are untouched.
#![expect(clippy::indexing_slicing, clippy::unwrap_used, reason = "tests fail by panicking")]

use std::collections::HashMap;

use navi_ledger::tile::{self, Tile};
use navi_ledger::{Hash, proof, tree};
use tlog_tiles::{
    HashReader as _, TileHashReader, TileReader, check_record, prove_record, stored_hash_index,
};

const SIZE: u64 = 70_000;
const FORGED: u64 = 25_601;

/// The tiles of a log, as a server would send them.
struct Tiles(HashMap<(u8, u64), Vec<Hash>>);

impl Tiles {
    fn of(leaves: &[Hash]) -> Self {
        let (mut kept, mut hashes, mut level) = (HashMap::new(), leaves.to_vec(), 0);
        while !hashes.is_empty() {
            for (index, tile) in hashes.chunks(256).enumerate() {
                kept.insert((level, index as u64), tile.to_vec());
            }
            let (full, _) = hashes.as_chunks::<256>();
            hashes = full.iter().map(|tile| tree::root_of(tile)).collect();
            level += 1;
        }
        Self(kept)
    }

    fn node(&self, node: tile::Node) -> Result<Hash, ()> {
        node.hash(self.0.get(&node.tile()).map_or(&[], Vec::as_slice)).ok_or(())
    }

    fn carry_out(&self, plan: &[Vec<tile::Node>]) -> Vec<Hash> {
        tile::carry_out(plan, |node| self.node(node)).unwrap()
    }
}

impl TileReader for Tiles {
    fn height(&self) -> u8 {
        8
    }

    fn read_tiles(&self, tiles: &[tlog_tiles::Tile]) -> Result<Vec<Vec<u8>>, tlog_tiles::Error> {
        let bytes =
            |t: &tlog_tiles::Tile| self.0[&(t.level(), t.level_index())][..t.width() as usize].concat();
        Ok(tiles.iter().map(bytes).collect())
    }

    fn save_tiles(&self, _: &[tlog_tiles::Tile], _: &[Vec<u8>]) {}
}

#[test]
fn a_forged_tile_is_believed_by_the_faulty_reader_and_by_nothing_of_ours() {
    let leaves: Vec<Hash> = (0..SIZE).map(|i| tree::leaf_hash(format!("entry {i}").as_bytes())).collect();
    let root = tree::root_of(&leaves);
    let mut tiles = Tiles::of(&leaves);
    assert_eq!(Tile::in_tree(0, 100, SIZE).unwrap().path(), "0/100");
    let false_hash = tree::leaf_hash(b"an entry that was never appended");
    tiles.0.get_mut(&(0, 100)).unwrap()[(FORGED % 256) as usize] = false_hash;

    // The faulty reader vouches for the forged hash, so that this is the case that was meant.
    let signed = tlog_tiles::Hash(root);
    let reader = TileHashReader::new(SIZE, signed, &tiles);
    let vouched = reader.read_hashes(&[stored_hash_index(0, FORGED)]).unwrap();
    assert_eq!(vouched[0].0, false_hash);
    let made = prove_record(SIZE, FORGED, &reader).unwrap();
    assert!(check_record(&made, SIZE, signed, FORGED, tlog_tiles::Hash(false_hash)).is_err());

    // A proof that we make from these tiles does not lead the forged entry to the signed root, nor its neighbour.
    let hashes = tiles.carry_out(&tile::plan_inclusion(FORGED, SIZE).unwrap());
    assert!(proof::verify_inclusion(&false_hash, FORGED, SIZE, &hashes, &root).is_err());
    assert!(proof::verify_inclusion(&leaves[FORGED as usize], FORGED, SIZE, &hashes, &root).is_ok());
    let hashes = tiles.carry_out(&tile::plan_inclusion(FORGED - 1, SIZE).unwrap());
    let before = &leaves[(FORGED - 1) as usize];
    assert!(proof::verify_inclusion(before, FORGED - 1, SIZE, &hashes, &root).is_err());

    // Whoever remembers a checkpoint that cuts through the tile refuses the proof that is made from it.
    let old = FORGED + 3;
    let old_root = tree::root_of(&leaves[..old as usize]);
    let hashes = tiles.carry_out(&tile::plan_consistency(old, SIZE).unwrap());
    assert!(proof::verify_consistency(old, &old_root, SIZE, &root, &hashes).is_err());

    // And whoever hashes every entry gets another root.
    let mut forged = leaves;
    forged[FORGED as usize] = false_hash;
    assert_ne!(tree::root_of(&forged), root);
}
