//! The exported record: whole it passes, touched it fails and the first bad entry is named.

use std::path::{Path, PathBuf};

use anyhow::Result;
use navi_tests::audit::Bundle;
use navi_tests::gate::Gate;
use navi_tests::process::Said;
use navi_tests::server::{ORG, Server};
use serde_json::json;

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

async fn export(gate: &Gate, name: &str) -> Result<PathBuf> {
    let file = gate.work().join(name);
    gate.run(&["audit", "export", "--out", &file.to_string_lossy()]).await?.expect_code(0)?;
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

fn names(said: &Said, entry: usize) -> bool {
    let text = format!("{}\n{}", said.stdout, said.stderr).to_lowercase();
    let number = entry.to_string();
    text.contains("entry") && text.split(|c: char| !c.is_ascii_digit()).any(|word| word == number)
}

#[tokio::test(flavor = "multi_thread")]
async fn an_untouched_export_verifies_with_and_without_a_pinned_key() -> Result<()> {
    let (server, gate) = with_history(3).await?;
    let file = export(&gate, "ledger.bundle").await?;
    verify(&file, Some(&server.ledger_vkey)).await?.expect_code(0)?;
    let unpinned = verify(&file, None).await?.expect_code(2)?;
    let text = format!("{}{}", unpinned.stdout, unpinned.stderr);
    assert!(text.contains("not pinned"), "{text}");
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn whatever_is_touched_is_named() -> Result<()> {
    let (server, gate) = with_history(5).await?;
    let whole = Bundle::read(&export(&gate, "ledger.bundle").await?)?;
    let last = whole.entries() - 1;
    assert!(last > 10, "there is something to tamper with");

    let cases: [(&str, usize, fn(&mut Bundle, usize) -> Result<()>); 6] = [
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
        assert!(names(&said, entry), "{name} does not name entry {entry}: {said:?}");
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_whole_log_signed_by_another_key_fails() -> Result<()> {
    let (server, _) = with_history(2).await?;
    let (other, gate) = with_history(2).await?;
    assert_ne!(server.ledger_vkey, other.ledger_vkey);
    let file = export(&gate, "other.bundle").await?;
    verify(&file, Some(&server.ledger_vkey)).await?.expect_code(1)?;
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_broken_frame_of_a_compressed_export_names_its_range() -> Result<()> {
    let (server, gate) = with_history(200).await?;
    let auditor = server.api("olga", "auditor", None).await?;
    let whole = auditor.download(&format!("/ledger/{ORG}/bundle?compress=true")).await?;
    let file = gate.work().join("compressed.bundle");
    std::fs::write(&file, &whole)?;
    verify(&file, Some(&server.ledger_vkey)).await?.expect_code(0)?;

    // The first entries lie at the front of the file and the last ones at its end; one byte amid the second half lies
    // in a frame of entries from 256 on.
    let mut broken = whole.clone();
    let at = whole.len() * 7 / 10;
    let byte = broken.get_mut(at).expect("inside");
    *byte ^= 0x10;
    std::fs::write(&file, &broken)?;
    let said = verify(&file, Some(&server.ledger_vkey)).await?.expect_code(1)?;
    assert!(names(&said, 256), "{said:?}");
    Ok(())
}
