//! `fsck`: the database against its own ledger, one line a finding.

use anyhow::Context as _;
use navi_domain::event::EventKind;
use navi_store::sqlite::fsck::{Checked, Finding, fsck};
use navi_store::{Change, Store as _};
use serde_json::json;

use super::data_dir::{DataDir, system};
use crate::mark;

/// Checks; says whether all is well, or was put right.
pub async fn run(dir: &DataDir, repair: bool, as_json: bool) -> anyhow::Result<bool> {
    dir.own()?;
    let mut checked =
        fsck(&dir.options()?, &dir.verifiers()?, repair).context("the database cannot be checked")?;
    beyond(dir, &mut checked).await?;
    let repaired: Vec<&Finding> = checked.findings.iter().filter(|f| f.repaired).collect();
    if !repaired.is_empty() {
        recorded(dir, &repaired).await?;
    }
    for finding in &checked.findings {
        told(finding, as_json);
    }
    let left = checked.findings.iter().filter(|f| !f.repaired).count();
    let verdict = match (checked.findings.len(), left) {
        (0, _) => "whole",
        (_, 0) => "repaired",
        _ => "broken",
    };
    if as_json {
        println!(
            "{}",
            json!({"verdict": verdict, "entries": checked.entries, "rows": checked.rows, "votes": checked.votes,
                "findings": checked.findings.len(), "repaired": checked.findings.len() - left, "notices": checked.notices})
        );
    } else {
        for notice in &checked.notices {
            println!("note: {notice}");
        }
        println!(
            "{verdict}: {} entries, {} state rows compared with the entries that wrote them, {} votes verified again, {} \
             findings, {} repaired",
            checked.entries,
            checked.rows,
            checked.votes,
            checked.findings.len(),
            checked.findings.len() - left
        );
    }
    Ok(left == 0)
}

/// What only the mark beside the database knows.
async fn beyond(dir: &DataDir, checked: &mut Checked) -> anyhow::Result<()> {
    let Some(kept) = dir.mark().read().context("ledger.mark cannot be read")? else { return Ok(()) };
    let store = navi_store::sqlite::SqliteStore::open(dir.options()?)?;
    if let Some(fence) = mark::judge(&kept, store.as_ref()).await? {
        checked.findings.push(Finding::new("mark", fence.to_string()));
    }
    store.close().await;
    Ok(())
}

/// What was put right is an entry itself.
async fn recorded(dir: &DataDir, repaired: &[&Finding]) -> anyhow::Result<()> {
    let (app, fault) = dir.opened(dir.options()?).await?;
    if fault.is_none() {
        let findings: Vec<_> = repaired
            .iter()
            .take(100)
            .map(|f| json!({"what": f.what, "row": f.row, "message": f.message}))
            .collect();
        let payload = json!({"count": repaired.len(), "findings": findings});
        let event = system(EventKind::StateRepaired, "state", payload);
        let event = navi_domain::event::Event { actor: "operator".to_owned(), ..event };
        app.store.commit(Change::default().event(event)).await?;
    }
    app.store.close().await;
    Ok(())
}

fn told(finding: &Finding, as_json: bool) {
    if as_json {
        println!(
            "{}",
            json!({"what": finding.what, "entry": finding.entry, "row": finding.row, "message": finding.message,
                "repaired": finding.repaired, "repairable": finding.can_be_repaired()})
        );
        return;
    }
    let entry = finding.entry.map_or_else(String::new, |index| format!(" [entry {index}]"));
    let what_now = match (finding.repaired, finding.can_be_repaired()) {
        (true, _) => " (repaired)",
        (false, true) => " (--repair puts it right)",
        (false, false) => "",
    };
    println!("{}{entry}: {}{what_now}", finding.what, finding.message);
}
