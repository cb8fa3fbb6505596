//! State rows against the entries that wrote them, and votes against the keys of their devices.

use navi_domain::approval::{Approval, ApprovalStatus};
use navi_domain::event::EventKind;
use navi_domain::evidence;
use rusqlite::types::Value as SqlValue;
use rusqlite::{Connection, OptionalExtension, params};
use serde_json::Value;

use super::super::table::{self, Table};
use super::super::{signed, unsigned, written};
use super::log::Read;
use super::{Checked, Finding, Sql};

/// What an entry said of a row.
struct Told {
    version: i64,
    tag: String,
    index: u64,
    body: Option<String>,
}

fn told(conn: &Connection, name: &str) -> Sql<Option<Told>> {
    conn.prepare_cached("SELECT version, tag, idx, body FROM temp.told WHERE name = ?1")?
        .query_row([name], |row| {
            Ok(Told {
                version: row.get(0)?,
                tag: row.get(1)?,
                index: unsigned(row.get(2)?),
                body: row.get(3)?,
            })
        })
        .optional()
}

/// Every row of every governed table.
pub(super) fn rows(conn: &Connection, org_key: &[u8; 32], read: &Read, checked: &mut Checked) -> Sql<()> {
    let mut unchecked = 0u64;
    for table in table::ALL {
        let (name, id) = (table.name, table.id);
        let mut statement = conn.prepare(&format!("SELECT {id}, version, body FROM main.{name}"))?;
        let mut rows = statement.query([])?;
        while let Some(row) = rows.next()? {
            let (id, version, body): (String, i64, String) = (row.get(0)?, row.get(1)?, row.get(2)?);
            unchecked += u64::from(!one(conn, org_key, read, table, &id, version, &body, checked)?);
        }
        missing(conn, table, checked)?;
    }
    copies(conn, checked)?;
    if unchecked > 0 {
        checked.notices.push(format!(
            "{unchecked} rows cannot be rebuilt: what wrote them was erased, or was written before entries said which \
             rows they wrote"
        ));
    }
    Ok(())
}

/// One row; `false` if nothing says what it must be.
#[expect(clippy::too_many_arguments, reason = "a row's columns")]
fn one(
    conn: &Connection,
    org_key: &[u8; 32],
    read: &Read,
    table: &Table,
    id: &str,
    version: i64,
    body: &str,
    checked: &mut Checked,
) -> Sql<bool> {
    let name = format!("{}/{id}", table.name);
    let Some(told) = told(conn, &name)? else {
        if is_old(conn, read, table, id)? {
            return Ok(false);
        }
        let message = format!("{name} was written by no entry");
        let sql = format!("DELETE FROM {} WHERE {} = ?1", table.name, table.id);
        checked.found(Finding::new("row", message).row(name).mend(sql, vec![id.to_owned().into()]));
        return Ok(true);
    };
    checked.rows += 1;
    let fits = |body: &str| written::tag(org_key, &name, body.as_bytes()) == told.tag;
    if fits(body) && version == told.version {
        return Ok(true);
    }
    let restored = told.body.clone().filter(|body| fits(body)).or_else(|| {
        let candidate =
            (table.name == "governance_approvals").then(|| approval(conn, id, body, told.version));
        candidate.and_then(Result::ok).flatten().filter(|body| fits(body))
    });
    let differs = match (&restored, table.name) {
        (Some(restored), _) => differences(restored, body),
        (None, "governance_approvals" | "permits") => {
            state_said(conn, id)?.map_or_else(String::new, |(status, by)| {
                let now = field(body, "status");
                if now == status {
                    String::new()
                } else {
                    format!(": its status is {now}, entry {by} made it {status}")
                }
            })
        }
        _ => String::new(),
    };
    let message = format!("{name} is not the row that entry {} wrote{differs}", told.index);
    let mut finding = Finding::new("row", message).entry(told.index).row(name);
    if let Some(restored) = restored {
        let (sql, values) = put_back(table, id, told.version, restored);
        finding = finding.mend(sql, values);
    }
    checked.found(finding);
    Ok(true)
}

/// Whether a row was there before entries said which rows they wrote, or what said so was erased.
fn is_old(conn: &Connection, read: &Read, table: &Table, id: &str) -> Sql<bool> {
    let before = read.first_telling.map_or(i64::MAX, signed);
    // What wrote a decision or its rows may have been erased since.
    let subject = match table.name {
        "tokens" | "invites" => {
            let sql = format!("SELECT id FROM {} WHERE hash = ?1", table.name);
            conn.query_row(&sql, [id], |row| row.get(0))?
        }
        "autonomy_policies" | "org_settings" | "freezes" | "bypasses" | "oncall" | "guardrails"
        | "risk_settings" => String::new(),
        _ => id.to_owned(),
    };
    conn.prepare_cached(
        "SELECT EXISTS (SELECT 1 FROM temp.linked l WHERE l.id = ?1
                        AND (l.idx < ?2 OR NOT EXISTS (SELECT 1 FROM ledger_payload p WHERE p.idx = l.idx)))
             OR (?1 = '' AND EXISTS (SELECT 1 FROM ledger_entry WHERE idx < ?2 AND kind IN (
                 'policy_changed', 'settings_changed', 'guardrails_changed', 'catalogue_changed',
                 'risk_settings_changed', 'freeze_begun', 'oncall_changed', 'bypass_asked')))",
    )?
    .query_row(params![subject, before], |row| row.get(0))
}

