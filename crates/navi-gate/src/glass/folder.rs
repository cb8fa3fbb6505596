//! The gate's folder: `identity.json` (its key, mode 0600), `heard.json` (what it last heard), `spool.jsonl` (what it
//! recorded), `nonce.json` (what it waits for an answer to), `runs/` (what runs now), `open` (an envelope is open).

use std::fs::File;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use navi_client::sign::DeviceKey;
use navi_domain::UtcMicros;
use navi_domain::envelope::contact::Contact;
use navi_domain::evidence::verifies;
use navi_protocol::envelopes::EnvelopeView;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use super::GlassError;
use crate::config::base;

/// Another command of this gate is done sooner.
const PATIENCE: Duration = Duration::from_secs(10);

/// Who this gate is.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Identity {
    /// Id: a hash of the key.
    pub gate_id: String,
    /// Private key (32 bytes, hex).
    seed: String,
    /// The server that knows it.
    pub url: String,
    /// A key of that server (hex) that an operator pinned beforehand.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub server_key: Option<String>,
}

impl Identity {
    /// A gate with this key.
    #[must_use]
    pub fn new(seed: &[u8; 32], url: &str, server_key: Option<String>) -> Self {
        let key = hex::encode(DeviceKey::from_seed(seed, false).public_key());
        let gate_id = navi_domain::envelope::gate::gate_id(&key);
        Self { gate_id, seed: hex::encode(seed), url: url.to_owned(), server_key }
    }

    /// Its key.
    ///
    /// # Errors
    /// [`GlassError::Damaged`]
    pub fn key(&self) -> Result<DeviceKey, GlassError> {
        let seed = hex::decode(&self.seed).ok().and_then(|bytes| <[u8; 32]>::try_from(bytes).ok());
        let key =
            DeviceKey::from_seed(&seed.ok_or_else(|| GlassError::Damaged("identity.json".into()))?, false);
        let id = navi_domain::envelope::gate::gate_id(&hex::encode(key.public_key()));
        if id != self.gate_id {
            return Err(GlassError::Damaged("identity.json".into()));
        }
        Ok(key)
    }
}

/// What the gate last heard.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Heard {
    /// The pinned key (hex); empty before the first contact.
    pub server_key: String,
    /// Signed bytes in base64.
    pub contact: String,
    /// Their signature in hex.
    pub signature: String,
    /// Envelopes that could be opened then.
    pub envelopes: Vec<EnvelopeView>,
    /// Records of this gate that the server has.
    pub known: u64,
    /// The word of the answer that told of it.
    pub news: Option<String>,
    /// The server's clock minus this machine's.
    pub offset: i64,
    /// The server's clock at the last contact.
    pub seen: UtcMicros,
    /// What the server found wrong with this gate's records.
    pub reported: Option<String>,
}

impl Heard {
    /// What was said, if the pinned key signed it.
    #[must_use]
    pub fn contact(&self) -> Option<Contact> {
        let bytes = STANDARD.decode(&self.contact).ok()?;
        let sound = verifies(&self.server_key, &bytes, &hex::decode(&self.signature).ok()?);
        Contact::parse(&bytes).filter(|_| sound)
    }
}

/// A nonce that waits for its answer.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Waiting {
    /// The envelope.
    pub envelope_id: String,
    /// The nonce in hex.
    pub nonce: String,
    /// Drawn at.
    pub at: UtcMicros,
}

/// Bytes and signature of an envelope.
#[must_use]
pub fn signed(view: &EnvelopeView) -> Option<(Vec<u8>, Vec<u8>)> {
    Some((STANDARD.decode(&view.envelope).ok()?, hex::decode(&view.signature).ok()?))
}

/// The folder, perhaps held.
#[derive(Debug)]
pub struct Folder {
    path: PathBuf,
    _held: Option<File>,
}

fn failed(path: &Path, done: &'static str, source: std::io::Error) -> GlassError {
    GlassError::File { what: path.display().to_string(), done, source }
}

impl Folder {
    /// `navi/glass` in the config folder; `None` without a home.
    #[must_use]
    pub fn here() -> Option<Self> {
        let path = base("XDG_CONFIG_HOME", ".config")?.join("navi").join("glass");
        Some(Self { path, _held: None })
    }

    /// Whether there is anything.
    #[must_use]
    pub fn exists(&self) -> bool {
        self.path.join("identity.json").exists()
    }

    /// A file in it.
    #[must_use]
    pub fn at(&self, name: &str) -> PathBuf {
        self.path.join(name)
    }

    /// Makes it, for its owner only.
    ///
    /// # Errors
    /// [`GlassError::File`]
    pub fn make(&self) -> Result<(), GlassError> {
        let mut builder = std::fs::DirBuilder::new();
        std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
        builder.recursive(true).create(&self.path).map_err(|e| failed(&self.path, "made", e))
    }

