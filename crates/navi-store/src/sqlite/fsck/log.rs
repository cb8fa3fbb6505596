//! The ledger itself: entries, tree, head, tiles, checkpoints, payloads and links.

use std::collections::{BTreeMap, HashSet};

use navi_domain::erasure::{self, parse_ranges};
use navi_domain::event::{EventKind, Leaf};
use navi_ledger::checkpoint::{Checkpoint, Verifier};
use navi_ledger::tile::WIDTH;
use navi_ledger::tree::{self, Frontier};
use navi_ledger::{Hash, commitment};
use rusqlite::types::Value as SqlValue;
use rusqlite::{Connection, params};
use serde_json::Value;

use super::super::batch::HeadRow;
use super::super::{ledger, signed, unsigned, written};
use super::{Checked, Finding, Sql};

/// What the entries gave.
#[derive(Default)]
pub(super) struct Read {
    pub hashes: Vec<Hash>,
    /// Whether every entry is the one that was appended, as far as its own hash tells.
    pub whole: bool,
    last_at: i64,
    /// The first entry that says which rows were written with it.
    pub first_telling: Option<u64>,
    /// Keys that the ledger names as its own.
    pub own_keys: Vec<String>,
    /// Keys of devices, as their enrolment recorded them.
    pub device_keys: BTreeMap<String, Vec<String>>,
    /// Entries without a payload.
    absent: Vec<u64>,
    /// (by, first, last)
    erased: Vec<(u64, u64, u64)>,
}

/// What the entries say: rows, and links.
pub(super) fn temporary(conn: &Connection) -> Sql<()> {
    conn.execute_batch(
        "CREATE TEMP TABLE told (name TEXT PRIMARY KEY, version INTEGER, tag TEXT, idx INTEGER, body TEXT) WITHOUT ROWID;
         CREATE TEMP TABLE linked (id TEXT, idx INTEGER, is_subject INTEGER, PRIMARY KEY (id, idx)) WITHOUT ROWID;",
    )
}

/// Reads every entry once.
pub(super) fn entries(conn: &Connection, checked: &mut Checked) -> Sql<Read> {
    let mut read = Read { whole: true, ..Read::default() };
    let mut statement = conn.prepare(
        "SELECT e.idx, e.leaf_hash, e.leaf, e.kind, e.at, p.payload, p.nonce, p.actor, p.on_behalf_of
         FROM ledger_entry e LEFT JOIN ledger_payload p ON p.idx = e.idx ORDER BY e.idx",
    )?;
    let mut rows = statement.query([])?;
    while let Some(row) = rows.next()? {
        let index = unsigned(row.get(0)?);
        let (bytes, next) = (row.get_ref(2)?.as_blob()?, read.hashes.len() as u64);
        if index != next {
            read.whole = false;
            checked.found(
                Finding::new("entry", format!("entry {next} is missing; entry {index} stands there"))
                    .entry(next),
            );
        }
        let hash = tree::leaf_hash(bytes);
        if row.get::<_, [u8; 32]>(1)? != hash {
            read.whole = false;
            let message = format!("entry {index} is not the one that was appended: its hash is another");
            checked.found(Finding::new("entry", message).entry(index));
        }
        read.hashes.push(hash);
        let Ok(leaf) = serde_json::from_slice::<Leaf>(bytes) else {
            let message = format!("entry {index} cannot be read");
            checked.found(Finding::new("entry", message).entry(index));
            continue;
        };
        beside(row, index, &leaf, checked)?;
        read.last_at = leaf.at;
        link(conn, index, &leaf)?;
        if let Some(ranges) = leaf.links.get(erasure::LINK).and_then(|text| parse_ranges(text)) {
            read.erased.extend(ranges.into_iter().map(|(first, last)| (index, first, last)));
        }
        match row.get_ref(5)?.as_blob_or_null()? {
            Some(payload) => {
                let (nonce, people): (Vec<u8>, [Option<String>; 2]) =
                    (row.get(6)?, [row.get(7)?, row.get(8)?]);
                committed(conn, &mut read, index, &leaf, payload, &nonce, &people, checked)?;
            }
            None => read.absent.push(index),
        }
    }
    checked.entries = read.hashes.len() as u64;
    Ok(read)
}