/// Rows that an entry wrote and that are gone.
fn missing(conn: &Connection, table: &Table, checked: &mut Checked) -> Sql<()> {
    let prefix = format!("{}/", table.name);
    let mut statement = conn.prepare(&format!(
        "SELECT name, version, idx, body FROM temp.told t WHERE name >= ?1 AND name < ?2
         AND NOT EXISTS (SELECT 1 FROM main.{} r WHERE r.{} = substr(t.name, ?3))",
        table.name, table.id
    ))?;
    let end = format!("{}0", table.name);
    let mut rows = statement.query(params![prefix, end, signed(prefix.len() as u64 + 1)])?;
    while let Some(row) = rows.next()? {
        let (name, version, index): (String, i64, i64) = (row.get(0)?, row.get(1)?, row.get(2)?);
        let message = format!("{name}, which entry {index} wrote, is gone");
        let mut finding = Finding::new("row", message).entry(unsigned(index)).row(name.clone());
        if let (Some(body), Some(id)) = (row.get::<_, Option<String>>(3)?, name.strip_prefix(&prefix)) {
            let sql = table.insert;
            finding = finding.mend(sql, vec![id.to_owned().into(), version.into(), body.into()]);
        }
        checked.found(finding);
    }
    Ok(())
}

fn put_back(table: &Table, id: &str, version: i64, body: String) -> (String, Vec<SqlValue>) {
    let columns = match table.name {
        "governance_approvals" => {
            ", user_id = ?2 ->> '$.requester', status = ?2 ->> '$.status', level = ?2 ->> '$.level'"
        }
        _ => "",
    };
    let sql = format!("UPDATE {} SET version = ?1, body = ?2{columns} WHERE {} = ?3", table.name, table.id);
    (sql, vec![version.into(), body.into(), id.to_owned().into()])
}

/// An approval with the state that the entries gave it; its tag says whether that is all that was changed.
fn approval(conn: &Connection, id: &str, body: &str, version: i64) -> Sql<Option<String>> {
    let Ok(stored) = serde_json::from_str::<Approval>(body) else { return Ok(None) };
    let Some((status, by)) = state_said(conn, id)? else { return Ok(None) };
    let Ok(status) = serde_json::from_value::<ApprovalStatus>(status.into()) else { return Ok(None) };
    let at: i64 =
        conn.query_row("SELECT at FROM ledger_entry WHERE idx = ?1", [signed(by)], |row| row.get(0))?;
    let ended_at = (status != ApprovalStatus::Pending).then_some(at);
    let put = Approval { status, ended_at, version: unsigned(version), ..stored };
    Ok(serde_json::to_string(&put).ok())
}

/// The state that the last entry about an approval or a permit gave it, and which entry that was.
fn state_said(conn: &Connection, id: &str) -> Sql<Option<(&'static str, u64)>> {
    let states = [
        (EventKind::ApprovalRequested, "pending"),
        (EventKind::ApprovalApproved, "approved"),
        (EventKind::ApprovalRejected, "rejected"),
        (EventKind::ApprovalExpired, "expired"),
        (EventKind::ApprovalSuperseded, "superseded"),
        (EventKind::ApprovalCancelled, "cancelled"),
        (EventKind::PermitIssued, "issued"),
        (EventKind::PermitRevoked, "revoked"),
        (EventKind::PermitExpired, "expired"),
    ];
    let mut statement = conn.prepare_cached(
        "SELECT e.kind, e.idx FROM temp.linked l JOIN ledger_entry e ON e.idx = l.idx
         WHERE l.id = ?1 AND (l.is_subject OR e.kind = 'execution_started') ORDER BY l.idx DESC",
    )?;
    let mut rows = statement.query([id])?;
    while let Some(row) = rows.next()? {
        let (kind, index): (String, i64) = (row.get(0)?, row.get(1)?);
        if kind == EventKind::ExecutionStarted.as_str() {
            return Ok(Some(("redeemed", unsigned(index))));
        }
        if let Some((_, state)) = states.iter().find(|(k, _)| k.as_str() == kind) {
            return Ok(Some((state, unsigned(index))));
        }
    }
    Ok(None)
}

fn field(body: &str, name: &str) -> String {
    let value: Value = serde_json::from_str(body).unwrap_or_default();
    value.get(name).and_then(Value::as_str).unwrap_or("unreadable").to_owned()
}

