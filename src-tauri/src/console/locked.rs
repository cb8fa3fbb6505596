//! Why nothing of the copy can be shown, told apart by what a person must do about it.

use navi_client::keystore::KeystoreError;
use navi_replica::{ReplicaError, Trouble};

use crate::words::sentence;

/// A console that is locked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Locked {
    /// Stable code for the screens.
    pub(crate) code: &'static str,
    /// For people.
    pub(crate) reason: String,
}

impl Locked {
    /// One of our own.
    pub(crate) fn new(code: &'static str, reason: &str) -> Self {
        Self { code, reason: sentence(reason) }
    }

    /// The keyring holds nothing for a copy that is there.
    pub(crate) fn without_secrets() -> Self {
        Self::new(
            "keyring_gone",
            "the keyring no longer holds this console's keys; the local copy cannot be read without them. \
             Bring the old keyring back, or wipe the copy and enrol this console anew",
        )
    }

    /// The copy itself is at fault, not the keys.
    pub(crate) fn is_of_the_copy(&self) -> bool {
        [Trouble::Damaged.code(), Trouble::DiskFull.code(), "copy_unreadable"].contains(&self.code)
    }

    /// What is wrong with an opened copy.
    pub(crate) fn of_trouble(trouble: Trouble) -> Self {
        let reason = match trouble {
            Trouble::Damaged => {
                "the local copy is damaged. It can be set aside and begun anew: votes that are still readable \
                 are carried over, everything else comes from the server"
            }
            Trouble::DiskFull => {
                "the local copy cannot be written: the disk is full or cannot be written to. Nothing was saved since; \
                 make room and try again"
            }
        };
        Self::new(trouble.code(), reason)
    }
}

impl From<KeystoreError> for Locked {
    fn from(error: KeystoreError) -> Self {
        let code = match error {
            KeystoreError::Locked(_) => "keyring_locked",
            KeystoreError::NoService(_) => "keyring_absent",
            KeystoreError::Damaged(_) => "keyring_damaged",
            KeystoreError::File { .. } | KeystoreError::Refused(_) => "keyring_refused",
        };
        let reason = error.to_string();
        tracing::warn!(code, "locked: {:#}", anyhow::Error::new(error));
        Self::new(code, &reason)
    }
}

impl From<ReplicaError> for Locked {
    fn from(error: ReplicaError) -> Self {
        let locked = error.trouble().map(Self::of_trouble);
        let locked = locked.unwrap_or_else(|| Self::new("copy_unreadable", &error.to_string()));
        tracing::warn!(code = locked.code, "locked: {:#}", anyhow::Error::new(error));
        locked
    }
}
