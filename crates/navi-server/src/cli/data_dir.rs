//! The data folder: database, ledger key, organisation key, config. Who owns it is root.

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::Context as _;
use navi_domain::event::{Event, EventKind};
use navi_domain::people::{Invite, Role};
use navi_domain::{SECOND, UtcMicros};
use navi_ledger::checkpoint::Signer;
use navi_store::sqlite::{OpenError, Options, SqliteStore, system_clock};
use navi_store::{Change, Record};
use serde_json::json;

use crate::App;
use crate::auth::secret_hash;
use crate::checkpoint::Notary;
use crate::config::Config;
use crate::entropy::{Entropy, SystemEntropy};

/// A data folder, initialised or not.
pub struct DataDir {
    path: PathBuf,
}

impl DataDir {
    /// The folder at this path.
    pub fn new(path: &Path) -> Self {
        Self { path: path.to_owned() }
    }

    fn file(&self, name: &str) -> PathBuf {
        self.path.join(name)
    }

    fn key(&self, name: &str) -> anyhow::Result<[u8; 32]> {
        let path = self.file(name);
        let text = std::fs::read_to_string(&path)
            .with_context(|| format!("cannot read {}; run `navi-server init` first", path.display()))?;
        let bytes = hex::decode(text.trim()).ok().and_then(|b| b.try_into().ok());
        bytes.with_context(|| format!("{} does not hold a 32-byte key in hex", path.display()))
    }

    fn config(&self) -> anyhow::Result<Config> {
        match std::fs::read(self.file("config.json")) {
            Ok(bytes) => serde_json::from_slice(&bytes).context("config.json is not understood"),
            Err(e) if e.kind() == std::io::ErrorKind::NotFound => Ok(Config::default()),
            Err(e) => Err(e).context("config.json cannot be read"),
        }
    }

    /// Opens everything for use cases.
    pub async fn app(&self) -> anyhow::Result<App> {
        let (org_key, ledger_key, config) = (self.key("org.key")?, self.key("ledger.key")?, self.config()?);
        let store = SqliteStore::open(Options::new(self.file("navi.db"), org_key)).context("the database")?;
        if let Some(fence) = store.fence() {
            tracing::error!(%fence, "the ledger is fenced: reads work, every change is refused");
        }
        let origin = navi_store::Store::head(store.as_ref()).await?.origin;
        let signer = Signer::from_seed(&origin, ledger_key).context("the ledger's key")?;
        Ok(App {
            store,
            entropy: Arc::new(SystemEntropy),
            notary: Notary::new(signer),
            org_key: Arc::new(org_key),
            rules: Arc::default(),
            learned: Arc::default(),
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
    let already = dir.file("navi.db").exists() || dir.file("ledger.key").exists();
    anyhow::ensure!(!already, "{} already holds an organisation; nothing was changed", dir.path.display());
    make_private(&dir.path)?;
    let entropy: &dyn Entropy = &SystemEntropy;
    let (ledger_key, org_key) = (entropy.bytes::<32>()?, entropy.bytes::<32>()?);
    let origin = format!("navi-governance/{org}/{}", hex::encode(entropy.bytes::<4>()?));
    let signer = Signer::from_seed(&origin, ledger_key).context("the ledger's key")?;
    write_private(&dir.file("ledger.key"), &ledger_key)?;
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
    match SqliteStore::create(Options::new(dir.file("navi.db"), org_key), org, &origin, first) {
        Ok(_) => {}
        Err(OpenError::AlreadyInitialised) => anyhow::bail!("the database already holds an organisation"),
        Err(error) => return Err(error).context("the database could not be made"),
    }
    println!("{}", json!({"org": org, "admin_invite": secret, "ledger_vkey": signer.vkey()}));
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

fn system(kind: EventKind, subject: &str, payload: serde_json::Value) -> Event {
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
