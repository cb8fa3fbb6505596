//! What a verifier found wrong, and where.

use crate::checkpoint::NoteError;
use std::io;

/// The first thing that is wrong with a bundle. [`index`](Broken::index) or [`range`](Broken::range) say where, if it
/// lies among the entries. Indexes are 0-based.
#[derive(Debug, thiserror::Error)]
pub enum Broken {
    /// Manifest or checkpoint line cannot be read, or they contradict each other.
    #[error("the head of the bundle is broken: {reason}")]
    Header {
        /// What is wrong.
        reason: String,
    },
    /// The checkpoint's signature, by the key that the manifest names, does not hold.
    #[error("the checkpoint is not signed by {vkey}, the key that the bundle names")]
    Signature {
        /// Verifier key in the manifest.
        vkey: String,
        /// What is wrong with the note.
        #[source]
        source: NoteError,
    },
    /// The checkpoint is signed, but not by the pinned key.
    #[error("the log is signed by another key: expected {pinned}, found {found}")]
    OtherKey {
        /// Verifier key in the manifest.
        found: String,
        /// Verifier key the caller pinned.
        pinned: String,
    },
    /// The pinned checkpoint is of a log with another origin.
    #[error("this is another log: expected {pinned}, found {found}")]
    OtherOrigin {
        /// Origin in the bundle.
        found: String,
        /// Origin of the pinned checkpoint.
        pinned: String,
    },
    /// The pinned checkpoint has seen more entries than the bundle holds.
    #[error("the log was rolled back: it had {pinned} entries, the bundle has {size}")]
    RolledBack {
        /// Entries in the bundle.
        size: u64,
        /// Entries at the pinned checkpoint.
        pinned: u64,
    },
    /// The bundle's first entries are not those that the pinned checkpoint saw.
    #[error(
        "the log was rewritten: its first {pinned} entries do not have the root of the pinned checkpoint"
    )]
    Forked {
        /// Entries at the pinned checkpoint.
        pinned: u64,
    },
    /// The bundle's first entries are not those that witnesses cosigned.
    #[error("the log was rewritten: its first {size} entries do not have the root that was cosigned")]
    Cosigned {
        /// Entries at the cosigned checkpoint.
        size: u64,
    },
    /// The bundle's first entries are not those of the checkpoint under which a key gave way to another.
    #[error(
        "the log was rewritten: its first {size} entries do not have the root under which its key changed"
    )]
    Handover {
        /// Entries at that checkpoint.
        size: u64,
    },
    /// The line of an entry is damaged.
    #[error("entry {index} cannot be read: {reason}")]
    Line {
        /// The entry.
        index: u64,
        /// What is wrong.
        reason: String,
    },
    /// Another entry stands in this one's place: something was deleted, repeated or moved.
    #[error("entry {index} is not in its place: entry {found} stands there")]
    Order {
        /// The entry whose place it is.
        index: u64,
        /// The entry found there.
        found: u64,
    },
    /// The entries end before the size that was signed.
    #[error("entry {index} is missing: the checkpoint has {size} entries")]
    Missing {
        /// The first entry that is missing.
        index: u64,
        /// Entries the checkpoint has.
        size: u64,
    },
    /// Entries follow that the checkpoint does not cover.
    #[error("entry {index} is too many: the checkpoint has only {index} entries")]
    Extra {
        /// Index of the first entry too many.
        index: u64,
    },
    /// A leaf does not hash to the leaf hash beside it.
    #[error("entry {index} was changed: its leaf does not match its leaf hash")]
    Leaf {
        /// The entry.
        index: u64,
    },
    /// A payload or its nonce does not match the commitment in the leaf.
    #[error("the payload of entry {index} is not the one recorded: {reason}")]
    Payload {
        /// The entry.
        index: u64,
        /// What is wrong.
        reason: &'static str,
    },
    /// The caller's own check refused an entry.
    #[error("entry {index} is refused: {reason}")]
    Refused {
        /// The entry.
        index: u64,
        /// What the caller said.
        reason: String,
    },
    /// The entries of a block do not have the subtree hash recorded after them. That hash is not signed, so it may be
    /// the changed part; the entries before this block agree with theirs.
    #[error(
        "entries {first} to {last} do not match the subtree hash recorded after them: one of them was changed, or \
         that hash, which is not signed",
        last = end.saturating_sub(1)
    )]
    Subtree {
        /// First entry of the block.
        first: u64,
        /// One past the last entry of the block.
        end: u64,
    },
    /// The line with the subtree hash of a block is missing or damaged.
    #[error("the subtree hash after entries {first} to {last} is missing or damaged: {reason}", last = end.saturating_sub(1))]
    Locator {
        /// First entry of the block.
        first: u64,
        /// One past the last entry of the block.
        end: u64,
        /// What is wrong.
        reason: String,
    },
    /// A compressed frame is damaged, missing or not in its place.
    #[error("the frame with entries {first} to {last} is broken: {reason}", last = end.saturating_sub(1))]
    Frame {
        /// First entry of the frame.
        first: u64,
        /// One past the last entry of the frame.
        end: u64,
        /// What is wrong.
        reason: String,
    },
    /// All entries agree with their own leaf hashes and subtree hashes, but not with the signed root.
    #[error(
        "the entries do not have the signed root. Every leaf hash and subtree hash in the bundle agrees with the \
         entries, but those are not signed: whoever changed an entry rewrote them too, so it may be any of the {size}"
    )]
    Root {
        /// Number of entries.
        size: u64,
    },
    /// What follows the entries is damaged, or the digest of the whole does not match.
    #[error("all entries are whole, but the rest of the bundle is broken: {reason}")]
    Trailer {
        /// What is wrong.
        reason: String,
    },
    /// The bundle could not be read.
    #[error("the bundle cannot be read")]
    Read {
        /// The caller's reader failed with this.
        #[source]
        source: io::Error,
    },
}

impl Broken {
    /// The first bad entry, 0-based, if the fault is at one entry.
    pub fn index(&self) -> Option<u64> {
        match self {
            Broken::Line { index, .. }
            | Broken::Order { index, .. }
            | Broken::Missing { index, .. }
            | Broken::Extra { index }
            | Broken::Leaf { index }
            | Broken::Payload { index, .. }
            | Broken::Refused { index, .. } => Some(*index),
            _ => None,
        }
    }

    /// The entries among which the fault lies, as first and one past the last, if it cannot be told to one entry.
    pub fn range(&self) -> Option<(u64, u64)> {
        match self {
            Broken::Subtree { first, end }
            | Broken::Locator { first, end, .. }
            | Broken::Frame { first, end, .. } => Some((*first, *end)),
            Broken::Root { size } => Some((0, *size)),
            Broken::Forked { pinned } => Some((0, *pinned)),
            Broken::Cosigned { size } | Broken::Handover { size } => Some((0, *size)),
            _ => None,
        }
    }
}
