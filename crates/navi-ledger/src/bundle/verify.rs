//! Verifying a bundle in one pass: signature, canonical form, leaf hashes, commitments, subtree hashes, root, digest.

use super::lines::{self, CheckpointLine, Commitment, EndLine, Hex, Manifest, Payload, SubtreeLine};
use super::source::{Fault, Source};
use super::witnessed::Notes;
use super::{BLOCK_ENTRIES, Broken, MAX_LEAF_BYTES, Section};
use crate::checkpoint::{Checkpoint, NoteError, Verifier};
use crate::tree::{Frontier, leaf_hash};
use crate::{Hash, commitment};
use std::io::Read;

/// Most device keys read, and most bytes of them. Bounds what a verifier holds in memory.
const MAX_DEVICE_KEYS: usize = 1 << 16;
const MAX_DEVICE_KEY_BYTES: usize = 64 << 20;
/// Most changes of the log's key.
const MAX_HANDOVERS: usize = 1_000;

/// What the caller trusts beforehand. With nothing pinned, a verdict only says that the bundle agrees with itself and
/// with the key it names.
#[derive(Debug, Clone, Copy, Default)]
pub struct Pin<'a> {
    /// The log's key. Must have signed the bundle's checkpoint.
    pub key: Option<&'a Verifier>,
    /// A checkpoint seen before. The bundle must extend it.
    pub checkpoint: Option<&'a Checkpoint>,
}

/// An entry whose leaf matches its leaf hash and whose payload, if there, matches the leaf's commitment. That it is in
/// the signed tree is known only when verification has ended well.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VerifiedEntry {
    /// 0-based index in the log.
    pub index: u64,
    /// RFC 6962 hash of the leaf.
    pub leaf_hash: Hash,
    /// The exact bytes of the leaf, a JSON object.
    pub leaf: Vec<u8>,
    /// The commitment in the leaf; `None` if the leaf commits to no payload.
    pub payload_commitment: Option<Hash>,
    /// The payload, checked against the commitment. `None` beside a commitment means that it is absent: whether an
    /// erasure or pruning explains that is for the caller to judge.
    pub payload: Option<Vec<u8>>,
    /// The nonce of the commitment, present exactly if the payload is.
    pub nonce: Option<[u8; 32]>,
}

/// What a whole bundle was found to be.
#[derive(Debug, Clone, PartialEq)]
pub struct Report {
    /// Origin of the log, signed.
    pub origin: String,
    /// Number of entries, signed.
    pub size: u64,
    /// Root of the tree, signed.
    pub root: Hash,
    /// Name of the key that signed.
    pub key_name: String,
    /// Verifier key of the key that signed, as the bundle names it. Only worth something if `pinned`, or compared by the
    /// caller with a key from elsewhere.
    pub vkey: String,
    /// Whether every entry is covered by what the caller pinned.
    pub pinned: bool,
    /// How many of the first entries are covered by what the caller pinned: all with a pinned key, those up to it with
    /// a pinned checkpoint, none otherwise.
    pub pinned_size: u64,
    /// Payloads present, all checked.
    pub payloads: u64,
    /// Entries whose leaf commits to a payload that is not there.
    pub absent: u64,
    /// The bundle says that it leaves entries out.
    pub partial: bool,
    /// Entries of which only the leaf hash is here: in the tree, and nothing more is known of them.
    pub left_out: u64,
    /// Uncompressed bytes read.
    pub bytes: u64,
    /// Whether the bundle was compressed.
    pub compressed: bool,
    /// When the bundle was made, UTC microseconds since 1970. Unsigned.
    pub exported_at_us: i64,
    /// The device keys in the bundle, in order. Unsigned.
    pub device_keys: Vec<serde_json::Value>,
    /// The signed notes, whose trees these entries are, with whatever witnesses signed under them.
    pub notes: Notes,
}

/// Verifies a bundle; `pinned` is the log's key, if the caller knows it. See [`verify_against`].
pub fn verify<R: Read>(
    r: R,
    pinned: Option<&Verifier>,
    visit: &mut dyn FnMut(&VerifiedEntry) -> Result<(), String>,
) -> Result<Report, Broken> {
    verify_against(r, Pin { key: pinned, checkpoint: None }, visit)
}