/// Which fields of a row differ from what was written, at most four of them with both values.
fn differences(written: &str, found: &str) -> String {
    let parse = |text: &str| serde_json::from_str::<Value>(text).ok();
    let (Some(Value::Object(written)), Some(Value::Object(found))) = (parse(written), parse(found)) else {
        return ": its text cannot be read".to_owned();
    };
    let shown = |value: Option<&Value>| {
        let text = value.map_or_else(|| "absent".to_owned(), Value::to_string);
        if text.chars().count() > 80 {
            format!("{}…", text.chars().take(80).collect::<String>())
        } else {
            text
        }
    };
    let names: std::collections::BTreeSet<&String> = written.keys().chain(found.keys()).collect();
    let differ: Vec<String> = names
        .into_iter()
        .filter(|name| written.get(*name) != found.get(*name))
        .take(4)
        .map(|name| format!("{name} was {}, is {}", shown(written.get(name)), shown(found.get(name))))
        .collect();
    if differ.is_empty() { String::new() } else { format!(": {}", differ.join("; ")) }
}

/// Columns that are copied from another row when a row is inserted.
fn copies(conn: &Connection, checked: &mut Checked) -> Sql<()> {
    let mut statement = conn.prepare(
        "SELECT a.id FROM governance_approvals a JOIN governance_decisions d ON d.id = a.decision_id
         WHERE a.action_type IS NOT d.action_type OR a.repo IS NOT d.repo
            OR (a.resubmission_key IS NOT d.body ->> '$.resubmission_key' AND d.body ->> '$.erased_at' IS NULL)
            OR a.agent IS NOT d.body ->> '$.action.agent'",
    )?;
    for id in statement.query_map([], |row| row.get::<_, String>(0))? {
        let id = id?;
        let name = format!("governance_approvals/{id}");
        let message = format!("{name} is listed under what its decision does not say");
        let sql = "UPDATE governance_approvals SET (action_type, repo, agent, resubmission_key) =
             (SELECT d.action_type, d.repo, d.body ->> '$.action.agent', d.body ->> '$.resubmission_key'
              FROM governance_decisions d WHERE d.id = decision_id) WHERE id = ?1";
        checked.found(Finding::new("row", message).row(name).mend(sql, vec![id.into()]));
    }
    Ok(())
}

/// Every vote: written by an entry, and signed by its device.
pub(super) fn votes(conn: &Connection, org_key: &[u8; 32], read: &Read, checked: &mut Checked) -> Sql<()> {
    let mut statement = conn.prepare(
        "SELECT approval_id, device_id, device_seq, user_id, vote, signature FROM main.governance_votes",
    )?;
    let mut rows = statement.query([])?;
    let mut unknown = 0u64;
    while let Some(row) = rows.next()? {
        let (approval, device, seq, user): (String, String, i64, String) =
            (row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?);
        let (vote, signature): (Vec<u8>, Vec<u8>) = (row.get(4)?, row.get(5)?);
        let name = written::vote_name(&approval, &device, unsigned(seq));
        let tag = written::tag(org_key, &name, &written::vote_text(&user, &vote, &signature));
        let sql =
            "DELETE FROM governance_votes WHERE approval_id = ?1 AND device_id = ?2 AND device_seq = ?3";
        let values = vec![approval.clone().into(), device.clone().into(), seq.into()];
        match told(conn, &name)? {
            Some(told) if told.tag != tag => {
                let message = format!("{name} is not the vote that entry {} recorded", told.index);
                checked.found(Finding::new("vote", message).entry(told.index).row(name.clone()));
            }
            Some(_) => {}
            None if read.first_telling.is_none_or(|first| first > 0) => {}
            None => {
                let message = format!("{name} was recorded by no entry");
                checked.found(Finding::new("vote", message).row(name.clone()).mend(sql, values));
            }
        }
        match read.device_keys.get(&device) {
            Some(keys) if keys.iter().any(|key| evidence::verifies(key, &vote, &signature)) => {
                checked.votes += 1
            }
            Some(_) => {
                let message = format!("{name} is not signed by a key of device {device}");
                checked.found(Finding::new("vote", message).row(name));
            }
            None => unknown += 1,
        }
    }
    if unknown > 0 {
        let message = format!("{unknown} votes are of devices whose enrolment no entry records");
        checked.found(Finding::new("vote", message));
    }
    gone(conn, checked)
}

fn gone(conn: &Connection, checked: &mut Checked) -> Sql<()> {
    let mut statement = conn.prepare(
        "SELECT name, idx FROM temp.told t WHERE name >= 'governance_votes/' AND name < 'governance_votes0'
         AND NOT EXISTS (SELECT 1 FROM main.governance_votes v
                         WHERE t.name = 'governance_votes/' || v.approval_id || '/' || v.device_id || '/' || v.device_seq)",
    )?;
    let mut rows = statement.query([])?;
    while let Some(row) = rows.next()? {
        let (name, index): (String, i64) = (row.get(0)?, row.get(1)?);
        let message = format!("{name}, which entry {index} recorded, is gone");
        checked.found(Finding::new("vote", message).entry(unsigned(index)).row(name));
    }
    Ok(())
}
