//! What one hook call leaves for a later one: the execution of a tool call, and the request that a question was asked
//! about. Losing it loses only the report, or makes a second request of it.

use std::path::PathBuf;

use sha2::{Digest, Sha256};

fn path(name: &str) -> Option<PathBuf> {
    let file = hex::encode(Sha256::digest(name));
    crate::config::base("XDG_STATE_HOME", ".local/state")
        .map(|b| b.join("navi").join("executions").join(file))
}

/// Keeps an id under a name. A failure is told on stderr and changes nothing else.
pub fn remember(name: &str, id: &str) {
    let Some(path) = path(name) else { return };
    let mut folder = std::fs::DirBuilder::new();
    folder.recursive(true);
    std::os::unix::fs::DirBuilderExt::mode(&mut folder, 0o700);
    let kept = path.parent().map_or(Ok(()), |p| folder.create(p)).and_then(|()| std::fs::write(&path, id));
    if let Err(error) = kept {
        eprintln!("[navi] what belongs to the tool call could not be noted: {error}");
    }
}

/// The id under a name, once.
pub fn take(name: &str) -> Option<String> {
    let path = path(name)?;
    let id = std::fs::read_to_string(&path).ok()?;
    let _ = std::fs::remove_file(path);
    Some(id)
}
