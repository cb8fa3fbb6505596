//! `ledger new-origin`: closes a ledger that cannot go on (an older copy was put back, entries do not give the signed
//! root) and starts another with the same people, rules and keys. The old database is moved aside whole.
//!
//! Crash-safe: everything happens in a second file; the last step is one rename.

use std::path::{Path, PathBuf};

use anyhow::Context as _;
use navi_domain::event::{Event, EventKind};
use navi_domain::grant::Grant;
use navi_store::sqlite::{Options, SqliteStore, restart};
use navi_store::{Change, Head, Outcome, Record};
use serde_json::{Value, json};

use super::data_dir::{DATABASE, DataDir, system};
use super::keys;
use crate::App;
use crate::entropy::{Entropy, SystemEntropy};
use crate::mark::Mark;
use crate::usecase::{export, system_event};

/// What was known of the old ledger when it was closed.
struct Closing {
    org: String,
    head: Head,
    /// The furthest checkpoint that anybody signed here: in the mark or in the database.
    signed: Option<Mark>,
    /// Why it was fenced, if it was.
    fault: Option<String>,
    /// Names of the archive, without its folder.
    archive: String,
    bundle: Option<String>,
}

impl Closing {
    fn lost(&self) -> u64 {
        self.signed.as_ref().map_or(0, |mark| mark.size.saturating_sub(self.head.size))
    }

    /// What was lost, for people.
    fn words(&self) -> String {
        let (origin, size, lost) = (&self.head.origin, self.head.size, self.lost());
        match (lost, &self.fault) {
            (0, None) => {
                format!("{origin} was closed whole with {size} entries; nothing that was signed is lost.")
            }
            (0, Some(fault)) => format!("{origin} was closed with {size} entries, because {fault}."),
            (lost, _) => format!(
                "{origin} was closed with {size} entries, but a checkpoint of {} was signed: {lost} entries are lost, and \
                 with them every vote, revocation, freeze and change of a policy, token or device that they recorded. \
                 Look through tokens, devices and policies: they are as the older copy knew them.",
                size + lost
            ),
        }
    }

    fn event(&self, origin: &str, vkey: &str, reason: &str) -> Event {
        let payload = json!({
            "closed_origin": self.head.origin,
            "ledger_vkey": vkey,
            "reason": reason,
            "kept": {"size": self.head.size, "root": hex::encode(self.head.root)},
            "signed": self.signed.as_ref().map(|mark| json!({"size": mark.size, "note": mark.note})),
            "lost_entries": self.lost(),
            "fault": self.fault,
            "words": self.words(),
            "archive": self.archive,
        });
        Event { actor: "operator".to_owned(), ..system(EventKind::OriginStarted, origin, payload) }
    }
}

/// Closes the old origin and starts a new one.
pub async fn new_origin(dir: &DataDir, reason: &str) -> anyhow::Result<()> {
    let reason = reason.trim();
    anyhow::ensure!(!reason.is_empty() && reason.len() <= 1000, "--reason must have 1 to 1000 characters");
    dir.own()?;
    let closing = close(dir).await?;
    let options = dir.options()?;
    SqliteStore::settle(&options).context("the old database is still in use")?;

    let origin = format!(
        "navi-governance/{}/{}",
        closing.org,
        hex::encode((&SystemEntropy as &dyn Entropy).bytes::<4>()?)
    );
    let vkey = dir.signer(&origin)?.vkey();
    let fresh = dir.file("navi.db.new");
    for leftover in ["navi.db.new", "navi.db.new-wal", "navi.db.new-shm"] {
        remove(&dir.file(leftover))?;
    }
    let carried = restart(&options, &fresh, &origin, closing.event(&origin, &vkey, reason))
        .context("the new ledger could not be begun; the old one is as it was")?;
    let options = Options { path: fresh.clone(), ..options };
    let app = dir.unmarked_app(options.clone()).await?;
    let stopped = stop_what_waits(&app).await?;
    let (size, note) = app.notary.newest(app.store.as_ref(), true).await?;
    app.store.close().await;
    drop(app);
    SqliteStore::settle(&options).context("the new database")?;

    take_its_place(dir, &fresh, &closing.archive)?;
    dir.mark().replace(&Mark { origin: origin.clone(), size, note }).context("the mark")?;
    println!(
        "{}",
        json!({"origin": origin, "closed_origin": closing.head.origin, "ledger_vkey": vkey,
            "lost_entries": closing.lost(), "words": closing.words(), "rows_carried": carried, "stopped": stopped,
            "archive": dir.file(&closing.archive), "bundle": closing.bundle.map(|name| dir.file(&name))})
    );
    Ok(())
}

/// Looks at the old ledger and writes its bundle.
async fn close(dir: &DataDir) -> anyhow::Result<Closing> {
    let (app, fault) = dir.opened(dir.options()?).await?;
    let store = app.store.as_ref();
    let (org, head) = (store.org().to_owned(), store.head().await?);
    // A ledger that is fenced is not signed again; its last note is.
    let kept = match &fault {
        None => Some(app.notary.newest(store, true).await?),
        Some(_) => store.checkpoint().await?,
    };
    let kept = kept.map(|(size, note)| Mark { origin: head.origin.clone(), size, note });
    let marked = dir.mark().read()?.filter(|mark| mark.origin == head.origin);
    let name = free_name(dir, &head.origin)?;
    let bundle = match &kept {
        Some(note) => archived(dir, &app, note, &name).await,
        None => None,
    };
    let signed = match (marked, kept) {
        (Some(marked), Some(kept)) if kept.size > marked.size => Some(kept),
        (marked, kept) => marked.or(kept),
    };
    app.store.close().await;
    Ok(Closing { org, head, signed, fault, archive: format!("{name}.db"), bundle })
}

