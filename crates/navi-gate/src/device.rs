//! `enroll` and `vote`: this terminal as a device.

use std::process::ExitCode;

use anyhow::Context as _;
use navi_client::api::Client;
use navi_client::enroll::{self, DeviceSpec, Invitation, names};
use navi_client::keystore::{self, Keystore};
use navi_client::sign::{DeviceKey, VoteDraft};
use navi_domain::vote::{GrantLimits, Surface, VoteScope, VoteVerdict};
use serde::{Deserialize, Serialize};

use crate::cli::{EnrollArgs, Repeat, Verdict, VoteArgs};
use crate::config::Config;
use crate::exit;
use crate::text::visible;

const IDENTITY: &str = "identity";
const LAST_SEQ: &str = "last_seq";

/// What enrolment gave this terminal.
#[derive(Serialize, Deserialize)]
pub struct Identity {
    url: String,
    org: String,
    /// Whose terminal it is.
    pub user: String,
    device_id: String,
    origin: String,
    ledger_vkey: String,
}

/// Makes a device of this terminal.
pub async fn enroll(args: EnrollArgs) -> ExitCode {
    match enrolled(&args).await {
        Ok(identity) => {
            println!(
                "{}",
                serde_json::json!({"user": identity.user, "device_id": identity.device_id, "org": identity.org, "ledger_vkey": identity.ledger_vkey})
            );
            exit::DONE.into()
        }
        Err(error) => {
            eprintln!("navi-gate: not enrolled: {error:#}");
            exit::REFUSED.into()
        }
    }
}

async fn enrolled(args: &EnrollArgs) -> anyhow::Result<Identity> {
    let config = Config::load()?;
    let invitation = if args.invite.starts_with("navi://") {
        Invitation::parse(&args.invite)?
    } else {
        let url = args.url.clone().or(config.url.clone()).context("name the server: --url or NAVI_URL")?;
        Invitation { url, invite: args.invite.clone(), vkey: None }
    };
    let store = open(args.keystore.as_deref().or(config.keystore.as_deref()))?;
    anyhow::ensure!(store.get(names::TOKEN)?.is_none(), "this keystore already holds an enrolled device");
    let passphrase = passphrase(args.passphrase_file.as_deref())?;
    let spec = DeviceSpec {
        name: &args.name,
        class: "terminal",
        shared: args.shared,
        passphrase: passphrase.as_deref().map(String::as_str),
    };
    let answer = enroll::enroll(&invitation, &spec, store.as_ref()).await?;
    let identity = Identity {
        url: invitation.url,
        org: answer.org,
        user: answer.device.user,
        device_id: answer.device.id,
        origin: answer.origin,
        ledger_vkey: answer.ledger_vkey,
    };
    store.set(IDENTITY, &serde_json::to_vec(&identity)?)?;
    if answer.device.confirmed_at.is_none() {
        eprintln!("navi-gate: enrolled, but it decides nothing until you confirm it on an earlier device");
    }
    Ok(identity)
}

pub fn open(spec: Option<&str>) -> anyhow::Result<Box<dyn Keystore>> {
    let spec = spec.context("name the keystore: --keystore file:PATH or NAVI_KEYSTORE")?;
    anyhow::ensure!(spec.starts_with("file:"), "a terminal's keystore is file:PATH, not {spec:?}");
    Ok(keystore::open(Some(spec), "gate"))
}

pub fn passphrase(file: Option<&std::path::Path>) -> anyhow::Result<Option<zeroize::Zeroizing<String>>> {
    let Some(path) = file else { return Ok(None) };
    let text =
        std::fs::read_to_string(path).with_context(|| format!("the passphrase in {}", path.display()))?;
    Ok(Some(zeroize::Zeroizing::new(text.trim_end_matches(['\r', '\n']).to_owned())))
}

/// Votes.
pub async fn vote(args: VoteArgs) -> ExitCode {
    match voted(&args).await {
        Ok(answer) => {
            if args.json {
                println!(
                    "{}",
                    serde_json::json!({"recorded": true, "ledger_index": answer.ledger_index, "status": answer.approval.status})
                );
            } else {
                let a = &answer.approval;
                println!(
                    "recorded as ledger entry {}: {} is {}",
                    answer.ledger_index,
                    visible(&a.title),
                    a.status
                );
            }
            exit::DONE.into()
        }
        Err(error) => {
            eprintln!("navi-gate: the vote has no effect: {error:#}");
            exit::REFUSED.into()
        }
    }
}

/// The enrolled terminal of a keystore.
pub fn identity(store: &dyn Keystore) -> anyhow::Result<Identity> {
    let text =
        store.get(IDENTITY)?.context("this keystore holds no enrolled device; run `navi-gate enroll`")?;
    serde_json::from_slice(&text).context("the keystore's identity is damaged")
}