/// Columns that repeat what the leaf says.
fn beside(row: &rusqlite::Row<'_>, index: u64, leaf: &Leaf, checked: &mut Checked) -> Sql<()> {
    let (kind, at): (String, i64) = (row.get(3)?, row.get(4)?);
    if kind != leaf.kind.as_str() || at != leaf.at {
        let message = format!(
            "entry {index} is listed as {kind} of {at}; its leaf is {} of {}",
            leaf.kind.as_str(),
            leaf.at
        );
        let values = vec![leaf.kind.as_str().to_owned().into(), leaf.at.into(), signed(index).into()];
        checked.found(
            Finding::new("entry", message)
                .entry(index)
                .mend("UPDATE ledger_entry SET kind = ?1, at = ?2 WHERE idx = ?3", values),
        );
    }
    Ok(())
}

fn link(conn: &Connection, index: u64, leaf: &Leaf) -> Sql<()> {
    let mut insert = conn.prepare_cached(
        "INSERT INTO temp.linked (id, idx, is_subject) VALUES (?1, ?2, ?3) ON CONFLICT DO NOTHING",
    )?;
    insert.execute(params![leaf.subject, signed(index), true])?;
    for (name, id) in &leaf.links {
        if ledger::names_a_thing(name) {
            insert.execute(params![id, signed(index), false])?;
        }
    }
    Ok(())
}

#[expect(clippy::too_many_arguments, reason = "the columns of one row")]
fn committed(
    conn: &Connection,
    read: &mut Read,
    index: u64,
    leaf: &Leaf,
    bytes: &[u8],
    nonce: &[u8],
    people: &[Option<String>; 2],
    checked: &mut Checked,
) -> Sql<()> {
    let wanted = hex::decode(&leaf.payload_commitment).ok().and_then(|b| <[u8; 32]>::try_from(b).ok());
    let nonce = <[u8; 32]>::try_from(nonce).ok();
    let holds = wanted.zip(nonce).is_some_and(|(wanted, nonce)| commitment::verify(&wanted, &nonce, bytes));
    let payload = serde_json::from_slice::<Value>(bytes).ok().filter(|_| holds);
    let Some(payload) = payload else {
        let message = format!("the payload of entry {index} is not the one that was recorded");
        checked.found(Finding::new("payload", message).entry(index));
        return Ok(());
    };
    let text = |name: &str| payload.get(name).and_then(Value::as_str).map(str::to_owned);
    let said = [text("actor"), text("on_behalf_of")];
    if said != *people {
        let message = format!("entry {index} is listed under {people:?}, but speaks of {said:?}");
        let values =
            said.into_iter().map(|p| p.map_or(SqlValue::Null, Into::into)).chain([signed(index).into()]);
        checked.found(Finding::new("payload", message).entry(index).mend(
            "UPDATE ledger_payload SET actor = ?1, on_behalf_of = ?2 WHERE idx = ?3",
            values.collect(),
        ));
    }
    keys(read, leaf.kind, &payload);
    told(conn, read, index, &payload)
}

/// Keys that the ledger itself recorded.
fn keys(read: &mut Read, kind: EventKind, payload: &Value) {
    let text = |path: &str| payload.pointer(path).and_then(Value::as_str).map(str::to_owned);
    match kind {
        EventKind::OrgCreated | EventKind::OriginStarted => read.own_keys.extend(text("/ledger_vkey")),
        EventKind::KeyRotated => {
            read.own_keys.extend([text("/old_vkey"), text("/new_vkey")].into_iter().flatten());
        }
        EventKind::DeviceEnrolled => {
            if let Some(id) = text("/device/id") {
                let keys = [text("/device/vote_key"), text("/device/step_up_key")];
                read.device_keys.insert(id, keys.into_iter().flatten().collect());
            }
        }
        _ => {}
    }
}

/// Which rows were written with an entry. A later entry replaces what an earlier one said of the same row.
fn told(conn: &Connection, read: &mut Read, index: u64, payload: &Value) -> Sql<()> {
    let Some(rows) = payload.get(written::ROWS).and_then(Value::as_object) else { return Ok(()) };
    read.first_telling.get_or_insert(index);
    let bodies = payload.get(written::BODIES).and_then(Value::as_object);
    let mut insert = conn.prepare_cached(
        "INSERT OR REPLACE INTO temp.told (name, version, tag, idx, body) VALUES (?1, ?2, ?3, ?4, ?5)",
    )?;
    for (name, value) in rows {
        let Some((version, tag)) = value.as_str().and_then(|v| v.split_once(':')) else { continue };
        let version: i64 = version.parse().unwrap_or(0);
        let body = bodies.and_then(|bodies| bodies.get(name)).and_then(Value::as_str);
        insert.execute(params![name, version, tag, signed(index), body])?;
        let device = name.strip_prefix("devices/").zip(body);
        if let Some((id, body)) = device.filter(|(id, _)| !read.device_keys.contains_key(*id)) {
            let body: Value = serde_json::from_str(body).unwrap_or_default();
            let key = |name: &str| body.get(name).and_then(Value::as_str).map(str::to_owned);
            let keys = [key("vote_key"), key("step_up_key")].into_iter().flatten().collect();
            read.device_keys.insert(id.to_owned(), keys);
        }
    }
    Ok(())
}

