//! Enrolment: the copy is made first, then the invite is spent, then the answer is pinned.

use std::path::Path;

use navi_client::ClientError;
use navi_client::enroll::{self as client, DeviceSpec, EnrollError, Invitation, names};
use navi_client::keystore::{Keystore, KeystoreError};
use navi_client::sealed::SealError;
use navi_replica::{Identity, Replica, ReplicaError, Trouble};
use zeroize::Zeroizing;

use super::{Console, Mode, open};
use crate::secrets::Passphrase;
use crate::words::sentence;

/// What the enrolment form or the command line yields.
#[derive(Clone, Debug, Default)]
pub(crate) struct EnrollForm {
    /// `navi://enroll?…`
    pub(crate) link: Option<String>,
    /// Server, when there is no link.
    pub(crate) url: Option<String>,
    /// Invite, when there is no link.
    pub(crate) invite: Option<String>,
    /// The key of the server that the person looked at; another one is refused.
    pub(crate) vkey: Option<String>,
    /// Name for people.
    pub(crate) name: String,
    /// For the step-up key; without one the device approves at most medium.
    pub(crate) passphrase: Option<Passphrase>,
    /// Agents run on this machine.
    pub(crate) shared: bool,
}

/// Why this console was not enrolled.
#[derive(Debug, thiserror::Error)]
pub(crate) enum EnrollRefusal {
    /// It already is.
    #[error("this console is already enrolled; use another data folder for another device")]
    AlreadyEnrolled,
    /// Its keys or its copy cannot be read, and a new enrolment would lose what lies there.
    #[error("this console is locked: {0}")]
    Locked(String),
    /// Keys, server or invitation.
    #[error(transparent)]
    Enroll(#[from] EnrollError),
    /// The keystore.
    #[error(transparent)]
    Keystore(#[from] KeystoreError),
    /// The copy.
    #[error(transparent)]
    Replica(#[from] ReplicaError),
    /// The data folder.
    #[error("the data folder could not be made ready")]
    Folder(#[from] std::io::Error),
    /// The system gives no randomness, or a thread failed.
    #[error("the keys could not be made")]
    Keys,
}

impl EnrollRefusal {
    /// Stable code for the UI; the server's spelling where it has one.
    pub(crate) fn code(&self) -> String {
        let code = match self {
            Self::AlreadyEnrolled => "already_enrolled",
            Self::Locked(_) => "locked",
            Self::Keystore(_) | Self::Enroll(EnrollError::Keystore(_)) => "keystore",
            Self::Enroll(EnrollError::Link(_)) => "bad_link",
            Self::Enroll(EnrollError::OtherServer) => "other_server",
            Self::Enroll(EnrollError::Seal(SealError::Derivation)) | Self::Keys => "internal",
            Self::Enroll(EnrollError::Seal(_)) => "bad_passphrase",
            Self::Enroll(EnrollError::Client(ClientError::Refused(problem))) => {
                let code = serde_json::to_value(problem.code).ok();
                return code.and_then(|c| c.as_str().map(str::to_owned)).unwrap_or_default();
            }
            Self::Enroll(EnrollError::Client(ClientError::Setup(_))) => "bad_request",
            Self::Enroll(EnrollError::Client(_)) => "unavailable",
            Self::Replica(error) => error.trouble().map_or("internal", Trouble::code),
            Self::Folder(_) => "disk_full",
        };
        code.to_owned()
    }

    /// The same before anything was sent: an answer that is no Navi server's, or an address that is none.
    pub(crate) fn at_first_sight(self) -> crate::ipc::Refusal {
        let code = match &self {
            Self::Enroll(EnrollError::Client(ClientError::Setup(_))) => "bad_address".to_owned(),
            Self::Enroll(EnrollError::Client(ClientError::Nonsense(_) | ClientError::Refused(_))) => {
                "not_navi".to_owned()
            }
            _ => self.code(),
        };
        crate::ipc::Refusal::new(&code, self.message())
    }

    /// For people, with the causes that say something new.
    pub(crate) fn message(&self) -> String {
        let mut text = self.to_string();
        let mut cause = std::error::Error::source(self);
        while let Some(error) = cause {
            let more = error.to_string();
            if !text.contains(&more) {
                text = format!("{}: {more}", text.trim_end_matches('.'));
            }
            cause = error.source();
        }
        sentence(&text)
    }
}

impl Console {
    /// Makes this console a device of the invited person, and opens it.
    ///
    /// # Errors
    /// [`EnrollRefusal`]
    pub(crate) async fn enroll(&self, form: EnrollForm) -> Result<(), EnrollRefusal> {
        let _one_at_a_time = self.changing.lock().await;
        match &*self.mode.borrow() {
            Mode::Ready(_) => return Err(EnrollRefusal::AlreadyEnrolled),
            Mode::Locked(why) => return Err(EnrollRefusal::Locked(why.reason.clone())),
            Mode::Starting | Mode::Enroll => {}
        }
        let invitation = invitation(&form)?;
        let (folder, keystore) = (self.folder.clone(), self.keystore());
        let runtime = tokio::runtime::Handle::current();
        tokio::task::spawn_blocking(move || {
            let replica = make_copy(&folder, keystore.as_ref())?;
            let device = DeviceSpec {
                name: &form.name,
                class: "desktop",
                shared: form.shared,
                passphrase: form.passphrase.as_ref().map(Passphrase::text),
            };
            let answer = runtime.block_on(client::enroll(&invitation, &device, keystore.as_ref()))?;
            let identity = Identity {
                server_url: invitation.url,
                org: answer.org,
                user: answer.device.user.clone(),
                role: answer.role,
                device: answer.device,
                origin: answer.origin,
                ledger_vkey: answer.ledger_vkey,
            };
            replica.set_identity(&identity)?;
            open::remember(keystore.as_ref(), &identity)?;
            Ok::<_, EnrollRefusal>(())
        })
        .await
        .map_err(|_| EnrollRefusal::Keys)??;
        self.reopen().await;
        Ok(())
    }
}

fn invitation(form: &EnrollForm) -> Result<Invitation, EnrollRefusal> {
    if let Some(link) = &form.link {
        let invitation = Invitation::parse(link)?;
        return Ok(Invitation { vkey: invitation.vkey.or_else(|| form.vkey.clone()), ..invitation });
    }
    match (&form.url, &form.invite) {
        (Some(url), Some(invite)) => Ok(Invitation {
            url: url.trim().to_owned(),
            invite: invite.trim().to_owned(),
            vkey: form.vkey.clone(),
        }),
        _ => Err(EnrollError::Link("it needs a link, or a server and an invite".to_owned()).into()),
    }
}

/// An empty copy with a new key. A copy without identity or of lost keys is of no use to anybody and makes way.
fn make_copy(folder: &Path, keystore: &dyn Keystore) -> Result<Replica, EnrollRefusal> {
    crate::once::make_folder(folder)?;
    let mut key = Zeroizing::new([0_u8; 32]);
    getrandom::fill(key.as_mut()).map_err(|_| EnrollRefusal::Keys)?;
    keystore.set(names::REPLICA_KEY, key.as_ref())?;
    let path = open::copy_path(folder);
    for suffix in ["", "-wal", "-shm"] {
        let mut name = path.clone().into_os_string();
        name.push(suffix);
        match std::fs::remove_file(&name) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => return Err(error.into()),
            _ => {}
        }
    }
    Ok(Replica::open(&path, &key)?)
}
