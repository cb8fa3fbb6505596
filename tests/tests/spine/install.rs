//! `install` and `uninstall` on configurations as people have them: whatever they look like, they come back as they were.

use std::os::unix::fs::{PermissionsExt as _, symlink};
use std::path::PathBuf;

use anyhow::Result;
use navi_tests::gate::Gate;
use navi_tests::nonsense::nobody;

/// A gate, and the configuration of Claude Code in its home.
async fn configured(text: &str) -> Result<(Gate, PathBuf)> {
    let gate = Gate::new(&nobody().await?, Some("nvt_any".into()))?;
    let file = gate.home().join(".claude/settings.json");
    std::fs::create_dir_all(gate.home().join(".claude"))?;
    std::fs::write(&file, text)?;
    Ok((gate, file))
}

#[tokio::test(flavor = "multi_thread")]
async fn whatever_a_configuration_looks_like_it_comes_back_as_it_was() -> Result<()> {
    let odd = [
        "{\r\n\t\"theme\":\"dark\"\r\n}\r\n",
        "{\"a\":1.50,\"big\":12345678901234567890,\"u\":\"\\u00e9\"}",
        "",
        "\n\n{ \"hooks\" : {\"Stop\":[], \"PreToolUse\":[{\"hooks\":[{\"type\":\"command\",\"command\":\"mine\"}]}]} }   \n",
    ];
    let (gate, file) = configured("").await?;
    for text in odd {
        std::fs::write(&file, text)?;
        std::fs::set_permissions(&file, std::fs::Permissions::from_mode(0o440))?;
        gate.run(&["install", "claude-code"]).await?.expect_code(0)?;
        assert!(std::fs::read_to_string(&file)?.contains("navi-gate"), "{text:?}");
        gate.run(&["uninstall", "claude-code"]).await?.expect_code(0)?;
        assert_eq!(std::fs::read_to_string(&file)?, text);
        assert_eq!(std::fs::metadata(&file)?.permissions().mode() & 0o777, 0o440, "{text:?}");
        std::fs::remove_file(&file)?;
    }
    Ok(())
}

/// Installed, changed by its owner, installed again: what is kept as the state from before holds nothing of the gate.
#[tokio::test(flavor = "multi_thread")]
async fn taken_out_after_a_change_and_a_second_installation_nothing_asks_the_gate() -> Result<()> {
    let (gate, file) = configured("{\"theme\": \"dark\"}").await?;
    gate.run(&["install", "claude-code"]).await?.expect_code(0)?;
    let changed = std::fs::read_to_string(&file)?.replace("\"dark\"", "\"light\"");
    std::fs::write(&file, changed)?;
    gate.run(&["install", "claude-code", "--timeout", "900"]).await?.expect_code(0)?;
    gate.run(&["uninstall", "claude-code"]).await?.expect_code(0)?;
    let left: serde_json::Value = serde_json::from_str(&std::fs::read_to_string(&file)?)?;
    assert_eq!(left, serde_json::json!({"theme": "light"}));
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_link_stays_a_link_and_one_to_nothing_is_not_written_over() -> Result<()> {
    let (gate, file) = configured("{}").await?;
    let kept = gate.home().join("dotfiles.json");
    std::fs::rename(&file, &kept)?;
    symlink(&kept, &file)?;
    gate.run(&["install", "claude-code"]).await?.expect_code(0)?;
    assert!(std::fs::read_to_string(&kept)?.contains("navi-gate"));
    gate.run(&["uninstall", "claude-code"]).await?.expect_code(0)?;
    assert_eq!(
        (std::fs::read_link(&file)?, std::fs::read_to_string(&kept)?),
        (kept.clone(), "{}".to_owned())
    );

    std::fs::remove_file(&kept)?;
    let said = gate.run(&["install", "claude-code"]).await?.expect_code(13)?;
    assert!(said.stderr.contains("is a link to a file that is not there"), "{said:?}");
    assert_eq!(std::fs::read_link(&file)?, kept, "the link is still there");
    Ok(())
}

/// Somebody's lines in the gate's own script are somebody's.
#[tokio::test(flavor = "multi_thread")]
async fn a_script_of_the_gate_that_was_changed_is_not_written_over() -> Result<()> {
    let gate = Gate::new(&nobody().await?, Some("nvt_any".into()))?;
    gate.run(&["install", "cline"]).await?.expect_code(0)?;
    let script = gate.home().join(".cline/hooks/PreToolUse");
    let changed = std::fs::read_to_string(&script)?.replace("#!/bin/sh\n", "#!/bin/sh\necho mine >&2\n");
    std::fs::write(&script, &changed)?;
    gate.run(&["install", "cline", "--timeout", "900"]).await?.expect_code(13)?;
    assert_eq!(std::fs::read_to_string(&script)?, changed);
    Ok(())
}