/// Verifies a bundle, plain or compressed, against what the caller pinned, and shows `visit` each entry in order. An
/// error from `visit` ends it as [`Broken::Refused`].
///
/// Stops at the first fault. Reads once, in constant memory apart from the device keys. `visit` sees entries before the
/// root is known: what it gathers counts only if this returns `Ok`.
pub fn verify_against<R: Read>(
    r: R,
    pin: Pin<'_>,
    visit: &mut dyn FnMut(&VerifiedEntry) -> Result<(), String>,
) -> Result<Report, Broken> {
    let source = Source::open(r).map_err(|source| Broken::Read { source })?;
    let mut pass = Pass::begin(source, pin)?;
    let size = pass.checkpoint.size;
    while pass.tree.size() < size {
        let first = pass.tree.size();
        pass.block(first, size.min(first + BLOCK_ENTRIES), visit)?;
    }
    if pass.tree.root() != pass.checkpoint.root {
        return Err(Broken::Root { size });
    }
    pass.trailer()
}

/// What a line of an entry holds.
enum Found {
    Entry(VerifiedEntry),
    LeftOut(Hash),
}

/// One pass over a bundle.
struct Pass<'a, R: Read> {
    source: Source<R>,
    pin: Pin<'a>,
    manifest: Manifest,
    checkpoint: Checkpoint,
    /// The checkpoint that witnesses cosigned.
    earlier: Option<Checkpoint>,
    /// The checkpoints under which a key gave way to another.
    changes: Vec<Checkpoint>,
    notes: Notes,
    key_name: String,
    /// The tree over all blocks so far.
    tree: Frontier,
    payloads: u64,
    absent: u64,
    left_out: u64,
    /// Memory for the line being read, and for its spelling.
    line: Vec<u8>,
    spelled: Vec<u8>,
}

impl<'a, R: Read> Pass<'a, R> {
    /// Reads manifest and checkpoint and decides who signed.
    fn begin(mut source: Source<R>, pin: Pin<'a>) -> Result<Self, Broken> {
        let header = |reason: String| Broken::Header { reason };
        let at = |fault| in_header(fault);
        let mut line = Vec::new();
        source.begin(Section::Header).map_err(at)?;
        source.line(&mut line).map_err(at)?;
        source.absorb(&line);
        let manifest: Manifest = lines::decode(&line).map_err(header)?;
        source.line(&mut line).map_err(at)?;
        source.absorb(&line);
        let CheckpointLine { checkpoint: note, cosigned, handovers } =
            lines::decode(&line).map_err(header)?;
        source.end().map_err(at)?;
        if manifest.navi_bundle != 1 {
            return Err(header(format!("version {} of the format is unknown", manifest.navi_bundle)));
        }
        let verifier = Verifier::from_vkey(&manifest.vkey).map_err(|error| header(error.to_string()))?;
        let checkpoint = open(&note, &verifier, pin.key)?;
        if checkpoint.origin != manifest.origin || checkpoint.size != manifest.size {
            return Err(header("manifest and checkpoint name different logs or sizes".into()));
        }
        let earlier = match &cosigned {
            Some(note) => Some(open(note, &verifier, pin.key)?),
            None => None,
        };
        let fits = |c: &Checkpoint| c.origin == checkpoint.origin && (1..=checkpoint.size).contains(&c.size);
        if earlier.as_ref().is_some_and(|earlier| !fits(earlier)) {
            return Err(header("the cosigned checkpoint is of another log, or of a later one".into()));
        }
        if handovers.len() > MAX_HANDOVERS {
            return Err(header("its key changed too often".into()));
        }
        let read = |note: &String| Checkpoint::from_trusted_note(note).ok().filter(fits);
        let changes: Option<Vec<Checkpoint>> = handovers.iter().map(read).collect();
        let Some(changes) = changes else {
            return Err(header(
                "a checkpoint under which its key changed is of another log, or of a later one".into(),
            ));
        };
        let notes = Notes::new(note, earlier.as_ref().map(|c| c.size).zip(cosigned), handovers);
        let pass = Self {
            source,
            pin,
            earlier,
            changes,
            notes,
            manifest,
            checkpoint,
            key_name: verifier.name().to_owned(),
            tree: Frontier::new(),
            payloads: 0,
            absent: 0,
            left_out: 0,
            line,
            spelled: Vec::new(),
        };
        pass.extends_pinned_checkpoint()?;
        Ok(pass)
    }