/// This terminal as an enrolled device.
pub struct Terminal {
    /// Speaks as the device.
    pub client: Client,
    store: Box<dyn Keystore>,
    identity: Identity,
}

/// What a signed statement needs beside what it says.
pub struct Signing {
    /// Organisation.
    pub org: String,
    /// The ledger's origin.
    pub origin: String,
    /// Never used before.
    pub device_seq: u64,
    /// The server's clock.
    pub made_at: i64,
    /// Makes a repeat return the first answer.
    pub once: String,
}

impl Terminal {
    /// Opens the keystore that `enroll` filled.
    ///
    /// # Errors
    /// Without one, or when it is damaged.
    pub fn open(keystore: Option<&str>) -> anyhow::Result<Self> {
        let config = Config::load()?;
        let store = open(keystore.or(config.keystore.as_deref()))?;
        let identity = identity(store.as_ref())?;
        let token = store.get(names::TOKEN)?.context("the keystore holds no token")?;
        let url = config.url.as_deref().unwrap_or(&identity.url);
        let client = Client::new(url, Some(String::from_utf8(token.to_vec())?))?;
        Ok(Self { client, store, identity })
    }

    /// The vote key.
    ///
    /// # Errors
    /// When the keystore holds none.
    pub fn vote_key(&self) -> anyhow::Result<DeviceKey> {
        enroll::vote_key(self.store.as_ref())?.context("the keystore holds no vote key")
    }

    /// The step-up key, opened with the passphrase in a file; `why` it is needed, for people.
    ///
    /// # Errors
    /// Without passphrase or key, or when they do not fit.
    pub fn step_up_key(&self, file: Option<&std::path::Path>, why: &str) -> anyhow::Result<DeviceKey> {
        let passphrase = passphrase(file)?
            .with_context(|| format!("{why} needs the step-up key: --passphrase-file FILE"))?;
        enroll::step_up_key(self.store.as_ref(), &passphrase)?
            .context("this device was enrolled without a step-up key")
    }

    /// Draws the next sequence number. It is kept before it is used: one that was signed is never signed again.
    ///
    /// # Errors
    /// When the server or the keystore does not answer.
    pub async fn signing(&self) -> anyhow::Result<Signing> {
        let session = self.client.session().await?;
        let known = session.device.map_or(0, |d| d.last_seq);
        let kept = self.store.get(LAST_SEQ)?;
        let local: u64 = kept.and_then(|b| String::from_utf8(b.to_vec()).ok()?.parse().ok()).unwrap_or(0);
        let device_seq = known.max(local) + 1;
        self.store.set(LAST_SEQ, device_seq.to_string().as_bytes())?;
        Ok(Signing {
            org: self.identity.org.clone(),
            origin: self.identity.origin.clone(),
            device_seq,
            made_at: session.server_time,
            once: format!("{}-{device_seq}", self.identity.device_id),
        })
    }
}

async fn voted(args: &VoteArgs) -> anyhow::Result<navi_protocol::approvals::VoteResponse> {
    let terminal = Terminal::open(args.keystore.as_deref())?;
    let client = &terminal.client;
    let approval =
        client.approval(&args.id).await?.with_context(|| format!("there is no approval {}", args.id))?;
    let approve = args.verdict == Verdict::Approve;
    let key = if approve && approval.needs_step_up {
        let why = format!("{} risk", approval.level);
        terminal.step_up_key(args.passphrase_file.as_deref(), &why)?
    } else {
        terminal.vote_key()?
    };
    let signing = terminal.signing().await?;
    let draft = VoteDraft {
        approval: &approval,
        origin: &signing.origin,
        org: &signing.org,
        verdict: if approve { VoteVerdict::Approve } else { VoteVerdict::Reject },
        scope: scope(args)?,
        reason: args.reason.as_deref().unwrap_or_default(),
        surface: Surface::Terminal,
        device_seq: signing.device_seq,
        made_at: signing.made_at,
    };
    let mut request = draft.sign(&key)?;
    request.for_user.clone_from(&args.for_user);
    Ok(client.cast(&args.id, &request, &signing.once).await?)
}

fn scope(args: &VoteArgs) -> anyhow::Result<VoteScope> {
    let Some(repeat) = args.repeat else { return Ok(VoteScope::Once) };
    anyhow::ensure!(args.verdict == Verdict::Approve, "only an approve lets something be repeated");
    let limits = args.minutes.zip(args.uses).context("a repeat right ends: give --minutes and --uses")?;
    let limits = GrantLimits { minutes: limits.0, uses: limits.1 };
    Ok(match repeat {
        Repeat::Action => VoteScope::SameAction(limits),
        Repeat::Command => VoteScope::SameCommand(limits),
        Repeat::Rule => VoteScope::SameRule(limits),
    })
}