/// Head, tiles and checkpoints, rebuilt from the entries.
pub(super) fn tree(
    conn: &Connection,
    head: &HeadRow,
    read: &Read,
    keys: &[Verifier],
    checked: &mut Checked,
) -> Sql<()> {
    let notes: Vec<(u64, String)> = conn
        .prepare("SELECT size, note FROM ledger_checkpoint ORDER BY size")?
        .query_map([], |row| Ok((unsigned(row.get(0)?), row.get(1)?)))?
        .collect::<Sql<_>>()?;
    let mut frontier = Frontier::new();
    let mut roots = BTreeMap::from([(0, frontier.root())]);
    let mut sizes = notes.iter().map(|(size, _)| *size).peekable();
    for hash in &read.hashes {
        frontier.push(*hash);
        while sizes.next_if(|size| *size < frontier.size()).is_some() {}
        if sizes.next_if(|size| *size == frontier.size()).is_some() {
            roots.insert(frontier.size(), frontier.root());
        }
    }
    let (size, root) = (frontier.size(), frontier.root());
    if size != head.size || root != head.root || frontier != head.frontier {
        let message = format!("the head says {} entries; the {size} entries give another root", head.size);
        let mut finding = Finding::new("head", message);
        let kept = notes.last().is_none_or(|(signed_size, note)| {
            let signed_root = Checkpoint::from_trusted_note(note).map(|c| c.root);
            *signed_size <= size && signed_root.ok().as_ref() == roots.get(signed_size)
        });
        if read.whole && kept && size >= head.size {
            let values: Vec<SqlValue> = vec![
                signed(size).into(),
                root.to_vec().into(),
                frontier.to_bytes().into(),
                read.last_at.into(),
            ];
            finding = finding.mend(
                "UPDATE ledger_head SET size = ?1, root = ?2, frontier = ?3, at = max(at, ?4) WHERE one = 1",
                values,
            );
        }
        checked.found(finding);
    }
    checkpoints(head, read, keys, &notes, &roots, checked);
    tiles(conn, &read.hashes, checked)
}

fn checkpoints(
    head: &HeadRow,
    read: &Read,
    keys: &[Verifier],
    notes: &[(u64, String)],
    roots: &BTreeMap<u64, Hash>,
    checked: &mut Checked,
) {
    let own: Vec<Verifier> = read.own_keys.iter().filter_map(|vkey| Verifier::from_vkey(vkey).ok()).collect();
    for (size, note) in notes {
        let mut wrong = |message: String| checked.found(Finding::new("checkpoint", message));
        let Ok(told) = Checkpoint::from_trusted_note(note) else {
            wrong(format!("the checkpoint of size {size} cannot be read"));
            continue;
        };
        let is_signed = keys.iter().chain(&own).any(|key| key.open(note).is_ok());
        if told.origin != head.origin || told.size != *size || !is_signed {
            wrong(format!("the checkpoint of size {size} is not signed by a key of this ledger for it"));
        } else if *size > read.hashes.len() as u64 {
            let lost = *size - read.hashes.len() as u64;
            wrong(format!("the checkpoint of size {size} was signed, but {lost} of its entries are missing"));
        } else if roots.get(size) != Some(&told.root) {
            wrong(format!("the first {size} entries are not those whose checkpoint was signed"));
        }
    }
}