    /// What can be told of a pinned checkpoint before any entry.
    fn extends_pinned_checkpoint(&self) -> Result<(), Broken> {
        let Some(pinned) = self.pin.checkpoint else { return Ok(()) };
        if pinned.origin != self.checkpoint.origin {
            let found = self.checkpoint.origin.clone();
            return Err(Broken::OtherOrigin { found, pinned: pinned.origin.clone() });
        }
        if pinned.size > self.checkpoint.size {
            return Err(Broken::RolledBack { size: self.checkpoint.size, pinned: pinned.size });
        }
        if pinned.size == 0 && pinned.root != self.tree.root() {
            return Err(Broken::Forked { pinned: 0 });
        }
        Ok(())
    }

    /// Reads entries `first..end` and their locator.
    fn block(
        &mut self,
        first: u64,
        end: u64,
        visit: &mut dyn FnMut(&VerifiedEntry) -> Result<(), String>,
    ) -> Result<(), Broken> {
        let section = Section::Block { first, end };
        let mut block = Frontier::new();
        self.source.begin(section).map_err(|fault| in_block(fault, first, end, None))?;
        for index in first..end {
            match self.entry(section, index)? {
                Found::Entry(entry) => {
                    visit(&entry).map_err(|reason| Broken::Refused { index, reason })?;
                    block.push(entry.leaf_hash);
                }
                Found::LeftOut(leaf_hash) => block.push(leaf_hash),
            }
            self.meets_earlier_checkpoints(&block)?;
        }
        self.locator(first, end, &block)?;
        self.source.end().map_err(|fault| in_block(fault, first, end, None))?;
        self.tree.push_block(&block);
        Ok(())
    }

    /// Reads and checks one entry.
    fn entry(&mut self, section: Section, index: u64) -> Result<Found, Broken> {
        let size = self.checkpoint.size;
        self.source.line(&mut self.line).map_err(|fault| {
            let (first, count) = section.label();
            in_block(fault, first, first + count, Some((index, size)))
        })?;
        if !self.line.starts_with(lines::ENTRY) {
            let later = self.line.starts_with(lines::LOCATOR) || self.line.starts_with(lines::END);
            let later = later || self.line.starts_with(lines::DEVICE_KEY);
            let reason = "it does not begin like the line of an entry".into();
            return Err(if later { Broken::Missing { index, size } } else { Broken::Line { index, reason } });
        }
        let damaged = |reason: String| Broken::Line { index, reason };
        let line = lines::decode_entry(&self.line, &mut self.spelled).map_err(damaged)?;
        if line.index != index {
            return Err(Broken::Order { index, found: line.index });
        }
        let Some(leaf) = line.leaf else {
            if !self.manifest.partial {
                return Err(damaged(
                    "its leaf is missing, and the bundle does not say that it is partial".into(),
                ));
            }
            if line.payload.is_some() || line.nonce.is_some() {
                return Err(damaged("it has a payload and no leaf".into()));
            }
            let leaf_hash = line.leaf_hash.0;
            self.left_out += 1;
            self.source.absorb(&self.line);
            return Ok(Found::LeftOut(leaf_hash));
        };
        if leaf.len() > MAX_LEAF_BYTES {
            return Err(damaged("its leaf is longer than 65,535 bytes".into()));
        }
        let leaf = leaf.into_owned().into_bytes();
        let entry = check(index, line.leaf_hash.0, leaf, line.payload, line.nonce)?;
        self.payloads += u64::from(entry.payload.is_some());
        self.absent += u64::from(entry.payload.is_none() && entry.payload_commitment.is_some());
        self.source.absorb(&self.line);
        Ok(Found::Entry(entry))
    }