/// A name that no archive has yet: `ledger-` and the end of the origin.
fn free_name(dir: &DataDir, origin: &str) -> anyhow::Result<String> {
    let end: String =
        origin.rsplit('/').next().unwrap_or_default().chars().filter(char::is_ascii_alphanumeric).collect();
    let names = std::iter::once(format!("ledger-{end}")).chain((2..100).map(|n| format!("ledger-{end}-{n}")));
    let free = |name: &String| {
        !dir.file(&format!("{name}.db")).exists() && !dir.file(&format!("{name}.bundle")).exists()
    };
    let mut names = names.filter(free);
    names.next().context("there are a hundred archives of this ledger already")
}

/// Writes the bundle of what the last note covers. A ledger that is too broken for that is kept as a database only.
async fn archived(dir: &DataDir, app: &App, note: &Mark, name: &str) -> Option<String> {
    let name = format!("{name}.bundle");
    let written = async {
        let mut pieces =
            export::pieces(app, note.size, &note.note, true).await.map_err(|r| anyhow::anyhow!(r.detail))?;
        let mut bytes = Vec::new();
        while let Some(piece) = pieces.recv().await {
            bytes.extend_from_slice(&piece?);
        }
        keys::write(&dir.file(&name), &bytes)
    };
    match written.await {
        Ok(()) => Some(name),
        Err(error) => {
            tracing::warn!(
                error = format!("{error:#}"),
                "the old ledger cannot be bundled; its database is kept"
            );
            None
        }
    }
}

/// Nothing that an older copy let wait may run under the new origin: permits and grants are taken back, requests end.
async fn stop_what_waits(app: &App) -> anyhow::Result<Value> {
    let (store, now) = (app.store.as_ref(), app.store.now());
    let why = json!({"reason": "a new origin began"});
    let mut changes = Vec::new();
    let waiting = store.under_way().await?;
    for (permit, _) in waiting.permits {
        let links =
            [("decision_id", permit.decision_id.as_str()), ("action_id", permit.decision_id.as_str())];
        let event = system_event(EventKind::PermitRevoked, &permit.id, &links, why.clone());
        changes.extend(
            permit.revoke().map(|revoked| Change::default().event(event).put(Record::Permit(revoked))),
        );
    }
    let permits = changes.len();
    for (approval, _) in waiting.approvals {
        let links = [("approval_id", approval.id.as_str()), ("action_id", approval.decision_id.as_str())];
        let event = system_event(EventKind::ApprovalCancelled, &approval.id, &links, why.clone());
        changes.extend(
            approval.cancel(now).map(|ended| Change::default().event(event).put(Record::Approval(ended))),
        );
    }
    let approvals = changes.len() - permits;
    for grant in store.grants(None, Some(now)).await? {
        let links = [("approval_id", grant.approval_id.as_str())];
        let event = system_event(EventKind::GrantRevoked, &grant.id, &links, why.clone());
        let revoked = Grant { revoked_at: Some(now), ..grant.clone() };
        changes.push(Change::default().event(event).put(Record::Grant(revoked)));
    }
    let grants = changes.len() - permits - approvals;
    for plan in store.plans(None, true).await? {
        let links = [("approval_id", plan.approval_id.as_deref().unwrap_or_default())];
        let event = system_event(EventKind::PlanRevoked, &plan.id, &links, why.clone());
        let revoked = plan.revoke("a new origin began");
        changes.extend(revoked.map(|run| Change::default().event(event).put(Record::Plan(run))));
    }
    for change in changes {
        let outcome = store.commit(change).await?;
        anyhow::ensure!(matches!(outcome, Outcome::Committed { .. }), "the new database changed meanwhile");
    }
    Ok(json!({"permits": permits, "approvals": approvals, "grants": grants}))
}

/// The old database gets its archive's name beside its own, then the new one its place, in one step.
fn take_its_place(dir: &DataDir, fresh: &Path, archive: &str) -> anyhow::Result<()> {
    let (current, archive) = (dir.file(DATABASE), dir.file(archive));
    for log in ["navi.db-wal", "navi.db.new-wal"] {
        let left = std::fs::metadata(dir.file(log)).is_ok_and(|log| log.len() > 0);
        anyhow::ensure!(!left, "{log} still holds changes; nothing was moved");
    }
    std::fs::hard_link(&current, &archive).with_context(|| format!("cannot make {}", archive.display()))?;
    std::fs::rename(fresh, &current)
        .context("the new database cannot take its place; the old one is as it was")?;
    for leftover in ["navi.db-wal", "navi.db-shm", "navi.db.new-wal", "navi.db.new-shm"] {
        remove(&dir.file(leftover))?;
    }
    keys::sync(dir.path())
}

fn remove(path: &PathBuf) -> anyhow::Result<()> {
    match std::fs::remove_file(path) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
            Err(error).with_context(|| format!("cannot remove {}", path.display()))
        }
        _ => Ok(()),
    }
}
