//! A bundle becomes lines for other tools and a report for people, on a machine that has nothing else.

use std::process::Command;

use anyhow::{Context as _, Result};
use navi_tests::gate::{Approver, Gate};
use navi_tests::process;
use serde_json::Value;

use crate::server_that_asks;

#[tokio::test(flavor = "multi_thread")]
async fn a_bundle_is_converted_and_reported_offline_and_a_broken_one_is_not() -> Result<()> {
    let (server, agent) = server_that_asks().await?;
    let bob = Approver::enroll(&server, "bob", "approver").await?;
    let gate = Gate::of_agent(&server, "alice", "coder").await?;
    let mut waiting = gate.start("gate", &["run", "--", "make", "-n", "=1+1"])?;
    let id = agent.the_pending_one().await?["id"].as_str().context("no id")?.to_owned();
    bob.must_vote(&id, "approve", "@fine, \"really\"").await?;
    waiting.ended().await?;
    let auditor = Gate::new(&server.url, Some(server.token("olga", "auditor", None).await?))?;
    let file = |name: &str| auditor.work().join(name).to_string_lossy().into_owned();
    let bundle = file("record.navi");
    auditor.run(&["audit", "export", "--out", &bundle]).await?.expect_code(0)?;
    auditor
        .run(&["audit", "export", "--format", "jsonl", "--out", &file("online.jsonl")])
        .await?
        .expect_code(0)?;
    let vkey = server.ledger_vkey.clone();
    drop(server);

    let offline = Gate::new("http://127.0.0.1:1", None)?;
    let convert = async |format: &str, to: &str| {
        offline.run(&["audit", "convert", &bundle, "--format", format, "--out", to, "--vkey", &vkey]).await
    };
    for format in ["csv", "jsonl", "ocsf", "cloudevents"] {
        let to = file(format);
        convert(format, &to).await?.expect_code(0)?;
        let text = std::fs::read_to_string(&to)?;
        assert!(text.contains("vote_cast") && text.contains("bob"), "{format}: {text}");
        if format == "csv" {
            assert!(text.contains("'@fine"), "a cell is no formula: {text}");
        } else {
            for line in text.lines() {
                serde_json::from_str::<Value>(line).with_context(|| format!("{format}: {line}"))?;
            }
        }
    }
    let report = async |format: &str, to: &str| {
        offline.run(&["audit", "report", &bundle, "--format", format, "--out", to, "--vkey", &vkey]).await
    };
    report("html", &file("report.html")).await?.expect_code(0)?;
    report("pdf", &file("report.pdf")).await?.expect_code(0)?;
    let html = std::fs::read_to_string(file("report.html"))?;
    assert!(html.contains("Every entry was verified offline") && html.contains("<td>bob</td>"), "{html}");
    let mut command = Command::new("pdftotext");
    command.args(["-layout", &file("report.pdf"), "-"]);
    let text = process::run(command).await?.expect_code(0)?.stdout;
    for said in [
        "Separation of duties",
        "bob",
        "EU AI Act Art. 14",
        "The record has no bypass.",
        "no break-glass envelope",
    ] {
        assert!(text.contains(said), "{said}: {text}");
    }

    // One flipped byte, and neither lines nor report are written.
    let mut bytes = std::fs::read(&bundle)?;
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    std::fs::write(&bundle, bytes)?;
    let (lines, document) = (file("broken.csv"), file("broken.html"));
    convert("csv", &lines).await?.expect_code(1)?;
    report("html", &document).await?.expect_code(1)?;
    assert!(!std::path::Path::new(&lines).exists() && !std::path::Path::new(&document).exists());
    Ok(())
}
