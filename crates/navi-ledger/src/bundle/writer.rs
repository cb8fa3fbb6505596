//! Writing a bundle. The writer keeps the form and judges nothing: what the log holds is exported as it is, so that a
//! log changed in place still gives a bundle in which the verifier finds the change.

use super::lines::{self, CheckpointLine, End, EndLine, EntryLine, Hex, Payload, Subtree, SubtreeLine};
use super::{BLOCK_ENTRIES, Entry, MAX_LEAF_BYTES, MAX_LINE_BYTES, Manifest, Section, frame};
use crate::Hash;
use crate::checkpoint::{NoteError, Verifier};
use crate::tree::{Frontier, leaf_hash};
use sha2::{Digest, Sha256};
use std::borrow::Cow;
use std::io::{self, Write};

/// Why a bundle cannot be written.
#[derive(Debug, thiserror::Error)]
pub enum WriteError {
    /// The manifest's key does not open the note.
    #[error("the checkpoint does not belong to the manifest's key")]
    Note(#[from] NoteError),
    /// Manifest and checkpoint contradict each other.
    #[error("manifest and checkpoint differ in {field}")]
    Manifest {
        /// The field that differs.
        field: &'static str,
    },
    /// The entries are not handed in as 0, 1, 2 … up to the manifest's size.
    #[error("entry {expected} of {size} was expected, got {found}")]
    Order {
        /// Index that had to come.
        expected: u64,
        /// Index that came; the size if the bundle was finished too early.
        found: u64,
        /// Size in the manifest.
        size: u64,
    },
    /// An entry cannot be put into a line.
    #[error("entry {index} cannot be exported: {reason}")]
    Entry {
        /// The entry.
        index: u64,
        /// What is wrong with it.
        reason: &'static str,
    },
    /// A device key does not fit into a line.
    #[error("a device key is too long for a line")]
    DeviceKey,
    /// A value could not be spelled as JSON.
    #[error("a line could not be made")]
    Json(#[from] serde_json::Error),
    /// The caller's writer failed.
    #[error("the bundle could not be written")]
    Io(#[from] io::Error),
}

/// Writes a bundle to `W`, holding at most one block of entries in memory. Dropped before
/// [`finish`](Writer::finish), it leaves a bundle that every verifier calls cut off.
#[derive(Debug)]
pub struct Writer<W: Write> {
    to: W,
    compress: bool,
    size: u64,
    partial: bool,
    next: u64,
    /// Plain lines of the section begun.
    section: Vec<u8>,
    /// Leaf hashes of the block begun.
    block: Frontier,
    /// Lines for the trailer.
    device_keys: Vec<u8>,
    digest: Sha256,
}

impl<W: Write> Writer<W> {
    /// Begins a bundle of the log that `note` (the signed checkpoint) vouches for. The manifest must name its origin,
    /// size and key.
    pub fn new(to: W, manifest: Manifest, note: &str, compress: bool) -> Result<Self, WriteError> {
        Self::with_cosigned(to, manifest, note, None, compress)
    }

    /// The same, with an earlier note of the same log that witnesses cosigned.
    pub fn with_cosigned(
        to: W,
        manifest: Manifest,
        note: &str,
        cosigned: Option<&str>,
        compress: bool,
    ) -> Result<Self, WriteError> {
        Self::with_handovers(to, manifest, note, cosigned, &[], compress)
    }

    /// The same, with the earlier notes under which a key of the log gave way to another.
    pub fn with_handovers(
        to: W,
        manifest: Manifest,
        note: &str,
        cosigned: Option<&str>,
        handovers: &[String],
        compress: bool,
    ) -> Result<Self, WriteError> {
        let log = Verifier::from_vkey(&manifest.vkey)?;
        let checkpoint = log.open(note)?;
        if let Some(earlier) = cosigned.map(|note| log.open(note)).transpose()?
            && (earlier.origin != checkpoint.origin || earlier.size > checkpoint.size)
        {
            return Err(WriteError::Manifest { field: "size" });
        }
        if checkpoint.origin != manifest.origin {
            return Err(WriteError::Manifest { field: "origin" });
        }
        if checkpoint.size != manifest.size {
            return Err(WriteError::Manifest { field: "size" });
        }
        let mut writer = Self {
            to,
            compress,
            size: manifest.size,
            partial: manifest.partial,
            next: 0,
            section: Vec::new(),
            block: Frontier::new(),
            device_keys: Vec::new(),
            digest: Sha256::new(),
        };
        lines::encode(&mut writer.section, &manifest)?;
        lines::encode(
            &mut writer.section,
            &CheckpointLine {
                checkpoint: note.to_owned(),
                cosigned: cosigned.map(str::to_owned),
                handovers: handovers.to_vec(),
            },
        )?;
        writer.flush(Section::Header)?;
        Ok(writer)
    }

    /// Adds a device key, any JSON value. All of them are written after the last entry; they may be handed in at any
    /// time before [`finish`](Writer::finish).
    pub fn device_key(&mut self, key: serde_json::Value) -> Result<(), WriteError> {
        let start = self.device_keys.len();
        lines::encode(&mut self.device_keys, &serde_json::json!({ "device_key": key }))?;
        if self.device_keys.len() - start > MAX_LINE_BYTES {
            self.device_keys.truncate(start);
            return Err(WriteError::DeviceKey);
        }
        Ok(())
    }

    /// Adds the next entry. Its leaf must be UTF-8 and payload and nonce must come together; whether the payload matches
    /// its commitment is for the verifier to find.
    pub fn entry(&mut self, entry: &Entry) -> Result<(), WriteError> {
        self.entry_as_stored(entry, leaf_hash(&entry.leaf))
    }

    /// Adds the next entry with the leaf hash that the store kept since it was appended. If the leaf was changed below
    /// the store since, a verifier then names this entry instead of only finding another root.
    pub fn entry_as_stored(&mut self, entry: &Entry, leaf_hash: Hash) -> Result<(), WriteError> {
        let index = entry.index;
        if index != self.next || index >= self.size {
            return Err(WriteError::Order { expected: self.next, found: index, size: self.size });
        }
        let refuse = |reason| Err(WriteError::Entry { index, reason });
        if entry.leaf.len() > MAX_LEAF_BYTES {
            return refuse("its leaf is longer than 65,535 bytes");
        }
        let Ok(leaf) = std::str::from_utf8(&entry.leaf) else { return refuse("its leaf is not UTF-8") };
        if entry.payload.is_some() != entry.nonce.is_some() {
            return refuse("payload and nonce must come together");
        }
        let line = EntryLine {
            index,
            leaf_hash: Hex(leaf_hash),
            leaf: Some(Cow::Borrowed(leaf)),
            payload: entry.payload.as_deref().map(|bytes| Payload(Cow::Borrowed(bytes))),
            nonce: entry.nonce.map(Hex),
        };
        self.push(&line)
    }

    /// Adds the next entry as nothing but its leaf hash; only in a bundle whose manifest says that it is partial.
    pub fn left_out(&mut self, index: u64, leaf_hash: Hash) -> Result<(), WriteError> {
        if index != self.next || index >= self.size {
            return Err(WriteError::Order { expected: self.next, found: index, size: self.size });
        }
        if !self.partial {
            return Err(WriteError::Entry { index, reason: "it may be left out only of a partial bundle" });
        }
        self.push(&EntryLine { index, leaf_hash: Hex(leaf_hash), leaf: None, payload: None, nonce: None })
    }

    fn push(&mut self, line: &EntryLine<'_>) -> Result<(), WriteError> {
        let start = self.section.len();
        lines::encode(&mut self.section, line)?;
        if self.section.len() - start > MAX_LINE_BYTES {
            self.section.truncate(start);
            return Err(WriteError::Entry { index: line.index, reason: "its line is longer than 16 MiB" });
        }
        self.block.push(line.leaf_hash.0);
        self.next += 1;
        if self.block.size() == BLOCK_ENTRIES || self.next == self.size {
            self.end_block()?;
        }
        Ok(())
    }

    /// Ends the bundle, flushes and gives the writer back. All entries must have been handed in.
    pub fn finish(mut self) -> Result<W, WriteError> {
        if self.next != self.size {
            return Err(WriteError::Order { expected: self.next, found: self.size, size: self.size });
        }
        self.section = std::mem::take(&mut self.device_keys);
        self.digest.update(&self.section);
        let sha256 = Hex(self.digest.clone().finalize().into());
        lines::encode(&mut self.section, &EndLine { end: End { entries: self.size, sha256 } })?;
        self.flush(Section::Trailer { size: self.size })?;
        self.to.flush()?;
        Ok(self.to)
    }

    fn end_block(&mut self) -> Result<(), WriteError> {
        let block = std::mem::take(&mut self.block);
        let first = self.next - block.size();
        let subtree = Subtree { first, count: block.size(), hash: Hex(block.root()) };
        lines::encode(&mut self.section, &SubtreeLine { subtree })?;
        self.flush(Section::Block { first, end: self.next })?;
        Ok(())
    }

    fn flush(&mut self, section: Section) -> io::Result<()> {
        if !matches!(section, Section::Trailer { .. }) {
            self.digest.update(&self.section);
        }
        if self.compress {
            frame::write(&mut self.to, section, &self.section)?;
        } else {
            self.to.write_all(&self.section)?;
        }
        self.section.clear();
        Ok(())
    }
}
