//! Opening the copy with the secrets of the keystore, beginning a damaged one anew, and wiping it.

use std::path::{Path, PathBuf};

use navi_client::api::Client;
use navi_client::enroll::names;
use navi_client::keystore::{Keystore, KeystoreError};
use navi_replica::{Identity, Replica};
use sha2::Digest as _;
use zeroize::Zeroizing;

use super::{Locked, Ready};

/// Who this console is, also beside the copy, so that a damaged one can be begun anew. No secret, but nobody else's
/// business either.
const IDENTITY: &str = "identity";

/// Where the copy lies.
pub(super) fn copy_path(folder: &Path) -> PathBuf {
    folder.join("replica.db")
}

/// Keeps the secrets of several consoles of one user apart.
pub(crate) fn realm(folder: &Path) -> String {
    let digest = sha2::Sha256::digest(folder.as_os_str().as_encoded_bytes());
    hex::encode(digest).chars().take(16).collect()
}

/// What the keystore holds for the copy.
struct Secrets {
    key: Zeroizing<[u8; 32]>,
    token: Option<Zeroizing<Vec<u8>>>,
    identity: Option<Identity>,
}

fn secrets(keystore: &dyn Keystore) -> Result<Option<Secrets>, Locked> {
    let Some(key) = keystore.get(names::REPLICA_KEY)? else { return Ok(None) };
    let key = <[u8; 32]>::try_from(key.as_slice())
        .map(Zeroizing::new)
        .map_err(|_| Locked::new("keyring_damaged", "the keyring holds a damaged key for the local copy"))?;
    let identity = keystore.get(IDENTITY)?.and_then(|bytes| serde_json::from_slice(&bytes).ok());
    Ok(Some(Secrets { key, token: keystore.get(names::TOKEN)?, identity }))
}

/// The opened copy; `None` when this console was never enrolled. Blocks.
///
/// # Errors
/// When the keystore does not answer, or its key does not open the copy.
pub(super) fn open(folder: &Path, keystore: &dyn Keystore) -> Result<Option<Ready>, Locked> {
    let path = copy_path(folder);
    let found = secrets(keystore)?;
    if !path.exists() {
        return Ok(None);
    }
    let found = found.ok_or_else(Locked::without_secrets)?;
    let replica = Replica::open(&path, &found.key)?;
    let Some(identity) = replica.identity()? else {
        // An enrolment that broke off left neither; an empty file in the place of a copy lost its identity.
        return match found.identity {
            Some(_) => Err(Locked::of_trouble(navi_replica::Trouble::Damaged)),
            None => Ok(None),
        };
    };
    if found.identity.as_ref() != Some(&identity) {
        remember(keystore, &identity)?;
    }
    ready(replica, &identity, found.token).map(Some)
}

fn ready(replica: Replica, identity: &Identity, token: Option<Zeroizing<Vec<u8>>>) -> Result<Ready, Locked> {
    let token = token.ok_or_else(Locked::without_secrets)?;
    let token = String::from_utf8(token.to_vec())
        .map_err(|_| Locked::new("keyring_damaged", "the keyring holds a damaged token"))?;
    let client = Client::new(&identity.server_url, Some(token))
        .map_err(|error| Locked::new("copy_unreadable", &error.to_string()))?;
    Ok(Ready { replica, client })
}

/// Keeps who this console is in the keystore too.
pub(super) fn remember(keystore: &dyn Keystore, identity: &Identity) -> Result<(), KeystoreError> {
    keystore.set(IDENTITY, &serde_json::to_vec(identity).unwrap_or_default())
}

/// Sets a damaged copy aside and begins it anew. Blocks.
///
/// # Errors
/// When the secrets are gone too, or there is no room.
pub(super) fn rebuild(folder: &Path, keystore: &dyn Keystore) -> Result<Ready, Locked> {
    let found = secrets(keystore)?.ok_or_else(Locked::without_secrets)?;
    let (replica, rescue) = Replica::rebuild(&copy_path(folder), &found.key, found.identity.as_ref())?;
    tracing::warn!(
        set_aside = %rescue.set_aside.display(),
        votes = rescue.votes,
        "the damaged copy was set aside; a new one is read from the server"
    );
    let identity = replica.identity()?.ok_or_else(|| {
        Locked::new("copy_unreadable", "who this console is can no longer be read; enrol it anew")
    })?;
    ready(replica, &identity, found.token)
}

