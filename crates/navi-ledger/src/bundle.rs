//! Bundles: a whole log in one file that anyone can verify without network or server.
//!
//! A bundle is JSON Lines, every line in its one canonical spelling, in this order:
//!
//! 1. the manifest: `{"navi_bundle":1,"origin":…,"size":…,"exported_at_us":…,"vkey":…}`;
//! 2. the signed checkpoint: `{"checkpoint":NOTE,"cosigned":NOTE?,"handovers":[NOTE]?}`; the second is an earlier one
//!    that witnesses cosigned, because the newest is mostly too young for that; handovers are earlier ones under which
//!    a key gave way to another;
//! 3. the entries in log order: `{"index":…,"leaf_hash":HEX,"leaf":TEXT,"payload":…?,"nonce":HEX?}`; the payload is its
//!    text, or `{"b64":…}` if it is not UTF-8. After every 256 entries, and after the last, comes a locator
//!    `{"subtree":{"first":…,"count":…,"hash":HEX}}`;
//! 4. `{"device_key":…}` lines, whatever JSON the exporter put there;
//! 5. `{"end":{"entries":…,"sha256":HEX}}`, the SHA-256 of every byte before this line.
//!
//! What carries proof is the checkpoint: its signature, and that the leaves hash to its root. Leaf hashes and
//! subtree hashes are **not** signed; they are there to say *where* a bundle was changed. The digest in the last line
//! is not signed either; it finds accidents in bytes that no signature covers (export time, device keys).
//!
//! A bundle whose manifest says `"partial":true` may leave entries out: of those it has `{"index":…,"leaf_hash":HEX}`, so
//! that the tree still hashes to the signed root. Nothing else can be said of them, and a report counts them.
//!
//! A compressed bundle is the same bytes in Zstandard frames: one for lines 1 and 2, one for each 256 entries with
//! their locator, one for the rest. Before each frame stands a skippable frame that says which entries follow, how long
//! the frame is and the SHA-256 of both, so that a broken frame names its entries, and any `zstd -d` still gives the plain
//! bundle. Readers tell the two apart by the first four bytes.

mod broken;
mod frame;
mod lines;
mod source;
mod verify;
mod witnessed;
mod writer;

pub use broken::Broken;
pub use lines::Manifest;
pub use verify::{Pin, Report, VerifiedEntry, verify, verify_against};
pub use witnessed::Notes;
pub use writer::{WriteError, Writer};

/// Entries between two locators, and entries of one compressed frame.
pub const BLOCK_ENTRIES: u64 = 256;

/// Longest leaf in bytes: tlog-tiles has 16 bits for its length.
pub const MAX_LEAF_BYTES: usize = 65_535;

/// Longest line in bytes, its line feed included. Bounds what a verifier holds in memory.
pub const MAX_LINE_BYTES: usize = 16 << 20;

/// One entry as an exporter hands it in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// 0-based index in the log.
    pub index: u64,
    /// The exact canonical bytes of the leaf; UTF-8 JSON of at most [`MAX_LEAF_BYTES`].
    pub leaf: Vec<u8>,
    /// The payload that the leaf commits to; `None` if it was erased or pruned.
    pub payload: Option<Vec<u8>>,
    /// The commitment's nonce; present exactly if the payload is.
    pub nonce: Option<[u8; 32]>,
}

/// A part of a bundle: the unit of a compressed frame.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Section {
    /// Manifest and checkpoint.
    Header,
    /// Entries `first..end` and their locator.
    Block { first: u64, end: u64 },
    /// Everything after the last of `size` entries.
    Trailer { size: u64 },
}

impl Section {
    /// Index of the first entry and number of entries, as a frame's label says them.
    fn label(self) -> (u64, u64) {
        match self {
            Section::Header => (0, 0),
            Section::Block { first, end } => (first, end - first),
            Section::Trailer { size } => (size, 0),
        }
    }
}

#[cfg(test)]
mod tests;
