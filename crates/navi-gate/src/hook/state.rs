//! Which execution belongs to which tool call, between the two hook calls. Losing it loses only the report.

use std::path::PathBuf;

use sha2::{Digest, Sha256};

fn path(tool_use_id: &str) -> Option<PathBuf> {
    let name = hex::encode(Sha256::digest(tool_use_id));
    crate::config::base("XDG_STATE_HOME", ".local/state")
        .map(|b| b.join("navi").join("executions").join(name))
}

/// Keeps the execution's id. A failure is told on stderr and changes nothing else.
pub fn remember(tool_use_id: &str, execution_id: &str) {
    let Some(path) = path(tool_use_id) else { return };
    let mut folder = std::fs::DirBuilder::new();
    folder.recursive(true);
    std::os::unix::fs::DirBuilderExt::mode(&mut folder, 0o700);
    let kept =
        path.parent().map_or(Ok(()), |p| folder.create(p)).and_then(|()| std::fs::write(&path, execution_id));
    if let Err(error) = kept {
        eprintln!("[navi] the tool call's execution could not be noted: {error}");
    }
}

/// The execution's id, once.
pub fn take(tool_use_id: &str) -> Option<String> {
    let path = path(tool_use_id)?;
    let id = std::fs::read_to_string(&path).ok()?;
    let _ = std::fs::remove_file(path);
    Some(id)
}