/// Removes the copy, everything set aside, and this console's secrets. Evidence against the server stays. Blocks.
///
/// # Errors
/// When something cannot be removed; the keys go first, so that what is left cannot be read.
pub(super) fn wipe(folder: &Path, keystore: &dyn Keystore) -> Result<(), super::WipeRefusal> {
    for name in [names::REPLICA_KEY, names::TOKEN, names::VOTE_KEY, names::STEP_UP, IDENTITY] {
        keystore.delete(name)?;
    }
    for entry in std::fs::read_dir(folder)? {
        let entry = entry?;
        if entry.file_name().to_string_lossy().starts_with("replica.db") {
            std::fs::remove_file(entry.path())?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use navi_client::keystore::FileKeystore;

    use super::*;

    fn enrolled(folder: &Path) -> (FileKeystore, Identity) {
        let keystore = FileKeystore::new(&folder.join("keys.json"));
        keystore.set(names::REPLICA_KEY, &[9; 32]).unwrap();
        keystore.set(names::TOKEN, b"navi_secret_token").unwrap();
        let identity: Identity = serde_json::from_value(serde_json::json!({
            "server_url": "http://127.0.0.1:9", "org": "acme", "user": "bob", "role": "approver",
            "device": {"id": "d", "user": "bob", "name": "desk", "class": "desktop", "shared": false,
                "vote_key": "00", "ceiling": "medium", "last_seq": 0, "enrolled_at": 1},
            "origin": "o", "ledger_vkey": "v",
        }))
        .unwrap();
        let replica = Replica::open(&copy_path(folder), &Zeroizing::new([9; 32])).unwrap();
        replica.set_identity(&identity).unwrap();
        (keystore, identity)
    }

    fn code(folder: &Path, keystore: &dyn Keystore) -> &'static str {
        open(folder, keystore).err().unwrap().code
    }

    #[test]
    fn a_damaged_copy_is_locked_and_begins_anew_as_the_same_device() {
        let dir = tempfile::tempdir().unwrap();
        let (keystore, identity) = enrolled(dir.path());
        assert!(open(dir.path(), &keystore).unwrap().is_some());
        std::fs::write(copy_path(dir.path()), [7; 8192]).unwrap();
        assert_eq!(code(dir.path(), &keystore), "database_corrupt");
        std::fs::write(copy_path(dir.path()), []).unwrap();
        assert_eq!(code(dir.path(), &keystore), "database_corrupt", "an empty file is no fresh start");
        let ready = rebuild(dir.path(), &keystore).unwrap();
        assert_eq!(ready.replica.identity().unwrap(), Some(identity));
        drop(ready);
        assert!(open(dir.path(), &keystore).unwrap().is_some());
    }

    #[test]
    fn lost_secrets_lock_and_never_lead_to_a_new_enrolment_by_themselves() {
        let dir = tempfile::tempdir().unwrap();
        let (keystore, _) = enrolled(dir.path());
        open(dir.path(), &keystore).unwrap();
        keystore.delete(names::TOKEN).unwrap();
        assert_eq!(code(dir.path(), &keystore), "keyring_gone");
        keystore.delete(names::REPLICA_KEY).unwrap();
        assert_eq!(code(dir.path(), &keystore), "keyring_gone");
        assert!(copy_path(dir.path()).exists());
        keystore.set(names::REPLICA_KEY, b"short").unwrap();
        assert_eq!(code(dir.path(), &keystore), "keyring_damaged");
        std::fs::write(dir.path().join("keys.json"), "{").unwrap();
        assert_eq!(code(dir.path(), &FileKeystore::new(&dir.path().join("keys.json"))), "keyring_damaged");
    }

    #[test]
    fn a_wiped_copy_leaves_neither_files_nor_secrets() {
        let dir = tempfile::tempdir().unwrap();
        let (keystore, _) = enrolled(dir.path());
        drop(open(dir.path(), &keystore).unwrap());
        std::fs::write(dir.path().join("replica.db.damaged-1"), "old").unwrap();
        wipe(dir.path(), &keystore).unwrap();
        let left: Vec<_> = std::fs::read_dir(dir.path()).unwrap().map(|e| e.unwrap().file_name()).collect();
        assert_eq!(left, ["keys.json"]);
        assert!(keystore.get(names::TOKEN).unwrap().is_none());
        assert!(open(dir.path(), &keystore).unwrap().is_none(), "it can be enrolled anew");
    }
}
