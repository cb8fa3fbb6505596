//! The data folder: database, ledger key, organisation key, config. Who owns it is root.

use std::fs::{File, TryLockError};
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use anyhow::Context as _;
use navi_domain::event::{Event, EventKind};
use navi_domain::people::{Invite, Role};
use navi_domain::{SECOND, UtcMicros, canonical};
use navi_ledger::checkpoint::{Signer, Verifier};
use navi_store::sqlite::{OpenError, Options, SqliteStore, system_clock};
use navi_store::{Change, Record};
use serde_json::json;

use super::{keys, rotate};
use crate::App;
use crate::auth::secret_hash;
use crate::checkpoint::Notary;
use crate::config::Config;
use crate::entropy::{Entropy, SystemEntropy};
use crate::mark::{self, MarkFile};
use crate::pipelines::Pipelines;
use crate::presence::Presence;

/// Name of the database's file.
pub const DATABASE: &str = "navi.db";

/// A data folder, initialised or not.
pub struct DataDir {
    path: PathBuf,
    /// Held as long as this process works in the folder.
    lock: Mutex<Option<File>>,
}

impl DataDir {
    /// The folder at this path.
    pub fn new(path: &Path) -> Self {
        Self { path: path.to_owned(), lock: Mutex::default() }
    }

    /// Keeps others from what needs the folder for itself; several may share it.
    ///
    /// # Errors
    /// Somebody has the folder for themselves.
    pub fn share(&self) -> anyhow::Result<()> {
        self.locked(File::try_lock_shared, "a `navi-server ledger` or `fsck` command works in it")
    }

    /// Takes the folder alone.
    ///
    /// # Errors
    /// A server or another command works in it.
    pub fn own(&self) -> anyhow::Result<()> {
        self.locked(
            File::try_lock,
            "a server or another command works in it. Stop the server first; nothing was changed",
        )
    }

