//! Where this gate is: a random key in its state folder. The hash of the key names the place in captures; who has the
//! key gets the rollbacks of what ran here.

use std::io::Write as _;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::Path;

use anyhow::{Context as _, Result, ensure};
use sha2::{Digest, Sha256};

use super::shelf::Shelf;

/// A place, as its own gate knows it.
#[derive(Clone, Debug)]
pub struct Place {
    /// The key; whoever has it may carry out rollbacks here.
    pub key: String,
    /// Name of the place: SHA-256 (hex) of the key.
    pub name: String,
}

impl Place {
    /// The place of a shelf; its key is drawn when it is asked for the first time.
    pub fn of(shelf: &Shelf) -> Result<Self> {
        let folder = &shelf.state;
        let path = folder.join("place.key");
        if !path.exists() {
            let mut random = [0; 32];
            getrandom::fill(&mut random).context("no random bytes")?;
            // Two gates may begin at once: the first one's key stays.
            let draft = folder.join(format!("place.key.{}", std::process::id()));
            let mut file = private(&draft)?;
            file.write_all(hex::encode(random).as_bytes())?;
            file.sync_all()?;
            let _ = std::fs::hard_link(&draft, &path);
            std::fs::remove_file(&draft)?;
        }
        let key = std::fs::read_to_string(&path).with_context(|| format!("read {}", path.display()))?;
        ensure!(key.len() == 64, "{} holds no key", path.display());
        let name = named(&key);
        Ok(Self { key, name })
    }
}

/// The name of the place with this key.
fn named(key: &str) -> String {
    hex::encode(Sha256::new().chain_update(b"navi/place/v1\n").chain_update(key).finalize())
}

/// A new file that only its owner can read.
pub(super) fn private(path: &Path) -> Result<std::fs::File> {
    let mut options = std::fs::OpenOptions::new();
    options.write(true).create(true).truncate(true).mode(0o600);
    options.open(path).with_context(|| format!("write {}", path.display()))
}
