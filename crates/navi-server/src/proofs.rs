//! Proofs from stored tiles: a few reads, however long the log is.

use std::collections::HashMap;
use std::collections::hash_map::Entry;

use navi_ledger::Hash;
use navi_ledger::proof::{self, ProofError};
use navi_ledger::tile::{self, Plan, Tile};
use navi_protocol::problem::Code;
use navi_store::Store;

use crate::Refusal;

/// That entry `index` is in the tree of `size` entries.
///
/// # Errors
/// `invalid` when there is no such proof; the store's refusal.
pub async fn inclusion(store: &dyn Store, index: u64, size: u64) -> Result<Vec<Hash>, Refusal> {
    let size = within(store, size).await?;
    carry_out(store, tile::plan_inclusion(index, size).map_err(no_proof)?, size).await
}

/// That the tree of `new` entries extends that of `old`.
///
/// # Errors
/// As [`inclusion`].
pub async fn consistency(store: &dyn Store, old: u64, new: u64) -> Result<Vec<Hash>, Refusal> {
    let new = within(store, new).await?;
    carry_out(store, tile::plan_consistency(old, new).map_err(no_proof)?, new).await
}

/// As [`consistency`], of a ledger that was closed when a new origin began.
///
/// # Errors
/// `not_found` when no such ledger was closed; as [`inclusion`].
pub async fn consistency_of_closed(
    store: &dyn Store,
    origin: &str,
    old: u64,
    new: u64,
) -> Result<Vec<Hash>, Refusal> {
    let leaves = store.closed_leaf_hashes(origin).await?;
    if leaves.is_empty() {
        return Err(Refusal::not_found("closed ledger", origin));
    }
    proof::consistency(&leaves, old, new).map_err(no_proof)
}

async fn within(store: &dyn Store, size: u64) -> Result<u64, Refusal> {
    let known = store.head().await?.size;
    if size > known {
        return Err(Refusal::new(Code::Invalid, format!("The ledger has {known} entries, not {size}.")));
    }
    Ok(size)
}

fn no_proof(error: ProofError) -> Refusal {
    Refusal::new(Code::Invalid, format!("There is no such proof: {error}."))
}

async fn carry_out(store: &dyn Store, plan: Plan, size: u64) -> Result<Vec<Hash>, Refusal> {
    let mut tiles: HashMap<(u8, u64), Vec<Hash>> = HashMap::new();
    for (level, index) in plan.iter().flatten().map(|node| node.tile()) {
        if let (Entry::Vacant(place), Some(tile)) =
            (tiles.entry((level, index)), Tile::in_tree(level, index, size))
        {
            place.insert(store.tile(tile).await?);
        }
    }
    tile::carry_out(&plan, |node| {
        node.hash(tiles.get(&node.tile()).map_or(&[], Vec::as_slice)).ok_or_else(|| {
            tracing::error!(?node, "a tile is missing");
            Refusal::new(Code::Unavailable, "A tile of the ledger is missing. Verify it with fsck.")
        })
    })
}