    /// Compares the tree so far with the pinned and the cosigned checkpoint, when it has their size.
    fn meets_earlier_checkpoints(&self, block: &Frontier) -> Result<(), Broken> {
        let size = self.tree.size() + block.size();
        let differs = |root: Hash| {
            let mut tree = self.tree.clone();
            tree.push_block(block);
            tree.root() != root
        };
        match (self.pin.checkpoint, &self.earlier) {
            (Some(pinned), _) if pinned.size == size && differs(pinned.root) => {
                Err(Broken::Forked { pinned: size })
            }
            (_, Some(cosigned)) if cosigned.size == size && differs(cosigned.root) => {
                Err(Broken::Cosigned { size })
            }
            _ if self.changes.iter().any(|c| c.size == size && differs(c.root)) => {
                Err(Broken::Handover { size })
            }
            _ => Ok(()),
        }
    }

    /// Reads the locator after entries `first..end` and compares it with their hashes.
    fn locator(&mut self, first: u64, end: u64, block: &Frontier) -> Result<(), Broken> {
        let damaged = |reason: String| Broken::Locator { first, end, reason };
        self.source.line(&mut self.line).map_err(|fault| match fault {
            Fault::Cut | Fault::TooLong => damaged("it cannot be read".into()),
            other => in_block(other, first, end, None),
        })?;
        let SubtreeLine { subtree } = lines::decode(&self.line).map_err(damaged)?;
        if (subtree.first, subtree.count) != (first, end - first) {
            return Err(damaged(format!("it is of {} entries from {}", subtree.count, subtree.first)));
        }
        if subtree.hash.0 != block.root() {
            return Err(Broken::Subtree { first, end });
        }
        self.source.absorb(&self.line);
        Ok(())
    }

    /// Reads device keys and the last line, and reports.
    fn trailer(mut self) -> Result<Report, Broken> {
        let size = self.checkpoint.size;
        let broken = |reason: String| Broken::Trailer { reason };
        self.source.begin(Section::Trailer { size }).map_err(in_trailer)?;
        let device_keys = self.device_keys()?;
        let EndLine { end } = lines::decode(&self.line).map_err(broken)?;
        if end.entries != size {
            return Err(broken(format!("its last line speaks of {} entries", end.entries)));
        }
        if end.sha256.0 != self.source.sha256() {
            return Err(broken("the bundle does not match the digest in its last line".into()));
        }
        self.source.end().map_err(in_trailer)?;
        self.source.finish().map_err(in_trailer)?;
        let pinned_size = match (self.pin.key, self.pin.checkpoint) {
            (Some(_), _) => size,
            (None, Some(checkpoint)) => checkpoint.size,
            (None, None) => 0,
        };
        let is_pinned = self.pin.key.is_some() || self.pin.checkpoint.is_some();
        Ok(Report {
            origin: self.checkpoint.origin,
            size,
            root: self.checkpoint.root,
            key_name: self.key_name,
            vkey: self.manifest.vkey,
            pinned: is_pinned && pinned_size == size,
            pinned_size,
            payloads: self.payloads,
            absent: self.absent,
            partial: self.manifest.partial,
            left_out: self.left_out,
            bytes: self.source.bytes(),
            compressed: self.source.is_compressed(),
            exported_at_us: self.manifest.exported_at_us,
            device_keys,
            notes: self.notes,
        })
    }

    /// Reads the device keys; leaves the line after them in `self.line`.
    fn device_keys(&mut self) -> Result<Vec<serde_json::Value>, Broken> {
        let (mut keys, mut bytes) = (Vec::new(), 0);
        loop {
            self.source.line(&mut self.line).map_err(in_trailer)?;
            if self.line.starts_with(lines::ENTRY) {
                return Err(Broken::Extra { index: self.checkpoint.size });
            }
            let key = self.line.strip_prefix(lines::DEVICE_KEY).and_then(|rest| rest.strip_suffix(b"}\n"));
            let Some(key) = key else { return Ok(keys) };
            let key = serde_json::from_slice(key).map_err(|error| Broken::Trailer {
                reason: format!("a device key cannot be read: {error}"),
            })?;
            bytes += self.line.len();
            if keys.len() == MAX_DEVICE_KEYS || bytes > MAX_DEVICE_KEY_BYTES {
                return Err(Broken::Trailer { reason: "it has too many device keys".into() });
            }
            keys.push(key);
            self.source.absorb(&self.line);
        }
    }
}

