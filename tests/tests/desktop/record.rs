//! The record in the console's window: verified with the server and without it, exported, and verified from the file.

use std::path::PathBuf;
use std::process::Command;

use anyhow::{Context as _, Result};
use navi_tests::binaries;
use navi_tests::page::{by, open_request};
use navi_tests::wait;
use serde_json::json;

use crate::window::Window;

const WHOLE: &str = "[data-testid='verification'][data-verdict='whole']";

#[tokio::test(flavor = "multi_thread")]
async fn the_record_is_read_verified_and_exported_also_without_the_server() -> Result<()> {
    let mut window = Window::enrolled("window-record").await?;
    let context = json!({ "target_files": ["billing/charge.rs"], "repo": "shop", "branch": "main" });
    let id = window.ask("code_edit", context).await?;
    open_request(&window.browser, &id).await?;
    window.browser.click(&by("approve")).await?;
    window.browser.click(&by("confirm-approve")).await?;
    window.browser.find("[data-testid='outcome'][data-state='recorded'], [data-testid='ended']").await?;
    let other = json!({ "target_files": ["auth/login.py"], "repo": "auth-service", "branch": "main" });
    window.ask("code_edit", other).await?;

    window.browser.click(&by("go-record")).await?;
    window.browser.find(&by("entry-row")).await?;
    // Until the hashes of a checkpoint that covers the vote are here.
    verified_with(&window, "1 vote carries a signature").await?;
    window.desktop.screenshot("record-verified").await?;

    window.browser.click(&by("export-record")).await?;
    window.browser.click(&by("confirm-export")).await?;
    window.browser.wait_for_text("Written to").await?;
    let said = window.browser.text_of(&by("exported")).await?;
    let file = said.trim_start_matches("Written to ").split(".navi.zst").next().context("no path")?;
    let file = PathBuf::from(format!("{file}.navi.zst"));
    let key = std::fs::read(&file).with_context(|| said.clone())?;
    assert!(!key.is_empty());
    let gate = Command::new(binaries::product("navi-gate")?).args(["audit", "verify"]).arg(&file).output()?;
    let told = String::from_utf8_lossy(&gate.stdout).into_owned();
    assert_eq!(gate.status.code(), Some(2), "whole, and nobody pinned the key: {told}");
    assert!(told.contains("1 vote carries a signature"), "{told}");

    window.server.terminate().await?;
    window.browser.find("[data-testid='state-banner'][data-state='offline']").await?;
    window.browser.fill(&by("record-q"), "billing").await?;
    window.browser.wait_for_text("Offline: showing what is kept on this machine.").await?;
    wait::until("only the billing action is listed", async || {
        let text = window.browser.text().await;
        (text.contains("billing/charge.rs") && !text.contains("auth/login.py")).then_some(())
    })
    .await?;
    window.browser.click(&by("entry-row")).await?;
    window.browser.find(&by("chain")).await?;
    window.desktop.screenshot("record-chain-offline").await?;

    // The lines of what is listed, without the server; that they were written is noted for it.
    let csv = file.with_extension("").with_extension("csv");
    window.browser.click(&by("export-record")).await?;
    window.browser.click("input[type='radio'][value='csv']").await?;
    window.browser.fill(&by("export-path"), &csv.to_string_lossy()).await?;
    window.browser.wait_for_text("recorded as soon as there is a connection").await?;
    window.browser.click(&by("confirm-export")).await?;
    let lines = wait::until("the lines are written", async || {
        std::fs::read_to_string(&csv).ok().filter(|lines| lines.contains("code_edit,shop,"))
    })
    .await?;
    assert!(!lines.contains("auth-service"), "{lines}");

    window.browser.click(&by("verify-file")).await?;
    window.browser.fill(&by("file-path"), &file.to_string_lossy()).await?;
    window.desktop.screenshot("record-file").await?;
    window.browser.click(&by("confirm-verify")).await?;
    window.browser.wait_for_text("It agrees with what this console saw of the ledger itself").await?;
    window.browser.find(WHOLE).await?;
    window.desktop.screenshot("record-file-verified").await?;
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_verification_is_saved_where_the_desktops_own_dialog_says() -> Result<()> {
    let window = Window::enrolled("window-saved").await?;
    window.browser.click(&by("go-record")).await?;
    window.browser.find(&by("entry-row")).await?;
    verified_with(&window, "entries hold").await?;
    let file = window.desktop.home().join("verification.html");
    // The dialog proposes the name; Enter agrees, and once more where it asks whether to replace a file.
    let saved = async || {
        window.browser.click(&by("save-page")).await?;
        wait::until("it is written where the dialog says", async || {
            let titles = window.desktop.window_titles().await.ok()?;
            if titles.iter().any(|title| title == "Save File") {
                window.desktop.run("xdotool", &["key", "Return"]).await.ok()?;
            }
            std::fs::read_to_string(&file).ok().filter(|page| page.contains("<html"))
        })
        .await
    };
    let page = saved().await?;
    assert!(page.contains("entries hold"), "{page}");
    window.desktop.screenshot("saved").await?;
    std::fs::write(&file, "an older file")?;
    saved().await?;
    Ok(())
}

/// Presses "Verify now" until the result says these words.
async fn verified_with(window: &Window, words: &str) -> Result<()> {
    wait::until("the record is verified here", async || {
        let _ = window.browser.click(&by("verify-now")).await;
        let _ = window.browser.find(&by("verification")).await;
        window.browser.text().await.contains(words).then_some(())
    })
    .await?;
    window.browser.find(WHOLE).await?;
    Ok(())
}
