//! The transparency log: leaf hashes, Merkle tree, proofs, signed checkpoints, payload commitments and bundles.
//!
//! This crate sees bytes only. It does no I/O of its own (bundles read and write what the caller hands in), knows
//! no clock and no randomness, and does not know what an event means: of a leaf it reads at most the one field
//! `payload_commitment`, to check a payload against it.
//!
//! | module | owns | source |
//! |---|---|---|
//! | [`tree`] | leaf and node hash, root, compact range | RFC 6962 §2.1 |
//! | [`proof`] | inclusion and consistency proofs | RFC 6962 §2.1.1, §2.1.2; RFC 9162 §2.1 |
//! | [`tile`] | tiles, bundles of leaves, proofs from tiles | C2SP tlog-tiles |
//! | [`checkpoint`] | signed notes over origin, size and root | C2SP signed-note, tlog-checkpoint |
//! | [`cosignature`] | what witnesses add to a checkpoint | C2SP tlog-cosignature |
//! | [`tlog_proof`] | one entry's proof as one file | C2SP tlog-proof |
//! | [`purpose`] | keys of other purposes, made from the ledger's key | RFC 2104, RFC 8032 |
//! | [`commitment`] | HMAC-SHA256 commitments to payloads | RFC 2104 |
//! | [`bundle`] | the one-file export and its verification | architecture.md |

pub mod bundle;
pub mod checkpoint;
pub mod commitment;
mod note;
pub mod purpose;
pub use note::cosignature;
pub mod proof;
pub mod tile;
pub mod tlog_proof;
pub mod tree;

/// A SHA-256 digest: a leaf hash, a node hash or a root.
pub type Hash = [u8; 32];
