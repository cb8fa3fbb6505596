//! Opening the copy with the secrets of the keystore.

use std::path::{Path, PathBuf};

use anyhow::Context as _;
use navi_client::api::Client;
use navi_client::enroll::names;
use navi_client::keystore::Keystore;
use navi_replica::Replica;
use sha2::Digest as _;
use zeroize::Zeroizing;

use super::Ready;
use crate::words::sentence;

/// Where the copy lies.
pub(super) fn copy_path(folder: &Path) -> PathBuf {
    folder.join("replica.db")
}

/// Keeps the secrets of several consoles of one user apart.
pub(crate) fn realm(folder: &Path) -> String {
    let digest = sha2::Sha256::digest(folder.as_os_str().as_encoded_bytes());
    hex::encode(digest).chars().take(16).collect()
}

/// The opened copy; `None` when this console was never enrolled. Blocks.
///
/// # Errors
/// When the keystore does not answer, or its key does not open the copy.
pub(super) fn open(folder: &Path, keystore: &dyn Keystore) -> anyhow::Result<Option<Ready>> {
    let key = keystore.get(names::REPLICA_KEY)?;
    let token = keystore.get(names::TOKEN)?;
    let path = copy_path(folder);
    let (Some(key), Some(token)) = (key, token) else { return Ok(None) };
    if !path.exists() {
        return Ok(None);
    }
    let key = <[u8; 32]>::try_from(key.as_slice())
        .map(Zeroizing::new)
        .context("the keyring holds a damaged key for the local copy")?;
    let replica = Replica::open(&path, &key)?;
    let Some(identity) = replica.identity()? else { return Ok(None) };
    let token = String::from_utf8(token.to_vec()).context("the keyring holds a damaged token")?;
    let client = Client::new(&identity.server_url, Some(token))?;
    Ok(Some(Ready { replica, client }))
}

/// For the locked screen: what cannot be had, without the technical causes, which go to the log.
pub(super) fn explain(error: &anyhow::Error) -> String {
    tracing::warn!("locked: {error:#}");
    sentence(&error.to_string())
}
