//! Where a device's small secrets live: the operating system's keyring, or a file for terminals and tests.
//!
//! There is no silent fall-back: without a keyring the caller hears so.

use std::collections::BTreeMap;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::sync::Mutex;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
#[cfg(not(target_os = "linux"))]
use keyring::v1 as ring;
#[cfg(target_os = "linux")]
use keyring_core as ring;
use zeroize::Zeroizing;

/// Why a secret could not be read or written.
#[derive(Debug, thiserror::Error)]
pub enum KeystoreError {
    /// This desktop offers no keyring.
    #[error("no keyring answers on this desktop (Secret Service on Linux); nothing was stored")]
    NoService(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// The keyring is there but locked.
    #[error("the keyring is locked; unlock it and try again")]
    Locked(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// The key file could not be read or written.
    #[error("the key file {path} could not be used")]
    File {
        /// Which file.
        path: PathBuf,
        /// Cause.
        #[source]
        source: std::io::Error,
    },
    /// The key file is no key file.
    #[error("the key file {0} is damaged")]
    Damaged(PathBuf),
    /// Anything else the keyring said.
    #[error("the keyring refused")]
    Refused(#[source] Box<dyn std::error::Error + Send + Sync>),
}

/// A place for small secrets, by name. Calls may block: use a blocking thread.
pub trait Keystore: Send + Sync {
    /// A secret; `None` when there is none of this name.
    ///
    /// # Errors
    /// [`KeystoreError`]
    fn get(&self, name: &str) -> Result<Option<Zeroizing<Vec<u8>>>, KeystoreError>;
    /// Stores or replaces a secret, durably.
    ///
    /// # Errors
    /// [`KeystoreError`]
    fn set(&self, name: &str, secret: &[u8]) -> Result<(), KeystoreError>;
    /// Removes a secret; removing an absent one is fine.
    ///
    /// # Errors
    /// [`KeystoreError`]
    fn delete(&self, name: &str) -> Result<(), KeystoreError>;
}

/// Opens `file:PATH`, or the OS keyring for anything else; `realm` keeps several consoles of one user apart.
///
/// # Errors
/// Never for the keyring; a damaged key file is noticed at the first read.
pub fn open(spec: Option<&str>, realm: &str) -> Box<dyn Keystore> {
    match spec.and_then(|s| s.strip_prefix("file:")) {
        Some(path) => Box::new(FileKeystore::new(Path::new(path))),
        None => Box::new(OsKeystore { realm: realm.to_owned() }),
    }
}

/// The operating system's keyring, service `navi-governance`.
pub struct OsKeystore {
    realm: String,
}

impl OsKeystore {
    fn entry(&self, name: &str) -> Result<ring::Entry, KeystoreError> {
        reach_keyring()?;
        ring::Entry::new("navi-governance", &format!("{}/{name}", self.realm)).map_err(refusal)
    }
}

/// Connects to the Secret Service unless that is done. One that was away is looked for again at the next call, which is
/// why Linux uses the halves of `keyring` directly: the whole tries once per process.
#[cfg(target_os = "linux")]
fn reach_keyring() -> Result<(), KeystoreError> {
    static REACHED: Mutex<bool> = Mutex::new(false);
    let mut reached = REACHED.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
    if !*reached {
        let store = zbus_secret_service_keyring_store::Store::new();
        ring::set_default_store(store.map_err(|e| KeystoreError::NoService(Box::new(e)))?);
        *reached = true;
    }
    Ok(())
}

/// The keyrings of the other systems are always there.
#[cfg(not(target_os = "linux"))]
fn reach_keyring() -> Result<(), KeystoreError> {
    Ok(())
}

fn refusal(error: ring::Error) -> KeystoreError {
    match error {
        ring::Error::NoStorageAccess(_) => KeystoreError::Locked(Box::new(error)),
        ring::Error::PlatformFailure(_) | ring::Error::NoDefaultStore => {
            KeystoreError::NoService(Box::new(error))
        }
        other => KeystoreError::Refused(Box::new(other)),
    }
}

impl Keystore for OsKeystore {
    fn get(&self, name: &str) -> Result<Option<Zeroizing<Vec<u8>>>, KeystoreError> {
        match self.entry(name)?.get_secret() {
            Ok(secret) => Ok(Some(Zeroizing::new(secret))),
            Err(ring::Error::NoEntry) => Ok(None),
            Err(error) => Err(refusal(error)),
        }
    }

    fn set(&self, name: &str, secret: &[u8]) -> Result<(), KeystoreError> {
        self.entry(name)?.set_secret(secret).map_err(refusal)
    }

    fn delete(&self, name: &str) -> Result<(), KeystoreError> {
        match self.entry(name)?.delete_credential() {
            Ok(()) | Err(ring::Error::NoEntry) => Ok(()),
            Err(error) => Err(refusal(error)),
        }
    }
}

/// A JSON file of mode 0600, replaced atomically. For terminals and tests: whoever reads the file has the keys.
pub struct FileKeystore {
    path: PathBuf,
    writing: Mutex<()>,
}

impl FileKeystore {
    /// A keystore in this file, which need not exist yet.
    #[must_use]
    pub fn new(path: &Path) -> Self {
        Self { path: path.to_owned(), writing: Mutex::new(()) }
    }

    fn failed(&self, source: std::io::Error) -> KeystoreError {
        KeystoreError::File { path: self.path.clone(), source }
    }

    fn load(&self) -> Result<BTreeMap<String, String>, KeystoreError> {
        match std::fs::read(&self.path) {
            Ok(bytes) => {
                serde_json::from_slice(&bytes).map_err(|_| KeystoreError::Damaged(self.path.clone()))
            }
            Err(e) if e.kind() == std::io::ErrorKind::NotFound => Ok(BTreeMap::new()),
            Err(e) => Err(self.failed(e)),
        }
    }

    fn store(&self, entries: &BTreeMap<String, String>) -> Result<(), KeystoreError> {
        let text = Zeroizing::new(
            serde_json::to_vec_pretty(entries).map_err(|_| KeystoreError::Damaged(self.path.clone()))?,
        );
        let parent = self.path.parent().filter(|p| !p.as_os_str().is_empty()).unwrap_or(Path::new("."));
        std::fs::create_dir_all(parent).map_err(|e| self.failed(e))?;
        let temporary = self.path.with_extension("new");
        let mut options = std::fs::OpenOptions::new();
        options.write(true).create(true).truncate(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let mut file = options.open(&temporary).map_err(|e| self.failed(e))?;
        file.write_all(&text).and_then(|()| file.sync_all()).map_err(|e| self.failed(e))?;
        std::fs::rename(&temporary, &self.path).map_err(|e| self.failed(e))?;
        std::fs::File::open(parent).and_then(|d| d.sync_all()).map_err(|e| self.failed(e))
    }

    fn change(&self, update: impl FnOnce(&mut BTreeMap<String, String>)) -> Result<(), KeystoreError> {
        let _one_at_a_time = self.writing.lock();
        let mut entries = self.load()?;
        update(&mut entries);
        self.store(&entries)
    }
}

impl Keystore for FileKeystore {
    fn get(&self, name: &str) -> Result<Option<Zeroizing<Vec<u8>>>, KeystoreError> {
        let damaged = |_| KeystoreError::Damaged(self.path.clone());
        self.load()?.get(name).map(|t| STANDARD.decode(t).map(Zeroizing::new).map_err(damaged)).transpose()
    }

    fn set(&self, name: &str, secret: &[u8]) -> Result<(), KeystoreError> {
        self.change(|entries| {
            entries.insert(name.to_owned(), STANDARD.encode(secret));
        })
    }

    fn delete(&self, name: &str) -> Result<(), KeystoreError> {
        self.change(|entries| {
            entries.remove(name);
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_keeps_secrets_for_its_owner_only() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("sub/keys.json");
        let store = FileKeystore::new(&path);
        assert!(store.get("vote_key").unwrap().is_none());
        store.set("vote_key", &[1, 2, 3]).unwrap();
        store.set("token", b"nvt_x").unwrap();
        store.delete("token").unwrap();
        store.delete("token").unwrap();
        let again = FileKeystore::new(&path);
        assert_eq!(again.get("vote_key").unwrap().unwrap().as_slice(), [1, 2, 3]);
        assert!(again.get("token").unwrap().is_none());
        #[cfg(unix)]
        assert_eq!(
            std::os::unix::fs::PermissionsExt::mode(&std::fs::metadata(&path).unwrap().permissions()) & 0o777,
            0o600
        );
    }

    #[test]
    fn a_damaged_file_is_an_error_and_stays_as_it_is() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("keys.json");
        std::fs::write(&path, "not json").unwrap();
        let store = FileKeystore::new(&path);
        assert!(matches!(store.get("a"), Err(KeystoreError::Damaged(_))));
        assert!(matches!(store.set("a", b"b"), Err(KeystoreError::Damaged(_))));
        assert_eq!(std::fs::read_to_string(&path).unwrap(), "not json");
    }
}
