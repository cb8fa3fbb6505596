//! The exported record: whole it passes, touched it fails and the first bad entry is named.

use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};
use navi_tests::audit::Bundle;
use navi_tests::gate::Gate;
use navi_tests::process::Said;
use navi_tests::server::Server;
use reqwest::Method;
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

/// A server with some history, and an auditor's gate.
async fn with_history(runs: usize) -> Result<(Server, Gate)> {
    let server = Server::start().await?;
    let agent = server.api("alice", "agent", Some("coder")).await?;
    for n in 0..runs {
        let body = json!({
            "action_type": "file_read",
            "context": { "target_files": [format!("file-{n}.txt")] },
            "start": { "run_nonce": format!("nonce-of-run-{n}") },
        });
        agent.post("/evaluate", &body).await?.expect(200)?;
    }
    let gate = Gate::new(&server.url, Some(server.token("olga", "auditor", None).await?))?;
    Ok((server, gate))
}

async fn export(gate: &Gate, name: &str, options: &[&str]) -> Result<PathBuf> {
    let file = gate.work().join(name);
    let out = file.to_string_lossy();
    gate.run(&[&["audit", "export", "--out", &out], options].concat()).await?.expect_code(0)?;
    Ok(file)
}

/// Verifies on a machine that has neither server nor credential.
async fn verify(file: &Path, vkey: Option<&str>) -> Result<Said> {
    let offline = Gate::new("http://127.0.0.1:1", None)?;
    let file = file.to_string_lossy();
    let mut args = vec!["audit", "verify", &file];
    args.extend(vkey.iter().flat_map(|vkey| ["--vkey", vkey]));
    offline.run(&args).await
}

/// Whether the verdict says `words` and no longer number.
fn says(said: &Said, words: &str) -> bool {
    let text = format!("{}\n{}", said.stdout, said.stderr);
    let number_ends = words.ends_with(|c: char| c.is_ascii_digit());
    text.match_indices(words).any(|(at, _)| {
        !number_ends
            || !text.get(at + words.len()..).unwrap_or_default().starts_with(|c: char| c.is_ascii_digit())
    })
}

/// Changes a bundle around one entry.
type Tamper = fn(&mut Bundle, usize) -> Result<()>;