    /// Takes it alone.
    ///
    /// # Errors
    /// [`GlassError::InUse`], [`GlassError::File`]
    pub fn locked(self) -> Result<Self, GlassError> {
        let path = self.at("lock");
        let file = private().append(true).open(&path).map_err(|e| failed(&path, "opened", e))?;
        let until = Instant::now() + PATIENCE;
        loop {
            match file.try_lock() {
                Ok(()) => return Ok(Self { _held: Some(file), ..self }),
                Err(std::fs::TryLockError::WouldBlock) if Instant::now() < until => {
                    std::thread::sleep(Duration::from_millis(10));
                }
                Err(std::fs::TryLockError::WouldBlock) => return Err(GlassError::InUse),
                Err(std::fs::TryLockError::Error(e)) => return Err(failed(&path, "locked", e)),
            }
        }
    }

    fn read<T: DeserializeOwned>(&self, name: &str) -> Result<Option<T>, GlassError> {
        let path = self.at(name);
        match std::fs::read(&path) {
            Ok(bytes) => serde_json::from_slice(&bytes)
                .map(Some)
                .map_err(|_| GlassError::Damaged(path.display().to_string())),
            Err(e) if e.kind() == std::io::ErrorKind::NotFound => Ok(None),
            Err(e) => Err(failed(&path, "read", e)),
        }
    }

    /// Writes a file whole and durably: what it was stays until all of it is there.
    fn write<T: Serialize>(&self, name: &str, value: &T) -> Result<(), GlassError> {
        let (path, beside) = (self.at(name), self.at(&format!("{name}.new")));
        let text = serde_json::to_vec(value).map_err(|e| GlassError::Other(e.to_string()))?;
        let written = private().write(true).truncate(true).open(&beside).and_then(|mut file| {
            file.write_all(&text)?;
            file.sync_all()?;
            std::fs::rename(&beside, &path)
        });
        written.map_err(|e| failed(&path, "written", e))?;
        self.sync()
    }

    /// Makes names in it durable.
    ///
    /// # Errors
    /// [`GlassError::File`]
    pub fn sync(&self) -> Result<(), GlassError> {
        File::open(&self.path)
            .and_then(|folder| folder.sync_all())
            .map_err(|e| failed(&self.path, "written", e))
    }

    /// Who the gate is.
    ///
    /// # Errors
    /// [`GlassError`]
    pub fn identity(&self) -> Result<Option<Identity>, GlassError> {
        self.read("identity.json")
    }

    /// Keeps who the gate is.
    ///
    /// # Errors
    /// [`GlassError`]
    pub fn keep_identity(&self, identity: &Identity) -> Result<(), GlassError> {
        self.write("identity.json", identity)
    }

    /// What it last heard; nothing before the first contact.
    ///
    /// # Errors
    /// [`GlassError`]
    pub fn heard(&self) -> Result<Heard, GlassError> {
        Ok(self.read("heard.json")?.unwrap_or_default())
    }

    /// Keeps what it heard.
    ///
    /// # Errors
    /// [`GlassError`]
    pub fn keep_heard(&self, heard: &Heard) -> Result<(), GlassError> {
        self.write("heard.json", heard)
    }

    /// The nonce that waits.
    ///
    /// # Errors
    /// [`GlassError`]
    pub fn waiting(&self) -> Result<Option<Waiting>, GlassError> {
        self.read("nonce.json")
    }

    /// Keeps a nonce, or none.
    ///
    /// # Errors
    /// [`GlassError`]
    pub fn keep_waiting(&self, waiting: Option<&Waiting>) -> Result<(), GlassError> {
        match waiting {
            Some(waiting) => self.write("nonce.json", waiting),
            None => match std::fs::remove_file(self.at("nonce.json")) {
                Err(e) if e.kind() != std::io::ErrorKind::NotFound => Err(failed(&self.path, "written", e)),
                _ => Ok(()),
            },
        }
    }

    /// Whether an envelope may be open: a mark that saves looking at every record with each request.
    #[must_use]
    pub fn is_open(&self) -> bool {
        self.at("open").exists()
    }

    /// Sets or takes the mark.
    ///
    /// # Errors
    /// [`GlassError::File`]
    pub fn mark_open(&self, open: bool) -> Result<(), GlassError> {
        let path = self.at("open");
        let done = match open {
            true => private().write(true).open(&path).map(|_| ()),
            false if path.exists() => std::fs::remove_file(&path),
            false => Ok(()),
        };
        done.map_err(|e| failed(&path, "written", e))?;
        self.sync()
    }
}

/// Creates files for their owner only.
pub(super) fn private() -> std::fs::OpenOptions {
    let mut options = std::fs::OpenOptions::new();
    options.create(true);
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options
}