fn tiles(conn: &Connection, leaves: &[Hash], checked: &mut Checked) -> Sql<()> {
    let width = usize::try_from(WIDTH).unwrap_or(256);
    let mut stored = conn.prepare("SELECT root, hashes FROM ledger_tile WHERE level = ?1 AND idx = ?2")?;
    let mut hashes = leaves.to_vec();
    let mut wanted: HashSet<(u8, i64)> = HashSet::new();
    for level in 0..8u8 {
        let mut roots = Vec::with_capacity(hashes.len() / width);
        for (index, tile) in (0i64..).zip(hashes.chunks_exact(width)) {
            let (root, bytes) = (tree::root_of(tile), tile.concat());
            let mut rows = stored.query(params![level, index])?;
            let same = match rows.next()? {
                Some(row) => row.get::<_, [u8; 32]>(0)? == root && row.get_ref(1)?.as_blob()? == bytes,
                None => false,
            };
            if !same {
                let message = format!("tile {index} of level {level} is not that of the entries");
                let values: Vec<SqlValue> =
                    vec![i64::from(level).into(), index.into(), root.to_vec().into(), bytes.into()];
                let sql =
                    "INSERT OR REPLACE INTO ledger_tile (level, idx, root, hashes) VALUES (?1, ?2, ?3, ?4)";
                checked.found(Finding::new("tile", message).mend(sql, values));
            }
            wanted.insert((level, index));
            roots.push(root);
        }
        hashes = roots;
    }
    let mut all = conn.prepare("SELECT level, idx FROM ledger_tile")?;
    let mut rows = all.query([])?;
    while let Some(row) = rows.next()? {
        let tile: (u8, i64) = (row.get(0)?, row.get(1)?);
        if !wanted.contains(&tile) {
            let message = format!("tile {} of level {} is beyond the entries", tile.1, tile.0);
            let values = vec![i64::from(tile.0).into(), tile.1.into()];
            checked.found(
                Finding::new("tile", message)
                    .mend("DELETE FROM ledger_tile WHERE level = ?1 AND idx = ?2", values),
            );
        }
    }
    Ok(())
}

/// Payloads may be absent only if a later entry says so.
pub(super) fn payloads(conn: &Connection, read: &Read, checked: &mut Checked) -> Sql<()> {
    let by = |index: u64| {
        read.erased.iter().find(|(by, first, last)| *by > index && (*first..=*last).contains(&index))
    };
    let mut noted = conn.prepare("SELECT erased FROM ledger_erasure WHERE idx = ?1")?;
    for index in &read.absent {
        let told: Option<i64> = noted.query_map([signed(*index)], |row| row.get(0))?.next().transpose()?;
        match (by(*index), told) {
            (None, _) => {
                let message =
                    format!("the payload of entry {index} is missing, and no later entry erased it");
                checked.found(Finding::new("payload", message).entry(*index));
            }
            (Some((by, ..)), told) if told != Some(signed(*by)) => {
                let message =
                    format!("entry {by} erased the payload of entry {index}; the erasures do not list it so");
                let sql = "INSERT OR REPLACE INTO ledger_erasure (idx, erased) VALUES (?1, ?2)";
                let values = vec![signed(*index).into(), signed(*by).into()];
                checked.found(Finding::new("payload", message).entry(*index).mend(sql, values));
            }
            _ => {}
        }
    }
    let mut listed = conn.prepare(
        "SELECT r.idx FROM ledger_erasure r JOIN ledger_payload p ON p.idx = r.idx ORDER BY r.idx",
    )?;
    for index in listed.query_map([], |row| row.get::<_, i64>(0))? {
        let index = unsigned(index?);
        let message = format!("the payload of entry {index} was erased and is there again");
        checked.found(Finding::new("payload", message).entry(index));
    }
    Ok(())
}

/// Which entries name an id.
pub(super) fn links(conn: &Connection, checked: &mut Checked) -> Sql<()> {
    let columns = "id, idx, is_subject";
    for (from, against, words, sql) in [
        (
            "temp.linked",
            "main.ledger_link",
            "is not found by",
            "INSERT OR REPLACE INTO ledger_link (id, idx, is_subject) VALUES (?1, ?2, ?3)",
        ),
        (
            "main.ledger_link",
            "temp.linked",
            "is found by",
            "DELETE FROM ledger_link WHERE id = ?1 AND idx = ?2 AND is_subject = ?3",
        ),
    ] {
        let differ = format!("SELECT {columns} FROM {from} EXCEPT SELECT {columns} FROM {against}");
        let mut statement = conn.prepare(&differ)?;
        let mut rows = statement.query([])?;
        while let Some(row) = rows.next()? {
            let (id, index, is_subject): (String, i64, bool) = (row.get(0)?, row.get(1)?, row.get(2)?);
            let not = if words == "is found by" { ", which it does not name" } else { ", which it names" };
            let message = format!("entry {index} {words} {id}{not}");
            let values = vec![id.into(), index.into(), i64::from(is_subject).into()];
            checked.found(Finding::new("link", message).entry(unsigned(index)).mend(sql, values));
        }
    }
    Ok(())
}