#[tokio::test(flavor = "multi_thread")]
async fn an_untouched_export_verifies_with_and_without_a_pinned_key() -> Result<()> {
    let (server, gate) = with_history(3).await?;
    for options in [&["--plain"][..], &[]] {
        let file = export(&gate, "ledger.bundle", options).await?;
        verify(&file, Some(&server.ledger_vkey)).await?.expect_code(0)?;
        let unpinned = verify(&file, None).await?.expect_code(2)?;
        let text = format!("{}{}", unpinned.stdout, unpinned.stderr);
        assert!(text.contains("not pinned"), "{text}");
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn whatever_is_touched_is_named() -> Result<()> {
    let (server, gate) = with_history(5).await?;
    let whole = Bundle::read(&export(&gate, "ledger.bundle", &["--plain"]).await?)?;
    let last = whole.entries() - 1;
    assert!(last > 10, "there is something to tamper with");

    let cases: [(&str, usize, Tamper); 6] = [
        ("flipped", 5, Bundle::flip_a_byte),
        ("first-flipped", 0, Bundle::flip_a_byte),
        ("deleted", 6, Bundle::delete),
        ("reordered", 7, Bundle::swap_with_next),
        ("cut-off", last, Bundle::cut_off_from),
        ("cut-in-half", 8, Bundle::cut_off_from),
    ];
    for (name, entry, tamper) in cases {
        let mut bundle = whole.clone();
        tamper(&mut bundle, entry)?;
        let file = bundle.write(gate.work().join(format!("{name}.bundle")))?;
        let said = verify(&file, Some(&server.ledger_vkey)).await?;
        assert_eq!(said.code, 1, "{name}: {said:?}");
        assert!(says(&said, &format!("entry {entry}")), "{name} does not name entry {entry}: {said:?}");
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_whole_log_signed_by_another_key_fails() -> Result<()> {
    let (server, _) = with_history(2).await?;
    let (other, gate) = with_history(2).await?;
    assert_ne!(server.ledger_vkey, other.ledger_vkey);
    let file = export(&gate, "other.bundle", &[]).await?;
    verify(&file, Some(&server.ledger_vkey)).await?.expect_code(1)?;
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_broken_frame_of_a_compressed_export_names_its_range() -> Result<()> {
    let (server, gate) = with_history(200).await?;
    let file = export(&gate, "compressed.bundle", &[]).await?;
    let whole = std::fs::read(&file)?;
    verify(&file, Some(&server.ledger_vkey)).await?.expect_code(0)?;
    let ledger = server.api("olga", "auditor", None).await?.ledger().await?.len();
    assert!((512..768).contains(&ledger), "three frames hold {ledger} entries");

    // The frames lie in the file in their order, of about the same size but for the shorter last one.
    for (tenth, range) in [(2, "entries 0 to 255"), (6, "entries 256 to 511"), (9, "entries 512 to")] {
        let mut broken = whole.clone();
        *broken.get_mut(whole.len() * tenth / 10).expect("inside") ^= 0x10;
        std::fs::write(&file, &broken)?;
        let said = verify(&file, Some(&server.ledger_vkey)).await?.expect_code(1)?;
        assert!(says(&said, range), "{range}: {said:?}");
    }
    std::fs::write(&file, whole.get(..whole.len() * 6 / 10).expect("inside"))?;
    let cut = verify(&file, Some(&server.ledger_vkey)).await?.expect_code(1)?;
    assert!(says(&cut, "256"), "{cut:?}");
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn an_erased_payload_is_named_and_a_missing_one_is_not_taken_for_erased() -> Result<()> {
    let (server, gate) = with_history(3).await?;
    let (root, anna) = (server.api("root", "admin", None).await?, server.api("anna", "admin", None).await?);
    let ledger = root.ledger().await?;
    let finished = json!({ "status": "succeeded", "exit_code": 0 });
    let agent = server.api("alice", "agent", Some("coder")).await?;
    let run = ledger.iter().find(|e| e["kind"] == "execution_started").unwrap_or(&Value::Null);
    let path = format!("/executions/{}", run["subject"].as_str().unwrap_or_default());
    agent.send(Method::PATCH, &path, Some(&finished), &[]).await?.expect(200)?;
    let decision = run["links"]["action_id"].clone();
    let asked = ledger.iter().find(|e| e["subject"] == decision).map(|e| e["index"].clone());
    let body = json!({ "entries": [asked], "reason": "the person asked to" });
    let proposal = root.post("/ledger/acme/erasures", &body).await?.expect(202)?;
    let path = format!("/proposals/{}", proposal["id"].as_str().unwrap_or_default());
    anna.post(&path, &json!({ "decision": "accept" })).await?.expect(200)?;

    for options in [&["--plain"][..], &[]] {
        let file = export(&gate, "erased.bundle", options).await?;
        let said = verify(&file, Some(&server.ledger_vkey)).await?.expect_code(0)?;
        assert!(said.stdout.contains("erased the payloads of 1 earlier entries"), "{said:?}");
    }
    // One that no entry names as erased.
    let file = export(&gate, "missing.bundle", &["--plain"]).await?;
    let text = std::fs::read_to_string(&file)?;
    let victim = ledger.iter().rfind(|e| e["kind"] == "decision").and_then(|e| e["index"].as_u64());
    let victim = victim.unwrap_or_default();
    let lines: Vec<String> = text
        .lines()
        .map(|line| match serde_json::from_str::<Value>(line) {
            Ok(value) if value["index"] == victim => {
                ["payload", "nonce"].iter().fold(line.to_owned(), |line, name| {
                    line.replace(&format!(",\"{name}\":{}", value[name]), "")
                })
            }
            _ => line.to_owned(),
        })
        .collect();
    // The file's own digest is made anew: only the missing payload is left to be seen.
    let (end, rest) = lines.split_last().context("an empty file")?;
    let rest: String = rest.iter().map(|line| format!("{line}\n")).collect();
    let mut end: Value = serde_json::from_str(end)?;
    end["end"]["sha256"] = hex::encode(Sha256::digest(&rest)).into();
    std::fs::write(&file, format!("{rest}{end}\n"))?;
    let said = verify(&file, Some(&server.ledger_vkey)).await?.expect_code(1)?;
    assert!(says(&said, &format!("at entry {victim}")), "{said:?}");
    assert!(said.stdout.contains("no later entry says that it was erased"), "{said:?}");
    Ok(())
}