/// Opens the note with the key that the bundle names and, if there is one, with the pinned key. Both must have signed:
/// in the overlap of a key rotation a note carries the lines of both.
fn open(note: &str, named: &Verifier, pinned: Option<&Verifier>) -> Result<Checkpoint, Broken> {
    if let Some(pinned) = pinned.filter(|pinned| *pinned != named)
        && let Err(NoteError::NotSigned { .. } | NoteError::BadSignature { .. }) = pinned.open(note)
    {
        return Err(Broken::OtherKey { found: named.vkey(), pinned: pinned.vkey() });
    }
    named.open(note).map_err(|source| Broken::Signature { vkey: named.vkey(), source })
}

/// Checks what can be checked of an entry alone: its leaf hash, and its payload against its commitment.
fn check(
    index: u64,
    recorded: Hash,
    leaf: Vec<u8>,
    payload: Option<Payload<'_>>,
    nonce: Option<Hex>,
) -> Result<VerifiedEntry, Broken> {
    if leaf_hash(&leaf) != recorded {
        return Err(Broken::Leaf { index });
    }
    let Commitment { payload_commitment } = serde_json::from_slice(&leaf)
        .map_err(|error| Broken::Line { index, reason: format!("its leaf is not usable: {error}") })?;
    let payload_commitment = payload_commitment.map(|hex| hex.0);
    let payload = payload.map(|payload| payload.0.into_owned());
    let nonce = nonce.map(|hex| hex.0);
    let broken = |reason| Err(Broken::Payload { index, reason });
    match (&payload, &nonce, &payload_commitment) {
        (None, None, _) => {}
        (Some(payload), Some(nonce), Some(recorded)) if commitment::verify(recorded, nonce, payload) => {}
        (Some(_), Some(_), Some(_)) => return broken("payload or nonce was changed"),
        (Some(_), Some(_), None) => return broken("its leaf commits to none"),
        _ => return broken("payload and nonce must come together"),
    }
    Ok(VerifiedEntry { index, leaf_hash: recorded, leaf, payload_commitment, payload, nonce })
}

fn in_header(fault: Fault) -> Broken {
    let reason = match fault {
        Fault::Io(source) => return Broken::Read { source },
        Fault::Frame(reason) => format!("of its first frame, {reason}"),
        Fault::Cut => "it is cut off".into(),
        Fault::TooLong => "a line is too long".into(),
        Fault::Trailing | Fault::ExtraFrame(_) => "something else stands there".into(),
    };
    Broken::Header { reason }
}

/// `entry` is the entry being read and the size of the log, if it is an entry.
fn in_block(fault: Fault, first: u64, end: u64, entry: Option<(u64, u64)>) -> Broken {
    match (fault, entry) {
        (Fault::Io(source), _) => Broken::Read { source },
        (Fault::Frame(reason), _) => Broken::Frame { first, end, reason },
        (Fault::Cut, Some((index, size))) => Broken::Missing { index, size },
        (Fault::TooLong, Some((index, _))) => Broken::Line { index, reason: "it is too long".into() },
        (_, _) => Broken::Frame { first, end, reason: "its lines cannot be read".into() },
    }
}

fn in_trailer(fault: Fault) -> Broken {
    let reason = match fault {
        Fault::Io(source) => return Broken::Read { source },
        Fault::ExtraFrame(index) => return Broken::Extra { index },
        Fault::Frame(reason) => format!("of its last frame, {reason}"),
        Fault::Cut => "it is cut off".into(),
        Fault::TooLong => "a line is too long".into(),
        Fault::Trailing => "something follows its last line".into(),
    };
    Broken::Trailer { reason }
}