    fn locked(&self, lock: impl Fn(&File) -> Result<(), TryLockError>, why: &str) -> anyhow::Result<()> {
        let mut held = self.lock.lock().unwrap_or_else(PoisonError::into_inner);
        if held.is_some() {
            return Ok(());
        }
        let path = self.file("lock");
        let mut options = std::fs::OpenOptions::new();
        options.create(true).append(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let file = options
            .open(&path)
            .with_context(|| format!("cannot open {}; run `navi-server init` first", path.display()))?;
        match lock(&file) {
            Ok(()) => *held = Some(file),
            Err(TryLockError::WouldBlock) => {
                anyhow::bail!("the data folder {} is in use: {why}", self.path.display())
            }
            Err(TryLockError::Error(error)) => return Err(error).context("the data folder cannot be locked"),
        }
        Ok(())
    }

    /// The folder.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Where its database is, and the organisation's key to it.
    pub fn options(&self) -> anyhow::Result<Options> {
        Ok(Options::new(self.file(DATABASE), self.key("org.key")?))
    }

    /// The mark beside the database.
    pub fn mark(&self) -> MarkFile {
        MarkFile::new(self.file("ledger.mark"))
    }

    pub(super) fn file(&self, name: &str) -> PathBuf {
        self.path.join(name)
    }

    fn key(&self, name: &str) -> anyhow::Result<[u8; 32]> {
        keys::read(&self.file(name))
    }

    fn config(&self) -> anyhow::Result<Config> {
        match std::fs::read(self.file("config.json")) {
            Ok(bytes) => serde_json::from_slice(&bytes).context("config.json is not understood"),
            Err(e) if e.kind() == std::io::ErrorKind::NotFound => Ok(Config::default()),
            Err(e) => Err(e).context("config.json cannot be read"),
        }
    }

    /// The key in use, under a ledger's name.
    pub fn signer(&self, origin: &str) -> anyhow::Result<Signer> {
        Signer::from_seed(origin, self.key(keys::CURRENT)?).context("the ledger's key")
    }

    /// Keys that may have signed this folder's ledger, as far as they are still there.
    pub fn verifiers(&self) -> anyhow::Result<Vec<Verifier>> {
        let Some(origin) = navi_store::sqlite::origin_of(&self.options()?)? else { return Ok(Vec::new()) };
        let mut keys = vec![self.signer(&origin)?.verifier().clone()];
        keys.extend(keys::old(&self.path, &origin)?.map(|old| old.signer.verifier().clone()));
        Ok(keys)
    }

    /// Opens everything for use cases. A ledger that is not the one that was signed opens fenced.
    pub async fn app(&self) -> anyhow::Result<App> {
        self.share()?;
        Ok(self.opened(self.options()?).await?.0)
    }

    /// As [`Self::app`], for a command that holds the folder; with the words of the fence, if it is fenced.
    pub async fn opened(&self, options: Options) -> anyhow::Result<(App, Option<String>)> {
        let org_key = options.org_key;
        let store = SqliteStore::open(options).context("the database")?;
        let mark = self.mark();
        if let Some(kept) = mark.read().context("ledger.mark cannot be read")?
            && let Some(fence) = mark::judge(&kept, store.as_ref()).await?
        {
            store.raise_fence(fence);
        }
        let fence = store.fence().map(ToString::to_string);
        if let Some(fence) = &fence {
            tracing::error!(fence, "the ledger is fenced: reads work, every change is refused");
        }
        Ok((self.built(store, Some(mark), org_key, fence.is_some()).await?, fence))
    }

    /// An app over a database that is not in its place yet, and that the mark does not speak of.
    pub async fn unmarked_app(&self, options: Options) -> anyhow::Result<App> {
        let org_key = options.org_key;
        let store = SqliteStore::open(options).context("the new database")?;
        anyhow::ensure!(!store.is_fenced(), "the new ledger is not whole");
        self.built(store, None, org_key, false).await
    }

    async fn built(
        &self,
        store: Arc<SqliteStore>,
        mark: Option<MarkFile>,
        org_key: [u8; 32],
        sealed: bool,
    ) -> anyhow::Result<App> {
        let (origin, config) = (navi_store::Store::head(store.as_ref()).await?.origin, self.config()?);
        let pipelines = Pipelines::of(&config.webhooks, &self.path).context("config.json")?;
        rotate::finish(self, store.as_ref(), &origin).await?;
        let old = keys::old(&self.path, &origin)?;
        let notary = Notary::with(self.signer(&origin)?, old, mark, sealed);
        let presence = Presence::new(navi_store::Store::now(store.as_ref()));
        Ok(App {
            store,
            entropy: Arc::new(SystemEntropy),
            notary,
            org_key: Arc::new(org_key),
            rules: Arc::default(),
            learned: Arc::default(),
            presence: Arc::new(presence),
            refusals: Arc::default(),
            pipelines: Arc::new(pipelines),
            config: Arc::new(config),
        })
    }
}

/// Starts an organisation and prints its first invite.
pub fn init(dir: &DataDir, org: &str) -> anyhow::Result<()> {
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
    anyhow::ensure!(
        !org.is_empty() && org.len() <= 100 && org.chars().all(plain),
        "--org must have 1 to 100 characters of a-z, A-Z, 0-9, '-', '_' and '.'"
    );
    let already = dir.file(DATABASE).exists() || dir.file(keys::CURRENT).exists();
    anyhow::ensure!(!already, "{} already holds an organisation; nothing was changed", dir.path.display());
    make_private(&dir.path)?;
    let entropy: &dyn Entropy = &SystemEntropy;
    let (ledger_key, org_key) = (entropy.bytes::<32>()?, entropy.bytes::<32>()?);
    let origin = format!("navi-governance/{org}/{}", hex::encode(entropy.bytes::<4>()?));
    let signer = Signer::from_seed(&origin, ledger_key).context("the ledger's key")?;
    write_private(&dir.file(keys::CURRENT), &ledger_key)?;
    write_private(&dir.file("org.key"), &org_key)?;

    let now = system_clock()();
    let secret = entropy.secret("nvi_")?;
    let invite = admin_invite(entropy.id(now)?, &secret, now);
    let created = json!({"org": org, "origin": origin, "ledger_vkey": signer.vkey()});
    let invited = json!({"user": invite.user, "role": invite.role, "expires_at": invite.expires_at});
    let first = Change::default()
        .event(system(EventKind::OrgCreated, org, created))
        .event(system(EventKind::InviteCreated, &invite.id, invited))
        .put(Record::Invite(invite));
    match SqliteStore::create(Options::new(dir.file(DATABASE), org_key), org, &origin, first) {
        Ok(_) => {}
        Err(OpenError::AlreadyInitialised) => anyhow::bail!("the database already holds an organisation"),
        Err(error) => return Err(error).context("the database could not be made"),
    }
    let vkey = signer.vkey();
    let fingerprint = canonical::key_fingerprint(&vkey);
    println!(
        "{}",
        json!({"org": org, "admin_invite": secret, "ledger_vkey": vkey, "fingerprint": fingerprint})
    );
    Ok(())
}

fn admin_invite(id: String, secret: &str, now: UtcMicros) -> Invite {
    Invite {
        hash: secret_hash(secret),
        id,
        user: "admin".into(),
        role: Role::Admin,
        class: None,
        created_at: now,
        expires_at: now + 7 * 24 * 3600 * SECOND,
        used_by: None,
        version: 0,
    }
}

pub(super) fn system(kind: EventKind, subject: &str, payload: serde_json::Value) -> Event {
    Event {
        kind,
        actor: "system".into(),
        on_behalf_of: None,
        subject: subject.to_owned(),
        links: std::collections::BTreeMap::new(),
        payload,
    }
}

fn make_private(path: &Path) -> anyhow::Result<()> {
    let mut builder = std::fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(path).with_context(|| format!("cannot make {}", path.display()))
}

fn write_private(path: &Path, key: &[u8; 32]) -> anyhow::Result<()> {
    let mut options = std::fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let written = options.open(path).and_then(|mut f| {
        f.write_all(hex::encode(key).as_bytes())?;
        f.sync_all()
    });
    written.with_context(|| format!("cannot write {}", path.display()))
}
