//! The check at start: the whole tree is rebuilt from the stored leaves and compared with the head and with the last
//! signed note. What fails it is fenced: it can be read, but nothing more is appended to it.

use navi_ledger::checkpoint::Checkpoint;
use navi_ledger::tree::{self, Frontier};
use rusqlite::Connection;

use super::batch::HeadRow;
use super::ledger;

/// What is wrong with a stored ledger.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Fence {
    /// A leaf's bytes do not give its stored hash.
    #[error("entry {0} is not the one that was appended")]
    Entry(u64),
    /// An index is missing or doubled.
    #[error("entry {0} is missing")]
    Missing(u64),
    /// The entries' root is not the head's.
    #[error("the entries do not give the root of the ledger's head at size {0}")]
    Root(u64),
    /// Fewer entries than were signed for: an old copy was put back.
    #[error("the ledger has {size} entries, but a checkpoint of {signed} was signed")]
    Behind {
        /// Entries there are.
        size: u64,
        /// Entries the last checkpoint speaks of.
        signed: u64,
    },
    /// Another root than was signed at that size.
    #[error("the root at size {0} is not the one that was signed")]
    Signed(u64),
    /// Fewer entries than the mark beside the database says were signed for: an old copy was put back, with its notes.
    #[error(
        "an older copy of the database was put back: it has {size} entries, but a checkpoint of {signed} was signed. \
         Put the newest copy back, or start a new origin with `navi-server ledger new-origin`"
    )]
    BehindMark {
        /// Entries there are.
        size: u64,
        /// Entries that the mark speaks of.
        signed: u64,
    },
    /// Another root than the mark beside the database says was signed at that size.
    #[error("the first {0} entries are not those that the mark beside the database says were signed")]
    Marked(u64),
    /// The mark beside the database is of another ledger.
    #[error("the mark beside the database is of another ledger, {0}")]
    OtherOrigin(String),
    /// The kept note is no checkpoint.
    #[error("the last checkpoint cannot be read")]
    Note,
}

/// Looks through the whole ledger; about a million entries a second.
pub(super) fn check(conn: &Connection, head: &HeadRow) -> rusqlite::Result<Option<Fence>> {
    let signed = ledger::checkpoint(conn)?.map(|(size, note)| (size, Checkpoint::from_trusted_note(&note)));
    let mut frontier = Frontier::new();
    let mut at_signed = None;
    let mut entries = conn.prepare("SELECT idx, leaf_hash, leaf FROM ledger_entry ORDER BY idx")?;
    let mut rows = entries.query([])?;
    while let Some(row) = rows.next()? {
        if signed.as_ref().is_some_and(|(size, _)| *size == frontier.size()) {
            at_signed = Some(frontier.root());
        }
        let index = super::unsigned(row.get(0)?);
        let hash = tree::leaf_hash(row.get_ref(2)?.as_blob()?);
        if index != frontier.size() {
            return Ok(Some(Fence::Missing(frontier.size())));
        }
        if row.get::<_, [u8; 32]>(1)? != hash {
            return Ok(Some(Fence::Entry(index)));
        }
        frontier.push(hash);
    }
    let (size, root) = (frontier.size(), frontier.root());
    if size < head.size {
        return Ok(Some(Fence::Missing(size)));
    }
    if size != head.size || root != head.root || frontier != head.frontier {
        return Ok(Some(Fence::Root(size)));
    }
    let Some((signed_size, note)) = signed else { return Ok(None) };
    if signed_size > size {
        return Ok(Some(Fence::Behind { size, signed: signed_size }));
    }
    let Ok(note) = note else { return Ok(Some(Fence::Note)) };
    let rebuilt = if signed_size == size { root } else { at_signed.unwrap_or_else(tree::empty_root) };
    Ok((note.size != signed_size || note.root != rebuilt).then_some(Fence::Signed(signed_size)))
}
