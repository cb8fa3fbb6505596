//! The keystore, called so that it may block and may run a runtime of its own.

use std::sync::Arc;

use navi_client::keystore::{self, Keystore, KeystoreError};
use zeroize::Zeroizing;

/// Calls the keystore on a thread that belongs to no runtime: the Secret Service client blocks on one of its own, which
/// tokio refuses inside a task.
pub(crate) struct OwnThread(Arc<dyn Keystore>);

impl OwnThread {
    /// The keystore for a data folder: `spec` as of `NAVI_CONSOLE_KEYSTORE` (`file:PATH`), else the OS keyring.
    pub(crate) fn open(spec: Option<&str>, realm: &str) -> Self {
        Self(Arc::from(keystore::open(spec, realm)))
    }

    fn call<T: Send>(
        &self,
        work: impl FnOnce(&dyn Keystore) -> Result<T, KeystoreError> + Send,
    ) -> Result<T, KeystoreError> {
        let ended = std::thread::scope(|scope| scope.spawn(|| work(self.0.as_ref())).join());
        ended.unwrap_or_else(|_| Err(KeystoreError::Refused("the keyring client failed".into())))
    }
}

impl Keystore for OwnThread {
    fn get(&self, name: &str) -> Result<Option<Zeroizing<Vec<u8>>>, KeystoreError> {
        self.call(|k| k.get(name))
    }

    fn set(&self, name: &str, secret: &[u8]) -> Result<(), KeystoreError> {
        self.call(|k| k.set(name, secret))
    }

    fn delete(&self, name: &str) -> Result<(), KeystoreError> {
        self.call(|k| k.delete(name))
    }
}

/// A passphrase from a form or a file. Overwritten in memory when it is dropped; never printed.
#[derive(Clone, serde::Deserialize)]
#[serde(from = "String")]
pub(crate) struct Passphrase(Zeroizing<String>);

impl From<String> for Passphrase {
    fn from(text: String) -> Self {
        Self(Zeroizing::new(text))
    }
}

impl Passphrase {
    /// Its text.
    pub(crate) fn text(&self) -> &str {
        &self.0
    }

    /// `None` for the empty text of an unused form field.
    pub(crate) fn given(self) -> Option<Self> {
        Some(self).filter(|p| !p.0.is_empty())
    }
}

impl std::fmt::Debug for Passphrase {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Passphrase")
    }
}
